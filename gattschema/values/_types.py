"""The types that annotations are made of."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, TypeAlias

import attrs

from gattschema.values._errors import Fault
from gattschema.values._kinds import LONGEST
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Integer, Real
from gattschema.values._text import Encoding, Opaque, Text, Uuid
from gattschema.values._times import Exponential, Moment, PartialDateTime, TimeSpecial

UInt1: TypeAlias = Annotated[int, Integer(1, narrow=1)]
"""0 or 1 in one bit; neighbours in a struct share octets, the first in the least significant bits."""
UInt2: TypeAlias = Annotated[int, Integer(1, narrow=2)]
"""A whole number from 0 to 3 in two bits; neighbours in a struct share octets."""
UInt4: TypeAlias = Annotated[int, Integer(1, narrow=4)]
"""A whole number from 0 to 15 in four bits; neighbours in a struct share octets."""
UInt12: TypeAlias = Annotated[int, Integer(2, narrow=12)]
"""A whole number from 0 to 4095 in twelve bits; neighbours in a struct share octets."""
SInt12: TypeAlias = Annotated[int, Integer(2, signed=True, narrow=12)]
"""A whole number from -2048 to 2047 in twelve bits, two's complement; neighbours in a struct share octets."""
UInt128: TypeAlias = Annotated[int, Integer(16)]
"""A whole number from 0 to 2¹²⁸ - 1 in sixteen octets, least significant first."""
SInt128: TypeAlias = Annotated[int, Integer(16, signed=True)]
"""A whole number from -2¹²⁷ to 2¹²⁷ - 1 in sixteen octets, two's complement, least significant first."""
MedFloat16: TypeAlias = Annotated[float, MedFloat(2)]
"""An IEEE 11073 SFLOAT in two octets: three digits, ±2047e7 at most, ``nan``, ``inf``, ``NRES``, ``RESERVED``."""
MedFloat32: TypeAlias = Annotated[float, MedFloat(4)]
"""An IEEE 11073 FLOAT in four octets: six digits, ±8388607e127 at most, ``nan``, ``inf``, ``NRES``, ``RESERVED``."""
Uuid16: TypeAlias = Annotated[uuid.UUID, Uuid(2, 2)]
"""A UUID that the SIG assigned, in two octets."""
Uuid128: TypeAlias = Annotated[uuid.UUID, Uuid(16, 16)]
"""A UUID in sixteen octets, least significant first."""
AnyUuid: TypeAlias = Annotated[uuid.UUID, Uuid(2, 16)]
"""A UUID in two octets if it can be written so, else in sixteen; it takes the rest of the value."""
DateTime: TypeAlias = Annotated[dt.datetime | PartialDateTime, Moment()]
"""Date Time (0x2A08) in seven octets: a ``datetime``, or a ``PartialDateTime`` if part of the date is not known."""
TimeExponential8: TypeAlias = Annotated[dt.timedelta | TimeSpecial | None, Exponential()]
"""Time Exponential 8 (0x2B13) in one octet: 1.1 to the power of raw - 64 seconds."""

UInt8: TypeAlias = Annotated[int, Integer(1)]
"""A whole number from 0 to 255 in one octet."""
UInt16: TypeAlias = Annotated[int, Integer(2)]
"""A whole number from 0 to 65535 in two octets, least significant first."""
UInt24: TypeAlias = Annotated[int, Integer(3)]
"""A whole number from 0 to 16777215 in three octets, least significant first."""
UInt32: TypeAlias = Annotated[int, Integer(4)]
"""A whole number from 0 to 2³² - 1 in four octets, least significant first."""
UInt40: TypeAlias = Annotated[int, Integer(5)]
"""A whole number from 0 to 2⁴⁰ - 1 in five octets, least significant first."""
UInt48: TypeAlias = Annotated[int, Integer(6)]
"""A whole number from 0 to 2⁴⁸ - 1 in six octets, least significant first."""
UInt64: TypeAlias = Annotated[int, Integer(8)]
"""A whole number from 0 to 2⁶⁴ - 1 in eight octets, least significant first."""
SInt8: TypeAlias = Annotated[int, Integer(1, signed=True)]
"""A whole number from -128 to 127 in one octet, two's complement."""
SInt16: TypeAlias = Annotated[int, Integer(2, signed=True)]
"""A whole number from -32768 to 32767 in two octets, two's complement, least significant first."""
SInt24: TypeAlias = Annotated[int, Integer(3, signed=True)]
"""A whole number from -2²³ to 2²³ - 1 in three octets, two's complement, least significant first."""
SInt32: TypeAlias = Annotated[int, Integer(4, signed=True)]
"""A whole number from -2³¹ to 2³¹ - 1 in four octets, two's complement, least significant first."""
SInt40: TypeAlias = Annotated[int, Integer(5, signed=True)]
"""A whole number from -2³⁹ to 2³⁹ - 1 in five octets, two's complement, least significant first."""
SInt48: TypeAlias = Annotated[int, Integer(6, signed=True)]
"""A whole number from -2⁴⁷ to 2⁴⁷ - 1 in six octets, two's complement, least significant first."""
SInt64: TypeAlias = Annotated[int, Integer(8, signed=True)]
"""A whole number from -2⁶³ to 2⁶³ - 1 in eight octets, two's complement, least significant first."""
Float32: TypeAlias = Annotated[float, Real(4)]
"""An IEEE 754 number in four octets, least significant first."""
Float64: TypeAlias = Annotated[float, Real(8)]
"""An IEEE 754 number in eight octets, least significant first."""


@attrs.frozen
class BigEndian:
    """``Annotated[UInt16, BigEndian()]``: most significant octet first."""


def Utf8(size: int | None = None, *, max: int | None = None, min: int = 0, terminated: bool = False) -> Text:  # noqa: A002, N802  (reads as the type that it makes)
    """Make text in UTF-8; all numbers count octets.

    >>> label: Annotated[str, Utf8(max=20)]                     # takes the rest of the value
    >>> serial: Annotated[str, Utf8(8)]                         # always 8 octets, the unused ones NUL
    >>> lot: Annotated[str, Utf8(max=20, terminated=True)]      # ends with a NUL, which counts
    """
    return _text("utf-8", size, (min, max), terminated=terminated)


def Utf16(size: int | None = None, *, max: int | None = None, min: int = 0, terminated: bool = False) -> Text:  # noqa: A002, N802  (reads as the type that it makes)
    """Make text in UTF-16, the least significant octet first; all numbers count octets, as in :func:`Utf8`.

    >>> label: Annotated[str, Utf16(max=20)]
    """
    return _text("utf-16", size, (min, max), terminated=terminated)


def _text(encoding: Encoding, size: int | None, span: tuple[int, int | None], *, terminated: bool) -> Text:
    spelled = {"utf-8": "Utf8", "utf-16": "Utf16"}[encoding]
    instead = f"Annotated[str, {spelled}(max=20)]"
    if (size is None) == (span[1] is None) or (size is not None and (terminated or span[0])):
        raise Fault(
            f"{spelled}(…) does not say how long the text is",
            allowed="a fixed size, or max=, perhaps with min= and terminated=True",
            instead=instead,
        )
    unit = len(Text(0, 0, encoding).nul)
    if size is not None:
        return Text(*_bounds(size, size, instead, unit), encoding, "padded")
    least = max(span[0], unit) if terminated else span[0]
    return Text(*_bounds(least, span[1] or 0, instead, unit), encoding, "terminated" if terminated else "rest")


def Octets(size: int | None = None, *, max: int | None = None, min: int = 0) -> Opaque:  # noqa: A002, N802
    """Make bytes: exactly *size* of them, or *min* to *max* that take the rest of the value.

    >>> address: Annotated[bytes, Octets(6)]
    >>> frame: Annotated[bytes, Octets(max=20)]
    """
    if size is not None:
        return Opaque(*_bounds(size, size, "Annotated[bytes, Octets(6)]"))
    return Opaque(*_bounds(min, LONGEST if max is None else max, "Annotated[bytes, Octets(max=20)]"))


def _bounds(least: int, most: int, instead: str, unit: int = 1) -> tuple[int, int]:
    """Give the bounds if there is a value within; those of characters of two octets are even."""
    if least >= 0 and -(-least // unit) <= most // unit and most <= LONGEST:
        return -(-least // unit) * unit, most // unit * unit
    raise Fault(
        f"no value has {least} to {most} octets",
        allowed=f"0 … {LONGEST} octets, the least first{', an even number' * (unit > 1)} "
        f"(an attribute value has at most {LONGEST})",
        instead=instead,
    )
