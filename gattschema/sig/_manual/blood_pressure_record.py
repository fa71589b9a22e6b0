"""Blood Pressure Record (0x2B36)."""

from __future__ import annotations

import uuid as uuids
from typing import Annotated

from gattschema.values import Bits, Octets, Presence, UInt8, UInt16, Uuid16, derived, struct

__all__ = ["BloodPressureRecord"]

UUID_NUMBERS = {"BloodPressureRecord": 0x2B36}


@struct
class BloodPressureRecord:
    """One segment of a stored measurement (Blood Pressure Service 1.1, section 3, Blood Pressure Record).

    Where the service secures records by an E2E-CRC, the CRC runs over the fields of all segments and ends the last
    one: it is then the last two octets of *recorded* there.
    """

    header: Presence[UInt8] = derived()
    first_segment: Annotated[bool, Bits(0)] = True
    last_segment: Annotated[bool, Bits(1)] = True
    segment_counter: Annotated[int, Bits(2, 7)] = 0
    """Goes up by one from segment to segment; 0 follows 63."""
    sequence_number: UInt16
    """The number of the record; 0 follows 65535."""
    uuid: Annotated[uuids.UUID, Uuid16]
    """The characteristic whose value was recorded."""
    recorded: Annotated[bytes, Octets(max=507)]
    """The value, or this segment's part of it."""
