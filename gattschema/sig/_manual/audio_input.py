"""The Audio Input Control Service (0x2B77 to 0x2B7C) and the Microphone Control Service (0x2BC3)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.values import OpenEnum, SInt8, UInt8, UnknownOperation, Utf8, struct

__all__ = [
    "AudioInputControlPoint",
    "AudioInputDescription",
    "AudioInputState",
    "AudioInputStatus",
    "AudioInputType",
    "GainMode",
    "GainSettingsAttribute",
    "Mute",
    "MuteInput",
    "SetAutomaticGainMode",
    "SetGainSetting",
    "SetManualGainMode",
    "UnknownOperation",
    "UnmuteInput",
]

UUID_NUMBERS = {
    "AudioInputState": 0x2B77,
    "GainSettingsAttribute": 0x2B78,
    "AudioInputType": 0x2B79,
    "AudioInputStatus": 0x2B7A,
    "AudioInputControlPoint": 0x2B7B,
    "AudioInputDescription": 0x2B7C,
    "Mute": 0x2BC3,
}


class Mute(OpenEnum):
    """Whether microphones are heard (Microphone Control Service 1.0, section 3.1)."""

    NOT_MUTED = 0
    MUTED = 1
    DISABLED = 2
    """Nobody may mute."""


class GainMode(OpenEnum):
    """Who sets the gain."""

    MANUAL_ONLY = 0
    AUTOMATIC_ONLY = 1
    MANUAL = 2
    AUTOMATIC = 3


@struct
class AudioInputState:
    """How loud an input is (Audio Input Control Service 1.0, section 3.1)."""

    gain_setting: SInt8
    """Counted in the steps of the Gain Settings Attribute."""
    mute: Mute = Mute.NOT_MUTED
    gain_mode: GainMode = GainMode.MANUAL
    change_counter: UInt8 = 0
    """Goes up by one with each change; 0 follows 255."""


@struct
class GainSettingsAttribute:
    """The steps and the bounds of the gain (Audio Input Control Service 1.0, section 3.2)."""

    units: UInt8
    """Steps of 0.1 dB in one step of the gain."""
    minimum: SInt8
    maximum: SInt8


class AudioInputType(OpenEnum):
    """What an input is (Audio Input Control Service 1.0, section 3.3; Assigned Numbers, Audio Input Type)."""

    UNSPECIFIED = 0x00
    BLUETOOTH_AUDIO_STREAM = 0x01
    MICROPHONE = 0x02
    ANALOG_INTERFACE = 0x03
    DIGITAL_INTERFACE = 0x04
    RADIO = 0x05
    STREAMING_SOURCE = 0x06
    AMBIENT = 0x07
    T_COIL = 0x08


class AudioInputStatus(OpenEnum):
    """Whether an input is in use (Audio Input Control Service 1.0, section 3.4)."""

    INACTIVE = 0
    ACTIVE = 1


@struct(opcode=0x01)
class SetGainSetting:
    """Set the gain."""

    change_counter: UInt8
    gain_setting: SInt8


@struct(opcode=0x02)
class UnmuteInput:
    """Let the input be heard."""

    change_counter: UInt8


@struct(opcode=0x03)
class MuteInput:
    """Let the input not be heard."""

    change_counter: UInt8


@struct(opcode=0x04)
class SetManualGainMode:
    """Let people set the gain."""

    change_counter: UInt8


@struct(opcode=0x05)
class SetAutomaticGainMode:
    """Let the device set the gain."""

    change_counter: UInt8


AudioInputControlPoint: TypeAlias = (
    SetGainSetting | UnmuteInput | MuteInput | SetManualGainMode | SetAutomaticGainMode | UnknownOperation
)
"""Sets an input; the counter is that of the state the client saw (Audio Input Control Service 1.0, section 3.5)."""

AudioInputDescription: TypeAlias = Annotated[str, Utf8(max=512)]
"""What people call this input (Audio Input Control Service 1.0, section 3.6)."""
