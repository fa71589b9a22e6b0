"""An assignment becomes a notification: when, in what order, from where, and what happens when BlueZ is slow."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gattschema import (
    EncodeError,
    Indicate,
    Notify,
    Peripheral,
    QueueFull,
    Read,
    ReadNotify,
    Service,
    UInt8,
    UInt32,
    Write,
    characteristic,
    drain,
)
from gattschema.bluez._outbox import QUEUE, WINDOW
from gattschema.schema import pushes
from tests.fake_bluez import CHARACTERISTIC, PATIENCE, FakeBlueZ, Refusal, dbus_daemon


class Flood(Service, uuid="f100d000-0000-4000-8000-000000000001"):
    latest: ReadNotify[UInt32] = characteristic(default=0)
    every: ReadNotify[UInt32] = characteristic(default=0, policy="every")
    alarm: Indicate[UInt8] = characteristic(default=0)
    calm: Read[UInt32] = characteristic(default=7)
    order: Write[UInt8] = characteristic(default=0)


def numbers(bluez: FakeBlueZ, path: str) -> list[int]:
    return [int.from_bytes(octets, "little") for heard, octets in bluez.heard if heard == path]


async def test_values_are_heard_between_start_and_stop(bluez: FakeBlueZ) -> None:
    """Who has not subscribed is not told, and the value is kept all the same."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.latest.uuid)
        flood.latest = 1
        assert await bluez.start_notify(path) is None
        flood.latest = 2
        flood.latest = 3
        assert await bluez.stop_notify(path) is None
        flood.latest = 4
        assert await bluez.start_notify(path) is None
        flood.latest = 5
        await bluez.settled()
        assert numbers(bluez, path) == [2, 3, 5]
        assert await bluez.read(path) == b"\x05\x00\x00\x00"


async def test_subscribing_tells_nothing_yet(bluez: FakeBlueZ) -> None:
    """The value from before is for those who read."""
    async with Peripheral(Flood(latest=9)):
        await bluez.start_notify(bluez.path(Flood.latest.uuid))
        await bluez.settled()
    assert bluez.heard == []


async def test_the_order_across_fields(bluez: FakeBlueZ) -> None:
    """Notifications and indications of different characteristics arrive in the order of assignment."""
    flood = Flood()
    async with Peripheral(flood):
        paths = {name: bluez.path(getattr(Flood, name).uuid) for name in ("latest", "every", "alarm")}
        for path in paths.values():
            await bluez.start_notify(path)
        names = ["latest", "alarm", "every", "every", "latest", "alarm"]
        for number, name in enumerate(names):
            setattr(flood, name, number)
        await bluez.settled()
    assert [(path, octets[0]) for path, octets in bluez.heard] == [(paths[name], n) for n, name in enumerate(names)]


async def test_an_equal_value_is_news(bluez: FakeBlueZ) -> None:
    """Two beats of the same length are two beats."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.latest.uuid)
        await bluez.start_notify(path)
        flood.latest = flood.latest = 60
        await bluez.settled()
        assert numbers(bluez, path) == [60, 60]


async def test_two_instances_have_subscribers_of_their_own(bluez: FakeBlueZ) -> None:
    """What is assigned to one instance is not heard from the other."""
    left, right = Flood(), Flood()
    async with Peripheral(left, right):
        (ours, theirs) = bluez.paths(Flood.latest.uuid)
        await bluez.start_notify(theirs)
        left.latest, right.latest = 1, 2
        await bluez.settled()
        assert (numbers(bluez, ours), numbers(bluez, theirs)) == ([], [2])


@pytest.mark.parametrize("value", [-1, 1 << 32, "1", None, 1.5])
async def test_a_value_without_octets_is_refused(bluez: FakeBlueZ, value: Any) -> None:
    """It raises at the assignment, nothing is sent, the value stays."""
    flood = Flood(latest=3)
    async with Peripheral(flood):
        path = bluez.path(Flood.latest.uuid)
        await bluez.start_notify(path)
        with pytest.raises(EncodeError, match=r"Flood\.latest"):
            flood.latest = value
        await bluez.settled()
        assert flood.latest == 3
        assert await bluez.read(path) == b"\x03\x00\x00\x00"
    assert bluez.heard == []


@pytest.mark.parametrize("name", ["calm", "order"])
async def test_what_is_never_pushed_cannot_be_subscribed_to(bluez: FakeBlueZ, name: str) -> None:
    """StartNotify is refused; assigning goes on in silence."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(getattr(Flood, name).uuid)
        assert await bluez.start_notify(path) == Refusal("org.bluez.Error.NotPermitted", f"{name} is never pushed")
        setattr(flood, name, 5)
        await bluez.settled()
    assert bluez.heard == []


async def test_starting_twice_and_stopping_unasked(bluez: FakeBlueZ) -> None:
    """bluetoothd may start again for another phone; one stop is the end, and another one does no harm."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.latest.uuid)
        assert await bluez.stop_notify(path) is None
        assert await bluez.start_notify(path) is None
        assert await bluez.start_notify(path) is None
        flood.latest = 1
        assert await bluez.stop_notify(path) is None
        flood.latest = 2
        assert await bluez.stop_notify(path) is None
        await bluez.settled()
        assert numbers(bluez, path) == [1]


async def test_a_confirmation_is_taken_note_of(bluez: FakeBlueZ) -> None:
    """bluetoothd calls Confirm after each indication."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.alarm.uuid)
        await bluez.start_notify(path)
        flood.alarm = 1
        await bluez.settled()
        assert await bluez.ask(path, CHARACTERISTIC, "Confirm") is None


async def test_after_leaving_an_assignment_is_just_kept(bluez: FakeBlueZ) -> None:
    """The subscribers are forgotten with the block."""
    flood = Flood()
    async with Peripheral(flood):
        await bluez.start_notify(bluez.path(Flood.latest.uuid))
    flood.latest = 5
    assert flood.latest == 5
    assert pushes(flood) == []
    await drain(flood)
    assert bluez.heard == []


# --- from other threads ------------------------------------------------------------------------------------------


async def test_from_another_thread(bluez: FakeBlueZ) -> None:
    """A thread assigns like everybody else: all of the policy "every" arrive, in order."""
    flood = Flood()

    def assign() -> None:
        for number in range(500):
            flood.every = number

    async with Peripheral(flood):
        path = bluez.path(Flood.every.uuid)
        await bluez.start_notify(path)
        await asyncio.to_thread(assign)
        await bluez.until(lambda: len(bluez.heard) >= 500)
        assert numbers(bluez, path) == list(range(500))


async def test_the_newest_from_another_thread(bluez: FakeBlueZ) -> None:
    """Of a thread's flood the last value arrives, and those before it in order."""
    flood = Flood()

    def assign() -> None:
        for number in range(1, 20_001):
            flood.latest = number

    async with Peripheral(flood):
        path = bluez.path(Flood.latest.uuid)
        await bluez.start_notify(path)
        await asyncio.to_thread(assign)
        await bluez.until(lambda: numbers(bluez, path)[-1:] == [20_000])
        heard = numbers(bluez, path)
        assert all(before < after for before, after in pairwise(heard))
        assert await bluez.read(path) == (20_000).to_bytes(4, "little")


async def test_leaving_while_threads_assign(bluez: FakeBlueZ) -> None:
    """Threads notice nothing of the end, and their values are kept."""
    flood = Flood()
    failures: list[BaseException] = []
    enough, going = threading.Event(), threading.Event()

    def assign() -> None:
        try:
            while not enough.is_set():
                flood.latest = (flood.latest + 1) % (1 << 32)
                going.set()
        except BaseException as error:  # noqa: BLE001  (that is what the test looks for)
            failures.append(error)

    thread = threading.Thread(target=assign)
    async with Peripheral(flood):
        await bluez.start_notify(bluez.path(Flood.latest.uuid))
        thread.start()
        await asyncio.to_thread(going.wait, PATIENCE)
        await bluez.until(lambda: bluez.heard)
    last = flood.latest
    going.clear()
    await asyncio.to_thread(going.wait, PATIENCE)
    enough.set()
    await asyncio.to_thread(thread.join, PATIENCE)
    assert failures == []
    assert flood.latest != last


# --- when BlueZ is slow ------------------------------------------------------------------------------------------


async def test_a_deaf_bluez_gets_a_window(bluez: FakeBlueZ) -> None:
    """Until it answers, it gets 64 signals and a Ping; then the newest value, and the connection lives."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.latest.uuid)
        await bluez.start_notify(path)
        bluez.held_pings = []
        for number in range(10_000):
            flood.latest = number
        await bluez.settled()
        assert numbers(bluez, path) == list(range(WINDOW))
        assert len(bluez.held_pings) == 1
        bluez.release_pings()
        await bluez.until(lambda: numbers(bluez, path)[-1] == 9_999)
        assert numbers(bluez, path) == [*range(WINDOW), 9_999]
        assert await bluez.read(path) == (9_999).to_bytes(4, "little")


async def test_a_bluez_that_answers_with_errors_is_not_deaf(bluez: FakeBlueZ) -> None:
    """A refused Ping has been read."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.every.uuid)
        await bluez.start_notify(path)
        bluez.held_pings = []
        for number in range(WINDOW + 10):
            flood.every = number
        await bluez.until(lambda: bluez.held_pings)
        bluez.release_pings(Refusal("org.freedesktop.DBus.Error.UnknownMethod", "no such thing"))
        await bluez.until(lambda: len(bluez.heard) == WINDOW + 10)
        assert numbers(bluez, path) == list(range(WINDOW + 10))


async def test_every_value_or_an_error(bluez: FakeBlueZ) -> None:
    """A full queue raises at the assignment and changes nothing; ``drain`` waits for room; all arrive in order."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.every.uuid)
        await bluez.start_notify(path)
        bluez.held_pings = []
        for number in range(WINDOW + QUEUE):
            flood.every = number
        with pytest.raises(QueueFull):
            flood.every = 4711
        assert flood.every == WINDOW + QUEUE - 1
        waiting = asyncio.ensure_future(drain(flood))
        await bluez.settled()
        assert not waiting.done()
        bluez.release_pings()
        async with asyncio.timeout(PATIENCE):
            await waiting
        flood.every = WINDOW + QUEUE
        await bluez.until(lambda: len(bluez.heard) > WINDOW + QUEUE)
        assert numbers(bluez, path) == list(range(WINDOW + QUEUE + 1))


async def test_thousands_of_values_with_drain(bluez: FakeBlueZ) -> None:
    """Who drains loses nothing and never meets a full queue."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.every.uuid)
        await bluez.start_notify(path)
        for number in range(3000):
            flood.every = number
            await drain(flood)
        await bluez.until(lambda: len(bluez.heard) == 3000)
        assert numbers(bluez, path) == list(range(3000))


async def test_what_waits_is_dropped_with_the_last_subscriber(bluez: FakeBlueZ) -> None:
    """After StopNotify nothing that waited is sent any more, not even to those who subscribe later."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.every.uuid)
        await bluez.start_notify(path)
        bluez.held_pings = []
        for number in range(WINDOW + 100):
            flood.every = number
        await bluez.stop_notify(path)
        await bluez.start_notify(path)
        flood.every = 4711
        bluez.release_pings()
        await bluez.until(lambda: numbers(bluez, path)[-1] == 4711)
        assert numbers(bluez, path) == [*range(WINDOW), 4711]


async def test_leaving_sends_what_waits(bluez: FakeBlueZ) -> None:
    """Values that wait in line when the block ends are still delivered, all of them and in order."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.every.uuid)
        await bluez.start_notify(path)
        await asyncio.to_thread(assign_every, flood, 500)
    assert numbers(bluez, path) == list(range(1, 501))


def assign_every(flood: Flood, count: int) -> None:
    for number in range(1, count + 1):
        flood.every = number


async def test_leaving_tells_what_it_could_not_send(
    bluez: FakeBlueZ, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bluetoothd that takes nothing any more keeps nobody for ever, and the log says what was lost."""
    monkeypatch.setattr("gattschema.bluez._outbox.PATIENCE", 0.05)
    flood = Flood()
    bluez.held_pings = []
    async with Peripheral(flood):
        await bluez.start_notify(bluez.path(Flood.every.uuid))
        assign_every(flood, WINDOW + 10)
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "Flood.every: 10 values were not sent: BlueZ does not take them"
    ]


async def test_drain_ends_with_the_last_subscriber(bluez: FakeBlueZ) -> None:
    """A field that nobody subscribed to has room."""
    flood = Flood()
    async with Peripheral(flood):
        path = bluez.path(Flood.every.uuid)
        await bluez.start_notify(path)
        bluez.held_pings = []
        for number in range(WINDOW + QUEUE):
            flood.every = number
        waiting = asyncio.ensure_future(drain(flood))
        await bluez.settled()
        assert not waiting.done()
        await bluez.stop_notify(path)
        async with asyncio.timeout(PATIENCE):
            await waiting


async def test_drain_ends_with_the_peripheral(bluez: FakeBlueZ) -> None:
    """Leaving the block wakes those who wait for room."""
    flood = Flood()
    async with Peripheral(flood):
        await bluez.start_notify(bluez.path(Flood.every.uuid))
        bluez.held_pings = []
        for number in range(WINDOW + QUEUE):
            flood.every = number
        waiting = asyncio.ensure_future(drain(flood))
        await bluez.settled()
    async with asyncio.timeout(PATIENCE):
        await waiting


@pytest.mark.parametrize("who", ["bluetoothd", "dbus-daemon"])
async def test_drain_ends_when_the_other_side_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """Nobody waits for room that never comes, nor is told later that there is none."""
    flood = Flood()
    with dbus_daemon(tmp_path) as daemon:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        bluez = await FakeBlueZ().join(daemon.address)
        async with Peripheral(flood):
            await bluez.start_notify(bluez.path(Flood.every.uuid))
            bluez.held_pings = []
            for number in range(WINDOW + QUEUE):
                flood.every = number
            waiting = asyncio.ensure_future(drain(flood))
            await bluez.settled()
            if who == "bluetoothd":
                await bluez.leave()
            else:
                daemon.process.kill()
            async with asyncio.timeout(PATIENCE):
                await waiting
                for number in range(2 * QUEUE):
                    await drain(flood)
                    flood.every = number
        with suppress(EOFError):
            await bluez.bus.wait_for_disconnect()


async def test_a_full_queue_refuses_a_phones_write(bluez: FakeBlueZ) -> None:
    """A write that cannot be passed on to the subscribers is refused, and the value stays."""

    class Echo(Service, uuid="AAD0"):
        field: Write[UInt32] = characteristic(default=0)
        echo: Notify[UInt32] = characteristic(default=0, policy="every")

        @field.on_write
        def _repeat(self, value: int) -> None:
            self.echo = value

    echo = Echo()
    async with Peripheral(echo):
        await bluez.start_notify(bluez.path(Echo.echo.uuid))
        bluez.held_pings = []
        for number in range(WINDOW + QUEUE):
            echo.echo = number
        refusal = await bluez.write(bluez.path(Echo.field.uuid), b"\x01\x00\x00\x00")
        assert isinstance(refusal, Refusal)
        assert (echo.field, echo.echo) == (0, WINDOW + QUEUE - 1)


@pytest.mark.parametrize("where", ["the event loop", "a thread"])
async def test_a_deaf_bus_kills_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """While dbus-daemon reads nothing at all, a tight loop of assignments ends with a living connection."""
    flood = Flood()

    def assign() -> None:
        for number in range(1, 20_001):
            flood.latest = number

    with dbus_daemon(tmp_path) as daemon:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", daemon.address)
        bluez = await FakeBlueZ().join(daemon.address)
        async with Peripheral(flood):
            path = bluez.path(Flood.latest.uuid)
            await bluez.start_notify(path)
            os.kill(daemon.process.pid, signal.SIGSTOP)
            try:
                await asyncio.to_thread(assign) if where == "a thread" else assign()
            finally:
                os.kill(daemon.process.pid, signal.SIGCONT)
            await bluez.until(lambda: numbers(bluez, path)[-1:] == [20_000])
            heard = numbers(bluez, path)
            assert all(before < after for before, after in pairwise(heard))
            assert await bluez.read(path) == (20_000).to_bytes(4, "little")
        await bluez.leave()
