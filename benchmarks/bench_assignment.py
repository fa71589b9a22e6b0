"""What ``service.rate = 72`` costs, with and without somebody listening."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from gattschema import ReadNotify, Service, UInt16

from . import handwritten
from .bus import Bench, checksum
from .loops import loop, operations
from .ratios import at_most

VALUES = tuple(range(0, 65536, 655))
BURST = 16
"""Assignments at once when somebody listens: far below what either side lets be under way."""


class Pulse(Service, uuid="5b1a0000-77c1-4f3e-9a52-0d1c3e9f1a10"):
    rate: ReadNotify[UInt16]


class Plain:
    def __init__(self, rate: int) -> None:
        self.rate = rate


def test_assignment_of_an_instance_that_is_not_served(compare: Callable[..., None]) -> None:
    pulse = Pulse(rate=0)
    compare(
        loop("service.rate = value", VALUES, service=pulse),
        loop("pack(value)", VALUES, pack=struct.Struct("<H").pack),
        figure="assign u16, not served",
        peer_name="Struct.pack",
        count=operations(VALUES),
        rounds=30,
        target=at_most(4),
    )
    assert pulse.rate == VALUES[-1]


def test_assignment_without_subscriber(bench: Bench, compare: Callable[..., None]) -> None:
    pulse = Pulse(rate=0)
    served = bench.serve(pulse)
    bench.run(served.line.ask("Subscribe", "o", served.path()))
    bench.run(served.line.ask("Unsubscribe", "o", served.path()))
    compare(
        loop("service.rate = value", VALUES, service=pulse),
        loop("pack(value)", VALUES, pack=struct.Struct("<H").pack),
        figure="assign u16, served, nobody subscribed",
        peer_name="Struct.pack",
        count=operations(VALUES),
        rounds=30,
        target=at_most(4),
    )
    assert bench.run(served.line.ask("Report")).count == 0


def test_assignment_with_a_subscriber(bench: Bench, compare: Callable[..., None]) -> None:
    pulse, hand, served, line = _both_subscribed(bench)
    values = VALUES[:BURST]
    assigned: list[int] = []

    def ours() -> None:
        for value in values:
            pulse.rate = value
        assigned.extend(values)

    def peer() -> None:
        for value in values:
            hand.assign(value)
        assigned.extend(values)

    async def settle() -> None:
        await served.line.fence()
        await line.fence()

    compare(
        ours,
        peer,
        figure=f"assign u16, subscribed, bursts of {BURST}",
        peer_name="pack + emit_properties_changed",
        count=BURST,
        rounds=200,
        ready=lambda: bench.run(settle()),
    )
    bench.run(settle())
    report = bench.run(line.ask("Report"))
    assert report.count == len(assigned)
    assert report.checksum == checksum(struct.pack("<H", value) for value in assigned)


def test_assignment_when_bluez_takes_no_more(bench: Bench, compare: Callable[..., None]) -> None:
    pulse, hand, served, line = _both_subscribed(bench)
    ours = loop("service.rate = value", VALUES, service=pulse)

    def peer() -> None:
        for value in VALUES[:BURST]:
            hand.assign(value)
        bench.run(line.fence())

    peer()
    ours()
    bench.run(served.line.fence())
    bench.run(served.line.fence())
    bench.run(line.ask("Report"))
    compare(
        ours,
        loop("pack(value)", VALUES, pack=struct.Struct("<H").pack),
        figure="assign u16, subscribed, window full",
        peer_name="Struct.pack",
        count=operations(VALUES),
        rounds=30,
    )
    assert pulse.rate == VALUES[-1]


def _both_subscribed(bench: Bench) -> tuple[Any, ...]:
    pulse = Pulse(rate=0)
    served = bench.serve(pulse)
    bench.run(served.line.ask("Subscribe", "o", served.path()))
    line = bench.connect()
    hand = handwritten.HandCharacteristic("5b1a0001-77c1-4f3e-9a52-0d1c3e9f1a10", handwritten.path())
    line.bus.export(handwritten.path(), hand)
    bench.run(line.ask("Subscribe", "o", handwritten.path()))
    return pulse, hand, served, line


@pytest.mark.parametrize("number", [72, 40000])
def test_read_access(compare: Callable[..., None], number: int) -> None:
    pulse, plain = Pulse(rate=number), Plain(number)
    compare(
        loop("service.rate", range(100), service=pulse),
        loop("service.rate", range(100), service=plain),
        figure=f"read service.rate ({number})",
        peer_name="plain attribute",
        count=operations(range(100)),
    )
    assert pulse.rate == plain.rate == number
