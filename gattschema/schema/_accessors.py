"""The two functions behind each field, written for just this field.

``rate: Notify[UInt8]``, the third field of ``HeartRate``, gets::

    def get_rate(service):
        value = service._gatt_values[2]
        if value is missing:
            raise no_value(service)
        return value

    def set_rate(service, value):
        try:
            octets = pack(value)
        except refusals:
            raise refuse(value, 'HeartRate.rate') from None
        push = service._gatt_pushes[2]
        if push is not None:
            push(octets)
        service._gatt_values[2] = value

In the place of the push stands ``None`` for nobody, the refusal of a field that the instance is without, or what notes
the assignments of a batch. Fields with a write handler note that they were assigned: what the handler assigns stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import attrs

from gattschema._source import compile_functions
from gattschema.schema._plan import FieldPlan
from gattschema.schema._presence import LeftOut, left_out
from gattschema.values import REFUSALS


def accessors(place: str, plan: FieldPlan) -> tuple[Callable[..., Any], Callable[..., None]]:
    """Give the getter and the setter of the field *plan*."""
    lines = [f"def get_{plan.name}(service):", *_getter_body(plan), "", *_setter(place, plan), ""]
    names = {
        "pack": plan.codec.pack,
        "refusals": REFUSALS,
        "refuse": plan.codec.kind.refuse_value,
        "missing": attrs.NOTHING,
        "no_value": partial(_no_value, place, plan.index),
        "LeftOut": LeftOut,
        "compute": plan.on_read.function if plan.on_read else None,
    }
    made = compile_functions(place, "\n".join(lines), names)
    return made[f"get_{plan.name}"], made[f"set_{plan.name}"]


def _getter_body(plan: FieldPlan) -> list[str]:
    if plan.on_read and not plan.on_read.is_async and not plan.on_read.takes_request:
        check = [
            f"    if service._gatt_pushes[{plan.index}].__class__ is LeftOut:",
            "        raise no_value(service)",
        ]
        return [*(check * plan.optional), "    return compute(service)"]
    return [
        f"    value = service._gatt_values[{plan.index}]",
        "    if value is missing:",
        "        raise no_value(service)",
        "    return value",
    ]


def _setter(place: str, plan: FieldPlan) -> Iterator[str]:
    yield f"def set_{plan.name}(service, value):"
    yield "    try:"
    yield "        octets = pack(value)"
    yield "    except refusals:"
    yield f"        raise refuse(value, {place!r}) from None"
    yield f"    push = service._gatt_pushes[{plan.index}]"
    yield "    if push is not None:"
    yield "        push(octets)"
    yield f"    service._gatt_values[{plan.index}] = value"
    if plan.on_write:
        yield f"    service._gatt_assigned.add({plan.index})"


def _no_value(place: str, index: int, service: Any) -> AttributeError:
    slot = service._gatt_pushes[index]  # noqa: SLF001  (the room's own slot)
    if isinstance(slot, LeftOut):
        return left_out(slot.place)
    return AttributeError(
        f"{place} has no value yet: assign one, or declare it with characteristic(default=…), "
        "which an __init__ of the class has to pass on with super().__init__()"
    )
