"""What is protected is refused, operation by operation, until a phone has paired in a way that is good enough.

Just works encrypts, and opens no more than that; a typed passkey authenticates, too; "secure" wants LE Secure
Connections besides. A phone that the agent turns away is a stranger still.
"""

from bumble.pairing import PairingConfig

from gattschema import Peripheral, ReadWriteNotify, Service, UInt8, characteristic
from tests.lab.air import (
    Air,
    PairingFailed,
    Peer,
    agent,
    just_works,
    legacy_passkey,
    numeric_comparison,
    radio,
    refused,
    release_can,
)

OPEN, ENCRYPTED, AUTHENTICATED, SECURE, MIXED = "AA01", "AA02", "AA03", "AA04", "AA05"
FREE, NOT_AUTHENTICATED, NOT_ENCRYPTED = 0x00, 0x05, 0x0F


class Vault(Service, uuid="1a3b0000-7e57-4c0d-8a11-0123456789ae"):
    """One characteristic a level, and one whose operations differ."""

    open: ReadWriteNotify[UInt8] = characteristic(default=1, uuid=OPEN)
    encrypted: ReadWriteNotify[UInt8] = characteristic(default=2, uuid=ENCRYPTED, security="encrypted")
    authenticated: ReadWriteNotify[UInt8] = characteristic(default=3, uuid=AUTHENTICATED, security="authenticated")
    secure: ReadWriteNotify[UInt8] = characteristic(default=4, uuid=SECURE, security="secure")
    mixed: ReadWriteNotify[UInt8] = characteristic(
        default=5, uuid=MIXED, security={"read": "open", "write": "encrypted", "notify": "authenticated"}
    )


async def has_to_be_refused(peer: Peer, uuid: str, *, read: int, write: int, subscribe: int) -> None:
    """Each operation is refused with its code, or is free."""
    for operation, code in (
        (lambda: peer.read(uuid), read),
        (lambda: peer.write(uuid, b"\x07"), write),
        (lambda: peer.subscribe(uuid), subscribe),
    ):
        if code:
            with refused(code):
                await operation()
        else:
            await operation()


async def meets(peer: Peer, *, encrypted: int, authenticated: int, secure: int) -> None:
    """What the phone meets at each level: every operation goes by it, or by its own."""
    levels = {OPEN: FREE, ENCRYPTED: encrypted, AUTHENTICATED: authenticated, SECURE: secure}
    for uuid, code in levels.items():
        await has_to_be_refused(peer, uuid, read=code, write=code, subscribe=code)
    await has_to_be_refused(peer, MIXED, read=FREE, write=encrypted, subscribe=authenticated)


async def visit(air: Air, name: str, pairing: PairingConfig | None = None) -> Peer:
    """A new phone connects; when it pairs it does so in this way."""
    phone = await air.phone(name, pairing=pairing)
    return await phone.connect(await phone.find(name="Vault"))


async def a_stranger(air: Air) -> None:
    """Nothing but what is open."""
    peer = await visit(air, "Ann")
    await meets(peer, encrypted=NOT_ENCRYPTED, authenticated=NOT_AUTHENTICATED, secure=NOT_AUTHENTICATED)
    await peer.disconnect()


async def just_encrypted(air: Air) -> None:
    """Nobody knows who it is that listens, so what wants to be authenticated stays shut."""
    async with agent("NoInputNoOutput"):
        peer = await visit(air, "Ben", just_works())
        await peer.pair()
        await meets(peer, encrypted=FREE, authenticated=NOT_AUTHENTICATED, secure=NOT_AUTHENTICATED)
        await peer.disconnect()


async def a_typed_passkey(air: Air) -> None:
    """Legacy pairing with a passkey authenticates; it can be listened to, and so it is not secure."""
    async with agent("DisplayOnly") as shown:
        peer = await visit(air, "Cleo", legacy_passkey(shown))
        await peer.pair()
        await meets(peer, encrypted=FREE, authenticated=FREE, secure=NOT_AUTHENTICATED)
        await peer.disconnect()


async def the_same_number(air: Air, vault: Vault) -> None:
    """Numeric comparison opens everything, and what is assigned is heard."""
    async with agent("DisplayYesNo") as ours:
        peer = await visit(air, "Dora", numeric_comparison())
        await peer.pair()
        assert [question.split()[0] for question in ours.asked] == ["RequestConfirmation"]
        await meets(peer, encrypted=FREE, authenticated=FREE, secure=FREE)
        heard = await peer.subscribe(SECURE)
        vault.secure = 99
        heard_it = await heard.wait(1) == [b"\x63"]
        release_can("notifications that only paired phones can subscribe to", heard_it, since="5.62")
        await peer.disconnect()


async def turned_away(air: Air) -> None:
    """The agent says no: the phones are not paired, and what is encrypted stays shut."""
    async with agent("DisplayYesNo", accept=False):
        peer = await visit(air, "Eve", numeric_comparison())
        try:
            await peer.pair()
        except PairingFailed as error:
            print("Eve is turned away:", error)
        else:
            raise AssertionError("paired, though the agent said no")
        await has_to_be_refused(peer, ENCRYPTED, read=NOT_ENCRYPTED, write=NOT_ENCRYPTED, subscribe=NOT_ENCRYPTED)
        await peer.disconnect()


async def story() -> None:
    vault = Vault()
    async with radio() as air, Peripheral(vault, name="Vault"):
        await a_stranger(air)
        await just_encrypted(air)
        await a_typed_passkey(air)
        await the_same_number(air, vault)
        await turned_away(air)
