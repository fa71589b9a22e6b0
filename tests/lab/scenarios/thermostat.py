"""The thermostat example, as it is: typed writes arrive, a bad one gets its ATT error and changes nothing.

What its type says of the temperature (a scale, a unit, a range) phones read in descriptors.
"""

import struct

from tests.lab.air import Peer, program, radio, refused

TEMPERATURE = "2A6E"
DESCRIPTION, PRESENTATION_FORMAT, VALID_RANGE = "2901", "2904", "2906"
SETPOINT = "33400d18-1cc4-5fbc-8f7f-131c4a174b02"
SCHEDULE = "b1cfe3c2-b3a7-5c6f-b974-a0c92e4360bf"
UPTIME = "079e8ab6-b546-5e49-8b25-16604de212a1"


def centi(degrees: float) -> bytes:
    return struct.pack("<h", round(degrees * 100))


def schedule(flags: int, mode: int, minute: int, degrees: float, label: bytes = b"") -> bytes:
    """Flags first, of which bit 0 says whether there is a label behind the rest."""
    return struct.pack("<BBH", flags, mode, minute) + centi(degrees) + label


async def descriptors(peer: Peer) -> None:
    """The temperature says what it is: a name, sint16 × 10⁻² °C, from -40 to 85."""
    assert await peer.read(TEMPERATURE, descriptor=DESCRIPTION) == b"Room temperature"
    for field in (TEMPERATURE, SETPOINT):
        presentation = await peer.read(field, descriptor=PRESENTATION_FORMAT)
        limits = await peer.read(field, descriptor=VALID_RANGE)
        print(f"{field}: 0x2904 is {presentation.hex()}, 0x2906 is {limits.hex()}")
        assert presentation == bytes.fromhex("0E FE 2F27 01 0000")
        assert limits == bytes.fromhex("60F0 3421")
    with refused(0x03):
        await peer.write(TEMPERATURE, bytes(4), descriptor=VALID_RANGE)


async def listen(peer: Peer) -> None:
    """The temperature changes from a thread of the program."""
    heard = await peer.subscribe(TEMPERATURE)
    first, second = (struct.unpack("<h", value)[0] for value in (await heard.wait(2))[:2])
    print("heard", first, second)
    assert abs(second - first) == 10


async def write_well(peer: Peer) -> None:
    """What is written can be read back, a schedule with a label as well as one without."""
    await peer.write(SETPOINT, centi(22))
    assert await peer.read(SETPOINT) == centi(22)
    with refused(0x80):
        await peer.read(SCHEDULE)  # no value yet
    for plan in (schedule(0, 1, 7 * 60, 21), schedule(1, 1, 7 * 60, 21, b"weekday")):
        await peer.write(SCHEDULE, plan)
        assert await peer.read(SCHEDULE) == plan
    await peer.write(SCHEDULE, schedule(0x81, 0, 0, 5, b"night"))
    assert await peer.read(SCHEDULE) == schedule(0x81, 0, 0, 5, b"night"), "bits of the future are kept"


async def write_badly(peer: Peer) -> None:
    """Whatever is refused changes nothing."""
    before = await peer.read(SETPOINT), await peer.read(SCHEDULE)
    with refused(0x0D):
        await peer.write(SETPOINT, b"\x01")  # too short
    with refused(0x0D):
        await peer.write(SETPOINT, b"\x01\x02\x03")  # too long
    for raw in (0x7FFF, 8501, -4001, -0x8000):
        with refused(0x80):
            await peer.write(SETPOINT, struct.pack("<h", raw))  # out of the type's range: the handler never sees it
    with refused(0x81):
        await peer.write(SETPOINT, centi(40))  # in range, but the handler says no
    with refused(0x80):
        await peer.write(SCHEDULE, schedule(0, 7, 0, 21))  # there is no mode 7
    with refused(0x80):
        await peer.write(SCHEDULE, schedule(0, 1, 0, 90))  # nor so warm a room
    with refused(0x0D):
        await peer.write(SCHEDULE, schedule(0, 1, 0, 21, b"no flag says that there is a label"))
    with refused(0x03):
        await peer.write(UPTIME, bytes(4))  # read only
    assert (await peer.read(SETPOINT), await peer.read(SCHEDULE)) == before


async def story() -> None:
    async with radio() as air, program("examples/thermostat.py") as hall:
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Hall", within=30))
        print(peer.tree())
        assert len(await peer.read(UPTIME)) == 4
        await descriptors(peer)
        await listen(peer)
        await write_well(peer)
        await write_badly(peer)
        await peer.disconnect()
        assert not any("Traceback" in line for line in hall.lines)
