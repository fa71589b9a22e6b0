"""A weather station made of the SIG's ready-made services: what is not given is not there."""

import asyncio
import contextlib
import random

from gattschema import Peripheral
from gattschema.sig import Battery, DeviceInformation, EnvironmentalSensing


async def main() -> None:
    garden = EnvironmentalSensing(temperature=21.5, humidity=48.25, pressure=101_325.0)
    battery = Battery(battery_level=100)
    about = DeviceInformation(manufacturer_name_string="Example", model_number_string="W-1")
    async with Peripheral(garden, battery, about, name="Garden", appearance=0x0540):
        while True:
            garden.temperature = round(random.gauss(21.5, 0.2), 2)
            garden.humidity = None  # not known: the SIG's 0xFFFF
            await asyncio.sleep(2)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
