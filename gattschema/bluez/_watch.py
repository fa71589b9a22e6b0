"""BlueZ's changes as events: phones that connect, pair and leave, and the adapter they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gattschema._hub import Hub
from gattschema.bluez._adapter import ADAPTER, DEVICE
from gattschema.bluez._away import Loss
from gattschema.bluez._mirror import Change, Mirror
from gattschema.events import AdapterChanged, Connected, Disconnected, Paired, Unpaired

if TYPE_CHECKING:
    from gattschema.link import Adapter, Device


class Watch:
    """Observes one adapter and its devices."""

    def __init__(self, mirror: Mirror, adapter: Adapter, hub: Hub) -> None:
        self.mirror = mirror
        self.adapter = adapter
        self.hub = hub
        self.connected: dict[str, None] = {}
        """The paths of phones whose connection has been told, in that order."""
        self.paired = {device.path for device in mirror.devices(adapter.path) if device.paired}
        self.on_loss: Callable[[Loss], object] = _ignore
        self.on_renamed: Callable[[], object] = lambda: None
        self.on_connected: Callable[[Device], object] = _ignore
        self.on_disconnected: Callable[[Device], object] = _ignore
        self.on_paired: Callable[[Device], object] = _ignore

    def begin(self) -> None:
        """Tell what changes from now on."""
        self.mirror.observers.add(self._observe)

    def tell_present(self) -> None:
        """Tell who was connected before."""
        for device in self.mirror.devices(self.adapter.path):
            self._take(device.path, {"Connected": device.connected})

    def end(self) -> None:
        """Observe nothing more."""
        self.mirror.observers.discard(self._observe)

    def lose_all(self) -> None:
        """Tell that everybody has left."""
        self.end()
        for path in list(self.connected):
            self._go(path)

    def _observe(self, change: Change) -> None:
        if change.path == self.adapter.path and change.interface == ADAPTER:
            self._take_adapter(change.changed)
        elif change.interface == DEVICE and change.path.startswith(f"{self.adapter.path}/"):
            known = {"Connected": False, "Paired": False} if change.changed is None else change.changed
            if change.added and known.get("Paired"):
                self.paired.add(change.path)  # BlueZ knew it before
            self._take(change.path, known)

    def _take_adapter(self, changed: Mapping[str, Any] | None) -> None:
        if changed is None:
            self.on_loss(Loss.REMOVED)
            return
        self.hub.emit(AdapterChanged(self.adapter, dict(changed)))
        if "Alias" in changed:
            self.on_renamed()
        if changed.get("Powered") is False:
            self.on_loss(Loss.OFF)

    def _take(self, path: str, changed: Mapping[str, Any]) -> None:
        if changed.get("Connected"):
            self._come(path)
        if "Paired" in changed and changed["Paired"] != (path in self.paired):
            self._pair(path, has_keys=changed["Paired"])
        if changed.get("Connected") is False and path in self.connected:
            self._go(path)

    def _come(self, path: str) -> None:
        if path not in self.connected:
            self.connected[path] = None
            device = self.mirror.device(path)
            self.hub.emit(Connected(device))
            self.on_connected(device)

    def _pair(self, path: str, *, has_keys: bool) -> None:
        device = self.mirror.device(path)
        (self.paired.add if has_keys else self.paired.discard)(path)
        self.hub.emit(Paired(device) if has_keys else Unpaired(device))
        if has_keys:
            self.on_paired(device)

    def _go(self, path: str) -> None:
        """Tell that a phone has left; why, BlueZ has told before, if it does (5.83)."""
        del self.connected[path]
        device = self.mirror.device(path)
        self.hub.emit(Disconnected(device, self.mirror.reason(path)))
        if device.path == path:  # else it has another link, which lasts
            self.on_disconnected(device)


def _ignore(_: object) -> None:
    """Nobody has to know."""
