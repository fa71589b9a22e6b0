"""The time in which phones may pair, and ``Adapter1.Pairable``, which is off outside of it."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

import attrs

from gattschema._errors import PeripheralError
from gattschema.bluez._errors import CallFailed

BUSY = "org.bluez.Error.Busy"
"""``Pairable`` is just being changed: by bluetoothd itself, when its default agent changes (``src/adapter.c``)."""
_TRIES, _PAUSE = 20, 0.05
"""How often, and after how many seconds each, it is tried again."""

logger = logging.getLogger("gattschema.bluez")


class PairableAdapter(Protocol):
    """What the window needs of an adapter."""

    @property
    def path(self) -> str:
        """Where BlueZ has it."""
        ...

    @property
    def address(self) -> str:
        """Its own, whatever it is called."""
        ...

    @property
    def pairable(self) -> bool | None:
        """Whether it takes new bonds; ``None``: not known."""
        ...

    async def set(self, *, pairable: bool) -> object:
        """Let it take new bonds, or not."""
        ...


@attrs.define(eq=False, repr=False)
class Window:
    """Open for a while, or always where *seconds* is ``None``: then the adapter is left alone."""

    seconds: float | None
    adapter: PairableAdapter
    before: dict[str, bool]
    """What ``Pairable`` was at first, by the adapters' addresses."""
    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    closes: float = 0.0
    """When, by the loop's clock."""
    was_opened: bool = False
    """Whether it has been opened at all, be it for no time."""
    timer: asyncio.TimerHandle | None = None
    turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    """``Pairable`` is set by one at a time, so that the last word is the one that holds."""
    closing: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a phone that asks now may pair: the clock says so, not the timer, which may be late."""
        return self.seconds is None or self.loop.time() < self.closes

    @property
    def left(self) -> float | None:
        """Seconds until it closes, 0 if it is closed; ``None`` if it never closes."""
        return None if self.seconds is None else max(0.0, self.closes - self.loop.time())

    def remember(self) -> None:
        """Take note of what ``Pairable`` is, to give it back at the end; what was so before a loss counts."""
        if self.adapter.pairable is not None:
            self.before.setdefault(self.adapter.address, self.adapter.pairable)

    async def open(self, seconds: float) -> None:
        """Open it anew, for that long from now on.

        Raises:
            PeripheralError: BlueZ does not let the adapter be pairable; the window is open all the same.
        """
        self.stop()
        self.closes, self.was_opened = self.loop.time() + seconds, True
        if seconds:
            self.timer = self.loop.call_at(self.closes, self._close)
        await self._switch()

    def stop(self) -> None:
        """Set ``Pairable`` no more by itself."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.closing is not None:
            self.closing.cancel()

    async def end(self) -> None:
        """Give ``Pairable`` its old value back."""
        self.stop()
        before = self.before.get(self.adapter.address)
        if self.seconds is None or before is None:
            return
        async with self.turn:
            await self._tell(pairable=before)

    def _close(self) -> None:
        self.timer = None
        self.closing = self.loop.create_task(self._switch_off())

    async def _switch_off(self) -> None:
        try:
            await self._switch()
        except PeripheralError as error:
            logger.warning("the pairing window is closed, but the adapter is still pairable: %s", error.finding)

    async def _switch(self) -> None:
        async with self.turn:
            await self._tell(pairable=self.timer is not None)

    async def _tell(self, *, pairable: bool) -> None:
        for _ in range(_TRIES - 1):
            if await self._told(pairable=pairable):
                return
            await asyncio.sleep(_PAUSE)
        await self.adapter.set(pairable=pairable)

    async def _told(self, *, pairable: bool) -> bool:
        """Try once; whether bluetoothd was not busy."""
        try:
            await self.adapter.set(pairable=pairable)
        except PeripheralError as error:
            if not isinstance(error.__cause__, CallFailed) or error.__cause__.name != BUSY:
                raise
            return False
        return True
