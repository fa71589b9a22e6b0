"""A phone that hangs up in the middle of a read leaves nothing behind in the program, whatever bluetoothd makes of it.

The handler comes to its end, nobody waits for it, and where bluetoothd does not survive that the program is told, and
is back with the next one.
"""

import asyncio
import contextlib

from gattschema import Peripheral, Read, Service, UInt32, characteristic
from gattschema.events import BluezBack, BluezLost
from tests.lab.air import Phone, alive, killed, radio

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


async def comes_back(peripheral: Peripheral) -> None:
    """systemd would start the next one."""
    back = peripheral.events(BluezBack)
    with killed("bluetoothd"):
        pass
    async with asyncio.timeout(15):
        await anext(back)


async def story() -> None:
    slow = Slow()
    async with radio() as air, Peripheral(slow, name="Slow") as peripheral:
        losses: list[BluezLost] = []
        peripheral.on(BluezLost, losses.append)
        phone = await air.phone("Ann")
        tasks = len(asyncio.all_tasks())
        await hang_up_in_the_middle(phone, slow)
        assert len(asyncio.all_tasks()) == tasks, asyncio.all_tasks()
        await asyncio.sleep(DEAD_BY_THEN)
        if not alive("bluetoothd"):
            print("bluetoothd did not survive it (bluez#2447)")
            assert losses == [BluezLost()]
            await comes_back(peripheral)
        await next_phone(phone)
