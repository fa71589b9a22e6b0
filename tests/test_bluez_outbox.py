"""Flow control, alone: an outbox before a bus that counts what is sent and answers a Ping when the test says so."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count, pairwise
from typing import Any, cast

import attrs
import pytest
from dbus_fast import Message, MessageType

from gattschema import QueueFull
from gattschema.bluez import Outbox, Outlet
from gattschema.bluez._outbox import QUEUE, WINDOW
from tests.fake_bluez import CHARACTERISTIC, PATIENCE, PEER, PROPERTIES, done

BLUETOOTHD = ":1.7"
FATAL = 167
"""Unread messages that dbus-fast 5.2.0 dies of."""
POLICIES = pytest.mark.parametrize("policy", ["latest", "every"])


@attrs.define
class StubBus:
    """Where messages end; a Ping is answered when the test says so."""

    sent: list[tuple[str, bytes]] = attrs.field(factory=list)
    messages: list[Message] = attrs.field(factory=list)
    pings: list[tuple[int, int]] = attrs.field(factory=list)
    """The serials of those that wait for an answer, each with the number of signals that were sent before it."""
    read: int = 0
    """Signals that bluetoothd has certainly read: those before the last Ping that it answered."""
    most_unread: int = 0
    connected: bool = True
    handlers: list[Callable[[Message], Any]] = attrs.field(factory=list)
    serials: Iterator[int] = attrs.field(factory=lambda: count(1))

    def add_message_handler(self, handler: Callable[[Message], Any]) -> None:
        self.handlers.append(handler)

    def remove_message_handler(self, handler: Callable[[Message], Any]) -> None:
        if handler in self.handlers:
            self.handlers.remove(handler)

    def send(self, message: Message) -> asyncio.Future[None]:
        message.serial = next(self.serials)
        if message.message_type is MessageType.METHOD_CALL:
            assert (message.destination, message.interface, message.member) == (BLUETOOTHD, PEER, "Ping")
            self.pings.append((message.serial, len(self.sent)))
            return done()
        self.messages.append(message)
        self.sent.append((message.path or "", bytes(message.body[1]["Value"].value)))
        self.most_unread = max(len(self.sent) - self.read, self.most_unread)
        return done()

    async def answer(self, kind: MessageType = MessageType.METHOD_RETURN) -> None:
        """Answer the oldest Ping."""
        await turns()
        serial, self.read = self.pings.pop(0)
        error = "org.example.No" if kind is MessageType.ERROR else None
        reply = Message(message_type=kind, reply_serial=serial, sender=BLUETOOTHD, error_name=error)
        assert any(handler(reply) for handler in self.handlers)
        await turns()

    async def answer_all(self) -> None:
        """Answer until nothing is asked any more."""
        await turns()
        while self.pings:
            await self.answer()

    def of(self, outlet: Outlet) -> list[int]:
        return [int.from_bytes(octets) for path, octets in self.sent if path == outlet.message.path]


async def turns() -> None:
    """Let everything run that is ready to."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def bus() -> StubBus:
    return StubBus()


@pytest.fixture
async def outbox(bus: StubBus) -> AsyncIterator[Outbox]:
    made = Outbox(cast("Any", bus), BLUETOOTHD)
    yield made
    if not made.closed:
        made.close()


@pytest.fixture
def latest(outbox: Outbox) -> Outlet:
    return outbox.outlet("/latest", "Flood.latest", "latest")


@pytest.fixture
def every(outbox: Outbox) -> Outlet:
    return outbox.outlet("/every", "Flood.every", "every")


def push(outlet: Outlet, numbers: range) -> None:
    for number in numbers:
        outlet(number.to_bytes(4))


def in_a_thread(work: Callable[[], Any]) -> None:
    """Run *work* on another thread while the event loop stands still."""
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  (raised again where the test sees it)
            failures.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    if failures:
        raise failures[0]


async def test_a_signal(bus: StubBus, latest: Outlet) -> None:
    """A value leaves at once, as PropertiesChanged(Value) to bluetoothd's connection alone."""
    latest(b"\x01\x02")
    (message,) = bus.messages
    assert message.message_type is MessageType.SIGNAL
    assert (message.destination, message.path) == (BLUETOOTHD, "/latest")
    assert (message.interface, message.member, message.signature) == (PROPERTIES, "PropertiesChanged", "sa{sv}as")
    interface, changed, invalidated = message.body
    assert (interface, list(changed), invalidated) == (CHARACTERISTIC, ["Value"], [])
    assert (changed["Value"].signature, changed["Value"].value) == ("ay", b"\x01\x02")


async def test_few_values_need_no_fence(bus: StubBus, every: Outlet) -> None:
    """Half a window is free of charge."""
    push(every, range(WINDOW // 2 - 1))
    await turns()
    assert bus.pings == []
    push(every, range(1))
    await turns()
    assert len(bus.pings) == 1


@POLICIES
async def test_never_more_than_the_window(bus: StubBus, outbox: Outbox, policy: Any) -> None:
    """While nobody reads, a window of signals and a fence are all that is sent, however much is assigned."""
    push(outbox.outlet("/flood", "Flood.flood", policy), range(1000))
    await turns()
    assert len(bus.sent) == WINDOW
    assert len(bus.pings) == 1
    assert WINDOW < FATAL / 2, "the application's replies need room, too"


async def test_the_window_is_shared(bus: StubBus, outbox: Outbox) -> None:
    """Many characteristics have one window together, for they have one connection together."""
    outlets = [outbox.outlet(f"/{number}", f"Many.{number}", "latest") for number in range(200)]
    for outlet in outlets:
        outlet(b"\x00\x00\x00\x01")
    assert len(bus.sent) == WINDOW
    await bus.answer_all()
    assert [path for path, _ in bus.sent] == [f"/{number}" for number in range(200)]


@POLICIES
async def test_the_window_holds_all_the_time(bus: StubBus, outbox: Outbox, policy: Any) -> None:
    """Answer after answer, with assignments in between, there are never more unread than a window and its fences."""
    outlets = [outbox.outlet(f"/{number}", f"Many.{number}", policy) for number in range(3)]
    for turn in range(50):
        for outlet in outlets:
            push(outlet, range(turn * 10, turn * 10 + 10))
        await turns()
        if bus.pings:
            await bus.answer()
    await bus.answer_all()
    assert bus.most_unread <= WINDOW
    for outlet in outlets:
        numbers = bus.of(outlet)
        assert numbers[-1] == 499
        assert all(before < after for before, after in pairwise(numbers))
        assert policy == "latest" or numbers == list(range(500))


async def test_credits_come_back_after_the_fence(bus: StubBus, every: Outlet) -> None:
    """The answer to a Ping gives back places, at most those of the signals that were sent before it."""
    push(every, range(1000))
    for _ in range(10):
        before = len(bus.sent)
        await bus.answer()
        assert before + WINDOW // 2 <= len(bus.sent) <= bus.read + WINDOW


async def test_the_fence_gives_back_no_more_than_it_proves(bus: StubBus, every: Outlet) -> None:
    """What was sent between a Ping and its answer may be unread yet."""
    push(every, range(WINDOW // 2))
    await turns()
    assert [position for _, position in bus.pings] == [WINDOW // 2]
    push(every, range(1000))
    await bus.answer()
    assert len(bus.sent) == WINDOW // 2 + WINDOW


async def test_latest_keeps_the_newest(bus: StubBus, latest: Outlet) -> None:
    """Of the values that found no place just the last one is sent, and nothing after it is lost."""
    push(latest, range(1000))
    await bus.answer()
    assert bus.of(latest) == [*range(WINDOW), 999]
    push(latest, range(1000, 1001))
    assert bus.of(latest)[-1] == 1000


async def test_latest_keeps_the_newest_of_each(bus: StubBus, outbox: Outbox) -> None:
    """A busy characteristic does not swallow what another one has to say."""
    busy, calm = (outbox.outlet(f"/{name}", f"Flood.{name}", "latest") for name in ("busy", "calm"))
    push(busy, range(500))
    push(calm, range(7, 8))
    push(busy, range(500, 1000))
    await bus.answer()
    assert bus.sent[WINDOW:] == [("/busy", (999).to_bytes(4)), ("/calm", (7).to_bytes(4))]


async def test_every_keeps_all_in_order(bus: StubBus, every: Outlet) -> None:
    """Nothing is lost up to a full queue."""
    push(every, range(WINDOW + QUEUE))
    await bus.answer_all()
    assert bus.of(every) == list(range(WINDOW + QUEUE))


async def test_those_in_line_take_turns(bus: StubBus, outbox: Outbox) -> None:
    """A long line of one characteristic does not make another one wait for its end."""
    long, short = (outbox.outlet(f"/{name}", f"Flood.{name}", "every") for name in ("long", "short"))
    push(long, range(WINDOW + 500))
    push(short, range(3))
    await bus.answer()
    assert [path for path, _ in bus.sent[WINDOW : WINDOW + 8]] == ["/long", "/short"] * 3 + ["/long"] * 2


async def test_a_full_queue_refuses(bus: StubBus, every: Outlet) -> None:
    """The 1025th waiting value raises, says what to do, and changes nothing; room makes it welcome again."""
    push(every, range(WINDOW + QUEUE))
    with pytest.raises(QueueFull, match=r"Flood\.every: 1024 values wait already; await gattschema\.drain"):
        every((4711).to_bytes(4))
    assert every.backlog == QUEUE
    await bus.answer()
    push(every, range(WINDOW + QUEUE, WINDOW + QUEUE + 1))
    await bus.answer_all()
    assert bus.of(every) == list(range(WINDOW + QUEUE + 1))


async def test_a_full_queue_is_its_own(bus: StubBus, every: Outlet, latest: Outlet) -> None:
    """Another characteristic still has room."""
    push(every, range(WINDOW + QUEUE))
    push(latest, range(5))
    await bus.answer()
    assert bus.of(latest) == [4]


# --- drain -------------------------------------------------------------------------------------------------------


async def test_drain_returns_at_once_when_there_is_room(every: Outlet) -> None:
    """Half a queue is room enough."""
    push(every, range(WINDOW + QUEUE // 2))
    async with asyncio.timeout(PATIENCE):
        await every.drain()


async def test_drain_wakes_up_when_there_is_room(bus: StubBus, every: Outlet) -> None:
    """It waits until half of the queue is free, and no longer."""
    push(every, range(WINDOW + QUEUE))
    waiting = [asyncio.ensure_future(every.drain()) for _ in range(2)]
    while every.backlog > QUEUE // 2:
        await turns()
        assert not any(task.done() for task in waiting)
        await bus.answer()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*waiting)


async def test_drain_ends_when_the_outbox_is_closed(every: Outlet, outbox: Outbox) -> None:
    """Nobody waits for room that never comes."""
    push(every, range(WINDOW + QUEUE))
    waiting = asyncio.ensure_future(every.drain())
    await turns()
    assert not waiting.done()
    outbox.close()
    async with asyncio.timeout(PATIENCE):
        await waiting


# --- the fence ---------------------------------------------------------------------------------------------------


async def test_an_error_is_an_answer(bus: StubBus, every: Outlet) -> None:
    """bluetoothd may refuse to answer a Ping (or have gone): what was sent before has been read all the same."""
    push(every, range(WINDOW + 10))
    await bus.answer(MessageType.ERROR)
    assert bus.of(every) == list(range(WINDOW + 10))


async def test_nothing_is_sent_on_a_dead_connection(bus: StubBus, latest: Outlet) -> None:
    """A connection that ended without a fence under way takes nothing either."""
    bus.connected = False
    push(latest, range(1000))
    assert bus.sent == []


async def test_nothing_is_sent_after_closing(bus: StubBus, every: Outlet, outbox: Outbox) -> None:
    """Neither what is assigned later nor what waited."""
    push(every, range(WINDOW + 10))
    await turns()
    outbox.close()
    await turns()
    push(every, range(10))
    in_a_thread(lambda: push(every, range(10)))
    await turns()
    assert len(bus.sent) == WINDOW
    assert bus.handlers == []


async def test_nothing_is_refused_after_closing(every: Outlet, outbox: Outbox) -> None:
    """No queue fills that nobody will empty: who drains before each assignment never meets a full one."""
    push(every, range(WINDOW + 10))
    outbox.close()
    for number in range(2 * QUEUE):
        await every.drain()
        every(number.to_bytes(4))


# --- from other threads ------------------------------------------------------------------------------------------


async def test_a_thread_hands_its_values_over(bus: StubBus, every: Outlet) -> None:
    """Nothing is sent from another thread: the event loop sends, in the order of assignment."""
    in_a_thread(lambda: push(every, range(20)))
    assert bus.sent == []
    await turns()
    assert bus.of(every) == list(range(20))


async def test_a_threads_flood_is_coalesced(bus: StubBus, latest: Outlet, outbox: Outbox) -> None:
    """While the event loop stands still a bounded number of values is kept, and the newest among them."""
    in_a_thread(lambda: push(latest, range(100_000)))
    assert len(outbox.inbox) + len(outbox.overflow) <= WINDOW + 1
    await turns()
    assert len(bus.sent) <= WINDOW
    while bus.pings:
        await bus.answer()
    numbers = bus.of(latest)
    assert numbers[-1] == 99_999
    assert all(before < after for before, after in pairwise(numbers))


async def test_a_threads_flood_spares_the_others(bus: StubBus, latest: Outlet, every: Outlet, outbox: Outbox) -> None:
    """A characteristic that floods costs no other one a value."""
    calm = outbox.outlet("/calm", "Flood.calm", "latest")

    def flood() -> None:
        push(latest, range(1000))
        push(calm, range(7, 8))
        push(every, range(100))

    in_a_thread(flood)
    await bus.answer_all()
    assert bus.of(latest)[-1] == 999
    assert bus.of(calm) == [7]
    assert bus.of(every) == list(range(100))


async def test_a_threads_full_queue_refuses(bus: StubBus, every: Outlet) -> None:
    """What was handed over counts: the 1025th raises in the thread that assigns it, and those before arrive."""
    in_a_thread(lambda: push(every, range(QUEUE)))
    with pytest.raises(QueueFull):
        in_a_thread(lambda: push(every, range(1)))
    await bus.answer_all()
    assert bus.of(every) == list(range(QUEUE))


async def test_a_thread_finds_its_queue_empty_again(bus: StubBus, every: Outlet) -> None:
    """What has been sent counts no more."""
    for _ in range(3):
        in_a_thread(lambda: push(every, range(QUEUE)))
        await bus.answer_all()
    assert bus.of(every) == [*range(QUEUE)] * 3
    assert every.backlog == 0


@POLICIES
async def test_threads_and_the_event_loop_take_turns(bus: StubBus, outbox: Outbox, policy: Any) -> None:
    """Whoever assigned first is heard first, though one of them has to hand its value over."""
    outlet = outbox.outlet("/flood", "Flood.flood", policy)
    in_a_thread(lambda: push(outlet, range(1, 2)))
    push(outlet, range(2, 3))
    in_a_thread(lambda: push(outlet, range(3, 4)))
    push(outlet, range(4, 5))
    await turns()
    assert bus.of(outlet) == [1, 2, 3, 4]


async def test_the_event_loop_has_the_last_word_after_a_threads_flood(bus: StubBus, latest: Outlet) -> None:
    """The newest value is the newest, wherever the ones before are kept."""
    in_a_thread(lambda: push(latest, range(1000)))
    push(latest, range(1000, 1001))
    await bus.answer_all()
    assert bus.of(latest)[-1] == 1000


async def test_a_thread_has_the_last_word_in_a_full_window(bus: StubBus, latest: Outlet) -> None:
    """What a thread assigns replaces what waits."""
    push(latest, range(1000))
    in_a_thread(lambda: push(latest, range(1000, 2000)))
    await bus.answer_all()
    assert bus.of(latest) == [*range(WINDOW), 1999]


async def test_closing_while_threads_assign(latest: Outlet, every: Outlet, outbox: Outbox) -> None:
    """Threads notice nothing of the end."""
    failures: list[BaseException] = []
    enough = threading.Event()
    going = [threading.Event() for _ in range(4)]

    def assign(outlet: Outlet, begun: threading.Event) -> None:
        number = 0
        try:
            while not enough.is_set():
                number += 1
                try:
                    outlet(number.to_bytes(4))
                except QueueFull:
                    assert outlet is every
                begun.set()
        except BaseException as error:  # noqa: BLE001  (that is what the test looks for)
            failures.append(error)

    threads = [
        threading.Thread(target=assign, args=(outlet, begun))
        for outlet, begun in zip((latest, every, latest, every), going, strict=True)
    ]
    for thread in threads:
        thread.start()
    for begun in going:
        await asyncio.to_thread(begun.wait, PATIENCE)
    outbox.close()
    await turns()
    enough.set()
    for thread in threads:
        await asyncio.to_thread(thread.join, PATIENCE)
    assert failures == []
