"""The Volume Offset Control Service: 0x2B80 to 0x2B83."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.sig._manual.audio_locations import AudioChannel
from gattschema.values import Range, SInt16, UInt8, UInt32, Utf8, struct

__all__ = [
    "AudioLocation",
    "AudioOutputDescription",
    "SetVolumeOffset",
    "VolumeOffsetControlPoint",
    "VolumeOffsetState",
]

UUID_NUMBERS = {
    "VolumeOffsetState": 0x2B80,
    "AudioLocation": 0x2B81,
    "VolumeOffsetControlPoint": 0x2B82,
    "AudioOutputDescription": 0x2B83,
}

VolumeOffset: TypeAlias = Annotated[int, SInt16, Range(-255, 255)]
"""Added to the volume of this output."""


@struct
class VolumeOffsetState:
    """How much louder this output is than the others (Volume Offset Control Service 1.0, section 3.1)."""

    offset: VolumeOffset
    change_counter: UInt8 = 0
    """Goes up by one with each change; 0 follows 255."""


AudioLocation: TypeAlias = Annotated[AudioChannel, UInt32]
"""Where this output is (Volume Offset Control Service 1.0, section 3.2)."""


@struct(opcode=0x01)
class SetVolumeOffset:
    """Set how much louder this output is."""

    change_counter: UInt8
    offset: VolumeOffset


VolumeOffsetControlPoint: TypeAlias = SetVolumeOffset
"""Sets the offset; the counter is that of the state the client saw (Volume Offset Control Service 1.0, section 3.3)."""

AudioOutputDescription: TypeAlias = Annotated[str, Utf8(max=512)]
"""What people call this output (Volume Offset Control Service 1.0, section 3.4)."""
