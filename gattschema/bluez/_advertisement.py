"""An advertisement on the bus (``org.bluez.LEAdvertisement.rst``): what is unset is absent, as presence has meaning.

bluetoothd reads it once and then hears ``PropertiesChanged``; what it then would do wrong, by its source up to 5.87,
begins anew instead (``_can_go_on``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Mapping
from threading import get_ident
from typing import Any, ClassVar, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

import attrs
from dbus_fast import Message, MessageType, Variant

from gattschema._errors import AdvertisementError, ConnectionLost
from gattschema.advertising import Advertisement, Ends, Host, Packet, Waiting, check, let_go
from gattschema.advertising._host import LEGACY, WRITES_INSTANCE
from gattschema.advertising._structures import HEAD, AdType
from gattschema.advertising._waiting import left
from gattschema.bluez._adapter import ADVERTISING_MANAGER
from gattschema.bluez._bus import PROPERTIES, call, send, tell
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._objects import EMPTY, Body, Branch, BusObject, Method, ObjectTree
from gattschema.bluez._release import Release
from gattschema.schema._uuids import number_of

ADVERTISEMENT = "org.bluez.LEAdvertisement1"
NO_ROOM = "org.bluez.Error.NotPermitted"
"""The controller has as many advertisements as it takes (``src/advertising.c``)."""

_EMPTY: Mapping[str, Variant] = {
    "ServiceUUIDs": Variant("as", []),
    "SolicitUUIDs": Variant("as", []),
    "ManufacturerData": Variant("a{qv}", {}),
    "ServiceData": Variant("a{sv}", {}),
    "Data": Variant("a{yv}", {}),
    "ScanResponseData": Variant("a{yv}", {}),
}
"""What bluetoothd takes while it runs, and how to say that there is none of it any more."""
_REPLACED = {"LocalName", "Appearance", "Duration", "Timeout", "TxPower"}
"""What it takes while it runs if there is one before and after: it does not forget a name or an appearance."""
_SHORT = 0xFFFF

# ruff: noqa: SLF001  (this room is the other side of an advertisement's own slots)

logger = logging.getLogger("gattschema.bluez")


class OnAdapter(Protocol):
    """The adapter that it goes on the air by."""

    @property
    def path(self) -> str:
        """``/org/bluez/hci0``."""
        ...

    @property
    def name(self) -> str:
        """``hci0``."""
        ...


@attrs.define(eq=False, repr=False)
class AdvertisementObject(BusObject):
    """One advertisement of the program's, from ``register`` until it is released, unregistered or abandoned."""

    interface: ClassVar[str] = ADVERTISEMENT

    advertisement: Advertisement
    tree: ObjectTree
    release: Release | None
    number: int
    """Which of several it is; its path has it."""
    on_released: Callable[[Advertisement], None]
    """Called when BlueZ has taken it off the air: its time is over, or the adapter has gone."""

    adapter: OnAdapter | None = None
    host: Host = attrs.field(factory=Host)
    ends: Ends = attrs.field(init=False)
    told: dict[str, Variant] = attrs.field(factory=dict[str, Variant])
    """What bluetoothd knows, with moments for what it counts down."""
    on_air: bool = False
    awake: bool = False
    """Whether the event loop is about to look for changes."""
    task: asyncio.Task[None] | None = None
    branch: Branch = attrs.field(init=False)
    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    thread: int = attrs.field(factory=get_ident)

    def __attrs_post_init__(self) -> None:
        root = f"/org/gattschema/advertisement{self.number}"
        self.branch = Branch(root, {root: self})
        self.ends = Ends(self.advertisement)

    @property
    def place(self) -> str:
        """``Hall``, for logs."""
        return type(self.advertisement).__name__

    def properties(self) -> dict[str, Variant]:
        """What BlueZ reads, and what it has been told since."""
        return _counted_down(self.told)

    def assign(self, name: str, value: Any) -> bool:
        """Take what BlueZ tells: which instance it is (5.87), and the power that the controller has chosen."""
        if name == "Instance":
            self.advertisement.bluez_instance = int(value)
        elif name == "TxPower":
            self.advertisement.chosen_tx_power = int(value)
        else:
            return False
        return True

    def answer_release(self, _: Message) -> Body:
        """Answer ``Release()``: BlueZ has taken it off the air."""
        self._end()
        self.on_released(self.advertisement)
        return EMPTY

    methods: ClassVar[Mapping[str, Method]] = {"Release": answer_release}

    # --- its life -------------------------------------------------------------------------------------------------

    async def register(self, adapter: OnAdapter, host: Host) -> None:
        """Go on the air, by a controller that can do what *host* says.

        Raises:
            AdvertisementError: the adapter cannot have it on the air, it does not fit, or BlueZ refuses it.
        """
        before = self.advertisement._gatt_link
        if before is not None and not isinstance(before, Waiting):
            raise AdvertisementError(f"this {self.place} is on the air already", f"{self.place}(…), another one")
        self.adapter, self.host = adapter, host
        if before is None or before.ends is None:
            self.ends.begin()
        else:
            self.ends = before.ends
        self._check_first()
        self.host = attrs.evolve(self.host, left=None)  # it has its place from now on
        self.advertisement._gatt_link = self
        try:
            await self._start()
        except BaseException:
            self._end()
            self.advertisement._gatt_link = before  # if it waits for BlueZ, it goes on waiting
            raise
        warn_of_shortened(self.advertisement, self.host)
        self._wake()

    def _check_first(self) -> None:
        """Raise AdvertisementError for what cannot be on this air, and will not be after another loss."""
        try:
            check(self.advertisement._gatt_with({}), self.host)
            self.ends.check()
        except AdvertisementError:
            let_go(self.advertisement)
            raise

    async def unregister(self, adapter: OnAdapter) -> None:
        """Leave the air.

        Raises:
            AdvertisementError: BlueZ does not let it.
        """
        if not self.on_air:
            let_go(self.advertisement)
            return
        await self._stop_updating()
        try:
            await self._call(adapter, "UnregisterAdvertisement", "o", self.branch.root)
        except CallFailed as error:
            if not error.gone:
                raise AdvertisementError(f"BlueZ does not take the advertisement off the air ({error})") from error
        finally:
            self._end()

    def abandon(self) -> None:
        """Leave an air that is gone, also after BlueZ's ``Release()``: BlueZ or the bus went away, and comes back.

        Until it is registered again, assignments are checked against this host; ``let_go`` ends that.
        """
        self._end()
        if self.advertisement._gatt_link is None:
            self.advertisement._gatt_link = Waiting(self.host, self.ends)

    def _end(self) -> None:
        """Let go of the advertisement, which can go on the air anew."""
        self.on_air = False
        self.tree.remove(self.branch)
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()
        if self.advertisement._gatt_link is self:
            self.advertisement._gatt_link = None
            self.advertisement.bluez_instance = self.advertisement.chosen_tx_power = None

    async def _start(self) -> None:
        self.told = self._wanted()
        self.tree.add(self.branch)
        try:
            await self._call(self.adapter, "RegisterAdvertisement", "oa{sv}", self.branch.root, {})
        except CallFailed as error:
            raise self._refused(error) from error
        except BaseException:
            self._give_up()
            raise
        self.on_air = True

    def _give_up(self) -> None:
        """Nobody waits for BlueZ's answer any more, but it may have it on the air, or be about to."""
        path = self.adapter.path if self.adapter else ""
        tell(self.tree.bus, path, ADVERTISING_MANAGER, "UnregisterAdvertisement", "o", self.branch.root)

    def _wanted(self) -> dict[str, Variant]:
        """What bluetoothd shall know: of one state, whatever other threads assign; without what a batch holds back."""
        made = properties(self.advertisement._gatt_with({}), self.release)
        moments = {key: self.ends.moments.get(_SINGLE[key][0]) for key in _COUNTED & made.keys()}
        return made | {key: Variant("d", moment) for key, moment in moments.items() if moment is not None}

    def _refused(self, error: CallFailed) -> AdvertisementError:
        if error.name == NO_ROOM:
            msg = f"{self.place}: BlueZ has as many advertisements as the controller takes ({error.text})"
            return AdvertisementError(msg, "remove one that runs, or stop other programs'")
        msg = f"BlueZ refuses {self.place} ({error}), which has\n{self.advertisement.layout(self.host)}"
        return AdvertisementError(msg, "journalctl -u bluetooth -n 20, which has the reason")

    async def _call(self, adapter: OnAdapter | None, member: str, signature: str, *body: Any) -> None:
        path = adapter.path if adapter else ""
        await call(self.tree.bus, path, ADVERTISING_MANAGER, member, signature, *body)

    # --- while it is on the air -----------------------------------------------------------------------------------

    def check(self, advertisement: Advertisement) -> None:
        """Raise unless it can be on the air as *advertisement* is; from any thread.

        Raises:
            AdvertisementError: it does not fit.
        """
        check(advertisement, self.host)

    def changed(self, names: Collection[str]) -> None:
        """Take note of new values; from any thread. Those of one turn of the event loop leave together."""
        self.ends.begin(names)
        if self.awake:
            return
        self.awake = True
        if get_ident() == self.thread:
            self.loop.call_soon(self._wake)
            return
        with contextlib.suppress(RuntimeError):  # the event loop has ended, and the advertisement with it
            self.loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self.awake = False
        if self.on_air and (self.task is None or self.task.done()):
            self.task = self.loop.create_task(self._update())

    async def _update(self) -> None:
        """Tell BlueZ what has changed until nothing has; one message is on its way at a time."""
        try:
            while self.on_air and (wanted := self._wanted()) != self.told:
                warn_of_shortened(self.advertisement, self.host)
                await self._tell(wanted)
        except (CallFailed, AdvertisementError, ConnectionLost):
            if not self.tree.bus.connected:
                return  # it comes back with the bus
            logger.exception("%s has left the air: BlueZ does not take its new values", self.place)
            self._end()
            self.on_released(self.advertisement)

    def refresh(self) -> None:
        """Go on the air again: a controller stops the advertisement that a phone has connected by (until it leaves)."""
        if self.on_air:
            self._send({"Type": self.told["Type"]})

    async def _tell(self, wanted: dict[str, Variant]) -> None:
        if not _can_go_on(self.told, wanted):
            await self._call(self.adapter, "UnregisterAdvertisement", "o", self.branch.root)
            await self._start()
            return
        changed, self.told = _difference(self.told, wanted), wanted
        self._send(changed)
        with contextlib.suppress(CallFailed):  # an error is an answer, too: BlueZ has read what came before
            await call(self.tree.bus, "/org/bluez", "org.freedesktop.DBus.Peer", "Ping")

    def _send(self, changed: dict[str, Variant]) -> None:
        signal = Message(
            destination=self.tree.bluetoothd,
            path=self.branch.root,
            interface=PROPERTIES,
            member="PropertiesChanged",
            message_type=MessageType.SIGNAL,
            signature="sa{sv}as",
            body=[ADVERTISEMENT, _counted_down(changed), []],
        )
        send(self.tree.bus, signal)

    async def _stop_updating(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)


_WARNED: WeakKeyDictionary[Advertisement, str] = WeakKeyDictionary()
"""The names that the log has a warning of."""


def warn_of_shortened(advertisement: Advertisement, host: Host) -> None:
    """Say once of each name that BlueZ or Linux shortens what phones will see."""
    now = advertisement._gatt_with({})
    name = host.name if now.name is None else now.name
    if _WARNED.get(advertisement) == name:
        return
    row = next((row for row in now.layout(host).rows if row.type == AdType.SHORTENED_NAME), None)
    if row is None:
        return
    _WARNED[advertisement] = name
    seen = row.octets[HEAD:].decode(errors="replace")
    what, instead = ("adapter's name", "; write name=…, of which they see more") if now.name is None else ("name", "")
    place = type(advertisement).__name__
    logger.warning("%s: the %s %r is too long, and phones will see %r%s", place, what, name, seen, instead)


def _can_go_on(told: Mapping[str, Variant], wanted: Mapping[str, Variant]) -> bool:
    """Whether bluetoothd makes of the changes what a new registration would make of them.

    It keeps a name or appearance that is taken away, and forgets the limit of the discoverable time with new raw data.
    """
    changed = {key for key in told.keys() | wanted.keys() if told.get(key) != wanted.get(key)}
    if "Data" in changed and "DiscoverableTimeout" in wanted:
        return False
    return all(key in _EMPTY or (key in _REPLACED and key in told and key in wanted) for key in changed)


def _counted_down(told: Mapping[str, Variant]) -> dict[str, Variant]:
    """As bluetoothd takes it: seconds for moments; a discoverable time that is over makes it discoverable no more."""
    counted = {key: left(told[key].value) for key in _COUNTED & told.keys() if told[key].signature == "d"}
    if counted.get("DiscoverableTimeout") == 0:
        shown = {key: value for key, value in told.items() if key != "DiscoverableTimeout"}
        return _counted_down({**shown, "Discoverable": Variant("b", False)})  # noqa: FBT003  (a D-Bus value)
    if counted.keys() == _COUNTED:
        counted["DiscoverableTimeout"] = min(counted.values())  # bluetoothd refuses one that is longer than Timeout
    return {**told, **{key: Variant("q", max(1, seconds)) for key, seconds in counted.items()}}  # 0 would be for ever


def _difference(told: Mapping[str, Variant], wanted: Mapping[str, Variant]) -> dict[str, Variant]:
    """What to tell, in the order in which bluetoothd shall take it: raw data wipe the flags, which follow them."""
    new = {key: value for key, value in wanted.items() if told.get(key) != value}
    gone = {key: _EMPTY[key] for key in told.keys() - wanted.keys()}
    flags = {"Discoverable"} & wanted.keys() if "Data" in new or "Data" in gone else set[str]()
    return {**new, **gone, **{key: wanted[key] for key in flags}}


# --- as BlueZ says it ----------------------------------------------------------------------------------------------


def host_of(release: Release | None, manager: Mapping[str, Any], adapter: Mapping[str, Any]) -> Host:
    """Give what the properties of an adapter say of it."""
    capabilities: Mapping[str, Any] = manager.get("SupportedCapabilities", {})
    features = manager.get("SupportedFeatures")
    return Host(
        release=release,
        longest=capabilities.get("MaxAdvLen", LEGACY),
        longest_scan_response=capabilities.get("MaxScnRspLen", LEGACY),
        secondary_channels=tuple(manager.get("SupportedSecondaryChannels", ())),
        includes=_several(manager, "SupportedIncludes"),
        left=manager.get("SupportedInstances"),
        sets_power=None if features is None else "CanSetTxPower" in features,
        experimental="SupportedCapabilities" in manager,
        discoverable=adapter.get("Discoverable", False),
        name=adapter.get("Alias", ""),
    )


def _several(properties: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    return tuple(properties[name]) if name in properties else None


def properties(advertisement: Advertisement, release: Release | None) -> dict[str, Variant]:
    """Give the properties of an advertisement for this release of BlueZ."""
    made = {"Type": Variant("s", "peripheral" if advertisement.connectable else "broadcast")}
    made |= _packet(advertisement._gatt_packet(), "")
    made |= _packet(advertisement.scan_response or Packet(), "ScanResponse")
    if advertisement.connectable:
        made["Discoverable"] = Variant("b", advertisement.is_discoverable)
    if advertisement.include:
        made["Includes"] = Variant("as", sorted(advertisement.include))
    made |= {
        name: Variant(signature, getattr(advertisement, attribute))
        for name, (attribute, signature) in _SINGLE.items()
        if getattr(advertisement, attribute) is not None
    }
    if advertisement.interval is not None:
        ends = zip(("MinInterval", "MaxInterval"), advertisement.interval, strict=True)
        made |= {name: Variant("u", round(1000 * seconds)) for name, seconds in ends}
    if release is not None and release >= WRITES_INSTANCE:
        made["Instance"] = Variant("y", 0)
    return made


_SINGLE: Mapping[str, tuple[str, str]] = {
    "LocalName": ("name", "s"),
    "Appearance": ("appearance", "q"),
    "DiscoverableTimeout": ("discoverable_timeout", "q"),
    "Duration": ("duration", "q"),
    "Timeout": ("timeout", "q"),
    "SecondaryChannel": ("secondary_channel", "s"),
    "TxPower": ("tx_power", "n"),
}


_COUNTED = {"Timeout", "DiscoverableTimeout"}
"""What bluetoothd counts down from when it is told; a new registration is told what is left."""


def _packet(packet: Packet, prefix: str) -> dict[str, Variant]:
    made = {
        "ServiceUUIDs": Variant("as", list(map(_written, packet.services))),
        "SolicitUUIDs": Variant("as", list(map(_written, packet.solicited))),
        "ManufacturerData": Variant("a{qv}", _octets(packet.manufacturer_data)),
        "ServiceData": Variant("a{sv}", {_written(key): one for key, one in _octets(packet.service_data).items()}),
        "Data": Variant("a{yv}", _octets(packet.data)),
    }
    return {prefix + name: value for name, value in made.items() if value.value}


def _octets(data: Mapping[Any, bytes]) -> dict[Any, Variant]:
    return {key: Variant("ay", octets) for key, octets in data.items()}


def _written(uuid: UUID) -> str:
    """A UUID as bluetoothd reads it: it takes 32 bits for such only if no more are written."""
    number = number_of(uuid)
    return str(uuid) if number is None or number <= _SHORT else f"{number:08x}"
