"""Flow control: notifications never fill the bus's socket, since dbus-fast loses a connection that is full for good.

At most ``WINDOW`` signals are on their way. When half of it is used, a ``Peer.Ping`` to bluetoothd follows them as a
fence: its answer proves that all before it have been read, and gives their places back. An assignment that finds no
place waits in its :class:`Outlet`: alone, replacing an older one (policy "latest"), or in line (policy "every").
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import Any

import attrs
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from gattschema._errors import QueueFull
from gattschema.bluez._bus import PROPERTIES, send
from gattschema.schema import Policy

WINDOW = 64
"""Signals on their way; dbus-fast 5.2.0 dies with 167 unread ones."""
QUEUE = 1024
"""Values that wait in line with the policy "every"."""

GATT_CHARACTERISTIC = "org.bluez.GattCharacteristic1"


@attrs.define(eq=False)
class Outlet:
    """Where one characteristic's new octets leave: callable from any thread."""

    outbox: Outbox
    place: str
    """``HeartRate.rate``, for errors."""
    policy: Policy
    message: Message
    value: Variant
    """The part of *message* that changes; the message is sent again and again."""
    waiting: deque[bytes] = attrs.field(factory=deque[bytes])
    handed_over: int = 0
    """Values that other threads have left with the outbox and that are not in *waiting* yet."""

    def __call__(self, octets: bytes) -> None:
        """Send *octets* to the subscribers, now or as soon as BlueZ takes them.

        Raises:
            QueueFull: the policy is "every" and the queue is full; nothing is sent.
        """
        if threading.get_ident() == self.outbox.thread:
            self.outbox.offer(self, octets)
        else:
            self.outbox.hand_over(self, octets)

    def keep(self, octets: bytes) -> None:
        """Let *octets* wait."""
        if self.policy == "latest":
            self.waiting.clear()
        self.waiting.append(octets)

    @property
    def backlog(self) -> int:
        """Values that wait in line."""
        return len(self.waiting) + self.handed_over

    async def drain(self) -> None:
        """Wait until the line is at most half full."""
        while self.backlog > QUEUE // 2 and not self.outbox.closed:
            self.outbox.moved.clear()
            await self.outbox.moved.wait()

    def refuse_overflow(self) -> None:
        """Raise when a queue that must keep everything is full."""
        if self.policy == "every" and self.backlog >= QUEUE:
            msg = f"{self.place}: {QUEUE} values wait already; await gattschema.drain(service) before assigning more"
            raise QueueFull(msg)


@attrs.define(eq=False)
class Outbox:
    """The sender of one bus connection; lives on the event loop that is running when it is made."""

    bus: MessageBus
    bluetoothd: str
    """The unique name of bluetoothd's connection: signals go there and nowhere else."""
    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    thread: int = attrs.field(factory=threading.get_ident)
    on_the_way: int = 0
    fence: asyncio.Future[Any] | None = None
    line: dict[Outlet, None] = attrs.field(factory=dict["Outlet", None])
    """Outlets with something waiting, in the order of their first claim."""
    moved: asyncio.Event = attrs.field(factory=asyncio.Event)
    closed: bool = False
    lock: threading.Lock = attrs.field(factory=threading.Lock)
    inbox: deque[tuple[Outlet, bytes]] = attrs.field(factory=deque[tuple[Outlet, bytes]])
    overflow: dict[Outlet, bytes] = attrs.field(factory=dict["Outlet", bytes])
    """The newest values of other threads that found the inbox full."""

    def outlet(self, path: str, place: str, policy: Policy) -> Outlet:
        """Give the outlet of the characteristic exported at *path*."""
        value = Variant("ay", b"")
        message = Message(
            destination=self.bluetoothd,
            path=path,
            interface=PROPERTIES,
            member="PropertiesChanged",
            message_type=MessageType.SIGNAL,
            signature="sa{sv}as",
            body=[GATT_CHARACTERISTIC, {"Value": value}, []],
        )
        return Outlet(self, place, policy, message, value)

    # --- on the event loop ----------------------------------------------------------------------------------------

    def offer(self, outlet: Outlet, octets: bytes) -> None:
        """Send *octets* if there is a place in the window, else let them wait."""
        if self.inbox:
            self._take_over()  # what other threads assigned before goes first
        if self.on_the_way < WINDOW and not outlet.waiting:
            self._send(outlet, octets)
            return
        outlet.refuse_overflow()
        outlet.keep(octets)
        self.line[outlet] = None

    def _send(self, outlet: Outlet, octets: bytes) -> None:
        if self.closed or not self.bus.connected:
            return
        outlet.value.value = octets
        outlet.message.serial = 0
        send(self.bus, outlet.message)
        self.on_the_way += 1
        self._raise_fence()

    def _raise_fence(self) -> None:
        if self.fence is not None or self.on_the_way < WINDOW // 2:
            return
        covered = self.on_the_way
        ping = Message(self.bluetoothd, "/org/bluez", "org.freedesktop.DBus.Peer", "Ping")
        self.fence = asyncio.ensure_future(self.bus.call(ping))
        self.fence.add_done_callback(lambda fence: self._passed(fence, covered))

    def _passed(self, fence: asyncio.Future[Any], covered: int) -> None:
        """Take back the places of all that went before the fence; an error is an answer, too."""
        self.fence = None
        if fence.cancelled() or fence.exception() is not None:
            self.close()
            return
        self.on_the_way -= covered
        self._flush()
        self._raise_fence()

    def _flush(self) -> None:
        """Send what waits, one value of each outlet in turn, while there are places."""
        while self.line and self.on_the_way < WINDOW:
            outlet = next(iter(self.line))
            del self.line[outlet]
            if outlet.waiting:
                self._send(outlet, outlet.waiting.popleft())
            if outlet.waiting:
                self.line[outlet] = None
        self.moved.set()

    def close(self) -> None:
        """Send nothing more."""
        with self.lock:
            self.closed = True
        self.moved.set()
        if self.fence is not None:
            self.fence.cancel()

    # --- on any other thread --------------------------------------------------------------------------------------

    def hand_over(self, outlet: Outlet, octets: bytes) -> None:
        """Leave *octets* for the event loop to offer."""
        with self.lock:
            if self.closed:
                return
            outlet.refuse_overflow()
            idle = not self.inbox
            if outlet.policy == "latest" and len(self.inbox) >= WINDOW:
                self.overflow[outlet] = octets
                return
            outlet.handed_over += 1
            self.inbox.append((outlet, octets))
            if idle:
                self.loop.call_soon_threadsafe(self._take_over)

    def _take_over(self) -> None:
        with self.lock:
            entries = [*self.inbox, *self.overflow.items()]
            for outlet, _ in self.inbox:
                outlet.handed_over -= 1
            self.inbox.clear()
            self.overflow.clear()
        for outlet, octets in entries:
            if self.on_the_way < WINDOW and not outlet.waiting:
                self._send(outlet, octets)
            else:
                outlet.keep(octets)
                self.line[outlet] = None
