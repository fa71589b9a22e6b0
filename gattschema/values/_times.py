"""Points in time as the SIG writes them."""

from __future__ import annotations

import datetime as dt
import enum
import math
import struct
from typing import Any

import attrs
from typing_extensions import override

from gattschema.values._kinds import FixedKind, Wire, exactly

_FIRST_YEAR, _LAST_YEAR = 1582, 9999
_LAYOUT = struct.Struct("<H5B")


@attrs.frozen(kw_only=True)
class PartialDateTime:
    """A date and time of which some part is not known: ``None`` for the year, the month or the day.

    >>> PartialDateTime(year=2026, month=5, hours=13, minutes=30)
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    hours: int = 0
    minutes: int = 0
    seconds: int = 0


@attrs.frozen
class Moment(FixedKind):
    """Date Time (0x2A08) in seven octets: a ``datetime`` without time zone, or a ``PartialDateTime``.

    GATT Specification Supplement, Date Time: year 1582 … 9999, and zero for a year, month or day that is not known.
    Fractions of a second are cut off.
    """

    width: int = attrs.field(default=7, init=False)

    @property
    @override
    def label(self) -> str:
        return "date time"

    @property
    @override
    def allowed(self) -> str:
        return (
            f"a datetime of the years {_FIRST_YEAR} … {_LAST_YEAR} without time zone, "
            "or a PartialDateTime if its year, month or day is not known"
        )

    @property
    @override
    def example(self) -> dt.datetime:
        return dt.datetime(2026, 5, 17, 13, 30, 0)  # noqa: DTZ001  (the format has no time zone)

    @override
    def wire(self) -> Wire:
        names = {"to_date_time": self.pack, "from_date_time": self.unpack}
        return Wire("7s", ("to_date_time({v})",), "from_date_time({0})", names=names)

    @override
    def pack(self, value: Any) -> bytes:
        if isinstance(value, dt.datetime):
            return _LAYOUT.pack(*_parts(value))
        if not isinstance(value, PartialDateTime):
            raise TypeError(value)
        _check(value)
        date = (value.year or 0, value.month or 0, value.day or 0)
        return _LAYOUT.pack(*date, value.hours, value.minutes, value.seconds)

    @override
    def unpack(self, octets: bytes) -> dt.datetime | PartialDateTime:
        year, month, day, *time = _LAYOUT.unpack(octets)
        if year and month and day:
            made = dt.datetime(year, month, day, *time)  # noqa: DTZ001
            _parts(made)
            return made
        partial = PartialDateTime(
            year=year or None, month=month or None, day=day or None, hours=time[0], minutes=time[1], seconds=time[2]
        )
        _check(partial)
        return partial


def _parts(moment: dt.datetime) -> tuple[int, ...]:
    if moment.tzinfo is not None or moment.year < _FIRST_YEAR:
        raise ValueError(moment)
    return moment.timetuple()[:6]


def _check(moment: PartialDateTime) -> None:
    """Refuse parts that no calendar has, and a moment of which all is known: that is a ``datetime``."""
    if moment.year and moment.month and moment.day:
        raise ValueError(moment)
    leap_year = 2000
    year, month, day = moment.year or leap_year, moment.month or 1, moment.day or 1
    _parts(dt.datetime(year, month, day, moment.hours, moment.minutes, moment.seconds))  # noqa: DTZ001
    if 0 in (moment.year, moment.month, moment.day):
        raise ValueError(moment)


class TimeSpecial(enum.Enum):
    """What a Time Exponential 8 can mean besides a duration."""

    DEVICE_LIFETIME = 0xFE
    """As long as the device lives."""


_UNKNOWN, _ONE_SECOND, _BASE, _LONGEST_TIME = 0xFF, 64, 1.1, 0xFD


@attrs.frozen
class Exponential(FixedKind):
    """Time Exponential 8 (0x2B13): 0 is no time, N stands for 1.1 to the power of N - 64 seconds."""

    width: int = attrs.field(default=1, init=False)

    @property
    @override
    def label(self) -> str:
        return "uint8, exponential"

    @property
    @override
    def allowed(self) -> str:
        longest = _BASE ** (_LONGEST_TIME - _ONE_SECOND)
        return f"a timedelta of 0 … {longest:.0f} s, None (not known), {TimeSpecial.DEVICE_LIFETIME}"

    @property
    @override
    def example(self) -> dt.timedelta:
        return dt.timedelta(seconds=1)

    @override
    def wire(self) -> Wire:
        names = {"to_exponential": self.raw, "from_exponential": self.time}
        return Wire("B", ("to_exponential({v})",), "from_exponential({0})", names=names)

    @override
    def pack(self, value: Any) -> bytes:
        return bytes((self.raw(value),))

    @override
    def unpack(self, octets: bytes) -> dt.timedelta | TimeSpecial | None:
        exactly(octets, 1)
        return self.time(octets[0])

    @staticmethod
    def raw(value: dt.timedelta | TimeSpecial | None) -> int:
        """Give the octet of a value."""
        if value is None:
            return _UNKNOWN
        if isinstance(value, TimeSpecial):
            return int(value.value)
        seconds = value.total_seconds()
        raw = round(math.log(seconds, _BASE)) + _ONE_SECOND if seconds else 0
        if seconds and raw < 1:
            raw = 1 if seconds > 0 else -1
        if not 0 <= raw <= _LONGEST_TIME:
            raise OverflowError(value)
        return raw

    @staticmethod
    def time(raw: int) -> dt.timedelta | TimeSpecial | None:
        """Give the value of an octet."""
        if raw > _LONGEST_TIME:
            return None if raw == _UNKNOWN else TimeSpecial(raw)
        return dt.timedelta(seconds=_BASE ** (raw - _ONE_SECOND) if raw else 0)
