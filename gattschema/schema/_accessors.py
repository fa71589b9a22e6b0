"""The two functions behind each field, written for just this field.

``rate: Notify[UInt8]``, the third field of ``HeartRate``, gets::

    def get_rate(service):
        value = service._gatt_values[2]
        if value is missing:
            raise no_value()
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
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import attrs

from gattschema._source import compile_functions
from gattschema.schema._plan import CharacteristicPlan
from gattschema.values import REFUSALS


def accessors(place: str, index: int, plan: CharacteristicPlan) -> tuple[Callable[..., Any], Callable[..., None]]:
    """Give the getter and the setter of the field *plan*, the one numbered *index* of the class."""
    lines = [
        f"def get_{plan.name}(service):",
        *_getter_body(plan, index),
        "",
        f"def set_{plan.name}(service, value):",
        "    try:",
        f"        {'octets = ' if plan.pushes else ''}pack(value)",
        "    except refusals:",
        f"        raise refuse(value, {place!r}) from None",
        *(
            [f"    push = service._gatt_pushes[{index}]", "    if push is not None:", "        push(octets)"]
            * plan.pushes
        ),
        f"    service._gatt_values[{index}] = value",
        "",
    ]
    names = {
        "pack": plan.codec.pack,
        "refusals": REFUSALS,
        "refuse": plan.codec.kind.refuse_value,
        "missing": attrs.NOTHING,
        "no_value": partial(_no_value, place),
        "compute": plan.on_read.function if plan.on_read else None,
    }
    made = compile_functions(place, "\n".join(lines), names)
    return made[f"get_{plan.name}"], made[f"set_{plan.name}"]


def _getter_body(plan: CharacteristicPlan, index: int) -> list[str]:
    if plan.on_read and not plan.on_read.is_async and not plan.on_read.takes_request:
        return ["    return compute(service)"]
    return [
        f"    value = service._gatt_values[{index}]",
        "    if value is missing:",
        "        raise no_value()",
        "    return value",
    ]


def _no_value(place: str) -> AttributeError:
    return AttributeError(f"{place} has no value yet: assign one, or declare it with characteristic(default=…)")
