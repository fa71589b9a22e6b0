"""Every mistake in a service is found at the class statement, with its place and a way out."""

# ruff: noqa: ARG001  (handlers of the wrong shape)

import enum
import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import pytest

import gattschema
from gattschema import (
    Broadcast,
    Fault,
    Indicate,
    Notify,
    Octets,
    Read,
    ReadNotify,
    ReadWrite,
    ReliableWrite,
    SchemaError,
    Service,
    SignedWrite,
    UInt8,
    UInt16,
    Utf8,
    Write,
    WriteWithoutResponse,
    characteristic,
    plan,
    struct,
)
from gattschema.schema import Characteristic

options: Any = characteristic
"""To say what checkers refuse."""


class Mode(enum.IntEnum):
    OFF = 0


@struct
class Long:
    first: Annotated[bytes, Octets(500)]
    rest: Annotated[bytes, Octets(max=13)]


class Included(Service, uuid="FFF1"):
    level: Read[UInt8]


def declare(hint: Any, given: Any = ..., **keywords: Any) -> type[Service]:
    """A service with a field called ``field``; the class statement without a class statement."""
    namespace: dict[str, Any] = {"__annotations__": {"field": hint}, "__module__": __name__}
    if given is not ...:
        namespace["field"] = given
    return type("Made", (Service,), namespace, **{"uuid": "FFF0", **keywords})


def faults_of(make: Callable[[], Any]) -> tuple[Fault, ...]:
    with pytest.raises(SchemaError) as caught:
        make()
    for fault in caught.value.faults:
        assert_complete(fault)
    return caught.value.faults


def assert_complete(fault: Fault) -> None:
    assert fault.finding
    assert fault.allowed
    assert fault.instead
    assert str(fault).startswith(f"{fault.where}: {fault.finding}" if fault.where else fault.finding)


def handled(hint: Any, operation: str, function: Any) -> Callable[[], type[Service]]:
    """A declaration whose field has *function* for a handler."""

    def make() -> type[Service]:
        given = options(init=False)
        getattr(given, f"on_{operation}")(function)
        return declare(hint, given)

    return make


def takes_nothing() -> int:
    return 0


def takes_self(self: Any) -> int:
    return 0


def takes_value(self: Any, value: Any) -> int:
    return 0


def takes_request(self: Any, value: Any, request: Any) -> int:
    return 0


def takes_too_much(self: Any, value: Any, request: Any, more: Any) -> int:
    return 0


def takes_keyword(self: Any, value: Any, *, more: Any) -> int:
    return 0


FIELD_FAULTS: dict[str, tuple[Callable[[], Any], str]] = {
    "no flavour": (lambda: declare(UInt8), "is no characteristic"),
    "plain type": (lambda: declare(int), "int is no characteristic"),
    "no flavour but the base": (lambda: declare(Characteristic[UInt8]), "is no characteristic"),
    "bare flavour": (lambda: declare(Read), "Read does not say of what"),
    "optional": (lambda: declare(Read[UInt8] | None), "is no characteristic"),
    "no size": (lambda: declare(Read[int]), "int alone has no size"),
    "no type": (lambda: declare(Read[object]), "object has no size"),
    "class without layout": (lambda: declare(Read[Service]), "Service has no size"),
    "marks outside": (lambda: declare(Annotated[Read[int], UInt8]), "int alone has no size"),
    "bad uuid": (lambda: declare(Read[UInt8], options(uuid="x")), "'x' is no UUID"),
    "security word": (lambda: declare(Read[UInt8], options(security="high")), "security='high'"),
    "security none": (lambda: declare(Read[UInt8], options(security=None)), "security=None"),
    "security list": (lambda: declare(Read[UInt8], options(security=["encrypted"])), "security=["),
    "security operation": (
        lambda: declare(Read[UInt8], options(security={"speak": "encrypted"})),
        "security={'speak'",
    ),
    "security for reads": (
        lambda: declare(Write[UInt8], options(security={"read": "encrypted"})),
        "security for read, but phones cannot read it",
    ),
    "security for writes": (
        lambda: declare(ReadNotify[UInt8], options(security={"write": "encrypted"})),
        "security for write, but phones cannot write it",
    ),
    "security for pushes": (
        lambda: declare(ReadWrite[UInt8], options(security={"notify": "encrypted"})),
        "security for notify, but phones cannot notify it",
    ),
    "security for nothing": (
        lambda: declare(Broadcast[UInt8], options(security="encrypted")),
        "",
    ),
    "protected command": (
        lambda: declare(WriteWithoutResponse[UInt8], options(security="encrypted")),
        "encrypted writes without response only",
    ),
    "too long": (lambda: declare(Read[Long]), "Long takes up to 513 octets"),
    "default beyond": (lambda: declare(Read[UInt8], options(default=256)), "the default is 256"),
    "default of another type": (lambda: declare(Read[UInt8], options(default="x")), "the default is 'x'"),
    "raw default beyond": (lambda: declare(Read[UInt8], 256), "the default is 256"),
    "default member": (lambda: declare(Read[Mode], options(default=3)), "the default is 3"),
    "default text": (
        lambda: declare(Read[Annotated[str, Utf8(max=2)]], options(default="€")),
        "the default is '€'",
    ),
    "policy word": (lambda: declare(Notify[UInt8], options(policy="some")), "policy='some'"),
    "policy on a read": (lambda: declare(Read[UInt8], options(policy="every")), "never pushed"),
    "policy list": (lambda: declare(Notify[UInt8], options(policy=["every"])), "policy=["),
    "description too long": (
        lambda: declare(Read[UInt8], options(description="ä" * 257)),
        "the description takes 514 octets",
    ),
    "description of another type": (lambda: declare(Read[UInt8], options(description=5)), "5"),
    "reader of a write": (handled(Write[UInt8], "read", takes_self), "phones cannot read it"),
    "reader of a notify": (handled(Notify[UInt8], "read", takes_self), "phones cannot read it"),
    "writer of a read": (handled(Read[UInt8], "write", takes_value), "phones cannot write it"),
    "writer of an indicate": (handled(Indicate[UInt8], "write", takes_value), "phones cannot write it"),
    "reader without self": (handled(Read[UInt8], "read", takes_nothing), "takes_nothing takes 0"),
    "reader of too much": (handled(Read[UInt8], "read", takes_request), "takes_request takes 3"),
    "writer without a value": (handled(Write[UInt8], "write", takes_self), "takes_self takes 1"),
    "writer of too much": (handled(Write[UInt8], "write", takes_too_much), "takes_too_much takes 4"),
    "writer of a keyword": (handled(Write[UInt8], "write", takes_keyword), "takes_keyword takes"),
}
SERVICE_FAULTS: dict[str, tuple[Callable[[], Any], str]] = {
    "bad uuid": (lambda: declare(Read[UInt8], uuid="x"), "'x' is no UUID"),
    "no uuid": (lambda: declare(Read[UInt8], uuid=None), "no UUID, and the SIG has no service of this name"),
    "generic access": (lambda: declare(Read[UInt8], uuid=0x1800), "Generic Access"),
    "generic attribute": (lambda: declare(Read[UInt8], uuid="1801"), "Generic Attribute"),
    "generic access in full": (
        lambda: declare(Read[UInt8], uuid="00001800-0000-1000-8000-00805f9b34fb"),
        "0x1800 is Generic Access",
    ),
    "includes an instance": (lambda: declare(Read[UInt8], includes=[3]), "includes= has 3"),
    "includes another class": (lambda: declare(Read[UInt8], includes=[int]), "includes= has <class 'int'>"),
    "includes without brackets": (lambda: declare(Read[UInt8], includes=Included), "includes= has "),
    "namespace of another type": (lambda: declare(Read[UInt8], uuid=None, namespace=5), "5"),
    "includes the base": (lambda: declare(Read[UInt8], includes=[Service]), "includes= has "),
}


@pytest.mark.parametrize(("make", "finding"), FIELD_FAULTS.values(), ids=FIELD_FAULTS)
def test_a_fault_of_a_field_is_told_with_its_name(make: Callable[[], Any], finding: str) -> None:
    """One fault, at the field, with what was found, what is allowed and what to write instead."""
    (fault,) = faults_of(make)
    assert fault.where == "field"
    assert finding in fault.finding


@pytest.mark.parametrize(("make", "finding"), SERVICE_FAULTS.values(), ids=SERVICE_FAULTS)
def test_a_fault_of_the_service_is_told_of_the_class(make: Callable[[], Any], finding: str) -> None:
    """One fault, of the class as a whole, with what was found, what is allowed and what to write instead."""
    (fault,) = faults_of(make)
    assert fault.where == ""
    assert finding in fault.finding


def test_all_faults_of_a_class_come_at_once() -> None:
    """Faults of the class and of each of its fields are in one group; good fields are not mentioned."""

    def make() -> None:
        class Broken(Service, uuid="?", includes=[3]):  # type: ignore[list-item]
            good: Read[UInt8]
            plain: int
            sizeless: Read[str]
            beyond: Read[UInt8] = characteristic(default=256)
            guarded: Read[UInt8] = characteristic(default=1, security={"write": "encrypted"}, uuid="!")
            stray = characteristic(default=3)

    found = faults_of(make)
    places = [fault.where for fault in found]
    assert sorted(places) == ["", "", "beyond", "guarded", "guarded", "plain", "sizeless", "stray"]
    with pytest.raises(SchemaError, match=r"Broken has 8 faults: the class itself, plain, sizeless, beyond, guarded"):
        make()


def test_a_faulty_field_keeps_all_its_faults() -> None:
    """One field may have several: each of its options is looked at."""
    made = options(uuid="!", security="high", default=256, policy="every", description="x" * 513)
    made.on_write(takes_value)
    found = faults_of(lambda: declare(Read[UInt8], made))
    assert {fault.where for fault in found} == {"field"}
    assert len(found) == 6


def test_options_without_an_annotation_are_faults_in_order() -> None:
    """``rate = characteristic(…)`` would vanish; each such name is told, in the order of the class."""

    def make() -> None:
        class Bare(Service, uuid="FFF0"):
            zebra = characteristic(default=1)
            apple = characteristic(default=2)
            mango: Read[UInt8] = characteristic(default=3)
            lemon = characteristic(default=4)

    found = faults_of(make)
    assert [fault.where for fault in found] == ["zebra", "apple", "lemon"]
    assert {fault.finding for fault in found} == {"it has no annotation"}


def test_a_flavour_among_the_marks_is_never_passed_over() -> None:
    """``Annotated[Notify[UInt8], Read[UInt8]]`` either reads, too, or is refused; the Read is not lost."""
    try:
        made: Any = declare(Annotated[Notify[UInt8], Read[UInt8]])
    except SchemaError as error:
        (fault,) = error.faults
        assert_complete(fault)
    else:
        assert made.field.plan.properties.words == ("read", "notify")


def test_a_missing_name_is_a_fault_at_the_first_use() -> None:
    """A class that names what never comes is refused when it is first used, and every time."""

    class Waiting(Service, uuid="FFF0"):
        never: Read["Never"]  # type: ignore[name-defined]  # noqa: F821

    uses: list[Callable[[], Any]] = [lambda: plan(Waiting), lambda: Waiting(never=1), lambda: repr(Waiting(never=1))]
    for use in uses:
        (fault,) = faults_of(use)
        assert "Never is not defined" in fault.finding


def test_a_missing_name_is_told_once() -> None:
    """A subclass does not repeat what its base lacks."""

    class Waiting(Service, uuid="FFF0"):
        never: Read["Never"]  # type: ignore[name-defined]  # noqa: F821

    class Below(Waiting):
        good: Read[UInt8]

    assert len(faults_of(lambda: plan(Below))) == 1


def test_the_fault_of_a_plain_type_offers_one_that_works() -> None:
    """What the fault of ``x: int`` says to write compiles."""
    for hint in (int, float, str, bytes, Mode):
        (fault,) = faults_of(lambda hint=hint: declare(hint))  # type: ignore[misc]
        offer, _, state = fault.instead.removeprefix("field: ").partition("; for state of your own ")
        assert state == "no annotation here and self.field = … in __init__"
        assert issubclass(declare(eval(offer, {**vars(gattschema), **globals()})), Service)  # noqa: S307  (our message)


def test_the_fault_of_a_bare_flavour_offers_one_that_works() -> None:
    """What the fault of ``x: Read`` says to write compiles."""
    (fault,) = faults_of(lambda: declare(Read))
    assert issubclass(declare(eval(fault.instead.removeprefix("field: "), globals())), Service)  # noqa: S307  (our message)


@pytest.mark.parametrize(
    ("hint", "advice"),
    [
        (Read[UInt8] | Notify[UInt8], "ReadNotify[UInt8]"),
        (Notify[Mode] | Write[Mode] | Read[Mode], "ReadWriteNotify[Mode]"),
        (Read[UInt8] | Broadcast[UInt8], "Annotated[Read[UInt8], Broadcast]"),
        (Write[UInt8] | WriteWithoutResponse[UInt8], "Annotated[Write[UInt8], WriteWithoutResponse]"),
        (Read[UInt8] | SignedWrite[UInt8], "Annotated[Read[UInt8], SignedWrite]"),
        (Write[UInt8] | ReliableWrite[UInt8], "ReliableWrite[UInt8]"),
    ],
)
def test_flavours_joined_by_a_bar_are_answered_with_the_one_that_is_both(hint: Any, advice: str) -> None:
    """What the fault says to write compiles and lets phones do all that was meant."""
    (fault,) = faults_of(lambda: declare(hint))
    assert fault.instead == f"field: {advice}"
    made: Any = declare(eval(advice, {**vars(gattschema), **globals()}))  # noqa: S307  (our message)
    wanted = {word for flavour in hint.__args__ for word in flavour.__origin__.properties.words}
    assert set(made.field.plan.properties.words) == wanted


def test_a_field_that_may_be_none_is_answered_with_an_optional_one() -> None:
    """``Read[UInt8] | None`` is a characteristic that may be absent."""
    (fault,) = faults_of(lambda: declare(Read[UInt8] | None))
    assert fault.finding == "Read[UInt8] | None is no characteristic"
    assert fault.instead == "field: Read[UInt8] = characteristic(default=ABSENT)"


@pytest.mark.parametrize(
    ("spelled", "number"), [("temperature", 0x2A6E), ("Heart Rate Measurement", 0x2A37), ("CurrentTime", 0x2A2B)]
)
def test_a_name_for_a_uuid_is_answered_with_its_number(spelled: str, number: int) -> None:
    """The SIG's names are known, in whatever spelling; they are just no UUIDs."""
    (fault,) = faults_of(lambda: declare(Read[UInt8], options(uuid=spelled)))
    assert fault.where == "field"
    assert fault.instead == f"uuid=0x{number:04X}"


def test_a_name_for_the_uuid_of_a_service_is_answered_with_its_number() -> None:
    """There it is a service that is meant first, where both have the name."""
    for spelled, number in {"heart_rate": 0x180D, "current time": 0x1805, "temperature": 0x2A6E}.items():
        (fault,) = faults_of(lambda spelled=spelled: declare(Read[UInt8], uuid=spelled))  # type: ignore[misc]
        assert fault.instead == f"uuid=0x{number:04X}"
    (fault,) = faults_of(lambda: declare(Read[UInt8], uuid="heart beat"))
    assert fault.instead.startswith('uuid="')


@pytest.mark.parametrize(
    ("hint", "operation", "function", "advice"),
    [
        (Notify[UInt8], "read", takes_self, "Annotated[Notify[…], Read]"),
        (Read[UInt8], "write", takes_value, "Annotated[Read[…], Write]"),
        (Notify[UInt8], "authorize", takes_self, "Annotated[Notify[…], ReadWrite]"),
        (Read[UInt8], "subscription", takes_value, "Annotated[Read[…], Notify]"),
    ],
)
def test_a_handler_for_nothing_is_answered_with_the_usual_flavour(
    hint: Any, operation: str, function: Any, advice: str
) -> None:
    """What the fault says to write compiles with this handler, and a write with an answer is what is meant."""
    (fault,) = faults_of(handled(hint, operation, function))
    assert fault.instead == f"field: {advice}"
    offered = eval(advice.replace("…", "UInt8"), {**vars(gattschema), **globals()})  # noqa: S307  (our message)
    assert issubclass(handled(offered, operation, function)(), Service)


def test_all_flavours_are_offered_where_there_is_none() -> None:
    """Each that has a name of its own and is no combination."""
    (fault,) = faults_of(lambda: declare(UInt8))
    for flavour in (Read, Write, WriteWithoutResponse, ReliableWrite, SignedWrite, Notify, Indicate, Broadcast):
        assert flavour.__name__ in re.findall(r"\w+", fault.allowed)


def test_class_variables_are_no_fields() -> None:
    """``ClassVar[…]`` is for what is no characteristic."""

    class Limited(Service, uuid="FFF0"):
        limit: ClassVar[int] = 3
        field: Read[UInt8]

    assert [field.name for field in plan(Limited).characteristics] == ["field"]
    assert Limited.limit == 3


def test_512_octets_are_allowed() -> None:
    """The longest attribute value is no fault, neither are 512 octets of description."""

    @struct
    class Full:
        first: UInt16
        rest: Annotated[bytes, Octets(max=510)]

    made: Any = declare(Read[Full], characteristic(init=False, description="ä" * 256))
    assert made.field.codec.most == 512


def test_what_is_no_service_has_no_plan() -> None:
    """``plan`` says what it was given; ``Service`` itself cannot be made."""
    nothing: list[Any] = [int, 3, Service]
    for wrong in nothing:
        with pytest.raises(TypeError, match=r"is no subclass of gattschema\.Service"):
            plan(wrong)
    with pytest.raises(TypeError, match=r"is no subclass of gattschema\.Service"):
        Service()


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: declare(UInt8), "Read[UInt8]"),
        (lambda: declare(str), "Read[Annotated[str, Utf8(max=20)]]"),
        (lambda: declare(Read[list[UInt8]]), "tuple[UInt8, ...]"),
        (lambda: declare(Read[UInt8 | None]), "init=False"),
        (lambda: declare(Read[enum.Enum("Mood", "GOOD BAD")]), "class Mood(enum.IntEnum)"),  # type: ignore[misc]
        (lambda: declare(Read[UInt8], characteristic), "characteristic()"),
    ],
    ids=["bare type", "bare text", "list", "optional", "plain enum", "forgotten brackets"],
)
def test_the_advice_fits_what_was_meant(make: Callable[[], Any], advice: str) -> None:
    """The commonest mistakes are answered with what people usually want."""
    (fault,) = faults_of(make)
    assert advice in fault.instead
