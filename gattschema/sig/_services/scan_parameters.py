"""Scan Parameters Service (0x1813)."""

from __future__ import annotations

from gattschema.schema import ABSENT, Notify, Service, WriteWithoutResponse, characteristic
from gattschema.sig._manual.scan_parameters import ScanIntervalWindow, ScanRefresh

__all__ = ["ScanParameters"]

SERVICES = {"ScanParameters": 0x1813}


class ScanParameters(Service, uuid=0x1813):
    """Tells the device how its host scans (Scan Parameters Service 1.0, section 3)."""

    scan_interval_window: WriteWithoutResponse[ScanIntervalWindow] = characteristic(init=False)
    scan_refresh: Notify[ScanRefresh] = characteristic(default=ABSENT)
