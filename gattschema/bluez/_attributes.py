"""Services, characteristics and descriptors as objects on the bus (``org.bluez.GattManager.rst`` and companions)."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

import attrs
from dbus_fast import DBusError, Message, Variant

from gattschema import schema
from gattschema._hub import Hub
from gattschema.bluez._flags import flags
from gattschema.bluez._mirror import Mirror
from gattschema.bluez._objects import EMPTY, Body, BusObject, Method, ObjectTree
from gattschema.bluez._outbox import GATT_CHARACTERISTIC, Outbox
from gattschema.bluez._release import SOCKET_CONFIRMATIONS, SOCKET_FOR_ONE_PHONE, Release
from gattschema.bluez._snapshots import Snapshots, behind
from gattschema.bluez._sockets import ALL, Mouth, socket_pair
from gattschema.bluez._subscription import Subscription
from gattschema.events import ReadBy, WrittenBy
from gattschema.schema import (
    AttError,
    CharacteristicPlan,
    DescriptorPlan,
    FieldPlan,
    Property,
    ReadNotPermitted,
    Request,
    Service,
    ServicePlan,
    WriteNotPermitted,
    plan,
)

if TYPE_CHECKING:
    from gattschema.link import Device

logger = logging.getLogger("gattschema.bluez")

GATT_SERVICE = "org.bluez.GattService1"
GATT_DESCRIPTOR = "org.bluez.GattDescriptor1"
NOT_SUPPORTED = "org.bluez.Error.NotSupported"

F = TypeVar("F", bound=FieldPlan)

_NOBODY = Request()


@attrs.define(eq=False, repr=False)
class Surroundings:
    """What the objects of one application share."""

    tree: ObjectTree
    outbox: Outbox
    mirror: Mirror
    release: Release | None
    hub: Hub
    snapshots: Snapshots = attrs.field(factory=Snapshots)

    def request(self, options: dict[str, Variant], operation: Literal["read", "write"]) -> Request:
        """Say who asks."""
        path = options["device"].value if "device" in options else ""
        return Request(
            device=self.mirror.address(path),
            mtu=options["mtu"].value if "mtu" in options else 0,
            link=options["link"].value if "link" in options else "",
            operation=operation,
        )

    def device(self, request: Request) -> Device | None:
        """Give the phone that asks."""
        return self.mirror.called(request.device)


def _text(value: object) -> Variant:
    return Variant("s", str(value), verify=False)


def _handle(told: int | None) -> dict[str, Variant]:
    """The property that bluetoothd takes a handle from, and writes the one it chose to; absent where nobody asks."""
    return {} if told is None else {"Handle": Variant("q", told, verify=False)}


@attrs.define(eq=False, repr=False)
class ServiceObject(BusObject):
    """A service."""

    interface: ClassVar[str] = GATT_SERVICE

    path: str
    plan: ServicePlan
    includes: list[str]
    """The paths of the services that it includes."""
    handle: int | None = None

    def __attrs_post_init__(self) -> None:
        self.handle = self.plan.handle

    @property
    def place(self) -> str:
        """Its name."""
        return self.plan.name

    def properties(self) -> dict[str, Variant]:
        """What BlueZ reads."""
        made = {"UUID": _text(self.plan.uuid), "Primary": Variant("b", self.plan.primary, verify=False)}
        included = {"Includes": Variant("ao", self.includes, verify=False)} if self.includes else {}
        return made | included | _handle(self.plan.handle)

    def assign(self, name: str, value: Any) -> bool:
        """Take the handle that BlueZ chose."""
        return _assign_handle(self, name, value)


def _assign_handle(one: Any, name: str, value: Any) -> bool:
    if name != "Handle" or one.handle is None:
        return False
    one.handle = value
    return True


@attrs.define(eq=False, repr=False)
class FixedDescriptor(BusObject):
    """A descriptor whose value never changes, or follows from the handles of others."""

    interface: ClassVar[str] = GATT_DESCRIPTOR

    plan: DescriptorPlan
    parent: str
    handle: int | None = None
    """``None`` unless somebody wants to know it."""
    aggregates: tuple[FixedDescriptor, ...] = ()

    @property
    def place(self) -> str:
        """Its name."""
        return self.plan.name

    @property
    def octets(self) -> bytes:
        """The value; the handles of others are little-endian numbers of 16 bits (Vol 3, Part G, 3.3.3.6)."""
        handles = [other.handle or 0 for other in self.aggregates]
        return struct.pack(f"<{len(handles)}H", *handles) if handles else self.plan.octets

    def properties(self) -> dict[str, Variant]:
        """What BlueZ reads."""
        return {
            "UUID": _text(self.plan.uuid),
            "Characteristic": Variant("o", self.parent, verify=False),
            "Flags": Variant("as", ["read"], verify=False),
            **_handle(None if self.handle is None else 0),
        }

    def assign(self, name: str, value: Any) -> bool:
        """Take the handle that BlueZ chose."""
        return _assign_handle(self, name, value)

    def read_value(self, call: Message) -> Body:
        """Answer ``ReadValue(a{sv}) → ay``."""
        return "ay", [behind(self.octets, _offset(call.body[0]))]

    def write_value(self, _: Message) -> Body:
        """Refuse ``WriteValue(ay, a{sv})``."""
        raise WriteNotPermitted(f"{self.plan.name} is not writable")

    methods: ClassVar[Mapping[str, Method]] = {"ReadValue": read_value, "WriteValue": write_value}


@attrs.define(eq=False, repr=False)
class FieldObject(BusObject, Generic[F]):
    """A characteristic or descriptor with a value of its own: bluetoothd's calls become reads and writes of a field."""

    interface: ClassVar[str] = GATT_DESCRIPTOR

    service: Service
    field: F
    path: str
    parent: str
    around: Surroundings
    handle: int | None = None
    """``None`` unless the service says ``handle=``."""
    turn: asyncio.Lock | None = None
    """Writes whose handler takes its time are taken one after the other, in the order of their arrival."""
    asks: bool = attrs.field(init=False)
    """Whether a handler wants to know who asks."""
    is_slow: bool = attrs.field(init=False)
    """Whether the write handlers are known to take their time."""
    reads_slowly: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        field = self.field
        handlers = [one for one in (field.on_read, field.on_write, field.on_authorize) if one]
        self.asks = bool(field.on_authorize) or any(one.takes_request for one in handlers)
        self.is_slow = any(one.is_async for one in (field.on_write, field.on_authorize) if one)
        self.reads_slowly = any(one.is_async for one in (field.on_read, field.on_authorize) if one)
        self.handle = None if plan(self.service).handle is None else 0

    @property
    def place(self) -> str:
        """``Thermostat.setpoint``."""
        return schema.place(self.service, self.field)

    @property
    def timeout(self) -> float:
        """Seconds that a handler may take."""
        return self.field.timeout

    def properties(self) -> dict[str, Variant]:
        """What BlueZ reads."""
        return {
            "UUID": _text(self.field.uuid),
            "Characteristic": Variant("o", self.parent, verify=False),
            "Flags": Variant("as", flags(self.field, self.around.release), verify=False),
            **_handle(None if self.handle is None else 0),
        }

    def assign(self, name: str, value: Any) -> bool:
        """Take the handle that BlueZ chose."""
        return _assign_handle(self, name, value)

    # --- reads ----------------------------------------------------------------------------------------------------

    def read_value(self, call: Message) -> Body | Awaitable[Body]:
        """Answer ``ReadValue(a{sv}) → ay``."""
        options = call.body[0]
        offset = _offset(options)
        key = self.path, options["device"].value if "device" in options else ""
        if offset and (part := self.around.snapshots.part(key, offset)) is not None:
            return "ay", [part]
        request = self.around.request(options, "read") if self.asks else _NOBODY
        if self.reads_slowly:
            return self._read_slowly(key, offset, request)
        octets = schema.read(self.service, self.field, request)
        return self._part(key, offset, octets) if isinstance(octets, bytes) else self._part_later(key, offset, octets)

    async def _read_slowly(self, key: tuple[str, str], offset: int, request: Request) -> Body:
        octets = schema.read(self.service, self.field, request)
        return self._part(key, offset, octets if isinstance(octets, bytes) else await octets)

    async def _part_later(self, key: tuple[str, str], offset: int, octets: Awaitable[bytes]) -> Body:
        return self._part(key, offset, await octets)

    def _part(self, key: tuple[str, str], offset: int, octets: bytes) -> Body:
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s: read by %s: %s", self.place, _address(key[1]), octets.hex(" "))
        if self.around.hub.exchanges and not offset:
            self.around.hub.emit(ReadBy(self.around.mirror.device(key[1]), self.service, self.field))
        return "ay", [behind(self.around.snapshots.begin(key, octets), offset)]

    # --- writes ---------------------------------------------------------------------------------------------------

    def write_value(self, call: Message) -> Body | Awaitable[None]:
        """Answer ``WriteValue(ay, a{sv})``."""
        octets, options = call.body
        if "prepare-authorize" in options:
            return schema.authorize(self.service, self.field, self.around.request(options, "write")) or EMPTY
        request = self.around.request(options, "write") if self.asks or self.around.hub.exchanges else _NOBODY
        if logger.isEnabledFor(logging.DEBUG):
            writer = self.around.request(options, "write").device
            logger.debug("%s: written by %s: %s", self.place, writer, octets.hex(" "))
        return self._put(bytes(octets), _offset(options), request) or EMPTY

    def _put(self, octets: bytes, offset: int, request: Request) -> Awaitable[None] | None:
        """Write at once, or when the handlers of earlier writes have ended."""
        if self.is_slow:
            return self._put_in_turn(octets, offset, request)
        later = self._write(octets, offset, request)
        if later is None:
            return None
        self.is_slow = True
        return self._end_in_turn(later)

    def _write(self, octets: bytes, offset: int, request: Request) -> Awaitable[None] | None:
        whole = self._spliced(offset, octets) if offset else octets
        later = schema.write(self.service, self.field, whole, request)
        return self._tell(whole, request, later) if self.around.hub.exchanges else later

    def _tell(self, octets: bytes, request: Request, later: Awaitable[None] | None) -> Awaitable[None] | None:
        """Tell of a write that nobody has refused."""
        if later is not None:
            return self._tell_later(octets, request, later)
        device, value = self.around.device(request), self.field.codec.unpack(octets)
        self.around.hub.emit(WrittenBy(device, self.service, self.field, value))
        return None

    async def _tell_later(self, octets: bytes, request: Request, later: Awaitable[None]) -> None:
        await later
        self._tell(octets, request, None)

    async def _put_in_turn(self, octets: bytes, offset: int, request: Request) -> None:
        turn = self._turn()
        await turn.acquire()  # "async with" would await twice more
        try:
            if (later := self._write(octets, offset, request)) is not None:
                await later
        finally:
            turn.release()

    async def _end_in_turn(self, later: Awaitable[None]) -> None:
        async with self._turn():
            await later

    def _turn(self) -> asyncio.Lock:
        self.turn = self.turn or asyncio.Lock()
        return self.turn

    def _spliced(self, offset: int, octets: bytes) -> bytes:
        """What the value becomes when *octets* replace those from *offset* on."""
        value = schema.stored(self.service, self.field.index)
        stored = b"" if value is attrs.NOTHING else self.field.codec.pack(value)
        return stored[: len(stored) - len(behind(stored, offset))] + octets + stored[offset + len(octets) :]

    methods: ClassVar[Mapping[str, Method]] = {"ReadValue": read_value, "WriteValue": write_value}


@attrs.define(eq=False, repr=False)
class CharacteristicObject(FieldObject[CharacteristicPlan]):
    """A characteristic: a field that phones can subscribe to, too."""

    interface: ClassVar[str] = GATT_CHARACTERISTIC

    by_socket: bool = attrs.field(default=False, kw_only=True)
    """Whether subscribers hear by sockets."""
    subscription: Subscription | None = attrs.field(default=None, kw_only=True)
    """Made for the first subscriber."""
    mouths: dict[str, Mouth] | None = attrs.field(default=None, kw_only=True)
    """The sockets that phones write to, by their devices' paths."""

    def properties(self) -> dict[str, Variant]:
        """What BlueZ reads; it offers sockets where there are such properties."""
        made = {
            "UUID": _text(self.field.uuid),
            "Service": Variant("o", self.parent, verify=False),
            "Flags": Variant("as", flags(self.field, self.around.release), verify=False),
            **_handle(None if self.handle is None else 0),
        }
        for name, offered in (("NotifyAcquired", self.by_socket), ("WriteAcquired", self._takes_sockets)):
            if offered:
                made[name] = Variant("b", False, verify=False)  # noqa: FBT003  (a D-Bus value)
        return made

    @property
    def _takes_sockets(self) -> bool:
        """Whether phones write by sockets: bluetoothd then answers for us, so that nothing can be refused."""
        return self.field.delivery.transport == "socket" and Property.WRITE_WITHOUT_RESPONSE in self.field.properties

    # --- subscriptions --------------------------------------------------------------------------------------------

    def start_notify(self, _: Message) -> Body:
        """Answer ``StartNotify()``: a phone has subscribed."""
        self._subscribed().start()
        return EMPTY

    def stop_notify(self, _: Message) -> Body:
        """Answer ``StopNotify()``: nobody is subscribed any more."""
        if self.subscription is not None:
            self.subscription.stop()
        return EMPTY

    def confirm(self, _: Message) -> Body:
        """Take note of an indication's confirmation."""
        if self.subscription is not None:
            self.subscription.indications.confirmed()
        return EMPTY

    def acquire_notify(self, call: Message) -> Body:
        """Answer ``AcquireNotify(a{sv}) → h, q``: a phone has subscribed; what is refused comes as StartNotify."""
        sockets = self._subscribed().sockets
        if sockets is None or self.around.release is None:
            raise DBusError(NOT_SUPPORTED, "not over sockets")
        device, mtu = _acquiring(call)
        return "hq", [0, mtu], [sockets.open(device)]

    def acquire_write(self, call: Message) -> Body:
        """Answer ``AcquireWrite(a{sv}) → h, q``: a phone writes without response."""
        if not self._takes_sockets:
            raise DBusError(NOT_SUPPORTED, "not over sockets")
        device, mtu = _acquiring(call)
        ours, theirs = socket_pair()
        request = self.around.request(call.body[0], "write")
        if self.mouths and device in self.mouths:
            self.mouths[device].read(ALL)  # what it wrote before comes first
        self._close_mouth(device)
        take, gone = partial(self._take, request=request), partial(self._close_mouth, device)
        self.mouths = self.mouths or {}
        self.mouths[device] = Mouth(ours, self.around.outbox.loop, take, gone)
        return "hq", [0, mtu], [theirs]

    def _close_mouth(self, device: str) -> None:
        if self.mouths and (mouth := self.mouths.pop(device, None)):
            mouth.close()

    def _take(self, octets: bytes, request: Request) -> None:
        """Take a write that nobody hears an answer to."""
        try:
            later = self._put(octets, 0, request)
        except AttError as error:
            self._regret(error, request)
            return
        if later is not None:
            self.around.tree.running.start(self._take_later(later, request), self.path, self, later)

    async def _take_later(self, later: Awaitable[None], request: Request) -> None:
        try:
            await later
        except AttError as error:
            self._regret(error, request)

    def _regret(self, error: AttError, request: Request) -> None:
        logger.warning("%s: %s wrote what is refused, and is not told: %s", self.place, request.device, error)

    def _subscribed(self) -> Subscription:
        if not self.field.pushes:
            raise ReadNotPermitted(f"{self.field.name} is never pushed")
        if self.subscription is None:
            around = self.around
            self.subscription = Subscription(
                self.service,
                self.field,
                self.path,
                around.outbox,
                around.mirror,
                around.tree.running,
                around.release,
                around.hub,
                self.by_socket and not self._would_lose_confirmations,
            )
        return self.subscription

    @property
    def _would_lose_confirmations(self) -> bool:
        """Whether BlueZ tells of confirmations on the bus alone."""
        release = self.around.release
        indicates = Property.INDICATE in self.field.properties
        return indicates and release is not None and SOCKET_FOR_ONE_PHONE <= release < SOCKET_CONFIRMATIONS

    def close(self, *, is_away: bool = False) -> None:
        """Forget all subscribers and answer no more; while BlueZ is away, what they would hear is kept."""
        if self.subscription is not None:
            self.subscription.close(is_away=is_away)
            self.subscription = None
        for device in list(self.mouths or ()):
            self._close_mouth(device)
        schema.set_link(self.service, self.field.index, None)

    methods: ClassVar[Mapping[str, Method]] = {
        **FieldObject.methods,
        "StartNotify": start_notify,
        "StopNotify": stop_notify,
        "Confirm": confirm,
        "AcquireNotify": acquire_notify,
        "AcquireWrite": acquire_write,
    }

    # --- what the program asks (schema.Link) ----------------------------------------------------------------------

    @property
    def subscribers(self) -> int:
        """Phones that subscribed."""
        return self.subscription.subscribers if self.subscription else 0

    async def confirmed(self, within: float) -> bool:
        """Whether a phone confirms the newest indication in that many seconds."""
        return self.subscription is not None and await self.subscription.confirmed(within)

    async def drain(self) -> None:
        """Wait until there is room for more values."""
        if self.subscription is not None:
            await self.subscription.sender.drain()

    def notify(self, octets: bytes, device: str) -> None:
        """Send octets to one phone.

        Raises:
            LookupError: it has no socket of its own, or the value is empty, which no socket carries.
        """
        if self.subscription is None or self.subscription.sockets is None:
            why = "nobody has subscribed" if self.by_socket else 'it needs characteristic(transport="socket")'
            raise LookupError(f"{self.place} does not reach {device} alone: {why}")
        if not octets:
            raise LookupError(f"{self.place} does not reach {device} alone: no socket carries an empty value")
        self.subscription.sockets.ear(device).send(octets)


def _acquiring(call: Message) -> tuple[str, int]:
    options = call.body[0]
    return (options["device"].value if "device" in options else ""), (options["mtu"].value if "mtu" in options else 23)


def _address(device: str) -> str:
    """``/org/bluez/hci0/dev_AA_BB_CC_DD_EE_FF`` -> ``AA:BB:CC:DD:EE:FF``."""
    return device.rpartition("/dev_")[2].replace("_", ":")


def _offset(options: dict[str, Variant]) -> int:
    return options["offset"].value if "offset" in options else 0
