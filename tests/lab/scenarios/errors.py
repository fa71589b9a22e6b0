"""Each ATT error that a handler can raise is the one that the phone sees, on a read and on a write.

Only ImproperlyConfigured needs a BlueZ that knows it.
"""

from gattschema import (
    AttError,
    ImproperlyConfigured,
    InsufficientAuthorization,
    InvalidAttributeValueLength,
    InvalidOffset,
    Peripheral,
    ProcedureAlreadyInProgress,
    ReadNotPermitted,
    ReadWrite,
    RequestNotSupported,
    Service,
    UInt8,
    UnlikelyError,
    WriteNotPermitted,
    characteristic,
)
from tests.lab.air import AttRefused, Peer, radio, refused, release_can

MOODY = "AAAB"
ON_BOTH = {
    RequestNotSupported: 0x06,
    InvalidOffset: 0x07,
    InsufficientAuthorization: 0x08,
    InvalidAttributeValueLength: 0x0D,
    UnlikelyError: 0x0E,
    ProcedureAlreadyInProgress: 0xFE,
}


class Moody(Service, uuid="e7707000-7e57-4c0d-8a11-000000000001"):
    mood: ReadWrite[UInt8] = characteristic(default=0, uuid=MOODY)

    def __init__(self) -> None:
        super().__init__()
        self.error: AttError = UnlikelyError()

    @mood.on_read
    def _tell(self) -> int:
        raise self.error

    @mood.on_write
    def _change(self, _value: int) -> None:
        raise self.error


async def read_and_write(peer: Peer, moody: Moody, error: AttError, *, seen: int) -> None:
    moody.error = error
    with refused(seen):
        await peer.read(MOODY)
    with refused(seen):
        await peer.write(MOODY, b"\x01")


async def not_permitted(peer: Peer, moody: Moody) -> None:
    """There is one for reading and one for writing."""
    moody.error = ReadNotPermitted("not to be read")
    with refused(0x02):
        await peer.read(MOODY)
    moody.error = WriteNotPermitted("not to be written")
    with refused(0x03):
        await peer.write(MOODY, b"\x01")


async def code_of(peer: Peer, moody: Moody, error: AttError) -> int:
    """What the phone makes of a refused read."""
    moody.error = error
    try:
        await peer.read(MOODY)
    except AttRefused as refusal:
        return refusal.code
    return 0


async def improperly_configured(peer: Peer, moody: Moody) -> None:
    """It is that, or 0x0E: nothing else."""
    error = ImproperlyConfigured("subscribe first")
    known = release_can(
        "`raise ImproperlyConfigured(…)`: the phone sees 0xFD",
        await code_of(peer, moody, error) == 0xFD,
        since="5.76",
        otherwise="it sees 0x0E, Unlikely Error",
    )
    await read_and_write(peer, moody, error, seen=0xFD if known else 0x0E)


async def of_the_application(peer: Peer, moody: Moody) -> None:
    """All 32 of them."""
    seen = [await code_of(peer, moody, AttError(code)) for code in range(0x80, 0xA0)]
    release_can(
        "`raise AttError(0x81)`, an error of the application: the phone sees just that",
        seen == list(range(0x80, 0xA0)),
        since="5.66",
        otherwise="it sees 0x80 for each",
    )


async def story() -> None:
    moody = Moody()
    async with radio() as air, Peripheral(moody, name="Moody"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Moody"))
        for kind, code in ON_BOTH.items():
            await read_and_write(peer, moody, kind("not today"), seen=code)
        await read_and_write(peer, moody, AttError(0x81), seen=0x81)
        await not_permitted(peer, moody)
        await improperly_configured(peer, moody)
        await of_the_application(peer, moody)
        await peer.disconnect()
