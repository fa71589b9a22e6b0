"""The Generic Attribute Service: what clients may keep in mind of a server."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import Octets, UInt16, struct

__all__ = [
    "ClientFeature",
    "ClientSupportedFeatures",
    "DatabaseHash",
    "ServerFeature",
    "ServerSupportedFeatures",
    "ServiceChanged",
]

UUID_NUMBERS = {
    "ServiceChanged": 0x2A05,
    "ClientSupportedFeatures": 0x2B29,
    "DatabaseHash": 0x2B2A,
    "ServerSupportedFeatures": 0x2B3A,
}


@struct
class ServiceChanged:
    """Handles whose meaning changed, both ends included (Core Specification, Vol 3, Part G, 7.1)."""

    first: UInt16
    last: UInt16


class ClientFeature(enum.IntFlag):
    """What a client takes."""

    ROBUST_CACHING = 0x01
    ENHANCED_ATT_BEARER = 0x02
    MULTIPLE_NOTIFICATIONS = 0x04


@struct
class ClientSupportedFeatures:
    """What the client takes (Core Specification, Vol 3, Part G, 7.2)."""

    features: ClientFeature
    further: Annotated[bytes, Octets(max=511)] = b""
    """Octets of features that no version of the specification defines yet."""


DatabaseHash: TypeAlias = Annotated[bytes, Octets(16)]
"""A hash over the server's declarations, lowest octet first (Core Specification, Vol 3, Part G, 7.3)."""


class ServerFeature(enum.IntFlag):
    """What a server offers."""

    ENHANCED_ATT_BEARER = 0x01


@struct
class ServerSupportedFeatures:
    """What the server offers (Core Specification, Vol 3, Part G, 7.4)."""

    features: ServerFeature
    further: Annotated[bytes, Octets(max=511)] = b""
    """Octets of features that no version of the specification defines yet."""
