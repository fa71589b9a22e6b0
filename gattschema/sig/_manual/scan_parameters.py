"""Scan Interval Window (0x2A4F), Scan Refresh (0x2A31)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.values import OpenEnum, Range, Scale, UInt16, Unit, struct

__all__ = ["ScanIntervalWindow", "ScanRefresh"]

UUID_NUMBERS = {"ScanIntervalWindow": 0x2A4F, "ScanRefresh": 0x2A31}

ScanTime: TypeAlias = Annotated[float, UInt16, Scale(multiplier=625, decimal=-6), Unit.SECOND, Range(0.0025, 10.24)]
"""Steps of 0.625 ms."""


@struct
class ScanIntervalWindow:
    """How the client means to scan (Scan Parameters Service 1.0, section 3.1)."""

    interval: ScanTime
    window: ScanTime
    """At most the interval."""


class ScanRefresh(OpenEnum):
    """What the server needs (Scan Parameters Service 1.0, section 3.2)."""

    SERVER_REQUIRES_REFRESH = 0
