"""What decides beside an advertisement what goes on the air: the release of BlueZ, the controller, the adapter."""

from __future__ import annotations

import attrs

LEGACY = 31
"""Octets of an advertisement, and of a scan response, that every controller has and every phone hears."""

CONTROLLERS_LENGTH = (5, 69)
"""Before, bluetoothd makes no packet of more than 31 octets, whatever the controller takes; and it shortens names."""
FLAGS_WITHOUT_DISCOVERABLE = (5, 69)
"""Before, ``Discoverable`` = false means no flags at all."""
STABLE_PARAMETERS = (5, 77)
"""Before, intervals and power are for ``bluetoothd --experimental`` alone, which ignores them otherwise."""
SCAN_RESPONSES = (5, 80)
WRITES_INSTANCE = (5, 87)


@attrs.frozen(kw_only=True)
class Host:
    """The circumstances that a layout holds for; those not said are those of a plain computer with the newest BlueZ."""

    release: tuple[int, int] | None = None
    """BlueZ's: ``(5, 82)``."""
    longest: int = LEGACY
    """Octets that the controller takes (``MaxAdvLen``): more than 31 where it does extended advertising."""
    longest_scan_response: int = LEGACY
    secondary_channels: tuple[str, ...] = ()
    """For extended advertising: ``"1M"``, ``"2M"``, ``"Coded"``."""
    includes: tuple[str, ...] | None = None
    """What ``include`` may name; ``None``: not known."""
    left: int | None = None
    """Advertisements that there is still room for; ``None``: not known."""
    sets_power: bool | None = None
    """Whether the controller lets programs choose the power; ``None``: not known."""
    experimental: bool = False
    """Whether an old bluetoothd was started with ``--experimental``."""
    discoverable: bool = False
    """Whether the adapter itself is discoverable; then the flags do not say that it has no BR/EDR."""
    le_only: bool | None = None
    """Whether the adapter has no BR/EDR, or has it switched off. ``None``: not known, and room is kept for both."""
    name: str = ""
    """The adapter's alias, which ``include=["local-name"]`` advertises."""
    power: int = 0
    """In dBm; what ``include=["tx-power"]`` says when the controller has chosen it."""

    def is_before(self, release: tuple[int, int]) -> bool:
        """Whether an older BlueZ than *release* runs."""
        return self.release is not None and self.release < release

    @property
    def written_release(self) -> str:
        """``BlueZ 5.82``."""
        return "BlueZ" if self.release is None else f"BlueZ {self.release[0]}.{self.release[1]}"

    @property
    def generates(self) -> int:
        """Octets at which bluetoothd begins to shorten names and gives up."""
        return LEGACY if self.is_before(CONTROLLERS_LENGTH) else self.longest

    @property
    def generates_scan_response(self) -> int:
        """The same for the scan response."""
        return LEGACY if self.is_before(CONTROLLERS_LENGTH) else self.longest_scan_response
