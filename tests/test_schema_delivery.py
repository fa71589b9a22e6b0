"""How values reach those who subscribed: the policy, the pace, the transport; and how long a handler may take."""

import datetime as dt
import enum
import math
from typing import Annotated, Any

import pytest

from gattschema import (
    Broadcast,
    DateTime,
    Fault,
    Float32,
    Indicate,
    MedFloat16,
    Notify,
    Octets,
    Read,
    ReadNotify,
    ReadWrite,
    Scale,
    SchemaError,
    Service,
    SignedWrite,
    SInt16,
    TimeExponential8,
    UInt8,
    UInt16,
    UInt24,
    Unit,
    Unknown,
    Utf8,
    Write,
    WriteIndicate,
    WriteWithoutResponse,
    characteristic,
    plan,
    struct,
)
from gattschema.schema import CharacteristicPlan, Delivery

Percent = Annotated[float | None, UInt16, Scale(decimal=-2), Unit.PERCENTAGE, Unknown(0xFFFF)]
Duration = Annotated[dt.timedelta, UInt16, Unit.SECOND]
Day = Annotated[dt.date, UInt24, Unit.DAY]

options: Any = characteristic
"""To say what checkers refuse."""


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


@struct
class Pair:
    first: UInt8
    second: UInt8


def declare(hint: Any, **said: Any) -> CharacteristicPlan:
    body = {"__annotations__": {"field": hint}, "field": options(init=False, **said), "__module__": __name__}
    return plan(type("Made", (Service,), body, uuid="FFF0")).characteristics[0]


def fault(hint: Any, **said: Any) -> Fault:
    with pytest.raises(SchemaError) as caught:
        declare(hint, **said)
    (found,) = caught.value.faults
    assert found.where == "field"
    return found


def advised(found: Fault) -> dict[str, Any]:
    """The keywords that a fault says to write."""
    keywords, _, _ = found.instead.partition(", and ")
    made: dict[str, Any] = eval(f"dict({keywords})", {"timedelta": dt.timedelta})  # noqa: S307  (our message)
    return made


# --- what is taken -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hint", [Read[UInt8], Write[UInt8], Notify[UInt8], WriteIndicate[UInt8]])
def test_nothing_said_is_the_newest_at_once_on_the_bus(hint: Any) -> None:
    """No interval, no least change, signals; the same for what is never pushed."""
    assert declare(hint).delivery == Delivery(policy="latest", min_interval=0.0, min_change=None, transport="bus")


TAKEN: dict[str, tuple[Any, dict[str, Any]]] = {
    "every": (Notify[UInt8], {"policy": "every"}),
    "latest": (Indicate[UInt8], {"policy": "latest"}),
    "interval": (Notify[UInt8], {"min_interval": 0.5}),
    "whole seconds": (WriteIndicate[UInt8], {"min_interval": 60}),
    "change": (Notify[UInt8], {"min_change": 5}),
    "socket": (Notify[UInt8], {"transport": "socket"}),
    "socket for indications": (Indicate[UInt8], {"transport": "socket"}),
    "socket for commands": (WriteWithoutResponse[UInt8], {"transport": "socket"}),
    "bus": (Notify[UInt8], {"transport": "bus"}),
    "all at once": (
        ReadNotify[Percent],
        {"policy": "every", "min_interval": 0.1, "min_change": 0.25, "transport": "socket"},
    ),
}


@pytest.mark.parametrize(("hint", "said"), TAKEN.values(), ids=TAKEN)
def test_what_is_said_is_in_the_plan(hint: Any, said: dict[str, Any]) -> None:
    """Each option as it was given; what is not said stays as it is without."""
    assert declare(hint, **said).delivery == Delivery(**said)


def test_a_subclass_says_anew_how_values_are_delivered() -> None:
    """New options replace the old ones, all of them; a new default leaves them alone."""

    class Base(Service, uuid="FFF0"):
        level: Notify[UInt8] = characteristic(default=1, policy="every", min_interval=0.5, timeout=3.0)

    class Anew(Base):
        level = characteristic(default=2, min_change=2)

    class Default(Base):
        level = 7

    assert Anew.level.plan.delivery == Delivery(min_change=2)
    assert Anew.level.plan.timeout == 4.5
    assert Default.level.plan.delivery == Base.level.plan.delivery == Delivery(policy="every", min_interval=0.5)
    assert Default.level.plan.timeout == 3.0


@pytest.mark.parametrize(
    "said", [{"policy": "every"}, {"min_interval": 1.0}, {"min_change": 1}, {"transport": "socket"}, {"timeout": 1.0}]
)
def test_plans_that_differ_in_it_are_different(said: dict[str, Any]) -> None:
    """How values are delivered is a part of the plan's value."""
    assert declare(Notify[UInt8], **said) == declare(Notify[UInt8], **said)
    assert hash(declare(Notify[UInt8], **said)) == hash(declare(Notify[UInt8], **said))
    assert declare(Notify[UInt8], **said) != declare(Notify[UInt8])


# --- on what is never pushed ---------------------------------------------------------------------------------------

NEVER_PUSHED = [Read[UInt8], ReadWrite[UInt8], Write[UInt8], Broadcast[UInt8], SignedWrite[UInt8]]


@pytest.mark.parametrize("hint", NEVER_PUSHED)
@pytest.mark.parametrize(
    ("key", "value"),
    [("policy", "every"), ("policy", "latest"), ("min_interval", 0.5), ("min_change", 1), ("transport", "socket")],
)
def test_what_is_never_pushed_has_no_pace(hint: Any, key: str, value: Any) -> None:
    """The option would do nothing, so it is refused, whatever it says."""
    found = fault(hint, **{key: value})
    assert found.finding == f"{key}={value!r} on a field that is never pushed"
    assert found.allowed.startswith(f"{key}= with ")
    assert found.allowed.endswith("Notify or Indicate")
    assert found.instead == f"leave {key}= out"


def test_a_socket_takes_commands_but_has_no_pace_for_them() -> None:
    """``AcquireWrite`` is for what phones write without response; nothing leaves by it."""
    assert "WriteWithoutResponse" in fault(Read[UInt8], transport="socket").allowed
    for said in ({"policy": "every"}, {"min_interval": 1.0}, {"min_change": 1}):
        found = fault(WriteWithoutResponse[UInt8], transport="socket", **said)
        assert found.allowed == f"{next(iter(said))}= with Notify or Indicate"


# --- words and seconds ---------------------------------------------------------------------------------------------

WAITED = "seconds, more than 0 and 5 at most: then bluetoothd answers for the handler"

WRONG: dict[str, tuple[str, Any, str]] = {
    "policy word": ("policy", "all", '"latest" or "every"'),
    "policy in capitals": ("policy", "Every", '"latest" or "every"'),
    "policy list": ("policy", ["every"], '"latest" or "every"'),
    "policy truth": ("policy", True, '"latest" or "every"'),
    "transport word": ("transport", "sockets", '"bus" or "socket"'),
    "transport number": ("transport", 1, '"bus" or "socket"'),
    "no interval": ("min_interval", 0, "seconds, more than 0"),
    "negative interval": ("min_interval", -0.5, "seconds, more than 0"),
    "endless interval": ("min_interval", math.inf, "seconds, more than 0"),
    "interval that is no number": ("min_interval", math.nan, "seconds, more than 0"),
    "interval as text": ("min_interval", "0.5", "seconds, more than 0"),
    "interval as a truth": ("min_interval", True, "seconds, more than 0"),
    "interval as a time": ("min_interval", dt.timedelta(seconds=1), "seconds, more than 0"),
    "no time": ("timeout", 0, WAITED),
    "negative time": ("timeout", -1, WAITED),
    "endless time": ("timeout", math.inf, WAITED),
    "time as a truth": ("timeout", True, WAITED),
    "time as text": ("timeout", "2", WAITED),
    "more time than there is": ("timeout", 5.1, WAITED),
    "unlimited time": ("timeout", None, WAITED),
}


@pytest.mark.parametrize(("key", "value", "allowed"), WRONG.values(), ids=WRONG)
def test_anything_else_is_refused_with_what_is_taken(key: str, value: Any, allowed: str) -> None:
    """It is told as it was given, and what the fault says to write compiles."""
    found = fault(Notify[UInt8], **{key: value})
    assert found.finding == f"{key}={value!r}"
    assert found.allowed == allowed
    assert list(advised(found)) == [key]
    assert declare(Notify[UInt8], **advised(found))


def test_each_wrong_option_is_told() -> None:
    """What is wrong with the timeout does not hide what is wrong with the pace."""
    with pytest.raises(SchemaError) as caught:
        declare(Notify[UInt8], timeout=0, min_interval=0)
    assert [found.finding for found in caught.value.faults] == ["timeout=0", "min_interval=0"]


def test_the_timeout_of_handlers_is_less_than_bluetoothd_waits() -> None:
    """Half a second less, unless the field says otherwise, whatever phones may do with it."""
    assert declare(Read[UInt8]).timeout == declare(Notify[UInt8]).timeout == 4.5
    assert declare(Write[UInt8], timeout=0.5).timeout == 0.5
    assert declare(Read[UInt8], timeout=5).timeout == 5


# --- the least change ----------------------------------------------------------------------------------------------

CHANGES: dict[str, tuple[Any, Any]] = {
    "integer": (UInt8, 2),
    "fraction of an integer": (SInt16, 0.5),
    "scaled": (Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS], 0.25),
    "with an unknown": (Percent, 1),
    "ieee": (Float32, 0.125),
    "medical": (MedFloat16, 0.1),
    "duration": (Duration, dt.timedelta(seconds=5)),
    "day": (Day, dt.timedelta(days=2)),
}


@pytest.mark.parametrize(("hint", "change"), CHANGES.values(), ids=CHANGES)
def test_numbers_and_times_have_a_least_change(hint: Any, change: Any) -> None:
    """It is the difference of two values: a number for numbers, a timedelta for times."""
    assert declare(Notify[hint], min_change=change).delivery.min_change == change


WITHOUT_CHANGE: dict[str, Any] = {
    "truth": bool,
    "enumeration": Mode,
    "text": Annotated[str, Utf8(max=4)],
    "octets": Annotated[bytes, Octets(4)],
    "struct": Pair,
    "date and time": DateTime,
    "array": tuple[UInt8, ...],
    "time in powers": TimeExponential8,
}


@pytest.mark.parametrize("hint", WITHOUT_CHANGE.values(), ids=WITHOUT_CHANGE)
def test_what_has_no_differences_has_no_least_change(hint: Any) -> None:
    """Its values can be equal or not, and nothing in between."""
    found = fault(Notify[hint], min_change=1)
    assert found.finding.startswith("min_change=1 for ")
    assert found.allowed == "min_change= for numbers and times"
    assert found.instead == "leave min_change= out"


NO_CHANGES: dict[str, tuple[Any, Any]] = {
    "zero": (UInt8, 0),
    "negative": (UInt8, -1),
    "zero, a fraction": (Percent, 0.0),
    "endless": (UInt8, math.inf),
    "no number": (Float32, math.nan),
    "truth": (UInt8, True),
    "text": (UInt8, "1"),
    "time for a number": (UInt8, dt.timedelta(seconds=1)),
    "number for a time": (Duration, 5),
    "fraction for a day": (Day, 0.5),
    "no time": (Duration, dt.timedelta(0)),
    "negative time": (Day, dt.timedelta(days=-1)),
}


@pytest.mark.parametrize(("hint", "change"), NO_CHANGES.values(), ids=NO_CHANGES)
def test_a_least_change_that_is_none_is_refused_with_one_that_is(hint: Any, change: Any) -> None:
    """It is above zero and of the sort of the value's differences; what the fault says to write compiles."""
    found = fault(Notify[hint], min_change=change)
    assert found.finding.startswith(f"min_change={change!r} for uint" if hint is not Float32 else "min_change=nan")
    assert declare(Notify[hint], **advised(found)).delivery.min_change == advised(found)["min_change"]
