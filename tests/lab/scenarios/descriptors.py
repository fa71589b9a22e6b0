"""Descriptors: a phone reads what a value means, however long that is, and can write none of it."""

from gattschema import Descriptor, Peripheral, ReadNotify, Service, UInt8, characteristic
from tests.lab.air import radio, refused

LEVEL = "AAD1"
NOTE = "DE5C0000-7E57-4C0D-8A11-000000000002"
STORY = "How full the tank is, in a sentence that no phone gets in one piece. " * 7


class Tank(Service, uuid="de5c0000-7e57-4c0d-8a11-000000000001"):
    level: ReadNotify[UInt8] = characteristic(
        default=1, uuid=LEVEL, description=STORY, descriptors=(Descriptor(NOTE, b"\x01\x02"),)
    )


async def story() -> None:
    async with radio() as air, Peripheral(Tank(), name="Tank"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Tank"))
        print(peer.tree())
        assert await peer.read(LEVEL, descriptor="2901") == STORY.encode()
        assert await peer.read(LEVEL, descriptor=NOTE) == b"\x01\x02"
        for each in ("2901", NOTE):
            with refused(0x03):
                await peer.write(LEVEL, b"!", descriptor=each)
        await peer.disconnect()
