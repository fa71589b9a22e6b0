"""Hypothesis strategies, all derived from a :class:`Kind`: what a type can hold, and types made up on the spot."""

from __future__ import annotations

import enum
import os
from datetime import date, timedelta
from functools import reduce
from itertools import count
from operator import or_
from typing import Annotated, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from gattschema.values import (
    AnyUuid,
    BigEndian,
    Bits,
    Count,
    Crc,
    Crc16,
    DateTime,
    Excludes,
    Float32,
    Float64,
    Kind,
    Length,
    MedFloat16,
    MedFloat32,
    Octets,
    OpenEnum,
    Presence,
    Range,
    Scale,
    SInt8,
    SInt12,
    SInt16,
    SInt24,
    SInt32,
    SInt40,
    SInt48,
    SInt64,
    Switch,
    TimeExponential8,
    UInt1,
    UInt2,
    UInt4,
    UInt8,
    UInt12,
    UInt16,
    UInt24,
    UInt32,
    UInt40,
    UInt48,
    UInt64,
    Unit,
    Unknown,
    Utf8,
    Utf16,
    Uuid16,
    Uuid128,
    When,
    Widths,
    codec,
    derived,
    struct,
)
from gattschema.values._array import Array
from gattschema.values._choice import ByValue, ByWidth
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer, Real
from gattschema.values._record import Field, Record
from gattschema.values._scaled import Number
from gattschema.values._text import Opaque, Text, Uuid


class Colour(enum.IntEnum):
    """Members with gaps between them, up to the top of an octet."""

    RED = 0
    GREEN = 7
    BLUE = 255


class Alarm(enum.IntFlag, boundary=enum.STRICT):
    """Bits with gaps between them; the others are refused."""

    SMOKE = 1
    WATER = 4
    BATTERY = 128


class Wide(enum.IntEnum):
    """Members that need two octets."""

    NEAR = 1
    FAR = 0x1234


UNSIGNED = (UInt8, UInt16, UInt24, UInt32, UInt40, UInt48, UInt64)
SIGNED = (SInt8, SInt16, SInt24, SInt32, SInt40, SInt48, SInt64)
NUMBERS: tuple[Any, ...] = (*UNSIGNED, *SIGNED, Float32, Float64)
FIXED: tuple[Any, ...] = (
    *NUMBERS,
    *(Annotated[number, BigEndian()] for number in NUMBERS),
    bool,
    Colour,
    Alarm,
    Annotated[Wide, UInt16],
    Annotated[Wide, UInt24, BigEndian()],
    Annotated[bytes, Octets(1)],
    Annotated[bytes, Octets(6)],
)
TAILS: tuple[Any, ...] = (
    Annotated[str, Utf8(max=12)],
    Annotated[str, Utf8(min=3, max=20)],
    Annotated[bytes, Octets(max=9)],
    Annotated[bytes, Octets(min=2, max=5)],
)
SCALARS: tuple[Any, ...] = FIXED + TAILS

law = settings(deadline=None)
"""For laws of single values; a machine that pauses breaks none."""
law_of_types = settings(
    deadline=None,
    max_examples=int(os.environ.get("GATTSCHEMA_EXAMPLES", "40")),
    suppress_health_check=[HealthCheck.too_slow],
)
"""For laws of types made up on the spot, each of which is compiled."""

_serial = count(1)


def values_of(kind: Kind) -> st.SearchStrategy[Any]:  # noqa: PLR0911  (one per kind)
    """Every value that a type takes."""
    match kind:
        case Boolean():
            return st.booleans()
        case Enumeration() if issubclass(kind.type, enum.Flag):
            return st.sets(st.sampled_from(list(kind.type))).map(lambda bits: reduce(or_, bits, kind.type(0)))
        case Enumeration():
            return st.sampled_from(list(kind.type))
        case Integer():
            return st.integers(kind.low, kind.high)
        case Real():
            return st.floats(width=8 * kind.width)  # type: ignore[arg-type]  # 32 or 64
        case Text():
            return _texts(kind)
        case Opaque():
            return st.binary(min_size=kind.least, max_size=kind.most)
        case Record():
            return st.builds(kind.type, **{field.name: values_of(field.kind) for field in kind.fields})
    msg = f"no strategy for {kind!r}"
    raise NotImplementedError(msg)


def octets_of(kind: Kind) -> st.SearchStrategy[bytes]:
    """Octets of a length that the type takes; whether they mean something is open."""
    return st.binary(min_size=kind.least, max_size=kind.most)


def scalar_hints() -> st.SearchStrategy[Any]:
    """Types of single values."""
    return st.sampled_from(SCALARS)


def structs(depth: int = 2) -> st.SearchStrategy[type]:
    """``@struct`` classes of one to six fields, numbers in both byte orders, structs within structs, perhaps a tail."""
    fixed = st.sampled_from(FIXED)
    inner = fixed if depth == 0 else fixed | structs(depth - 1).filter(_is_fixed)
    last = st.sampled_from(TAILS) if depth == 0 else st.sampled_from(TAILS) | structs(depth - 1)
    return st.builds(_declare, st.lists(inner, min_size=1, max_size=5), st.none() | last, st.sampled_from(_ORDERS))


def _declare(inner: list[Any], last: Any, order: Any) -> type:
    hints = [*inner, *([] if last is None else [last])]
    annotations = {f"field_{number}": hint for number, hint in enumerate(hints)}
    plain = type(f"Made{next(_serial)}", (), {"__annotations__": annotations, "__module__": __name__})
    return struct(byteorder=order)(plain)


_ORDERS = ("little", "big")


def _is_fixed(cls: type) -> bool:
    kind = codec(cls).kind
    return kind.least == kind.most


@st.composite
def _texts(draw: st.DrawFn, kind: Text) -> str:
    """Text whose octets, not characters, keep within the bounds."""
    text = ""
    for character in draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=kind.most)):
        if len((text + character).encode()) <= kind.most:
            text += character
    return text + " " * (kind.least - len(text.encode()))


# --- structs with all that there is --------------------------------------------------------------------------------


class Mode(OpenEnum):
    """Numbers without a name are kept."""

    OFF = 0
    ON = 1
    AUTO = 2


class Level(enum.IntEnum):
    """Two bits, one number of which is refused."""

    LOW = 0
    MIDDLE = 1
    HIGH = 3


class Faults(enum.IntFlag):
    """Three bits; more are kept."""

    POWER = 1
    HEAT = 2
    SENSOR = 4


class Special(enum.Enum):
    """Raw values that are no number."""

    BELOW = 0xFFFD
    ABOVE = 0xFFFE


TENTHS = Annotated[float, SInt16, Scale(decimal=-1)]
PERCENT = Annotated[float | Special | None, UInt16, Scale(decimal=-2), Unit.PERCENTAGE, Range(0, 100), Unknown(0xFFFF)]
SPAN = Annotated[timedelta | None, UInt24, Scale(decimal=-1), Unit.SECOND, Unknown(0xFFFFFF)]
LETTERS = Annotated[str, Utf8(max=7, terminated=True)]
PLAIN: tuple[Any, ...] = (
    UInt8,
    UInt16,
    SInt24,
    Float32,
    bool,
    Colour,
    Mode,
    Annotated[Faults, UInt16],
    TENTHS,
    PERCENT,
    SPAN,
    Annotated[date, UInt24],
    MedFloat16,
    DateTime,
    TimeExponential8,
    Uuid16,
    Annotated[UInt32, BigEndian()],
    Annotated[str, Utf8(5)],
    Annotated[str, Utf16(6)],
    Annotated[bytes, Octets(2)],
    Annotated[tuple[TENTHS, ...], Count(2)],
    LETTERS,
)
"""Types whose end is known."""
OPTIONAL: tuple[Any, ...] = (UInt8, SInt16, UInt24, bool, Mode, TENTHS, MedFloat32, DateTime, Uuid128, LETTERS)
"""Types that are there or ``None``."""
GREEDY: tuple[Any, ...] = (
    Annotated[str, Utf8(max=8)],
    Annotated[str, Utf16(max=8)],
    Annotated[bytes, Octets(max=6)],
    Annotated[tuple[UInt16, ...], Count(max=4)],
    Annotated[tuple[PERCENT, ...], Count(min=1, max=3)],
    Annotated[tuple[LETTERS, ...], Count(max=3)],
    AnyUuid,
)
"""Types that take the rest."""
SHARING: tuple[tuple[Any, ...], ...] = (
    (UInt4, UInt4),
    (UInt12, UInt4),
    (UInt12, SInt12),
    (UInt1, UInt1, UInt2, UInt4),
    (Annotated[Level, UInt2], Annotated[float, UInt4, Scale(decimal=-1)], UInt2),
    (UInt1, UInt12, UInt12, UInt12, UInt12, UInt4, UInt2, UInt1),
)
"""Neighbours that share octets."""
IN_BITS: tuple[tuple[Any, int], ...] = (
    (bool, 1),
    (int, 2),
    (int, 3),
    (int, 8),
    (Level, 2),
    (Mode, 2),
    (Mode, 8),
    (Faults, 3),
    (SInt8, 8),
    (Annotated[float, Scale(decimal=-1)], 5),
)
"""Types that live in flags, and how many bits they take."""


class Draft:
    """A struct's annotations and defaults while it is made up."""

    def __init__(self, draw: st.DrawFn, depth: int) -> None:
        self.draw = draw
        self.depth = depth
        self.hints: dict[str, Any] = {}
        self.defaults: dict[str, Any] = {}
        self.free: dict[str, list[int]] = {}
        self.deciders: list[tuple[str, tuple[Any, ...]]] = []

    def add(self, stem: str, hint: Any, *default: Any) -> str:
        """Add a field; give its name."""
        name = f"{stem}_{len(self.hints)}"
        self.hints[name] = hint
        if default:
            self.defaults[name] = default[0]
        return name

    def one_of(self, choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def bits(self, count: int) -> tuple[str, int] | None:
        """Take neighbouring bits of some flags that nobody has yet."""
        for flags, free in self.free.items():
            for first in free:
                wanted = range(first, first + count)
                if set(wanted) <= set(free):
                    self.free[flags] = [bit for bit in free if bit not in wanted]
                    return flags, first
        return None

    def flags(self) -> None:
        carrier, bits = self.one_of([(UInt8, 8), (UInt16, 16), (UInt24, 24), (UInt32, 32)])
        name = self.add("flags", Presence[carrier], derived())
        skipped = self.draw(st.integers(0, 3))
        self.free[name] = list(range(skipped, bits))

    def in_bits(self) -> None:
        hint, count = self.one_of(IN_BITS)
        place = self.bits(count)
        if place:
            flags, first = place
            name = self.add("bits", Annotated[hint, Bits(first, first + count - 1, flags=flags)])
            known = {bool: (True, False), Level: tuple(Level), Mode: (Mode.OFF, Mode.AUTO)}
            self.deciders += [(name, known[hint])] if hint in known else []

    def plain(self) -> None:
        hint = self.one_of(PLAIN)
        name = self.add("plain", hint)
        self.deciders += [(name, (Mode.OFF, Mode.AUTO))] if hint is Mode else []

    def sharing(self) -> None:
        for hint in self.one_of(SHARING):
            self.add("shared", hint)

    def nested(self) -> None:
        if self.depth:
            self.add("nested", self.draw(rich_structs(self.depth - 1, greedy=False)))

    def gated(self) -> None:
        """One to three fields that a bit lets in, or keeps away."""
        place = self.bits(1)
        if place:
            ways = self.one_of([(False,), (True,), (False, False), (False, True), (True, False, False)])
            for clear in ways:
                self.optional(When(bit=place[1], clear=clear, flags=place[0]))

    def optional(self, *whens: When) -> None:
        if self.draw(st.integers(0, 4)) == 0:
            hint: Any = tuple[UInt16, ...]
            for mark in (Count(2), *whens):
                hint = Annotated[hint, mark]
            self.add("array", hint, ())
            return
        hint = self.one_of(OPTIONAL) | None
        for when in whens:
            hint = Annotated[hint, when]
        self.add("optional", hint, None)

    def unmarked(self) -> None:
        """An optional field that takes the next free bit."""
        if len(self.free) == 1:
            (flags,) = self.free
            taken = {bit for hint in self.hints.values() for bit in _bits_taken(hint)}
            free = [bit for bit in range(max(self.free[flags], default=-1) + 1) if bit not in taken]
            if free and free[0] in self.free[flags]:
                self.free[flags].remove(free[0])
                self.add("optional", Annotated[self.one_of(OPTIONAL) | None, When(bit=free[0])], None)

    def two_bits(self) -> None:
        place = self.bits(2)
        if place:
            flags, first = place
            if self.draw(st.booleans()):
                self.optional(When(bit=first, flags=flags))
            self.optional(When(bits=(first, first + 1), flags=flags))

    def by_value(self) -> None:
        if self.deciders:
            name, known = self.one_of(self.deciders)
            ways = [{"equals": known[0]}, {"differs": known[1]}, {"among": known}]
            self.optional(When(field=name, **self.one_of(ways)))

    def by_both(self) -> None:
        place = self.bits(1) if self.deciders else None
        if place:
            name, known = self.one_of(self.deciders)
            self.optional(When(bit=place[1], flags=place[0]), When(field=name, equals=known[1]))

    def widths(self) -> None:
        place = self.bits(1)
        if place:
            widths = Widths(
                *self.one_of([(UInt8, UInt16), (UInt8, UInt24), (SInt8, SInt16)]), bit=place[1], flags=place[0]
            )
            hint = self.one_of([Annotated[int, widths], Annotated[float, widths, Scale(decimal=-1)]])
            gate = self.bits(1) if self.draw(st.booleans()) else None
            if gate:
                self.add("width", Annotated[hint | None, When(bit=gate[1], flags=gate[0])], None)
            else:
                self.add("width", hint)

    def switch(self) -> None:
        if self.deciders:
            name, known = self.one_of(self.deciders)
            mark = Switch(name, {value: self.one_of([UInt8, UInt16, TENTHS, MedFloat16]) for value in known})
            self.add("switch", Annotated[float, mark])

    def tail(self) -> None:
        """What takes the rest, gated or not, or two of which one is there."""
        hint, place = self.one_of(GREEDY), self.bits(1)
        if place is None or self.draw(st.booleans()):
            self.add("tail", hint)
            return
        first = self.add("tail", Annotated[hint | None, When(bit=place[1], flags=place[0])], None)
        other = self.bits(1)
        if other and self.draw(st.booleans()):
            second = Annotated[tuple[UInt16, ...], Count(max=3), When(bit=other[1], flags=other[0]), Excludes(first)]
            self.add("tail", second, ())

    def check(self) -> None:
        if not self.hints:  # the CRC of nothing is 0xFFFF
            self.plain()
        hint, default = self.one_of(
            [(Crc16, derived()), (Annotated[bool, Crc()], False), (Annotated[bool, Crc(otherwise=0xFFFF)], False)]
        )
        self.add("crc", hint, default)


def _bits_taken(hint: Any) -> list[int]:
    marks = getattr(hint, "__metadata__", ())
    spans = [mark.numbers for mark in marks if isinstance(mark, Bits)]
    spans += [mark.bits for mark in marks if isinstance(mark, When)]
    spans += [(mark.bit,) for mark in marks if isinstance(mark, Widths)]
    return [bit for span in spans for bit in span]


_MIDDLE = (
    "in_bits",
    "plain",
    "sharing",
    "nested",
    "gated",
    "unmarked",
    "two_bits",
    "by_value",
    "by_both",
    "widths",
    "switch",
)


@st.composite
def rich_structs(draw: st.DrawFn, depth: int = 1, *, greedy: bool = True) -> type:
    """``@struct`` classes with flags and what they decide, shared octets, alternatives, lengths and checks."""
    draft = Draft(draw, depth)
    opcode = draw(st.sampled_from([None, None, 0x2A]))
    sized = draw(st.integers(0, 3)) == 0
    for _ in range(draw(st.integers(0, 2))):
        draft.flags()
    if sized:
        draft.add("size", Length[draw(st.sampled_from([UInt16, UInt24]))], derived())
    for step in draw(st.lists(st.sampled_from(_MIDDLE), min_size=1, max_size=6)):
        getattr(draft, step)()
    if greedy or sized:
        getattr(draft, draw(st.sampled_from(["plain", "tail", "tail", "check", "by_value"])))()
    if not draft.hints:
        draft.plain()
    plain = type(f"Rich{next(_serial)}", (), {"__annotations__": draft.hints, "__module__": __name__, **draft.defaults})
    sharing = any(name.startswith("shared") for name in draft.hints)  # there is one order of bits only
    return struct(byteorder="little" if sharing else draw(st.sampled_from(_ORDERS)), opcode=opcode)(plain)


def spellings(kind: Kind) -> bool:  # noqa: PLR0911  (one per kind)
    """Whether octets may mean a value that is written otherwise.

    A medfloat with another exponent, a NaN with other bits, a UUID in full, a number wider than need be, a bit for an
    array that is empty, one of two bits that only together mean something.
    """
    match kind:
        case MedFloat() | Real() | ByWidth():
            return True
        case Uuid():
            return kind.least != kind.most
        case Array():
            return spellings(kind.element)
        case Number():
            return spellings(kind.carrier)
        case ByValue():
            return any(map(spellings, kind.kinds))
        case Record():
            return any(map(_spells, kind.fields))
    return False


def _spells(field: Field) -> bool:
    many = field.when is not None and (field.absent is not None or len(field.when.bits) != 1 or bool(field.also))
    return many or spellings(field.kind)
