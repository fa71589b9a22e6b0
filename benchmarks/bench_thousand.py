"""A thousand characteristics on one connection: the last of them works, and what they take."""

from __future__ import annotations

import contextlib
import gc
import struct
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import pytest

from gattschema import Service, drain
from gattschema.bluez import Application

from . import handwritten
from .bench_registration import EACH, declare
from .bus import ADAPTER, Bench, Line, Served, checksum, surroundings
from .ratios import at_least, at_most
from .traffic import BURST, arrived, fenced, read, write

MANY = 1000
SERVICES = MANY // EACH
REQUESTS = 500
NUMBERS = range(2000)
EXPECTED = checksum(struct.pack("<H", number) for number in NUMBERS)
LAST = handwritten.path(SERVICES - 1, EACH - 1)


def _classes() -> list[type[Service]]:
    return [declare(number, policy="every") for number in range(SERVICES)]


@pytest.fixture
def services() -> list[Service]:
    return [declared() for declared in _classes()]


@pytest.fixture
def served(bench: Bench, services: Sequence[Service]) -> Served:
    """Give ours, a thousand of them."""
    return bench.serve(*services)


@attrs.frozen
class ByHand:
    """As many by hand."""

    line: Line
    last: handwritten.HandCharacteristic


@pytest.fixture
def hand(bench: Bench) -> ByHand:
    line = bench.connect()
    exported = bench.run(handwritten.export(line, SERVICES, EACH))
    bench.run(handwritten.register(line))
    assert bench.run(line.ask("Report")).registered == MANY
    last = exported[LAST]
    assert isinstance(last, handwritten.HandCharacteristic)
    return ByHand(line, last)


@pytest.mark.parametrize("member", ["ReadValue", "WriteValue"])
def test_requests(bench: Bench, served: Served, hand: ByHand, compare: Callable[..., None], member: str) -> None:
    ask = {"ReadValue": read, "WriteValue": write}[member]
    compare(
        lambda: bench.run(ask(served.line, served.path(EACH - 1, SERVICES - 1), bytes(2), REQUESTS)),
        lambda: bench.run(ask(hand.line, LAST, bytes(2), REQUESTS)),
        figure=f"{member}, last of {MANY}",
        peer_name="@dbus_method",
        count=REQUESTS,
        of="rate",
        target=at_least(0.95),
    )


def test_notifications(
    bench: Bench, services: Sequence[Any], served: Served, hand: ByHand, compare: Callable[..., None]
) -> None:
    """bluetoothd hears signals of five hundred objects at most, so that it hears our last over a socket."""
    last = services[-1]
    bench.run(served.line.ask("Acquire", "o", served.path(EACH - 1, SERVICES - 1)))
    bench.run(hand.line.ask("Subscribe", "o", LAST))

    async def ours() -> None:
        for begin in range(0, len(NUMBERS), BURST):
            for number in NUMBERS[begin : begin + BURST]:
                last.field9 = number
            await drain(last)
        await arrived(served.line, len(NUMBERS), EXPECTED)

    async def peer() -> None:
        await fenced(hand.line, hand.last.assign, NUMBERS)
        await arrived(hand.line, len(NUMBERS), EXPECTED)

    compare(
        lambda: bench.run(ours()),
        lambda: bench.run(peer()),
        figure=f"notifications, u16, last of {MANY}",
        peer_name="emit, fence each 32",
        count=len(NUMBERS),
        of="rate",
        target=at_least(1),
    )


@pytest.mark.parametrize("peer_name", ["1 KiB", "ServiceInterfaces"])
def test_memory(bench: Bench, compare_results: Callable[..., None], peer_name: str) -> None:
    classes = _classes()
    line, hand = bench.connect(), bench.connect()
    around = bench.run(surroundings(line))

    async def ours() -> list[float]:
        """Measure what the bus takes: the instances are there before."""
        services = [cls() for cls in classes]
        with _taken() as octets:
            application = Application(around, services)
            await application.register(ADAPTER)
        await application.unregister(ADAPTER)
        return octets

    async def by_hand() -> list[float]:
        with _taken() as octets:
            exported = await handwritten.export(hand, SERVICES, EACH)
            await handwritten.register(hand)
        await handwritten.take_back(hand, exported)
        return octets

    compare_results(
        lambda: bench.run(ours()),
        (lambda: [1024]) if peer_name == "1 KiB" else lambda: bench.run(by_hand()),
        figures={f"memory of a characteristic of {MANY}": at_most(1.5) if peer_name == "1 KiB" else None},
        peer_name=peer_name,
        rounds=2,
        unit="B",
    )


@contextlib.contextmanager
def _taken() -> Iterator[list[float]]:
    """Measure the octets per characteristic that are taken while the block runs and not given back."""
    octets: list[float] = []
    gc.collect()
    tracemalloc.start()
    try:
        yield octets
        gc.collect()
        octets.append(tracemalloc.get_traced_memory()[0] / MANY)
    finally:
        tracemalloc.stop()
