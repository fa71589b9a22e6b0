"""A program that starts just when the adapter appears, as a unit does that is started at boot or by plugging it in.

While there is no adapter, an error says so; as soon as there is one, the program is on the air, though bluetoothd is
just switching the adapter on by itself (``AutoEnable``), and then refuses to be asked to (``Busy``).
"""

import asyncio

from gattschema import NoAdapter, Notify, Peripheral, Service, UInt8
from tests.lab.air import person, radio

TRIES = 2


class Lamp(Service, uuid="f100d000-0000-4000-8000-000000000050"):
    level: Notify[UInt8]


async def starts(missed: asyncio.Event) -> None:
    """Try until it is on the air."""
    while True:
        try:
            async with Peripheral(Lamp(level=1), name="Lamp") as running:
                assert running.adapter.powered
                return
        except NoAdapter:
            missed.set()
            await asyncio.sleep(0.02)


async def story() -> None:
    async with radio() as air, person() as somebody:
        for number in range(TRIES):
            await air.unplug()
            missed = asyncio.Event()
            starting = asyncio.create_task(starts(missed))
            await missed.wait()
            await air.plug()
            await starting
            print("on the air, time", number + 1)
            assert await somebody.get("Powered")
            assert await somebody.active_adverts() == 0
