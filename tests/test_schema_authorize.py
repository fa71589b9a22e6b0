"""``@x.on_authorize``: the device decides for each phone before it reads or writes."""

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import pytest

from gattschema import (
    AttError,
    Broadcast,
    Fault,
    Indicate,
    InsufficientAuthorization,
    Notify,
    Read,
    ReadNotify,
    ReadWrite,
    ReadWriteNotify,
    ReliableWrite,
    Request,
    SchemaError,
    Service,
    SignedWrite,
    UInt8,
    UnlikelyError,
    Write,
    WriteIndicate,
    WriteWithoutResponse,
    characteristic,
    plan,
    schema,
)

OWNER, STRANGER = "AA:BB:CC:DD:EE:FF", "11:22:33:44:55:66"

options: Any = characteristic
"""To say what checkers refuse."""


def asking(device: str, operation: Any) -> Request:
    return Request(device=device, mtu=247, link="LE", operation=operation)


class Safe(Service, uuid="FFF0"):
    """Lets its owner in: at once, or after a while."""

    content: ReadWriteNotify[UInt8] = characteristic(default=1)
    slow: ReadWriteNotify[UInt8] = characteristic(default=1)

    def __init__(self, mood: Any = None) -> None:
        self.mood = mood
        self.asked: list[Request] = []
        self.taken: list[int] = []
        super().__init__()

    def _decide(self, request: Request) -> Any:
        self.asked.append(request)
        if isinstance(self.mood, BaseException):
            raise self.mood
        return request.device == OWNER if self.mood is None else self.mood

    @content.on_authorize
    def _may(self, request: Request) -> bool:
        return self._decide(request)  # type: ignore[no-any-return]

    @content.on_write
    def _take(self, value: int) -> None:
        self.taken.append(value)

    @slow.on_authorize
    async def _may_later(self, request: Request) -> bool:
        await asyncio.sleep(0)
        return self._decide(request)  # type: ignore[no-any-return]

    @slow.on_write
    async def _take_later(self, value: int) -> None:
        self.taken.append(value)


def field_of(service: Any, name: str) -> Any:
    return next(field for field in plan(service).fields if field.name == name)


def read(service: Service, name: str, device: str = OWNER) -> Any:
    return schema.read(service, field_of(service, name), asking(device, "read"))


def write(service: Service, name: str, octets: bytes = b"\x02", device: str = OWNER) -> Any:
    return schema.write(service, field_of(service, name), octets, asking(device, "write"))


def prepare(service: Service, name: str, device: str = OWNER) -> Any:
    """What is asked before a long write is taken in."""
    return schema.authorize(service, field_of(service, name), asking(device, "write"))


async def settle(answer: Any) -> Any:
    return await answer if inspect.isawaitable(answer) else answer


both = pytest.mark.parametrize("name", ["content", "slow"])
every_question = pytest.mark.parametrize("ask", [read, write, prepare])


# --- who may -------------------------------------------------------------------------------------------------------


@both
async def test_who_may_reads_and_writes(name: str) -> None:
    """As without the handler; it is asked each time, and knows who asks for what."""
    safe = Safe()
    assert await settle(read(safe, name)) == b"\x01"
    assert await settle(write(safe, name)) is None
    assert await settle(read(safe, name)) == b"\x02"
    assert await settle(prepare(safe, name)) is None
    operations = [request.operation for request in safe.asked]
    assert operations == ["read", "write", "read", "write"]
    assert safe.asked[0] == asking(OWNER, "read")
    assert safe.taken == [2]


@pytest.mark.parametrize(("name", "waits"), [("content", False), ("slow", True)])
async def test_the_answer_is_there_at_once_unless_the_handler_is_async(name: str, *, waits: bool) -> None:
    """Nothing is awaited that need not be, of reads, of writes and of the question alone."""
    for ask in (read, write, prepare):
        answer = ask(Safe(), name)
        assert inspect.isawaitable(answer) == waits
        await settle(answer)


@both
@every_question
async def test_who_may_not_gets_insufficient_authorization(
    ask: Callable[..., Any], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """0x08; nothing is read, stored, handed over or pushed, and the log says in a line who wanted what."""
    safe = Safe()
    heard: list[bytes] = []

    class Ear:
        def __call__(self, octets: bytes, /) -> None:
            heard.append(octets)

        async def drain(self, most: int = 0) -> None:
            """There is always room."""

    for field in plan(safe).characteristics:
        schema.set_push(safe, field.index, Ear())
    with caplog.at_level(logging.INFO), pytest.raises(InsufficientAuthorization) as caught:
        await settle(ask(safe, name, device=STRANGER))
    assert caught.value.code == 0x08
    operation = "read" if ask is read else "write"
    assert caught.value.reason == f"{STRANGER} may not {operation} Safe.{name}"
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert f"{STRANGER} may not {operation} Safe.{name}" in record.getMessage()
    assert (schema.stored(safe, 0), schema.stored(safe, 1), safe.taken, heard) == (1, 1, [], [])


def test_a_phone_without_a_name_is_told_as_such() -> None:
    """BlueZ does not say who it is: the log still has a sentence."""
    with pytest.raises(InsufficientAuthorization) as caught:
        schema.read(Safe(), field_of(Safe, "content"), Request())
    assert caught.value.reason == "a phone that BlueZ does not name may not use Safe.content"


@pytest.mark.parametrize("answer", [False, None, 0, ""])
async def test_only_what_is_true_lets_in(answer: Any) -> None:
    """A handler that forgets to return lets nobody in."""

    async def later(_: Any) -> Any:
        return answer

    for handler in (lambda _: answer, later):
        made: Any = declare(ReadWrite[UInt8], handler)
        with pytest.raises(InsufficientAuthorization):
            await settle(write(made(), "field"))


@both
async def test_octets_are_looked_at_behind_the_question(name: str) -> None:
    """Who may not learns nothing of the type: 0x08, whatever is written; who may gets 0x0D."""
    with pytest.raises(InsufficientAuthorization):
        await settle(write(Safe(), name, b"", STRANGER))
    with pytest.raises(AttError) as caught:
        await settle(write(Safe(), name, b""))
    assert caught.value.code == 0x0D


async def test_what_phones_cannot_do_is_not_asked_for() -> None:
    """A read of what is only written is 0x02, a write of what is only read 0x03, whoever asks."""

    class Doors(Service, uuid="FFF0"):
        window: Read[UInt8] = characteristic(default=1)
        letterbox: Write[UInt8] = characteristic(default=1)
        asked = 0

        @window.on_authorize
        @letterbox.on_authorize
        def _may(self, _: Request) -> bool:
            self.asked += 1
            return False

    doors = Doors()
    for ask, name, code in ((write, "window", 0x03), (read, "letterbox", 0x02)):
        with pytest.raises(AttError) as caught:
            ask(doors, name)
        assert caught.value.code == code
    assert doors.asked == 0


def test_without_a_handler_everybody_may() -> None:
    """The question has no answer to wait for."""

    class Open(Service, uuid="FFF0"):
        level: ReadWrite[UInt8] = characteristic(default=1)

    assert plan(Open).characteristics[0].on_authorize is None
    assert prepare(Open(), "level", STRANGER) is None


async def test_a_value_changes_after_the_answer() -> None:
    """While the handler thinks, the field has its old value, and others read it."""
    gate = asyncio.Event()

    class Slow(Service, uuid="FFF0"):
        level: ReadWrite[UInt8] = characteristic(default=1)

        @level.on_authorize
        async def _may(self, request: Request) -> bool:
            if request.operation == "write":
                await gate.wait()
            return True

    slow = Slow()
    pending = asyncio.ensure_future(write(slow, "level"))
    await asyncio.sleep(0)
    assert await settle(read(slow, "level")) == b"\x01"
    assert (slow.level, pending.done()) == (1, False)
    gate.set()
    await pending
    assert slow.level == 2


# --- handlers that raise -------------------------------------------------------------------------------------------


@both
@every_question
async def test_a_handler_may_refuse_with_another_error(ask: Callable[..., Any], name: str) -> None:
    """The phone gets the very error that it raises."""
    safe = Safe(AttError(0x81, "jammed"))
    with pytest.raises(AttError) as caught:
        await settle(ask(safe, name))
    assert caught.value is safe.mood
    assert (schema.stored(safe, 0), schema.stored(safe, 1), safe.taken) == (1, 1, [])


@both
@every_question
async def test_a_failing_handler_lets_nobody_in(
    ask: Callable[..., Any], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """0x0E for the phone, the traceback for the log; the value stays."""
    safe = Safe(KeyError("owner"))
    with pytest.raises(UnlikelyError, match="owner") as caught:
        await settle(ask(safe, name))
    assert (caught.value.code, caught.value.__cause__) == (0x0E, safe.mood)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert f"Safe.{name}" in record.getMessage()
    assert "raise self.mood" in caplog.text
    assert (schema.stored(safe, 0), schema.stored(safe, 1), safe.taken) == (1, 1, [])


@both
@every_question
async def test_what_is_no_exception_goes_its_way(ask: Callable[..., Any], name: str) -> None:
    """A handler that is cancelled is cancelled."""
    with pytest.raises(asyncio.CancelledError):
        await settle(ask(Safe(asyncio.CancelledError()), name))


# --- declarations --------------------------------------------------------------------------------------------------


def declare(hint: Any, function: Any) -> type[Service]:
    given = options(init=False)
    given.on_authorize(function)
    body = {"__annotations__": {"field": hint}, "field": given, "__module__": __name__}
    return type("Made", (Service,), body, uuid="FFF0")


def fault(hint: Any, function: Any) -> Fault:
    with pytest.raises(SchemaError) as caught:
        declare(hint, function)
    (found,) = caught.value.faults
    assert found.where == "field"
    return found


def takes_request(self: Any, request: Request) -> bool:
    return bool(self and request)


def takes_self(self: Any) -> bool:
    return bool(self)


def takes_nothing() -> bool:
    return True


def takes_more(self: Any, value: Any, request: Request) -> bool:
    return bool(self and value and request)


GUARDED = [
    Read[UInt8],
    Write[UInt8],
    WriteWithoutResponse[UInt8],
    SignedWrite[UInt8],
    ReliableWrite[UInt8],
    ReadNotify[UInt8],
    WriteIndicate[UInt8],
]


@pytest.mark.parametrize("hint", GUARDED)
def test_whatever_is_read_or_written_can_be_guarded(hint: Any) -> None:
    """By a request or a command, alone or beside subscriptions."""
    made = plan(declare(hint, takes_request)).characteristics[0].on_authorize
    assert made is not None
    assert (made.takes_request, made.is_async) == (True, False)


@pytest.mark.parametrize("hint", [Notify[UInt8], Indicate[UInt8], Broadcast[UInt8], Annotated[Notify[UInt8], Indicate]])
def test_a_subscription_is_not_asked_about(hint: Any) -> None:
    """BlueZ asks for reads and writes alone; the fault offers a flavour that has them, and that compiles."""
    found = fault(hint, takes_request)
    assert found.finding == "it has a handler for reads and writes, but phones cannot read or write it"
    assert found.instead.endswith(", ReadWrite]")
    assert declare(Annotated[hint, ReadWrite], takes_request)


def test_the_handler_takes_a_request_or_not() -> None:
    """Anything more or less is a fault that shows both."""
    made = plan(declare(Read[UInt8], takes_self)).characteristics[0].on_authorize
    assert made is not None
    assert not made.takes_request
    for wrong in (takes_nothing, takes_more):
        found = fault(Read[UInt8], wrong)
        assert found.finding.startswith(f"{wrong.__name__} takes ")
        assert found.allowed == "(self) or (self, request)"


def test_a_second_handler_is_refused() -> None:
    """The last one would decide in silence."""
    with pytest.raises(Fault, match=r"on_authorize is given twice: _first and _second"):

        class Twice(Service, uuid="FFF0"):
            level: ReadWrite[UInt8] = characteristic(default=1)

            @level.on_authorize
            def _first(self, _: Request) -> bool:
                return True

            @level.on_authorize
            def _second(self, _: Request) -> bool:
                return False


class Guarded(Safe):
    """A safe whose base decides, and one field more."""

    extra: ReadWrite[UInt8] = characteristic(default=1)


class Strict(Guarded):
    @Guarded.extra.on_authorize
    def _never(self, _: Request) -> bool:
        return False


class Lenient(Strict):
    def _never(self, _: Request) -> bool:
        return True

    def _may(self, _: Request) -> bool:
        return True


def test_a_subclass_decides_anew() -> None:
    """By a handler for a field of its base, or by overriding the method; the base decides as before."""
    assert read(Guarded(), "extra", STRANGER) == read(Lenient(), "extra", STRANGER) == b"\x01"
    assert read(Lenient(), "content", STRANGER) == b"\x01"
    for service, name in ((Strict(), "extra"), (Strict(), "content"), (Guarded(), "content")):
        with pytest.raises(InsufficientAuthorization):
            read(service, name, STRANGER)


def test_the_plan_and_the_tree_say_that_it_is_guarded() -> None:
    """``authorized`` stands behind the security of the link."""

    class Shown(Service, uuid="FFF0"):
        level: ReadWrite[UInt8] = characteristic(default=1, security={"write": "encrypted"})
        free: Read[UInt8] = characteristic(default=1)

        @level.on_authorize
        def _may(self, _: Request) -> bool:
            return True

    _, level, free = str(plan(Shown)).splitlines()
    assert level.endswith("1 octet  encrypted write, authorized")
    assert "authorized" not in free


class Trusting(Service, uuid="FFF9"):
    """A handler whose answer is no yes and no no."""

    level: ReadWrite[UInt8] = characteristic(default=1)
    answer: ClassVar[Any] = None

    @level.on_authorize
    def _may(self, _request: Request) -> Any:
        return self.answer


@pytest.mark.parametrize("answer", [None, "no", 1, [True]], ids=repr)
def test_only_true_lets_a_phone_in(
    answer: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What is true in Python's sense alone is refused, and the log says what the handler returned."""
    monkeypatch.setattr(Trusting, "answer", answer)
    made = Trusting()
    with pytest.raises(InsufficientAuthorization):
        schema.write(made, Trusting.level.plan, b"\x02", Request())
    assert made.level == 1
    (error,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert error == f"Trusting.level: on_authorize returned {answer!r}, neither True nor False"
