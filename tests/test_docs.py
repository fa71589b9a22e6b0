"""The pages: everything in the plan is on them, every octet is accounted for, and nothing in a text breaks them."""

import enum
import re
from collections.abc import Iterator
from typing import Annotated, Any, Self

import attrs
import pytest

from gattschema import (
    BigEndian,
    Broadcast,
    Float64,
    Indicate,
    Notify,
    Octets,
    Read,
    ReadNotify,
    ReadWrite,
    ReadWriteNotify,
    ReliableWrite,
    Request,
    Service,
    SignedWrite,
    SInt16,
    SInt24,
    UInt8,
    UInt16,
    UInt32,
    UInt48,
    UnknownOperation,
    Utf8,
    Write,
    WriteIndicate,
    WriteWithoutResponse,
    characteristic,
    descriptor,
    plan,
    sig,
    struct,
)
from gattschema.docs import file_name, index, markdown
from gattschema.values import (
    Bits,
    Count,
    OpenEnum,
    Presence,
    Range,
    Scale,
    Switch,
    UInt4,
    UInt12,
    Unit,
    Unknown,
    When,
    Widths,
    codec,
    decode,
    derived,
)
from gattschema.values._numbers import Enumeration
from gattschema.values._record import Record


class Mode(enum.IntEnum):
    """What the boiler is doing."""

    OFF = 0
    HEAT = 1
    WARM = 1


class Days(enum.IntFlag):
    SATURDAY = 0x20
    SUNDAY = 0x40
    WEEKEND = 0x60


class Reason(enum.IntEnum):
    def __new__(cls, value: int, doc: str) -> Self:
        member = int.__new__(cls, value)
        member._value_ = value
        member.__doc__ = doc
        return member

    EMPTY = 1, "The tank is empty."
    LEAK = -2, "Water | where none should be."


@struct
class Span:
    start: UInt16
    days: Annotated[Days, UInt16, BigEndian]


@struct
class Schedule:
    """One entry of the weekly plan."""

    mode: Mode
    first: Span
    second: Span
    label: Annotated[str, Utf8(max=12)] = ""


@struct
class Picky:
    even: UInt8 = attrs.field(validator=lambda _, __, value: _refuse_odd(value))


def _refuse_odd(value: int) -> None:
    if value % 2:
        raise ValueError


HINTS: dict[str, Any] = {
    "byte": UInt8,
    "number": SInt24,
    "backwards": Annotated[int, UInt48, BigEndian],
    "real": Float64,
    "truth": bool,
    "mode": Mode,
    "days": Annotated[Days, UInt16],
    "reason": Annotated[Reason, SInt16],
    "text": Annotated[str, Utf8(max=20)],
    "octets": Annotated[bytes, Octets(8)],
    "span": Span,
    "schedule": Schedule,
}


DEFAULTS: list[tuple[Any, Any]] = [
    (Mode, Mode.OFF),
    (SInt16, -2),
    (Annotated[str, Utf8(max=9)], ""),
    (Annotated[bytes, Octets(max=100)], bytes(100)),
]


def service(**fields: Any) -> type[Service]:
    """Declare a service called Sample with the annotations of *fields*."""
    body: dict[str, Any] = {"__annotations__": fields, "__module__": __name__}

    class Sample(Service, uuid=0xFFF0):
        locals().update(body)

    return Sample


def page_of(hint: Any, default: Any = attrs.NOTHING) -> str:
    class Sample(Service, uuid=0xFFF0):
        field: Read[hint] = characteristic(default=default)

    return markdown(plan(Sample))


def tables(page: str) -> Iterator[list[dict[str, str]]]:
    """Read the tables back: cells are told apart by pipes that no backslash escapes."""
    for block in page.split("\n\n"):
        if block.startswith("|"):
            header, _, *rows = [_cells(line) for line in block.splitlines()]
            yield [dict(zip(header, row, strict=True)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.findall(r"((?:\\.|[^|\\])*)\|", line)[1:]]


def table_with(page: str, column: str) -> list[dict[str, str]]:
    return next(rows for rows in tables(page) if rows and column in rows[0])


def worked_example(page: str) -> tuple[str, str]:
    """Give both sides of the arrow: the repr of the value, and its octets in hex."""
    value, _, rest = page.partition("```text\n")[2].partition("→ ")
    return value.strip(), rest.partition("\n")[0]


@pytest.mark.parametrize("hint", HINTS.values(), ids=HINTS)
def test_offsets_add_up(hint: Any) -> None:
    """Each row of the byte table begins where the one before ends, and the last ends where the value does."""
    at = 0
    for row in table_with(page_of(hint), "Offset"):
        assert int(row["Offset"]) == at
        at += int(row["Octets"].split(" … ")[-1])
    assert at == codec(hint).most


@pytest.mark.parametrize("hint", HINTS.values(), ids=HINTS)
def test_example_decodes(hint: Any) -> None:
    """The hex of the worked example is the value that stands before it, one group of octets per row of the table."""
    page = page_of(hint)
    value, octets = worked_example(page)
    groups = octets.split(" | ")
    assert repr(decode(hint, bytes.fromhex("".join(groups)))) == value
    assert len(groups) == len(table_with(page, "Offset"))


@pytest.mark.parametrize(("hint", "default"), DEFAULTS)
def test_default_is_the_example(hint: Any, default: Any) -> None:
    """A field with a default shows it, said to be the first value, even if it is false or has no octets."""
    page = page_of(hint, default)
    value, octets = worked_example(page)
    assert value == repr(default)
    assert octets == (codec(hint).encode(default).hex(" ").upper() or "no octets")
    assert "**Example**, the first value" in page


def test_example_names_nested_fields() -> None:
    """Below a struct's example each field stands with its path, its octets and its own value."""
    first, second = Span(start=0x0102, days=Days.SUNDAY), Span(start=3, days=Days.SATURDAY)
    page = page_of(Schedule, Schedule(mode=Mode.OFF, first=first, second=second, label="a|`b"))
    lines = [line.split(maxsplit=3) for line in page.splitlines()]
    assert ["first.start", "02", "01", "258"] in lines
    assert ["first.days", "00", "40", "<Days.SUNDAY: 64>"] in lines
    assert "→ 00 | 02 01 | 00 40 | 03 00 | 00 20 | 61 7C 60 62" in page


def test_no_example_that_a_validator_refuses() -> None:
    """A struct that does not take the example made up from its types has a page without one."""
    page = page_of(Picky)
    assert "Example" not in page
    assert table_with(page, "Offset")
    assert "Picky(even=4)\n→ 04" in page_of(Picky, Picky(even=4))


def test_every_characteristic_occurs() -> None:
    """Each characteristic has a row that links to its section, with UUID, properties, type and size."""
    made = plan(service(**{name: ReadNotify[hint] for name, hint in HINTS.items()}))
    page = markdown(made)
    rows = table_with(page, "Characteristic")
    assert [row["Characteristic"] for row in rows] == [f"[`{name}`](#{name})" for name in HINTS]
    for row, field in zip(rows, made.characteristics, strict=True):
        assert row["UUID"] == f"`{field.uuid}`"
        assert row["Properties"] == "read, notify"
        assert row["Type"] == field.type_name
        assert row["Octets"] + " octet" in field.codec.kind.octets
        assert f"\n## {field.name}\n" in page


@pytest.mark.parametrize("hint", [Mode, Days, HINTS["reason"], Schedule])
def test_every_member_occurs(hint: Any) -> None:
    """Each name of each enumeration in the type has a row: aliases, unions of bits and negative numbers, too."""
    rows = [row for table in tables(page_of(hint)) for row in table if "Name" in row]
    types = dict.fromkeys(leaf.kind.type for leaf in codec(hint).kind.leaves() if isinstance(leaf.kind, Enumeration))
    members = [(f"`{name}`", str(member.value)) for cls in types for name, member in cls.__members__.items()]
    assert [(row["Name"], row["Value"]) for row in rows] == members
    for row in rows:
        assert re.fullmatch("`[0-9A-F]{2}( [0-9A-F]{2})?`", row["Octets"])


def test_documentation_of_types() -> None:
    """Docstrings of structs, enumerations and single members are on the page."""
    page = page_of(Schedule)
    assert "One entry of the weekly plan." in page
    assert "**Mode**: What the boiler is doing." in page
    meanings = [row["Meaning"] for row in table_with(page_of(HINTS["reason"]), "Meaning")]
    assert meanings == ["The tank is empty.", r"Water \| where none should be."]


def test_long_enumerations_are_referred_to() -> None:
    """The byte table does not list so many members that it cannot be read; the table below it does."""
    many = enum.IntEnum("Many", [f"NUMBER_{number}" for number in range(100)])
    page = page_of(many)
    assert table_with(page, "Offset")[0]["Allowed values"] == "100 members of Many, below"
    assert len(table_with(page, "Name")) == 100


def test_pipes_are_escaped() -> None:
    """Pipes, line ends and markup in descriptions and docstrings leave tables whole and text as it was written."""

    class Sample(Service, uuid=0xFFF0):
        """One | two
        lines of text."""

        field: Read[UInt8] = characteristic(description="# 0 | off, \\| on *fast* <b> _x_ a_b\nend")

    page, overview = markdown(plan(Sample)), index([plan(Sample)])
    escaped = r"# 0 \| off, \\\| on \*fast\* \<b> \_x\_ a_b end"
    assert table_with(page, "Descriptor")[0]["Value"] == escaped
    assert table_with(overview, "About")[0]["About"] == r"One \| two lines of text."
    assert "\n\n" + r"\# 0 | off, \\| on \*fast\* \<b> \_x\_ a_b end" + "\n\n" in page


def test_flags_are_escaped() -> None:
    """The bits of a flag are joined by pipes, which stay in their cell."""
    assert table_with(page_of(Days), "Offset")[0]["Allowed values"] == r"SATURDAY (0x20) \| SUNDAY (0x40)"


def test_use() -> None:
    """Each property says who is let in and what comes of it; handlers and policies change what comes."""

    class Sample(Service, uuid=0xFFF0):
        uptime: Read[UInt32] = characteristic(init=False)
        target: ReadWrite[SInt16] = characteristic(default=0, security={"write": "authenticated"})
        command: WriteWithoutResponse[UInt8] = characteristic(init=False)
        events: Notify[UInt8] = characteristic(init=False, policy="every", security="secure")
        beacon: Broadcast[UInt8] = characteristic(default=0)

        @uptime.on_read
        def _uptime(self) -> int:
            return 0

        @target.on_write
        def _target(self, value: int) -> None: ...

    page = markdown(plan(Sample))
    assert re.search(r"- \*\*read\*\* \(open: any phone\) – the value is computed at each read", page)
    assert re.search(r"- \*\*write\*\* \(authenticated: .*man in the middle.*\) – .*0x0D .*0x80 .*other codes", page)
    assert "- **write-without-response** (open: any phone) – no answer" in page
    assert re.search(r"- \*\*notify\*\* \(secure: .*Secure Connections\) – subscribers get every value, in order", page)
    assert "- **broadcast**" in page
    securities = {row["Characteristic"]: row["Security"] for row in table_with(page, "Characteristic")}
    assert securities["[`target`](#target)"] == "authenticated write"
    assert securities["[`uptime`](#uptime)"] == "open"


def test_what_subscribers_get() -> None:
    """Sentences of pace, confirmation and MTU go together, and security is that of indications where there are."""

    class Sample(Service, uuid=0xFFF0):
        heard: Notify[Annotated[bytes, Octets(max=30)]] = characteristic(init=False)
        confirmed: Indicate[Annotated[bytes, Octets(max=30)]] = characteristic(init=False, security="encrypted")
        each: Indicate[UInt8] = characteristic(init=False, policy="every")

    page = markdown(plan(Sample))
    pace = "each change, only the newest if several wait; it takes an MTU of 33 to hear the longest whole"
    assert f"– subscribers get {pace}\n" in page
    assert f"– subscribers get and confirm {pace}\n" in page
    assert "– subscribers get and confirm every value, in order\n" in page
    rows = table_with(page, "Characteristic")
    assert [row["Security"] for row in rows] == ["open", "encrypted indicate", "open"]


def test_origins() -> None:
    """Of each UUID the page says whether it was given, assigned or derived."""

    class Battery(Service):
        battery_level: Read[UInt8]
        own: Read[UInt8] = characteristic(uuid="fff1")
        other: Read[UInt8]

    page = markdown(plan(Battery))
    assert "Primary service `0x180F`, assigned by the Bluetooth SIG." in page
    assert "UUID `0x2A19`, assigned by the Bluetooth SIG." in page
    assert "UUID `0xFFF1`, given in the declaration." in page
    assert f"UUID `{plan(Battery).characteristics[2].uuid}`, derived from" in page


def test_descriptors() -> None:
    """The Client Characteristic Configuration is there for what is pushed, and says what to write to subscribe."""

    class Sample(Service, uuid=0xFFF0):
        heard: Notify[UInt8] = characteristic(init=False, description="Heard")
        confirmed: Indicate[UInt8] = characteristic(init=False)
        silent: Write[UInt8] = characteristic(init=False)

    heard, confirmed, silent = markdown(plan(Sample)).split("\n## ")[1:]
    assert [row["UUID"] for row in table_with(heard, "Descriptor")] == ["`0x2902`", "`0x2901`"]
    assert table_with(heard, "Descriptor")[0]["Value"] == "`01 00` notifications, `00 00` none"
    assert table_with(confirmed, "Descriptor")[0]["Value"] == "`02 00` indications, `00 00` none"
    assert "Descriptor" not in silent


def test_descriptors_that_are_no_text() -> None:
    """A descriptor other than the User Description shows its octets and what they mean."""

    class Sample(Service, uuid=0xFFF0):
        field: Read[UInt8] = characteristic(default=1, description="?")

    described = plan(Sample).characteristics[0]
    ranged = attrs.evolve(
        described.descriptors[0], uuid=described.uuid, name="Valid Range", octets=b"\x00\x64", meaning="0 … 100"
    )
    changed = attrs.evolve(plan(Sample), characteristics=(attrs.evolve(described, descriptors=(ranged,)),))
    assert table_with(markdown(changed), "Descriptor")[0]["Value"] == "`00 64` 0 … 100"


def test_writes_that_are_signed_or_prepared() -> None:
    """Each says what comes of it; what extends the properties is let in with the write, so it has no level."""

    class Sample(Service, uuid=0xFFF0):
        signed: SignedWrite[UInt8] = characteristic(init=False)
        both: Annotated[ReliableWrite[UInt8], SignedWrite] = characteristic(init=False, security="encrypted")

    signed, both = markdown(plan(Sample)).split("\n## ")[1:]
    assert "- **authenticated-signed-writes** (open: any phone) – signed with the bond's key; no answer comes" in signed
    assert "Descriptors" not in signed
    assert "- **reliable-write** – prepared together with other characteristics, then written all at once" in both
    assert "- **write** (encrypted: over an encrypted link, after any pairing) – an answer comes" in both
    rows = table_with(markdown(plan(Sample)), "Properties")
    assert [row["Properties"] for row in rows] == [
        "authenticated-signed-writes",
        "write, authenticated-signed-writes, reliable-write",
    ]


@pytest.mark.parametrize(
    ("hint", "described", "octets", "words"),
    [
        (ReliableWrite[UInt8], False, "01 00", "reliable-write"),
        (Write[UInt8], True, "02 00", "writable-auxiliaries"),
        (ReliableWrite[UInt8], True, "03 00", "reliable-write, writable-auxiliaries"),
    ],
)
def test_extended_properties(hint: Any, octets: str, words: str, *, described: bool) -> None:
    """bluetoothd's descriptor stands with the bits that phones read (Vol 3, Part G, 3.3.3.1)."""
    body: dict[str, Any] = {"__annotations__": {"field": hint}, "field": characteristic(init=False)}
    if described:
        body["__annotations__"]["label"] = ReadWrite[Annotated[str, Utf8(max=8)]]
        body["label"] = descriptor(of="field", default="x", uuid=0x2901)
    page = markdown(plan(type("Sample", (Service,), body, uuid=0xFFF0)))
    assert table_with(page, "Descriptor")[0] == {
        "UUID": "`0x2900`",
        "Descriptor": "Characteristic Extended Properties",
        "Value": f"`{octets}` {words}",
    }
    assert ("- **writable-auxiliaries** – the User Description can be written" in page) is described


def test_descriptors_with_a_value_of_their_own() -> None:
    """In the table stand name, type, size and who may; below it what their octets mean, as of any field."""

    class Sample(Service, uuid=0xFFF0):
        level: Read[UInt8] = characteristic(default=1)
        mode: ReadWrite[Mode] = descriptor(of=level, default=Mode.HEAT, security={"write": "secure"})
        span: Read[Span] = descriptor(of=level, init=False, uuid=0x2909)
        other: Read[UInt8] = characteristic(default=1)

        @mode.on_authorize
        def _may(self, _: Request) -> bool:
            return True

    page = markdown(plan(Sample))
    rows = table_with(page, "Descriptor")
    assert [row["Value"] for row in rows] == [
        "`mode`: Mode, uint8, 1 octet; read, write (secure write, authorized)",
        "`span`: Span, 4 octets; read",
    ]
    assert [row["Descriptor"] for row in rows] == ["Descriptor", "Number of Digitals"]
    level, mode, span, other = re.split(r"\n##+ ", page)[1:]
    assert [block.splitlines()[0] for block in (level, mode, span, other)] == ["level", "mode", "span", "other"]
    assert "\n### mode\n" in page
    assert "`HEAT`" in mode
    assert worked_example(mode) == ("<Mode.HEAT: 1>", "01")
    assert [row["Field"] for row in table_with(span, "Offset")] == ["`start`", "`days`"]
    assert [row["Characteristic"] for row in table_with(page, "Characteristic")] == [
        "[`level`](#level)",
        "[`other`](#other)",
    ]


def test_who_is_let_in() -> None:
    """Where the device decides for each phone, reads and writes say so, and writes their 0x08; subscriptions do not."""

    class Sample(Service, uuid=0xFFF0):
        guarded: ReadWriteNotify[UInt8] = characteristic(default=1, security="encrypted")
        free: ReadWrite[UInt8] = characteristic(default=1)

        @guarded.on_authorize
        def _may(self, _: Request) -> bool:
            return True

    page = markdown(plan(Sample))
    guarded, free = page.split("\n## ")[1:]
    for operation in ("read", "write"):
        assert f"- **{operation}** (encrypted: over an encrypted link, after any pairing, if it is let) – " in guarded
    assert "- **notify** (encrypted: over an encrypted link, after any pairing) – " in guarded
    assert "0x08 those who may not" in guarded
    assert "if it is let" not in free
    assert "0x08" not in free
    securities = [row["Security"] for row in table_with(page, "Characteristic")]
    assert securities == ["encrypted read and write and notify, authorized", "open"]


DELIVERIES: dict[str, tuple[dict[str, Any], str]] = {
    "newest": ({}, "each change, only the newest if several wait"),
    "apart": ({"min_interval": 0.5}, "each change, only the newest if several wait; 0.5 s or more apart"),
    "changes": ({"min_change": 2}, "each change, only the newest if several wait; changes of 2 or more"),
    "all": (
        {"policy": "every", "min_interval": 60, "min_change": 0.25, "transport": "socket"},
        "every value, in order; 60 s or more apart; changes of 0.25 or more",
    ),
}


@pytest.mark.parametrize(("said", "told"), DELIVERIES.values(), ids=DELIVERIES)
def test_pace(said: dict[str, Any], told: str) -> None:
    """Subscribers learn what they get and what not; how it gets to BlueZ is nothing to them."""

    class Sample(Service, uuid=0xFFF0):
        heard: Notify[UInt8] = characteristic(init=False, **said)
        confirmed: Indicate[UInt8] = characteristic(init=False, **said)

    heard, confirmed = markdown(plan(Sample)).split("\n## ")[1:]
    assert f"– subscribers get {told}\n" in heard
    assert f"– subscribers get and confirm {told}\n" in confirmed


def test_aggregated_formats() -> None:
    """Each member's format has its octets; the Aggregate Format has handles, which are not known here."""

    @struct
    class Pair:
        warmth: Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS]
        count: UInt8

    class Sample(Service, uuid=0xFFF0):
        pair: Read[Pair] = characteristic(init=False, presentation="aggregate")

    assert [row["Value"] for row in table_with(markdown(plan(Sample)), "Descriptor")] == [
        "`0E FE 2F 27 01 00 00` warmth: sint16 × 10^-2 °C",
        "`04 00 00 27 01 00 00` count: uint8",
        "the handles of the 2 above",
    ]


def test_handles() -> None:
    """Where they are the same in every run, clients may know them."""
    for handle, told in ((0x0100, " Its handles begin at `0x0100`."), (0, ""), (None, "")):

        class Sample(Service, uuid=0xFFF0, handle=handle): ...

        assert f"\nPrimary service `0xFFF0`, given in the declaration.{told}\n" in markdown(plan(Sample))


# --- structs whose fields are not always there --------------------------------------------------------------------


class Side(OpenEnum):
    LEFT = 0
    RIGHT = 1


@struct
class Beat:
    """One beat."""

    at: Annotated[float, UInt16, Scale(decimal=-3), Unit.SECOND]
    strong: bool


@struct
class Ride:
    """Something of everything."""

    flags: Presence[UInt8] = derived()
    imperial: Annotated[bool, Bits(1)] = False
    side: Annotated[Side, Bits(4, 5)] = Side.LEFT
    rate: Annotated[int, Widths(UInt8, UInt16, bit=0), Unit.BEATS_PER_MINUTE]
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
    energy: Annotated[float | None, UInt16, Scale(decimal=3), Unit.JOULE, When(bit=2)] = None
    beats: Annotated[tuple[Beat, ...], Count(max=4), When(bit=3)] = ()


@struct(opcode=0x01)
class Reset:
    """Begin anew."""


@struct(opcode=0x02)
class SetSpeed:
    speed: Annotated[float | None, UInt16, Scale(decimal=-2), Unit.KILOMETRE_PER_HOUR, Range(0, 600), Unknown(0xFFFF)]
    side: Side = Side.LEFT


RIDE = Ride(imperial=True, side=Side.RIGHT, rate=300, weight=1.5, beats=(Beat(at=0.5, strong=True),))


def test_a_row_says_when_a_field_is_there_and_where() -> None:
    """Bits stand in the octets of their flags; behind the first field of variable size no offset is known."""
    rows = [list(row.values()) for row in table_with(page_of(Ride), "There")]
    assert rows == [
        ["0", "1", "`flags`", "uint8", "the bits of the rows below", ""],
        ["0", "bit 1", "`imperial`", "boolean", "True or False", ""],
        ["0", "bits 4 … 5", "`side`", "Side, uint2", "0 … 3: LEFT (0x0), RIGHT (0x1), others reserved", ""],
        ["1", "1", "`rate`", "uint8", "0 … 255 bpm", "if bit 0 of flags is clear"],
        ["1", "2", "`rate`", "uint16", "0 … 65535 bpm", "if bit 0 of flags is set"],
        ["…", "2", "`weight`", "uint16 in steps of 0.005", "0 … 327.675 kg", "if imperial is False"],
        ["…", "2", "`weight`", "uint16 in steps of 0.01", "0 … 655.35 lb", "if imperial is True"],
        ["…", "2", "`energy`", "uint16 in steps of 1000", "0 … 65535000 J", "if bit 2 of flags is set"],
        ["…", "0 … 12", "`beats`", "Beat, 0 … 4 times", "0 … 4 of a Beat", "if bit 3 of flags is set"],
    ]


@struct
class Angles:
    low: UInt12
    side: Annotated[Side, UInt4]
    high: UInt8
    more: Annotated[int | None, UInt8, When(field="side", equals=Side.RIGHT)] = None
    most: Annotated[int | None, UInt8, When(field="side", equals=Side.RIGHT), When(field="high", differs=0)] = None


def test_neighbours_of_few_bits_share_octets() -> None:
    """Each says its bits, at the offset of what they share; the example shows the octets with the first of them."""
    page = page_of(Angles, Angles(low=0x123, side=Side.RIGHT, high=1, more=2, most=3))
    rows = [(row["Offset"], row["Octets"], row["Field"], row["There"]) for row in table_with(page, "Offset")]
    assert rows == [
        ("0", "bits 0 … 11", "`low`", ""),
        ("0", "bits 12 … 15", "`side`", ""),
        ("2", "1", "`high`", ""),
        ("3", "1", "`more`", "if side is RIGHT (1)"),
        ("…", "1", "`most`", "if side is RIGHT (1) and high is not 0"),
    ]
    assert worked_example(page)[1] == "23 11 | 01 | 02 | 03"
    assert "low   23 11 bits 0 … 11  291\nside  bits 12 … 15       <Side.RIGHT: 1>\n" in page


def test_an_element_of_an_array_has_a_table_of_its_own() -> None:
    """It begins at 0, and its docstring stands before it."""
    page = page_of(Ride)
    assert "**Beat**, 0 … 4 times: One beat." in page
    rows = list(tables(page))[2]
    assert [(row["Offset"], row["Field"], row["Type"]) for row in rows] == [
        ("0", "`at`", "uint16 in steps of 0.001"),
        ("2", "`strong`", "boolean"),
    ]


def test_the_example_shows_what_is_there() -> None:
    """Octets stand with their fields, bits with their place; what is absent is left out."""
    page = page_of(Ride, RIDE)
    assert worked_example(page)[1] == "1B | 2C 01 | 96 00 | F4 01 01"
    lines = [re.split("  +", line) for line in page.partition("F4 01 01\n\n")[2].partition("\n```")[0].splitlines()]
    assert lines == [
        ["flags", "1B", "27"],
        ["imperial", "bit 1", "True"],
        ["side", "bits 4 … 5", "<Side.RIGHT: 1>"],
        ["rate", "2C 01", "300"],
        ["weight", "96 00", "1.5"],
        ["beats", "F4 01 01", "(Beat(at=0.5, strong=True),)"],
    ]


def test_a_control_point_has_a_table_per_opcode() -> None:
    """Each says its opcode; raw numbers that are no values are told in octets."""
    page = page_of(Reset | SetSpeed)
    assert "**Reset**, opcode `01`: Begin anew." in page
    assert "**SetSpeed**, opcode `02`" in page
    (rows,) = [rows for rows in tables(page) if "Offset" in rows[0]]
    assert [(row["Offset"], row["Field"], row["Allowed values"]) for row in rows] == [
        ("1", "`speed`", "0 … 600 km/h, `FF FF` not known"),
        ("3", "`side`", "0 … 255: LEFT (0x0), RIGHT (0x1), others reserved"),
    ]
    assert "Other numbers are reserved." in page
    example = page_of(Reset | SetSpeed, SetSpeed(speed=None)).partition("```text\n")[2].splitlines()
    assert example == [
        "SetSpeed(speed=None)",
        "→ 02 | FF FF | 00",
        "",
        "opcode  02     SetSpeed",
        "speed   FF FF  None",
        "side    00     <Side.LEFT: 0>",
        "```",
    ]


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (Reset | SetSpeed, "Octets with any other opcode are refused with 0x80."),
        (
            Reset | SetSpeed | UnknownOperation,
            "Any other opcode, with up to 511 octets behind it, is taken, too: the device says what it answers.",
        ),
    ],
)
def test_a_control_point_says_what_other_opcodes_get(hint: Any, said: str) -> None:
    """Sizes are those of the known operations, whether unknown ones are taken or not."""

    class Sample(Service, uuid=0xFFF0):
        point: WriteIndicate[hint] = characteristic(init=False)
        heard: Notify[hint] = characteristic(init=False)

    point, heard = markdown(plan(Sample)).split("\n## ")[1:]
    assert f"\n\n{said}\n\n" in point
    assert "any other opcode" not in heard.lower()
    assert "**Value**: 1 … 4 octets" in point
    assert "MTU" not in point
    assert {row["Octets"] for row in table_with(markdown(plan(Sample)), "Properties")} == {"1 … 4"}


def test_names_of_bits_have_no_octets() -> None:
    """A member of an enumeration of two bits is a number, and nothing of an octet."""
    assert table_with(page_of(Ride), "Name") == [
        {"Name": "`LEFT`", "Value": "0"},
        {"Name": "`RIGHT`", "Value": "1"},
    ]


def test_every_characteristic_of_the_catalogue_has_a_page() -> None:
    """Its tables hold, and the octets of its example mean the value that stands before them."""
    for number in sig.status():
        hint = sig.characteristic(number)
        page = page_of(hint)
        for row in (row for rows in tables(page) for row in rows):
            assert all(cell is not None for cell in row.values())
        if "**Example**" in page:
            value, octets = worked_example(page)
            whole = bytes.fromhex("".join(octets.replace("no octets", "").split(" | ")))
            assert repr(decode(hint, whole)) == value, sig.name(number)


def test_every_field_of_a_struct_of_the_catalogue_has_a_row() -> None:
    """None vanishes, whichever way it is gated, nested or repeated."""
    for number in sig.status():
        kind = codec(sig.characteristic(number)).kind
        if not isinstance(kind, Record):
            continue
        page = page_of(sig.characteristic(number))
        for field in kind.fields:
            assert re.search(rf"`{field.name}[`.]", page), (sig.name(number), field.name)


def test_links_of_equal_names() -> None:
    """A field that is called like its service links to its own section, the second of that name."""

    class Level(Service, uuid=0xFFF0):
        level: Read[UInt8]

    assert table_with(markdown(plan(Level)), "Characteristic")[0]["Characteristic"] == "[`level`](#level-1)"


def test_services_without_characteristics() -> None:
    """An empty secondary service has a page, and the service that includes it names it."""

    class Inner(Service, uuid=0xFFF1, primary=False): ...

    class Outer(Service, uuid=0xFFF0, includes=(Inner,)): ...

    assert "Secondary service `0xFFF1`" in markdown(plan(Inner))
    assert "It has no characteristics." in markdown(plan(Inner))
    assert "It includes Inner `0xFFF1`." in markdown(plan(Outer))


def test_index_links() -> None:
    """The index has a row per service, in order, each linking to the file that the service's name gives."""

    class HeartRate(Service):
        """Beats per minute.

        And more."""

        heart_rate_measurement: Notify[UInt16]

    class HTTPProxyService(Service, uuid=0xFFF0): ...

    plans = [plan(HeartRate), plan(HTTPProxyService)]
    rows = table_with(index(plans), "Service")
    assert [row["Service"] for row in rows] == [
        "[HeartRate](heart_rate.md)",
        "[HTTPProxyService](http_proxy_service.md)",
    ]
    assert list(map(file_name, plans)) == ["heart_rate.md", "http_proxy_service.md"]
    assert rows[0]["About"] == "Beats per minute."
    assert [row["Characteristics"] for row in rows] == ["1", "0"]


def test_written_from_the_plan_alone() -> None:
    """Equal plans have equal pages, whatever became of the class."""

    class Sample(Service, uuid=0xFFF0):
        """As declared."""

        field: Read[UInt8]

    made = plan(Sample)
    before = markdown(made)
    Sample.__doc__ = "Changed."
    Sample.__name__ = "Changed"
    assert markdown(attrs.evolve(made)) == before


def test_where_bluez_answers_blindly_the_page_says_so() -> None:
    """With write-without-response among the properties no refusal reaches the phone, so that none is promised."""

    class Blind(Service, uuid="FFF3"):
        both: Annotated[WriteWithoutResponse[UInt8], Write] = characteristic(init=False)
        asked: Write[UInt8] = characteristic(init=False)

    first, second = markdown(plan(Blind)).split("## asked")
    assert "always success" in first
    assert "0x80" not in first
    assert "always success" not in second
    assert "0x80" in second
