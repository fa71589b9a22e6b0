"""What a class compiles to: properties, security, descriptors, the plan as a value and as a tree."""

from typing import Annotated, Any, TypeVar

import attrs
import pytest

from gattschema import (
    AttError,
    Broadcast,
    Indicate,
    Notify,
    Octets,
    Read,
    ReadIndicate,
    ReadNotify,
    ReadWrite,
    ReadWriteIndicate,
    ReadWriteNotify,
    ReliableWrite,
    Request,
    Service,
    SignedWrite,
    UInt8,
    UInt16,
    Unit,
    UnknownOperation,
    Utf8,
    Write,
    WriteIndicate,
    WriteNotify,
    WriteWithoutResponse,
    characteristic,
    descriptor,
    plan,
    schema,
    sig,
    struct,
)
from gattschema.schema import (
    CharacteristicPlan,
    DescriptorPlan,
    Level,
    Property,
    Security,
    ServicePlan,
    expand,
)

FLAVOURS: dict[Any, str] = {
    Broadcast[UInt8]: "broadcast",
    Read[UInt8]: "read",
    WriteWithoutResponse[UInt8]: "write-without-response",
    Write[UInt8]: "write",
    Notify[UInt8]: "notify",
    Indicate[UInt8]: "indicate",
    ReadWrite[UInt8]: "read write",
    ReadNotify[UInt8]: "read notify",
    ReadIndicate[UInt8]: "read indicate",
    WriteNotify[UInt8]: "write notify",
    WriteIndicate[UInt8]: "write indicate",
    ReadWriteNotify[UInt8]: "read write notify",
    ReadWriteIndicate[UInt8]: "read write indicate",
    Annotated[Notify[UInt8], Read]: "read notify",
    Annotated[Read[UInt8], Notify, Indicate]: "read notify indicate",
    Annotated[Annotated[Write[UInt8], WriteWithoutResponse], Broadcast]: "broadcast write-without-response write",
    Annotated[Notify[UInt8], "a note", ReadWrite]: "read write notify",
    SignedWrite[UInt8]: "authenticated-signed-writes",
    ReliableWrite[UInt8]: "write reliable-write",
    Annotated[ReadWrite[UInt8], ReliableWrite]: "read write reliable-write",
    Annotated[Read[UInt8], SignedWrite, ReliableWrite]: "read write authenticated-signed-writes reliable-write",
}
BITS = {
    "broadcast": 0x01,
    "read": 0x02,
    "write-without-response": 0x04,
    "write": 0x08,
    "notify": 0x10,
    "indicate": 0x20,
    "authenticated-signed-writes": 0x40,
    "reliable-write": 0x100,
}
"""Core Specification, Vol 3, Part G, 3.3.1.1; from 0x100 on the Extended Properties, 3.3.3.1."""


def declare(hint: Any, **options: Any) -> CharacteristicPlan:
    namespace = {"__annotations__": {"field": hint}, "field": characteristic(**options), "__module__": __name__}
    made: Any = type("Made", (Service,), namespace, uuid="FFF0")
    compiled: CharacteristicPlan = made.field.plan
    return compiled


@pytest.mark.parametrize(("hint", "words"), FLAVOURS.items(), ids=range(len(FLAVOURS)))
def test_a_flavour_says_what_phones_may_do(hint: Any, words: str) -> None:
    """Each flavour, and each flavour with more among its marks, has just the properties of its name."""
    properties = declare(hint, init=False).properties
    assert properties.words == tuple(words.split())
    assert properties.value == sum(BITS[word] for word in words.split())


T = TypeVar("T")


class Command(Write[T], Notify[T]):
    """A flavour of a user's own."""

    properties = Property.WRITE | Property.NOTIFY


def test_users_make_flavours_of_their_own() -> None:
    """A subclass of several flavours has the properties that it says, and takes more among its marks."""
    made = declare(Annotated[Command[UInt8], Read], init=False)
    assert made.properties == Property.WRITE | Property.NOTIFY | Property.READ
    assert made.type_name == "uint8"


@pytest.mark.parametrize("hint", FLAVOURS, ids=range(len(FLAVOURS)))
def test_only_what_is_pushed_pushes(hint: Any) -> None:
    """``plan.pushes`` is true of notify and indicate, and of nothing else."""
    made = declare(hint, init=False)
    assert made.pushes == bool({"notify", "indicate"} & set(made.properties.words))


@pytest.mark.parametrize("hint", FLAVOURS, ids=range(len(FLAVOURS)))
def test_only_reliable_writes_extend_the_properties(hint: Any) -> None:
    """``plan.is_extended`` is true of what phones read in the Extended Properties, and of nothing else."""
    made = declare(hint, init=False)
    assert made.is_extended == ("reliable-write" in made.properties.words)


@pytest.mark.parametrize("flavour", [ReliableWrite, SignedWrite])
def test_reliable_and_signed_writes_are_writes(flavour: Any) -> None:
    """Phones write them, so that handlers take what is written, and the value is stored."""

    class Desk(Service, uuid="FFF0"):
        level: flavour[UInt8] = characteristic(default=1)

        @level.on_write
        def _level(self, value: int) -> None:
            if value > 5:
                raise AttError(0x81)

    desk: Any = Desk()
    (field,) = plan(Desk).characteristics
    assert (field.writable, field.readable, field.pushes) == (True, False, False)
    assert schema.write(desk, field, b"\x05", Request()) is None
    with pytest.raises(AttError):
        schema.write(desk, field, b"\x06", Request())
    assert desk.level == 5


# --- security --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["open", "encrypted", "authenticated", "secure"])
def test_one_level_is_for_every_operation_there_is(word: Any) -> None:
    """``security="encrypted"`` asks it of reads, writes and subscriptions, as far as the flavour has them."""
    level = Level(word)
    assert declare(ReadWriteNotify[UInt8], init=False, security=word).security == Security(
        read=level, write=level, notify=level
    )
    assert declare(Read[UInt8], init=False, security=word).security == Security(read=level)
    assert declare(Write[UInt8], init=False, security=word).security == Security(write=level)
    assert declare(Indicate[UInt8], init=False, security=word).security == Security(indicate=level)


def test_a_mapping_has_a_level_per_operation() -> None:
    """What the mapping leaves out is open."""
    made = declare(ReadWriteNotify[UInt8], init=False, security={"write": "secure", "notify": "encrypted"})
    assert made.security == Security(read=Level.OPEN, write=Level.SECURE, notify=Level.ENCRYPTED)
    assert declare(Read[UInt8], init=False).security == Security()


def test_a_command_may_be_protected_beside_a_request() -> None:
    """Write and write-without-response together take any level; so does an open command alone."""
    both = Annotated[WriteWithoutResponse[UInt8], Write]
    assert declare(both, init=False, security="encrypted").security.write is Level.ENCRYPTED
    assert declare(WriteWithoutResponse[UInt8], init=False, security="open").security == Security()
    reads = Annotated[WriteWithoutResponse[UInt8], Read]
    assert declare(reads, init=False, security={"read": "secure"}).security == Security(read=Level.SECURE)


# --- the rest of a characteristic ------------------------------------------------------------------------------------


def test_a_description_becomes_a_descriptor() -> None:
    """Phones read it as 0x2901, in UTF-8; without one there is no descriptor."""
    described = declare(Read[UInt8], init=False, description="Füllstand")
    assert described.descriptors == (
        DescriptorPlan("Characteristic User Description", expand(0x2901), "Füllstand".encode()),
    )
    assert described.description == "Füllstand"
    assert declare(Read[UInt8], init=False).descriptors == ()


def test_the_policy_is_latest_unless_told_otherwise() -> None:
    """Assignments that come too fast are coalesced unless the schema says that every one counts."""
    assert declare(Notify[UInt8], init=False).delivery.policy == "latest"
    assert declare(Notify[UInt8], init=False, policy="latest").delivery.policy == "latest"
    assert declare(Indicate[UInt8], init=False, policy="every").delivery.policy == "every"


def test_defaults_are_in_the_plan() -> None:
    """``default=`` and ``init=`` are kept as they were given."""
    assert declare(Read[UInt8], default=7).default == 7
    assert declare(Read[UInt8], default=7).init
    assert declare(Read[UInt8], init=False).default is attrs.NOTHING
    assert not declare(Read[UInt8], init=False).init


# --- the plan as a value ---------------------------------------------------------------------------------------------


def make_lamp(*, security: Any = "open") -> type[Service]:
    class Lamp(Service, uuid="FFF0"):
        """A lamp.

        With a second paragraph.
        """

        level: ReadWriteNotify[UInt8] = characteristic(default=5, security=security, description="Brightness")
        label: Read[Annotated[str, Utf8(max=8)]]

    return Lamp


def test_equal_declarations_have_equal_plans() -> None:
    """A plan is a value: equal for equal declarations, hashable, and different wherever a declaration differs."""
    assert plan(make_lamp()) == plan(make_lamp())
    assert hash(plan(make_lamp())) == hash(plan(make_lamp()))
    assert plan(make_lamp()) != plan(make_lamp(security="encrypted"))
    assert make_lamp().level.codec == make_lamp().level.codec  # type: ignore[attr-defined]


def test_a_plan_is_made_once() -> None:
    """The class, its subclasses' instances and its own give one and the same object."""
    lamp: Any = make_lamp()
    assert plan(lamp) is plan(lamp) is plan(lamp(label="x"))
    assert plan(lamp).characteristics[0] is lamp.level.plan


def test_a_plan_never_changes() -> None:
    """Nothing in it can be assigned, and its collections are tuples."""
    made = plan(make_lamp())
    for part in (made, made.characteristics[0], made.characteristics[0].descriptors[0], made.characteristics[0].codec):
        for field in attrs.fields(type(part)):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(part, field.name, None)
    assert isinstance(made.characteristics, tuple)
    assert isinstance(made.includes, tuple)
    assert isinstance(made.characteristics[0].descriptors, tuple)


def test_a_plan_has_what_the_class_says() -> None:
    """Name, description, kind of service and the characteristics in the order of the class."""
    made = plan(make_lamp())
    assert made.name == "Lamp"
    assert made.description == "A lamp.\n\nWith a second paragraph."
    assert made.primary
    assert [field.name for field in made.characteristics] == ["level", "label"]
    assert [field.type_name for field in made.characteristics] == ["uint8", "utf8s"]


def test_a_service_may_be_secondary_and_include_others() -> None:
    """``primary=False`` and ``includes=`` are in the plan, included services as their plans."""

    class Inner(Service, uuid="FFF1", primary=False):
        level: Read[UInt8]

    class Outer(Service, uuid="FFF2", includes=[Inner]):
        level: Read[UInt8]

    assert not plan(Inner).primary
    assert plan(Outer).includes == (plan(Inner),)


def test_a_class_attribute_is_the_characteristic() -> None:
    """``Lamp.level`` knows its UUID, its codec and its plan, and prints them."""
    lamp: Any = make_lamp()
    assert lamp.level.uuid == lamp.level.plan.uuid
    assert lamp.level.codec.encode(3) == b"\x03"
    assert isinstance(lamp.level, ReadWriteNotify)
    assert isinstance(lamp.level, property)
    assert repr(lamp.level) == f"<ReadWriteNotify level {lamp.level.uuid}>"
    assert lamp.level.__doc__ == "Brightness"


# --- the tree --------------------------------------------------------------------------------------------------------


def make_house() -> type[Service]:
    class Cellar(Service, uuid="FFF1", primary=False):
        level: Read[UInt8]

    class House(Service, uuid="7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10", includes=[Cellar]):
        battery_level: ReadNotify[UInt8] = characteristic(default=1, description="Füllstand")
        count: ReadWrite[UInt16] = characteristic(default=1, security={"read": "encrypted", "write": "secure"})
        label: Indicate[Annotated[str, Utf8(max=8)]]

    return House


def test_the_tree_has_a_line_for_everything_a_phone_sees() -> None:
    """Service, included service, characteristics and descriptors: each on its line, with all that is known of it."""
    lines = str(plan(make_house())).splitlines()
    told: list[list[str]] = [
        ["House", "7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10", "primary"],
        ["includes", "Cellar", "0xFFF1"],
        ["battery_level", "0x2A19", "read, notify", "uint8", "1 octet"],
        ["0x2902", "Client Characteristic Configuration"],
        ["0x2901", "Füllstand"],
        ["count", "read, write", "uint16", "2 octets", "encrypted read, secure write"],
        ["label", "indicate", "utf8s", "0 … 8 octets"],
        ["0x2902", "Client Characteristic Configuration"],
    ]
    assert len(lines) == len(told)
    for line, parts in zip(lines, told, strict=True):
        assert all(part in line for part in parts), (line, parts)
        assert line == line.rstrip()


def test_the_tree_is_a_tree() -> None:
    """The last branch of each level is closed, the others go on, and columns stand below each other."""
    lines = str(plan(make_house())).splitlines()[1:]
    branches = [line for line in lines if line[0] in "├└"]
    assert [line[0] for line in branches] == ["├"] * (len(branches) - 1) + ["└"]
    below = [line for line in lines if line[0] not in "├└"]
    assert [line[:5] for line in below] == ["│   ├", "│   └", "    └"]
    assert len({line.index(word) for line, word in zip(branches[1:], ("uint8", "uint16", "utf8s"), strict=True)}) == 1


def test_a_secondary_service_says_so() -> None:
    """The first line has the kind of the service."""

    class Inner(Service, uuid="FFF1", primary=False):
        level: Read[UInt8]

    assert "secondary" in str(plan(Inner)).splitlines()[0]


def test_an_empty_service_is_one_line() -> None:
    """A service need not have characteristics."""

    class Marker(Service, uuid="FFF1"):
        pass

    assert str(plan(Marker)) == "Marker  0xFFF1  primary service"
    assert isinstance(plan(Marker), ServicePlan)
    assert repr(Marker()) == "Marker()"


@pytest.mark.parametrize(
    ("size", "mtu"), [(1, 23), (20, 23), (21, 24), (512, 515)], ids=["1 octet", "20 octets", "21 octets", "512 octets"]
)
def test_the_plan_says_which_mtu_hears_the_longest_value_whole(size: int, mtu: int) -> None:
    """Every phone hears 20 octets; for more the plan, and the tree, say what it must have agreed to."""

    class Long(Service, namespace="example.com"):
        pushed: Notify[Annotated[bytes, Octets(max=size)]] = characteristic(init=False)
        read: Read[Annotated[bytes, Octets(max=size)]] = characteristic(init=False)

    assert (Long.pushed.plan.mtu, Long.read.plan.mtu) == (mtu, 23)
    assert (f"whole from MTU {mtu}" in str(plan(Long))) is (mtu > 23)


@struct(opcode=0x01)
class Reset:
    pass


@struct(opcode=0x80)
class Answer:
    detail: Annotated[bytes, Octets(max=30)] = b""


def test_an_unknown_operation_asks_for_no_mtu() -> None:
    """Phones write it, and nobody hears it: sizes and MTU are those of the known operations; the codec takes all."""

    class Desk(Service, uuid="FFF0"):
        strict: WriteIndicate[Reset | Answer] = characteristic(init=False)
        lenient: WriteIndicate[Reset | Answer | UnknownOperation] = characteristic(init=False)

    strict, lenient = plan(Desk).characteristics
    assert (lenient.codec.least, lenient.codec.most) == (1, 512)
    assert lenient.kind == strict.kind == strict.codec.kind
    assert lenient.mtu == strict.mtu == 34
    assert str(plan(Desk)).count("1 … 31 octets, whole from MTU 34") == 2
    for name in ("FitnessMachineControlPoint", "RecordAccessControlPoint"):
        hint = getattr(sig, name)
        known = type("Sample", (Service,), {"__annotations__": {"point": WriteIndicate[hint]}}, uuid="FFF0")
        assert plan(known).characteristics[0].mtu < 30


@pytest.mark.parametrize(
    ("hint", "word"),
    [
        (Indicate[UInt8], "indicate"),
        (Notify[UInt8], "notify"),
        (Annotated[Notify[UInt8], Indicate], "notify and indicate"),
    ],
)
def test_the_tree_says_what_is_protected(hint: Any, word: str) -> None:
    """The security of subscribing has the name of what phones subscribe to."""
    made = type(
        "Sample",
        (Service,),
        {"__annotations__": {"field": hint}, "field": characteristic(init=False, security="encrypted")},
        uuid="FFF0",
    )
    assert str(plan(made)).splitlines()[1].endswith(f"1 octet  encrypted {word}")


TOLD: dict[str, tuple[Any, dict[str, Any], str]] = {
    "every": (Notify[UInt8], {"policy": "every"}, "every value"),
    "apart": (Notify[UInt8], {"min_interval": 0.5}, "0.5 s apart"),
    "whole seconds apart": (Notify[UInt8], {"min_interval": 60}, "60 s apart"),
    "changes": (Notify[UInt8], {"min_change": 2}, "changes of 2"),
    "sockets": (Indicate[UInt8], {"transport": "socket"}, "over sockets"),
    "all of it": (
        Notify[UInt8],
        {"policy": "every", "min_interval": 1, "min_change": 0.5, "transport": "socket", "security": "secure"},
        "secure notify  every value, 1 s apart, changes of 0.5, over sockets",
    ),
    "what goes without saying": (Notify[UInt8], {"policy": "latest", "transport": "bus", "timeout": 1}, "1 octet"),
}


@pytest.mark.parametrize(("hint", "said", "told"), TOLD.values(), ids=TOLD)
def test_the_tree_says_how_values_are_delivered(hint: Any, said: dict[str, Any], told: str) -> None:
    """In words, behind the security; what is as always is not told."""
    body = {"__annotations__": {"field": hint}, "field": characteristic(init=False, **said)}
    line = str(plan(type("Sample", (Service,), body, uuid="FFF0"))).splitlines()[1]
    assert line.partition("uint8  ")[2] == (told if told == "1 octet" else f"1 octet  {told}")


def test_the_tree_has_what_extends_the_properties() -> None:
    """0x2900 stands behind 0x2902, in front of the others, for reliable writes and for writable descriptions."""

    class Desk(Service, uuid="FFF0"):
        level: Annotated[ReadNotify[UInt8], ReliableWrite] = characteristic(default=1, description="Level")
        label: Read[UInt8] = characteristic(default=1)
        characteristic_user_description: ReadWrite[Annotated[str, Utf8(max=8)]] = descriptor(of=label, default="x")

    assert [line.split("─ ")[1] for line in str(plan(Desk)).splitlines() if "0x29" in line] == [
        "0x2902  Client Characteristic Configuration",
        "0x2900  Characteristic Extended Properties",
        '0x2901  Characteristic User Description "Level"',
        "0x2900  Characteristic Extended Properties",
        "0x2901  Characteristic User Description  characteristic_user_description  read, write  utf8s",
    ]
    assert "read, write, notify, reliable-write" in str(plan(Desk))
    assert "read, writable-auxiliaries" in str(plan(Desk))


def test_the_tree_has_descriptors_with_a_value_of_their_own() -> None:
    """With the name of their field, what phones may do, their type and who is let in."""

    class Desk(Service, uuid="FFF0"):
        level: Read[UInt8] = characteristic(default=1)
        offset: ReadWrite[UInt16] = descriptor(of=level, default=0, security={"write": "encrypted"})
        lot: Read[UInt8] = descriptor(of=level, default=0, uuid=0x2909)

        @offset.on_authorize
        def _may(self, _: Request) -> bool:
            return True

    assert [line.split("─ ")[1] for line in str(plan(Desk)).splitlines()[2:]] == [
        f"{Desk.offset.uuid}  Descriptor  offset  read, write  uint16  encrypted write, authorized",
        "0x2909  Number of Digitals  lot  read  uint8",
    ]


def test_the_tree_says_that_formats_are_aggregated() -> None:
    """Each member with its format, and how many handles the last one names."""

    @struct
    class Pair:
        warmth: Annotated[int, UInt8, Unit.DEGREE_CELSIUS]
        count: UInt16

    class Desk(Service, uuid="FFF0"):
        pair: Read[Pair] = characteristic(init=False, presentation="aggregate")

    assert [line.split("─ ")[1] for line in str(plan(Desk)).splitlines()[2:]] == [
        "0x2904  Characteristic Presentation Format warmth: uint8 °C",
        "0x2904  Characteristic Presentation Format count: uint16",
        "0x2905  Characteristic Aggregate Format the handles of the 2 above",
    ]
