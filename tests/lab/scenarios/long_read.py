"""A value of 300 octets is read whole, each read from one snapshot, even while the value changes."""

import asyncio
from typing import Annotated

from gattschema import Octets, Peripheral, ReadWrite, Service, characteristic
from tests.lab.air import Peer, radio

BLOB = "0000b10b-0000-1000-8000-00805f9b34fb"


class Archive(Service, uuid="a7c00000-1111-4222-8333-444455556666"):
    blob: ReadWrite[Annotated[bytes, Octets(max=512)]] = characteristic(default=bytes(300), uuid="B10B")


async def change_all_the_time(archive: Archive) -> None:
    for number in range(1_000_000):
        archive.blob = bytes([number % 256]) * 300
        await asyncio.sleep(0)


async def read_while_it_changes(peer: Peer, archive: Archive) -> None:
    restless = asyncio.create_task(change_all_the_time(archive))
    values = [await peer.read(BLOB) for _ in range(20)]
    restless.cancel()
    assert all(len(value) == 300 and len(set(value)) == 1 for value in values), "a torn read"
    print("read", len(values), "times,", len(set(values)), "different values, none torn")
    assert len(set(values)) > 1, "the value did not change meanwhile, so this proved nothing"


async def story() -> None:
    archive = Archive(blob=bytes(range(256)) + bytes(44))
    async with radio() as air, Peripheral(archive, name="Archive"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Archive"))
        assert await peer.read(BLOB) == archive.blob
        await peer.write(BLOB, bytes(reversed(range(200))))
        assert archive.blob == bytes(reversed(range(200)))
        longest = bytes(range(256)) * 2
        archive.blob = longest
        assert await peer.read(BLOB) == longest
        await read_while_it_changes(peer, archive)
        await peer.disconnect()
