"""An indication is confirmed by the phone, and the program can wait for that, over the bus as over sockets.

A phone that keeps silent has confirmed nothing, until it does.
"""

import asyncio

from gattschema import Indicate, Peripheral, Service, UInt8, characteristic
from tests.lab.air import Peer, radio

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
    for level in (5, 6):
        room.quick = level
        assert await quick.confirmed(within=5)
        assert heard.values[-1] == bytes([level])


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
