"""What type checkers must accept: ``assert_type`` says what each expression is."""

import enum
from typing import Annotated, TypeVar, assert_type
from uuid import UUID

import attrs

from gattschema import (
    ABSENT,
    PRESENT,
    AttError,
    BigEndian,
    Broadcast,
    Descriptor,
    Float32,
    Indicate,
    Notify,
    Octets,
    Read,
    ReadIndicate,
    ReadNotify,
    ReadWrite,
    ReadWriteIndicate,
    ReadWriteNotify,
    Request,
    Service,
    SInt16,
    UInt8,
    UInt16,
    Utf8,
    Write,
    WriteIndicate,
    WriteNotify,
    WriteWithoutResponse,
    characteristic,
    plan,
    struct,
)
from gattschema.schema import CharacteristicPlan, Property, ServicePlan
from gattschema.values import Codec, codec, decode, encode, size


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


# --- structs ---------------------------------------------------------------------------------------------------------


@struct
class Schedule:
    mode: Mode
    start: UInt16
    target: Float32 = 21.5
    label: Annotated[str, Utf8(max=12)] = ""


@struct
class Span:
    first: UInt16
    last: UInt16


@struct(byteorder="big")
class Reading:
    span: Span
    count: Annotated[UInt16, BigEndian()]
    key: Annotated[bytes, Octets(6)] = attrs.field(default=bytes(6))


@struct
class Longer(Reading):
    extra: UInt8


schedule = Schedule(mode=Mode.HEAT, start=5)
span = Span(first=1, last=2)
reading = Reading(span=span, count=3)
assert_type(schedule, Schedule)
assert_type(schedule.mode, Mode)
assert_type(schedule.start, int)
assert_type(schedule.target, float)
assert_type(schedule.label, str)
assert_type(reading.span.last, int)
assert_type(reading.key, bytes)
assert_type(Longer(span=span, count=1, extra=2).count, int)
assert_type(encode(UInt16, 3), bytes)
assert_type(size(Schedule), tuple[int, int])
assert_type(codec(Schedule), Codec[Schedule])
assert decode(Schedule, encode(Schedule, schedule)) == schedule


# --- services --------------------------------------------------------------------------------------------------------


class Room(Service, uuid="180D", primary=True, includes=(), namespace="example.com"):
    temperature: ReadNotify[SInt16]
    mode: Read[Mode] = characteristic(default=Mode.HEAT)
    setpoint: ReadWrite[UInt16] = characteristic(default=200, uuid="2A37", security="encrypted", description="Wanted")
    schedule: ReadWrite[Schedule] = characteristic(init=False, security={"read": "open", "write": "secure"})
    alarm: Indicate[UInt8] = characteristic(init=False, policy="every")
    sensor: Annotated[Notify[SInt16], Read] = characteristic(default=-3)
    uptime: Read[UInt16] = characteristic(init=False, uuid=0x2A00)
    label: Read[Annotated[str, Utf8(max=4)]] = characteristic(description="must be given")

    @uptime.on_read
    def _uptime(self) -> int:
        return 3

    @setpoint.on_read
    async def _read_setpoint(self, request: Request) -> int:
        return request.mtu

    @setpoint.on_write
    def _write_setpoint(self, value: int) -> None:
        if value > self.temperature:
            raise AttError(0x81, "too hot")

    @schedule.on_read
    async def _read_schedule(self) -> Schedule:
        return self.schedule

    @schedule.on_write
    async def _write_schedule(self, value: Schedule, request: Request) -> None:
        self.alarm = value.start + request.mtu


room = Room(temperature=20, label="x")
assert_type(room, Room)
assert_type(room.temperature, int)
assert_type(room.mode, Mode)
assert_type(room.setpoint, int)
assert_type(room.sensor, int)
assert_type(room.uptime, int)
assert_type(room.label, str)
room.temperature = 21
room.mode = Mode.OFF
room.schedule = schedule
assert_type(room.schedule, Schedule)
assert_type(room.schedule.mode, Mode)
Room(temperature=1, mode=Mode.OFF, setpoint=3, sensor=4, label="")

# the class attribute is the characteristic itself
assert_type(Room.temperature, ReadNotify[int])
assert_type(Room.mode, Read[Mode])
assert_type(Room.schedule, ReadWrite[Schedule])
assert_type(Room.sensor, Notify[int])
assert_type(Room.alarm, Indicate[int])
assert_type(Room.temperature.uuid, UUID)
assert_type(Room.temperature.codec, Codec[int])
assert_type(Room.schedule.codec.decode(b"\x00\x00\x00\x00\x00\x00\x00"), Schedule)
assert_type(Room.temperature.plan, CharacteristicPlan)
assert_type(Room.temperature.properties, Property)
assert_type(plan(Room), ServicePlan)
assert_type(plan(room), ServicePlan)

# handlers stay the methods that they were
assert_type(room._uptime(), int)
room._write_setpoint(3)


class Cellar(Room, uuid=UUID(int=1)):
    damp: Notify[UInt8] = characteristic(default=0)


cellar = Cellar(temperature=1, label="", damp=3)
assert_type(cellar.damp, int)
assert_type(cellar.temperature, int)


class Plain(Service, uuid=0x180F):
    pass


Plain()


class Wide(Service, uuid="FFF0", includes=[Plain, Room], primary=False):
    """A default goes with every flavour."""

    broadcast: Broadcast[UInt8] = characteristic(default=1)
    read: Read[UInt8] = characteristic(default=1)
    write: Write[UInt8] = characteristic(default=1)
    write_without_response: WriteWithoutResponse[UInt8] = characteristic(default=1)
    notify: Notify[UInt8] = characteristic(default=1)
    indicate: Indicate[UInt8] = characteristic(default=1)
    read_write: ReadWrite[UInt8] = characteristic(default=1)
    read_notify: ReadNotify[UInt8] = characteristic(default=1)
    read_indicate: ReadIndicate[UInt8] = characteristic(default=1)
    write_notify: WriteNotify[UInt8] = characteristic(default=1)
    write_indicate: WriteIndicate[UInt8] = characteristic(default=1)
    read_write_notify: ReadWriteNotify[UInt8] = characteristic(default=1)
    read_write_indicate: ReadWriteIndicate[UInt8] = characteristic(default=1)


assert_type(Wide().read_write_indicate, int)


# --- optional characteristics ----------------------------------------------------------------------------------------


class Strap(Service, uuid="FFF0"):
    rate: Notify[UInt16]
    location: Read[Mode] = characteristic(default=ABSENT)
    control: Write[UInt8] = characteristic(default=ABSENT, security="encrypted")
    alarm: Indicate[UInt8] = characteristic(default=PRESENT)


strap = Strap(rate=60, location=Mode.OFF, control=1)
assert_type(strap.location, Mode)
assert_type(strap.control, int)
assert_type(Strap.location, Read[Mode])
Strap(rate=PRESENT, control=PRESENT, location=Mode.OFF)
Strap(rate=60, location=ABSENT)


class Resettable(Strap):
    reserve: Read[UInt8] = characteristic(default=ABSENT, presentation=True, instance="main", valid_range=False)
    loads: Read[UInt8] = characteristic(default=1, descriptors=(Descriptor(0x2909, b"\x01"),))

    @Strap.control.on_write
    def _reset(self, value: int, request: Request) -> None:
        self.rate = value + request.mtu

    @Strap.location.on_read
    async def _location(self) -> Mode:
        return Mode.HEAT


assert_type(Resettable(rate=1, reserve=2).reserve, int)

T = TypeVar("T")


class Command(Write[T], Notify[T]):
    """A flavour of a user's own."""

    properties = Property.WRITE | Property.NOTIFY


class Controlled(Service, uuid="FFF0"):
    point: Command[Mode]


assert_type(Controlled(point=Mode.OFF).point, Mode)
assert_type(Controlled.point, Command[Mode])
