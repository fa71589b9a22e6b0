"""The Coordinated Set Identification Service: 0x2B84 to 0x2B87."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.values import Octets, OpenEnum, Range, UInt8, struct

__all__ = ["CoordinatedSetSize", "KeyType", "SetIdentityResolvingKey", "SetMemberLock", "SetMemberRank"]

UUID_NUMBERS = {
    "SetIdentityResolvingKey": 0x2B84,
    "CoordinatedSetSize": 0x2B85,
    "SetMemberLock": 0x2B86,
    "SetMemberRank": 0x2B87,
}


class KeyType(OpenEnum):
    """Whether the key is encrypted."""

    ENCRYPTED = 0
    PLAIN = 1


@struct
class SetIdentityResolvingKey:
    """The key that all devices of a set share (Coordinated Set Identification Service 1.0, section 5.1)."""

    type: KeyType
    key: Annotated[bytes, Octets(16)]
    """Lowest octet first."""


CoordinatedSetSize: TypeAlias = Annotated[int, UInt8, Range(1, 255)]
"""How many devices the set has (Coordinated Set Identification Service 1.0, section 5.2)."""


class SetMemberLock(OpenEnum):
    """Whether a client has the device to itself (Coordinated Set Identification Service 1.0, section 5.3)."""

    UNLOCKED = 1
    LOCKED = 2


SetMemberRank: TypeAlias = Annotated[int, UInt8, Range(1, 255)]
"""The place of the device in its set (Coordinated Set Identification Service 1.0, section 5.4)."""
