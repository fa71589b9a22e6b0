"""Human Interface Device Service (0x1812): HID over GATT."""

from __future__ import annotations

from typing import Annotated

from gattschema.schema import ABSENT, Read, ReadNotify, ReadWrite, Service, WriteWithoutResponse, characteristic
from gattschema.sig._descriptors import ReportReference, ReportType
from gattschema.sig._manual.hid import (
    BootKeyboardInputReport,
    BootKeyboardOutputReport,
    BootMouseInputReport,
    HidControlPoint,
    HidInformation,
    ProtocolMode,
    Report,
    ReportMap,
)

__all__ = ["HumanInterfaceDevice"]

SERVICES = {"HumanInterfaceDevice": 0x1812}


class HumanInterfaceDevice(Service, uuid=0x1812):
    """A keyboard, a mouse, a remote control … (HID Service 1.0, section HID Service Characteristics).

    Everything is encrypted, as the profile demands, but the two that take writes without response alone: BlueZ cannot
    protect these. The three reports are those of a Report Map without report IDs; further ones, or ones with an ID, are
    fields of a subclass: ``keys: ReadNotify[Report] = characteristic(uuid=0x2A4D, security="encrypted",
    descriptors=(ReportReference(report_id=1, report_type=ReportType.INPUT),))``.
    """

    protocol_mode: Annotated[Read[ProtocolMode], WriteWithoutResponse] = characteristic(
        default=ABSENT, security={"read": "encrypted"}
    )
    """Mandatory beside boot reports."""
    input_report: ReadNotify[Report] = characteristic(
        default=ABSENT,
        uuid=0x2A4D,
        security="encrypted",
        descriptors=(ReportReference(report_type=ReportType.INPUT),),
    )
    output_report: Annotated[ReadWrite[Report], WriteWithoutResponse] = characteristic(
        default=ABSENT,
        uuid=0x2A4D,
        security="encrypted",
        descriptors=(ReportReference(report_type=ReportType.OUTPUT),),
    )
    feature_report: ReadWrite[Report] = characteristic(
        default=ABSENT,
        uuid=0x2A4D,
        security="encrypted",
        descriptors=(ReportReference(report_type=ReportType.FEATURE),),
    )
    report_map: Read[ReportMap] = characteristic(security="encrypted")
    boot_keyboard_input_report: ReadNotify[BootKeyboardInputReport] = characteristic(
        default=ABSENT, security="encrypted"
    )
    boot_keyboard_output_report: Annotated[ReadWrite[BootKeyboardOutputReport], WriteWithoutResponse] = characteristic(
        default=ABSENT, security="encrypted"
    )
    """Mandatory beside the keyboard's input."""
    boot_mouse_input_report: ReadNotify[BootMouseInputReport] = characteristic(default=ABSENT, security="encrypted")
    hid_information: Read[HidInformation] = characteristic(security="encrypted")
    hid_control_point: WriteWithoutResponse[HidControlPoint] = characteristic(init=False)
