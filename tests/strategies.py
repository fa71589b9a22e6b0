"""Hypothesis strategies, all derived from a :class:`Kind`: what a type can hold, and types made up on the spot."""

from __future__ import annotations

import enum
from functools import reduce
from itertools import count
from operator import or_
from typing import Annotated, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from gattschema.values import (
    BigEndian,
    Float32,
    Float64,
    Kind,
    Octets,
    SInt8,
    SInt16,
    SInt24,
    SInt32,
    SInt40,
    SInt48,
    SInt64,
    UInt8,
    UInt16,
    UInt24,
    UInt32,
    UInt40,
    UInt48,
    UInt64,
    Utf8,
    codec,
    struct,
)
from gattschema.values._numbers import Boolean, Enumeration, Integer, Real
from gattschema.values._record import Record
from gattschema.values._text import Opaque, Text


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
law_of_types = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
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
