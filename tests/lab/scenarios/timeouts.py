"""A handler that takes too long is ended: the phone gets 0x0E in time, the log says why, and the next request works."""

import asyncio
import logging
import time

from gattschema import Peripheral, ReadWrite, Service, UInt8, characteristic
from tests.lab.air import Peer, radio, refused

SLOW, SLOWER = "AAF1", "AAF2"


class Sloth(Service, uuid="510e0000-7e57-4c0d-8a11-000000000001"):
    slow: ReadWrite[UInt8] = characteristic(default=1, uuid=SLOW, timeout=0.5)
    slower: ReadWrite[UInt8] = characteristic(default=2, uuid=SLOWER)

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

    @slower.on_read
    async def _read_slower(self) -> int:
        await self._wait()
        return 2


async def seconds(peer: Peer, uuid: str, octets: bytes | None = None) -> float:
    """How long it takes until the phone is told that nothing comes of it."""
    begin = time.monotonic()
    with refused(0x0E):
        await (peer.read(uuid) if octets is None else peer.write(uuid, octets))
    return time.monotonic() - begin


async def story() -> None:
    logging.basicConfig(level=logging.WARNING)
    sloth = Sloth()
    async with radio() as air, Peripheral(sloth, name="Sloth"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Sloth"))
        print(await seconds(peer, SLOW), await seconds(peer, SLOW, b"\x05"), sloth.cancelled)
        print(await seconds(peer, SLOWER), sloth.cancelled)
        sloth.pause = 0.0
        assert await peer.read(SLOW) == b"\x01"
        await peer.disconnect()
