"""CGM Session Start Time (0x2AAA), CGM Session Run Time (0x2AAB)."""

from __future__ import annotations

from typing import Annotated

from gattschema.sig._characteristics.dst_offset import DstOffset
from gattschema.sig._characteristics.time_zone import TimeZone
from gattschema.values import Crc, DateTime, UInt16, Unit, struct

__all__ = ["CgmSessionRunTime", "CgmSessionStartTime"]

UUID_NUMBERS = {"CgmSessionStartTime": 0x2AAA, "CgmSessionRunTime": 0x2AAB}


@struct
class CgmSessionStartTime:
    """When the session began (Continuous Glucose Monitoring Service 1.0, section 3.4)."""

    start: DateTime
    time_zone: TimeZone
    dst_offset: DstOffset
    e2e_crc: Annotated[bool, Crc()] = False
    """Whether a CRC follows: just as the CGM Feature says."""


@struct
class CgmSessionRunTime:
    """How long the sensor lasts (Continuous Glucose Monitoring Service 1.0, section 3.5)."""

    run_time: Annotated[int, UInt16, Unit.HOUR]
    e2e_crc: Annotated[bool, Crc()] = False
    """Whether a CRC follows: just as the CGM Feature says."""
