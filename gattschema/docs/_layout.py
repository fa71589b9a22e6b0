"""The byte table: where each field of a value stands, how many octets it takes, when it is there."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from gattschema.docs._text import code, hexed, plain, table
from gattschema.values import Kind
from gattschema.values._array import Array
from gattschema.values._choice import ByValue, ByWidth, Choice
from gattschema.values._marks import Role, When
from gattschema.values._numbers import Enumeration
from gattschema.values._record import Field, Record, carrier_of
from gattschema.values._scaled import Number
from gattschema.values._union import Union

_LONGEST_LIST = 60
_LATER = "…"
"""The offset of what stands behind something of variable size."""
_ROLES = {
    Role.FLAGS: "the bits of the rows below",
    Role.LENGTH: "the octets of the whole, this one included",
    Role.CRC: "a check of all octets in front",
}


@attrs.frozen
class Row:
    """One row of the table."""

    path: str
    offset: int | None
    """``None`` where it depends on the octets in front."""
    octets: str
    kind: Kind
    when: str = ""
    role: Role = Role.VALUE

    @property
    def cells(self) -> tuple[str, ...]:
        """The row in Markdown."""
        offset = _LATER if self.offset is None else str(self.offset)
        allowed = _ROLES.get(self.role) or allowed_values(self.kind)
        return offset, self.octets, code(self.path), plain(type_of(self.kind)), allowed, plain(self.when)


def span(kind: Kind) -> str:
    """The size without its unit: ``2``, ``0 … 12``."""
    return f"{kind.least}" if kind.least == kind.most else f"{kind.least} … {kind.most}"


def byte_table(rows: Iterable[Row]) -> str:
    """Write the table; the last column is there if something is not always there."""
    header = ("Offset", "Octets", "Field", "Type", "Allowed values", "There")
    cells = [row.cells for row in rows]
    used = len(header) if any(row[-1] for row in cells) else len(header) - 1
    return table(header[:used], [row[:used] for row in cells])


def rows_of(kind: Kind, path: str) -> Iterator[Row]:
    """Give the rows of a value of any kind; a struct has one for each of its fields."""
    if isinstance(kind, Record):
        yield from _record_rows(kind, "", 0, [])
    else:
        yield Row(path, 0, span(kind), kind)


def _record_rows(record: Record, path: str, offset: int | None, clauses: list[str]) -> Iterator[Row]:
    """The rows of a struct that is there if all *clauses* hold."""
    offset = None if offset is None else offset + len(record.opcode)
    places: dict[str | None, int | None] = {}
    shared = shared_bits(record)
    for field in record.fields:
        name = f"{path}.{field.name}" if path else field.name
        if field.bits:
            yield Row(name, places.get(field.bits.flags), bits_of(field), field.kind, _if(clauses))
            continue
        places[field.name] = offset
        part = shared.get(field.name)
        if part:
            yield Row(name, offset, str(part), field.kind, _if(clauses))
        else:
            yield from _field_rows(field, name, offset, [*clauses, *map(_clause, field.whens)])
        size = part.taken if part else _steady_size(field)
        offset = None if offset is None or size is None else offset + size


def _steady_size(field: Field) -> int | None:
    """The octets of a field that always takes as many."""
    return field.kind.most if field.when is None and field.kind.least == field.kind.most else None


def _field_rows(field: Field, name: str, offset: int | None, clauses: list[str]) -> Iterator[Row]:
    """One row, one for each layout that it may have, or those of a struct."""
    if isinstance(field.kind, Record):
        yield from _record_rows(field.kind, name, offset, clauses)
    elif isinstance(field.kind, ByWidth):
        bit = f"bit {field.kind.bit} of {field.kind.flags} is"
        for kind, state in ((field.kind.narrow, "clear"), (field.kind.wide, "set")):
            yield Row(name, offset, span(kind), kind, _if([*clauses, f"{bit} {state}"]))
    elif isinstance(field.kind, ByValue):
        for value, kind in field.kind.cases:
            yield Row(name, offset, span(kind), kind, _if([*clauses, f"{field.kind.field} is {_shown(value)}"]))
    else:
        yield Row(name, offset, span(field.kind), field.kind, _if(clauses), field.role)


@attrs.frozen
class Shared:
    """The bits of a field that shares octets with its neighbours."""

    first: int
    last: int
    octets: int
    """How many octets they share."""

    @property
    def taken(self) -> int:
        """The octets that end with it."""
        return self.octets if self.last + 1 == 8 * self.octets else 0

    @property
    def begun(self) -> int:
        """The octets that begin with it."""
        return 0 if self.first else self.octets

    def __str__(self) -> str:
        return _bits(self.first, self.last)


def shared_bits(record: Record) -> dict[str, Shared]:
    """Find the fields that share octets with their neighbours."""
    found: dict[str, Shared] = {}
    run: dict[str, tuple[int, int]] = {}
    end = 0
    for field in record.fields:
        carrier = carrier_of(field.kind)
        if carrier and carrier.narrow and not (field.bits or field.when):
            run[field.name] = (end, end + carrier.bits - 1)
            end += carrier.bits
        if end and end % 8 == 0:
            found |= {name: Shared(*place, end // 8) for name, place in run.items()}
            run, end = {}, 0
    return found


def bits_of(field: Field) -> str:
    """``bit 1``, ``bits 4 … 5``; empty for a field that has octets."""
    return _bits(field.bits.first, field.bits.last) if field.bits else ""


def _bits(first: int, last: int) -> str:
    return f"bit {first}" if first == last else f"bits {first} … {last}"


# --- conditions --------------------------------------------------------------------------------------------------


def _if(clauses: list[str]) -> str:
    return f"if {' and '.join(clauses)}" if clauses else ""


def _clause(when: When) -> str:
    """``bit 3 of flags is set``, ``result is SUCCESS (1)``."""
    if not when.field:
        return str(when).removeprefix("if ")
    operator, value = when.compared
    values = value if operator == "in" else (value,)
    return f"{when.field} {'is not' if operator == '!=' else 'is'} {' or '.join(map(_shown, values))}"


def _shown(value: Any) -> str:
    return f"{value.name} ({value.value})" if isinstance(value, enum.Enum) else repr(value)


# --- cells -------------------------------------------------------------------------------------------------------


def type_of(kind: Kind) -> str:
    """``uint16 in steps of 0.01``: what to do with the number in the octets."""
    if isinstance(kind, Array):
        return f"{type_of(kind.element)}, {kind.count} times"
    scale = kind.scale if isinstance(kind, Number) else None
    return f"{kind.label} in steps of {float(scale.factor):g}" if scale and scale.factor != 1 else kind.label


def allowed_values(kind: Kind) -> str:
    """The values that the type takes, those that are no numbers with their octets."""
    if isinstance(kind, Enumeration) and len(kind.allowed) > _LONGEST_LIST:
        return f"{len(kind.type)} members of {plain(kind.type.__name__)}, below"
    if isinstance(kind, Number):
        return ", ".join([plain(kind.span), *_others(kind)])
    return plain(kind.allowed)


def _others(kind: Number) -> Iterator[str]:
    for raw, value in kind.reserved.items():
        yield f"{code(hexed(kind.carrier.pack(raw)))} {plain('not known' if value is None else value.name)}"


# --- what stands in the tables of others -------------------------------------------------------------------------


def parts_of(kind: Kind) -> Iterator[tuple[str, Record]]:
    """Give the structs that have no rows of their own in a table: elements of arrays, members of unions."""
    if isinstance(kind, Record):
        for field in kind.fields:
            yield from parts_of(field.kind)
    elif isinstance(kind, Union):
        for member in kind.members:
            yield f"opcode {code(hexed(member.opcode))}", member
            yield from parts_of(member)
    elif isinstance(kind, Array):
        if isinstance(kind.element, Record):
            yield f"{kind.count} times", kind.element
        yield from parts_of(kind.element)
    elif isinstance(kind, Choice):
        for one in kind.kinds:
            yield from parts_of(one)
