"""A service may include others: the phone finds the include, and what is in the others like everything else.

Secondary services are not advertised, and are listed as what they are. An included service may include one, too.
"""

from gattschema import Peripheral, Read, ReadNotify, Service, UInt8, characteristic
from tests.lab.air import Peer, radio

HOUSE, ROOM, BATTERY = "5EC00000-7E57-4C0D-8A11-000000000001", "5EC00000-7E57-4C0D-8A11-000000000002", "180F"
FLOORS, SIZE, LEVEL = "AAA1", "AAA2", "2A19"
CHAIN = [
    f"secondary service {BATTERY}",
    f"secondary service {ROOM}",
    f"includes {BATTERY}",
    f"service {HOUSE}",
    f"includes {ROOM}",
    f"includes {BATTERY}",
]


class Battery(Service, primary=False):
    battery_level: ReadNotify[UInt8]


class Room(Service, uuid=ROOM, primary=False, includes=(Battery,)):
    size: Read[UInt8] = characteristic(default=20, uuid=SIZE)


class House(Service, uuid=HOUSE, includes=(Room, Battery)):
    floors: Read[UInt8] = characteristic(default=2, uuid=FLOORS)


def services(peer: Peer) -> list[str]:
    """Services and includes of the program, without handles: "secondary service 180F", "includes 180F"."""
    lines = [line.partition(" to ")[0].removeprefix(line[:7]).strip() for line in peer.tree().splitlines()]
    return [line for line in lines if line.startswith(("service", "secondary", "includes"))]


async def story() -> None:
    house, room, battery = House(), Room(), Battery(battery_level=80)
    async with radio() as air, Peripheral(house, room, battery, name="House"):
        phone = await air.phone("Ann")
        advert = await phone.find(name="House")
        assert advert.service_uuids == [HOUSE], "only primary services are advertised"
        peer = await phone.connect(advert)
        print(peer.tree())
        assert services(peer)[-6:] == CHAIN
        assert await peer.read(SIZE) == b"\x14"
        heard = await peer.subscribe(LEVEL, service=BATTERY)
        battery.battery_level = 79
        assert await heard.wait(1) == [b"\x4f"]
        await peer.disconnect()
