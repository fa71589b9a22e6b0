"""The types that annotations are made of."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import attrs

from gattschema.values._errors import Fault
from gattschema.values._kinds import LONGEST, Integer, Opaque, Real, Text

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


def Utf8(*, max: int, min: int = 0) -> Text:  # noqa: A002, N802  (reads as the type that it makes)
    """Make text in UTF-8 that takes the rest of the value; the bounds count octets.

    >>> label: Annotated[str, Utf8(max=20)]
    """
    return Text(*_bounds(min, max, "Annotated[str, Utf8(max=20)]"))


def Octets(size: int | None = None, *, max: int | None = None, min: int = 0) -> Opaque:  # noqa: A002, N802
    """Make bytes: exactly *size* of them, or *min* to *max* that take the rest of the value.

    >>> address: Annotated[bytes, Octets(6)]
    >>> frame: Annotated[bytes, Octets(max=20)]
    """
    if size is not None:
        return Opaque(*_bounds(size, size, "Annotated[bytes, Octets(6)]"))
    return Opaque(*_bounds(min, LONGEST if max is None else max, "Annotated[bytes, Octets(max=20)]"))


def _bounds(least: int, most: int, instead: str) -> tuple[int, int]:
    if 0 <= least <= most <= LONGEST:
        return least, most
    raise Fault(
        f"no value has {least} to {most} octets",
        allowed=f"0 … {LONGEST} octets, the least first (an attribute value has at most {LONGEST})",
        instead=instead,
    )
