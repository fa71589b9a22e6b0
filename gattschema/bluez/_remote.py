"""Adapters and devices on the bus: properties out of the mirror, calls to BlueZ, and what its errors mean."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

import attrs
from dbus_fast import Variant

from gattschema._errors import (
    AdapterBlocked,
    ConnectionLost,
    NoAdapter,
    NotAllowed,
    PeripheralError,
    RequestRefused,
)
from gattschema.bluez._adapter import ADAPTER, ADVERTISING_MANAGER, BATTERY, DEVICE, GATT_MANAGER
from gattschema.bluez._bus import ANSWER_WITHIN, PROPERTIES, call
from gattschema.bluez._errors import CallFailed
from gattschema.link import Device, Ears, Typed

if TYPE_CHECKING:
    from gattschema.bluez._mirror import Change, Mirror

Object: TypeAlias = dict[str, dict[str, Any]]
"""interface -> property -> plain value."""

_SHOWS_WITHIN = 1.0
"""Seconds for which is waited until a property that was set shows: BlueZ answers before the controller has."""
_PATIENCE = {"Connect": 120.0, "Pair": 120.0}
"""Seconds for what people or far devices take part in; BlueZ gives up on them before."""


@attrs.define(eq=True, unsafe_hash=True, repr=False)
class RemoteObject:
    """One of BlueZ's objects; it remembers what it was like when BlueZ has it no more."""

    interface: ClassVar[str]

    mirror: Mirror
    path: str
    _last: Object = attrs.field(init=False, eq=False, factory=dict[str, dict[str, Any]])

    def __attrs_post_init__(self) -> None:
        self._look()

    def _look(self) -> Object:
        made = self.mirror.look(self.path)
        if made is not None and self.interface in made:
            self._last = made
        return self._last

    @property
    def properties(self) -> Mapping[str, Any]:
        """The newest, or the last ones."""
        return self._look().get(self.interface, {})

    async def call(self, member: str, signature: str = "", *body: Any) -> Any:
        """Call one of its methods.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        return await self._ask(self.path, self.interface, member, signature, *map(_typed, body))

    async def set(self, name: str, signature: str, value: object) -> None:
        """Set a property, and wait until it shows.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        self._check_open()
        try:
            body = (self.interface, name, Variant(signature, value))
            await call(self.mirror.bus, self.path, PROPERTIES, "Set", "ssv", *body)
        except CallFailed as error:
            raise self._unset(error, name, value) from error
        await self._shown(name, value)

    async def _ask(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> Any:
        self._check_open()
        within = _PATIENCE.get(member, ANSWER_WITHIN)
        try:
            return await call(self.mirror.bus, path, interface, member, signature, *body, within=within)
        except CallFailed as error:
            raise refusal(error, member, self.known_as) from error

    def _check_open(self) -> None:
        if self.mirror.is_closed:
            raise ConnectionLost(f"the connection to BlueZ through which {self.known_as} was found has ended")

    async def _shown(self, name: str, value: object) -> None:
        expected = value if value != "" else self.properties.get("Name")  # the alias that is taken back
        shown = asyncio.Event()

        def look(_: Change) -> None:
            if self.properties.get(name) == expected:
                shown.set()

        if expected is None or self.properties.get(name) == expected:
            return
        self.mirror.observers.add(look)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SHOWS_WITHIN):
                    await shown.wait()
        finally:
            self.mirror.observers.discard(look)

    @property
    def known_as(self) -> str:
        """What people call it, for errors."""
        raise NotImplementedError

    def _unset(self, error: CallFailed, name: str, value: object) -> PeripheralError:
        return refusal(error, f"{name}={value!r}", self.known_as)


@attrs.define(eq=True, unsafe_hash=True, repr=False)
class RemoteDevice(RemoteObject):
    """A device."""

    interface: ClassVar[str] = DEVICE

    @property
    def known_as(self) -> str:
        """Its address."""
        return self.mirror.address(self.path)

    @property
    def battery(self) -> int | None:
        """What BlueZ has read of its Battery Service (``org.bluez.Battery.rst``), in percent."""
        percentage: int | None = self._look().get(BATTERY, {}).get("Percentage")
        return percentage

    async def remove(self) -> None:
        """Let BlueZ forget it.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        await self._ask(self.path.rpartition("/")[0], ADAPTER, "RemoveDevice", "o", self.path)


@attrs.define(eq=True, unsafe_hash=True, repr=False)
class RemoteAdapter(RemoteObject):
    """An adapter."""

    interface: ClassVar[str] = ADAPTER

    @property
    def known_as(self) -> str:
        """``hci0``."""
        return self.path.rpartition("/")[2]

    @property
    def takes_services(self) -> bool:
        """Whether it has both managers."""
        return {GATT_MANAGER, ADVERTISING_MANAGER} <= self._look().keys()

    @property
    def advertising(self) -> Mapping[str, Any]:
        """The properties of its advertising manager; empty without one."""
        return self._look().get(ADVERTISING_MANAGER, {})

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices that BlueZ knows on it."""
        return self.mirror.devices(self.path)

    def listen(self, ears: Ears) -> Callable[[], None]:
        """Tell *ears* of its devices.

        Raises:
            RequestRefused: somebody listens already.
        """
        listening = _Listening(self, ears)
        if self.path in self.mirror.listening:
            msg = f"{self.known_as} looks for devices for this program already, and BlueZ keeps one discovery for each"
            raise RequestRefused(msg, "leave the other loop first: async with aclosing(adapter.discover()) as found")
        self.mirror.listening.add(self.path)
        self.mirror.observers.add(listening.hear)
        self.mirror.closers.add(listening.end)
        return listening.stop

    def _unset(self, error: CallFailed, name: str, value: object) -> PeripheralError:
        if name == "Powered" and not error.gone and error.name not in _FORBIDDEN:
            return AdapterBlocked(f"{self.known_as} cannot be switched {'on' if value else 'off'} ({error})")
        return super()._unset(error, name, value)


@attrs.define(eq=False)
class _Listening:
    """The changes that concern one adapter's devices."""

    adapter: RemoteAdapter
    ears: Ears

    def hear(self, change: Change) -> None:
        """Pass a change on."""
        if change.interface == DEVICE and change.path.startswith(f"{self.adapter.path}/"):
            device = self.adapter.mirror.device(change.path)
            (self.ears.removed if change.changed is None else self.ears.changed)(device)
        elif change.interface == ADAPTER and change.path == self.adapter.path:
            self._hear_adapter(change)

    def _hear_adapter(self, change: Change) -> None:
        if change.changed is None:
            self.ears.ended(NoAdapter(f"{self.adapter.known_as} is gone"))
        elif change.changed.get("Powered") is False:
            self.ears.ended(RequestRefused(f"{self.adapter.known_as} was switched off", _POWER_ON))

    def end(self) -> None:
        """Say that nothing more will be heard."""
        self.ears.ended(ConnectionLost("the connection to BlueZ has ended"))

    def stop(self) -> None:
        """Listen no more."""
        self.adapter.mirror.listening.discard(self.adapter.path)
        self.adapter.mirror.observers.discard(self.hear)
        self.adapter.mirror.closers.discard(self.end)


def _typed(value: Any) -> Any:
    """Make variants of the typed values in a dictionary."""
    if not isinstance(value, dict):
        return value
    return {key: Variant(one.signature, one.value) for key, one in cast("dict[str, Typed]", value).items()}


# --- what BlueZ's errors mean -------------------------------------------------------------------------------------

_POWER_ON = "await adapter.set(powered=True), or: bluetoothctl power on"
_BLUEZ_ERROR = "org.bluez.Error."
_DBUS_ERROR = "org.freedesktop.DBus.Error."

_DAEMON_GONE = {f"{_DBUS_ERROR}{name}" for name in ("NameHasNoOwner", "NoReply", "ServiceUnknown")}
_UNKNOWN = {f"{_DBUS_ERROR}{name}" for name in ("UnknownMethod", "UnknownObject")}
_FORGOTTEN = ("RemoveDevice", f"{_BLUEZ_ERROR}DoesNotExist")
_FORBIDDEN = {f"{_BLUEZ_ERROR}{name}" for name in ("NotAuthorized", "NotPermitted", "PermissionDenied")}
_REMEDIES = {
    f"{_BLUEZ_ERROR}AlreadyConnected": "nothing: it is connected",
    f"{_BLUEZ_ERROR}AlreadyExists": "await device.remove() forgets the bond; then pair anew",
    f"{_BLUEZ_ERROR}AuthenticationCanceled": "pair anew, and accept on both sides",
    f"{_BLUEZ_ERROR}AuthenticationFailed": "forget the bond on the other device, too, and pair anew",
    f"{_BLUEZ_ERROR}AuthenticationRejected": "pair anew, and accept on both sides",
    f"{_BLUEZ_ERROR}AuthenticationTimeout": "pair anew, and answer within 30 s",
    f"{_BLUEZ_ERROR}Busy": "wait until the change before has ended, and try again",
    f"{_BLUEZ_ERROR}DoesNotExist": "nothing: no pairing is under way",
    f"{_BLUEZ_ERROR}InProgress": "wait until what is under way has ended, and try again",
    f"{_BLUEZ_ERROR}NotConnected": "nothing: it is not connected",
    f"{_BLUEZ_ERROR}NotReady": _POWER_ON,
    f"{_BLUEZ_ERROR}NotSupported": "bluetoothctl show; bluetoothd --version",
    f"{_DBUS_ERROR}UnknownProperty": "bluetoothd --version: a newer BlueZ has it",
}
_NOT_POWERED = "Not Powered"
"""What ``Failed`` says where a timeout needs an adapter that is on (``property_set_discoverable``)."""


def refusal(error: CallFailed, asked: str, whom: str) -> PeripheralError:
    """Give the exception for what BlueZ has answered."""
    if error.name in _DAEMON_GONE or error.name.startswith(f"{_DBUS_ERROR}Spawn."):
        return ConnectionLost(f"bluetoothd went away before it answered {asked} of {whom} ({error})")
    if error.name in _FORBIDDEN:
        return NotAllowed(f"BlueZ does not let this user do {asked} with {whom} ({error})")
    if error.name == f"{_BLUEZ_ERROR}Blocked":
        return AdapterBlocked(f"rfkill keeps {whom} from {asked} ({error})")
    if error.name in _UNKNOWN or (asked, error.name) == _FORGOTTEN:
        return RequestRefused(
            f"BlueZ does not know {whom} any more ({error})", "bluetoothctl devices; bluetoothctl list"
        )
    remedy = _POWER_ON if error.text == _NOT_POWERED else _REMEDIES.get(error.name)
    return RequestRefused(f"BlueZ refuses {asked} of {whom} ({error})", remedy)
