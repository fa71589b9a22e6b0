"""A room thermostat without a line of asyncio: phones read the temperature and write what they want it to be."""

import enum
import threading
import time
from typing import Annotated

from gattschema import (
    AttError,
    Read,
    ReadNotify,
    ReadWrite,
    Request,
    Service,
    SInt16,
    UInt16,
    UInt32,
    Utf8,
    characteristic,
    serve,
    struct,
)


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


@struct
class Schedule:
    mode: Mode
    start: UInt16  # minutes after midnight
    target: SInt16  # hundredths of a degree Celsius
    label: Annotated[str, Utf8(max=12)] = ""


class Thermostat(Service, uuid="7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10"):
    """Room thermostat; temperatures are hundredths of a degree Celsius."""

    temperature: ReadNotify[SInt16] = characteristic(default=2000, description="Room temperature")
    setpoint: ReadWrite[SInt16] = characteristic(default=2100)
    schedule: ReadWrite[Schedule] = characteristic(init=False)
    uptime: Read[UInt32] = characteristic(init=False)

    @setpoint.on_write
    def _setpoint(self, value: int, request: Request) -> None:
        if not 500 <= value <= 3000:
            raise AttError(0x81, f"{request.device} asks for {value / 100} °C; 5 … 30 °C is possible")

    @uptime.on_read
    def _uptime(self) -> int:
        return int(time.monotonic())


def measure(room: Thermostat) -> None:
    while True:
        room.temperature += 10 if room.temperature < room.setpoint else -10
        time.sleep(0.5)


if __name__ == "__main__":
    hall = Thermostat()
    threading.Thread(target=measure, args=(hall,), daemon=True).start()
    serve(hall, name="Hall")
