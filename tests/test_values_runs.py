"""Text and plain octets: bounds are counted in octets."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import DecodeError, EncodeError, Fault, LengthError, Octets, Utf8, values
from tests.strategies import law

LABEL = Annotated[str, Utf8(max=12)]
NAME = Annotated[str, Utf8(min=4, max=12)]
ADDRESS = Annotated[bytes, Octets(6)]
BLOB = Annotated[bytes, Octets(min=2, max=5)]

every_width = pytest.mark.parametrize(
    ("character", "width"), [("a", 1), ("é", 2), ("€", 3), ("🫀", 4)], ids=["1", "2", "3", "4"]
)


@every_width
def test_text_is_bounded_in_octets_not_in_characters(character: str, width: int) -> None:
    """Twelve octets take twelve ``a`` but three hearts; one character more is refused."""
    fits = character * (12 // width)
    assert values.encode(LABEL, fits) == fits.encode("utf-8")
    assert values.decode(LABEL, fits.encode("utf-8")) == fits
    with pytest.raises(EncodeError, match="text of 0 … 12 octets in UTF-8"):
        values.encode(LABEL, fits + character)
    with pytest.raises(LengthError, match="0 … 12 octets"):
        values.decode(LABEL, (fits + character).encode("utf-8"))


@every_width
def test_text_has_a_least_length_in_octets(character: str, width: int) -> None:
    """Four octets are four ``a`` or one heart; one octet less is refused both ways."""
    fits = character * -(-4 // width)
    assert values.decode(NAME, values.encode(NAME, fits)) == fits
    short = "é" + "a"
    with pytest.raises(EncodeError):
        values.encode(NAME, short)
    with pytest.raises(LengthError):
        values.decode(NAME, short.encode("utf-8"))


@law
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_goes_out_as_utf8(text: str) -> None:
    """Within the bounds text is ``str.encode``; beyond them it is refused, never cut."""
    octets = text.encode("utf-8")
    if len(octets) <= 12:
        assert values.encode(LABEL, text) == octets
        assert values.decode(LABEL, octets) == text
    else:
        with pytest.raises(EncodeError):
            values.encode(LABEL, text)


@law
@given(st.binary(max_size=12))
def test_octets_are_text_exactly_if_they_are_utf8(octets: bytes) -> None:
    """What ``bytes.decode`` refuses is a ``DecodeError``; what it takes comes back unchanged."""
    try:
        expected = octets.decode("utf-8")
    except UnicodeDecodeError:
        with pytest.raises(DecodeError, match="in UTF-8") as caught:
            values.decode(LABEL, octets)
        assert not isinstance(caught.value, LengthError)
    else:
        assert values.decode(LABEL, octets) == expected
        assert values.encode(LABEL, expected) == octets


def test_half_a_character_is_no_text() -> None:
    """A surrogate cannot be written, the first half of a heart cannot be read."""
    with pytest.raises(EncodeError):
        values.encode(LABEL, "\ud83e")
    with pytest.raises(DecodeError):
        values.decode(LABEL, "🫀".encode()[:2])


@law
@given(st.binary(max_size=8))
def test_fixed_octets_have_one_length(octets: bytes) -> None:
    """``Octets(6)`` takes six octets as they are, no fewer and no more."""
    if len(octets) == 6:
        assert values.encode(ADDRESS, octets) == values.decode(ADDRESS, octets) == octets
        return
    with pytest.raises(EncodeError, match="bytes, 6 octets"):
        values.encode(ADDRESS, octets)
    with pytest.raises(LengthError, match="6 octets"):
        values.decode(ADDRESS, octets)


@law
@given(st.binary(max_size=8))
def test_bounded_octets_keep_within_their_bounds(octets: bytes) -> None:
    """``Octets(min=2, max=5)`` takes two to five octets as they are."""
    if 2 <= len(octets) <= 5:
        assert values.encode(BLOB, octets) == values.decode(BLOB, octets) == octets
        return
    with pytest.raises(EncodeError, match="2 … 5 octets"):
        values.encode(BLOB, octets)
    with pytest.raises(LengthError, match="2 … 5 octets"):
        values.decode(BLOB, octets)


@pytest.mark.parametrize("hint", [ADDRESS, BLOB], ids=["fixed", "bounded"])
@pytest.mark.parametrize("make", [bytearray, memoryview], ids=lambda make: make.__name__)
def test_octets_take_every_buffer_and_give_bytes(hint: Any, make: Any) -> None:
    """``bytearray`` and ``memoryview`` are octets, too; what comes out is immutable ``bytes``."""
    plain = bytes(range(values.size(hint)[1]))
    assert values.encode(hint, make(plain)) == plain
    assert type(values.encode(hint, make(plain))) is bytes
    assert type(values.decode(hint, make(plain))) is bytes


def test_octets_without_bounds_are_an_attribute_value() -> None:
    """``Octets()`` is whatever an attribute can hold: 0 to 512 octets."""
    assert values.size(Annotated[bytes, Octets()]) == (0, 512)
    assert values.encode(Annotated[bytes, Octets()], bytes(512)) == bytes(512)
    with pytest.raises(EncodeError):
        values.encode(Annotated[bytes, Octets()], bytes(513))


def test_no_octets_at_all_are_a_value() -> None:
    """``Octets(0)`` has one value, and its size is zero."""
    empty = Annotated[bytes, Octets(0)]
    assert values.encode(empty, b"") == values.decode(empty, b"") == b""
    with pytest.raises(LengthError):
        values.decode(empty, b"\x00")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Utf8(max=513),
        lambda: Utf8(min=5, max=4),
        lambda: Utf8(min=-1, max=4),
        lambda: Octets(513),
        lambda: Octets(-1),
        lambda: Octets(max=513),
        lambda: Octets(min=513),
        lambda: Octets(min=3, max=2),
    ],
    ids=["text 513", "text 5-4", "text -1", "513", "-1", "max 513", "min 513", "3-2"],
)
def test_bounds_that_no_value_has_are_refused(make: Any) -> None:
    """Bounds are 0 to 512, the least first; the fault says so and shows one that works."""
    with pytest.raises(Fault, match="no value has") as caught:
        make()
    assert "512" in caught.value.allowed
    assert caught.value.instead.startswith("Annotated[")
