"""Object Size (0x2AC0), Object Properties (0x2AC4), Object Changed (0x2AC8)."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import UInt32, UInt48, struct

__all__ = ["ObjectChange", "ObjectChanged", "ObjectProperties", "ObjectProperty", "ObjectSize"]

UUID_NUMBERS = {"ObjectSize": 0x2AC0, "ObjectProperties": 0x2AC4, "ObjectChanged": 0x2AC8}


@struct
class ObjectSize:
    """How large an object is and may become, in octets (Object Transfer Service 1.0, section 3.2, Object Size)."""

    current: UInt32
    allocated: UInt32


class ObjectProperty(enum.IntFlag):
    """What can be done with an object."""

    DELETE = 0x0000_0001
    EXECUTE = 0x0000_0002
    READ = 0x0000_0004
    WRITE = 0x0000_0008
    APPEND = 0x0000_0010
    TRUNCATE = 0x0000_0020
    PATCH = 0x0000_0040
    MARK = 0x0000_0080


ObjectProperties: TypeAlias = Annotated[ObjectProperty, UInt32]
"""What can be done with the current object (Object Transfer Service 1.0, section 3.2, Object Properties)."""


class ObjectChange(enum.IntFlag):
    """What happened to an object."""

    BY_CLIENT = 0x01
    """A client did it; the server otherwise."""
    CONTENTS = 0x02
    METADATA = 0x04
    CREATED = 0x08
    DELETED = 0x10


@struct
class ObjectChanged:
    """What happened to which object (Object Transfer Service 1.0, section 3.6)."""

    change: ObjectChange
    object_id: UInt48
