"""Laws that hold for every type, structs made up on the spot among them."""

from __future__ import annotations

import contextlib
import datetime as dt
import inspect
import math
import uuid
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Annotated, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import DecodeError, EncodeError, LengthError, values
from gattschema.values import REFUSALS, Kind
from gattschema.values._choice import Check
from gattschema.values._marks import Role
from gattschema.values._numbers import Real
from gattschema.values._record import Record
from tests.sig import strategies as laid_out
from tests.strategies import (
    FIXED,
    SCALARS,
    law_of_types,
    octets_of,
    rich_structs,
    scalar_hints,
    spellings,
    structs,
    values_of,
)


class Indexed:
    """An integer to those who ask ``__index__``, and to nobody else."""

    def __index__(self) -> int:
        return 3


JUNK: dict[str, Any] = {
    "None": None,
    "text": "x",
    "fraction": 1.5,
    "object": object(),
    "beyond 64 bits": 2**64,
    "below 64 bits": -(2**63) - 1,
    "beyond a float": 10**400,
    "beyond printing": 10**5000,
    "no octets": b"",
    "empty list": [],
    "list": [1, 2],
    "tuple": (1, 2),
    "mapping": {"a": 1},
    "complex": 1j,
    "type": int,
    "function": len,
    "not a number": math.nan,
    "half a character": "\ud800",
    "indexed": Indexed(),
}

any_type = scalar_hints() | structs()


def rounds(hint: Any) -> bool:
    return isinstance(values.codec(hint).kind, Real)


def holds_nan(kind: Kind, value: Any) -> bool:
    if isinstance(kind, Record):
        return any(holds_nan(field.kind, getattr(value, field.name)) for field in kind.fields)
    return isinstance(kind, Real) and math.isnan(value)


@law_of_types
@given(hint=any_type, data=st.data())
def test_values_come_back(hint: Any, data: st.DataObject) -> None:
    """Value → octets → value gives an equal value of the same class (NaN gives NaN)."""
    kind = values.codec(hint).kind
    value = data.draw(values_of(kind))
    again = values.decode(hint, values.encode(hint, value))
    assert type(again) is type(value)
    assert again == value or holds_nan(kind, value)


@law_of_types
@given(hint=any_type, data=st.data())
def test_octets_come_back(hint: Any, data: st.DataObject) -> None:
    """Octets that have a value are that value's octets: the wire has one spelling for each (NaN has many)."""
    kind = values.codec(hint).kind
    octets = data.draw(octets_of(kind))
    with contextlib.suppress(DecodeError):
        value = values.decode(hint, octets)
        assert values.encode(hint, value) == octets or holds_nan(kind, value)


@law_of_types
@given(hint=any_type, data=st.data())
def test_sizes_keep_within_what_size_says(hint: Any, data: st.DataObject) -> None:
    """``values.size`` bounds every encoding, and every length outside it is a ``LengthError``."""
    least, most = values.size(hint)
    octets = values.encode(hint, data.draw(values_of(values.codec(hint).kind)))
    assert least <= len(octets) <= most
    wrong = data.draw(st.integers(0, most + 3).filter(lambda length: not least <= length <= most) | st.just(most + 1))
    with pytest.raises(LengthError):
        values.decode(hint, bytes(wrong))


@law_of_types
@given(hint=any_type, octets=st.binary(max_size=64))
def test_no_octets_break_a_decoder(hint: Any, octets: bytes) -> None:
    """Whatever arrives is a value or a ``DecodeError`` that has the octets, never anything else."""
    refusal = refusal_of(lambda: values.decode(hint, octets))
    assert refusal is None or (refusal.octets in octets and refusal.expected in str(refusal))


@law_of_types
@given(hint=any_type, data=st.data())
def test_octets_of_a_good_length_are_refused_where_they_are_wrong(hint: Any, data: st.DataObject) -> None:
    """The ``DecodeError`` is no ``LengthError``, and its path and octets are those of one row of the byte table."""
    kind = values.codec(hint).kind
    octets = data.draw(octets_of(kind))
    refusal = refusal_of(lambda: values.decode(hint, octets))
    if refusal is not None:
        assert not isinstance(refusal, LengthError)
        rows = {".".join(filter(None, (kind.label, leaf.path))): leaf for leaf in kind.leaves()}
        leaf = rows[refusal.path]
        assert refusal.octets == octets[leaf.offset : leaf.offset + leaf.kind.most]
        assert refusal.expected == leaf.kind.expected


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_no_value_breaks_an_encoder(junk: Any) -> None:
    """A value of a wrong type is an ``EncodeError`` that has it, unless it fits the bill in another guise."""
    for hint in SCALARS:
        refusal = refusal_of(lambda hint=hint: values.encode(hint, junk))  # type: ignore[misc]
        if refusal is not None:
            assert isinstance(refusal, EncodeError)
            assert refusal.got is junk
            assert refusal.expected in str(refusal)
        else:
            octets = values.encode(hint, junk)
            assert values.decode(hint, octets) == junk or isinstance(junk, Indexed) or rounds(hint)


@law_of_types
@given(cls=structs(), data=st.data())
def test_no_field_breaks_an_encoder(cls: Any, data: st.DataObject) -> None:
    """A struct with a wrong value in one field is an ``EncodeError`` that names just this field."""
    kind: Any = values.codec(cls).kind
    good = data.draw(values_of(kind))
    field = data.draw(st.sampled_from(kind.fields))
    junk = data.draw(st.sampled_from([None, object(), [], {}, 10**400, 1j]))
    bad = cls(**{part.name: getattr(good, part.name) for part in kind.fields} | {field.name: junk})
    with pytest.raises(EncodeError) as caught:
        values.encode(cls, bad)
    assert caught.value.path == f"{cls.__name__}.{field.name}"
    assert caught.value.got is junk


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_the_fast_path_takes_what_the_slow_path_takes(junk: Any) -> None:
    """Alone, within a struct and as a kind, a type takes and refuses the same values, and to the same octets."""
    for hint in SCALARS:
        made = values.codec(hint)
        holder: Any = values.struct(type("Holder", (), {"__annotations__": {"held": hint}}))
        fast = outcome(made.pack, junk)
        assert outcome(made.kind.pack, junk) == fast, hint
        assert outcome(values.codec(holder).pack, holder(held=junk)) == fast, hint


@law_of_types
@given(hint=st.sampled_from(SCALARS), octets=st.binary(max_size=22))
def test_the_fast_path_reads_what_the_slow_path_reads(hint: Any, octets: bytes) -> None:
    """Alone and as a kind, a type reads and refuses the same octets, to the same value."""
    made = values.codec(hint)
    fast, slow = outcome(made.unpack, octets), outcome(made.kind.unpack, octets)
    assert fast == slow or fast != fast  # noqa: PLR0124  (NaN is not itself)


def refusal_of(step: Callable[[], Any]) -> Any:
    """The error of a step that refuses; ``None`` if it does not."""
    try:
        step()
    except (EncodeError, DecodeError) as error:
        return error
    return None


def outcome(step: Any, given: Any) -> Any:
    """What a step gives, or ``None`` where it refuses."""
    try:
        return step(given)
    except REFUSALS:
        return None


@law_of_types
@given(hint=any_type)
def test_the_byte_table_leaves_no_gap(hint: Any) -> None:
    """Leaves begin where the one before ends, and together they are as long as the type."""
    kind = values.codec(hint).kind
    end = 0
    for leaf in kind.leaves():
        assert not isinstance(leaf.kind, Record)
        assert leaf.offset == end
        end += leaf.kind.most
    assert end == kind.most


@law_of_types
@given(cls=structs())
def test_the_byte_table_names_every_field_by_its_path(cls: Any) -> None:
    """A leaf's path leads from the struct to its value."""
    kind: Any = values.codec(cls).kind
    paths = [leaf.path for leaf in kind.leaves()]
    assert len(set(paths)) == len(paths)
    for leaf in kind.leaves():
        found = kind.example
        for step in leaf.path.split("."):
            found = getattr(found, step)
        assert len(leaf.kind.pack(found)) <= leaf.kind.most


@law_of_types
@given(hint=any_type)
def test_every_example_is_a_value(hint: Any) -> None:
    """What documentation shows as an example encodes, and decodes to itself."""
    example = values.codec(hint).kind.example
    assert values.decode(hint, values.encode(hint, example)) == example


@law_of_types
@given(hint=any_type)
def test_sizes_are_written_for_people(hint: Any) -> None:
    """``2 octets``, ``1 octet``, ``0 … 12 octets``: the numbers are those of ``values.size``."""
    made = values.codec(hint)
    least, most = values.size(hint)
    assert (made.least, made.most) == (least, most)
    number, unit = made.kind.octets.rsplit(" ", 1)
    assert number == (str(least) if least == most else f"{least} … {most}")
    assert unit == ("octet" if number == "1" else "octets")


@pytest.mark.parametrize("hint", SCALARS, ids=range(len(SCALARS)))
def test_a_place_begins_the_message(hint: Any) -> None:
    """``Codec.encode`` and ``Codec.decode`` put the place that they are given first."""
    made = values.codec(hint)
    with pytest.raises(EncodeError, match=r"^Room\.value: expected "):
        made.encode(object(), "Room.value")
    with pytest.raises(LengthError, match=r"^Room\.value: expected "):
        made.decode(bytes(made.most + 1), "Room.value")


def test_no_octets_are_called_nothing() -> None:
    """A message about an empty value says so in a word."""
    for hint in FIXED:
        with pytest.raises(LengthError, match=r", got nothing$"):
            values.decode(hint, b"")


@pytest.mark.parametrize("make", [bytearray, memoryview], ids=lambda make: make.__name__)
@law_of_types
@given(hint=any_type, data=st.data())
def test_every_buffer_is_read(make: Any, hint: Any, data: st.DataObject) -> None:
    """``bytearray`` and ``memoryview`` decode to what the same ``bytes`` decode to."""
    kind = values.codec(hint).kind
    octets = values.encode(hint, data.draw(values_of(kind)))
    plain = values.decode(hint, octets)
    assert values.decode(hint, make(octets)) == plain or holds_nan(kind, plain)


# --- structs with all that there is --------------------------------------------------------------------------------

JUNK_PARTS = (object(), "\ud800", 1j, 10**400, -(10**400), math.inf, [None], {})


def drawn(data: st.DataObject, cls: Any) -> Any:
    return data.draw(laid_out.values_of(values.codec(cls).kind), "value")


def parts_of(cls: Any, value: Any) -> dict[str, Any]:
    """What the constructor is given."""
    return {field.argument: getattr(value, field.name) for field in values.codec(cls).kind.fields if field.is_value}


def mixture(data: st.DataObject, cls: Any) -> Any:
    """A value of which each field is good by itself, but they may not fit each other."""
    one, other = parts_of(cls, drawn(data, cls)), parts_of(cls, drawn(data, cls))
    absent = {
        field.argument: field.absent for field in values.codec(cls).kind.fields if field.absent is not attrs.NOTHING
    }
    choices = {name: [one[name], other[name], absent.get(name, one[name])] for name in one}
    return cls(**{name: data.draw(st.sampled_from(found), name) for name, found in choices.items()})


@law_of_types
@given(cls=rich_structs(), data=st.data())
def test_values_of_rich_structs_come_back(cls: Any, data: st.DataObject) -> None:
    """Value → octets → value gives an equal value, and ``size`` bounds the octets."""
    value = drawn(data, cls)
    octets = values.encode(cls, value)
    least, most = values.size(cls)
    assert least <= len(octets) <= most
    assert laid_out.same(values.decode(cls, octets), value)


@law_of_types
@given(cls=rich_structs(), data=st.data())
def test_octets_of_rich_structs_come_back(cls: Any, data: st.DataObject) -> None:
    """Octets → value → octets gives the same octets; where there are several spellings, the value's own, for good."""
    kind = values.codec(cls).kind
    octets = data.draw(laid_out.octets_of(kind))
    with contextlib.suppress(DecodeError):
        value = values.decode(cls, octets)
        again = values.encode(cls, value)
        assert again == octets or spellings(kind)
        assert laid_out.same(values.decode(cls, again), value)


@law_of_types
@given(cls=rich_structs(), data=st.data())
def test_damaged_octets_are_a_value_or_a_decode_error(cls: Any, data: st.DataObject) -> None:
    """Truncated, overlong and mutated octets decode or raise ``DecodeError``, and nothing else."""
    good = values.encode(cls, drawn(data, cls))
    for length in range(len(good) + 1):
        agree_on_octets(cls, good[:length])
    for octets in (good + b"\0", good + good, data.draw(damaged(good)), data.draw(st.binary(max_size=30))):
        agree_on_octets(cls, octets)


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """Some octets changed, or some more among them."""
    octets = bytearray(good)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(octets)))
        octets[place : place + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(octets)


def agree_on_octets(cls: Any, octets: bytes) -> None:
    """The decoder refuses exactly what the explanation finds a place for."""
    kind = values.codec(cls).kind
    refusal = refusal_of(lambda: values.decode(cls, octets))
    found = kind.refuse_octets(octets, kind.label)
    if refusal is None:
        assert (type(found), found.path) == (DecodeError, kind.label)
        assert laid_out.same(kind.take(octets, 0), (values.decode(cls, octets), len(octets)))
    else:
        assert str(found) == str(refusal)
        wrong_opcode = octets[: len(kind.opcode)] != kind.opcode
        assert isinstance(found, LengthError) or found.path.startswith(f"{kind.label}.") or wrong_opcode


@law_of_types
@given(cls=rich_structs(), data=st.data())
def test_mixed_values_are_encoded_or_refused(cls: Any, data: st.DataObject) -> None:
    """Fields that contradict each other are an ``EncodeError`` that names one of them; what is encoded decodes."""
    kind, value = values.codec(cls).kind, mixture(data, cls)
    refusal = refusal_of(lambda: values.encode(cls, value))
    found = kind.refuse_value(value, kind.label)
    if refusal is None:
        assert found.path == kind.label or found.path.startswith(f"{kind.label}.size")
        octets = values.encode(cls, value)  # rounded where a number was meant for another layout
        assert values.encode(cls, values.decode(cls, octets)) == octets
    else:
        assert str(found) == str(refusal)
        assert found.path.startswith(f"{kind.label}.")


@law_of_types
@given(cls=rich_structs(), data=st.data())
def test_a_wrong_part_of_a_rich_struct_is_named(cls: Any, data: st.DataObject) -> None:
    """A field of a wrong type is an ``EncodeError`` whose path begins with this field, wherever it lives."""
    kind = values.codec(cls).kind
    given_ = parts_of(cls, drawn(data, cls))
    for field in kind.fields:
        if field.is_value:
            junk = object()
            with pytest.raises(EncodeError) as caught:
                values.encode(cls, cls(**given_ | {field.argument: junk}))
            assert caught.value.path == f"{kind.label}.{field.name}"
            assert caught.value.got is junk


@law_of_types
@given(cls=rich_structs(), data=st.data())
def test_no_part_breaks_the_encoder_of_a_rich_struct(cls: Any, data: st.DataObject) -> None:
    """Whatever stands in a field, there are octets that decode, or an ``EncodeError``."""
    given_ = parts_of(cls, drawn(data, cls))
    for argument in given_:
        junk = data.draw(st.sampled_from(JUNK_PARTS))
        with contextlib.suppress(EncodeError):
            values.decode(cls, values.encode(cls, cls(**given_ | {argument: junk})))


@law_of_types
@given(cls=rich_structs(), data=st.data())
def test_flags_are_what_stands_in_the_octets(cls: Any, data: st.DataObject) -> None:
    """The properties ``flags``, ``size`` and ``crc`` give the numbers that the encoder writes."""
    kind, value = values.codec(cls).kind, mixture(data, cls)
    with contextlib.suppress(EncodeError):
        octets = values.encode(cls, value)
        rows = {leaf.path: leaf for leaf in kind.leaves()}
        for field in kind.fields:
            if field.role is Role.FLAGS and (row := rows[field.name]).offset is not None:
                written = octets[row.offset : row.offset + field.kind.width]
                assert getattr(value, field.name) == int.from_bytes(written, field.kind.order)
            elif field.role is Role.LENGTH:
                assert getattr(value, field.name) == len(octets)
            elif field.role is Role.CRC and not field.is_value:
                assert getattr(value, field.name) == values.crc16(octets[:-2])


@law_of_types
@given(cls=rich_structs(), data=st.data())
def test_rich_structs_are_values(cls: Any, data: st.DataObject) -> None:
    """They evolve, never change, and what they print evaluates to an equal value where all its parts do."""
    kind, value = values.codec(cls).kind, drawn(data, cls)
    assert laid_out.same(attrs.evolve(value), value)
    for field in kind.fields:
        with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
            setattr(value, field.name, 0)
    other = drawn(data, cls)
    for name, part in parts_of(cls, other).items():
        assert laid_out.same(getattr(attrs.evolve(value, **{name: part}), name), part)
    if "<" not in repr(value):
        assert laid_out.same(eval(repr(value), names_for(kind)), value)  # noqa: S307  (our own repr)


def names_for(kind: Kind) -> dict[str, Any]:
    """The names that a repr may use."""
    names = {"nan": math.nan, "inf": math.inf, "datetime": dt, "UUID": uuid.UUID, **vars(values)}
    return names | {record.label: record.type for record in records_in(kind)}


def records_in(kind: Kind) -> Iterator[Record]:
    if isinstance(kind, Record):
        yield kind
        for field in kind.fields:
            yield from records_in(field.kind)


@law_of_types
@given(cls=rich_structs())
def test_what_is_generated_can_be_read(cls: Any) -> None:
    """``inspect.getsource`` shows the functions of a struct, and no position or name is left open in them."""
    kind = values.codec(cls).kind
    for function in (kind.pack, kind.unpack):
        source = inspect.getsource(function)
        assert source.startswith(f"def {function.__name__}(")
        assert "<at" not in source
        assert "<check>" not in source
    assert inspect.getsource(kind.take)


@law_of_types
@given(cls=rich_structs(), data=st.data())
def test_examples_and_tables_of_rich_structs(cls: Any, data: st.DataObject) -> None:
    """The example encodes and comes back; the byte table has each field, and where it says, there its octets are."""
    kind: Any = values.codec(cls).kind
    example = kind.example
    assert laid_out.same(values.decode(cls, values.encode(cls, example)), example)
    rows = list(kind.leaves())
    assert [row.path.partition(".")[0] for row in rows] == unfolded(kind)
    value = drawn(data, cls)
    octets = values.encode(cls, value)
    steady = (row for row in rows if row.kind.least == row.kind.most and not isinstance(row.kind, Check))
    for row in steady:
        if row.offset is not None and not row.note:
            assert laid_out.same(row.kind.take(octets, row.offset)[0], reduce(getattr, row.path.split("."), value))


def unfolded(kind: Any) -> list[str]:
    """The first step of each row's path."""
    return [field.name for field in kind.fields for _ in (field.kind.leaves() if field.bits is None else [0])]


@law_of_types
@given(cls=rich_structs(), data=st.data())
def test_rich_structs_stand_in_arrays_and_structs(cls: Any, data: st.DataObject) -> None:
    """What says where it ends can be followed by more of it, or by anything."""
    kind = values.codec(cls).kind
    if not kind.greedy:
        value = drawn(data, cls)
        octets = values.encode(cls, value)
        holder: Any = values.struct(type("Holder", (), {"__annotations__": {"held": cls, "behind": values.UInt16}}))
        assert values.encode(holder, holder(held=value, behind=0x1234)) == octets + b"\x34\x12"
        assert laid_out.same(values.decode(holder, octets + b"\x34\x12"), holder(held=value, behind=0x1234))
        pair = Annotated[tuple[cls, ...], values.Count(2)]
        if 2 * kind.most <= values.LONGEST:
            assert values.encode(pair, (value, value)) == octets + octets
            assert laid_out.same(values.decode(pair, octets + octets), (value, value))
