"""Reads and writes by a phone, as far as they need no D-Bus: ``schema.read`` and ``schema.write``."""

import asyncio
import copy
import doctest
import functools
import inspect
import logging
import pickle
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import pytest

from gattschema import (
    AttError,
    Broadcast,
    Fault,
    Indicate,
    Notify,
    Octets,
    Read,
    ReadWrite,
    ReadWriteNotify,
    Request,
    SchemaError,
    Service,
    SInt16,
    UInt8,
    UInt16,
    Utf8,
    Write,
    WriteIndicate,
    WriteWithoutResponse,
    characteristic,
    opcode_of,
    plan,
    schema,
    sig,
)
from gattschema.schema import Characteristic
from gattschema.values import codec

PHONE = Request(device="AA:BB:CC:DD:EE:FF", mtu=247, link="LE")


def read(service: Service, name: str, request: Request = PHONE) -> Any:
    index = [field.name for field in plan(service).characteristics].index(name)
    return schema.read(service, plan(service).characteristics[index], request)


def write(service: Service, name: str, octets: bytes, request: Request = PHONE) -> Any:
    index = [field.name for field in plan(service).characteristics].index(name)
    return schema.write(service, plan(service).characteristics[index], octets, request)


async def settle(answer: Any) -> Any:
    return await answer if inspect.isawaitable(answer) else answer


class Shop(Service, uuid="FFF0"):
    """Every shape of handler there is."""

    plain: ReadWrite[UInt16] = characteristic(default=1)
    sync: ReadWrite[UInt16] = characteristic(default=1)
    sync_request: ReadWrite[UInt16] = characteristic(default=1)
    waits: ReadWrite[UInt16] = characteristic(default=1)
    waits_request: ReadWrite[UInt16] = characteristic(default=1)

    def __init__(self) -> None:
        self.seen: list[Any] = []
        super().__init__()

    @sync.on_read
    def _read_sync(self) -> int:
        return 0x0102

    @sync.on_write
    def _write_sync(self, value: int) -> None:
        self.seen.append(value)

    @sync_request.on_read
    def _read_sync_request(self, request: Request) -> int:
        return request.mtu

    @sync_request.on_write
    def _write_sync_request(self, value: int, request: Request) -> None:
        self.seen.append((value, self.sync_request, request))

    @waits.on_read
    async def _read_waits(self) -> int:
        return 0x0304

    @waits.on_write
    async def _write_waits(self, value: int) -> None:
        self.seen.append(value)

    @waits_request.on_read
    async def _read_waits_request(self, request: Request) -> int:
        return len(request.device)

    @waits_request.on_write
    async def _write_waits_request(self, value: int, request: Request) -> None:
        self.seen.append((value, self.waits_request, request))


# --- each shape ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "octets", "waits"),
    [
        ("plain", "0100", False),
        ("sync", "0201", False),
        ("sync_request", "f700", False),
        ("waits", "0403", True),
        ("waits_request", "1100", True),
    ],
)
async def test_a_read_gives_the_handlers_octets(name: str, octets: str, *, waits: bool) -> None:
    """The value that the handler gives, or the stored one, packed; at once unless the handler is async."""
    answer = read(Shop(), name)
    assert inspect.isawaitable(answer) == waits
    assert await settle(answer) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("name", "seen", "waits"),
    [
        ("plain", [], False),
        ("sync", [0x1234], False),
        ("sync_request", [(0x1234, 1, PHONE)], False),
        ("waits", [0x1234], True),
        ("waits_request", [(0x1234, 1, PHONE)], True),
    ],
)
async def test_a_write_is_handed_over_decoded_and_then_stored(name: str, seen: list[Any], *, waits: bool) -> None:
    """The handler sees the decoded value while the field still has the old one; then the field has the new one."""
    shop: Any = Shop()
    answer = write(shop, name, b"\x34\x12")
    assert inspect.isawaitable(answer) == waits
    assert await settle(answer) is None
    assert shop.seen == seen
    assert schema.stored(shop, [field.name for field in plan(shop).characteristics].index(name)) == 0x1234


def test_a_handlers_shape_is_in_the_plan() -> None:
    """``takes_request`` and ``is_async`` are found from the signature, once."""
    shapes = {
        field.name: [
            (handler.takes_request, handler.is_async) for handler in (field.on_read, field.on_write) if handler
        ]
        for field in plan(Shop).characteristics
    }
    assert shapes == {
        "plain": [],
        "sync": [(False, False)] * 2,
        "sync_request": [(True, False)] * 2,
        "waits": [(False, True)] * 2,
        "waits_request": [(True, True)] * 2,
    }


async def test_a_handler_behind_a_decorator_is_awaited() -> None:
    """A plain function that gives an awaitable is waited for: a handler never goes unheard."""

    def logged(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(function)
        def wrapper(*arguments: Any) -> Awaitable[Any]:
            return function(*arguments)

        return wrapper

    class Decorated(Service, uuid="FFF0"):
        field: ReadWrite[UInt8] = characteristic(default=1)

        @field.on_read
        @logged
        async def _read(self) -> int:
            return 7

        @field.on_write
        @logged
        async def _write(self, value: int) -> None:
            raise AttError(0x80, f"not {value}")

    service = Decorated()
    assert await settle(read(service, "field")) == b"\x07"
    with pytest.raises(AttError) as caught:
        await settle(write(service, "field", b"\x02"))
    assert caught.value.code == 0x80


def test_a_handler_stays_a_method() -> None:
    """The decorator gives the function back: the program may call it, too."""
    shop: Any = Shop()
    assert shop._read_sync() == 0x0102
    shop._write_sync(5)
    assert shop.seen == [5]


# --- what phones may not do ------------------------------------------------------------------------------------------


class Doors(Service, uuid="FFF0"):
    broadcast: Broadcast[UInt8] = characteristic(default=1)
    read: Read[UInt8] = characteristic(default=1)
    command: WriteWithoutResponse[UInt8] = characteristic(default=1)
    write: Write[UInt8] = characteristic(default=1)
    notify: Notify[UInt8] = characteristic(default=1)
    indicate: Indicate[UInt8] = characteristic(default=1)


@pytest.mark.parametrize("name", ["broadcast", "command", "write", "notify", "indicate"])
def test_what_is_not_readable_is_not_read(name: str) -> None:
    """0x02 Read Not Permitted, though there is a value."""
    with pytest.raises(AttError) as caught:
        read(Doors(), name)
    assert caught.value.code == 0x02


@pytest.mark.parametrize("name", ["broadcast", "read", "notify", "indicate"])
def test_what_is_not_writable_is_not_written(name: str) -> None:
    """0x03 Write Not Permitted, whatever the octets, and the value stays."""
    doors = Doors()
    for octets in (b"\x02", b"", b"\x02\x02"):
        with pytest.raises(AttError) as caught:
            write(doors, name, octets)
        assert caught.value.code == 0x03
    assert getattr(doors, name) == 1


@pytest.mark.parametrize("name", ["command", "write"])
def test_both_kinds_of_writes_write(name: str) -> None:
    """With and without response."""
    doors = Doors()
    assert write(doors, name, b"\x02") is None
    assert getattr(doors, name) == 2


def test_a_read_before_the_first_value_is_refused() -> None:
    """0x80, the application's own: there is nothing to read yet."""

    class Later(Service, uuid="FFF0"):
        field: Read[UInt8] = characteristic(init=False)

    later = Later()
    with pytest.raises(AttError, match="field has no value yet") as caught:
        read(later, "field")
    assert caught.value.code == 0x80
    later.field = 3
    assert read(later, "field") == b"\x03"


class Taker(Service, uuid="FFF0"):
    """Counts what it is asked; nothing wrong may get as far as that."""

    number: ReadWriteNotify[SInt16] = characteristic(default=1)
    flag: ReadWriteNotify[bool] = characteristic(default=True)
    text: ReadWriteNotify[Annotated[str, Utf8(min=1, max=4)]] = characteristic(default="old")
    key: ReadWriteNotify[Annotated[bytes, Octets(2)]] = characteristic(default=b"ab")

    def __init__(self) -> None:
        self.calls = 0
        self.pushed: list[bytes] = []
        super().__init__()

    def _count(self, _: Any) -> None:
        self.calls += 1

    number.on_write(_count)
    flag.on_write(_count)
    text.on_write(_count)
    key.on_write(_count)


class Deaf:
    def __init__(self, heard: list[bytes]) -> None:
        self.heard = heard

    def __call__(self, octets: bytes, /) -> None:
        self.heard.append(octets)

    async def drain(self) -> None:
        """There is always room."""


BAD_WRITES: dict[str, tuple[str, str, int]] = {
    "number short": ("number", "01", 0x0D),
    "number long": ("number", "010203", 0x0D),
    "number empty": ("number", "", 0x0D),
    "flag value": ("flag", "02", 0x80),
    "flag long": ("flag", "0101", 0x0D),
    "text empty": ("text", "", 0x0D),
    "text long": ("text", "6161616161", 0x0D),
    "text value": ("text", "ff", 0x80),
    "key short": ("key", "01", 0x0D),
}


@pytest.mark.parametrize(("name", "octets", "code"), BAD_WRITES.values(), ids=BAD_WRITES)
def test_a_bad_write_is_refused_and_changes_nothing(name: str, octets: str, code: int) -> None:
    """0x0D for a wrong length, 0x80 for octets that mean nothing; no handler runs, nothing is stored or pushed."""
    taker: Any = Taker()
    for index in range(4):
        schema.set_push(taker, index, Deaf(taker.pushed))
    before = repr(taker)
    with pytest.raises(AttError, match=rf"{name}: expected ") as caught:
        write(taker, name, bytes.fromhex(octets))
    assert caught.value.code == code
    assert (repr(taker), taker.calls, taker.pushed) == (before, 0, [])


def test_a_good_write_is_stored_and_pushed() -> None:
    """What one phone writes, the subscribed ones hear."""
    taker: Any = Taker()
    schema.set_push(taker, 0, Deaf(taker.pushed))
    assert write(taker, "number", b"\xfe\xff") is None
    assert (taker.number, taker.calls, taker.pushed) == (-2, 1, [b"\xfe\xff"])


class Desk(Service, uuid="FFF0"):
    """A control point: requests come in by writes, answers go out by indications."""

    at_once: WriteIndicate[UInt16] = characteristic(init=False)
    later: WriteIndicate[UInt16] = characteristic(init=False)

    @at_once.on_write
    def _at_once(self, value: int) -> None:
        self.at_once = value + 1

    @later.on_write
    async def _later(self, value: int) -> None:
        self.later = value + 1


def test_the_example_of_on_write_works() -> None:
    """The handler of the docstring puts a control point in and answers: the response is what is indicated."""
    text = inspect.getdoc(Characteristic.on_write) or ""
    source = doctest.DocTestParser().get_examples(text)[-1].source
    names: dict[str, Any] = {
        "FitnessMachine": sig.FitnessMachine,
        "control": sig.fitness_machine_control_point,
        "opcode_of": opcode_of,
    }
    exec(source, names)  # noqa: S102  (our docstring)
    trainer = names["Trainer"](fitness_machine_feature=codec(sig.FitnessMachineFeature).kind.example)
    heard: list[bytes] = []
    schema.set_push(trainer, names["Trainer"].fitness_machine_control_point.plan.index, Deaf(heard))
    for request in ("00", "01", "05c800", "7f"):
        write(trainer, "fitness_machine_control_point", bytes.fromhex(request))
    assert [octets.hex() for octets in heard] == ["800001", "800101", "800502", "807f02"]


@pytest.mark.parametrize("name", ["at_once", "later"])
async def test_a_control_point_answers_and_does_not_echo(name: str) -> None:
    """The handler's answer is all that a subscribed phone hears, and the value: a request is none."""
    desk = Desk()
    heard: list[bytes] = []
    field = plan(Desk).characteristics[["at_once", "later"].index(name)]
    schema.set_push(desk, field.index, Deaf(heard))
    await settle(write(desk, name, b"\x07\x00"))
    assert (heard, getattr(desk, name), field.is_control_point) == ([b"\x08\x00"], 8, True)


# --- who listens -----------------------------------------------------------------------------------------------------


class Heard(Service, uuid="FFF0"):
    level: ReadWriteNotify[UInt8] = characteristic(default=1)
    alarm: Indicate[UInt8] = characteristic(default=1)

    @level.on_subscription
    def _level(self, subscribers: int) -> None: ...

    @alarm.on_subscription
    async def _alarm(self, subscribers: int) -> None: ...


def test_a_handler_of_subscriptions_is_in_the_plan() -> None:
    """For notifications and indications; it may be async, and takes no request."""
    level, alarm = [field.on_subscription for field in plan(Heard).characteristics]
    assert level
    assert alarm
    assert (level.function, level.is_async, level.takes_request) == (Heard._level, False, False)
    assert (alarm.function, alarm.is_async, alarm.takes_request) == (Heard._alarm, True, False)


def test_a_subclass_listens_anew() -> None:
    """By overriding the method, or by a handler for a field of its base."""

    class Base(Service, uuid="FFF0"):
        level: Notify[UInt8] = characteristic(default=1)

    class Below(Base):
        @Base.level.on_subscription
        def _mine(self, subscribers: int) -> None: ...

    class Deeper(Below):
        def _mine(self, subscribers: int) -> None: ...

    assert plan(Base).characteristics[0].on_subscription is None
    for made in (Below, Deeper):
        found = plan(made).characteristics[0].on_subscription
        assert found
        assert found.function is made._mine


LISTENERS: dict[str, tuple[Any, Callable[..., Any], str]] = {
    "nobody subscribes": (Read[UInt8], lambda self, subscribers: None, "phones cannot subscribe to it"),  # noqa: ARG005
    "without the number": (Notify[UInt8], lambda self: None, "takes 1 arguments"),  # noqa: ARG005
    "with a request": (Notify[UInt8], lambda self, subscribers, request: None, "takes 3 arguments"),  # noqa: ARG005
}


@pytest.mark.parametrize(("hint", "function", "finding"), LISTENERS.values(), ids=LISTENERS)
def test_a_handler_of_subscriptions_fits(hint: Any, function: Callable[..., Any], finding: str) -> None:
    """It takes the number of phones, of a field that they can subscribe to; anything else is a fault."""
    given: Any = characteristic(init=False)
    given.on_subscription(function)
    body = {"__annotations__": {"field": hint}, "field": given, "__module__": __name__}
    with pytest.raises(SchemaError) as caught:
        type("Made", (Service,), body, uuid="FFF0")
    (fault,) = caught.value.faults
    assert fault.where == "field"
    assert finding in fault.finding


# --- refusals and failures -------------------------------------------------------------------------------------------


class Moody(Service, uuid="FFF0"):
    """Refuses or fails, at once or later."""

    sync: ReadWriteNotify[UInt8] = characteristic(default=1)
    waits: ReadWriteNotify[UInt8] = characteristic(default=1)
    computed: ReadWrite[UInt8] = characteristic(default=1)

    def __init__(self, mood: Any) -> None:
        self.mood = mood
        super().__init__()

    def _speak(self) -> Any:
        if isinstance(self.mood, BaseException):
            raise self.mood
        return self.mood

    @sync.on_read
    def _read_sync(self, _: Request) -> int:
        return self._speak()  # type: ignore[no-any-return]

    @sync.on_write
    def _write_sync(self, _: int) -> None:
        self._speak()

    @waits.on_read
    async def _read_waits(self) -> int:
        return self._speak()  # type: ignore[no-any-return]

    @waits.on_write
    async def _write_waits(self, _: int) -> None:
        self._speak()


async def ask(service: Service, operation: str, name: str) -> Any:
    return await settle(read(service, name) if operation == "read" else write(service, name, b"\x02"))


every_question = pytest.mark.parametrize(
    ("operation", "name"), [("read", "sync"), ("read", "waits"), ("write", "sync"), ("write", "waits")]
)


@every_question
async def test_a_handler_refuses_by_att_error(operation: str, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """The phone gets the very code, the log the reason in a line, the value stays and nobody hears of it."""
    service: Any = Moody(AttError(0x81, "locked by the owner"))
    heard: list[bytes] = []
    schema.set_push(service, 0, Deaf(heard))
    schema.set_push(service, 1, Deaf(heard))
    with caplog.at_level(logging.INFO), pytest.raises(AttError) as caught:
        await ask(service, operation, name)
    assert caught.value is service.mood
    (record,) = caplog.records
    assert f"Moody.{name}" in record.getMessage()
    assert "locked by the owner" in record.getMessage()
    assert record.levelno == logging.INFO
    assert record.exc_info is not None
    assert (schema.stored(service, 0), schema.stored(service, 1), heard) == (1, 1, [])


@every_question
async def test_a_failing_handler_is_an_unlikely_error(
    operation: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """0x0E for the phone, a traceback into the handler for the log; the value stays and nobody hears of it."""
    service: Any = Moody(KeyError("missing"))
    heard: list[bytes] = []
    schema.set_push(service, 0, Deaf(heard))
    schema.set_push(service, 1, Deaf(heard))
    with pytest.raises(AttError, match="missing") as caught:
        await ask(service, operation, name)
    assert caught.value.code == 0x0E
    assert caught.value.__cause__ is service.mood
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.name.startswith("gattschema")
    assert f"Moody.{name}" in record.getMessage()
    assert "raise self.mood" in caplog.text
    assert f"_{operation}_{name}" in caplog.text
    assert (schema.stored(service, 0), schema.stored(service, 1), heard) == (1, 1, [])


@pytest.mark.parametrize("name", ["sync", "waits"])
@pytest.mark.parametrize("answer", [256, "x", None], ids=["beyond", "text", "none"])
async def test_a_handlers_wrong_value_is_an_unlikely_error(
    name: str, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What a reader gives is checked as an assignment is; the log names the field and what it takes."""
    with pytest.raises(AttError) as caught:
        await ask(Moody(answer), "read", name)
    assert caught.value.code == 0x0E
    assert "0 … 255 (uint8)" in caplog.text


class Clamped(Service, uuid="FFF4"):
    """A handler that puts the value right."""

    level: ReadWriteNotify[UInt16] = characteristic(default=10)
    later: ReadWriteNotify[UInt16] = characteristic(default=10)

    @level.on_write
    def _level(self, value: int) -> None:
        if value > 10:
            self.level = 10

    @later.on_write
    async def _later(self, value: int) -> None:
        await asyncio.sleep(0)
        if value > 10:
            self.later = 10


@pytest.mark.parametrize("name", ["level", "later"])
async def test_what_a_handler_assigns_to_its_field_stays(name: str) -> None:
    """A value out of bounds is put right, even to what it was before; another one is stored, and pushed once each."""
    made, heard = Clamped(), list[bytes]()
    schema.set_push(made, getattr(Clamped, name).plan.index, Deaf(heard))
    for octets, stays in ((b"\x14\x00", 10), (b"\x05\x00", 5), (b"\x63\x00", 10)):
        await settle(write(made, name, octets))
        assert getattr(made, name) == stays
    assert heard == [b"\x0a\x00", b"\x05\x00", b"\x0a\x00"]


@every_question
async def test_a_handler_that_is_cancelled_is_cancelled(operation: str, name: str) -> None:
    """What is no ``Exception`` is nobody's answer and goes its way."""
    with pytest.raises(KeyboardInterrupt):
        await ask(Moody(KeyboardInterrupt()), operation, name)


def test_a_refused_push_of_a_write_is_an_unlikely_error(caplog: pytest.LogCaptureFixture) -> None:
    """If a written value cannot be passed on, the writer hears of it and the value stays."""

    class Full:
        def __call__(self, _: bytes, /) -> None:
            msg = "queue full"
            raise RuntimeError(msg)

        async def drain(self) -> None:
            """Never."""

    taker = Taker()
    schema.set_push(taker, 0, Full())
    with pytest.raises(AttError) as caught:
        write(taker, "number", b"\x02\x00")
    assert caught.value.code == 0x0E
    assert taker.number == 1
    assert "queue full" in caplog.text


# --- the errors and the request --------------------------------------------------------------------------------------


def test_att_errors_are_those_that_bluez_can_send() -> None:
    """0x80 to 0x9F and nine of the specification's own; any other is refused with the list of them."""
    named = {0x02, 0x03, 0x06, 0x07, 0x08, 0x0D, 0x0E, 0xFD, 0xFE}
    for code in (*range(-1, 0x101), 1 << 16):
        if code in named or 0x80 <= code <= 0x9F:
            assert AttError(code).code == code
            assert f"{code:#04x}" in str(AttError(code))
        else:
            with pytest.raises(ValueError, match=r"allowed: 0x80 … 0x9f, .*0x0d Invalid Attribute Value Length"):
                AttError(code)


def test_an_att_error_has_its_reason() -> None:
    """The reason is for the log."""
    error = AttError(0x81, "locked")
    assert (error.code, error.reason, str(error)) == (0x81, "locked", "ATT error 0x81: locked")
    assert str(AttError(0x81)) == "ATT error 0x81"


@pytest.mark.parametrize("reason", ["", "locked"], ids=["bare", "reasoned"])
def test_an_att_error_travels(reason: str) -> None:
    """It can be copied and sent to another process."""
    error = AttError(0x81, reason)
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301  (our own)
        assert (again.code, again.reason, str(again)) == (0x81, reason, str(error))


def test_a_request_knows_who_asks() -> None:
    """What BlueZ does not say is empty; a request never changes."""
    assert (Request().device, Request().mtu, Request().link) == ("", 0, "")
    phone: Any = PHONE
    with pytest.raises(AttributeError):
        phone.mtu = 5


def test_a_second_handler_is_refused() -> None:
    """The last one would win in silence."""
    with pytest.raises(Fault, match=r"on_write is given twice: _first and _second"):

        class Twice(Service, uuid="FFF0"):
            mood: ReadWrite[UInt8] = characteristic(default=1)

            @mood.on_write
            def _first(self, value: int) -> None: ...

            @mood.on_write
            def _second(self, value: int) -> None: ...
