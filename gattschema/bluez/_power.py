"""The adapter's power: one that was off goes off again with the last peripheral of this process that uses it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import attrs

from gattschema._errors import RequestRefused
from gattschema.bluez._bus import BLUEZ, owner_of
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._window import BUSY

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

    from gattschema.bluez._session import Contents
    from gattschema.link import Adapter

PATIENCE = 10.0
"""Seconds that BlueZ is given for a change that is under way: it loads a firmware when it starts."""
PAUSE = 0.1


async def switch(adapter: Adapter, *, on: bool) -> bool:
    """Switch it on or off; give whether nobody else did (``AutoEnable``), which BlueZ is busy with (``Busy``).

    Raises:
        PeripheralError: rfkill blocks it, or BlueZ refuses.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while not await _is_set(adapter, on=on, is_last=loop.time() >= until):
        await asyncio.sleep(PAUSE)
        if adapter.powered is on:
            return False
    return True


async def _is_set(adapter: Adapter, *, on: bool, is_last: bool) -> bool:
    """Try once; whether BlueZ was not busy."""
    try:
        await adapter.set(powered=on)
    except RequestRefused as error:
        if is_last or not isinstance(error.__cause__, CallFailed) or error.__cause__.name != BUSY:
            raise
        return False
    return True


@attrs.define(eq=False)
class Power:
    """Who uses which adapter, by its address, in all threads."""

    _used: WeakKeyDictionary[Contents, str] = attrs.field(factory=WeakKeyDictionary["Contents", str])
    _switched_on: set[str] = attrs.field(factory=set[str])
    """Those that were off before this process switched them on."""
    _turns: dict[str, threading.Lock] = attrs.field(factory=dict[str, threading.Lock])
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    async def use(self, adapter: Adapter, user: Contents, bus: MessageBus) -> None:
        """Switch it on for *user*, which leaves another one that it has used; *bus* tells of its power.

        Raises:
            PeripheralError: rfkill blocks it, or BlueZ refuses, or has gone.
        """
        address = adapter.address
        async with self._turn(address):
            await owner_of(bus, BLUEZ)  # what was switched in the turn before has been heard here then, too
            was_off = not adapter.powered and await switch(adapter, on=True)
            self._note(address, user, was_off=was_off)

    def _note(self, address: str, user: Contents, *, was_off: bool) -> None:
        with self._lock:
            if was_off and address not in self._used.values():
                self._switched_on.add(address)
            self._used[user] = address
            self._forget_unused()

    async def give_back(self, adapter: Adapter, user: Contents) -> None:
        """Switch it off again if it was, and *user* is the last one that needs it.

        Raises:
            PeripheralError: BlueZ refuses.
        """
        async with self._turn(adapter.address):
            if self.leave(user):
                await switch(adapter, on=False)

    def leave(self, user: Contents) -> bool:
        """Take note that *user* needs it no more; whether it is to be off again."""
        with self._lock:
            address = self._used.pop(user, None)
            was_off = address in self._switched_on
            self._forget_unused()
            return was_off and address not in self._switched_on

    def _forget_unused(self) -> None:
        self._switched_on.intersection_update(self._used.values())

    @contextlib.asynccontextmanager
    async def _turn(self, address: str) -> AsyncGenerator[None]:
        """Let nobody else look at its power or switch it meanwhile: who does may be on another event loop."""
        turn = self._turns.setdefault(address, threading.Lock())
        while not turn.acquire(blocking=False):  # noqa: ASYNC110  (no event reaches all loops)
            await asyncio.sleep(PAUSE)
        try:
            yield
        finally:
            turn.release()


POWER = Power()
"""That of this process."""
