"""Services come and go under a connected phone: it is told where (Service Changed), and finds just what is there.

What stays is not disturbed: its subscription goes on.
"""

from gattschema import Peripheral, ReadNotify, Service, UInt8, characteristic
from tests.lab.air import Heard, Peer, radio

HOUSE, GUEST = "c0de0000-7e57-4c0d-8a11-000000000001", "c0de0000-7e57-4c0d-8a11-000000000002"
RESIDENT, VISITOR = "AAE2", "AAE3"


class House(Service, uuid=HOUSE):
    resident: ReadNotify[UInt8] = characteristic(default=1, uuid=RESIDENT)


class Guest(Service, uuid=GUEST):
    visitor: ReadNotify[UInt8] = characteristic(default=2, uuid=VISITOR)


def ranges(heard: Heard) -> list[tuple[int, int]]:
    """The first and last handle of each change."""
    return [(int.from_bytes(value[:2], "little"), int.from_bytes(value[2:], "little")) for value in heard.values]


async def a_guest_comes(peer: Peer, running: Peripheral, changes: Heard, guest: Guest) -> None:
    await running.add(guest)
    await changes.wait(1)
    await peer.discover()
    print("changed:", *(f"0x{first:04X} to 0x{last:04X}" for first, last in ranges(changes)))
    assert any(first <= peer.handle(VISITOR) <= last for first, last in ranges(changes))
    assert await peer.read(VISITOR) == bytes([guest.visitor])
    heard = await peer.subscribe(VISITOR)
    guest.visitor += 1
    assert await heard.wait(1) == [bytes([guest.visitor])]


async def the_guest_goes(peer: Peer, running: Peripheral, changes: Heard, guest: Guest) -> None:
    count, handle = len(changes.values), peer.handle(VISITOR)
    await running.remove(guest)
    await changes.wait(count + 1)
    assert any(first <= handle <= last for first, last in ranges(changes)[count:])
    await peer.discover()
    assert GUEST.upper() not in peer.tree()
    guest.visitor += 1


async def the_house_stands(peer: Peer, house: House, heard: Heard, level: int) -> None:
    house.resident = level
    assert (await heard.wait(len(heard.values) + 1))[-1] == bytes([level])
    assert await peer.read(RESIDENT) == bytes([level])


async def story() -> None:
    house, guest = House(), Guest()
    async with radio() as air, Peripheral(house, name="House") as running:
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="House"))
        changes = await peer.subscribe("2A05")
        heard = await peer.subscribe(RESIDENT)
        for visit in range(3):
            await a_guest_comes(peer, running, changes, guest)
            await the_house_stands(peer, house, heard, 10 + visit)
            await the_guest_goes(peer, running, changes, guest)
            await the_house_stands(peer, house, heard, 20 + visit)
            changes.values.clear()
        await peer.disconnect()
