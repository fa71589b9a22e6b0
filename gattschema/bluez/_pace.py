"""The pace of notifications: a change large enough, and not too many of them."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from collections import deque
from threading import get_ident
from typing import Any, cast

import attrs

from gattschema._errors import QueueFull
from gattschema.bluez._outbox import QUEUE, Outbox, Sender, refuse_overflow
from gattschema.schema import FieldPlan, Policy

_LEEWAY = 1e-9
"""What rounding may take from a change: 20.3 - 20.2 is a tenth, too."""


@attrs.define(eq=False, repr=False)
class Thresholded:
    """Passes on what differs enough from what it passed on last; that a value is not known any more always does."""

    sender: Sender
    field: FieldPlan
    least: Any
    last: Any = None

    @property
    def place(self) -> str:
        """``HeartRate.rate``."""
        return self.sender.place

    @property
    def backlog(self) -> int:
        """Values that wait further on."""
        return self.sender.backlog

    def __call__(self, octets: bytes) -> None:
        """Pass *octets* on, or let them be."""
        value = self.field.codec.unpack(octets)
        if self._is_news(value):
            self.sender(octets)
            self.last = value

    def _is_news(self, value: Any) -> bool:
        if isinstance(value, dt.date | dt.timedelta) and isinstance(self.last, type(value)):
            change: dt.timedelta = abs(value - cast("Any", self.last))
            return bool(change >= self.least)
        if not isinstance(value, int | float) or not isinstance(self.last, int | float):
            return bool(value != self.last)
        if not (math.isfinite(value) and math.isfinite(self.last)):
            return repr(value) != repr(self.last)  # nan is no more equal to itself than to NRES
        return bool(abs(value - self.last) >= self.least * (1 - _LEEWAY))

    async def drain(self, most: int = QUEUE // 2) -> None:
        """Wait until *most* values wait, or fewer."""
        await self.sender.drain(most)

    async def flush(self) -> None:
        """Nothing waits here."""
        await self.sender.flush()

    def clear(self) -> None:
        """Begin anew: whoever subscribes next hears the next value."""
        self.last = None
        self.sender.clear()

    def unsent(self) -> list[bytes]:
        """Give what waits further on."""
        return self.sender.unsent()


@attrs.define(eq=False, repr=False)
class Paced:
    """Passes on one value in an interval; what comes in between waits: the newest, or all in order."""

    sender: Sender
    outbox: Outbox
    place: str
    policy: Policy
    interval: float
    """Seconds."""
    waiting: deque[bytes] = attrs.field(factory=deque[bytes])
    is_armed: bool = False
    """Whether a step is due, at the end of the interval or in a moment."""
    timer: asyncio.Handle | None = None

    @property
    def backlog(self) -> int:
        """Values that wait here or further on."""
        return len(self.waiting) + self.sender.backlog

    def __call__(self, octets: bytes) -> None:
        """Let *octets* wait for their turn, which may be now.

        Raises:
            QueueFull: the policy is "every" and the queue is full.
        """
        with self.outbox.lock:
            if self.outbox.closed:
                return
            refuse_overflow(self.place, self.policy, len(self.waiting))
            if self.policy == "latest":
                self.waiting.clear()
            self.waiting.append(octets)
            if self.is_armed:
                return
            self.is_armed = True
            if get_ident() != self.outbox.thread:
                self.timer = self.outbox.loop.call_soon_threadsafe(self._step)
                return
        self._step()

    def _step(self) -> None:
        """Pass one on, and come again when the interval is over; without a value the next one goes at once."""
        with self.outbox.lock:
            octets = self.waiting.popleft() if self.waiting else None
            self.is_armed = octets is not None
            if octets is not None:
                self.timer = self.outbox.loop.call_later(self.interval, self._step)
        if octets is not None:
            self._pass_on(octets)
        self.outbox.moved.set()

    def _pass_on(self, octets: bytes) -> None:
        """Whoever finds no room further on is the next to go."""
        try:
            self.sender(octets)
        except QueueFull:
            with self.outbox.lock:
                self.waiting.appendleft(octets)

    async def drain(self, most: int = QUEUE // 2) -> None:
        """Wait until *most* values wait, or fewer."""
        while self.backlog > most and not self.outbox.closed:
            await self.outbox.progress()

    async def flush(self) -> None:
        """Pass on what waits, as fast as BlueZ takes it."""
        while self.waiting and not self.outbox.closed:
            await self.sender.drain()
            with self.outbox.lock:
                octets = [self.waiting.popleft()] if self.waiting else []
            for one in octets:
                self._pass_on(one)
            self.outbox.moved.set()
        await self.sender.flush()

    def unsent(self) -> list[bytes]:
        """Give what waits further on, and here."""
        return [*self.sender.unsent(), *self.waiting]

    def clear(self) -> None:
        """Forget what waits; the next value goes at once."""
        with self.outbox.lock:
            self.waiting.clear()
            self.is_armed = False
            if self.timer:
                self.timer.cancel()
        self.sender.clear()
        self.outbox.moved.set()


def paced(field: Any, place: str, outbox: Outbox, sender: Sender) -> Sender:
    """Put the stages in front of *sender* that the declaration asks for."""
    said = field.delivery
    if said.min_interval:
        sender = Paced(sender, outbox, place, said.policy, said.min_interval)
    if said.min_change is not None:
        sender = Thresholded(sender, field, said.min_change)
    return sender
