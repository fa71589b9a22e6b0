"""The tree that a phone sees, drawn in text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gattschema.schema._assigned import CLIENT_CONFIGURATION
from gattschema.schema._plan import DEFAULT_MTU
from gattschema.schema._properties import OPERATIONS, PUSHES, Level
from gattschema.schema._uuids import expand, short_uuid
from gattschema.values import Kind

if TYPE_CHECKING:
    from gattschema.schema._plan import CharacteristicPlan, ServicePlan


def tree(plan: ServicePlan) -> str:
    """Draw a service with its characteristics and descriptors, a line each."""
    head = f"{plan.name}  {short_uuid(plan.uuid)}  {'primary' if plan.primary else 'secondary'} service"
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
    return "  ".join([kind.octets + whole, *[guards] * bool(guards), *["optional"] * plan.absent])


def describe_security(plan: CharacteristicPlan) -> str:
    """``encrypted read, authenticated indicate``; empty if everything is open."""
    levels = {operation: getattr(plan.security, operation) for operation in OPERATIONS}
    pushes = " and ".join((plan.properties & PUSHES).words)
    words = {"notify": pushes}
    guarded = {words.get(operation, operation): level for operation, level in levels.items() if level is not Level.OPEN}
    return ", ".join(f"{level.value} {word}" for word, level in guarded.items())


def _below(plan: CharacteristicPlan) -> Iterator[str]:
    """The lines under a characteristic: its descriptors behind the one that bluetoothd adds, as on the air.

    What a service is without unless it is given has none: adopted services have dozens of such characteristics.
    """
    if plan.absent:
        return
    rows = [(short_uuid(expand(CLIENT_CONFIGURATION)), "Client Characteristic Configuration")] * plan.pushes
    rows += [(short_uuid(d.uuid), f"{d.name} {d.meaning or d.octets.hex(' ')}") for d in plan.descriptors]
    for number, (uuid, name) in enumerate(rows, 1):
        yield f"{'└' if number == len(rows) else '├'}── {uuid}  {name}"
