"""The characteristic of one service: ``Thermostat.alarm.of(room)``."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import attrs

from gattschema.schema._link import Link, Served, link
from gattschema.schema._plan import CharacteristicPlan, FieldPlan
from gattschema.schema._properties import Property

T = TypeVar("T")

TRANSACTION_TIMEOUT = 30.0
"""Seconds after which a phone that has not confirmed an indication is disconnected (Vol 3, Part F, 3.3.3)."""


@attrs.frozen
class BoundCharacteristic(Generic[T]):
    """What is known of a characteristic of one service while a :class:`Peripheral` serves it.

    >>> room.alarm = 3
    >>> arrived = await Thermostat.alarm.of(room).confirmed()
    """

    service: Served = attrs.field(repr=False)
    plan: CharacteristicPlan

    @property
    def subscribers(self) -> int:
        """How many phones have subscribed; 0 if the service is not served.

        It is the highest number that there can be: on the bus BlueZ tells of the last phone that leaves, but not of
        those before, so that all that are connected may still listen. Over sockets a phone counts until it is gone.
        """
        served = self._link
        return served.subscribers if served else 0

    @property
    def handle(self) -> int | None:
        """The handle of its value, where the service says ``handle=`` and BlueZ has told; otherwise ``None``."""
        served = self._link
        return served.handle or None if served else None

    async def confirmed(self, within: float = TRANSACTION_TIMEOUT) -> bool:
        """Wait until a phone has confirmed the value assigned last (Handle Value Confirmation, Vol 3, Part F, 3.4.7.3).

        Args:
            within: seconds to wait at most.

        Returns:
            ``False`` if nobody has confirmed in time, at once if nobody has subscribed. With several phones on the bus,
            where BlueZ does not tell whose confirmation it is, each counts for the oldest value that lacks one.

        Raises:
            TypeError: it is no field that is indicated.
        """
        if Property.INDICATE not in self.plan.properties:
            raise TypeError(f"{self._place} is not indicated, so that nobody confirms it; write Indicate[…]")
        served = self._link
        return served is not None and await served.confirmed(within)

    async def drain(self) -> None:
        """Wait until the line of values (policy ``"every"``) is at most half full; nobody subscribed: at once."""
        if served := self._link:
            await served.drain()

    def notify(self, value: T, *, to: str) -> None:
        """Send a value to one phone only; the field keeps its value.

        Needs ``characteristic(transport="socket")`` and BlueZ 5.76, and is called on the event loop.

        Args:
            value: what that phone hears; checked like an assignment.
            to: its address, as in :attr:`Request.device`.

        Raises:
            EncodeError: the type does not take the value.
            TypeError: the field does not say ``transport="socket"``.
            LookupError: that phone has not subscribed, or BlueZ has given it no socket.
        """
        if not self.plan.pushes or self.plan.delivery.transport != "socket":
            raise TypeError(f'{self._place} has no sockets: Notify[…] = characteristic(transport="socket")')
        octets = self.plan.codec.encode(value, self._place)
        if (served := self._link) is None:
            raise LookupError(f"{self._place} is not served, so that {to} cannot hear it")
        served.notify(octets, to)

    @property
    def _place(self) -> str:
        return f"{type(self.service).__name__}.{self.plan.name}"

    @property
    def _link(self) -> Link | None:
        return link(self.service, self.plan.index)


def bound(service: Any, plan: FieldPlan) -> BoundCharacteristic[Any]:
    """Give the characteristic of one service.

    Raises:
        TypeError: it is no service with this field, or the field is a descriptor.
    """
    if not isinstance(plan, CharacteristicPlan):
        raise TypeError(f"{plan.name} is a descriptor; of() is for the characteristics that phones subscribe to")
    fields: tuple[Any, ...] = getattr(getattr(service, "_gatt_plan", None), "fields", ())
    if isinstance(service, type) or plan.index not in {field.index for field in fields if field.name == plan.name}:
        msg = f"of() takes a service that has {plan.name}, not {service!r:.60}"
        raise TypeError(msg)
    return BoundCharacteristic(service, plan)
