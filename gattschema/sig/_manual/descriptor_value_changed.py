"""Descriptor Value Changed (0x2A7D)."""

from __future__ import annotations

import enum
import uuid
from typing import Annotated

from gattschema.values import AnyUuid, UInt16, struct

__all__ = ["DescriptorChange", "DescriptorValueChanged"]

UUID_NUMBERS = {"DescriptorValueChanged": 0x2A7D}


class DescriptorChange(enum.IntFlag):
    """What was changed, and by whom."""

    BY_CLIENT = 0x0001
    """A client did it; the server otherwise."""
    TRIGGER_SETTING = 0x0002
    CONFIGURATION = 0x0004
    MEASUREMENT = 0x0008
    USER_DESCRIPTION = 0x0010


@struct
class DescriptorValueChanged:
    """Which descriptors of which characteristic changed (Environmental Sensing Service 1.0, section 3.2)."""

    change: Annotated[DescriptorChange, UInt16]
    characteristic: Annotated[uuid.UUID, AnyUuid]
