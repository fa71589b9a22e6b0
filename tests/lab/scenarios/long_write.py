"""A value of 512 octets, the longest there is, is written whole and read whole."""

from typing import Annotated

from gattschema import Octets, Peripheral, ReadWrite, Service, characteristic
from tests.lab.air import AttRefused, Peer, radio, release_can

BLOB = "B10B"
LONGEST = bytes(range(256)) * 2


class Archive(Service, uuid="a7c00000-1111-4222-8333-444455556667"):
    blob: ReadWrite[Annotated[bytes, Octets(max=512)]] = characteristic(default=b"", uuid=BLOB)


async def arrives(peer: Peer, archive: Archive, octets: bytes) -> bool:
    """Whether the octets arrive; they do as they were sent, or not at all."""
    before = archive.blob
    try:
        await peer.write(BLOB, octets)
    except AttRefused as error:
        print(f"{len(octets)} octets: {error}")
        assert archive.blob == before
        return False
    assert archive.blob == await peer.read(BLOB) == octets
    return True


async def story() -> None:
    archive = Archive()
    async with radio() as air, Peripheral(archive, name="Archive"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Archive"))
        for length in (0, 1, 243, 244, 245, 484, 508):
            assert await arrives(peer, archive, LONGEST[:length]), length
        release_can(
            "a write of 512 octets, the longest there is",
            await arrives(peer, archive, LONGEST),
            since="5.69",
            otherwise="no more than 508 octets; for a longer value the phone sees 0x0D",
        )
        archive.blob = LONGEST
        assert await peer.read(BLOB) == LONGEST, "reading was never limited"
        await peer.disconnect()
