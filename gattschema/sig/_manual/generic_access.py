"""The Generic Access Service: names, appearance, connection parameters, privacy."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.values import (
    Bits,
    Count,
    Octets,
    OpenEnum,
    Presence,
    Scale,
    UInt8,
    UInt16,
    Unit,
    Unknown,
    Utf8,
    derived,
    struct,
)

__all__ = [
    "Appearance",
    "CentralAddressResolution",
    "DeviceName",
    "LeGattSecurityLevels",
    "PeripheralPreferredConnectionParameters",
    "PeripheralPrivacyFlag",
    "ReconnectionAddress",
    "ResolvablePrivateAddressOnly",
    "SecurityLevel",
]

UUID_NUMBERS = {
    "DeviceName": 0x2A00,
    "Appearance": 0x2A01,
    "PeripheralPrivacyFlag": 0x2A02,
    "ReconnectionAddress": 0x2A03,
    "PeripheralPreferredConnectionParameters": 0x2A04,
    "CentralAddressResolution": 0x2AA6,
    "ResolvablePrivateAddressOnly": 0x2AC9,
    "LeGattSecurityLevels": 0x2BF5,
}

DeviceName: TypeAlias = Annotated[str, Utf8(max=248)]
"""The name of the device (Core Specification, Vol 3, Part C, 12.1)."""


@struct
class Appearance:
    """What the device looks like (Core Specification, Vol 3, Part C, 12.2; Assigned Numbers, section 2.6)."""

    value: Presence[UInt16] = derived()
    subcategory: Annotated[int, Bits(0, 5)] = 0
    category: Annotated[int, Bits(6, 15)] = 0


PeripheralPrivacyFlag: TypeAlias = bool
"""Whether the peripheral's privacy is on (Core Specification 4.0, Vol 3, Part C, 12.3; withdrawn since)."""
ReconnectionAddress: TypeAlias = Annotated[bytes, Octets(6)]
"""The address to reconnect with, lowest octet first (Core Specification 4.0, Vol 3, Part C, 12.4; withdrawn since)."""

ConnectionInterval: TypeAlias = Annotated[
    float | None, UInt16, Scale(multiplier=125, decimal=-5), Unit.SECOND, Unknown(0xFFFF)
]
"""Steps of 1.25 ms; ``None`` for no preference."""
SupervisionTimeout: TypeAlias = Annotated[float | None, UInt16, Scale(decimal=-2), Unit.SECOND, Unknown(0xFFFF)]
"""Steps of 10 ms; ``None`` for no preference."""


@struct
class PeripheralPreferredConnectionParameters:
    """How the peripheral likes to be connected (Core Specification, Vol 3, Part C, 12.3)."""

    minimum_interval: ConnectionInterval = None
    maximum_interval: ConnectionInterval = None
    latency: UInt16 = 0
    """Connection events that the peripheral may skip."""
    supervision_timeout: SupervisionTimeout = None


class CentralAddressResolution(OpenEnum):
    """Whether the device resolves private addresses (Core Specification, Vol 3, Part C, 12.4)."""

    NOT_SUPPORTED = 0
    SUPPORTED = 1


class ResolvablePrivateAddressOnly(OpenEnum):
    """That the device uses no other addresses once bonded (Core Specification, Vol 3, Part C, 12.5)."""

    ONLY_RESOLVABLE = 0


@struct
class SecurityLevel:
    """A security mode and a level of it."""

    mode: UInt8
    level: UInt8


LeGattSecurityLevels: TypeAlias = Annotated[tuple[SecurityLevel, ...], Count(min=1, max=256)]
"""Any of these is enough for all of the server's services (Core Specification, Vol 3, Part C, 12.7)."""
