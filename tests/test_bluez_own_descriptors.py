"""Descriptors with a value of their own, and those whose value follows from handles that BlueZ has to tell."""

from __future__ import annotations

import asyncio
import struct as octets_of
from typing import Annotated, Any
from uuid import UUID

import pytest
from dbus_fast import Variant

from gattschema import (
    AttError,
    Indicate,
    Notify,
    Octets,
    Peripheral,
    Range,
    Read,
    ReadNotify,
    ReadWrite,
    Request,
    Scale,
    Service,
    SInt16,
    UInt8,
    UInt16,
    Unit,
    Utf8,
    Write,
    characteristic,
    descriptor,
    plan,
    struct,
)
from gattschema.schema import pushes
from tests.fake_bluez import ANN, BEN, CHARACTERISTIC, DESCRIPTOR, PROPERTIES, SERVICE, FakeBlueZ, Refusal

Celsius = Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS, Range(-40, 85)]
LENGTH = "org.bluez.Error.InvalidValueLength"


def full(short: int) -> UUID:
    return UUID(f"0000{short:04x}-0000-1000-8000-00805f9b34fb")


class Room(Service, uuid="AACA"):
    temperature: ReadNotify[Celsius] = characteristic(default=20.0, valid_range=False)
    offset: ReadWrite[Celsius] = descriptor(of=temperature, default=0.0, uuid=0xD001)
    label: ReadWrite[Annotated[str, Utf8(max=40)]] = descriptor(of=temperature, default="Hall", uuid=0x2901)
    guarded: ReadWrite[UInt8] = descriptor(of=temperature, default=1, uuid=0xD002, security={"write": "encrypted"})
    secret: Write[UInt8] = descriptor(of=temperature, init=False, uuid=0xD003)
    uptime: Read[UInt16] = descriptor(of="temperature", init=False, uuid=0xD004)
    slow: ReadWrite[Annotated[bytes, Octets(max=20)]] = descriptor(of=temperature, default=b"aaaa", uuid=0xD005)
    owned: ReadWrite[UInt8] = descriptor(of=temperature, default=5, uuid=0xD006)
    other: Read[UInt8] = characteristic(default=0, uuid=0xC001)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.told: list[tuple[Any, Request]] = []
        self.begun: list[bytes] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    @secret.on_write
    def _secret(self, value: int, request: Request) -> None:
        if self.error:
            raise self.error
        self.told.append((value, request))

    @uptime.on_read
    def _uptime(self, request: Request) -> int:
        if self.error:
            raise self.error
        self.told.append((None, request))
        return 0x0102

    @slow.on_write
    async def _slow(self, value: bytes) -> None:
        self.begun.append(value)
        await self.gate.wait()

    @owned.on_authorize
    def _owned(self, request: Request) -> bool:
        return request.device == ANN


OWN = {"offset": 0xD001, "label": 0x2901, "guarded": 0xD002, "secret": 0xD003, "uptime": 0xD004}
OWN |= {"slow": 0xD005, "owned": 0xD006}


def path_of(bluez: FakeBlueZ, name: str) -> str:
    return bluez.path(full(OWN[name]))


# --- what BlueZ is shown -----------------------------------------------------------------------------------------


async def test_each_is_an_object_of_its_characteristic(bluez: FakeBlueZ) -> None:
    """With the flags of its flavour and its security, behind the descriptors that never change."""
    async with Peripheral(Room()):
        parent = bluez.path(Room.temperature.uuid)
        made = {path: ps[DESCRIPTOR] for path, ps in bluez.objects.items() if DESCRIPTOR in ps}
        assert {one["Characteristic"] for one in made.values()} == {parent}
        assert [path.removeprefix(parent) for path in made] == [f"/desc{number}" for number in range(8)]
        assert [(one["UUID"], one["Flags"]) for one in made.values()] == [
            (str(full(number)), words)
            for number, words in (
                (0x2904, ["read"]),
                (0xD001, ["read", "write"]),
                (0x2901, ["read", "write"]),
                (0xD002, ["read", "encrypt-write"]),
                (0xD003, ["write"]),
                (0xD004, ["read"]),
                (0xD005, ["read", "write"]),
                (0xD006, ["read", "write", "authorize"]),
            )
        ]


async def test_a_writable_description_shows_at_its_characteristic(bluez: FakeBlueZ) -> None:
    """Phones look for the Writable Auxiliaries bit (Core Specification, Vol 3, Part G, 3.3.3.1)."""
    async with Peripheral(Room()):
        flags = bluez.objects[bluez.path(Room.temperature.uuid)][CHARACTERISTIC]["Flags"]
        assert flags == ["read", "notify", "writable-auxiliaries"]
        assert bluez.objects[bluez.path(Room.other.uuid)][CHARACTERISTIC]["Flags"] == ["read"]


# --- reads and writes --------------------------------------------------------------------------------------------


async def test_the_value_is_read_and_written(bluez: FakeBlueZ) -> None:
    """It is a field of the instance like any other, in its own type."""
    room = Room()
    async with Peripheral(room):
        path = path_of(bluez, "offset")
        assert await bluez.read(path) == b"\x00\x00"
        room.offset = 1.5
        assert await bluez.read(path) == b"\x96\x00"
        assert await bluez.write(path, b"\x38\xff") is None
        assert room.offset == -2.0
        assert room.temperature == 20.0


async def test_instances_have_values_of_their_own(bluez: FakeBlueZ) -> None:
    """What is written to one is not read from the other."""
    one, other = Room(), Room(offset=3.0)
    async with Peripheral(one, other):
        paths = bluez.paths(full(0xD001))
        assert await bluez.write(paths[0], b"\x64\x00") is None
        assert (one.offset, other.offset) == (1.0, 3.0)
        assert await bluez.read(paths[1]) == b"\x2c\x01"


@pytest.mark.parametrize(
    ("name", "octets", "error"),
    [
        ("offset", b"\x00", LENGTH),
        ("label", bytes(41), LENGTH),
        ("offset", b"\xff\x7f", "org.bluez.Error.Failed"),
        ("label", b"\xff", "org.bluez.Error.Failed"),
    ],
)
async def test_octets_that_are_no_value(bluez: FakeBlueZ, name: str, octets: bytes, error: str) -> None:
    """They are refused as those of a characteristic are, and nothing changes."""
    room = Room()
    async with Peripheral(room):
        refusal = await bluez.write(path_of(bluez, name), octets)
        assert isinstance(refusal, Refusal)
        assert refusal.name == error
    assert (room.offset, room.label) == (0.0, "Hall")


@pytest.mark.parametrize(("name", "verb"), [("secret", "readable"), ("uptime", "writable")])
async def test_what_is_not_declared_is_refused(bluez: FakeBlueZ, name: str, verb: str) -> None:
    """Whatever bluetoothd lets through."""
    async with Peripheral(Room()):
        path = path_of(bluez, name)
        refusal = await (bluez.read(path) if verb == "readable" else bluez.write(path, b"\x01\x02"))
        assert refusal == Refusal("org.bluez.Error.NotPermitted", f"{name} is not {verb}")


async def test_handlers(bluez: FakeBlueZ) -> None:
    """They learn who asks and what for."""
    room = Room()
    async with Peripheral(room):
        assert await bluez.read(path_of(bluez, "uptime"), device=BEN, mtu=65) == b"\x02\x01"
        assert await bluez.write(path_of(bluez, "secret"), b"\x07", mtu=65) is None
    assert room.told == [
        (None, Request(device=BEN, mtu=65, link="LE", operation="read")),
        (7, Request(device=ANN, mtu=65, link="LE", operation="write")),
    ]
    assert room.secret == 7


async def test_a_handler_that_refuses(bluez: FakeBlueZ) -> None:
    """The phone gets its code."""
    room = Room()
    room.error = AttError(0x81, "locked")
    async with Peripheral(room):
        refusal = Refusal("org.bluez.Error.Failed", "0x81")
        assert await bluez.read(path_of(bluez, "uptime")) == refusal
        assert await bluez.write(path_of(bluez, "secret"), b"\x07") == refusal
    with pytest.raises(AttributeError, match=r"Room\.secret has no value yet"):
        _ = room.secret


async def test_who_may(bluez: FakeBlueZ) -> None:
    """Authorization is asked for before every read and write."""
    room = Room()
    async with Peripheral(room):
        path = path_of(bluez, "owned")
        assert await bluez.read(path, device=ANN) == b"\x05"
        assert await bluez.write(path, b"\x06", device=ANN) is None
        for refusal in (await bluez.read(path, device=BEN), await bluez.write(path, b"\x07", device=BEN)):
            assert isinstance(refusal, Refusal)
            assert refusal.name == "org.bluez.Error.NotAuthorized"
    assert room.owned == 6


async def test_writes_are_taken_in_turn(bluez: FakeBlueZ) -> None:
    """A later write waits until the handler of the one before has ended."""
    room = Room()
    async with Peripheral(room):
        path = path_of(bluez, "slow")
        writes = [asyncio.ensure_future(bluez.write(path, octets)) for octets in (b"1", b"2")]
        await bluez.settled()
        assert room.begun == [b"1"]
        room.gate.set()
        assert await asyncio.gather(*writes) == [None, None]
    assert room.begun == [b"1", b"2"]
    assert room.slow == b"2"


async def test_parts(bluez: FakeBlueZ) -> None:
    """Reads and writes at an offset; behind the end there is an error."""
    room = Room(label="Living room")
    async with Peripheral(room):
        path = path_of(bluez, "label")
        assert await bluez.read(path, offset=7) == b"room"
        assert await bluez.write(path, b"hall, upstairs", offset=7) is None
        assert room.label == "Living hall, upstairs"
        for refusal in (await bluez.read(path, offset=22), await bluez.write(path, b"!", offset=22)):
            assert refusal == Refusal("org.bluez.Error.InvalidOffset", "offset 22 is behind the end of 21 octets")


async def test_long_reads_come_from_one_value(bluez: FakeBlueZ) -> None:
    """A value that changes in between does not show in the parts behind the first."""
    room = Room(label="o" * 30)
    async with Peripheral(room):
        path = path_of(bluez, "label")
        assert await bluez.read(path, mtu=23) == b"o" * 30
        room.label = "n" * 30
        assert await bluez.read(path, offset=22, mtu=23) == b"o" * 8


async def test_nobody_is_notified_of_a_descriptor(bluez: FakeBlueZ) -> None:
    """Assigned or written, it is no news of its characteristic."""
    room = Room()
    async with Peripheral(room):
        await bluez.start_notify(bluez.path(Room.temperature.uuid))
        room.offset = 1.0
        await bluez.write(path_of(bluez, "offset"), b"\xc8\x00")
        room.temperature = 21.0
        await bluez.settled()
        assert bluez.values == [b"\x34\x08"]
        assert len(pushes(room)) == 1


# --- handles -----------------------------------------------------------------------------------------------------


class Fixed(Service, uuid="AACB", handle=0x0100):
    first: ReadNotify[UInt8] = characteristic(default=1, description="First")
    own: ReadWrite[UInt8] = descriptor(of=first, default=2, uuid=0xD011)
    second: Indicate[UInt8] = characteristic(default=3)


class Told(Service, uuid="AACC", handle=0):
    value: Read[UInt8] = characteristic(default=1, uuid=0xC011)


class Silent(Service, uuid="AACD"):
    value: Notify[UInt8] = characteristic(default=1, description="Silent")


async def test_fixed_handles(bluez: FakeBlueZ) -> None:
    """The service says where they begin, the others ask BlueZ, which tells."""
    fixed = Fixed()
    async with Peripheral(fixed):
        assert {path.rpartition("service0")[2]: ps[next(iter(ps))]["Handle"] for path, ps in bluez.objects.items()} == {
            "": 0x0100,
            "/char0": 0,
            "/char0/desc0": 0,
            "/char0/desc1": 0,
            "/char1": 0,
        }
        assert Fixed.first.of(fixed).handle == 0x0102
        assert Fixed.second.of(fixed).handle == 0x0107
        assert [bluez.handles[path] for path in bluez.objects] == [0x0100, 0x0102, 0x0104, 0x0105, 0x0107]
    assert Fixed.first.of(fixed).handle is None


async def test_told_handles(bluez: FakeBlueZ) -> None:
    """``handle=0`` leaves the choice to BlueZ; each life has its own."""
    told = Told()
    seen: list[int | None] = []
    for _ in range(2):
        async with Peripheral(told):
            path = bluez.path(Told.value.uuid)
            assert bluez.objects[path.rpartition("/")[0]][SERVICE]["Handle"] == 0
            assert Told.value.of(told).handle == bluez.handles[path]
            seen.append(Told.value.of(told).handle)
        assert Told.value.of(told).handle is None
    assert None not in seen
    assert seen[0] != seen[1]


async def test_handles_that_nobody_asks_for(bluez: FakeBlueZ) -> None:
    """Without ``handle=`` there is no such property, and BlueZ has nothing to write."""
    silent = Silent()
    async with Peripheral(silent):
        assert not any("Handle" in ps for made in bluez.objects.values() for ps in made.values())
        assert bluez.handles == {}
        assert Silent.value.of(silent).handle is None


@pytest.mark.parametrize(("name", "value"), [("Handle", 7), ("UUID", 7)])
async def test_what_cannot_be_set(bluez: FakeBlueZ, name: str, value: int) -> None:
    """Only the handle, and only where BlueZ is asked for it."""
    cases = [(SERVICE, ""), (CHARACTERISTIC, "/char0"), (DESCRIPTOR, "/char0/desc0")]
    async with Peripheral(Silent() if name == "Handle" else Fixed()):
        (root, *_) = bluez.objects
        for interface, below in cases:
            path, given = root + below, Variant("q", value)
            refusal = await bluez.ask(path, PROPERTIES, "Set", "ssv", interface, name, given)
            assert refusal == Refusal("org.freedesktop.DBus.Error.PropertyReadOnly", f"{name} cannot be set")


# --- values that follow from handles -----------------------------------------------------------------------------


@struct
class Climate:
    temperature: Celsius
    humidity: UInt8
    pressure: UInt16


class Station(Service, uuid="AACE"):
    before: Notify[UInt8] = characteristic(default=0)
    climate: ReadNotify[Climate] = characteristic(init=False, presentation="aggregate", description="Here")


class FixedStation(Station, handle=0x0200):
    """The same, with handles that are known beforehand."""


@pytest.mark.parametrize("kind", [Station, FixedStation])
async def test_the_aggregate_format_names_the_handles(bluez: FakeBlueZ, kind: type[Station]) -> None:
    """0x2905 is the handles of the Presentation Formats, 16 bits each, in the order of the members (3.3.3.6)."""
    async with Peripheral(kind()):
        formats = bluez.paths(full(0x2904))
        assert len(formats) == 3
        handles = [bluez.handles[path] for path in formats]
        assert handles == sorted(handles)
        assert await bluez.read(bluez.path(full(0x2905))) == octets_of.pack("<3H", *handles)
        assert await bluez.read(bluez.path(full(0x2905)), offset=4) == octets_of.pack("<H", handles[2])


async def test_only_the_formats_ask_for_handles(bluez: FakeBlueZ) -> None:
    """What the aggregate does not name has no such property, where the service does not ask."""
    async with Peripheral(Station()):
        asking = {path for path, made in bluez.objects.items() if "Handle" in made.get(DESCRIPTOR, {})}
        assert asking == set(bluez.paths(full(0x2904)))
        assert set(bluez.handles) == asking


async def test_each_registration_has_an_aggregate_of_its_own(bluez: FakeBlueZ) -> None:
    """What BlueZ tells one instance, or tells in one life, is nothing to the next."""
    station = Station()
    values: set[object] = set()
    for services in ((station,), (station, Station())):
        async with Peripheral(*services):
            values |= {await bluez.read(path) for path in bluez.paths(full(0x2905))}
    assert len(values) == 3
    assert plan(station).characteristics[1].descriptors[4].octets == b"", "the plan knows of no handles"
