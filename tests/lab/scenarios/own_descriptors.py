"""Descriptors with a value of their own: read, written, computed, refused and protected like any characteristic.

One of them is the User Description (0x2901) that a phone may change: its characteristic says so (0x2900).
"""

from typing import Annotated

from gattschema import (
    AttError,
    Peripheral,
    Read,
    ReadNotify,
    ReadWrite,
    Service,
    SInt8,
    UInt8,
    Utf8,
    characteristic,
    descriptor,
)
from tests.lab.air import Peer, agent, just_works, radio, refused

LEVEL, OFFSET, COUNT, SECRET = "AAD1", "AAD2", "AAD3", "AAD4"


class Tank(Service, uuid="de5c0000-7e57-4c0d-8a11-000000000003"):
    level: ReadNotify[UInt8] = characteristic(default=50, uuid=LEVEL)
    characteristic_user_description: ReadWrite[Annotated[str, Utf8(max=300)]] = descriptor(of=level, default="Rain")
    offset: ReadWrite[SInt8] = descriptor(of=level, uuid=OFFSET, default=0)
    count: Read[UInt8] = descriptor(of="level", uuid=COUNT, init=False)
    secret: ReadWrite[UInt8] = descriptor(of=level, uuid=SECRET, default=7, security="encrypted")

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    @count.on_read
    def _count(self) -> int:
        self.asked += 1
        return self.asked

    @offset.on_write
    async def _offset(self, value: int) -> None:
        if value < 0:
            raise AttError(0x81, "never below the ground")


async def written(peer: Peer, tank: Tank) -> None:
    """A handler is asked, a type is kept to, and `tank.offset` is the value."""
    await peer.write(LEVEL, b"\x05", descriptor=OFFSET)
    assert tank.offset == 5
    with refused(0x81):
        await peer.write(LEVEL, b"\xff", descriptor=OFFSET)
    with refused(0x0D):
        await peer.write(LEVEL, b"\x05\x00", descriptor=OFFSET)
    tank.offset = 9
    assert await peer.read(LEVEL, descriptor=OFFSET) == b"\x09"


async def computed(peer: Peer) -> None:
    """A handler answers, and there is nothing to write."""
    assert [await peer.read(LEVEL, descriptor=COUNT) for _ in range(2)] == [b"\x01", b"\x02"]
    with refused(0x03):
        await peer.write(LEVEL, b"\x01", descriptor=COUNT)


async def renamed(peer: Peer, tank: Tank) -> None:
    """The description is the phone's to change, even to one that is longer than a packet."""
    name = "The tank behind the house, where the old pear tree stood. " * 5
    assert await peer.read(LEVEL, descriptor="2901") == b"Rain"
    assert await peer.read(LEVEL, descriptor="2900") == b"\x02\x00", "writable auxiliaries"
    await peer.write(LEVEL, name.encode(), descriptor="2901")
    assert tank.characteristic_user_description == name
    assert await peer.read(LEVEL, descriptor="2901") == name.encode()


async def protected(peer: Peer, tank: Tank) -> None:
    """Only who has paired reads and writes it."""
    with refused(0x0F):
        await peer.read(LEVEL, descriptor=SECRET)
    with refused(0x0F):
        await peer.write(LEVEL, b"\x08", descriptor=SECRET)
    async with agent("NoInputNoOutput"):
        await peer.pair()
    assert await peer.read(LEVEL, descriptor=SECRET) == b"\x07"
    await peer.write(LEVEL, b"\x08", descriptor=SECRET)
    assert tank.secret == 8


async def story() -> None:
    tank = Tank()
    async with radio() as air, Peripheral(tank, name="Tank"):
        phone = await air.phone("Ann", pairing=just_works())
        peer = await phone.connect(await phone.find(name="Tank"))
        print(peer.tree())
        await written(peer, tank)
        await computed(peer)
        await renamed(peer, tank)
        await protected(peer, tank)
        await peer.disconnect()
