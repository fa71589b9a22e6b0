"""A phone that leaves may take the socket of another along (bluez#1452): that other one still hears every value.

It is the same whether a phone hangs up or unsubscribes, and whoever comes anew hears as well.
"""

import asyncio

from gattschema import Notify, Peripheral, Service, UInt32, characteristic
from tests.lab.air import Air, Heard, Peer, adverts, radio

SAMPLE = "AAAC"


class Meter(Service, uuid="f100d000-0000-4000-8000-000000000007"):
    sample: Notify[UInt32] = characteristic(default=0, uuid=SAMPLE, policy="every", transport="socket")


class Listener:
    """A phone that has subscribed, and what it has to have heard."""

    def __init__(self, peer: Peer, heard: Heard) -> None:
        self.peer = peer
        self.heard = heard
        self.wanted: list[bytes] = []


async def listener(air: Air, name: str) -> Listener:
    phone = await air.phone(name)
    peer = await phone.connect(await phone.find(name="Meter"))
    return Listener(peer, await peer.subscribe(SAMPLE))


async def all_hear(meter: Meter, listeners: list[Listener], first: int) -> None:
    """Fifty more values."""
    values = [number.to_bytes(4, "little") for number in range(first, first + 50)]
    for number in range(first, first + 50):
        meter.sample = number
    for one in listeners:
        one.wanted += values
        assert await one.heard.wait(len(one.wanted)) == one.wanted
    await asyncio.sleep(0.3)
    for one in listeners:
        assert one.heard.values == one.wanted, "once each"


async def story() -> None:
    meter = Meter()
    async with radio() as air, Peripheral(meter, name="Meter"), adverts("Meter", 2):
        ann, ben, cleo = [await listener(air, name) for name in ("Ann", "Ben", "Cleo")]
        await all_hear(meter, [ann, ben, cleo], 0)
        await ben.peer.disconnect()
        await asyncio.sleep(0.5)
        await all_hear(meter, [ann, cleo], 100)
        dora = await listener(air, "Dora")
        await all_hear(meter, [ann, cleo, dora], 200)
        await ann.peer.unsubscribe(SAMPLE)
        await asyncio.sleep(0.5)
        await all_hear(meter, [cleo, dora], 300)
        for one in (ann, cleo, dora):
            await one.peer.disconnect()
        await asyncio.sleep(0.5)
        assert Meter.sample.of(meter).subscribers == 0
