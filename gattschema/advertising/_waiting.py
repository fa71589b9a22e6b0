"""What an advertisement is linked to while BlueZ is away: assignments are checked, and leave when it is back."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import attrs

from gattschema.advertising._budget import check
from gattschema.advertising._host import Host

if TYPE_CHECKING:
    from gattschema.advertising._advertisement import Advertisement


@attrs.frozen
class Waiting:
    """The link to an air that is gone for a while, by the last host that there was."""

    host: Host

    def check(self, advertisement: Advertisement) -> None:
        """Raise AdvertisementError unless *advertisement* could have been on the air of that host."""
        check(advertisement, self.host)

    def changed(self, names: Collection[str]) -> None:
        """Do nothing: all of it goes on the air when BlueZ is back."""


def let_go(advertisement: Advertisement) -> None:
    """Wait for BlueZ no longer: *advertisement* takes any values from now on. One on the air stays there."""
    if isinstance(advertisement._gatt_link, Waiting):  # noqa: SLF001  (the room's own slot)
        advertisement._gatt_link = None  # noqa: SLF001
