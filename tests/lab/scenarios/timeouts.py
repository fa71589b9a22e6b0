"""A handler that takes too long is ended: the phone gets 0x0E in time, the log says why, and the next request works.

bluetoothd gives every request five seconds, and the declaration no more.
"""

import asyncio
import logging
import time

from gattschema import Peripheral, ReadWrite, Service, UInt8, characteristic
from tests.lab.air import Peer, radio, refused

SLOW, ENDLESS = "AAF1", "AAF2"
OF_BLUETOOTHD = 5.0


class Sloth(Service, uuid="510e0000-7e57-4c0d-8a11-000000000001"):
    slow: ReadWrite[UInt8] = characteristic(default=1, uuid=SLOW, timeout=0.5)
    endless: ReadWrite[UInt8] = characteristic(default=2, uuid=ENDLESS, timeout=5.0)

    def __init__(self) -> None:
        super().__init__()
        self.pause = 60.0
        self.cancelled = 0

    async def _wait(self) -> None:
        try:
            await asyncio.sleep(self.pause)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    @slow.on_read
    async def _read(self) -> int:
        await self._wait()
        return 1

    @slow.on_write
    async def _write(self, _value: int) -> None:
        await self._wait()

    @endless.on_read
    async def _read_endlessly(self) -> int:
        await self._wait()
        return 2


async def seconds(peer: Peer, uuid: str, octets: bytes | None = None) -> float:
    """How long it takes until the phone is told that nothing comes of it."""
    begin = time.monotonic()
    with refused(0x0E):
        await (peer.read(uuid) if octets is None else peer.write(uuid, octets))
    return time.monotonic() - begin


async def in_time(peer: Peer, sloth: Sloth) -> None:
    """Reading and writing."""
    assert 0.4 < await seconds(peer, SLOW) < 2
    assert 0.4 < await seconds(peer, SLOW, b"\x05") < 2
    assert sloth.cancelled == 2


async def no_longer_than_bluetoothd(peer: Peer) -> None:
    assert OF_BLUETOOTHD - 1 < await seconds(peer, ENDLESS) < OF_BLUETOOTHD + 2


async def story() -> None:
    logging.basicConfig(level=logging.WARNING)
    sloth = Sloth()
    async with radio() as air, Peripheral(sloth, name="Sloth"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Sloth"))
        await in_time(peer, sloth)
        await no_longer_than_bluetoothd(peer)
        sloth.pause = 0.0
        assert await peer.read(SLOW) == b"\x01"
        await peer.write(SLOW, b"\x06")
        await peer.disconnect()
