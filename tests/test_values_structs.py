"""``@struct``: attrs classes whose fields follow each other in octets."""

import enum
import struct as stdlib
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import (
    BigEndian,
    DecodeError,
    EncodeError,
    Float32,
    LengthError,
    Octets,
    SInt16,
    SInt24,
    UInt8,
    UInt16,
    UInt24,
    UInt32,
    UInt64,
    Utf8,
    struct,
    values,
)
from gattschema.values._numbers import Integer
from tests.strategies import law


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


@struct
class Schedule:
    """A thermostat's programme."""

    mode: Mode
    start: UInt16
    target: SInt16 = 2100
    label: Annotated[str, Utf8(max=12)] = ""


@struct(byteorder="big")
class Reading:
    kind: UInt8
    count: UInt32
    ratio: Float32
    state: Annotated[Mode, UInt16]


@struct
class Pair:
    first: Reading
    gap: UInt16
    second: Reading


@struct
class Mixed:
    tag: UInt8
    little: UInt16
    big: Annotated[UInt32, BigEndian()]
    flag: bool
    bigger: Annotated[SInt24, BigEndian()]
    little_again: UInt64
    address: Annotated[bytes, Octets(6)]


@struct
class Named:
    """A tail within a tail."""

    number: UInt8
    schedule: Schedule


@law
@given(st.sampled_from(Mode), st.integers(0, 0xFFFF), st.integers(-0x8000, 0x7FFF), st.text("aé€", max_size=4))
def test_fields_follow_each_other_without_gaps(mode: Mode, start: int, target: int, label: str) -> None:
    """A little-endian struct is ``struct.pack("<…")`` of its fields and then the text, and comes back equal."""
    value = Schedule(mode=mode, start=start, target=target, label=label)
    octets = stdlib.pack("<BHh", mode, start, target) + label.encode()
    assert values.encode(Schedule, value) == octets
    assert values.decode(Schedule, octets) == value


@law
@given(st.integers(0, 255), st.integers(0, 2**32 - 1), st.floats(width=32, allow_nan=False), st.sampled_from(Mode))
def test_byteorder_big_turns_every_number_of_the_struct(kind: int, number: int, ratio: float, state: Mode) -> None:
    """``@struct(byteorder="big")`` is ``struct.pack(">…")``, floats and enumerations included."""
    value = Reading(kind=kind, count=number, ratio=ratio, state=state)
    octets = stdlib.pack(">BIfH", kind, number, ratio, state)
    assert values.encode(Reading, value) == octets
    assert values.decode(Reading, octets) == value


def test_a_nested_struct_keeps_its_own_byte_order() -> None:
    """Octets of a nested struct are those that it has alone, whatever stands around it."""
    first = Reading(kind=1, count=2, ratio=0.5, state=Mode.HEAT)
    second = Reading(kind=1, count=3, ratio=0.5, state=Mode.HEAT)
    octets = values.encode(Pair, Pair(first=first, gap=0x1234, second=second))
    assert octets == values.encode(Reading, first) + b"\x34\x12" + values.encode(Reading, second)
    assert values.decode(Pair, octets) == Pair(first=first, gap=0x1234, second=second)


def test_a_big_struct_leaves_nested_structs_alone() -> None:
    """``byteorder="big"`` is for the struct's own numbers."""

    @struct
    class Inner:
        number: UInt16

    @struct(byteorder="big")
    class Outer:
        number: UInt16
        inner: Inner

    octets = values.encode(Outer, Outer(number=0x1234, inner=Inner(number=0x1234)))
    assert octets == b"\x12\x34\x34\x12"


def test_byte_orders_mix_field_by_field() -> None:
    """``BigEndian()`` turns one field; its neighbours keep their order and their place."""
    value = Mixed(
        tag=1, little=0x0203, big=0x04050607, flag=True, bigger=-2, little_again=0x08, address=bytes(range(6))
    )
    octets = (
        stdlib.pack("<BH", 1, 0x0203)
        + stdlib.pack(">IB", 0x04050607, 1)
        + (-2).to_bytes(3, "big", signed=True)
        + stdlib.pack("<Q", 8)
        + bytes(range(6))
    )
    assert values.encode(Mixed, value) == octets
    assert values.decode(Mixed, octets) == value


def test_a_tail_may_stand_in_the_last_of_nested_structs() -> None:
    """The text takes the rest, however deep it stands."""
    value = Named(number=7, schedule=Schedule(mode=Mode.HEAT, start=1, label="Küche"))
    octets = b"\x07\x01\x01\x00" + stdlib.pack("<h", 2100) + "Küche".encode()
    assert values.encode(Named, value) == octets
    assert values.decode(Named, octets) == value
    assert values.size(Named) == (6, 18)


def test_a_struct_may_be_all_tail() -> None:
    """A lone text field is the whole value."""

    @struct
    class Title:
        text: Annotated[str, Utf8(max=5)]

    assert values.encode(Title, Title(text="hi")) == b"hi"
    assert values.decode(Title, b"") == Title(text="")


def test_text_of_one_size_keeps_its_place() -> None:
    """Fields follow each other in the order of declaration, text of a fixed number of octets like all others."""

    @struct
    class Country:
        code: Annotated[str, Utf8(min=2, max=2)]
        region: Annotated[str, Utf8(min=3, max=3)]
        number: UInt16

    value = Country(code="DE", region="BAY", number=0x0102)
    assert values.encode(Country, value) == b"DEBAY\x02\x01"
    assert values.decode(Country, b"DEBAY\x02\x01") == value


def test_defaults_fill_in() -> None:
    """A field with a default may be left out; the others may not; all are given by name."""
    assert Schedule(mode=Mode.OFF, start=0) == Schedule(mode=Mode.OFF, start=0, target=2100, label="")
    with pytest.raises(TypeError, match="start"):
        Schedule(mode=Mode.OFF)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        Schedule(Mode.OFF, 0)  # type: ignore[call-arg]


def test_a_default_factory_makes_a_value_each_time() -> None:
    """``attrs.field(factory=…)`` works as in any attrs class."""
    fresh = iter(range(9))

    @struct
    class Numbered:
        number: UInt8 = attrs.field(factory=lambda: next(fresh))

    assert values.encode(Numbered, Numbered()) == b"\x00"
    assert values.encode(Numbered, Numbered()) == b"\x01"


def test_structs_are_immutable_attrs_classes() -> None:
    """They evolve, compare, hash and print as attrs classes do, and never change."""
    value = Schedule(mode=Mode.OFF, start=5)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        value.start = 6  # type: ignore[misc]
    later = attrs.evolve(value, start=6)  # type: ignore[misc]  # checkers see a dataclass
    assert later == Schedule(mode=Mode.OFF, start=6) != value
    assert len({value, later, Schedule(mode=Mode.OFF, start=5)}) == 2
    assert "start=5" in repr(value)
    assert Schedule.__doc__ == "A thermostat's programme."


def test_types_of_one_name_do_not_mix() -> None:
    """Two enumerations called ``Mode`` and two structs called ``Inner`` in one struct stay what they are."""

    def first() -> SimpleNamespace:
        class Mode(enum.IntEnum):
            ONE = 1

        @struct
        class Inner:
            mode: Mode

        return SimpleNamespace(Mode=Mode, Inner=Inner)

    def second() -> SimpleNamespace:
        class Mode(enum.IntEnum):
            TWO = 2

        @struct
        class Inner:
            mode: Mode
            number: UInt8

        return SimpleNamespace(Mode=Mode, Inner=Inner)

    one, two = first(), second()
    hints = {"a": one.Mode, "b": two.Mode, "c": one.Inner, "d": two.Inner, "e": one.Mode}
    both: Any = struct(type("Both", (), {"__annotations__": hints}))
    value = both(
        a=one.Mode.ONE,
        b=two.Mode.TWO,
        c=one.Inner(mode=one.Mode.ONE),
        d=two.Inner(mode=two.Mode.TWO, number=9),
        e=one.Mode.ONE,
    )
    assert values.encode(both, value) == bytes([1, 2, 1, 2, 9, 1])
    assert values.decode(both, bytes([1, 2, 1, 2, 9, 1])) == value
    with pytest.raises(DecodeError, match=r"Both\.d\.mode"):
        values.decode(both, bytes([1, 2, 1, 1, 9, 1]))


def test_two_runs_of_octets_of_one_size_do_not_mix() -> None:
    """Helpers of equal name in the generated code are told apart."""

    @struct
    class Keys:
        left: Annotated[bytes, Octets(2)]
        number: UInt8
        right: Annotated[bytes, Octets(2)]
        longer: Annotated[bytes, Octets(21)]

    value = Keys(left=b"ab", number=1, right=b"cd", longer=bytes(21))
    assert values.encode(Keys, value) == b"ab\x01cd" + bytes(21)
    assert values.decode(Keys, values.encode(Keys, value)) == value


@pytest.mark.parametrize(
    "name",
    ["value", "octets", "slot_0", "pack_0", "unpack_0", "pack_tail", "unpack_tail", "pack", "len", "isinstance"],
)
def test_a_class_may_be_called_like_anything_in_generated_code(name: str) -> None:
    """Names that people choose and names that the generator needs do not meet."""
    hints = {"number": UInt16, "text": Annotated[str, Utf8(max=5)]}
    cls: Any = struct(type(name, (), {"__annotations__": hints}))
    value = cls(number=1, text="x")
    assert values.encode(cls, value) == b"\x01\x00x"
    assert values.decode(cls, b"\x01\x00x") == value


def test_an_enumeration_may_have_any_name() -> None:
    """Names made at run time need not be identifiers."""
    functional: Any = enum.IntEnum
    mode = functional("Room mode", {"OFF": 0, "ON": 1})
    cls: Any = struct(type("Holder", (), {"__annotations__": {"mode": mode}}))
    assert values.decode(mode, b"\x01") is mode.ON
    assert values.decode(cls, b"\x01") == cls(mode=mode.ON)


def test_private_fields_are_named_as_attrs_names_them() -> None:
    """``_number`` is ``number=`` in the constructor of an attrs class, and decodes all the same."""

    @struct
    class Hidden:
        _number: UInt8

    hidden: Any = Hidden
    assert values.encode(Hidden, hidden(number=7)) == b"\x07"
    assert values.decode(Hidden, b"\x07") == hidden(number=7)


def test_class_variables_are_no_fields() -> None:
    """``ClassVar`` has no octets."""

    @struct
    class Versioned:
        version: ClassVar[int] = 3
        number: UInt8

    assert values.size(Versioned) == (1, 1)
    assert Versioned.version == 3


def test_a_struct_extends_another() -> None:
    """Fields of the base come first, as in the constructor."""

    @struct
    class Longer(Reading):
        extra: UInt16

    value = Longer(kind=1, count=2, ratio=0.5, state=Mode.OFF, extra=0x0304)
    assert values.encode(Longer, value)[-2:] == b"\x04\x03"
    assert len(values.encode(Longer, value)) == values.size(Reading)[0] + 2
    assert values.decode(Longer, values.encode(Longer, value)) == value


def test_an_instance_of_a_subclass_is_an_instance() -> None:
    """Where a struct is expected, one of a subclass goes out as the struct's own fields."""

    class Special(Reading):
        pass

    plain = Reading(kind=1, count=2, ratio=0.5, state=Mode.OFF)
    special = Special(kind=1, count=2, ratio=0.5, state=Mode.OFF)
    assert values.encode(Reading, special) == values.encode(Reading, plain)


def test_another_struct_of_equal_fields_is_refused() -> None:
    """Structs are told apart by their class, not by their shape."""

    @struct
    class One:
        number: UInt8

    @struct
    class Other:
        number: UInt8

    with pytest.raises(EncodeError, match="expected a One, got"):
        values.encode(One, Other(number=1))


def encode_schedule(**changes: Any) -> bytes:
    made = Schedule(**{"mode": Mode.OFF, "start": 0, **changes})
    return values.encode(Named, Named(number=0, schedule=made))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": 70000}, "Named.schedule.start: expected 0 … 65535 (uint16), got 70000"),
        ({"start": None}, "Named.schedule.start: expected an int, 0 … 65535 (uint16), got None"),
        ({"target": -32769}, "Named.schedule.target: expected -32768 … 32767 (sint16), got -32769"),
        ({"mode": 2}, "Named.schedule.mode: expected OFF (0x0), HEAT (0x1) (Mode, uint8), got 2"),
        ({"label": 5}, "Named.schedule.label: expected text of 0 … 12 octets in UTF-8 (utf8s), got 5"),
        (
            {"label": "x" * 13},
            f"Named.schedule.label: expected text of 0 … 12 octets in UTF-8 (utf8s), not 13, got {'x' * 13!r}",
        ),
    ],
    ids=["beyond", "none", "below", "member", "type", "long"],
)
def test_a_refused_value_is_named_by_its_path(changes: Any, message: str) -> None:
    """The message has the exact path, what is allowed there and what was found."""
    with pytest.raises(EncodeError) as caught:
        encode_schedule(**changes)
    assert str(caught.value) == message
    assert message == f"{caught.value.path}: expected {caught.value.expected}, got {caught.value.got!r}"


def test_the_outermost_path_is_the_struct() -> None:
    """A struct that is encoded by itself begins the path with its name."""
    with pytest.raises(EncodeError, match=r"^Schedule\.start: expected 0 … 65535 \(uint16\), got 70000$"):
        values.encode(Schedule, Schedule(mode=Mode.OFF, start=70000))


def test_a_nested_struct_of_the_wrong_class_is_named_by_its_path() -> None:
    """A struct in the place of another is found where it stands."""
    pair: Any = Pair
    good = Reading(kind=1, count=2, ratio=0.5, state=Mode.OFF)
    with pytest.raises(EncodeError, match=r"^Pair\.second: expected a Reading, got 5$"):
        values.encode(Pair, pair(first=good, gap=0, second=5))


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        ("0002010000" + "0000", "Named.schedule.mode: expected OFF (0x0), HEAT (0x1) (Mode, uint8), got 02"),
        ("000000000000" + "ff", "Named.schedule.label: expected text of 0 … 12 octets in UTF-8 (utf8s), got ff"),
    ],
    ids=["member", "text"],
)
def test_refused_octets_are_named_by_their_path(octets: str, message: str) -> None:
    """The message has the exact path, what is allowed there and the octets in question only."""
    with pytest.raises(DecodeError) as caught:
        values.decode(Named, bytes.fromhex(octets))
    assert str(caught.value) == message
    assert not isinstance(caught.value, LengthError)


@pytest.mark.parametrize("length", [0, 5, 19, 600])
def test_too_few_or_too_many_octets_are_a_length_error(length: int) -> None:
    """A length that no value of the struct has is told as such, with the lengths that it may have."""
    with pytest.raises(LengthError, match=r"^Named: expected 6 … 18 octets \(Named\), got "):
        values.decode(Named, bytes(length))


def test_a_fixed_struct_has_one_length() -> None:
    """Without a tail there is no room for one octet more or less."""
    assert values.size(Mixed) == (25, 25)
    for length in (24, 26):
        with pytest.raises(LengthError, match=r"Mixed: expected 25 octets \(Mixed\)"):
            values.decode(Mixed, bytes(length))


def test_wide_integers_are_no_wider_than_they_say() -> None:
    """24, 40 and 48 bits take their octets and no padding."""

    @struct
    class Counters:
        first: UInt24
        second: UInt24

    assert values.encode(Counters, Counters(first=0x010203, second=0x040506)) == bytes.fromhex("030201060504")
    with pytest.raises(EncodeError, match=r"Counters\.second: expected 0 … 16777215"):
        values.encode(Counters, Counters(first=0, second=1 << 24))


def test_structs_of_the_same_fields_have_equal_bytes_but_codecs_of_their_own() -> None:
    """``values.codec`` gives one codec per type, the same at every request."""
    assert values.codec(Schedule) is values.codec(Schedule)
    assert values.codec(Schedule) != values.codec(Reading)
    assert values.codec(UInt16) == values.codec(Annotated[int, Integer(2)])
