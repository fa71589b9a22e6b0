"""What is wrong with a type is said where it is declared: all of it at once, each with a way out."""

import copy
import enum
import pickle
from collections.abc import Callable
from typing import Annotated, Any

import attrs
import pytest

from gattschema import (
    BigEndian,
    Fault,
    Float32,
    Octets,
    SchemaError,
    SInt16,
    UInt8,
    UInt16,
    Utf8,
    struct,
    values,
)
from gattschema.values._numbers import Integer, Real


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


class Plain:
    number: UInt8


@attrs.frozen
class NoStruct:
    number: UInt8


def declare(**annotations: Any) -> type:
    defaults = {key: hint.pop() for key, hint in annotations.items() if isinstance(hint, list)}
    hints = {key: defaults.get(key, hint) for key, hint in annotations.items()}
    return struct(type("Made", (), {"__annotations__": hints}))


def faults_of(make: Callable[[], Any]) -> dict[str, Fault]:
    with pytest.raises(SchemaError) as caught:
        make()
    return {fault.where: fault for fault in caught.value.faults}


UNFIT = {
    "int alone": int,
    "float alone": float,
    "str alone": str,
    "bytes alone": bytes,
    "None": None,
    "object": object,
    "list": list[int],
    "union": UInt8 | None,
    "attrs class": NoStruct,
    "plain class": Plain,
    "plain enum": enum.Enum("Plain", "A B"),
    "two layouts": Annotated[int, Integer(1), Integer(2)],
    "float in an integer": Annotated[float, Integer(1)],
    "integer in a float": Annotated[int, Real(4)],
    "text in octets": Annotated[str, Octets(3)],
    "octets in text": Annotated[bytes, Utf8(max=3)],
    "enum in a float": Annotated[Mode, Float32],
    "enum in text": Annotated[Mode, Utf8(max=3)],
    "enum in two": Annotated[Mode, UInt8, UInt16],
    "big text": Annotated[str, Utf8(max=3), BigEndian()],
    "big octets": Annotated[bytes, Octets(3), BigEndian()],
    "instance": 3,
    "unhashable": Annotated[int, [1]],
}

every_unfit = pytest.mark.parametrize("hint", UNFIT.values(), ids=UNFIT)


@every_unfit
def test_a_type_without_a_size_is_a_fault(hint: Any) -> None:
    """No size on the wire, or more than one, is a ``Fault`` with all its parts, for each of the public functions."""
    for step in (values.codec, values.size, lambda hint: values.encode(hint, 1), lambda hint: values.decode(hint, b"")):
        with pytest.raises(Fault) as caught:
            step(hint)
        assert_complete(caught.value)


@every_unfit
def test_a_field_without_a_size_is_a_fault_of_its_struct(hint: Any) -> None:
    """The same fault in a struct says where it is."""
    assert_complete(faults_of(lambda: declare(good=UInt8, bad=hint))["bad"])


def assert_complete(fault: Fault) -> None:
    assert fault.finding
    assert fault.allowed
    assert fault.instead
    for part in (fault.where, fault.finding, fault.allowed, fault.instead):
        assert part in str(fault)


@pytest.mark.parametrize("base", [int, float, str, bytes], ids=lambda base: base.__name__)
def test_a_fault_offers_types_that_work(base: Any) -> None:
    """What the fault of a bare type says to write compiles."""
    with pytest.raises(Fault) as caught:
        values.codec(base)
    offer = caught.value.instead.split(" (")[0]
    assert values.size(eval(offer, {"Annotated": Annotated, **vars(values)}))[1] > 0  # noqa: S307  (our own message)


def test_an_attrs_class_is_told_to_become_a_struct() -> None:
    """Classes that look like structs get the decorator named."""
    with pytest.raises(Fault, match="NoStruct has no layout") as caught:
        values.codec(NoStruct)
    assert "@struct" in caught.value.instead


@pytest.mark.parametrize(
    "hint",
    [Annotated[bool, BigEndian()], Annotated[declare(number=UInt16), BigEndian()], Annotated[declare(n=UInt16), UInt8]],
    ids=["bool", "struct", "carried struct"],
)
def test_a_mark_that_says_nothing_is_a_fault(hint: Any) -> None:
    """A byte order or a carrier for what has none is refused, not passed over."""
    with pytest.raises(Fault) as caught:
        values.codec(hint)
    assert_complete(caught.value)


def test_all_faults_of_a_struct_come_at_once() -> None:
    """One ``SchemaError`` has a fault per bad field, in the order of the class, and tells them all in its report."""
    found = faults_of(lambda: declare(a=int, b=UInt8, c=Annotated[str, Utf8(max=4)], d=Annotated[Mode, Float32], e=str))
    assert found.keys() == {"a", "c", "d", "e"}
    for fault in found.values():
        assert_complete(fault)
    with pytest.raises(SchemaError, match=r"^Made has 4 faults: a, c, d, e$") as caught:
        declare(a=int, b=UInt8, c=Annotated[str, Utf8(max=4)], d=Annotated[Mode, Float32], e=str)
    assert caught.value.report.startswith(str(caught.value))
    for fault in found.values():
        assert str(fault) in caught.value.report


def test_one_fault_is_counted_in_the_singular() -> None:
    """``Made has 1 fault``; a fault of the class as a whole says so."""
    with pytest.raises(SchemaError, match=r"^Made has 1 fault: a$"):
        declare(a=int)
    with pytest.raises(SchemaError, match=r"^Made has 1 fault: the class itself$"):
        declare()


def test_a_field_behind_one_of_variable_size_is_a_fault() -> None:
    """What takes the rest of the value leaves nothing; the fault names who follows and where to go."""
    fault = faults_of(lambda: declare(text=Annotated[str, Utf8(max=4)], number=UInt8, last=UInt16))["text"]
    assert "number follows" in fault.finding
    assert "last" in fault.instead
    tail = declare(number=UInt8, text=Annotated[str, Utf8(max=4)])
    assert faults_of(lambda: declare(inner=tail, number=UInt8)).keys() == {"inner"}
    assert faults_of(lambda: declare(a=Annotated[bytes, Octets(max=4)], b=tail)).keys() == {"a"}


def test_a_struct_has_a_field() -> None:
    """An empty class is no struct."""
    fault = faults_of(declare)[""]
    assert_complete(fault)


def test_a_default_that_does_not_fit_is_a_fault() -> None:
    """Defaults are tried at declaration: values that would be refused later are refused now."""

    def make() -> None:
        @struct
        class Defaulted:
            good: UInt8 = 255
            beyond: UInt8 = 256
            wrong: SInt16 = "x"  # type: ignore[assignment]
            member: Mode = 5  # type: ignore[assignment]
            text: Annotated[str, Utf8(max=2)] = "ääh"

    found = faults_of(make)
    assert found.keys() == {"beyond", "wrong", "member", "text"}
    assert "256" in found["beyond"].finding
    assert "0 … 255" in found["beyond"].allowed
    for fault in found.values():
        assert_complete(fault)


def test_a_field_without_an_annotation_is_a_fault() -> None:
    """``attrs.field()`` alone says nothing of octets."""

    def make() -> None:
        @struct
        class Bare:
            number: UInt8
            other = attrs.field()

    assert_complete(faults_of(make)["other"])


def test_a_field_that_the_constructor_does_not_take_is_a_fault() -> None:
    """What decodes must be constructed: ``init=False`` is refused at declaration."""

    def make() -> None:
        @struct
        class Fixed:
            number: UInt8 = attrs.field(init=False, default=3)

    assert_complete(faults_of(make)["number"])


def test_a_byteorder_is_little_or_big() -> None:
    """Any other word is refused before there is a class."""
    wrong: Any = "network"
    with pytest.raises(ValueError, match="'little' or 'big', not 'network'"):
        struct(byteorder=wrong)


def test_a_name_that_is_not_there_is_a_fault() -> None:
    """A struct is compiled on the spot: what it names must stand above it."""

    def make() -> None:
        @struct
        class Early:
            late: "Late"  # type: ignore[name-defined]  # noqa: F821

    (fault,) = faults_of(make).values()
    assert "Late is not defined" in fault.finding
    assert_complete(fault)


def test_a_fault_knows_its_place_from_the_outside_in() -> None:
    """``at`` puts a place in front of the one known so far."""
    fault = Fault("found", allowed="this", instead="that")
    assert str(fault) == "found\n    allowed: this\n    write:   that"
    assert fault.at("inner").at("outer").where == "outer.inner"
    assert str(fault.at("inner")).startswith("inner: found\n")
    assert fault.where == ""


def test_a_schema_error_splits_as_groups_do() -> None:
    """``except*`` and ``split`` give schema errors with the faults in question and the count of them."""
    with pytest.raises(SchemaError) as caught:
        declare(a=int, b=str)
    first, rest = caught.value.split(lambda error: getattr(error, "where", "") == "a")
    assert isinstance(first, SchemaError)
    assert isinstance(rest, SchemaError)
    assert [fault.where for fault in first.faults] == ["a"]
    assert (first.message, rest.message) == ("Made has 1 fault: a", "Made has 1 fault: b")


def test_unhashable_marks_do_no_harm() -> None:
    """Marks of other libraries may be of any kind; those that are not ours are passed over."""
    hint = Annotated[UInt16, {"doc": "not ours"}]
    assert values.encode(hint, 1) == b"\x01\x00"
    assert values.decode(hint, b"\x01\x00") == 1


def test_errors_are_what_their_bases_say() -> None:
    """Wrong values are ``ValueError``, wrong declarations ``TypeError``, as everywhere in Python."""
    assert issubclass(values.EncodeError, ValueError)
    assert issubclass(values.DecodeError, ValueError)
    assert issubclass(values.LengthError, values.DecodeError)
    assert issubclass(Fault, TypeError)
    assert issubclass(SchemaError, ExceptionGroup)


@pytest.mark.parametrize(
    "make",
    [
        lambda: values.encode(UInt8, 300),
        lambda: values.decode(UInt8, b""),
        lambda: values.decode(bool, b"\x02"),
        lambda: values.codec(int),
        lambda: declare(a=int, b=str),
    ],
    ids=["EncodeError", "LengthError", "DecodeError", "Fault", "SchemaError"],
)
@pytest.mark.parametrize("step", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))], ids=["copy", "pickle"])  # noqa: S301
def test_errors_travel(make: Callable[[], Any], step: Callable[[Any], Any]) -> None:
    """Errors can be copied and sent to another process: pools and parallel test runs hang on those that can't."""
    with pytest.raises((ValueError, Fault, SchemaError)) as caught:
        make()
    again = step(caught.value)
    assert type(again) is type(caught.value)
    assert str(again) == str(caught.value)
    assert {key: str(value) for key, value in vars(again).items()} == {
        key: str(value) for key, value in vars(caught.value).items()
    }
