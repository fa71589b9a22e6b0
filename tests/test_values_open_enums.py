"""``OpenEnum``: members have names, all other numbers are kept; ``@carrier`` says how wide a class is."""

from __future__ import annotations

import copy
import enum
import pickle
from typing import Annotated, Any

import pytest

from gattschema import DecodeError, EncodeError, Fault, LengthError, OpenEnum, struct, values
from gattschema.values import SInt8, UInt2, UInt4, UInt8, UInt16, carrier


class Location(OpenEnum):
    OTHER = 0
    CHEST = 1


@carrier(UInt16)
class Features(enum.IntFlag):
    FIRST = 1
    LAST = 0x8000


def test_every_octet_is_a_member() -> None:
    """Named numbers are the members, the others members of their own that encode back."""
    for number in range(256):
        value = values.decode(Location, bytes([number]))
        assert type(value) is Location
        assert value == number
        assert values.encode(Location, value) == values.encode(Location, number) == bytes([number])
    assert values.decode(Location, b"\x01") is Location.CHEST
    assert repr(Location(7)) == "<Location.RESERVED_7: 7>"
    assert list(Location) == [Location.OTHER, Location.CHEST]


def test_a_reserved_member_is_a_value() -> None:
    """It equals its number and itself, hashes, copies and pickles, and has one name however it was asked for."""
    reserved = Location(7)
    assert reserved == 7 == Location(7)
    assert {reserved: 1}[Location(7)] == 1
    assert copy.deepcopy(reserved) == reserved == pickle.loads(pickle.dumps(reserved))  # noqa: S301
    one = enum.IntEnum("one", {"A": 9}).A
    assert Location(one).name == Location(9).name == "RESERVED_9"

    class Empty(OpenEnum):
        NONE = 0

    assert Empty(bool(1)).name == Empty(1).name == "RESERVED_1"


@pytest.mark.parametrize("value", [256, -1, "CHEST", None, 1.5, 10**30])
def test_numbers_beyond_the_carrier_are_refused(value: Any) -> None:
    """Open means open for what the octets hold."""
    with pytest.raises(EncodeError, match=r"OTHER \(0x0\), CHEST \(0x1\)"):
        values.encode(Location, value)


def test_a_carrier_may_be_narrow_or_signed() -> None:
    """The numbers that are kept are those of the carrier."""
    assert values.decode(Annotated[Location, SInt8], b"\xff").name == "RESERVED_MINUS_1"
    assert values.encode(Annotated[Location, SInt8], -1) == b"\xff"
    assert values.encode(Annotated[Location, UInt4], 15) == b"\x0f"
    for wrong in (16, -1):
        with pytest.raises(EncodeError):
            values.encode(Annotated[Location, UInt4], wrong)
    with pytest.raises(DecodeError):
        values.decode(Annotated[Location, UInt2], b"\x04")


def test_the_decorator_makes_a_class_as_wide_as_it_says() -> None:
    """``@carrier(UInt16)`` goes with the class wherever it stands; an integer among the marks still wins."""
    holder: Any = struct(type("Holder", (), {"__annotations__": {"features": Features, "number": UInt8}}))
    assert values.size(Features) == (2, 2)
    assert values.encode(Features, Features.LAST) == b"\x00\x80"
    assert values.encode(holder, holder(features=Features(0x4001), number=3)) == b"\x01\x40\x03"
    assert values.decode(holder, b"\x01\x40\x03") == holder(features=Features(0x4001), number=3)
    assert values.size(Annotated[Features, values.UInt24]) == (3, 3)
    with pytest.raises(LengthError):
        values.decode(Features, b"\x01")


@pytest.mark.parametrize(
    "hint", [int, values.Float32, Annotated[str, values.Utf8(max=3)], Annotated[UInt8, UInt16]], ids=range(4)
)
def test_only_one_integer_carries_a_class(hint: Any) -> None:
    """The decorator takes an integer type; what the fault says to write works."""
    with pytest.raises(Fault) as caught:
        carrier(hint)(enum.IntEnum("Made", {"A": 1}))
    assert caught.value.instead == "@carrier(UInt16)"
