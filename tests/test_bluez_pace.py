"""The pace of notifications: alone before a clock that the test moves on, then with everything around it."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import random
import threading
from collections.abc import Callable
from itertools import pairwise
from threading import get_ident
from typing import Annotated, Any, cast

import attrs
import pytest

from gattschema import (
    NRES,
    Float32,
    Indicate,
    MedFloat16,
    Notify,
    Peripheral,
    QueueFull,
    Range,
    ReadNotify,
    Scale,
    Service,
    SInt16,
    UInt8,
    UInt16,
    UInt24,
    UInt32,
    Unit,
    Unknown,
    characteristic,
    drain,
)
from gattschema.bluez import Release
from gattschema.bluez._outbox import QUEUE, WINDOW
from gattschema.bluez._pace import Paced, Thresholded
from gattschema.schema import CharacteristicPlan
from tests.fake_bluez import ANN, BEN, PATIENCE, FakeBlueZ, FakeSocket

INTERVAL = 10.0
POLICIES = pytest.mark.parametrize("policy", ["latest", "every"])


@attrs.define
class Call:
    """Something that is due."""

    when: float
    step: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@attrs.define
class StubOutbox:
    """An outbox and its event loop, whose time passes when the test says so."""

    now: float = 0.0
    due: list[Call] = attrs.field(factory=list)
    thread: int = attrs.field(factory=get_ident)
    closed: bool = False
    lock: threading.Lock = attrs.field(factory=threading.Lock)
    moved: asyncio.Event = attrs.field(factory=asyncio.Event)

    @property
    def loop(self) -> StubOutbox:
        return self

    def call_later(self, seconds: float, step: Callable[[], None]) -> Call:
        self.due.append(Call(self.now + seconds, step))
        return self.due[-1]

    def call_soon_threadsafe(self, step: Callable[[], None]) -> Call:
        return self.call_later(0.0, step)

    def advance(self, seconds: float = 0.0) -> None:
        """Let time pass, and all happen that is due until then."""
        end = self.now + seconds
        while ready := [call for call in self.due if call.when <= end and not call.cancelled]:
            call = min(ready, key=lambda one: one.when)
            self.due.remove(call)
            self.now = max(self.now, call.when)
            call.step()
        self.now = end


@attrs.define
class Sink:
    """The next stage: puts down when each value came, and refuses to order."""

    outbox: StubOutbox
    came: list[tuple[float, bytes]] = attrs.field(factory=list)
    is_full: bool = False
    cleared: int = 0
    place: str = "Sink.sink"
    backlog: int = 0

    def __call__(self, octets: bytes) -> None:
        if self.is_full:
            raise QueueFull
        self.came.append((self.outbox.now, octets))

    def clear(self) -> None:
        self.cleared += 1

    async def drain(self, most: int = 0) -> None:
        assert self.backlog <= most

    async def flush(self) -> None:
        assert self.backlog == 0

    @property
    def numbers(self) -> list[int]:
        return [octets[0] for _, octets in self.came]

    @property
    def times(self) -> list[float]:
        return [when for when, _ in self.came]


@pytest.fixture
def outbox() -> StubOutbox:
    return StubOutbox()


@pytest.fixture
def sink(outbox: StubOutbox) -> Sink:
    return Sink(outbox)


@pytest.fixture
def make(outbox: StubOutbox, sink: Sink) -> Callable[[Any], Paced]:
    return lambda policy: Paced(cast("Any", sink), cast("Any", outbox), "Room.field", policy, INTERVAL)


def in_a_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


# --- at most one in an interval ----------------------------------------------------------------------------------


def test_the_first_goes_at_once_and_the_newest_follows(
    outbox: StubOutbox, sink: Sink, make: Callable[[Any], Paced]
) -> None:
    """Of those in between the newest goes when the interval is over (policy "latest")."""
    paced = make("latest")
    for number in (1, 2, 3):
        paced(bytes([number]))
    assert sink.came == [(0.0, b"\x01")]
    outbox.advance(INTERVAL / 2)
    paced(b"\x04")
    outbox.advance(INTERVAL)
    assert sink.came == [(0.0, b"\x01"), (INTERVAL, b"\x04")]


def test_all_follow_in_order(outbox: StubOutbox, sink: Sink, make: Callable[[Any], Paced]) -> None:
    """One in each interval (policy "every")."""
    paced = make("every")
    for number in (1, 2, 3):
        paced(bytes([number]))
    outbox.advance(INTERVAL)
    paced(b"\x04")
    outbox.advance(5 * INTERVAL)
    assert sink.numbers == [1, 2, 3, 4]
    assert sink.times == [0, INTERVAL, 2 * INTERVAL, 3 * INTERVAL]


@POLICIES
def test_after_a_pause_the_next_goes_at_once(
    outbox: StubOutbox, sink: Sink, make: Callable[[Any], Paced], policy: str
) -> None:
    """The interval counts from the last one that went, not from a beat of its own."""
    paced = make(policy)
    paced(b"\x01")
    outbox.advance(2.5 * INTERVAL)
    paced(b"\x02")
    paced(b"\x03")
    outbox.advance(INTERVAL)
    assert sink.times == [0, 2.5 * INTERVAL, 3.5 * INTERVAL]
    assert outbox.due, "it comes again, to find that nothing waits"
    outbox.advance(INTERVAL)
    assert not outbox.due


@POLICIES
@pytest.mark.parametrize("seed", range(20))
def test_whatever_comes_when(
    outbox: StubOutbox, sink: Sink, make: Callable[[Any], Paced], policy: str, seed: int
) -> None:
    """Two are never closer than the interval, the order stays, and the last one always arrives."""
    chance = random.Random(seed)  # noqa: S311  (no secrets here)
    paced = make(policy)
    for number in range(100):
        outbox.advance(chance.choice([0.0, 0.1, INTERVAL / 3, INTERVAL, 3 * INTERVAL]))
        if chance.random() < 0.3:
            in_a_thread(lambda octets=bytes([number]): paced(octets))
        else:
            paced(bytes([number]))
    outbox.advance(100 * INTERVAL)
    assert all(later - earlier >= INTERVAL - 1e-6 for earlier, later in pairwise(sink.times))
    assert all(before < after for before, after in pairwise(sink.numbers))
    assert sink.numbers[-1] == 99
    assert policy == "latest" or sink.numbers == list(range(100))
    assert paced.backlog == 0


@POLICIES
def test_another_thread_sends_nothing(
    outbox: StubOutbox, sink: Sink, make: Callable[[Any], Paced], policy: str
) -> None:
    """What it assigns goes from the event loop, and keeps to the interval."""
    paced = make(policy)
    in_a_thread(lambda: paced(b"\x01"))
    assert sink.came == []
    outbox.advance()
    assert sink.came == [(0.0, b"\x01")]
    in_a_thread(lambda: paced(b"\x02"))
    outbox.advance(INTERVAL - 1)
    assert sink.numbers == [1]
    outbox.advance(1)
    assert sink.numbers == [1, 2]


@POLICIES
def test_forgetting_what_waits(outbox: StubOutbox, sink: Sink, make: Callable[[Any], Paced], policy: str) -> None:
    """When nobody is there any more nothing follows, and the next value goes at once, with an interval of its own."""
    paced = make(policy)
    paced(b"\x01")
    paced(b"\x02")
    paced.clear()
    assert sink.cleared == 1
    assert paced.backlog == 0
    paced(b"\x03")
    assert sink.numbers == [1, 3]
    outbox.advance(INTERVAL - 1)
    paced(b"\x04")
    assert sink.numbers == [1, 3]
    outbox.advance(1)
    assert sink.numbers == [1, 3, 4]


def test_forgetting_what_a_thread_has_just_left(outbox: StubOutbox, sink: Sink, make: Callable[[Any], Paced]) -> None:
    """The step that the thread has asked for comes to nothing, and upsets no interval."""
    paced = make("every")
    in_a_thread(lambda: paced(b"\x01"))
    paced.clear()
    paced(b"\x02")
    paced(b"\x03")
    outbox.advance(INTERVAL - 1)
    assert sink.numbers == [2]
    outbox.advance(1)
    assert sink.numbers == [2, 3]


def test_a_full_queue_refuses(outbox: StubOutbox, sink: Sink, make: Callable[[Any], Paced]) -> None:
    """1024 wait, the next raises, and those before arrive (policy "every")."""
    paced = make("every")
    for number in range(1 + QUEUE):
        paced(bytes([number % 256]))
    with pytest.raises(QueueFull, match=r"Room\.field: 1024 values wait already"):
        paced(b"\xff")
    assert paced.backlog == QUEUE
    outbox.advance(QUEUE * INTERVAL)
    assert sink.numbers == [number % 256 for number in range(1 + QUEUE)]


def test_no_room_further_on(outbox: StubOutbox, sink: Sink, make: Callable[[Any], Paced]) -> None:
    """A value whose turn it is waits for the next turn then: none vanishes, the order stays."""
    paced = make("every")
    sink.is_full = True
    for number in (1, 2, 3):
        paced(bytes([number]))
    outbox.advance(5 * INTERVAL)
    assert paced.backlog == 3
    sink.is_full = False
    outbox.advance(3 * INTERVAL)
    assert sink.numbers == [1, 2, 3]


@POLICIES
def test_after_closing_nothing_is_kept_and_nothing_refused(
    outbox: StubOutbox, sink: Sink, make: Callable[[Any], Paced], policy: str
) -> None:
    """No queue fills that nobody will empty."""
    paced = make(policy)
    outbox.closed = True
    for _ in range(2 * QUEUE):
        paced(b"\x01")
    assert (paced.backlog, sink.came, outbox.due) == (0, [], [])


@POLICIES
async def test_leaving_does_not_wait_for_the_interval(sink: Sink, make: Callable[[Any], Paced], policy: str) -> None:
    """What waits just for its turn goes now, in order."""
    paced = make(policy)
    for number in range(1, 6):
        paced(bytes([number]))
    async with asyncio.timeout(PATIENCE):
        await paced.flush()
    assert sink.numbers == ([1, 5] if policy == "latest" else [1, 2, 3, 4, 5])
    assert paced.backlog == 0


async def test_leaving_goes_as_fast_as_there_is_room(outbox: StubOutbox) -> None:
    """Further on three find room at a time: none is lost, none is tried in vain again and again."""

    class Narrow(Sink):
        tried = 0

        def __call__(self, octets: bytes) -> None:
            self.tried += 1
            assert self.tried < 100
            if self.backlog == 3:
                raise QueueFull
            self.backlog += 1
            super().__call__(octets)

        async def drain(self, most: int = 0) -> None:
            self.backlog = most

        async def flush(self) -> None:
            self.backlog = 0

    sink = Narrow(outbox)
    paced = Paced(cast("Any", sink), cast("Any", outbox), "Room.field", "every", INTERVAL)
    for number in range(20):
        paced(bytes([number]))
    async with asyncio.timeout(PATIENCE):
        await paced.flush()
    assert sink.numbers == list(range(20))
    assert paced.backlog == 0


# --- a change large enough ---------------------------------------------------------------------------------------

Celsius = Annotated[float | None, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS, Range(-40, 85), Unknown(-0x8000)]
Duration = Annotated[dt.timedelta, UInt16, Unit.SECOND]


class Values(Service, uuid="AAB6"):
    celsius: Notify[Celsius] = characteristic(init=False, min_change=0.1)
    count: Notify[UInt16] = characteristic(init=False, min_change=5)
    real: Notify[Float32] = characteristic(init=False, min_change=0.5)
    med: Notify[MedFloat16] = characteristic(init=False, min_change=0.5)
    duration: Notify[Duration] = characteristic(init=False, min_change=dt.timedelta(seconds=10))
    day: Notify[Annotated[dt.date, UInt24, Unit.DAY]] = characteristic(init=False, min_change=dt.timedelta(days=7))


def passed(name: str, *values: Any) -> list[Any]:
    """Those of *values* that are notified."""
    plan: CharacteristicPlan = getattr(Values, name).plan
    sink = Sink(StubOutbox())
    thresholded = Thresholded(cast("Any", sink), plan, plan.delivery.min_change)
    for value in values:
        thresholded(plan.codec.encode(value, name))
    return [plan.codec.unpack(octets) for _, octets in sink.came]


def seconds(*numbers: int) -> list[dt.timedelta]:
    return [dt.timedelta(seconds=number) for number in numbers]


def days(*numbers: int) -> list[dt.date]:
    return [dt.date(2026, 1, number) for number in numbers]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("celsius", [20.0, 20.05, 20.09], [20.0]),
        ("celsius", [20.0, 20.1], [20.0, 20.1]),
        ("celsius", [20.2, 20.3], [20.2, 20.3]),
        ("celsius", [20.0, 19.9, 19.95, 19.8], [20.0, 19.9, 19.8]),
        ("celsius", [0.0, -0.1, 0.0], [0.0, -0.1, 0.0]),
        ("count", [0, 4, 5, 9, 10, 6, 5], [0, 5, 10, 5]),
        ("real", [1.0, 1.25, 1.5], [1.0, 1.5]),
        ("med", [36.5, 36.9, 37.0], [36.5, 37.0]),
        ("duration", seconds(100, 109, 110, 101, 100), seconds(100, 110, 100)),
        ("day", days(1, 7, 8, 2, 1), days(1, 8, 1)),
    ],
)
def test_small_changes_stay(name: str, values: list[Any], expected: list[Any]) -> None:
    """What differs by less stays, up or down; a change of just that size is one, whatever binary fractions say."""
    assert passed(name, *values) == expected


def test_small_changes_add_up() -> None:
    """A value is compared with what was notified last, not with what was assigned last: no drift goes unheard."""
    assert passed("celsius", *(20 + number / 100 for number in range(31))) == [20.0, 20.1, 20.2, 20.3]


def test_what_is_not_known_any_more_is_news() -> None:
    """``None`` is heard at once, once, and so is the first value behind it, however near to the one before."""
    assert passed("celsius", 20.0, None, None, 20.01, 20.02) == [20.0, None, 20.01]


@pytest.mark.parametrize("name", ["real", "med"])
def test_what_is_no_finite_number_is_news(name: str) -> None:
    """Nothing can be said of its distance from anything, but that it is the same as before."""
    heard = passed(name, 1.0, math.nan, math.nan, math.inf, math.inf, -math.inf, 1.0, 1.25)
    assert [str(value) for value in heard] == ["1.0", "nan", "inf", "-inf", "1.0"]


def test_two_that_are_no_number_are_two() -> None:
    """ "Not a number" and "not at this resolution" say different things (IEEE 11073-20601)."""
    heard = passed("med", math.nan, NRES, NRES, math.nan)
    assert [repr(value) for value in heard] == [repr(math.nan), repr(NRES), repr(math.nan)]


def test_a_value_that_finds_no_room_was_not_heard() -> None:
    """What is refused further on raises, and the next value is compared with the one before it."""
    plan = Values.count.plan
    sink = Sink(StubOutbox())
    thresholded = Thresholded(cast("Any", sink), plan, 5)
    thresholded(b"\x0a\x00")
    sink.is_full = True
    with pytest.raises(QueueFull):
        thresholded(b"\x14\x00")
    sink.is_full = False
    thresholded(b"\x0d\x00")
    thresholded(b"\x0f\x00")
    assert sink.numbers == [10, 15]


# --- with everything around it -----------------------------------------------------------------------------------


class Room(Service, uuid="AAB7"):
    slow: ReadNotify[UInt8] = characteristic(default=0, min_interval=60.0)
    each: ReadNotify[UInt32] = characteristic(default=0, min_interval=60.0, policy="every")
    brisk: ReadNotify[UInt32] = characteristic(default=0, min_interval=0.05)
    quick: ReadNotify[UInt32] = characteristic(default=0, min_interval=0.0005, policy="every")
    coarse: ReadNotify[UInt8] = characteristic(default=0, min_change=10)
    piped: ReadNotify[UInt8] = characteristic(default=0, min_change=10, min_interval=60.0, transport="socket")
    alarm: Indicate[UInt8] = characteristic(default=0, min_interval=0.05)


async def subscribed(bluez: FakeBlueZ, name: str) -> str:
    path = bluez.path(getattr(Room, name).uuid)
    assert await bluez.start_notify(path) is None
    return path


def numbers(bluez: FakeBlueZ) -> list[int]:
    return [int.from_bytes(octets, "little") for octets in bluez.values]


async def test_the_newest_after_the_interval(bluez: FakeBlueZ) -> None:
    """It is heard no sooner than the interval says, and read at any time."""
    room = Room()
    loop = asyncio.get_running_loop()
    async with Peripheral(room):
        path = await subscribed(bluez, "brisk")
        begin = loop.time()
        for number in (1, 2, 3):
            room.brisk = number
        assert await bluez.read(path) == b"\x03\x00\x00\x00"
        await bluez.until(lambda: len(bluez.heard) > 1)
        assert loop.time() - begin >= 0.05
        assert numbers(bluez) == [1, 3]


async def test_the_first_value_after_a_new_subscription(bluez: FakeBlueZ) -> None:
    """It is heard at once, neither too early nor too small a change, and what waited for the old one is forgotten."""
    room = Room()
    async with Peripheral(room):
        slow, coarse = [await subscribed(bluez, name) for name in ("slow", "coarse")]
        room.slow, room.coarse = 1, 1
        room.slow = 2
        for path in (slow, coarse):
            await bluez.stop_notify(path)
            await bluez.start_notify(path)
        room.slow, room.coarse = 3, 2
        await bluez.settled()
        assert bluez.heard == [(slow, b"\x01"), (coarse, b"\x01"), (slow, b"\x03"), (coarse, b"\x02")]


async def test_the_first_value_after_a_new_subscription_by_socket(
    bluez: FakeBlueZ, runs: Callable[[Release | None], None]
) -> None:
    """So it is where BlueZ tells of the end by closing the socket."""
    runs((5, 82))
    room = Room()
    async with Peripheral(room):
        path = bluez.path(Room.piped.uuid)
        ann = await bluez.subscribe(path, ANN)
        assert isinstance(ann, FakeSocket)
        room.piped = 100
        room.piped = 150
        await bluez.settled()
        assert ann.values == [bytes([100])]
        bluez.tell_device(ANN, connected=False)
        ann.close()
        await bluez.settled()
        ben = await bluez.subscribe(path, BEN)
        assert isinstance(ben, FakeSocket)
        room.piped = 151
        await bluez.settled()
        assert ben.values == [bytes([151])]
        assert bluez.heard == []


async def test_small_changes_are_kept(bluez: FakeBlueZ) -> None:
    """They are not notified, and read all the same."""
    room = Room()
    async with Peripheral(room):
        path = await subscribed(bluez, "coarse")
        for number in (10, 15, 20, 25):
            room.coarse = number
        await bluez.settled()
        assert numbers(bluez) == [10, 20]
        assert await bluez.read(path) == bytes([25])


async def test_leaving_sends_what_waits_for_its_turn(bluez: FakeBlueZ) -> None:
    """Neither the newest value nor one of all is lost, and nobody waits for minutes."""
    room = Room()
    async with asyncio.timeout(PATIENCE):
        async with Peripheral(room):
            slow, each = [await subscribed(bluez, name) for name in ("slow", "each")]
            for number in (1, 2, 3):
                room.slow = room.each = number
    assert [octets[0] for path, octets in bluez.heard if path == slow] == [1, 3]
    assert [octets[0] for path, octets in bluez.heard if path == each] == [1, 2, 3]


async def test_leaving_sends_more_than_a_queue(bluez: FakeBlueZ) -> None:
    """Values that wait for their turn, for room and for BlueZ are all sent, in order."""
    room = Room()
    async with Peripheral(room):
        await subscribed(bluez, "each")
        bluez.held_pings = []
        for number in range(1 + QUEUE):
            room.each = number
        await bluez.settled()
        bluez.release_pings()
    assert numbers(bluez) == list(range(1 + QUEUE))


async def test_leaving_tells_what_it_could_not_send(
    bluez: FakeBlueZ, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A deaf BlueZ keeps nobody, and the log counts all that waited, wherever it did."""
    monkeypatch.setattr("gattschema.bluez._outbox.PATIENCE", 0.05)
    room = Room()
    async with Peripheral(room):
        await subscribed(bluez, "each")
        bluez.held_pings = []
        for number in range(1 + QUEUE):
            room.each = number
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        f"Room.each: {1 + QUEUE - WINDOW} values were not sent: BlueZ does not take them"
    ]


async def test_drain_waits_for_turns(bluez: FakeBlueZ) -> None:
    """There is room when half of those that wait for their turn have gone, and all are heard in order."""
    room = Room()
    async with Peripheral(room):
        await subscribed(bluez, "quick")
        for number in range(2 * QUEUE):
            room.quick = number
            await drain(room)
    assert numbers(bluez) == list(range(2 * QUEUE))


async def test_drain_ends_with_the_last_subscriber(bluez: FakeBlueZ) -> None:
    """Nobody is left to wait for."""
    room = Room()
    async with Peripheral(room):
        path = await subscribed(bluez, "each")
        for number in range(QUEUE):
            room.each = number
        waiting = asyncio.ensure_future(drain(room))
        await bluez.settled()
        assert not waiting.done()
        await bluez.stop_notify(path)
        async with asyncio.timeout(PATIENCE):
            await waiting


async def test_threads_keep_the_pace(bluez: FakeBlueZ) -> None:
    """Of a thread's flood the newest value is heard, and few before it."""
    room = Room()

    def flood() -> None:
        for number in range(1, 10_001):
            room.brisk = number

    async with Peripheral(room):
        await subscribed(bluez, "brisk")
        begin = asyncio.get_running_loop().time()
        await asyncio.to_thread(flood)
        await bluez.until(lambda: numbers(bluez)[-1:] == [10_000])
        intervals = (asyncio.get_running_loop().time() - begin) / 0.05
        assert all(before < after for before, after in pairwise(numbers(bluez)))
        assert len(bluez.heard) <= 1 + intervals


async def test_an_indication_that_waits_for_its_turn(bluez: FakeBlueZ) -> None:
    """It is confirmed when it has gone, not by the confirmation of the one before."""
    bluez.tell_device(BEN, connected=False)
    room = Room()
    async with Peripheral(room):
        path = await subscribed(bluez, "alarm")
        room.alarm = 1
        room.alarm = 2
        waiting = asyncio.ensure_future(Room.alarm.of(room).confirmed())
        await bluez.settled()
        await bluez.confirm(path)
        assert not waiting.done()
        await bluez.until(lambda: len(bluez.heard) > 1)
        await bluez.settled()
        assert not waiting.done()
        await bluez.confirm(path)
        assert await waiting
