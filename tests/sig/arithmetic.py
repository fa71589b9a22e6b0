"""What a raw value means, worked out from the marks of its type alone: the judge of generated decoders."""

from __future__ import annotations

import datetime as dt
import enum
import math
from fractions import Fraction
from functools import cache
from typing import Any

from gattschema.values import NRES, RESERVED, Kind, Unit
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer
from gattschema.values._scaled import Number

REFUSED = object()
"""No value has the octets."""
_SECONDS = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600, Unit.DAY: 86400}


def meaning(kind: Kind, raw: int) -> Any:
    """Give the value that octets mean, *raw* being the unsigned number that they are; or ``REFUSED``."""
    match kind:
        case Boolean():
            return {0: False, 1: True}.get(raw, REFUSED)
        case MedFloat():
            return _medfloat(raw, 8 * kind.width)
        case Integer():
            return _signed(kind, raw)
        case Enumeration():
            return _member(kind, _signed(kind.carrier, raw))
        case Number() if isinstance(kind.carrier, Integer):
            return _figure(kind, _signed(kind.carrier, raw))
    raise NotImplementedError(kind)


def _signed(kind: Integer, raw: int) -> Any:
    """Two's complement, of the bits that the number has in its octets; the others are zero."""
    if raw >> kind.bits:
        return REFUSED
    return raw - (1 << kind.bits) if kind.signed and raw >> (kind.bits - 1) else raw


def _member(kind: Enumeration, number: Any) -> Any:
    """A member, or the number that an open enumeration and flags keep."""
    if number is REFUSED:
        return REFUSED
    try:
        return kind.type(number)
    except ValueError:
        return REFUSED


def _figure(kind: Number, raw: Any) -> Any:
    if raw is REFUSED:
        return REFUSED
    if raw in _others(kind):
        return _others(kind)[raw]
    low, high = _bounds(kind)
    return _in_python(kind, raw) if low <= raw <= high else REFUSED


@cache
def _others(kind: Number) -> dict[int, Any]:
    """Raw values that are no number -> what they are."""
    unknown = {} if kind.unknown is None else {kind.unknown: None}
    return unknown | {member.value: member for member in kind.specials or ()}


@cache
def _bounds(kind: Number) -> tuple[float, float]:
    """The raw values between which represented values are within the range."""
    if kind.range is None:
        return -math.inf, math.inf
    ends = sorted(_exact(kind, end) / step(kind) for end in (kind.range.low, kind.range.high))
    return math.ceil(ends[0]), math.floor(ends[1])


@cache
def step(kind: Number) -> Fraction:
    """M · 10^d · 2^b, in the unit."""
    scale = kind.scale
    if scale is None:
        return Fraction(1)
    return scale.multiplier * Fraction(10) ** scale.decimal * Fraction(2) ** scale.binary


def _exact(kind: Number, bound: Any) -> Fraction:
    """A bound of the range, in the unit."""
    if isinstance(bound, dt.timedelta):
        return Fraction(bound // dt.timedelta(microseconds=1), 10**6 * _seconds(kind))
    if isinstance(bound, dt.date):
        return Fraction((bound - dt.date(1970, 1, 1)).days)
    return Fraction(repr(bound)) if isinstance(bound, float) else Fraction(bound)


def _seconds(kind: Number) -> int:
    return _SECONDS[kind.unit or Unit.SECOND]


def _in_python(kind: Number, raw: int) -> Any:
    if kind.base is dt.timedelta:
        microseconds = raw * step(kind) * _seconds(kind) * 10**6
        # A timedelta has whole microseconds; all steps of the SIG's times are.
        return dt.timedelta(microseconds=int(microseconds)) if microseconds.denominator == 1 else REFUSED
    if kind.base is dt.date:
        return _day(raw)
    if kind.base is int:
        return int(raw * step(kind))
    return raw * step(kind).numerator / step(kind).denominator


def _day(raw: int) -> Any:
    """The calendar ends with the year 9999."""
    try:
        return dt.date(1970, 1, 1) + dt.timedelta(days=raw)
    except OverflowError:
        return REFUSED


def _medfloat(raw: int, bits: int) -> float:
    """Mantissa · 10^exponent, both in two's complement; five mantissas without exponent are no numbers."""
    size = {16: 12, 32: 24}[bits]
    top = (1 << (size - 1)) - 1
    special = {top: math.nan, top + 1: NRES, top - 1: math.inf, top + 2: RESERVED, top + 3: -math.inf}
    if raw in special:
        return special[raw]
    mantissa, exponent = raw & ((1 << size) - 1), raw >> size
    mantissa -= (mantissa > top) << size
    exponent -= (exponent >> (bits - size - 1)) << (bits - size)
    exact = mantissa * Fraction(10) ** exponent
    return exact.numerator / exact.denominator


def raw_of(kind: Kind, value: Any) -> int:
    """Give the raw number, with its sign, that represents *value*: the way back."""
    match kind:
        case Number() if value is None:
            return int(kind.unknown or 0)
        case Number() if isinstance(value, enum.Enum):
            return int(value.value)
        case Number():
            return round(_exact(kind, value) / step(kind))
    return int(value)
