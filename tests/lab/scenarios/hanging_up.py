"""A phone that hangs up in the middle of a read leaves nothing behind in the program, whatever bluetoothd makes of it.

The handler comes to its end, nobody waits for it, and where bluetoothd does not survive that the program is told.
"""

import asyncio
import contextlib

from gattschema import ConnectionLost, Peripheral, Read, Service, UInt32, characteristic
from tests.lab.air import Phone, alive, radio

SLOW = "AAAD"
DEAD_BY_THEN = 6.0
"""Seconds: bluetoothd gives each read five, then answers it over a channel that it has freed (bluez#2447)."""


class Slow(Service, uuid="f100d000-0000-4000-8000-000000000004"):
    slow: Read[UInt32] = characteristic(init=False, uuid=SLOW)

    def __init__(self) -> None:
        super().__init__()
        self.answered = 0

    @slow.on_read
    async def _slowly(self) -> int:
        await asyncio.sleep(0.5)
        self.answered += 1
        return self.answered


async def hang_up_in_the_middle(phone: Phone, slow: Slow) -> None:
    peer = await phone.connect(await phone.find(name="Slow"))
    reading = asyncio.create_task(peer.read(SLOW))
    await asyncio.sleep(0.2)
    await peer.disconnect()
    with contextlib.suppress(ConnectionError):
        await reading
    assert slow.answered == 0, "the handler was still at it"
    await asyncio.sleep(0.6)
    assert slow.answered == 1, "it came to its end"


async def next_phone(phone: Phone) -> None:
    peer = await phone.connect(await phone.find(name="Slow"))
    assert await peer.read(SLOW) == b"\x02\x00\x00\x00"
    await peer.disconnect()


async def program_is_told(peripheral: Peripheral) -> None:
    try:
        async with asyncio.timeout(5):
            await peripheral.wait_lost()
    except ConnectionLost as lost:
        print("the program is told:", lost)


async def story() -> None:
    slow = Slow()
    async with radio() as air, Peripheral(slow, name="Slow") as peripheral:
        phone = await air.phone("Ann")
        tasks = len(asyncio.all_tasks())
        await hang_up_in_the_middle(phone, slow)
        assert len(asyncio.all_tasks()) == tasks, asyncio.all_tasks()
        await asyncio.sleep(DEAD_BY_THEN)
        if alive("bluetoothd"):
            await next_phone(phone)
        else:
            print("bluetoothd did not survive it (bluez#2447)")
            await program_is_told(peripheral)
