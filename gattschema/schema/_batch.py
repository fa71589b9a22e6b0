"""``with room.batch():`` several assignments leave together, or not at all."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from gattschema.schema._link import Batch, Held, Served, swapping

# ruff: noqa: SLF001  (the slots are the room's own)


@contextmanager
def batch(service: Served) -> Generator[None]:
    """Hold back what is assigned to *service* until the block ends; an exception takes it all back.

    A batch within a batch is a part of it.
    """
    started = _hold(service)
    if started is None:
        yield
        return
    try:
        yield
    except BaseException:
        _let_go(service, started)
        for index, value in started.before.items():
            service._gatt_values[index] = value
        raise
    _let_go(service, started)
    for stand_in, octets in _newest(started.assigned):
        if stand_in.push is not None:
            stand_in.push(octets)


def _hold(service: Served) -> Batch | None:
    """Put stand-ins where the pushes are; ``None`` if they stand there already."""
    with swapping:
        slots = service._gatt_pushes
        if any(isinstance(slot, Held) for slot in slots):
            return None
        started = Batch()
        for field in service._gatt_plan.fields:
            slots[field.index] = Held(service, field, started)
        return started


def _let_go(service: Served, started: Batch) -> None:
    with swapping:
        started.is_open = False
        slots = service._gatt_pushes
        slots[:] = [slot.push if isinstance(slot, Held) else slot for slot in slots]


def _newest(assigned: list[tuple[Held, bytes]]) -> list[tuple[Held, bytes]]:
    """Of several values of a field whose policy is "latest" the newest, in the order of the assignments."""
    last = {stand_in: place for place, (stand_in, _) in enumerate(assigned)}
    return [one for place, one in enumerate(assigned) if not one[0].coalesces or last[one[0]] == place]
