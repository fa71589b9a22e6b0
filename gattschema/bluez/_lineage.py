"""What outlives a connection to BlueZ: the devices and adapters that a program holds, and where they are now."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast
from weakref import WeakValueDictionary

import attrs

from gattschema._errors import ConnectionLost
from gattschema.bluez._away import Loss

if TYPE_CHECKING:
    from gattschema.bluez._mirror import Mirror
    from gattschema.bluez._remote import RemoteObject

R = TypeVar("R", bound="RemoteObject")

Identity: TypeAlias = tuple[str, ...]
"""The address of an adapter, or that and a device's; what does not tell its address is known by its path."""

_AWAY = {
    Loss.BUS: ("the connection to the system bus is away", "BusBack"),
    Loss.BLUEZ: ("bluetoothd is away", "BluezBack"),
    Loss.REMOVED: ("the adapter is away", "AdapterBack"),
    Loss.OFF: ("the adapter is off", "AdapterBack"),
}
_WAIT = "wait until it is back, which gattschema.events.{} tells, and ask again"
_OPEN_ANEW = "leave the block, and open it anew: async with open_adapter() as adapter"
_PLUG_IN = "plug it in again; bluetoothctl list"


@attrs.define(eq=False, repr=False)
class Lineage:
    """What all mirrors of one peripheral share, or the one of a block of ``open_adapter()``: it knows the newest.

    There is one remote object for each device as long as somebody holds it, whichever mirror it was found in: that is
    why the same phone is equal after BlueZ was restarted.
    """

    returns: bool = True
    """Whether another mirror follows when one has lost BlueZ."""
    newest: Mirror | None = None
    has_ended: bool = False
    """Whether the block is over."""
    _held: WeakValueDictionary[Identity, RemoteObject] = attrs.field(
        init=False, factory=WeakValueDictionary[Identity, "RemoteObject"]
    )
    _turn: threading.Lock = attrs.field(init=False, factory=threading.Lock)
    """Devices are asked for from any thread."""

    def follow(self, mirror: Mirror) -> None:
        """Take a new mirror for the newest, after everything that is held has looked into the one before."""
        with self._turn:
            held = list(self._held.values())
        for remote in held:
            remote.look()
        self.newest = mirror

    def end(self) -> None:
        """Note that the block is over: nothing can be asked any more."""
        self.has_ended = True

    def held(self, make: Callable[[Lineage, str, Identity], R], path: str, identity: Identity) -> R:
        """Give the one that is held already, or make it."""
        with self._turn:
            known = self._held.get(identity)
            if known is None:
                known = self._held[identity] = make(self, path, identity)
            return cast("R", known)  # devices have two addresses, and adapters one

    def readdress(self, before: Identity, now: Identity) -> None:
        """Note that a phone has shown who it is: it is the same device by another address."""
        with self._turn:
            remote = self._held.pop(before, None)
            if remote is not None:
                remote.identity = now
                self._held[now] = remote

    # --- what is away ---------------------------------------------------------------------------------------------

    @property
    def loss(self) -> Loss | None:
        """What the newest mirror has lost; ``None`` while it hears BlueZ, and once the block is over."""
        if self.has_ended or self.newest is None or not self.newest.is_deaf:
            return None
        return self.newest.loss or Loss.BLUEZ

    def listen(self) -> None:
        """Find out whether the bus is away, which nobody may have been told yet."""
        if self.newest is not None and not self.newest.bus.connected:
            self.newest.lose(Loss.BUS)

    def living(self, whom: str) -> Mirror:
        """Give the newest mirror, through which BlueZ can be asked.

        Raises:
            ConnectionLost: the block has ended, or BlueZ is away.
        """
        if self.has_ended or self.newest is None or self.newest.is_deaf:
            raise self.absence(whom)
        return self.newest

    def absence(self, whom: str) -> ConnectionLost:
        """Give the error that says why *whom* cannot be reached."""
        if self.has_ended:
            return ConnectionLost(f"the block has ended in which {whom} was found", "ask before the async with ends")
        loss = self.loss or Loss.BLUEZ
        return ConnectionLost(f"{_AWAY[loss][0]}, and {whom} with it", self.remedy(loss))

    def remedy(self, loss: Loss) -> str:
        """Give what to do about a loss."""
        return _WAIT.format(_AWAY[loss][1]) if self.returns else _OPEN_ANEW

    def unplugged(self, whom: str, adapter: str) -> ConnectionLost:
        """Give the error for an adapter that BlueZ does not have."""
        finding = f"{adapter} is away" + ("" if whom == adapter else f", and {whom} with it")
        remedy = _WAIT.format("AdapterBack (or BluezBack, if bluetoothd was away)") if self.returns else _PLUG_IN
        return ConnectionLost(finding, remedy)
