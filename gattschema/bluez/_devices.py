"""The phones that BlueZ knows: which are connected, and which have a bond (``org.bluez.Device.rst``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from gattschema.bluez._bus import BLUEZ, DAEMON, OBJECT_MANAGER, PROPERTIES, call, managed_objects

DEVICE = "org.bluez.Device1"

_RULES = (
    f"type='signal',sender='{BLUEZ}',interface='{PROPERTIES}',member='PropertiesChanged',arg0='{DEVICE}'",
    f"type='signal',sender='{BLUEZ}',interface='{OBJECT_MANAGER}',path='/'",
)


@attrs.define(eq=False, repr=False)
class Devices:
    """Kept by BlueZ's signals from :meth:`watch` on."""

    bus: MessageBus
    bluetoothd: str
    """The unique name of bluetoothd's connection."""
    connected: set[str] = attrs.field(factory=set[str])
    """The paths of those that are connected."""
    bonded: set[str] = attrs.field(factory=set[str])
    """The paths of those that have a bond, connected or not."""
    tells_bonds: bool = False
    """Whether BlueZ tells of bonds (5.65), and not just of pairings, which need not leave one."""
    listeners: set[Callable[[], None]] = attrs.field(factory=set["Callable[[], None]"])
    """Called after every change."""

    async def watch(self) -> None:
        """Learn what there is and what changes."""
        self.bus.add_message_handler(self._hear)
        for rule in _RULES:
            await call(self.bus, "/org/freedesktop/DBus", DAEMON, "AddMatch", "s", rule, destination=DAEMON)
        for path, interfaces in (await managed_objects(self.bus)).items():
            self._take(path, interfaces.get(DEVICE, {}))

    def close(self) -> None:
        """Learn nothing more."""
        self.bus.remove_message_handler(self._hear)

    def may_come_back(self, path: str) -> bool:
        """Whether BlueZ still keeps the subscriptions of this phone: it is connected, or has a bond."""
        return path in self.connected or path in self.bonded

    def _hear(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL or message.sender != self.bluetoothd:
            return
        if message.member == "PropertiesChanged" and message.body[0] == DEVICE:
            self._take(str(message.path), _plain(message.body[1]))
        elif message.member == "InterfacesAdded" and DEVICE in message.body[1]:
            self._take(message.body[0], _plain(message.body[1][DEVICE]))
        elif message.member == "InterfacesRemoved" and DEVICE in message.body[1]:
            self._take(message.body[0], {"Connected": False, "Bonded": False})

    def _take(self, path: str, properties: Mapping[str, Any]) -> None:
        changed = False
        self.tells_bonds |= "Bonded" in properties
        bond = "Bonded" if self.tells_bonds else "Paired"
        for name, members in (("Connected", self.connected), (bond, self.bonded)):
            if name in properties and properties[name] != (path in members):
                (members.add if properties[name] else members.discard)(path)
                changed = True
        for listener in list(self.listeners) if changed else ():
            listener()


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: variant.value for key, variant in properties.items()}
