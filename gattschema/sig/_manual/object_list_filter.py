"""Object List Filter (0x2AC7)."""

from __future__ import annotations

import uuid
from typing import Annotated, TypeAlias

from gattschema.values import AnyUuid, DateTime, UInt32, Utf8, struct

__all__ = [
    "AllocatedSizeBetween",
    "CreatedBetween",
    "CurrentSizeBetween",
    "MarkedObjects",
    "ModifiedBetween",
    "Name",
    "NameContains",
    "NameEndsWith",
    "NameIsExactly",
    "NameStartsWith",
    "NoFilter",
    "ObjectListFilter",
    "TypeIs",
]

ALSO_IN_SIG = ("ObjectListFilter",)

UUID_NUMBERS = {"ObjectListFilter": 0x2AC7}

Name: TypeAlias = Annotated[str, Utf8(max=120)]
"""An object's name, or a part of it."""


@struct(opcode=0x00)
class NoFilter:
    """All objects pass."""


@struct(opcode=0x01)
class NameStartsWith:
    """Objects whose name starts so."""

    name: Name


@struct(opcode=0x02)
class NameEndsWith:
    """Objects whose name ends so."""

    name: Name


@struct(opcode=0x03)
class NameContains:
    """Objects with this in their name."""

    name: Name


@struct(opcode=0x04)
class NameIsExactly:
    """Objects of this name."""

    name: Name


@struct(opcode=0x05)
class TypeIs:
    """Objects of this type."""

    type: Annotated[uuid.UUID, AnyUuid]


@struct(opcode=0x06)
class CreatedBetween:
    """Objects created between two times, these included."""

    first: DateTime
    last: DateTime


@struct(opcode=0x07)
class ModifiedBetween:
    """Objects modified between two times, these included."""

    first: DateTime
    last: DateTime


@struct(opcode=0x08)
class CurrentSizeBetween:
    """Objects of so many octets, the bounds included."""

    least: UInt32
    most: UInt32


@struct(opcode=0x09)
class AllocatedSizeBetween:
    """Objects with room for so many octets, the bounds included."""

    least: UInt32
    most: UInt32


@struct(opcode=0x0A)
class MarkedObjects:
    """Objects with a mark."""


ObjectListFilter: TypeAlias = (
    NoFilter
    | NameStartsWith
    | NameEndsWith
    | NameContains
    | NameIsExactly
    | TypeIs
    | CreatedBetween
    | ModifiedBetween
    | CurrentSizeBetween
    | AllocatedSizeBetween
    | MarkedObjects
)
"""Which objects are listed (Object Transfer Service 1.0, section 3.5)."""
