"""The heart-rate example, as it is: a phone discovers it, reads it, and hears 100 notifications in order, none lost."""

import asyncio

from examples.heart_rate import HeartRate, HeartRateMeasurement
from gattschema import Peripheral
from tests.lab.air import Air, program, radio

MEASUREMENT, LOCATION = "2A37", "2A38"


async def the_example(air: Air) -> None:
    """A stranger's phone finds "Pulse" and listens to its beat."""
    print("$ python examples/heart_rate.py")
    async with program("examples/heart_rate.py"):
        phone = await air.phone("Ann")
        advert = await phone.find(name="Pulse", within=30)
        print(
            f"Ann's phone finds {advert.name!r}, appearance {advert.appearance:#06x}, {', '.join(advert.service_uuids)}"
        )
        assert advert.appearance == 0x0340
        assert b"\x02\x01\x06" in advert.data, f"not general discoverable, LE only: {advert.data.hex()}"
        peer = await phone.connect(advert)
        print("Ann connects and discovers", peer.tree(), sep="\n")
        assert await peer.read(LOCATION) == b"\x01"
        print("Ann reads the body sensor location: 1, the chest")
        heard = await peer.subscribe(MEASUREMENT)
        rates = [value[1] for value in await heard.wait(3)]
        print("Ann subscribes and hears", *(f"{rate} bpm" for rate in rates))
        assert rates == list(range(rates[0], rates[0] + 3))
        await peer.disconnect()


async def a_hundred_beats(air: Air) -> None:
    """The same class, faster than any heart."""
    strap = HeartRate(heart_rate_measurement=HeartRateMeasurement(heart_rate=60))
    async with Peripheral(strap, name="Sprint"):
        phone = await air.phone("Ben")
        peer = await phone.connect(await phone.find(name="Sprint", uuid="180D"))
        heard = await peer.subscribe(MEASUREMENT)
        for rate in range(100):
            strap.heart_rate_measurement = HeartRateMeasurement(heart_rate=rate)
            await asyncio.sleep(0.01)
        assert await heard.wait(100) == [bytes((0, rate)) for rate in range(100)]
        print("Ben hears 100 beats in a second, all of them, in order")
        await peer.disconnect()


async def story() -> None:
    async with radio() as air:
        await the_example(air)
        await a_hundred_beats(air)
