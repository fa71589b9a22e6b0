"""What a dissector ought to see in the octets of a value: derived from the value and its kind, not from the octets."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

import attrs

from gattschema.values import Kind
from gattschema.values._array import Array
from gattschema.values._choice import ByValue, ByWidth, Check
from gattschema.values._marks import Role
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer, Real
from gattschema.values._record import Field, Record, carrier_of
from gattschema.values._scaled import Number
from gattschema.values._text import Opaque, Text
from gattschema.values._times import Moment
from gattschema.values._union import Union
from tests.sig.arithmetic import raw_of

RESERVED = "reserved"
"""The path of bits that nothing is known of."""


@attrs.frozen
class Wanted:
    """One number or text at its bits."""

    path: str
    first: int
    """Its first bit; bit 0 is the least significant one of the value's first octet."""
    width: int
    content: Any
    """An ``int``, ``float``, ``str`` or ``bytes``; ``None`` where the octets themselves are all there is to say."""


def wanted(kind: Kind, value: Any) -> list[Wanted]:
    """Give the leaves of *value*, in order of their bits."""
    return sorted(_leaves(kind, value, "", 0), key=lambda leaf: leaf.first)


def _leaves(kind: Kind, value: Any, path: str, first: int) -> Iterator[Wanted]:
    match kind:
        case Record():
            yield from _Walk(kind, value, path, first).leaves()
        case Union():
            yield from _leaves(kind.by_type[type(value)], value, path, first)
        case Array():
            for index, element in enumerate(value):
                inner = list(_leaves(kind.element, element, f"{path}[{index}]", first))
                yield from inner
                first = inner[-1].first + inner[-1].width
        case Moment():
            parts = ("year", 16), ("month", 8), ("day", 8), ("hours", 8), ("minutes", 8), ("seconds", 8)
            for name, width in parts:
                yield Wanted(_joined(path, name), first, width, _part_of(value, name))
                first += width
        case Enumeration() if issubclass(kind.type, enum.Flag):
            yield from _flags(kind, value, path, first)
        case _:
            yield Wanted(path, first, _width(kind, value), _content(kind, value))


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _part_of(moment: Any, name: str) -> int:
    """A part of a ``datetime``, which says it in the singular, or of a ``PartialDateTime``."""
    found = getattr(moment, name, None)
    return found or getattr(moment, name.removesuffix("s"), None) or 0


def _flags(kind: Enumeration, value: int, path: str, first: int) -> Iterator[Wanted]:
    """Each flag is a bit; the others are reserved."""
    names = {member.value: str(member.name).lower() for member in kind.type}
    for bit in range(kind.carrier.bits):
        name = names.get(1 << bit, RESERVED)
        yield Wanted(_joined(path, name), first + bit, 1, int(value) >> bit & 1)


def _width(kind: Kind, value: Any) -> int:
    carrier = carrier_of(kind)
    if carrier:
        return carrier.bits
    return 8 * (kind.least if kind.least == kind.most else len(kind.pack(value)))


def _content(kind: Kind, value: Any) -> Any:
    match kind:
        case Number() if isinstance(kind.carrier, Integer):
            return raw_of(kind, value)
        case Integer() | Boolean() | Enumeration():
            return int(value)
        case MedFloat() | Real() | Number() | Text() | Opaque():
            return value
    return None


@attrs.define
class _Walk:
    """Goes over the fields of one struct."""

    record: Record
    value: Any
    path: str
    at: int
    """The bit that comes next."""
    flags_at: dict[str, int] = attrs.field(factory=dict[str, int])
    start: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.start = self.at

    def leaves(self) -> Iterator[Wanted]:
        if self.record.opcode:
            yield self.leaf("opcode", 8 * len(self.record.opcode), int.from_bytes(self.record.opcode, "little"))
        for field in self.record.fields:
            if field.bits:
                continue
            if field.role is Role.FLAGS:
                yield from self.flags(field)
            elif field.role is Role.LENGTH:
                octets = len(self.record.pack(self.value))
                yield self.leaf(field.name, 8 * field.kind.least, octets)
            elif field.role is Role.CRC or isinstance(field.kind, Check):
                yield from self.check(field)
            elif field.is_there(getattr(self.value, field.name)):
                yield from self.part(field)

    def leaf(self, name: str, width: int, content: Any) -> Wanted:
        """Put a leaf at the next bits."""
        made = Wanted(_joined(self.path, name), self.at, width, content)
        self.at += width
        return made

    def part(self, field: Field) -> Iterator[Wanted]:
        value = getattr(self.value, field.name)
        kind = field.kind
        if isinstance(kind, ByWidth):
            kind = kind.wide if _is_wide(kind, value) else kind.narrow
        if isinstance(kind, ByValue):
            kind = kind.case(getattr(self.value, kind.field)) or kind.kinds[0]
        for leaf in _leaves(kind, value, _joined(self.path, field.name), self.at):
            yield leaf
            self.at = leaf.first + leaf.width

    def check(self, field: Field) -> Iterator[Wanted]:
        if getattr(self.value, field.name, True) or getattr(field.kind, "otherwise", None) is not None:
            yield self.leaf(field.name, 16, None)

    # --- flags ---

    def flags(self, flags: Field) -> Iterator[Wanted]:
        """The parts of a word of flags: fields that live in it, bits that tell what is there, reserved ones."""
        carrier = carrier_of(flags.kind)
        assert carrier is not None
        first, known = self.at, set[int]()
        for leaf in [*self.fields_in(flags, first), *self.presence(flags, first)]:
            known |= set(range(leaf.first, leaf.first + leaf.width))
            yield leaf
        for bit in range(first, first + carrier.bits):
            if bit not in known:
                yield Wanted(_joined(self.path, RESERVED), bit, 1, self.hidden(flags) >> (bit - first) & 1)
        self.at += carrier.bits

    def hidden(self, flags: Field) -> int:
        return int(getattr(self.value, flags.reserved)) if flags.reserved else 0

    def fields_in(self, flags: Field, first: int) -> Iterator[Wanted]:
        for field in self.record.fields:
            if field.bits and field.bits.flags == flags.name:
                value = getattr(self.value, field.name)
                path, at = _joined(self.path, field.name), first + field.bits.first
                leaves = list(_leaves(field.kind, value, path, at))
                # A carrier has whole octets; the field has fewer bits.
                limit = at + field.bits.count
                yield from (
                    attrs.evolve(leaf, width=min(leaf.width, limit - leaf.first))
                    for leaf in leaves
                    if leaf.first < limit
                )

    def presence(self, flags: Field, first: int) -> Iterator[Wanted]:
        for field in self.record.fields:
            if isinstance(field.kind, ByWidth) and field.kind.flags == flags.name:
                wide = _is_wide(field.kind, getattr(self.value, field.name))
                yield Wanted(_joined(self.path, f"{field.name} is wide"), first + field.kind.bit, 1, int(wide))
        for bit in self.record.derived_bits(flags.name):
            setting, clearing = self.record.deciders(flags.name, bit)
            there = any(field.is_there(getattr(self.value, field.name)) for field in setting or clearing)
            names = " and ".join(field.name for field in setting or clearing)
            yield Wanted(_joined(self.path, f"{names} there"), first + bit, 1, int(there is bool(setting)))


def _is_wide(kind: ByWidth, value: Any) -> bool:
    """Whether the number does not fit into the narrow width."""
    carrier = carrier_of(kind.narrow)
    if carrier is None or value is None:
        return False
    number = raw_of(kind.narrow, value)
    return not carrier.low <= number <= carrier.high
