"""``with room.batch():`` – several assignments leave together at the end of the block, or not at all."""

# ruff: noqa: PT012  (blocks that fail behind their first line are the subject)

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gattschema import (
    ABSENT,
    EncodeError,
    Fault,
    Indicate,
    Notify,
    Read,
    ReadNotify,
    ReadWrite,
    ReadWriteNotify,
    Request,
    SchemaError,
    Service,
    UInt8,
    characteristic,
    descriptor,
    plan,
    schema,
)
from gattschema.schema import pushes, set_push


class Room(Service, uuid="FFF0"):
    """Two fields of which the newest value counts, one of which every value does, and two that nobody hears."""

    warmth: ReadNotify[UInt8] = characteristic(default=1)
    moisture: Indicate[UInt8] = characteristic(default=2)
    events: Notify[UInt8] = characteristic(default=3, policy="every")
    quiet: ReadWrite[UInt8] = characteristic(default=4)
    offset: ReadWrite[UInt8] = descriptor(of="warmth", default=5)


class Air:
    """What leaves, by all fields of a service, in order; a push may refuse its octets."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []
        self.drained: list[tuple[str, int]] = []

    def ear(self, name: str, refusal: Exception | None = None) -> "Ear":
        return Ear(self, name, refusal)

    def listen(self, service: Service, *names: str) -> None:
        for field in plan(service).characteristics:
            if field.pushes and (not names or field.name in names):
                set_push(service, field.index, self.ear(field.name))


class Ear:
    def __init__(self, air: Air, name: str, refusal: Exception | None) -> None:
        self.air = air
        self.name = name
        self.refusal = refusal

    def __call__(self, octets: bytes, /) -> None:
        if self.refusal:
            raise self.refusal
        self.air.heard.append((self.name, octets[0]))

    async def drain(self, most: int = 512) -> None:
        self.air.drained.append((self.name, most))


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def air(room: Room) -> Air:
    air = Air()
    air.listen(room)
    return air


def in_a_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


# --- together ------------------------------------------------------------------------------------------------------


def test_assignments_leave_at_the_end_of_the_block(room: Room, air: Air) -> None:
    """Nobody hears of one before the others; the attributes change at once."""
    with room.batch():
        room.warmth = 10
        room.moisture = 20
        assert (room.warmth, room.moisture, air.heard) == (10, 20, [])
    assert air.heard == [("warmth", 10), ("moisture", 20)]
    room.warmth = 11
    assert air.heard[2:] == [("warmth", 11)]


def test_they_leave_in_the_order_of_the_assignments(room: Room, air: Air) -> None:
    """Not in that of the fields."""
    with room.batch():
        room.events = 30
        room.moisture = 20
        room.warmth = 10
    assert air.heard == [("events", 30), ("moisture", 20), ("warmth", 10)]


def test_of_several_values_the_newest_leaves(room: Room, air: Air) -> None:
    """In the place of the last assignment, even if the value is that of the beginning again."""
    with room.batch():
        room.warmth = 10
        room.moisture = 20
        room.warmth = 11
        room.warmth = 1
    assert air.heard == [("moisture", 20), ("warmth", 1)]


def test_with_the_policy_every_all_values_leave(room: Room, air: Air) -> None:
    """In order, and among those of the other fields."""
    with room.batch():
        room.events = 30
        room.warmth = 10
        room.events = 31
        room.events = 31
        room.warmth = 11
    assert air.heard == [("events", 30), ("events", 31), ("events", 31), ("warmth", 11)]


def test_an_empty_block_sends_nothing(room: Room, air: Air) -> None:
    """What is not assigned is no news."""
    with room.batch():
        pass
    assert air.heard == []


def test_what_is_never_pushed_changes_as_always(room: Room, air: Air) -> None:
    """Fields without subscribers and descriptors take part, but nobody hears of them."""
    with room.batch():
        room.quiet = 40
        room.offset = 50
        room.warmth = 10
    assert (room.quiet, room.offset, air.heard) == (40, 50, [("warmth", 10)])


def test_a_field_that_nobody_subscribed_to_keeps_its_value(room: Room) -> None:
    """It is stored, and nothing is sent, then or later."""
    air = Air()
    air.listen(room, "moisture")
    with room.batch():
        room.warmth = 10
        room.moisture = 20
    air.listen(room)
    assert (room.warmth, air.heard) == (10, [("moisture", 20)])


def test_services_have_batches_of_their_own(room: Room, air: Air) -> None:
    """What is assigned to another one of the class leaves at once."""
    other, loud = Room(), Air()
    loud.listen(other)
    with room.batch():
        room.warmth = 10
        other.warmth = 11
        assert (air.heard, loud.heard) == ([], [("warmth", 11)])
    assert air.heard == [("warmth", 10)]


def test_a_phones_write_is_part_of_it() -> None:
    """What is written meanwhile is stored at once, and leaves with the rest."""

    class Desk(Service, uuid="FFF0"):
        mood: ReadWriteNotify[UInt8] = characteristic(default=1)
        level: Notify[UInt8] = characteristic(default=1)

    desk, air = Desk(), Air()
    air.listen(desk)
    with desk.batch():
        desk.level = 5
        schema.write(desk, plan(desk).characteristics[0], b"\x09", Request())
        assert (desk.mood, air.heard) == (9, [])
    assert air.heard == [("level", 5), ("mood", 9)]


# --- or not at all -------------------------------------------------------------------------------------------------


def test_an_exception_takes_everything_back(room: Room, air: Air) -> None:
    """All fields have the values of before, nobody hears anything, and the exception goes on its way."""
    before = repr(room)
    wrong = KeyError("sensor")
    with pytest.raises(KeyError) as caught, room.batch():
        room.warmth = 10
        room.events = 30
        room.quiet = 40
        room.offset = 50
        raise wrong
    assert caught.value is wrong
    assert (repr(room), air.heard) == (before, [])
    room.warmth = 11
    assert air.heard == [("warmth", 11)]


def test_a_wrong_value_takes_everything_back(room: Room, air: Air) -> None:
    """The line that assigns it raises as it does elsewhere; what was assigned before it is undone."""
    with pytest.raises(EncodeError, match=r"^Room\.moisture: expected 0 … 255 \(uint8\), got 256$"), room.batch():
        room.warmth = 10
        room.moisture = 256
    assert (room.warmth, room.moisture, air.heard) == (1, 2, [])


def test_a_wrong_value_that_is_caught_is_just_left_out(room: Room, air: Air) -> None:
    """The block goes on, and the others leave."""
    with room.batch():
        room.warmth = 10
        with pytest.raises(EncodeError):
            room.warmth = 256
        room.moisture = 20
    assert (room.warmth, air.heard) == (10, [("warmth", 10), ("moisture", 20)])


@pytest.mark.parametrize("wrong", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_whatever_ends_the_block_early_takes_everything_back(room: Room, air: Air, wrong: type[BaseException]) -> None:
    """Also what is no ``Exception``."""
    with pytest.raises(wrong), room.batch():
        room.warmth = 10
        raise wrong
    assert (room.warmth, air.heard) == (1, [])


def test_a_field_without_a_value_has_none_again() -> None:
    """Taking back is exact."""

    class Later(Service, uuid="FFF0"):
        level: Notify[UInt8] = characteristic(init=False)

    later = Later()
    with pytest.raises(ZeroDivisionError), later.batch():
        later.level = 1
        assert later.level == 1
        _ = 1 / 0
    assert not hasattr(later, "level")


def test_a_push_that_refuses_is_heard_of(room: Room, air: Air) -> None:
    """At the end of the block; the next assignment leaves as always."""
    set_push(room, Room.events.plan.index, air.ear("events", BufferError("1024 values wait")))
    with pytest.raises(BufferError, match="1024 values wait"), room.batch():
        room.warmth = 10
        room.events = 30
    assert air.heard == [("warmth", 10)]
    room.warmth = 11
    assert air.heard[1:] == [("warmth", 11)]


# --- one within another --------------------------------------------------------------------------------------------


def test_a_batch_within_a_batch_is_part_of_it(room: Room, air: Air) -> None:
    """Nothing leaves at the end of the inner one, and all of it at the end of the outer one, each newest value once."""
    with room.batch():
        room.warmth = 10
        with room.batch():
            room.warmth = 11
            room.moisture = 20
        assert air.heard == []
        room.moisture = 21
    assert air.heard == [("warmth", 11), ("moisture", 21)]


def test_an_exception_in_an_inner_batch_takes_the_outer_one_back(room: Room, air: Air) -> None:
    """If it gets that far."""
    with pytest.raises(KeyError), room.batch():
        room.warmth = 10
        with room.batch():
            room.moisture = 20
            raise KeyError
    assert (room.warmth, room.moisture, air.heard) == (1, 2, [])


def test_an_exception_that_stays_within_the_outer_batch_takes_nothing_back(room: Room, air: Air) -> None:
    """The inner one is a part of the outer one, and that ends well."""
    with room.batch():
        room.warmth = 10
        with contextlib.suppress(KeyError), room.batch():
            room.warmth = 11
            room.moisture = 20
            raise KeyError
        room.events = 30
    assert (room.warmth, room.moisture) == (11, 20)
    assert air.heard == [("warmth", 11), ("moisture", 20), ("events", 30)]


def test_a_batch_may_follow_another(room: Room, air: Air) -> None:
    """Whether the first one ended well or not."""
    with pytest.raises(KeyError), room.batch():
        room.warmth = 9
        raise KeyError
    for value in (10, 11):
        with room.batch():
            room.warmth = value
    assert air.heard == [("warmth", 10), ("warmth", 11)]


# --- subscriptions that come and go --------------------------------------------------------------------------------


def test_who_subscribes_within_the_block_hears_its_end(room: Room) -> None:
    """The values are those of the end, whatever was assigned before the phone came."""
    air = Air()
    with room.batch():
        room.warmth = 10
        air.listen(room, "warmth")
        room.moisture = 20
    room.moisture = 21
    assert air.heard == [("warmth", 10)]
    room.warmth = 11
    assert air.heard[1:] == [("warmth", 11)]


@pytest.mark.parametrize("wrong", [None, KeyError], ids=["well", "badly"])
def test_who_leaves_within_the_block_hears_nothing(room: Room, air: Air, wrong: type[Exception] | None) -> None:
    """However the block ends, its subscription does not come back."""
    try:
        with room.batch():
            room.warmth = 10
            set_push(room, Room.warmth.plan.index, None)
            if wrong:
                raise wrong
    except KeyError:
        assert wrong
    room.warmth = 11
    assert air.heard == []


def test_who_comes_in_a_block_that_fails_hears_what_follows(room: Room) -> None:
    """The subscription is no part of what is taken back."""
    air = Air()
    with pytest.raises(KeyError), room.batch():
        air.listen(room)
        room.warmth = 10
        raise KeyError
    room.warmth = 11
    assert air.heard == [("warmth", 11)]


async def test_draining_within_the_block_waits_for_those_who_subscribed(room: Room) -> None:
    """As long as without a batch: what that holds is not in the line in front of BlueZ."""
    air = Air()
    air.listen(room, "events")
    with room.batch():
        room.events = 30
        for push in pushes(room):
            await push.drain()
            await push.drain(0)
        assert (air.drained, air.heard) == ([("events", 512), ("events", 0)], [])
    assert air.heard == [("events", 30)]


# --- other threads -------------------------------------------------------------------------------------------------

ROUNDS = 5_000
"""Enough for a race to show."""


def test_what_another_thread_assigns_is_no_part_of_it(room: Room, air: Air) -> None:
    """It leaves at once, and stays when the batch fails, even in a field that the batch had assigned before."""
    with room.batch():
        room.warmth = 10
        in_a_thread(lambda: setattr(room, "moisture", 20))
        assert (room.moisture, air.heard) == (20, [("moisture", 20)])
    assert air.heard == [("moisture", 20), ("warmth", 10)]
    with pytest.raises(KeyError), room.batch():
        room.warmth = room.moisture = 1
        in_a_thread(lambda: setattr(room, "moisture", 21))
        raise KeyError
    assert (room.warmth, room.moisture, air.heard[2:]) == (10, 21, [("moisture", 21)])


async def test_what_another_task_or_a_phone_assigns_is_no_part_of_it(room: Room, air: Air) -> None:
    """Who waits within a batch takes back nothing that was answered meanwhile, in fields that are not pushed either."""

    async def others() -> None:
        room.moisture = 30
        assert schema.write(room, Room.quiet.plan, b"\x07", Request()) is None

    with pytest.raises(KeyError), room.batch():
        room.warmth = room.quiet = 1
        await asyncio.create_task(others())
        raise KeyError
    assert (room.warmth, room.moisture, room.quiet) == (1, 30, 7)
    assert air.heard == [("moisture", 30)]


@pytest.mark.parametrize("wrong", [None, KeyError], ids=["well", "badly"])
def test_an_assignment_that_ends_behind_the_block_is_not_lost(
    room: Room, air: Air, wrong: type[Exception] | None
) -> None:
    """A thread may be between its look at the push and its call of it when the block ends: then it leaves at once."""
    index = Room.warmth.plan.index
    try:
        with room.batch():
            between: Any = room._gatt_pushes[index]
            if wrong:
                raise wrong
    except KeyError:
        assert wrong
    assert air.heard == []
    between(b"\x0b")
    assert air.heard == [("warmth", 11)]


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("restless")
def test_no_assignment_and_no_subscription_of_many_threads_is_lost(room: Room, air: Air) -> None:
    """Batches, assignments and subscriptions run beside each other: every value of "every" leaves once."""
    index, ear = Room.events.plan.index, air.ear("events")

    def assign(value: int) -> None:
        for _ in range(ROUNDS):
            room.events = value

    def subscribe() -> None:
        for _ in range(ROUNDS):
            set_push(room, index, ear)

    def gather() -> None:
        for _ in range(ROUNDS):
            with room.batch():
                room.events = 9

    work: list[Callable[[], None]] = [lambda: assign(1), lambda: assign(2), subscribe, gather, gather]
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = [air.heard.count(("events", value)) for value in (1, 2, 9)]
    assert counts == [ROUNDS, ROUNDS, 2 * ROUNDS]
    assert room._gatt_pushes[index] is ear


# --- the name, and what is left out --------------------------------------------------------------------------------


def test_no_field_is_called_batch() -> None:
    """It would hide the method; characteristics and descriptors are refused, with another way to the same UUID."""
    fields: list[dict[str, Any]] = [
        {"batch": characteristic(default=1)},
        {"batch": descriptor(of="level", default=1)},
    ]
    for body in fields:
        given = {"__annotations__": {"level": Read[UInt8], "batch": Read[UInt8]}, "__module__": __name__}
        with pytest.raises(SchemaError) as caught:
            type("Made", (Service,), {**given, **body}, uuid="FFF0")
        (fault,) = caught.value.faults
        assert isinstance(fault, Fault)
        assert (fault.where, fault.finding) == ("batch", "batch is a method of every service")


def test_what_an_instance_is_without_stays_out() -> None:
    """An assignment to a left-out characteristic raises within a batch as it does without one."""

    class Station(Service, uuid="FFF0"):
        level: Notify[UInt8] = characteristic(default=1)
        extra: Notify[UInt8] = characteristic(default=ABSENT)

    station, air = Station(), Air()
    air.listen(station)
    with pytest.raises(AttributeError, match=r"^Station\.extra was not given"), station.batch():
        station.level = 2
        station.extra = 3
    assert (station.level, air.heard) == (1, [])
    with station.batch():
        station.level = 4
    with pytest.raises(AttributeError, match=r"^Station\.extra was not given"):
        station.extra = 3
    assert air.heard == [("level", 4)]
