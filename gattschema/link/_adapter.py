"""A Bluetooth adapter as BlueZ describes it (``org.bluez.Adapter.rst``)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import ClassVar
from uuid import UUID

from gattschema.link._advertising import AdvertisingCapabilities
from gattschema.link._device import Device
from gattschema.link._discovery import Sought, Target, Transport, check_seconds, discover, sought
from gattschema.link._remote import AdapterRemote, Described
from gattschema.link._settings import ADAPTER_SETTINGS, POWERED, in_order

_PERIPHERAL = {"peripheral", "central-peripheral"}


def check_wanted(wanted: object) -> None:
    """Raise a TypeError unless it is what an adapter may be called, or ``None``."""
    if wanted is not None and not isinstance(wanted, str):
        meant = f"hci{wanted}" if isinstance(wanted, int) and not isinstance(wanted, bool) else "hci0"
        msg = f'an adapter is called by a text, its name, address or alias, and not by {wanted!r}; write "{meant}"'
        raise TypeError(msg)


class Adapter(Described[AdapterRemote]):
    """A Bluetooth adapter: its properties are always the newest, and the last ones while it is unplugged.

    It lives as long as the block in which it was found, and finds itself again when BlueZ was restarted or it was
    plugged in anew, by its address, also under another :attr:`name`. Meanwhile it is as it was last, but off. Two are
    equal if they are one adapter in one block.

    What BlueZ does not tell is ``None``. Every method raises :class:`~gattschema.RequestRefused` where BlueZ refuses,
    :class:`~gattschema.AdapterBlocked` where rfkill does, :class:`~gattschema.NotAllowed` where this user may not ask,
    and :class:`~gattschema.ConnectionLost` where it, bluetoothd or the bus is away, or the block has ended.
    """

    __slots__ = ()

    set_by: ClassVar[Mapping[str, str]] = {
        name: f"await adapter.set({name}={{!r}})" for name in (POWERED.name, *(one.name for one in ADAPTER_SETTINGS))
    }

    def __repr__(self) -> str:
        return f"<Adapter {self.name} {self.address} {self.alias!r} {'on' if self.powered else 'off'}>"

    # --- which one it is ------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """``"hci0"``."""
        return self.path.rpartition("/")[2]

    @property
    def address(self) -> str:
        """``"00:11:22:33:44:55"``."""
        return self._text("Address") or ""

    @property
    def address_type(self) -> str | None:
        """``"public"`` or ``"random"``; with privacy that of the identity address, not of the one on the air."""
        return self._text("AddressType")

    @property
    def alias(self) -> str:
        """The name that phones see; the system's name where none was set."""
        return self._text("Alias") or ""

    @property
    def system_name(self) -> str:
        """The machine's name (Adapter1's ``Name``)."""
        return self._text("Name") or ""

    @property
    def device_class(self) -> int | None:
        """The Class of Device, 24 bits, for BR/EDR (Assigned Numbers, section 2.8)."""
        return self._number("Class")

    @property
    def modalias(self) -> str | None:
        """Vendor, product and version as the kernel writes them: ``"usb:v1D6Bp0246d0552"``."""
        return self._text("Modalias")

    @property
    def manufacturer(self) -> int | None:
        """Who made the controller, a company identifier (BlueZ 5.71; Assigned Numbers, section 7.1)."""
        return self._number("Manufacturer")

    @property
    def version(self) -> int | None:
        """The controller's Bluetooth version: 9 is 5.0, 13 is 5.4 (BlueZ 5.71; Assigned Numbers, section 2.1)."""
        return self._number("Version")

    def is_called(self, wanted: str) -> bool:
        """Whether *wanted* is its name, address or alias."""
        return wanted.lower() in {self.name.lower(), self.address.lower(), self.alias.lower()}

    # --- how it is set --------------------------------------------------------------------------------------------

    @property
    def powered(self) -> bool:
        """Whether it is on."""
        return self._flag("Powered")

    @property
    def power_state(self) -> str | None:
        """``"on"``, ``"off"``, ``"off-enabling"``, ``"on-disabling"`` or ``"off-blocked"`` (BlueZ 5.66)."""
        return self._text("PowerState")

    @property
    def connectable(self) -> bool | None:
        """Whether others may connect (BlueZ 5.79)."""
        return self._flag("Connectable") if "Connectable" in self._remote.properties else None

    @property
    def discoverable(self) -> bool:
        """Whether BR/EDR devices find it; an advertisement says for itself whether it is discoverable."""
        return self._flag("Discoverable")

    @property
    def discoverable_timeout(self) -> int:
        """Seconds that it stays discoverable; 0: for ever."""
        return self._number("DiscoverableTimeout") or 0

    @property
    def pairable(self) -> bool:
        """Whether others may pair."""
        return self._flag("Pairable")

    @property
    def pairable_timeout(self) -> int:
        """Seconds that it stays pairable; 0: for ever."""
        return self._number("PairableTimeout") or 0

    @property
    def discovering(self) -> bool:
        """Whether somebody looks for devices with it."""
        return self._flag("Discovering")

    async def set(  # noqa: PLR0913  (one for each property)
        self,
        *,
        powered: bool | None = None,
        alias: str | None = None,
        discoverable: bool | None = None,
        discoverable_timeout: int | None = None,
        pairable: bool | None = None,
        pairable_timeout: int | None = None,
        connectable: bool | None = None,
    ) -> None:
        """Change what is given; returns when all of it shows. Timeouts are in seconds, 0 is for ever.

        These are settings of the machine: other programs see them, and BlueZ keeps them (all but *powered*) beyond
        this program. ``alias=""`` takes the alias back. They are set one after the other; where one is refused, those
        before it stay set: the power if it is to be on, the alias, connectable, then each timeout and its flag.

        Raises:
            TypeError: a value is of another type; nothing is set.
            ValueError: one is out of range, or an alias takes more than 247 octets; nothing is set.
            PeripheralError: see the class.
        """
        asked: dict[str, object] = {
            "powered": powered,
            "alias": alias,
            "discoverable": discoverable,
            "discoverable_timeout": discoverable_timeout,
            "pairable": pairable,
            "pairable_timeout": pairable_timeout,
            "connectable": connectable,
        }
        for setting, value in in_order(asked):
            await setting.apply(self._remote, value)

    # --- what it can do -------------------------------------------------------------------------------------------

    @property
    def roles(self) -> tuple[str, ...]:
        """``"central"``, ``"peripheral"``, ``"central-peripheral"``; empty before BlueZ 5.55, which does not tell."""
        return tuple(self._remote.properties.get("Roles", ()))

    @property
    def can_be_peripheral(self) -> bool:
        """Whether it takes services and advertises them."""
        return self._remote.takes_services and (not self.roles or bool(_PERIPHERAL & set(self.roles)))

    @property
    def uuids(self) -> tuple[UUID, ...]:
        """The services that this machine offers."""
        return self._uuids("UUIDs")

    @property
    def experimental_features(self) -> tuple[UUID, ...]:
        """The kernel's experimental features that are switched on (BlueZ 5.62)."""
        return self._uuids("ExperimentalFeatures")

    @property
    def advertising(self) -> AdvertisingCapabilities:
        """What it can advertise, and how much of that is in use."""
        return AdvertisingCapabilities.of(self._remote.advertising)

    # --- devices --------------------------------------------------------------------------------------------------

    @property
    def devices(self) -> tuple[Device, ...]:
        """Those that BlueZ knows: connected, bonded, or heard a short while ago."""
        return self._remote.devices

    @property
    def connected(self) -> tuple[Device, ...]:
        """Those that are connected."""
        return tuple(device for device in self.devices if device.connected)

    async def remove(self, device: Device) -> None:
        """Let BlueZ forget a device with its keys, as :meth:`Device.remove` does.

        Raises:
            ValueError: it is another adapter's.
            PeripheralError: see the class; or the adapter is off.
        """
        if not device.path.startswith(f"{self.path}/"):
            msg = f"{device!r} is no device of {self.name}; write: await device.remove()"
            raise ValueError(msg)
        await device.remove()

    def discover(  # noqa: PLR0913  (the parts of BlueZ's filter)
        self,
        *,
        seconds: float | None = None,
        services: Sequence[Target] = (),
        rssi: int | None = None,
        pathloss: int | None = None,
        transport: Transport = "le",
        pattern: str | None = None,
    ) -> AsyncGenerator[Device, None]:
        """Look for devices: ``async for device in adapter.discover(seconds=10)`` gives each as it is heard, once.

        It gives those that BlueZ knew before when they are heard anew, too. Leaving the loop ends the discovery; where
        that should have happened before the next line, write ``async with contextlib.aclosing(adapter.discover())``.

        Args:
            seconds: how long; ``None``: until the loop is left.
            services: only devices that advertise one of these: UUIDs in any spelling, or classes of services.
            rssi: only devices that are heard at least that strongly, −127 … 20 dBm.
            pathloss: only devices that lose at most that much of the strength they advertise, 0 … 137 dB.
            transport: ``"le"``, ``"bredr"`` or ``"auto"``, which is both.
            pattern: only devices whose address or name begins with it; what has the colons of an address may be
                written in small letters, too.

        Raises:
            TypeError: a value is of another type.
            ValueError: a value is out of range, or both *rssi* and *pathloss* are given.
            PeripheralError: see the class; or the adapter is off, is switched off or goes meanwhile, or this session
                looks for devices already.
        """
        check_seconds(seconds)
        asked: Sought = sought(services, rssi, pathloss, transport, pattern)
        return discover(self._remote, asked, seconds)
