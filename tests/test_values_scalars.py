"""Numbers and booleans, against the standard library as the judge."""

from __future__ import annotations

import math
import struct as stdlib
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import (
    BigEndian,
    DecodeError,
    EncodeError,
    Float32,
    Float64,
    LengthError,
    SInt8,
    SInt16,
    SInt24,
    SInt32,
    SInt40,
    SInt48,
    SInt64,
    UInt8,
    UInt16,
    UInt24,
    UInt32,
    UInt40,
    UInt48,
    UInt64,
    values,
)
from tests.strategies import law

INTEGERS: dict[str, tuple[Any, int, bool]] = {
    "UInt8": (UInt8, 1, False),
    "UInt16": (UInt16, 2, False),
    "UInt24": (UInt24, 3, False),
    "UInt32": (UInt32, 4, False),
    "UInt40": (UInt40, 5, False),
    "UInt48": (UInt48, 6, False),
    "UInt64": (UInt64, 8, False),
    "SInt8": (SInt8, 1, True),
    "SInt16": (SInt16, 2, True),
    "SInt24": (SInt24, 3, True),
    "SInt32": (SInt32, 4, True),
    "SInt40": (SInt40, 5, True),
    "SInt48": (SInt48, 6, True),
    "SInt64": (SInt64, 8, True),
}
FLOATS: dict[str, tuple[Any, str]] = {
    "Float32": (Float32, "<f"),
    "Float64": (Float64, "<d"),
    "Float32 big": (Annotated[Float32, BigEndian()], ">f"),
    "Float64 big": (Annotated[Float64, BigEndian()], ">d"),
}
LARGEST_FLOAT32 = stdlib.unpack("<f", bytes.fromhex("ffff7f7f"))[0]

every_integer = pytest.mark.parametrize("name", INTEGERS)
both_orders = pytest.mark.parametrize("order", ["little", "big"])
every_float = pytest.mark.parametrize(("hint", "layout"), FLOATS.values(), ids=FLOATS)


def ordered(hint: Any, order: str) -> Any:
    return hint if order == "little" else Annotated[hint, BigEndian()]


def bounds(width: int, *, signed: bool) -> tuple[int, int]:
    """The bounds of two's complement, by the textbook."""
    return (-(2 ** (8 * width - 1)), 2 ** (8 * width - 1) - 1) if signed else (0, 2 ** (8 * width) - 1)


@every_integer
@both_orders
def test_an_integer_takes_its_bounds_and_nothing_beyond(name: str, order: Any) -> None:
    """Both bounds go out as ``int.to_bytes`` writes them and come back; their neighbours outside are refused."""
    base, width, signed = INTEGERS[name]
    hint = ordered(base, order)
    low, high = bounds(width, signed=signed)
    for value in (low, low + 1, 0, 1, high - 1, high):
        octets = value.to_bytes(width, order, signed=signed)
        assert values.encode(hint, value) == octets
        assert values.decode(hint, octets) == value
    for value in (low - 1, high + 1):
        with pytest.raises(EncodeError) as caught:
            values.encode(hint, value)
        assert f"{low} … {high}" in str(caught.value)
        assert caught.value.got == value


@every_integer
@both_orders
@law
@given(data=st.data())
def test_an_integer_is_what_int_to_bytes_says(name: str, order: Any, data: st.DataObject) -> None:
    """Any value of any width, sign and byte order agrees with the standard library, both ways."""
    base, width, signed = INTEGERS[name]
    low, high = bounds(width, signed=signed)
    value = data.draw(st.integers(low, high))
    octets = value.to_bytes(width, order, signed=signed)
    assert values.encode(ordered(base, order), value) == octets
    assert values.decode(ordered(base, order), octets) == value


@every_integer
@both_orders
@law
@given(data=st.data())
def test_every_run_of_octets_is_an_integer(name: str, order: Any, data: st.DataObject) -> None:
    """Every octet string of the right width means a number, and that number means these octets."""
    base, width, signed = INTEGERS[name]
    octets = data.draw(st.binary(min_size=width, max_size=width))
    value = values.decode(ordered(base, order), octets)
    assert value == int.from_bytes(octets, order, signed=signed)
    assert type(value) is int
    assert values.encode(ordered(base, order), value) == octets


@pytest.mark.parametrize(("hint", "signed"), [(UInt8, False), (SInt8, True)], ids=["UInt8", "SInt8"])
def test_all_256_octets_are_integers(hint: Any, *, signed: bool) -> None:
    """Eight bits are few enough to try all of them."""
    for number in range(256):
        octets = bytes([number])
        assert values.decode(hint, octets) == int.from_bytes(octets, "little", signed=signed)
        assert values.encode(hint, values.decode(hint, octets)) == octets


@every_integer
def test_big_endian_is_little_endian_turned_around(name: str) -> None:
    """``BigEndian`` and ``BigEndian()`` reverse the octets and change nothing else."""
    hint, width, _ = INTEGERS[name]
    value = int.from_bytes(bytes(range(1, width + 1)), "big")
    turned = values.encode(hint, value)[::-1]
    assert values.encode(Annotated[hint, BigEndian()], value) == turned
    assert values.encode(Annotated[hint, BigEndian], value) == turned


@every_integer
def test_an_integer_has_one_length(name: str) -> None:
    """One octet too few or too many is a ``LengthError`` that says how many there should be."""
    hint, width, _ = INTEGERS[name]
    for octets in (b"", bytes(width - 1), bytes(width + 1), bytes(512)):
        with pytest.raises(LengthError, match=rf"expected {width} octets? \(.int{8 * width}\)") as caught:
            values.decode(hint, octets)
        assert caught.value.octets == octets
    assert values.size(hint) == (width, width)


def test_false_is_0_and_true_is_1() -> None:
    """Of the 256 octets just two are booleans, and decoding gives the real ``True`` and ``False``."""
    assert [values.encode(bool, value) for value in (False, True)] == [b"\x00", b"\x01"]
    assert values.decode(bool, b"\x00") is False
    assert values.decode(bool, b"\x01") is True
    assert values.size(bool) == (1, 1)
    for number in range(2, 256):
        with pytest.raises(DecodeError, match="True or False") as caught:
            values.decode(bool, bytes([number]))
        assert not isinstance(caught.value, LengthError)


@pytest.mark.parametrize("octets", [b"", b"\x00\x00"], ids=["none", "two"])
def test_a_boolean_is_one_octet(octets: bytes) -> None:
    """Neither no octet nor two are a boolean."""
    with pytest.raises(LengthError):
        values.decode(bool, octets)


@every_float
@law
@given(data=st.data())
def test_a_float_is_what_struct_says(hint: Any, layout: str, data: st.DataObject) -> None:
    """Every number of the width, infinities and zeros of both signs among them, agrees with ``struct``."""
    width: Any = 8 * stdlib.calcsize(layout)
    value = data.draw(st.floats(width=width, allow_nan=False))
    octets = stdlib.pack(layout, value)
    assert values.encode(hint, value) == octets
    assert stdlib.pack(layout, values.decode(hint, octets)) == octets


@every_float
@law
@given(data=st.data())
def test_every_run_of_octets_is_a_float(hint: Any, layout: str, data: st.DataObject) -> None:
    """Octets that are a number come back unchanged; those that are none decode to NaN, which encodes to a NaN."""
    size = stdlib.calcsize(layout)
    octets = data.draw(st.binary(min_size=size, max_size=size))
    value = values.decode(hint, octets)
    again = values.encode(hint, value)
    if math.isnan(value):
        assert math.isnan(stdlib.unpack(layout, octets)[0])
        assert math.isnan(stdlib.unpack(layout, again)[0])
    else:
        assert again == octets


@every_float
def test_a_float_has_one_length(hint: Any, layout: str) -> None:
    """One octet too few or too many is a ``LengthError``."""
    size = stdlib.calcsize(layout)
    assert values.size(hint) == (size, size)
    for wrong in (0, size - 1, size + 1):
        with pytest.raises(LengthError, match=f"expected {size} octets"):
            values.decode(hint, bytes(wrong))


@pytest.mark.parametrize("order", ["little", "big"])
def test_float32_ends_at_its_largest_number(order: str) -> None:
    """The largest binary32 number fits; one that would round to infinity is refused instead."""
    hint = ordered(Float32, order)
    for sign in (1, -1):
        assert values.decode(hint, values.encode(hint, sign * LARGEST_FLOAT32)) == sign * LARGEST_FLOAT32
        with pytest.raises(EncodeError, match=r"±3\.4e38 \(float32"):
            values.encode(hint, sign * LARGEST_FLOAT32 * 1.0001)


def test_float64_takes_no_integer_beyond_its_range() -> None:
    """Integers are numbers, too, up to the largest binary64."""
    assert values.encode(Float64, 3) == stdlib.pack("<d", 3.0)
    with pytest.raises(EncodeError, match=r"±1\.8e308 \(float64\)"):
        values.encode(Float64, 10**309)


@pytest.mark.parametrize("octets", ["4402", [0x44, 0x02], 0x4402], ids=["text", "list", "int"])
def test_octets_are_bytes(octets: Any) -> None:
    """Whoever has hexadecimal digits or a list instead learns what makes bytes of them."""
    with pytest.raises(TypeError, match=r"octets are bytes, not .*bytes\.fromhex"):
        values.decode(UInt16, octets)
