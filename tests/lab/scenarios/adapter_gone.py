"""The adapter is pulled out and plugged in, switched off and on by a person, blocked and unblocked by rfkill.

Each time the program is told why, and everything is back with the adapter: advertisements octet for octet, values,
subscriptions of phones that come again. What the program sets off itself stays off for good.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial

from gattschema import Advertisement, Peripheral, ReadNotify, Service, UInt8, characteristic
from gattschema.events import AdapterBack, AdapterLost
from tests.lab.air import Advert, Air, Phone, person, radio, rfkill

LEVEL = "AA50"


class Tank(Service, uuid="f100d000-0000-4000-8000-000000000050"):
    level: ReadNotify[UInt8] = characteristic(default=0, uuid=LEVEL)


@asynccontextmanager
async def gone(running: Peripheral, reason: str, away: Awaitable[object]) -> AsyncIterator[None]:
    """The adapter goes; at the end of the block it has to come back, and the program to be told."""
    events = running.events(AdapterLost, AdapterBack)
    await away
    async with asyncio.timeout(10):
        lost = await anext(events)
        assert isinstance(lost, AdapterLost), lost
        assert lost.reason == reason, lost
        yield
        back = await anext(events)
        assert isinstance(back, AdapterBack), back
    print(f"{reason}, and back:", back.adapter)


async def is_as_before(air: Air, phone: Phone, tank: Tank, adverts: set[tuple[bytes, bytes]]) -> None:
    """Both advertisements are heard as they were; the phone reads what was assigned meanwhile, and hears."""
    heard: set[tuple[bytes, bytes]] = set()

    def has_all(advert: Advert) -> bool:
        heard.add((advert.data, advert.scan_response))
        return heard >= adverts

    await air.hear(has_all)
    assert heard == adverts, (heard, adverts)
    peer = await phone.connect(await phone.find(name="Tank"))
    assert await peer.read(LEVEL) == bytes([tank.level])
    subscribed = await peer.subscribe(LEVEL)
    tank.level += 1
    while (await subscribed.wait(len(subscribed.values) + 1))[-1] != bytes([tank.level]):
        print("kept for those who were there a moment before:", subscribed.values)
    await peer.disconnect()


async def story() -> None:
    tank, other = Tank(), Advertisement(name="Other", manufacturer_data={0xFFFF: b"\x01\x02"})
    async with radio() as air, Peripheral(tank, other, Advertisement(name="Tank")) as running, person() as somebody:
        ann = await air.phone("Ann")
        adverts = {(advert.data, advert.scan_response) for advert in await air.hears(1.5)}
        assert len(adverts) == 2, adverts
        for reason, away, back in (
            ("removed", air.unplug, air.plug),
            ("off", partial(somebody.power, on=False), partial(somebody.power, on=True)),
            ("off", partial(rfkill, block=True), partial(rfkill, block=False)),
        ):
            async with gone(running, reason, away()):
                tank.level += 10
                await back()
            await is_as_before(air, ann, tank, adverts)
