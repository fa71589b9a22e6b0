"""A private dbus-daemon, the consumer on it, and connections for both sides."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import attrs
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from gattschema import Service
from gattschema._hub import Hub
from gattschema.bluez import (
    BLUEZ,
    Application,
    Mirror,
    ObjectTree,
    Outbox,
    Surroundings,
    owner_of,
    watch_owner,
)

T = TypeVar("T")

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

ADAPTER = "/org/bluez/hci0"
RELEASE = (5, 82)
"""The BlueZ that the consumer stands for."""
SECONDS = 60
"""After that long, something that should have arrived is taken for lost."""


@contextlib.contextmanager
def daemon(folder: Path) -> Iterator[str]:
    """Run a dbus-daemon of our own; give its address."""
    config = folder / "bus.conf"
    config.write_text(CONFIG.format(path=folder / "bus"))
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"]
    with _running(command) as address:
        yield address.partition(",")[0]


@contextlib.contextmanager
def consumer(address: str) -> Iterator[str]:
    """Run the consumer; give its unique name."""
    command = [sys.executable, "-m", f"{__package__}.consumer", address.removeprefix("unix:path=")]
    with _running(command) as name:
        yield name


@contextlib.contextmanager
def _running(command: Sequence[str]) -> Iterator[str]:
    """Run a program while the block lasts; give the first line that it prints."""
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:  # noqa: S603  (our own)
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@attrs.frozen
class Report:
    """What the consumer saw since the last report."""

    count: int
    checksum: int
    registered: int


@attrs.define
class Bench:
    """An event loop that runs while it is asked to, and connections to the bus."""

    address: str
    runner: asyncio.Runner
    lines: list[Line] = attrs.field(factory=list)
    served: list[Served] = attrs.field(factory=list)

    def run(self, work: Awaitable[T]) -> T:
        """Run the event loop until *work* is done."""

        async def limited() -> T:
            async with asyncio.timeout(SECONDS):
                return await work

        return self.runner.run(limited())

    def connect(self) -> Line:
        """Make one more connection."""
        return self.run(self._connect())

    async def _connect(self) -> Line:
        bus = await MessageBus(bus_address=self.address, negotiate_unix_fd=True).connect()
        self.lines.append(Line(bus, await owner_of(bus, BLUEZ)))
        return self.lines[-1]

    def serve(self, *services: Service) -> Served:
        """Register services as a peripheral does."""
        return self.run(self._serve(self.connect(), services))

    async def _serve(self, line: Line, services: Sequence[Service]) -> Served:
        served = Served(line, Application(await surroundings(line), services))
        await served.application.register(served.application.around.mirror.adapter(ADAPTER))
        self.served.append(served)
        return served

    def close(self) -> None:
        """Leave the bus, with nothing under way and nothing counted."""
        self.run(self._leave())

    async def _leave(self) -> None:
        for served in self.served:
            served.application.withdraw()
            served.application.around.outbox.close()
        for line in self.lines:
            if line.bus.connected:
                await line.ask("Report")
                await line.ask("Release")
            line.bus.disconnect()
            with contextlib.suppress(OSError, EOFError):
                await line.bus.wait_for_disconnect()


async def surroundings(line: Line) -> Surroundings:
    """Give what an application is made on, with all that a peripheral hears on its connection."""
    await watch_owner(line.bus, BLUEZ)
    tree = ObjectTree(line.bus, line.consumer)
    mirror = Mirror(line.bus, line.consumer)
    await mirror.watch()
    return Surroundings(tree, Outbox(line.bus, line.consumer), mirror, RELEASE, Hub())


@attrs.frozen
class Line:
    """One connection, and what the consumer at its other end can be asked for."""

    bus: MessageBus
    consumer: str

    async def ask(self, member: str, signature: str = "", *body: Any) -> Report:
        """Let the consumer do something.

        Raises:
            AssertionError: it does not.
        """
        answer = await self._call(member, signature, *body)
        return Report(*answer) if answer else Report(0, 0, 0)

    async def watch(self, count: int) -> None:
        """Let the consumer note the delays of the next *count* values, which bear a stamp."""
        await self._call("Watch", "u", count)

    async def delays(self) -> list[float]:
        """Give the seconds that each of them was under way."""
        (delays,) = await self._call("Delays", "")
        return [nanoseconds / 1e9 for nanoseconds in delays]

    async def _call(self, member: str, signature: str, *body: Any) -> list[Any]:
        call = Message(self.consumer, "/", "bench.Consumer", member, signature=signature, body=list(body))
        reply = await self.bus.call(call)
        assert reply.message_type is MessageType.METHOD_RETURN, reply.body
        return reply.body

    async def fence(self) -> None:
        """Wait until the consumer has read all that was sent before."""
        reply = await self.bus.call(Message(self.consumer, "/", "org.freedesktop.DBus.Peer", "Ping"))
        assert reply.message_type is MessageType.METHOD_RETURN


@attrs.frozen
class Served:
    """Our services on the bus."""

    line: Line
    application: Application

    def path(self, index: int = 0, service: int = 0) -> str:
        """Where characteristic *index* of that service is."""
        return f"{self.application.branch.root}/service{service}/char{index}"


def checksum(values: Iterable[bytes]) -> int:
    """Give what the consumer reports for these values in this order."""
    total = 0
    for octets in values:
        total = crc32(octets, total)
    return total
