"""What is lost, from the first loss until everything is back: each thing is told once each way."""

from __future__ import annotations

import asyncio
import enum
import logging
import time
from typing import TYPE_CHECKING

from gattschema._errors import PeripheralError
from gattschema._hub import Hub
from gattschema.events import (
    AdapterBack,
    AdapterLost,
    BluezBack,
    BluezLost,
    BusBack,
    BusLost,
    Event,
)

if TYPE_CHECKING:
    from gattschema.link import Adapter

SETTLING = 1.5
"""Seconds before an adapter's loss is told: that it is off is the first sign of its removal, or of bluetoothd's end."""
APPEARING = 3.0
"""Seconds that the adapter is given to appear behind a bluetoothd that returns, before it counts as lost, too."""
RESTART = 4.0
"""Seconds that whatever is lost may take to come back before advice is given."""
AT_ONCE = 2.0
"""Seconds between an adapter's going off and its disappearance, or bluetoothd's, which then was the reason."""

logger = logging.getLogger("gattschema.peripheral")


class Loss(enum.Enum):
    """Why a session has ended."""

    BUS = "the system bus"
    BLUEZ = "bluetoothd"
    REMOVED = "the adapter"
    OFF = "the adapter's power"


class Away:
    """The losses since everything was there, in order."""

    def __init__(self, hub: Hub, adapter: Adapter) -> None:
        self.hub = hub
        self.adapter = adapter
        """The one that was used, as it was then."""
        self.losses: dict[type[Event], Loss] = {}
        self.was_switched_off = False
        """Whether a person or rfkill did it, which is respected until it is switched on again."""
        self._switched_off_at = 0.0
        self._held: Loss | None = None
        """The adapter's loss, which is not told yet."""
        self._timer: asyncio.TimerHandle | None = None
        self._began = time.monotonic()
        self._noted = ""

    def lose(self, loss: Loss) -> None:
        """Note that something is not there."""
        if loss is Loss.OFF:
            if not self.was_switched_off:  # else it has just been found off once more
                self._switched_off_at = time.monotonic()
            self.was_switched_off = True
        elif time.monotonic() - self._switched_off_at < AT_ONCE:
            self.was_switched_off = False
        if loss in {Loss.BUS, Loss.BLUEZ}:
            self.forget_held()
            self._tell(loss)
        elif loss is not self._held and AdapterLost not in self.losses:
            self._hold(loss)

    def _hold(self, loss: Loss) -> None:
        """Tell of the adapter in a while, unless something below it turns out to be the reason."""
        self.forget_held()
        self._held = loss
        delay = APPEARING if self.losses else SETTLING
        self._timer = asyncio.get_running_loop().call_later(delay, self._tell_held)

    def _tell_held(self) -> None:
        held = self._held
        self.forget_held()
        if held is not None:
            self._tell(held)

    def forget_held(self) -> None:
        """Tell nothing of what is not told yet."""
        if self._timer is not None:
            self._timer.cancel()
        self._held = self._timer = None

    def _tell(self, loss: Loss) -> None:
        event = self._lost(loss)
        if type(event) not in self.losses:
            logger.warning("%s is gone; its return is awaited", loss.value)
            self.losses[type(event)] = loss
            self.hub.emit(event)

    def _lost(self, loss: Loss) -> Event:
        if loss is Loss.BUS:
            return BusLost()
        if loss is Loss.BLUEZ:
            return BluezLost()
        return AdapterLost(self.adapter, "off" if loss is Loss.OFF else "removed")

    def note(self, error: PeripheralError) -> None:
        """Log why it is not over yet, once in a row; a restart is left its time."""
        if time.monotonic() - self._began > RESTART and str(error) != self._noted:
            self._noted = str(error)
            logger.warning("not back yet: %s", error)

    def end(self, adapter: Adapter) -> None:
        """Tell that everything is back."""
        if not self.losses:
            self._tell_held()
        for kind, loss in self.losses.items():
            logger.warning("%s is back", loss.value)
            self.hub.emit(AdapterBack(adapter) if kind is AdapterLost else _BACK[kind]())


_BACK: dict[type[Event], type[BusBack | BluezBack]] = {BusLost: BusBack, BluezLost: BluezBack}
