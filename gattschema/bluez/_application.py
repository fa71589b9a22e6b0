"""Services on the bus, as BlueZ wants them (``org.bluez.GattManager.rst`` and its companions)."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

import attrs
from dbus_fast import Message, Variant

from gattschema import schema
from gattschema._errors import RegistrationError
from gattschema.bluez._adapter import GATT_MANAGER, Adapter
from gattschema.bluez._bus import call
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._flags import flags
from gattschema.bluez._objects import EMPTY, Body, Branch, ObjectTree
from gattschema.bluez._outbox import GATT_CHARACTERISTIC, Outbox, Outlet
from gattschema.schema import (
    AttError,
    CharacteristicPlan,
    DescriptorPlan,
    ErrorCode,
    Request,
    Service,
    ServicePlan,
    plan,
)

logger = logging.getLogger("gattschema.bluez")

GATT_SERVICE = "org.bluez.GattService1"
GATT_DESCRIPTOR = "org.bluez.GattDescriptor1"


AUDIBLE = 480
"""Objects whose changes bluetoothd certainly hears: it adds a match rule for each, of the 512 that the system bus
allows a connection, and drops the watch without a word when that fails (measured: BlueZ 5.66, 1,020 objects)."""

SNAPSHOTS = 32
"""Long reads that can be under way at once."""
SHORTEST_PART = 22
"""Octets that one part of a read carries with the smallest ATT MTU, 23 (Core Specification, Vol 3, Part F, 3.4.4.4)."""


@attrs.define(eq=False, repr=False)
class _Snapshots:
    """The octets of long reads under way: all parts of one read come from one value.

    bluetoothd asks for the first part without an offset and for each further one with it, until a part is short.
    """

    kept: OrderedDict[tuple[str, str], bytes] = attrs.field(factory=OrderedDict[tuple[str, str], bytes])

    def begin(self, key: tuple[str, str], octets: bytes) -> bytes:
        """Keep the value that the first part is read from, if it can be longer than one part."""
        if len(octets) < SHORTEST_PART:
            self.kept.pop(key, None)
            return octets
        self.kept[key] = octets
        self.kept.move_to_end(key)
        if len(self.kept) > SNAPSHOTS:
            self.kept.popitem(last=False)
        return octets

    def part(self, key: tuple[str, str], offset: int) -> bytes | None:
        """Give what follows *offset*; ``None`` if no read is under way."""
        octets = self.kept.get(key)
        return None if octets is None else _from(octets, offset)


def _from(octets: bytes, offset: int) -> bytes:
    if offset > len(octets):
        raise AttError(ErrorCode.INVALID_OFFSET, f"offset {offset} is behind the end of {len(octets)} octets")
    return octets[offset:]


@attrs.define(eq=False, repr=False)
class Application:
    """The services of one peripheral, registered and taken back together."""

    tree: ObjectTree
    outbox: Outbox
    services: Sequence[Service]
    branch: Branch = attrs.field(factory=lambda: Branch("/org/gattschema/application"))
    snapshots: _Snapshots = attrs.field(factory=_Snapshots)

    def __attrs_post_init__(self) -> None:
        self.services = included_first(self.services)
        paths = {service: f"{self.branch.root}/service{number}" for number, service in enumerate(self.services)}
        for service, path in paths.items():
            self._add_service(path, service, [paths[included] for included in included_by(service, self.services)])

    async def register(self, adapter: Adapter) -> None:
        """Show the services to phones.

        Raises:
            RegistrationError: BlueZ refuses them.
        """
        self._warn_of_deafness()
        self.tree.add(self.branch)
        try:
            await self._call(adapter, "RegisterApplication", "oa{sv}", self.branch.root, {})
        except CallFailed as error:
            self.withdraw()
            names = ", ".join(plan(service).name for service in self.services)
            msg = f"BlueZ refuses the services {names} ({error}); bluetoothd's log has the reason"
            raise RegistrationError(msg) from error

    async def unregister(self, adapter: Adapter) -> None:
        """Take the services back.

        Raises:
            RegistrationError: BlueZ does not give them back.
        """
        try:
            await self._call(adapter, "UnregisterApplication", "o", self.branch.root)
        except CallFailed as error:
            raise RegistrationError(f"BlueZ does not give the services back ({error})") from error
        finally:
            self.withdraw()

    def withdraw(self) -> None:
        """Forget all subscribers and answer no more."""
        for service in self.services:
            for field in plan(service).characteristics:
                schema.set_push(service, field.index, None)
        self.tree.remove(self.branch)

    def _warn_of_deafness(self) -> None:
        pushes = any(field.pushes for service in self.services for field in plan(service).characteristics)
        if pushes and len(self.branch.objects) > AUDIBLE:
            logger.warning(
                "%d services, characteristics and descriptors: bluetoothd hears changes of the first %d or so only; "
                "raise max_match_rules_per_connection (512) in the system bus's configuration",
                len(self.branch.objects),
                AUDIBLE,
            )

    async def _call(self, adapter: Adapter, member: str, signature: str, *body: Any) -> None:
        await call(self.tree.bus, adapter.path, GATT_MANAGER, member, signature, *body)

    # --- plan -> objects ------------------------------------------------------------------------------------------

    def _add_service(self, path: str, service: Service, includes: list[str]) -> None:
        self.branch.objects[path] = {GATT_SERVICE: _service_properties(plan(service), includes)}
        for number, field in enumerate(plan(service).characteristics):
            self._add_characteristic(f"{path}/char{number}", path, service, field)

    def _add_characteristic(self, path: str, parent: str, service: Service, field: CharacteristicPlan) -> None:
        self.branch.objects[path] = {GATT_CHARACTERISTIC: _characteristic_properties(field, parent)}
        port = _Port(service, field, path, self.outbox, self.snapshots)
        self.branch.methods |= {
            (path, GATT_CHARACTERISTIC, "ReadValue"): port.read_value,
            (path, GATT_CHARACTERISTIC, "WriteValue"): port.write_value,
            (path, GATT_CHARACTERISTIC, "StartNotify"): port.start_notify,
            (path, GATT_CHARACTERISTIC, "StopNotify"): port.stop_notify,
            (path, GATT_CHARACTERISTIC, "Confirm"): port.confirm,
        }
        for number, descriptor in enumerate(field.descriptors):
            self._add_descriptor(f"{path}/desc{number}", path, descriptor)

    def _add_descriptor(self, path: str, parent: str, descriptor: DescriptorPlan) -> None:
        properties = {
            "UUID": Variant("s", str(descriptor.uuid), verify=False),
            "Characteristic": Variant("o", parent, verify=False),
            "Flags": Variant("as", ["read"], verify=False),
        }
        self.branch.objects[path] = {GATT_DESCRIPTOR: properties}
        self.branch.methods |= {
            (path, GATT_DESCRIPTOR, "ReadValue"): lambda call: (
                "ay",
                [_from(descriptor.octets, _offset(call.body[0]))],
            ),
            (path, GATT_DESCRIPTOR, "WriteValue"): _refuse_write,
        }


def _service_properties(service: ServicePlan, includes: list[str]) -> dict[str, Variant]:
    properties = {
        "UUID": Variant("s", str(service.uuid), verify=False),
        "Primary": Variant("b", service.primary, verify=False),
    }
    return properties | ({"Includes": Variant("ao", includes, verify=False)} if includes else {})


def _characteristic_properties(field: CharacteristicPlan, parent: str) -> dict[str, Variant]:
    return {
        "UUID": Variant("s", str(field.uuid), verify=False),
        "Service": Variant("o", parent, verify=False),
        "Flags": Variant("as", flags(field), verify=False),
    }


def _refuse_write(_: Message) -> Body:
    raise AttError(ErrorCode.WRITE_NOT_PERMITTED, "the descriptor is not writable")


# --- one characteristic, as bluetoothd calls it ------------------------------------------------------------------


@attrs.define(eq=False, repr=False)
class _Port:
    """Turns bluetoothd's calls into reads and writes of one field."""

    service: Service
    field: CharacteristicPlan
    path: str
    outbox: Outbox
    snapshots: _Snapshots
    outlet: Outlet | None = None
    """Made for the first subscriber."""
    turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    """Writes whose handler takes its time are taken one after the other, in the order of their arrival."""
    slow: bool = attrs.field(init=False)
    """Whether the write handler is known to take its time."""

    def __attrs_post_init__(self) -> None:
        self.slow = self.field.on_write is not None and self.field.on_write.is_async

    def read_value(self, call: Message) -> Body | Awaitable[Body]:
        """Answer ``ReadValue(a{sv}) → ay``."""
        options = call.body[0]
        request, offset = _request(options), _offset(options)
        key = (self.path, request.device)
        if offset and (part := self.snapshots.part(key, offset)) is not None:
            return "ay", [part]
        if self.field.on_read and self.field.on_read.is_async:
            return self._read_later(key, offset, request)
        return self._read(key, offset, request)

    def _read(self, key: tuple[str, str], offset: int, request: Request) -> Body | Awaitable[Body]:
        octets = schema.read(self.service, self.field, request)
        if isinstance(octets, bytes):
            return "ay", [_from(self.snapshots.begin(key, octets), offset)]
        return self._finish_read(key, offset, octets)

    async def _read_later(self, key: tuple[str, str], offset: int, request: Request) -> Body:
        answer = self._read(key, offset, request)
        return answer if isinstance(answer, tuple) else await answer

    async def _finish_read(self, key: tuple[str, str], offset: int, octets: Awaitable[bytes]) -> Body:
        return "ay", [_from(self.snapshots.begin(key, await octets), offset)]

    def write_value(self, call: Message) -> Body | Awaitable[Body]:
        """Answer ``WriteValue(ay, a{sv})``."""
        octets, options = call.body
        if "prepare-authorize" in options:
            return EMPTY
        if self.slow:
            return self._write_in_turn(bytes(octets), options)
        later = self._write(bytes(octets), options)
        if later is None:
            return EMPTY
        self.slow = True
        return self._finish_write(later)

    def _write(self, octets: bytes, options: dict[str, Variant]) -> Awaitable[None] | None:
        whole = self._spliced(offset, octets) if (offset := _offset(options)) else octets
        return schema.write(self.service, self.field, whole, _request(options))

    async def _write_in_turn(self, octets: bytes, options: dict[str, Variant]) -> Body:
        async with self.turn:
            if (later := self._write(octets, options)) is not None:
                await later
        return EMPTY

    async def _finish_write(self, later: Awaitable[None]) -> Body:
        async with self.turn:
            await later
        return EMPTY

    def _spliced(self, offset: int, octets: bytes) -> bytes:
        """What the value becomes when *octets* replace those from *offset* on."""
        value = schema.stored(self.service, self.field.index)
        stored = b"" if value is attrs.NOTHING else self.field.codec.pack(value)
        if offset > len(stored):
            raise AttError(ErrorCode.INVALID_OFFSET, f"offset {offset} is behind the end of {len(stored)} octets")
        return stored[:offset] + octets + stored[offset + len(octets) :]

    def start_notify(self, _: Message) -> Body:
        """Answer ``StartNotify()``: the first phone has subscribed."""
        if not self.field.pushes:
            raise AttError(ErrorCode.READ_NOT_PERMITTED, f"{self.field.name} is never pushed")
        if self.outlet is None:
            place = f"{plan(self.service).name}.{self.field.name}"
            self.outlet = self.outbox.outlet(self.path, place, self.field.policy)
        schema.set_push(self.service, self.field.index, self.outlet)
        return EMPTY

    def stop_notify(self, _: Message) -> Body:
        """Answer ``StopNotify()``: nobody is subscribed any more.

        bluetoothd counts the subscriptions; those of bonded phones count on while they are away, so that this comes
        only when there is nobody left to reach.
        """
        schema.set_push(self.service, self.field.index, None)
        if self.outlet is not None:
            self.outlet.clear()
        return EMPTY

    def confirm(self, _: Message) -> Body:
        """Take note of an indication's confirmation."""
        return EMPTY


def _offset(options: dict[str, Variant]) -> int:
    offset = options.get("offset")
    return offset.value if offset else 0


def _request(options: dict[str, Variant]) -> Request:
    given = {key: variant.value for key, variant in options.items()}
    device = given.get("device", "").rpartition("/dev_")[2].replace("_", ":")
    return Request(device=device, mtu=given.get("mtu", 0), link=given.get("link", ""))


# --- which service includes which --------------------------------------------------------------------------------


def included_by(service: Service, services: Iterable[Service]) -> list[Service]:
    """Give the instances that stand for the service's ``includes=``.

    Raises:
        RegistrationError: an included class has no instance, or more than one.
    """
    chosen: list[Service] = []
    for included in plan(service).includes:
        instances = [other for other in services if plan(type(other)) is included]
        if len(instances) != 1:
            msg = f"{plan(service).name} includes {included.name}, of which there are {len(instances)} instances"
            raise RegistrationError(msg, f"pass exactly one {included.name}(…) to Peripheral")
        chosen += instances
    return chosen


def included_first(services: Sequence[Service]) -> list[Service]:
    """Order services so that included ones stand before those that include them, as bluetoothd resolves them."""
    ordered: list[Service] = []

    def place(service: Service) -> None:
        if service not in ordered:
            for included in included_by(service, services):
                place(included)
            ordered.append(service)

    for service in services:
        place(service)
    return ordered
