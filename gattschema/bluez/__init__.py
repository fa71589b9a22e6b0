"""The only room that knows D-Bus: a plan becomes objects that BlueZ reads, assignments become signals."""

from gattschema.bluez._adapter import adapters_called, find_adapter
from gattschema.bluez._application import Application
from gattschema.bluez._attributes import Surroundings
from gattschema.bluez._away import Away, Loss
from gattschema.bluez._bus import BLUEZ, connect, disconnected, managed_objects, owner_of, watch_owner
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._includes import check_not_included, included_first
from gattschema.bluez._kept import forget_kept
from gattschema.bluez._lineage import Lineage
from gattschema.bluez._mirror import Change, Mirror
from gattschema.bluez._objects import ObjectTree
from gattschema.bluez._outbox import Outbox, Outlet
from gattschema.bluez._release import Release, running_release
from gattschema.bluez._session import Contents, Session, begin_session

__all__ = [
    "BLUEZ",
    "Application",
    "Away",
    "CallFailed",
    "Change",
    "Contents",
    "Lineage",
    "Loss",
    "Mirror",
    "ObjectTree",
    "Outbox",
    "Outlet",
    "Release",
    "Session",
    "Surroundings",
    "adapters_called",
    "begin_session",
    "check_not_included",
    "connect",
    "disconnected",
    "find_adapter",
    "forget_kept",
    "included_first",
    "managed_objects",
    "owner_of",
    "running_release",
    "watch_owner",
]
