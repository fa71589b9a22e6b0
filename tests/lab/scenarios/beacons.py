"""Beacons on the air are read as receivers read them, by their makers' public descriptions, live and several at once.

The decoders here are written from those (Apple's iBeacon, Google's Eddystone, bthome.io/format), and know nothing of
the library.
"""

from collections.abc import Callable
from typing import Any

from gattschema import Peripheral
from gattschema.beacons import BTHome, Button, EddystoneTlm, EddystoneUid, EddystoneUrl, IBeacon
from tests.lab.air import Advert, Air, radio

APPLE, EDDYSTONE, BTHOME = 0x004C, "FEAA", "FCD2"
SCHEMES = ("http://www.", "https://www.", "http://", "https://")
ENDINGS = (".com/", ".org/", ".edu/", ".net/", ".info/", ".biz/", ".gov/")
ENDINGS += tuple(ending[:-1] for ending in ENDINGS)
PROXIMITY = "0f1d8b52-6a3c-4e7f-9b21-5c8d7e6f4a30"

OBJECTS: dict[int, tuple[str, int, bool, float]] = {
    0x00: ("packet id", 1, False, 1),
    0x01: ("battery", 1, False, 1),
    0x02: ("temperature", 2, True, 100),
    0x03: ("humidity", 2, False, 100),
    0x04: ("pressure", 3, False, 100),
    0x05: ("illuminance", 3, False, 100),
    0x0B: ("power", 3, False, 100),
    0x12: ("co2", 2, False, 1),
    0x2D: ("window", 1, False, 1),
    0x3A: ("button", 1, False, 1),
    0x5D: ("current", 2, True, 1000),
}
"""BTHome v2: what an object is, its octets, whether it has a sign, and what to divide it by."""


def i_beacon(advert: Advert) -> tuple[str, int, int, int] | None:
    """The proximity UUID, major, minor and the measured power (big-endian, in front of it 0x02 and its length)."""
    data = advert.manufacturer_data.get(APPLE, b"")
    if data[:2] != b"\x02\x15" or len(data) != 23:
        return None
    text = data[2:18].hex()
    uuid = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    return uuid, *(int.from_bytes(data[at : at + 2], "big") for at in (18, 20)), int.from_bytes(data[22:], signed=True)


def eddystone(advert: Advert) -> tuple[Any, ...] | None:
    """One frame, by its type."""
    frame = advert.service_data.get(EDDYSTONE, b"")
    if not frame or EDDYSTONE not in advert.service_uuids:
        return None
    power = int.from_bytes(frame[1:2], signed=True)
    if frame[0] == 0x00 and len(frame) in {18, 20}:
        return "uid", power, frame[2:12].hex(), frame[12:18].hex()
    if frame[0] == 0x10:
        text = "".join(chr(octet) if 0x20 < octet < 0x7F else ENDINGS[octet] for octet in frame[3:])
        return "url", power, SCHEMES[frame[2]] + text
    if frame[:2] == b"\x20\x00":
        millivolts, count = int.from_bytes(frame[2:4]), int.from_bytes(frame[6:10])
        return "tlm", millivolts, int.from_bytes(frame[4:6], signed=True) / 256, count, int.from_bytes(frame[10:14])
    return None


def bt_home(advert: Advert) -> dict[str, float] | None:
    """Every object, in the order of their numbers; None for anything but version 2 without encryption."""
    data = advert.service_data.get(BTHOME, b"")
    if not data or data[0] & 0xE1 != 0x40:
        return None
    found: dict[str, float] = {}
    at, last = 1, -1
    while at < len(data):
        name, size, signed, divisor = OBJECTS[data[at]]
        assert data[at] > last, "receivers stop at an object that is out of order"
        last = data[at]
        found[name] = int.from_bytes(data[at + 1 : at + 1 + size], "little", signed=signed) / divisor
        at += 1 + size
    return found


async def is_read(air: Air, decode: Callable[[Advert], Any], expected: Any) -> None:
    """A receiver reads this, from a beacon that nobody can connect to."""
    advert = await air.hear(lambda one: decode(one) == expected, within=5)
    assert not advert.is_connectable, advert
    assert not advert.is_extended, advert
    assert advert.address != "C0:11:22:33:44:55", "the kernel gives what cannot be connected an address of its own"
    print(expected)


async def story() -> None:
    near = IBeacon(uuid=PROXIMITY, major=1, minor=65535, measured_power=-59)
    place = EddystoneUid(namespace="00112233445566778899", instance="0000000000aa", power=-20)
    page = EddystoneUrl(url="https://www.example.com/a", power=4)
    state = EddystoneTlm(battery=3.0, temperature=21.5, advertisements=7, uptime=60.0)
    sensor = BTHome(temperature=-2.5, humidity=40.25, battery=97, window=True, current_s16=-0.5)
    async with radio() as air, Peripheral(near, place, page, state, sensor):
        await is_read(air, i_beacon, (PROXIMITY, 1, 65535, -59))
        await is_read(air, eddystone, ("uid", -20, "00112233445566778899", "0000000000aa"))
        await is_read(air, eddystone, ("url", 4, "https://www.example.com/a"))
        await is_read(air, eddystone, ("tlm", 3000, 21.5, 7, 600))
        measured = {"battery": 97, "temperature": -2.5, "humidity": 40.25, "window": 1, "current": -0.5}
        await is_read(air, bt_home, measured)
        near.minor = 2
        page.url = "http://example.org"
        sensor.temperature, sensor.window = 21.57, None
        sensor.packet_id, sensor.button = 1, Button.PRESS
        await is_read(air, i_beacon, (PROXIMITY, 1, 2, -59))
        await is_read(air, eddystone, ("url", 4, "http://example.org"))
        del measured["window"]
        await is_read(air, bt_home, {"packet id": 1, **measured, "temperature": 21.57, "button": 1})
