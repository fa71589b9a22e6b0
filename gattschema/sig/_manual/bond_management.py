"""Bond Management Control Point (0x2AA4), Bond Management Feature (0x2AA5)."""

from __future__ import annotations

import enum
from typing import Annotated

from gattschema.values import Octets, OpenEnum, UInt24, Utf8, struct

__all__ = ["BondFeature", "BondManagementControlPoint", "BondManagementFeature", "BondOperation"]

UUID_NUMBERS = {"BondManagementControlPoint": 0x2AA4, "BondManagementFeature": 0x2AA5}


class BondOperation(OpenEnum):
    """Which bonds to delete."""

    DELETE_REQUESTING_DEVICE = 0x01
    DELETE_REQUESTING_DEVICE_BR_EDR = 0x02
    DELETE_REQUESTING_DEVICE_LE = 0x03
    DELETE_ALL = 0x04
    DELETE_ALL_BR_EDR = 0x05
    DELETE_ALL_LE = 0x06
    DELETE_ALL_BUT_ACTIVE = 0x07
    DELETE_ALL_BUT_ACTIVE_BR_EDR = 0x08
    DELETE_ALL_BUT_ACTIVE_LE = 0x09


@struct
class BondManagementControlPoint:
    """Deletes bonds (Bond Management Service 1.0, section 3.1)."""

    operation: BondOperation
    authorization_code: Annotated[str, Utf8(max=511)] = ""


class BondFeature(enum.IntFlag):
    """What the control point can delete, and which of it needs an authorization code."""

    DELETE_REQUESTING_DEVICE = 0x00_0001
    DELETE_REQUESTING_DEVICE_CODE = 0x00_0002
    DELETE_REQUESTING_DEVICE_BR_EDR = 0x00_0004
    DELETE_REQUESTING_DEVICE_BR_EDR_CODE = 0x00_0008
    DELETE_REQUESTING_DEVICE_LE = 0x00_0010
    DELETE_REQUESTING_DEVICE_LE_CODE = 0x00_0020
    DELETE_ALL = 0x00_0040
    DELETE_ALL_CODE = 0x00_0080
    DELETE_ALL_BR_EDR = 0x00_0100
    DELETE_ALL_BR_EDR_CODE = 0x00_0200
    DELETE_ALL_LE = 0x00_0400
    DELETE_ALL_LE_CODE = 0x00_0800
    DELETE_ALL_BUT_ACTIVE = 0x00_1000
    DELETE_ALL_BUT_ACTIVE_CODE = 0x00_2000
    DELETE_ALL_BUT_ACTIVE_BR_EDR = 0x00_4000
    DELETE_ALL_BUT_ACTIVE_BR_EDR_CODE = 0x00_8000
    DELETE_ALL_BUT_ACTIVE_LE = 0x01_0000
    DELETE_ALL_BUT_ACTIVE_LE_CODE = 0x02_0000
    IDENTIFY_YOURSELF = 0x04_0000
    FEATURE_EXTENSION = 0x80_0000


@struct
class BondManagementFeature:
    """What the control point can do (Bond Management Service 1.0, section 3.2)."""

    features: Annotated[BondFeature, UInt24]
    extension: Annotated[bytes, Octets(max=509)] = b""
    """More octets of features, which no version of the service defines yet."""
