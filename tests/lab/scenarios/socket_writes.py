"""Writes without response come by a socket, in order, the empty one too; what is no value is logged and changes nothing."""

import asyncio
import logging
from typing import Annotated

from gattschema import Octets, Peripheral, Request, Service, UInt16, WriteWithoutResponse, characteristic
from tests.lab.air import Air, Peer, adverts, radio

ORDER, TEXT = "AAB5", "AAB6"


class Till(Service, uuid="0d0e0000-7e57-4c0d-8a11-000000000001"):
    order: WriteWithoutResponse[UInt16] = characteristic(init=False, uuid=ORDER, transport="socket")
    text: WriteWithoutResponse[Annotated[bytes, Octets(max=200)]] = characteristic(
        default=b"?", uuid=TEXT, transport="socket"
    )

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, list[int]] = {}

    @order.on_write
    def _take(self, value: int, request: Request) -> None:
        self.orders.setdefault(request.device, []).append(value)


async def visit(air: Air, name: str) -> Peer:
    phone = await air.phone(name)
    return await phone.connect(await phone.find(name="Till"))


async def in_order(till: Till, ann: Peer, ben: Peer) -> None:
    """Two phones at once: each one's writes stay in order, and the handler knows whose they are."""
    for number in range(100):
        await ann.command(ORDER, number.to_bytes(2, "little"))
        await ben.command(ORDER, (1000 + number).to_bytes(2, "little"))
    await asyncio.sleep(3)
    print({device: len(numbers) for device, numbers in till.orders.items()})
    assert list(till.orders.values()) == [list(range(100)), list(range(1000, 1100))]


async def story() -> None:
    logging.basicConfig(level=logging.WARNING)
    till = Till()
    async with radio() as air, Peripheral(till, name="Till"), adverts("Till", 1):
        ann, ben = await visit(air, "Ann"), await visit(air, "Ben")
        await in_order(till, ann, ben)
        for octets in (b"", b"hello", b"x" * 200):
            await ann.command(TEXT, octets)
            await asyncio.sleep(0.3)
            assert till.text == octets, octets
        await ann.command(ORDER, b"1")
        await ann.command(ORDER, b"\x07\x00")
        await asyncio.sleep(0.5)
        assert till.orders["F0:00:00:00:00:01"][-1] == 7
        for peer in (ann, ben):
            await peer.disconnect()
