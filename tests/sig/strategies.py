"""Hypothesis strategies derived from kinds: the values that a type takes, and octets that may well mean one.

Values come from the kind tree, octets are put together field by field, so that flags, gates, lengths and checks fit
each other; what a random string of octets would hardly ever hit is hit by most of these.
"""

from __future__ import annotations

import contextlib
import enum
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache, reduce
from operator import or_
from typing import Any

import attrs
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from gattschema.values import NRES, REFUSALS, RESERVED, Kind, OpenEnum, PartialDateTime
from gattschema.values._array import Array
from gattschema.values._choice import ByValue, ByWidth, Check
from gattschema.values._marks import Role, When, crc16
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer, Real
from gattschema.values._record import Field, Record, carrier_of
from gattschema.values._scaled import Number
from gattschema.values._text import Opaque, Text, Uuid
from gattschema.values._times import Exponential, Moment
from gattschema.values._union import Union

THOROUGH = int(os.environ.get("GATTSCHEMA_EXAMPLES", "0"))
"""Examples of each law in a long run: ``GATTSCHEMA_EXAMPLES=5000 pytest tests/sig``."""


def law(examples: int) -> settings:
    """Give the settings of a law: *examples* of each type, or as many as a long run wants."""
    return settings(
        max_examples=THOROUGH or examples,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )


# --- values ------------------------------------------------------------------------------------------------------


@cache
def values_of(kind: Kind) -> st.SearchStrategy[Any]:
    """Every value that a type takes."""
    for type_, make in _VALUES.items():
        if isinstance(kind, type_):
            return make(kind)
    raise NotImplementedError(f"no strategy for {kind!r}")


def _numbers(kind: Number) -> st.SearchStrategy[Any]:
    if not isinstance(kind.carrier, Integer):
        return values_of(kind.carrier).filter(lambda value: kind.low <= value <= kind.high or kind.range is None)
    low, high = kind.raw_bounds
    if kind.base is date:
        high = min(high, (date.max - date(1970, 1, 1)).days)
    raws = st.integers(low, high) | st.sampled_from([low, high])
    figures = raws.filter(lambda raw: raw not in kind.reserved).map(kind.represented)
    return figures | st.sampled_from(list(kind.reserved.values())) if kind.reserved else figures


def _enumerations(kind: Enumeration) -> st.SearchStrategy[Any]:
    members = list(kind.type)
    if issubclass(kind.type, enum.Flag):
        return st.sets(st.sampled_from(members)).map(lambda bits: reduce(or_, bits, kind.type(0)))
    if issubclass(kind.type, OpenEnum):
        return st.sampled_from(members) | st.integers(kind.carrier.low, kind.carrier.high).map(kind.type)
    return st.sampled_from(members)


def _medfloats(kind: MedFloat) -> st.SearchStrategy[float]:
    """Numbers with as many digits as the mantissa holds, and the five that are none."""
    mantissa, exponent = kind.layout.top - 2, kind.layout.highest
    parts = st.tuples(st.integers(-mantissa, mantissa), st.integers(-exponent, exponent) | st.integers(-3, 3))
    return parts.map(lambda part: float(f"{part[0]}e{part[1]}")) | st.sampled_from(
        [0.0, math.nan, math.inf, -math.inf, NRES, RESERVED]
    )


def _texts(kind: Text) -> st.SearchStrategy[str]:
    """Text whose octets, not characters, keep within the bounds; a NUL would be taken for the end of some."""
    least, most = kind.room
    excluded = "" if kind.ending == "rest" else "\0"
    characters = st.characters(exclude_categories=["Cs"], exclude_characters=excluded)
    words = st.text(characters, max_size=min(most, 40)).map(lambda text: _shortened(text, kind.codec, most))
    filler = " " * least
    return words.map(lambda text: text if len(text.encode(kind.codec)) >= least else filler)


def _shortened(text: str, codec: str, most: int) -> str:
    while len(text.encode(codec)) > most:
        text = text[:-1]
    return text


def _moments(_: Moment) -> st.SearchStrategy[Any]:
    known = st.datetimes(datetime(1582, 1, 1)).map(lambda moment: moment.replace(microsecond=0))  # noqa: DTZ001
    partial = st.builds(
        PartialDateTime,
        year=st.none() | st.integers(1582, 9999),
        month=st.none() | st.integers(1, 12),
        day=st.none() | st.integers(1, 28),
        hours=st.integers(0, 23),
        minutes=st.integers(0, 59),
        seconds=st.integers(0, 59),
    )
    return known | partial.filter(lambda moment: None in (moment.year, moment.month, moment.day))


def _uuids(kind: Uuid) -> st.SearchStrategy[Any]:
    short = st.integers(0, 0xFFFF).map(lambda number: kind.unpack(number.to_bytes(2, "little")))
    return {(2, 2): short, (16, 16): st.uuids(), (2, 16): short | st.uuids()}[kind.least, kind.most]


def _arrays(kind: Array) -> st.SearchStrategy[tuple[Any, ...]]:
    few = min(kind.most_elements, max(kind.fewest, 6))
    return st.lists(values_of(kind.element), min_size=kind.fewest, max_size=few).map(tuple)


@st.composite
def _records(draw: st.DrawFn, kind: Record) -> Any:
    """A struct: first what lives in flags and what the flags let in, then the rest in order."""
    given = {field.name: draw(_of_field(kind, field)) for field in kind.fields if field.bits}
    words = {flags.name: _word(draw, kind, flags, given) for flags in kind.fields if flags.role is Role.FLAGS}
    for field in kind.fields:
        if field.is_value and not field.bits:
            given[field.name] = _part(draw, kind, field, words, given)
    return kind.type(**{kind.field(name).argument: value for name, value in given.items()})


def _word(draw: st.DrawFn, kind: Record, flags: Field, given: Mapping[str, Any]) -> int:
    """Flags: the bits that fields live in, and at random those that only tell what is there."""
    word = 0
    for field in kind.fields:
        if field.bits and field.bits.flags == flags.name:
            word |= int.from_bytes(field.kind.pack(given[field.name]), "little") << field.bits.first
    return reduce(or_, (draw(st.booleans()) << bit for bit in kind.derived_bits(flags.name)), word)


def _part(draw: st.DrawFn, kind: Record, field: Field, words: Mapping[str, int], given: Mapping[str, Any]) -> Any:
    if not is_there(field, words, given) or _is_excluded(kind, field, given):
        return field.absent
    strategy = _of_field(kind, field, given)
    return draw(strategy if field.absent in (None, attrs.NOTHING) else strategy.filter(bool))


def is_there(field: Field, words: Mapping[str, int], known: Mapping[str, Any]) -> bool:
    """Whether flags and the values in front let the field in."""
    return all(
        when.by_value(known.get(when.field)) if when.field else when.by_word(words.get(when.flags or "", 0))
        for when in field.whens
    )


def _is_excluded(kind: Record, field: Field, given: Mapping[str, Any]) -> bool:
    rival = field.excludes and kind.field(field.excludes.field)
    return bool(rival and rival.is_there(given[rival.name]))


def _of_field(kind: Record, field: Field, given: Mapping[str, Any] | None = None) -> st.SearchStrategy[Any]:
    """The values of a field; one that decides on others decides for each of them now and then."""
    if isinstance(field.kind, ByValue):
        return values_of(field.kind.case((given or {})[field.kind.field]) or field.kind.kinds[0])
    if any(isinstance(other.kind, ByValue) and other.kind.field == field.name for other in kind.fields):
        return st.sampled_from(list(_cases(kind, field.name)))
    deciding = [value for other in kind.fields for when in other.whens for value in _decided(when, field)]
    return st.one_of(values_of(field.kind), *map(st.just, deciding))


def _cases(kind: Record, name: str) -> Iterator[Any]:
    for other in kind.fields:
        if isinstance(other.kind, ByValue) and other.kind.field == name:
            yield from (wanted for wanted, _ in other.kind.cases)


def _decided(when: When, field: Field) -> Iterator[Any]:
    """The values of *field* that a condition asks for, as the decoder gives them."""
    for value in (when.equals, *when.among) if when.field == field.name else ():
        with contextlib.suppress(*REFUSALS):
            yield field.kind.unpack(field.kind.pack(value))


_VALUES: dict[type[Kind], Callable[[Any], st.SearchStrategy[Any]]] = {
    Boolean: lambda _: st.booleans(),
    Integer: lambda kind: st.integers(kind.low, kind.high),
    Real: lambda kind: st.floats(width=8 * kind.width),
    MedFloat: _medfloats,
    Number: _numbers,
    Enumeration: _enumerations,
    Text: _texts,
    Opaque: lambda kind: st.binary(min_size=kind.least, max_size=min(kind.most, kind.least + 24)),
    Uuid: _uuids,
    Moment: _moments,
    Exponential: lambda kind: st.integers(0, 255).map(lambda raw: kind.unpack(bytes([raw]))),
    Array: _arrays,
    ByWidth: lambda kind: values_of(kind.narrow) | values_of(kind.wide),
    ByValue: lambda kind: st.one_of(*map(values_of, kind.kinds)),
    Check: lambda _: st.booleans(),
    Record: _records,
    Union: lambda kind: st.one_of(*map(values_of, kind.members)),
}


# --- octets ------------------------------------------------------------------------------------------------------


@cache
def octets_of(kind: Kind) -> st.SearchStrategy[bytes]:
    """Octets that are laid out as the type's are; whether they mean something is open."""
    for type_, make in _OCTETS.items():
        if isinstance(kind, type_):
            return make(kind)
    good = values_of(kind).map(kind.pack)
    return good | st.binary(min_size=kind.least, max_size=min(kind.most, kind.least + 24))


def _array_octets(kind: Array) -> st.SearchStrategy[bytes]:
    few = min(kind.most_elements, max(kind.fewest, 6))
    return st.lists(octets_of(kind.element), min_size=kind.fewest, max_size=few).map(b"".join)


@attrs.define
class _Draft:
    """A struct's octets while they are put together."""

    octets: bytes
    words: dict[str, int] = attrs.field(factory=dict[str, int])
    known: dict[str, Any] = attrs.field(factory=dict[str, Any])
    length_at: tuple[int, int] | None = None

    def add(self, field: Field, kind: Kind, octets: bytes) -> None:
        """Append the octets of a field and remember what they mean, if they mean something."""
        self.octets += octets
        if field.role is Role.FLAGS:
            self.words[field.name] = int.from_bytes(octets, "little")
        elif _decodes(kind, octets):
            self.known[field.name] = kind.unpack(octets)

    def add_group(self, fields: Sequence[Field], octets: bytes) -> None:
        """Append octets that several fields share, the first in the least significant bits."""
        self.octets += octets
        number = int.from_bytes(octets, "little")
        for field in fields:
            bits = narrow_bits(field.kind)
            part = (number & ((1 << bits) - 1)).to_bytes(field.kind.most, "little")
            number >>= bits
            if _decodes(field.kind, part):
                self.known[field.name] = field.kind.unpack(part)


def narrow_bits(kind: Kind) -> int:
    """Bits of a number that shares its octets with its neighbours; 0 of one that does not."""
    carrier = carrier_of(kind)
    return carrier.narrow if carrier else 0


@st.composite
def _record_octets(draw: st.DrawFn, kind: Record) -> bytes:
    draft, sharing = _Draft(kind.opcode), list[Field]()
    for field in kind.octet_fields:
        if narrow_bits(field.kind):
            sharing.append(field)
            octets, rest = divmod(sum(narrow_bits(each.kind) for each in sharing), 8)
            if not rest:
                draft.add_group(sharing, draw(st.binary(min_size=octets, max_size=octets)))
                sharing = []
            continue
        if field.role is Role.LENGTH:
            draft.length_at = len(draft.octets), field.kind.least
        if field.role is Role.CRC or isinstance(field.kind, Check):
            continue
        if is_there(field, draft.words, draft.known):
            chosen = _chosen(field.kind, draft)
            draft.add(field, chosen, draw(octets_of(chosen)))
        _know_bits(kind, field, draft)
    return _finished(draw, kind, draft)


def _chosen(kind: Kind, draft: _Draft) -> Kind:
    """The layout that the octets so far ask for."""
    if isinstance(kind, ByWidth):
        return kind.wide if draft.words.get(kind.flags, 0) >> kind.bit & 1 else kind.narrow
    if isinstance(kind, ByValue):
        return kind.case(draft.known.get(kind.field)) or kind.kinds[0]
    return kind


def _know_bits(kind: Record, flags: Field, draft: _Draft) -> None:
    """Decode what lives in the flags just drawn."""
    for field in kind.fields if flags.name in draft.words else ():
        if field.bits and field.bits.flags == flags.name:
            raw = draft.words[flags.name] >> field.bits.first & ((1 << field.bits.count) - 1)
            octets = raw.to_bytes(field.kind.most, "little")
            if _decodes(field.kind, octets):
                draft.known[field.name] = field.kind.unpack(octets)


def _finished(draw: st.DrawFn, kind: Record, draft: _Draft) -> bytes:
    """Fill in the length, which counts the check, and add the check, which covers the length."""
    check = next((field for field in kind.fields if field.role is Role.CRC or isinstance(field.kind, Check)), None)
    with_check = bool(check and (not isinstance(check.kind, Check) or draw(st.booleans())))
    if draft.length_at:
        at, width = draft.length_at
        size = len(draft.octets) + 2 * with_check
        draft.octets = draft.octets[:at] + size.to_bytes(width, "little") + draft.octets[at + width :]
    if with_check:
        return draft.octets + crc16(draft.octets).to_bytes(2, "little")
    otherwise = check.kind.otherwise if check and isinstance(check.kind, Check) else None
    return draft.octets + (b"" if otherwise is None else otherwise.to_bytes(2, "little"))


def _decodes(kind: Kind, octets: bytes) -> bool:
    try:
        kind.unpack(octets)
    except Exception:  # noqa: BLE001  (here it only matters that it fails)
        return False
    return True


_OCTETS: dict[type[Kind], Callable[[Any], st.SearchStrategy[bytes]]] = {
    Array: _array_octets,
    Record: _record_octets,
    Union: lambda kind: st.one_of(*map(octets_of, kind.members)),
    Integer: lambda kind: st.binary(min_size=kind.width, max_size=kind.width),
    MedFloat: lambda kind: st.binary(min_size=kind.width, max_size=kind.width),
    Opaque: lambda kind: st.binary(min_size=kind.least, max_size=min(kind.most, kind.least + 24)),
}


# --- comparing ---------------------------------------------------------------------------------------------------


_PLAIN = {int, float, str, bytes}


def same(found: Any, wanted: Any) -> bool:
    """Equal and of one type; a NaN of a kind is like itself."""
    if type(wanted) in _PLAIN and type(found) is type(wanted) and found == wanted:
        return True
    if isinstance(wanted, float) and math.isnan(wanted):
        return isinstance(found, float) and math.isnan(found) and repr(found) == repr(wanted)
    if isinstance(wanted, tuple):
        return isinstance(found, tuple) and len(found) == len(wanted) and all(map(same, found, wanted))
    if attrs.has(type(wanted)):
        return type(found) is type(wanted) and all(
            same(getattr(found, field.name), getattr(wanted, field.name)) for field in attrs.fields(type(wanted))
        )
    return bool(found == wanted) and type(found) is type(wanted)
