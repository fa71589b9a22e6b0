"""Published Audio Capabilities: locations and contexts (0x2BCA, 0x2BCC, 0x2BCD, 0x2BCE)."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import UInt16, UInt32, struct

__all__ = [
    "AudioChannel",
    "AudioContext",
    "AvailableAudioContexts",
    "SinkAudioLocations",
    "SourceAudioLocations",
    "SupportedAudioContexts",
]

UUID_NUMBERS = {
    "SinkAudioLocations": 0x2BCA,
    "SourceAudioLocations": 0x2BCC,
    "AvailableAudioContexts": 0x2BCD,
    "SupportedAudioContexts": 0x2BCE,
}


class AudioChannel(enum.IntFlag):
    """Places of loudspeakers (Assigned Numbers, section 6.12.1, Audio Location Definitions); 0 is mono."""

    FRONT_LEFT = 0x0000_0001
    FRONT_RIGHT = 0x0000_0002
    FRONT_CENTER = 0x0000_0004
    LOW_FREQUENCY_EFFECTS_1 = 0x0000_0008
    BACK_LEFT = 0x0000_0010
    BACK_RIGHT = 0x0000_0020
    FRONT_LEFT_OF_CENTER = 0x0000_0040
    FRONT_RIGHT_OF_CENTER = 0x0000_0080
    BACK_CENTER = 0x0000_0100
    LOW_FREQUENCY_EFFECTS_2 = 0x0000_0200
    SIDE_LEFT = 0x0000_0400
    SIDE_RIGHT = 0x0000_0800
    TOP_FRONT_LEFT = 0x0000_1000
    TOP_FRONT_RIGHT = 0x0000_2000
    TOP_FRONT_CENTER = 0x0000_4000
    TOP_CENTER = 0x0000_8000
    TOP_BACK_LEFT = 0x0001_0000
    TOP_BACK_RIGHT = 0x0002_0000
    TOP_SIDE_LEFT = 0x0004_0000
    TOP_SIDE_RIGHT = 0x0008_0000
    TOP_BACK_CENTER = 0x0010_0000
    BOTTOM_FRONT_CENTER = 0x0020_0000
    BOTTOM_FRONT_LEFT = 0x0040_0000
    BOTTOM_FRONT_RIGHT = 0x0080_0000
    FRONT_LEFT_WIDE = 0x0100_0000
    FRONT_RIGHT_WIDE = 0x0200_0000
    LEFT_SURROUND = 0x0400_0000
    RIGHT_SURROUND = 0x0800_0000


SinkAudioLocations: TypeAlias = Annotated[AudioChannel, UInt32]
"""Where sound is played (Published Audio Capabilities Service 1.0, section 3.2)."""
SourceAudioLocations: TypeAlias = Annotated[AudioChannel, UInt32]
"""Where sound is recorded (Published Audio Capabilities Service 1.0, section 3.4)."""


class AudioContext(enum.IntFlag):
    """What sound is for (Assigned Numbers, section 6.12.3, Context Type)."""

    UNSPECIFIED = 0x0001
    CONVERSATIONAL = 0x0002
    MEDIA = 0x0004
    GAME = 0x0008
    INSTRUCTIONAL = 0x0010
    VOICE_ASSISTANTS = 0x0020
    LIVE = 0x0040
    SOUND_EFFECTS = 0x0080
    NOTIFICATIONS = 0x0100
    RINGTONE = 0x0200
    ALERTS = 0x0400
    EMERGENCY_ALARM = 0x0800


@struct
class AvailableAudioContexts:
    """What can be played and recorded just now (Published Audio Capabilities Service 1.0, section 3.5)."""

    sink: Annotated[AudioContext, UInt16]
    source: Annotated[AudioContext, UInt16]


@struct
class SupportedAudioContexts:
    """What can be played and recorded at all (Published Audio Capabilities Service 1.0, section 3.6)."""

    sink: Annotated[AudioContext, UInt16]
    source: Annotated[AudioContext, UInt16]
