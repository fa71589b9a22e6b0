"""Numbers of fewer bits than an octet, neighbours that share octets, and values that live in flags."""

from __future__ import annotations

import enum
from itertools import product
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import DecodeError, EncodeError, OpenEnum, SchemaError, struct, values
from gattschema.values import (
    BigEndian,
    Bits,
    Fault,
    Float32,
    Presence,
    Range,
    Scale,
    SInt8,
    SInt12,
    SInt16,
    UInt1,
    UInt2,
    UInt4,
    UInt8,
    UInt12,
    UInt16,
    UInt24,
    UInt32,
    UInt64,
    Unknown,
    When,
    Widths,
    derived,
)
from tests.strategies import law

FEW = {"UInt1": (UInt1, 1), "UInt2": (UInt2, 2), "UInt4": (UInt4, 4), "UInt12": (UInt12, 12)}


@pytest.mark.parametrize(("hint", "bits"), FEW.values(), ids=FEW)
def test_alone_a_few_bits_are_the_lowest_of_their_octets(hint: Any, bits: int) -> None:
    """Every number that the bits hold comes back; what has other bits set is refused."""
    width = 1 if bits < 8 else 2
    for number in range(1 << bits):
        octets = number.to_bytes(width, "little")
        assert values.encode(hint, number) == octets
        assert values.decode(hint, octets) == number
    for wrong in (1 << bits, -1, "1", 0.5, None):
        with pytest.raises(EncodeError, match=f"0 … {(1 << bits) - 1}"):
            values.encode(hint, wrong)
    for above in (1 << bits, (1 << 8 * width) - 1):
        with pytest.raises(DecodeError):
            values.decode(hint, above.to_bytes(width, "little"))


def test_twelve_bits_have_a_sign() -> None:
    """-2048 … 2047 in two's complement; the four bits above stay clear."""
    for number in range(-2048, 2048):
        octets = (number & 0xFFF).to_bytes(2, "little")
        assert values.encode(SInt12, number) == octets
        assert values.decode(SInt12, octets) == number
    for wrong in (-2049, 2048):
        with pytest.raises(EncodeError):
            values.encode(SInt12, wrong)
    with pytest.raises(DecodeError):
        values.decode(SInt12, b"\xff\xff")


class Level(enum.IntEnum):
    LOW = 0
    HIGH = 3


class Mode(OpenEnum):
    OFF = 0


@struct
class Shared:
    """24 bits: 12, 12; then 8: 1, 1, 2, 4."""

    left: Annotated[int, UInt12]
    right: Annotated[float, SInt12, Scale(decimal=-1)]
    on: UInt1
    other: UInt1
    level: Annotated[Level, UInt2]
    mode: Annotated[Mode, UInt4]


@law
@given(number=st.integers(0, 2**32 - 1), level=st.sampled_from(Level))
def test_neighbours_share_octets_the_first_in_the_lowest_bits(number: int, level: Level) -> None:
    """The octets are the numbers shifted one behind the other, whatever the fields make of them."""
    number = number & ~(3 << 26) | level << 26
    octets = number.to_bytes(4, "little")
    right = number >> 12 & 0xFFF
    value = Shared(
        left=number & 0xFFF,
        right=(right - 0x1000 * (right >= 0x800)) / 10,
        on=number >> 24 & 1,
        other=number >> 25 & 1,
        level=level,
        mode=Mode(number >> 28),
    )
    assert values.encode(Shared, value) == octets
    assert values.decode(Shared, octets) == value
    assert values.size(Shared) == (4, 4)


@pytest.mark.parametrize("field", ["left", "right", "on", "other", "level", "mode"])
@pytest.mark.parametrize("junk", [4096, -4096, "x", None, object()], ids=["high", "low", "text", "none", "object"])
def test_a_neighbour_that_does_not_fit_is_named(field: str, junk: Any) -> None:
    """It is refused, and never spills into the next one's bits."""
    good = {"left": 1, "right": 0.5, "on": 1, "other": 0, "level": Level.HIGH, "mode": Mode.OFF}
    with pytest.raises(EncodeError) as caught:
        values.encode(Shared, Shared(**good | {field: junk}))  # type: ignore[arg-type]
    assert caught.value.path == f"Shared.{field}"


def test_wrong_bits_are_named_by_their_field() -> None:
    """A number that is no member is found among its neighbours; the table says which bits it is."""
    with pytest.raises(DecodeError, match=r"^Shared\.level: expected LOW \(0x0\), HIGH \(0x3\)"):
        values.decode(Shared, bytes([0, 0, 0, 0b0100]))
    rows = {leaf.path: (leaf.offset, leaf.note) for leaf in values.codec(Shared).kind.leaves()}
    assert rows["left"] == (0, "bits 0 … 11")
    assert rows["right"] == (0, "bits 12 … 23")
    assert rows["on"] == (3, "bit 0")
    assert rows["mode"] == (3, "bits 4 … 7")


@law
@given(st.integers(0, 2**56 - 1))
def test_any_number_of_octets_is_shared(number: int) -> None:
    """Seven octets among eight neighbours, for which ``struct`` has no letter."""

    @struct
    class Seven:
        a: UInt1
        b: UInt12
        c: UInt12
        d: UInt12
        e: UInt12
        f: UInt4
        g: UInt2
        h: UInt1
        behind: UInt16

    octets = number.to_bytes(7, "little") + b"\x01\x02"
    value = values.decode(Seven, octets)
    assert (value.a, value.b, value.h) == (number & 1, number >> 1 & 0xFFF, number >> 55)
    assert values.encode(Seven, value) == octets


@pytest.mark.parametrize(
    ("hints", "where", "names"),
    [
        ({"a": UInt4}, "a", "a take 4 bits"),
        ({"a": UInt12, "b": UInt8}, "a", "a take 12 bits"),
        ({"a": UInt4, "b": UInt4, "c": UInt8, "d": UInt4}, "d", "d take 4 bits"),
        ({"a": UInt8, "b": UInt2, "c": UInt4}, "c", "b and c take 6 bits"),
    ],
)
def test_neighbours_fill_their_octets(hints: dict[str, Any], where: str, names: str) -> None:
    """Bits that are left over are a fault of the last one, which names just those that share."""
    with pytest.raises(SchemaError) as caught:
        struct(type("Made", (), {"__annotations__": hints}))
    (fault,) = caught.value.faults
    assert fault.where == where
    assert fault.finding.startswith(names)


@pytest.mark.parametrize(
    ("hints", "order"),
    [({"a": UInt4, "b": UInt4}, "big"), ({"a": Annotated[UInt12, BigEndian()], "b": UInt4}, "little")],
    ids=["in a big struct", "with a mark"],
)
def test_shared_octets_have_one_order_of_bits(hints: dict[str, Any], order: Any) -> None:
    """Where the first bits of big-endian octets stand is not clear, so the struct has to say it by ``Bits``."""
    with pytest.raises(SchemaError) as caught:
        struct(byteorder=order)(type("Made", (), {"__annotations__": hints}))
    assert "shares octets" in caught.value.faults[0].finding


@pytest.mark.parametrize(
    "mark", [When(bit=3), Bits(1), Widths(UInt8, UInt16, bit=0)], ids=lambda mark: type(mark).__name__
)
def test_marks_of_fields_belong_to_structs(mark: Any) -> None:
    """A type by itself has no flags: a mark that speaks of them is a fault, not passed over."""
    with pytest.raises(Fault, match=rf"{type(mark).__name__}\(…\) on a type by itself"):
        values.codec(Annotated[UInt8, mark])


@pytest.mark.parametrize("number", [Float32, Annotated[float, UInt8, Scale(decimal=-1)]], ids=["float", "scaled"])
def test_nothing_depends_on_a_rounded_number(number: Any) -> None:
    """The encoder would compare what was given, the decoder what is left of it."""
    hints = {"number": number, "part": Annotated[UInt8 | None, When(field="number", equals=1.0)]}
    with pytest.raises(SchemaError) as caught:
        struct(type("Made", (), {"__annotations__": hints, "part": None}))
    assert caught.value.faults[0].finding == "it depends on number, a number that is rounded"


# --- values in flags -------------------------------------------------------------------------------------------------


def with_bits(carrier: Any, hint: Any, first: int, last: int, *, order: Any = "little") -> Any:
    hints = {"flags": Presence[carrier], "value": Annotated[hint, Bits(first, last)], "behind": UInt8}
    return struct(byteorder=order)(type("Made", (), {"__annotations__": hints, "flags": derived()}))


CARRIERS = [(UInt8, 1), (UInt16, 2), (UInt24, 3), (UInt32, 4), (UInt64, 8)]


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize(("carrier", "width"), CARRIERS, ids=["8", "16", "24", "32", "64"])
@law
@given(data=st.data())
def test_a_number_lives_in_any_bits(carrier: Any, width: int, order: Any, data: st.DataObject) -> None:
    """From any bit to any other, in any word: what fits comes back, what does not is refused, the rest survives."""
    first = data.draw(st.integers(0, 8 * width - 1))
    last = data.draw(st.integers(first, 8 * width - 1))
    cls = with_bits(carrier, int, first, last, order=order)
    word = data.draw(st.integers(0, 256**width - 1))
    octets = word.to_bytes(width, order) + b"\x07"
    value = values.decode(cls, octets)
    high = 2 ** (last - first + 1) - 1
    assert value.value == word >> first & high
    assert values.encode(cls, value) == octets
    assert value.flags == word
    for wrong in (high + 1, -1):
        with pytest.raises(EncodeError) as caught:
            values.encode(cls, cls(value=wrong, behind=0))
        assert (caught.value.path, caught.value.got) == ("Made.value", wrong)


HINTS: dict[str, tuple[Any, int, int, Any, Any]] = {
    "bool": (bool, 3, 3, True, 2),
    "open": (Mode, 0, 7, Mode(200), 256),
    "open, few": (Mode, 4, 5, Mode(2), 4),
    "closed": (Level, 1, 2, Level.HIGH, 1),
    "sign": (SInt8, 0, 7, -1, 128),
    "sign, 16": (SInt16, 8, 23, -300, 1 << 15),
    "sign, 12": (SInt12, 4, 15, -5, 2048),
    "scaled": (Annotated[float, Scale(decimal=-1)], 3, 9, 12.7, 12.8),
    "scaled, 17": (Annotated[float, Scale(decimal=-1)], 3, 19, 13107.1, 13107.2),
    "scaled, 24": (Annotated[float, UInt24, Scale(decimal=-1)], 0, 23, 1677721.5, 1677721.6),
    "ranged": (Annotated[int, Range(1, 5)], 0, 2, 5, 6),
    "not known": (Annotated[float | None, Scale(), Unknown(15)], 4, 7, None, 15),
}


@pytest.mark.parametrize(("hint", "first", "last", "good", "bad"), HINTS.values(), ids=HINTS)
def test_any_type_that_a_number_carries_lives_in_bits(hint: Any, first: int, last: int, good: Any, bad: Any) -> None:
    """Members, truth values, signs and scales, with the neighbouring bits set: none spills into another's place."""
    cls = with_bits(UInt32, hint, first, last)
    mask = sum(1 << bit for bit in range(first, last + 1))
    value = cls(value=good, behind=7, flags_reserved=0xFFFFFFFF & ~mask)
    octets = values.encode(cls, value)
    assert values.decode(cls, octets) == value
    assert int.from_bytes(octets[:4], "little") | mask == 0xFFFFFFFF
    assert value.flags == int.from_bytes(octets[:4], "little")
    with pytest.raises(EncodeError) as caught:
        values.encode(cls, cls(value=bad, behind=7))
    assert caught.value.path == "Made.value"


def test_bits_that_mean_nothing_are_refused_by_name() -> None:
    """A closed enumeration in bits refuses the other numbers."""
    cls = with_bits(UInt8, Level, 1, 2)
    with pytest.raises(DecodeError, match=r"^Made\.value: expected LOW"):
        values.decode(cls, b"\x02\x00")
    rows = {leaf.path: leaf.note for leaf in values.codec(cls).kind.leaves()}
    assert rows["value"] == "bits 1 … 2 of flags"


def test_a_struct_of_bits_alone_is_its_word() -> None:
    """One word of flags and only bits: every octet is a value."""

    @struct
    class Status:
        word: Presence[UInt8] = derived()
        on: Annotated[bool, Bits(0)] = False
        level: Annotated[int, Bits(1, 3)] = 0
        mode: Annotated[Mode, Bits(6, 7)] = Mode.OFF

    for number in range(256):
        value = values.decode(Status, bytes([number]))
        assert (value.on, value.level, value.mode) == (bool(number & 1), number >> 1 & 7, number >> 6)
        assert values.encode(Status, value) == bytes([number])
        assert value.word == number
    for on, level, mode in product((False, True), range(8), range(4)):
        assert values.encode(Status, Status(on=on, level=level, mode=Mode(mode))) == bytes(
            [on | level << 1 | mode << 6]
        )
