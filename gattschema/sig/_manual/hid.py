"""The human interface device: information, reports, boot reports, protocol mode (0x2A22, 0x2A32, 0x2A33, 0x2A4A …)."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import Count, Octets, OpenEnum, SInt8, UInt8, UInt16, struct

__all__ = [
    "BootKeyboardInputReport",
    "BootKeyboardOutputReport",
    "BootMouseInputReport",
    "HidControlPoint",
    "HidFlags",
    "HidInformation",
    "KeyboardLed",
    "Modifier",
    "MouseButton",
    "ProtocolMode",
    "Report",
    "ReportMap",
]

UUID_NUMBERS = {
    "BootKeyboardInputReport": 0x2A22,
    "BootKeyboardOutputReport": 0x2A32,
    "BootMouseInputReport": 0x2A33,
    "HidInformation": 0x2A4A,
    "ReportMap": 0x2A4B,
    "HidControlPoint": 0x2A4C,
    "Report": 0x2A4D,
    "ProtocolMode": 0x2A4E,
}


class HidFlags(enum.IntFlag):
    """What the device can do while the host sleeps."""

    REMOTE_WAKE = 0x01
    NORMALLY_CONNECTABLE = 0x02


@struct
class HidInformation:
    """What the device conforms to (HID Service 1.0, section HID Information)."""

    bcd_hid: UInt16 = 0x0111
    """The release of the USB HID specification, in binary-coded decimal: 0x0111 is 1.11."""
    country_code: UInt8 = 0
    """What the keys are labelled for, by the codes of the USB HID specification; 0 is no country."""
    flags: HidFlags = HidFlags.NORMALLY_CONNECTABLE


class HidControlPoint(OpenEnum):
    """What the host is about to do (HID Service 1.0, section HID Control Point)."""

    SUSPEND = 0
    EXIT_SUSPEND = 1


class ProtocolMode(OpenEnum):
    """Which reports the device speaks (HID Service 1.0, section Protocol Mode)."""

    BOOT = 0
    REPORT = 1


Report: TypeAlias = Annotated[bytes, Octets(max=512)]
"""A report without its report ID; the Report Map says what it means (HID Service 1.0, section Report)."""

ReportMap: TypeAlias = Annotated[bytes, Octets(max=512)]
"""A report descriptor of the USB HID specification (HID Service 1.0, section Report Map)."""


class Modifier(enum.IntFlag):
    """Keys that are held while others are pressed."""

    LEFT_CONTROL = 0x01
    LEFT_SHIFT = 0x02
    LEFT_ALT = 0x04
    LEFT_GUI = 0x08
    RIGHT_CONTROL = 0x10
    RIGHT_SHIFT = 0x20
    RIGHT_ALT = 0x40
    RIGHT_GUI = 0x80


@struct
class BootKeyboardInputReport:
    """The keys that are down (HID Service 1.0, section Boot Keyboard Input Report; USB HID 1.11, appendix B.1)."""

    modifiers: Modifier = Modifier(0)
    reserved: UInt8 = 0
    keys: Annotated[tuple[UInt8, ...], Count(6)] = (0, 0, 0, 0, 0, 0)
    """Up to six usages of the keyboard page, 0 for none."""


class KeyboardLed(enum.IntFlag):
    """Lights of a keyboard."""

    NUM_LOCK = 0x01
    CAPS_LOCK = 0x02
    SCROLL_LOCK = 0x04
    COMPOSE = 0x08
    KANA = 0x10


@struct
class BootKeyboardOutputReport:
    """The lights that are on (HID Service 1.0, section Boot Keyboard Output Report; USB HID 1.11, appendix B.1)."""

    leds: KeyboardLed = KeyboardLed(0)


class MouseButton(enum.IntFlag):
    """Buttons of a mouse."""

    LEFT = 0x01
    RIGHT = 0x02
    MIDDLE = 0x04


@struct
class BootMouseInputReport:
    """What the mouse did (HID Service 1.0, section Boot Mouse Input Report; USB HID 1.11, appendix B.2)."""

    buttons: MouseButton = MouseButton(0)
    x: SInt8 = 0
    y: SInt8 = 0
    device_specific: Annotated[bytes, Octets(max=17)] = b""
    """Whatever the device adds."""
