"""Structs whose annotations are text."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pytest

from gattschema import SchemaError, UInt8, UInt16, Utf8, struct, values

if TYPE_CHECKING:
    from collections.abc import Callable


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


@struct
class Outer:
    mode: Mode
    count: UInt16
    limit: ClassVar[int] = 3
    label: Annotated[str, Utf8(max=4)] = ""


def test_text_annotations_mean_what_they_say() -> None:
    """``from __future__ import annotations`` changes nothing."""
    assert values.encode(Outer, Outer(mode=Mode.HEAT, count=2, label="x")) == b"\x01\x02\x00x"
    assert values.size(Outer) == (3, 7)


def test_types_of_the_enclosing_functions_are_found() -> None:
    """A struct in a function names types of that function and of the ones around it."""

    @struct
    class Near:
        number: UInt8

    def inner() -> type:
        class Local(enum.IntEnum):
            ONE = 1

        @struct(byteorder="big")
        class Far:
            near: Near
            local: Annotated[Local, UInt16]
            outer: Outer

        return Far

    made = inner()
    assert values.size(made) == (6, 10)
    assert values.encode(made, values.codec(made).kind.example)[1:3] == b"\x00\x01"


def test_the_innermost_of_equal_names_is_meant() -> None:
    """A local type hides one of the function around it, as names do."""

    @struct
    class Part:
        number: UInt8

    assert values.size(Part) == (1, 1)

    def inner() -> type:
        @struct
        class Part:
            number: UInt16

        @struct
        class Whole:
            part: Part

        return Whole

    assert values.size(inner()) == (2, 2)


def test_a_base_brings_its_names_along() -> None:
    """A struct extends one from another function, whose local types are not in sight here."""
    base = make_base()

    @struct
    class Longer(base):  # type: ignore[misc, valid-type]
        number: UInt16

    assert values.size(Longer) == (3, 3)


def make_base() -> Any:
    class Local(enum.IntEnum):
        ONE = 1

    @struct
    class Base:
        local: Local

    return Base


def test_a_name_that_is_not_there_is_a_fault() -> None:
    """A struct is compiled on the spot: what it names must stand above it."""

    def make() -> None:
        @struct
        class Early:
            late: Late

        class Late:
            pass

    assert_undefined(make, "Late")


def test_a_name_for_checkers_only_is_a_fault() -> None:
    """What is imported under ``TYPE_CHECKING`` is not there at run time."""

    def make() -> None:
        @struct
        class Early:
            call: Callable[[], int]

    assert_undefined(make, "Callable")


def assert_undefined(make: Any, name: str) -> None:
    with pytest.raises(SchemaError) as caught:
        make()
    (fault,) = caught.value.faults
    assert f"{name} is not defined" in fault.finding
    assert fault.allowed
    assert fault.instead
