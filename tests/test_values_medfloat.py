"""IEEE 11073 numbers, held against an arithmetic of their own: exact fractions of mantissa and power of ten."""

from __future__ import annotations

import copy
import math
import pickle
import struct as stdlib
from fractions import Fraction
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import EncodeError, LengthError, values
from gattschema.values import NRES, RESERVED, BigEndian, MedFloat16, MedFloat32, Range, Unit
from tests.strategies import law

LAYOUTS = {MedFloat16: (16, 12), MedFloat32: (32, 24)}
both = pytest.mark.parametrize("hint", LAYOUTS, ids=["sfloat", "float"])


def meaning(hint: Any, bits: int) -> Fraction | float:
    """What the bits mean, by the white paper: the five that are no number first, then mantissa · 10^exponent."""
    width, mantissa_bits = LAYOUTS[hint]
    half = 2 ** (mantissa_bits - 1)
    mantissa, exponent = bits % 2**mantissa_bits, bits // 2**mantissa_bits
    specials = {half - 2: math.inf, half - 1: math.nan, half: NRES, half + 1: RESERVED, half + 2: -math.inf}
    if exponent == 0 and mantissa in specials:
        return specials[mantissa]
    mantissa -= 2 * half if mantissa >= half else 0
    exponent -= 2 ** (width - mantissa_bits) if exponent >= 2 ** (width - mantissa_bits - 1) else 0
    return mantissa * Fraction(10) ** exponent


def join(mantissa: int, exponent: int) -> int:
    """The bits of a FLOAT."""
    return exponent % 2**8 * 2**24 + mantissa % 2**24


def check(hint: Any, bits: int) -> None:
    width = LAYOUTS[hint][0] // 8
    octets, exact = bits.to_bytes(width, "little"), meaning(hint, bits)
    value = values.codec(hint).unpack(octets)
    if isinstance(exact, float):
        assert value is exact or value == exact or (math.isnan(exact) and repr(value) == repr(exact) == "nan")
        assert values.codec(hint).pack(value) == octets
        return
    assert value == exact.numerator / exact.denominator
    again = values.codec(hint).pack(value)
    assert values.codec(hint).unpack(again) == value
    assert meaning(hint, int.from_bytes(again, "little")) == exact


def test_every_sfloat_means_what_the_fractions_say() -> None:
    """All 65536: each decodes to the nearest float of its exact value, and encodes to a spelling of just this value."""
    for bits in range(0x10000):
        check(MedFloat16, bits)


@law
@given(
    st.integers(0, 2**32 - 1)
    | st.builds(lambda m, e: (e % 256) << 24 | m % 2**24, st.integers(-99, 99), st.integers(-9, 9))
)
def test_any_float_means_what_the_fractions_say(bits: int) -> None:
    """Any 32 bits decode to the nearest float of their exact value, and encode to a spelling of it."""
    check(MedFloat32, bits)


@law
@given(st.floats(-2e9, 2e9) | st.floats(-10, 10) | st.integers(-(10**9), 10**9))
@both
def test_encoding_keeps_the_digits_that_the_mantissa_holds(hint: Any, number: float) -> None:
    """The number on the wire is within half of its own last digit of the number given."""
    octets = values.encode(hint, number)
    bits = int.from_bytes(octets, "little")
    exact = meaning(hint, bits)
    width, mantissa_bits = LAYOUTS[hint]
    exponent_bits = width - mantissa_bits
    assert isinstance(exact, Fraction)
    error, size = abs(exact - Fraction(number)), abs(Fraction(number))
    smallest_step = Fraction(10) ** -(2 ** (exponent_bits - 1))
    last_digit = size * 10 / (2 ** (mantissa_bits - 1) - 3)
    assert error <= max(last_digit, smallest_step) / 2 + size / 10**15  # a float is its shortest digits


@both
def test_a_number_is_spelled_with_the_exponent_nearest_to_zero(hint: Any) -> None:
    """36.4 is 364e-1, 100 is 100e0: the spelling that people expect in a trace."""
    mantissa_bits = LAYOUTS[hint][1]
    for value, mantissa, exponent in (
        (36.4, 364, -1),
        (100.0, 100, 0),
        (0.0, 0, 0),
        (-0.0, 0, 0),
        (-0.25, -25, -2),
        (0.5, 5, -1),
    ):
        bits = int.from_bytes(values.encode(hint, value), "little")
        assert bits % 2**mantissa_bits == mantissa % 2**mantissa_bits
        assert bits >> mantissa_bits == exponent % (2 ** (LAYOUTS[hint][0] - mantissa_bits))


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (2045, "fd07"),
        (2046, "cd10"),
        (2047.0, "cd10"),
        (-2045, "0308"),
        (-2046, "331f"),
        (204.6, "fef7"),
        (1e-8, "0180"),
        (4e-9, "0000"),
        (20470000000.0, "ff77"),
    ],
)
def test_the_edges_of_an_sfloat(value: float, octets: str) -> None:
    """With an exponent of zero the outermost mantissas mean no number: a number there takes the next exponent."""
    assert values.encode(MedFloat16, value).hex() == octets


def test_what_is_too_large_is_refused() -> None:
    """Beyond mantissa and exponent there is nothing, and infinity is not put in its place."""
    for hint, beyond in (
        (MedFloat16, 2.05e10),
        (MedFloat16, -1e11),
        (MedFloat32, 8.5e133),
        (MedFloat32, 1e308),
        (MedFloat32, 10**400),
    ):
        with pytest.raises(EncodeError, match="nan, ±inf, NRES or RESERVED"):
            values.encode(hint, beyond)


@both
def test_the_five_that_are_no_number(hint: Any) -> None:
    """NaN, both infinities, NRES and RESERVED have octets of their own; the two constants come back as themselves."""
    top = 2 ** (LAYOUTS[hint][1] - 1) - 1
    for value, bits in (
        (math.nan, top),
        (math.inf, top - 1),
        (-math.inf, top + 3),
        (NRES, top + 1),
        (RESERVED, top + 2),
    ):
        assert values.encode(hint, value) == bits.to_bytes(values.size(hint)[0], "little")
    for constant in (NRES, RESERVED):
        assert values.decode(hint, values.encode(hint, constant)) is constant


@pytest.mark.parametrize("constant", [NRES, RESERVED], ids=repr)
def test_the_constants_are_nans_that_stay_themselves(constant: float) -> None:
    """They are NaN to arithmetic, and one instance each, however they travel."""
    assert math.isnan(constant)
    assert math.isnan(constant + 1)
    assert copy.copy(constant) is constant
    assert copy.deepcopy([constant])[0] is constant
    assert pickle.loads(pickle.dumps(constant)) is constant  # noqa: S301
    assert repr(constant) in {"NRES", "RESERVED"}


@both
@pytest.mark.parametrize("junk", [None, "1", b"1", 1j, [], {}, float], ids=repr)
def test_what_is_no_number_is_refused(hint: Any, junk: Any) -> None:
    """A value of another type is an ``EncodeError``; too few or too many octets are a ``LengthError``."""
    with pytest.raises(EncodeError):
        values.encode(hint, junk)
    for length in (values.size(hint)[0] - 1, values.size(hint)[0] + 1):
        with pytest.raises(LengthError):
            values.decode(hint, bytes(length))


@law
@given(st.integers(0, 0xFFFF))
def test_the_most_significant_octet_may_come_first(bits: int) -> None:
    """``BigEndian()`` turns the octets and nothing else."""
    little = values.decode(MedFloat16, bits.to_bytes(2, "little"))
    big = values.decode(Annotated[MedFloat16, BigEndian()], stdlib.pack(">H", bits))
    assert repr(little) == repr(big)
    assert values.encode(Annotated[MedFloat16, BigEndian()], big) == values.encode(MedFloat16, little)[::-1]


def test_a_unit_and_a_range_may_be_said() -> None:
    """With a range the numbers outside are refused both ways, and so is what is no number."""
    hint = Annotated[MedFloat16, Unit.KILOGRAM, Range(0, 300)]
    assert values.decode(hint, values.encode(hint, 72.5)) == 72.5
    for value in (-1, 301, math.nan, math.inf, NRES):
        with pytest.raises(EncodeError, match="0 … 300 kg"):
            values.encode(hint, value)
