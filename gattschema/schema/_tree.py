"""The tree that a phone sees, drawn in text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gattschema.schema._assigned import CLIENT_CONFIGURATION, EXTENDED_PROPERTIES
from gattschema.schema._plan import DEFAULT_MTU
from gattschema.schema._properties import OPERATIONS, Level
from gattschema.schema._uuids import expand, short_uuid
from gattschema.values import Kind

if TYPE_CHECKING:
    from gattschema.schema._plan import CharacteristicPlan, DescriptorPlan, FieldPlan, ServicePlan


def tree(plan: ServicePlan) -> str:
    """Draw a service with its characteristics and descriptors, a line each."""
    head = f"{plan.name}  {short_uuid(plan.uuid)}  {'primary' if plan.primary else 'secondary'} service"
    head += f"  from handle 0x{plan.handle:04X}" if plan.handle else ""
    rows = [_row(characteristic) for characteristic in plan.characteristics]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = [head, *(f"├── includes {included.name}  {short_uuid(included.uuid)}" for included in plan.includes)]
    for number, (characteristic, row) in enumerate(zip(plan.characteristics, rows, strict=True), 1):
        last = number == len(rows)
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        lines.append(f"{'└' if last else '├'}── {cells}  {row[4]}".rstrip())
        lines += [f"{' ' if last else '│'}   {line}" for line in _below(characteristic)]
    return "\n".join(lines)


def _row(plan: CharacteristicPlan) -> tuple[str, str, str, str, str]:
    kind = plan.kind
    return (plan.name, short_uuid(plan.uuid), ", ".join(plan.properties.words), kind.label, _details(kind, plan))


def _details(kind: Kind, plan: CharacteristicPlan) -> str:
    guards = describe_security(plan)
    whole = f", whole from MTU {plan.mtu}" if plan.mtu > DEFAULT_MTU else ""
    words = [kind.octets + whole, guards, describe_delivery(plan), "optional" * plan.absent]
    return "  ".join(filter(None, words))


def describe_delivery(plan: CharacteristicPlan) -> str:
    """``every value, 0.5 s apart, over sockets``; empty for the newest at any pace."""
    said = plan.delivery
    words = [
        "every value" if said.policy == "every" else "",
        f"{said.min_interval:g} s apart" if said.min_interval else "",
        f"changes of {said.min_change}" if said.min_change is not None else "",
        "over sockets" if said.transport == "socket" else "",
    ]
    return ", ".join(filter(None, words))


def describe_security(plan: FieldPlan) -> str:
    """``encrypted read and write, authenticated indicate``; empty if everything is open to everybody."""
    levels: dict[Level, list[str]] = {}
    for operation, needs in OPERATIONS.items():
        level = getattr(plan.security, operation)
        if plan.properties & needs and level is not Level.OPEN:
            levels.setdefault(level, []).append(operation)
    guarded = [f"{level.value} {' and '.join(operations)}" for level, operations in levels.items()]
    return ", ".join(guarded + ["authorized"] * bool(plan.on_authorize))


def _below(plan: CharacteristicPlan) -> Iterator[str]:
    """The lines under a characteristic: its descriptors behind the one that bluetoothd adds, as on the air.

    What a service is without unless it is given has none: adopted services have dozens of such characteristics.
    """
    if plan.absent:
        return
    rows = [(short_uuid(expand(CLIENT_CONFIGURATION)), "Client Characteristic Configuration")] * plan.pushes
    rows += [(short_uuid(expand(EXTENDED_PROPERTIES)), "Characteristic Extended Properties")] * plan.is_extended
    rows += [(short_uuid(d.uuid), _description(d)) for d in plan.descriptors]
    for number, (uuid, name) in enumerate(rows, 1):
        yield f"{'└' if number == len(rows) else '├'}── {uuid}  {name}"


def _description(descriptor: DescriptorPlan) -> str:
    """What the octets say; of a descriptor with a value of its own the field that has it."""
    field = descriptor.field
    if field is None:
        return f"{descriptor.name} {descriptor.meaning or descriptor.octets.hex(' ')}"
    words = [descriptor.name, field.name, ", ".join(field.properties.words), field.kind.label, describe_security(field)]
    return "  ".join(filter(None, words))
