"""Who has subscribed: counted from what BlueZ tells, and told to the program whenever it changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from gattschema import Indicate, Notify, Peripheral, ReadNotify, Service, UInt8, characteristic
from gattschema.bluez import Release, Session
from gattschema.schema import pushes
from tests.fake_bluez import (
    ANN,
    BEN,
    PATIENCE,
    FakeBlueZ,
    FakeSocket,
)

CAT = "CC:CC:CC:CC:CC:CC"


class Sensor(Service, uuid="AAB9"):
    beat: ReadNotify[UInt8] = characteristic(default=0)
    alarm: Indicate[UInt8] = characteristic(default=0)
    piped: ReadNotify[UInt8] = characteristic(default=0, transport="socket")
    later: Notify[UInt8] = characteristic(default=0, timeout=0.05)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.told: list[int] = []
        self.news = asyncio.Event()
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    @beat.on_subscription
    def _beat(self, subscribers: int) -> None:
        self.note(subscribers)

    @piped.on_subscription
    def _piped(self, subscribers: int) -> None:
        self.note(subscribers)

    @later.on_subscription
    async def _later(self, subscribers: int) -> None:
        await self.gate.wait()
        self.note(subscribers)

    def note(self, subscribers: int) -> None:
        self.told.append(subscribers)
        self.news.set()
        if self.error:
            raise self.error


def path_of(bluez: FakeBlueZ, name: str) -> str:
    return bluez.path(getattr(Sensor, name).uuid)


def count(sensor: Sensor, name: str = "beat") -> int:
    return int(getattr(Sensor, name).of(sensor).subscribers)


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


# --- on the bus --------------------------------------------------------------------------------------------------


async def test_phones_subscribe_and_leave(bluez: FakeBlueZ) -> None:
    """Each ``StartNotify`` is a phone; ``StopNotify`` comes with the last one."""
    sensor = Sensor()
    async with Peripheral(sensor):
        path = path_of(bluez, "beat")
        assert count(sensor) == 0
        for expected in (1, 2):
            await bluez.start_notify(path)
            assert count(sensor) == expected
        await bluez.stop_notify(path)
        assert count(sensor) == 0
    assert sensor.told == [1, 2, 0]


async def test_no_more_than_are_connected(bluez: FakeBlueZ) -> None:
    """BlueZ may start again for a phone that has started already: who is not there does not count."""
    sensor = Sensor()
    async with Peripheral(sensor):
        path = path_of(bluez, "beat")
        for _ in range(5):
            await bluez.start_notify(path)
        assert count(sensor) == 2
        bluez.tell_device(CAT, connected=True)
        await bluez.settled()
        assert count(sensor) == 3
    assert sensor.told == [1, 2, 3, 0], "leaving is told, too"


@pytest.mark.parametrize("how", ["disconnected", "forgotten"])
async def test_a_phone_that_is_gone(bluez: FakeBlueZ, how: str) -> None:
    """One less, though BlueZ says nothing of its subscription."""
    sensor = Sensor()
    async with Peripheral(sensor):
        path = path_of(bluez, "beat")
        for _ in range(2):
            await bluez.start_notify(path)
        bluez.tell_device(ANN, connected=False) if how == "disconnected" else bluez.forget_device(ANN)
        await bluez.settled()
        assert count(sensor) == 1
        sensor.beat = 1
        await bluez.settled()
        assert bluez.values == [b"\x01"]
    assert sensor.told == [1, 2, 1, 0]


async def test_a_bonded_phone_comes_back(bluez: FakeBlueZ) -> None:
    """BlueZ keeps its subscription: it counts again, and while it is away values go on being sent to the bus."""
    bluez.devices[ANN].bonded = True
    bluez.tell_device(BEN, connected=False)
    sensor = Sensor()
    async with Peripheral(sensor):
        await bluez.start_notify(path_of(bluez, "beat"))
        for connected, expected in ((False, 0), (True, 1)):
            bluez.tell_device(ANN, connected=connected, bonded=True)
            await bluez.settled()
            assert count(sensor) == expected
            assert len(pushes(sensor)) == 1
    assert sensor.told == [1, 0, 1, 0]


async def test_fields_count_their_own(bluez: FakeBlueZ) -> None:
    """A subscription to one field is none to another, nor to another instance."""
    one, other = Sensor(), Sensor()
    async with Peripheral(one, other):
        path = bluez.paths(Sensor.beat.uuid)[0]
        await bluez.start_notify(path)
        assert [count(sensor, name) for sensor in (one, other) for name in ("beat", "alarm")] == [1, 0, 0, 0]
    assert other.told == []


async def test_a_new_life_begins_without_anybody(bluez: FakeBlueZ) -> None:
    """Who had subscribed before is forgotten with the block."""
    sensor = Sensor()
    assert count(sensor) == 0
    for _ in range(2):
        async with Peripheral(sensor):
            assert count(sensor) == 0
            await bluez.start_notify(path_of(bluez, "beat"))
            assert count(sensor) == 1
        assert count(sensor) == 0


# --- over sockets ------------------------------------------------------------------------------------------------


async def test_sockets_are_counted(bluez: FakeBlueZ, runs: Callable[[Release | None], None]) -> None:
    """With a socket for each phone the number is exact, whoever else is connected."""
    runs((5, 82))
    bluez.tell_device(CAT, connected=True)
    sensor = Sensor()
    async with Peripheral(sensor):
        path = path_of(bluez, "piped")
        ears = [await bluez.subscribe(path, phone) for phone in (ANN, BEN)]
        assert count(sensor, "piped") == 2
        for phone, ear in zip((ANN, BEN), ears, strict=True):
            assert isinstance(ear, FakeSocket)
            bluez.tell_device(phone, connected=False)
            ear.close()
            await bluez.settled()
        assert count(sensor, "piped") == 0
    assert sensor.told == [1, 2, 1, 0]


async def test_one_socket_for_all(bluez: FakeBlueZ, runs: Callable[[Release | None], None]) -> None:
    """BlueZ before 5.69 does not tell of the others: all that are connected may have subscribed."""
    runs((5, 66))
    sensor = Sensor()
    async with Peripheral(sensor):
        ear = await bluez.subscribe(path_of(bluez, "piped"))
        assert count(sensor, "piped") == 2
        bluez.tell_device(BEN, connected=False)
        await bluez.settled()
        assert count(sensor, "piped") == 1
        assert isinstance(ear, FakeSocket)
        ear.close()
        await bluez.settled()
        assert count(sensor, "piped") == 0
    assert sensor.told == [2, 1, 0]


async def test_some_by_socket_and_some_on_the_bus(bluez: FakeBlueZ, runs: Callable[[Release | None], None]) -> None:
    """A phone that was refused a socket counts beside those that have one."""
    runs((5, 82))
    sensor = Sensor()
    async with Peripheral(sensor):
        path = path_of(bluez, "piped")
        await bluez.subscribe(path, ANN)
        await bluez.start_notify(path)
        assert count(sensor, "piped") == 2
        await bluez.start_notify(path)
        assert count(sensor, "piped") == 2, "no more are connected"
    assert sensor.told == [1, 2, 0]


# --- the handler -------------------------------------------------------------------------------------------------


async def test_the_handler_may_assign(bluez: FakeBlueZ) -> None:
    """What it assigns is heard by who has just subscribed."""

    class Greeter(Service, uuid="AABA"):
        word: Notify[UInt8] = characteristic(default=0)

        @word.on_subscription
        def _greet(self, subscribers: int) -> None:
            self.word = 40 + subscribers

    greeter = Greeter()
    async with Peripheral(greeter):
        path = bluez.path(Greeter.word.uuid)
        await bluez.start_notify(path)
        await bluez.start_notify(path)
        await bluez.settled()
        assert bluez.values == [bytes([41]), bytes([42])]
        await bluez.stop_notify(path)
        assert greeter.word == 40
        await bluez.settled()
        assert len(bluez.heard) == 2


async def test_an_async_handler(bluez: FakeBlueZ) -> None:
    """BlueZ is answered before it ends."""
    sensor = Sensor()
    async with Peripheral(sensor):
        assert await bluez.start_notify(path_of(bluez, "later")) is None
        assert sensor.told == []
        sensor.gate.set()
        async with asyncio.timeout(PATIENCE):
            await sensor.news.wait()
    assert sensor.told == [1]


async def test_async_handlers_end_in_order(bluez: FakeBlueZ) -> None:
    """The one for the newest number begins when those before have ended: it has the last word."""

    class Power(Service, uuid="AABB"):
        beat: Notify[UInt8] = characteristic(default=0)
        gate = asyncio.Event()

        @beat.on_subscription
        async def _power(self, subscribers: int) -> None:
            if subscribers:
                await self.gate.wait()
            told.append(subscribers)
            if not subscribers:
                ended.set()

    told: list[int] = []
    ended = asyncio.Event()
    power = Power()
    async with Peripheral(power):
        path = bluez.path(Power.beat.uuid)
        await bluez.start_notify(path)
        await bluez.stop_notify(path)
        await bluez.settled()
        assert told == []
        power.gate.set()
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
    assert told == [1, 0]


async def test_an_async_handler_that_takes_too_long(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture) -> None:
    """It is cancelled when its time is up, and the log says so; the subscription stands."""
    sensor = Sensor()
    async with Peripheral(sensor) as running:
        await bluez.start_notify(path_of(bluez, "later"))
        await all_have_ended(running)
        sensor.gate.set()
        sensor.later = 3
        await bluez.settled()
        assert bluez.values == [b"\x03"]
    assert sensor.told == []
    assert failures(caplog) == ["Sensor.later: the handler has not ended within 0.05 s and is cancelled"]


async def all_have_ended(running: Peripheral) -> None:
    """Wait for the handlers that still run."""
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait(session(running).around.tree.running.runs)


def session(running: Peripheral) -> Session:
    """Give what serves at present."""
    assert running._keeper is not None
    assert running._keeper.session is not None
    return running._keeper.session


async def test_leaving_ends_the_handlers_under_way(bluez: FakeBlueZ) -> None:
    """None goes on behind the block."""
    sensor = Sensor()
    async with Peripheral(sensor):
        await bluez.start_notify(path_of(bluez, "later"))
        await bluez.settled()
    sensor.gate.set()
    await asyncio.sleep(0)
    assert sensor.told == []


async def test_a_failing_handler(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture) -> None:
    """The log has the traceback; BlueZ is answered, values are heard, and the next change is told."""
    sensor = Sensor()
    sensor.error = ZeroDivisionError("oops")
    async with Peripheral(sensor):
        path = path_of(bluez, "beat")
        assert await bluez.start_notify(path) is None
        assert await bluez.start_notify(path) is None
        sensor.beat = 9
        await bluez.settled()
        assert bluez.values == [b"\x09"]
    assert sensor.told == [1, 2, 0]
    assert failures(caplog) == ["Sensor.beat: the handler of subscriptions failed"] * 3


async def test_a_failing_async_handler(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture) -> None:
    """So it is with one that takes its time."""
    sensor = Sensor()
    sensor.error = ZeroDivisionError("oops")
    sensor.gate.set()
    async with Peripheral(sensor) as running:
        assert await bluez.start_notify(path_of(bluez, "later")) is None
        if session(running).around.tree.running.runs:
            await all_have_ended(running)
    assert sensor.told == [1]
    assert failures(caplog) == ["Sensor.later: the handler of subscriptions failed"]


# --- the end -----------------------------------------------------------------------------------------------------


async def test_after_leaving_nobody_listens(bluez: FakeBlueZ) -> None:
    """A phone that comes later is no news to a service that is served no more."""
    sensor = Sensor()
    async with Peripheral(sensor) as running:
        known = session(running).mirror
        await bluez.start_notify(path_of(bluez, "beat"))
        assert known.listeners
    assert not known.listeners
