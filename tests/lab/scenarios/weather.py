"""The weather example, as it is: what was not given is not there, and what is there says of itself what it means.

The phone has no table of characteristics: it goes by the Presentation Formats (0x2904) and Valid Ranges (0x2906) alone.
"""

import struct
from collections.abc import Sequence
from decimal import Decimal

from tests.lab.air import Peer, program, radio, refused

SENSING, BATTERY, ABOUT = "181A", "180F", "180A"
HUMIDITY, PRESSURE, TEMPERATURE, LEVEL = "2A6F", "2A6D", "2A6E", "2A19"
FORMATS = {0x04: "B", 0x06: "H", 0x08: "I", 0x0E: "h"}  # Assigned Numbers, 2.4.1: uint8, uint16, uint32, sint16
UNITS = {0x2724: "Pa", 0x272F: "°C", 0x27AD: "%"}  # Assigned Numbers, 3.5

OFFERED = {
    SENSING: [
        "2A6F: read, notify; 2902 2904 2906",
        "2A6D: read, notify; 2902 2904",
        "2A6E: read, notify; 2902 2904 2906",
    ],
    BATTERY: ["2A19: read, notify; 2902 2904 2906"],
    ABOUT: ["2A29: read", "2A24: read"],
}


class Meaning:
    """What the seven octets of a Presentation Format say of a value."""

    def __init__(self, octets: bytes) -> None:
        kind, self.exponent, unit, namespace, description = struct.unpack("<BbHBH", octets)
        assert (namespace, description) == (1, 0), "the SIG's namespace, which says nothing more"
        self.layout, self.unit = "<" + FORMATS[kind], UNITS[unit]

    def numbers(self, octets: bytes) -> list[Decimal]:
        """All the numbers that the octets are: one of a value, two of a range."""
        return [Decimal(raw).scaleb(self.exponent) for (raw,) in struct.iter_unpack(self.layout, octets)]


def spell(numbers: Sequence[Decimal], unit: str) -> str:
    return f"{' … '.join(str(number) for number in numbers)} {unit}"


async def meaning_of(peer: Peer, uuid: str) -> Meaning:
    return Meaning(await peer.read(uuid, descriptor="2904"))


async def reading(peer: Peer, uuid: str) -> str:
    """A value as the generic app on the phone shows it."""
    meaning = await meaning_of(peer, uuid)
    return spell(meaning.numbers(await peer.read(uuid)), meaning.unit)


async def limits(peer: Peer, uuid: str) -> str:
    meaning = await meaning_of(peer, uuid)
    return spell(meaning.numbers(await peer.read(uuid, descriptor="2906")), meaning.unit)


def offers_just_this(peer: Peer) -> None:
    """Three of the 32 quantities, one of the 12 battery characteristics, two of the 10 that tell who made it."""
    for service, offered in OFFERED.items():
        ours = 1 if service == ABOUT else 0  # bluetoothd has a Device Information Service of its own, in front of ours
        assert peer.offers(service, index=ours) == offered, peer.tree()


async def read_by_descriptors(peer: Peer) -> None:
    """The numbers, their units and their ranges, from the air alone."""
    shown = {uuid: await reading(peer, uuid) for uuid in (PRESSURE, LEVEL)}
    ranges = {uuid: await limits(peer, uuid) for uuid in (TEMPERATURE, HUMIDITY, LEVEL)}
    print("the phone shows", shown, "and knows the ranges", ranges)
    assert shown == {PRESSURE: "101325.0 Pa", LEVEL: "100 %"}
    assert ranges == {TEMPERATURE: "-273.15 … 327.67 °C", HUMIDITY: "0.00 … 100.00 %", LEVEL: "0 … 100 %"}
    assert await peer.read("2A29") == b"Example"
    assert await peer.read("2A24") == b"W-1"
    with refused(0x03):
        await peer.write(TEMPERATURE, bytes(2))


async def hear_the_weather(peer: Peer) -> None:
    """The temperature moves by tenths around 21.5 °C; the humidity is not known, and that is 0xFFFF."""
    warmth, damp = await peer.subscribe(TEMPERATURE), await peer.subscribe(HUMIDITY)
    heard = await warmth.wait(3)
    meaning = await meaning_of(peer, TEMPERATURE)
    shown = [meaning.numbers(value)[0] for value in heard]
    print("hears", *(f"{value.hex()} = {number} {meaning.unit}" for value, number in zip(heard, shown, strict=True)))
    assert all(Decimal(20) < number < Decimal(23) for number in shown), shown
    assert set(await damp.wait(2)) == {b"\xff\xff"}
    assert await peer.read(HUMIDITY) == b"\xff\xff"


async def story() -> None:
    async with radio() as air, program("examples/weather.py") as garden:
        phone = await air.phone("Ann")
        advert = await phone.find(name="Garden", within=30)
        assert advert.appearance == 0x0540
        assert set(advert.service_uuids) == {SENSING, BATTERY, ABOUT}
        peer = await phone.connect(advert)
        print(peer.tree())
        offers_just_this(peer)
        await read_by_descriptors(peer)
        await hear_the_weather(peer)
        await peer.disconnect()
        assert garden.lines == []
