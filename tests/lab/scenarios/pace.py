"""A pace is kept on the air: no more notifications than the interval allows, none for a change that is too small."""

import asyncio
from typing import Annotated

from gattschema import Notify, Peripheral, ReadNotify, Scale, Service, SInt16, UInt8, characteristic
from tests.lab.air import Peer, radio

NEWEST, ALL, WARMTH = "AAF1", "AAF2", "AAF3"
INTERVAL = 0.4
LEEWAY = 0.2
"""Seconds by which the first may come late to the phone, and the last early."""
Celsius = Annotated[float, SInt16, Scale(decimal=-2)]


class Sensor(Service, uuid="9ace0000-7e57-4c0d-8a11-000000000001"):
    newest: Notify[UInt8] = characteristic(default=0, uuid=NEWEST, min_interval=INTERVAL)
    all: Notify[UInt8] = characteristic(default=0, uuid=ALL, min_interval=INTERVAL, policy="every")
    warmth: ReadNotify[Celsius] = characteristic(default=20.0, uuid=WARMTH, min_change=0.5)


def keeps_the_pace(times: list[float]) -> None:
    """So many intervals lie between the first and the last as there are steps."""
    print("came after", *(f"{time - times[0]:.2f}" for time in times), "s")
    assert times[-1] - times[0] > (len(times) - 1) * INTERVAL - LEEWAY


async def only_the_newest(peer: Peer, sensor: Sensor) -> None:
    """The first goes at once; of the others the newest follows when the interval is over."""
    heard = await peer.subscribe(NEWEST)
    for number in range(1, 101):
        sensor.newest = number
        await asyncio.sleep(0.01)
    await asyncio.sleep(2 * INTERVAL)
    numbers = [value[0] for value in heard.values]
    print("heard", numbers)
    assert (numbers[0], numbers[-1]) == (1, 100)
    assert numbers == sorted(set(numbers))
    keeps_the_pace(heard.times)


async def all_in_order(peer: Peer, sensor: Sensor) -> None:
    heard = await peer.subscribe(ALL)
    for number in range(1, 6):
        sensor.all = number
    assert await heard.wait(5) == [bytes([number]) for number in range(1, 6)]
    keeps_the_pace(heard.times)


async def large_changes(peer: Peer, sensor: Sensor) -> None:
    """It is compared with what was heard last, not with what was assigned last; a phone reads the newest."""
    heard = await peer.subscribe(WARMTH)
    for degrees in (20.1, 20.4, 20.7, 21.0, 20.9, 20.3):
        sensor.warmth = degrees
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    told = [int.from_bytes(value, "little") / 100 for value in heard.values]
    print("heard", told)
    assert told == [20.1, 20.7]
    assert await peer.read(WARMTH) == (2030).to_bytes(2, "little")


async def story() -> None:
    sensor = Sensor()
    async with radio() as air, Peripheral(sensor, name="Sensor"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Sensor"))
        await only_the_newest(peer, sensor)
        await all_in_order(peer, sensor)
        await large_changes(peer, sensor)
        await peer.disconnect()
