"""Values and octets go there and back, for every type of the catalogue.

Exhaustively for all raw values up to 16 bits; at the bounds and at random for wider ones; structs both ways.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema.values import REFUSALS, DecodeError, Kind
from gattschema.values._choice import ByWidth
from gattschema.values._codec import Codec
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Boolean, Enumeration, Integer
from gattschema.values._record import Field, Record
from gattschema.values._scalar import functions
from gattschema.values._scaled import Number
from gattschema.values._text import Text, Uuid
from tests.sig.arithmetic import REFUSED, meaning
from tests.sig.catalogue import all_within, formats, holds, kinds, scalars, structs
from tests.sig.strategies import law, octets_of, same, values_of

KINDS = kinds()
NUMBERS = {
    name: kind
    for name, kind in scalars().items()
    if isinstance(kind, Boolean | Enumeration | Integer | MedFloat)
    or (isinstance(kind, Number) and isinstance(kind.carrier, Integer))
}
SHORT = {name: kind for name, kind in NUMBERS.items() if kind.most <= 2}
WIDE = {name: kind for name, kind in NUMBERS.items() if kind.most > 2}
STRUCTS = structs()


def test_the_catalogue_is_walked() -> None:
    """Nothing is left out by accident: so many types have a format, so many numbers and structs make them up."""
    assert len(formats()) >= 302
    assert len(SHORT) >= 120
    assert len(WIDE) >= 30
    assert len(STRUCTS) >= 100


@pytest.mark.parametrize("kind", SHORT.values(), ids=SHORT)
def test_every_raw_value_up_to_16_bits(kind: Kind) -> None:
    """Each means what the arithmetic says, or is refused where it says nothing, and encodes to itself again."""
    check(kind, range(256**kind.most))


@pytest.mark.parametrize("kind", WIDE.values(), ids=WIDE)
def test_wider_raw_values(kind: Kind) -> None:
    """The same at the bounds of range, sign and width, at the values that mean something else, and at random."""
    count = 256**kind.most
    chosen = {0, 1, count // 2 - 1, count // 2, count // 2 + 1, count - 2, count - 1}
    if isinstance(kind, Number):
        marked = [*kind.raw_bounds, *kind.reserved]
        chosen |= {(raw + near) % count for raw in marked for near in (-1, 0, 1)}
    numbers = random.Random(kind.label)  # noqa: S311  (the same numbers each time)
    chosen |= {numbers.randrange(count) >> numbers.randrange(8 * kind.most) for _ in range(2000)}
    check(kind, chosen)


def check(kind: Kind, raws: Iterable[int]) -> None:
    """Hold the decoder against the arithmetic and the encoder against the decoder."""
    made, width = Codec(kind, *functions(kind)), kind.most
    for raw in raws:
        octets, wanted = raw.to_bytes(width, "little"), meaning(kind, raw)
        if wanted is REFUSED:
            refuse(made, octets)
            continue
        value = made.unpack(octets)
        assert same(value, wanted), octets.hex()
        back = made.pack(value)
        # A number has several spellings as a medfloat; the encoder's own is one of them.
        assert back == octets or (isinstance(kind, MedFloat) and same(made.unpack(back), value)), octets.hex()


def refuse(made: Codec[Any], octets: bytes) -> None:
    """See the fast decoder refuse, and of one in a hundred the message, too, which takes its time."""
    try:
        value = made.unpack(octets)
    except REFUSALS:
        if not octets[0] % 100:
            with pytest.raises(DecodeError):
                made.decode(octets)
        return
    pytest.fail(f"{octets.hex()} is outside the range, and decodes to {value!r}")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@law(15)
@given(data=st.data())
def test_values_come_back(kind: Kind, data: st.DataObject) -> None:
    """Value → octets → value gives an equal value of the same type."""
    value = data.draw(values_of(kind))
    made = Codec(kind, *functions(kind))
    octets = made.encode(value)
    assert kind.least <= len(octets) <= kind.most
    assert same(made.decode(octets), value)


@pytest.mark.parametrize("kind", STRUCTS.values(), ids=STRUCTS)
@law(20)
@given(data=st.data())
def test_octets_come_back(kind: Kind, data: st.DataObject) -> None:
    """Octets → value → octets gives the same octets, or the canonical spelling of the same value."""
    octets = data.draw(octets_of(kind))
    made = Codec(kind, *functions(kind))
    try:
        value = made.decode(octets)
    except DecodeError:
        return
    back = made.encode(value)
    if not has_spellings(kind):
        assert back == octets
    assert same(made.decode(back), value)
    assert made.encode(made.decode(back)) == back


def has_spellings(kind: Kind) -> bool:
    """Whether octets may mean a value that has others.

    A wider field than need be; a medfloat with another exponent; a text with NULs behind it; a UUID in full; a bit that
    says that an array is there, which is empty; one of two bits that only together say that a field is there.
    """
    return holds(kind, ByWidth | MedFloat | Text | Uuid) or any(
        _may_be_empty(field) or any(len(when.bits) > 1 for when in field.whens)
        for record in all_within(kind)
        if isinstance(record, Record)
        for field in record.fields
    )


def _may_be_empty(field: Field) -> bool:
    return field.when is not None and field.kind.least == 0
