"""A handler is asked before each read and write, and only whom it lets in comes through: others get 0x08.

It is asked before a long write is taken in, too, and it may take its time.
"""

import asyncio
from typing import Annotated

from gattschema import Octets, Peripheral, ReadWrite, Request, Service, characteristic
from tests.lab.air import Peer, radio, refused

NOTES = "AAC1"
NOT_AUTHORIZED = 0x08


class Diary(Service, uuid="a07b0000-7e57-4c0d-8a11-000000000001"):
    notes: ReadWrite[Annotated[bytes, Octets(max=400)]] = characteristic(default=b"dear diary", uuid=NOTES)

    def __init__(self) -> None:
        super().__init__()
        self.allowed = {"read"}
        self.asked: list[Request] = []

    @notes.on_authorize
    async def _may(self, request: Request) -> bool:
        self.asked.append(request)
        await asyncio.sleep(0.01)
        return request.operation in self.allowed


async def one_may_read(peer: Peer, diary: Diary) -> None:
    assert await peer.read(NOTES) == b"dear diary"
    with refused(NOT_AUTHORIZED):
        await peer.write(NOTES, b"I was here")
    with refused(NOT_AUTHORIZED):
        await peer.prepare(NOTES, 0, b"I was here")
    assert diary.notes == b"dear diary"


async def one_may_write(peer: Peer, diary: Diary) -> None:
    diary.allowed = {"write"}
    with refused(NOT_AUTHORIZED):
        await peer.read(NOTES)
    await peer.write(NOTES, b"today " * 60)
    assert diary.notes == b"today " * 60


def is_told_who_asks(diary: Diary) -> None:
    assert {request.operation for request in diary.asked} == {"read", "write"}
    assert {request.device for request in diary.asked} == {"F0:00:00:00:00:01"}


async def story() -> None:
    diary = Diary()
    async with radio() as air, Peripheral(diary, name="Diary"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Diary"))
        await one_may_read(peer, diary)
        await one_may_write(peer, diary)
        is_told_who_asks(diary)
        await peer.disconnect()
