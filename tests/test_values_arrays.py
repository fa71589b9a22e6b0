"""Arrays: values of one type behind each other."""

from __future__ import annotations

import inspect
import linecache
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import DecodeError, EncodeError, Fault, LengthError, struct, values
from gattschema.values import (
    BigEndian,
    Count,
    Float32,
    Length,
    MedFloat16,
    Octets,
    Presence,
    Range,
    Scale,
    SInt24,
    UInt4,
    UInt8,
    UInt16,
    UInt24,
    Utf8,
    Utf16,
    Uuid16,
    derived,
)
from tests.sig.strategies import same, values_of
from tests.strategies import Colour, law

WORDS = Annotated[str, Utf8(max=6, terminated=True)]


@struct
class Sized:
    size: Length[UInt8] = derived()
    flags: Presence[UInt8] = derived()
    number: UInt8 | None = None
    text: Annotated[str, Utf8(max=4)] = ""


@struct
class Plain:
    size: Length[UInt8] = derived()
    number: UInt24


ELEMENTS: dict[str, Any] = {
    "uint8": UInt8,
    "uint24": UInt24,
    "sint24 big": Annotated[SInt24, BigEndian()],
    "four bits": UInt4,
    "scaled": Annotated[float, UInt16, Scale(decimal=-2), Range(0, 100)],
    "scaled of three octets": Annotated[float, SInt24, Scale(decimal=-2)],
    "medfloat": MedFloat16,
    "member": Colour,
    "bool": bool,
    "octets": Annotated[bytes, Octets(3)],
    "nothing": Annotated[bytes, Octets(0)],
    "uuid": Uuid16,
    "padded text": Annotated[str, Utf8(4)],
    "ended text": WORDS,
    "sized struct": Sized,
    "sized struct of one size": Plain,
    "pairs": Annotated[tuple[UInt8, ...], Count(2)],
}
COUNTS: dict[str, Any] = {
    "any": None,
    "three": Count(3),
    "up to four": Count(max=4),
    "two to four": Count(min=2, max=4),
}


@pytest.mark.parametrize("element", ELEMENTS.values(), ids=ELEMENTS)
@pytest.mark.parametrize("count", COUNTS.values(), ids=COUNTS)
@law
@given(data=st.data())
def test_elements_follow_each_other(element: Any, count: Count | None, data: st.DataObject) -> None:
    """An array is the octets of its elements; it has as many as it may, and comes back as a tuple."""
    hint = tuple[element, ...] if count is None else Annotated[tuple[element, ...], count]
    made = values.codec(hint)
    elements = data.draw(st.lists(values_of(values.codec(element).kind), max_size=6))
    octets = b"".join(values.encode(element, each) for each in elements)
    fits = made.kind.fewest <= len(elements) <= made.kind.most_elements
    if not fits:
        with pytest.raises(EncodeError) as caught:
            made.encode(tuple(elements))
        assert caught.value.expected.startswith(f"a tuple of {made.kind.count} values, each ")
        return
    assert made.encode(tuple(elements)) == octets
    with pytest.raises(EncodeError, match="expected a tuple of "):
        made.encode(elements)  # type: ignore[arg-type]  (a list could change later without a word)
    if octets or not elements or not made.kind.greedy:
        assert same(made.decode(octets), tuple(elements))


@pytest.mark.parametrize("element", ELEMENTS.values(), ids=ELEMENTS)
@law
@given(octets=st.binary(max_size=14))
def test_octets_are_elements_or_refused(element: Any, octets: bytes) -> None:
    """Whatever arrives is a tuple that the kind and the fast path agree on, or a ``DecodeError``."""
    made = values.codec(Annotated[tuple[element, ...], Count(min=1, max=4)])
    try:
        value = made.decode(octets)
    except DecodeError as error:
        assert str(error) == str(made.kind.refuse_octets(octets, made.kind.label))  # noqa: PT017
    else:
        assert 1 <= len(value) <= 4
        assert same(made.kind.unpack(octets), value)
        assert same(made.decode(made.encode(value)), value)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ((1, 2, 300), "[2]"),
        ((1, "x"), "[1]"),
        ((1, None), "[1]"),
        ((), ""),
        ((1, 2, 3, 4), ""),
        (5, ""),
        (None, ""),
        ("abc", ""),
        (iter([1]), ""),
    ],
    ids=range(9),
)
def test_a_wrong_element_is_named_by_its_index(value: Any, path: str) -> None:
    """The path has the index of the first bad one; a wrong number of them is that of the array."""
    hint = Annotated[tuple[UInt8, ...], Count(min=1, max=3)]
    with pytest.raises(EncodeError) as caught:
        values.codec(hint).encode(value, "Room.levels")
    assert caught.value.path == f"Room.levels{path}"


def test_wrong_octets_are_named_by_their_index() -> None:
    """The octets in question are those of the element; a wrong number of octets is a ``LengthError``."""
    hint = Annotated[tuple[Annotated[float, UInt16, Scale(decimal=-2), Range(0, 100)], ...], Count(min=1, max=3)]
    with pytest.raises(DecodeError) as caught:
        values.codec(hint).decode(bytes.fromhex("0100" + "ffff" + "0200"), "Room.levels")
    assert (caught.value.path, caught.value.octets) == ("Room.levels[1]", b"\xff\xff")
    with pytest.raises(LengthError, match=r"^Room\.levels\[1\]: expected 2 octets"):
        values.codec(hint).decode(b"\x01\x00\x02", "Room.levels")
    for octets in (b"", bytes(8)):
        with pytest.raises(LengthError, match=r"^Room\.levels: expected 1 … 3 values of 2 octets"):
            values.codec(hint).decode(octets, "Room.levels")
    with pytest.raises(DecodeError, match=r"^Words\[1\]"):
        values.codec(tuple[WORDS, ...]).decode(b"ab\0cd", "Words")


def test_big_endian_turns_the_elements() -> None:
    """The mark stands on the array, the class or its instance, or on the element, or on the struct."""
    for mark in (BigEndian, BigEndian()):
        assert values.encode(Annotated[tuple[UInt16, ...], mark], (1, 2)).hex() == "00010002"
        assert values.encode(Annotated[tuple[Float32, ...], mark], (1.0,)).hex() == "3f800000"
    nested = Annotated[tuple[Annotated[tuple[UInt16, ...], Count(1)], ...], BigEndian()]
    assert values.encode(nested, ((1,), (2,))).hex() == "00010002"
    assert values.encode(Annotated[tuple[Annotated[str, Utf16(2)], ...], BigEndian()], ("a",)).hex() == "0061"

    @struct(byteorder="big")
    class Big:
        number: UInt8
        many: tuple[UInt16, ...]

    assert values.encode(Big, Big(number=1, many=(2,))).hex() == "010002"
    assert values.decode(Big, bytes.fromhex("010002")) == Big(number=1, many=(2,))


FAULTS: dict[str, Any] = {
    "a bare tuple": tuple,
    "a pair": tuple[UInt8, UInt16],
    "one": tuple[UInt8],
    "an element that takes the rest": tuple[Annotated[str, Utf8(max=5)], ...],
    "an array of any": tuple[tuple[UInt8, ...], ...],
    "an element without a size": tuple[int, ...],
    "too many": Annotated[tuple[UInt16, ...], Count(257)],
    "a layout of its own": Annotated[tuple[UInt16, ...], UInt8],
    "no byte order": Annotated[tuple[bool, ...], BigEndian()],
    "a scale": Annotated[tuple[UInt16, ...], Scale(decimal=-1)],
    "a count of one": Annotated[UInt16, Count(3)],
    "None": tuple[UInt8 | None, ...],
}


@pytest.mark.parametrize("hint", FAULTS.values(), ids=FAULTS)
def test_an_array_that_cannot_be_is_a_fault(hint: Any) -> None:
    """Each says what was found, what is allowed and what to write."""
    with pytest.raises(Fault) as caught:
        values.codec(hint)
    assert caught.value.finding
    assert caught.value.allowed
    assert caught.value.instead


def test_what_the_faults_offer_works() -> None:
    """The code in their last lines compiles."""
    for hint in (FAULTS["a pair"], FAULTS["too many"], FAULTS["a count of one"]):
        with pytest.raises(Fault) as caught:
            values.codec(hint)
        offer = caught.value.instead.split(", or ")[0]
        made = eval(offer, {"Annotated": Annotated, **vars(values)})  # noqa: S307  (our own message)
        assert values.size(made if not isinstance(made, Count) else Annotated[tuple[UInt16, ...], made])


def test_nothing_is_compiled_twice() -> None:
    """Encoding arrays of arrays leaves no generated code behind."""
    hint = Annotated[tuple[Annotated[tuple[UInt8, ...], Count(2)], ...], Count(3)]
    values.encode(hint, ((1, 2),) * 3)
    before = len(linecache.cache)
    for _ in range(20):
        values.decode(hint, values.encode(hint, ((1, 2),) * 3))
    assert len(linecache.cache) == before


def test_the_generated_functions_can_be_read() -> None:
    """``inspect.getsource`` shows them, of arrays and of single values."""
    for hint in (tuple[UInt24, ...], Annotated[float, UInt16, Scale(decimal=-2)]):
        made = values.codec(hint)
        assert inspect.getsource(made.pack).startswith("def pack(")
        assert inspect.getsource(made.unpack).startswith("def unpack(octets)")


@pytest.mark.parametrize("element", ELEMENTS.values(), ids=ELEMENTS)
def test_an_array_says_how_many_of_what(element: Any) -> None:
    """Its label, its allowed values and its example are made of those of its elements."""
    made = values.codec(Annotated[tuple[element, ...], Count(min=1, max=3)])
    inner = values.codec(element).kind
    assert made.kind.label == f"{inner.label}[1 … 3]"
    assert made.kind.allowed == f"1 … 3 of {inner.allowed}"
    assert made.kind.pack(made.kind.example) == made.encode(made.kind.example)
    with pytest.raises((TypeError, ValueError)):
        made.kind.pack("abc")
