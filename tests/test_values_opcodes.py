"""Structs that begin with an opcode, and unions of them: what control points are made of."""

from __future__ import annotations

import enum
from typing import Annotated, Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import DecodeError, EncodeError, Fault, LengthError, UnknownOperation, struct, values
from gattschema.values import Octets, Presence, SInt16, UInt8, UInt16, Utf8, When, derived
from tests.strategies import law


class Opcode(enum.IntEnum):
    RESET = 1
    RENAME = 3


@struct(opcode=Opcode.RESET)
class Reset:
    """Nothing but an opcode."""


@struct(opcode=0x02)
class Target:
    power: SInt16
    flags: Presence[UInt8] = derived()
    ramp: UInt8 | None = None


@struct(opcode=Opcode.RENAME)
class Rename:
    name: Annotated[str, Utf8(max=5)] = ""


@struct(opcode=b"\x01\x00")
class Start:
    number: UInt8


@struct(opcode=b"\x01\x01")
class Stop:
    pass


Point: TypeAlias = Reset | Target | Rename
Open: TypeAlias = Reset | Target | Rename | UnknownOperation
Long: TypeAlias = Start | Stop

OPERATIONS: dict[str, tuple[Any, Any, str]] = {
    "empty": (Point, Reset(), "01"),
    "number": (Point, Target(power=-2), "02feff00"),
    "optional": (Point, Target(power=256, ramp=7), "0200010107"),
    "text": (Point, Rename(name="abc"), "03616263"),
    "no text": (Point, Rename(), "03"),
    "two octets": (Long, Start(number=5), "010005"),
    "two octets alone": (Long, Stop(), "0101"),
}


@pytest.mark.parametrize(("hint", "value", "octets"), OPERATIONS.values(), ids=OPERATIONS)
def test_the_opcode_comes_first(hint: Any, value: Any, octets: str) -> None:
    """Alone and in the union, an operation is its opcode and its fields."""
    for type_ in (hint, type(value)):
        assert values.encode(type_, value).hex() == octets
        assert values.decode(type_, bytes.fromhex(octets)) == value
    least, most = values.size(hint)
    assert least <= len(octets) // 2 <= most


def test_the_size_is_that_of_the_shortest_and_the_longest() -> None:
    """… member of the union."""
    assert values.size(Point) == (1, 6)
    assert values.size(Long) == (2, 3)
    assert values.size(Open) == (1, 512)


@law
@given(st.binary(max_size=7))
def test_octets_are_an_operation_or_refused(octets: bytes) -> None:
    """What decodes encodes to the same octets, and its kind agrees with the union's fast path."""
    for hint in (Point, Open, Long):
        kind = values.codec(hint).kind
        try:
            value = values.decode(hint, octets)
        except DecodeError as error:
            assert str(kind.refuse_octets(octets, kind.label)) == str(error)  # noqa: PT017
        else:
            assert values.encode(hint, value) == octets
            assert kind.take(octets, 0) == (value, len(octets))


def test_an_unknown_opcode_is_refused_with_the_known_ones() -> None:
    """… unless ``UnknownOperation`` is a member, which keeps opcode and operand."""
    for octets in (b"\x09", b"", b"\x04\x00"):
        with pytest.raises(DecodeError, match=r"expected an opcode: 01 \(Reset\), 02 \(Target\), 03 \(Rename\), got"):
            values.decode(Point, octets)
    with pytest.raises(DecodeError, match=r"0100 \(Start\), 0101 \(Stop\), got 01$"):
        values.decode(Long, b"\x01")
    value = values.decode(Open, b"\x09\x01\x02")
    assert value == UnknownOperation(opcode=9, operand=b"\x01\x02")
    assert values.encode(Open, value) == b"\x09\x01\x02"
    with pytest.raises(LengthError, match=r"^UnknownOperation"):
        values.decode(Open, b"")


def test_a_known_opcode_is_no_unknown_operation() -> None:
    """An operation that a member describes goes out as that member; octets would be taken for it otherwise."""
    with pytest.raises(EncodeError, match=r"^UnknownOperation\.opcode: expected an opcode that is not that of Target"):
        values.encode(Open, UnknownOperation(opcode=2, operand=b"\x01"))
    with pytest.raises(EncodeError, match=r"^UnknownOperation\.opcode: expected 0 … 255"):
        values.encode(Open, UnknownOperation(opcode=256))


def test_the_path_names_the_operation() -> None:
    """Errors within a member say which it is."""
    with pytest.raises(EncodeError, match=r"^Target\.power: expected -32768 … 32767"):
        values.encode(Point, Target(power=99999))
    with pytest.raises(EncodeError, match=r"^Room\.point \(Target\)\.power"):
        values.codec(Point).encode(Target(power=99999), "Room.point")
    with pytest.raises(LengthError, match=r"^Target\.ramp: expected 1 octet"):
        values.decode(Point, bytes.fromhex("02010001"))
    with pytest.raises(DecodeError, match=r"^Room\.point\.power"):
        values.codec(Point).decode(b"\x02\x01", "Room.point")
    for wrong in (None, 5, b"\x01", Start(number=1)):
        with pytest.raises(EncodeError, match="expected one of Reset, Target, Rename, got"):
            values.encode(Point, wrong)


def test_the_wrong_opcode_is_refused_from_any_buffer() -> None:
    """A struct with an opcode alone takes only its own."""
    for make in (bytes, bytearray, memoryview):
        with pytest.raises(DecodeError, match=r"^Target: expected 02 \(the opcode of Target\), got 05"):
            values.decode(Target, make(b"\x05\x00\x00\x00"))
        assert values.decode(Point, make(b"\x02\x00\x00\x00")) == Target(power=0)


def test_an_instance_of_a_subclass_goes_out_as_the_member() -> None:
    """As everywhere: the fields of the struct that is declared."""

    class Special(Target):
        pass

    assert values.encode(Point, Special(power=1)) == values.encode(Point, Target(power=1))


def test_a_union_stands_in_a_struct() -> None:
    """Last if a member takes the rest, anywhere if each says where it ends; optional, too."""

    @struct
    class Event:
        number: UInt8
        what: Start | Stop
        flags: Presence[UInt8] = derived()
        then: Annotated[Reset | Rename | None, When(bit=0)] = None

    value = Event(number=1, what=Start(number=5), then=Rename(name="x"))
    assert values.encode(Event, value).hex() == "01" + "010005" + "01" + "0378"
    assert values.decode(Event, values.encode(Event, value)) == value
    assert values.decode(Event, bytes.fromhex("01010100")) == Event(number=1, what=Stop())
    for octets in ("01" + "0202" + "00", "01" + "0101" + "01" + "09"):
        with pytest.raises(DecodeError, match=r"^Event\.(what|then): expected an opcode"):
            values.decode(Event, bytes.fromhex(octets))
    paths = [(leaf.path, leaf.note) for leaf in values.codec(Event).kind.leaves()]
    assert ("what.Start.number", "if the opcode is 0100") in paths
    assert ("then.Rename.name", "if bit 0 of flags is set, if the opcode is 03") in paths


def test_the_opcode_of_an_operation() -> None:
    """… is that of its struct, or the one that came; what is no operation has none."""
    assert [values.opcode_of(each) for each in (Reset(), Target(power=1), UnknownOperation(opcode=9))] == [1, 2, 9]
    assert values.opcode_of(Stop()) == 0x0101
    for wrong in (5, Bare(number=1)):
        with pytest.raises(TypeError, match="is no operation"):
            values.opcode_of(wrong)


def test_a_union_has_an_example_and_a_label() -> None:
    """The first member; the names of three, the number of more."""
    kind = values.codec(Point).kind
    assert kind.example == Reset()
    assert kind.label == "Reset | Target | Rename"
    many: Any = Reset
    for number in range(10, 14):
        many |= struct(opcode=number)(type(f"Op{number}", (), {}))
    assert values.codec(many).kind.label == "one of 5 structs"


def test_a_struct_extends_an_operation() -> None:
    """The opcode is not inherited, the fields are."""

    @struct(opcode=0x22)
    class Longer(Reset):
        number: UInt16

    assert values.encode(Longer, Longer(number=1)) == b"\x22\x01\x00"
    assert values.encode(Reset | Longer, Longer(number=1)) == b"\x22\x01\x00"


@struct
class Bare:
    number: UInt8


@struct(opcode=1)
class Again:
    number: UInt8


FAULTS: dict[str, Any] = {
    "one without an opcode": Reset | Bare,
    "one opcode twice": Reset | Again,
    "opcodes of two sizes": Reset | Start,
    "two octets and the unknown": Start | UnknownOperation,
    "only the unknown and another": UnknownOperation | Bare,
    "a struct and a number": Reset | UInt8,
    "numbers": UInt8 | Annotated[str, Utf8(max=3)],
    "None": Point | None,
    "a layout of its own": Annotated[Point, Octets(3)],
}


@pytest.mark.parametrize("hint", FAULTS.values(), ids=FAULTS)
def test_a_union_that_cannot_be_is_a_fault(hint: Any) -> None:
    """Opcodes tell the members apart, all of one size, each once."""
    with pytest.raises(Fault) as caught:
        values.codec(hint)
    assert caught.value.finding
    assert caught.value.allowed
    assert caught.value.instead


@pytest.mark.parametrize("opcode", [256, -1, "1", 1.0], ids=repr)
def test_an_opcode_is_an_octet_or_octets(opcode: Any) -> None:
    """The fault shows both spellings."""
    with pytest.raises(Fault, match="the opcode is") as caught:
        struct(opcode=opcode)
    assert "opcode=0x01" in caught.value.instead
