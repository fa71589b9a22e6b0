"""The code generator for structs: fields in, a ``pack`` and an ``unpack`` function out.

For ``Schedule(mode: Mode, start: UInt16, label: Utf8)`` it writes::

    def pack(value):
        if value.__class__ is not Schedule and not isinstance(value, Schedule):
            raise TypeError
        return pack_0(value.mode …, value.start) + pack_label(value.label)

    def unpack(octets):
        if not 3 <= len(octets) <= 15:
            raise ValueError
        slot_0, slot_1 = unpack_0(octets, 0)
        return Schedule(mode=Mode(slot_0), start=slot_1, label=unpack_label(octets[3:]))
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import count
from typing import Any

import attrs

from gattschema._source import compile_functions
from gattschema.values._kinds import ByteOrder, Field, Kind, Record, Wire

_RESERVED = re.compile(r"value|octets|slot_\d+|(un)?pack(_\d+|_tail)?|len|isinstance|TypeError|ValueError")
"""Names that the generated code has for itself."""


@attrs.frozen
class _Part:
    """A field with a fixed layout, nested structs dissolved: the expression of its value and its wire."""

    value: str
    wire: Wire
    slots: tuple[str, ...]


@attrs.define
class _Writer:
    """Collects what the two functions need while it walks over the fields."""

    names: dict[str, Any] = attrs.field(factory=dict[str, Any])
    checks: list[str] = attrs.field(factory=list[str])
    parts: list[_Part] = attrs.field(factory=list[_Part])
    tail: tuple[str, Kind] | None = None
    """The expression and the kind of the last field if it is of variable size."""
    serial: Iterator[int] = attrs.field(factory=count)

    def add(self, value: str, kind: Kind) -> str:
        """Note the value expression *value* of *kind*; give the expression that rebuilds it from slots."""
        if isinstance(kind, Record):
            return self.add_record(value, kind)
        wire = kind.wire()
        if wire is None:
            self.tail = value, kind
            self.names |= {"pack_tail": kind.pack, "unpack_tail": kind.unpack}
            return f"unpack_tail(octets[{kind_offset(self.parts)}:])"
        wire = self.adopt(wire)
        slots = tuple(f"slot_{next(self.serial)}" for _ in wire.to_slots)
        self.parts.append(_Part(value, wire, slots))
        return f"({wire.from_slots.format(*slots)})" if wire.from_slots != "{0}" else slots[0]

    def add_record(self, value: str, record: Record) -> str:
        """Dissolve a struct into its fields."""
        name = self.name(record.type.__name__, record.type)
        self.checks += [
            f"if {value}.__class__ is not {name} and not isinstance({value}, {name}):",
            "    raise TypeError",
        ]
        given = ", ".join(
            f"{field.argument}={self.add(f'{value}.{field.name}', field.kind)}" for field in record.fields
        )
        return f"{name}({given})"

    def adopt(self, wire: Wire) -> Wire:
        """Take over the globals of *wire*, renamed where another field has the name already."""
        for wanted, thing in wire.names.items():
            name = self.name(wanted, thing)
            wire = attrs.evolve(
                wire,
                to_slots=tuple(slot.replace(wanted, name) for slot in wire.to_slots),
                from_slots=wire.from_slots.replace(wanted, name),
            )
        return wire

    def name(self, wanted: str, thing: Any) -> str:
        """Give the global name of *thing*: the wanted one, numbered where two things share it."""
        stem = name = re.sub(r"\W", "_", wanted)
        while _RESERVED.fullmatch(name) or self.names.setdefault(name, thing) is not thing:
            name = f"{stem}__{next(self.serial)}"
        return name


def kind_offset(parts: list[_Part]) -> int:
    """Octets that the parts take together."""
    return sum(struct.calcsize(f"<{part.wire.format}") for part in parts)


def record(cls: type, fields: tuple[Field, ...]) -> Record:
    """Give the kind of the struct class *cls*, with its generated functions."""
    shape = Record(cls, fields, pack=_unset, unpack=_unset)
    writer = _Writer()
    made = writer.add("value", shape)
    source = "\n".join([*_pack_source(writer), "", *_unpack_source(writer, shape, made), ""])
    functions = compile_functions(f"{cls.__module__}.{cls.__qualname__}", source, writer.names)
    return attrs.evolve(shape, pack=functions["pack"], unpack=functions["unpack"])


def _unset(_: Any) -> Any:
    raise NotImplementedError


def _runs(writer: _Writer) -> Iterator[tuple[ByteOrder, list[_Part]]]:
    """Group neighbours of one byte order; a lone octet goes with its neighbours, since it has none."""
    run: list[_Part] = []
    order: ByteOrder | None = None
    for part in writer.parts:
        wanted = part.wire.order if _ordered(part) else order
        if order and wanted != order:
            yield order, run
            run = []
        order = wanted
        run.append(part)
    if run:
        yield order or "little", run


def _ordered(part: _Part) -> bool:
    return struct.calcsize(f"<{part.wire.format}") > 1 and not part.wire.format.endswith("s")


def _pack_source(writer: _Writer) -> Iterator[str]:
    yield "def pack(value):"
    yield from (f"    {check}" for check in writer.checks)
    terms: list[str] = []
    for number, (order, parts) in enumerate(_runs(writer)):
        layout = struct.Struct(("<" if order == "little" else ">") + "".join(part.wire.format for part in parts))
        writer.names |= {f"pack_{number}": layout.pack, f"unpack_{number}": layout.unpack_from}
        slots = [slot.replace("{v}", part.value) for part in parts for slot in part.wire.to_slots]
        terms.append(f"pack_{number}({', '.join(slots)})")
    if writer.tail:
        terms.append(f"pack_tail({writer.tail[0]})")
    yield f"    return {' + '.join(terms) or repr(b'')}"


def _unpack_source(writer: _Writer, shape: Record, made: str) -> Iterator[str]:
    yield "def unpack(octets):"
    yield f"    if not {shape.least} <= len(octets) <= {shape.most}:"
    yield "        raise ValueError"
    offset = 0
    for number, (_, parts) in enumerate(_runs(writer)):
        yield f"    {', '.join(slot for part in parts for slot in part.slots)}, = unpack_{number}(octets, {offset})"
        offset += kind_offset(parts)
    yield f"    return {made}"
