"""Notifications and commands over sockets: for each phone its own, the bus for whoever would be left out."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import pytest
from dbus_fast import Message, MessageFlag, Variant

from gattschema import (
    AttError,
    EncodeError,
    Indicate,
    Notify,
    Octets,
    Peripheral,
    QueueFull,
    ReadNotify,
    Request,
    Service,
    UInt8,
    UInt32,
    WriteWithoutResponse,
    characteristic,
    drain,
)
from gattschema.bluez import Release
from gattschema.bluez._outbox import QUEUE, WINDOW
from gattschema.bluez._sockets import AT_ONCE
from gattschema.events import BusLost
from gattschema.schema import pushes
from tests.fake_bluez import (
    ANN,
    BEN,
    CHARACTERISTIC,
    PATIENCE,
    FakeBlueZ,
    FakeSocket,
    Refusal,
    dbus_daemon,
    device_path,
)

Runs = Callable[[Release | None], None]

NOT_SUPPORTED = Refusal("org.bluez.Error.NotSupported", "not over sockets")
EITHER = pytest.mark.parametrize("name", ["latest", "every"])
"""A field with each of the policies."""


class Meter(Service, uuid="f200d000-0000-4000-8000-000000000001"):
    latest: ReadNotify[UInt32] = characteristic(default=0, transport="socket")
    every: ReadNotify[UInt32] = characteristic(default=0, transport="socket", policy="every")
    text: Notify[Annotated[bytes, Octets(max=20)]] = characteristic(default=b"", transport="socket")
    alarm: Indicate[Annotated[bytes, Octets(max=20)]] = characteristic(default=b"", transport="socket")
    other: ReadNotify[UInt32] = characteristic(default=0)


@pytest.fixture(autouse=True)
def modern(runs: Runs) -> None:
    """BlueZ 5.82, where a test says nothing else."""
    runs((5, 82))


async def ear(bluez: FakeBlueZ, path: str, device: str = ANN) -> FakeSocket:
    """The socket by which a phone that has subscribed hears."""
    acquired = await bluez.subscribe(path, device)
    assert isinstance(acquired, FakeSocket)
    return acquired


def numbers(values: list[bytes]) -> list[int]:
    return [int.from_bytes(octets, "little") for octets in values]


def path_of(bluez: FakeBlueZ, name: str) -> str:
    return bluez.path(getattr(Meter, name).uuid)


def assign(meter: Meter, name: str, values: range) -> None:
    for value in values:
        setattr(meter, name, value)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- who hears what by which way ---------------------------------------------------------------------------------


@EITHER
async def test_each_phone_hears_by_its_own_socket(bluez: FakeBlueZ, name: str) -> None:
    """From BlueZ 5.76 on every value goes through every socket, and not over the bus."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, name)
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        assign(meter, name, range(1, 4))
        await bluez.settled()
        assert numbers(ann.values) == numbers(ben.values) == [1, 2, 3]
        assert bluez.heard == []


async def test_subscribing_later(bluez: FakeBlueZ) -> None:
    """A phone hears what is assigned from then on."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        meter.latest = 1
        ann = await ear(bluez, path, ANN)
        meter.latest = 2
        ben = await ear(bluez, path, BEN)
        meter.latest = 3
        await bluez.settled()
        assert (numbers(ann.values), numbers(ben.values)) == ([2, 3], [3])


async def test_one_socket_for_all(bluez: FakeBlueZ, runs: Runs) -> None:
    """BlueZ before 5.69 acquires once, whoever subscribes then: each value goes through it once."""
    runs((5, 66))
    meter = Meter()
    async with Peripheral(meter):
        shared = await ear(bluez, path_of(bluez, "latest"))
        assign(meter, "latest", range(1, 4))
        await bluez.settled()
        assert numbers(shared.values) == [1, 2, 3]
        assert bluez.heard == []


@pytest.mark.parametrize("release", [(5, 69), (5, 75)])
async def test_sockets_whose_packets_go_to_all(bluez: FakeBlueZ, runs: Runs, release: Release) -> None:
    """From 5.69 to 5.75 each phone has a socket, but a packet in any of them reaches all: it is sent once."""
    runs(release)
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        meter.latest = 1
        await bluez.settled()
        assert (numbers(ann.values), numbers(ben.values)) == ([1], [])
        ann.close()
        await bluez.settled()
        meter.latest = 2
        await bluez.settled()
        assert numbers(ben.values) == [2]
        assert bluez.heard == []


async def test_an_unknown_release(bluez: FakeBlueZ, runs: Runs) -> None:
    """Where nobody knows what a socket reaches it is refused, and bluetoothd subscribes on the bus."""
    runs(None)
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        assert await bluez.acquire_notify(path) == NOT_SUPPORTED
        assert await bluez.subscribe(path) is None
        meter.latest = 7
        await bluez.settled()
        assert bluez.heard == [(path, b"\x07\x00\x00\x00")]


async def test_what_is_offered(bluez: FakeBlueZ) -> None:
    """``NotifyAcquired`` stands where the field says ``transport="socket"``; the others refuse."""
    async with Peripheral(Meter()):
        offered = {name: "NotifyAcquired" in bluez.objects[path_of(bluez, name)][CHARACTERISTIC] for name in NAMES}
        assert offered == {name: name != "other" for name in NAMES}
        assert await bluez.acquire_notify(path_of(bluez, "other")) == NOT_SUPPORTED


NAMES = ("latest", "every", "text", "alarm", "other")


async def test_the_socket_is_as_bluez_wants_it(bluez: FakeBlueZ) -> None:
    """Packets with their bounds, no end that blocks, and the MTU that BlueZ has told."""
    async with Peripheral(Meter()):
        acquired = await bluez.acquire_notify(path_of(bluez, "latest"), mtu=517)
        assert isinstance(acquired, FakeSocket)
        assert acquired.mtu == 517
        assert acquired.sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_SEQPACKET
        assert not os.get_blocking(acquired.sock.fileno())


async def test_fields_have_sockets_of_their_own(bluez: FakeBlueZ) -> None:
    """What one field tells is not heard through the socket of another."""
    meter = Meter()
    async with Peripheral(meter):
        latest, every = [await ear(bluez, path_of(bluez, name)) for name in ("latest", "every")]
        meter.latest, meter.every = 1, 2
        await bluez.settled()
        assert (numbers(latest.values), numbers(every.values)) == ([1], [2])


async def test_an_empty_value_goes_over_the_bus(bluez: FakeBlueZ) -> None:
    """An empty packet would be the end to bluetoothd; those before and behind it go through the socket."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "text")
        ann = await ear(bluez, path)
        for text in (b"a", b"", b"c"):
            meter.text = text
        await bluez.settled()
        assert ann.values == [b"a", b"c"]
        assert bluez.heard == [(path, b"")]


# --- phones come and go ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", [(5, 66), (5, 82)])
async def test_after_the_last_phone_nothing_is_sent(bluez: FakeBlueZ, runs: Runs, release: Release) -> None:
    """A phone that hangs up has its socket closed; then values are just kept."""
    runs(release)
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "latest"))
        bluez.tell_device(ANN, connected=False)
        ann.close()
        await bluez.settled()
        assert pushes(meter) == []
        meter.latest = 1
        await bluez.settled()
        assert bluez.heard == []
        assert Meter.latest.of(meter).subscribers == 0


async def test_a_stranded_phone_hears_over_the_bus(bluez: FakeBlueZ) -> None:
    """A phone that is connected and has lost its socket (bluez#1452) misses nothing; nobody hears a value twice."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        meter.latest = 1
        ann.close()
        await bluez.settled()
        meter.latest = 2
        await bluez.settled()
        assert bluez.heard == [(path, b"\x02\x00\x00\x00")]
        assert numbers(ben.values) == [1]


async def test_a_stranded_phone_gets_a_socket_again(bluez: FakeBlueZ) -> None:
    """Then all is as it was."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ann.close()
        await bluez.settled()
        ann = await ear(bluez, path, ANN)
        meter.latest = 3
        await bluez.settled()
        assert numbers(ann.values) == numbers(ben.values) == [3]
        assert bluez.heard == []


@pytest.mark.parametrize("how", ["disconnected", "forgotten"])
async def test_a_stranded_phone_that_leaves(bluez: FakeBlueZ, how: str) -> None:
    """Without a bond it does not come back: the others hear by their sockets again."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ann.close()
        await bluez.settled()
        assert Meter.latest.of(meter).subscribers == 2
        bluez.tell_device(ANN, connected=False) if how == "disconnected" else bluez.forget_device(ANN)
        await bluez.settled()
        assert Meter.latest.of(meter).subscribers == 1
        meter.latest = 4
        await bluez.settled()
        assert numbers(ben.values) == [4]
        assert bluez.heard == []


async def test_a_bonded_phone_that_is_away(bluez: FakeBlueZ) -> None:
    """BlueZ keeps its subscription and gives it no new socket when it returns: the bus waits until it is forgotten."""
    bluez.devices[ANN].bonded = True
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        bluez.tell_device(ANN, connected=False, bonded=True)
        ann.close()
        await bluez.settled()
        meter.latest = 5
        bluez.tell_device(ANN, connected=True, bonded=True)
        await bluez.settled()
        meter.latest = 6
        await bluez.settled()
        assert bluez.values == [b"\x05\x00\x00\x00", b"\x06\x00\x00\x00"]
        bluez.forget_device(ANN)
        await bluez.settled()
        meter.latest = 7
        await bluez.settled()
        assert numbers(ben.values) == [7]
        assert len(bluez.heard) == 2


async def test_a_second_socket_for_the_same_phone(bluez: FakeBlueZ) -> None:
    """It takes the place of the first, which is closed; the phone is one subscriber, and hears once."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        old = await ear(bluez, path)
        new = await ear(bluez, path)
        await bluez.until(lambda: old.is_over)
        meter.latest = 8
        await bluez.settled()
        assert (old.values, numbers(new.values)) == ([], [8])
        assert Meter.latest.of(meter).subscribers == 1
        assert bluez.heard == []


async def test_leaving_closes_the_sockets(bluez: FakeBlueZ) -> None:
    """bluetoothd sees the end of each, after what was sent."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "latest"))
        meter.latest = 1
    await bluez.until(lambda: ann.is_over)
    assert numbers(ann.values) == [1]


async def test_a_subscription_by_socket_and_one_on_the_bus(bluez: FakeBlueZ) -> None:
    """BlueZ may call ``StartNotify`` of the same characteristic: StopNotify ends the one and not the other."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann = await ear(bluez, path)
        await bluez.start_notify(path)
        await bluez.stop_notify(path)
        meter.latest = 9
        await bluez.settled()
        assert numbers(ann.values) == [9]


# --- when BlueZ is slow ------------------------------------------------------------------------------------------


async def test_a_deaf_socket_keeps_the_newest(bluez: FakeBlueZ) -> None:
    """What fits into the socket arrives in order, then the newest value (policy "latest")."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "latest"))
        ann.ignore()
        assign(meter, "latest", range(10_000))
        ann.listen()
        await bluez.until(lambda: numbers(ann.values)[-1:] == [9_999])
        *first, _ = numbers(ann.values)
        assert first == list(range(len(first)))
        assert len(first) < 9_000
        assert bluez.heard == []


async def test_a_slow_phone_holds_up_no_other(bluez: FakeBlueZ) -> None:
    """While one socket is full the other phone hears every value; the slow one hears the newest in the end."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ann.ignore()
        for number in range(1_000):
            meter.latest = number
            await bluez.until(lambda expected=number: numbers(ben.values)[-1:] == [expected])
        assert numbers(ben.values) == list(range(1_000))
        ann.listen()
        await bluez.until(lambda: numbers(ann.values)[-1:] == [999])


async def test_every_value_or_an_error(bluez: FakeBlueZ) -> None:
    """A full queue raises at the assignment and changes nothing; ``drain`` waits for room; all arrive in order."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "every"))
        ann.ignore()
        taken = fill(meter)
        assert meter.every == taken - 1
        waiting = asyncio.ensure_future(drain(meter))
        await bluez.settled()
        assert not waiting.done()
        ann.listen()
        async with asyncio.timeout(PATIENCE):
            await waiting
        meter.every = taken
        await bluez.until(lambda: len(ann.values) == taken + 1)
        assert numbers(ann.values) == list(range(taken + 1))


def fill(meter: Meter) -> int:
    """Assign until the queue is full; give the number of values that were taken."""
    for number in range(10 * QUEUE):
        try:
            meter.every = number
        except QueueFull:
            return number
    pytest.fail("the queue has no end")


async def test_the_slowest_phone_has_the_queue(bluez: FakeBlueZ) -> None:
    """Room is what the phone with the longest line leaves; the other one has heard all that was taken."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "every")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ann.ignore()
        taken = fill(meter)
        await bluez.until(lambda: len(ben.values) == taken)
        with pytest.raises(QueueFull, match=r"Meter\.every: 1024 values wait already"):
            meter.every = 4711
        ann.listen()
        await bluez.until(lambda: len(ann.values) == taken)
        assert numbers(ann.values) == numbers(ben.values) == list(range(taken))


async def test_a_slow_phone_that_leaves_makes_room(bluez: FakeBlueZ) -> None:
    """Its line is forgotten with it, and whoever waits for room goes on."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "every")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ann.ignore()
        taken = fill(meter)
        waiting = asyncio.ensure_future(Meter.every.of(meter).drain())
        await bluez.settled()
        assert not waiting.done()
        bluez.tell_device(ANN, connected=False)
        ann.close()
        async with asyncio.timeout(PATIENCE):
            await waiting
        await bluez.settled()  # its socket may be seen to close before the bus has told that it left
        meter.every = taken
        await bluez.until(lambda: len(ben.values) == taken + 1)
        assert numbers(ben.values) == list(range(taken + 1))


async def test_thousands_of_values_with_drain(bluez: FakeBlueZ) -> None:
    """Who drains loses nothing and never meets a full queue."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "every"))
        for number in range(5_000):
            meter.every = number
            await drain(meter)
        await bluez.until(lambda: len(ann.values) == 5_000)
        assert numbers(ann.values) == list(range(5_000))


async def test_leaving_sends_what_waits(bluez: FakeBlueZ) -> None:
    """Values that wait for room when the block ends are still delivered, all of them and in order."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "every"))
        assign(meter, "every", range(QUEUE))
        assert len(ann.values) < QUEUE
    await bluez.until(lambda: ann.is_over)
    assert numbers(ann.values) == list(range(QUEUE))


async def test_leaving_tells_what_it_could_not_send(
    bluez: FakeBlueZ, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bluetoothd that takes nothing any more keeps nobody for ever, and the log says what was lost."""
    monkeypatch.setattr("gattschema.bluez._outbox.PATIENCE", 0.05)
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "every"))
        ann.ignore()
        taken = fill(meter)
    ann.listen()
    await bluez.until(lambda: ann.is_over)
    lost = taken - len(ann.values)
    assert lost == QUEUE
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        f"Meter.every: {lost} values were not sent: BlueZ does not take them"
    ]


async def test_the_newest_value_has_the_last_word_on_the_bus(bluez: FakeBlueZ) -> None:
    """What waits for a slow socket when all change to the bus is older, and does not follow (policy "latest")."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ann.ignore()
        assign(meter, "latest", range(1_000))
        ben.close()
        await bluez.settled()
        meter.latest = 1_000
        await bluez.settled()
        ann.listen()
        await bluez.settled()
        heard = numbers(ann.values)
        assert heard == list(range(len(heard)))
        assert len(heard) < 999
        assert numbers(bluez.values) == [1_000]


async def test_the_newest_value_has_the_last_word_on_sockets(bluez: FakeBlueZ) -> None:
    """What waits for the bus when all change back to sockets is older, too."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ben.close()
        await bluez.settled()
        bluez.held_pings = []
        assign(meter, "latest", range(1_000))
        bluez.tell_device(BEN, connected=False)
        await bluez.settled()
        meter.latest = 1_000
        bluez.release_pings()
        await bluez.settled()
        assert numbers(ann.values) == [1_000]
        assert numbers(bluez.values) == list(range(WINDOW))


@pytest.mark.parametrize("where", ["the event loop", "a thread"])
async def test_nothing_is_refused_when_the_bus_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """No queue fills that nobody will empty, though the sockets are still there."""
    meter = Meter()
    with dbus_daemon(tmp_path) as daemon:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        bluez = await FakeBlueZ().join(daemon.address)
        peripheral, lost = Peripheral(meter), asyncio.Event()
        peripheral.on(BusLost, lambda _: lost.set())
        async with asyncio.timeout(PATIENCE), peripheral:
            (await ear(bluez, path_of(bluez, "every"))).ignore()
            fill(meter)
            daemon.process.kill()
            await lost.wait()
            await drain(meter)
            later = range(3 * QUEUE)
            if where == "a thread":
                await asyncio.to_thread(assign, meter, "every", later)
            else:
                assign(meter, "every", later)
            assert meter.every == later[-1]
        with suppress(EOFError):
            await bluez.bus.wait_for_disconnect()
        for acquired in bluez.sockets:
            acquired.close()


# --- from other threads ------------------------------------------------------------------------------------------


async def test_every_value_from_another_thread(bluez: FakeBlueZ) -> None:
    """All arrive, in order."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "every"))
        await asyncio.to_thread(assign, meter, "every", range(QUEUE))
        await bluez.until(lambda: len(ann.values) == QUEUE)
        assert numbers(ann.values) == list(range(QUEUE))


async def test_the_newest_from_another_thread(bluez: FakeBlueZ) -> None:
    """Of a thread's flood the last value arrives, and those before it in order."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "latest"))
        await asyncio.to_thread(assign, meter, "latest", range(20_000))
        await bluez.until(lambda: numbers(ann.values)[-1:] == [19_999])
        assert all(before < after for before, after in pairwise(numbers(ann.values)))


async def test_a_threads_full_queue_refuses(bluez: FakeBlueZ) -> None:
    """It raises in the thread that assigns one too many, and those before arrive."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "every"))
        thread = threading.Thread(target=assign, args=(meter, "every", range(QUEUE)))
        thread.start()
        thread.join()  # the event loop stands still meanwhile
        refused: list[bool] = []
        thread = threading.Thread(target=lambda: refused.append(is_refused(meter)))
        thread.start()
        thread.join()
        assert refused == [True]
        await bluez.until(lambda: len(ann.values) == QUEUE)
        assert numbers(ann.values) == list(range(QUEUE))


def is_refused(meter: Meter) -> bool:
    try:
        meter.every = 4711
    except QueueFull:
        return True
    return False


@EITHER
async def test_threads_and_the_event_loop_take_turns(bluez: FakeBlueZ, name: str) -> None:
    """Whoever assigned last is heard last, and with the policy "every" all are heard in the order of assignment."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, name))
        for number in range(0, 20, 2):
            thread = threading.Thread(target=assign, args=(meter, name, range(number, number + 1)))
            thread.start()
            thread.join()
            setattr(meter, name, number + 1)
        await bluez.settled()
        assert numbers(ann.values) == list(range(20))


async def test_threads_assign_while_phones_come_and_go(bluez: FakeBlueZ) -> None:
    """They notice nothing of it."""
    meter = Meter()
    failures: list[BaseException] = []
    enough, going = threading.Event(), threading.Event()

    def flood() -> None:
        try:
            while not enough.is_set():
                meter.latest = (meter.latest + 1) % (1 << 32)
                going.set()
        except BaseException as error:  # noqa: BLE001  (that is what the test looks for)
            failures.append(error)

    thread = threading.Thread(target=flood)
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        phones = [f"00:00:00:00:00:{number:02X}" for number in range(20)]
        ben = await ear(bluez, path, BEN)
        thread.start()
        await asyncio.to_thread(going.wait, PATIENCE)
        for _ in range(5):
            ears = [await ear(bluez, path, phone) for phone in phones]
            for one in ears:
                one.close()
            await bluez.settled()
    going.clear()
    await asyncio.to_thread(going.wait, PATIENCE)
    enough.set()
    await asyncio.to_thread(thread.join, PATIENCE)
    assert failures == []
    heard = numbers(ben.values)
    assert heard
    assert all(before < after for before, after in pairwise(heard))


# --- to one phone ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", [ANN, ANN.lower()])
async def test_to_one_phone(bluez: FakeBlueZ, device: str) -> None:
    """Only that phone hears the value; the field keeps its own."""
    meter = Meter(latest=1)
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        Meter.latest.of(meter).notify(7, to=device)
        await bluez.settled()
        assert (numbers(ann.values), numbers(ben.values)) == ([7], [])
        assert meter.latest == 1
        assert bluez.heard == []


async def test_to_one_phone_while_another_is_stranded(bluez: FakeBlueZ) -> None:
    """Who has a socket is reached by it, though all other values go over the bus."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "latest")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ann.close()
        await bluez.settled()
        Meter.latest.of(meter).notify(7, to=BEN)
        with pytest.raises(LookupError, match=f"Meter.latest does not reach {ANN} alone"):
            Meter.latest.of(meter).notify(8, to=ANN)
        await bluez.settled()
        assert numbers(ben.values) == [7]
        assert bluez.heard == []


@pytest.mark.parametrize(
    ("name", "release", "why"),
    [
        ("latest", (5, 82), "it has not subscribed"),
        ("latest", (5, 75), "BlueZ before 5.76 cannot send to one phone alone"),
        ("latest", (5, 66), "BlueZ before 5.76 cannot send to one phone alone"),
    ],
)
async def test_one_phone_that_cannot_be_reached_alone(
    bluez: FakeBlueZ, runs: Runs, name: str, release: Release, why: str
) -> None:
    """The error says why; nobody hears anything."""
    runs(release)
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, name)
        ben = await bluez.subscribe(path, BEN)
        with pytest.raises(LookupError) as told:
            getattr(Meter, name).of(meter).notify(7, to=ANN)
        assert told.value.args == (f"Meter.{name} does not reach {ANN} alone: {why}",)
        await bluez.settled()
        assert bluez.heard == []
        assert ben is None or ben.values == []


async def test_one_phone_before_anybody_has_subscribed(bluez: FakeBlueZ) -> None:
    """There is nobody yet, or nobody serves."""
    meter = Meter()
    async with Peripheral(meter):
        assert bluez.objects
        with pytest.raises(LookupError, match=f"Meter.latest does not reach {ANN} alone: nobody has subscribed"):
            Meter.latest.of(meter).notify(7, to=ANN)
    with pytest.raises(LookupError, match=f"Meter.latest is not served, so that {ANN} cannot hear it"):
        Meter.latest.of(meter).notify(7, to=ANN)


async def test_a_value_without_octets_for_one_phone(bluez: FakeBlueZ) -> None:
    """It is checked like an assignment."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "latest"))
        with pytest.raises(EncodeError, match=r"Meter\.latest"):
            Meter.latest.of(meter).notify(-1, to=ANN)
        await bluez.settled()
        assert ann.values == []


async def test_an_empty_value_for_one_phone(bluez: FakeBlueZ) -> None:
    """No socket carries it: it is refused, and the phone keeps its socket."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "text"))
        with pytest.raises(LookupError, match="empty"):
            Meter.text.of(meter).notify(b"", to=ANN)
        meter.text = b"still here"
        await bluez.settled()
        assert ann.values == [b"still here"]
        assert not ann.is_over


# --- confirmations -----------------------------------------------------------------------------------------------


def asked(meter: Meter, within: float = PATIENCE) -> asyncio.Task[bool]:
    return asyncio.create_task(Meter.alarm.of(meter).confirmed(within))


@pytest.mark.parametrize("release", [(5, 76), (5, 79)])
async def test_indications_go_over_the_bus_where_sockets_do_not_tell(
    bluez: FakeBlueZ, runs: Runs, release: Release
) -> None:
    """From 5.76 to 5.79 nothing tells that a phone has confirmed what came through its socket; notifications use it."""
    runs(release)
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "alarm")
        assert await bluez.subscribe(path) is None
        assert await bluez.subscribe(path_of(bluez, "latest")) is not None
        meter.alarm = b"\x07"
        waiting = asked(meter)
        await bluez.until(lambda: bluez.values)
        await bluez.confirm(path)
        assert await waiting


async def test_a_confirmation_comes_through_the_socket(bluez: FakeBlueZ) -> None:
    """From BlueZ 5.80 on a 0x01 says that the phone has confirmed."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "alarm"))
        meter.alarm = b"fire"
        waiting = asked(meter)
        await bluez.settled()
        assert not waiting.done()
        ann.confirm()
        assert await waiting
        assert await Meter.alarm.of(meter).confirmed(), "nothing is newer"


async def test_a_confirmation_is_for_the_oldest_indication(bluez: FakeBlueZ) -> None:
    """The newest of three is confirmed by the third."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "alarm"))
        for alarm in (b"1", b"2", b"3"):
            meter.alarm = alarm
        waiting = asked(meter)
        for _ in range(2):
            ann.confirm()
            await bluez.settled()
            assert not waiting.done()
        ann.confirm()
        assert await waiting


async def test_any_phone_confirms(bluez: FakeBlueZ) -> None:
    """One of two is enough; what the one has confirmed is nothing that the other has."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "alarm")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        for alarm in (b"1", b"2"):
            meter.alarm = alarm
        waiting = asked(meter)
        ann.confirm()
        ben.confirm()
        await bluez.settled()
        assert not waiting.done()
        ben.confirm()
        assert await waiting


async def test_what_waits_for_room_is_not_confirmed_yet(bluez: FakeBlueZ) -> None:
    """An indication that has not left cannot have arrived."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "alarm"))
        ann.ignore()
        for number in range(1_000):
            meter.alarm = number.to_bytes(2)
        waiting = asked(meter)
        ann.confirm()
        await bluez.settled()
        assert not waiting.done()
        ann.listen()
        await bluez.until(lambda: ann.values[-1:] == [(999).to_bytes(2)])
        for _ in range(len(ann.values) - 1):
            await bluez.settled()
            assert not waiting.done()
            ann.confirm()
        assert await waiting


async def test_the_phone_leaves_instead(bluez: FakeBlueZ) -> None:
    """Nobody is left to confirm."""
    meter = Meter()
    async with Peripheral(meter):
        ann = await ear(bluez, path_of(bluez, "alarm"))
        meter.alarm = b"fire"
        waiting = asked(meter)
        await bluez.settled()
        bluez.tell_device(ANN, connected=False)
        ann.close()
        assert not await waiting


async def test_nobody_confirms_in_time(bluez: FakeBlueZ) -> None:
    """Nor does anybody who has not subscribed."""
    meter = Meter()
    async with Peripheral(meter):
        assert not await Meter.alarm.of(meter).confirmed()
        await ear(bluez, path_of(bluez, "alarm"))
        assert not await Meter.alarm.of(meter).confirmed(0.01), "nothing has been indicated yet"
        meter.alarm = b"fire"
        assert not await Meter.alarm.of(meter).confirmed(0.01)
    assert not await Meter.alarm.of(meter).confirmed()


async def test_one_socket_for_all_is_confirmed_on_the_bus(bluez: FakeBlueZ, runs: Runs) -> None:
    """BlueZ before 5.76 calls ``Confirm``."""
    runs((5, 66))
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "alarm")
        await ear(bluez, path)
        bluez.tell_device(BEN, connected=False)
        meter.alarm = b"fire"
        waiting = asked(meter)
        await bluez.settled()
        assert not waiting.done()
        await bluez.confirm(path)
        assert await waiting


async def test_a_stranded_phone_confirms_on_the_bus(bluez: FakeBlueZ) -> None:
    """What went over the bus is confirmed there."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "alarm")
        ann, ben = await ear(bluez, path, ANN), await ear(bluez, path, BEN)
        ann.close()
        await bluez.settled()
        meter.alarm = b"fire"
        waiting = asked(meter)
        ben.confirm()
        await bluez.settled()
        assert not waiting.done()
        await bluez.confirm(path)
        assert await waiting


async def test_an_empty_indication_is_confirmed_on_the_bus(bluez: FakeBlueZ) -> None:
    """It went there: what came through the socket before is for what went through the socket."""
    meter = Meter()
    async with Peripheral(meter):
        path = path_of(bluez, "alarm")
        ann = await ear(bluez, path)
        meter.alarm = b"fire"
        ann.confirm()
        assert await asked(meter)
        meter.alarm = b""
        waiting = asked(meter)
        await bluez.settled()
        assert not waiting.done()
        await bluez.confirm(path)
        assert await waiting


# --- writes without response -------------------------------------------------------------------------------------


class Desk(Service, uuid="f200d001-0000-4000-8000-000000000001"):
    """Everything that its handlers take is put down in ``taken``."""

    command: WriteWithoutResponse[UInt8] = characteristic(init=False, transport="socket")
    slow: WriteWithoutResponse[Annotated[bytes, Octets(max=20)]] = characteristic(init=False, transport="socket")
    wrapped: WriteWithoutResponse[Annotated[bytes, Octets(max=20)]] = characteristic(init=False, transport="socket")
    plain: WriteWithoutResponse[UInt8] = characteristic(init=False)
    both: Annotated[WriteWithoutResponse[UInt8], ReadNotify] = characteristic(default=0, transport="socket")
    silent: Notify[UInt8] = characteristic(default=0, transport="socket")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.taken: list[Any] = []
        self.requests: list[Request] = []
        self.news = asyncio.Event()
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    def note(self, value: Any) -> None:
        self.taken.append(value)
        self.news.set()

    async def until(self, *values: Any) -> None:
        """Wait until just these have been taken, in that order."""
        async with asyncio.timeout(PATIENCE):
            while len(self.taken) < len(values):
                self.news.clear()
                await self.news.wait()
        assert self.taken == list(values)

    @command.on_write
    def _command(self, value: int, request: Request) -> None:
        if self.error:
            raise self.error
        self.requests.append(request)
        self.note(value)

    @slow.on_write
    async def _slow(self, value: bytes) -> None:
        await self.work(value)

    @wrapped.on_write
    def _wrapped(self, value: bytes) -> Any:
        return self.work(value)

    async def work(self, value: bytes) -> None:
        if value == b"wait":
            await self.gate.wait()
        if value == b"refuse":
            raise AttError(0x81, "not that")
        self.note(value)

    @both.on_write
    def _both(self, value: int) -> None:
        self.note(value)


async def mouth(bluez: FakeBlueZ, name: str, device: str = ANN, mtu: int = 247) -> FakeSocket:
    """The socket that a phone writes to."""
    acquired = await bluez.acquire_write(bluez.path(getattr(Desk, name).uuid), device, mtu)
    assert isinstance(acquired, FakeSocket)
    return acquired


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def test_writes_by_a_socket(bluez: FakeBlueZ) -> None:
    """Each packet is one write: decoded, handed over with who wrote it, and stored."""
    desk = Desk()
    async with Peripheral(desk):
        ann = await mouth(bluez, "command", mtu=185)
        for octets in (b"\x05", b"\x06"):
            ann.write(octets)
        await desk.until(5, 6)
        assert desk.command == 6
        assert ann.mtu == 185
    assert desk.requests == [Request(device=ANN, mtu=185, link="LE", operation="write")] * 2


async def test_phones_write_by_sockets_of_their_own(bluez: FakeBlueZ) -> None:
    """The handler knows them apart."""
    desk = Desk()
    async with Peripheral(desk):
        ann, ben = await mouth(bluez, "command", ANN), await mouth(bluez, "command", BEN)
        ann.write(b"\x01")
        await desk.until(1)
        ben.write(b"\x02")
        await desk.until(1, 2)
        ann.write(b"\x03")
        await desk.until(1, 2, 3)
    assert [request.device for request in desk.requests] == [ANN, BEN, ANN]


async def test_where_writing_by_sockets_is_offered(bluez: FakeBlueZ) -> None:
    """Where the field says so and has WriteWithoutResponse; the others refuse, and WriteValue works everywhere."""
    desk = Desk()
    async with Peripheral(desk):
        offered = {
            name: "WriteAcquired" in bluez.objects[bluez.path(getattr(Desk, name).uuid)][CHARACTERISTIC]
            for name in ("command", "plain", "both", "silent")
        }
        assert offered == {"command": True, "plain": False, "both": True, "silent": False}
        for name in ("plain", "silent"):
            assert await bluez.acquire_write(bluez.path(getattr(Desk, name).uuid)) == NOT_SUPPORTED
        assert await bluez.write(bluez.path(Desk.command.uuid), b"\x09") is None
    assert desk.taken == [9]


async def test_what_a_phone_writes_by_a_socket_is_notified(bluez: FakeBlueZ) -> None:
    """A field may have both: what is written by one socket is heard by the other."""
    desk = Desk()
    async with Peripheral(desk):
        path = bluez.path(Desk.both.uuid)
        ben = await ear(bluez, path, BEN)
        (await mouth(bluez, "both", ANN)).write(b"\x07")
        await bluez.until(lambda: ben.values == [b"\x07"])


@pytest.mark.parametrize(
    ("octets", "error", "code"), [(b"\x05\x06", None, "0x0d"), (b"\x05", AttError(0x81, "locked"), "0x81: locked")]
)
async def test_a_refused_write_by_a_socket(
    bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture, octets: bytes, error: Exception | None, code: str
) -> None:
    """No phone hears of it, so the log does; the value stays, and the next write is taken."""
    desk = Desk()
    desk.error = error
    async with Peripheral(desk):
        ann = await mouth(bluez, "command")
        ann.write(octets)
        await bluez.settled()
        assert desk.taken == []
        desk.error = None
        ann.write(b"\x08")
        await desk.until(8)
    (warning,) = warnings(caplog)
    assert warning.startswith(f"Desk.command: {ANN} wrote what is refused, and is not told: ATT error {code}")


async def test_a_failing_handler_by_a_socket(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture) -> None:
    """The log has the traceback, the next write is taken."""
    desk = Desk()
    desk.error = ZeroDivisionError("oops")
    async with Peripheral(desk):
        ann = await mouth(bluez, "command")
        ann.write(b"\x05")
        await bluez.settled()
        desk.error = None
        ann.write(b"\x08")
        await desk.until(8)
    assert any(record.exc_info and record.exc_info[0] is ZeroDivisionError for record in caplog.records)


@pytest.mark.parametrize("name", ["slow", "wrapped"])
async def test_async_handlers_take_writes_in_order(
    bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """A later write waits for the handler of the one before; a refused one lets the next in."""
    desk = Desk()
    async with Peripheral(desk):
        ann = await mouth(bluez, name)
        for octets in (b"wait", b"2", b"refuse", b"4"):
            ann.write(octets)
        await bluez.settled()
        assert desk.taken == []
        desk.gate.set()
        await desk.until(b"wait", b"2", b"4")
        assert getattr(desk, name) == b"4"
    (warning,) = warnings(caplog)
    assert "ATT error 0x81: not that" in warning


async def test_an_empty_write(bluez: FakeBlueZ) -> None:
    """It is a write, and not the end of the socket."""
    desk = Desk()
    async with Peripheral(desk):
        ann = await mouth(bluez, "slow")
        for octets in (b"", b"a", b"", b""):
            ann.write(octets)
        await desk.until(b"", b"a", b"", b"")
        ann.write(b"b")
        await desk.until(b"", b"a", b"", b"", b"b")


async def test_a_phone_that_writes_and_leaves(bluez: FakeBlueZ) -> None:
    """What it wrote before it hung up is taken, also behind an empty write; then the socket is closed."""
    desk = Desk()
    async with Peripheral(desk):
        before = open_files()
        ann = await mouth(bluez, "slow")
        for octets in (b"a", b"", b"b"):
            ann.write(octets)
        ann.close()
        await desk.until(b"a", b"", b"b")
        await bluez.settled()
        assert open_files() == before
        ann = await mouth(bluez, "slow")
        ann.write(b"c")
        await desk.until(b"a", b"", b"b", b"c")


async def test_many_writes_at_once(bluez: FakeBlueZ) -> None:
    """All are taken in order, and others get their turn in between."""
    desk = Desk()
    async with Peripheral(desk):
        ann = await mouth(bluez, "command")
        for number in range(3 * AT_ONCE):
            ann.write(bytes([number]))
        await desk.news.wait()
        assert len(desk.taken) == AT_ONCE
        await desk.until(*range(3 * AT_ONCE))


async def test_a_second_socket_takes_over(bluez: FakeBlueZ) -> None:
    """What came by the first one is taken before it is closed, though nobody has looked yet."""
    desk = Desk()
    async with Peripheral(desk) as running:
        path = bluez.path(Desk.command.uuid)
        old = await mouth(bluez, "command")
        for number in range(2 * AT_ONCE):
            old.write(bytes([number]))
        acquire_unanswered(running, bluez, path, "AcquireWrite")
        assert desk.taken == list(range(2 * AT_ONCE))
        await bluez.until(lambda: old.is_over)


def acquire_unanswered(running: Peripheral, bluez: FakeBlueZ, path: str, member: str) -> None:
    """Let a call come in at this very moment; the bus delivers no answer to it."""
    assert running._keeper is not None
    assert running._keeper.session is not None
    phone = {"device": Variant("o", device_path(ANN))}
    message = Message(None, path, CHARACTERISTIC, member, signature="a{sv}", body=[phone], serial=1)
    message.flags, message.sender = MessageFlag.NO_REPLY_EXPECTED, bluez.bus.unique_name
    assert running._keeper.session.around.tree.handle(message) is True


async def test_leaving_closes_the_sockets_of_writers(bluez: FakeBlueZ) -> None:
    """bluetoothd sees their end, and handlers under way are cancelled."""
    desk = Desk()
    async with Peripheral(desk):
        ann, slow = await mouth(bluez, "command"), await mouth(bluez, "slow")
        slow.write(b"wait")
        await bluez.settled()
    await bluez.until(lambda: ann.is_over and slow.is_over)
    desk.gate.set()
    await asyncio.sleep(0)
    assert desk.taken == []


# --- nothing is left behind --------------------------------------------------------------------------------------


async def test_a_thousand_subscriptions_leave_no_file_open(bluez: FakeBlueZ) -> None:
    """Neither end of a socket stays open when the phone has left, however often it comes back."""
    meter, desk = Meter(), Desk()
    async with Peripheral(meter, desk, advertise=[meter]):
        path = path_of(bluez, "latest")
        before = open_files()
        for number in range(1_000):
            ann, hand = await ear(bluez, path), await mouth(bluez, "command")
            meter.latest = number
            hand.write(b"\x01")
            await bluez.until(lambda heard=ann.values: heard)
            ann.close()
            hand.close()
        await bluez.settled()
        assert open_files() == before
        assert len(desk.taken) == 1_000


@pytest.mark.parametrize("member", ["AcquireNotify", "AcquireWrite"])
async def test_an_answer_that_nobody_waits_for_leaves_no_file_open(bluez: FakeBlueZ, member: str) -> None:
    """A socket whose other end goes nowhere is closed at once."""
    async with Peripheral(Desk()) as running:
        path = bluez.path(Desk.both.uuid)
        before = open_files()
        acquire_unanswered(running, bluez, path, member)
        await bluez.settled()
        await bluez.settled()
        assert open_files() == before
