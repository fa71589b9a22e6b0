"""A paired phone that was away hears values again when it is back, without subscribing anew, by bus and by socket.

And it learns that there are other services than before.
"""

from gattschema import Notify, Peripheral, ReadNotify, Service, UInt8, characteristic
from tests.lab.air import Heard, Peer, Phone, agent, just_works, radio, release_can

HOUSE, GUEST = "a3a70000-7e57-4c0d-8a11-000000000001", "a3a70000-7e57-4c0d-8a11-000000000002"
BY_BUS, BY_SOCKET, VISITOR = "AAE7", "AAE8", "AAE9"
CHANGED = "2A05"


class House(Service, uuid=HOUSE):
    by_bus: Notify[UInt8] = characteristic(default=0, uuid=BY_BUS)
    by_socket: Notify[UInt8] = characteristic(default=0, uuid=BY_SOCKET, transport="socket")


class Guest(Service, uuid=GUEST):
    visitor: ReadNotify[UInt8] = characteristic(default=2, uuid=VISITOR)


async def first_visit(phone: Phone) -> None:
    """Pair, subscribe to everything, leave."""
    peer = await phone.connect(await phone.find(name="House"))
    await peer.pair()
    for uuid in (BY_BUS, BY_SOCKET, CHANGED):
        await peer.subscribe(uuid)
    await peer.disconnect()


def listen(peer: Peer, uuid: str) -> Heard:
    """Hear without a word to the other side: it should still know."""
    heard = Heard(uuid)
    client = peer.bumble.gatt_client
    for subscribers in (client.notification_subscribers, client.indication_subscribers):
        subscribers.setdefault(peer.handle(uuid), set()).add(heard.take)
    return heard


def told_of_changes(peer: Peer) -> bool:
    """Whether Service Changed has come since the phone is back: Bumble keeps what it hears, asked or not."""
    return peer.handle(CHANGED) in peer.bumble.gatt_client.cached_values


async def story() -> None:
    house, guest = House(), Guest()
    async with radio() as air, Peripheral(house, name="House") as running, agent("NoInputNoOutput"):
        phone = await air.phone("Ann", pairing=just_works())
        await first_visit(phone)
        house.by_bus = house.by_socket = 1
        await running.add(guest)
        peer = await phone.connect(await phone.find(name="House"))
        by_bus, by_socket = listen(peer, BY_BUS), listen(peer, BY_SOCKET)
        await peer.encrypt()
        house.by_bus = house.by_socket = 2
        assert await by_bus.wait(1) == await by_socket.wait(1) == [b"\x02"], "what is assigned since the return"
        release_can(
            "a paired phone that comes back is told of services that have come meanwhile", told_of_changes(peer)
        )
        assert await peer.read(VISITOR) == b"\x02"
        await peer.disconnect()
