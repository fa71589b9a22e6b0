"""Notifications over sockets (``AcquireNotify``), and writes without response over them (``AcquireWrite``).

BlueZ reads a socket faster than signals, and from 5.76 on what is sent through a phone's socket reaches that phone
only. From 5.69 to 5.75 there is a socket for each phone, but every packet reaches all; before, one socket serves all.

What BlueZ does not do is done here: it gives a bonded phone that returns no new socket, and up to 5.87 a phone that
leaves may take another's socket with it (bluez#1452). While there is such a stranded phone, all values go over the bus,
which reaches everybody once.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections import deque
from collections.abc import Callable
from fcntl import ioctl
from termios import FIONREAD
from threading import get_ident

import attrs

from gattschema.bluez._mirror import Mirror
from gattschema.bluez._outbox import QUEUE, Outbox, Outlet, refuse_overflow

LONGEST_PACKET = 512
CONFIRMED = b"\x01"
AT_ONCE = 64
"""Packets that are read before others get their turn."""
ALL = 1 << 30


def socket_pair() -> tuple[socket.socket, int]:
    """Give our end and the descriptor of bluetoothd's, both non-blocking: neither side may ever stop the other."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
    return ours, theirs.detach()


@attrs.define(eq=False, repr=False)
class Ear:
    """One phone that hears by a socket of its own."""

    device: str
    """The path of its object in BlueZ."""
    sock: socket.socket
    outbox: Outbox
    waiting: deque[bytes]
    gone: Callable[[Ear], None]
    on_sent: Callable[[], None] | None = None
    """Called for each packet that leaves, where BlueZ tells of confirmations on the bus."""
    sent: int = 0
    confirmed: int = 0

    def __attrs_post_init__(self) -> None:
        self.outbox.loop.add_reader(self.sock, self._read)

    def send(self, octets: bytes) -> None:
        """Send *octets*, or let them wait until the socket has room."""
        if not self.waiting:
            if self._sent(octets):
                return
            self.outbox.loop.add_writer(self.sock, self._flush)
        self.waiting.append(octets)

    def _sent(self, octets: bytes) -> bool:
        try:
            self.sock.send(octets)
        except BlockingIOError:
            return False
        except OSError:
            return True  # it is closed, which the reader learns, too
        self.sent += 1
        if self.on_sent is not None:
            self.on_sent()
        return True

    def _flush(self) -> None:
        while self.waiting and self._sent(self.waiting[0]):
            self.waiting.popleft()
        if not self.waiting:
            self.outbox.loop.remove_writer(self.sock)
        self.outbox.moved.set()

    def _read(self) -> None:
        """Confirmations, and the end: bluetoothd closes its side when the phone leaves or unsubscribes."""
        try:
            octets = self.sock.recv(LONGEST_PACKET)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        if octets:
            self.confirmed += 1
            self.outbox.moved.set()
        else:
            self.gone(self)

    def close(self) -> None:
        """Send nothing more."""
        self.outbox.loop.remove_reader(self.sock)
        self.outbox.loop.remove_writer(self.sock)
        self.sock.close()
        self.waiting.clear()
        self.outbox.moved.set()


@attrs.define(eq=False, repr=False)
class Sockets:
    """The phones of one characteristic that hear by sockets; the bus is for those that would be left out."""

    place: str
    outlet: Outlet
    """The way over the bus."""
    mirror: Mirror
    is_per_phone: bool
    """Whether a socket reaches its phone only (BlueZ 5.76)."""
    changed: Callable[[], None]
    """Called when a phone has come or gone."""
    outbox: Outbox = attrs.field(init=False)
    ears: dict[str, Ear] = attrs.field(factory=dict[str, Ear])
    audience: tuple[Ear, ...] = ()
    """Those through whose sockets the next value goes."""
    stranded: set[str] = attrs.field(factory=set[str])
    """Phones that may still be subscribed, but have lost their socket."""
    inbox: deque[bytes] = attrs.field(init=False)
    """What other threads have assigned."""
    left_behind: list[bytes] = attrs.field(factory=list[bytes])
    """What the phone that has gone last had not heard yet, while there is nothing newer."""
    is_woken: bool = False
    is_on_bus: bool = False
    """Whether the newest value went over the bus."""

    def __attrs_post_init__(self) -> None:
        self.outbox = self.outlet.outbox
        self.inbox = self._line()
        self.mirror.listeners.add(self._look)

    def _line(self) -> deque[bytes]:
        return deque(maxlen=1 if self.outlet.policy == "latest" else None)

    @property
    def count(self) -> int:
        """Phones that hear by sockets, or did and may still be subscribed."""
        return len(self.ears) + len(self.stranded)

    @property
    def is_exact(self) -> bool:
        """Whether the newest value went to each phone by a socket of its own, and is confirmed through it."""
        return self.is_per_phone and not self.is_on_bus

    @property
    def backlog(self) -> int:
        """Values that wait for the slowest phone, or on the bus."""
        ears = list(self.ears.values())  # at once: another thread may ask while phones come and go
        return len(self.inbox) + max([len(ear.waiting) for ear in ears] + [self.outlet.backlog])

    def __call__(self, octets: bytes) -> None:
        """Send *octets* to the subscribers, now or as soon as there is room; from any thread.

        Raises:
            QueueFull: the policy is "every" and the queue is full; nothing is sent.
        """
        if get_ident() != self.outbox.thread:
            self._hand_over(octets)
            return
        if self.outbox.closed:
            return
        if self.inbox:
            self._take_over()
        for ear in self.audience:
            if ear.waiting:
                refuse_overflow(self.place, self.outlet.policy, self.backlog)
        self._send(octets)

    def _send(self, octets: bytes) -> None:
        if self.left_behind:
            self.left_behind = []  # older than what others hear now
        audience = self.audience if octets else ()  # an empty packet would be the end to bluetoothd
        if self.is_on_bus is bool(audience):
            self._change_over(on_bus=not audience)
        if not audience:
            self.outlet(octets)
            return
        for ear in audience:
            ear.send(octets)

    def _regroup(self) -> None:
        """Say through whose sockets values go: nobody's while a phone is stranded, one's where that reaches all."""
        ears = () if self.stranded else tuple(self.ears.values())
        self.audience = ears if self.is_per_phone else ears[:1]

    def _change_over(self, *, on_bus: bool) -> None:
        """Take the other way; where only the newest value counts, what still waits on the one so far is too old."""
        self.is_on_bus = on_bus
        if self.outlet.policy == "latest":
            for ear in self.ears.values():
                ear.waiting.clear()
            self.outlet.clear()

    def _hand_over(self, octets: bytes) -> None:
        with self.outbox.lock:
            if self.outbox.closed:
                return
            refuse_overflow(self.place, self.outlet.policy, self.backlog)
            self.inbox.append(octets)
            if not self.is_woken:
                self.is_woken = True
                self.outbox.loop.call_soon_threadsafe(self._take_over)

    def _take_over(self) -> None:
        """Send what other threads have left, as far as there is room; the rest waits for its turn."""
        with self.outbox.lock:
            self.is_woken = False
            octets = list(self.inbox)
            self.inbox.clear()
        for one in octets:
            self._send(one)
        self.outbox.moved.set()

    # --- phones come and go ---------------------------------------------------------------------------------------

    def open(self, device: str) -> int:
        """Make a socket for a phone; give the descriptor of bluetoothd's end."""
        ours, theirs = socket_pair()
        if (old := self.ears.pop(device, None)) is not None:
            old.close()
        self.stranded.discard(device)
        on_sent = None if self.is_per_phone else self.outlet.on_sent
        self.ears[device] = Ear(device, ours, self.outbox, self._line(), self._gone, on_sent)
        self._regroup()
        self.changed()
        return theirs

    def _gone(self, ear: Ear) -> None:
        self.left_behind = list(ear.waiting)
        ear.close()
        if self.ears.get(ear.device) is ear:
            del self.ears[ear.device]
        if self.is_per_phone and self.mirror.may_come_back(ear.device):
            self.stranded.add(ear.device)
        self._regroup()
        self.changed()

    def _look(self) -> None:
        """A phone that has left for good is not stranded."""
        left = {device for device in self.stranded if not self.mirror.may_come_back(device)}
        if left:
            self.stranded -= left
            self._regroup()
            self.changed()

    def ear(self, device: str) -> Ear:
        """Give the phone with that address.

        Raises:
            LookupError: it has no socket of its own.
        """
        suffix = f"/dev_{device.upper().replace(':', '_')}"
        found = next((ear for path, ear in self.ears.items() if path.endswith(suffix)), None)
        if found is None or not self.is_per_phone:
            why = "it has not subscribed" if self.is_per_phone else "BlueZ before 5.76 cannot send to one phone alone"
            raise LookupError(f"{self.place} does not reach {device} alone: {why}")
        return found

    async def drain(self, most: int = QUEUE // 2) -> None:
        """Wait until *most* values wait, or fewer."""
        while self.backlog > most and not self.outbox.closed:
            await self.outbox.progress()

    async def flush(self) -> None:
        """What waits here waits for BlueZ."""

    def unsent(self) -> list[bytes]:
        """Give what waits for the slowest phone, and on the bus."""
        slowest = max([list(ear.waiting) for ear in self.ears.values()], key=len, default=self.left_behind)
        return [*slowest, *self.outlet.unsent(), *self.inbox]

    def clear(self) -> None:
        """Forget what waits, and who was stranded: nobody is subscribed any more."""
        self.stranded.clear()
        self._regroup()
        self.inbox.clear()
        self.left_behind = []
        self.outlet.clear()

    def close(self) -> None:
        """Let go of all phones."""
        self.mirror.listeners.discard(self._look)
        for ear in self.ears.values():
            ear.close()
        self.ears.clear()
        self.stranded.clear()
        self._regroup()


@attrs.define(eq=False, repr=False)
class Mouth:
    """A socket through which phones write without response."""

    sock: socket.socket
    loop: asyncio.AbstractEventLoop
    take: Callable[[bytes], None]
    gone: Callable[[], None]

    def __attrs_post_init__(self) -> None:
        self.loop.add_reader(self.sock, self.read)

    def read(self, most: int = AT_ONCE) -> None:
        """Take what has been written."""
        for _ in range(most):
            try:
                octets = self.sock.recv(LONGEST_PACKET)
            except BlockingIOError:
                return
            except OSError:
                octets = b""
            if not octets and self._has_ended():
                self.gone()
                return
            self.take(octets)

    def _has_ended(self) -> bool:
        """Nothing was read: an empty write, or the end, behind which no octet is left."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        hung_up = any(events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll(0))
        return hung_up and not any(ioctl(self.sock, FIONREAD, bytes(4)))

    def close(self) -> None:
        """Take nothing more."""
        self.loop.remove_reader(self.sock)
        self.sock.close()
