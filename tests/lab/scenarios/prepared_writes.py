"""Prepared writes: parts that follow each other reach the handler as one value; what is not executed never happens."""

from typing import Annotated

from gattschema import Octets, Peripheral, ReadWrite, Service, characteristic
from tests.lab.air import Peer, radio, refused

PLAIN = "AAB1"


class Notebook(Service, uuid="4ead0000-7e57-4c0d-8a11-000000000002"):
    plain: ReadWrite[Annotated[bytes, Octets(max=100)]] = characteristic(default=b"?", uuid=PLAIN)

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    @plain.on_write
    def _plain(self, value: bytes) -> None:
        self.written.append(value)


async def in_parts(peer: Peer, notebook: Notebook) -> None:
    """Three parts are one write."""
    for offset, part in ((0, b"one "), (4, b"value "), (10, b"in parts")):
        await peer.prepare(PLAIN, offset, part)
    assert notebook.written == [], "nothing is written before the phone says so"
    await peer.execute()
    assert notebook.written == [b"one value in parts"]
    assert await peer.read(PLAIN) == notebook.plain == b"one value in parts"


async def thought_better(peer: Peer, notebook: Notebook) -> None:
    """What is cancelled is forgotten, and does not come back with the next write."""
    before = list(notebook.written)
    await peer.prepare(PLAIN, 0, b"never mind")
    await peer.execute(commit=False)
    await peer.execute()
    assert notebook.written == before
    assert await peer.read(PLAIN) == b"one value in parts"


async def with_a_gap(peer: Peer, notebook: Notebook) -> None:
    """Parts with a gap between them are for reliable writes: here they are refused, and nothing is written."""
    before = list(notebook.written)
    for offset, part in ((0, b"ONE"), (10, b"IN")):
        await peer.prepare(PLAIN, offset, part)
    with refused(0x06):
        await peer.execute()
    assert notebook.written == before
    await peer.write(PLAIN, b"and on it goes")
    assert await peer.read(PLAIN) == b"and on it goes"


async def too_far(peer: Peer) -> None:
    """No value reaches so far: that is told at once."""
    with refused(0x07):
        await peer.prepare(PLAIN, 600, b"!")


async def story() -> None:
    notebook = Notebook()
    async with radio() as air, Peripheral(notebook, name="Notebook"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Notebook"))
        await in_parts(peer, notebook)
        await thought_better(peer, notebook)
        await with_a_gap(peer, notebook)
        await too_far(peer)
        await peer.disconnect()
