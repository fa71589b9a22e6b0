"""Training Status (0x2AD3)."""

from __future__ import annotations

from typing import Annotated

from gattschema.values import Bits, OpenEnum, Presence, UInt8, Utf8, When, derived, struct

__all__ = ["TrainingState", "TrainingStatus"]

UUID_NUMBERS = {"TrainingStatus": 0x2AD3}


class TrainingState(OpenEnum):
    """What the user is doing."""

    OTHER = 0x00
    IDLE = 0x01
    WARMING_UP = 0x02
    LOW_INTENSITY_INTERVAL = 0x03
    HIGH_INTENSITY_INTERVAL = 0x04
    RECOVERY_INTERVAL = 0x05
    ISOMETRIC = 0x06
    HEART_RATE_CONTROL = 0x07
    FITNESS_TEST = 0x08
    SPEED_BELOW_CONTROL_REGION = 0x09
    SPEED_ABOVE_CONTROL_REGION = 0x0A
    COOL_DOWN = 0x0B
    WATT_CONTROL = 0x0C
    MANUAL_MODE = 0x0D
    PRE_WORKOUT = 0x0E
    POST_WORKOUT = 0x0F


@struct
class TrainingStatus:
    """Where in the training the user is (Fitness Machine Service 1.0, section 4.10)."""

    flags: Presence[UInt8] = derived()
    extended_string: Annotated[bool, Bits(1)] = False
    """Whether a read gives more of the text than a notification had room for."""
    status: TrainingState
    text: Annotated[str, Utf8(max=510), When(bit=0)] = ""
