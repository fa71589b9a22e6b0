"""A greenhouse: phones hear its climate without connecting, and of frost as long as there is any.

It shows an advertisement with typed data, which changes on the air, and a second one that comes and goes.
"""

import asyncio
import contextlib
import random
from typing import Annotated, TypeAlias

from gattschema import Advertisement, Peripheral, Scale, SInt16, UInt8, Unit, manufacturer_data, service_data, struct
from gattschema.sig import Battery

Celsius: TypeAlias = Annotated[float, SInt16, Scale(decimal=-1), Unit.DEGREE_CELSIUS]


@struct
class Climate:
    temperature: Celsius
    humidity: Annotated[int, UInt8, Unit.PERCENTAGE]


class Greenhouse(Advertisement):
    climate: Climate = manufacturer_data(0xFFFF)  # the company identifier for tests
    battery: UInt8 = service_data(Battery, default=100)


async def warn(running: Peripheral, warning: Advertisement, *, is_cold: bool) -> None:
    if is_cold and warning not in running.advertisements:
        await running.add(warning)
    if not is_cold and warning in running.advertisements:
        await running.remove(warning)


async def main() -> None:
    frost = Advertisement(name="Frost!", connectable=False)
    house = Greenhouse(name="Greenhouse", connectable=False, climate=Climate(temperature=4.0, humidity=70))
    async with Peripheral(house) as running:
        while True:
            temperature = round(random.gauss(0, 4), 1)
            house.climate = Climate(temperature=temperature, humidity=70)
            await warn(running, frost, is_cold=temperature < 0)
            await asyncio.sleep(2)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
