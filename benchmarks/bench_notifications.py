"""Notifications from end to end: assigned here, read from the bus by another process, none lost, order kept."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import pytest

from gattschema import Notify, Octets, Service, UInt16, characteristic, drain

from . import handwritten
from .bus import Bench, Line, checksum
from .ratios import at_least

COUNT = 2000
BURST = 32
"""The peer's fence: without one, dbus-fast loses its connection with 167 unread messages."""
WINDOW = 64


class Stream(Service, uuid="5b1a0002-77c1-4f3e-9a52-0d1c3e9f1a10"):
    frame: Notify[Annotated[bytes, Octets(20)]] = characteristic(default=bytes(20), policy="every")
    number: Notify[UInt16] = characteristic(default=0, policy="every")


FRAMES = [struct.pack("<I16x", number) for number in range(COUNT)]
NUMBERS = list(range(COUNT))
AS_OCTETS = [struct.pack("<H", number) for number in NUMBERS]


async def ours_frames(stream: Stream) -> None:
    """Assign in bursts, as a program does that reads from somewhere in between."""
    for begin in range(0, COUNT, BURST):
        for frame in FRAMES[begin : begin + BURST]:
            stream.frame = frame
        await drain(stream)


async def ours_numbers(stream: Stream) -> None:
    for begin in range(0, COUNT, BURST):
        for number in NUMBERS[begin : begin + BURST]:
            stream.number = number
        await drain(stream)


async def fenced(line: Line, notify: Callable[[Any], None], values: Sequence[Any]) -> None:
    """Wait after each burst until the consumer has read it."""
    for begin in range(0, COUNT, BURST):
        for value in values[begin : begin + BURST]:
            notify(value)
        await line.fence()


async def windowed(line: Line, notify: Callable[[Any], None], values: Sequence[Any]) -> None:
    """Let one burst be under way while the next is made: the best that one can do by hand."""
    before: asyncio.Future[None] | None = None
    for begin in range(0, COUNT, BURST):
        for value in values[begin : begin + BURST]:
            notify(value)
        fence = asyncio.ensure_future(line.fence())
        if before is not None:
            await before
        before = fence
    if before is not None:
        await before


PEERS = {"emit, fence each 32": fenced, "emit, window of 64": windowed}


@pytest.mark.parametrize("peer_name", PEERS)
@pytest.mark.parametrize("kind", ["frame", "number"])
def test_throughput(bench: Bench, compare: Callable[..., None], kind: str, peer_name: str) -> None:
    stream, hand = Stream(), handwritten.HandCharacteristic("5b1a0003-77c1-4f3e-9a52-0d1c3e9f1a10", "/org/handwritten")
    served, line = bench.serve(stream), bench.connect()
    line.bus.export(handwritten.path(), hand)
    bench.run(served.line.ask("Subscribe", "o", served.path(0 if kind == "frame" else 1)))
    bench.run(line.ask("Subscribe", "o", handwritten.path()))
    expected = checksum(FRAMES if kind == "frame" else AS_OCTETS)

    async def ours() -> None:
        await (ours_frames if kind == "frame" else ours_numbers)(stream)
        await _arrived(served.line, expected)

    async def peer() -> None:
        notify, values = (hand.announce, FRAMES) if kind == "frame" else (hand.assign, NUMBERS)
        await PEERS[peer_name](line, notify, values)
        await _arrived(line, expected)

    compare(
        lambda: bench.run(ours()),
        lambda: bench.run(peer()),
        figure=f"notifications, {'20 octets' if kind == 'frame' else 'u16'}",
        peer_name=peer_name,
        count=COUNT,
        rounds=30,
        of="rate",
        target=at_least(1) if peer_name.endswith("each 32") else None,
    )


async def _arrived(line: Line, expected: int) -> None:
    """Wait for the consumer: all of them are there, equal and in order."""
    report = await line.ask("Await", "u", COUNT)
    assert (report.count, report.checksum) == (COUNT, expected)
