"""Adapters and devices on the bus: properties out of the mirror, calls to BlueZ, and what its errors mean."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator, Mapping
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
from gattschema.bluez._away import Loss
from gattschema.bluez._bus import ANSWER_WITHIN, PROPERTIES, call
from gattschema.bluez._errors import CallFailed
from gattschema.link import Device, Ears, Typed

if TYPE_CHECKING:
    from gattschema.bluez._lineage import Identity, Lineage
    from gattschema.bluez._mirror import Change, Mirror

Object: TypeAlias = dict[str, dict[str, Any]]
"""interface -> property -> plain value."""

_SHOWS_WITHIN = 1.0
"""Seconds for which is waited until a property that was set shows: BlueZ answers before the controller has."""
_PATIENCE = {"Connect": 120.0, "Pair": 120.0}
"""Seconds for what people or far devices take part in; BlueZ gives up on them before."""


_UNREACHED: dict[str, dict[str, Any]] = {
    DEVICE: {"Connected": False, "ServicesResolved": False},
    ADAPTER: {"Powered": False, "PowerState": "off", "Discovering": False},
}
"""What is so of each while BlueZ is away, whatever was so before."""
_FORGOTTEN: dict[str, Any] = {"Paired": False, "Bonded": False}
"""What is also so of a device that BlueZ does not know any more."""


@attrs.define(eq=False, repr=False, weakref_slot=True)
class RemoteObject:
    """One of BlueZ's objects, found at each use in the newest mirror; it remembers what it was like last."""

    interface: ClassVar[str]

    lineage: Lineage
    _path: str
    """Where it was last."""
    identity: Identity
    _last: Object = attrs.field(init=False, factory=dict[str, dict[str, Any]])
    _is_there: bool = attrs.field(init=False, default=False)
    """Whether the newest mirror has it."""

    def __attrs_post_init__(self) -> None:
        self.look()

    def look(self) -> Object:
        """Give what is known of it now, or was last."""
        mirror = self.lineage.newest
        place = mirror.place(self.interface, self.identity, self._path) if mirror else None
        self._is_there = mirror is not None and place in mirror.objects
        if mirror is not None and place is not None:
            self._path, self._last = place, mirror.look(place) or self._last
        return self._last

    def move(self, path: str) -> None:
        """Be asked at *path* from now on, if BlueZ has it there."""
        self._path = path

    @property
    def path(self) -> str:
        """Where BlueZ has it, or had it last."""
        self.look()
        return self._path

    @property
    def properties(self) -> Mapping[str, Any]:
        """The newest, or the last ones."""
        known = self.look().get(self.interface, {})
        is_heard = self.lineage.loss is None
        if self.lineage.has_ended or (is_heard and self._is_there):
            return known
        now = _UNREACHED[self.interface] | (_FORGOTTEN if is_heard and self._adapter_path() else {})
        return known | {name: value for name, value in now.items() if name in known}

    def _adapter_path(self) -> str | None:
        """Give where the adapter is, which is this or has it; ``None`` if BlueZ has none, or is not known."""
        mirror = self.lineage.newest
        return mirror.adapter_path(self.identity, self._path) if mirror else None

    async def call(self, member: str, signature: str = "", *body: Any) -> Any:
        """Call one of its methods.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        _, path = self._reach()
        return await self._ask(path, self.interface, member, signature, *map(_typed, body))

    async def set(self, name: str, signature: str, value: object) -> None:
        """Set a property, and wait until it shows.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        mirror, path = self._reach()
        body = (self.interface, name, Variant(signature, value))
        with self._telling(name, value):
            await call(mirror.bus, path, PROPERTIES, "Set", "ssv", *body)
        await self._shown(mirror, name, value)

    async def _ask(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> Any:
        mirror = self.lineage.living(self.known_as)
        within = _PATIENCE.get(member, ANSWER_WITHIN)
        with self._telling(member):
            return await call(mirror.bus, path, interface, member, signature, *body, within=within)

    def _reach(self) -> tuple[Mirror, str]:
        """Give where it can be asked; an object that BlueZ does not know is for BlueZ to refuse.

        Raises:
            ConnectionLost: the block has ended, or BlueZ or the adapter is away.
        """
        mirror = self.lineage.living(self.known_as)
        before, is_device, name = self.path.partition("/dev_")
        adapter = self._adapter_path()
        if adapter is None:
            raise self.lineage.unplugged(self.known_as, before.rpartition("/")[2])
        return mirror, f"{adapter}{is_device}{name}"

    @contextlib.contextmanager
    def _telling(self, asked: str, *value: object) -> Generator[None]:
        """Raise what BlueZ's error means for what is asked."""
        try:
            yield
        except CallFailed as error:
            raise self._meant(error, asked, *value) from error
        except ConnectionLost as error:
            self.lineage.listen()
            if self.lineage.loss is not None or self.lineage.has_ended:
                raise self.lineage.absence(self.known_as) from error
            raise ConnectionLost(error.finding, PeripheralError.remedy) from error

    def _meant(self, error: CallFailed, asked: str, *value: object) -> PeripheralError:
        asked += f"={value[0]!r}" if value else ""
        if is_gone(error):
            finding = f"bluetoothd went away before it answered {asked} of {self.known_as} ({error})"
            return ConnectionLost(finding, self.lineage.remedy(Loss.BLUEZ))
        return refusal(error, asked, self.known_as)

    async def _shown(self, mirror: Mirror, name: str, value: object) -> None:
        expected = value if value != "" else self.properties.get("Name")  # the alias that is taken back
        shown = asyncio.Event()

        def look(_: Change) -> None:
            if self.properties.get(name) == expected:
                shown.set()

        if expected is None or self.properties.get(name) == expected:
            return
        mirror.observers.add(look)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SHOWS_WITHIN):
                    await shown.wait()
        finally:
            mirror.observers.discard(look)

    @property
    def known_as(self) -> str:
        """What people call it, for errors."""
        raise NotImplementedError


@attrs.define(eq=False, repr=False)
class RemoteDevice(RemoteObject):
    """A device."""

    interface: ClassVar[str] = DEVICE

    _pairings: set[asyncio.Task[None]] = attrs.field(init=False, factory=set["asyncio.Task[None]"])
    """The calls of ``Pair()`` that BlueZ has not answered."""

    @property
    def pairing(self) -> bool:
        """Whether this program pairs with it, and not it with us: as long as BlueZ does, whoever waits for that."""
        return bool(self._pairings)

    @property
    def known_as(self) -> str:
        """Its address."""
        return self.identity[-1]

    @property
    def battery(self) -> int | None:
        """What BlueZ has read of its Battery Service (``org.bluez.Battery.rst``), in percent."""
        percentage: int | None = self.look().get(BATTERY, {}).get("Percentage")
        return percentage

    async def pair(self) -> None:
        """Pair with it; BlueZ goes on when whoever waits is cancelled.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        pairing: asyncio.Task[None] = asyncio.get_running_loop().create_task(self.call("Pair"))
        self._pairings.add(pairing)
        pairing.add_done_callback(self._answered)
        await asyncio.wait([pairing])
        pairing.result()

    def _answered(self, pairing: asyncio.Task[None]) -> None:
        """BlueZ has paired, or does not any more; whoever was cancelled does not hear of it."""
        self._pairings.discard(pairing)
        if not pairing.cancelled():
            pairing.exception()

    async def remove(self) -> None:
        """Let BlueZ forget it.

        Raises:
            PeripheralError: BlueZ refuses, or is not there.
        """
        _, path = self._reach()
        await self._ask(path.rpartition("/")[0], ADAPTER, "RemoveDevice", "o", path)


@attrs.define(eq=False, repr=False)
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
        return {GATT_MANAGER, ADVERTISING_MANAGER} <= self.look().keys()

    @property
    def advertising(self) -> Mapping[str, Any]:
        """The properties of its advertising manager; empty without one."""
        return self.look().get(ADVERTISING_MANAGER, {})

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices that BlueZ knows on it."""
        mirror, place = self.lineage.newest, self._adapter_path()
        return mirror.devices(place) if mirror and place else ()

    def listen(self, ears: Ears) -> Callable[[], None]:
        """Tell *ears* of its devices.

        Raises:
            RequestRefused: somebody listens already.
        """
        mirror, path = self._reach()
        listening = _Listening(self, mirror, path, ears)
        if path in mirror.listening:
            msg = f"{self.known_as} looks for devices for this program already, and BlueZ keeps one discovery for each"
            raise RequestRefused(msg, "leave the other loop first: async with aclosing(adapter.discover()) as found")
        mirror.listening.add(path)
        mirror.observers.add(listening.hear)
        mirror.closers.add(listening.end)
        return listening.stop

    def _meant(self, error: CallFailed, asked: str, *value: object) -> PeripheralError:
        if asked == "Powered" and error.name == _BLOCKED:
            return AdapterBlocked(f"{self.known_as} cannot be switched {'on' if value[0] else 'off'} ({error})")
        return super()._meant(error, asked, *value)


@attrs.define(eq=False)
class _Listening:
    """The changes that concern one adapter's devices."""

    adapter: RemoteAdapter
    mirror: Mirror
    path: str
    ears: Ears

    def hear(self, change: Change) -> None:
        """Pass a change on."""
        if change.interface == DEVICE and change.path.startswith(f"{self.path}/"):
            device = self.mirror.device(change.path)
            (self.ears.removed if change.changed is None else self.ears.changed)(device)
        elif change.interface == ADAPTER and change.path == self.path:
            self._hear_adapter(change)

    def _hear_adapter(self, change: Change) -> None:
        if change.changed is None:
            self.ears.ended(NoAdapter(f"{self.adapter.known_as} is gone"))
        elif change.changed.get("Powered") is False:
            self.ears.ended(RequestRefused(f"{self.adapter.known_as} was switched off", _POWER_ON))

    def end(self) -> None:
        """Say that nothing more will be heard."""
        self.ears.ended(self.adapter.lineage.absence(self.adapter.known_as))

    def stop(self) -> None:
        """Listen no more."""
        self.mirror.listening.discard(self.path)
        self.mirror.observers.discard(self.hear)
        self.mirror.closers.discard(self.end)


def _typed(value: Any) -> Any:
    """Make variants of the typed values in a dictionary."""
    if not isinstance(value, dict):
        return value
    return {key: Variant(one.signature, one.value) for key, one in cast("dict[str, Typed]", value).items()}


# --- what BlueZ's errors mean -------------------------------------------------------------------------------------

_POWER_ON = "await adapter.set(powered=True), or: bluetoothctl power on"
_BLUEZ_ERROR = "org.bluez.Error."
_BLOCKED = f"{_BLUEZ_ERROR}Blocked"
_DBUS_ERROR = "org.freedesktop.DBus.Error."

_DAEMON_GONE = {f"{_DBUS_ERROR}{name}" for name in ("NameHasNoOwner", "NoReply", "ServiceUnknown")}
_UNKNOWN = {f"{_DBUS_ERROR}{name}" for name in ("UnknownMethod", "UnknownObject")}
_NO_DEVICE = ("RemoveDevice", f"{_BLUEZ_ERROR}DoesNotExist")
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


def is_gone(error: CallFailed) -> bool:
    """Whether it is the bus that has answered, since bluetoothd is not there."""
    return error.name in _DAEMON_GONE or error.name.startswith(f"{_DBUS_ERROR}Spawn.")


def refusal(error: CallFailed, asked: str, whom: str) -> PeripheralError:
    """Give the exception for what BlueZ has answered."""
    if error.name in _FORBIDDEN:
        return NotAllowed(f"BlueZ does not let this user do {asked} with {whom} ({error})")
    if error.name == _BLOCKED:
        return AdapterBlocked(f"rfkill keeps {whom} from {asked} ({error})")
    if error.name in _UNKNOWN or (asked, error.name) == _NO_DEVICE:
        return RequestRefused(
            f"BlueZ does not know {whom} any more ({error})", "bluetoothctl devices; bluetoothctl list"
        )
    remedy = _POWER_ON if error.text == _NOT_POWERED else _REMEDIES.get(error.name)
    return RequestRefused(f"BlueZ refuses {asked} of {whom} ({error})", remedy)
