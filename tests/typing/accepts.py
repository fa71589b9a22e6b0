"""What type checkers must accept: ``assert_type`` says what each expression is."""

import enum
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Annotated, TypeVar, assert_type
from uuid import UUID

import attrs

from gattschema import (
    ABSENT,
    PRESENT,
    AttError,
    BigEndian,
    BoundCharacteristic,
    Broadcast,
    Descriptor,
    Float32,
    ImproperlyConfigured,
    Indicate,
    InsufficientAuthorization,
    InvalidAttributeValueLength,
    InvalidOffset,
    Notify,
    Octets,
    Peripheral,
    ProcedureAlreadyInProgress,
    Read,
    ReadIndicate,
    ReadNotify,
    ReadNotPermitted,
    ReadWrite,
    ReadWriteIndicate,
    ReadWriteNotify,
    ReliableWrite,
    Request,
    RequestNotSupported,
    Service,
    SignedWrite,
    SInt16,
    UInt8,
    UInt16,
    UnlikelyError,
    Utf8,
    Write,
    WriteIndicate,
    WriteNotify,
    WriteNotPermitted,
    WriteWithoutResponse,
    characteristic,
    descriptor,
    plan,
    struct,
)
from gattschema.adapters import open_adapter, open_adapters
from gattschema.advertising import Advertisement, Host, ScanResponse, manufacturer_data, service_data
from gattschema.beacons import BTHome, Button, EddystoneUid, IBeacon
from gattschema.events import Connected, Disconnected, Event, EventStream
from gattschema.link import Adapter, Device
from gattschema.pairing import Agent, Capability, Confirm, DisplayPasskey, EnterPasskey, JustWorks, PairingRejected, Pin
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


# --- descriptors with a value of their own, pace, transport ----------------------------------------------------------


class Hall(Service, uuid="FFF0", handle=0x0100):
    temperature: ReadNotify[SInt16] = characteristic(
        default=20, min_interval=0.5, min_change=2, transport="socket", timeout=5.0
    )
    alarm: Indicate[UInt8] = characteristic(
        init=False, policy="every", min_interval=1, security={"indicate": "encrypted", "fallback": "open"}
    )
    plan_of_day: Notify[Schedule] = characteristic(init=False, transport="bus")
    order: ReliableWrite[UInt8] = characteristic(default=1)
    signed: SignedWrite[UInt8] = characteristic(default=1)
    prepared: Annotated[ReadWrite[UInt16], ReliableWrite] = characteristic(default=1)
    spans: Read[Span] = characteristic(init=False, presentation="aggregate")
    offset: ReadWrite[SInt16] = descriptor(of=temperature, default=0, security={"write": "encrypted"}, timeout=2.0)
    lot: Read[UInt16] = descriptor(of="alarm")
    secret: Write[Mode] = descriptor(of=alarm, init=False, uuid="FFF9")

    @offset.on_read
    def _read_offset(self) -> int:
        return 3

    @offset.on_write
    async def _write_offset(self, value: int, request: Request) -> None:
        if value > request.mtu:
            raise InvalidOffset("too far")

    @offset.on_authorize
    def _may(self, request: Request) -> bool:
        return request.operation == "read"

    @temperature.on_authorize
    async def _may_later(self, request: Request) -> bool:
        return bool(request.device)

    @temperature.on_subscription
    def _heard(self, subscribers: int) -> None:
        self.order = subscribers

    @alarm.on_subscription
    async def _heard_later(self, subscribers: int) -> None:
        self.order = subscribers


hall = Hall(lot=7)
Hall(lot=7, offset=-1, temperature=1, order=2, signed=3, prepared=4)
assert_type(hall.lot, int)
assert_type(hall.order, int)
assert_type(hall.signed, int)
hall.offset = 5
hall.secret = Mode(0)
assert_type(hall.secret, Mode)
assert_type(hall.spans.first if hall.lot == 0 else 1, int)
assert_type(Hall.offset, ReadWrite[int])
assert_type(Hall.lot, Read[int])
assert_type(Hall.secret, Write[Mode])
assert_type(Hall.order, ReliableWrite[int])
assert_type(Hall.signed, SignedWrite[int])
assert_type(Hall.offset.codec, Codec[int])

# these, too, stay the methods that they were
assert_type(hall._may(Request(operation="write")), bool)
hall._heard(2)


class Corridor(Hall):
    drift: Read[Float32] = descriptor(of=Hall.temperature, default=0.5)

    @Hall.offset.on_authorize
    async def _mine(self, request: Request) -> bool:
        return request.link == "LE"

    @Hall.plan_of_day.on_subscription
    def _told(self, subscribers: int) -> None:
        self.temperature = subscribers

    @Hall.order.on_write
    def _order(self, value: int) -> None:
        raise ProcedureAlreadyInProgress(f"{value} waits")


assert_type(Corridor(lot=1, drift=0.25).drift, float)


# --- the characteristic of one service, batches ----------------------------------------------------------------------


bound = Hall.alarm.of(hall)
assert_type(bound, BoundCharacteristic[int])
assert_type(bound.subscribers, int)
assert_type(bound.handle, int | None)
assert_type(bound.plan, CharacteristicPlan)
assert_type(Hall.plan_of_day.of(hall), BoundCharacteristic[Schedule])
assert_type(Corridor.plan_of_day.of(Corridor(lot=1)), BoundCharacteristic[Schedule])

with hall.batch():
    hall.temperature = 22
    hall.offset = 1
assert_type(hall.batch(), AbstractContextManager[None])


def note(event: Event) -> None:
    """A function for all kinds may be called with one."""
    assert_type(event, Event)


def use_blocking(served: Hall) -> None:
    with Peripheral(served, pairing=JustWorks()) as peripheral:
        assert_type(peripheral, Peripheral)
        assert_type(peripheral.run(Hall.alarm.of(served).confirmed()), bool)

        @peripheral.on(Connected)
        async def greet(event: Connected) -> None:
            await event.device.disconnect()

        _ = greet
        peripheral.start()
        peripheral.stop()


async def use(served: Hall) -> None:
    async with Peripheral(served, name="Hall", any_caller=True) as peripheral:
        assert_type(peripheral, Peripheral)
        assert_type(peripheral.release, tuple[int, int] | None)
        await peripheral.add(room, cellar)
        await peripheral.remove(cellar)
        beacon = Advertisement(name="Beacon", connectable=False)
        await peripheral.add(beacon)
        await peripheral.remove(cellar, beacon)
        assert_type(peripheral.advertisement, Advertisement)
        assert_type(peripheral.advertisements, tuple[Advertisement, ...])
        assert_type(peripheral.adapter, Adapter)
        assert_type(peripheral.centrals, tuple[Device, ...])
        assert_type(peripheral.events(), EventStream[Event])
        assert_type(peripheral.events(Connected), EventStream[Connected])
        async for event in peripheral.events(Connected, Disconnected):
            if isinstance(event, Connected):
                assert_type(event.device, Device)
        peripheral.on(Connected, print)
        peripheral.on(Disconnected, note)
        await peripheral.open_pairing(seconds=60)
        served.alarm = 3
        assert_type(await Hall.alarm.of(served).confirmed(), bool)
        assert_type(await Hall.alarm.of(served).confirmed(within=2), bool)
        await Hall.alarm.of(served).drain()
        Hall.temperature.of(served).notify(21, to="AA:BB:CC:DD:EE:FF")
        Hall.plan_of_day.of(served).notify(schedule, to="AA:BB:CC:DD:EE:FF")


# --- pairing ---------------------------------------------------------------------------------------------------------


def show(device: Device, passkey: str) -> str:
    return f"{device.address}: {passkey}"


async def ask(passkey: str) -> bool:
    return passkey == "000000"


async def type_it(device: Device) -> int:
    return 123456 if device.paired else 0


agents: list[Agent] = [
    JustWorks(),
    JustWorks(allow=["AA:BB:CC:DD:EE:FF"], window=60, default=False),
    JustWorks(allow=lambda device: device.address.startswith("AA:")),
    Confirm(ask),
    Confirm(lambda passkey: passkey == "000000", window=0.5),
    DisplayPasskey(print),
    DisplayPasskey(show, allow=frozenset({"AA:BB:CC:DD:EE:FF"})),
    EnterPasskey(123456),
    EnterPasskey(type_it),
    EnterPasskey(lambda: 123456),
    Pin("0000"),
    Pin(lambda device: device.address[:2]),
]
assert_type(agents[0].window, float | None)
assert_type(agents[0].capability, Capability)


class Door(Agent):
    """Handlers may be plain or async."""

    capability = "DisplayYesNo"

    async def request_confirmation(self, device: Device, passkey: str) -> bool:
        return device.trusted or await ask(passkey)

    def request_authorization(self, device: Device) -> bool:
        raise PairingRejected(f"{device.address} shows no number")

    def display_passkey(self, device: Device, passkey: str, entered: int) -> None:
        show(device, passkey[entered:])

    async def cancel(self) -> None: ...


assert_type(Door(window=60).default, bool)


# --- adapters and devices --------------------------------------------------------------------------------------------


async def look_around() -> None:
    async with open_adapters() as adapters:
        assert_type(adapters, tuple[Adapter, ...])
    async with open_adapter("hci0") as adapter:
        await adapter.set(powered=True, alias="Hall", pairable_timeout=60)
        assert_type(adapter.powered, bool)
        assert_type(adapter.connectable, bool | None)
        assert_type(adapter.roles, tuple[str, ...])
        assert_type(adapter.advertising.longest, int | None)
        async for device in adapter.discover(seconds=2.5, services=["180F", 0x180A, Counting], rssi=-70):
            assert_type(device, Device)
            assert_type(device.name, str | None)
            assert_type(device.alias, str)
            assert_type(device.rssi, int | None)
            assert_type(device.battery, int | None)
            assert_type(device.service_data, Mapping[UUID, bytes])
            await device.trust(on=False)
            await device.set(alias="")
        await adapter.remove(adapter.connected[0])


# --- advertisements --------------------------------------------------------------------------------------------------


class Advert(Advertisement):
    """Typed data of a company and of a service."""

    plan_of_day: Schedule = manufacturer_data("Nordic Semiconductor ASA")
    battery: UInt8 = service_data(0x180F, default=100)


advert = Advert(
    plan_of_day=schedule,
    name="Hall",
    services=[Hall, hall, "180F", 0x180A, UUID(int=1)],
    solicited=(Hall,),
    manufacturer_data={"Google": schedule},
    service_data={Corridor: b"x", 0x1805: b"y"},
    data={0x24: b"x"},
    include=["tx-power"],
    interval=(0.1, 0.2),
    secondary_channel=None,
    scan_response=ScanResponse(services=[Hall], manufacturer_data={1: b"x"}),
)
assert_type(advert.battery, int)
assert_type(advert.plan_of_day, Schedule)
assert_type(advert.name, str | None)
assert_type(advert.services, tuple[UUID, ...])
assert_type(advert.manufacturer_data, Mapping[int, bytes])
assert_type(advert.interval, tuple[float, float] | None)
assert_type(advert.layout(Host(release=(5, 82))).advertisement, bytes)
assert_type(advert.bluez_instance, int | None)
advert.battery = 79
advert.services = [Hall, "180F"]
advert.interval = 0.1
advert.manufacturer_data = {0xFFFF: b"x"}
advert.connectable = False
advert.discoverable = None
beacon = IBeacon(uuid="7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10", major=1, minor=2, measured_power=-59, name="B")
assert_type(beacon.uuid, UUID)
assert_type(beacon.major, int)
assert_type(EddystoneUid(namespace="00112233445566778899", instance=bytes(6), power=0).namespace, bytes)
sensor = BTHome(temperature=21.5, battery=97, button=Button.PRESS)
assert_type(sensor.temperature, float | None)
sensor.temperature = 21
sensor.motion = True


# --- errors ----------------------------------------------------------------------------------------------------------


errors: list[AttError] = [
    ReadNotPermitted(),
    WriteNotPermitted("read only"),
    RequestNotSupported("later"),
    InvalidOffset(reason="behind the end"),
    InsufficientAuthorization(),
    InvalidAttributeValueLength(),
    UnlikelyError(),
    ImproperlyConfigured(),
    ProcedureAlreadyInProgress(),
]
assert_type(InvalidOffset("x").code, int)
assert_type(errors[0].reason, str)


class Counting(Service, uuid="FFF7"):
    """An ``__init__`` of one's own passes values on."""

    start: Read[UInt8]

    def __init__(self, start: int) -> None:
        super().__init__(start=start)
        self.count = start


assert_type(Counting(3).start, int)
