"""What a phone reads, as bluetoothd asks for it: whole, in parts, at the same time as others, and in vain."""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
from collections.abc import Callable
from typing import Annotated, Any

import pytest

from gattschema import (
    AttError,
    Broadcast,
    Indicate,
    Notify,
    Octets,
    Peripheral,
    Read,
    ReadWrite,
    Request,
    Service,
    UInt8,
    UInt16,
    Write,
    WriteWithoutResponse,
    characteristic,
)
from gattschema.bluez._snapshots import SNAPSHOTS
from tests.fake_bluez import ANN, BEN, FakeBlueZ, Refusal

Blob = Annotated[bytes, Octets(max=512)]
PART = 246
"""Octets that one part of a read carries with an MTU of 247."""


class Archive(Service, uuid="a7c00000-1111-4222-8333-444455556666"):
    blob: Read[Blob] = characteristic(default=bytes(300))
    counted: Read[Blob] = characteristic(init=False)
    awaited: Read[Blob] = characteristic(init=False)
    number: Read[UInt16] = characteristic(default=0x1234)
    later: ReadWrite[UInt16] = characteristic(init=False)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.reads = itertools.count(1)
        self.requests: list[Request] = []

    @counted.on_read
    def _count(self, request: Request) -> bytes:
        self.requests.append(request)
        return bytes([next(self.reads)]) * 300

    @awaited.on_read
    async def _wait(self) -> bytes:
        await asyncio.sleep(0)
        return bytes([next(self.reads)]) * 300


async def test_a_stored_value(bluez: FakeBlueZ) -> None:
    """A read gives the octets of the newest value."""
    archive = Archive()
    async with Peripheral(archive):
        path = bluez.path(Archive.number.uuid)
        assert await bluez.read(path) == b"\x34\x12"
        archive.number = 1
        assert await bluez.read(path) == b"\x01\x00"


@pytest.mark.parametrize("name", ["counted", "awaited"])
async def test_a_computed_value(bluez: FakeBlueZ, name: str) -> None:
    """Each read asks the handler once, be it an ordinary function or a coroutine."""
    async with Peripheral(Archive()):
        path = bluez.path(getattr(Archive, name).uuid)
        assert [await bluez.read(path) for _ in range(3)] == [bytes([number]) * 300 for number in (1, 2, 3)]


async def test_the_handler_knows_who_asks(bluez: FakeBlueZ) -> None:
    """The request has the phone's address, its MTU and the link."""
    archive = Archive()
    async with Peripheral(archive):
        await bluez.read(bluez.path(Archive.counted.uuid), device=BEN, mtu=65)
    assert archive.requests == [Request(device="BB:BB:BB:BB:BB:BB", mtu=65, link="LE", operation="read")]


async def test_what_bluez_does_not_say_is_empty(bluez: FakeBlueZ) -> None:
    """Without options (BlueZ before 5.40) there is a request all the same."""
    archive = Archive()
    async with Peripheral(archive):
        path = bluez.path(Archive.counted.uuid)
        assert await bluez.ask(path, "org.bluez.GattCharacteristic1", "ReadValue", "a{sv}", {}) == b"\x01" * 300
    assert archive.requests == [Request(device="", mtu=0, link="", operation="read")]


async def test_no_value_yet(bluez: FakeBlueZ) -> None:
    """A field without a value answers with the application's first error, until it has one."""
    archive = Archive()
    async with Peripheral(archive):
        path = bluez.path(Archive.later.uuid)
        assert await bluez.read(path) == Refusal("org.bluez.Error.Failed", "0x80")
        archive.later = 2
        assert await bluez.read(path) == b"\x02\x00"


@pytest.mark.parametrize("flavour", [Notify, Indicate, Write, WriteWithoutResponse, Broadcast])
async def test_what_is_not_declared_readable_is_not_read(bluez: FakeBlueZ, flavour: Any) -> None:
    """bluetoothd lets reads of a notify-only characteristic through; they are refused here."""
    body = {"__annotations__": {"x": flavour[UInt8]}, "__module__": __name__, "x": characteristic(default=1)}
    lone: Any = type("Lone", (Service,), body, uuid="AABD")
    async with Peripheral(lone()):
        assert await bluez.read(bluez.path(lone.x.uuid)) == Refusal("org.bluez.Error.NotPermitted", "x is not readable")


# --- in parts ----------------------------------------------------------------------------------------------------


async def read_whole(bluez: FakeBlueZ, path: str, device: str = ANN) -> bytes:
    """Ask for parts until one is short, as bluetoothd does."""
    whole = b""
    while True:
        answer = await bluez.read(path, offset=len(whole), device=device)
        assert isinstance(answer, bytes)
        whole += answer[:PART]
        if len(answer) < PART:
            return whole


@pytest.mark.parametrize("length", [0, 1, 22, 245, 246, 247, 492, 512])
async def test_a_long_value_comes_whole(bluez: FakeBlueZ, length: int) -> None:
    """Whatever the length, also one that fills its last part."""
    blob = bytes(number % 251 for number in range(length))
    async with Peripheral(Archive(blob=blob)):
        assert await read_whole(bluez, bluez.path(Archive.blob.uuid)) == blob


async def test_all_parts_come_from_one_value(bluez: FakeBlueZ) -> None:
    """The value that the first part came from is the value that the others come from."""
    archive = Archive(blob=b"old" * 100)
    async with Peripheral(archive):
        path = bluez.path(Archive.blob.uuid)
        assert await bluez.read(path) == b"old" * 100
        archive.blob = b"new" * 100
        assert await bluez.read(path, offset=PART) == (b"old" * 100)[PART:]
        assert await bluez.read(path) == b"new" * 100
        assert await bluez.read(path, offset=PART) == (b"new" * 100)[PART:]


async def test_the_smallest_parts_come_from_one_value(bluez: FakeBlueZ) -> None:
    """With the smallest MTU, 23, a value is long from 22 octets on."""
    archive = Archive(blob=b"o" * 23)
    async with Peripheral(archive):
        path = bluez.path(Archive.blob.uuid)
        assert await bluez.read(path, mtu=23) == b"o" * 23
        archive.blob = b"n" * 23
        assert await bluez.read(path, offset=22, mtu=23) == b"o"


@pytest.mark.parametrize("name", ["counted", "awaited"])
async def test_a_long_read_asks_the_handler_once(bluez: FakeBlueZ, name: str) -> None:
    """Further parts are no further reads."""
    async with Peripheral(Archive()):
        path = bluez.path(getattr(Archive, name).uuid)
        assert [await read_whole(bluez, path) for _ in range(2)] == [b"\x01" * 300, b"\x02" * 300]


@pytest.mark.parametrize("name", ["counted", "awaited"])
async def test_a_phone_may_begin_in_the_middle(bluez: FakeBlueZ, name: str) -> None:
    """A part that nothing went before is taken from a value read for it."""
    async with Peripheral(Archive()):
        path = bluez.path(getattr(Archive, name).uuid)
        assert await bluez.read(path, offset=200) == b"\x01" * 100


async def test_two_phones_read_apart(bluez: FakeBlueZ) -> None:
    """Each phone's parts come from the value that its own first part came from."""
    archive = Archive(blob=b"ann" * 100)
    async with Peripheral(archive):
        path = bluez.path(Archive.blob.uuid)
        await bluez.read(path, device=ANN)
        archive.blob = b"ben" * 100
        await bluez.read(path, device=BEN)
        archive.blob = b"new" * 100
        assert await bluez.read(path, offset=297, device=ANN) == b"ann"
        assert await bluez.read(path, offset=297, device=BEN) == b"ben"


async def test_two_fields_read_apart(bluez: FakeBlueZ) -> None:
    """One phone's long reads of two fields do not mix."""
    async with Peripheral(Archive(blob=b"blob" * 100)):
        await bluez.read(bluez.path(Archive.blob.uuid))
        await bluez.read(bluez.path(Archive.counted.uuid))
        assert await bluez.read(bluez.path(Archive.blob.uuid), offset=396) == b"blob"
        assert await bluez.read(bluez.path(Archive.counted.uuid), offset=296) == b"\x01" * 4


async def test_a_short_value_ends_the_long_read_before_it(bluez: FakeBlueZ) -> None:
    """A phone that reads a short value and then a part gets the part of that value, not of an older, longer one."""
    archive = Archive(blob=b"long" * 100)
    async with Peripheral(archive):
        path = bluez.path(Archive.blob.uuid)
        await bluez.read(path)
        archive.blob = b"short"
        assert await bluez.read(path) == b"short"
        assert await bluez.read(path, offset=2) == b"ort"


@pytest.mark.parametrize("name", ["blob", "counted", "awaited", "number"])
async def test_an_offset_behind_the_end(bluez: FakeBlueZ, name: str) -> None:
    """At the end there is nothing to read, behind it there is an error, whether a read is under way or not."""
    async with Peripheral(Archive()):
        path = bluez.path(getattr(Archive, name).uuid)
        length = 2 if name == "number" else 300
        expected = Refusal("org.bluez.Error.InvalidOffset", f"offset {length + 1} is behind the end of {length} octets")
        assert await bluez.read(path, offset=length + 1) == expected
        await bluez.read(path)
        assert await bluez.read(path, offset=length + 1) == expected
        assert await bluez.read(path, offset=length) == b""


async def test_long_reads_under_way_are_bounded(bluez: FakeBlueZ) -> None:
    """Of very many phones that began a long read, the one that began first has its value forgotten, not the others."""
    archive = Archive(blob=b"old" * 100)
    phones = [f"00:00:00:00:00:{number:02X}" for number in range(SNAPSHOTS + 1)]
    async with Peripheral(archive):
        path = bluez.path(Archive.blob.uuid)
        for phone in phones:
            await bluez.read(path, device=phone)
        archive.blob = b"new" * 100
        assert {await bluez.read(path, offset=297, device=phone) for phone in phones[1:]} == {b"old"}
        assert await bluez.read(path, offset=297, device=phones[0]) == b"new"


# --- in vain -----------------------------------------------------------------------------------------------------


class Moody(Service, uuid="AAB0"):
    sync: Read[UInt8] = characteristic(init=False)
    later: Read[UInt8] = characteristic(init=False)

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    @sync.on_read
    def _sync(self) -> int:
        return self.give()

    @later.on_read
    async def _later(self) -> int:
        return self.give()

    def give(self) -> int:
        if isinstance(self.answer, Exception):
            raise self.answer
        return int(self.answer)


BOTH = pytest.mark.parametrize("name", ["sync", "later"])


@BOTH
@pytest.mark.parametrize("answer", [RuntimeError("not today"), 256], ids=["raises", "gives what has no octets"])
async def test_a_handler_that_fails(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture, name: str, answer: Any) -> None:
    """The phone gets Unlikely Error (any name that BlueZ does not know), the log gets the traceback, life goes on."""
    moody = Moody(answer)
    async with Peripheral(moody):
        path = bluez.path(getattr(Moody, name).uuid)
        refusal = await bluez.read(path)
        assert isinstance(refusal, Refusal)
        assert not refusal.name.startswith("org.bluez.")
        moody.answer = 7
        assert await bluez.read(path) == b"\x07"
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.name.startswith("gattschema")
    assert f"Moody.{name}" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[2] is not None


NAMES = {
    0x02: "NotPermitted",
    0x03: "NotPermitted",
    0x06: "NotSupported",
    0x07: "InvalidOffset",
    0x08: "NotAuthorized",
    0x0D: "InvalidValueLength",
    0xFE: "InProgress",
}


@BOTH
@pytest.mark.parametrize("code", NAMES)
async def test_errors_that_have_a_name(
    bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture, name: str, code: int
) -> None:
    """A handler's refusal travels by BlueZ's name for it, with the handler's reason; it is no failure for the log."""
    caplog.set_level(logging.INFO)
    async with Peripheral(Moody(AttError(code, "locked by the owner"))):
        refusal = await bluez.read(bluez.path(getattr(Moody, name).uuid))
    assert refusal == Refusal(f"org.bluez.Error.{NAMES[code]}", "locked by the owner")
    (record,) = [record for record in caplog.records if record.name.startswith("gattschema")]
    assert record.levelno == logging.INFO
    assert "locked by the owner" in record.getMessage()


@BOTH
@pytest.mark.parametrize("code", [0x80, 0x81, 0x9F])
async def test_errors_of_the_application(bluez: FakeBlueZ, name: str, code: int) -> None:
    """The application's codes travel as the number in the text of Failed, whatever the reason."""
    async with Peripheral(Moody(AttError(code, "0x42 reasons"))):
        refusal = await bluez.read(bluez.path(getattr(Moody, name).uuid))
    assert refusal == Refusal("org.bluez.Error.Failed", f"{code:#x}")


@BOTH
async def test_an_unlikely_error(bluez: FakeBlueZ, name: str) -> None:
    """0x0E is what BlueZ makes of names that it does not know."""
    async with Peripheral(Moody(AttError(0x0E, "who knows"))):
        refusal = await bluez.read(bluez.path(getattr(Moody, name).uuid))
    assert isinstance(refusal, Refusal)
    assert not refusal.name.startswith("org.bluez.")
    assert refusal.text == "who knows"


@BOTH
async def test_a_reason_that_no_d_bus_string_can_have(bluez: FakeBlueZ, name: str) -> None:
    """A NUL in the reason (which may quote what a phone wrote) changes neither the error nor the answering."""
    moody = Moody(AttError(0x08, "a\0b"))
    async with Peripheral(moody):
        path = bluez.path(getattr(Moody, name).uuid)
        client = bluez.client
        refusal = await bluez.read(path)
        assert isinstance(refusal, Refusal)
        assert refusal.name == "org.bluez.Error.NotAuthorized"
        moody.answer = 7
        assert await bluez.read(path) == b"\x07"
        assert bluez.client == client


async def test_a_handler_behind_an_ordinary_wrapper(bluez: FakeBlueZ) -> None:
    """A decorator may hide that a handler is async: what can be awaited is awaited, of reads and writes alike."""

    def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any) -> Any:
            return function(*arguments)

        return call

    class Wrapped(Service, uuid="AAB3"):
        field: ReadWrite[UInt8] = characteristic(default=1)

        @field.on_read
        @wrapped
        async def _read(self) -> int:
            await asyncio.sleep(0)
            return 7

        @field.on_write
        @wrapped
        async def _write(self, value: int) -> None:
            await asyncio.sleep(0)
            if value == 0:
                raise AttError(0x81)

    service = Wrapped()
    async with Peripheral(service):
        path = bluez.path(Wrapped.field.uuid)
        assert await bluez.read(path) == b"\x07"
        assert await bluez.write(path, b"\x09") is None
        assert await bluez.write(path, b"\x00") == Refusal("org.bluez.Error.Failed", "0x81")
        assert service._gatt_values == [9]


async def test_reads_do_not_wait_for_each_other(bluez: FakeBlueZ) -> None:
    """A handler that takes its time holds up neither another phone nor another field."""
    slow = asyncio.Event()

    class Slow(Service, uuid="AAB1"):
        one: Read[UInt8] = characteristic(init=False)
        two: Read[UInt8] = characteristic(default=2)

        @one.on_read
        async def _one(self, request: Request) -> int:
            if request.device == ANN:
                await slow.wait()
            return 1

    async with Peripheral(Slow()):
        ann = asyncio.ensure_future(bluez.read(bluez.path(Slow.one.uuid), device=ANN))
        assert await bluez.read(bluez.path(Slow.one.uuid), device=BEN) == b"\x01"
        assert await bluez.read(bluez.path(Slow.two.uuid), device=BEN) == b"\x02"
        assert not ann.done()
        slow.set()
        assert await ann == b"\x01"


async def test_leaving_ends_the_reads_under_way(bluez: FakeBlueZ) -> None:
    """A handler that still runs is cancelled and leaves nothing behind."""
    ended = asyncio.Event()

    class Endless(Service, uuid="AAB2"):
        field: Read[UInt8] = characteristic(init=False)

        @field.on_read
        async def _read(self) -> int:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return 1

    begun = asyncio.Event()
    async with Peripheral(Endless()):
        read = asyncio.ensure_future(bluez.read(bluez.path(Endless.field.uuid)))
        await begun.wait()
    async with asyncio.timeout(30):
        await ended.wait()
        assert isinstance(await read, Refusal)  # the bus answers in place of whoever leaves it
