"""Two instances of one service: each has values and subscribers of its own."""

from gattschema import Peripheral, ReadWriteNotify, Service, UInt8, characteristic
from tests.lab.air import radio

LEVEL = "AAAA"


class Lamp(Service, uuid="1a3b0000-7e57-4c0d-8a11-0123456789ab"):
    """A lamp that is told a level."""

    level: ReadWriteNotify[UInt8] = characteristic(uuid=LEVEL)


async def story() -> None:
    left, right = Lamp(level=10), Lamp(level=20)
    async with radio() as air, Peripheral(left, right, name="Lamps"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Lamps"))
        print(peer.tree())
        assert await peer.read(LEVEL, index=0) == b"\x0a"
        assert await peer.read(LEVEL, index=1) == b"\x14"

        await peer.write(LEVEL, b"\x63", index=1)
        assert (left.level, right.level) == (10, 99)

        heard_left = await peer.subscribe(LEVEL, index=0)
        heard_right = await peer.subscribe(LEVEL, index=1)
        for level in range(5):
            left.level, right.level = level, 100 + level
        assert await heard_left.wait(5) == [bytes([level]) for level in range(5)]
        assert await heard_right.wait(5) == [bytes([100 + level]) for level in range(5)]
        await peer.disconnect()
