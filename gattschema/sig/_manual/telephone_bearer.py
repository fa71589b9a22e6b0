"""The Telephone Bearer Service: what has a plain format (0x2BB3 to 0x2BC2, without the call control point)."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import Count, OpenEnum, Range, UInt8, UInt16, Unit, Unknown, Utf8, carrier, struct

__all__ = [
    "BearerProviderName",
    "BearerSignalStrength",
    "BearerSignalStrengthReportingInterval",
    "BearerTechnology",
    "BearerUci",
    "BearerUriSchemesSupportedList",
    "Call",
    "CallControlPointOptionalOpcodes",
    "CallEnd",
    "CallFlags",
    "CallFriendlyName",
    "CallProgress",
    "CallState",
    "IncomingCall",
    "IncomingCallTargetBearerUri",
    "StatusFlags",
    "TerminationReason",
]

UUID_NUMBERS = {
    "BearerProviderName": 0x2BB3,
    "BearerUci": 0x2BB4,
    "BearerTechnology": 0x2BB5,
    "BearerUriSchemesSupportedList": 0x2BB6,
    "BearerSignalStrength": 0x2BB7,
    "BearerSignalStrengthReportingInterval": 0x2BB8,
    "StatusFlags": 0x2BBB,
    "IncomingCallTargetBearerUri": 0x2BBC,
    "CallState": 0x2BBD,
    "CallControlPointOptionalOpcodes": 0x2BBF,
    "TerminationReason": 0x2BC0,
    "IncomingCall": 0x2BC1,
    "CallFriendlyName": 0x2BC2,
}

BearerProviderName: TypeAlias = Annotated[str, Utf8(max=512)]
"""Who carries the calls (Telephone Bearer Service 1.0, section 3, Bearer Provider Name)."""
BearerUci: TypeAlias = Annotated[str, Utf8(max=512)]
"""The bearer's short name for protocols (Telephone Bearer Service 1.0, section 3, Bearer UCI)."""


class BearerTechnology(OpenEnum):
    """How calls are carried (Telephone Bearer Service 1.0, section 3; Assigned Numbers, Bearer Technology)."""

    GENERATION_3 = 0x01
    GENERATION_4 = 0x02
    LTE = 0x03
    WIFI = 0x04
    GENERATION_5 = 0x05
    GSM = 0x06
    CDMA = 0x07
    GENERATION_2 = 0x08
    WCDMA = 0x09


BearerUriSchemesSupportedList: TypeAlias = Annotated[str, Utf8(max=512)]
"""Schemes with commas between them (Telephone Bearer Service 1.0, section 3, Bearer URI Schemes Supported List)."""
BearerSignalStrength: TypeAlias = Annotated[int | None, UInt8, Range(0, 100), Unknown(0xFF)]
"""From none to the best; ``None`` where it means nothing (Telephone Bearer Service 1.0, section 3)."""
BearerSignalStrengthReportingInterval: TypeAlias = Annotated[int, UInt8, Unit.SECOND]
"""How often the strength is told, 0 for each change (Telephone Bearer Service 1.0, section 3)."""


@carrier(UInt16)
class StatusFlags(enum.IntFlag):
    """How the phone rings (Telephone Bearer Service 1.0, section 3, Status Flags)."""

    INBAND_RINGTONE = 0x0001
    SILENT_MODE = 0x0002


@struct
class IncomingCallTargetBearerUri:
    """Who is called (Telephone Bearer Service 1.0, section 3, Incoming Call Target Bearer URI)."""

    call_index: UInt8
    uri: Annotated[str, Utf8(max=511)]


class CallProgress(OpenEnum):
    """How far a call is."""

    INCOMING = 0
    DIALING = 1
    ALERTING = 2
    ACTIVE = 3
    LOCALLY_HELD = 4
    REMOTELY_HELD = 5
    LOCALLY_AND_REMOTELY_HELD = 6


class CallFlags(enum.IntFlag):
    """What else is known of a call."""

    OUTGOING = 0x01
    WITHHELD_BY_SERVER = 0x02
    WITHHELD_BY_NETWORK = 0x04


@struct
class Call:
    """One call."""

    call_index: UInt8
    progress: CallProgress
    flags: CallFlags = CallFlags(0)


CallState: TypeAlias = Annotated[tuple[Call, ...], Count(max=170)]
"""All calls (Telephone Bearer Service 1.0, section 3, Call State)."""


@carrier(UInt16)
class CallControlPointOptionalOpcodes(enum.IntFlag):
    """What the control point can do besides (Telephone Bearer Service 1.0, section 3)."""

    LOCAL_HOLD = 0x0001
    JOIN = 0x0002


class CallEnd(OpenEnum):
    """Why a call ended."""

    BAD_REMOTE_URI = 0x00
    CALL_FAILED = 0x01
    REMOTE_ENDED_CALL = 0x02
    SERVER_ENDED_CALL = 0x03
    LINE_BUSY = 0x04
    NETWORK_CONGESTED = 0x05
    CLIENT_TERMINATED = 0x06
    NO_SERVICE = 0x07
    NO_ANSWER = 0x08
    UNSPECIFIED = 0x09


@struct
class TerminationReason:
    """Why which call ended (Telephone Bearer Service 1.0, section 3, Termination Reason)."""

    call_index: UInt8
    reason: CallEnd


@struct
class IncomingCall:
    """Who calls (Telephone Bearer Service 1.0, section 3, Incoming Call)."""

    call_index: UInt8
    uri: Annotated[str, Utf8(max=511)]


@struct
class CallFriendlyName:
    """What people call who calls (Telephone Bearer Service 1.0, section 3, Call Friendly Name)."""

    call_index: UInt8
    name: Annotated[str, Utf8(max=511)]
