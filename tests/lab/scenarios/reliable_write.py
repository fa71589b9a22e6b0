"""Reliable writes: parts with gaps between them each find their place, and one execution writes several values."""

from typing import Annotated

from gattschema import Octets, Peripheral, Read, ReliableWrite, Service, characteristic
from tests.lab.air import Peer, radio, refused

TEXT, OTHER = "AAB2", "AAB3"


class Notebook(Service, uuid="4ead0000-7e57-4c0d-8a11-000000000003"):
    text: Annotated[ReliableWrite[Annotated[bytes, Octets(max=100)]], Read] = characteristic(
        default=b"0123456789", uuid=TEXT
    )
    other: Annotated[ReliableWrite[Annotated[bytes, Octets(max=100)]], Read] = characteristic(default=b"", uuid=OTHER)


async def with_a_gap(peer: Peer, notebook: Notebook) -> None:
    """What lies around and between the parts stays as it was."""
    for offset, part in ((2, b"AB"), (6, b"XYZ")):
        await peer.prepare(TEXT, offset, part)
    await peer.execute()
    assert notebook.text == await peer.read(TEXT) == b"01AB45XYZ9"


async def from_the_beginning(peer: Peer, notebook: Notebook) -> None:
    """A part at the very beginning is a whole value to bluetoothd, so that one behind its end has no place."""
    for offset, part in ((0, b"ABC"), (6, b"XYZ")):
        await peer.prepare(TEXT, offset, part)
    with refused(0x07):
        await peer.execute()
    assert notebook.text == b"ABC"


async def two_at_once(peer: Peer, notebook: Notebook) -> None:
    """Nothing happens before the phone says so; then both happen."""
    await peer.prepare(TEXT, 0, b"one half")
    await peer.prepare(OTHER, 0, b"and the other")
    assert (notebook.text, notebook.other) == (b"ABC", b"")
    await peer.execute()
    assert (notebook.text, notebook.other) == (b"one half", b"and the other")


async def story() -> None:
    notebook = Notebook()
    async with radio() as air, Peripheral(notebook, name="Notebook"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Notebook"))
        await with_a_gap(peer, notebook)
        await from_the_beginning(peer, notebook)
        await two_at_once(peer, notebook)
        await peer.disconnect()
