"""What follows from all the octets: their number, and a CRC over them."""

from __future__ import annotations

from typing import Annotated, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import DecodeError, EncodeError, LengthError, struct, values
from gattschema.values import (
    Bits,
    Count,
    Crc,
    Crc16,
    Length,
    Octets,
    Presence,
    UInt8,
    UInt16,
    UInt24,
    Utf8,
    crc16,
    derived,
)
from tests.strategies import law


def check(octets: bytes) -> int:
    """CRC-16/MCRF4XX bit by bit: 0x1021 reflected, begun with ones, not turned in the end."""
    register = 0xFFFF
    for octet in octets:
        for bit in range(8):
            carry = (register ^ octet >> bit) & 1
            register = register >> 1 ^ 0x8408 * carry
    return register


@law
@given(st.binary(max_size=40))
def test_the_crc_is_that_of_the_textbook(octets: bytes) -> None:
    """Bit by bit or by table, it is the same; the catalogues' check value is 0x6F91."""
    assert crc16(octets) == check(octets)
    assert crc16(b"123456789") == 0x6F91


@struct
class Always:
    number: UInt16
    crc: Crc16 = derived()


@struct
class Perhaps:
    number: UInt16
    crc: Annotated[bool, Crc()] = False


@struct
class Instead:
    number: UInt16
    crc: Annotated[bool, Crc(otherwise=0xFFFF)] = False


@struct
class Both:
    """Length and check."""

    size: Length[UInt8] = derived()
    flags: Presence[UInt8] = derived()
    number: UInt16 | None = None
    crc: Annotated[bool, Crc()] = False


@struct
class Sure:
    size: Length[UInt16] = derived()
    number: UInt8
    crc: Crc16 = derived()


VALUES: dict[str, tuple[Any, str, bool]] = {
    "always": (Always(number=0x1234), "3412", True),
    "perhaps": (Perhaps(number=0x1234, crc=True), "3412", True),
    "perhaps not": (Perhaps(number=0x1234), "3412", False),
    "instead": (Instead(number=0x1234, crc=True), "3412", True),
    "instead not": (Instead(number=0x1234), "3412ffff", False),
    "both": (Both(number=5, crc=True), "06010500", True),
    "length alone": (Both(number=5), "04010500", False),
    "nothing": (Both(), "0200", False),
    "nothing but a check": (Both(crc=True), "0400", True),
    "sure": (Sure(number=7), "050007", True),
}


@pytest.mark.parametrize(("value", "body", "checked"), VALUES.values(), ids=VALUES)
def test_the_check_stands_behind_all_else(value: Any, body: str, checked: bool) -> None:  # noqa: FBT001
    """The CRC covers every octet in front of it, the length counts it; any changed bit is found."""
    octets = bytes.fromhex(body)
    octets += check(octets).to_bytes(2, "little") if checked else b""
    cls: Any = type(value)
    assert values.encode(cls, value) == octets
    assert values.decode(cls, octets) == value
    if checked and cls is not Instead:
        assert value.crc in {True, int.from_bytes(octets[-2:], "little")}
    if checked and cls is not Both:  # which may as well mean one without a check
        for bit in range(8 * len(octets)):
            wrong = bytearray(octets)
            wrong[bit // 8] ^= 1 << bit % 8
            with pytest.raises(DecodeError):
                values.decode(cls, bytes(wrong))


def test_a_wrong_check_is_told_with_the_right_one() -> None:
    """The message has what should have been there."""
    right = check(b"\x34\x12").to_bytes(2, "little")
    for cls in (Always, Perhaps, Instead):
        with pytest.raises(DecodeError) as caught:
            values.decode(cls, b"\x34\x12\x00\x00")
        assert caught.value.path == f"{cls.__name__}.crc"
        assert caught.value.expected.startswith(right.hex())
        assert caught.value.octets == bytes(2)
    for octets in (b"\x34\x12\x00", b"\x34\x12" + right + b"\x00"):
        with pytest.raises(DecodeError):
            values.decode(Perhaps, octets)


@pytest.mark.parametrize("junk", ["x", None, 5, [], b""], ids=repr)
@pytest.mark.parametrize("cls", [Perhaps, Instead], ids=lambda cls: cls.__name__)
def test_whether_there_is_a_check_is_true_or_false(cls: Any, junk: Any) -> None:
    """Not anything that Python takes for true."""
    with pytest.raises(EncodeError, match=r"\.crc: expected True or False"):
        values.encode(cls, cls(number=1, crc=junk))


def test_what_follows_is_a_property() -> None:
    """Size and check are there to read, not to give or to change."""
    value = Sure(number=7)
    assert (value.size, value.crc) == (5, check(b"\x05\x00\x07"))
    with pytest.raises(TypeError):
        Sure(number=7, size=5)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        value.crc = 5
    evolved: Any = attrs.evolve(value, number=8)  # type: ignore[misc]  # checkers see a dataclass
    assert evolved.crc == check(b"\x05\x00\x08")


@struct
class Late:
    """A length behind other fields, and nothing that must follow it."""

    flags: Presence[UInt8] = derived()
    mode: Annotated[int, Bits(7)] = 0
    size: Length[UInt24] = derived()
    number: UInt16 | None = None


@law
@given(flags=st.integers(0, 255), size=st.integers(0, 9), rest=st.binary(max_size=4))
def test_only_the_true_length_is_taken(flags: int, size: int, rest: bytes) -> None:
    """Less than there is, more than there is, less than the length's own place: all refused."""
    octets = bytes([flags]) + size.to_bytes(3, "little") + rest
    if size == len(octets) == 4 + 2 * (flags & 1):
        assert values.encode(Late, values.decode(Late, octets)) == octets
    else:
        with pytest.raises(DecodeError):
            values.decode(Late, octets)


def test_more_than_the_length_can_tell_is_refused() -> None:
    """A text of 300 octets has no length in one; the message is about the length."""

    @struct
    class Long:
        size: Length[UInt8] = derived()
        text: Annotated[str, Utf8(max=500)]

    assert values.decode(Long, values.encode(Long, Long(text="x" * 254))) == Long(text="x" * 254)
    with pytest.raises(EncodeError, match=r"^Long\.size: expected 0 … 255 octets in all"):
        values.encode(Long, Long(text="x" * 255))


def test_what_has_a_length_stands_anywhere() -> None:
    """A text that takes the rest takes the rest of its own struct; checks begin with it, too."""

    @struct
    class Entry:
        size: Length[UInt8] = derived()
        text: Annotated[bytes, Octets(max=4)] = b""

    @struct
    class Table:
        first: Entry
        checked: Sure
        more: Annotated[tuple[Entry, ...], Count(max=3)] = ()

    value = Table(first=Entry(text=b"ab"), checked=Sure(number=1), more=(Entry(), Entry(text=b"c")))
    octets = values.encode(Table, value)
    assert octets == b"\x03ab" + values.encode(Sure, Sure(number=1)) + b"\x01" + b"\x02c"
    assert values.decode(Table, octets) == value
    with pytest.raises(LengthError, match=r"^Table\.more\[1\]"):
        values.decode(Table, octets[:-1])
    with pytest.raises(DecodeError, match=r"^Table\.checked\.crc"):
        values.decode(Table, octets.replace(b"\x05\x00\x01", b"\x05\x00\x02"))


def test_the_check_is_the_sigs_in_any_byte_order() -> None:
    """``byteorder="big"`` turns the struct's numbers; the CRC has its least significant octet first all the same."""

    @struct(byteorder="big")
    class Big:
        size: Length[UInt16] = derived()
        number: UInt16
        crc: Crc16 = derived()

    octets = bytes.fromhex("00060102")
    octets += check(octets).to_bytes(2, "little")
    assert values.encode(Big, Big(number=0x0102)) == octets
    assert values.decode(Big, octets) == Big(number=0x0102)
    assert Big(number=0x0102).crc == check(octets[:-2])
