"""Objects on the bus: one message handler answers for all of them, and their properties are made when somebody asks.

What BlueZ asks is ``GetManagedObjects`` and the methods; ``Get``, ``GetAll`` and ``Introspect`` are there for people
with ``busctl``. Methods are for bluetoothd alone: another process on the bus could read and write past all security.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar, TypeAlias
from xml.sax.saxutils import quoteattr

import attrs
from dbus_fast import DBusError, Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.signature import SignatureTree, get_signature_tree

from gattschema.bluez._bus import OBJECT_MANAGER, PROPERTIES, send
from gattschema.bluez._errors import error_reply
from gattschema.bluez._running import Running
from gattschema.schema import AttError, UnlikelyError

Body: TypeAlias = tuple[Any, ...]
"""A reply: its signature, its values and, if there are any, the file descriptors, which are closed when it is sent."""
Method: TypeAlias = Callable[[Any, Message], "Body | Awaitable[Body | None]"]

INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
INVALID_ARGS = "org.freedesktop.DBus.Error.InvalidArgs"
NO_REPLY = MessageFlag.NO_REPLY_EXPECTED.value
EMPTY: Body = ("", [])

logger = logging.getLogger("gattschema.bluez")

_SIGNATURES: dict[str, SignatureTree] = {
    key: get_signature_tree(key) for key in ("", "ay", "s", "u", "v", "hq", "a{sv}", "a{oa{sa{sv}}}")
}
_STRANGERS = 64
"""Connections that a refusal is logged for, once each."""


class BusObject:
    """What stands at one path."""

    __slots__ = ()

    interface: ClassVar[str]
    methods: ClassVar[Mapping[str, Method]] = {}
    """Member -> what answers, called with the object and the message."""

    @property
    def place(self) -> str:
        """``Thermostat.setpoint``, for logs."""
        return self.interface

    @property
    def timeout(self) -> float:
        """Seconds that an answer may take."""
        return 0.0

    def properties(self) -> dict[str, Variant]:
        """What the interface tells; what is unset is absent."""
        raise NotImplementedError

    def assign(self, name: str, value: Any) -> bool:  # noqa: ARG002  (most take nothing)
        """Take a property that bluetoothd writes back; ``False`` if it is none of these."""
        return False


@attrs.define(eq=False, repr=False)
class Branch:
    """The objects at and below *root*."""

    root: str
    objects: dict[str, BusObject] = attrs.field(factory=dict[str, BusObject])

    def managed_objects(self) -> Body:
        """Answer ``GetManagedObjects``."""
        return "a{oa{sa{sv}}}", [{path: {one.interface: one.properties()} for path, one in self.objects.items()}]


@attrs.define(eq=False, repr=False)
class ObjectTree:
    """All the branches that one connection has on the bus."""

    bus: MessageBus
    bluetoothd: str | None
    """The unique name of the only connection that may call methods; ``None``: everybody may."""
    objects: dict[str, BusObject] = attrs.field(factory=dict[str, BusObject])
    branches: dict[str, Branch] = attrs.field(factory=dict[str, Branch])
    """By their roots."""
    running: Running = attrs.field(factory=Running)
    strangers: set[str] = attrs.field(factory=set[str])

    def __attrs_post_init__(self) -> None:
        self.bus.add_message_handler(self.handle)

    def add(self, branch: Branch) -> None:
        """Answer for the objects of *branch* from now on."""
        self.branches[branch.root] = branch
        self.objects |= branch.objects

    def remove(self, branch: Branch) -> None:
        """Answer for them no more, and cancel the handlers that still run."""
        self.branches.pop(branch.root, None)
        self.forget(branch.objects)

    def forget(self, paths: Mapping[str, BusObject]) -> None:
        """Answer no more for some objects, and cancel their handlers that still run."""
        self.running.cancel(paths)
        for path in paths:
            self.objects.pop(path, None)

    def close(self) -> None:
        """Answer nothing more."""
        self.bus.remove_message_handler(self.handle)

    def handle(self, message: Message) -> Message | bool | None:
        """Answer *message* if it is for this tree: by a reply, ``True`` if that comes later, ``None`` if not."""
        if message.unix_fds:
            _close(message.unix_fds)  # nothing here takes any; those of strangers would pile up
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        found = self.objects.get(message.path or "")
        if found is None or message.interface != found.interface:
            return self._inspect(message)
        method = found.methods.get(message.member or "")
        if method is None:
            return None
        if self.bluetoothd is not None and message.sender != self.bluetoothd:
            return self._refuse_stranger(message)
        try:
            return self._answer(message, method(found, message), found)
        except AttError as error:
            return _quiet(message, error_reply(message, error))

    def _answer(self, message: Message, answer: Body | Awaitable[Body | None], found: BusObject) -> Message | bool:
        if not isinstance(answer, tuple):
            self.running.start(self._finish(message, answer), str(message.path), found, answer)
            return True
        if len(answer) > len(EMPTY):
            return self._hand_over(message, answer)
        return _quiet(message, _reply(message, answer))

    async def _finish(self, message: Message, answer: Awaitable[Body | None]) -> None:
        try:
            reply = _reply(message, await answer or EMPTY)
        except AttError as error:
            reply = error_reply(message, error)
        except DBusError as error:
            reply = Message.new_error(message, error.type, error.text)
        except asyncio.CancelledError:
            if not self.running.is_late():
                raise
            reply = error_reply(message, UnlikelyError("the handler took too long"))
        if not message.flags.value & NO_REPLY:
            send(self.bus, reply)

    def _hand_over(self, message: Message, answer: Body) -> bool:
        """Send file descriptors; ours are closed when they have left."""
        *body, descriptors = answer
        reply = _reply(message, tuple(body))
        reply.unix_fds = descriptors
        sent = send(self.bus, reply)
        if sent is None:
            _close(descriptors)
        else:
            sent.add_done_callback(lambda _: _close(descriptors))
        return True

    def _refuse_stranger(self, message: Message) -> Message:
        if message.sender not in self.strangers and len(self.strangers) < _STRANGERS:
            self.strangers.add(message.sender or "")
            logger.warning(
                "%s calls %s of %s, but is not bluetoothd: refused", message.sender, message.member, message.path
            )
        text = "only bluetoothd may; Peripheral(any_caller=True) lets others in, for debugging"
        return Message.new_error(message, "org.freedesktop.DBus.Error.AccessDenied", text)

    # --- for BlueZ's look around, and for people who look at the bus ----------------------------------------------

    def _inspect(self, message: Message) -> Message | bool | None:
        answer = self._inspection(message)
        if answer is None:
            return None
        try:
            return _quiet(message, _reply(message, answer(message)))
        except DBusError as error:
            return Message.new_error(message, error.type, error.text)

    def _inspection(self, message: Message) -> Callable[[Message], Body] | None:
        path, interface, member = message.path or "/", message.interface, message.member or ""
        if interface == OBJECT_MANAGER and member == "GetManagedObjects" and path in self.branches:
            return lambda _: self.branches[path].managed_objects()
        if interface == PROPERTIES and path in self.objects:
            return {"Get": self._get, "GetAll": self._get_all, "Set": self._set}.get(member)
        if interface == INTROSPECTABLE and member == "Introspect":
            return self._introspect if path in self.objects or any(self._children(path)) else None
        return None

    def _get(self, message: Message) -> Body:
        interface, name = message.body
        properties = self._properties(str(message.path), interface)
        if name not in properties:
            raise DBusError(INVALID_ARGS, f"{interface} has no property {name}")
        return "v", [properties[name]]

    def _get_all(self, message: Message) -> Body:
        return "a{sv}", [self._properties(str(message.path), message.body[0])]

    def _set(self, message: Message) -> Body:
        _, name, value = message.body
        allowed = self.bluetoothd is None or message.sender == self.bluetoothd
        if not allowed or not self.objects[str(message.path)].assign(name, value.value):
            raise DBusError("org.freedesktop.DBus.Error.PropertyReadOnly", f"{name} cannot be set")
        return EMPTY

    def _properties(self, path: str, interface: str) -> dict[str, Variant]:
        found = self.objects[path]
        return found.properties() if found.interface == interface else {}

    def _introspect(self, message: Message) -> Body:
        path = str(message.path)
        lines = ["<node>"]
        if found := self.objects.get(path):
            lines.append(f"<interface name={quoteattr(found.interface)}>")
            lines += [
                f'<property name={quoteattr(key)} type={quoteattr(v.signature)} access="read"/>'
                for key, v in found.properties().items()
            ]
            lines.append("</interface>")
        lines += [f"<node name={quoteattr(child)}/>" for child in sorted(set(self._children(path)))]
        return "s", ["\n".join([*lines, "</node>"])]

    def _children(self, path: str) -> Iterator[str]:
        below = path.rstrip("/") + "/"
        for known in self.objects:
            if known.startswith(below):
                yield known.removeprefix(below).partition("/")[0]


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _quiet(message: Message, reply: Message) -> Message | bool:
    """The reply, or just ``True`` where none is wanted."""
    return True if message.flags.value & NO_REPLY else reply


def _reply(call: Message, body: Body) -> Message:
    signature, values = body
    return Message(
        destination=call.sender,
        message_type=MessageType.METHOD_RETURN,
        reply_serial=call.serial,
        signature=_SIGNATURES[signature],
        body=values,
        validate=False,
    )
