"""From the annotations of a struct to its fields: where each lives, and when it is there."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import attrs

from gattschema.values._array import Array
from gattschema.values._choice import ByValue, ByWidth, Check
from gattschema.values._errors import Fault
from gattschema.values._hints import Reading, has_none, kind_of, read, spelled, turned
from gattschema.values._kinds import ByteOrder, Kind
from gattschema.values._marks import Bits, Count, Crc, Derived, Excludes, Role, Switch, When, Widths
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer, OpenEnum, Real
from gattschema.values._record import Field, Record, carrier_of
from gattschema.values._scaled import Number
from gattschema.values._text import Opaque, Text

_EMPTY: Mapping[type, Any] = {Array: (), Text: "", Opaque: b""}
_WIDTHS = (1, 2, 4, 8)
PLACING = (When, Bits, Widths, Switch, Excludes, Crc)
"""Marks that say something of a field, not of its type."""


def is_derived(hint: Any) -> bool:
    """Whether the constructor does not take the field."""
    return read(hint).mark(Role) is not None


def fields_of(cls: type, hints: Mapping[str, Any], order: ByteOrder) -> tuple[list[Field], list[Fault]]:
    """Give the fields, those of base classes first, and what is wrong with them."""
    fields = [field for field in _inherited(cls) if field.name not in hints]
    faults: list[Fault] = []
    faults += _stray_markers(cls, hints)
    for name, hint in hints.items():
        try:
            fields.append(_Maker(name, read(hint), order).field(hint, _flags_names(hints, fields)))
        except Fault as fault:
            faults.append(fault.at(name))
    names = [*(field.name for field in _inherited(cls) if field.name not in hints), *hints]
    faults += _after_the_rest(fields, names)
    if not faults:
        fields = _with_free_bits(fields)
        faults = list(_misplaced(fields))
    if not faults:
        fields = [_with_reserved(field, fields) for field in fields]
    return fields, faults


def _stray_markers(cls: type, hints: Mapping[str, Any]) -> Iterator[Fault]:
    """``derived()`` where nothing is derived, and values for what is."""
    for name, value in vars(cls).items():
        derived = name in hints and is_derived(hints[name])
        if isinstance(value, Derived) and not derived:
            yield Fault(
                "nothing says what it follows from",
                allowed="derived() for Presence[…], Length[…] and Crc16",
                instead=f"{name}: Presence[UInt8] = derived()",
                where=name,
            )
        if derived and not isinstance(value, Derived):
            yield Fault("it follows from the other fields", allowed="derived()", instead="derived()", where=name)


def _inherited(cls: type) -> list[Field]:
    known: Record | None = next(
        (vars(base)["__gatt_struct__"] for base in cls.__mro__[1:] if "__gatt_struct__" in vars(base)), None
    )
    return list(known.fields) if known else []


def _flags_names(hints: Mapping[str, Any], inherited: list[Field]) -> list[str]:
    own = [name for name, hint in hints.items() if read(hint).mark(Role) is Role.FLAGS]
    return [*(field.name for field in inherited if field.role is Role.FLAGS and field.name not in own), *own]


@attrs.frozen
class _Maker:
    """Makes one field."""

    name: str
    reading: Reading
    order: ByteOrder

    def field(self, hint: Any, flags: list[str]) -> Field:
        """Give the field that the annotation declares."""
        role = self.reading.mark(Role)
        if role is not None:
            return self._derived(hint, role)
        whens = tuple(self._when(mark, flags) for mark in self.reading.marks if isinstance(mark, When))
        bits, crc = self.reading.mark(Bits), self.reading.mark(Crc)
        if bits is not None:
            bits = Bits(bits.first, bits.last, flags=_one_of(bits.flags, flags))
            return Field(self.name, self._in_bits(hint, bits), bits=bits)
        if crc is not None:
            return Field(self.name, Check(crc.otherwise), role=Role.CRC)
        kind = self._kind(hint, flags, optional=bool(whens))
        excludes = self.reading.mark(Excludes)
        gates = [when for when in whens if when.bits]
        gate = next(iter(gates or whens), None)
        also = tuple(when for when in whens if when is not gate)
        return Field(
            self.name, kind, when=gate, also=also, absent=self._absent(kind, optional=bool(whens)), excludes=excludes
        )

    def _derived(self, hint: Any, role: Role) -> Field:
        kind = kind_of(hint)
        for mark in self.reading.marks:
            if isinstance(mark, (*PLACING, Count)):
                spelled = type(mark).__name__
                finding = f"{spelled}(…) on what follows from the other fields"
                raise Fault(finding, allowed="a field that is always there", instead=f"leave {spelled}(…) out")
        carrier = kind if isinstance(kind, Integer) and not kind.narrow and kind.width <= _WIDTHS[-1] else None
        if carrier is None:
            raise Fault(f"{kind.label} carries no flags", allowed="UInt8 … UInt64", instead="Presence[UInt8]")
        if role is Role.CRC:  # the SIG's, whatever the order of the rest
            return Field(self.name, Integer(2), role=role)
        return Field(self.name, turned(carrier) if self.order == "big" else carrier, role=role)

    @staticmethod
    def _when(when: When, flags: list[str]) -> When:
        if when.field is not None:
            return when
        return When(bits=when.bits, clear=when.clear, flags=_one_of(when.flags, flags))

    def _in_bits(self, hint: Any, bits: Bits) -> Kind:
        """The kind of a value that lives in bits of the flags."""
        width = next((width for width in _WIDTHS if 8 * width >= bits.count), _WIDTHS[-1])
        base = self.reading.bases[0] if len(self.reading.bases) == 1 else None
        if base is bool:
            if bits.count != 1:
                raise Fault(f"a bool takes one bit, not {bits.count}", allowed="one bit", instead=f"Bits({bits.first})")
            return Boolean()
        if self.reading.kinds:
            kind = kind_of(hint)
            carrier = carrier_of(kind)
            if carrier is None or carrier.bits != bits.count:
                raise Fault(
                    f"{kind.label} in {bits.count} bits",
                    allowed="the number of bits alone",
                    instead="leave the type out",
                )
            return _narrowed(kind, carrier, width)
        if isinstance(base, type) and issubclass(base, enum.IntEnum | enum.IntFlag):
            _check_room(base, bits)
        return kind_of(Annotated[hint, Integer(width, narrow=bits.count)])

    def _kind(self, hint: Any, flags: list[str], *, optional: bool) -> Any:
        widths, switch = self.reading.mark(Widths), self.reading.mark(Switch)
        if widths is not None:
            narrow, wide = (
                self._turned(kind_of(Annotated[self._bare(), side, *self._numeric()]))
                for side in (widths.narrow, widths.wide)
            )
            for side in (narrow, wide):
                _check_width(side)
            return ByWidth(narrow, wide, widths.bit, _one_of(widths.flags, flags))
        if switch is not None:
            return ByValue(switch.field, tuple((value, self._turned(kind_of(case))) for value, case in switch.cases))
        kind = kind_of(hint, optional=True)
        if self.reading.nullable and not (optional or flags or has_none(kind)):
            raise Fault(
                "nothing tells whether it is there",
                allowed="a flags field in front, with a bit for each optional field",
                instead=f"flags: Presence[UInt8] = derived(){_or_unknown(kind)}",
            )
        return self._turned(kind)

    def _bare(self) -> Any:
        return self.reading.bases[0]

    def _numeric(self) -> tuple[Any, ...]:
        """The marks of a number but for those that place it."""
        return tuple(mark for mark in self.reading.marks if not isinstance(mark, Widths | When | Excludes | Count))

    def _turned(self, kind: Kind) -> Any:
        carrier = carrier_of(kind)
        if carrier and carrier.narrow and (self.order == "big" or carrier.order == "big"):
            raise Fault(
                f"{carrier.label} shares octets, the first field in the least significant bits",
                allowed="that order alone: big-endian formats differ in where the first bits stand",
                instead="Bits(…) of a Presence[…], which says where",
            )
        return turned(kind) if self.order == "big" else kind

    def _absent(self, kind: Kind, *, optional: bool) -> Any:
        """What the field is when it is not there."""
        if self.reading.nullable and has_none(kind):
            if not optional:
                return attrs.NOTHING
            raise Fault(
                "None would mean both: not there, and not known",
                allowed="When(…) or Unknown(…)",
                instead="an enum.Enum with NOT_KNOWN = and the raw value in the union, in place of Unknown(…)",
            )
        if self.reading.nullable:
            return None
        if optional and isinstance(kind, Array | Text | Opaque):
            return _EMPTY[type(kind)]
        if optional:
            raise Fault(
                "it has no value for when it is not there",
                allowed="a type with | None, whose default is None",
                instead=f"{self.name}: Annotated[{spelled(kind)} | None, When(…)] = None",
            )
        return attrs.NOTHING


def _check_room(cls: type[enum.IntEnum | enum.IntFlag], bits: Bits) -> None:
    """Refuse an enumeration that needs more bits than it is given."""
    needed = max((int(member).bit_length() for member in cls.__members__.values()), default=1)
    if needed > bits.count:
        raise Fault(
            f"{cls.__name__} goes up to {max(map(int, cls.__members__.values()))}, which takes {needed} bits",
            allowed=f"{bits.count} bits: 0 … {(1 << bits.count) - 1}",
            instead=f"Bits({bits.first}, {bits.first + needed - 1})",
        )


def _or_unknown(kind: Kind) -> str:
    """What else a scaled number may mean by ``None``."""
    if not isinstance(kind, Number):
        return ""
    raw = carrier_of(kind)
    return f", or Unknown({raw.low if raw.signed else raw.high:#x}) in its type" if raw else ""


def _narrowed(kind: Any, carrier: Integer, width: int) -> Kind:
    """The kind as one whose number is checked: the other bits of the flags are somebody else's."""
    if carrier.order == "big":
        raise Fault("bits have no byte order", allowed="that of the flags", instead="leave BigEndian() out")
    narrow = attrs.evolve(carrier, width=width, narrow=carrier.bits)
    return narrow if kind is carrier else attrs.evolve(kind, carrier=narrow)


def _check_width(kind: Kind) -> None:
    if carrier_of(kind) is None or isinstance(kind, Enumeration):
        raise Fault(
            f"{kind.label} is not chosen by size",
            allowed="whole numbers, perhaps with a Scale",
            instead="Annotated[int, Widths(UInt8, UInt16, bit=0)]",
        )


def _one_of(wanted: str | None, flags: list[str]) -> str:
    """The name of the flags that a mark belongs to."""
    if wanted in flags or (wanted is None and len(flags) == 1):
        return wanted or flags[0]
    if not flags:
        raise Fault(
            "there are no flags for it", allowed="a flags field in front", instead="flags: Presence[UInt8] = derived()"
        )
    finding = f"there are no flags {wanted}" if wanted else "it is not clear which flags tell of it"
    raise Fault(finding, allowed=f"one of {', '.join(flags)}", instead=f'flags="{flags[0]}"')


# --- bits that nobody has asked for --------------------------------------------------------------------------------


def _with_free_bits(fields: list[Field]) -> list[Field]:
    """Give each optional field that does not say when it is there the next free bit of the only flags."""
    flags = [field for field in fields if field.role is Role.FLAGS]
    if len(flags) != 1:
        return fields
    carrier = carrier_of(flags[0].kind)
    taken = _taken(flags[0].name, fields)
    free = (bit for bit in range(carrier.bits if carrier else 0) if bit not in taken)
    return [_with_bit(field, flags[0].name, free) if field.is_unplaced else field for field in fields]


def _with_bit(field: Field, flags: str, free: Iterator[int]) -> Field:
    bit = next(free, None)
    return field if bit is None else attrs.evolve(field, when=When(bit=bit, flags=flags), absent=None)


def _taken(flags: str, fields: list[Field]) -> set[int]:
    taken: set[int] = set()
    for field in fields:
        if field.bits and field.bits.flags == flags:
            taken |= set(field.bits.numbers)
        if field.when and field.when.flags == flags:
            taken |= set(field.when.bits)
        if isinstance(field.kind, ByWidth) and field.kind.flags == flags:
            taken.add(field.kind.bit)
    return taken


def _with_reserved(field: Field, fields: list[Field]) -> Field:
    if field.role is not Role.FLAGS or field.reserved:
        return field
    shape = Record(object, tuple(fields), pack=_none, unpack=_none, take=_none)
    hidden = f"_{field.name}_reserved"
    while hidden.lstrip("_") in [other.name.lstrip("_") for other in fields]:
        hidden += "_"
    return attrs.evolve(field, reserved=hidden) if shape.reserved_mask(field) else field


def _none(*_: Any) -> Any:
    raise NotImplementedError


# --- what cannot be ------------------------------------------------------------------------------------------------


def _misplaced(fields: list[Field]) -> Iterator[Fault]:
    yield from _unplaced(fields)
    yield from _bit_faults(fields)
    yield from _uneven(fields)
    yield from _undecided(fields)
    yield from _not_exclusive(fields)
    yield from _without_case(fields)
    for field in fields[:-1]:
        if field.role is Role.CRC:
            yield Fault(
                "a CRC counts what is in front of it", allowed="the last place", instead="move it", where=field.name
            )


def _unplaced(fields: list[Field]) -> Iterator[Fault]:
    """Optional fields for which the flags have no bit left."""
    for field in fields:
        if field.is_unplaced:
            yield Fault(
                "no flags tell whether it is there",
                allowed="a bit of the flags for each optional field",
                instead="When(bit=…, flags=…), or wider flags: Presence[UInt16] = derived()",
                where=field.name,
            )


def _after_the_rest(fields: list[Field], names: list[str]) -> Iterator[Fault]:
    """A field that takes the rest of the value leaves nothing for those behind it."""
    known = {field.name: field for field in fields}
    for field in fields:
        behind = [name for name in names[names.index(field.name) + 1 :] if not _harmless(known.get(name), field)]
        if field.kind.greedy and not field.bits and behind:
            yield Fault(
                f"it takes the rest of the value, but {behind[0]} follows",
                allowed="a field of variable size in the last place only",
                instead=f"move {field.name} behind {behind[-1]}, or give it a fixed size",
                where=field.name,
            )


def _harmless(field: Field | None, before: Field) -> bool:
    """Whether the field needs no octets behind one that takes the rest."""
    return field is not None and bool(field.bits or (field.excludes and field.excludes.field == before.name))


def _bit_faults(fields: list[Field]) -> Iterator[Fault]:
    """Bits that the flags don't have, or that two fields live in."""
    for flags in [field for field in fields if field.role is Role.FLAGS]:
        carrier = carrier_of(flags.kind)
        owners: dict[int, str] = {}
        for field in fields:
            own = _taken(flags.name, [field])
            if carrier and own and max(own) >= carrier.bits:
                finding = f"{flags.name} has no bit {max(own)}"
                yield Fault(
                    finding, allowed=f"bits 0 … {carrier.bits - 1}", instead="Presence[UInt16]", where=field.name
                )
            for bit in own if field.bits or isinstance(field.kind, ByWidth) else set[int]():
                if bit in owners:
                    finding = f"bit {bit} of {flags.name} is that of {owners[bit]}, too"
                    yield Fault(
                        finding, allowed="bits of its own", instead="Bits(…) with another number", where=field.name
                    )
                owners[bit] = field.name
        yield from _torn(flags.name, fields)


def _torn(flags: str, fields: list[Field]) -> Iterator[Fault]:
    """Bits that tell both how wide a field is and whether another is there."""
    by_width = ((field.name, field.kind) for field in fields if isinstance(field.kind, ByWidth))
    widths = {kind.bit: name for name, kind in by_width if kind.flags == flags}
    for field in fields:
        for bit in field.when.bits if field.when and field.when.flags == flags else ():
            if bit in widths:
                yield Fault(
                    f"bit {bit} of {flags} is that of {widths[bit]}, too",
                    allowed="a bit of its own",
                    instead="When(…) with another bit",
                    where=field.name,
                )


def _uneven(fields: list[Field]) -> Iterator[Fault]:
    """Neighbours that share octets and leave bits over."""
    bits, names = 0, list[str]()
    for field in [*fields, None]:
        carrier = carrier_of(field.kind) if field and not field.bits and not field.when else None
        if field and carrier and carrier.narrow:
            bits += carrier.bits
            names.append(field.name)
            continue
        if bits % 8:
            yield Fault(
                f"{' and '.join(names)} take {bits} bits, which is no number of octets",
                allowed="neighbours of 8, 16, 24 … bits together",
                instead=f"one more field of {8 - bits % 8} bits behind {names[-1]}",
                where=names[-1],
            )
        bits, names = 0, []


def _undecided(fields: list[Field]) -> Iterator[Fault]:
    """Fields that depend on one which does not stand in front."""
    seen: list[str] = []
    for field in fields:
        deciders = [when.field or when.flags for when in field.whens]
        deciders += [field.bits.flags] if field.bits else []
        deciders += [field.kind.field] if isinstance(field.kind, ByValue) else []
        deciders += [field.kind.flags] if isinstance(field.kind, ByWidth) else []
        deciders += [field.excludes.field] if field.excludes else []
        for name in deciders:
            if name not in seen:
                allowed = f"fields in front of it: {', '.join(seen) or 'there are none'}"
                behind = any(other.name == name for other in fields) and name != field.name
                others = "one of these" if seen else "leave the mark out"
                instead = f"move {name} in front of {field.name}" if behind else others
                yield Fault(f"it depends on {name}", allowed=allowed, instead=instead, where=field.name)
            elif any(other.name == name and other.role in {Role.LENGTH, Role.CRC} for other in fields):
                finding = f"it depends on {name}, which follows from it"
                yield Fault(finding, allowed="a value or flags in front", instead="another field", where=field.name)
        yield from _inexact(field, fields)
        seen.append(field.name)


def _inexact(field: Field, fields: list[Field]) -> Iterator[Fault]:
    """Deciding values that are rounded on their way, so that the two ends may see different ones."""
    names = [when.field for when in field.whens] + ([field.kind.field] if isinstance(field.kind, ByValue) else [])
    for other in fields:
        rounded = isinstance(other.kind, Real | MedFloat) or (
            isinstance(other.kind, Number) and other.kind.base is not int
        )
        if other.name in names and rounded:
            finding = f"it depends on {other.name}, a number that is rounded"
            yield Fault(finding, allowed="ints, bools, enumerations, text", instead="an enumeration", where=field.name)


def _without_case(fields: list[Field]) -> Iterator[Fault]:
    """Values of the deciding field for which a ``Switch`` has no type, and types for values that it never has."""
    for field in fields:
        decider = next(
            (other for other in fields if isinstance(field.kind, ByValue) and other.name == field.kind.field), None
        )
        known = _values(decider.kind) if decider else None
        if known is None or not isinstance(field.kind, ByValue):
            continue
        cases = [wanted for wanted, _ in field.kind.cases]
        missing = [value for value in known if value not in cases]
        strange = [wanted for wanted in cases if wanted not in known]
        if missing or strange:
            finding = (
                f"there is no type for {missing[0]!r}" if missing else f"{field.kind.field} is never {strange[0]!r}"
            )
            allowed = f"one for each of {', '.join(map(repr, known))}"
            instead = f"{{…, {missing[0]!r}: …}}" if missing else f"leave {strange[0]!r} out"
            yield Fault(finding, allowed=allowed, instead=instead, where=field.name)


def _values(kind: Kind) -> list[Any] | None:
    """All the values of a kind that has few."""
    if isinstance(kind, Boolean):
        return [False, True]
    closed = isinstance(kind, Enumeration) and not issubclass(kind.type, OpenEnum | enum.Flag)
    return list(kind.type) if closed and isinstance(kind, Enumeration) else None


def _not_exclusive(fields: list[Field]) -> Iterator[Fault]:
    """Of two fields that exclude each other, each must be able to be away."""
    for field in fields:
        rival = next((other for other in fields if field.excludes and other.name == field.excludes.field), None)
        for part in (field, rival) if rival else ():
            if part.when is None:
                yield Fault(
                    f"{part.name} is always there, so that it excludes nothing",
                    allowed="two optional fields",
                    instead=f"When(bit=…) for {part.name}",
                    where=field.name,
                )
