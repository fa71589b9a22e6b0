"""The advertisement (``org.bluez.LEAdvertisement.rst``): what is unset is absent, since presence means something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

import attrs
from dbus_fast import Message, Variant

from gattschema._errors import AdvertisementError
from gattschema.bluez._adapter import ADVERTISING_MANAGER, Adapter
from gattschema.bluez._bus import call
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._objects import EMPTY, Body, Branch, BusObject, Method, ObjectTree
from gattschema.schema import short_uuid

ADVERTISEMENT = "org.bluez.LEAdvertisement1"


@attrs.define(eq=False, repr=False)
class Advertisement(BusObject):
    """One advertisement of a connectable peripheral."""

    interface: ClassVar[str] = ADVERTISEMENT

    tree: ObjectTree
    uuids: Sequence[UUID]
    name: str | None = None
    appearance: int | None = None
    branch: Branch = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        root = "/org/gattschema/advertisement"
        self.branch = Branch(root, {root: self})

    def properties(self) -> dict[str, Variant]:
        """What BlueZ reads."""
        properties = {
            "Type": Variant("s", "peripheral"),
            "Discoverable": Variant("b", True),  # noqa: FBT003  (many scanners show nothing else)
        }
        if self.uuids:
            properties["ServiceUUIDs"] = Variant("as", [str(uuid) for uuid in self.uuids])
        if self.name is None:
            properties["Includes"] = Variant("as", ["local-name"])
        else:
            properties["LocalName"] = Variant("s", self.name)
        if self.appearance is not None:
            properties["Appearance"] = Variant("q", self.appearance)
        return properties

    def release(self, _: Message) -> Body:
        """Answer ``Release()``: BlueZ has taken it off the air."""
        return EMPTY

    methods: ClassVar[Mapping[str, Method]] = {"Release": release}

    async def register(self, adapter: Adapter) -> None:
        """Go on the air.

        Raises:
            AdvertisementError: BlueZ refuses it.
        """
        self.tree.add(self.branch)
        try:
            await self._call(adapter, "RegisterAdvertisement", "oa{sv}", self.branch.root, {})
        except CallFailed as error:
            self.tree.remove(self.branch)
            msg = f"BlueZ refuses the advertisement ({error}); {self._sizes()}"
            raise AdvertisementError(msg, "advertise=[…] with fewer services, or bluetoothctl show") from error

    async def unregister(self, adapter: Adapter) -> None:
        """Leave the air.

        Raises:
            AdvertisementError: BlueZ does not let it.
        """
        try:
            await self._call(adapter, "UnregisterAdvertisement", "o", self.branch.root)
        except CallFailed as error:
            raise AdvertisementError(f"BlueZ does not take the advertisement off the air ({error})") from error
        finally:
            self.tree.remove(self.branch)

    async def _call(self, adapter: Adapter, member: str, signature: str, *body: Any) -> None:
        await call(self.tree.bus, adapter.path, ADVERTISING_MANAGER, member, signature, *body)

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
