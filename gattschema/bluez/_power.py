"""The adapter's power: one that was off goes off again with the last peripheral of this process that uses it."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import attrs

from gattschema._errors import RequestRefused
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._window import BUSY

if TYPE_CHECKING:
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
    _turn: threading.Lock = attrs.field(factory=threading.Lock)

    async def use(self, adapter: Adapter, user: Contents) -> None:
        """Switch it on for *user*, which leaves another one that it has used.

        Raises:
            PeripheralError: rfkill blocks it, or BlueZ refuses.
        """
        address = adapter.address
        with self._turn:
            is_new = address not in self._used.values()
            self._used[user] = address
            self._forget_unused()
        if not adapter.powered and await switch(adapter, on=True) and is_new:
            self._switched_on.add(address)

    def leave(self, user: Contents) -> bool:
        """Take note that *user* needs it no more; whether it is to be off again."""
        with self._turn:
            address = self._used.pop(user, None)
            was_off = address in self._switched_on
            self._forget_unused()
            return was_off and address not in self._switched_on

    def _forget_unused(self) -> None:
        self._switched_on.intersection_update(self._used.values())


POWER = Power()
"""That of this process."""
