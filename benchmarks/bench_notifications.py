"""Notifications from end to end: assigned here, read from the bus by another process, none lost, order kept."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Annotated

import pytest

from gattschema import Notify, Octets, Service, UInt16, characteristic, drain

from . import handwritten
from .bus import Bench, checksum
from .ratios import at_least
from .traffic import BURST, arrived, fenced, frames, windowed

COUNT = 2000


class Stream(Service, uuid="5b1a0002-77c1-4f3e-9a52-0d1c3e9f1a10"):
    frame: Notify[Annotated[bytes, Octets(20)]] = characteristic(default=bytes(20), policy="every")
    number: Notify[UInt16] = characteristic(default=0, policy="every")


FRAMES = frames(COUNT)
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
        await arrived(served.line, COUNT, expected)

    async def peer() -> None:
        notify, values = (hand.announce, FRAMES) if kind == "frame" else (hand.assign, NUMBERS)
        await PEERS[peer_name](line, notify, values)
        await arrived(line, COUNT, expected)

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
