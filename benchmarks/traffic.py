"""Many values in a row: what they are, how they are sent by hand without losing the connection, and requests."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Sequence
from typing import Any

from .bus import Line, checksum

BURST = 32
"""The peer's fence: without one, dbus-fast loses its connection with 167 unread messages."""


def frames(count: int) -> list[bytes]:
    """Give values of 20 octets, no two of them equal."""
    return [struct.pack("<I16x", number) for number in range(count)]


async def fenced(line: Line, notify: Callable[[Any], None], values: Sequence[Any]) -> None:
    """Wait after each burst until the consumer has read it."""
    for begin in range(0, len(values), BURST):
        for value in values[begin : begin + BURST]:
            notify(value)
        await line.fence()


async def windowed(line: Line, notify: Callable[[Any], None], values: Sequence[Any]) -> None:
    """Let one burst be under way while the next is made: the best that one can do by hand."""
    before: asyncio.Future[None] | None = None
    for begin in range(0, len(values), BURST):
        for value in values[begin : begin + BURST]:
            notify(value)
        fence = asyncio.ensure_future(line.fence())
        if before is not None:
            await before
        before = fence
    if before is not None:
        await before


async def arrived(line: Line, count: int, expected: int) -> None:
    """Wait for the consumer: all of them are there, equal and in order."""
    report = await line.ask("Await", "u", count)
    assert (report.count, report.checksum) == (count, expected)


async def read(line: Line, path: str, octets: bytes, count: int, window: int = 1) -> None:
    """Let the consumer read so many times, so many of them under way; each gives *octets*."""
    report = await line.ask("Read", "ouu", path, count, window)
    assert (report.count, report.checksum) == (count, checksum([octets] * count))


async def write(line: Line, path: str, octets: bytes, count: int, window: int = 1) -> None:
    """Let the consumer write so many times, so many of them under way."""
    assert (await line.ask("Write", "ouuay", path, count, window, octets)).count == count
