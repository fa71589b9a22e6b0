"""The pairing agent on the bus (``org.bluez.Agent.rst``, ``org.bluez.AgentManager.rst``).

bluetoothd asks one question at a time, waits for 60 seconds (``src/agent.c``) and takes any error for a no, whose text
it logs. What is shown is no question: ``DisplayPasskey`` has no reply, and nothing says when it is over. Passkeys and
PINs are in no log: neither is what a handler's exception says about them.

It asks its default agent about the devices of all adapters. One that is another adapter's is for the agent of this
process that has this adapter; where there is none, it is decided at once, as nothing of it is heard afterwards.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, Literal, cast

import attrs
from dbus_fast import DBusError, Message, Variant

from gattschema._errors import PeripheralError, RegistrationError
from gattschema.bluez._bus import call, tell
from gattschema.bluez._errors import CallFailed
from gattschema.bluez._objects import EMPTY, Body, Branch, BusObject, Method, ObjectTree
from gattschema.bluez._window import PairableAdapter, Window
from gattschema.link import Device
from gattschema.pairing import Agent, PairingRejected, check_opening, is_passkey, is_pin

logger = logging.getLogger("gattschema.bluez")

AGENT = "org.bluez.Agent1"
AGENT_MANAGER = "org.bluez.AgentManager1"
MANAGER_PATH = "/org/bluez"
PATH = "/org/gattschema/agent"
REJECTED = "org.bluez.Error.Rejected"
CANCELED = "org.bluez.Error.Canceled"

ANSWER_WITHIN = 55.0
"""Seconds for a handler, a little less than bluetoothd waits."""
UNDER_WAY = 30.0
"""Seconds that a pairing lasts at most after the last word of either side (Core Specification, Vol 3, Part H, 3.4)."""
ENDS_WITHIN = 1.0
"""Seconds in which a cancelled handler, or what takes away what was shown, is waited for."""
_MOST = 64
"""Pairings under way that are kept in mind; more links than controllers have."""

CLOSED = "the pairing window is closed"
NOT_ALLOWED = "it is not among those that allow= lets in"

_agents: set[AgentObject] = set()
"""Those of this process that serve, on whatever loop."""


class _No(PairingRejected):
    """A no in words of this module's own, which have no secret in them."""


@attrs.define(eq=False, repr=False)
class _Question:
    """What bluetoothd wants to know."""

    path: str
    """The device's."""
    ask: Callable[[Device], Any]
    """What asks the agent."""
    reply: Callable[[Any], Body]
    """What checks and packs its answer."""
    secret: str | None = ""
    """What no log may show; ``None``: the handler alone knows it."""
    shows: bool = False
    """Whether something is shown until the pairing is over."""
    waits: bool = True
    """Whether bluetoothd waits for the answer."""
    pairs: bool = True
    """Whether it is about a new bond."""


@attrs.define(eq=False, repr=False)
class _UnderWay:
    """A pairing that the agent has agreed to."""

    timer: asyncio.TimerHandle
    task: asyncio.Task[Any] | None
    """What shows a passkey, if anything does."""

    def end(self) -> bool:
        """Stop it; whether something is shown that is to be taken away."""
        self.timer.cancel()
        if self.task is None or self.task is asyncio.current_task():
            return False
        self.task.cancel()
        return True


@attrs.define(eq=False, repr=False)
class AgentObject(BusObject):
    """An :class:`~gattschema.pairing.Agent` that bluetoothd asks; a connection to the bus can have one."""

    interface: ClassVar[str] = AGENT

    agent: Agent
    tree: ObjectTree
    adapter: PairableAdapter
    device: Callable[[str], Device]
    """Gives the device at a path."""
    refused: Callable[[Device, str], None]
    """Hears of each pairing that is refused, and why."""
    before: dict[str, bool] = attrs.field(factory=dict[str, bool])
    """What ``Pairable`` was at first, by the adapters' addresses."""
    window: Window = attrs.field(init=False)
    branch: Branch = attrs.field(init=False)
    asked: set[asyncio.Task[Any]] = attrs.field(init=False, factory=set["asyncio.Task[Any]"])
    """The handler that bluetoothd waits for."""
    passed_on: set[asyncio.Task[Any]] = attrs.field(init=False, factory=set["asyncio.Task[Any]"])
    """What waits for another agent of this process, as bluetoothd waits for it."""
    taken_over: set[asyncio.Task[Any]] = attrs.field(init=False, factory=set["asyncio.Task[Any]"])
    """What answers for another agent of this process, which bluetoothd has asked."""
    telling: set[asyncio.Task[Any]] = attrs.field(init=False, factory=set["asyncio.Task[Any]"])
    """What the agent is being told."""
    met: set[str] = attrs.field(init=False, factory=set[str])
    """The paths of the devices that it was asked about, until they have paired or left."""
    under_way: dict[str, _UnderWay] = attrs.field(init=False, factory=dict[str, _UnderWay])
    """By the devices' paths."""
    is_registered: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self.window = Window(self.agent.window, self.adapter, self.before)
        self.branch = Branch(PATH, {PATH: self})

    @property
    def place(self) -> str:
        """``Confirm``."""
        return type(self.agent).__name__

    @property
    def timeout(self) -> float:
        """Seconds that a handler may take."""
        return ANSWER_WITHIN

    def properties(self) -> dict[str, Variant]:
        """None."""
        return {}

    # --- lifecycle ------------------------------------------------------------------------------------------------

    async def register(self, open_for: float | None = None) -> None:
        """Be asked from now on, with the window open for *open_for* seconds, or as long as the agent says.

        BlueZ makes the adapter pairable when it gets a default agent, and makes the first agent the default by itself.

        Raises:
            RegistrationError: BlueZ refuses the agent.
            PeripheralError: BlueZ does not let the adapter be pairable, or not.
        """
        self.window.remember()
        self.tree.add(self.branch)
        try:
            await self._register()
            if self.agent.window is not None:
                await self.window.open(self.agent.window if open_for is None else open_for)
        except CallFailed as error:
            self._give_up()
            raise RegistrationError(f"BlueZ refuses the pairing agent {self.place} ({error})") from error
        except BaseException:
            self._give_up()
            raise

    async def _register(self) -> None:
        await self._manage("RegisterAgent", "os", PATH, self.agent.capability)
        self.is_registered = True
        _agents.add(self)
        if self.agent.default:
            await self._manage("RequestDefaultAgent", "o", PATH)

    def _give_up(self) -> None:
        """Nobody waits for BlueZ's answer any more, but it may have taken the agent, or be about to."""
        self._withdraw()
        tell(self.tree.bus, MANAGER_PATH, AGENT_MANAGER, "UnregisterAgent", "o", PATH)

    async def unregister(self) -> None:
        """Be asked no more: the default agent is again who was it before, and ``Pairable`` what it was.

        Raises:
            RegistrationError: BlueZ does not give the agent back.
            PeripheralError: BlueZ does not let the adapter be pairable, or not.
        """
        try:
            if self.is_registered:
                await self._manage("UnregisterAgent", "o", PATH)
        except CallFailed as error:
            raise RegistrationError(f"BlueZ does not give the pairing agent back ({error})") from error
        finally:
            self._withdraw()
            try:
                await self.window.end()
            finally:
                await self._told()

    def abandon(self) -> None:
        """BlueZ or the bus is gone: end everything without asking it."""
        self._withdraw()

    def _withdraw(self) -> None:
        self.is_registered = False
        _agents.discard(self)
        self.window.stop()
        self.tree.remove(self.branch)
        if self.asked:
            self._stop(self.asked)
        for path in list(self.under_way):
            self._end(path)

    async def _manage(self, member: str, signature: str, *body: Any) -> None:
        await call(self.tree.bus, MANAGER_PATH, AGENT_MANAGER, member, signature, *body)

    # --- the window -----------------------------------------------------------------------------------------------

    async def open_window(self, seconds_open: float) -> None:
        """Let phones pair for that many seconds from now on; 0 closes the window.

        Raises:
            TypeError: it is no number.
            ValueError: it is negative or has no end, or the agent has no window.
            PeripheralError: BlueZ does not let the adapter be pairable, or not.
        """
        await self.window.open(check_opening(self.agent, seconds_open))

    # --- what becomes of devices ----------------------------------------------------------------------------------

    def paired(self, device: Device) -> Awaitable[None]:
        """Take note that *device* has paired: it is removed if it was not to.

        That is decided by its identity address, which is known now, and by the window: in is who was let in while it
        was open, or has paired before it closed, and whoever this program itself has paired with. Whom somebody else's
        agent has let in is for this one to judge only if it is the default one.
        """
        is_exempt = device.pairing or not (self.agent.default or device.path in self.met)
        self.met.discard(device.path)
        return self._judge(device, was_let_in=self._end(device.path), is_exempt=is_exempt)

    async def _judge(self, device: Device, *, was_let_in: bool, is_exempt: bool) -> None:
        why = None if is_exempt else self._objection(device)
        if why is None and not (is_exempt or was_let_in or self.window.is_open):
            why = CLOSED
        if why is not None:
            await self._remove(device, why)

    def disconnected(self, device: Device) -> None:
        """Take note that *device* has left, and with it what was under way."""
        self.met.discard(device.path)
        self._end(device.path)

    async def _remove(self, device: Device, why: str) -> None:
        try:
            await device.remove()
        except PeripheralError as error:
            why = f"{why}; but it is not removed: {error.finding}"
        self._refuse(device, why, why)

    def _refuse(self, device: Device, why: str, logged: str) -> None:
        """Tell of a refusal those that the adapter concerns."""
        logger.info("%s: %s may not pair: %s", self.place, device.address, logged)
        if self.has(device.path):
            self.refused(device, why)

    def _objection(self, device: Device) -> str | None:
        """Give why ``allow=`` does not let a device in; ``None`` if it does."""
        try:
            return None if self.agent.allows(device) is True else NOT_ALLOWED
        except PairingRejected as error:
            return str(error) or NOT_ALLOWED
        except Exception as error:
            logger.exception("%s: the function in allow= has failed, and %s is refused", self.place, device.address)
            return f"the function in allow= has failed ({type(error).__name__})"

    # --- what bluetoothd asks -------------------------------------------------------------------------------------

    def request_pin_code(self, asks: Message) -> Awaitable[Body]:
        """Answer ``RequestPinCode(o) → s``."""
        return self._answer(asks, _Question(asks.body[0], self.agent.request_pin_code, _pin, secret=None))

    def display_pin_code(self, asks: Message) -> Awaitable[Body]:
        """Answer ``DisplayPinCode(o, s)``."""
        path, pin = asks.body

        def ask(device: Device) -> Any:
            return self.agent.display_pin_code(device, pin)

        return self._answer(asks, _Question(path, ask, _nothing, pin, shows=True))

    def request_passkey(self, asks: Message) -> Awaitable[Body]:
        """Answer ``RequestPasskey(o) → u``."""
        return self._answer(asks, _Question(asks.body[0], self.agent.request_passkey, _passkey, secret=None))

    def display_passkey(self, asks: Message) -> Awaitable[Body]:
        """Take ``DisplayPasskey(o, u, q)``, which wants no reply."""
        path, number, entered = asks.body
        digits = f"{number:06}"

        def ask(device: Device) -> Any:
            return self.agent.display_passkey(device, digits, entered)

        return self._answer(asks, _Question(path, ask, _nothing, digits, shows=True, waits=False))

    def request_confirmation(self, asks: Message) -> Awaitable[Body]:
        """Answer ``RequestConfirmation(o, u)``."""
        path, number = asks.body
        digits = f"{number:06}"

        def ask(device: Device) -> Any:
            return self.agent.request_confirmation(device, digits)

        return self._answer(asks, _Question(path, ask, _yes, digits))

    def request_authorization(self, asks: Message) -> Awaitable[Body]:
        """Answer ``RequestAuthorization(o)``."""
        return self._answer(asks, _Question(asks.body[0], self.agent.request_authorization, _yes))

    def authorize_service(self, asks: Message) -> Awaitable[Body]:
        """Answer ``AuthorizeService(o, s)``."""
        path, uuid = asks.body

        def ask(device: Device) -> Any:
            return self.agent.authorize_service(device, uuid)

        return self._answer(asks, _Question(path, ask, _yes, pairs=False))

    def cancel(self, _: Message) -> Body:
        """Take ``Cancel()``: what was asked last is answered too late."""
        self.cancel_pending()
        return EMPTY

    def release(self, _: Message) -> Body:
        """Take ``Release()``: bluetoothd ends, and has forgotten the agent."""
        self.is_registered = False
        self._notify("release")
        return EMPTY

    methods: ClassVar[Mapping[str, Method]] = {
        "RequestPinCode": request_pin_code,
        "DisplayPinCode": display_pin_code,
        "RequestPasskey": request_passkey,
        "DisplayPasskey": display_passkey,
        "RequestConfirmation": request_confirmation,
        "RequestAuthorization": request_authorization,
        "AuthorizeService": authorize_service,
        "Cancel": cancel,
        "Release": release,
    }

    def cancel_pending(self) -> None:
        """Cancel the handler that bluetoothd no longer waits for."""
        self.tree.running.loop.call_soon(self.cancel_asked)  # it has begun by then, and can be

    def cancel_asked(self) -> None:
        """Cancel what bluetoothd has asked this agent and waits for, and tell those whose handlers they are."""
        for task in self.passed_on:
            task.cancel()
        asked = self.asked - self.taken_over
        if asked or not self.passed_on:
            self._stop(asked)

    def _stop(self, tasks: Collection[asyncio.Task[Any]]) -> None:
        for task in tasks:
            task.cancel()
        self._notify("cancel", *tasks)

    # --- the way of a question ------------------------------------------------------------------------------------

    def has(self, path: str) -> bool:
        """Whether the device at *path* is one of its adapter's."""
        return path.startswith(f"{self.adapter.path}/")

    @property
    def is_there(self) -> bool:
        """Whether its loop could still turn to it."""
        return not self.tree.running.loop.is_closed()

    def _answer(self, asks: Message, question: _Question) -> Awaitable[Body]:
        logger.debug("%s: %s for %s", self.place, asks.member, question.path)
        responsible = next((one for one in (self, *_agents) if one.has(question.path) and one.is_there), self)
        if responsible is not self:
            return self._pass_on(asks, question, responsible)
        return self._ask(question, self.device(question.path))

    async def _pass_on(self, asks: Message, question: _Question, other: AgentObject) -> Body:
        """Let another agent answer, on its own loop; it ends its handler in time, and is waited for a little longer."""
        task, answer = cast("asyncio.Task[Any]", asyncio.current_task()), Future[Body]()
        self.tree.running.wait_longer(2 * ENDS_WITHIN)
        other.tree.running.loop.call_soon_threadsafe(other.take_over, asks, answer)
        if question.waits:
            self.passed_on.add(task)
        try:
            return await asyncio.wrap_future(answer)
        except asyncio.CancelledError:
            if task.cancelling():
                raise
            raise DBusError(CANCELED, "the agent of this adapter has ended") from None
        finally:
            self.passed_on.discard(task)

    def take_over(self, asks: Message, answer: Future[Body]) -> None:
        """Answer what another agent of this process was asked, as if bluetoothd had asked this one.

        That one cancels *answer* when it waits no more; this one does so when it does not answer.
        """
        if self not in _agents:
            answer.cancel()
            return
        task = self.tree.running.start(self._hand_back(asks, answer), PATH, self)
        self.taken_over.add(task)
        task.add_done_callback(self.taken_over.discard)
        task.add_done_callback(lambda _: answer.cancel())
        answer.add_done_callback(partial(self._handed_back, task))

    async def _hand_back(self, asks: Message, answer: Future[Body]) -> None:
        try:
            body = await cast("Awaitable[Body]", self.methods[str(asks.member)](self, asks))
            give = partial(answer.set_result, body)
        except DBusError as error:
            give = partial(answer.set_exception, error)
        if answer.set_running_or_notify_cancel():
            give()

    def _handed_back(self, task: asyncio.Task[Any], answer: Future[Body]) -> None:
        """Take note, on whatever thread, that there is an answer, or that nobody waits for it."""
        if answer.cancelled():
            with suppress(RuntimeError):  # the loop is closed, and the task with it
                self.tree.running.loop.call_soon_threadsafe(self._drop, task)

    def _drop(self, task: asyncio.Task[Any]) -> None:
        """Cancel, once, what nobody waits for any more."""
        if not task.done() and not task.cancelling():
            self._stop([task])

    async def _ask(self, question: _Question, device: Device) -> Body:
        """Ask the agent; whatever it does that is no yes becomes a no."""
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        try:
            return await self._agreed(question, device, task)
        except PairingRejected as error:
            why, told = self._words(error, question.secret)
        except (GeneratorExit, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  (handlers may raise anything)
            was_cancelled = isinstance(error, asyncio.CancelledError) and task.cancelling()
            why = told = self._cancelled(question.path) if was_cancelled else self._failed(error, question.secret)
        if question.pairs:
            self._end(question.path)
            self._refuse(device, why, told)
        raise DBusError(REJECTED, told)

    def _words(self, error: PairingRejected, secret: str | None) -> tuple[str, str]:
        """What the program is told of a no, and what bluetoothd, which logs it: no secret, and no guess at one."""
        nothing = f"{self.place} refuses"
        if secret is None and not isinstance(error, _No):
            return re.sub(r"\d+", "******", str(error)) or nothing, nothing
        why = _masked(str(error), secret or "") or nothing
        return why, why

    def _failed(self, error: BaseException, secret: str | None) -> str:
        """Log what a handler has raised, without the secret; why its device is refused."""
        logger.error(
            "%s: the handler has failed, and the pairing is refused\n%s", self.place, _traceback(error, secret)
        )
        return f"the handler has failed ({type(error).__name__})"

    def _cancelled(self, path: str) -> str:
        """Why a handler was cancelled, if there is anybody to be told."""
        if self.tree.running.is_late():
            return f"there was no answer within {ANSWER_WITHIN:g} s"
        if path in self.under_way and self.under_way[path].task is asyncio.current_task():
            self._end(path)
        raise DBusError(CANCELED, "nobody waits for the answer any more") from None

    async def _agreed(self, question: _Question, device: Device, task: Any) -> Body:
        """The answer of an agent that agrees."""
        if question.pairs and self.has(question.path):
            self.met.add(question.path)
        self._check(question, device)
        if question.shows:
            self._begin(question.path, task)
        body = question.reply(await self._asked(question, device, task))
        if question.pairs and not question.shows:
            self._begin(question.path, None)
        return body

    def _check(self, question: _Question, device: Device) -> None:
        if device.pairing:  # it is this program that wants it
            return
        if question.pairs and not self.window.is_open:
            raise _No(CLOSED)
        why = self._objection_now(device) if _hides(device) else self._objection(device)
        if why is not None:
            raise _No(why)

    def _objection_now(self, device: Device) -> str | None:
        """Give why a device is not let in that hides its address: where nobody sees it after it has paired."""
        return None if self.agent.allow is None or self.has(device.path) else NOT_ALLOWED

    async def _asked(self, question: _Question, device: Device, task: Any) -> Any:
        if question.waits:
            self.asked.add(task)
        try:
            await self._told()  # what was shown before is off the display
            answer = question.ask(device)
            if inspect.isawaitable(answer):
                answer = await answer
        finally:
            self.asked.discard(task)
        if task.cancelling():  # a handler that does not let itself be cancelled
            raise asyncio.CancelledError
        return answer

    # --- pairings under way ---------------------------------------------------------------------------------------

    def _begin(self, path: str, task: asyncio.Task[Any] | None) -> None:
        """Keep in mind that the agent has agreed; *task* shows a passkey, anew for each digit that was typed."""
        if task is not None and (before := self.under_way.pop(path, None)):
            before.end()
        self._end(path)
        if len(self.under_way) >= _MOST:
            self._end(next(iter(self.under_way)))
        self.under_way[path] = _UnderWay(self.tree.running.loop.call_later(UNDER_WAY, self._end, path), task)

    def _end(self, path: str) -> bool:
        """Take note that a pairing is over, and give whether the agent had agreed to it."""
        ended = self.under_way.pop(path, None)
        if ended is not None and ended.end():
            self._notify("cancel", *[ended.task] if ended.task else [])
        return ended is not None

    def _notify(self, name: Literal["cancel", "release"], *after: asyncio.Task[Any]) -> None:
        """Call a method whose answer nobody waits for, when some cancelled handlers have ended."""
        task = self.tree.running.start(self._call(name, after), f"{PATH}/{name}", self)
        self.telling.add(task)
        task.add_done_callback(self.telling.discard)

    async def _told(self) -> None:
        """Wait until the agent has taken away what was shown, but not for long: its handler may end first."""
        if self.telling:
            await asyncio.wait(self.telling, timeout=2 * ENDS_WITHIN)

    async def _call(self, name: Literal["cancel", "release"], after: Sequence[asyncio.Task[Any]]) -> None:
        running = [task for task in after if not task.done()]
        if running:
            await asyncio.wait(running, timeout=ENDS_WITHIN)
        try:
            waiting = self.agent.cancel() if name == "cancel" else self.agent.release()
            if waiting is not None:
                await waiting
        except Exception:
            logger.exception("%s: %s() has failed", self.place, name)


def _hides(device: Device) -> bool:
    """Whether its address is a resolvable private one, which changes (Core Specification, Vol 6, Part B, 1.3.2.2)."""
    return device.address_type == "random" and device.address[0] in "4567"


# --- answers ---------------------------------------------------------------------------------------------------------


def _yes(answer: object) -> Body:
    if answer is not True:
        raise _No("the answer was no" if answer is False else "the handler has said neither True nor False")
    return EMPTY


def _nothing(_: object) -> Body:
    return EMPTY


def _passkey(answer: object) -> Body:
    if not is_passkey(answer):
        raise _No("the handler has given no passkey, which is a whole number from 0 to 999999")
    return "u", [answer]


def _pin(answer: object) -> Body:
    if not is_pin(answer):
        raise _No("the handler has given no PIN, which is a text of 1 to 16 octets in UTF-8")
    return "s", [answer]


# --- secrets ---------------------------------------------------------------------------------------------------------


def _masked(text: str, secret: str) -> str:
    if not secret:
        return text
    pattern = rf"(?<!\d)0*{int(secret)}(?!\d)" if secret.isdecimal() else re.escape(secret)
    return re.sub(pattern, "******", text)


def _traceback(error: BaseException, secret: str | None) -> str:
    """Where it came from; without its text where the secret is not known, since that may be in it."""
    if secret is None:
        return "".join([*traceback.format_tb(error.__traceback__), type(error).__name__])
    return _masked("".join(traceback.format_exception(error)), secret)
