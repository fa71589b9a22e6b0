"""A room thermostat without a line of asyncio: phones read the temperature and write what they want it to be."""

import enum
import threading
import time
from typing import Annotated, TypeAlias

from gattschema import (
    AttError,
    Presence,
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
    UInt32,
    Unit,
    Utf8,
    characteristic,
    derived,
    serve,
    struct,
)

Celsius: TypeAlias = Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS, Range(-40, 85)]


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


@struct
class Schedule:
    flags: Presence[UInt8] = derived()  # bit 0 tells whether there is a label
    mode: Mode
    start: Annotated[int, UInt16, Unit.MINUTE]  # after midnight
    target: Celsius
    label: Annotated[str | None, Utf8(max=12)] = None


class Thermostat(Service, uuid="7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10"):
    """Room thermostat."""

    temperature: ReadNotify[Celsius] = characteristic(default=20.0, description="Room temperature")
    setpoint: ReadWrite[Celsius] = characteristic(default=21.0)
    schedule: ReadWrite[Schedule] = characteristic(init=False)
    uptime: Read[UInt32] = characteristic(init=False)

    @setpoint.on_write
    def _setpoint(self, value: float, request: Request) -> None:
        if not 5 <= value <= 30:
            raise AttError(0x81, f"{request.device} asks for {value} °C; 5 … 30 °C is possible")

    @uptime.on_read
    def _uptime(self) -> int:
        return int(time.monotonic())


def measure(room: Thermostat) -> None:
    while True:
        room.temperature += 0.1 if room.temperature < room.setpoint else -0.1
        time.sleep(0.5)


if __name__ == "__main__":
    hall = Thermostat()
    threading.Thread(target=measure, args=(hall,), daemon=True).start()
    serve(hall, name="Hall")
