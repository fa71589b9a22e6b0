"""Handles: those that a service asks for are the ones on the air, and those that BlueZ chooses are told to the program.

The Aggregate Format (0x2905) names the formats of a struct's members by their handles.
"""

from struct import unpack
from typing import Annotated

from gattschema import (
    Peripheral,
    Read,
    ReadNotify,
    Scale,
    Service,
    SInt16,
    UInt8,
    UInt16,
    Unit,
    characteristic,
    struct,
)
from tests.lab.air import Peer, radio

FIXED, TOLD, BOTH = "AAE4", "AAE5", "AAE6"
FIRST = 0x0100


@struct
class Climate:
    warmth: Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS]
    damp: Annotated[float, UInt16, Scale(decimal=-2), Unit.PERCENTAGE]


class Old(Service, uuid="4a4d0000-7e57-4c0d-8a11-000000000001", handle=FIRST):
    fixed: ReadNotify[UInt8] = characteristic(default=1, uuid=FIXED)


class New(Service, uuid="4a4d0000-7e57-4c0d-8a11-000000000002", handle=0):
    told: ReadNotify[UInt8] = characteristic(default=2, uuid=TOLD)
    both: Read[Climate] = characteristic(default=Climate(warmth=20.0, damp=40.0), uuid=BOTH, presentation="aggregate")


async def the_aggregate(peer: Peer) -> None:
    """Each handle in it is that of a format, in the order of the members."""
    owner = peer._characteristic(BOTH, None, 0)
    formats = [one for one in owner.descriptors if bytes(one.type) == b"\x04\x29"]
    named = unpack("<2H", await peer.read(BOTH, descriptor="2905"))
    assert list(named) == [one.handle for one in formats]


async def story() -> None:
    old, new = Old(), New()
    async with radio() as air, Peripheral(old, new, name="Handles", advertise=[old]):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Handles"))
        print(peer.tree())
        assert f"0x{FIRST:04X} service" in peer.tree()
        assert Old.fixed.of(old).handle == peer.handle(FIXED) == FIRST + 2
        assert New.told.of(new).handle == peer.handle(TOLD)
        await the_aggregate(peer)
        await peer.disconnect()
