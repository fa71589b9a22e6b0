"""What the flags of a struct decide: presence, bits, widths, layouts, and fields that exclude each other.

The annotations are text (``from __future__ import annotations``), as in most modules that declare structs.
"""

from __future__ import annotations

import enum
from itertools import product
from typing import Annotated, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import DecodeError, EncodeError, Fault, LengthError, OpenEnum, SchemaError, struct, values
from gattschema.values import (
    AnyUuid,
    BigEndian,
    Bits,
    Count,
    Crc,
    Crc16,
    Excludes,
    Float32,
    Float64,
    Length,
    MedFloat16,
    Octets,
    Presence,
    Range,
    Scale,
    SInt8,
    SInt16,
    Switch,
    UInt4,
    UInt8,
    UInt12,
    UInt16,
    UInt24,
    UInt32,
    UInt128,
    Unit,
    Unknown,
    Utf8,
    When,
    Widths,
    derived,
)
from tests.strategies import law

SECONDS = Annotated[float, UInt16, Scale(binary=-10), Unit.SECOND]


@struct
class Pulse:
    """Flags, a width, bits, a gated number and a gated tail."""

    flags: Presence[UInt8] = derived()
    rate: Annotated[int, Widths(UInt8, UInt16, bit=0), Unit.BEATS_PER_MINUTE]
    contact: Annotated[bool, Bits(1)] = False
    supported: Annotated[bool, Bits(2)] = False
    energy: Annotated[float | None, UInt16, Scale(decimal=3), Unit.JOULE, When(bit=3)] = None
    intervals: Annotated[tuple[SECONDS, ...], Count(max=9), When(bit=4)] = ()


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (Pulse(rate=72), "0048"),
        (Pulse(rate=255, contact=True), "02ff"),
        (Pulse(rate=256, supported=True), "050001"),
        (Pulse(rate=72, energy=5000), "08480500"),
        (Pulse(rate=72, intervals=(1.0, 0.5)), "104800040002"),
        (Pulse(rate=300, contact=True, supported=True, energy=0, intervals=(0.0,)), "1f2c0100000000"),
    ],
)
def test_the_flags_follow_from_the_fields(value: Pulse, octets: str) -> None:
    """Each octet is where the specification puts it, and ``flags`` is what stands first."""
    assert values.encode(Pulse, value).hex() == octets
    assert values.decode(Pulse, bytes.fromhex(octets)) == value
    assert value.flags == int(octets[:2], 16)


def test_flags_cannot_be_given_or_changed() -> None:
    """What follows from the fields is a property: not an argument, not in ``repr``, not to be set."""
    with pytest.raises(TypeError, match="flags"):
        Pulse(rate=72, flags=1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Pulse(rate=72).flags = 1
    assert repr(Pulse(rate=72, energy=1.0)) == "Pulse(rate=72, energy=1.0)"
    assert values.derived().__class__.__name__ == "Derived"
    init: Any = True
    with pytest.raises(Fault, match="cannot be given"):
        derived(init=init)


def test_a_wide_spelling_is_read_and_written_narrow() -> None:
    """The decoder takes 72 in two octets; the encoder takes the first width that fits."""
    assert values.decode(Pulse, bytes.fromhex("014800")) == Pulse(rate=72)
    assert values.encode(Pulse, values.decode(Pulse, bytes.fromhex("014800"))).hex() == "0048"


@law
@given(st.floats(-5, 7000), st.booleans())
def test_the_width_is_that_of_the_flags_wherever_it_is_rounded(number: float, gated: bool) -> None:  # noqa: FBT001
    """At the edge between two widths the flags, the octets and the decoder agree."""

    @struct
    class Weight:
        flags: Presence[UInt8] = derived()
        grams: Annotated[float | None, Widths(UInt8, UInt16, bit=3), Scale(decimal=-1), When(bit=4)] = None
        plain: Annotated[float, Widths(SInt8, SInt16, bit=0), Scale(decimal=-1)] = 0.0

    value = Weight(grams=number) if gated else Weight(plain=number)
    try:
        octets = values.encode(Weight, value)
    except EncodeError as error:
        assert number < 0 or number > 3276.7
        assert error.path in {"Weight.grams", "Weight.plain"}  # noqa: PT017
    else:
        assert octets[0] == value.flags
        again = values.decode(Weight, octets)
        assert (again.grams if gated else again.plain) == pytest.approx(number, abs=0.0501)


def test_reserved_bits_survive() -> None:
    """Bits of which nothing is known come back, take part in equality and ``attrs.evolve``, and show in ``repr``."""
    value = values.decode(Pulse, b"\xe0\x48")
    assert values.encode(Pulse, value) == b"\xe0\x48"
    assert value != Pulse(rate=72)
    evolved: Any = attrs.evolve(value, rate=73)
    assert values.encode(Pulse, evolved) == b"\xe0\x49"
    assert evolved.flags == 0xE0
    assert repr(value) == "Pulse(rate=72, flags_reserved=0xe0)"
    assert eval(repr(value)) == value  # noqa: S307  (our own repr)


@pytest.mark.parametrize("bits", [0x1F, -1, 1 << 40, 0x11F])
def test_reserved_bits_are_those_that_nobody_has(bits: int) -> None:
    """Whatever is put into the hidden attribute, known bits and other octets stay what they are."""
    make: Any = Pulse
    value = make(rate=72, flags_reserved=bits)
    assert values.encode(Pulse, value) == bytes([bits & 0xE0, 72])
    assert value.flags == bits & 0xE0
    with pytest.raises(EncodeError, match="an int"):
        values.encode(Pulse, make(rate=72, flags_reserved="x"))


def test_a_name_like_that_of_the_hidden_attribute_may_be_taken() -> None:
    """A field called ``flags_reserved`` beside flags with reserved bits."""

    @struct
    class Taken:
        flags: Presence[UInt8] = derived()
        flags_reserved: UInt8

    value = values.decode(Taken, b"\x81\x02")
    assert value.flags_reserved == 2
    assert values.encode(Taken, value) == b"\x81\x02"


# --- who is there when -----------------------------------------------------------------------------------------------


class Kind(OpenEnum):
    NONE = 0
    ONE = 1
    TWO = 2


@struct
class Gates:
    """One of each condition."""

    flags: Presence[UInt16] = derived()
    kind: Kind
    exact: Annotated[bool, Bits(0)] = False
    clear: Annotated[UInt8 | None, When(bit=1, clear=True)] = None
    first: Annotated[UInt8 | None, When(bit=2)] = None
    second: Annotated[UInt16 | None, When(bit=2)] = None
    joint: Annotated[UInt8 | None, When(bits=(3, 4))] = None
    named: Annotated[UInt8 | None, When(bit=0)] = None
    equal: Annotated[UInt8 | None, When(field="kind", equals=Kind.ONE)] = None
    unequal: Annotated[UInt8 | None, When(field="kind", differs=Kind.NONE)] = None
    among: Annotated[UInt8 | None, When(field="kind", among=(Kind.ONE, Kind.TWO))] = None
    both: Annotated[UInt8 | None, When(bit=5), When(field="kind", equals=Kind.TWO)] = None


GATES: dict[str, tuple[Any, ...]] = dict.fromkeys(("clear", "pair", "joint", "exact", "kind", "both"), (None, 7))


def test_every_combination_of_gates() -> None:
    """All that fits is encoded in order, flag by flag, and comes back; all that contradicts is refused by name."""
    taken = refused = 0
    for kind, exact, clear, pair, joint, both in product(
        Kind, (False, True), (None, 7), (None, 8), (None, 9), (None, 10)
    ):
        fitting = {
            "clear": clear,
            "first": pair,
            "second": pair,
            "joint": joint,
            "named": 11 if exact else None,
            "equal": 12 if kind == Kind.ONE else None,
            "unequal": 13 if kind != Kind.NONE else None,
            "among": 14 if kind in {Kind.ONE, Kind.TWO} else None,
            "both": both,
        }
        value = Gates(kind=kind, exact=exact, **fitting)  # type: ignore[arg-type]
        if both is not None and kind != Kind.TWO:
            with pytest.raises(EncodeError) as caught:
                values.encode(Gates, value)
            assert caught.value.path == "Gates.both"
            assert caught.value.got == 10
            refused += 1
            continue
        word = (
            exact
            | (clear is None) << 1
            | (pair is not None) << 2
            | (joint is not None) * 0x18
            | (both is not None) << 5
        )
        parts = [
            part.to_bytes(2 if name == "second" else 1, "little") for name, part in fitting.items() if part is not None
        ]
        octets = word.to_bytes(2, "little") + bytes([kind]) + b"".join(parts)
        assert values.encode(Gates, value) == octets
        assert values.decode(Gates, octets) == value
        assert value.flags == word
        taken += 1
    assert (taken, refused) == (64, 32)


@pytest.mark.parametrize(
    ("changes", "path", "why"),
    [
        ({"first": 1}, "second", "together with first"),
        ({"second": 1}, "first", "together with second"),
        ({"named": 1}, "named", "since it is there if bit 0 of flags is set"),
        ({"exact": True}, "named", "since it is there if bit 0 of flags is set"),
        ({"equal": 1}, "equal", "since kind is <Kind.NONE: 0>"),
        ({"kind": Kind.TWO}, "unequal", "since kind is <Kind.TWO: 2>"),
        ({"kind": Kind.TWO, "unequal": 1}, "among", "since kind is <Kind.TWO: 2>"),
        ({"both": 1}, "both", "if bit 5 of flags is set and if kind == <Kind.TWO: 2>"),
    ],
)
def test_a_contradiction_is_told_with_its_reason(changes: dict[str, Any], path: str, why: str) -> None:
    """The path is that of the field in question, the message says which other field has to do with it."""
    make: Any = Gates
    with pytest.raises(EncodeError) as caught:
        values.encode(Gates, make(**{"kind": Kind.NONE, **changes}))
    assert caught.value.path == f"Gates.{path}"
    assert why in caught.value.expected


def test_two_bits_only_together_mean_something() -> None:
    """One of two bits alone lets nothing in; the encoder then writes neither."""
    octets = bytes.fromhex("0a0000")
    assert values.decode(Gates, octets) == Gates(kind=Kind.NONE)
    assert values.encode(Gates, Gates(kind=Kind.NONE)) == bytes.fromhex("020000")


@struct
class Either:
    """A bit that lets one in when it is set and the other when it is clear."""

    flags: Presence[UInt8] = derived()
    metric: Annotated[UInt8 | None, When(bit=0, clear=True)] = None
    imperial: Annotated[UInt16 | None, When(bit=0)] = None


def test_one_of_two_is_there() -> None:
    """Neither, and both, are refused; the message says it is one instead of the other."""
    assert values.encode(Either, Either(metric=5)) == b"\x00\x05"
    assert values.encode(Either, Either(imperial=5)) == b"\x01\x05\x00"
    assert values.size(Either) == (2, 3)
    for wrong in (Either(), Either(metric=1, imperial=2)):
        with pytest.raises(EncodeError, match="instead of"):
            values.encode(Either, wrong)


@struct
class Free:
    """Optional fields take the free bits in order, around those that are taken."""

    flags: Presence[UInt8] = derived()
    a: UInt8 | None = None
    mode: Annotated[int, Bits(1, 2)] = 0
    b: UInt8 | None = None
    c: Annotated[UInt8 | None, When(bit=0, clear=False)] = None


def test_optional_fields_take_the_next_free_bit() -> None:
    """Bits 1 and 2 are the mode's, 0 is that of the marked field, so that the others have 3 and 4."""
    assert values.encode(Free, Free(a=1, b=2, c=3, mode=3)) == bytes([0b00011111, 1, 2, 3])
    assert values.encode(Free, Free(b=2)) == bytes([0b00010000, 2])


@struct
class Two:
    """Two words of flags."""

    flags: Presence[UInt8] = derived()
    more: Presence[UInt16] = derived()
    on: Annotated[bool, Bits(15, flags="more")] = False
    a: Annotated[UInt8 | None, When(bit=0, flags="flags")] = None
    b: Annotated[UInt8 | None, When(bit=0, flags="more")] = None
    c: Annotated[int, Widths(UInt8, UInt16, bit=1, flags="more")] = 0


def test_marks_say_which_flags_they_mean() -> None:
    """With two words each mark names its own."""
    value = Two(a=1, on=True, c=300)
    assert values.encode(Two, value).hex() == "01" + "0280" + "01" + "2c01"
    assert values.decode(Two, values.encode(Two, value)) == value
    assert (value.flags, value.more) == (1, 0x8002)


@struct(byteorder="big")
class Big:
    """Everything turned around but the nested struct."""

    flags: Presence[UInt16] = derived()
    level: Annotated[int, Bits(8, 11)] = 0
    size: Length[UInt16] = derived()
    width: Annotated[int, Widths(UInt8, UInt24, bit=0)] = 0
    gated: Annotated[float | None, UInt16, Scale(decimal=-1), When(bit=1)] = None
    many: Annotated[tuple[UInt16, ...], Count(2), When(bit=2)] = ()
    layout: Annotated[float, Switch("level", {0: MedFloat16, 1: Float32})] = 0.0
    little: Either = Either(imperial=0x0102)


def test_byteorder_big_turns_flags_widths_gates_arrays_and_lengths() -> None:
    """The struct's own numbers begin with their most significant octet; bits keep their numbers."""
    value = Big(level=1, width=0x010203, gated=25.8, many=(1, 0x0203), layout=1.0)
    octets = "0107" + "0014" + "010203" + "0102" + "00010203" + "3f800000" + "010201"
    assert values.encode(Big, value).hex() == octets
    assert values.decode(Big, bytes.fromhex(octets)) == value
    assert (value.flags, value.size) == (0x0107, 0x14)


def test_a_struct_extends_one_with_flags() -> None:
    """New fields take bits that the base left over; the base goes on reading what it knows, and keeps the rest."""

    @struct
    class Extended(Free):
        position: Annotated[UInt8 | None, When(bit=7)] = None
        sitting: Annotated[bool, Bits(5)] = False
        next_free: UInt8 | None = None

    with pytest.raises(SchemaError, match="intervals"):

        @struct
        class Behind(Pulse):  # whose intervals take the rest
            number: UInt8

    value = Extended(a=1, position=2, sitting=True, next_free=3)
    assert values.encode(Extended, value) == bytes([0b11101000, 1, 2, 3])
    assert values.decode(Extended, bytes([0b11101000, 1, 2, 3])) == value
    assert value.flags == 0b11101000
    assert values.encode(Free, values.decode(Free, b"\xe0")) == b"\xe0"


def test_bits_all_taken_leave_no_hidden_attribute() -> None:
    """A class whose flags are all known has the fields that it declares, and no more."""

    @struct
    class Known:
        flags: Presence[UInt8] = derived()
        low: Annotated[int, Bits(0, 6)] = 0
        top: UInt8 | None = None

    assert [field.name for field in attrs.fields(Known)] == ["low", "top"]  # type: ignore[arg-type]  # checkers see a dataclass
    assert values.encode(Known, Known(low=3, top=4)) == b"\x83\x04"


# --- layouts that a value chooses ------------------------------------------------------------------------------------


@struct
class Mass:
    flags: Presence[UInt8] = derived()
    imperial: Annotated[bool, Bits(0)] = False
    weight: Annotated[
        float,
        Switch(
            "imperial",
            {
                False: Annotated[float, UInt16, Scale(multiplier=5, decimal=-3), Unit.KILOGRAM],
                True: Annotated[float, UInt16, Scale(decimal=-2), Unit.POUND],
            },
        ),
    ]
    height: Annotated[
        float | None,
        Switch("imperial", {False: Annotated[float, UInt16, Scale(decimal=-3)], True: SInt16}),
        When(bit=1),
    ] = None


def test_a_bit_chooses_the_layout() -> None:
    """The same octets mean kilograms or pounds."""
    assert values.encode(Mass, Mass(weight=70)).hex() == "00b036"
    assert values.encode(Mass, Mass(weight=70, imperial=True)).hex() == "01581b"
    assert values.encode(Mass, Mass(weight=70, imperial=True, height=68)).hex() == "03581b4400"
    assert values.decode(Mass, bytes.fromhex("03581b4400")) == Mass(weight=70, imperial=True, height=68)
    with pytest.raises(EncodeError, match=r"^Mass\.weight: expected a float, 0 … 655.35 lb, got 'x'$"):
        values.encode(Mass, Mass(weight="x", imperial=True))  # type: ignore[arg-type]


@struct
class Chosen:
    kind: UInt8
    rest: Annotated[Any, Switch("kind", {1: Annotated[str, Utf8(max=4)], 2: Annotated[bytes, Octets(max=4)], 3: Pulse})]


def test_what_takes_the_rest_may_be_chosen_too() -> None:
    """The deciding value alone says what the rest is, even where several layouts would take it."""
    for value, octets in (
        (Chosen(kind=1, rest="abc"), b"\x01abc"),
        (Chosen(kind=2, rest=b"abc"), b"\x02abc"),
        (Chosen(kind=3, rest=Pulse(rate=72)), b"\x03\x00\x48"),
    ):
        assert values.encode(Chosen, value) == octets
        assert values.decode(Chosen, octets) == value
    for wrong in (Chosen(kind=1, rest=b"abc"), Chosen(kind=2, rest="abc"), Chosen(kind=3, rest="x")):
        with pytest.raises(EncodeError) as caught:
            values.encode(Chosen, wrong)
        assert caught.value.path == "Chosen.rest"


def test_a_value_that_chooses_nothing_is_refused() -> None:
    """The message says which values have a layout."""
    with pytest.raises(EncodeError, match=r"^Chosen\.rest: expected a layout: kind is 4, none of 1, 2, 3, got 'x'$"):
        values.encode(Chosen, Chosen(kind=4, rest="x"))
    with pytest.raises(DecodeError, match=r"^Chosen\.rest: expected a layout: kind is 4, none of 1, 2, 3"):
        values.decode(Chosen, b"\x04x")


def test_a_layout_may_be_the_only_one_and_optional() -> None:
    """A gate and a choice on one field: while the gate is shut, nothing is chosen."""

    @struct
    class Lone:
        flags: Presence[UInt8] = derived()
        kind: UInt8
        part: Annotated[int | None, Switch("kind", {1: UInt8}), When(bit=0)] = None

    for kind in (0, 1):
        assert values.encode(Lone, Lone(kind=kind)) == bytes([0, kind])
        assert values.decode(Lone, bytes([0, kind])) == Lone(kind=kind)
    assert values.encode(Lone, Lone(kind=1, part=9)) == b"\x01\x01\x09"
    with pytest.raises(EncodeError, match=r"Lone\.part"):
        values.encode(Lone, Lone(kind=0, part=9))


# --- fields that exclude each other ----------------------------------------------------------------------------------


@struct
class Tails:
    flags: Presence[UInt8] = derived()
    forces: Annotated[tuple[UInt16, ...], Count(max=3), When(bit=0)] = ()
    torques: Annotated[tuple[UInt8, ...], Count(max=5), When(bit=1), Excludes("forces")] = ()


def test_of_two_tails_one_is_there() -> None:
    """Either, or none; both are refused both ways, by the name of the later one."""
    for value, octets in ((Tails(), "00"), (Tails(forces=(1, 2)), "0101000200"), (Tails(torques=(1, 2)), "020102")):
        assert values.encode(Tails, value).hex() == octets
        assert values.decode(Tails, bytes.fromhex(octets)) == value
    with pytest.raises(EncodeError, match=r"^Tails\.torques: expected nothing, since forces is given, got \(2,\)"):
        values.encode(Tails, Tails(forces=(1,), torques=(2,)))
    with pytest.raises(DecodeError, match=r"^Tails\.torques: expected nothing, since forces is there"):
        values.decode(Tails, bytes.fromhex("0301000200"))
    assert values.size(Tails) == (1, 7)


# --- sizes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "shortest", "longest"),
    [
        (Pulse, Pulse(rate=0), Pulse(rate=256, energy=0, intervals=(0,) * 9)),
        (Either, Either(metric=0), Either(imperial=0)),
        (Free, Free(), Free(a=1, b=1, c=1)),
        (Two, Two(), Two(a=1, b=1, c=256)),
        (Mass, Mass(weight=0), Mass(weight=0, height=0)),
        (Tails, Tails(), Tails(forces=(0, 0, 0))),
        (Big, Big(little=Either(metric=0)), Big(level=1, width=256, gated=0, many=(0, 0))),
    ],
    ids=lambda part: part.__name__ if isinstance(part, type) else "",
)
def test_sizes_are_reached(cls: Any, shortest: Any, longest: Any) -> None:
    """``size`` is no estimate: there is a value of just so few, and one of just so many octets."""
    assert values.size(cls) == (len(values.encode(cls, shortest)), len(values.encode(cls, longest)))


@pytest.mark.parametrize(
    ("cls", "octets", "message"),
    [
        (Pulse, "", "Pulse.flags: expected 1 octet (uint8), got nothing"),
        (Pulse, "00", "Pulse.rate: expected 1 octet (uint8), got nothing"),
        (Pulse, "0148", "Pulse.rate: expected 2 octets (uint16), got 48"),
        (Pulse, "084801", "Pulse.energy: expected 2 octets (uint16), got 01"),
        (Pulse, "1048010203", "Pulse.intervals[1]: expected 2 octets (uint16), got 03"),
        (Pulse, "004801", "Pulse: expected nothing behind rate, which ends after 2 octets, got 01"),
        (Mass, "02000000", "Mass.height: expected 2 octets (uint16), got 00"),
    ],
)
def test_too_few_octets_are_missed_where_they_are_missing(cls: Any, octets: str, message: str) -> None:
    """The ``LengthError`` names the field that the flags promised, or says how many octets there should be."""
    with pytest.raises(LengthError) as caught:
        values.decode(cls, bytes.fromhex(octets))
    assert str(caught.value) == message


# --- declarations that cannot be -------------------------------------------------------------------------------------


def make(**fields: Any) -> Any:
    """A struct of these annotations, or pairs of an annotation and a default."""
    hints = {name: field[0] if isinstance(field, tuple) else field for name, field in fields.items()}
    defaults = {name: field[1] for name, field in fields.items() if isinstance(field, tuple)}
    return struct(type("Made", (), {"__annotations__": hints, **defaults}))


FLAGS = (Presence[UInt8], derived())
LENGTH = (Length[UInt8], derived())
MODE = enum.IntEnum("MODE", {"OFF": 0, "FAR": 9})


def gated(hint: Any, *marks: Any) -> tuple[Any, None]:
    made = hint | None
    for mark in marks:
        made = Annotated[made, mark]
    return made, None


FAULTS: dict[str, tuple[str, Any]] = {
    "optional without flags": ("a", lambda: make(a=gated(UInt8))),
    "gate without flags": ("a", lambda: make(a=gated(UInt8, When(bit=0)))),
    "bits without flags": ("a", lambda: make(a=Annotated[bool, Bits(0)])),
    "widths without flags": ("a", lambda: make(a=Annotated[int, Widths(UInt8, UInt16, bit=0)])),
    "flags behind": ("a", lambda: make(a=gated(UInt8, When(bit=0)), flags=FLAGS)),
    "no such flags": ("a", lambda: make(flags=FLAGS, a=gated(UInt8, When(bit=0, flags="more")))),
    "which flags": ("a", lambda: make(flags=FLAGS, more=FLAGS, a=gated(UInt8, When(bit=0)))),
    "which free bit": ("a", lambda: make(flags=FLAGS, more=FLAGS, a=gated(UInt8))),
    "no bit left": ("a", lambda: make(flags=FLAGS, b=Annotated[int, Bits(0, 7)], a=gated(UInt8))),
    "no such bit": ("a", lambda: make(flags=FLAGS, a=gated(UInt8, When(bit=8)))),
    "no such bits": ("a", lambda: make(flags=FLAGS, a=Annotated[int, Bits(7, 8)])),
    "far too many bits": ("a", lambda: make(flags=FLAGS, a=Annotated[int, Bits(0, 99)])),
    "a bit of two": ("b", lambda: make(flags=FLAGS, a=Annotated[int, Bits(0, 3)], b=Annotated[bool, Bits(3)])),
    "a bit of width and value": (
        "b",
        lambda: make(flags=FLAGS, a=Annotated[bool, Bits(0)], b=Annotated[int, Widths(UInt8, UInt16, bit=0)]),
    ),
    "a bit of width and gate": (
        "b",
        lambda: make(flags=FLAGS, a=Annotated[int, Widths(UInt8, UInt16, bit=0)], b=gated(UInt8, When(bit=0))),
    ),
    "a bool of two bits": ("a", lambda: make(flags=FLAGS, a=Annotated[bool, Bits(0, 1)])),
    "a type of another width in bits": ("a", lambda: make(flags=FLAGS, a=Annotated[UInt4, Bits(0, 2)])),
    "text in bits": ("a", lambda: make(flags=FLAGS, a=Annotated[str, Utf8(1), Bits(0, 7)])),
    "big bits": ("a", lambda: make(flags=FLAGS, a=Annotated[UInt4, BigEndian(), Bits(0, 3)])),
    "members beyond the bits": ("a", lambda: make(flags=FLAGS, a=Annotated[MODE, Bits(0, 2)])),
    "None and not known": (
        "a",
        lambda: make(flags=FLAGS, a=gated(float, UInt8, Scale(), Unknown(255), When(bit=0))),
    ),
    "no value for not there": ("a", lambda: make(flags=FLAGS, a=Annotated[UInt8, When(bit=0)])),
    "an enumeration of two widths": ("a", lambda: make(flags=FLAGS, a=Annotated[MODE, Widths(UInt8, UInt16, bit=0)])),
    "a float of two widths": ("a", lambda: make(flags=FLAGS, a=Annotated[float, Widths(Float32, Float64, bit=0)])),
    "decider behind": ("a", lambda: make(a=gated(UInt8, When(field="b", equals=1)), b=UInt8)),
    "decider missing": ("a", lambda: make(a=gated(UInt8, When(field="b", equals=1)))),
    "decider that follows": ("a", lambda: make(size=LENGTH, a=gated(UInt8, When(field="size", equals=1)))),
    "a scaled number without flags": ("a", lambda: make(a=gated(Annotated[float, UInt8, Scale()]))),
    "a negative number without flags": ("a", lambda: make(a=gated(Annotated[float, SInt8, Scale()]))),
    "no None for a scaled number": ("a", lambda: make(flags=FLAGS, a=Annotated[float, UInt8, Scale(), When(bit=0)])),
    "no None for a member": ("a", lambda: make(flags=FLAGS, a=Annotated[MODE, When(bit=0)])),
    "no None for a boolean": ("a", lambda: make(flags=FLAGS, a=Annotated[bool, When(bit=0)])),
    "a value without a layout": (
        "a",
        lambda: make(flags=FLAGS, on=Annotated[bool, Bits(0)], a=Annotated[int, Switch("on", {True: UInt8})]),
    ),
    "a layout without a value": (
        "a",
        lambda: make(mode=MODE, a=Annotated[int, Switch("mode", {0: UInt8, 9: UInt8, 5: UInt8})]),
    ),
    "chooser missing": ("a", lambda: make(a=Annotated[int, Switch("b", {0: UInt8})])),
    "excludes without a gate": (
        "b",
        lambda: make(flags=FLAGS, a=gated(UInt8, When(bit=0)), b=Annotated[UInt8, Excludes("a")]),
    ),
    "excludes what is always there": (
        "b",
        lambda: make(flags=FLAGS, a=UInt8, b=gated(UInt8, When(bit=0), Excludes("a"))),
    ),
    "excludes nobody": ("b", lambda: make(flags=FLAGS, b=gated(UInt8, When(bit=0), Excludes("a")))),
    "derived value": ("a", lambda: make(a=(UInt8, derived()))),
    "derived nothing": ("a", lambda: struct(type("Made", (), {"__annotations__": {"b": UInt8}, "a": derived()}))),
    "given flags": ("flags", lambda: make(flags=(Presence[UInt8], 5), a=UInt8)),
    "gated flags": ("more", lambda: make(flags=FLAGS, more=(Annotated[Presence[UInt8], When(bit=0)], derived()))),
    "flags of a float": ("flags", lambda: make(flags=(Presence[Float32], derived()))),
    "flags of four bits": ("flags", lambda: make(flags=(Presence[UInt4], derived()))),
    "flags of 128 bits": ("flags", lambda: make(flags=(Presence[UInt128], derived()))),
    "check in front": ("crc", lambda: make(crc=(Crc16, derived()), a=UInt8)),
    "perhaps a check in front": ("crc", lambda: make(crc=(Annotated[bool, Crc()], False), a=UInt8)),
    "a default that is no bool": ("crc", lambda: make(a=UInt8, crc=(Annotated[bool, Crc()], 5))),
    "a default beyond the bits": ("a", lambda: make(flags=FLAGS, a=(Annotated[int, Bits(0, 1)], 4))),
    "a default in a gate": ("a", lambda: make(flags=FLAGS, a=(Annotated[UInt8 | None, When(bit=0)], 256))),
    "a rest in front": ("a", lambda: make(a=AnyUuid, b=UInt8)),
}


@pytest.mark.parametrize(("where", "declare"), FAULTS.values(), ids=FAULTS)
def test_a_struct_that_cannot_be_is_a_fault(where: str, declare: Any) -> None:
    """Each mistake is said where it is, with what was found, what is allowed and what to write."""
    with pytest.raises(SchemaError) as caught:
        declare()
    fault = caught.value.faults[0]
    assert fault.where == where
    for part in (fault.finding, fault.allowed, fault.instead):
        assert part
        assert part in caught.value.report


MARKS: dict[str, Any] = {
    "no condition": When,
    "a bit and a field": lambda: When(bit=1, field="a", equals=1),
    "a field alone": lambda: When(field="a"),
    "two comparisons": lambda: When(field="a", equals=1, differs=2),
    "a comparison alone": lambda: When(equals=1),
    "bits upside down": lambda: Bits(3, 1),
    "a negative bit": lambda: Bits(-1),
    "fewer than none": lambda: Count(-1),
    "a count upside down": lambda: Count(min=3, max=2),
}


@pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)
def test_a_mark_that_cannot_be_is_a_fault(mark: Any) -> None:
    """It is refused where it is written, and what it says to write instead works."""
    with pytest.raises(Fault) as caught:
        mark()
    for offer in caught.value.instead.split(", or "):
        assert eval(offer, {"When": When, "Bits": Bits, "Count": Count})  # noqa: S307  (our own message)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda: make(a=gated(UInt8, When(bit=0))), "flags: Presence[UInt8] = derived()"),
        (lambda: make(a=UInt12), "one more field of 4 bits behind a"),
        (lambda: make(flags=FLAGS, a=Annotated[bool, Bits(2, 3)]), "Bits(2)"),
        (lambda: make(flags=FLAGS, more=FLAGS, a=gated(UInt8, When(bit=0))), 'flags="flags"'),
        (
            lambda: make(flags=FLAGS, a=Annotated[float, Widths(Float32, Float64, bit=0)]),
            "Annotated[int, Widths(UInt8, UInt16, bit=0)]",
        ),
    ],
    ids=range(5),
)
def test_faults_say_what_to_write(wrong: Any, name: str) -> None:
    """… in the words of the declaration."""
    with pytest.raises(SchemaError) as caught:
        wrong()
    assert caught.value.faults[0].instead == name


def test_what_the_faults_offer_works() -> None:
    """The structs that the messages above lead to compile."""
    assert values.size(make(flags=FLAGS, a=gated(UInt8, When(bit=0)))) == (1, 2)
    assert values.size(make(a=UInt12, b=UInt4)) == (2, 2)
    assert values.size(make(flags=FLAGS, a=Annotated[bool, Bits(2)])) == (1, 1)
    assert values.size(make(flags=FLAGS, more=FLAGS, a=gated(UInt8, When(bit=0, flags="flags")))) == (2, 3)
    assert values.size(make(flags=FLAGS, a=Annotated[int, Widths(UInt8, UInt16, bit=0)])) == (2, 3)
    assert values.size(make(flags=(Presence[UInt16], derived()), b=Annotated[int, Bits(0, 7)], a=gated(UInt8))) == (
        2,
        3,
    )
    assert values.size(make(flags=FLAGS, a=gated(Annotated[float, UInt32, Scale(), Range(0, 5)], When(bit=0)))) == (
        1,
        5,
    )


# --- for people ------------------------------------------------------------------------------------------------------

STRUCTS = (Pulse, Gates, Either, Free, Two, Big, Mass, Chosen, Tails)
every_struct = pytest.mark.parametrize("cls", STRUCTS, ids=lambda cls: cls.__name__)


@every_struct
def test_examples_fit_their_flags(cls: Any) -> None:
    """What documentation shows encodes and comes back, whatever decides on its fields."""
    example = values.codec(cls).kind.example
    assert values.decode(cls, values.encode(cls, example)) == example


@every_struct
def test_every_field_says_what_it_takes(cls: Any) -> None:
    """Label, allowed values and size of each field, alternatives and arrays among them, are words."""
    kind: Any = values.codec(cls).kind
    for field in kind.fields:
        for words in (field.kind.label, field.kind.allowed, field.kind.expected, field.kind.octets):
            assert words
        if field.is_value and field.kind.wire() is None:
            assert field.kind.least <= len(field.kind.pack(field.kind.example)) <= field.kind.most


def test_alternatives_are_named_side_by_side() -> None:
    """A width and a layout say each of theirs; by themselves they read as the first that takes the octets."""
    kind: Any = values.codec(Pulse).kind
    rate = kind.field("rate").kind
    assert rate.label == "uint8 or uint16"
    assert rate.allowed == "0 … 255 bpm or 0 … 65535 bpm"
    assert (rate.unpack(b"\x07"), rate.unpack(b"\x07\x01")) == (7, 0x0107)
    assert kind.field("intervals").kind.allowed == "0 … 9 of 0 … 63.999 s"
    assert kind.field("intervals").kind.label == "uint16[0 … 9]"


def test_the_table_says_when_and_where() -> None:
    """Offsets as far as they are known, the flags' own for bits, and the condition of each gated field."""
    rows = {leaf.path: (leaf.offset, leaf.note) for leaf in values.codec(Two).kind.leaves()}
    assert rows == {
        "flags": (0, ""),
        "more": (1, ""),
        "on": (1, "bit 15 of more"),
        "a": (3, "if bit 0 of flags is set"),
        "b": (None, "if bit 0 of more is set"),
        "c": (None, ""),
    }


@struct
class Rivals:
    flags: Presence[UInt8] = derived()
    one: Annotated[UInt8 | None, When(bit=0)] = None
    other: Annotated[UInt8 | None, When(bit=1), Excludes("one")] = None


def test_what_the_flags_contradict_is_no_matter_of_length() -> None:
    """Both flags ask for three octets, and they are there; what is wrong is that both are set."""
    with pytest.raises(DecodeError, match=r"^Rivals\.other: expected nothing, since one is there, got 02$") as caught:
        values.decode(Rivals, b"\x03\x01\x02")
    assert type(caught.value) is DecodeError
