"""What type checkers must refuse: each line with an ignore is an error, and an ignore without one is, too.

Nothing here runs; ``tests/test_typing.py`` takes the ignores away and looks for an error on each of these lines.
"""

import enum
from typing import Annotated

from gattschema import (
    ABSENT,
    AttError,
    Float32,
    Indicate,
    InvalidOffset,
    Notify,
    Peripheral,
    Read,
    ReadNotify,
    ReadWrite,
    ReliableWrite,
    Request,
    Service,
    SignedWrite,
    SInt16,
    UInt8,
    UInt16,
    Utf8,
    Write,
    WriteWithoutResponse,
    characteristic,
    descriptor,
    plan,
    struct,
)
from gattschema.adapters import open_adapter
from gattschema.advertising import Advertisement, ScanResponse, manufacturer_data, service_data
from gattschema.beacons import BTHome, IBeacon
from gattschema.events import Connected, Disconnected
from gattschema.link import Device
from gattschema.pairing import Agent, Confirm, EnterPasskey, JustWorks, Pin


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


@struct
class Schedule:
    mode: Mode
    start: UInt16
    target: Float32 = 21.5


class Room(Service, uuid="180D"):
    temperature: ReadNotify[SInt16]
    mode: Read[Mode] = characteristic(default=Mode.HEAT)
    schedule: ReadWrite[Schedule] = characteristic(init=False)
    alarm: Annotated[Notify[UInt8], Read] = characteristic(default=1)


room = Room(temperature=20)
schedule = Schedule(mode=Mode.OFF, start=1)

# --- values that a field does not take
room.temperature = "x"  # type: ignore[assignment]
room.temperature = 1.5  # type: ignore[assignment]
room.temperature = None  # type: ignore[assignment]
room.mode = 1  # type: ignore[assignment]
room.schedule = 3  # type: ignore[assignment]
room.alarm = b""  # type: ignore[assignment]
text: str = room.temperature  # type: ignore[assignment]
_ = room.temprature  # type: ignore[attr-defined]
_ = room.temperature.uuid  # type: ignore[attr-defined]
Room.temperature.codec.encode("x")  # type: ignore[arg-type]

# --- the constructor
Room()  # type: ignore[call-arg]
Room(20)  # type: ignore[call-arg]
Room(temperature="x")  # type: ignore[arg-type]
Room(temperature=1, speed=1)  # type: ignore[call-arg]
Room(temperature=1, mode=1)  # type: ignore[arg-type]
Room(temperature=1, schedule=schedule)  # type: ignore[call-arg]

# --- structs
Schedule(mode=Mode.OFF)  # type: ignore[call-arg]
Schedule(Mode.OFF, 1)  # type: ignore[call-arg]
Schedule(mode=1, start=1)  # type: ignore[arg-type]
Schedule(mode=Mode.OFF, start=1, target="x")  # type: ignore[arg-type]
Schedule(mode=Mode.OFF, start=1, end=2)  # type: ignore[call-arg]
schedule.start = 2  # type: ignore[misc]
struct(byteorder="network")  # type: ignore[call-overload]

# --- what has no plan
plan(3)  # type: ignore[arg-type]
plan(Schedule)  # type: ignore[arg-type]


# --- declarations
class BadKeyword(Service, uuid=1.5):  # type: ignore[arg-type]
    pass


class UnknownKeyword(Service, number=3):  # type: ignore[call-arg]
    pass


class BadInclude(Service, uuid="FFF0", includes=[Schedule]):  # type: ignore[list-item]
    pass


class BadDefaults(Service, uuid="FFF0"):
    raw: Read[Mode] = Mode.OFF  # type: ignore[assignment]  # the one thing that the design costs: see design.md §4
    text: Read[UInt8] = characteristic(default="x")  # type: ignore[arg-type]
    member: Read[Mode] = characteristic(default=1)  # type: ignore[arg-type]
    label: Read[Annotated[str, Utf8(max=4)]] = characteristic(default=b"")  # type: ignore[arg-type]


class BadOptions(Service, uuid="FFF0"):
    level: Read[UInt8] = characteristic(default=1, security="high")  # type: ignore[call-overload]
    operation: Read[UInt8] = characteristic(default=1, security={"speak": "encrypted"})  # type: ignore[dict-item]
    policy: Notify[UInt8] = characteristic(default=1, policy="some")  # type: ignore[call-overload]
    unknown: Read[UInt8] = characteristic(defualt=1)  # type: ignore[call-overload]
    positional: Read[UInt8] = characteristic(1)  # type: ignore[call-overload]
    number: Read[UInt8] = characteristic(default=1, uuid=1.5)  # type: ignore[call-overload]
    presented: Read[UInt8] = characteristic(default=1, presentation="yes")  # type: ignore[call-overload]
    instance: Read[UInt8] = characteristic(default=1, instance=3)  # type: ignore[call-overload]
    descriptors: Read[UInt8] = characteristic(default=1, descriptors=3)  # type: ignore[call-overload]
    aggregated: Read[UInt8] = characteristic(default=1, presentation="aggregated")  # type: ignore[call-overload]
    interval: Notify[UInt8] = characteristic(default=1, min_interval="0.5")  # type: ignore[call-overload]
    transport: Notify[UInt8] = characteristic(default=1, transport="sockets")  # type: ignore[call-overload]
    timeout: Read[UInt8] = characteristic(default=1, timeout=None)  # type: ignore[call-overload]
    fallback: Notify[UInt8] = characteristic(default=1, security={"fallback": 0})  # type: ignore[dict-item]
    of: Read[UInt8] = characteristic(default=1, of="level")  # type: ignore[call-overload]


class Strap(Service, uuid="FFF0"):
    rate: Notify[UInt16]
    location: Read[Mode] = characteristic(default=ABSENT)
    control: Write[UInt8] = characteristic(default=ABSENT)


Strap()  # type: ignore[call-arg]
Strap(rate=1, location=1)  # type: ignore[arg-type]


class BadAddition(Strap):
    @Strap.control.on_write  # type: ignore[arg-type]
    def _control(self, value: str) -> None: ...

    @Strap.location.on_read  # type: ignore[arg-type]
    def _location(self) -> int:
        return 1


class BadHandlers(Service, uuid="FFF0"):
    read: Read[UInt8] = characteristic(default=1)
    write: Write[UInt8] = characteristic(default=1)
    both: ReadWrite[Schedule] = characteristic(default=schedule)

    @read.on_read  # type: ignore[arg-type]
    def _text(self) -> str:
        return "x"

    @read.on_read  # type: ignore[arg-type]
    async def _text_later(self) -> str:
        return "x"

    @read.on_read  # type: ignore[arg-type]
    def _too_much(self, request: Request, more: int) -> int:
        return more or request.mtu

    @write.on_write  # type: ignore[arg-type]
    def _other_value(self, value: str) -> None: ...

    @write.on_write  # type: ignore[arg-type]
    async def _other_request(self, value: int, request: str) -> None: ...

    @write.on_write  # type: ignore[arg-type]
    def _nothing(self) -> None: ...

    @both.on_write  # type: ignore[arg-type]
    def _part(self, value: int) -> None: ...

    @both.on_read  # type: ignore[arg-type]
    def _none(self) -> None: ...


# --- descriptors with a value of their own
class Hall(Service, uuid="FFF0"):
    temperature: ReadNotify[SInt16] = characteristic(default=20)
    mode: Write[Mode] = characteristic(default=Mode.OFF)
    offset: ReadWrite[SInt16] = descriptor(of=temperature, default=0)
    lot: Read[UInt16] = descriptor(of="temperature")
    secret: Write[UInt8] = descriptor(of="temperature", init=False)


hall = Hall(lot=1)
Hall()  # type: ignore[call-arg]
Hall(lot=1, secret=2)  # type: ignore[call-arg]
Hall(lot=1, offset="x")  # type: ignore[arg-type]
hall.offset = "x"  # type: ignore[assignment]
hall.lot = None  # type: ignore[assignment]


class BadDescriptors(Service, uuid="FFF0"):
    level: Read[UInt8] = characteristic(default=1)
    nobody: Read[UInt8] = descriptor(default=1)  # type: ignore[call-overload]
    number: Read[UInt8] = descriptor(of=3, default=1)  # type: ignore[call-overload]
    positional: Read[UInt8] = descriptor(level, default=1)  # type: ignore[call-overload]
    text: Read[UInt8] = descriptor(of=level, default="x")  # type: ignore[arg-type]
    member: ReadWrite[Mode] = descriptor(of=level, default=1)  # type: ignore[arg-type]
    pushed: Notify[UInt8] = descriptor(of=level, default=1)  # type: ignore[assignment]
    confirmed: Indicate[UInt8] = descriptor(of=level, default=1)  # type: ignore[assignment]
    command: WriteWithoutResponse[UInt8] = descriptor(of=level, default=1)  # type: ignore[assignment]
    signed: SignedWrite[UInt8] = descriptor(of=level, default=1)  # type: ignore[assignment]
    reliable: ReliableWrite[UInt8] = descriptor(of=level, default=1)  # type: ignore[assignment]
    policy: Read[UInt8] = descriptor(of=level, default=1, policy="every")  # type: ignore[call-overload]
    described: Read[UInt8] = descriptor(of=level, default=1, description="x")  # type: ignore[call-overload]


class BadWrites(Service, uuid="FFF0"):
    signed: SignedWrite[UInt8] = characteristic(default="x")  # type: ignore[arg-type]
    reliable: ReliableWrite[Mode] = characteristic(default=1)  # type: ignore[arg-type]


class BadHandle(Service, uuid="FFF0", handle="0x0100"):  # type: ignore[arg-type]
    pass


class BadListeners(Service, uuid="FFF0"):
    level: ReadNotify[UInt8] = characteristic(default=1)
    own: ReadWrite[UInt8] = descriptor(of=level, default=1)

    @level.on_authorize  # type: ignore[type-var]
    def _text(self, request: Request) -> str:
        return request.device

    @level.on_authorize  # type: ignore[type-var]
    async def _none(self, request: Request) -> None: ...

    @level.on_authorize  # type: ignore[arg-type]
    def _other_request(self, request: str) -> bool:
        return bool(request)

    @level.on_authorize  # type: ignore[arg-type]
    def _value(self, value: int, request: Request) -> bool:
        return bool(value and request.mtu)

    @level.on_subscription  # type: ignore[arg-type]
    def _nobody(self) -> None: ...

    @level.on_subscription  # type: ignore[arg-type]
    def _names(self, subscribers: str) -> None: ...

    @level.on_subscription  # type: ignore[arg-type]
    async def _request(self, subscribers: int, request: Request) -> None: ...

    @own.on_write  # type: ignore[arg-type]
    def _other_value(self, value: str) -> None: ...

    @own.on_read  # type: ignore[arg-type]
    def _no_value(self) -> None: ...


# --- the characteristic of one service, batches
bound = Hall.temperature.of(hall)
bound.notify("x", to="AA:BB:CC:DD:EE:FF")  # type: ignore[arg-type]
bound.notify(21)  # type: ignore[call-arg]
bound.notify(21, "AA:BB:CC:DD:EE:FF")  # type: ignore[call-arg]
bound.notify(21, to=7)  # type: ignore[arg-type]
bound.subscribers = 3  # type: ignore[misc]
number: int = bound.handle  # type: ignore[assignment]
_ = hall.temperature.of(hall)  # type: ignore[attr-defined]
hall.batch(1)  # type: ignore[call-arg]
with hall.batch() as nothing:
    nothing.commit()  # type: ignore[attr-defined]


# --- running, errors, requests
def note_departure(event: Disconnected) -> None: ...


async def run() -> None:
    async with Peripheral(hall, any_caller="yes") as peripheral:  # type: ignore[arg-type]
        await peripheral.add(Hall)  # type: ignore[arg-type]
        await peripheral.add("Hall")  # type: ignore[arg-type]
        await peripheral.remove(3)  # type: ignore[arg-type]
        release: tuple[int, int] = peripheral.release  # type: ignore[assignment]
        await bound.confirmed(release)  # type: ignore[arg-type]
        peripheral.on(Connected, 5)  # type: ignore[call-overload]
        peripheral.on("Connected", print)  # type: ignore[call-overload]
        peripheral.on(Connected, note_departure)  # type: ignore[arg-type]
        peripheral.events(hall)  # type: ignore[call-overload]
        peripheral.adapter = peripheral.adapter  # type: ignore[misc]
        await peripheral.open_pairing("60")  # type: ignore[arg-type]
    async with Peripheral(hall, pairing=JustWorks):  # type: ignore[arg-type]
        pass
    with Peripheral(hall, name=5) as blocking:  # type: ignore[arg-type]
        blocking.run(3)  # type: ignore[arg-type]


# --- pairing
def ask_in_bytes(passkey: bytes) -> bool:
    return passkey == b"000000"


class Door(Agent):
    capability = "Display"  # type: ignore[assignment]

    def request_confirmation(self, device: Device, passkey: str) -> str:  # type: ignore[override]
        return device.address + passkey


Confirm()  # type: ignore[call-arg]
Confirm(ask_in_bytes)  # type: ignore[arg-type]
EnterPasskey("123456")  # type: ignore[arg-type]
Pin(1234)  # type: ignore[arg-type]
JustWorks(window="60")  # type: ignore[arg-type]
JustWorks(allow=[7])  # type: ignore[list-item]
JustWorks([])  # type: ignore[call-arg]


AttError("0x81")  # type: ignore[arg-type]
InvalidOffset(7)  # type: ignore[arg-type]
InvalidOffset("behind the end", 7)  # type: ignore[call-arg]
Request(operation="speak")  # type: ignore[arg-type]


# --- adapters and devices
async def look_around() -> None:
    async with open_adapter(7) as adapter:  # type: ignore[arg-type]
        await adapter.set(powered="on")  # type: ignore[arg-type]
        await adapter.set(pairable_timeout=2.5)  # type: ignore[arg-type]
        await adapter.set(name="Hall")  # type: ignore[call-arg]
        adapter.powered = True  # type: ignore[misc]
        async for device in adapter.discover(transport="usb"):  # type: ignore[arg-type]
            await device.block(on="no")  # type: ignore[arg-type]
            await device.set(name="Ann")  # type: ignore[call-arg]
            level: int = device.rssi  # type: ignore[assignment]
            adapter.discover(level)  # type: ignore[call-arg]
        await adapter.remove("AA:BB:CC:DD:EE:FF")  # type: ignore[arg-type]


# --- advertisements
class Advert(Advertisement):
    battery: UInt8 = service_data(0x180F)
    text: UInt8 = manufacturer_data(1, default="x")  # type: ignore[assignment]


advert = Advert(battery=1)
Advert()  # type: ignore[call-arg]
Advert(battery="x")  # type: ignore[arg-type]
Advert(battery=1, nane="x")  # type: ignore[call-arg]
advert.battery = "x"  # type: ignore[assignment]
advert.name = 3  # type: ignore[assignment]
advert.nane = "x"  # type: ignore[attr-defined]
advert.secondary_channel = "3M"  # type: ignore[assignment]
advert.connectable = None  # type: ignore[assignment]
Advertisement(include=["power"])  # type: ignore[list-item]
Advertisement(scan_response={})  # type: ignore[arg-type]
Advertisement("x")  # type: ignore[call-arg]
ScanResponse(name="x")  # type: ignore[call-arg]
IBeacon(uuid="x", major=1, minor=1)  # type: ignore[call-arg]
IBeacon(uuid="x", major="1", minor=1, measured_power=1)  # type: ignore[arg-type]
BTHome(temperature="x")  # type: ignore[arg-type]
BTHome(temprature=1)  # type: ignore[call-arg]
