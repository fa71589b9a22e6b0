"""Everything that is said on the bus, in its order: what `busctl monitor` shows."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

_DBUS = "org.freedesktop.DBus"


@dataclass(frozen=True)
class Said:
    """One message: a call, a signal, an answer or an error; `.at` is when it was heard (s)."""

    at: float
    kind: MessageType
    sender: str
    path: str
    interface: str
    member: str
    body: list[Any]

    def __str__(self) -> str:
        """`signal /org/bluez/hci0/dev_… PropertiesChanged(Device1: Connected=True)`."""
        what = self.interface.rpartition(".")[2]
        return f"{self.kind.name.lower()} {self.path} {what}.{self.member}{self.body}"


class Monitor:
    """What was said since the block has begun."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self._news = asyncio.Event()

    def take(self, message: Message) -> bool:
        """One more message; nothing is ever answered by a monitor."""
        self.said.append(
            Said(
                time.monotonic(),
                message.message_type,
                message.sender or "",
                message.path or "",
                message.interface or "",
                message.member or message.error_name or "",
                [_plain(value) for value in message.body],
            )
        )
        self._news.set()
        return True

    def all(self, *members: str) -> list[Said]:
        """The calls and signals of these members."""
        return [said for said in self.said if said.member in members]

    async def wait(self, is_it: Callable[[Said], bool], within: float = 10) -> Said:
        """The first message of that kind, heard already or `within` so many seconds."""
        async with asyncio.timeout(within):
            while True:
                if found := next((said for said in self.said if is_it(said)), None):
                    return found
                self._news.clear()
                await self._news.wait()


def _plain(value: Any) -> Any:
    """A value without variants."""
    if isinstance(value, Variant):
        return _plain(value.value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


@asynccontextmanager
async def monitor(*rules: str) -> AsyncIterator[Monitor]:
    """Inside the block every message of the bus is heard, or those that one of the match rules lets pass."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    heard = Monitor()
    bus.add_message_handler(heard.take)
    body = [list(rules), 0]
    call = Message(_DBUS, "/org/freedesktop/DBus", f"{_DBUS}.Monitoring", "BecomeMonitor", signature="asu", body=body)
    bus.send(call)
    await asyncio.sleep(0.1)
    try:
        yield heard
    finally:
        bus.disconnect()
