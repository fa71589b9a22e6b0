"""The Media Control Service: what has a fixed format (0x2B93 to 0x2BA5, without objects and the control point)."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import OpenEnum, Scale, SInt8, SInt32, UInt16, UInt32, Unit, Unknown, Utf8, carrier

__all__ = [
    "MediaControlPointOpcodesSupported",
    "MediaPlayerIconUrl",
    "MediaPlayerName",
    "MediaState",
    "PlaybackSpeed",
    "PlayingOrder",
    "PlayingOrdersSupported",
    "SeekingSpeed",
    "TrackDuration",
    "TrackPosition",
    "TrackTitle",
]

UUID_NUMBERS = {
    "MediaPlayerName": 0x2B93,
    "MediaPlayerIconUrl": 0x2B95,
    "TrackTitle": 0x2B97,
    "TrackDuration": 0x2B98,
    "TrackPosition": 0x2B99,
    "PlaybackSpeed": 0x2B9A,
    "SeekingSpeed": 0x2B9B,
    "PlayingOrder": 0x2BA1,
    "PlayingOrdersSupported": 0x2BA2,
    "MediaState": 0x2BA3,
    "MediaControlPointOpcodesSupported": 0x2BA5,
}

MediaPlayerName: TypeAlias = Annotated[str, Utf8(max=512)]
"""What people call the player (Media Control Service 1.0, section 3, Media Player Name)."""
MediaPlayerIconUrl: TypeAlias = Annotated[str, Utf8(max=512)]
"""Where its icon is (Media Control Service 1.0, section 3, Media Player Icon URL)."""
TrackTitle: TypeAlias = Annotated[str, Utf8(max=512)]
"""What plays (Media Control Service 1.0, section 3, Track Title)."""
TrackDuration: TypeAlias = Annotated[float | None, SInt32, Scale(decimal=-2), Unit.SECOND, Unknown(-1)]
"""How long it plays (Media Control Service 1.0, section 3, Track Duration)."""
TrackPosition: TypeAlias = Annotated[float | None, SInt32, Scale(decimal=-2), Unit.SECOND, Unknown(-1)]
"""How far it is, as a write below zero from the end (Media Control Service 1.0, section 3, Track Position)."""
PlaybackSpeed: TypeAlias = SInt8
"""64 times the logarithm of the speed to base 2: 64 is twice as fast (Media Control Service 1.0, section 3)."""
SeekingSpeed: TypeAlias = SInt8
"""How many times as fast, back if negative, 0 if it does not seek (Media Control Service 1.0, section 3)."""


class PlayingOrder(OpenEnum):
    """Which track is next (Media Control Service 1.0, section 3, Playing Order)."""

    SINGLE_ONCE = 0x01
    SINGLE_REPEAT = 0x02
    IN_ORDER_ONCE = 0x03
    IN_ORDER_REPEAT = 0x04
    OLDEST_ONCE = 0x05
    OLDEST_REPEAT = 0x06
    NEWEST_ONCE = 0x07
    NEWEST_REPEAT = 0x08
    SHUFFLE_ONCE = 0x09
    SHUFFLE_REPEAT = 0x0A


@carrier(UInt16)
class PlayingOrdersSupported(enum.IntFlag):
    """Which orders the player knows (Media Control Service 1.0, section 3, Playing Orders Supported)."""

    SINGLE_ONCE = 0x0001
    SINGLE_REPEAT = 0x0002
    IN_ORDER_ONCE = 0x0004
    IN_ORDER_REPEAT = 0x0008
    OLDEST_ONCE = 0x0010
    OLDEST_REPEAT = 0x0020
    NEWEST_ONCE = 0x0040
    NEWEST_REPEAT = 0x0080
    SHUFFLE_ONCE = 0x0100
    SHUFFLE_REPEAT = 0x0200


class MediaState(OpenEnum):
    """What the player does (Media Control Service 1.0, section 3, Media State)."""

    INACTIVE = 0
    PLAYING = 1
    PAUSED = 2
    SEEKING = 3


@carrier(UInt32)
class MediaControlPointOpcodesSupported(enum.IntFlag):
    """What the player can be told (Media Control Service 1.0, section 3, Media Control Point Opcodes Supported)."""

    PLAY = 0x0000_0001
    PAUSE = 0x0000_0002
    FAST_REWIND = 0x0000_0004
    FAST_FORWARD = 0x0000_0008
    STOP = 0x0000_0010
    MOVE_RELATIVE = 0x0000_0020
    PREVIOUS_SEGMENT = 0x0000_0040
    NEXT_SEGMENT = 0x0000_0080
    FIRST_SEGMENT = 0x0000_0100
    LAST_SEGMENT = 0x0000_0200
    GOTO_SEGMENT = 0x0000_0400
    PREVIOUS_TRACK = 0x0000_0800
    NEXT_TRACK = 0x0000_1000
    FIRST_TRACK = 0x0000_2000
    LAST_TRACK = 0x0000_4000
    GOTO_TRACK = 0x0000_8000
    PREVIOUS_GROUP = 0x0001_0000
    NEXT_GROUP = 0x0002_0000
    FIRST_GROUP = 0x0004_0000
    LAST_GROUP = 0x0008_0000
    GOTO_GROUP = 0x0010_0000
