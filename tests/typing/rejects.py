"""What type checkers must refuse: each line with an ignore is an error, and an ignore without one is, too.

Nothing here runs; ``tests/test_typing.py`` takes the ignores away and looks for an error on each of these lines.
"""

import enum
from typing import Annotated

from gattschema import (
    ABSENT,
    Float32,
    Notify,
    Read,
    ReadNotify,
    ReadWrite,
    Request,
    Service,
    SInt16,
    UInt8,
    UInt16,
    Utf8,
    Write,
    characteristic,
    plan,
    struct,
)


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
    descriptor: Read[UInt8] = characteristic(default=1, descriptors=3)  # type: ignore[call-overload]


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
