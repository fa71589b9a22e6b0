"""Writes without response over a socket arrive in order, the empty one too, and the handler knows from whom.

What is no value is logged and changes nothing. bluetoothd opens a socket at a phone's first write.
"""

import asyncio
import logging
from typing import Annotated

from gattschema import Octets, Peripheral, Request, Service, UInt16, WriteWithoutResponse, characteristic
from tests.lab.air import Air, Peer, adverts, radio, release_can

ORDER, EARLY, TEXT = "AAB5", "AAB6", "AAB7"
ANN, BEN = "F0:00:00:00:00:01", "F0:00:00:00:00:02"


class Till(Service, uuid="0d0e0000-7e57-4c0d-8a11-000000000001"):
    order: WriteWithoutResponse[UInt16] = characteristic(init=False, uuid=ORDER, transport="socket")
    early: WriteWithoutResponse[UInt16] = characteristic(init=False, uuid=EARLY, transport="socket")
    text: WriteWithoutResponse[Annotated[bytes, Octets(max=200)]] = characteristic(
        default=b"?", uuid=TEXT, transport="socket"
    )

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[tuple[str, int]] = []
        self.busy = asyncio.Event()
        self.first: list[int] = []

    @order.on_write
    def _take(self, value: int, request: Request) -> None:
        self.orders.append((request.device, value))
        if len(self.orders) == 200:
            self.busy.set()

    @early.on_write
    def _take_early(self, value: int) -> None:
        self.first.append(value)


async def visit(air: Air, name: str) -> Peer:
    phone = await air.phone(name)
    return await phone.connect(await phone.find(name="Till"))


async def send(peer: Peer, uuid: str, *numbers: int) -> None:
    """Write numbers without response, one behind the other, and give them time to arrive."""
    for number in numbers:
        await peer.command(uuid, number.to_bytes(2, "little"))
    await asyncio.sleep(0.5)


async def in_order(till: Till, ann: Peer, ben: Peer) -> None:
    """Two phones: each one's writes stay in order, none is lost."""
    await send(ann, ORDER, 0)
    await send(ben, ORDER, 1000)
    await send(ann, ORDER, *range(1, 100))
    await send(ben, ORDER, *range(1001, 1100))
    async with asyncio.timeout(10):
        await till.busy.wait()
    numbers = [number for _, number in till.orders]
    assert [number for number in numbers if number < 1000] == list(range(100))
    assert [number for number in numbers if number >= 1000] == list(range(1000, 1100))


def from_whom(till: Till) -> bool:
    """Whether each write is told with the phone that it came from."""
    return {(device, number >= 1000) for device, number in till.orders} == {(ANN, False), (BEN, True)}


async def of_any_length(till: Till, ann: Peer) -> None:
    for octets in (b"hello", b"", b"x" * 200):
        await ann.command(TEXT, octets)
        await asyncio.sleep(0.5)
        assert till.text == octets, octets


async def nonsense(till: Till, ann: Peer) -> None:
    """One octet is no UInt16; the next write works."""
    before = len(till.orders)
    await ann.command(ORDER, b"1")
    await send(ann, ORDER, 7)
    assert till.orders[before:] == [(ANN, 7)]


async def story() -> None:
    logging.basicConfig(level=logging.WARNING)
    till = Till()
    async with radio() as air, Peripheral(till, name="Till"), adverts("Till", 1):
        ann, ben = await visit(air, "Ann"), await visit(air, "Ben")
        await in_order(till, ann, ben)
        release_can(
            '`request.device` of a write over a socket (`transport="socket"`) is the phone that wrote',
            from_whom(till),
            since="5.69",
            otherwise="one socket serves all phones: it is the one that wrote first",
        )
        await of_any_length(till, ann)
        await nonsense(till, ann)
        await send(ann, EARLY, *range(10))
        release_can(
            "a burst of writes over a socket that bluetoothd has yet to open",
            till.first == list(range(10)),
            otherwise="each of them arrives with the octets of the last one",
        )
        for peer in (ann, ben):
            await peer.disconnect()
