"""Sockets instead of the bus, from end to end: notifications (AcquireNotify) and writes without response."""

from __future__ import annotations

import asyncio
import statistics
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated, Any
from zlib import crc32

import attrs
import pytest

from gattschema import Notify, Octets, Service, Write, WriteWithoutResponse, characteristic, drain

from . import handwritten
from .bus import Bench, Line, Report, checksum
from .ratios import at_least, at_most
from .traffic import BURST, arrived, fenced, frames, windowed

COUNT = 5000
FRAMES = frames(COUNT)
EXPECTED = checksum(FRAMES)
PACE = 0.002
"""Seconds between two values when it is their delay that counts."""
PACED = 200

Frame = Annotated[bytes, Octets(20)]


class Stream(Service, uuid="5b1a0006-77c1-4f3e-9a52-0d1c3e9f1a10"):
    frame: Notify[Frame] = characteristic(default=bytes(20), policy="every", transport="socket")


class BusStream(Service, uuid="5b1a0007-77c1-4f3e-9a52-0d1c3e9f1a10"):
    frame: Notify[Frame] = characteristic(default=bytes(20), policy="every")


class Upload(Service, uuid="5b1a0008-77c1-4f3e-9a52-0d1c3e9f1a10"):
    frame: WriteWithoutResponse[Frame] = characteristic(default=bytes(20), transport="socket")


class CheckedUpload(Service, uuid="5b1a000a-77c1-4f3e-9a52-0d1c3e9f1a10"):
    """Sees every write: none is lost, and they come in order."""

    frame: WriteWithoutResponse[Frame] = characteristic(default=bytes(20), transport="socket")
    seen = 0
    checksum = 0

    @frame.on_write
    def _frame(self, octets: bytes) -> None:
        self.seen += 1
        self.checksum = crc32(octets, self.checksum)

    def check(self) -> None:
        assert (self.seen, self.checksum) == (COUNT, EXPECTED)
        self.seen = self.checksum = 0


class BusUpload(Service, uuid="5b1a0009-77c1-4f3e-9a52-0d1c3e9f1a10"):
    frame: Write[Frame] = characteristic(default=bytes(20))


# --- notifications -----------------------------------------------------------------------------------------------


@attrs.frozen
class Sender:
    """One way from here to the consumer, which counts what arrives on it."""

    line: Line
    assign: Callable[[bytes], None]
    send_all: Callable[[], Awaitable[None]]


def ours(bench: Bench, stream: Any, member: str) -> Sender:
    """Let the consumer subscribe by *member* to what we serve."""
    served = bench.serve(stream)
    bench.run(served.line.ask(member, "o", served.path()))

    async def send_all() -> None:
        """Assign in bursts, as a program does that reads from somewhere in between."""
        for begin in range(0, COUNT, BURST):
            for value in FRAMES[begin : begin + BURST]:
                stream.frame = value
            await drain(stream)

    return Sender(served.line, partial(setattr, stream, "frame"), send_all)


def by_hand(
    bench: Bench, kind: type[handwritten.HandCharacteristic], member: str, send: Callable[..., Awaitable[None]]
) -> Sender:
    """Let the consumer subscribe by *member* to what is written by hand."""
    line, hand = bench.connect(), kind("x", "/org/handwritten")
    line.bus.export(handwritten.path(), hand)
    bench.run(line.ask(member, "o", handwritten.path()))
    return Sender(line, hand.announce, partial(send, line, hand.announce, FRAMES))


async def unfenced(_: Line, notify: Callable[[bytes], None], values: Sequence[bytes]) -> None:
    """Send one after the other; a blocking socket waits where there is no room."""
    for value in values:
        notify(value)


EMIT = "emit, fence each 32"
WINDOW = "emit, window of 64"
BUS = "ours, over the bus"
SOCKET = "AcquireNotify, socket.send"
PEERS: dict[str, Callable[[Bench], Sender]] = {
    EMIT: partial(by_hand, kind=handwritten.HandCharacteristic, member="Subscribe", send=fenced),
    WINDOW: partial(by_hand, kind=handwritten.HandCharacteristic, member="Subscribe", send=windowed),
    BUS: lambda bench: ours(bench, BusStream(), "Subscribe"),
    SOCKET: partial(by_hand, kind=handwritten.SocketHandCharacteristic, member="Acquire", send=unfenced),
}


@pytest.mark.parametrize("peer_name", PEERS)
def test_throughput(bench: Bench, compare: Callable[..., None], peer_name: str) -> None:
    mine, peer = ours(bench, Stream(), "Acquire"), PEERS[peer_name](bench)

    async def send(sender: Sender) -> None:
        await sender.send_all()
        await arrived(sender.line, COUNT, EXPECTED)

    compare(
        lambda: bench.run(send(mine)),
        lambda: bench.run(send(peer)),
        figure="notifications over a socket, 20 octets",
        peer_name=peer_name,
        count=COUNT,
        rounds=10,
        of="rate",
        target=at_least(8) if peer_name in {EMIT, BUS} else None,
    )


@pytest.mark.parametrize("peer_name", [EMIT, BUS, SOCKET])
def test_delay(bench: Bench, compare_results: Callable[..., None], peer_name: str) -> None:
    mine, peer = ours(bench, Stream(), "Acquire"), PEERS[peer_name](bench)

    async def delays(sender: Sender) -> tuple[float, float]:
        """Assign at a pace that everything keeps; give the delays that half and 99 of 100 do not exceed."""
        await sender.line.watch(PACED)
        for _ in range(PACED):
            await asyncio.sleep(PACE)
            sender.assign(struct.pack("<Q12x", time.monotonic_ns()))
        percentiles = statistics.quantiles(await sender.line.delays(), n=100)
        return percentiles[49], percentiles[98]

    figure = f"notification over a socket, each {PACE * 1000:g} ms"
    compare_results(
        lambda: bench.run(delays(mine)),
        lambda: bench.run(delays(peer)),
        figures={f"{figure}, p50": None if peer_name == SOCKET else at_most(0.2), f"{figure}, p99": None},
        peer_name=peer_name.removesuffix(", fence each 32"),
        rounds=6,
    )


# --- writes ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Receiver:
    """Something that the consumer writes into."""

    line: Line
    path: str
    assign: Callable[[bytes], None]
    last: Callable[[], bytes]

    async def written(self) -> None:
        """Let the consumer call ``WriteValue``, with a window of 64."""
        await self._all_of(self.line.ask("Write", "ouuay", self.path, COUNT, 64, bytes(20)))

    async def poured(self) -> None:
        """Let the consumer write into the socket until everything is taken from it."""
        await self._all_of(self.line.ask("Pour", "uay", COUNT, bytes(20)))

    async def _all_of(self, asked: Awaitable[Report]) -> None:
        self.assign(bytes(20))
        report = await asked
        assert (report.count, self.last()) == (COUNT, FRAMES[-1])


def ours_written(bench: Bench, upload: Any) -> Receiver:
    served = bench.serve(upload)
    return Receiver(served.line, served.path(), partial(setattr, upload, "frame"), lambda: bytes(upload.frame))


def hand_written(bench: Bench, kind: type[handwritten.HandCharacteristic]) -> Receiver:
    line, hand = bench.connect(), kind("x", "/org/handwritten")
    line.bus.export(handwritten.path(), hand)
    return Receiver(line, handwritten.path(), partial(setattr, hand, "octets"), lambda: bytes(hand.octets))


RECEIVE = "AcquireWrite, socket.recv"
RECEIVERS: dict[str, Callable[[Bench], Receiver]] = {
    "WriteValue, window of 64": partial(hand_written, kind=handwritten.FrameHandCharacteristic),
    "ours, WriteValue, window of 64": lambda bench: ours_written(bench, BusUpload()),
    RECEIVE: partial(hand_written, kind=handwritten.SocketHandCharacteristic),
}


@pytest.mark.parametrize("handler", [False, True], ids=["stored", "handler"])
@pytest.mark.parametrize("peer_name", RECEIVERS)
def test_writes(bench: Bench, compare: Callable[..., None], peer_name: str, *, handler: bool) -> None:
    upload = CheckedUpload() if handler else Upload()
    mine, peer = ours_written(bench, upload), RECEIVERS[peer_name](bench)
    socket_peer = peer_name == RECEIVE
    for receiver in (mine, peer)[: 1 + socket_peer]:
        bench.run(receiver.line.ask("AcquireWriting", "o", receiver.path))

    async def pour() -> None:
        await mine.poured()
        if isinstance(upload, CheckedUpload):
            upload.check()

    compare(
        lambda: bench.run(pour()),
        lambda: bench.run(peer.poured() if socket_peer else peer.written()),
        figure=f"writes over a socket, 20 octets, {'handler' if handler else 'stored'}",
        peer_name=peer_name,
        count=COUNT,
        rounds=10,
        of="rate",
        target=None if socket_peer else at_least(8),
    )
