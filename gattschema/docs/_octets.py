"""What the octets of a value mean: the byte tables, the members of enumerations, a worked example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gattschema.docs._example import example
from gattschema.docs._layout import Row, byte_table, parts_of, rows_of, type_of
from gattschema.docs._members import documentation, members
from gattschema.docs._text import plain
from gattschema.schema import FieldPlan
from gattschema.schema._properties import WRITES
from gattschema.values import Kind
from gattschema.values._array import Array
from gattschema.values._choice import Choice
from gattschema.values._numbers import Enumeration
from gattschema.values._record import Record
from gattschema.values._union import Union


def octets(field: FieldPlan) -> Iterator[str]:
    """Write all that is to say of a field's octets."""
    kind = field.kind
    yield f"**Value**: {kind.octets} ({plain(type_of(kind))})"
    if isinstance(kind, Record):
        yield documentation(kind.type)
    if not isinstance(kind, Union):
        yield byte_table(rows_of(kind, field.name))
    for when, record in dict.fromkeys(parts_of(kind)):
        yield from _part(when, record)
    yield from _other_opcodes(field)
    for enumeration in dict.fromkeys(_enumerations(kind)):
        yield from members(enumeration)
    yield from example(field)


def _other_opcodes(field: FieldPlan) -> Iterator[str]:
    """Say what a phone gets for an operation that is not among those with tables."""
    kind = field.codec.kind
    if not isinstance(kind, Union) or not field.properties & WRITES:
        return
    if kind.fallback is None:
        yield "Octets with any other opcode are refused with 0x80."
        return
    operand = kind.fallback.most - kind.opcode_width
    yield f"Any other opcode, with up to {operand} octets behind it, is taken, too: the device says what it answers."


def _part(when: str, record: Record) -> Iterator[str]:
    """A struct that has no rows in the table above, since it occurs often or never."""
    about = documentation(record.type)
    yield f"**{plain(record.label)}**, {when}" + (f": {about}" if about else "")
    rows: list[Row] = list(rows_of(record, ""))
    if rows:
        yield byte_table(rows)


def _enumerations(kind: Kind) -> Iterator[Enumeration]:
    if isinstance(kind, Enumeration):
        yield kind
    for inner in _below(kind):
        yield from _enumerations(inner)


def _below(kind: Kind) -> Iterable[Kind]:
    if isinstance(kind, Record):
        return [field.kind for field in kind.fields]
    if isinstance(kind, Union):
        return kind.members
    if isinstance(kind, Choice):
        return kind.kinds
    return [kind.element] if isinstance(kind, Array) else []
