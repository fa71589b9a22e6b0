"""A phone, or another device, as BlueZ knows it (``org.bluez.Device.rst``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from gattschema.link._remote import Described, DeviceRemote
from gattschema.link._settings import ALIAS, BLOCKED, TRUSTED

_SHOWN = ("connected", "paired", "trusted", "blocked")


class Device(Described[DeviceRemote]):
    """A device that BlueZ knows: its properties are always the newest, and the last ones once BlueZ has forgotten it.

    It lives as long as the block in which it was found, and finds itself again when BlueZ was restarted or the adapter
    was plugged in anew, by its address and the adapter's. Meanwhile it is as it was last, but not connected.

    Two are equal if they are one device at one adapter in one block, so that sets and dictionaries of them hold through
    restarts: ``device in running.centrals``. A phone that hides behind private addresses and shows its real one as it
    pairs stays equal to what it was. One that does not pair is another device with each new address, as nobody but the
    phone knows better; and one that comes back so and pairs anew, while BlueZ still keeps its old bond, was another one
    until then.

    What BlueZ does not know of it is ``None``. Every method raises :class:`~gattschema.RequestRefused` where BlueZ
    refuses or no longer knows the device, :class:`~gattschema.NotAllowed` where this user may not ask, and
    :class:`~gattschema.ConnectionLost` where the adapter, bluetoothd or the bus is away, or the block has ended.
    """

    __slots__ = ()

    set_by: ClassVar[Mapping[str, str]] = {
        "alias": "await device.set(alias={!r})",
        "blocked": "await device.block(on={!r})",
        "connected": "await device.connect(), or device.disconnect()",
        "paired": "await device.pair(), or device.remove()",
        "trusted": "await device.trust(on={!r})",
    }

    def __repr__(self) -> str:
        named = self.alias if self.alias != self.address.replace(":", "-") else None
        states = [state for state in _SHOWN if getattr(self, state)]
        heard = [] if self.rssi is None else [f"{self.rssi} dBm"]
        return f"<{' '.join(['Device', self.address, *([repr(named)] if named else []), *states, *heard])}>"

    # --- who it is ------------------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """``"AA:BB:CC:DD:EE:FF"``; of a phone that hides behind private addresses the real one, once it is bonded."""
        return self._text("Address") or self.path.partition("/dev_")[2].replace("_", ":")

    @property
    def address_type(self) -> str | None:
        """``"public"`` or ``"random"``."""
        return self._text("AddressType")

    @property
    def name(self) -> str | None:
        """What it calls itself."""
        return self._text("Name")

    @property
    def alias(self) -> str:
        """What it is called here: the alias it was given, or its name, or its address with dashes."""
        return self._text("Alias") or self.name or self.address.replace(":", "-")

    @property
    def icon(self) -> str | None:
        """The name of an icon after the freedesktop.org icon naming specification: ``"phone"``."""
        return self._text("Icon")

    @property
    def appearance(self) -> int | None:
        """What it looks like (Assigned Numbers, section 2.6)."""
        return self._number("Appearance")

    @property
    def device_class(self) -> int | None:
        """The Class of Device, 24 bits, of a device that also speaks BR/EDR (Assigned Numbers, section 2.8)."""
        return self._number("Class")

    @property
    def modalias(self) -> str | None:
        """Vendor, product and version as the kernel writes them: ``"usb:v1D6Bp0246d0537"``."""
        return self._text("Modalias")

    # --- how it stands with us ------------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether there is a link, whoever made it."""
        return self._flag("Connected")

    @property
    def disconnect_reason(self) -> str | None:
        """Why the last link ended: Timeout, Local, Remote, Authentication, Suspend or Unknown (BlueZ 5.83)."""
        return self._text("_reason")

    @property
    def paired(self) -> bool:
        """Whether keys have been exchanged."""
        return self._flag("Paired")

    @property
    def pairing(self) -> bool:
        """Whether this program pairs with it just now, by :meth:`pair`; not so while a phone pairs with us.

        It is as long as BlueZ does, also when nobody waits for :meth:`pair` any more.
        """
        return self._remote.pairing

    @property
    def bonded(self) -> bool:
        """Whether the keys are kept beyond the link; BlueZ before 5.65 does not tell, there it is :attr:`paired`."""
        return self._flag("Bonded" if "Bonded" in self._remote.properties else "Paired")

    @property
    def trusted(self) -> bool:
        """Whether it may use services that ask for authorization without anybody being asked."""
        return self._flag("Trusted")

    @property
    def blocked(self) -> bool:
        """Whether its connections are ended at once."""
        return self._flag("Blocked")

    @property
    def wake_allowed(self) -> bool | None:
        """Whether it may wake this machine; ``None`` where that makes no sense."""
        return self._flag("WakeAllowed") if "WakeAllowed" in self._remote.properties else None

    @property
    def legacy_pairing(self) -> bool:
        """Whether it pairs as BR/EDR did before Bluetooth 2.1."""
        return self._flag("LegacyPairing")

    @property
    def cable_pairing(self) -> bool:
        """Whether it was paired over a cable, as game pads are (BlueZ 5.83)."""
        return self._flag("CablePairing")

    @property
    def preferred_bearer(self) -> str | None:
        """``"last-seen"``, ``"bredr"`` or ``"le"``: how :meth:`connect` reaches a device that speaks both."""
        return self._text("PreferredBearer")

    # --- what it has told -----------------------------------------------------------------------------------------

    @property
    def uuids(self) -> tuple[UUID, ...]:
        """The services that it offers."""
        return self._uuids("UUIDs")

    @property
    def services_resolved(self) -> bool:
        """Whether all of its services are known."""
        return self._flag("ServicesResolved")

    @property
    def battery(self) -> int | None:
        """How full its battery is, in percent, where it has a Battery Service that bluetoothd reads."""
        return self._remote.battery

    @property
    def rssi(self) -> int | None:
        """How strongly it was heard, in dBm; known only while devices are being discovered."""
        return self._number("RSSI")

    @property
    def tx_power(self) -> int | None:
        """How strongly it sends, as advertised, in dBm."""
        return self._number("TxPower")

    @property
    def manufacturer_data(self) -> Mapping[int, bytes]:
        """What it advertises for manufacturers, by their company identifiers."""
        return dict(self._remote.properties.get("ManufacturerData", {}))

    @property
    def service_data(self) -> Mapping[UUID, bytes]:
        """What it advertises for services."""
        return {UUID(text): octets for text, octets in self._remote.properties.get("ServiceData", {}).items()}

    @property
    def advertising_flags(self) -> bytes | None:
        """The octets of the Flags that it advertises (Core Specification Supplement, Part A, 1.3)."""
        octets: bytes | None = self._remote.properties.get("AdvertisingFlags")
        return octets

    @property
    def advertising_data(self) -> Mapping[int, bytes]:
        """Other advertising data by type, as far as BlueZ passes it on."""
        return dict(self._remote.properties.get("AdvertisingData", {}))

    # --- what can be done -----------------------------------------------------------------------------------------

    async def set(self, *, alias: str) -> None:
        """Give it another name here; ``""`` takes it back.

        Raises:
            TypeError: *alias* is no text.
            ValueError: *alias* is too long, or has characters that no text on the bus may have.
            PeripheralError: see the class.
        """
        await ALIAS.apply(self._remote, alias)

    async def disconnect(self) -> None:
        """End the link; returns when it has ended, about two seconds later, since BlueZ leaves profiles time to close.

        A central may connect again at once while the peripheral advertises: :meth:`block` keeps it away. What
        BlueZ's manual calls "disable incoming connections" is less: a device that is not trusted is taken off the list
        of those that this machine itself connects to, until :meth:`connect` or :meth:`pair` is called
        (``dev_disconnect`` in ``src/device.c``).

        Raises:
            PeripheralError: see the class.
        """
        await self._remote.call("Disconnect")

    async def remove(self) -> None:
        """Let BlueZ forget it with its keys; the link ends, as :meth:`disconnect` does it.

        The phone keeps its own half of the bond, and most refuse to pair anew until that is deleted there, too.

        Raises:
            PeripheralError: see the class; or the adapter is off.
        """
        await self._remote.remove()

    async def trust(self, *, on: bool = True) -> None:
        """Let it use services that ask for authorization without anybody being asked; not so with ``on=False``.

        Raises:
            PeripheralError: see the class.
        """
        await TRUSTED.apply(self._remote, on)

    async def block(self, *, on: bool = True) -> None:
        """End its link at once and refuse new ones, also after a restart; let it in again with ``on=False``.

        BlueZ blocks an address. A phone that is not bonded takes another one every few minutes, and is in again.

        Raises:
            PeripheralError: see the class.
        """
        await BLOCKED.apply(self._remote, on)

    async def pair(self) -> None:
        """Pair, connecting before where needed; returns when that has ended well.

        The agent of the peripheral that the device is of is asked, if it has one; else the default agent of the
        system, be it the desktop's; without any agent pairing is without questions ("just works"). ``allow=`` and
        ``window=`` of one's own agent are for those that pair with us, and do not hold here. Cancelling the task does
        not stop BlueZ: :meth:`cancel_pairing` does.

        Raises:
            PeripheralError: see the class; or pairing has failed, or it is bonded already.
        """
        await self._remote.pair()

    async def cancel_pairing(self) -> None:
        """Stop what :meth:`pair` has begun, which then fails.

        Raises:
            PeripheralError: see the class; or nothing pairs. BlueZ also deletes the bond in that case.
        """
        await self._remote.call("CancelPairing")

    async def connect(self) -> None:
        """Connect to it as a central does; a peripheral need not, phones come by themselves.

        Raises:
            PeripheralError: see the class; or it cannot be reached.
        """
        await self._remote.call("Connect")
