"""Whatever arrives is a value or a ``DecodeError``, whatever is given is octets or an ``EncodeError``."""

from __future__ import annotations

import contextlib
import math
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema.values import DecodeError, EncodeError, Kind, PartialDateTime, decode, encode
from gattschema.values._record import Record
from tests.sig.catalogue import formats, kinds, structs
from tests.sig.strategies import law, octets_of, values_of

FORMATS = formats()
KINDS = kinds()
RECORDS = {name: kind for name, kind in structs().items() if isinstance(kind, Record)}


class Stubborn:
    """It says that it is a number, and then raises."""

    def __index__(self) -> int:
        raise OverflowError

    def __float__(self) -> float:
        raise ZeroDivisionError


JUNK: tuple[Any, ...] = (
    None,
    True,
    "x",
    "\ud800",
    "x" * 600,
    b"",
    bytes(600),
    1.5,
    -1.0,
    1e308,
    math.nan,
    math.inf,
    -math.inf,
    2**128,
    -(2**127) - 1,
    10**5000,
    1j,
    (),
    (None,),
    (1, 2, 3) * 300,
    [],
    {},
    {"a": 1},
    object(),
    int,
    len,
    Stubborn(),
    timedelta.max,
    timedelta(microseconds=-1),
    date.max,
    datetime(9999, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001
    datetime(2026, 1, 1, tzinfo=UTC),
    PartialDateTime(year=-1, month=13, hours=99),
    PartialDateTime(year="x"),  # type: ignore[arg-type]
    uuid.UUID(int=0),
)


@law(150)
@given(octets=st.binary(max_size=64) | st.binary(min_size=65, max_size=520))
def test_random_octets_into_every_decoder(octets: bytes) -> None:
    """Every decoder gets the same octets; none does anything but decode or refuse."""
    for hint in FORMATS.values():
        with contextlib.suppress(DecodeError):
            decode(hint, octets)


@pytest.mark.parametrize("name", KINDS)
@law(20)
@given(data=st.data())
def test_damaged_octets(name: str, data: st.DataObject) -> None:
    """Octets that were good but for a bit, an octet more, an octet less, or the first half of another value."""
    kind, hint = KINDS[name], _HINTS[name]
    good = data.draw(octets_of(kind))
    for damage in DAMAGES:
        with contextlib.suppress(DecodeError):
            decode(hint, damage(data.draw, good))


def _flip(draw: Callable[..., Any], octets: bytes) -> bytes:
    if not octets:
        return octets
    place, bit = draw(st.integers(0, len(octets) - 1)), draw(st.integers(0, 7))
    return octets[:place] + bytes([octets[place] ^ 1 << bit]) + octets[place + 1 :]


def _cut(draw: Callable[..., Any], octets: bytes) -> bytes:
    return octets[: draw(st.integers(0, len(octets)))]


def _grow(draw: Callable[..., Any], octets: bytes) -> bytes:
    place = draw(st.integers(0, len(octets)))
    return octets[:place] + draw(st.binary(min_size=1, max_size=4)) + octets[place:]


DAMAGES = (_flip, _cut, _grow)
_HINTS = dict(zip(KINDS, FORMATS.values(), strict=True))


@pytest.mark.parametrize("name", KINDS)
def test_junk_into_every_encoder(name: str) -> None:
    """A value of any type and size is encoded to what decodes again, or refused."""
    for junk in JUNK:
        take_or_refuse(_HINTS[name], junk)


@pytest.mark.parametrize("kind", RECORDS.values(), ids=RECORDS)
@law(8)
@given(data=st.data())
def test_junk_in_every_field(kind: Record, data: st.DataObject) -> None:
    """A struct with one wrong part is refused, naming the part, or is a good one after all."""
    good = data.draw(values_of(kind))
    given_ = {field.argument: getattr(good, field.name) for field in kind.fields if field.is_value}
    for argument in given_:
        for junk in JUNK:
            with contextlib.suppress(EncodeError):
                take_or_refuse(kind.type, kind.type(**given_ | {argument: junk}))


def take_or_refuse(hint: Any, value: Any) -> None:
    """Encode, or see it refused; what is encoded is decoded again."""
    with contextlib.suppress(EncodeError):
        decode(hint, encode(hint, value))


def test_a_kind_is_fuzzed_for_each_format() -> None:
    """Names are unique, so that no format hides behind another."""
    assert len(KINDS) == len(FORMATS)
    assert all(isinstance(kind, Kind) for kind in KINDS.values())
