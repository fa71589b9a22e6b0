"""The adapter: found among BlueZ's objects, never guessed from a path; and the names of what BlueZ offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gattschema._errors import NoAdapter, NoPeripheralRole
from gattschema.link import check_wanted

if TYPE_CHECKING:
    from gattschema.bluez._mirror import Mirror
    from gattschema.link import Adapter

ADAPTER = "org.bluez.Adapter1"
GATT_MANAGER = "org.bluez.GattManager1"
ADVERTISING_MANAGER = "org.bluez.LEAdvertisingManager1"
DEVICE = "org.bluez.Device1"
BATTERY = "org.bluez.Battery1"


def find_adapter(mirror: Mirror, wanted: str | None = None) -> Adapter:
    """Give the adapter called *wanted*, or the first one, which can be a peripheral.

    Raises:
        TypeError: *wanted* is no text.
        NoAdapter: there is none, or none of that name.
        NoPeripheralRole: there is, but it cannot be a peripheral.
    """
    chosen = adapters_called(mirror, wanted)
    for adapter in chosen:
        if adapter.can_be_peripheral:
            return adapter
    msg = f"{chosen[0].name} cannot be a peripheral; its roles are {', '.join(chosen[0].roles) or 'unknown'}"
    raise NoPeripheralRole(msg)


def adapters_called(mirror: Mirror, wanted: str | None = None) -> list[Adapter]:
    """Give the adapters called *wanted*, or all: one or more.

    Raises:
        TypeError: *wanted* is no text.
        NoAdapter: there is none, or none of that name.
    """
    check_wanted(wanted)
    adapters = mirror.adapters
    if not adapters:
        raise NoAdapter("BlueZ knows no Bluetooth adapter" + (f", so there is no {wanted!r}" if wanted else ""))
    chosen = [adapter for adapter in adapters if wanted is None or adapter.is_called(wanted)]
    if not chosen:
        known = ", ".join(f"{adapter.name} ({adapter.address}, {adapter.alias!r})" for adapter in adapters)
        msg = f"there is no adapter {wanted!r}; BlueZ knows {known}"
        raise NoAdapter(msg)
    return chosen
