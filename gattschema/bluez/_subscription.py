"""Those who subscribed to one characteristic, and the way that new values take to them."""

from __future__ import annotations

import asyncio
import logging
from inspect import isawaitable
from typing import Any

import attrs

from gattschema import schema
from gattschema._hub import Hub
from gattschema.bluez._indications import Indications
from gattschema.bluez._kept import Kept
from gattschema.bluez._mirror import Mirror
from gattschema.bluez._outbox import Outbox, Outlet, Sender
from gattschema.bluez._pace import paced
from gattschema.bluez._release import SOCKET_FOR_ONE_PHONE, SOCKET_PER_PHONE, Release
from gattschema.bluez._running import Running
from gattschema.bluez._sockets import Sockets
from gattschema.events import Subscribed, Unsubscribed
from gattschema.schema import CharacteristicPlan, Property, Service

JUST_NOW = 1.0
"""Seconds between the end of the last subscription and BlueZ's own in which the one followed from the other."""

logger = logging.getLogger("gattschema.bluez")


@attrs.define(eq=False, repr=False)
class Subscription:
    """Made when the first phone subscribes, and kept."""

    service: Service
    field: CharacteristicPlan
    path: str
    outbox: Outbox
    mirror: Mirror
    running: Running
    release: Release | None
    hub: Hub
    by_socket: bool
    outlet: Outlet = attrs.field(init=False)
    sockets: Sockets | None = attrs.field(init=False, default=None)
    """Those who hear by sockets; ``None`` where all hear by the bus."""
    sender: Sender = attrs.field(init=False)
    """The first stage."""
    indications: Indications = attrs.field(init=False)
    started: int = 0
    """Calls of StartNotify since the last StopNotify, which comes with the last phone that leaves."""
    told: int = 0
    """The number that was told last."""
    ears: frozenset[str] = frozenset()
    """The paths of those who heard by sockets then."""
    may_listen: set[str] = attrs.field(factory=set[str])
    """The paths of the phones that were connected when one of them subscribed on the bus."""
    is_heard: bool = False
    last_heard: float = 0.0
    """When the last one left."""
    left_behind: list[bytes] = attrs.field(factory=list[bytes])
    """What had not left then."""
    stand_in: Kept | None = None
    """Keeps what is assigned from now on, since BlueZ is away."""
    turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)

    def __attrs_post_init__(self) -> None:
        place, policy = self.place, self.field.delivery.policy
        self.outlet = self.outbox.outlet(self.path, place, policy)
        self.indications = Indications(self.outbox, lambda: self.subscribers)
        if Property.INDICATE in self.field.properties:
            self.outlet.on_sent = self.indications.sent
        if self.by_socket:
            per_phone = self.release is not None and self.release >= SOCKET_FOR_ONE_PHONE
            self.sockets = Sockets(place, self.outlet, self.mirror, per_phone, self._changed)
        self.sender = paced(self.field, place, self.outbox, self.sockets or self.outlet)
        self.mirror.listeners.add(self._changed)

    @property
    def place(self) -> str:
        """``Thermostat.temperature``."""
        return schema.place(self.service, self.field)

    @property
    def timeout(self) -> float:
        """Seconds that a handler may take."""
        return self.field.timeout

    @property
    def subscribers(self) -> int:
        """Phones that subscribed: exact over sockets of their own, otherwise the most that there can be."""
        connected = len(self.mirror.connected)
        over_sockets = self.sockets.count if self.sockets else 0
        if over_sockets and self.release and self.release < SOCKET_PER_PHONE:
            return max(over_sockets, connected)
        return over_sockets + min(self.started, max(0, connected - over_sockets))

    # --- what BlueZ tells -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """A phone has subscribed, on the bus."""
        self.started += 1
        self.may_listen |= self.mirror.connected
        self._changed()

    def stop(self) -> None:
        """Nobody is subscribed any more.

        bluetoothd counts the subscriptions; those of bonded phones count on while they are away, so that this comes
        only when there is nobody left to reach.
        """
        self.started = 0
        self.sender.clear()
        self._changed()
        self.may_listen.clear()

    def _changed(self) -> None:
        """Somebody has come or gone, or BlueZ has lost or found a phone."""
        was_heard, self.is_heard = self.is_heard, bool(self.started or (self.sockets and self.sockets.count))
        if was_heard and not self.is_heard:
            self.last_heard = self.outbox.loop.time()
            self.left_behind = self.sender.unsent()
        self._connect()
        self.indications.limit()
        if self.subscribers != self.told:
            before, self.told = self.told, self.subscribers
            self._emit(before)
            self._tell(self.field.on_subscription)

    def _connect(self) -> None:
        """Let assignments go to the sender while somebody hears them; what was kept meanwhile goes first."""
        stood_in = schema.push_of(self.service, self.field.index)
        if self.is_heard and isinstance(stood_in, Kept):
            stood_in.hand_over(self.sender)
        schema.set_push(self.service, self.field.index, self.sender if self.is_heard else self.stand_in)
        if not self.is_heard:
            self.sender.clear()
        (self.outbox.senders.add if self.is_heard else self.outbox.senders.discard)(self.sender)

    def _emit(self, before: int) -> None:
        """Tell of the change since *before*; BlueZ says who it was where there are sockets alone."""
        ears = frozenset(self.sockets.ears if self.sockets else ())
        known = ears ^ self.ears or (self.mirror.connected if self.told > before else self.may_listen)
        device = self.mirror.device(next(iter(known))) if len(known) == 1 else None
        self.ears = ears
        kind = Subscribed if self.told > before else Unsubscribed
        self.hub.emit(kind(self.service, self.field, self.told, device))

    def _tell(self, handler: schema.Handler | None) -> None:
        if handler is None:
            return
        try:
            done = handler.function(self.service, self.told)
        except Exception:
            logger.exception("%s: the handler of subscriptions failed", self.place)
            return
        if isawaitable(done):
            self.running.start(self._finish(done), self.path, self, done)

    async def _finish(self, done: Any) -> None:
        """Let it end behind the one before, so that the newest number has the last word."""
        try:
            async with self.turn:
                await done
        except Exception:
            logger.exception("%s: the handler of subscriptions failed", self.place)

    def close(self, *, is_away: bool = False) -> None:
        """Forget everybody, and tell so; while BlueZ is away, what is assigned is kept for those who were there."""
        self.mirror.listeners.discard(self._changed)
        since = self.outbox.loop.time() - self.last_heard
        if is_away and (self.is_heard or (self.last_heard and since < JUST_NOW)):
            self.stand_in = Kept(self.place, self.field)
            schema.set_push(self.service, self.field.index, self.stand_in)
            self.stand_in.put_before(self.sender.unsent() if self.is_heard else self.left_behind)
        if self.sockets:
            self.sockets.close()
        self.stop()

    # --- what the program asks ------------------------------------------------------------------------------------

    async def confirmed(self, within: float) -> bool:
        """Whether a phone confirms the newest indication in that many seconds."""
        try:
            async with asyncio.timeout(within):
                await self.sender.drain(0)
                exact = self.sockets is not None and self.sockets.is_exact
                return await (self._confirmed_by_ear() if exact else self._confirmed_on_bus())
        except TimeoutError:
            return False

    async def _confirmed_by_ear(self) -> bool:
        targets = [(ear, ear.sent) for ear in self.sockets.ears.values()] if self.sockets else []
        while not any(ear.confirmed >= target > 0 for ear, target in targets):
            if not self.subscribers or self.outbox.closed:
                return False
            await self.outbox.progress()
        return True

    async def _confirmed_on_bus(self) -> bool:
        target = self.indications.count
        while self.indications.newest < target:
            if not self.subscribers or self.outbox.closed:
                return False
            await self.outbox.progress()
        return target > 0
