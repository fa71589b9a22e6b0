"""Objects on the bus, written once and served as they are.

One message handler answers for a whole tree: no interface class per object, no signature parsed twice. What BlueZ asks
is ``GetManagedObjects`` and the methods; ``Get``, ``GetAll`` and ``Introspect`` are there for people with ``busctl``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeAlias
from xml.sax.saxutils import quoteattr

import attrs
from dbus_fast import DBusError, Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.signature import SignatureTree, get_signature_tree

from gattschema.bluez._bus import OBJECT_MANAGER, PROPERTIES, send
from gattschema.bluez._errors import error_reply
from gattschema.schema import AttError

Interfaces: TypeAlias = Mapping[str, Mapping[str, Variant]]
Body: TypeAlias = tuple[str, list[Any]]
"""A reply: its signature and its values."""
Method: TypeAlias = Callable[[Message], "Body | Awaitable[Body]"]

INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
NO_REPLY = MessageFlag.NO_REPLY_EXPECTED
EMPTY: Body = ("", [])

_SIGNATURES: dict[str, SignatureTree] = {
    key: get_signature_tree(key) for key in ("", "ay", "s", "v", "a{sv}", "a{oa{sa{sv}}}")
}


@attrs.define(eq=False, repr=False)
class Branch:
    """The objects at and below *root* and the methods that they answer."""

    root: str
    objects: dict[str, Interfaces] = attrs.field(factory=dict[str, Interfaces])
    methods: dict[tuple[str, str, str], Method] = attrs.field(factory=dict[tuple[str, str, str], Method])
    """(path, interface, member) -> what answers."""

    def __attrs_post_init__(self) -> None:
        self.methods[self.root, OBJECT_MANAGER, "GetManagedObjects"] = self._managed_objects

    def _managed_objects(self, _: Message) -> Body:
        return "a{oa{sa{sv}}}", [self.objects]


@attrs.define(eq=False, repr=False)
class ObjectTree:
    """All the branches that one connection has on the bus."""

    bus: MessageBus
    objects: dict[str, Interfaces] = attrs.field(factory=dict[str, Interfaces])
    methods: dict[tuple[str, str, str], Method] = attrs.field(factory=dict[tuple[str, str, str], Method])
    running: dict[asyncio.Future[None], str] = attrs.field(factory=dict["asyncio.Future[None]", str])
    """The handlers that still run, with the paths of their objects."""

    def __attrs_post_init__(self) -> None:
        self.bus.add_message_handler(self.handle)

    def add(self, branch: Branch) -> None:
        """Answer for the objects of *branch* from now on."""
        self.objects |= branch.objects
        self.methods |= branch.methods

    def remove(self, branch: Branch) -> None:
        """Answer for them no more, and cancel the handlers that still run."""
        for path in branch.objects:
            self.objects.pop(path, None)
        for method in branch.methods:
            self.methods.pop(method, None)
        for task, path in self.running.items():
            if path in branch.objects:
                task.cancel()

    def handle(self, message: Message) -> Message | bool | None:
        """Answer *message* if it is for this tree: by a reply, ``True`` if that comes later, ``None`` if not."""
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        method = self.methods.get((message.path or "", message.interface or "", message.member or ""))
        method = method or self._inspection(message)
        if method is None:
            return None
        try:
            answer = method(message)
        except AttError as error:
            return _quiet(message, error_reply(message, error))
        if isinstance(answer, tuple):
            return _quiet(message, _reply(message, answer))
        self._answer_later(message, answer)
        return True

    def _answer_later(self, message: Message, answer: Awaitable[Body]) -> None:
        async def finish() -> None:
            try:
                reply = _reply(message, await answer)
            except AttError as error:
                reply = error_reply(message, error)
            if not message.flags & NO_REPLY:
                send(self.bus, reply)

        task = asyncio.ensure_future(finish())
        self.running[task] = str(message.path)
        task.add_done_callback(self.running.pop)
        if isinstance(answer, Coroutine):
            task.add_done_callback(lambda _: answer.close())  # one that was cancelled before it began

    # --- for people who look at the bus ---------------------------------------------------------------------------

    def _inspection(self, message: Message) -> Method | None:
        if message.path in self.objects and message.interface == PROPERTIES:
            return {"Get": self._get, "GetAll": self._get_all}.get(message.member or "")
        if message.interface == INTROSPECTABLE and message.member == "Introspect":
            return (
                self._introspect if any(self._children(message.path or "/")) or message.path in self.objects else None
            )
        return None

    def _get(self, message: Message) -> Body:
        interface, name = message.body
        properties = self.objects[str(message.path)].get(interface, {})
        if name not in properties:
            raise DBusError("org.freedesktop.DBus.Error.InvalidArgs", f"{interface} has no property {name}")
        return "v", [properties[name]]

    def _get_all(self, message: Message) -> Body:
        return "a{sv}", [self.objects[str(message.path)].get(message.body[0], {})]

    def _introspect(self, message: Message) -> Body:
        path = str(message.path)
        lines = ["<node>"]
        for interface, properties in self.objects.get(path, {}).items():
            lines.append(f"<interface name={quoteattr(interface)}>")
            lines += [
                f'<property name={quoteattr(key)} type={quoteattr(v.signature)} access="read"/>'
                for key, v in properties.items()
            ]
            lines.append("</interface>")
        lines += [f"<node name={quoteattr(child)}/>" for child in sorted(set(self._children(path)))]
        return "s", ["\n".join([*lines, "</node>"])]

    def _children(self, path: str) -> Iterator[str]:
        below = path.rstrip("/") + "/"
        for known in self.objects:
            if known.startswith(below):
                yield known.removeprefix(below).partition("/")[0]


def _quiet(message: Message, reply: Message) -> Message | bool:
    """The reply, or just ``True`` where none is wanted."""
    return True if message.flags & NO_REPLY else reply


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
