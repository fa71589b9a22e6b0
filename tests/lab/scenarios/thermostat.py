"""The thermostat example, as it is: typed writes arrive, a bad one gets its ATT error and changes nothing."""

import struct

from tests.lab.air import Peer, program, radio, refused

TEMPERATURE, DESCRIPTION = "2A6E", "2901"
SETPOINT = "33400d18-1cc4-5fbc-8f7f-131c4a174b02"
SCHEDULE = "b1cfe3c2-b3a7-5c6f-b974-a0c92e4360bf"
UPTIME = "079e8ab6-b546-5e49-8b25-16604de212a1"


def centi(degrees: float) -> bytes:
    return struct.pack("<h", round(degrees * 100))


async def listen(peer: Peer) -> None:
    """The temperature says what it is, and changes from a thread of the program."""
    assert await peer.read(TEMPERATURE, descriptor=DESCRIPTION) == b"Room temperature"
    heard = await peer.subscribe(TEMPERATURE)
    first, second = (struct.unpack("<h", value)[0] for value in (await heard.wait(2))[:2])
    print("heard", first, second)
    assert abs(second - first) == 10


async def write_well(peer: Peer) -> None:
    """What is written can be read back."""
    await peer.write(SETPOINT, centi(22))
    assert await peer.read(SETPOINT) == centi(22)
    with refused(0x80):
        await peer.read(SCHEDULE)  # no value yet
    weekday = struct.pack("<BHh", 1, 7 * 60, 2100) + b"weekday"
    await peer.write(SCHEDULE, weekday)
    assert await peer.read(SCHEDULE) == weekday


async def write_badly(peer: Peer) -> None:
    """Whatever is refused changes nothing."""
    setpoint, schedule = await peer.read(SETPOINT), await peer.read(SCHEDULE)
    with refused(0x0D):
        await peer.write(SETPOINT, b"\x01")  # too short
    with refused(0x0D):
        await peer.write(SETPOINT, b"\x01\x02\x03")  # too long
    with refused(0x81):
        await peer.write(SETPOINT, centi(40))  # the handler says no
    with refused(0x80):
        await peer.write(SCHEDULE, b"\x07" + schedule[1:])  # there is no mode 7
    with refused(0x03):
        await peer.write(UPTIME, bytes(4))  # read only
    assert (await peer.read(SETPOINT), await peer.read(SCHEDULE)) == (setpoint, schedule)


async def story() -> None:
    async with radio() as air, program("examples/thermostat.py") as hall:
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Hall", within=30))
        print(peer.tree())
        assert len(await peer.read(UPTIME)) == 4
        await listen(peer)
        await write_well(peer)
        await write_badly(peer)
        await peer.disconnect()
        assert not any("Traceback" in line for line in hall.lines)
