"""``IntEnum`` and ``IntFlag``: members only, in an octet or in the integer that carries them."""

from __future__ import annotations

import enum
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import BigEndian, DecodeError, EncodeError, Fault, LengthError, SInt8, SInt16, UInt16, UInt32, values
from tests.strategies import Alarm, Colour, Wide, law


class Trend(enum.IntEnum):
    FALLING = -1
    STEADY = 0
    RISING = 1


class Loose(enum.IntFlag):
    """Python's default: unknown bits are kept."""

    ONE = 1
    TWO = 2


def test_members_of_an_intenum_are_one_octet_and_nothing_else_is() -> None:
    """Of the 256 octets exactly the members decode, to themselves."""
    members = {member.value: member for member in Colour}
    for number in range(256):
        octets = bytes([number])
        if number in members:
            assert values.decode(Colour, octets) is members[number]
            assert values.encode(Colour, members[number]) == values.encode(Colour, number) == octets
        else:
            with pytest.raises(DecodeError, match="GREEN"):
                values.decode(Colour, octets)
            with pytest.raises(EncodeError, match="GREEN"):
                values.encode(Colour, number)


def test_bits_of_a_strict_intflag_are_one_octet_and_nothing_else_is() -> None:
    """Of the 256 octets exactly those decode that have no unknown bit, to the very combination."""
    known = 1 | 4 | 128
    for number in range(256):
        octets = bytes([number])
        if number & ~known == 0:
            assert values.decode(Alarm, octets) == number
            assert type(values.decode(Alarm, octets)) is Alarm
            assert values.encode(Alarm, Alarm(number)) == octets
        else:
            with pytest.raises(DecodeError, match="SMOKE"):
                values.decode(Alarm, octets)
            with pytest.raises(EncodeError, match="SMOKE"):
                values.encode(Alarm, number)


def test_the_flag_itself_says_whether_unknown_bits_are_kept() -> None:
    """With Python's default ``boundary=KEEP`` every octet decodes and encodes back, reserved bits included."""
    for number in range(256):
        value = values.decode(Loose, bytes([number]))
        assert type(value) is Loose
        assert values.encode(Loose, value) == bytes([number])


@pytest.mark.parametrize(
    ("hint", "octets"),
    [
        (Annotated[Wide, UInt16], "3412"),
        (Annotated[Wide, UInt16, BigEndian()], "1234"),
        (Annotated[Wide, UInt32], "34120000"),
        (Annotated[Wide, SInt16], "3412"),
    ],
    ids=["uint16", "big", "uint32", "sint16"],
)
def test_an_integer_among_the_marks_carries_the_members(hint: Any, octets: str) -> None:
    """``Annotated[Wide, UInt16]`` has the size and byte order of the integer, and still just the members."""
    assert values.encode(hint, Wide.FAR) == bytes.fromhex(octets)
    assert values.decode(hint, bytes.fromhex(octets)) is Wide.FAR
    assert values.size(hint) == (len(octets) // 2,) * 2
    with pytest.raises(DecodeError, match="FAR"):
        values.decode(hint, bytes(len(octets) // 2))
    with pytest.raises(EncodeError, match="FAR"):
        values.encode(hint, 2)
    with pytest.raises(LengthError):
        values.decode(hint, b"\x01")


def test_a_signed_integer_carries_negative_members() -> None:
    """Minus one is 0xFF in a ``SInt8``."""
    hint = Annotated[Trend, SInt8]
    assert values.encode(hint, Trend.FALLING) == b"\xff"
    assert values.decode(hint, b"\xff") is Trend.FALLING


@law
@given(st.integers(0, 0xFFFF))
def test_a_carried_flag_keeps_every_bit(number: int) -> None:
    """Two octets of flags decode and encode back to the same octets."""
    hint = Annotated[Loose, UInt16]
    octets = number.to_bytes(2, "little")
    assert values.encode(hint, values.decode(hint, octets)) == octets


class Signed(enum.IntEnum):
    LOW = -1
    HIGH = 1


class Deep(enum.IntEnum):
    FLOOR = -300


class Large(enum.IntEnum):
    FIRST = 0
    LAST = 0x10000


class Huge(enum.IntEnum):
    LAST = 2**64


class Empty(enum.IntEnum):
    pass


class Masked(enum.IntFlag):
    """``BOTH`` is no bit of its own, but a value of the type all the same."""

    LOW = 1
    BOTH = 0x300


@pytest.mark.parametrize("cls", [Wide, Large, Signed, Deep, Huge, Empty, Masked], ids=lambda cls: cls.__name__)
def test_members_that_do_not_fit_are_refused_at_declaration(cls: Any) -> None:
    """Every named member of a type has octets, or the type is refused at once."""
    with pytest.raises(Fault) as caught:
        values.codec(cls)
    fault = caught.value
    assert cls.__name__ in fault.finding
    assert "0 … 255" in fault.allowed


@pytest.mark.parametrize("cls", [Wide, Large, Signed, Deep], ids=lambda cls: cls.__name__)
def test_what_the_fault_says_to_write_works(cls: Any) -> None:
    """The carrier that the fault offers takes every member."""
    with pytest.raises(Fault) as caught:
        values.codec(cls)
    offer = caught.value.instead.split(", or ")[0]
    hint = eval(offer, {"Annotated": Annotated, **vars(values), cls.__name__: cls})  # noqa: S307  (our own message)
    for member in cls:
        assert values.decode(hint, values.encode(hint, member)) is member


def test_a_flag_has_no_sign() -> None:
    """Every raw value of a type decodes and encodes back; a flag in a signed integer can't, so it is refused."""
    with pytest.raises(Fault):
        values.codec(Annotated[Loose, SInt8])
