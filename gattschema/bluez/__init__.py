"""The only room that knows D-Bus: a plan becomes objects that BlueZ reads, assignments become signals."""

from gattschema.bluez._adapter import Adapter, find_adapter, set_power
from gattschema.bluez._advertisement import Advertisement
from gattschema.bluez._application import Application
from gattschema.bluez._attributes import Surroundings
from gattschema.bluez._bus import BLUEZ, connect, disconnected, owner_of, watch_owner
from gattschema.bluez._devices import Devices
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._objects import ObjectTree
from gattschema.bluez._outbox import Outbox, Outlet
from gattschema.bluez._release import Release, running_release

__all__ = [
    "BLUEZ",
    "Adapter",
    "Advertisement",
    "Application",
    "CallFailed",
    "Devices",
    "ObjectTree",
    "Outbox",
    "Outlet",
    "Release",
    "Surroundings",
    "connect",
    "disconnected",
    "find_adapter",
    "owner_of",
    "running_release",
    "set_power",
    "watch_owner",
]
