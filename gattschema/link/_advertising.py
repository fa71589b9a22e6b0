"""What an adapter can advertise (``org.bluez.LEAdvertisingManager.rst``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs


@attrs.frozen
class AdvertisingCapabilities:
    """What an adapter's advertising manager says of itself; ``None`` and empty where it does not."""

    active: int
    """Advertisements that are on the air."""
    left: int
    """How many more there can be."""
    includes: frozenset[str] = frozenset()
    """What BlueZ can put into an advertisement by itself: tx-power, appearance, local-name, rsi."""
    secondary_channels: frozenset[str] = frozenset()
    """1M, 2M, Coded; empty where extended advertising is not offered."""
    features: frozenset[str] = frozenset()
    """CanSetTxPower, HardwareOffload."""
    longest: int | None = None
    """Octets that an advertisement may take."""
    longest_scan_response: int | None = None
    """Octets that a scan response may take."""
    min_tx_power: int | None = None
    """In dBm."""
    max_tx_power: int | None = None
    """In dBm."""

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Self:
        """Read the manager's properties."""
        more = properties.get("SupportedCapabilities", {})
        return cls(
            active=properties.get("ActiveInstances", 0),
            left=properties.get("SupportedInstances", 0),
            includes=frozenset(properties.get("SupportedIncludes", ())),
            secondary_channels=frozenset(properties.get("SupportedSecondaryChannels", ())),
            features=frozenset(properties.get("SupportedFeatures", ())),
            longest=more.get("MaxAdvLen"),
            longest_scan_response=more.get("MaxScnRspLen"),
            min_tx_power=more.get("MinTxPower"),
            max_tx_power=more.get("MaxTxPower"),
        )
