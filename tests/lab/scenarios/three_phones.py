"""Three phones listen at once; one of them hangs up in the middle, and the others hear every value.

The controller stops an advertisement that a phone has connected by; it is on the air again for the next one.
"""

import asyncio

from gattschema import Notify, Peripheral, Service, UInt32, characteristic
from gattschema.events import Connected
from tests.lab.air import Air, Heard, Peer, radio

SAMPLE = "AAAC"


class Meter(Service, uuid="f100d000-0000-4000-8000-000000000003"):
    sample: Notify[UInt32] = characteristic(default=0, uuid=SAMPLE, policy="every")

    def __init__(self) -> None:
        super().__init__()
        self.told: list[int] = []

    @sample.on_subscription
    def _told(self, subscribers: int) -> None:
        self.told.append(subscribers)


async def listens(air: Air, name: str) -> tuple[Peer, Heard]:
    phone = await air.phone(name)
    peer = await phone.connect(await phone.find(name="Meter"))
    return peer, await peer.subscribe(SAMPLE)


async def measure(meter: Meter, numbers: range) -> None:
    for number in numbers:
        meter.sample = number
        await asyncio.sleep(0.01)


async def hears_all(heard: Heard, count: int) -> None:
    assert await heard.wait(count) == [number.to_bytes(4, "little") for number in range(count)]


async def one_leaves_in_the_middle(meter: Meter, peer: Peer, heard: Heard) -> None:
    """What it has heard until then is in order, too."""
    stream = asyncio.create_task(measure(meter, range(50, 150)))
    await heard.wait(60)
    await peer.disconnect()
    await stream
    count = len(heard.values)
    print(f"heard {count} of 150 before leaving")
    assert 60 <= count < 150
    await hears_all(heard, count)


async def story() -> None:
    meter = Meter()
    arrivals: list[str] = []
    async with radio() as air, Peripheral(meter, name="Meter") as running:
        running.on(Connected, lambda event: arrivals.append(event.device.address))
        (ann, by_ann), (ben, by_ben), (cleo, by_cleo) = [await listens(air, name) for name in ("Ann", "Ben", "Cleo")]
        assert meter.told == [1, 2, 3]
        assert len(arrivals) == len(running.centrals) == 3, (arrivals, running.centrals)
        await measure(meter, range(50))
        await one_leaves_in_the_middle(meter, ben, by_ben)
        for heard in (by_ann, by_cleo):
            await hears_all(heard, 150)
        await ann.disconnect()
        await measure(meter, range(150, 160))
        await hears_all(by_cleo, 160)
        await cleo.disconnect()
        await asyncio.sleep(0.5)
        print("subscribers, as the program was told:", meter.told)
        assert meter.told[-1] == 0
