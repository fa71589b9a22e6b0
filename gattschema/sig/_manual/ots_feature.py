"""OTS Feature (0x2ABD)."""

from __future__ import annotations

import enum
from typing import Annotated

from gattschema.values import UInt32, struct

__all__ = ["ObjectActionFeature", "ObjectListFeature", "OtsFeature"]

UUID_NUMBERS = {"OtsFeature": 0x2ABD}


class ObjectActionFeature(enum.IntFlag):
    """What the Object Action Control Point can do."""

    CREATE = 0x0000_0001
    DELETE = 0x0000_0002
    CALCULATE_CHECKSUM = 0x0000_0004
    EXECUTE = 0x0000_0008
    READ = 0x0000_0010
    WRITE = 0x0000_0020
    APPEND = 0x0000_0040
    TRUNCATE = 0x0000_0080
    PATCH = 0x0000_0100
    ABORT = 0x0000_0200


class ObjectListFeature(enum.IntFlag):
    """What the Object List Control Point can do."""

    GO_TO = 0x0000_0001
    ORDER = 0x0000_0002
    REQUEST_NUMBER_OF_OBJECTS = 0x0000_0004
    CLEAR_MARKING = 0x0000_0008


@struct
class OtsFeature:
    """What an object server can do (Object Transfer Service 1.0, section 3.1)."""

    action: Annotated[ObjectActionFeature, UInt32] = ObjectActionFeature(0)
    listing: Annotated[ObjectListFeature, UInt32] = ObjectListFeature(0)
