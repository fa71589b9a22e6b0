"""The Volume Control Service: 0x2B7D to 0x2B7F."""

from __future__ import annotations

import enum
from typing import TypeAlias

from gattschema.values import OpenEnum, UInt8, UnknownOperation, struct

__all__ = [
    "MuteVolume",
    "RelativeVolumeDown",
    "RelativeVolumeUp",
    "SetAbsoluteVolume",
    "UnknownOperation",
    "Unmute",
    "UnmuteRelativeVolumeDown",
    "UnmuteRelativeVolumeUp",
    "VolumeControlPoint",
    "VolumeFlags",
    "VolumeMute",
    "VolumeState",
]

UUID_NUMBERS = {"VolumeState": 0x2B7D, "VolumeControlPoint": 0x2B7E, "VolumeFlags": 0x2B7F}


class VolumeMute(OpenEnum):
    """Whether anything is heard."""

    NOT_MUTED = 0
    MUTED = 1


@struct
class VolumeState:
    """How loud it is (Volume Control Service 1.0, section 3.1)."""

    volume: UInt8
    mute: VolumeMute = VolumeMute.NOT_MUTED
    change_counter: UInt8 = 0
    """Goes up by one with each change; 0 follows 255."""


@struct(opcode=0x00)
class RelativeVolumeDown:
    """Turn it down."""

    change_counter: UInt8


@struct(opcode=0x01)
class RelativeVolumeUp:
    """Turn it up."""

    change_counter: UInt8


@struct(opcode=0x02)
class UnmuteRelativeVolumeDown:
    """Turn it down, and on."""

    change_counter: UInt8


@struct(opcode=0x03)
class UnmuteRelativeVolumeUp:
    """Turn it up, and on."""

    change_counter: UInt8


@struct(opcode=0x04)
class SetAbsoluteVolume:
    """Set how loud it is."""

    change_counter: UInt8
    volume: UInt8


@struct(opcode=0x05)
class Unmute:
    """Turn it on."""

    change_counter: UInt8


@struct(opcode=0x06)
class MuteVolume:
    """Turn it off."""

    change_counter: UInt8


VolumeControlPoint: TypeAlias = (
    RelativeVolumeDown
    | RelativeVolumeUp
    | UnmuteRelativeVolumeDown
    | UnmuteRelativeVolumeUp
    | SetAbsoluteVolume
    | Unmute
    | MuteVolume
    | UnknownOperation
)
"""Turns it up and down; the counter is that of the state the client saw (Volume Control Service 1.0, section 3.2)."""


class VolumeFlags(enum.IntFlag):
    """Whether the volume is one that the user chose (Volume Control Service 1.0, section 3.3)."""

    USER_SET = 0x01
