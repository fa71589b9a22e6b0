"""Roles in audio: telephony and media (0x2B51), gaming (0x2C00 to 0x2C04), hearing aids (0x2BDA, 0x2BDC)."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import Bits, OpenEnum, Presence, UInt8, UInt16, carrier, derived, struct

__all__ = [
    "ActivePresetIndex",
    "BgrFeatures",
    "BgsFeatures",
    "GmapRole",
    "HearingAidFeatures",
    "HearingAidType",
    "TmapRole",
    "UggFeatures",
    "UgtFeatures",
]

UUID_NUMBERS = {
    "TmapRole": 0x2B51,
    "GmapRole": 0x2C00,
    "UggFeatures": 0x2C01,
    "UgtFeatures": 0x2C02,
    "BgsFeatures": 0x2C03,
    "BgrFeatures": 0x2C04,
    "HearingAidFeatures": 0x2BDA,
    "ActivePresetIndex": 0x2BDC,
}


@carrier(UInt16)
class TmapRole(enum.IntFlag):
    """Roles in telephony and media audio (Telephony and Media Audio Profile 1.0, section TMAP Role)."""

    CALL_GATEWAY = 0x0001
    CALL_TERMINAL = 0x0002
    UNICAST_MEDIA_SENDER = 0x0004
    UNICAST_MEDIA_RECEIVER = 0x0008
    BROADCAST_MEDIA_SENDER = 0x0010
    BROADCAST_MEDIA_RECEIVER = 0x0020


class GmapRole(enum.IntFlag):
    """Roles in gaming audio (Gaming Audio Profile 1.0, section GMAP Role)."""

    UNICAST_GAME_GATEWAY = 0x01
    UNICAST_GAME_TERMINAL = 0x02
    BROADCAST_GAME_SENDER = 0x04
    BROADCAST_GAME_RECEIVER = 0x08


class UggFeatures(enum.IntFlag):
    """What a unicast game gateway can do (Gaming Audio Profile 1.0, section UGG Features)."""

    MULTIPLEX = 0x01
    SOURCE_96_KBPS = 0x02
    MULTISINK = 0x04


class UgtFeatures(enum.IntFlag):
    """What a unicast game terminal can do (Gaming Audio Profile 1.0, section UGT Features)."""

    SOURCE = 0x01
    SOURCE_80_KBPS = 0x02
    SINK = 0x04
    SINK_64_KBPS = 0x08
    MULTIPLEX = 0x10
    MULTISINK = 0x20
    MULTISOURCE = 0x40


class BgsFeatures(enum.IntFlag):
    """What a broadcast game sender can do (Gaming Audio Profile 1.0, section BGS Features)."""

    SOURCE_96_KBPS = 0x01


class BgrFeatures(enum.IntFlag):
    """What a broadcast game receiver can do (Gaming Audio Profile 1.0, section BGR Features)."""

    MULTISINK = 0x01
    MULTIPLEX = 0x02


class HearingAidType(OpenEnum):
    """How hearing aids are worn."""

    BINAURAL = 0
    MONAURAL = 1
    BANDED = 2


@struct
class HearingAidFeatures:
    """What a hearing aid can do (Hearing Access Service 1.0, section 3, Hearing Aid Features)."""

    features: Presence[UInt8] = derived()
    type: Annotated[HearingAidType, Bits(0, 1)]
    preset_synchronization: Annotated[bool, Bits(2)] = False
    independent_presets: Annotated[bool, Bits(3)] = False
    dynamic_presets: Annotated[bool, Bits(4)] = False
    writable_presets: Annotated[bool, Bits(5)] = False


ActivePresetIndex: TypeAlias = UInt8
"""The preset in use, 0 for none (Hearing Access Service 1.0, section 3, Active Preset Index)."""
