"""What a phone writes: decoded, checked, handed over, stored; or refused, and then nothing has changed."""

from __future__ import annotations

import asyncio
import enum
import logging
from typing import Annotated, Any

import pytest
from dbus_fast import Variant

from gattschema import (
    AttError,
    Broadcast,
    Indicate,
    Notify,
    Octets,
    Peripheral,
    Read,
    ReadWrite,
    ReadWriteNotify,
    Request,
    Service,
    UInt8,
    UInt16,
    Utf8,
    Write,
    WriteWithoutResponse,
    characteristic,
    struct,
)
from tests.fake_bluez import ANN, BEN, CHARACTERISTIC, FakeBlueZ, Refusal

FAILED = "org.bluez.Error.Failed"
LENGTH = "org.bluez.Error.InvalidValueLength"
NOT_PERMITTED = "org.bluez.Error.NotPermitted"


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


@struct
class Schedule:
    mode: Mode
    start: UInt16
    label: Annotated[str, Utf8(max=8)] = ""


class Room(Service, uuid="AAC0"):
    plain: ReadWrite[UInt16] = characteristic(default=5)
    schedule: ReadWrite[Schedule] = characteristic(init=False)
    blob: ReadWrite[Annotated[bytes, Octets(max=512)]] = characteristic(default=b"0123456789")
    picky: ReadWrite[UInt8] = characteristic(default=1)
    pickier: ReadWrite[UInt8] = characteristic(default=1)
    spoken: Write[Annotated[str, Utf8(max=20)]] = characteristic(init=False)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.told: list[tuple[Any, Request]] = []
        self.error: Exception | None = None

    @picky.on_write
    def _pick(self, value: int, request: Request) -> None:
        self.told.append((value, request))
        if self.error:
            raise self.error

    @pickier.on_write
    async def _pick_later(self, value: int, request: Request) -> None:
        await asyncio.sleep(0)
        self._pick(value, request)

    @spoken.on_write
    def _hear(self, value: str) -> None:
        raise AttError(0x08, f"nobody may say {value}")


BOTH = pytest.mark.parametrize("name", ["picky", "pickier"])


async def test_a_write_changes_the_value(bluez: FakeBlueZ) -> None:
    """What a phone wrote is what the program reads and what phones read."""
    room = Room()
    async with Peripheral(room):
        path = bluez.path(Room.plain.uuid)
        assert await bluez.write(path, b"\x01\x02") is None
        assert room.plain == 0x0201
        assert await bluez.read(path) == b"\x01\x02"


async def test_a_write_is_decoded(bluez: FakeBlueZ) -> None:
    """The program sees a value of the declared type."""
    room = Room()
    async with Peripheral(room):
        await bluez.write(bluez.path(Room.schedule.uuid), b"\x01\x3c\x00early")
    assert room.schedule == Schedule(mode=Mode.HEAT, start=60, label="early")
    assert room.schedule.mode is Mode.HEAT


@pytest.mark.parametrize(
    ("name", "octets", "error"),
    [
        ("plain", b"", LENGTH),
        ("plain", b"\x01", LENGTH),
        ("plain", b"\x01\x02\x03", LENGTH),
        ("schedule", b"\x01\x3c", LENGTH),
        ("schedule", b"\x01\x3c\x00far too long", LENGTH),
        ("blob", bytes(513), LENGTH),
        ("schedule", b"\x07\x3c\x00", FAILED),
        ("schedule", b"\x01\x3c\x00\xff\xfe", FAILED),
    ],
)
async def test_octets_that_are_no_value(bluez: FakeBlueZ, name: str, octets: bytes, error: str) -> None:
    """A wrong length has an error of its own; other octets without a meaning get the application's first."""
    room = Room()
    async with Peripheral(room):
        path = bluez.path(getattr(Room, name).uuid)
        await bluez.write(bluez.path(Room.schedule.uuid), b"\x00\x00\x00ok")
        before = await bluez.read(path)
        refusal = await bluez.write(path, octets)
        assert isinstance(refusal, Refusal)
        assert refusal.name == error
        assert error == LENGTH or refusal.text == "0x80"
        assert await bluez.read(path) == before


@BOTH
async def test_the_handler_gets_the_value_and_who_wrote_it(bluez: FakeBlueZ, name: str) -> None:
    """The handler is called once, before the value is stored, with the request."""
    room = Room()
    async with Peripheral(room):
        assert await bluez.write(bluez.path(getattr(Room, name).uuid), b"\x07", device=BEN, mtu=517) is None
    assert room.told == [(7, Request(device="BB:BB:BB:BB:BB:BB", mtu=517, link="LE", operation="write"))]
    assert getattr(room, name) == 7


@BOTH
@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (AttError(0x81, "locked"), Refusal(FAILED, "0x81")),
        (AttError(0x08, "locked"), Refusal("org.bluez.Error.NotAuthorized", "locked")),
        (AttError(0x0D), Refusal(LENGTH, "")),
    ],
)
async def test_a_refusal_changes_nothing(bluez: FakeBlueZ, name: str, error: AttError, answer: Refusal) -> None:
    """What the handler refuses is not stored, and the phone gets the handler's code."""
    room = Room()
    room.error = error
    async with Peripheral(room):
        assert await bluez.write(bluez.path(getattr(Room, name).uuid), b"\x07") == answer
    assert getattr(room, name) == 1


@BOTH
async def test_a_failing_handler_changes_nothing(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture, name: str) -> None:
    """The phone gets Unlikely Error, the log the traceback; the next write is taken."""
    room = Room()
    room.error = ZeroDivisionError("oops")
    async with Peripheral(room):
        path = bluez.path(getattr(Room, name).uuid)
        refusal = await bluez.write(path, b"\x07")
        assert isinstance(refusal, Refusal)
        assert not refusal.name.startswith("org.bluez.")
        assert getattr(room, name) == 1
        room.error = None
        assert await bluez.write(path, b"\x08") is None
    assert getattr(room, name) == 8
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert f"Room.{name}" in record.getMessage()
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ZeroDivisionError)


async def test_a_refusal_may_quote_the_phone(bluez: FakeBlueZ) -> None:
    """Whatever text a phone writes, a handler that quotes it refuses as it says."""
    async with Peripheral(Room()):
        refusal = await bluez.write(bluez.path(Room.spoken.uuid), b"a\0b")
        assert isinstance(refusal, Refusal)
        assert refusal.name == "org.bluez.Error.NotAuthorized"


@pytest.mark.parametrize("flavour", [Read, Notify, Indicate, Broadcast])
async def test_what_is_not_declared_writable_is_not_written(bluez: FakeBlueZ, flavour: Any) -> None:
    """bluetoothd lets writes to a notify-only characteristic through; they are refused here."""
    body = {"__annotations__": {"x": flavour[UInt8]}, "__module__": __name__, "x": characteristic(default=1)}
    lone: Any = type("Lone", (Service,), body, uuid="AABD")
    service = lone()
    async with Peripheral(service):
        path = bluez.path(lone.x.uuid)
        assert await bluez.write(path, b"\x05") == Refusal(NOT_PERMITTED, "x is not writable")
    assert service.x == 1


@pytest.mark.parametrize("flavour", [Write, WriteWithoutResponse])
async def test_each_way_of_writing(bluez: FakeBlueZ, flavour: Any) -> None:
    """BlueZ does not tell commands from requests; both are taken."""
    body = {"__annotations__": {"x": flavour[UInt8]}, "__module__": __name__, "x": characteristic(default=1)}
    lone: Any = type("Lone", (Service,), body, uuid="AABD")
    service = lone()
    async with Peripheral(service):
        assert await bluez.write(bluez.path(lone.x.uuid), b"\x05") is None
    assert service.x == 5


# --- at the same time --------------------------------------------------------------------------------------------


class Queue(Service, uuid="AAC1"):
    """Its handler takes its time: each write waits until the test lets it go."""

    job: ReadWrite[Annotated[bytes, Octets(max=20)]] = characteristic(default=b"aaaa")
    wrapped: ReadWrite[Annotated[bytes, Octets(max=20)]] = characteristic(default=b"aaaa")
    quick: ReadWrite[UInt8] = characteristic(default=0)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.begun: list[bytes] = []
        self.news = asyncio.Event()
        self.gates: dict[bytes, asyncio.Event] = {}

    def gate(self, value: bytes) -> asyncio.Event:
        return self.gates.setdefault(value, asyncio.Event())

    @job.on_write
    async def _job(self, value: bytes) -> None:
        await self.work(value)

    @wrapped.on_write
    def _wrapped(self, value: bytes) -> Any:
        return self.work(value)

    async def work(self, value: bytes) -> None:
        self.begun.append(value)
        self.news.set()
        await self.gate(value).wait()


EITHER_JOB = pytest.mark.parametrize("name", ["job", "wrapped"])
"""Its handler is async, or gives something to await."""


@EITHER_JOB
async def test_writes_are_taken_in_the_order_of_their_arrival(bluez: FakeBlueZ, name: str) -> None:
    """A later write waits until the handler is done with the one before, also if it came from another phone."""
    queue = Queue()
    async with Peripheral(queue):
        path = bluez.path(getattr(Queue, name).uuid)
        for value in (b"2", b"3"):
            queue.gate(value).set()
        writes = [
            asyncio.ensure_future(bluez.write(path, value, device=phone))
            for value, phone in ((b"1", ANN), (b"2", BEN), (b"3", ANN))
        ]
        await queue.news.wait()
        await bluez.settled()
        assert queue.begun == [b"1"]
        assert getattr(queue, name) == b"aaaa"
        queue.gate(b"1").set()
        assert await asyncio.gather(*writes) == [None, None, None]
        assert queue.begun == [b"1", b"2", b"3"]
        assert getattr(queue, name) == b"3"


async def test_a_slow_write_holds_up_nothing_else(bluez: FakeBlueZ) -> None:
    """Reads and writes of other fields, and reads of this one, go on meanwhile."""
    queue = Queue()
    async with Peripheral(queue):
        path = bluez.path(Queue.job.uuid)
        slow = asyncio.ensure_future(bluez.write(path, b"1"))
        await queue.news.wait()
        assert await bluez.write(bluez.path(Queue.quick.uuid), b"\x09") is None
        assert await bluez.read(path) == b"aaaa"
        queue.gate(b"1").set()
        assert await slow is None


async def test_a_failed_write_lets_the_next_one_in(bluez: FakeBlueZ) -> None:
    """A handler that raises gives the turn back."""
    room = Room()
    room.error = AttError(0x81)
    async with Peripheral(room):
        path = bluez.path(Room.pickier.uuid)
        first, second = (asyncio.ensure_future(bluez.write(path, octets)) for octets in (b"\x02", b"\x03"))
        assert await first == Refusal(FAILED, "0x81")
        assert await second == Refusal(FAILED, "0x81")
        room.error = None
        assert await bluez.write(path, b"\x04") is None
    assert room.pickier == 4


@EITHER_JOB
async def test_leaving_ends_the_writes_under_way(bluez: FakeBlueZ, name: str) -> None:
    """The write whose handler runs and those behind it are cancelled, store nothing and leave nothing behind."""
    queue = Queue()
    async with Peripheral(queue):
        path = bluez.path(getattr(Queue, name).uuid)
        writes = [asyncio.ensure_future(bluez.write(path, value)) for value in (b"1", b"2", b"3")]
        await queue.news.wait()
        await bluez.settled()
    assert all(isinstance(refusal, Refusal) for refusal in await asyncio.gather(*writes))
    assert queue.begun == [b"1"]
    assert getattr(queue, name) == b"aaaa"


# --- long writes -------------------------------------------------------------------------------------------------


async def test_a_write_at_an_offset_replaces_from_there(bluez: FakeBlueZ) -> None:
    """The octets before and behind stay; at the end it appends."""
    room = Room()
    async with Peripheral(room):
        path = bluez.path(Room.blob.uuid)
        assert await bluez.write(path, b"ab", offset=3) is None
        assert room.blob == b"012ab56789"
        assert await bluez.write(path, b"xyz", offset=8) is None
        assert room.blob == b"012ab567xyz"
        assert await bluez.write(path, b"!", offset=11) is None
        assert room.blob == b"012ab567xyz!"


async def test_a_write_behind_the_end(bluez: FakeBlueZ) -> None:
    """A gap cannot be filled; a field without a value has its end at the beginning."""
    room = Room()
    async with Peripheral(room):
        refusal = await bluez.write(bluez.path(Room.blob.uuid), b"ab", offset=11)
        assert refusal == Refusal("org.bluez.Error.InvalidOffset", "offset 11 is behind the end of 10 octets")
        refusal = await bluez.write(bluez.path(Room.schedule.uuid), b"ab", offset=1)
        assert refusal == Refusal("org.bluez.Error.InvalidOffset", "offset 1 is behind the end of 0 octets")
    assert room.blob == b"0123456789"


async def test_an_offset_opens_no_locked_door(bluez: FakeBlueZ) -> None:
    """A field that is not writable is refused as such, whatever the offset."""

    class Sealed(Service, uuid="AAC2"):
        seal: Notify[UInt8] = characteristic(default=1)

    async with Peripheral(Sealed()):
        refusal = await bluez.write(bluez.path(Sealed.seal.uuid), b"\x05", offset=1)
        assert refusal == Refusal(NOT_PERMITTED, "seal is not writable")


async def test_parts_of_a_slow_write_add_up(bluez: FakeBlueZ) -> None:
    """Each part is put into the value that the part before has left, though the handler takes its time."""
    queue = Queue()
    async with Peripheral(queue):
        path = bluez.path(Queue.job.uuid)
        writes = [asyncio.ensure_future(bluez.write(path, part, offset=at)) for part, at in ((b"b", 1), (b"c", 2))]
        await queue.news.wait()
        await bluez.settled()
        for value in (b"abaa", b"abca", b"aaca"):
            queue.gate(value).set()
        assert await asyncio.gather(*writes) == [None, None]
    assert queue.job == b"abca"


async def test_prepare_authorize_only_asks(bluez: FakeBlueZ) -> None:
    """A question whether a write is welcome is no write: the handler is not called, the value stays."""
    room = Room()
    async with Peripheral(room):
        path = bluez.path(Room.picky.uuid)
        assert await bluez.write(path, b"\x07", prepare_authorize=Variant("b", True)) is None  # noqa: FBT003
    assert room.told == []
    assert room.picky == 1


async def test_a_write_is_heard_by_those_who_subscribed(bluez: FakeBlueZ) -> None:
    """What one phone writes is a change like any other; what is refused is none."""

    class Shared(Service, uuid="AAC3"):
        level: ReadWriteNotify[UInt8] = characteristic(default=0)

    async with Peripheral(Shared()):
        path = bluez.path(Shared.level.uuid)
        await bluez.start_notify(path)
        await bluez.write(path, b"\x07")
        await bluez.write(path, b"\x07\x07")
        await bluez.settled()
        assert bluez.heard == [(path, b"\x07")]


async def test_options_of_the_future(bluez: FakeBlueZ) -> None:
    """Options that this version does not know do no harm (``type`` is documented, and never sent yet)."""
    room = Room()
    async with Peripheral(room):
        path = bluez.path(Room.plain.uuid)
        assert await bluez.write(path, b"\x01\x00", type=Variant("s", "command")) is None
        assert await bluez.ask(path, CHARACTERISTIC, "Confirm") is None
    assert room.plain == 1
