"""Flow control: notifications never fill the bus's socket, since dbus-fast loses a connection that is full for good.

At most ``WINDOW`` signals are on their way. When half of it is used, a ``Peer.Ping`` to bluetoothd follows them as a
fence: its answer proves that all before it have been read, and gives their places back. An assignment that finds no
place waits in its :class:`Outlet`: alone, replacing an older one (policy "latest"), or in line (policy "every").
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from threading import get_ident
from typing import Protocol

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
PATIENCE = 5.0
"""Seconds that leaving waits for BlueZ to take something of what still waits."""
FAREWELL = 30.0
"""Seconds that leaving takes at most."""

GATT_CHARACTERISTIC = "org.bluez.GattCharacteristic1"

_LEFT = {f"org.freedesktop.DBus.Error.{name}" for name in ("NameHasNoOwner", "NoReply", "ServiceUnknown")}
"""What the bus answers for a bluetoothd that has left it, a moment before it says so."""

logger = logging.getLogger("gattschema.bluez")


class Sender(Protocol):
    """One stage of the way that a characteristic's new octets take."""

    @property
    def place(self) -> str:
        """``HeartRate.rate``, for errors."""
        ...

    @property
    def backlog(self) -> int:
        """Values that wait here or further on."""
        ...

    def __call__(self, octets: bytes, /) -> None:
        """Pass *octets* on, now or when it is time; from any thread."""

    async def drain(self, most: int = ...) -> None:
        """Wait until *most* values wait, or fewer."""

    async def flush(self) -> None:
        """Pass on what waits without a reason beyond this stage: the peripheral is about to leave."""

    def clear(self) -> None:
        """Forget what waits: nobody is there to hear it."""

    def unsent(self) -> list[bytes]:
        """Give what waits, in order."""
        ...


def refuse_overflow(place: str, policy: Policy, backlog: int) -> None:
    """Raise when a line that must keep everything is full.

    Raises:
        QueueFull: the policy is "every" and ``QUEUE`` values wait.
    """
    if policy == "every" and backlog >= QUEUE:
        msg = f"{place}: {QUEUE} values wait already; await gattschema.drain(service) before assigning more"
        raise QueueFull(msg)


@attrs.define(eq=False, repr=False)
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
    on_sent: Callable[[], None] | None = None
    """Called for each value that leaves, where somebody counts."""

    def __call__(self, octets: bytes) -> None:
        """Send *octets* to the subscribers, now or as soon as BlueZ takes them.

        Raises:
            QueueFull: the policy is "every" and the queue is full; nothing is sent.
        """
        outbox = self.outbox
        if get_ident() != outbox.thread:
            outbox.hand_over(self, octets)
        elif outbox.on_the_way < WINDOW and not self.waiting and not outbox.inbox:
            outbox.send(self, octets)
        else:
            outbox.offer(self, octets)

    @property
    def backlog(self) -> int:
        """Values that wait in line."""
        return len(self.waiting) + self.handed_over

    def clear(self) -> None:
        """Forget what waits: nobody is there to hear it."""
        self.waiting.clear()
        self.outbox.moved.set()

    def unsent(self) -> list[bytes]:
        """Give what waits, in order."""
        with self.outbox.lock:
            left = [octets for outlet, octets in self.outbox.inbox if outlet is self]
            newest = self.outbox.overflow.get(self)
            return [*self.waiting, *left, *([] if newest is None else [newest])]

    async def flush(self) -> None:
        """What waits here waits for BlueZ."""

    async def drain(self, most: int = QUEUE // 2) -> None:
        """Wait until *most* values wait, or fewer."""
        while self.backlog > most and not self.outbox.closed:
            await self.outbox.progress()

    def refuse_overflow(self) -> None:
        """Raise when a line that must keep everything is full."""
        refuse_overflow(self.place, self.policy, self.backlog)


@attrs.define(eq=False, repr=False)
class Outbox:
    """The sender of one bus connection; lives on the event loop that is running when it is made."""

    bus: MessageBus
    bluetoothd: str
    """The unique name of bluetoothd's connection: signals go there and nowhere else."""
    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    thread: int = attrs.field(factory=threading.get_ident)
    on_the_way: int = 0
    fence: int = 0
    """The serial of the Ping that is on its way; 0 if there is none."""
    covered: int = 0
    """Signals that went before the fence."""
    ping: Message = attrs.field(init=False)
    line: dict[Outlet, None] = attrs.field(factory=dict["Outlet", None])
    """Outlets with something waiting, in the order of their first claim."""
    moved: asyncio.Event = attrs.field(factory=asyncio.Event)
    has_left: bool = False
    """Whether bluetoothd is not there any more: what it would be sent waits, to be kept."""
    closed: bool = False
    lock: threading.Lock = attrs.field(factory=threading.Lock)
    inbox: deque[tuple[Outlet, bytes]] = attrs.field(factory=deque[tuple[Outlet, bytes]])
    overflow: dict[Outlet, bytes] = attrs.field(factory=dict["Outlet", bytes])
    """The newest values of other threads that found the inbox full."""
    senders: set[Sender] = attrs.field(factory=set[Sender])
    """The first stages of all characteristics that somebody has subscribed to."""

    def __attrs_post_init__(self) -> None:
        self.ping = Message(self.bluetoothd, "/org/bluez", "org.freedesktop.DBus.Peer", "Ping")
        self.bus.add_message_handler(self._passed)

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
        return Outlet(self, place, policy, message, value, deque(maxlen=1 if policy == "latest" else None))

    # --- on the event loop ----------------------------------------------------------------------------------------

    def offer(self, outlet: Outlet, octets: bytes) -> None:
        """Send *octets* if there is a place in the window, else let them wait."""
        if self.closed:
            return
        if self.inbox:
            self._take_over()  # what other threads assigned before goes first
        if self.on_the_way < WINDOW and not outlet.waiting:
            self.send(outlet, octets)
            return
        if not self.has_left:
            outlet.refuse_overflow()
        outlet.waiting.append(octets)
        self.line[outlet] = None

    def send(self, outlet: Outlet, octets: bytes) -> None:
        """Send *octets* now, unless there is nobody any more to send them to."""
        if self.closed:
            return
        outlet.value.value = octets
        outlet.message.serial = 0
        if send(self.bus, outlet.message) is None:
            self.hold()
            outlet.waiting.appendleft(octets)
            return
        if outlet.on_sent is not None:
            outlet.on_sent()
        self.on_the_way += 1
        if not self.fence and self.on_the_way >= WINDOW // 2:
            self._raise_fence()

    def _raise_fence(self) -> None:
        self.covered = self.on_the_way
        self.ping.serial = 0
        send(self.bus, self.ping)
        self.fence = self.ping.serial

    def _passed(self, message: Message) -> bool | None:
        """Take back the places of all that went before the fence; an error is an answer, too."""
        if not self.fence or message.reply_serial != self.fence:
            return None
        self.fence = 0
        if message.error_name in _LEFT:
            self.hold()
            return True
        self.on_the_way -= self.covered
        self._flush()
        if not self.fence and self.on_the_way >= WINDOW // 2:
            self._raise_fence()
        return True

    def _flush(self) -> None:
        """Send what waits, one value of each outlet in turn, while there are places."""
        while self.line and self.on_the_way < WINDOW:
            outlet = next(iter(self.line))
            del self.line[outlet]
            if outlet.waiting:
                self.send(outlet, outlet.waiting.popleft())
            if outlet.waiting:
                self.line[outlet] = None
        self.moved.set()

    async def settle(self) -> None:
        """Send what waits as long as BlueZ takes it; what is left when it does not is told."""
        flushed = asyncio.gather(*[sender.flush() for sender in self.senders])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                while self._is_busy() and not (self.closed or self.has_left):
                    async with asyncio.timeout(PATIENCE):
                        await self.progress()
        flushed.cancel()
        await asyncio.gather(flushed, return_exceptions=True)
        for sender in self.senders:
            if lost := sender.backlog:
                logger.warning("%s: %d values were not sent: BlueZ does not take them", sender.place, lost)

    def _is_busy(self) -> bool:
        return bool(self.inbox or any(sender.backlog for sender in self.senders))

    async def progress(self) -> None:
        """Wait until something has left, or been forgotten."""
        self.moved.clear()
        await self.moved.wait()

    def hold(self) -> None:
        """Let all that comes from now on wait: bluetoothd is not there any more, and who comes back gets it."""
        self.has_left, self.on_the_way = True, WINDOW
        self.moved.set()

    def close(self) -> None:
        """Send nothing more."""
        with self.lock:
            self.closed = True
        self.moved.set()
        self.bus.remove_message_handler(self._passed)

    # --- on any other thread --------------------------------------------------------------------------------------

    def hand_over(self, outlet: Outlet, octets: bytes) -> None:
        """Leave *octets* for the event loop to offer."""
        with self.lock:
            if self.closed:
                return
            if not self.has_left:
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
            for outlet, octets in (*self.inbox, *self.overflow.items()):
                if self.on_the_way < WINDOW and not outlet.waiting:
                    self.send(outlet, octets)
                else:
                    outlet.waiting.append(octets)
                    self.line[outlet] = None
            for outlet, _ in self.inbox:
                outlet.handed_over -= 1
            self.inbox.clear()
            self.overflow.clear()
        self.moved.set()
