"""Texts that end somewhere, UTF-16 and UUIDs."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import DecodeError, EncodeError, Fault, LengthError, struct, values
from gattschema.values import AnyUuid, BigEndian, Octets, UInt8, UInt16, Utf8, Utf16, Uuid16, Uuid128
from tests.strategies import law

PADDED = Annotated[str, Utf8(8)]
ENDED = Annotated[str, Utf8(max=8, terminated=True)]
WIDE = Annotated[str, Utf16(max=8)]
BIG = Annotated[str, Utf16(max=8), BigEndian()]
WIDE_PADDED = Annotated[str, Utf16(8)]
WIDE_ENDED = Annotated[str, Utf16(max=8, terminated=True)]
BIG_ENDED = Annotated[str, Utf16(max=8, terminated=True), BigEndian()]

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=9) | st.text("a\0€🫀", max_size=9)
LAYOUTS: dict[str, tuple[Any, str, str]] = {
    "padded": (PADDED, "utf-8", "padded"),
    "ended": (ENDED, "utf-8", "ended"),
    "wide": (WIDE, "utf-16-le", "rest"),
    "big": (BIG, "utf-16-be", "rest"),
    "wide, padded": (WIDE_PADDED, "utf-16-le", "padded"),
    "wide, ended": (WIDE_ENDED, "utf-16-le", "ended"),
    "big, ended": (BIG_ENDED, "utf-16-be", "ended"),
}
every_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def expected(layout: Any, text: str) -> bytes | None:
    """The octets of the text by the standard library; ``None`` if it has none."""
    _, codec, ending = layout
    octets, nul = text.encode(codec), "\0".encode(codec)
    if ending == "padded":
        return None if text.endswith("\0") or len(octets) > 8 else octets.ljust(8, b"\0")
    if ending == "ended":
        octets += nul
        return None if "\0" in text or len(octets) > 8 else octets
    return octets if len(octets) <= 8 else None


@every_layout
@law
@given(text=any_text)
def test_a_text_is_its_octets_and_its_end(layout: Any, text: str) -> None:
    """What fits goes out as the standard library says and comes back; what has no such octets is refused, never cut."""
    octets = expected(layout, text)
    if octets is None:
        with pytest.raises(EncodeError, match=f"in {layout[1][:6].upper().rstrip('-')}"):
            values.encode(layout[0], text)
    else:
        assert values.encode(layout[0], text) == octets
        assert values.decode(layout[0], octets) == text


@every_layout
@law
@given(octets=st.binary(max_size=10))
def test_octets_are_a_text_or_refused(layout: Any, octets: bytes) -> None:
    """What decodes encodes to the same octets."""
    try:
        text = values.decode(layout[0], octets)
    except DecodeError:
        assert layout[2] != "rest" or len(octets) > 8 or not decodes(octets, layout[1])
    else:
        assert values.encode(layout[0], text) == octets


def decodes(octets: bytes, codec: str) -> bool:
    try:
        octets.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("hint", [ENDED, WIDE_ENDED, BIG_ENDED], ids=["utf8", "utf16", "big"])
def test_a_text_that_says_where_it_ends_stands_anywhere(hint: Any) -> None:
    """Numbers follow it, it follows itself, and a NUL that is missing or too late is refused by name."""
    cls: Any = struct(type("Made", (), {"__annotations__": {"a": hint, "b": hint, "c": UInt16}}))
    for a, b in (("", ""), ("abc", ""), ("", "€"), ("a", "bc")):
        octets = values.encode(hint, a) + values.encode(hint, b) + b"\x02\x01"
        assert values.encode(cls, cls(a=a, b=b, c=0x0102)) == octets
        assert values.decode(cls, octets) == cls(a=a, b=b, c=0x0102)
    with pytest.raises(DecodeError, match=r"^Made\.a"):
        values.decode(cls, b"xxxxxxxx" + bytes(4))
    with pytest.raises(DecodeError, match=r"^Made\.b"):
        values.decode(cls, values.encode(hint, "") + b"xxxxxxxx")


def test_odd_octets_hold_no_utf16() -> None:
    """A size is even or refused; bounds are brought to the characters, so that ``size`` is exact."""
    for make in (lambda: Utf16(7), lambda: Utf16(min=3, max=3), lambda: Utf16(max=1, terminated=True)):
        with pytest.raises(Fault, match="no value has") as caught:
            make()
        assert "even" in caught.value.allowed
    assert values.size(Annotated[str, Utf16(min=1, max=7)]) == (2, 6)
    assert values.size(Annotated[str, Utf16(max=1)]) == (0, 0)


@pytest.mark.parametrize(
    "make",
    [
        Utf8,
        lambda: Utf8(8, max=9),
        lambda: Utf8(8, min=3),
        lambda: Utf8(8, terminated=True),
        Utf16,
        lambda: Utf8(max=0, terminated=True),
        lambda: Utf8(513),
    ],
    ids=range(7),
)
def test_a_text_says_its_size_in_one_way(make: Any) -> None:
    """Neither none nor two; what the fault offers compiles."""
    with pytest.raises(Fault) as caught:
        make()
    assert values.size(eval(caught.value.instead, {"Annotated": Annotated, **vars(values)}))  # noqa: S307  (our own)


@pytest.mark.parametrize(
    ("hint", "message"),
    [
        (PADDED, "text of 0 … 8 octets in UTF-8, no NUL at its end (utf8s, padded)"),
        (ENDED, "text of 0 … 7 octets in UTF-8, no NUL within (utf8s, NUL-terminated)"),
        (WIDE, "text of 0 … 8 octets in UTF-16 (utf16s)"),
        (BIG_ENDED, "text of 0 … 6 octets in UTF-16, no NUL within (utf16s, big-endian, NUL-terminated)"),
        (Annotated[str, Utf8(min=1, max=1)], "text of 1 octet in UTF-8 (utf8s)"),
    ],
)
def test_messages_say_how_long_and_how_it_ends(hint: Any, message: str) -> None:
    """… and how long the text is that does not fit."""
    with pytest.raises(EncodeError) as caught:
        values.encode(hint, 5)
    assert caught.value.expected == message
    with pytest.raises(EncodeError, match="not 4"):
        values.encode(Annotated[str, Utf8(max=3)], "abcd")
    assert values.decode(hint, values.encode(hint, values.codec(hint).kind.example)) == values.codec(hint).kind.example


# --- UUIDs -----------------------------------------------------------------------------------------------------------

BASE = "0000{:04x}-0000-1000-8000-00805f9b34fb"


@law
@given(st.integers(0, 0xFFFF))
def test_an_assigned_uuid_has_a_short_and_a_long_spelling(number: int) -> None:
    """Two octets where they do, sixteen where those are asked for; either reads where both may stand."""
    value = uuid.UUID(BASE.format(number))
    short, long = number.to_bytes(2, "little"), value.bytes[::-1]
    assert values.encode(Uuid16, value) == values.encode(AnyUuid, value) == short
    assert values.encode(Uuid128, value) == long
    assert values.decode(Uuid16, short) == values.decode(AnyUuid, short) == value
    assert values.decode(Uuid128, long) == values.decode(AnyUuid, long) == value


@law
@given(st.uuids())
def test_any_uuid_has_sixteen_octets(value: uuid.UUID) -> None:
    """The least significant comes first; one that nobody assigned has no two octets."""
    assert values.encode(Uuid128, value) == values.encode(AnyUuid, value) == value.bytes[::-1]
    assert values.decode(Uuid128, value.bytes[::-1]) == value
    with pytest.raises(EncodeError, match="0000xxxx-0000-1000-8000-00805f9b34fb"):
        values.encode(Uuid16, value)


@pytest.mark.parametrize("hint", [Uuid16, Uuid128, AnyUuid], ids=["16", "128", "any"])
def test_only_a_uuid_is_a_uuid(hint: Any) -> None:
    """Not its number, not its text; and not another number of octets."""
    for junk in (0x180D, "180D", BASE.format(0x180D), b"\x0d\x18", None, 1.5):
        with pytest.raises(EncodeError, match=r"a uuid\.UUID"):
            values.encode(hint, junk)
    for length in (0, 1, 3, 15, 17):
        with pytest.raises(DecodeError):
            values.decode(hint, bytes(length))
    with pytest.raises(LengthError):
        values.decode(hint, bytes(17))


def test_uuids_stand_in_structs() -> None:
    """Fixed ones anywhere, the one that takes the rest last."""
    hints = {"a": Uuid16, "b": Uuid128, "c": UInt8, "d": Annotated[bytes, Octets(1)], "e": AnyUuid}
    cls: Any = struct(type("Made", (), {"__annotations__": hints}))
    short, long = uuid.UUID(BASE.format(0x1234)), uuid.UUID(int=5)
    for tail in (short, long):
        value = cls(a=short, b=long, c=7, d=b"x", e=tail)
        octets = b"\x34\x12" + b"\5" + bytes(15) + b"\7x" + values.encode(AnyUuid, tail)
        assert values.encode(cls, value) == octets
        assert values.decode(cls, octets) == value
