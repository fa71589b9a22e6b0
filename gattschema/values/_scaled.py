"""Represented values: raw · M · 10^d · 2^b, with a unit, a range and raw values that mean something else.

The arithmetic is that of exact fractions, done in integers and one division: a raw value decodes to the float nearest
to what it represents, and encodes back to itself (GATT Specification Supplement, 2.3; up to 48 bits, which is what a
float tells apart).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import enum
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias, cast

import attrs
from typing_extensions import override

from gattschema.values._errors import EncodeError, Fault
from gattschema.values._kinds import REFUSALS, WIRE_NAMES, Wire, refuse
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import CarriedKind, Integer, Real
from gattschema.values._scalar import compiled
from gattschema.values._units import Unit
from gattschema.values._written import as_written

Figure: TypeAlias = int | float | dt.date | dt.timedelta
"""What a number can represent."""


_EXTREME = 128
"""The largest exponent of a scale: all that it makes of 48 bits is a float."""


@attrs.frozen(kw_only=True)
class Scale:
    """``Annotated[float, SInt16, Scale(decimal=-2)]``: the value is raw · *multiplier* · 10^*decimal* · 2^*binary*.

    >>> Scale(multiplier=5, decimal=-2)    # steps of 0.05
    >>> Scale(binary=-10)                  # steps of 1/1024

    Values between two steps are rounded to the nearer one.
    """

    multiplier: int = 1
    decimal: int = 0
    binary: int = 0

    @override
    def __repr__(self) -> str:
        return as_written(self)

    def __attrs_post_init__(self) -> None:
        for part, value in attrs.asdict(self).items():
            if not isinstance(value, int) or isinstance(value, bool) or (part == "multiplier" and value == 0):
                raise Fault(
                    f"{part}={value!r}",
                    allowed="whole numbers: the value is raw · multiplier · 10^decimal · 2^binary",
                    instead=_whole(value) if part == "multiplier" else "Scale(decimal=-2) for hundredths",
                )
        if max(abs(self.decimal), abs(self.binary), abs(self.multiplier).bit_length() * 2) > _EXTREME:
            raise Fault(
                "no number needs such a scale",
                allowed=f"decimal and binary -{_EXTREME} … {_EXTREME}, a multiplier of 64 bits",
                instead="Scale(decimal=-2)",
            )

    @property
    def factor(self) -> Fraction:
        """What a step of the raw value is worth."""
        return self.multiplier * Fraction(10) ** self.decimal * Fraction(2) ** self.binary


def _whole(multiplier: object) -> str:
    """The scale that somebody means who writes 0.05."""
    if not isinstance(multiplier, float) or not multiplier or not math.isfinite(multiplier):
        return "Scale()"
    exact, decimal = Fraction(repr(multiplier)), 0
    while exact.denominator != 1:
        exact, decimal = exact * 10, decimal - 1
    factor = f"multiplier={exact.numerator}, " if exact != 1 else ""
    return f"Scale({factor}decimal={decimal})"


@attrs.frozen
class Range:
    """``Range(-40, 85)``: the lowest and the highest value, both allowed, in represented values."""

    low: Figure
    high: Figure

    @override
    def __repr__(self) -> str:
        return as_written(self)

    def __attrs_post_init__(self) -> None:
        if not all(map(_is_finite, (self.low, self.high))):
            raise Fault(
                f"{self.low} … {self.high} has no end",
                allowed="finite bounds",
                instead="a bound for each end, or no Range(…)",
            )
        if not self.low <= self.high:  # type: ignore[operator]
            raise Fault(
                f"no value lies between {self.low} and {self.high}",
                allowed="the lower bound first",
                instead=f"Range({self.high}, {self.low})",
            )


def _is_finite(end: Figure) -> bool:
    return not isinstance(end, float) or math.isfinite(end)


@attrs.frozen
class Unknown:
    """``Unknown(0xFFFF)``: the raw value that means "not known", which Python says as ``None``."""

    raw: int


_EPOCH = dt.date(1970, 1, 1).toordinal()
_BOUNDS: Mapping[type, tuple[Figure, Figure]] = {
    dt.date: (dt.date.min, dt.date.max),
    dt.timedelta: (dt.timedelta.min, dt.timedelta.max),
}
"""What Python's own types reach."""
_SECONDS = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600, Unit.DAY: 86400}


def _day_of(value: dt.date) -> int:
    if value.__class__ is not dt.date:
        refuse(value)
    return value.toordinal() - _EPOCH


_DATE_NAMES = {"day_of": _day_of, "date_from": dt.date.fromordinal}
_DURATION_NAMES = {"seconds_of": dt.timedelta.total_seconds, "duration": dt.timedelta}


@attrs.frozen
class Number(CarriedKind):
    """A number with more to it than its octets: scale, unit, range, raw values that are no number.

    *base* is what Python calls it: ``int``, ``float``, ``timedelta`` or ``date``.
    """

    carrier: Integer | Real | MedFloat
    base: type
    scale: Scale | None = None
    unit: Unit | None = None
    range: Range | None = None
    unknown: int | None = None
    """The raw value that is ``None``."""
    specials: type[enum.Enum] | None = None
    """The enumeration whose members' values are raw values that are no number."""

    # --- bounds ---

    @property
    def integer(self) -> Integer:
        """The carrier, of a number that counts steps."""
        return cast("Integer", self.carrier)

    @property
    def step(self) -> Fraction:
        """What one more of the raw value adds: in the unit, in seconds for a duration, in days for a date."""
        factor = self.scale.factor if self.scale else Fraction(1)
        return factor * _SECONDS.get(self.unit or Unit.SECOND, 1) if self.base is dt.timedelta else factor

    @property
    def reserved(self) -> Mapping[int, Any]:
        """Raw values that are no number -> what they are."""
        unknown = {} if self.unknown is None else {self.unknown: None}
        return unknown | ({} if self.specials is None else {member.value: member for member in self.specials})

    @property
    def raw_bounds(self) -> tuple[int, int]:
        """The lowest and the highest raw value that is a number; those that are none are cut off at either end."""
        low, high = self.integer.low, self.integer.high
        if self.range:
            ends = sorted(in_raw(end, self.step) for end in (self.range.low, self.range.high))
            low, high = max(low, math.ceil(ends[0])), min(high, math.floor(ends[1]))
        for first, last in [_BOUNDS[self.base]] if self.base in _BOUNDS else []:
            ends = sorted(in_raw(end, self.step) for end in (first, last))
            low, high = max(low, math.ceil(ends[0])), min(high, math.floor(ends[1]))
        while low in self.reserved:
            low += 1
        while high in self.reserved:
            high -= 1
        return low, high

    @property
    def low(self) -> Any:
        """The lowest value."""
        return min(self._ends())

    @property
    def high(self) -> Any:
        """The highest value."""
        return max(self._ends())

    def _ends(self) -> tuple[Any, Any]:
        if isinstance(self.carrier, Integer):
            low, high = self.raw_bounds
            return self.represented(low), self.represented(high)
        return (self.range.low, self.range.high) if self.range else (-math.inf, math.inf)

    def represented(self, raw: int) -> Any:
        """Give the value of a raw number."""
        exact = raw * self.step
        if self.base is dt.date:
            return dt.date.fromordinal(int(exact) + _EPOCH)
        if self.base is dt.timedelta:
            return dt.timedelta(seconds=exact.numerator / exact.denominator)
        return int(exact) if self.base is int else exact.numerator / exact.denominator

    # --- for people ---

    @property
    @override
    def label(self) -> str:
        return self.carrier.label

    @property
    @override
    def allowed(self) -> str:
        return ", ".join([self.span, *self._others()])

    @property
    def span(self) -> str:
        """The numbers alone, without what else there may be: ``-40 … 85 °C``."""
        if not isinstance(self.carrier, Integer) and not self.range:
            return f"{self.carrier.allowed}{self._suffix()}"
        return f"{self._shown(self.low)} … {self._shown(self.high)}{self._suffix()}"

    def _others(self) -> list[str]:
        unknown = [] if self.unknown is None else ["None (not known)"]
        return [*unknown, *(str(member) for member in self.specials or ())]

    def _suffix(self) -> str:
        symbol = self.unit.symbol if self.unit and self.base in {int, float} else ""
        return f" {symbol}" if symbol else ""

    def _shown(self, value: Any) -> str:
        """No more digits than a step has, four at most behind the last one that counts."""
        if not isinstance(value, float) or not math.isfinite(value):
            return str(value)
        places = max(0, math.ceil(-math.log10(abs(self.step)))) if isinstance(self.carrier, Integer) else 6
        return f"{value:.{places}f}".rstrip("0").rstrip(".") if places else f"{value:.15g}"

    @property
    @override
    def expected(self) -> str:
        return self.allowed if self.scale else f"{self.allowed} ({self.label})"

    @override
    def refuse_value(self, value: Any, path: str) -> EncodeError:
        wanted = {int: "an int, ", float: "a float, ", dt.timedelta: "a timedelta, ", dt.date: "a date, "}
        method = {int: "__index__", float: "__float__"}.get(self.base, "-")
        fits = (isinstance(value, self.base) or hasattr(value, method)) and not isinstance(value, Decimal)
        return EncodeError(path, f"{'' if fits else wanted[self.base]}{self.expected}", value)

    @property
    @override
    def example(self) -> Any:
        if not isinstance(self.carrier, Integer):
            return max(self.low, min(self.high, self.carrier.example))
        low, high = self.raw_bounds
        raw = max(low, min(high, self.carrier.example))
        return self.represented(raw if raw not in self.reserved else low)

    # --- the octets ---

    @override
    def wire(self) -> Wire:
        if not isinstance(self.carrier, Integer):
            return self._real_wire()
        inner = self.carrier.wire()
        names = {**inner.names, **WIRE_NAMES, **self._base_names(), **self._special_names()}
        raw = self._to_raw()
        return attrs.evolve(
            inner,
            to_slots=tuple(slot.replace("{v}", raw) if n == 0 else slot for n, slot in enumerate(inner.to_slots)),
            from_slots=self._from_raw(inner.from_slots),
            names=names,
        )

    def _real_wire(self) -> Wire:
        """Only a range can be added to a number that is a float by itself."""
        inner = self.carrier.wire()
        if not self.range:
            return inner
        low, high = self._real_bounds(self.range)
        checked = f"({{v}} if {low!r} <= {{v}} <= {high!r} else refuse({{v}}))"
        number = f"({{t}} if {low!r} <= ({{t}} := {inner.from_slots}) <= {high!r} else refuse({{t}}))"
        to_slots = tuple(slot.replace("{v}", checked) for slot in inner.to_slots)
        return attrs.evolve(inner, to_slots=to_slots, from_slots=number, names={**inner.names, **WIRE_NAMES})

    def _real_bounds(self, span: Range) -> tuple[float, float]:
        """The range, as wide as it takes for the bounds themselves to come back from their octets."""
        low, high = float(_exact(span.low)), float(_exact(span.high))
        with contextlib.suppress(*REFUSALS):
            low = min(low, self.carrier.unpack(self.carrier.pack(low)))
        with contextlib.suppress(*REFUSALS):
            high = max(high, self.carrier.unpack(self.carrier.pack(high)))
        return low, high

    def _base_names(self) -> Mapping[str, Any]:
        names: Mapping[type, Mapping[str, Any]] = {dt.date: _DATE_NAMES, dt.timedelta: _DURATION_NAMES}
        return names.get(self.base, {})

    def _special_names(self) -> Mapping[str, Any]:
        if self.specials is None:
            return {}
        return {f"raw_{self._specials_name}": self.reserved, self._specials_name: self.specials}

    @property
    def _specials_name(self) -> str:
        """What the generated code calls the enumeration of the sentinels."""
        return "special_" + re.sub(r"\W", "_", self.specials.__name__) if self.specials else ""

    def _to_raw(self) -> str:
        """The expression of the raw value of ``{v}``."""
        low, high = self.raw_bounds
        number = f"{{t}} if {low} <= ({{t}} := {self._rounding()}) <= {high}{self._gaps()} else refuse({{t}})"
        if self.unknown is not None:
            number = f"{self.unknown} if {{v}} is None else {number}"
        if self.specials is not None:
            number = f"{{v}}.value if {{v}}.__class__ is {self._specials_name} else {number}"
        return f"({number})"

    def _gaps(self) -> str:
        """Reserved raw values amid the numbers."""
        low, high = self.raw_bounds
        gaps = sorted(raw for raw in self.reserved if low <= raw <= high)
        return f" and {{t}} not in ({', '.join(map(str, gaps))},)" if gaps else ""

    def _rounding(self) -> str:
        """The expression of the raw value that represents ``{v}`` best."""
        value = {dt.date: "day_of({v})", dt.timedelta: "seconds_of({v})"}.get(self.base, "{v}")
        if self.base is dt.date or (self.base is int and self.step == 1):
            return f"index({value})"
        if self.base is int:
            return _whole_rounding(f"index({value})", self.step.numerator)
        # a float, for a tuple times an integer would be a long tuple
        times = f" * {float(self.step.denominator)!r}" if self.step.denominator != 1 else ""
        by = f" / {self.step.numerator}" if self.step.numerator != 1 else ""
        return f"round({value}{times}{by})"

    def _from_raw(self, carrier: str) -> str:
        """The expression of the value; ``{t}`` takes the raw number where more than one place needs it."""
        low, high = self.raw_bounds
        if self._covered() and not self.reserved:
            return self._value_of(carrier if carrier == "{0}" else f"({carrier})")
        value = self._value_of("{t}")
        number = value if self._covered() else f"{value} if {low} <= {{t}} <= {high} else refuse({{t}})"
        if self.specials is not None:
            table = f"raw_{self._specials_name}"
            return f"({table}[{{t}}] if ({{t}} := {carrier}) in {table} else {number})"
        if self.unknown is not None:
            return f"(None if ({{t}} := {carrier}) == {self.unknown} else {number})"
        return f"({value} if {low} <= ({{t}} := {carrier}) <= {high} else refuse({{t}}))"

    def _covered(self) -> bool:
        """Whether every raw value is a number or one of those that are none."""
        low, high = self.raw_bounds
        outside = low - self.integer.low + self.integer.high - high
        return outside == sum(not low <= raw <= high for raw in self.reserved)

    def _value_of(self, raw: str) -> str:
        """The expression of what the raw number represents."""
        times = f" * {self.step.numerator}" if self.step.numerator != 1 else ""
        if self.base is dt.date:
            return f"date_from({raw} + {_EPOCH})"
        if self.base is dt.timedelta:
            return f"duration(0, {raw}{times} / {self.step.denominator})"
        if self.base is int:
            return f"{raw}{times}"
        return f"{raw}{times} / {self.step.denominator}" if self.step.denominator != 1 else f"float({raw}{times})"

    @override
    def pack(self, value: Any) -> bytes:
        return compiled(self)[0](value)

    @override
    def unpack(self, octets: bytes) -> Any:
        return compiled(self)[1](octets)


def _whole_rounding(value: str, step: int) -> str:
    """The expression of the whole number nearest to *value* divided by *step*, of any size."""
    return f"({abs(step)} {'-' if step < 0 else '+'} 2 * {value}) // {2 * abs(step)}"


def in_raw(value: Figure, step: Fraction) -> Fraction:
    """Give the raw number, not rounded, of a represented value."""
    return _exact(value) / step


def _exact(value: Figure) -> Fraction:
    """The number as it is written: 0.1 is a tenth; durations in seconds, dates in days since 1970."""
    if isinstance(value, dt.timedelta):
        return Fraction(value // dt.timedelta(microseconds=1), 10**6)
    if isinstance(value, dt.date):
        return Fraction(value.toordinal() - _EPOCH)
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
