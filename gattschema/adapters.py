"""Adapters and devices without a peripheral: settings, discovery, and who is connected or bonded.

>>> async with open_adapter("hci0") as adapter:
...     await adapter.set(alias="Hall")
...     async for device in adapter.discover(seconds=10):
...         print(device.address, device.name, device.rssi)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from gattschema.link import check_wanted

if TYPE_CHECKING:
    from gattschema.bluez import Mirror
    from gattschema.link import Adapter

__all__ = ["open_adapter", "open_adapters"]


@asynccontextmanager
async def open_adapter(wanted: str | None = None) -> AsyncGenerator[Adapter]:
    """Give an adapter for the length of the block; it is left as it is, on or off.

    Args:
        wanted: its name, address or alias: ``"hci0"``; ``None``: the first one.

    Raises:
        TypeError: *wanted* is no text.
        NoBus, NoBlueZ, NotAllowed: what has to be there is not, or does not let this user in.
        NoAdapter: there is none, or not the one asked for.
    """
    from gattschema.bluez import adapters_called  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

    check_wanted(wanted)
    async with _open_mirror() as mirror:
        yield adapters_called(mirror, wanted)[0]


@asynccontextmanager
async def open_adapters() -> AsyncGenerator[tuple[Adapter, ...]]:
    """Give all adapters for the length of the block, hci0 first; none where none is plugged in.

    Raises:
        NoBus, NoBlueZ, NotAllowed: what has to be there is not, or does not let this user in.
    """
    async with _open_mirror() as mirror:
        yield mirror.adapters


@asynccontextmanager
async def _open_mirror() -> AsyncGenerator[Mirror]:
    """Connect to the bus and learn what there is, until bluetoothd or the bus goes away, or the block ends."""
    from gattschema import bluez  # noqa: PLC0415  (see above)

    bus = await bluez.connect()
    ended = bluez.disconnected(bus)
    lineage = bluez.Lineage(returns=False)
    try:
        await bluez.managed_objects(bus)  # the bus may be able to start bluetoothd
        mirror = bluez.Mirror(bus, await bluez.owner_of(bus, bluez.BLUEZ), lineage)

        def lose(loss: bluez.Loss) -> None:
            mirror.lose(loss)
            mirror.close()

        ended.add_done_callback(lambda _: lose(bluez.Loss.BUS))
        await bluez.watch_owner(bus, bluez.BLUEZ, gone=partial(lose, bluez.Loss.BLUEZ))
        await mirror.watch()
        yield mirror
    finally:
        lineage.end()
        bus.disconnect()
        await asyncio.wait([ended])
