"""Whose confirmation it is, BlueZ does not say: none is believed that might be for an older indication."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import attrs
import pytest

from gattschema import Indicate, Peripheral, ReadNotify, Service, UInt8, characteristic
from gattschema.bluez import Release
from gattschema.bluez._indications import EXPIRY, Indications
from gattschema.bluez._outbox import WINDOW
from tests.fake_bluez import BEN, PATIENCE, FakeBlueZ


class Alarm(Service, uuid="AAB8"):
    alarm: Indicate[UInt8] = characteristic(default=0)
    every: Indicate[UInt8] = characteristic(default=0, policy="every")
    beat: ReadNotify[UInt8] = characteristic(default=0)


def asked(alarm: Alarm, within: float = PATIENCE) -> asyncio.Task[bool]:
    return asyncio.create_task(Alarm.alarm.of(alarm).confirmed(within))


async def subscribed(bluez: FakeBlueZ, phones: int = 1) -> str:
    """The alarm's path, when one phone or both have subscribed."""
    if phones == 1:
        bluez.tell_device(BEN, connected=False)
    path = bluez.path(Alarm.alarm.uuid)
    for _ in range(phones):
        assert await bluez.start_notify(path) is None
    return path


# --- asked by the program ----------------------------------------------------------------------------------------


async def test_a_phone_confirms(bluez: FakeBlueZ) -> None:
    """The program learns it, be it before or after it asks."""
    alarm = Alarm()
    async with Peripheral(alarm):
        path = await subscribed(bluez)
        alarm.alarm = 1
        waiting = asked(alarm)
        await bluez.settled()
        assert not waiting.done()
        await bluez.confirm(path)
        assert await waiting
        assert await asked(alarm, 0.01), "nothing newer has been indicated"


async def test_each_confirmation_is_for_the_oldest(bluez: FakeBlueZ) -> None:
    """Of three indications the newest is confirmed by the third confirmation."""
    alarm = Alarm()
    async with Peripheral(alarm):
        path = await subscribed(bluez)
        for number in (1, 2, 3):
            alarm.alarm = number
        waiting = asked(alarm)
        for _ in range(2):
            await bluez.confirm(path)
            assert not waiting.done()
        await bluez.confirm(path)
        assert await waiting


async def test_asking_about_an_older_one(bluez: FakeBlueZ) -> None:
    """Who asked before a newer value was assigned is told of the one that was the newest then."""
    alarm = Alarm()
    async with Peripheral(alarm):
        path = await subscribed(bluez)
        alarm.alarm = 1
        first = asked(alarm)
        await bluez.settled()
        alarm.alarm = 2
        second = asked(alarm)
        await bluez.confirm(path)
        assert await first
        assert not second.done()
        await bluez.confirm(path)
        assert await second


async def test_with_two_phones_one_is_enough(bluez: FakeBlueZ) -> None:
    """The first confirmation of a lone indication can only be for it."""
    alarm = Alarm()
    async with Peripheral(alarm):
        path = await subscribed(bluez, phones=2)
        alarm.alarm = 1
        waiting = asked(alarm)
        await bluez.confirm(path)
        assert await waiting


async def test_with_two_phones_a_late_confirmation_proves_nothing(bluez: FakeBlueZ) -> None:
    """The second confirmation may be the other phone's for the first indication; the third cannot be."""
    alarm = Alarm()
    async with Peripheral(alarm):
        path = await subscribed(bluez, phones=2)
        alarm.alarm = 1
        await bluez.confirm(path)
        alarm.alarm = 2
        waiting = asked(alarm)
        await bluez.confirm(path)
        assert not waiting.done()
        await bluez.confirm(path)
        assert await waiting


async def test_a_phone_leaves(bluez: FakeBlueZ) -> None:
    """What it owed will not come: the next confirmation is for the next indication."""
    alarm = Alarm()
    async with Peripheral(alarm):
        path = await subscribed(bluez, phones=2)
        alarm.alarm = 1
        await bluez.confirm(path)
        await bluez.confirm(path)
        alarm.alarm = 2
        bluez.tell_device(BEN, connected=False)
        await bluez.settled()
        await bluez.confirm(path)
        alarm.alarm = 3
        waiting = asked(alarm)
        await bluez.settled()
        assert not waiting.done()
        await bluez.confirm(path)
        assert await waiting


async def test_the_last_phone_leaves(bluez: FakeBlueZ) -> None:
    """Nobody is left to confirm; who waits is told so, and what it owed is forgotten."""
    alarm = Alarm()
    async with Peripheral(alarm):
        path = await subscribed(bluez)
        alarm.alarm = 1
        waiting = asked(alarm)
        await bluez.settled()
        assert not waiting.done()
        await bluez.stop_notify(path)
        assert not await waiting
        await bluez.start_notify(path)
        alarm.alarm = 2
        waiting = asked(alarm)
        await bluez.confirm(path)
        assert await waiting


async def test_nobody_has_subscribed(bluez: FakeBlueZ) -> None:
    """Before the block, in it and behind it the answer is at once: no."""
    alarm = Alarm()
    async with asyncio.timeout(PATIENCE):
        assert not await Alarm.alarm.of(alarm).confirmed()
        async with Peripheral(alarm):
            alarm.alarm = 1
            assert not await Alarm.alarm.of(alarm).confirmed()
            path = await subscribed(bluez)
            assert not await Alarm.alarm.of(alarm).confirmed(), "what was assigned before was not indicated"
            await bluez.stop_notify(path)
            assert not await Alarm.alarm.of(alarm).confirmed()
        assert not await Alarm.alarm.of(alarm).confirmed()


async def test_nobody_confirms_in_time(bluez: FakeBlueZ) -> None:
    """Then the answer is no, which later confirmations can turn."""
    alarm = Alarm()
    async with Peripheral(alarm):
        path = await subscribed(bluez)
        alarm.alarm = 1
        assert not await Alarm.alarm.of(alarm).confirmed(within=0.01)
        await bluez.confirm(path)
        assert await Alarm.alarm.of(alarm).confirmed(within=0.01)


async def test_leaving_answers_those_who_wait(bluez: FakeBlueZ) -> None:
    """No confirmation comes after the block."""
    alarm = Alarm()
    async with Peripheral(alarm):
        await subscribed(bluez)
        alarm.alarm = 1
        waiting = asked(alarm)
        await bluez.settled()
    async with asyncio.timeout(PATIENCE):
        assert not await waiting


async def test_what_has_not_left_is_not_confirmed(bluez: FakeBlueZ) -> None:
    """While BlueZ takes nothing the newest indication waits, and confirmations are for those before it."""
    alarm = Alarm()
    async with Peripheral(alarm):
        path = await subscribed(bluez)
        bluez.held_pings = []
        for number in range(WINDOW + 10):
            alarm.alarm = number
        waiting = asked(alarm)
        for _ in range(WINDOW):
            await bluez.confirm(path)
        assert not waiting.done()
        bluez.release_pings()
        await bluez.until(lambda: bluez.values[-1:] == [bytes([WINDOW + 9])])
        await bluez.settled()
        assert not waiting.done()
        await bluez.confirm(path)
        assert await waiting


async def test_confirmations_that_nobody_waits_for(bluez: FakeBlueZ) -> None:
    """One too many, and one of a field that nobody has subscribed to, are no promise for later."""
    alarm = Alarm()
    async with Peripheral(alarm):
        path = bluez.path(Alarm.alarm.uuid)
        await bluez.confirm(path)
        await subscribed(bluez)
        for _ in range(3):
            await bluez.confirm(path)
        alarm.alarm = 1
        waiting = asked(alarm)
        await bluez.settled()
        assert not waiting.done()
        await bluez.confirm(path)
        assert await waiting


async def test_notifications_are_not_confirmed(bluez: FakeBlueZ) -> None:
    """Phones confirm indications only: who waits for a notification's confirmation learns that none can come."""
    alarm = Alarm()
    async with Peripheral(alarm):
        await bluez.start_notify(bluez.path(Alarm.beat.uuid))
        alarm.beat = 1
        with pytest.raises(TypeError, match=r"^Alarm\.beat is not indicated, .* write Indicate\[…\]$"):
            await Alarm.beat.of(alarm).confirmed()


@pytest.mark.parametrize("release", [None, (5, 66), (5, 82)])
async def test_every_release_confirms_on_the_bus(
    bluez: FakeBlueZ, runs: Callable[[Release | None], None], release: Release | None
) -> None:
    """What goes over the bus is confirmed there, whichever BlueZ it is."""
    runs(release)
    alarm = Alarm()
    async with Peripheral(alarm):
        path = await subscribed(bluez)
        alarm.alarm = 1
        waiting = asked(alarm)
        await bluez.confirm(path)
        assert await waiting


# --- the book of them, alone -------------------------------------------------------------------------------------


@attrs.define
class StubOutbox:
    """A clock."""

    now: float = 0.0
    moved: asyncio.Event = attrs.field(factory=asyncio.Event)

    @property
    def loop(self) -> StubOutbox:
        return self

    def time(self) -> float:
        return self.now


@attrs.define
class Book:
    """The indications of a characteristic that some phones have subscribed to."""

    phones: int = 1
    outbox: StubOutbox = attrs.field(factory=StubOutbox)
    indications: Indications = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.indications = Indications(cast("Any", self.outbox), lambda: self.phones)

    def send(self, count: int = 1) -> None:
        for _ in range(count):
            self.indications.sent()

    def confirm(self, count: int = 1) -> int:
        """Some come; give the number of the newest indication that is surely confirmed."""
        for _ in range(count):
            self.indications.confirmed()
        return self.indications.newest


@pytest.mark.parametrize("phones", [1, 2, 3])
def test_as_many_as_there_are_phones(phones: int) -> None:
    """An indication is done with when each phone has confirmed it; one confirmation proves that it has arrived."""
    book = Book(phones)
    book.send(2)
    assert [book.confirm() for _ in range(2 * phones)] == [1] * phones + [2] * phones


def test_a_phone_that_comes_in_between() -> None:
    """It owes only what is sent from then on."""
    book = Book(1)
    book.send()
    book.phones = 2
    book.send()
    assert [book.confirm() for _ in range(3)] == [1, 2, 2]


def test_a_phone_that_goes_in_between() -> None:
    """Of those that have not confirmed, at most as many still can as there are left."""
    book = Book(3)
    book.send()
    book.phones = 1
    book.indications.limit()
    book.send()
    assert [book.confirm() for _ in range(2)] == [1, 2]


def test_a_phone_that_never_confirms() -> None:
    """It is disconnected after 30 s (Vol 3, Part F, 3.3.3): what is that old waits for nobody any more."""
    book = Book(2)
    book.send()
    book.outbox.now = EXPIRY - 1
    book.send()
    assert book.confirm(2) == 1
    book.outbox.now = EXPIRY
    assert book.confirm() == 2


def test_an_old_indication_is_forgotten_when_the_next_one_leaves() -> None:
    """No memory is filled by phones that never confirm."""
    book = Book(1)
    for _ in range(10):
        book.send(3)
        book.outbox.now += EXPIRY
    assert len(book.indications.open) == 3
    assert book.confirm() == 0, "the last three are as old"


def test_nothing_is_believed_too_early() -> None:
    """Whichever phone confirms first: what is taken for confirmed has been confirmed by one of them."""
    for order in range(1 << 6):
        book = Book(2)
        done = [0, 0]  # what each phone has confirmed, in order as ATT demands
        sent = 0
        for step in range(6):
            if sent < 3 and step % 2 == 0:
                book.send()
                sent += 1
            phone = order >> step & 1
            if done[phone] < sent:
                done[phone] += 1
                assert book.confirm() <= max(done)
