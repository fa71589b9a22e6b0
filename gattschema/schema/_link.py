"""What a service that is served is connected to: where new octets go, and what is known of the other side."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from gattschema.schema._plan import ServicePlan


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


swapping = threading.RLock()
"""Held while pushes change places with those that stand in for them: subscriptions and batches are of any thread."""


class Batch:
    """What was assigned to a service while its pushes are held."""

    __slots__ = ("assigned", "is_open")

    def __init__(self) -> None:
        self.assigned: list[tuple[Held, bytes]] = []
        """All of it, in that order."""
        self.is_open = True


class Held:
    """Stands in for a push while a batch lasts, and notes what comes in."""

    __slots__ = ("batch", "coalesces", "push")

    def __init__(self, push: Push | None, batch: Batch, *, coalesces: bool) -> None:
        self.push = push
        self.batch = batch
        self.coalesces = coalesces
        """Whether the newest value is enough."""

    def __call__(self, octets: bytes, /) -> None:
        """Note the octets; those of an assignment that began within the batch and ends behind it leave at once."""
        with swapping:
            if self.batch.is_open:
                self.batch.assigned.append((self, octets))
                return
        if self.push is not None:
            self.push(octets)

    async def drain(self, most: int | None = None) -> None:
        """What is noted waits for the end of the batch, not for room."""
        if self.push is not None:
            await (self.push.drain() if most is None else self.push.drain(most))


# ruff: noqa: SLF001  (the slots are the room's own)


def set_push(service: Served, index: int, push: Push | None) -> None:
    """Say what the setter of the field numbered *index* hands new octets to; ``None`` for nobody."""
    with swapping:
        slot = service._gatt_pushes[index]
        if isinstance(slot, Held):
            slot.push = push
        else:
            service._gatt_pushes[index] = push


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
