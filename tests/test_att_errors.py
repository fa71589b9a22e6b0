"""ATT errors: each that the specification names has a class, and all of them travel."""

import copy
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import gattschema
from gattschema import (
    AttError,
    ImproperlyConfigured,
    InsufficientAuthorization,
    InvalidAttributeValueLength,
    InvalidOffset,
    ProcedureAlreadyInProgress,
    ReadNotPermitted,
    ReadWrite,
    Request,
    RequestNotSupported,
    Service,
    UInt8,
    UnlikelyError,
    WriteNotPermitted,
    characteristic,
    plan,
    schema,
)
from gattschema.schema import APPLICATION_ERRORS, ErrorCode

# Core Specification, Vol 3, Part F, 3.4.1.1; Core Specification Supplement, Part B, 1.2
NAMED: dict[Any, int] = {
    ReadNotPermitted: 0x02,
    WriteNotPermitted: 0x03,
    RequestNotSupported: 0x06,
    InvalidOffset: 0x07,
    InsufficientAuthorization: 0x08,
    InvalidAttributeValueLength: 0x0D,
    UnlikelyError: 0x0E,
    ImproperlyConfigured: 0xFD,
    ProcedureAlreadyInProgress: 0xFE,
}

every_named = pytest.mark.parametrize(("error", "code"), NAMED.items(), ids=[error.__name__ for error in NAMED])


def travels(error: AttError) -> list[AttError]:
    return [copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))]  # noqa: S301  (our own)


# --- those that have names -----------------------------------------------------------------------------------------


@every_named
def test_a_named_error_is_its_code(error: Any, code: int) -> None:
    """It is raised with a reason or without one, and whoever looks for an ``AttError`` finds it."""
    for reason in ("", "locked by the owner"):
        with pytest.raises(AttError) as caught:
            raise error(reason)
        assert (type(caught.value), caught.value.code, caught.value.reason) == (error, code, reason)
    assert error().code == code
    assert str(error()) == f"ATT error {code:#04x}"
    assert str(error("locked")) == f"ATT error {code:#04x}: locked"


@every_named
def test_a_named_error_takes_no_code(error: Any, code: int) -> None:
    """Its class says it: a code beside it would be two."""
    with pytest.raises(TypeError):
        error(code, "reason")
    with pytest.raises(TypeError):
        error(code=code)


def test_every_code_has_its_class_and_every_class_its_code() -> None:
    """None of BlueZ's is without a name, and no name means two of them."""
    assert sorted(NAMED.values()) == sorted(ErrorCode)
    found = {one for one in vars(gattschema).values() if isinstance(one, type) and issubclass(one, AttError)}
    assert found == {AttError, *NAMED}
    for error, code in NAMED.items():
        assert ErrorCode(code).name.replace("_", "").lower() == error.__name__.lower()


@every_named
def test_a_named_error_says_its_code_in_its_documentation(error: Any, code: int) -> None:
    """``help(InvalidOffset)`` begins with the number that other documents have."""
    assert (inspect.getdoc(error) or "").startswith(f"0x{code:02X}: ")


@every_named
def test_a_named_error_travels(error: Any, code: int) -> None:
    """It can be copied and sent to another process, and is of the same class there."""
    for reason in ("", "locked"):
        for again in travels(error(reason)):
            assert (type(again), again.code, again.reason, str(again)) == (error, code, reason, str(error(reason)))


@every_named
def test_a_traceback_names_it_as_people_import_it(error: Any, code: int) -> None:
    """``gattschema.InvalidOffset``, and nothing of the rooms behind."""
    assert f"{error.__module__}.{error.__qualname__}" == f"gattschema.{error.__name__}"
    assert getattr(gattschema, error.__name__)("x").code == code


class Busy(ProcedureAlreadyInProgress):
    """One of a program's own."""


class Locked(AttError):
    """One of the application's codes, with a name."""

    def __init__(self, owner: str) -> None:
        super().__init__(0x81, f"locked by {owner}")


def test_programs_name_errors_of_their_own() -> None:
    """A subclass of a named error has its code, and travels; a handler raises it like any."""
    for again in travels(Busy("still moving")):
        assert (type(again), again.code, again.reason) == (Busy, 0xFE, "still moving")
    assert (Locked("Ada").code, Locked("Ada").reason) == (0x81, "locked by Ada")


# --- in handlers ---------------------------------------------------------------------------------------------------

RAISED: dict[str, Callable[[], AttError]] = {
    **{error.__name__: (lambda error=error: error("no")) for error in NAMED},
    "own code": lambda: AttError(0x9F, "no"),
    "own class": lambda: Locked("Ada"),
    "code of a named one": lambda: AttError(0x07, "no"),
}


@pytest.mark.parametrize("make", RAISED.values(), ids=RAISED)
def test_a_handler_refuses_with_the_error_that_it_raises(make: Callable[[], AttError]) -> None:
    """The very error arrives, from reads and from writes, and the value stays."""
    wrong = make()

    class Moody(Service, uuid="FFF0"):
        mood: ReadWrite[UInt8] = characteristic(default=1)

        @mood.on_read
        def _read(self, _: Request) -> int:
            raise wrong

        @mood.on_write
        def _write(self, _: int) -> None:
            raise wrong

    moody = Moody()
    (field,) = plan(moody).characteristics
    with pytest.raises(AttError) as caught:
        schema.read(moody, field, Request())
    assert caught.value is wrong
    with pytest.raises(AttError) as caught:
        schema.write(moody, field, b"\x02", Request())
    assert caught.value is wrong
    assert moody.mood == 1


class Doors(Service, uuid="FFF0"):
    read: gattschema.Read[UInt8] = characteristic(default=1)
    write: gattschema.Write[UInt8] = characteristic(default=1)


def test_refusals_of_our_own_have_their_classes() -> None:
    """What is refused without a handler is caught by name, too."""
    doors = Doors()
    read, write = plan(doors).characteristics
    with pytest.raises(WriteNotPermitted, match="read is not writable"):
        schema.write(doors, read, b"\x02", Request())
    with pytest.raises(ReadNotPermitted, match="write is not readable"):
        schema.read(doors, write, Request())
    with pytest.raises(InvalidAttributeValueLength, match="write: expected"):
        schema.write(doors, write, b"", Request())


# --- those that have only a code -----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0x00, 0x01, 0x04, 0x05, 0x09, 0x7F, 0xA0, 0xFC, 0xFF, 0x100, -1])
def test_a_code_that_bluez_cannot_send_is_refused(code: int) -> None:
    """At the line that raises it, with all that can be sent; 0xFF, Out of Range, is none of BlueZ's."""
    with pytest.raises(ValueError, match=rf"^ATT error {code:#04x} cannot be sent through BlueZ; allowed: ") as caught:
        AttError(code)
    for known in ErrorCode:
        assert f"{known:#04x} {known.name.replace('_', ' ').title()}" in str(caught.value)


@pytest.mark.parametrize("code", ["0x81", None, 1.5, 129.0, [0x81]])
def test_a_code_that_is_no_number_is_refused_as_it_was_given(code: Any) -> None:
    """A ``ValueError``, not a traceback from the formatting of the message."""
    with pytest.raises(ValueError, match=r" cannot be sent through BlueZ") as caught:
        AttError(code)
    assert repr(code) in str(caught.value)


def test_the_applications_codes_are_the_specifications() -> None:
    """0x80 to 0x9F (Vol 3, Part F, 3.4.1.1)."""
    assert list(APPLICATION_ERRORS) == list(range(0x80, 0xA0))
    for again in travels(AttError(0x81, "locked")):
        assert (type(again), again.code, again.reason) == (AttError, 0x81, "locked")
