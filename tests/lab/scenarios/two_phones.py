"""Two phones with one advertisement: it is on the air again when the first has connected by it, and both are served."""

from gattschema import Notify, Peripheral, ReadNotify, Service, UInt8, characteristic
from gattschema.events import Connected
from tests.lab.air import Air, Heard, Peer, radio

DOOR, LOCK = "AA30", "AA31"


class House(Service, uuid="f100d000-0000-4000-8000-000000000030"):
    door: ReadNotify[UInt8] = characteristic(default=1, uuid=DOOR)
    lock: Notify[UInt8] = characteristic(default=0, uuid=LOCK)


async def comes(air: Air, name: str) -> tuple[Peer, Heard]:
    phone = await air.phone(name)
    peer = await phone.connect(await phone.find(name="House"))
    return peer, await peer.subscribe(DOOR)


async def story() -> None:
    house = House()
    async with radio() as air, Peripheral(house, name="House") as running:
        arrivals: list[str] = []
        running.on(Connected, lambda event: arrivals.append(event.device.address))
        (ann, by_ann), (ben, by_ben) = [await comes(air, name) for name in ("Ann", "Ben")]
        assert len(arrivals) == len(running.centrals) == 2, (arrivals, running.centrals)
        house.door = 2
        assert await by_ann.wait(1) == await by_ben.wait(1) == [b"\x02"]
        assert await ann.read(DOOR) == await ben.read(DOOR) == b"\x02"
        (cleo, by_cleo) = await comes(air, "Cleo")
        await ann.disconnect()
        house.door = 3
        assert await by_ben.wait(2) == [b"\x02", b"\x03"]
        assert await by_cleo.wait(1) == [b"\x03"]
        (ann, by_ann) = await comes(air, "Ann's other phone")
        print("four phones came by one advertisement:", *arrivals)
        for peer in (ann, ben, cleo):
            await peer.disconnect()
