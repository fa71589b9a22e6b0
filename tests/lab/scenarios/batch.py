"""A batch: several assignments leave together when the block ends, and none of them where it fails."""

import asyncio

from gattschema import Peripheral, ReadNotify, Service, UInt8, characteristic
from tests.lab.air import Heard, Peer, radio

LEFT, RIGHT = "AAF4", "AAF5"


class Wheels(Service, uuid="ba7c0000-7e57-4c0d-8a11-000000000001"):
    left: ReadNotify[UInt8] = characteristic(default=0, uuid=LEFT)
    right: ReadNotify[UInt8] = characteristic(default=0, uuid=RIGHT)


async def together(peer: Peer, wheels: Wheels, heard: list[Heard]) -> None:
    """Nothing is heard while the block lasts; then the newest of each is, in the order of the assignments."""
    with wheels.batch():
        wheels.right = 1
        wheels.left = 2
        wheels.right = 3
        await asyncio.sleep(0.5)
        assert [one.values for one in heard] == [[], []]
        assert await peer.read(RIGHT) == b"\x03"
    assert [await one.wait(1) for one in heard] == [[b"\x02"], [b"\x03"]]
    await asyncio.sleep(0.3)
    assert [len(one.values) for one in heard] == [1, 1]


async def not_at_all(peer: Peer, wheels: Wheels, heard: list[Heard]) -> None:
    try:
        with wheels.batch():
            wheels.left = 8
            wheels.right = 300
    except ValueError as error:
        print(error)
    else:
        raise AssertionError("300 is no octet")
    assert (wheels.left, wheels.right) == (2, 3)
    assert [await peer.read(uuid) for uuid in (LEFT, RIGHT)] == [b"\x02", b"\x03"]
    await asyncio.sleep(0.3)
    assert [len(one.values) for one in heard] == [1, 1]


async def story() -> None:
    wheels = Wheels()
    async with radio() as air, Peripheral(wheels, name="Wheels"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Wheels"))
        heard = [await peer.subscribe(uuid) for uuid in (LEFT, RIGHT)]
        await together(peer, wheels, heard)
        await not_at_all(peer, wheels, heard)
        await peer.disconnect()
