"""The system bus: connecting to it and calling BlueZ."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, cast

from dbus_fast import BusType, Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, InvalidAddressError

from gattschema._errors import ConnectionLost, NoBlueZ, NoBus, NotAllowed
from gattschema.bluez._errors import CallFailed

BLUEZ = "org.bluez"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
DAEMON = "org.freedesktop.DBus"

ANSWER_WITHIN = 25.0
"""Seconds that a method call may take; libdbus has the same default."""

ACCESS_DENIED = "org.freedesktop.DBus.Error.AccessDenied"


async def connect() -> MessageBus:
    """Connect to the system bus.

    Raises:
        NoBus: nothing answers at its address.
        NotAllowed: it does not let this user in.
    """
    try:
        return await MessageBus(bus_type=BusType.SYSTEM, negotiate_unix_fd=True).connect()
    except (AuthError, EOFError, PermissionError, BrokenPipeError, ConnectionResetError) as error:
        msg = f"the system bus does not let this user in: {error}"
        raise NotAllowed(msg) from None
    except (OSError, InvalidAddressError) as error:
        address = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", "/var/run/dbus/system_bus_socket")
        raise NoBus(f"there is no system bus at {address}: {error}") from None


async def call(  # noqa: PLR0913  (the parts of a D-Bus method call)
    bus: MessageBus,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    *body: Any,
    destination: str = BLUEZ,
    within: float = ANSWER_WITHIN,
) -> Any:
    """Call a method and give the first value of its reply.

    Raises:
        CallFailed: the reply is an error.
        ConnectionLost: the bus is gone.
        NotAllowed: the bus's policy forbids the call.
    """
    message = Message(destination, path, interface, member, signature=signature, body=list(body))
    if not bus.connected:
        raise ConnectionLost("the connection to the system bus has ended")
    try:
        async with asyncio.timeout(within):
            reply = await bus.call(message)
    except TimeoutError:
        raise ConnectionLost(f"{destination} has not answered {member} within {within:.0f} s") from None
    except (EOFError, OSError) as error:
        raise ConnectionLost(f"the system bus went away: {error!r}") from error
    if reply.message_type is not MessageType.ERROR:
        return reply.body[0] if reply.body else None
    failed = CallFailed(reply)
    if failed.name == ACCESS_DENIED:
        msg = f"this user may not call {interface}.{member}: {failed.text}"
        raise NotAllowed(msg) from failed
    raise failed


def tell(  # noqa: PLR0913  (the parts of a D-Bus method call)
    bus: MessageBus,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    *body: Any,
    destination: str = BLUEZ,
) -> None:
    """Call a method without waiting for an answer, and without starting whoever is not there."""
    flags = MessageFlag.NO_REPLY_EXPECTED | MessageFlag.NO_AUTOSTART
    send(bus, Message(destination, path, interface, member, flags=flags, signature=signature, body=list(body)))


def send(bus: MessageBus, message: Message) -> asyncio.Future[None] | None:
    """Send a message that nothing answers; the future is done when it has left, or cannot.

    Without a connection, or if it turns out to have ended now, there is none, and nothing is sent.
    """
    if not bus.connected:
        return None
    try:
        sent: asyncio.Future[None] = bus.send(message)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    except OSError:  # dbus-fast has closed its socket while it wrote, and waits for it all the same
        failed = getattr(getattr(bus, "_writer", None), "fut", None)  # of which it tells a future that nobody has
        if failed is not None:
            _retrieve(failed)
        return None
    if sent.done():
        _retrieve(sent)
    else:
        sent.add_done_callback(_retrieve)
    return sent


def _retrieve(sent: asyncio.Future[Any]) -> None:
    """Take note of a failure: the connection is over, which :func:`disconnected` tells."""
    if not sent.cancelled():
        sent.exception()


async def managed_objects(bus: MessageBus) -> dict[str, dict[str, dict[str, Any]]]:
    """Give all of BlueZ's objects: path -> interface -> property -> value.

    Raises:
        NoBlueZ: bluetoothd does not run.
        NotAllowed: this user may not talk to it.
    """
    try:
        objects = await call(bus, "/", OBJECT_MANAGER, "GetManagedObjects")
    except CallFailed as error:
        raise NoBlueZ(f"bluetoothd does not run ({error})") from None
    return {
        path: {
            interface: {key: variant.value for key, variant in properties.items()}
            for interface, properties in interfaces.items()
        }
        for path, interfaces in objects.items()
    }


async def owner_of(bus: MessageBus, name: str) -> str:
    """Give the unique name of the connection that owns *name*.

    Raises:
        NoBlueZ: none does.
    """
    try:
        owner = await call(bus, "/org/freedesktop/DBus", DAEMON, "GetNameOwner", "s", name, destination=DAEMON)
    except CallFailed as error:
        raise NoBlueZ(f"{name} is not on the bus ({error})") from error
    return str(owner)


async def watch_owner(
    bus: MessageBus, name: str, *, gone: Callable[[], object] | None = None, come: Callable[[], object] | None = None
) -> None:
    """Call *gone* when the owner of *name* leaves the bus, *come* when there is a new one."""

    def handle(message: Message) -> None:
        if message.member == "NameOwnerChanged" and message.sender == DAEMON and message.body[0] == name:
            _, before, after = message.body
            for told, call_back in ((before, gone), (after, come)):
                if told and call_back is not None:
                    call_back()

    bus.add_message_handler(handle)
    rule = f"type='signal',sender='{DAEMON}',member='NameOwnerChanged',arg0='{name}'"
    await call(bus, "/org/freedesktop/DBus", DAEMON, "AddMatch", "s", rule, destination=DAEMON)


def disconnected(bus: MessageBus) -> asyncio.Future[None]:
    """Give a future that is done when the connection to the bus has ended, however it did.

    No task waits for that, where dbus-fast has a future: asyncio's shutdown cancels all of them, before the blocks are
    left that need the bus.
    """
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(told: asyncio.Future[Any]) -> None:
        _retrieve(told)
        ended.set_result(None)

    told: asyncio.Future[Any] | None = getattr(bus, "_disconnect_future", None)
    (told or asyncio.ensure_future(cast("Any", bus).wait_for_disconnect())).add_done_callback(end)
    return ended
