"""What is assigned while BlueZ is away, for those who were subscribed: kept by the policy until they are back."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable

from gattschema.bluez._outbox import QUEUE, Sender
from gattschema.schema import CharacteristicPlan, Service, plan, push_of, set_push

KEPT_FOR = 60.0
"""Seconds after BlueZ's return in which somebody has to subscribe again; then what is kept is too old."""

logger = logging.getLogger("gattschema.peripheral")


class Kept:
    """Stands in for the sender of a field: keeps the newest value (policy "latest"), or the newest 1024 ("every").

    It never raises and never lets anybody wait: BlueZ may stay away for a night.
    """

    def __init__(self, place: str, field: CharacteristicPlan) -> None:
        self.place = place
        self.coalesces = field.delivery.policy == "latest"
        self.waiting = deque[bytes](maxlen=1 if self.coalesces else QUEUE)
        self.lost = 0
        self.heir: Sender | None = None
        self._lock = threading.Lock()

    def __call__(self, octets: bytes, /) -> None:
        """Keep *octets*, from any thread."""
        with self._lock:
            if self.heir is None:
                self.lost += not self.coalesces and len(self.waiting) == QUEUE
                self.waiting.append(octets)
                return
        self.heir(octets)

    def put_before(self, unsent: Iterable[bytes]) -> None:
        """Keep what had not left when BlueZ did, too."""
        with self._lock:
            found = [*unsent, *self.waiting]
            self.lost += 0 if self.coalesces else max(0, len(found) - QUEUE)
            self.waiting.clear()
            self.waiting.extend(found)

    async def drain(self, most: int = QUEUE // 2) -> None:
        """There is room: the oldest make it."""

    def hand_over(self, heir: Sender) -> None:
        """Leave what is kept, and all that comes after it, to the sender of those who have subscribed again."""
        with self._lock:
            for octets in self.waiting:
                heir(octets)
            self.waiting.clear()
            self.heir = heir
        self._tell_lost("more than fit were assigned while BlueZ was away")

    def forget(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self.lost += 0 if self.coalesces else len(self.waiting)
            self.waiting.clear()
        self._tell_lost("nobody has subscribed again")

    def _tell_lost(self, why: str) -> None:
        if self.lost:
            logger.warning("%s: %d values were not sent: %s", self.place, self.lost, why)
        self.lost = 0


def forget_kept(service: Service) -> None:
    """Let go of what *service* keeps."""
    for field in plan(service).characteristics:
        push = push_of(service, field.index)
        if isinstance(push, Kept):
            set_push(service, field.index, None)
            push.forget()
