"""What an advertisement is linked to while BlueZ is away: assignments are checked, and leave when it is back.

Its times go on meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from time import monotonic
from typing import TYPE_CHECKING

import attrs

from gattschema._errors import AdvertisementError
from gattschema.advertising._budget import check
from gattschema.advertising._host import Host

if TYPE_CHECKING:
    from gattschema.advertising._advertisement import Advertisement


LIMITS = ("timeout", "discoverable_timeout")
"""The attributes that say for how long something is on the air."""


@attrs.frozen(eq=False)
class Ends:
    """When the times of an advertisement are over, which BlueZ forgets with it."""

    advertisement: Advertisement
    moments: dict[str, float] = attrs.field(factory=dict[str, float])
    """By the monotonic clock, of those that there are."""

    def begin(self, names: Collection[str] = LIMITS) -> None:
        """Count from now on those that *names* has: it goes on the air, or they are assigned; from any thread."""
        for name in [name for name in LIMITS if name in names]:
            seconds = self.advertisement._gatt_values[name]  # noqa: SLF001  (the room's own slot)
            if seconds is None:
                self.moments.pop(name, None)
            else:
                self.moments[name] = monotonic() + seconds

    def check(self) -> None:
        """Raise AdvertisementError where nothing is left of the timeout: BlueZ would have ended it."""
        if "timeout" in self.moments and not left(self.moments["timeout"]):
            name = type(self.advertisement).__name__
            raise AdvertisementError(f"{name}: its timeout was over before BlueZ was back", "add() puts it back")


def left(moment: float) -> int:
    """Give the whole seconds until a moment; 0 where it is over."""
    return max(0, math.ceil(moment - monotonic()))


@attrs.frozen
class Waiting:
    """The link to an air that is gone for a while, by the last host that there was."""

    host: Host
    ends: Ends | None = None
    """``None``: it was on no air yet, and no time runs."""

    def check(self, advertisement: Advertisement) -> None:
        """Raise AdvertisementError unless *advertisement* could have been on the air of that host."""
        check(advertisement, self.host)

    def changed(self, names: Collection[str]) -> None:
        """Note new times; all of it goes on the air when BlueZ is back."""
        if self.ends is not None:
            self.ends.begin(names)


def let_go(advertisement: Advertisement) -> None:
    """Wait for BlueZ no longer: *advertisement* takes any values from now on. One on the air stays there."""
    if isinstance(advertisement._gatt_link, Waiting):  # noqa: SLF001  (the room's own slot)
        advertisement._gatt_link = None  # noqa: SLF001
