"""An indication is confirmed by the phone, and the program can wait for that; a phone that keeps silent is not taken for one.

It is the same over the bus and over sockets, which only tell it since BlueZ 5.80.
"""

import asyncio

from gattschema import Indicate, Peripheral, Service, UInt8, characteristic
from tests.lab.air import Peer, radio, release_can

ALARM, QUICK = "AAA1", "AAA2"


class Room(Service, uuid="1d1c0000-7e57-4c0d-8a11-000000000001"):
    alarm: Indicate[UInt8] = characteristic(default=0, uuid=ALARM)
    quick: Indicate[UInt8] = characteristic(default=0, uuid=QUICK, transport="socket")


async def nobody_listens(room: Room) -> None:
    room.alarm = 1
    assert not await Room.alarm.of(room).confirmed(within=1)


async def heard_and_confirmed(peer: Peer, room: Room) -> None:
    alarm = Room.alarm.of(room)
    heard = await peer.subscribe(ALARM)
    assert alarm.subscribers == 1
    for level in (1, 2, 3):
        room.alarm = level
        assert await alarm.confirmed(within=5)
        assert heard.values[-1] == bytes([level])
    assert peer.confirmed == 3


async def heard_and_not_confirmed(peer: Peer, room: Room) -> None:
    """The phone hears it and says nothing; when it does at last, that counts."""
    with peer.unconfirmed():
        room.alarm = 4
        assert not await Room.alarm.of(room).confirmed(within=1)
        late = asyncio.create_task(Room.alarm.of(room).confirmed(within=10))
        await asyncio.sleep(0.2)
        assert not late.done()
    assert await late


async def over_a_socket(peer: Peer, room: Room) -> None:
    quick = Room.quick.of(room)
    heard = await peer.subscribe(QUICK)
    before = peer.confirmed
    room.quick = 5
    told = await quick.confirmed(within=3)
    assert await heard.wait(1) == [b"\x05"]
    assert peer.confirmed == before + 1
    release_can("x", told, since="5.80", otherwise="x")


async def story() -> None:
    room = Room()
    async with radio() as air, Peripheral(room, name="Room"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Room"))
        await nobody_listens(room)
        await heard_and_confirmed(peer, room)
        await heard_and_not_confirmed(peer, room)
        await over_a_socket(peer, room)
        await peer.disconnect()
