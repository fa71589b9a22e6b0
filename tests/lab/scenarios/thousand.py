"""A thousand characteristics: the phone finds them all, and the last one is read, written and heard like the first.

bluetoothd hears changes of some 500 objects on the bus; who is behind them is heard all the same.
"""

from gattschema import Peripheral, ReadWriteNotify, Service, UInt16, characteristic
from tests.lab.air import Peer, radio

LIMIT = 240
SERVICES, FIELDS = 10, 100
BASE = "70000000-7e57-4c0d-8a11-{:012x}"


def name_of(number: int) -> str:
    return f"field{number % FIELDS}"


def uuid_of(number: int) -> str:
    return BASE.format(number + 1)


def hundred(first: int) -> Service:
    """A hundred fields that a loop declares; each begins with its number."""
    fields = {
        name_of(number): characteristic(default=number, uuid=uuid_of(number)) for number in range(first, first + FIELDS)
    }
    hints = dict.fromkeys(fields, ReadWriteNotify[UInt16])
    body = {"__annotations__": hints, "__module__": __name__, **fields}
    kind = type("Hundred", (Service,), body, uuid=BASE.format(0x1000 + first))
    return kind()


async def works(peer: Peer, services: list[Service], number: int) -> None:
    """One of the thousand: read, written, heard."""
    uuid, service, name = uuid_of(number), services[number // FIELDS], name_of(number)
    assert await peer.read(uuid) == number.to_bytes(2, "little")
    heard = await peer.subscribe(uuid)
    setattr(service, name, 0x1234)
    assert await heard.wait(1) == [b"\x34\x12"]
    await peer.write(uuid, b"\x78\x56")
    assert getattr(service, name) == 0x5678


async def story() -> None:
    services = [hundred(number * FIELDS) for number in range(SERVICES)]
    async with radio() as air, Peripheral(services[0], name="Many") as running:
        for service in services[1:]:
            await running.add(service)
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Many"), mtu=517, descriptors=False)
        found = {line.split()[1].rstrip(":") for line in peer.tree().splitlines()}
        assert {uuid_of(number).upper() for number in range(SERVICES * FIELDS)} <= found
        for number in (0, 499, 500, SERVICES * FIELDS - 1):
            await works(peer, services, number)
        await peer.disconnect()
