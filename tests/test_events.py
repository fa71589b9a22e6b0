"""Events: each reaches everybody who asked for its kind, in order, and nobody can hold the others up."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import weakref
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from dbus_fast import Variant

import gattschema.events as module
from gattschema import Peripheral, ReadNotify, ReadWrite, ReadWriteNotify, Service, UInt8, characteristic
from gattschema._hub import Hub
from gattschema.bluez import Release
from gattschema.events import (
    AdapterChanged,
    AdapterLost,
    AdvertisementReleased,
    BluezBack,
    BluezLost,
    BusBack,
    BusLost,
    Connected,
    Disconnected,
    Event,
    Missed,
    Paired,
    PairingRefused,
    ReadBy,
    Subscribed,
    Unpaired,
    Unsubscribed,
    WrittenBy,
)
from tests.fake_bluez import ANN, BEN, PATIENCE, FakeBlueZ, FakeDevice, FakeSocket, Refusal


class Lamp(Service, uuid="AAD0"):
    level: ReadWriteNotify[UInt8] = characteristic(default=1, description="How bright")
    piped: ReadNotify[UInt8] = characteristic(default=1, transport="socket")
    guarded: ReadWrite[UInt8] = characteristic(default=1)
    later: ReadWrite[UInt8] = characteristic(default=1)

    @guarded.on_authorize
    def _guarded(self, request: Any) -> bool:
        return bool(request.device == ANN)

    @later.on_write
    async def _later(self, value: int) -> None:
        await asyncio.sleep(0)
        if value == 9:
            raise ZeroDivisionError


@attrs.frozen
class Number(Event):
    """An event of the tests' own."""

    value: int


@pytest.fixture
def hub() -> Hub:
    return Hub()


async def all_of(stream: Any) -> list[Any]:
    async with asyncio.timeout(PATIENCE):
        return [event async for event in stream]


# --- streams -----------------------------------------------------------------------------------------------------


async def test_a_stream_gives_events_in_order(hub: Hub) -> None:
    """From the moment it is made until the end; those from before are not in it."""
    hub.emit(Number(0))
    stream = hub.stream(())
    for value in range(1, 6):
        hub.emit(Number(value))
    await hub.end()
    assert await all_of(stream) == [Number(value) for value in range(1, 6)]
    assert await all_of(stream) == [], "the end is final"


async def test_a_stream_gives_the_kinds_asked_for(hub: Hub) -> None:
    """And those derived from them; each stream has its own."""
    some, others, every = hub.stream((BluezLost, Number)), hub.stream((BusBack,)), hub.stream((Event,))
    events = [Number(1), BluezLost(), BusBack(), BluezBack(), Number(2)]
    for event in events:
        hub.emit(event)
    await hub.end()
    assert await all_of(some) == [Number(1), BluezLost(), Number(2)]
    assert await all_of(others) == [BusBack()]
    assert await all_of(every) == events


async def test_a_reader_waits_for_what_comes(hub: Hub) -> None:
    """It is woken by an event of its kinds, and by the end."""
    stream = hub.stream((Number,))
    reading = asyncio.ensure_future(all_of(stream))
    for value in range(3):
        await asyncio.sleep(0)
        hub.emit(BluezLost())
        hub.emit(Number(value))
    await asyncio.sleep(0)
    assert not reading.done()
    await hub.end()
    assert await reading == [Number(0), Number(1), Number(2)]


@pytest.mark.parametrize("more", [0, 1, 500])
async def test_a_slow_reader_is_told_what_it_missed(hub: Hub, more: int) -> None:
    """1024 wait; the oldest of more are dropped, and counted where they were; other streams are none the worse."""
    slow, other = hub.stream(()), hub.stream((BusLost,))
    for value in range(1024 + more):
        hub.emit(Number(value))
    hub.emit(BusLost()) if not more else None
    missed = more or 1
    assert await anext(slow) == Missed(missed)
    assert await anext(slow) == Number(missed)
    hub.emit(BusBack())
    await hub.end()
    rest = await all_of(slow)
    assert Missed(missed) not in rest
    assert rest[-1] == BusBack()
    assert len(rest) == 1024
    assert await all_of(other) == [BusLost()] * (not more)


async def test_a_reader_of_some_kinds_gets_no_other(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    """What it missed is an event only for those who asked for it; for the others it stands in the log."""
    plain, knowing = hub.stream((Number,)), hub.stream((Number, Missed))
    for value in range(1030):
        hub.emit(Number(value))
    await hub.end()
    assert await all_of(plain) == [Number(value) for value in range(6, 1030)]
    assert await all_of(knowing) == [Missed(6), *[Number(value) for value in range(6, 1030)]]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "a reader of events was too slow and has missed 6"
    ]


async def test_exactly_as_many_as_fit(hub: Hub) -> None:
    """With 1024 waiting nothing is missed, nor thereafter with a reader that keeps up."""
    stream = hub.stream(())
    for value in range(1024):
        hub.emit(Number(value))
    for value in range(1024, 3000):
        assert await anext(stream) == Number(value - 1024)
        hub.emit(Number(value))
    await hub.end()
    assert await all_of(stream) == [Number(value) for value in range(3000 - 1024, 3000)]


async def test_a_dropped_stream_costs_nothing(hub: Hub) -> None:
    """It is collected with its last reference, and nobody is told any more of who reads and writes."""
    stream = hub.stream(())
    gone = weakref.ref(stream)
    hub.emit(Number(1))
    assert hub.exchanges
    del stream
    gc.collect()
    assert gone() is None
    hub.emit(ReadBy(None, Lamp(), Lamp.level.plan))
    assert not hub.exchanges


async def test_a_loop_that_is_left_drops_its_stream(hub: Hub) -> None:
    """``break`` is enough."""
    hub.emit(Number(0))
    async with asyncio.timeout(PATIENCE):
        asyncio.get_running_loop().call_soon(hub.emit, Number(1))
        async for event in hub.stream((Number,)):
            assert event == Number(1)
            break
    gc.collect()
    assert len(hub._streams) == 0


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [((), True), ((Event,), True), ((ReadBy,), True), ((Number, WrittenBy), True), ((Number, BluezLost), False)],
)
async def test_exchanges_are_told_to_those_who_ask(hub: Hub, kinds: tuple[type[Event], ...], *, expected: bool) -> None:
    """Reads and writes are events only while somebody may want them, whether by a stream or a function."""
    assert not hub.exchanges
    stream = hub.stream(kinds)
    assert hub.exchanges is expected
    del stream
    for kind in kinds or (Event,):
        Hub.call(other := Hub(), kind, print)
        assert other.exchanges is issubclass(ReadBy, kind) or issubclass(WrittenBy, kind)


# --- functions ---------------------------------------------------------------------------------------------------


async def test_functions_are_called_with_their_kind(hub: Hub) -> None:
    """In the order in which they were given, at once."""
    heard: list[Any] = []
    hub.call(Number, lambda event: heard.append(("first", event)))
    hub.call(BusLost, lambda event: heard.append(("bus", event)))
    hub.call(Event, lambda event: heard.append(("any", event)))
    hub.emit(Number(1))
    assert heard == [("first", Number(1)), ("any", Number(1))]
    hub.emit(BusLost())
    assert heard[2:] == [("bus", BusLost()), ("any", BusLost())]


async def test_async_functions_run_as_tasks(hub: Hub) -> None:
    """Nobody waits for them but the end; each event begins its own."""
    gate, heard = asyncio.Event(), list[int]()

    async def take(event: Number) -> None:
        await gate.wait()
        heard.append(event.value)

    hub.call(Number, take)
    for value in range(3):
        hub.emit(Number(value))
    await asyncio.sleep(0)
    assert heard == []
    gate.set()
    await hub.end()
    assert heard == [0, 1, 2]
    assert hub._tasks == set()


async def test_a_function_that_asks_for_what_was_cancelled(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    """The result of a cancelled future raises CancelledError: that is the function's failure, and ends nobody."""
    heard: list[Event] = []
    cancelled = asyncio.get_running_loop().create_future()
    cancelled.cancel()
    hub.call(Number, lambda _: cancelled.result())
    hub.call(Number, heard.append)
    hub.emit(Number(1))
    assert heard == [Number(1)]
    assert [record.getMessage() for record in caplog.records] == ["the function for Number failed"]


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_function_that_fails_is_logged(hub: Hub, caplog: pytest.LogCaptureFixture, *, is_async: bool) -> None:
    """With its traceback; the others, and the next event, are none the worse."""
    heard: list[Event] = []

    def fail(_: Number) -> None:
        raise ZeroDivisionError("oops")

    async def fail_later(_: Number) -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError("oops")

    hub.call(Number, fail_later if is_async else fail)
    hub.call(Number, heard.append)
    stream = hub.stream((Number,))
    for value in range(2):
        hub.emit(Number(value))
    await hub.end()
    assert heard == await all_of(stream) == [Number(0), Number(1)]
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in errors] == ["the function for Number failed"] * 2
    assert all("oops" in (record.exc_text or "") for record in errors)


async def test_functions_that_emit_and_register(hub: Hub) -> None:
    """A function may ask for more events, and cause some; whoever asks during an event hears from the next one on."""
    heard: list[Event] = []

    def once(event: Number) -> None:
        hub.call(Number, heard.append)
        if event.value == 0:
            hub.emit(BusLost())

    hub.call(Number, once)
    stream = hub.stream(())
    hub.emit(Number(0))
    assert heard == []
    hub.emit(Number(1))
    await hub.end()
    assert heard == [Number(1)]
    assert await all_of(stream) == [Number(0), BusLost(), Number(1)]


async def test_the_end_does_not_wait_forever(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that does not end is cancelled; one that ends the peripheral itself does not wait for itself."""
    monkeypatch.setattr("gattschema._hub.FAREWELL", 0.01)
    cancelled, ended = asyncio.Event(), asyncio.Event()

    async def stay(_: Number) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def end(_: BusLost) -> None:
        await hub.end()
        ended.set()

    hub.call(Number, stay)
    hub.call(BusLost, end)
    hub.emit(Number(1))
    hub.emit(BusLost())
    async with asyncio.timeout(PATIENCE):
        await ended.wait()
        await cancelled.wait()


# --- the peripheral ----------------------------------------------------------------------------------------------


async def test_on_is_a_decorator(bluez: FakeBlueZ) -> None:
    """It leaves the function as it is; given the function as an argument it gives nothing."""
    peripheral = Peripheral(Lamp())
    heard: list[Any] = []

    @peripheral.on(Connected)
    def greet(event: Connected) -> None:
        heard.append(event.device.address)

    @peripheral.on(Connected)
    async def greet_later(event: Connected) -> None:
        heard.append(event.device.address)

    assert inspect.isfunction(greet)
    assert inspect.iscoroutinefunction(greet_later)
    assert peripheral.on(Connected, heard.append) is None  # type: ignore[func-returns-value]
    async with peripheral:
        bluez.tell_device(ANN, connected=False)
        bluez.tell_device(ANN, connected=True)
    addresses = [one for one in heard if isinstance(one, str)]
    assert addresses.count(ANN) % 2 == 0
    assert len(heard) == len(addresses) * 3 // 2


def test_on_what_a_function_has_given() -> None:
    """``on(Connected, greet())`` gets None, which is no decorator's way of asking: it is refused."""
    with pytest.raises(TypeError, match=r"on\(Connected, None\): that is no function; write on\(Connected, function\)"):
        Peripheral(Lamp()).on(Connected, None)  # type: ignore[call-overload]


async def test_the_block_hears_of_those_who_are_there(bluez: FakeBlueZ) -> None:
    """Phones that are connected when it begins are told after its first lines, which may ask for them."""
    heard: list[str] = []
    async with Peripheral(Lamp()) as running:
        running.on(Connected, lambda event: heard.append(event.device.address))
        stream = running.events(Connected)
        async with asyncio.timeout(PATIENCE):
            assert [(await anext(stream)).device.address for _ in range(2)] == [ANN, BEN]
    assert heard == [ANN, BEN]
    assert len(bluez.calls) == 4


async def test_streams_end_with_the_block(bluez: FakeBlueZ) -> None:
    """However it ends; a second life has streams of its own, while functions go on."""
    peripheral, lives = Peripheral(Lamp()), []
    peripheral.on(Connected, lives.append)
    bluez.forget_device(BEN)
    for life in (1, 2):
        early = peripheral.events(Connected)
        async with peripheral as running:
            await bluez.settled()
            late = running.events(Connected)
        assert [event.device.address for event in await all_of(early)] == [ANN]
        assert await all_of(late) == []
        assert len(lives) == life


async def test_a_stream_that_has_ended_gives_nothing_more(hub: Hub) -> None:
    """What a second life brings is for the streams of that one; what waited before the end is still there."""
    stream = hub.stream((Number,))
    hub.emit(Number(1))
    await hub.end()
    hub.emit(Number(2))
    assert await all_of(stream) == [Number(1)]


async def test_a_farewell_that_is_cut_off(hub: Hub) -> None:
    """Functions that still run are cancelled also where nobody waits for them any more."""
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def stay(_: Number) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    hub.call(Number, stay)
    hub.emit(Number(1))
    await begun.wait()
    ending = asyncio.ensure_future(hub.end())
    await asyncio.sleep(0)
    ending.cancel()
    async with asyncio.timeout(PATIENCE):
        await cancelled.wait()


async def test_streams_end_with_a_block_that_ends_badly(bluez: FakeBlueZ) -> None:
    """When BlueZ does not give the services back, which is an error, readers are not left waiting."""
    peripheral = Peripheral(Lamp())
    stream = peripheral.events(BluezLost)
    bluez.refusals["UnregisterApplication"] = Refusal("org.bluez.Error.Failed", "not now")
    with pytest.raises(Exception, match="not now"):
        async with peripheral:
            pass
    assert await all_of(stream) == []


class Told:
    """The events of some kinds, as text."""

    def __init__(self, peripheral: Peripheral, *kinds: type[Event]) -> None:
        self.events: list[Any] = []
        self._news = asyncio.Event()
        for kind in kinds:
            peripheral.on(kind, self._take)

    def _take(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def until(self, count: int) -> list[Any]:
        async with asyncio.timeout(PATIENCE):
            while len(self.events) < count:
                self._news.clear()
                await self._news.wait()
        assert len(self.events) == count
        return self.events

    @property
    def phones(self) -> list[tuple[str, str]]:
        return [(type(event).__name__, event.device.address) for event in self.events]


async def test_phones_come_and_go(bluez: FakeBlueZ) -> None:
    """Each once, in order, however BlueZ tells it: as a change, as a new device, or as one that is gone."""
    bluez.devices = {}
    told = Told(peripheral := Peripheral(Lamp()), Connected, Disconnected)
    async with peripheral as running:
        bluez.tell_device(ANN, connected=True)  # a new one: InterfacesAdded
        bluez.tell_device(ANN, connected=True)
        bluez.tell_device(BEN, connected=True)
        bluez.tell_device(ANN, connected=False)
        bluez.tell_device(ANN, connected=False)
        bluez.tell_device(ANN, connected=True)
        bluez.forget_device(BEN)
        await told.until(5)
        assert [device.address for device in running.centrals] == [ANN]
    assert told.phones == [
        ("Connected", ANN),
        ("Connected", BEN),
        ("Disconnected", ANN),
        ("Connected", ANN),
        ("Disconnected", BEN),
    ]


async def test_who_was_never_there_does_not_leave(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture) -> None:
    """After a restart 5.66 tells that phones have left of which it never said that they came."""
    bluez.devices = {ANN: FakeDevice(connected=False)}
    told = Told(peripheral := Peripheral(Lamp()), Connected, Disconnected)
    async with peripheral:
        bluez.tell_device(ANN, connected=False)
        bluez.tell_device(ANN, connected=False, bonded=True)
        bluez.tell_device(ANN, connected=True)
        await told.until(1)
    assert told.phones == [("Connected", ANN)]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_phones_of_another_adapter(bluez: FakeBlueZ) -> None:
    """They are somebody else's."""
    bluez.devices = {}
    told = Told(peripheral := Peripheral(Lamp()), Connected)
    async with peripheral as running:
        bluez.add_device(BEN, FakeDevice(adapter="hci1"))
        bluez.add_device(ANN, FakeDevice())
        await told.until(1)
        assert [device.address for device in running.centrals] == [ANN]
    assert told.phones == [("Connected", ANN)]


async def test_why_a_phone_has_left(bluez: FakeBlueZ, runs: Callable[[Release | None], None]) -> None:
    """BlueZ 5.83 says it just before; the next time it is another reason."""
    runs((5, 87))
    told = Told(peripheral := Peripheral(Lamp()), Disconnected)
    async with peripheral:
        await bluez.settled()
        bluez.drop_device(ANN, "Remote")
        bluez.tell_device(ANN, connected=True)
        bluez.drop_device(ANN, "Timeout")
        await told.until(2)
    assert [event.reason for event in told.events] == ["Remote", "Timeout"]


async def test_a_reason_that_is_not_told(bluez: FakeBlueZ) -> None:
    """It is ``None``, also where the link before ended with one: an old reason is none."""
    bluez.forget_device(BEN)
    told = Told(peripheral := Peripheral(Lamp()), Disconnected)
    async with peripheral:
        await bluez.settled()
        bluez.drop_device(ANN, "Local")
        bluez.tell_device(ANN, connected=True)
        bluez.tell_device(ANN, connected=False)
        await told.until(2)
    assert [event.reason for event in told.events] == ["Local", None]


async def test_who_pairs(bluez: FakeBlueZ) -> None:
    """Keys are told when they are made, and when they are gone with their device; those from before are no news."""
    bluez.devices = {ANN: FakeDevice(bonded=True), BEN: FakeDevice()}
    told = Told(peripheral := Peripheral(Lamp()), Paired, Unpaired)
    async with peripheral:
        bluez.tell_device(ANN, connected=True, bonded=True)
        bluez.add_device("CC:CC:CC:CC:CC:CC", FakeDevice(bonded=True))
        bluez.tell_device(BEN, connected=True, bonded=True)
        bluez.tell_device(BEN, connected=True, bonded=True)
        bluez.forget_device(ANN)
        await told.until(2)
    assert told.phones == [("Paired", BEN), ("Unpaired", ANN)]


async def test_who_subscribes(bluez: FakeBlueZ) -> None:
    """With the number that there are now; who it was, where only one phone is there."""
    bluez.devices = {ANN: FakeDevice()}
    lamp = Lamp()
    told = Told(peripheral := Peripheral(lamp), Subscribed, Unsubscribed)
    async with peripheral:
        path = bluez.path(Lamp.level.uuid)
        await bluez.start_notify(path)
        await bluez.stop_notify(path)
        bluez.tell_device(BEN, connected=True)
        await bluez.start_notify(path)
        await told.until(3)
    shown = [(type(event).__name__, event.subscribers, event.device and event.device.address) for event in told.events]
    assert shown == [
        ("Subscribed", 1, ANN),
        ("Unsubscribed", 0, ANN),
        ("Subscribed", 1, None),
        ("Unsubscribed", 0, None),
    ]
    assert all(event.service is lamp for event in told.events)
    assert all(event.characteristic is Lamp.level.plan for event in told.events)


async def test_who_subscribes_by_a_socket(bluez: FakeBlueZ, runs: Callable[[Release | None], None]) -> None:
    """There BlueZ says who it was."""
    runs((5, 82))
    told = Told(peripheral := Peripheral(Lamp()), Subscribed, Unsubscribed)
    async with peripheral:
        path = bluez.path(Lamp.piped.uuid)
        ears = [await bluez.acquire_notify(path, phone) for phone in (BEN, ANN)]
        first = ears[0]
        assert isinstance(first, FakeSocket)
        bluez.tell_device(BEN, connected=False)
        first.close()
        await told.until(3)
        shown = [(event.subscribers, event.device.address) for event in told.events]
        assert shown == [(1, BEN), (2, ANN), (1, BEN)]


async def test_who_reads_and_writes(bluez: FakeBlueZ) -> None:
    """What nobody refuses; a long read is one; descriptors, too."""
    lamp = Lamp()
    told = Told(peripheral := Peripheral(lamp), ReadBy, WrittenBy)
    async with peripheral:
        level, guarded, later = (bluez.path(getattr(Lamp, name).uuid) for name in ("level", "guarded", "later"))
        assert await bluez.read(level) == b"\x01"
        assert await bluez.read(level, offset=1) == b""
        assert await bluez.write(level, b"\x05", device=BEN) is None
        assert isinstance(await bluez.write(level, b"\x05\x06"), Refusal)
        assert isinstance(await bluez.write(guarded, b"\x07", device=BEN), Refusal)
        assert isinstance(await bluez.read(guarded, device=BEN), Refusal)
        assert await bluez.write(guarded, b"\x07") is None
        assert await bluez.write(later, b"\x08") is None
        assert isinstance(await bluez.write(later, b"\x09"), Refusal)
        lamp.level = 10
        await told.until(4)
    shown = [
        (type(event).__name__, event.device.address, event.field.name, getattr(event, "value", None))
        for event in told.events
    ]
    assert shown == [
        ("ReadBy", ANN, "level", None),
        ("WrittenBy", BEN, "level", 5),
        ("WrittenBy", ANN, "guarded", 7),
        ("WrittenBy", ANN, "later", 8),
    ]


async def test_what_changes_about_the_adapter(bluez: FakeBlueZ) -> None:
    """In BlueZ's words; a value that is as it was is no change."""
    told = Told(peripheral := Peripheral(Lamp()), AdapterChanged)
    async with peripheral as running:
        bluez.change_adapter(bluez.adapter, Alias=Variant("s", "Hall"))
        bluez.change_adapter(bluez.adapter, Alias=Variant("s", "Hall"))
        bluez.change_adapter(bluez.adapter, Alias=Variant("s", "Attic"), Pairable=Variant("b", False))  # noqa: FBT003
        await told.until(2)
        assert [event.changed for event in told.events] == [{"Alias": "Hall"}, {"Alias": "Attic", "Pairable": False}]
        assert told.events[0].adapter == running.adapter


async def test_an_event_is_short(bluez: FakeBlueZ) -> None:
    """Its repr names the service and the field, and does not unfold them; events cannot be changed."""
    bluez.devices = {ANN: FakeDevice()}
    told = Told(peripheral := Peripheral(lamp := Lamp()), Event)
    async with peripheral as running:
        path = bluez.path(Lamp.level.uuid)
        await bluez.start_notify(path)
        assert await bluez.read(path) == b"\x01"
        assert await bluez.write(path, b"\x05") is None
        device = running.centrals[0]
        events = [
            *told.events,
            *(PairingRefused(device, "why"), AdapterLost(running.adapter, "off"), BluezLost(), Missed(3)),
            *(AdvertisementReleased(running.advertisement), Unsubscribed(lamp, Lamp.level.plan, 0, None)),
        ]
    names = [type(event).__name__ for event in events]
    assert names[:4] == ["Connected", "Subscribed", "ReadBy", "WrittenBy"]
    for event, name in zip(events, names, strict=True):
        assert repr(event).startswith(f"{name}(")
        assert len(repr(event)) < 400
        assert "Plan(" not in repr(event)
        assert event == attrs.evolve(event)
        for field in attrs.fields(type(event)):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(event, field.name, None)
    assert "service=Lamp, characteristic=level, subscribers=1" in repr(events[1])
    assert "service=Lamp, field=level, value=5" in repr(events[3])


def test_every_event_is_listed() -> None:
    """The tree in the module's docstring has all of them."""
    public = [one for name, one in vars(module).items() if not name.startswith("_")]
    kinds = [one for one in public if inspect.isclass(one) and issubclass(one, Event)]
    assert len(kinds) > 15
    assert {kind.__name__ for kind in kinds} == {*module.__all__} - {"EventStream"}
    for kind in kinds:
        assert kind.__name__ in (module.__doc__ or "")
        assert kind.__doc__
