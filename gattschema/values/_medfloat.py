"""Numbers of IEEE 11073-20601: SFLOAT (16 bits) and FLOAT (32 bits), mantissa times a power of ten.

Both parts are in two's complement: SFLOAT has 4 bits of exponent above 12 of mantissa, FLOAT 8 above 24
(Personal Health Devices Transcoding White Paper, 2.2.1). With an exponent of zero, five mantissas mean no number.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Self

import attrs
from typing_extensions import override

from gattschema.values._kinds import ByteOrder, FixedKind, Wire, exactly


class _NotANumber(float):
    """A NaN with a meaning of its own; there is one instance of each."""

    def __new__(cls, name: str) -> Self:
        del name  # float takes no other argument
        return super().__new__(cls, math.nan)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @override
    def __repr__(self) -> str:
        return self.name

    @override
    def __reduce__(self) -> str:
        return self.name

    def __copy__(self) -> _NotANumber:
        return self

    def __deepcopy__(self, _: Any) -> _NotANumber:
        return self


NRES = _NotANumber("NRES")
"""A medfloat's "not at this resolution": a NaN to arithmetic; compare with ``is``."""
RESERVED = _NotANumber("RESERVED")
"""The medfloat whose meaning is reserved: a NaN to arithmetic; compare with ``is``."""


class _Layout:
    """How one of the two widths divides its bits; the two functions are the fast path."""

    def __init__(self, bits: int, exponent_bits: int) -> None:
        self.mantissa_bits = bits - exponent_bits
        self.mask = (1 << self.mantissa_bits) - 1
        self.top = self.mask >> 1
        self.exponents = (1 << exponent_bits) - 1
        self.highest = self.exponents >> 1
        top = self.top
        self.specials = {top: math.nan, top + 1: NRES, top - 1: math.inf, top + 3: -math.inf, top + 2: RESERVED}

    def number(self, bits: int) -> float:
        """Give the number that the octets, as an unsigned number, mean."""
        if bits in self.specials:
            return self.specials[bits]
        mantissa, exponent = bits & self.mask, bits >> self.mantissa_bits
        if mantissa > self.top:
            mantissa -= self.mask + 1
        if exponent > self.highest:
            return float(mantissa / 10 ** (self.exponents + 1 - exponent))
        return float(mantissa * 10**exponent)

    def bits(self, value: float) -> int:
        """Give the octets of a number as an unsigned number."""
        if value != value:  # noqa: PLR0124  (only NaN differs from itself)
            return self.top + {id(NRES): 1, id(RESERVED): 2}.get(id(value), 0)
        limit = self.top - 2
        for exponent, power in enumerate(_POWERS):
            mantissa = round(value * power) if value - value == 0 else limit + 1
            if not -limit <= mantissa <= limit:
                break
            if mantissa / power == value:
                return self.join(mantissa, -exponent)
        return self._rounded(float(value))

    def _rounded(self, value: float) -> int:
        """The long way: many digits, very large and very small numbers, infinity."""
        if math.isinf(value):
            return self.top - 1 if value > 0 else self.top + 3
        number = Decimal(repr(value))
        exponent = max(number.adjusted() - len(str(self.top)) + 1, -self.highest - 1)
        mantissa = _digits(number, exponent)
        while not self._fits(mantissa, exponent):
            exponent += 1
            mantissa = _digits(number, exponent)
        while exponent < 0 and mantissa % 10 == 0:
            mantissa, exponent = mantissa // 10, exponent + 1
        while exponent > 0 and self._fits(mantissa * 10, exponent - 1):
            mantissa, exponent = mantissa * 10, exponent - 1
        if exponent > self.highest:
            raise OverflowError(value)
        return self.join(mantissa, exponent)

    def _fits(self, mantissa: int, exponent: int) -> bool:
        """Whether it is a number: with an exponent of zero the outermost mantissas are not."""
        return -self.top - 1 <= mantissa <= self.top if exponent else abs(mantissa) <= self.top - 2

    def join(self, mantissa: int, exponent: int) -> int:
        """Put the two parts together."""
        return (exponent & self.exponents) << self.mantissa_bits | mantissa & self.mask


def _digits(number: Decimal, exponent: int) -> int:
    return int(number.scaleb(-exponent).to_integral_value(ROUND_HALF_EVEN))


_POWERS = tuple(10**exponent for exponent in range(8))
_LAYOUTS = {2: _Layout(16, 4), 4: _Layout(32, 8)}


@attrs.frozen
class MedFloat(FixedKind):
    """An IEEE 11073 number of 2 or 4 octets.

    Every spelling of a number decodes to the nearest float. Encoding rounds to the digits that the mantissa holds and
    spells the number with the exponent nearest to zero.
    """

    order: ByteOrder = "little"

    @override
    def __repr__(self) -> str:
        return f"MedFloat{8 * self.width}{', BigEndian()' if self.order == 'big' else ''}"

    @property
    def layout(self) -> _Layout:
        """How the bits are divided."""
        return _LAYOUTS[self.width]

    @property
    @override
    def label(self) -> str:
        return f"medfloat{8 * self.width}{', big-endian' if self.order == 'big' else ''}"

    @property
    @override
    def allowed(self) -> str:
        layout = self.layout
        return f"a number up to ±{layout.top}e{layout.highest}, nan, ±inf, NRES or RESERVED"

    @property
    @override
    def example(self) -> float:
        return 36.4

    @override
    def wire(self) -> Wire:
        bits = 8 * self.width
        names = {f"medfloat{bits}_bits": self.layout.bits, f"medfloat{bits}_number": self.layout.number}
        to_slot, from_slot = f"medfloat{bits}_bits({{v}})", f"medfloat{bits}_number({{0}})"
        return Wire({2: "H", 4: "I"}[self.width], (to_slot,), from_slot, self.order, names=names)

    @override
    def pack(self, value: Any) -> bytes:
        return self.layout.bits(value).to_bytes(self.width, self.order)

    @override
    def unpack(self, octets: bytes) -> float:
        exactly(octets, self.width)
        return self.layout.number(int.from_bytes(octets, self.order))
