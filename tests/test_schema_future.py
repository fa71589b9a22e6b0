"""Services whose annotations are text."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pytest

from gattschema import (
    Notify,
    Read,
    ReadWrite,
    Request,
    SchemaError,
    Service,
    SInt16,
    UInt8,
    UInt16,
    Utf8,
    characteristic,
    plan,
    struct,
    values,
)
from gattschema.schema import expand

if TYPE_CHECKING:
    from decimal import Decimal


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


class Room(Service, uuid="FFF0"):
    limit: ClassVar[int] = 3
    mode: Read[Mode] = Mode.HEAT  # type: ignore[assignment]
    sensor: Annotated[Notify[SInt16], Read] = characteristic(default=-3)
    label: ReadWrite[Annotated[str, Utf8(max=4)]] = characteristic(init=False)

    @label.on_write
    def _label(self, value: str, request: Request) -> None: ...

    @sensor.on_read  # type: ignore[arg-type]
    def _sensor(self) -> Decimal:  # a name for checkers only
        raise NotImplementedError


class Early(Service, uuid="FFF0"):
    late: Read[Late]
    number: Read[UInt8] = characteristic(default=4)


class EarlyTwin(Early):
    own: Read[UInt8]


@struct
class Late:
    number: UInt8


def test_text_annotations_mean_what_they_say() -> None:
    """``from __future__ import annotations`` changes nothing."""
    assert [(field.name, field.type_name) for field in plan(Room).characteristics] == [
        ("mode", "Mode, uint8"),
        ("sensor", "sint16"),
        ("label", "utf8s"),
    ]
    assert plan(Room).characteristics[1].properties.words == ("read", "notify")
    assert Room().mode is Mode.HEAT


def test_a_forward_reference_is_compiled_at_the_first_use() -> None:
    """A class that names what stands below it waits, and so do its subclasses."""
    twin = EarlyTwin(late=Late(number=1), own=2)
    assert (twin.late.number, twin.number, twin.own) == (1, 4, 2)
    assert plan(EarlyTwin).uuid == expand(0xFFF0)
    assert Early(late=Late(number=7)).late.number == 7


def test_types_of_the_enclosing_functions_are_found() -> None:
    """A service in a function names types of that function and of the ones around it."""

    @struct
    class Near:
        number: UInt8

    def middle() -> Any:
        class Choice(enum.IntEnum):
            ONE = 1

        def inner() -> Any:
            class Far(Service, uuid="FFF0"):
                near: Read[Near]
                choice: Read[Annotated[Choice, UInt16]]
                mode: Read[Mode]

            return Far

        return inner()

    made = middle()
    assert [field.codec.most for field in plan(made).characteristics] == [1, 2, 1]


def test_the_innermost_of_equal_names_is_meant() -> None:
    """A local type hides one of the function around it, as names do."""

    @struct
    class Part:
        number: UInt8

    def inner() -> Any:
        @struct
        class Part:
            number: UInt16

        class Whole(Service, uuid="FFF0"):
            part: Read[Part]

        return Whole

    assert inner().part.codec.most == 2
    assert Part(number=1).number == 1


def test_each_call_has_types_of_its_own() -> None:
    """A function that declares twice declares two services over two types."""

    def make(width: Any) -> Any:
        @struct
        class Part:
            number: width

        class Whole(Service, uuid="FFF0"):
            part: Read[Part]

        return Whole

    assert [make(width).part.codec.most for width in (UInt8, UInt16)] == [1, 2]


def test_a_base_brings_its_names_along() -> None:
    """A service extends one from another function, whose local types are not in sight here."""
    base = make_base()

    class Below(base):  # type: ignore[misc, valid-type]
        own: Read[UInt8]

    assert [field.name for field in plan(Below).characteristics] == ["local", "own"]


def make_base() -> Any:
    class Local(enum.IntEnum):
        ONE = 1

    class Base(Service, uuid="FFF0"):
        local: Read[Local]

    return Base


def test_a_class_between_is_no_scope() -> None:
    """As in Python, the names of a class are not those of a class within it; those of the function are."""

    @struct
    class Part:
        number: UInt8

    class Group:
        @struct
        class Part:
            number: UInt16

        class Inner(Service, uuid="FFF0"):
            part: Read[Part]

    assert Group.Inner.part.codec.most == 1
    assert values.size(Group.Part) == (2, 2)
    assert values.size(Part) == (1, 1)


def test_a_name_for_checkers_only_is_a_fault_at_the_first_use() -> None:
    """What is imported under ``TYPE_CHECKING`` is not there at run time."""

    class Waiting(Service, uuid="FFF0"):
        late: Read[Decimal]

    with pytest.raises(SchemaError) as caught:
        plan(Waiting)
    (fault,) = caught.value.faults
    assert "Decimal is not defined" in fault.finding


def test_faults_are_found_in_text_annotations() -> None:
    """A type without a size is a fault at the class statement, text or not."""

    def make() -> None:
        class Broken(Service, uuid="FFF0"):
            plain: int
            sizeless: Read[str]
            good: Read[UInt8]

    with pytest.raises(SchemaError) as caught:
        make()
    assert [fault.where for fault in caught.value.faults] == ["plain", "sizeless"]
