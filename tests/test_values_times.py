"""Date Time and Time Exponential 8."""

from __future__ import annotations

import datetime as dt
import math
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import DecodeError, EncodeError, LengthError, PartialDateTime, struct, values
from gattschema.values import DateTime, TimeExponential8, TimeSpecial, UInt8
from tests.strategies import law


@law
@given(st.datetimes(dt.datetime(1582, 1, 1)))  # noqa: DTZ001  (the format has no time zone)
def test_a_moment_is_its_parts(moment: dt.datetime) -> None:
    """Year in two octets, the others in one each; fractions of a second are cut off."""
    octets = moment.year.to_bytes(2, "little") + bytes(
        [moment.month, moment.day, moment.hour, moment.minute, moment.second]
    )
    assert values.encode(DateTime, moment) == octets
    assert values.decode(DateTime, octets) == moment.replace(microsecond=0)


@pytest.mark.parametrize(("year", "month", "day"), list(product((2026, None), (2, None), (28, None)))[1:])
def test_what_is_not_known_of_a_date_is_zero(year: Any, month: Any, day: Any) -> None:
    """A date of which a part is not known is a ``PartialDateTime``, with None for that part."""
    value = PartialDateTime(year=year, month=month, day=day, hours=13, minutes=30, seconds=59)
    octets = (year or 0).to_bytes(2, "little") + bytes([month or 0, day or 0, 13, 30, 59])
    assert values.encode(DateTime, value) == octets
    assert values.decode(DateTime, octets) == value
    assert eval(repr(value)) == value  # noqa: S307  (our own repr)


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(1581, 12, 31),  # noqa: DTZ001
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        dt.date(2026, 1, 1),
        dt.time(13, 30),
        PartialDateTime(year=2026, month=1, day=1),
        PartialDateTime(year=1581),
        PartialDateTime(year=0),
        PartialDateTime(month=13),
        PartialDateTime(month=2, day=30),
        PartialDateTime(day=32),
        PartialDateTime(hours=24),
        PartialDateTime(minutes=60),
        PartialDateTime(seconds=-1),
        PartialDateTime(year="2026"),  # type: ignore[arg-type]
        PartialDateTime(hours=None),  # type: ignore[arg-type]
        "2026-01-01",
        5,
        None,
    ],
    ids=repr,
)
def test_what_is_no_moment_is_refused(value: Any) -> None:
    """Other calendars, time zones, other types, and a partial date of which all is known: that is a ``datetime``."""
    with pytest.raises(EncodeError, match="a datetime of the years 1582 … 9999 without time zone"):
        values.encode(DateTime, value)


@law
@given(
    st.binary(min_size=7, max_size=7)
    | st.tuples(st.integers(1500, 2100), st.binary(min_size=5, max_size=5)).map(
        lambda parts: parts[0].to_bytes(2, "little") + bytes(octet % 32 for octet in parts[1])
    )
)
def test_seven_octets_are_a_moment_or_refused(octets: bytes) -> None:
    """What decodes encodes to the same octets."""
    try:
        value = values.decode(DateTime, octets)
    except DecodeError as error:
        assert not isinstance(error, LengthError)  # noqa: PT017
    else:
        assert values.encode(DateTime, value) == octets


def test_a_29th_of_february_of_an_unknown_year_is_a_day() -> None:
    """Some years have it; the 30th none."""
    assert values.decode(DateTime, bytes([0, 0, 2, 29, 0, 0, 0])) == PartialDateTime(month=2, day=29)
    with pytest.raises(DecodeError):
        values.decode(DateTime, bytes([0, 0, 2, 30, 0, 0, 0]))
    with pytest.raises(LengthError):
        values.decode(DateTime, bytes(6))


def test_every_octet_is_a_power_of_1_1() -> None:
    """0 is no time, 1 … 253 are 1.1 to the power of N - 64 s, 254 is the life of the device, 255 not known."""
    for number in range(256):
        octets = bytes([number])
        value = values.decode(TimeExponential8, octets)
        assert values.encode(TimeExponential8, value) == octets
        if 0 < number < 254:
            assert value.total_seconds() == pytest.approx(math.exp((number - 64) * math.log(1.1)), rel=1e-3)
    assert values.decode(TimeExponential8, b"\0") == dt.timedelta()
    assert values.decode(TimeExponential8, b"\xfe") is TimeSpecial.DEVICE_LIFETIME
    assert values.decode(TimeExponential8, b"\xff") is None
    assert values.decode(TimeExponential8, b"\x40") == dt.timedelta(seconds=1)


@law
@given(st.floats(0.0025, 6e7))
def test_a_time_goes_to_the_power_next_to_it(seconds: float) -> None:
    """No more than half a step of the exponent away."""
    again = values.decode(TimeExponential8, values.encode(TimeExponential8, dt.timedelta(seconds=seconds)))
    assert abs(math.log(again.total_seconds() / seconds, 1.1)) < 0.51


def test_times_beyond_the_ends() -> None:
    """The shortest time is more than none; the longest is the end; a negative time is none."""
    assert values.encode(TimeExponential8, dt.timedelta(microseconds=1)) == b"\x01"
    for wrong in (dt.timedelta(days=5000), dt.timedelta(seconds=-1), dt.timedelta(microseconds=-1), 5, 1.5, "1", b""):
        with pytest.raises(EncodeError, match="a timedelta of 0 … 66"):
            values.encode(TimeExponential8, wrong)
    with pytest.raises(LengthError):
        values.decode(TimeExponential8, b"")


def test_moments_stand_in_structs() -> None:
    """None among them needs no gate: it has octets."""
    cls: Any = struct(type("Made", (), {"__annotations__": {"a": DateTime, "b": TimeExponential8, "c": UInt8}}))
    value = cls(a=dt.datetime(2026, 5, 17, 13, 30), b=None, c=1)  # noqa: DTZ001
    assert values.encode(cls, value).hex() == "ea0705110d1e00ff01"
    assert values.decode(cls, values.encode(cls, value)) == value
    assert values.decode(DateTime, values.encode(DateTime, values.codec(DateTime).kind.example)).year == 2026
