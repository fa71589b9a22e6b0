"""The adapter: found among BlueZ's objects, never guessed from a path, and switched on."""

from __future__ import annotations

from typing import Any

import attrs
from dbus_fast import Variant
from dbus_fast.aio import MessageBus

from gattschema._errors import AdapterBlocked, NoAdapter, NoPeripheralRole
from gattschema.bluez._bus import PROPERTIES, call, managed_objects
from gattschema.bluez._errors import CallFailed

ADAPTER = "org.bluez.Adapter1"
GATT_MANAGER = "org.bluez.GattManager1"
ADVERTISING_MANAGER = "org.bluez.LEAdvertisingManager1"


@attrs.frozen
class Adapter:
    """One Bluetooth adapter as BlueZ describes it (``org.bluez.Adapter.rst``)."""

    path: str
    interfaces: frozenset[str]
    address: str
    alias: str
    powered: bool
    roles: tuple[str, ...]
    """Empty before BlueZ 5.55, which does not tell."""

    @property
    def name(self) -> str:
        """``hci0``."""
        return self.path.rpartition("/")[2]

    def is_called(self, wanted: str) -> bool:
        """Whether *wanted* is its name, address or alias."""
        return wanted.lower() in {self.name.lower(), self.address.lower(), self.alias.lower()}

    @property
    def can_be_peripheral(self) -> bool:
        """Whether it takes services and advertises them."""
        takes_services = {GATT_MANAGER, ADVERTISING_MANAGER} <= self.interfaces
        return takes_services and (not self.roles or bool({"peripheral", "central-peripheral"} & set(self.roles)))


async def find_adapter(bus: MessageBus, wanted: str | None = None) -> Adapter:
    """Give the adapter called *wanted*, or the first one that can be a peripheral.

    Raises:
        NoAdapter: there is none, or none of that name.
        NoPeripheralRole: there is, but it cannot be a peripheral.
    """
    objects = await managed_objects(bus)
    adapters = [_adapter(path, interfaces) for path, interfaces in sorted(objects.items()) if ADAPTER in interfaces]
    if not adapters:
        raise NoAdapter("BlueZ knows no Bluetooth adapter" + (f", so there is no {wanted!r}" if wanted else ""))
    chosen = [adapter for adapter in adapters if wanted is None or adapter.is_called(wanted)]
    if not chosen:
        known = ", ".join(f"{adapter.name} ({adapter.address}, {adapter.alias!r})" for adapter in adapters)
        msg = f"there is no adapter {wanted!r}; BlueZ knows {known}"
        raise NoAdapter(msg)
    for adapter in chosen:
        if adapter.can_be_peripheral:
            return adapter
    msg = f"{chosen[0].name} cannot be a peripheral; its roles are {', '.join(chosen[0].roles) or 'unknown'}"
    raise NoPeripheralRole(msg)


def _adapter(path: str, interfaces: dict[str, dict[str, Any]]) -> Adapter:
    properties = interfaces[ADAPTER]
    return Adapter(
        path=path,
        interfaces=frozenset(interfaces),
        address=properties.get("Address", ""),
        alias=properties.get("Alias", ""),
        powered=properties.get("Powered", False),
        roles=tuple(properties.get("Roles", ())),
    )


async def set_power(bus: MessageBus, adapter: Adapter, *, on: bool) -> None:
    """Switch the adapter on or off.

    Raises:
        AdapterBlocked: it does not go.
    """
    try:
        await call(bus, adapter.path, PROPERTIES, "Set", "ssv", ADAPTER, "Powered", Variant("b", on))
    except CallFailed as error:
        msg = f"{adapter.name} cannot be switched {'on' if on else 'off'} ({error})"
        raise AdapterBlocked(msg) from error
