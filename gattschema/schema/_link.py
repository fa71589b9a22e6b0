"""What a service that is served is connected to: where new octets go, and what is known of the other side."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Protocol

# ruff: noqa: SLF001  (the slots are the room's own)

if TYPE_CHECKING:
    from gattschema.schema._plan import FieldPlan, ServicePlan


class Push(Protocol):
    """What a setter hands new octets to, from any thread."""

    def __call__(self, octets: bytes, /) -> None:
        """Send the octets to those who subscribed."""

    async def drain(self, most: int = ...) -> None:
        """Wait until *most* values wait, or fewer."""


class Link(Protocol):
    """One characteristic of one service while it is served."""

    @property
    def subscribers(self) -> int:
        """Phones that subscribed."""
        ...

    @property
    def handle(self) -> int | None:
        """The handle of its value; 0 before BlueZ has told, ``None`` where nobody asks for it."""
        ...

    async def confirmed(self, within: float) -> bool:
        """Whether a phone confirms the newest indication in that many seconds."""
        ...

    async def drain(self) -> None:
        """Wait until there is room for more values."""

    def notify(self, octets: bytes, device: str) -> None:
        """Send octets to one phone."""


class Served(Protocol):
    """What this room needs to know of a service: its slots."""

    _gatt_plan: ServicePlan
    _gatt_values: list[Any]
    _gatt_pushes: list[Push | None]
    _gatt_links: dict[int, Link]
    _gatt_assigned: set[int]


swapping = threading.RLock()
"""Held while pushes change places with those that stand in for them: subscriptions and batches are of any thread."""


def _whoever_runs() -> tuple[int, Any]:
    """The thread, and the task in it, if there is one."""
    try:
        return threading.get_ident(), asyncio.current_task()
    except RuntimeError:
        return threading.get_ident(), None


class Batch:
    """What its owner assigned to a service while its pushes are held."""

    __slots__ = ("assigned", "before", "is_open", "owner")

    def __init__(self) -> None:
        self.owner = _whoever_runs()
        self.assigned: list[tuple[Held, bytes]] = []
        """All of it, in that order."""
        self.before: dict[int, Any] = {}
        """What the fields go back to that the owner assigned to."""
        self.is_open = True


class Held:
    """Stands in for a push while a batch lasts, and notes what the owner of the batch assigns.

    What others assign meanwhile, phones and other tasks, goes its way at once and is not taken back.
    """

    __slots__ = ("batch", "field", "push", "service")

    def __init__(self, service: Served, field: FieldPlan, batch: Batch) -> None:
        self.service = service
        self.field = field
        self.push = service._gatt_pushes[field.index]
        self.batch = batch

    @property
    def coalesces(self) -> bool:
        """Whether the newest value is enough."""
        delivery = getattr(self.field, "delivery", None)
        return delivery is None or delivery.policy == "latest"

    def __call__(self, octets: bytes, /) -> None:
        """Note the octets; those of an assignment that began within the batch and ends behind it leave at once."""
        with swapping:
            if self.batch.is_open and self.batch.owner == _whoever_runs():
                self.batch.before.setdefault(self.field.index, stored(self.service, self.field.index))
                self.batch.assigned.append((self, octets))
                return
        if self.push is not None:
            self.push(octets)
        self.batch.before.pop(self.field.index, None)

    async def drain(self, most: int | None = None) -> None:
        """What is noted waits for the end of the batch, not for room."""
        if self.push is not None:
            await (self.push.drain() if most is None else self.push.drain(most))


def set_push(service: Served, index: int, push: Push | None) -> Push | None:
    """Say what the setter of the field numbered *index* hands new octets to (``None``: nobody); give who was there."""
    with swapping:
        slot = service._gatt_pushes[index]
        if isinstance(slot, Held):
            before, slot.push = slot.push, push
            return before
        service._gatt_pushes[index] = push
        return slot


def push_of(service: Served, index: int) -> Push | None:
    """Give what the setter of the field numbered *index* hands new octets to."""
    with swapping:
        slot = service._gatt_pushes[index]
        return slot.push if isinstance(slot, Held) else slot


def pushes(service: Served) -> list[Push]:
    """Give the pushes of all fields that somebody subscribed to."""
    slots = [service._gatt_pushes[field.index] for field in service._gatt_plan.characteristics]
    return [push for push in slots if push is not None]


def set_link(service: Served, index: int, link: Link | None) -> None:
    """Say what the field numbered *index* is connected to; ``None``: it is not served."""
    if link is None:
        service._gatt_links.pop(index, None)
    else:
        service._gatt_links[index] = link


def link(service: Served, index: int) -> Link | None:
    """Give what the field numbered *index* is connected to; ``None`` if it is not served."""
    return service._gatt_links.get(index)


def stored(service: Served, index: int) -> Any:
    """Give the value of the field numbered *index*; ``attrs.NOTHING`` if it has none."""
    return service._gatt_values[index]


def assigned(service: Served) -> set[int]:
    """Give the numbers of the fields with a write handler that have been assigned; exchanges take numbers out."""
    return service._gatt_assigned
