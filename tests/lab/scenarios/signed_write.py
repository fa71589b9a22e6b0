"""A signed write arrives from a phone that has handed out its key when they paired, and from no one else.

bluetoothd uses the key from the next connection on. What is not signed well is dropped without a word.
"""

import asyncio
from typing import Annotated

from gattschema import Peripheral, Read, Service, SignedWrite, UInt8, characteristic
from tests.lab.air import Peer, Phone, agent, just_works, radio, release_can

SIGNED = "AAC3"


class Gate(Service, uuid="51640000-7e57-4c0d-8a11-000000000001"):
    opened: Annotated[SignedWrite[UInt8], Read] = characteristic(default=0, uuid=SIGNED)


async def visit(phone: Phone) -> Peer:
    return await phone.connect(await phone.find(name="Gate"))


async def sign(peer: Peer, gate: Gate, value: int) -> bool:
    """Whether a signed write arrives."""
    await peer.signed_command(SIGNED, bytes([value]))
    await asyncio.sleep(0.3)
    return gate.opened == value


async def before_pairing(peer: Peer, gate: Gate) -> None:
    """Nobody knows the key."""
    assert peer.offers("51640000-7e57-4c0d-8a11-000000000001") == ["AAC3: read, authenticated-signed-writes"]
    assert not await sign(peer, gate, 1)


async def after_pairing(peer: Peer, gate: Gate) -> bool:
    """Whether the key is known; then a wrong signature is still one."""
    if not await sign(peer, gate, 2):
        return False
    handle = peer.handle(SIGNED).to_bytes(2, "little")
    peer.bumble.gatt_client.send_gatt_pdu(b"\xd2" + handle + b"\x03" + bytes(12))
    await asyncio.sleep(0.3)
    assert gate.opened == 2
    return True


async def story() -> None:
    gate = Gate()
    async with radio() as air, Peripheral(gate, name="Gate"), agent("NoInputNoOutput"):
        phone = await air.phone("Ann", pairing=just_works(signs=True))
        peer = await visit(phone)
        await before_pairing(peer, gate)
        await peer.pair()
        await peer.disconnect()
        peer = await visit(phone)
        release_can(
            "a signed write (`SignedWrite`) from a phone that comes back after pairing",
            await after_pairing(peer, gate),
            since="5.73",
            otherwise="it is dropped",
        )
        await peer.disconnect()
