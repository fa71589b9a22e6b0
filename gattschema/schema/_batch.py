"""``with room.batch():`` several assignments leave together, or not at all."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from gattschema.schema._link import Held, Served
from gattschema.schema._plan import CharacteristicPlan

# ruff: noqa: SLF001  (the slots are the room's own)


@contextmanager
def batch(service: Served) -> Generator[None]:
    """Hold back what is assigned to *service* until the block ends; an exception takes it all back.

    A batch within a batch is a part of it.
    """
    slots = service._gatt_pushes
    if any(isinstance(slot, Held) for slot in slots):
        yield
        return
    before, assigned = list(service._gatt_values), list[tuple[Held, bytes]]()
    held = {field.index: Held(slots[field.index], assigned) for field in _pushed(service)}
    for index, stand_in in held.items():
        slots[index] = stand_in
    try:
        yield
    except BaseException:
        service._gatt_values[:] = before
        assigned.clear()
        raise
    finally:
        for index, stand_in in held.items():
            slots[index] = stand_in.push
    coalesced = {held[field.index] for field in _pushed(service) if field.delivery.policy == "latest"}
    for stand_in, octets in _newest(assigned, coalesced):
        if stand_in.push is not None:
            stand_in.push(octets)


def _pushed(service: Served) -> list[CharacteristicPlan]:
    return [field for field in service._gatt_plan.characteristics if field.pushes]


def _newest(assigned: list[tuple[Held, bytes]], coalesced: set[Held]) -> list[tuple[Held, bytes]]:
    """Of several values of a field whose policy is "latest" the newest, in the order of the assignments."""
    last = {stand_in: place for place, (stand_in, _) in enumerate(assigned)}
    return [one for place, one in enumerate(assigned) if one[0] not in coalesced or last[one[0]] == place]
