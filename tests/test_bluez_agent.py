"""The pairing agent on a bus: what bluetoothd is answered, who may pair and when, and that nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import attrs
import pytest
from dbus_fast import Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus

import gattschema.bluez._agent as module
from gattschema import Peripheral
from gattschema._errors import PeripheralError, RegistrationError
from gattschema.bluez import connect, owner_of
from gattschema.bluez._agent import AGENT, AGENT_MANAGER, CLOSED, NOT_ALLOWED, PATH, AgentObject
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._objects import ObjectTree
from gattschema.link import Device
from gattschema.pairing import Agent, Confirm, DisplayPasskey, EnterPasskey, JustWorks, PairingRejected, Pin
from tests.fake_bluez import ANN, BEN, PATIENCE, FakeBlueZ, Refusal, call, device_path

REJECTED, CANCELED = "org.bluez.Error.Rejected", "org.bluez.Error.Canceled"
PASSKEY, DIGITS = 4711, "004711"
YES: object = True
CAT = "CC:CC:CC:CC:CC:CC"
HIDING = "4F:00:00:00:00:01"
"""A resolvable private address, where it is a random one."""


# --- what stands around an agent -------------------------------------------------------------------------------------


@attrs.define(eq=False)
class StubRemote:
    """A device as BlueZ keeps it."""

    path: str
    properties: dict[str, Any]
    battery: int | None = None
    pairing: bool = False
    removed: int = 0
    refusal: PeripheralError | None = None

    async def remove(self) -> None:
        if self.refusal:
            raise self.refusal
        self.removed += 1


@attrs.define
class StubAdapter:
    """Keeps what ``Pairable`` was set to."""

    path: str = "/org/bluez/hci0"
    address: str = "00:11:22:33:44:55"
    pairable: bool = True
    told: list[bool] = attrs.field(factory=list)
    refusal: PeripheralError | None = None
    busy: int = 0
    """How often bluetoothd is just changing it itself."""

    async def set(self, *, pairable: bool) -> None:
        await asyncio.sleep(0)
        if self.busy:
            self.busy -= 1
            error = Message(message_type=MessageType.ERROR, error_name="org.bluez.Error.Busy", reply_serial=1)
            raise PeripheralError("Busy") from CallFailed(error)
        if self.refusal:
            raise self.refusal
        self.told.append(pairable)
        self.pairable = pairable


@attrs.define
class Clock:
    """A loop whose time stands still; the tests move it."""

    now: float = 100.0
    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    due: list[tuple[float, Callable[[], None]]] = attrs.field(factory=list)

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, what: Callable[[], None]) -> Any:
        self.due.append((when, what))
        return self

    def cancel(self) -> None:
        self.due.clear()

    def create_task(self, work: Any) -> Any:
        return self.loop.create_task(work)

    def pass_to(self, when: float, *, late: bool = False) -> None:
        """Move on; timers that are due fire, unless they are *late*."""
        self.now = when
        for due in [due for due in self.due if due[0] <= when and not late]:
            self.due.remove(due)
            due[1]()


@attrs.define(eq=False)
class Stage:
    """One agent on a connection of its own, and what it has told."""

    tree: ObjectTree
    made: AgentObject
    adapter: StubAdapter
    clock: Clock
    remotes: dict[str, StubRemote] = attrs.field(factory=dict)
    refused: list[tuple[str, str]] = attrs.field(factory=list)

    def device(self, path: str) -> Device:
        if path not in self.remotes:
            self.know(path.rpartition("dev_")[2].replace("_", ":"), path=path)
        return Device(cast("Any", self.remotes[path]))

    def know(self, address: str, kind: str = "public", path: str = "") -> Device:
        path = path or device_path(address)
        self.remotes[path] = StubRemote(path, {"Address": address, "AddressType": kind})
        return self.device(path)

    def removed(self, address: str) -> bool:
        return self.remotes[device_path(address)].removed == 1


Make = Callable[..., Any]


@pytest.fixture
async def stage(bluez: FakeBlueZ) -> AsyncIterator[Make]:  # noqa: ARG001  (it is on the bus)
    """Register an agent; at the end its connection is closed."""
    stages: list[Stage] = []

    async def make(agent: Agent, *, register: bool = True, adapter: StubAdapter | None = None, **kept: Any) -> Stage:
        bus = await connect()
        tree, adapter = ObjectTree(bus, await owner_of(bus, "org.bluez")), adapter or StubAdapter()
        stage = Stage(tree, cast("Any", None), adapter, Clock())
        stages.append(stage)
        stage.made = AgentObject(
            agent, tree, adapter, stage.device, lambda device, why: stage.refused.append((device.address, why)), **kept
        )
        stage.made.window.loop = cast("Any", stage.clock)
        if register:
            await stage.made.register()
        return stage

    yield make
    for stage in stages:
        stage.made.abandon()
        stage.tree.bus.disconnect()
        await stage.tree.bus.wait_for_disconnect()


class Recorder(Agent):
    """Says what it was asked and gives what it is told to give."""

    capability = "KeyboardDisplay"

    def __init__(self, answer: object = YES, **options: Any) -> None:
        super().__init__(**options)
        self.answer: Any = answer
        self.calls: list[str] = []

    def _give(self, what: str) -> Any:
        self.calls.append(what)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer() if callable(self.answer) else self.answer

    def request_pin_code(self, device: Device) -> Any:
        return self._give(f"request_pin_code {device.address}")

    def display_pin_code(self, device: Device, pin: str) -> Any:
        return self._give(f"display_pin_code {device.address} {pin}")

    def request_passkey(self, device: Device) -> Any:
        return self._give(f"request_passkey {device.address}")

    def display_passkey(self, device: Device, passkey: str, entered: int) -> Any:
        return self._give(f"display_passkey {device.address} {passkey} {entered}")

    def request_confirmation(self, device: Device, passkey: str) -> Any:
        return self._give(f"request_confirmation {device.address} {passkey}")

    def request_authorization(self, device: Device) -> Any:
        return self._give(f"request_authorization {device.address}")

    def authorize_service(self, device: Device, uuid: str) -> Any:
        return self._give(f"authorize_service {device.address} {uuid}")

    def cancel(self) -> None:
        self.calls.append("cancel")

    def release(self) -> None:
        self.calls.append("release")


async def until(what: Callable[[], object]) -> None:
    """Wait until *what* is true."""
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110  (nothing tells of what is waited for here)
            await asyncio.sleep(0.001)


async def confirm(bluez: FakeBlueZ, address: str = ANN) -> Any:
    return await bluez.ask_agent("RequestConfirmation", "ou", device_path(address), PASSKEY)


def show(bluez: FakeBlueZ, address: str = ANN, entered: int = 0) -> None:
    bluez.tell_agent("DisplayPasskey", "ouq", device_path(address), PASSKEY, entered)


# --- registration ----------------------------------------------------------------------------------------------------


async def other_agent(bluez: FakeBlueZ, bus: MessageBus) -> None:
    """Another program's agent becomes the default."""
    await call(bus, "org.bluez", "/org/bluez", AGENT_MANAGER, "RegisterAgent", "os", "/other", "DisplayOnly")
    assert bluez.default_agents == [bus.unique_name]


async def test_it_is_the_default_while_it_runs(bluez: FakeBlueZ, stage: Make) -> None:
    """While an agent is registered it is BlueZ's default agent; then it is again who was it before."""
    bus = await connect()
    await other_agent(bluez, bus)
    made = await stage(Confirm(lambda _: True))
    ours = made.tree.bus.unique_name
    assert bluez.agents[ours] == (PATH, "DisplayYesNo")
    assert bluez.default_agents == [ours, bus.unique_name]
    await made.made.unregister()
    assert bluez.default_agents == [bus.unique_name]
    assert PATH not in made.tree.objects
    bus.disconnect()
    await bus.wait_for_disconnect()


async def test_it_need_not_be_the_default(bluez: FakeBlueZ, stage: Make) -> None:
    """With default=False another program's agent is asked, as before."""
    bus = await connect()
    await other_agent(bluez, bus)
    made = await stage(JustWorks(default=False))
    assert bluez.default_agents == [bus.unique_name, made.tree.bus.unique_name]
    bus.disconnect()
    await bus.wait_for_disconnect()


@pytest.mark.parametrize("member", ["RegisterAgent", "RequestDefaultAgent"])
async def test_what_bluez_refuses(bluez: FakeBlueZ, stage: Make, member: str) -> None:
    """An agent that BlueZ does not take is an error, and nothing of it stays behind."""
    bluez.refusals[member] = Refusal("org.bluez.Error.InvalidArguments", "Invalid")
    made = await stage(JustWorks(), register=False)
    with pytest.raises(RegistrationError, match=r"BlueZ refuses the pairing agent JustWorks \(.*Invalid"):
        await made.made.register()
    assert PATH not in made.tree.objects
    await bluez.until(lambda: not bluez.agents)


async def test_what_is_cancelled_while_it_registers(bluez: FakeBlueZ, stage: Make) -> None:
    """Whoever no longer waits for BlueZ has no agent."""
    bluez.silent.add("RequestDefaultAgent")
    made = await stage(JustWorks(), register=False)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await made.made.register()
    await bluez.until(lambda: not bluez.agents)


async def test_what_bluez_does_not_give_back(bluez: FakeBlueZ, stage: Make) -> None:
    """An agent that BlueZ keeps is an error; it answers no more all the same."""
    made = await stage(JustWorks())
    bluez.refusals["UnregisterAgent"] = Refusal("org.bluez.Error.Failed", "Failed")
    with pytest.raises(RegistrationError, match="give the pairing agent back"):
        await made.made.unregister()
    assert PATH not in made.tree.objects


async def test_release(bluez: FakeBlueZ, stage: Make) -> None:
    """When bluetoothd ends it says so, and is not asked to give the agent back."""
    made = await stage(agent := Recorder())
    bluez.tell_agent("Release")
    await until(lambda: agent.calls == ["release"])
    await made.made.unregister()
    assert "UnregisterAgent" not in bluez.calls


# --- answers ---------------------------------------------------------------------------------------------------------


async def later(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


ASKED = {
    "RequestPinCode": ("o", [], "0000", "request_pin_code {}"),
    "DisplayPinCode": ("os", ["123456"], None, "display_pin_code {} 123456"),
    "RequestPasskey": ("o", [], PASSKEY, "request_passkey {}"),
    "DisplayPasskey": ("ouq", [PASSKEY, 3], None, f"display_passkey {{}} {DIGITS} 3"),
    "RequestConfirmation": ("ou", [PASSKEY], True, f"request_confirmation {{}} {DIGITS}"),
    "RequestAuthorization": ("o", [], True, "request_authorization {}"),
    "AuthorizeService": ("os", ["110b"], True, "authorize_service {} 110b"),
}


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("member", list(ASKED))
async def test_what_is_asked(bluez: FakeBlueZ, stage: Make, member: str, *, is_async: bool) -> None:
    """Each question reaches its method with the device, passkeys as six digits, and its answer reaches BlueZ."""
    signature, body, answer, asked = ASKED[member]
    made = await stage(agent := Recorder((lambda: later(answer)) if is_async else answer))
    given = await bluez.ask_agent(member, signature, device_path(ANN), *body)
    assert given == (None if answer is True else answer)
    assert agent.calls == [asked.format(ANN)]
    assert made.refused == []


@pytest.mark.parametrize("member", list(ASKED))
async def test_what_is_refused(bluez: FakeBlueZ, stage: Make, member: str) -> None:
    """PairingRejected is BlueZ's Rejected; where it is about pairing the program hears of it."""
    signature, body, *_ = ASKED[member]
    made = await stage(Recorder(PairingRejected("not today")))
    given = await bluez.ask_agent(member, signature, device_path(ANN), *body)
    is_typed = member in {"RequestPasskey", "RequestPinCode"}
    assert given == Refusal(REJECTED, "Recorder refuses" if is_typed else "not today")
    assert made.refused == ([] if member == "AuthorizeService" else [(ANN, "not today")])


@pytest.mark.parametrize("answer", [False, None, 1, "yes", [True]], ids=repr)
async def test_only_true_says_yes(bluez: FakeBlueZ, stage: Make, answer: Any) -> None:
    """Any other answer to a question of yes or no is a no."""
    made = await stage(Recorder(answer))
    assert (await confirm(bluez)).name == REJECTED
    assert (await bluez.ask_agent("RequestAuthorization", "o", device_path(ANN))).name == REJECTED
    assert len(made.refused) == 2


@pytest.mark.parametrize("answer", [-1, 1_000_000, True, "004711", 4711.0, None], ids=repr)
async def test_what_is_no_passkey(bluez: FakeBlueZ, stage: Make, answer: Any) -> None:
    """A handler that gives no number of six digits refuses, and what it gave is not repeated."""
    made = await stage(Recorder(answer))
    given = await bluez.ask_agent("RequestPasskey", "o", device_path(ANN))
    assert given.name == REJECTED
    assert "4711" not in given.text
    assert made.refused == [(ANN, given.text)]


@pytest.mark.parametrize("answer", ["", "a" * 17, "é" * 9, "47\0", 4711, None], ids=repr)
async def test_what_is_no_pin(bluez: FakeBlueZ, stage: Make, answer: Any) -> None:
    """A handler that gives no text of 1 to 16 octets refuses."""
    await stage(Recorder(answer))
    assert (await bluez.ask_agent("RequestPinCode", "o", device_path(ANN))).name == REJECTED


async def test_ready_agents(bluez: FakeBlueZ, stage: Make) -> None:
    """The ready agents answer BlueZ as they say."""
    shown: list[str] = []
    for agent, member, body, answer in (
        (JustWorks(), "RequestAuthorization", [], None),
        (Confirm(lambda passkey: passkey == DIGITS), "RequestConfirmation", [PASSKEY], None),
        (EnterPasskey(PASSKEY), "RequestPasskey", [], PASSKEY),
        (Pin("0000"), "RequestPinCode", [], "0000"),
        (DisplayPasskey(shown.append), "DisplayPasskey", [PASSKEY, 0], None),
    ):
        made = await stage(agent)
        assert await bluez.ask_agent(member, ASKED[member][0], device_path(ANN), *body) == answer
        await made.made.unregister()
    assert shown == [DIGITS]


async def test_strangers_may_not_ask(stage: Make) -> None:
    """Nobody but bluetoothd is told a PIN."""
    made = await stage(agent := Recorder("0000"))
    bus = await connect()
    answer = await call(bus, made.tree.bus.unique_name, PATH, AGENT, "RequestPinCode", "o", device_path(ANN))
    assert isinstance(answer, Refusal)
    assert answer.name == "org.freedesktop.DBus.Error.AccessDenied"
    assert agent.calls == []
    bus.disconnect()
    await bus.wait_for_disconnect()


async def test_it_can_be_looked_at(bluez: FakeBlueZ, stage: Make) -> None:
    """An agent has no properties."""
    await stage(Recorder())
    client, properties = bluez.default_agents[0], "org.freedesktop.DBus.Properties"
    assert (await call(bluez.bus, client, PATH, properties, "GetAll", "s", AGENT)).body == [{}]  # type: ignore[union-attr]


# --- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["DisplayPasskey", "RequestConfirmation", "DisplayPinCode"])
async def test_failing_handlers_refuse(
    bluez: FakeBlueZ, stage: Make, caplog: pytest.LogCaptureFixture, member: str
) -> None:
    """A handler's exception is logged with its traceback and is a no; the passkey is nowhere, however it is written."""
    caplog.set_level(logging.DEBUG)
    signature, body, *_ = ASKED[member]
    secret = body[0] if member == "DisplayPinCode" else DIGITS
    made = await stage(Recorder(KeyError(f"{secret} {int(secret)} {secret}")))
    given = await bluez.ask_agent(member, signature, device_path(ANN), *body)
    assert given == Refusal(REJECTED, "the handler has failed (KeyError)")
    assert made.refused == [(ANN, given.text)]
    assert "Traceback" in caplog.text
    assert "_give" in caplog.text
    assert "KeyError: '****** ****** ******'" in caplog.text
    assert str(int(secret)) not in caplog.text


@pytest.mark.parametrize("member", ["RequestPasskey", "RequestPinCode"])
async def test_what_was_typed_is_not_logged(
    bluez: FakeBlueZ, stage: Make, caplog: pytest.LogCaptureFixture, member: str
) -> None:
    """Where only the handler knows the secret, what its exception says is not logged at all."""
    caplog.set_level(logging.DEBUG)
    await stage(Recorder(lambda: int("47 11")))
    assert (await bluez.ask_agent(member, "o", device_path(ANN))).name == REJECTED
    assert "ValueError" in caplog.text
    assert "_give" in caplog.text
    assert "invalid literal" not in caplog.text


async def test_nothing_logs_a_passkey(bluez: FakeBlueZ, stage: Make, caplog: pytest.LogCaptureFixture) -> None:
    """At no level, and in no package's log, is there a passkey: neither on its way in nor on its way out."""
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    made = await stage(Recorder(lambda: later(PASSKEY)))
    assert await bluez.ask_agent("RequestPasskey", "o", device_path(ANN)) == PASSKEY
    assert (await confirm(bluez)).name == REJECTED
    show(bluez)
    await made.made.unregister()
    bluez.bus.send(
        Message(
            made.tree.bus.unique_name,
            PATH,
            AGENT,
            "DisplayPasskey",
            flags=MessageFlag.NO_REPLY_EXPECTED,
            signature="ouq",
            body=[device_path(ANN), PASSKEY, 0],
        )
    )
    await call(bluez.bus, made.tree.bus.unique_name, "/", "org.freedesktop.DBus.Peer", "Ping")
    assert "4711" not in caplog.text


async def test_a_text_with_the_passkey_is_masked(bluez: FakeBlueZ, stage: Make) -> None:
    """What a program is told of a refusal has no passkey in it either."""
    made = await stage(Recorder(PairingRejected(f"it was {DIGITS}")))
    assert (await confirm(bluez)).text == "it was ******"
    assert made.refused == [(ANN, "it was ******")]


@pytest.mark.parametrize("member", ["RequestPasskey", "RequestPinCode"])
async def test_a_no_about_what_was_typed(
    bluez: FakeBlueZ, stage: Make, caplog: pytest.LogCaptureFixture, member: str
) -> None:
    """Where only the handler knows the secret, no log has its words, bluetoothd's neither, and no event a number."""
    caplog.set_level(logging.DEBUG)
    made = await stage(Recorder(PairingRejected("123456 was used before")))
    assert await bluez.ask_agent(member, "o", device_path(ANN)) == Refusal(REJECTED, "Recorder refuses")
    assert made.refused == [(ANN, "****** was used before")]
    assert "was used before" not in caplog.text
    assert "123456" not in caplog.text


class Quit(BaseException):
    """What is no Exception."""


async def test_a_handler_that_raises_anything(bluez: FakeBlueZ, stage: Make, caplog: pytest.LogCaptureFixture) -> None:
    """A handler may raise what is no Exception: it has failed, and the passkey is not in the log."""
    caplog.set_level(logging.DEBUG)

    async def ask() -> bool:
        await asyncio.sleep(0)
        raise Quit(DIGITS)

    made = await stage(Recorder(ask))
    assert await confirm(bluez) == Refusal(REJECTED, "the handler has failed (Quit)")
    assert made.refused == [(ANN, "the handler has failed (Quit)")]
    assert "Quit: ******" in caplog.text
    assert "4711" not in caplog.text


# --- handlers that take their time -----------------------------------------------------------------------------------


async def test_a_handler_whose_own_future_was_cancelled(bluez: FakeBlueZ, stage: Make) -> None:
    """Only BlueZ's Cancel, the deadline and the end cancel a handler; whatever else is cancelled is a failure of it."""
    given_up = asyncio.get_running_loop().create_future()
    given_up.cancel()
    made = await stage(agent := Recorder(lambda: given_up))
    assert await confirm(bluez) == Refusal(REJECTED, "the handler has failed (CancelledError)")
    assert made.refused == [(ANN, "the handler has failed (CancelledError)")]
    assert "cancel" not in agent.calls


class Slow(Recorder):
    """Takes its time to end a handler, and to take away what was shown."""

    def __init__(self) -> None:
        super().__init__(self._wait)
        self.may_end = asyncio.Event()

    async def _wait(self) -> bool:
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            await asyncio.gather(later(None), later(None))
            self.calls.append("ended")
        return True

    async def cancel(self) -> None:  # type: ignore[override]
        self.calls.append("cancel")
        await self.may_end.wait()
        self.calls.append("taken away")


@pytest.mark.parametrize("is_shown", [False, True])
async def test_the_end_waits_for_what_is_taken_away(bluez: FakeBlueZ, stage: Make, *, is_shown: bool) -> None:
    """cancel() begins when the handler has ended, and the block ends when that has."""
    made = await stage(agent := Slow())
    asking = None if is_shown else asyncio.ensure_future(confirm(bluez))
    if is_shown:
        show(bluez)
    await until(lambda: agent.calls)
    ending = asyncio.ensure_future(made.made.unregister())
    await until(lambda: agent.calls[-1] == "cancel")
    assert not ending.done()
    agent.may_end.set()
    await ending
    assert agent.calls[1:] == ["ended", "cancel", "taken away"]
    if asking is not None:
        assert (await asking).name == CANCELED


async def test_the_end_waits_for_both(bluez: FakeBlueZ, stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler that takes all of its time to end leaves cancel() as much: the block waits for both."""
    waited: list[float] = []
    wait = asyncio.wait

    async def first_handlers(tasks: Any, *, timeout: float) -> None:  # noqa: ASYNC109
        waited.append(timeout)
        await wait(tasks, timeout=0 if timeout == module.ENDS_WITHIN else PATIENCE)

    monkeypatch.setattr("asyncio.wait", first_handlers)
    may_end = asyncio.Event()

    class Stubborn(Slow):
        async def _wait(self) -> bool:
            try:
                await asyncio.sleep(PATIENCE)
            finally:
                await may_end.wait()
            return True

    made = await stage(agent := Stubborn())
    agent.may_end.set()
    show(bluez)
    await until(lambda: agent.calls)
    await made.made.unregister()
    assert agent.calls[1:] == ["cancel", "taken away"]
    assert sorted(waited) == [module.ENDS_WITHIN, 2 * module.ENDS_WITHIN]
    may_end.set()


async def test_the_end_does_not_wait_for_ever(bluez: FakeBlueZ, stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancel() that does not return keeps nothing from ending."""
    assert module.ENDS_WITHIN == 1
    monkeypatch.setattr(module, "ENDS_WITHIN", 0.01)
    made = await stage(agent := Slow())
    show(bluez)
    await until(lambda: agent.calls)
    await made.made.unregister()
    assert "taken away" not in agent.calls


async def test_the_next_question_waits_for_what_is_taken_away(bluez: FakeBlueZ, stage: Make) -> None:
    """What is shown to the next phone is not taken away by what belongs to the phone before."""
    made = await stage(agent := Slow())
    show(bluez, ANN)
    await until(lambda: agent.calls)
    made.made.disconnected(made.device(device_path(ANN)))
    show(bluez, BEN)
    await until(lambda: agent.calls[-1] == "cancel")
    agent.may_end.set()
    await until(lambda: len(agent.calls) == 5)
    assert agent.calls[1:] == ["ended", "cancel", "taken away", f"display_passkey {BEN} {DIGITS} 0"]


async def test_cancel(bluez: FakeBlueZ, stage: Make) -> None:
    """Cancel cancels the handler that runs, and then the agent is told; nobody was refused."""
    agent = Recorder()

    async def wait() -> bool:
        try:
            await asyncio.sleep(PATIENCE)
        except asyncio.CancelledError:
            agent.calls.append("cancelled")
            raise
        return True

    agent.answer = wait
    made = await stage(agent)
    asking = asyncio.ensure_future(confirm(bluez))
    await until(lambda: agent.calls)
    bluez.tell_agent("Cancel")
    assert (await asking).name == CANCELED
    await until(lambda: agent.calls[1:] == ["cancelled", "cancel"])
    assert made.refused == []
    assert made.made.under_way == {}


async def test_cancel_right_behind_the_question(bluez: FakeBlueZ, stage: Make) -> None:
    """A Cancel that is read together with the question that it is about finds its handler."""
    stopped: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            stopped.append(True)

    made = await stage(Recorder(wait))
    path = device_path(ANN)
    bluez.tell_agent("RequestConfirmation", "ou", path, PASSKEY)
    bluez.tell_agent("Cancel")
    await until(lambda: stopped)
    assert made.made.asked == set()


async def test_a_yes_after_cancel_is_none(bluez: FakeBlueZ, stage: Make) -> None:
    """A handler that does not let itself be cancelled comes too late with its yes."""

    async def stubborn() -> bool:
        try:
            await asyncio.sleep(PATIENCE)
        except asyncio.CancelledError:
            return True
        return True

    made = await stage(agent := Recorder(stubborn, window=60))
    asking = asyncio.ensure_future(confirm(bluez))
    await until(lambda: agent.calls)
    bluez.tell_agent("Cancel")
    assert (await asking).name == CANCELED
    made.clock.pass_to(200.0)
    await made.made.paired(made.device(device_path(ANN)))
    assert made.removed(ANN)


async def test_deadline(bluez: FakeBlueZ, stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not answer in time refuses, before bluetoothd stops waiting."""
    assert module.ANSWER_WITHIN < 60
    monkeypatch.setattr(module, "ANSWER_WITHIN", 0.05)
    made = await stage(Recorder(lambda: asyncio.sleep(PATIENCE)))
    given = await confirm(bluez)
    assert given == Refusal(REJECTED, "there was no answer within 0.05 s")
    assert made.refused == [(ANN, given.text)]


@pytest.mark.parametrize("name", ["cancel", "release"])
async def test_what_fails_at_the_end(
    bluez: FakeBlueZ, stage: Make, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """An exception of cancel() or release() is logged."""
    agent = Recorder()

    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError(name)

    setattr(agent, name, fail)
    await stage(agent)
    bluez.tell_agent(name.title())
    await until(lambda: f"Recorder: {name}() has failed" in caplog.text)
    assert "LookupError" in caplog.text


@pytest.mark.parametrize("ending", ["unregister", "abandon"])
async def test_the_end_cancels_handlers(bluez: FakeBlueZ, stage: Make, ending: str) -> None:
    """A peripheral that ends cancels the handler that runs and tells the agent."""
    made = await stage(agent := Recorder(lambda: asyncio.sleep(PATIENCE)))
    asking = asyncio.ensure_future(confirm(bluez))
    await until(lambda: agent.calls)
    if ending == "abandon":
        made.made.abandon()
        asking.cancel()
    else:
        await made.made.unregister()
        assert (await asking).name == CANCELED
    await until(lambda: agent.calls[1:] == ["cancel"])
    await until(lambda: not made.tree.running.runs)
    assert made.refused == []


# --- what is shown ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["paired", "disconnected", "unregister", "abandon"])
async def test_what_is_shown_is_taken_away(bluez: FakeBlueZ, stage: Make, ending: str) -> None:
    """BlueZ does not say when a passkey is no longer needed: it is when the phone has paired or left."""
    made = await stage(agent := Recorder(None))
    show(bluez)
    await until(lambda: agent.calls)
    device = made.device(device_path(ANN))
    result = getattr(made.made, ending)(*([device] if ending in {"paired", "disconnected"} else []))
    if result is not None:
        await result
    await until(lambda: agent.calls[1:] == ["cancel"])
    assert made.made.under_way == {}


async def test_what_is_shown_is_not_shown_for_ever(
    bluez: FakeBlueZ, stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody says when a pairing has failed: after 30 seconds it has."""
    assert module.UNDER_WAY == 30
    monkeypatch.setattr(module, "UNDER_WAY", 0.05)
    await stage(agent := Recorder(None))
    show(bluez)
    await until(lambda: agent.calls[1:] == ["cancel"])


async def test_showing_may_take_as_long_as_it_is_needed(bluez: FakeBlueZ, stage: Make) -> None:
    """A handler that scrolls the passkey is cancelled when that is over; another phone's handler is not."""
    stopped: list[str] = []
    made = await stage(agent := Recorder())

    async def scroll() -> None:
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            stopped.append(agent.calls[-1])

    agent.answer = scroll
    show(bluez, ANN)
    show(bluez, BEN)
    await until(lambda: len(agent.calls) == 2)
    made.made.disconnected(made.device(device_path(ANN)))
    await until(lambda: agent.calls[2:] == ["cancel"])
    assert len(stopped) == 1
    assert list(made.made.under_way) == [device_path(BEN)]


async def test_digits_that_are_typed(bluez: FakeBlueZ, stage: Make) -> None:
    """BlueZ may show a passkey again and again, for each digit that is typed: that is one pairing."""
    made = await stage(agent := Recorder(None))
    for entered in range(3):
        show(bluez, entered=entered)
    await until(lambda: len(agent.calls) == 3)
    assert len(made.made.under_way) == 1
    await made.made.paired(made.device(device_path(ANN)))
    await until(lambda: agent.calls[3:] == ["cancel"])


# --- the window ------------------------------------------------------------------------------------------------------


async def test_outside_of_the_window(bluez: FakeBlueZ, stage: Make) -> None:
    """While the window is closed nobody is let in, whatever is asked, and the handler is not."""
    made = await stage(agent := Recorder(window=0))
    assert made.adapter.told == [False]
    for member, (signature, body, *_) in ASKED.items():
        if member != "AuthorizeService":  # about those that have paired already
            given = await bluez.ask_agent(member, signature, device_path(ANN), *body)
            assert given == Refusal(REJECTED, CLOSED)
    assert agent.calls == []
    assert made.refused == [(ANN, CLOSED)] * 6
    assert await bluez.ask_agent("AuthorizeService", "os", device_path(ANN), "110b") is None


async def test_the_window_closes_by_time(bluez: FakeBlueZ, stage: Make) -> None:
    """The window opens with the agent and closes when its time is up; the adapter follows."""
    made = await stage(Recorder(window=60))
    assert made.adapter.told == [True]
    assert await confirm(bluez) is None
    made.clock.pass_to(159.9)
    assert made.made.window.left == pytest.approx(0.1)
    assert await confirm(bluez) is None
    made.clock.pass_to(160.0)
    assert (await confirm(bluez)).text == CLOSED
    await until(lambda: made.adapter.told == [True, False])


async def test_the_clock_closes_the_window(bluez: FakeBlueZ, stage: Make) -> None:
    """A loop that is late with its timers lets nobody in."""
    made = await stage(Recorder(window=60))
    made.clock.pass_to(160.0, late=True)
    assert made.made.window.left == 0
    assert (await confirm(bluez)).text == CLOSED


async def test_opening_anew(bluez: FakeBlueZ, stage: Make) -> None:
    """open_window() counts from now on, whether the window is open or closed; 0 closes it."""
    made = await stage(Recorder(window=60))
    made.clock.pass_to(150.0)
    await made.made.open_window(30)
    made.clock.pass_to(170.0)
    assert await confirm(bluez) is None
    made.clock.pass_to(180.0)
    await until(lambda: made.adapter.told == [True, True, False])
    await made.made.open_window(30)
    assert await confirm(bluez) is None
    await made.made.open_window(0)
    assert (await confirm(bluez)).text == CLOSED
    assert made.adapter.told[-1] is False


async def test_the_last_word_holds(stage: Make) -> None:
    """A window that is opened while it closes is open, and so is the adapter."""
    made = await stage(Recorder(window=60))
    made.clock.pass_to(160.0)
    await made.made.open_window(30)
    for _ in range(10):
        await asyncio.sleep(0)
    assert made.adapter.pairable is True


@pytest.mark.parametrize("before", [False, True])
async def test_pairable_is_given_back(bluez: FakeBlueZ, stage: Make, *, before: bool) -> None:
    """At the end Pairable is what it was before the agent was registered."""
    made = await stage(Recorder(window=60), register=False)
    made.adapter.pairable = before
    await made.made.register()
    made.clock.pass_to(160.0)
    await made.made.unregister()
    for _ in range(10):
        await asyncio.sleep(0)
    assert made.adapter.pairable is before
    assert made.adapter.told[-1] is before
    assert bluez.calls[-1] == "UnregisterAgent"


async def test_pairable_is_given_back_after_a_loss(stage: Make) -> None:
    """What Pairable was before the first session is what it is at the end, whatever the second one found."""
    before: dict[str, bool] = {}
    made = await stage(Recorder(window=0), before=before)
    made.made.abandon()
    assert made.adapter.pairable is False
    again = await stage(Recorder(window=0), before=before, adapter=made.adapter)
    await again.made.unregister()
    assert made.adapter.pairable is True


async def test_without_a_window_the_adapter_is_left_alone(stage: Make) -> None:
    """Who asked for no window does not have Pairable changed, and is told that there is none to open."""
    made = await stage(Recorder())
    assert made.made.window.left is None
    for length in (60, 0):
        with pytest.raises(ValueError, match=r"no window to open, .*; .*, write pairing=Recorder\(…, window=0\)"):
            await made.made.open_window(length)
    await made.made.unregister()
    assert made.adapter.told == []


@pytest.mark.parametrize("length", [-1, float("nan"), "60", True])
async def test_windows_have_a_length(stage: Make, length: Any) -> None:
    """Opening takes seconds as the agent does, and says so in its own words."""
    made = await stage(Recorder(window=0))
    with pytest.raises(
        (TypeError, ValueError), match=f"seconds={length!r}: .*; 60 opens the window for a minute, 0 closes"
    ):
        await made.made.open_window(length)


async def test_an_adapter_that_stays_pairable(bluez: FakeBlueZ, stage: Make, caplog: pytest.LogCaptureFixture) -> None:
    """Where BlueZ does not let Pairable be switched off, that is logged, and the agent refuses by itself."""
    made = await stage(Recorder(window=60))
    made.adapter.refusal = PeripheralError("Not Ready")
    made.clock.pass_to(160.0)
    await until(lambda: "still pairable: Not Ready" in caplog.text)
    assert (await confirm(bluez)).text == CLOSED


async def test_bluetoothd_changes_pairable_itself(stage: Make) -> None:
    """An adapter becomes pairable by itself when it gets a default agent; until it has, BlueZ takes no other value."""
    made = await stage(Recorder(window=0), register=False)
    made.adapter.busy = 2
    await made.made.register()
    assert made.adapter.told == [False]


async def test_an_adapter_that_is_busy_for_ever(bluez: FakeBlueZ, stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent whose window cannot be closed is not registered."""
    monkeypatch.setattr("gattschema.bluez._window._PAUSE", 0)
    made = await stage(Recorder(window=0), register=False)
    made.adapter.busy = 1000
    with pytest.raises(PeripheralError, match="Busy"):
        await made.made.register()
    await bluez.until(lambda: not bluez.agents)


async def test_a_window_outlives_bluetoothd(stage: Make) -> None:
    """A new session goes on where the window of the old one was: a crash of bluetoothd opens nothing."""
    made = await stage(Recorder(window=60))
    made.clock.pass_to(130.0)
    made.made.abandon()
    assert made.made.window.left == 30
    again = await stage(Recorder(window=60), register=False)
    await again.made.register(open_for=made.made.window.left)
    assert again.made.window.left == 30


async def test_who_was_let_in_in_time_is_in(bluez: FakeBlueZ, stage: Make) -> None:
    """A phone that is asked about while the window is open is in when somebody says yes, even if that is later."""
    answer = asyncio.get_running_loop().create_future()
    made = await stage(agent := Recorder(lambda: answer, window=60))
    asking = asyncio.ensure_future(confirm(bluez))
    await until(lambda: agent.calls)
    made.clock.pass_to(160.0)
    answer.set_result(True)
    assert await asking is None
    await made.made.paired(made.device(device_path(ANN)))
    assert not made.removed(ANN)
    assert made.refused == []


async def test_who_saw_the_passkey_in_time_is_in(bluez: FakeBlueZ, stage: Make) -> None:
    """A phone whose user types what was shown while the window was open is in, even while it is still being shown."""
    made = await stage(agent := Recorder(lambda: asyncio.sleep(PATIENCE), window=60))
    show(bluez)
    await until(lambda: agent.calls)
    made.clock.pass_to(160.0)
    await made.made.paired(made.device(device_path(ANN)))
    assert not made.removed(ANN)


async def test_who_pairs_too_late_is_out(stage: Make) -> None:
    """A phone that nobody was asked about, and that has paired when the window is closed, is out."""
    made = await stage(JustWorks(window=60))
    made.clock.pass_to(159.0)
    await made.made.paired(made.device(device_path(ANN)))
    made.clock.pass_to(160.0)
    await made.made.paired(made.device(device_path(BEN)))
    assert (made.removed(ANN), made.removed(BEN)) == (False, True)
    assert made.refused == [(BEN, CLOSED)]


@pytest.mark.parametrize("ending", ["refused", "disconnected"])
async def test_a_yes_is_good_for_one_pairing(bluez: FakeBlueZ, stage: Make, ending: str) -> None:
    """A pairing that failed after a yes lets nobody in later."""
    made = await stage(agent := Recorder(window=60))
    device = made.device(device_path(ANN))
    assert await confirm(bluez) is None
    if ending == "refused":
        agent.answer = False
        await confirm(bluez)
    else:
        made.made.disconnected(device)
    made.clock.pass_to(160.0)
    await made.made.paired(device)
    assert made.removed(ANN)


# --- those who may ---------------------------------------------------------------------------------------------------


async def test_who_is_not_allowed_is_refused(bluez: FakeBlueZ, stage: Make) -> None:
    """Where the address is the phone's own, the list decides before anybody is asked."""
    made = await stage(agent := Recorder(allow=[ANN.lower()]))
    assert await confirm(bluez, ANN) is None
    assert await confirm(bluez, BEN) == Refusal(REJECTED, NOT_ALLOWED)
    assert agent.calls == [f"request_confirmation {ANN} {DIGITS}"]
    assert made.refused == [(BEN, NOT_ALLOWED)]


@pytest.mark.parametrize(("identity", "is_in"), [(ANN, True), (BEN, False), (HIDING, False)])
async def test_who_hides_is_decided_about_later(bluez: FakeBlueZ, stage: Make, identity: str, *, is_in: bool) -> None:
    """A phone with a resolvable private address pairs, and is removed if it turns out not to be on the list."""
    made = await stage(Recorder(allow=[ANN]))
    device = made.know(HIDING, "random")
    assert await confirm(bluez, HIDING) is None
    made.remotes[device.path].properties["Address"] = identity
    await made.made.paired(device)
    assert made.removed(HIDING) is not is_in
    assert made.refused == ([] if is_in else [(identity, NOT_ALLOWED)])


@pytest.mark.parametrize("address", ["C0:00:00:00:00:01", "3F:00:00:00:00:01", "80:00:00:00:00:01"])
async def test_other_random_addresses_do_not_change(bluez: FakeBlueZ, stage: Make, address: str) -> None:
    """Only the top bits 01 are those of a resolvable private address: others are compared at once."""
    made = await stage(Recorder(allow=[ANN]))
    made.know(address, "random")
    assert (await confirm(bluez, address)).text == NOT_ALLOWED


async def test_public_addresses_may_look_private(bluez: FakeBlueZ, stage: Make) -> None:
    """A public address is the phone's own, whatever its top bits are."""
    made = await stage(Recorder(allow=[ANN]))
    made.know(HIDING, "public")
    assert (await confirm(bluez, HIDING)).text == NOT_ALLOWED


async def test_a_list_that_fails(bluez: FakeBlueZ, stage: Make, caplog: pytest.LogCaptureFixture) -> None:
    """A function in allow= that fails lets nobody in, before or after."""

    def allow(_: Device) -> bool:
        raise LookupError("no list")

    made = await stage(Recorder(allow=allow))
    why = "the function in allow= has failed (LookupError)"
    assert (await confirm(bluez)).text == why
    await made.made.paired(made.device(device_path(ANN)))
    assert made.removed(ANN)
    assert made.refused == [(ANN, why)] * 2
    assert "LookupError: no list" in caplog.text


@pytest.mark.parametrize(
    ("allow", "why"),
    [
        (lambda _: cast("Any", None), "the function in allow= has said None, which is neither True nor False"),
        (lambda _: False, NOT_ALLOWED),
    ],
)
async def test_a_list_that_says_no(bluez: FakeBlueZ, stage: Make, allow: Any, why: str) -> None:
    """A function in allow= that says neither yes nor no lets nobody in, and it is told that it is to blame."""
    made = await stage(Recorder(allow=allow))
    assert (await confirm(bluez)).text == why
    assert made.refused == [(ANN, why)]


async def test_whom_the_program_pairs_with(bluez: FakeBlueZ, stage: Make) -> None:
    """Neither the window nor the list is for those that the program itself pairs with: the handler alone decides."""
    made = await stage(agent := Recorder(window=0, allow=[BEN]))
    device = made.device(device_path(ANN))
    made.remotes[device.path].pairing = True
    assert await confirm(bluez) is None
    judging = made.made.paired(device)
    made.remotes[device.path].pairing = False  # BlueZ has answered meanwhile
    await judging
    assert (made.removed(ANN), made.refused) == (False, [])
    agent.answer = False
    made.remotes[device.path].pairing = True
    assert (await confirm(bluez)).name == REJECTED
    await made.made.paired(made.device(device_path(CAT)))
    assert made.removed(CAT)


async def test_what_cannot_be_removed(stage: Make) -> None:
    """A phone that BlueZ does not remove is told of all the same, with BlueZ's reason."""
    made = await stage(Recorder(allow=[ANN]))
    device = made.device(device_path(BEN))
    made.remotes[device.path].refusal = PeripheralError("Not Ready")
    await made.made.paired(device)
    assert made.refused == [(BEN, f"{NOT_ALLOWED}; but it is not removed: Not Ready")]


async def test_whom_somebody_else_lets_in(bluez: FakeBlueZ, stage: Make) -> None:
    """With default=False the list and the window are for those alone that this agent is asked about."""
    made = await stage(Recorder(allow=[ANN], window=60, default=False))
    hiding = made.know(HIDING, "random")
    assert await confirm(bluez, HIDING) is None
    await made.made.paired(hiding)
    made.clock.pass_to(160.0)
    await made.made.paired(made.device(device_path(BEN)))
    assert (made.removed(HIDING), made.removed(BEN)) == (True, False)
    assert made.refused == [(HIDING, NOT_ALLOWED)]


# --- other adapters --------------------------------------------------------------------------------------------------

HCI1 = "/org/bluez/hci1"


async def confirm_at(bluez: FakeBlueZ, path: str) -> Any:
    return await bluez.ask_agent("RequestConfirmation", "ou", path, PASSKEY)


async def test_two_peripherals(bluez: FakeBlueZ, stage: Make) -> None:
    """BlueZ asks its default agent about all adapters: each phone is for the agent that has its adapter."""
    ours = await stage(mine := Recorder(allow=[ANN]))
    theirs = await stage(other := Recorder(allow=[BEN]), adapter=StubAdapter(HCI1))
    assert bluez.default_agents[0] == theirs.tree.bus.unique_name
    assert await confirm_at(bluez, device_path(ANN)) is None
    assert (await confirm_at(bluez, device_path(BEN))).text == NOT_ALLOWED
    assert await confirm_at(bluez, device_path(BEN, "hci1")) is None
    assert mine.calls == [f"request_confirmation {ANN} {DIGITS}"]
    assert other.calls == [f"request_confirmation {BEN} {DIGITS}"]
    assert (ours.refused, theirs.refused) == ([(BEN, NOT_ALLOWED)], [])
    assert list(ours.made.under_way) == [device_path(ANN)]


async def test_two_peripherals_of_two_threads(bluez: FakeBlueZ, stage: Make) -> None:
    """The agent that is asked in the end answers on the loop that it belongs to."""
    threads: list[str] = []

    def ask(_: str) -> bool:
        threads.append(threading.current_thread().name)
        return True

    peripheral = Peripheral(pairing=Confirm(ask))
    await asyncio.to_thread(peripheral.start)
    await stage(Recorder(), adapter=StubAdapter(HCI1))
    assert await confirm_at(bluez, device_path(ANN)) is None
    await asyncio.to_thread(peripheral.stop)
    assert threads == ["gattschema"]


@pytest.mark.parametrize("ending", ["Cancel", "abandon", "unregister"])
async def test_what_was_passed_on_is_cancelled(bluez: FakeBlueZ, stage: Make, ending: str) -> None:
    """Cancel, and the end of either peripheral, reach the handler that runs, and the agent that it belongs to."""
    ours = await stage(mine := Slow())
    theirs = await stage(other := Recorder(), adapter=StubAdapter(HCI1))
    asking = asyncio.ensure_future(confirm_at(bluez, device_path(ANN)))
    await until(lambda: mine.calls)
    mine.may_end.set()
    if ending == "Cancel":
        bluez.tell_agent("Cancel")
    elif ending == "abandon":
        ours.made.abandon()
    else:
        await theirs.made.unregister()
    await until(lambda: mine.calls[1:] == ["ended", "cancel", "taken away"])
    assert other.calls == []
    if ending == "abandon":
        assert (await asking).name == CANCELED
    else:
        asking.cancel()


class Tidy:
    """A handler that has something to do when it is cancelled."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.may_end = asyncio.Event()

    async def ask(self, _: str = "") -> bool:
        self.did.append("asked")
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            self.did.append("cancelled")
            await self.may_end.wait()
            self.did.append("ended")
        return True


async def test_a_handler_of_another_thread_is_cancelled_once(
    bluez: FakeBlueZ, stage: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """Cancel cuts off nothing that a handler does in its finally, on whatever loop, and leaves nothing in the log."""
    peripheral = Peripheral(pairing=Confirm((handler := Tidy()).ask))
    await asyncio.to_thread(peripheral.start)
    theirs = await stage(Recorder(), adapter=StubAdapter(HCI1))
    other = next(one for one in module._agents if one is not theirs.made)
    bluez.tell_agent("RequestConfirmation", "ou", device_path(ANN), PASSKEY)
    await until(lambda: handler.did == ["asked"])
    bluez.tell_agent("Cancel")
    await until(lambda: handler.did[1:] == ["cancelled"] and not theirs.made.passed_on)
    await turn_of(other)
    other.tree.running.loop.call_soon_threadsafe(handler.may_end.set)
    await until(lambda: not other.asked)
    assert handler.did == ["asked", "cancelled", "ended"]
    await asyncio.to_thread(peripheral.stop)
    gc.collect()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_what_ends_by_itself_is_not_cancelled_again(bluez: FakeBlueZ, stage: Make) -> None:
    """Cancel for a handler whose own peripheral has ended, and which still does what it has to, changes nothing."""
    ours = await stage(Recorder((handler := Tidy()).ask))
    theirs = await stage(Recorder(), adapter=StubAdapter(HCI1))
    bluez.tell_agent("RequestConfirmation", "ou", device_path(ANN), PASSKEY)
    await until(lambda: handler.did)
    ours.made.abandon()
    await until(lambda: handler.did[1:] == ["cancelled"])
    bluez.tell_agent("Cancel")
    await until(lambda: not theirs.made.passed_on)
    await turn_of(ours.made)
    handler.may_end.set()
    await until(lambda: not ours.made.asked)
    assert handler.did == ["asked", "cancelled", "ended"]


async def turn_of(agent: AgentObject) -> None:
    """Wait until its loop has done what it was given."""
    for _ in range(10):
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asyncio.sleep(0), agent.tree.running.loop))


@pytest.mark.parametrize("is_told", ["ours", "theirs"])
async def test_cancel_is_about_one_question(bluez: FakeBlueZ, stage: Make, is_told: str) -> None:
    """Where BlueZ asks an agent itself and by way of another, Cancel is for the question of the one that it tells."""
    ended: list[str] = []

    class Asked(Recorder):
        async def request_confirmation(self, device: Device, passkey: str) -> bool:  # noqa: ARG002
            self.calls.append(device.address)
            try:
                await asyncio.sleep(PATIENCE)
            finally:
                ended.append(device.address)
            return True

    ours = await stage(mine := Asked())
    theirs = await stage(Recorder(), adapter=StubAdapter(HCI1))
    for one, address in ((ours, ANN), (theirs, BEN)):
        bluez.bus.send(to_agent(one, "RequestConfirmation", "ou", device_path(address), PASSKEY))
    await until(lambda: set(mine.calls) == {ANN, BEN})
    bluez.bus.send(to_agent(ours if is_told == "ours" else theirs, "Cancel", ""))
    await until(lambda: "cancel" in mine.calls)
    assert ended == [ANN if is_told == "ours" else BEN]


def to_agent(stage: Stage, member: str, signature: str, *body: Any) -> Message:
    """What BlueZ says to one of several agents."""
    no_reply = MessageFlag.NO_REPLY_EXPECTED
    where = (stage.tree.bus.unique_name, PATH, AGENT, member)
    return Message(*where, flags=no_reply, signature=signature, body=list(body))


async def test_cancel_leaves_what_is_shown(bluez: FakeBlueZ, stage: Make) -> None:
    """BlueZ's Cancel is never about DisplayPasskey: what another agent shows stays."""
    ours = await stage(mine := Slow())
    await stage(other := Slow(), adapter=StubAdapter(HCI1))
    show(bluez)
    await until(lambda: mine.calls)
    bluez.tell_agent("RequestConfirmation", "ou", device_path(BEN, "hci1"), PASSKEY)
    await until(lambda: other.calls)
    bluez.tell_agent("Cancel")
    await until(lambda: other.calls[1:] == ["ended", "cancel"])
    await turn_of(ours.made)
    assert mine.calls == [f"display_passkey {ANN} {DIGITS} 0"]


async def test_deadline_of_what_was_passed_on(
    bluez: FakeBlueZ, stage: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Who does not answer in time refuses, whichever agent was asked: his adapter's peripheral tells of it."""
    assert module.ANSWER_WITHIN + 2 * module.ENDS_WITHIN < 60
    monkeypatch.setattr(module, "ANSWER_WITHIN", 0.05)
    monkeypatch.setattr(module, "ENDS_WITHIN", PATIENCE)
    ours = await stage(Slow())
    theirs = await stage(Recorder(), adapter=StubAdapter(HCI1))
    given = await confirm_at(bluez, device_path(ANN))
    assert given == Refusal(REJECTED, "there was no answer within 0.05 s")
    assert (ours.refused, theirs.refused) == ([(ANN, given.text)], [])
    assert "Slow: the handler has not ended within 0.05 s" in caplog.text
    assert "Recorder" not in caplog.text


@pytest.mark.parametrize("is_taken", [False, True])
async def test_agents_that_have_ended(
    bluez: FakeBlueZ, stage: Make, monkeypatch: pytest.MonkeyPatch, *, is_taken: bool
) -> None:
    """An agent that ends while another passes it a question is not asked, and BlueZ has an answer."""
    take_over = AgentObject.take_over

    def end(made: AgentObject, *passed: Any) -> None:
        if is_taken:
            take_over(made, *passed)
        made.abandon()
        if not is_taken:
            take_over(made, *passed)

    monkeypatch.setattr(AgentObject, "take_over", end)
    await stage(mine := Recorder())
    await stage(Recorder(), adapter=StubAdapter(HCI1))
    given = await confirm_at(bluez, device_path(ANN))
    assert given == Refusal(CANCELED, "the agent of this adapter has ended")
    assert mine.calls == []


async def test_agents_whose_loop_is_closed(bluez: FakeBlueZ, stage: Make) -> None:
    """An agent whose loop was closed under it is none: the one that BlueZ asks decides."""
    ours = await stage(mine := Recorder())
    theirs = await stage(other := Recorder(), adapter=StubAdapter(HCI1))
    ours.tree.running.loop = closed = asyncio.new_event_loop()
    closed.close()
    assert await confirm_at(bluez, device_path(ANN)) is None
    assert (mine.calls, other.calls) == ([], [f"request_confirmation {ANN} {DIGITS}"])
    ours.tree.running.loop = theirs.tree.running.loop


async def test_cancel_when_the_loop_is_closed(bluez: FakeBlueZ, stage: Make, caplog: pytest.LogCaptureFixture) -> None:
    """Cancel for an agent whose loop was closed under its handler is for nobody, and no error."""
    ours = await stage(mine := Recorder(lambda: asyncio.sleep(PATIENCE)))
    theirs = await stage(Recorder(), adapter=StubAdapter(HCI1))
    bluez.tell_agent("RequestConfirmation", "ou", device_path(ANN), PASSKEY)
    await until(lambda: mine.calls)
    ours.tree.running.loop = closed = asyncio.new_event_loop()
    closed.close()
    bluez.tell_agent("Cancel")
    await until(lambda: not theirs.made.passed_on)
    await turn_of(theirs.made)
    ours.tree.running.loop = theirs.tree.running.loop
    assert "Event loop is closed" not in caplog.text


@pytest.mark.parametrize(
    ("address", "kind", "why"),
    [(ANN, "public", None), (BEN, "public", NOT_ALLOWED), (HIDING, "random", NOT_ALLOWED)],
)
async def test_adapters_of_nobody(bluez: FakeBlueZ, stage: Make, address: str, kind: str, why: str | None) -> None:
    """Where no agent has the adapter, the list decides at once, as nobody removes a phone there; nobody hears of it."""
    made = await stage(Recorder(allow=[ANN]))
    made.know(address, kind, path := device_path(address, "hci1"))
    given = await confirm_at(bluez, path)
    assert (given and given.text) == why
    assert made.refused == []


async def test_adapters_of_nobody_without_a_list(bluez: FakeBlueZ, stage: Make) -> None:
    """Without a list a phone may hide at any adapter; the window holds at all of them."""
    made = await stage(Recorder(window=60))
    made.know(HIDING, "random", path := device_path(HIDING, "hci1"))
    assert await confirm_at(bluez, path) is None
    made.clock.pass_to(160.0)
    assert (await confirm_at(bluez, path)).text == CLOSED
    assert made.refused == []


# --- storms ----------------------------------------------------------------------------------------------------------


def attempt(member: str, number: int) -> Message:
    """A question about a phone that was never seen before."""
    signature, body, *_ = ASKED[member]
    where = f"/org/bluez/hci0/dev_{number}"
    sent = {"sender": ":1.0", "serial": number + 1, "flags": MessageFlag.NO_REPLY_EXPECTED}
    return Message(":1.1", PATH, AGENT, member, signature=signature, body=[where, *body], **sent)


@pytest.mark.parametrize("outcome", ["yes", "no", "cancelled"])
async def test_storms(stage: Make, outcome: str) -> None:
    """Ten thousand pairing attempts leave no task, no handler and no device behind."""
    waits = asyncio.get_running_loop().create_future
    made = await stage(agent := Recorder({"yes": True, "no": False, "cancelled": waits}[outcome], window=600))
    made.tree.bluetoothd = None
    made.made.device = lambda path: Device(cast("Any", StubRemote(path, {"Address": path[-17:]})))
    made.made.refused = lambda _device, _why: None
    tasks = len(asyncio.all_tasks())
    for number in range(5_000):
        for member in ("RequestConfirmation", "DisplayPasskey"):
            assert made.tree.handle(attempt(member, number)) is True
        await asyncio.sleep(0)
        if outcome == "cancelled":
            made.made.cancel_pending()
        agent.calls.clear()
    assert len(made.made.under_way) <= 64
    for path in list(made.made.under_way):
        made.made.disconnected(made.made.device(path))
    await until(lambda: not made.tree.running.runs and len(asyncio.all_tasks()) <= tasks)
    assert made.made.asked == set()
    gc.collect()
    assert sum(type(one) is Device for one in gc.get_objects()) < 10
