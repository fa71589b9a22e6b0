"""Structs: fields, what decides whether each is there, and the slow, talkative way through their octets.

The fast way is generated (see ``_writer``); this one walks the fields one by one, to say where something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, cast

import attrs
from typing_extensions import override

from gattschema.values._choice import ByValue, ByWidth, Check
from gattschema.values._errors import DecodeError, EncodeError, LengthError
from gattschema.values._kinds import REFUSALS, Kind, Leaf, Wire
from gattschema.values._marks import Bits, Excludes, Role, When, crc16
from gattschema.values._numbers import Boolean, Enumeration, Integer
from gattschema.values._scalar import functions
from gattschema.values._scaled import Number

Words: TypeAlias = Mapping[str, int]
"""The flags fields of one value: name -> number."""


@attrs.frozen
class Field:
    """One field of a struct."""

    name: str
    kind: Kind
    argument: str = ""
    """Its name in the constructor, which attrs gives no leading underscores; empty if it is derived."""
    role: Role = Role.VALUE
    bits: Bits | None = None
    """Where in the flags it lives; it then has no octets of its own."""
    when: When | None = None
    also: tuple[When, ...] = ()
    """Other fields' values that must agree."""
    absent: Any = attrs.field(factory=lambda: attrs.NOTHING)
    """What it is when it is not there: ``None``, or an empty tuple, text or bytes."""
    excludes: Excludes | None = None
    reserved: str = ""
    """Of flags: the hidden attribute that keeps the bits that nothing is known of."""

    @property
    def whens(self) -> tuple[When, ...]:
        """All that must hold for it to be there."""
        return (self.when, *self.also) if self.when else ()

    @property
    def is_unplaced(self) -> bool:
        """Whether it is optional without anything that tells when it is there."""
        return self.absent is None and self.when is None

    @property
    def is_value(self) -> bool:
        """Whether the constructor takes it."""
        return self.role is Role.VALUE or isinstance(self.kind, Check)

    def is_there(self, value: Any) -> bool:
        """Whether *value* takes octets."""
        if self.absent is attrs.NOTHING:
            return True
        return value is not None if self.absent is None else bool(value)

    @property
    def stand_in(self) -> Kind:
        """The kind that takes its values: those of a check are true and false."""
        return Boolean() if isinstance(self.kind, Check) else self.kind

    @property
    def note(self) -> str:
        """When it is there or where it lives, for people."""
        if self.bits:
            span = f"bit {self.bits.first}" if self.bits.count == 1 else f"bits {self.bits.first} … {self.bits.last}"
            return f"{span} of {self.bits.flags}"
        return " and ".join(map(str, self.whens))


def carrier_of(kind: Kind) -> Integer | None:
    """The integer that carries the kind, if one does."""
    if isinstance(kind, Integer):
        return kind
    carrier = kind.carrier if isinstance(kind, Enumeration | Number) else None
    return carrier if isinstance(carrier, Integer) else None


def carrier_in(kind: Kind) -> Integer:
    """The integer that carries the kind, which one does."""
    return cast("Integer", carrier_of(kind))


def wire_in(kind: Kind) -> Wire:
    """The wire of a kind that has one."""
    return cast("Wire", kind.wire())


def raw_of(kind: Kind, value: Any) -> int:
    """The number that stands for *value* in the bits of a carrier."""
    return int.from_bytes(kind.pack(value), "little")


@attrs.frozen
class Record(Kind):
    """The fields of a ``@struct`` class, one behind the other."""

    type: type
    fields: tuple[Field, ...]
    opcode: bytes = b""
    """The octets that it begins with."""
    pack: Callable[[Any], bytes] = attrs.field(eq=False, repr=False, kw_only=True)  # type: ignore[assignment]
    unpack: Callable[[bytes], Any] = attrs.field(eq=False, repr=False, kw_only=True)  # type: ignore[assignment]
    take: Callable[[bytes, int], tuple[Any, int]] = attrs.field(eq=False, repr=False, kw_only=True)  # type: ignore[assignment]
    make: Callable[..., Any] | None = attrs.field(default=None, eq=False, repr=False, kw_only=True)
    """The quick constructor, which takes all attributes in their order, if the class allows it."""

    # --- size ---

    @property
    @override
    def least(self) -> int:
        return self._extent(least=True)

    @property
    @override
    def most(self) -> int:
        return self._extent(least=False)

    def _extent(self, *, least: bool) -> int:
        """Sum up what is always there and, of each thing that decides, what it lets in at least or at most."""
        pick = min if least else max
        steady = sum(_bits(field, pick) for field in self.octet_fields if field.when is None)
        return len(self.opcode) + steady // 8 + sum(pick(ways) for ways in self._ways(pick).values())

    def _ways(self, pick: Callable[[int, int], int]) -> Mapping[Any, list[int]]:
        """For each thing that decides on optional fields: the octets that each of its ways lets in."""
        ways: dict[Any, list[int]] = {}
        for field in self.octet_fields:
            size, when = pick(field.kind.least, field.kind.most), field.when
            rival = self._rival(field)
            if when is None:
                continue
            if rival:
                ways.setdefault(rival, [0]).append(size)
            elif len(when.bits) == 1 and not field.also:
                ways.setdefault((when.flags, when.bits), [0, 0])[not when.clear] += size
            else:
                ways[field.name] = [0, size]
        return ways

    def _rival(self, field: Field) -> str:
        """The first of the fields of which only one is there, *field* among them."""
        if field.excludes:
            return field.excludes.field
        named = any(other.excludes and other.excludes.field == field.name for other in self.fields)
        return field.name if named else ""

    @property
    def octet_fields(self) -> Iterator[Field]:
        """The fields that have octets of their own, in order."""
        return (field for field in self.fields if field.bits is None)

    @property
    @override
    def greedy(self) -> bool:
        if any(field.role is Role.LENGTH for field in self.fields):
            return False
        return any(field.kind.greedy or isinstance(field.kind, Check) for field in self.octet_fields)

    @property
    def takes_any_opcode(self) -> bool:
        """Whether it is the struct for operations that nothing is known of."""
        return bool(getattr(self.type, "__gatt_any_opcode__", False))

    @property
    def is_bounded(self) -> bool:
        """Whether something follows from all the octets: their number or a check."""
        return any(field.role in {Role.LENGTH, Role.CRC} for field in self.fields)

    @property
    def is_fixed(self) -> bool:
        """Whether each field always stands at the same place, so that the struct around it can dissolve it."""
        return all(
            field.when is None
            and field.role in {Role.VALUE, Role.FLAGS}
            and (field.bits or field.kind.is_fixed if isinstance(field.kind, Record) else field.kind.wire())
            for field in self.fields
        )

    def field(self, name: str) -> Field:
        """Give the field of this name."""
        return next(field for field in self.fields if field.name == name)

    # --- flags ---

    def words(self, value: Any) -> dict[str, int]:
        """Give the flags that follow from *value*, by the names of their fields."""
        return {field.name: self._word(field, value) for field in self.fields if field.role is Role.FLAGS}

    def _word(self, flags: Field, value: Any) -> int:
        word: int = getattr(value, flags.reserved) & self.reserved_mask(flags) if flags.reserved else 0
        for field in self.fields:
            if field.bits and field.bits.flags == flags.name:
                word |= raw_of(field.kind, getattr(value, field.name)) << field.bits.first
            if isinstance(field.kind, ByWidth) and field.kind.flags == flags.name:
                word |= self._is_wide(field, value) << field.kind.bit
        for bit in self.derived_bits(flags.name):
            word |= self._is_set(flags.name, bit, value) << bit
        return word

    def _is_wide(self, field: Field, value: Any) -> bool:
        part, narrow = getattr(value, field.name), cast("Any", field.kind).narrow
        return field.is_there(part) and not narrow.low <= part <= narrow.high

    def derived_bits(self, flags: str) -> list[int]:
        """The bits of *flags* that only tell what is there."""
        named = {bit for field in self.fields if field.bits and field.bits.flags == flags for bit in field.bits.numbers}
        gates = {bit for field in self.gated(flags) if field.when for bit in field.when.bits}
        return sorted(gates - named)

    def reserved_mask(self, flags: Field) -> int:
        """The bits of *flags* that no field lives in and that tell of none."""
        known = set(self.derived_bits(flags.name))
        for field in self.fields:
            if field.bits and field.bits.flags == flags.name:
                known |= set(field.bits.numbers)
            if isinstance(field.kind, ByWidth) and field.kind.flags == flags.name:
                known.add(field.kind.bit)
        return sum(1 << bit for bit in range(carrier_in(flags.kind).bits) if bit not in known)

    def gated(self, flags: str) -> list[Field]:
        """The fields whose presence the flags tell."""
        return [field for field in self.fields if field.when and field.when.bits and field.when.flags == flags]

    def deciders(self, flags: str, bit: int) -> tuple[list[Field], list[Field]]:
        """The fields that set a derived bit by being there, and those that leave it clear by being there."""
        decided = [field for field in self.gated(flags) if field.when and bit in field.when.bits]
        alone = [field for field in decided if field.when and len(field.when.bits) == 1] or decided
        setting = [field for field in alone if field.when and not field.when.clear]
        return setting, [field for field in alone if field.when and field.when.clear]

    def _is_set(self, flags: str, bit: int, value: Any) -> bool:
        setting, clearing = self.deciders(flags, bit)
        if setting:
            return any(field.is_there(getattr(value, field.name)) for field in setting)
        return not any(field.is_there(getattr(value, field.name)) for field in clearing)

    # --- for people ---

    @property
    @override
    def label(self) -> str:
        return self.type.__name__

    @property
    @override
    def allowed(self) -> str:
        return f"a {self.type.__name__}"

    @property
    @override
    def expected(self) -> str:
        return self.allowed

    @property
    @override
    def example(self) -> Any:
        """The defaults, but for those that leave nothing to see, and examples of the rest."""
        defaults = {field.name: field.default for field in attrs.fields(self.type)}
        values: dict[str, Any] = {}
        for field in self.fields:
            if field.is_value:
                values[field.name] = self._example_of(field, defaults[field.name], values)
        return self.type(**{field.argument: values[field.name] for field in self.fields if field.is_value})

    def _example_of(self, field: Field, default: Any, values: Mapping[str, Any]) -> Any:
        wanted = self._is_decided(field, values)
        if wanted is False:
            return field.absent
        kind = field.kind
        if isinstance(kind, ByValue):
            kind = kind.case(values[kind.field]) or kind
        if wanted or default is attrs.NOTHING or _shows_nothing(field, default):
            return kind.example
        return default.factory() if is_factory(default) else default

    def _is_decided(self, field: Field, values: Mapping[str, Any]) -> bool | None:
        """Whether the values so far say that the field is there; ``None`` if the field itself decides."""
        answers = [self._answer(field, when, values) for when in field.whens]
        return False if False in answers else True if True in answers else None

    def _answer(self, field: Field, when: When, values: Mapping[str, Any]) -> bool | None:
        if when.field:
            return when.by_value(values[when.field])
        derived = self.derived_bits(when.flags or "")
        named = [bit for bit in when.bits if bit not in derived]
        if named:
            word = sum(
                raw_of(other.kind, values[other.name]) << other.bits.first
                for other in self.fields
                if other.bits and other.bits.flags == when.flags and other.name in values
            )
            return all(bool(word >> bit & 1) is not when.clear for bit in named)
        setting, clearing = self.deciders(when.flags or "", when.bits[0])
        return field in clearing if setting and clearing else None

    @override
    def leaves(self, path: str = "", offset: int | None = 0, note: str = "") -> Iterator[Leaf]:
        start = offset
        if self.opcode:
            offset = None if offset is None else offset + len(self.opcode)
        shared = 0
        for field in self.fields:
            name = f"{path}.{field.name}" if path else field.name
            remark = ", ".join(part for part in (note, field.note) if part)
            bits = _bits(field) if field.bits is None else 0
            if field.bits:
                yield Leaf(name, self._flags_offset(field.bits, start), field.kind, remark)
            elif shared or bits % 8:
                place = f"bits {shared} … {shared + bits - 1}" if bits > 1 else f"bit {shared}"
                yield Leaf(name, offset, field.kind, ", ".join(part for part in (note, place) if part))
                shared += bits
                if shared % 8 == 0:
                    offset, shared = None if offset is None else offset + shared // 8, 0
            else:
                yield from field.kind.leaves(name, offset, remark)
                steady = field.when is None and field.kind.least == field.kind.most
                offset = offset + field.kind.most if steady and offset is not None else None

    def _flags_offset(self, bits: Bits, start: int | None) -> int | None:
        """Where the flags stand that these bits belong to, if that is known."""
        for field in self.octet_fields:
            if field.name == bits.flags or start is None:
                return start
            steady = field.when is None and field.kind.least == field.kind.most
            start = start + _bits(field) // 8 if steady else None
        return None

    # --- octets ---

    @override
    def wire(self) -> Wire | None:
        return None

    # --- what is wrong with a value ---

    @override
    def refuse_value(self, value: Any, path: str) -> EncodeError:
        if not isinstance(value, self.type):
            return super().refuse_value(value, path)
        for field in self.fields:
            error = self._refuse_part(field, value, path)
            if error:
                return error
        return self._refuse_presence(value, path) or self._refuse_length(value, path)

    def _refuse_part(self, field: Field, value: Any, path: str) -> EncodeError | None:
        if not field.is_value:
            return self._refuse_reserved(field, value, path) if field.reserved else None
        part = getattr(value, field.name)
        if not field.is_there(part):
            return None
        kind: Kind | None = field.stand_in
        if isinstance(kind, ByValue):
            kind = kind.case(getattr(value, kind.field))
        if kind is None:
            choice = cast("ByValue", field.kind)
            return EncodeError(f"{path}.{field.name}", choice.missing(getattr(value, choice.field)), part)
        try:
            kind.pack(part)
        except REFUSALS:
            return kind.refuse_value(part, f"{path}.{field.name}")
        return None

    def _refuse_length(self, value: Any, path: str) -> EncodeError:
        """Nothing else is wrong, so there are more octets than the length can tell, if there is one."""
        for field in self.fields:
            if field.role is Role.LENGTH:
                return EncodeError(f"{path}.{field.name}", f"{field.kind.allowed} octets in all", value)
        return super().refuse_value(value, path)

    @staticmethod
    def _refuse_reserved(field: Field, value: Any, path: str) -> EncodeError | None:
        part = getattr(value, field.reserved)
        return None if hasattr(part, "__index__") else field.kind.refuse_value(part, f"{path}.{field.reserved}")

    def _refuse_presence(self, value: Any, path: str) -> EncodeError | None:
        words = self.words(value)
        for field in self.fields:
            part = getattr(value, field.name) if field.when else None
            rival = field.excludes
            if rival and field.is_there(part) and self.field(rival.field).is_there(getattr(value, rival.field)):
                return EncodeError(f"{path}.{field.name}", f"nothing, since {rival.field} is given", part)
            wanted = self.is_wanted(field, words, value.__getattribute__)
            if field.when and wanted != field.is_there(part) and not (wanted and _is_taken(field, part)):
                expected = field.kind.expected if wanted else f"{field.absent!r}"
                return EncodeError(f"{path}.{field.name}", f"{expected}{self._why(field, value)}", part)
        return None

    def _why(self, field: Field, value: Any) -> str:
        """Which other field makes this one necessary or impossible."""
        when = field.whens[0]
        if when.field:
            return f", since {when.field} is {getattr(value, when.field)!r}"
        if field.also:
            return f", since it is there {field.note}"
        companions = [
            other.name
            for other in self.gated(when.flags or "")
            if other is not field and other.when and set(other.when.bits) & set(when.bits)
        ]
        if not companions:
            return f", since it is there {when}"
        joint = "instead of" if any(self.field(name).when != when for name in companions) else "together with"
        return f", {joint} {', '.join(companions)}"

    def is_wanted(self, field: Field, words: Words, value_of: Callable[[str], Any]) -> bool:
        """Whether flags and values say that the field is there."""
        return all(
            when.by_value(value_of(when.field)) if when.field else when.by_word(words[when.flags or ""])
            for when in field.whens
        )

    # --- what is wrong with octets ---

    @override
    def refuse_octets(self, octets: bytes, path: str) -> DecodeError:
        conditional = any(field.when for field in self.fields)
        error = _Walk(self, octets, path).error()
        if conditional or self.least <= len(octets) <= self.most:
            return error
        return LengthError(path, f"{self.octets} ({self.label})", octets)


@attrs.define
class _Walk:
    """The slow way through the octets of one record, field by field, to where they are wrong."""

    record: Record
    octets: bytes
    path: str
    at: int = 0
    shared: int = 0
    """Bits that neighbours have used of the octet that they share."""
    known: dict[str, Any] = attrs.field(factory=dict[str, Any])
    words: dict[str, int] = attrs.field(factory=dict[str, int])

    def error(self) -> DecodeError:
        """Give what is wrong, wherever it is."""
        whole, opcode = self.octets, self.record.opcode
        self.at = len(opcode)
        if whole[: self.at] != opcode:
            return DecodeError(self.path, f"{opcode.hex()} (the opcode of {self.record.label})", whole[: self.at])
        try:
            for field in self.record.fields:
                self.known[field.name] = self._part(field, f"{self.path}.{field.name}")
        except DecodeError as error:
            return error
        if self.at == len(self.octets) == len(whole):
            return DecodeError(self.path, self.record.expected, whole)
        there = [field.name for field in self.record.octet_fields if self.known[field.name] is not field.absent]
        last = there[-1] if there else "the opcode"
        return LengthError(self.path, f"nothing behind {last}, which ends after {self.at} octets", whole[self.at :])

    def _part(self, field: Field, path: str) -> Any:
        """Decode one field, wherever it lives."""
        if field.bits:
            raw = self.words[field.bits.flags or ""] >> field.bits.first & ((1 << field.bits.count) - 1)
            return self._try(field.kind, _in_octets(field.kind, raw), path)
        if self.shared or _bits(field) % 8:
            return self._shared_part(field.kind, _bits(field), path)
        if not self.record.is_wanted(field, self.words, self.known.get):
            return field.absent
        value = self._there(field, path)
        if field.role is Role.FLAGS:
            self.words[field.name] = value
        if field.role is Role.LENGTH:
            self._cut(value, path)
        return value

    def _shared_part(self, kind: Kind, bits: int, path: str) -> Any:
        if self.at + (self.shared + bits + 7) // 8 > len(self.octets):
            raise LengthError(path, f"{bits} bits ({kind.label})", self.octets[self.at :])
        raw = int.from_bytes(self.octets[self.at :], "little") >> self.shared & ((1 << bits) - 1)
        self.shared += bits
        if self.shared % 8 == 0:
            self.at, self.shared = self.at + self.shared // 8, 0
        return self._try(kind, _in_octets(kind, raw), path)

    def _cut(self, size: int, path: str) -> None:
        if size > len(self.octets):
            raise LengthError(path, f"{size} octets in all", self.octets)
        self.octets = self.octets[:size]

    def _there(self, field: Field, path: str) -> Any:
        """Decode a field that has octets of its own."""
        rival = field.excludes
        if rival and self.record.field(rival.field).is_there(self.known[rival.field]):
            raise DecodeError(path, f"nothing, since {rival.field} is there", self.octets[self.at :])
        kind = self._kind_of(field, path)
        if field.role is Role.CRC:
            return self._crc(kind, path)
        fixed, rest = kind.least == kind.most, self.octets[self.at :]
        if fixed and len(rest) < kind.least:
            raise LengthError(path, f"{kind.octets} ({kind.label})", rest)
        try:
            value, self.at = kind.take(self.octets, self.at)
        except REFUSALS:
            raise kind.refuse_octets(rest[: kind.most] if fixed else rest, path) from None
        return value

    def _kind_of(self, field: Field, path: str) -> Kind:
        kind = field.kind
        if isinstance(kind, ByWidth):
            return kind.wide if self.words[kind.flags] >> kind.bit & 1 else kind.narrow
        if isinstance(kind, ByValue):
            chosen = kind.case(self.known[kind.field])
            if chosen is None:
                raise DecodeError(path, kind.missing(self.known[kind.field]), self.octets[self.at :])
            return chosen
        return kind

    def _crc(self, kind: Kind, path: str) -> bool:
        found, wanted = self.octets[self.at : self.at + 2], crc16(self.octets[: self.at]).to_bytes(2, "little")
        otherwise = kind.otherwise if isinstance(kind, Check) else None
        absent = b"" if otherwise is None else otherwise.to_bytes(2, "little")
        optional = isinstance(kind, Check) and found == absent
        if not optional and found != wanted:
            raise DecodeError(path, f"{wanted.hex()}, the CRC of the octets in front", found)
        self.at += len(found)
        return not optional

    @staticmethod
    def _try(kind: Kind, octets: bytes, path: str) -> Any:
        try:
            return kind.unpack(octets)
        except REFUSALS:
            raise kind.refuse_octets(octets, path) from None


def _bits(field: Field, pick: Callable[[int, int], int] = max) -> int:
    """Bits that the field takes; neighbours of fewer than eight share octets."""
    carrier = carrier_of(field.kind)
    if carrier and carrier.narrow and field.when is None:
        return carrier.bits
    return 8 * pick(field.kind.least, field.kind.most)


def _is_taken(field: Field, part: Any) -> bool:
    """Whether an array, a text or bytes may be there and empty."""
    try:
        functions(field.kind)[0](part)
    except REFUSALS:
        return False
    return field.absent is not None


def _in_octets(kind: Kind, raw: int) -> bytes:
    carrier = carrier_of(kind)
    return raw.to_bytes(kind.most, carrier.order if carrier else "little")


def _shows_nothing(field: Field, default: Any) -> bool:
    """Whether the default takes no octets."""
    if field.when is not None or is_factory(default) or isinstance(field.kind, Check):
        return False
    return field.bits is None and field.kind.least == 0 and not functions(field.kind)[0](default)


def is_factory(default: Any) -> bool:
    """Whether attrs makes the default anew for each instance (``attrs.Factory`` is a function to type checkers)."""
    return hasattr(default, "factory") and hasattr(default, "takes_self")
