"""Reads and writes, one after the other, each answered before the next is asked."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from gattschema import ReadWrite, Service, UInt16, characteristic

from . import handwritten
from .bus import Bench, Line, checksum

COUNT = 500
RATE = 40000
OCTETS = struct.pack("<H", RATE)


class Store(Service, uuid="5b1a0004-77c1-4f3e-9a52-0d1c3e9f1a10"):
    rate: ReadWrite[UInt16]


class Handled(Service, uuid="5b1a0005-77c1-4f3e-9a52-0d1c3e9f1a10"):
    rate: ReadWrite[UInt16] = characteristic()

    @rate.on_read
    async def _rate(self) -> int:
        return RATE

    @rate.on_write
    async def _set_rate(self, value: int) -> None:
        assert value == RATE


PEERS = {Store: handwritten.HandCharacteristic, Handled: handwritten.AsyncHandCharacteristic}


@pytest.mark.parametrize("service", PEERS, ids=["stored", "async handlers"])
@pytest.mark.parametrize("member", ["ReadValue", "WriteValue"])
def test_round_trips(bench: Bench, compare: Callable[..., None], member: str, service: type[Store]) -> None:
    values, hand = service(rate=RATE), PEERS[service]("x", "/org/handwritten", RATE)
    served, line = bench.serve(values), bench.connect()
    line.bus.export(handwritten.path(), hand)
    ask = {"ReadValue": _read, "WriteValue": _write}[member]
    compare(
        lambda: bench.run(ask(served.line, served.path())),
        lambda: bench.run(ask(line, handwritten.path())),
        figure=f"{member}, {'stored' if service is Store else 'async handler'}",
        peer_name=f"@dbus_method{'' if service is Store else ' async def'}",
        count=COUNT,
    )
    assert values.rate == hand.rate == RATE


async def _read(line: Line, path: str) -> None:
    report = await line.ask("Read", "ou", path, COUNT)
    assert (report.count, report.checksum) == (COUNT, checksum([OCTETS] * COUNT))


async def _write(line: Line, path: str) -> None:
    assert (await line.ask("Write", "ouay", path, COUNT, OCTETS)).count == COUNT
