"""Aggregate (0x2A5A), and Digital (0x2A56) and Analog (0x2A58), which the SIG has withdrawn from its list since."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.values import Count, Octets, OpenEnum, UInt2, UInt16, struct

__all__ = ["Aggregate", "Analog", "Digital", "DigitalState", "FourDigitals"]

UUID_NUMBERS = {"Aggregate": 0x2A5A, "Analog": 0x2A58, "Digital": 0x2A56}


class DigitalState(OpenEnum):
    """What one pin does, in two bits."""

    INACTIVE = 0
    ACTIVE = 1
    TRISTATE = 2
    OUTPUT_STATE = 3


@struct
class FourDigitals:
    """One octet of pins; those that there are not are inactive."""

    first: Annotated[DigitalState, UInt2] = DigitalState.INACTIVE
    second: Annotated[DigitalState, UInt2] = DigitalState.INACTIVE
    third: Annotated[DigitalState, UInt2] = DigitalState.INACTIVE
    fourth: Annotated[DigitalState, UInt2] = DigitalState.INACTIVE


Digital: TypeAlias = Annotated[tuple[FourDigitals, ...], Count(min=1, max=64)]
"""Pins, four to an octet, the first in the lowest bits (Automation IO Service 1.0, section 3.1)."""

Analog: TypeAlias = UInt16
"""One analog value; the Presentation Format says what it counts (Automation IO Service 1.0, section 3.2)."""

Aggregate: TypeAlias = Annotated[bytes, Octets(max=512)]
"""The inputs one behind the other, digital ones first (Automation IO Service 1.0, section 3.3).

How many there are is the device's matter, so the value is octets: join what ``encode`` makes of each input.
"""
