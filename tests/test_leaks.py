"""Nothing grows: not with restarts of BlueZ, not with phones that come and go, not with lives of peripherals."""

from __future__ import annotations

import asyncio
import gc
import logging
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from gattschema import Notify, Peripheral, ReadNotify, Service, UInt8, UInt16, characteristic
from gattschema.events import AdapterBack, AdapterLost, BluezBack, BluezLost, Connected, Disconnected, Event
from gattschema.pairing import JustWorks
from tests.fake_bluez import ANN, DAEMON, DEVICE, PATIENCE, Daemon, FakeBlueZ, FakeDevice

RESTARTS = 1000
"""Of bluetoothd."""
ROUNDS = 100
"""Of everything else: each shows what the thousandth does, and a leak counts a hundred times."""
WARM_UP = 15
STORM = 10_000
"""Connections and disconnections."""
PER_ROUND = 200
"""Bytes that a round may leave behind on average: less than any object of ours with what it holds."""
NOISE = 16 * 1024
"""Bytes that come and go: buffers of sockets, caches that settle."""


class Lamp(Service, uuid="AAD0"):
    level: ReadNotify[UInt8] = characteristic(default=1)
    step: Notify[UInt16] = characteristic(default=0, policy="every")
    piped: ReadNotify[UInt8] = characteristic(default=1, transport="socket")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Attempts follow each other quickly, and no log is kept of them."""
    caplog.set_level(logging.ERROR, "gattschema")
    monkeypatch.setattr("gattschema._keeper.PAUSES", (0.001, 0.01))
    monkeypatch.setattr("gattschema.bluez._away.SETTLING", 0.0)


@pytest.fixture(autouse=True)
def _apart() -> Iterator[None]:
    """What other tests have left is not counted again and again; a test that fails leaves them as fast as they are."""
    gc.collect()
    gc.freeze()
    yield
    tracemalloc.stop()
    gc.unfreeze()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def ours() -> Counter[str]:
    """How many objects of each of the package's classes there are, and connections to a bus."""
    gc.collect()
    kinds = [type(one) for one in gc.get_objects()]
    return Counter(
        kind.__qualname__ for kind in kinds if str(kind.__module__).startswith("gattschema") or kind is MessageBus
    )


async def rules(bus: MessageBus) -> int | None:
    """Count the match rules that all connections have on the bus, where its daemon tells (``Debug.Stats``)."""
    message = Message(DAEMON, "/org/freedesktop/DBus", f"{DAEMON}.Debug.Stats", "GetAllMatchRules")
    reply = await bus.call(message)
    if reply.message_type is MessageType.ERROR:
        return None
    return sum(len(of_one) for of_one in reply.body[0].values())


class Books:
    """What there is after the warm-up, and at the end; memory counts from when they are made."""

    def __init__(self) -> None:
        tracemalloc.start()

    async def open(self, bus: MessageBus) -> None:
        self.bus = bus
        self.counts = ours()
        self.tasks = len(asyncio.all_tasks())
        self.files = open_files()
        self.rules = await rules(bus)
        gc.collect()
        self.memory = tracemalloc.get_traced_memory()[0]

    async def check(self, bus: MessageBus, rounds: int) -> None:
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - self.memory
        assert ours() - self.counts == Counter()
        assert len(asyncio.all_tasks()) == self.tasks
        assert open_files() == self.files
        assert await rules(bus) == self.rules
        assert grown < NOISE + rounds * PER_ROUND, f"{grown} bytes in {rounds} rounds"


class Signs:
    """Waits for the next event of a kind."""

    def __init__(self, peripheral: Peripheral, *kinds: type[Event]) -> None:
        self.seen: Counter[type[Event]] = Counter()
        self._news = asyncio.Event()
        for kind in kinds:
            peripheral.on(kind, self._take)

    def _take(self, event: Event) -> None:
        self.seen[type(event)] += 1
        self._news.set()

    async def until(self, kind: type[Event], count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.seen[kind] < count:
                self._news.clear()
                await self._news.wait()


Begin = Callable[[], Awaitable[FakeBlueZ]]


@pytest.fixture
async def begin(system_bus: Daemon) -> AsyncIterator[Begin]:
    """Start a bluetoothd, and another one when it has left."""
    newest: list[FakeBlueZ] = []

    async def start() -> FakeBlueZ:
        newest[:] = [await FakeBlueZ(devices={ANN: FakeDevice()}).join(system_bus.address)]
        return newest[0]

    yield start
    if newest[0].bus.connected:
        await newest[0].leave()


async def use(bluez: FakeBlueZ, lamp: Lamp, number: int) -> None:
    """A phone subscribes, reads, and hears what is assigned."""
    for name in ("level", "step", "piped"):
        assert await bluez.start_notify(bluez.path(getattr(Lamp, name).uuid)) is None
    lamp.level = lamp.piped = number % 256
    lamp.step = number
    await bluez.settled()
    assert len(bluez.heard) >= 3
    assert await bluez.read(bluez.path(Lamp.level.uuid)) == bytes([number % 256])


async def test_restarts_of_bluetoothd(system_bus: Daemon, begin: Begin) -> None:
    """However often BlueZ comes back, with subscribers and assignments in between, nothing is left of before.

    Counted are tasks, files, objects of ours, match rules and bytes; a thousand times, in about 45 s.
    """
    lamp, books = Lamp(), Books()
    witness = await MessageBus(bus_address=system_bus.address).connect()
    signs = Signs(peripheral := Peripheral(lamp, pairing=JustWorks()), BluezLost, BluezBack)
    bluez = await begin()
    async with peripheral as running:
        for number in range(WARM_UP + RESTARTS):
            await use(bluez, lamp, number)
            await bluez.leave()
            await signs.until(BluezLost, number + 1)
            for _ in range(3):
                lamp.level, lamp.step = 7, number
            bluez = await begin()
            await signs.until(BluezBack, number + 1)
            if number == WARM_UP:
                await use(bluez, lamp, number)
                bluez.heard.clear()
                await books.open(witness)
        await use(bluez, lamp, RESTARTS)
        bluez.heard.clear()
        await books.check(witness, RESTARTS)
        assert running._keeper is not None
        assert running._keeper.session is not None
        handlers: list[Any] = running._keeper.session.bus._user_message_handlers
        assert len(handlers) < 10
    witness.disconnect()


async def test_an_adapter_that_goes_on_and_off(begin: Begin) -> None:
    """With bluetoothd there all the time each return is a new connection, and nothing is left of the one before."""
    lamp, books = Lamp(), Books()
    signs = Signs(peripheral := Peripheral(lamp), AdapterLost, AdapterBack)
    bluez = await begin()
    async with peripheral:
        for number in range(WARM_UP + ROUNDS):
            await use(bluez, lamp, number)
            bluez.change_adapter(bluez.adapter, Powered=Variant("b", False))  # noqa: FBT003  (D-Bus values)
            await signs.until(AdapterLost, number + 1)
            bluez.change_adapter(bluez.adapter, Powered=Variant("b", True))  # noqa: FBT003
            await signs.until(AdapterBack, number + 1)
            for heard in (bluez.heard, bluez.calls, bluez.advert_changes):
                heard.clear()
            if number == WARM_UP:
                await books.open(bluez.bus)
        await books.check(bluez.bus, ROUNDS)


async def test_lives(bluez: FakeBlueZ) -> None:
    """A program that begins and ends peripherals grows by none of them."""
    lamp, books = Lamp(), Books()
    bluez.forget_device("BB:BB:BB:BB:BB:BB")
    for number in range(WARM_UP + ROUNDS):
        async with Peripheral(lamp, pairing=JustWorks()):
            await use(bluez, lamp, number)
        await bluez.until(lambda: not bluez.applications)
        for heard in (bluez.heard, bluez.calls, bluez.advert_changes):
            heard.clear()
        if number == WARM_UP:
            await books.open(bluez.bus)
    await books.check(bluez.bus, ROUNDS)


async def test_streams_that_are_left(bluez: FakeBlueZ) -> None:
    """Ten thousand readers that have lost interest are none."""
    async with Peripheral(Lamp()) as running:
        await bluez.settled()
        for _ in range(10_000):
            running.events(Connected)
        gc.collect()
        assert ours()["EventStream"] == 0


# --- storms ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def raw(bluez: FakeBlueZ) -> Callable[[int], Awaitable[None]]:
    """Lets a phone come and go many times, by signals that are sent as they are."""
    path = bluez.path_of(ANN)

    async def storm(count: int) -> None:
        for number in range(count):
            body = [DEVICE, {"Connected": Variant("b", number % 2 == 1)}, []]
            signal = Message.new_signal(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", body)
            bluez.bus.send(signal)
            if number % 50 == 49:
                await bluez.settled()

    return storm


@pytest.mark.parametrize("reader", ["function", "slow stream"])
async def test_phones_that_come_and_go(bluez: FakeBlueZ, raw: Callable[[int], Awaitable[None]], reader: str) -> None:
    """Ten thousand changes leave nothing behind, whoever hears of them: what is not read is bounded."""
    lamp, books, heard = Lamp(), Books(), Counter[str]()
    peripheral = Peripheral(lamp)
    stream = peripheral.events(Connected, Disconnected) if reader == "slow stream" else None
    if reader == "function":
        for kind in (Connected, Disconnected):
            peripheral.on(kind, lambda event: heard.update([type(event).__name__]))
    async with peripheral:
        await bluez.start_notify(bluez.path(Lamp.level.uuid))
        await raw(STORM // 4)
        bluez.advert_changes.clear()
        await books.open(bluez.bus)
        await raw(STORM)
        bluez.advert_changes.clear()
        await books.check(bluez.bus, STORM // 100)
        assert Lamp.level.of(lamp).subscribers == 1
    if reader == "function":
        assert heard == {"Connected": 2 + 5 * STORM // 8, "Disconnected": 5 * STORM // 8}
    assert stream is None or len(stream._waiting) == 1024
