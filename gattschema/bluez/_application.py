"""Services on the bus as one application, registered with BlueZ's ``GattManager1`` (``org.bluez.GattManager.rst``)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
from dbus_fast import Message, MessageType

from gattschema import schema
from gattschema._errors import RegistrationError
from gattschema.bluez._adapter import GATT_MANAGER
from gattschema.bluez._attributes import (
    CharacteristicObject,
    FieldObject,
    FixedDescriptor,
    ServiceObject,
    Surroundings,
)
from gattschema.bluez._bus import OBJECT_MANAGER, call, send, tell
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._flags import check_release
from gattschema.bluez._includes import check_not_included, included_by, included_first
from gattschema.bluez._objects import Branch, BusObject
from gattschema.link import Adapter
from gattschema.schema import CharacteristicPlan, Service, plan

logger = logging.getLogger("gattschema.bluez")

AUDIBLE = 480
"""Objects whose changes bluetoothd certainly hears: it adds a match rule for each, of the 512 that the system bus
allows a connection, and drops the watch without a word when that fails (measured: BlueZ 5.66, 1,020 objects). What is
behind them is heard over sockets."""


@attrs.define(eq=False, repr=False)
class Application:
    """Services that are registered and taken back together.

    Raises:
        RegistrationError: one includes what is not among them, or declares what this release of BlueZ cannot do.
    """

    around: Surroundings
    services: Sequence[Service]
    number: int = 0
    """Which of the applications of one connection it is."""
    paths: dict[Service, str] = attrs.field(init=False)
    branch: Branch = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.services = included_first(self.services)
        check_release(self.services, self.around.release)
        self.branch = Branch(f"/org/gattschema/application{self.number or ''}")
        self.paths = {one: f"{self.branch.root}/service{number}" for number, one in enumerate(self.services)}
        for service in self.services:
            self._add_service(service)

    async def register(self, adapter: Adapter) -> None:
        """Show the services to phones.

        Raises:
            RegistrationError: BlueZ refuses them.
        """
        self._warn_of_deafness()
        self.around.tree.add(self.branch)
        try:
            await self._call(adapter, "RegisterApplication", "oa{sv}", self.branch.root, {})
        except CallFailed as error:
            self.withdraw()
            names = ", ".join(plan(service).name for service in self.services)
            fixed = any(plan(service).handle for service in self.services)
            hint = "; perhaps the handles of handle= are taken" if fixed else ""
            msg = f"BlueZ refuses the services {names} ({error}); bluetoothd's log has the reason{hint}"
            raise RegistrationError(msg) from error
        except BaseException:
            self.withdraw()
            self._give_up(adapter)
            raise

    def _give_up(self, adapter: Adapter) -> None:
        """Nobody waits for BlueZ's answer any more, but it may have taken the services, or be about to."""
        tell(self.around.tree.bus, adapter.path, GATT_MANAGER, "UnregisterApplication", "o", self.branch.root)

    def _warn_of_deafness(self) -> None:
        """Where the release cannot be told, sockets are not used, and the bus does not reach that far."""
        count = len(self.around.tree.objects) + len(self.branch.objects)
        if self.around.release is None and count > AUDIBLE:
            logger.warning(
                "%d services, characteristics and descriptors, and BlueZ's release cannot be told: bluetoothd hears "
                "changes of the first %d only; raise max_match_rules_per_connection in the system bus's configuration",
                count,
                AUDIBLE,
            )

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

    def withdraw(self, *, is_away: bool = False) -> None:
        """Forget all subscribers and answer no more; while BlueZ is away, what they would hear is kept."""
        for one in self.branch.objects.values():
            if isinstance(one, CharacteristicObject):
                one.close(is_away=is_away)
        self.around.tree.remove(self.branch)

    def remove(self, service: Service) -> None:
        """Take one service of several back: BlueZ drops it when its objects are gone.

        Raises:
            RegistrationError: another one includes it.
        """
        check_not_included(service, self.services)
        gone = dict(self._objects_of(service))
        for path, one in gone.items():
            if isinstance(one, CharacteristicObject):
                one.close()
            del self.branch.objects[path]
            self._announce_removal(path, one)
        self.around.tree.forget(gone)
        self.services = [other for other in self.services if other is not service]
        del self.paths[service]

    def _objects_of(self, service: Service) -> Iterator[tuple[str, BusObject]]:
        root = self.paths[service]
        for path, one in self.branch.objects.items():
            if path == root or path.startswith(f"{root}/"):
                yield path, one

    def _announce_removal(self, path: str, one: BusObject) -> None:
        signal = Message(
            destination=self.around.tree.bluetoothd or self.around.outbox.bluetoothd,
            path=self.branch.root,
            interface=OBJECT_MANAGER,
            member="InterfacesRemoved",
            message_type=MessageType.SIGNAL,
            signature="oas",
            body=[path, [one.interface]],
        )
        send(self.around.tree.bus, signal)

    async def _call(self, adapter: Adapter, member: str, signature: str, *body: Any) -> None:
        await call(self.around.tree.bus, adapter.path, GATT_MANAGER, member, signature, *body)

    # --- plan -> objects ------------------------------------------------------------------------------------------

    def _add_service(self, service: Service) -> None:
        path = self.paths[service]
        included = [self.paths[other] for other in included_by(service, self.services)]
        self.branch.objects[path] = ServiceObject(path, plan(service), included)
        for number, field in enumerate(plan(service).characteristics):
            self._add_characteristic(f"{path}/char{number}", path, service, field)

    def _add_characteristic(self, path: str, parent: str, service: Service, field: CharacteristicPlan) -> None:
        audible = len(self.around.tree.objects) + len(self.branch.objects) < AUDIBLE
        by_socket = field.pushes and (field.delivery.transport == "socket" or not audible)
        made = CharacteristicObject(service, field, path, parent, self.around, by_socket=by_socket)
        self.branch.objects[path] = made
        schema.set_link(service, field.index, made)
        self._add_descriptors(path, service, field)

    def _add_descriptors(self, path: str, service: Service, field: CharacteristicPlan) -> None:
        aggregated = {place for one in field.descriptors for place in one.aggregates}
        fixed: dict[int, FixedDescriptor] = {}
        for number, one in enumerate(field.descriptors):
            where = f"{path}/desc{number}"
            if one.field is not None:
                self.branch.objects[where] = FieldObject(service, one.field, where, path, self.around)
                continue
            told = number in aggregated or plan(service).handle is not None
            named = tuple(fixed[place] for place in one.aggregates)
            fixed[number] = FixedDescriptor(one, path, 0 if told else None, named)
            self.branch.objects[where] = fixed[number]
