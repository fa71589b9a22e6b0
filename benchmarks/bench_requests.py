"""Reads and writes: each answered before the next is asked, or many of them under way."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from gattschema import ReadWrite, Service, UInt16, characteristic

from . import handwritten
from .bus import Bench
from .ratios import at_least
from .traffic import read, write

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


@pytest.mark.parametrize("window", [1, 64])
@pytest.mark.parametrize("service", PEERS, ids=["stored", "async handlers"])
@pytest.mark.parametrize("member", ["ReadValue", "WriteValue"])
def test_requests(bench: Bench, compare: Callable[..., None], member: str, service: type[Store], window: int) -> None:
    values, hand = service(rate=RATE), PEERS[service]("x", "/org/handwritten", RATE)
    served, line = bench.serve(values), bench.connect()
    line.bus.export(handwritten.path(), hand)
    ask = {"ReadValue": read, "WriteValue": write}[member]
    compare(
        lambda: bench.run(ask(served.line, served.path(), OCTETS, COUNT, window)),
        lambda: bench.run(ask(line, handwritten.path(), OCTETS, COUNT, window)),
        figure=f"{member}, {'stored' if service is Store else 'async handler'}{', window of 64' * (window > 1)}",
        peer_name=f"@dbus_method{'' if service is Store else ' async def'}",
        count=COUNT,
        of="rate",
        target=at_least(0.95) if window == 1 else None,
    )
    assert values.rate == hand.rate == RATE
