"""The advertisement (``org.bluez.LEAdvertisement.rst``): what is unset is absent, since presence means something."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import attrs
from dbus_fast import Message, Variant
from dbus_fast.aio import MessageBus

from gattschema._errors import AdvertisementError
from gattschema.bluez._adapter import ADVERTISING_MANAGER, Adapter
from gattschema.bluez._bus import call
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._objects import EMPTY, Body, ObjectTree
from gattschema.schema import short_uuid

ADVERTISEMENT = "org.bluez.LEAdvertisement1"


@attrs.define(eq=False)
class Advertisement:
    """One advertisement of a connectable peripheral."""

    bus: MessageBus
    uuids: Sequence[UUID]
    name: str | None = None
    appearance: int | None = None
    path: str = "/org/gattschema/advertisement"
    tree: ObjectTree = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.tree = ObjectTree(self.bus, self.path)
        self.tree.objects[self.path] = {ADVERTISEMENT: self._properties()}
        self.tree.methods[self.path, ADVERTISEMENT, "Release"] = _released

    def _properties(self) -> dict[str, Variant]:
        properties = {
            "Type": Variant("s", "peripheral"),
            "ServiceUUIDs": Variant("as", [str(uuid) for uuid in self.uuids]),
            "Discoverable": Variant("b", True),  # noqa: FBT003  (many scanners show nothing else)
        }
        if self.name is None:
            properties["Includes"] = Variant("as", ["local-name"])
        else:
            properties["LocalName"] = Variant("s", self.name)
        if self.appearance is not None:
            properties["Appearance"] = Variant("q", self.appearance)
        return properties

    async def register(self, adapter: Adapter) -> None:
        """Go on the air.

        Raises:
            AdvertisementError: BlueZ refuses it.
        """
        self.tree.serve()
        try:
            await call(self.bus, adapter.path, ADVERTISING_MANAGER, "RegisterAdvertisement", "oa{sv}", self.path, {})
        except CallFailed as error:
            self.tree.withdraw()
            msg = f"BlueZ refuses the advertisement ({error}); {self._sizes()}"
            raise AdvertisementError(msg, "advertise=[…] with fewer services, or bluetoothctl show") from error

    async def unregister(self, adapter: Adapter) -> None:
        """Leave the air."""
        try:
            await call(self.bus, adapter.path, ADVERTISING_MANAGER, "UnregisterAdvertisement", "o", self.path)
        finally:
            self.tree.withdraw()

    def _sizes(self) -> str:
        """Who takes how many of the 31 octets (Core Specification Supplement, Part A)."""
        short = [uuid for uuid in self.uuids if short_uuid(uuid).startswith("0x")]
        rows = {
            "flags": 3,
            "16-bit UUIDs": 2 + 2 * len(short),
            "128-bit UUIDs": 2 + 16 * (len(self.uuids) - len(short)),
        }
        rows["appearance"] = 4 if self.appearance is not None else 0
        taken = ", ".join(f"{name} {octets}" for name, octets in rows.items() if octets > 2)  # noqa: PLR2004
        return f"it takes {taken} of 31 octets"


def _released(_: Message) -> Body:
    return EMPTY
