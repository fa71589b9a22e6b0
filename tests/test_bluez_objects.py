"""The tree of objects alone: which calls it answers, which it leaves to others, and how it ends."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from typing import Any, ClassVar, cast

import attrs
import pytest
from dbus_fast import Message, MessageFlag, MessageType, Variant

from gattschema import AttError, ReadWrite, Service, UInt8, characteristic
from gattschema._hub import Hub
from gattschema.bluez import Application, Mirror, Outbox, Surroundings
from gattschema.bluez._objects import Body, Branch, ObjectTree
from tests.fake_bluez import CHARACTERISTIC, OBJECT_MANAGER, done

ROOT, BLUETOOTHD = "/root", ":1.7"


@attrs.define
class StubBus:
    """Keeps what is sent."""

    sent: list[Message] = attrs.field(factory=list)
    handlers: list[Any] = attrs.field(factory=list)
    connected: bool = True

    def send(self, message: Message) -> asyncio.Future[None]:
        self.sent.append(message)
        return done()

    def add_message_handler(self, handler: Any) -> None:
        self.handlers.append(handler)

    def remove_message_handler(self, handler: Any) -> None:
        self.handlers.remove(handler)


@pytest.fixture
def bus() -> StubBus:
    return StubBus()


class Stub:
    """Three methods: one answers, one refuses, one takes its time and then answers or refuses."""

    interface: ClassVar[str] = "org.example.I"
    place = "stub"
    timeout = 25.0

    def properties(self) -> dict[str, Variant]:
        return {"Colour": Variant("s", "red")}

    def assign(self, name: str, value: Any) -> bool:
        return (name, value) == ("Colour", "blue")

    def yes(self, _: Message) -> Body:
        return "s", ["yes"]

    def refuse(self, _: Message) -> Body:
        raise AttError(0x08, "no")

    async def wait(self, message: Message) -> Body:
        await asyncio.sleep(0)
        return self.refuse(message) if message.body == ["refuse"] else ("s", ["yes"])

    methods: ClassVar[Mapping[str, Any]] = {"Yes": yes, "No": refuse, "Later": wait}


class Other(Stub):
    interface: ClassVar[str] = "org.example.J"


@pytest.fixture
def branch() -> Branch:
    return Branch(ROOT, {ROOT: Stub()})


@pytest.fixture
async def tree(bus: StubBus, branch: Branch) -> ObjectTree:
    made = ObjectTree(cast("Any", bus), BLUETOOTHD)
    made.add(branch)
    return made


def call(member: str, interface: str = "org.example.I", path: str = ROOT, **more: Any) -> Message:
    return Message(":1.1", path, interface, member, sender=":1.7", serial=5, **more)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def check(reply: object, kind: MessageType, body: list[Any]) -> None:
    assert isinstance(reply, Message)
    assert (reply.message_type, reply.destination, reply.reply_serial) == (kind, ":1.7", 5)
    assert reply.body == body


async def test_answers(tree: ObjectTree) -> None:
    """A result is a method return to the caller, a refusal an error."""
    check(tree.handle(call("Yes")), MessageType.METHOD_RETURN, ["yes"])
    check(tree.handle(call("No")), MessageType.ERROR, ["no"])


@pytest.mark.parametrize("refused", [False, True])
async def test_answers_that_come_later(bus: StubBus, tree: ObjectTree, *, refused: bool) -> None:
    """So it is when the method takes its time; nobody else answers meanwhile."""
    assert tree.handle(call("Later", signature="s", body=["refuse" if refused else "accept"])) is True
    assert bus.sent == []
    await turns()
    (reply,) = bus.sent
    check(reply, MessageType.ERROR if refused else MessageType.METHOD_RETURN, ["no" if refused else "yes"])


@pytest.mark.parametrize("member", ["Yes", "No", "Later"])
async def test_who_wants_no_reply_gets_none(bus: StubBus, tree: ObjectTree, member: str) -> None:
    """The call is taken all the same (bluetoothd calls Confirm and Release so)."""
    assert tree.handle(call(member, flags=MessageFlag.NO_REPLY_EXPECTED)) is True
    await turns()
    assert bus.sent == []


@pytest.mark.parametrize(
    "message",
    [
        call("Yes", path="/other"),
        call("Maybe"),
        call("Yes", interface="org.example.J"),
        Message(path=ROOT, interface="org.example.I", member="Yes", message_type=MessageType.SIGNAL),
        call("Introspect", "org.freedesktop.DBus.Introspectable", "/other"),
        call("Get", "org.freedesktop.DBus.Properties", "/other"),
    ],
    ids=["path", "member", "interface", "signal", "introspection", "properties"],
)
async def test_what_is_not_for_the_tree(tree: ObjectTree, message: Message) -> None:
    """It is left to the others on the connection."""
    assert tree.handle(message) is None


async def test_removing(bus: StubBus, tree: ObjectTree, branch: Branch) -> None:
    """No call is answered any more, and the methods that still run are cancelled, whether they have begun or not."""
    tree.handle(call("Later", signature="s", body=["accept"]))
    tree.remove(branch)
    assert tree.handle(call("Yes")) is None
    await turns()
    assert bus.sent == []
    assert not tree.running.runs
    gc.collect()  # which is when Python complains of coroutines that nobody awaited


async def test_removing_one_of_two(bus: StubBus, tree: ObjectTree) -> None:
    """What belongs to the other goes on."""
    other = Branch("/other", {"/other": Stub()})
    tree.add(other)
    tree.handle(call("Later", signature="s", body=["accept"]))
    tree.remove(other)
    await turns()
    (reply,) = bus.sent
    check(reply, MessageType.METHOD_RETURN, ["yes"])
    check(tree.handle(call("Yes")), MessageType.METHOD_RETURN, ["yes"])


async def test_a_branch_lists_its_own_objects(tree: ObjectTree) -> None:
    """bluetoothd asks each branch, and gets nothing of the others."""
    tree.add(Branch("/other", {"/other": Other()}))
    for path, interface in ((ROOT, "org.example.I"), ("/other", "org.example.J")):
        listed: Any = {path: {interface: {"Colour": Variant("s", "red")}}}
        check(tree.handle(call("GetManagedObjects", OBJECT_MANAGER, path)), MessageType.METHOD_RETURN, [listed])


class Slow(Service, uuid="AAF0"):
    field: ReadWrite[UInt8] = characteristic(default=1)

    @field.on_read
    async def _read(self) -> int:
        return 2

    @field.on_write
    async def _write(self, value: int) -> None: ...


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_removing_handlers(bus: StubBus, steps: int) -> None:
    """Reads and writes that wait for an async handler, or for their turn, end without a trace at any time."""
    stub = cast("Any", bus)
    tree = ObjectTree(stub, BLUETOOTHD)
    around = Surroundings(tree, Outbox(stub, BLUETOOTHD), Mirror(stub, BLUETOOTHD), (5, 82), Hub())
    application = Application(around, [Slow()])
    tree.add(application.branch)
    path = "/org/gattschema/application/service0/char0"
    for _ in range(3):
        write = call("WriteValue", CHARACTERISTIC, path, signature="aya{sv}", body=[b"\x05", {}])
        read = call("ReadValue", CHARACTERISTIC, path, signature="a{sv}", body=[{}])
        assert tree.handle(write) is tree.handle(read) is True
    for _ in range(steps):
        await asyncio.sleep(0)
    application.withdraw()
    await turns()
    assert not tree.running.runs
    gc.collect()
