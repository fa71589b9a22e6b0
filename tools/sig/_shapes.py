"""The types of the SIG's tables: how wide they are and which raw numbers they hold."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from tools.sig._facts import Field

_REALS = {"medfloat16": 2, "medfloat32": 4, "float32": 4, "float64": 8}
_REAL_NAMES = {"medfloat16": "MedFloat16", "medfloat32": "MedFloat32", "float32": "Float32", "float64": "Float64"}
_INTEGER = re.compile(r"(u|s)int(1|2|4|8|12|16|24|32|40|48|64|128)")
_ARRAY = re.compile(r"(\w+) ?\[(n|\d+)(?:[-–](\d+))?\]")
_FLAGS = re.compile(r"boolean\[(\d+)\]")
_FIXED_TEXT = re.compile(r"utf8s\{(\d+)\}")


@attrs.frozen
class Carrier:
    """What holds a number on the wire."""

    name: str
    """Its name in gattschema.values."""
    bits: int
    signed: bool = False
    real: bool = False

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the greatest raw number."""
        return (-(1 << self.bits - 1), (1 << self.bits - 1) - 1) if self.signed else (0, (1 << self.bits) - 1)


@attrs.frozen
class Array:
    """Items of one type, as many as there are or within bounds."""

    item: str
    least: int
    most: int | None


def carrier(type_name: str) -> Carrier | None:
    """Give the carrier of a number's or flags' type; None for text, structs and what is no type at all."""
    if found := _INTEGER.fullmatch(type_name):
        return Carrier(f"{found[1].upper()}Int{found[2]}", int(found[2]), signed=found[1] == "s")
    if found := _FLAGS.fullmatch(type_name):
        return Carrier(f"UInt{found[1]}", int(found[1]))
    if type_name in _REALS:
        return Carrier(_REAL_NAMES[type_name], 8 * _REALS[type_name], signed=True, real=True)
    return None


def carrier_of(field: Field) -> Carrier:
    """Give the carrier of a field that must have one."""
    held_by = carrier(field.type)
    if held_by is None:
        raise TypeError(f"{field.name} is a {field.type}, no number")
    return held_by


def is_flags(type_name: str) -> bool:
    """Whether the bits have a meaning each."""
    return _FLAGS.fullmatch(type_name) is not None


def array_of(type_name: str) -> Array | None:
    """``uint16[n]`` and ``sint16 [0–9]``."""
    found = _ARRAY.fullmatch(type_name)
    if found is None or is_flags(type_name):
        return None
    if found[2] == "n":
        return Array(found[1], 0, None)
    return Array(found[1], int(found[2]), int(found[3] or found[2]))


def fixed_text(type_name: str) -> int | None:
    """``utf8s{16}`` has sixteen octets."""
    found = _FIXED_TEXT.fullmatch(type_name)
    return int(found[1]) if found else None


def is_known(type_name: str) -> bool:
    """Whether the type is one that the generator can write."""
    words = {"struct", "utf8s", "gatt_uuid"}
    return type_name in words or bool(carrier(type_name) or array_of(type_name) or fixed_text(type_name))


def factor(field: Field) -> Fraction:
    """What one of the raw number is worth."""
    multiplier, decimal, binary = field.scale or (1, 0, 0)
    return multiplier * Fraction(10) ** decimal * Fraction(2) ** binary


def signed_raw(raw: int, held_by: Carrier) -> int:
    """Read 0x8000 as the number that a signed carrier of 16 bits holds."""
    return raw - (1 << held_by.bits) if held_by.signed and raw > held_by.bounds[1] else raw


def numbers(field: Field, held_by: Carrier) -> tuple[int, int]:
    """Give the least and the greatest raw number that the carrier has without the sentinels at its ends."""
    low, high = held_by.bounds
    reserved = {signed_raw(raw, held_by) for raw in field.sentinels}
    while low in reserved:
        low += 1
    while high in reserved:
        high -= 1
    return low, high
