"""Three phones listen at once; one of them leaves in the middle, and the other two hear every value."""

import asyncio

from gattschema import Notify, Peripheral, Service, UInt32, characteristic
from tests.lab.air import Heard, Peer, adverts, radio

SAMPLE = "AAAC"
NAMES = ("Ann", "Ben", "Cleo")


class Meter(Service, uuid="f100d000-0000-4000-8000-000000000003"):
    sample: Notify[UInt32] = characteristic(default=0, uuid=SAMPLE, policy="every")


async def measure(meter: Meter, first: int, count: int) -> None:
    for number in range(first, first + count):
        meter.sample = number
        await asyncio.sleep(0.01)


def octets(first: int, count: int) -> list[bytes]:
    return [number.to_bytes(4, "little") for number in range(first, first + count)]


async def story() -> None:
    meter = Meter()
    async with radio() as air, Peripheral(meter, name="Meter"), adverts("Meter", 2):
        peers: list[Peer] = []
        heard: list[Heard] = []
        for name in NAMES:
            phone = await air.phone(name)
            peers.append(await phone.connect(await phone.find(name="Meter")))
            heard.append(await peers[-1].subscribe(SAMPLE))
        await measure(meter, 0, 50)
        stream = asyncio.create_task(measure(meter, 50, 100))
        await asyncio.sleep(0.3)
        await peers[1].disconnect()
        await stream
        for listener in (heard[0], heard[2]):
            assert await listener.wait(150) == octets(0, 150)
        print("Ben heard", len(heard[1].values), "before he left")
        assert 50 <= len(heard[1].values) < 150
        assert heard[1].values == octets(0, len(heard[1].values))
        await peers[0].disconnect()
        await measure(meter, 150, 10)
        assert await heard[2].wait(160) == octets(0, 160)
        await peers[2].disconnect()
