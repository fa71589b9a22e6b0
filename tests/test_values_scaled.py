"""Represented values: raw · M · 10^d · 2^b, held against exact fractions."""

from __future__ import annotations

import datetime as dt
import enum
import math
import re
from fractions import Fraction
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import DecodeError, EncodeError, Fault, struct, values
from gattschema.values import (
    BigEndian,
    Float32,
    MedFloat16,
    Range,
    Scale,
    SInt8,
    SInt16,
    SInt24,
    SInt48,
    UInt1,
    UInt2,
    UInt4,
    UInt8,
    UInt12,
    UInt16,
    UInt24,
    UInt32,
    UInt48,
    UInt64,
    UInt128,
    Unit,
    Unknown,
)
from tests.strategies import law

SCALES = {
    "1": (Scale(), Fraction(1)),
    "tenths": (Scale(decimal=-1), Fraction(1, 10)),
    "hundredths": (Scale(decimal=-2), Fraction(1, 100)),
    "millionths": (Scale(decimal=-6), Fraction(1, 10**6)),
    "thousands": (Scale(decimal=3), Fraction(1000)),
    "1/1024": (Scale(binary=-10), Fraction(1, 1024)),
    "5 · 10⁻³": (Scale(multiplier=5, decimal=-3), Fraction(5, 1000)),
    "3 · 2⁻⁵": (Scale(multiplier=3, binary=-5), Fraction(3, 32)),
    "7 · 10² · 2⁻³": (Scale(multiplier=7, decimal=2, binary=-3), Fraction(700, 8)),
    "-1": (Scale(multiplier=-1), Fraction(-1)),
    "-2 · 10⁻¹": (Scale(multiplier=-2, decimal=-1), Fraction(-2, 10)),
}
SHORT = {
    "UInt8": (UInt8, 1, False),
    "SInt8": (SInt8, 1, True),
    "UInt16": (UInt16, 2, False),
    "SInt16": (SInt16, 2, True),
}
WIDE = {
    "UInt24": (UInt24, 3, False),
    "SInt24": (SInt24, 3, True),
    "UInt32": (UInt32, 4, False),
    "UInt48": (UInt48, 6, False),
    "SInt48": (SInt48, 6, True),
}

every_scale = pytest.mark.parametrize(("scale", "step"), SCALES.values(), ids=SCALES)


def nearest_float(exact: Fraction) -> float:
    return exact.numerator / exact.denominator


@every_scale
@pytest.mark.parametrize("layout", SHORT.values(), ids=SHORT)
def test_every_raw_value_is_the_nearest_float(scale: Scale, step: Fraction, layout: Any) -> None:
    """Each of the 256 or 65536 raw values decodes to the float nearest to raw · step, and encodes back to itself."""
    carrier, width, signed = layout
    made = values.codec(Annotated[float, carrier, scale])
    for raw in range(0, 256**width, 1 if width == 1 else 7):
        octets = raw.to_bytes(width, "little")
        value = made.decode(octets)
        assert value == nearest_float(int.from_bytes(octets, "little", signed=signed) * step)
        assert type(value) is float
        assert made.encode(value) == octets


@every_scale
@pytest.mark.parametrize("layout", WIDE.values(), ids=WIDE)
@law
@given(data=st.data())
def test_wide_raw_values_come_back(scale: Scale, step: Fraction, layout: Any, data: st.DataObject) -> None:
    """Up to 48 bits every raw value, the bounds among them, has a float of its own."""
    carrier, width, signed = layout
    made = values.codec(Annotated[float, carrier, scale])
    top = 256**width
    edges = st.sampled_from([0, 1, top // 2 - 1, top // 2, top // 2 + 1, top - 2, top - 1])
    octets = data.draw(edges | st.integers(0, top - 1)).to_bytes(width, "little")
    value = made.decode(octets)
    assert value == nearest_float(int.from_bytes(octets, "little", signed=signed) * step)
    assert made.encode(value) == octets


@every_scale
@law
@given(position=st.floats(-1000, 1000))
def test_encoding_gives_the_nearest_raw_value(scale: Scale, step: Fraction, position: float) -> None:
    """No raw value represents the number better than the one on the wire, ties aside (to the last bit of a float)."""
    value = position * float(step)
    raw = int.from_bytes(values.encode(Annotated[float, SInt16, scale], value), "little", signed=True)
    error = abs(raw - Fraction(value) / step)
    assert error <= Fraction(1, 2) + Fraction(1, 10**9)


@pytest.mark.parametrize("carrier", [UInt32, UInt64, UInt128], ids=["32", "64", "128"])
@pytest.mark.parametrize("multiplier", [10, 7, -3])
@law
@given(data=st.data())
def test_whole_numbers_scale_exactly_at_any_width(carrier: Any, multiplier: int, data: st.DataObject) -> None:
    """``int`` in whole steps takes no detour over floats: the last of 128 bits comes back."""
    hint = Annotated[int, carrier, Scale(multiplier=multiplier)]
    width = values.size(hint)[0]
    raw = data.draw(st.integers(0, 256**width - 1) | st.sampled_from([256**width - 1, 2**31 + 1]))
    octets = raw.to_bytes(width, "little")
    value = values.decode(hint, octets)
    assert (value, type(value)) == (raw * multiplier, int)
    assert values.encode(hint, value) == octets
    off = data.draw(st.integers(-(abs(multiplier) - 1) // 2 + 1, (abs(multiplier) - 1) // 2))
    if 0 < raw < 256**width - 1:
        assert values.encode(hint, value + off) == octets


def test_whole_numbers_take_no_fractions() -> None:
    """A value that is to be an ``int`` is one, scaled or not."""
    for hint in (Annotated[int, UInt16, Scale(multiplier=10)], Annotated[int, UInt16, Unit.METRE]):
        with pytest.raises(EncodeError, match="an int"):
            values.encode(hint, 20.0)


PERCENT = Annotated[float | None, UInt16, Scale(decimal=-2), Unit.PERCENTAGE, Range(0, 100), Unknown(0xFFFF)]


def test_a_range_is_kept_both_ways() -> None:
    """Of 65536 raw values 10001 are percentages, one is None, the rest is refused with the range and the unit."""
    made = values.codec(PERCENT)
    for raw in range(0x10000):
        octets = raw.to_bytes(2, "little")
        if raw <= 10000:
            assert made.encode(made.decode(octets)) == octets
        elif raw == 0xFFFF:
            assert made.decode(octets) is None
            assert made.encode(None) == octets
        elif raw % 97 == 0:
            with pytest.raises(DecodeError, match="0 … 100 %, None"):
                made.decode(octets)
    for value in (-0.01, 100.01, 655.35, math.nan, math.inf, -math.inf):
        with pytest.raises(EncodeError, match=r"0 … 100 %, None \(not known\)"):
            made.encode(value)


class Gap(enum.Enum):
    BELOW = 10
    AMID = 20


@pytest.mark.parametrize("name", ["Gap", "raw", "value", "refuse", "Two words", "float"])
def test_sentinels_may_stand_amid_the_numbers(name: str) -> None:
    """A raw value with a meaning of its own is no number, whatever its enumeration is called."""
    functional: Any = enum.Enum
    gap: Any = functional(name, {"BELOW": 10, "AMID": 20})
    hint: Any = Annotated[float | gap | None, UInt8, Scale(decimal=-1), Unknown(255)]
    holder: Any = struct(type("Holder", (), {"__annotations__": {"held": hint}}))
    for raw in range(256):
        octets = bytes([raw])
        value = values.decode(hint, octets)
        assert value is {10: gap.BELOW, 20: gap.AMID, 255: None}.get(raw, value)
        assert values.encode(hint, value) == octets
        assert values.encode(holder, holder(held=value)) == octets
        assert values.decode(holder, octets) == holder(held=value)
    for number in (1.0, 2.0, 25.5):
        with pytest.raises(EncodeError):
            values.encode(hint, number)


def test_another_enumeration_is_no_sentinel() -> None:
    """Members are told apart by their class, not by their number."""
    other = enum.Enum("Other", {"AMID": 20})
    with pytest.raises(EncodeError):
        values.encode(Annotated[float | Gap, UInt8, Scale()], other.AMID)


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS], "-327.68 … 327.67 °C"),
        (Annotated[int, UInt8, Unit.BEATS_PER_MINUTE], "0 … 255 bpm"),
        (Annotated[float | None, UInt8, Scale(decimal=-1), Unknown(255)], "0 … 25.4, None (not known)"),
        (Annotated[float, UInt8, Scale(multiplier=-1)], "-255 … 0"),
        (Annotated[MedFloat16, Range(0, 50), Unit.KILOGRAM], "0 … 50 kg"),
        (Annotated[float, UInt8, Scale(decimal=5)], "0 … 25500000"),
    ],
)
def test_the_allowed_values_are_written_for_people(hint: Any, text: str) -> None:
    """Bounds, unit and sentinels, with as many digits as a step has."""
    kind = values.codec(hint).kind
    assert kind.allowed == text
    with pytest.raises(EncodeError) as caught:
        values.encode(hint, "x")
    assert text in caught.value.expected


# --- other carriers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("carrier", "bits"), [(UInt1, 1), (UInt2, 2), (UInt4, 4), (UInt12, 12)])
def test_numbers_of_few_bits_scale(carrier: Any, bits: int) -> None:
    """Alone in their octets they take what the bits take; the bits above are refused."""
    hint = Annotated[float, carrier, Scale(decimal=-1)]
    width = values.size(hint)[0]
    for raw in range(1 << bits):
        octets = raw.to_bytes(width, "little")
        assert values.decode(hint, octets) == raw / 10
        assert values.encode(hint, raw / 10) == octets
    with pytest.raises(DecodeError):
        values.decode(hint, (1 << bits).to_bytes(width, "little"))
    with pytest.raises(EncodeError):
        values.encode(hint, (1 << bits) / 10)


@law
@given(st.integers(-(2**23), 2**23 - 1))
def test_big_endian_numbers_scale(raw: int) -> None:
    """The byte order is that of the carrier."""
    hint = Annotated[float, SInt24, Scale(decimal=-3), BigEndian()]
    octets = raw.to_bytes(3, "big", signed=True)
    assert values.decode(hint, octets) == raw / 1000
    assert values.encode(hint, raw / 1000) == octets


@pytest.mark.parametrize("carrier", [Float32, MedFloat16], ids=["float32", "medfloat16"])
@pytest.mark.parametrize("bound", [0.1, 12346.0, 1 / 3, 2049.0])
def test_the_bounds_of_a_range_come_back_from_any_float(carrier: Any, bound: float) -> None:
    """A bound that no octets hold exactly still goes out and comes back, as near to itself as they allow."""
    hint = Annotated[carrier, Range(-bound, bound)]
    for value in (bound, -bound):
        again = values.decode(hint, values.encode(hint, value))
        assert again == pytest.approx(value, rel=1e-2)
        assert values.decode(hint, values.encode(hint, again)) == again
    for value in (bound * 1.1, -bound * 1.1):
        with pytest.raises(EncodeError):
            values.encode(hint, value)
        with pytest.raises(DecodeError):
            values.decode(hint, values.encode(carrier, value))


def test_a_range_beyond_the_carrier_says_nothing() -> None:
    """A float's range may be wider than the numbers that its octets hold."""
    hint = Annotated[MedFloat16, Range(0, 1e30)]
    assert values.decode(hint, values.encode(hint, 2.5)) == 2.5
    with pytest.raises(EncodeError):
        values.encode(hint, -1)


# --- durations and dates -------------------------------------------------------------------------------------------

DURATIONS: dict[str, tuple[Any, Fraction]] = {
    "seconds": (Annotated[dt.timedelta, UInt16, Unit.SECOND], Fraction(1)),
    "plain": (Annotated[dt.timedelta, UInt16], Fraction(1)),
    "minutes": (Annotated[dt.timedelta, UInt16, Unit.MINUTE], Fraction(60)),
    "quarters": (Annotated[dt.timedelta, UInt16, Scale(multiplier=15), Unit.MINUTE], Fraction(900)),
    "hours": (Annotated[dt.timedelta, UInt16, Unit.HOUR], Fraction(3600)),
    "days": (Annotated[dt.timedelta, UInt16, Unit.DAY], Fraction(86400)),
    "1/1024 s": (Annotated[dt.timedelta, UInt16, Scale(binary=-10), Unit.SECOND], Fraction(1, 1024)),
    "µs": (Annotated[dt.timedelta, UInt16, Scale(decimal=-6), Unit.SECOND], Fraction(1, 10**6)),
}


@pytest.mark.parametrize(("hint", "step"), DURATIONS.values(), ids=DURATIONS)
def test_durations_count_their_unit(hint: Any, step: Fraction) -> None:
    """Every raw value is a ``timedelta`` within half a microsecond, and encodes back to itself."""
    for raw in range(0, 0x10000, 11):
        octets = raw.to_bytes(2, "little")
        value = values.decode(hint, octets)
        assert abs(Fraction(value // dt.timedelta(microseconds=1), 10**6) - raw * step) <= Fraction(1, 2 * 10**6)
        assert values.encode(hint, value) == octets
    for wrong in (5, 5.0, "5", None, dt.timedelta(days=-1), dt.timedelta.max):
        with pytest.raises(EncodeError):
            values.encode(hint, wrong)


def test_durations_end_where_python_ends() -> None:
    """Raw values beyond ``timedelta.max`` are refused, and the message can be written."""
    hint = Annotated[dt.timedelta, UInt32, Unit.DAY]
    longest = dt.timedelta.max.days
    assert values.decode(hint, longest.to_bytes(4, "little")).days == longest
    with pytest.raises(DecodeError, match="999999999 days"):
        values.decode(hint, (longest + 1).to_bytes(4, "little"))
    with pytest.raises(EncodeError, match="a timedelta, 0:00:00 … 999999999 days"):
        values.encode(hint, 5)


def test_a_duration_may_be_a_sentinel_or_negative() -> None:
    """None, members and negative durations stand beside the numbers, ranges are durations or seconds."""
    hint = Annotated[
        dt.timedelta | Gap | None,
        SInt8,
        Scale(multiplier=15),
        Unit.MINUTE,
        Range(dt.timedelta(hours=-12), dt.timedelta(hours=14)),
        Unknown(-128),
    ]
    assert values.decode(hint, b"\x80") is None
    assert values.decode(hint, b"\x0a") is Gap.BELOW
    assert values.decode(hint, b"\xfc") == dt.timedelta(hours=-1)
    assert values.encode(hint, dt.timedelta(hours=14)) == b"\x38"
    for refused in (b"\x39", b"\xcf"):
        with pytest.raises(DecodeError):
            values.decode(hint, refused)
    assert values.encode(Annotated[dt.timedelta, UInt8, Range(0, 5)], dt.timedelta(seconds=5)) == b"\5"


@law
@given(st.dates())
def test_dates_are_days_since_1970(day: dt.date) -> None:
    """Every date that Python has goes out as its days, before 1970 only if the carrier has a sign."""
    number = (day - dt.date(1970, 1, 1)).days
    assert values.encode(Annotated[dt.date, SInt24], day) == number.to_bytes(3, "little", signed=True)
    assert values.decode(Annotated[dt.date, SInt24], number.to_bytes(3, "little", signed=True)) == day
    if number < 0:
        with pytest.raises(EncodeError):
            values.encode(Annotated[dt.date, UInt24], day)


def test_dates_end_where_python_ends() -> None:
    """Days beyond the year 9999 or before the year 1 are refused, and so is all that is no plain date."""
    for hint, number in ((Annotated[dt.date, UInt24], 2932897), (Annotated[dt.date, SInt24], -719163)):
        with pytest.raises(DecodeError, match="9999-12-31"):
            values.decode(hint, number.to_bytes(3, "little", signed=number < 0))
    for wrong in (5, "2026-01-01", None, dt.datetime(2026, 1, 1)):  # noqa: DTZ001
        with pytest.raises(EncodeError, match="9999-12-31"):
            values.encode(Annotated[dt.date, UInt24], wrong)
    unknown = Annotated[dt.date | None, UInt24, Unknown(0)]
    assert values.decode(unknown, bytes(3)) is None
    assert values.decode(unknown, b"\1\0\0") == dt.date(1970, 1, 2)


# --- declarations that cannot be ------------------------------------------------------------------------------------

NAMES = {"Annotated": Annotated, "timedelta": dt.timedelta, "date": dt.date, **vars(values)}
TWICE = enum.Enum("TWICE", {"A": 255})
TEXT = enum.Enum("TEXT", {"A": "x"})

FAULTS: dict[str, Any] = {
    "float without a scale": lambda: Annotated[float, UInt16],
    "int in tenths": lambda: Annotated[int, UInt8, Scale(decimal=-1)],
    "64 bits in a float": lambda: Annotated[float, UInt64, Scale()],
    "None without a raw value": lambda: Annotated[float | None, UInt8, Scale()],
    "a raw value without None": lambda: Annotated[float, UInt8, Scale(), Unknown(255)],
    "a raw value beyond": lambda: Annotated[float | None, UInt8, Scale(), Unknown(256)],
    "a negative raw value": lambda: Annotated[float | None, UInt8, Scale(), Unknown(-1)],
    "two meanings": lambda: Annotated[float | TWICE | None, UInt8, Scale(), Unknown(255)],  # type: ignore[valid-type]
    "no raw value": lambda: Annotated[float | TEXT, UInt8, Scale()],  # type: ignore[valid-type]
    "two enumerations": lambda: Annotated[float | TWICE | Gap, UInt8, Scale()],  # type: ignore[valid-type]
    "a mark for a type": lambda: values.Utf8(max=3),
    "a mark of ours for a type": lambda: values.Octets(3),
    "None without a sign": lambda: Annotated[float | None, SInt8, Scale()],
    "a range too wide": lambda: Annotated[float, UInt8, Scale(decimal=-1), Range(0, 26)],
    "a range with no multiple": lambda: Annotated[float, UInt8, Scale(), Range(0.25, 0.75)],
    "no raw value left": lambda: Annotated[float | None, UInt1, Scale(), Range(1, 1), Unknown(1)],
    "an endless range": lambda: Range(0, math.inf),
    "a range of nan": lambda: Range(math.nan, 1),
    "a range upside down": lambda: Range(5, 1),
    "a multiplier of 0": lambda: Scale(multiplier=0),
    "a huge exponent": lambda: Scale(decimal=400),
    "a tiny exponent": lambda: Scale(binary=-4000),
    "a huge multiplier": lambda: Scale(multiplier=10**30),
    "a scale on a float": lambda: Annotated[Float32, Scale(decimal=-1)],
    "None in a medfloat": lambda: Annotated[float | None, MedFloat16, Unknown(7)],
    "a duration in metres": lambda: Annotated[dt.timedelta, UInt8, Unit.METRE],
    "a duration in nanoseconds": lambda: Annotated[dt.timedelta, UInt8, Scale(decimal=-9)],
    "a duration of 64 bits": lambda: Annotated[dt.timedelta, UInt64],
    "a date in tenths": lambda: Annotated[dt.date, UInt24, Scale(decimal=-1)],
    "a duration in a float": lambda: Annotated[dt.timedelta, Float32],
    "a duration alone": lambda: dt.timedelta,
    "a date alone": lambda: dt.date,
    "a range on text": lambda: Annotated[str, values.Utf8(max=3), Range(0, 1)],
    "a scale on an array": lambda: Annotated[tuple[UInt8, ...], Scale()],
    "a scale on a flag": lambda: Annotated[bool, Scale()],
}


@pytest.mark.parametrize("make", FAULTS.values(), ids=FAULTS)
def test_a_number_that_cannot_be_is_a_fault(make: Any) -> None:
    """Each says what was found, what is allowed and what to write; code that it offers compiles."""
    with pytest.raises(Fault) as caught:
        values.codec(make())
    fault = caught.value
    assert fault.finding
    assert fault.allowed
    offers = [offer for offer in fault.instead.split(", or ") if offer.startswith(("Annotated[", "Scale(", "Range("))]
    for offer in offers:
        if "…" not in offer and "None" not in offer:
            made = eval(offer, NAMES)  # noqa: S307  (our own message)
            assert isinstance(made, Scale | Range) or values.size(made)


@pytest.mark.parametrize("part", ["multiplier", "decimal", "binary"])
def test_a_scale_is_made_of_whole_numbers(part: str) -> None:
    """A power of ten is written ``decimal=-2``, not as a multiplier of 0.01."""
    with pytest.raises(TypeError, match=part):
        Scale(**{part: 0.01})  # type: ignore[arg-type]


def test_an_aliass_range_can_be_narrowed() -> None:
    """The range nearest to the field counts, and may not be wider than what the alias promises."""
    wide = Annotated[float, UInt16, Scale(decimal=-2), Range(0, 100)]
    narrow = Annotated[wide, Range(5, 30)]
    assert values.codec(narrow).kind.allowed == "5 … 30"
    with pytest.raises(Fault, match=re.escape("Range(5, 30) and Range(0, 100)")):
        values.codec(Annotated[narrow, Range(0, 100)])


def test_two_scales_are_a_fault() -> None:
    """Of two marks that contradict each other none is quietly dropped."""
    with pytest.raises(Fault, match=re.escape("Scale(decimal=-2) and Scale(binary=3)")):
        values.codec(Annotated[float, UInt16, Scale(decimal=-2), Scale(binary=3)])
    assert values.size(Annotated[float, UInt16, Scale(decimal=-2), Scale(decimal=-2)]) == (2, 2)
