"""BlueZ's adapters and devices as it tells of them, kept up to date by its signals (``org.bluez.Device.rst``)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

import attrs
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from gattschema.bluez._adapter import ADAPTER, ADVERTISING_MANAGER, BATTERY, DEVICE, GATT_MANAGER
from gattschema.bluez._away import Loss
from gattschema.bluez._bus import BLUEZ, DAEMON, OBJECT_MANAGER, PROPERTIES, call, managed_objects, tell
from gattschema.bluez._lineage import Identity, Lineage
from gattschema.bluez._remote import RemoteAdapter, RemoteDevice
from gattschema.link import Adapter, Device

if TYPE_CHECKING:
    from gattschema.bluez._remote import Object

logger = logging.getLogger("gattschema.bluez")

_KEPT = frozenset({ADAPTER, GATT_MANAGER, ADVERTISING_MANAGER, DEVICE, BATTERY})
_CHANGING = (ADAPTER, ADVERTISING_MANAGER, DEVICE, BATTERY)

_DAEMON_PATH = "/org/freedesktop/DBus"
_FROM_BLUEZ = f"type='signal',sender='{BLUEZ}'"
_RULES = (
    *(f"{_FROM_BLUEZ},interface='{PROPERTIES}',member='PropertiesChanged',arg0='{kept}'" for kept in _CHANGING),
    f"{_FROM_BLUEZ},interface='{OBJECT_MANAGER}',path='/'",
    f"{_FROM_BLUEZ},interface='{DEVICE}',member='Disconnected'",
)
_REASON = "_reason"
"""Kept among a device's properties: why its last link ended."""
_REMEMBERED = 64
"""Objects that are gone and still remembered, for those who hear of it late."""
_FALLEN = {"Connected": False, "Paired": False, "Bonded": False}
"""What is so once a device is forgotten."""


@attrs.frozen
class Change:
    """What is new about one interface of one object."""

    path: str
    interface: str
    changed: Mapping[str, Any] | None
    """The properties with new values (``None``: there is no value any more); ``None``: the interface is gone."""
    added: bool = False
    """Whether the interface is new."""


@attrs.define(eq=False, repr=False)
class Mirror:
    """Kept by BlueZ's signals from :meth:`watch` on."""

    bus: MessageBus
    bluetoothd: str
    """The unique name of bluetoothd's connection; nobody else is believed."""
    lineage: Lineage = attrs.field(factory=Lineage)
    """What it shares with those before and after it."""
    objects: dict[str, Object] = attrs.field(factory=dict[str, "Object"])
    """path -> interface -> property -> plain value."""
    connected: set[str] = attrs.field(factory=set[str])
    """The paths of the devices that are connected."""
    bonded: set[str] = attrs.field(factory=set[str])
    """The paths of those that have a bond, connected or not."""
    tells_bonds: bool = False
    """Whether BlueZ tells of bonds (5.65), and not just of pairings, which need not leave one."""
    listeners: set[Callable[[], None]] = attrs.field(factory=set["Callable[[], None]"])
    """Called when a device has connected or left, or has a bond or none any more."""
    observers: set[Callable[[Change], None]] = attrs.field(factory=set["Callable[[Change], None]"])
    """Called after every change."""
    closers: set[Callable[[], None]] = attrs.field(factory=set["Callable[[], None]"])
    """Called when nothing more is learned."""
    listening: set[str] = attrs.field(factory=set[str])
    """The paths of adapters that look for devices for this program."""
    gone: dict[str, Object] = attrs.field(factory=dict[str, "Object"])
    """The last objects that are gone, as they were."""
    is_closed: bool = False
    loss: Loss | None = None
    """What is away, so that nothing more is heard."""
    _rules: list[str] = attrs.field(factory=list[str])
    _early: list[Message] | None = None
    """What BlueZ says before it has said what there is."""

    def __attrs_post_init__(self) -> None:
        if self.lineage.newest is None:
            self.lineage.newest = self

    @property
    def is_deaf(self) -> bool:
        """Whether nothing more is heard."""
        return self.is_closed or self.loss is not None

    async def watch(self) -> None:
        """Learn what there is and what changes; adapters and devices of the mirrors before are found in this one.

        Raises:
            NoBlueZ: bluetoothd does not run.
            NotAllowed: this user may not talk to it.
            ConnectionLost: the bus is gone.
        """
        self._early = []
        self.bus.add_message_handler(self._hear)
        for rule in _RULES:
            await call(self.bus, _DAEMON_PATH, DAEMON, "AddMatch", "s", rule, destination=DAEMON)
            self._rules.append(rule)
        for path, interfaces in (await managed_objects(self.bus)).items():
            self._load(path, interfaces)
        self.lineage.follow(self)
        early, self._early = self._early, None
        for message in early:  # some of it is news; what is none says what is known, or is followed by what is
            self._obey(message)

    def close(self) -> None:
        """Learn nothing more; adapters and devices stay as they were last, until the next mirror."""
        self.is_closed = True
        self.bus.remove_message_handler(self._hear)
        for rule in self._rules:
            tell(self.bus, _DAEMON_PATH, DAEMON, "RemoveMatch", "s", rule, destination=DAEMON)
        self._rules.clear()
        for closer in list(self.closers):
            closer()

    def lose(self, loss: Loss) -> None:
        """Note what is away: nothing can be asked any more."""
        self.loss = self.loss or loss

    def heed(self, lost: asyncio.Future[Loss]) -> None:
        """Note what a future says is away; one that was cancelled says nothing, since the block ends."""
        if not lost.cancelled():
            self.lose(lost.result())

    # --- what there is --------------------------------------------------------------------------------------------

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """All of them, hci0 first."""
        paths = [path for path, made in list(self.objects.items()) if ADAPTER in made]
        return tuple(self.adapter(path) for path in sorted(paths, key=lambda path: (len(path), path)))

    def adapter(self, path: str) -> Adapter:
        """Give the adapter at *path*, be it there, gone, or unknown."""
        return Adapter(self.lineage.held(RemoteAdapter, path, self.identity(path)))

    def device(self, path: str) -> Device:
        """Give the device at *path*, be it there, gone, or unknown; it is asked there, if BlueZ has it twice."""
        remote = self.lineage.held(RemoteDevice, path, self.identity(path))
        remote.move(path)
        return Device(remote)

    def devices(self, adapter_path: str) -> tuple[Device, ...]:
        """Give the devices that an adapter knows, each once: one that has paired may have been known before."""
        prefix = f"{adapter_path}/"
        known = list(self.objects.items())
        paths = [path for path, made in known if DEVICE in made and path.startswith(prefix)]
        found = [Device(self.lineage.held(RemoteDevice, path, self.identity(path))) for path in paths]
        return tuple(dict.fromkeys(found))

    def look(self, path: str) -> Object | None:
        """Give the object at *path*, or the one that was there last."""
        made = self.objects.get(path)
        return self.gone.get(path) if made is None else made

    def identity(self, path: str) -> Identity:
        """Give what the object at *path* is known by, wherever BlueZ will have it next time."""
        adapter, is_device, _ = path.partition("/dev_")
        address = (self.look(adapter) or {}).get(ADAPTER, {}).get("Address") or adapter
        return (address, self.address(path)) if is_device else (address,)

    def place(self, interface: str, identity: Identity, path: str) -> str | None:
        """Give where something is that was at *path*; ``None`` if BlueZ does not know it, and did not a while ago.

        Of a phone that it has twice, by an old bond and by the private address that it has paired with, it is the one
        that is connected.
        """
        is_same = self.identity(path) == identity
        is_here = is_same and interface in self.objects.get(path, {})
        if not (is_here and path in self.connected):
            for other in list(self.connected):
                if self.identity(other) == identity:
                    return other
        if is_here:
            return path
        for other, made in list(self.objects.items()):
            if made.get(interface, {}).get("Address") == identity[-1] and self.identity(other) == identity:
                return other
        return path if is_same and path in self.gone else None

    def adapter_path(self, identity: Identity, path: str) -> str | None:
        """Give where the adapter is that something is or belongs to that was at *path*; ``None`` if BlueZ has none."""
        place = self.place(ADAPTER, identity[:1], path.partition("/dev_")[0])
        return place if place in self.objects else None

    def address(self, path: str) -> str:
        """Give the address of the device at *path*; ``""`` where there can be none."""
        known = (self.look(path) or {}).get(DEVICE, {}).get("Address")
        return cast("str", known) or path.partition("/dev_")[2].replace("_", ":")

    def called(self, address: str) -> Device | None:
        """Give the device with that address, the one that is connected if several adapters know it."""
        wanted = address.upper()
        for path in [*self.connected, *self.objects] if wanted else ():
            if self.address(path) == wanted:
                return self.device(path)
        return None

    def reason(self, path: str) -> str | None:
        """Give why a device has left, where BlueZ has told (5.83): ``"Remote"``."""
        found: str | None = (self.look(path) or {}).get(DEVICE, {}).get(_REASON)
        return found

    def may_come_back(self, path: str) -> bool:
        """Whether BlueZ still keeps the subscriptions of this phone: it is connected, or has a bond."""
        return path in self.connected or path in self.bonded

    # --- what BlueZ tells -----------------------------------------------------------------------------------------

    def _hear(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL or message.sender != self.bluetoothd:
            return
        if self._early is None:
            self._obey(message)
        else:
            self._early.append(message)

    def _obey(self, message: Message) -> None:
        member, body, path = message.member, message.body, message.path or ""
        if member == "PropertiesChanged":
            interface, changed, invalidated = body
            if interface in _KEPT:
                self._change(path, interface, _plain(changed) | dict.fromkeys(invalidated))
        elif member == "InterfacesAdded":
            self._add(body[0], body[1])
        elif member == "InterfacesRemoved":
            self._remove(body[0], _KEPT & set(body[1]))
        elif member == "Disconnected" and message.interface == DEVICE:
            self._change(path, DEVICE, {_REASON: body[0].rpartition(".")[2]})

    def _load(self, path: str, interfaces: Mapping[str, Mapping[str, Any]]) -> None:
        kept = {name: _plain(properties) for name, properties in interfaces.items() if name in _KEPT}
        if kept:
            self.objects[path] = kept
            self._count(path)

    def _add(self, path: str, interfaces: Mapping[str, Mapping[str, Any]]) -> None:
        told = {interface: _plain(properties) for interface, properties in interfaces.items() if interface in _KEPT}
        if not told:
            return
        self.gone.pop(path, None)
        made = self.objects.setdefault(path, {})
        new = {interface: properties for interface, properties in told.items() if interface not in made}
        made.update(new)
        for interface, properties in told.items():
            if interface in new:
                self._tell(Change(path, interface, dict(properties), added=True))
            else:
                lost = dict.fromkeys(made[interface].keys() - properties.keys() - {_REASON})
                self._change(path, interface, properties | lost)

    def _change(self, path: str, interface: str, changed: Mapping[str, Any]) -> None:
        """Take new values; ``None`` is none."""
        known = self.objects.get(path, {}).get(interface)
        if known is None:
            return
        news = {name: value for name, value in changed.items() if known.get(name) != value}
        if news.get("Connected"):
            known.pop(_REASON, None)
        before = self.identity(path) if "Address" in news else ()
        for name, value in news.items():
            if value is None:
                del known[name]
            else:
                known[name] = value
        if before:
            self.lineage.readdress(before, self.identity(path))
        if news:
            self._tell(Change(path, interface, news))

    def _remove(self, path: str, interfaces: Iterable[str]) -> None:
        made = self.objects.get(path, {})
        removed = [interface for interface in interfaces if interface in made]
        left = {interface: properties for interface, properties in made.items() if interface not in removed}
        if left:
            self.objects[path] = left
        elif made:
            del self.objects[path]
            self._remember(path, made)
        for interface in removed:
            self._tell(Change(path, interface, None))

    def _remember(self, path: str, made: Object) -> None:
        """Keep what an object was like for a while."""
        if DEVICE in made:
            made[DEVICE].update({name: value for name, value in _FALLEN.items() if name in made[DEVICE]})
        self.gone.pop(path, None)
        self.gone[path] = made
        if len(self.gone) > _REMEMBERED:
            del self.gone[next(iter(self.gone))]

    def fall(self) -> None:
        """Note that BlueZ is gone, and all connections with it; nobody is told."""
        for path in self.connected:
            self.objects[path][DEVICE]["Connected"] = False
        self.connected.clear()

    # --- who is told ----------------------------------------------------------------------------------------------

    def _tell(self, change: Change) -> None:
        """Whoever comes is observed before it is counted; whoever goes is counted out first."""
        is_counted = change.interface == DEVICE and self._count(change.path)
        is_here = change.path in self.connected
        if is_counted and not is_here:
            self._tell_listeners()
        for observer in list(self.observers):
            _guarded(observer, change)
        if is_counted and is_here:
            self._tell_listeners()

    def _tell_listeners(self) -> None:
        for listener in list(self.listeners):
            _guarded(listener)

    def _count(self, path: str) -> bool:
        """Note whether the device at *path* is connected, and has a bond; say if that is news."""
        properties = self.objects.get(path, {}).get(DEVICE, {})
        self.tells_bonds |= "Bonded" in properties
        bond = properties.get("Bonded", not self.tells_bonds and properties.get("Paired", False))
        changed = False
        for now, members in ((properties.get("Connected", False), self.connected), (bond, self.bonded)):
            if now != (path in members):
                (members.add if now else members.discard)(path)
                changed = True
        return changed


def _guarded(function: Callable[..., None], *arguments: object) -> None:
    """Call one of those who are told; the others are told even if it fails."""
    try:
        function(*arguments)
    except (Exception, asyncio.CancelledError):
        logger.exception("%r failed at a change in BlueZ", function)


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """Give properties without the variants, however deep."""
    return {key: _bare(one) for key, one in value.items()}


def _bare(value: Any) -> Any:
    if isinstance(value, Variant):
        value = value.value
    return _plain(cast("Mapping[str, Any]", value)) if isinstance(value, dict) else value
