"""Which indication a confirmation is for: BlueZ's ``Confirm`` tells neither the phone nor the value."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import attrs

from gattschema.bluez._outbox import Outbox

EXPIRY = 30.0
"""Seconds after which a phone that has not confirmed is disconnected (Core Specification, Vol 3, Part F, 3.3.3)."""


@attrs.define(eq=False)
class _Sent:
    number: int
    expiry: float
    expected: int
    """Confirmations that may still come."""


@attrs.define(eq=False, repr=False)
class Indications:
    """Each confirmation counts for the oldest indication that lacks one, so that none is believed too early."""

    outbox: Outbox
    subscribers: Callable[[], int]
    count: int = 0
    """Indications that have left."""
    newest: int = 0
    """The number of the newest that a phone has surely confirmed."""
    open: deque[_Sent] = attrs.field(factory=deque[_Sent])

    def sent(self) -> None:
        """Note that one has left."""
        self.count += 1
        now = self.outbox.loop.time()
        self._forget_old(now)
        self.open.append(_Sent(self.count, now + EXPIRY, max(1, self.subscribers())))

    def confirmed(self) -> None:
        """Note a confirmation."""
        self._forget_old(self.outbox.loop.time())
        if not self.open:
            return
        oldest = self.open[0]
        self.newest = oldest.number
        oldest.expected -= 1
        if oldest.expected <= 0:
            self.open.popleft()
        self.outbox.moved.set()

    def limit(self) -> None:
        """Note that there are fewer subscribers: those that left confirm nothing any more."""
        most = self.subscribers()
        for one in self.open:
            one.expected = min(one.expected, most)
        while self.open and self.open[0].expected <= 0:
            self.open.popleft()
        self.outbox.moved.set()

    def _forget_old(self, now: float) -> None:
        while self.open and self.open[0].expiry <= now:
            self.open.popleft()
