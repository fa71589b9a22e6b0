"""A controller from before Bluetooth 5, as in many small computers: advertisements take turns, of 31 octets each.

Phones connect one after the other all the same, also after it was off for a while.
"""

from gattschema import Advertisement, AdvertisementError, Peripheral, Read, Service, UInt8, characteristic
from gattschema.advertising import Host
from tests.lab.air import Air, Peer, bluez, person, radio

VALUE = "AAB0"


class Shed(Service, uuid="f100d000-0000-4000-8000-0000000000b0"):
    value: Read[UInt8] = characteristic(default=7, uuid=VALUE)


async def visit(air: Air, name: str) -> Peer:
    phone = await air.phone(name)
    peer = await phone.connect(await phone.find(name="Shed"))
    assert await peer.read(VALUE) == b"\x07"
    return peer


async def take_turns(air: Air, running: Peripheral) -> None:
    """Each is heard as it was foretold."""
    on = Host(release=bluez()[:2], le_only=True, name=running.adapter.alias)
    for advert in running.advertisements:
        told = advert.layout(on)
        packets = (told.advertisement, told.scan_response)
        await air.hear(lambda one, packets=packets: (one.data, one.scan_response) == packets)


async def cannot(running: Peripheral, advert: Advertisement) -> None:
    try:
        await running.add(advert)
    except AdvertisementError as error:
        print(error)
    else:
        raise AssertionError(f"{advert} is on the air of a controller that cannot have it")


async def story() -> None:
    beacon = Advertisement(connectable=False, manufacturer_data={0xFFFF: b"\x01"})
    async with radio(extended=False) as air, Peripheral(Shed(), beacon, name="Shed") as running:
        await take_turns(air, running)
        await cannot(running, Advertisement(name="Long", secondary_channel="1M"))
        await cannot(running, Advertisement(manufacturer_data={0xFFFF: bytes(25)}))
        ann, ben = await visit(air, "Ann"), await visit(air, "Ben")
        assert len(running.centrals) == 2
        async with person() as somebody:
            await somebody.power(on=False)
            await ann.disconnected()
            await ben.disconnected()
            await somebody.power(on=True)
        cleo = await visit(air, "Cleo")
        await take_turns(air, running)
        await cleo.disconnect()
