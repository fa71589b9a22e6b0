"""Volume Control (0x1844) and Microphone Control (0x184D) Services."""

from __future__ import annotations

from gattschema.schema import ReadNotify, ReadWriteNotify, Service, Write, characteristic
from gattschema.sig._manual.audio_input import Mute
from gattschema.sig._manual.volume_control import VolumeControlPoint, VolumeFlags, VolumeState

__all__ = ["MicrophoneControl", "VolumeControl"]

SERVICES = {"VolumeControl": 0x1844, "MicrophoneControl": 0x184D}


class VolumeControl(Service, uuid=0x1844):
    """How loud it is (Volume Control Service 1.0, section 3); all encrypted."""

    volume_state: ReadNotify[VolumeState] = characteristic(security="encrypted")
    volume_control_point: Write[VolumeControlPoint] = characteristic(init=False, security="encrypted")
    volume_flags: ReadNotify[VolumeFlags] = characteristic(security="encrypted")


class MicrophoneControl(Service, uuid=0x184D):
    """Whether microphones are heard (Microphone Control Service 1.0, section 3); all encrypted."""

    mute: ReadWriteNotify[Mute] = characteristic(security="encrypted")
