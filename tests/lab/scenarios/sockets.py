"""Sockets: each phone hears every value just once, and a value for one phone alone reaches that one.

The number of subscribers is exact; an old BlueZ, which cannot reach one alone, is not asked to.
"""

import asyncio

from gattschema import Notify, Peripheral, Service, UInt32, characteristic
from tests.lab.air import Air, Heard, Peer, adverts, bluez, radio, release_can

SAMPLE = "AAAC"
NAMES = ("Ann", "Ben", "Cleo")
BEN = "F0:00:00:00:00:02"
FOR_BEN = 4242


class Meter(Service, uuid="f100d000-0000-4000-8000-000000000006"):
    sample: Notify[UInt32] = characteristic(default=0, uuid=SAMPLE, policy="every", transport="socket")

    def __init__(self) -> None:
        super().__init__()
        self.told: list[int] = []

    @sample.on_subscription
    def _told(self, subscribers: int) -> None:
        self.told.append(subscribers)


def octets(*numbers: int) -> list[bytes]:
    return [number.to_bytes(4, "little") for number in numbers]


async def everybody_listens(air: Air) -> tuple[list[Peer], list[Heard]]:
    peers, heard = [], []
    for name in NAMES:
        phone = await air.phone(name)
        peers.append(await phone.connect(await phone.find(name="Meter")))
        heard.append(await peers[-1].subscribe(SAMPLE))
    return peers, heard


async def everybody_hears(meter: Meter, heard: list[Heard]) -> None:
    for number in range(200):
        meter.sample = number
    for listener in heard:
        assert await listener.wait(200) == octets(*range(200))
    await asyncio.sleep(0.3)
    assert [len(listener.values) for listener in heard] == [200] * 3, "each value once"


async def one_alone(meter: Meter, heard: list[Heard]) -> bool:
    """Whether it can be done at all; if so nobody else hears it."""
    try:
        Meter.sample.of(meter).notify(FOR_BEN, to=BEN)
    except LookupError as error:
        print(error)
        return False
    await heard[1].wait(201)
    meter.sample = 200
    for listener in (heard[0], heard[2]):
        assert await listener.wait(201) == octets(*range(201))
    assert await heard[1].wait(202) == octets(*range(200), FOR_BEN, 200)
    return True


async def story() -> None:
    meter = Meter()
    async with radio() as air, Peripheral(meter, name="Meter") as peripheral, adverts("Meter", 2):
        assert peripheral.release == bluez()
        peers, heard = await everybody_listens(air)
        await everybody_hears(meter, heard)
        release_can(
            "`notify(value, to=…)`: a value for one phone alone, over its socket",
            await one_alone(meter, heard),
            since="5.76",
            otherwise="it raises LookupError; assignments reach everybody",
        )
        assert meter.told == [1, 2, 3]
        assert Meter.sample.of(meter).subscribers == 3
        for peer in peers:
            await peer.disconnect()
