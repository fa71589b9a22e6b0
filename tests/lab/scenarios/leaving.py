"""Leaving the block sends what waits: a phone hears all 500 values of a thread that was quicker than the daemon."""

import asyncio

from gattschema import Notify, Peripheral, Service, UInt32, characteristic
from tests.lab.air import radio

SAMPLE = "AAAC"


class Log(Service, uuid="f100d000-0000-4000-8000-000000000002"):
    sample: Notify[UInt32] = characteristic(default=0, uuid=SAMPLE, policy="every")


def measure(log: Log) -> None:
    for number in range(1, 501):
        log.sample = number


async def story() -> None:
    log = Log()
    async with radio() as air:
        async with Peripheral(log, name="Log"):
            phone = await air.phone("Ann")
            peer = await phone.connect(await phone.find(name="Log"))
            heard = await peer.subscribe(SAMPLE)
            await asyncio.to_thread(measure, log)
        values = await heard.wait(500, within=30)
        assert values == [number.to_bytes(4, "little") for number in range(1, 501)]
        print("heard", len(values), "of 500, in order")
        await peer.disconnect()
