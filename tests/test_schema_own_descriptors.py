"""Descriptors with a value of their own: fields that hang on a characteristic. And formats that are aggregated."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import pytest

from gattschema import (
    ABSENT,
    PRESENT,
    AttError,
    Broadcast,
    Descriptor,
    EncodeError,
    Fault,
    Indicate,
    Length,
    Notify,
    Presence,
    Range,
    Read,
    ReadNotify,
    ReadWrite,
    ReadWriteNotify,
    ReliableWrite,
    Request,
    Scale,
    SchemaError,
    Service,
    SignedWrite,
    SInt16,
    UInt4,
    UInt8,
    UInt12,
    UInt16,
    Unit,
    Utf8,
    When,
    Write,
    WriteWithoutResponse,
    characteristic,
    derived,
    descriptor,
    plan,
    schema,
    struct,
)
from gattschema.schema import CharacteristicPlan, DescriptorPlan, FieldPlan, Level, Origin, Property, Security, expand
from gattschema.schema._uuids import derive_uuid
from gattschema.sig._descriptors import PresentationFormat
from gattschema.values import Bits

Celsius = Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS, Range(-40, 85)]
Label = Annotated[str, Utf8(max=20)]

PHONE = Request(device="AA:BB:CC:DD:EE:FF", mtu=247, link="LE")

hang: Any = descriptor
options: Any = characteristic
"""To say what checkers refuse."""


@struct
class Long:
    number: UInt8
    text: Annotated[str, Utf8(max=512)]


class Room(Service, uuid="FFF0"):
    temperature: ReadNotify[Celsius] = characteristic(default=20.0, description="Inside")
    offset: ReadWrite[Celsius] = descriptor(of=temperature, default=0.0)
    moisture: Read[UInt8] = characteristic(default=40)
    lot: Read[UInt16] = descriptor(of="moisture")
    secret: Write[UInt8] = descriptor(of="strain", init=False)
    strain: Read[UInt16] = characteristic(default=1013)


def field_of(service: Any, name: str) -> FieldPlan:
    return next(field for field in plan(service).fields if field.name == name)


def hung(service: Any, name: str) -> list[str]:
    """The names of the fields that hang on a characteristic, and the numbers of its other descriptors."""
    found = next(field for field in plan(service).characteristics if field.name == name)
    return [one.field.name if one.field else f"{one.uuid}"[4:8] for one in found.descriptors]


async def read(service: Service, name: str) -> bytes:
    answer = schema.read(service, field_of(service, name), PHONE)
    return await answer if inspect.isawaitable(answer) else answer


async def write(service: Service, name: str, octets: bytes) -> None:
    answer = schema.write(service, field_of(service, name), octets, PHONE)
    if answer is not None:
        await answer


def declare(hint: Any, given: Any, *, owner: Any = None) -> type[Service]:
    """A service with a characteristic called ``level`` and a field called ``own``."""
    body = {
        "__annotations__": {"level": ReadNotify[UInt8], "own": hint},
        "level": owner or characteristic(default=1),
        "own": given,
        "__module__": __name__,
    }
    return type("Made", (Service,), body, uuid="FFF0")


def fault(make: Callable[[], Any], where: str = "own") -> Fault:
    with pytest.raises(SchemaError) as caught:
        make()
    (found,) = caught.value.faults
    assert found.where == where
    assert found.allowed
    assert found.instead
    return found


# --- whose they are ------------------------------------------------------------------------------------------------


def test_a_descriptor_hangs_on_the_field_that_it_names() -> None:
    """``of=`` is a field above, or the name of any field in quotes; it comes behind the descriptors of the type."""
    assert hung(Room, "temperature") == ["2901", "2904", "2906", "offset"]
    assert hung(Room, "moisture") == ["lot"]
    assert hung(Room, "strain") == ["secret"]


def test_a_descriptor_is_no_characteristic() -> None:
    """It is a field among the others, in the order of declaration, but phones find it below its characteristic."""
    assert [field.name for field in plan(Room).characteristics] == ["temperature", "moisture", "strain"]
    names = ["temperature", "offset", "moisture", "lot", "secret", "strain"]
    assert [field.name for field in plan(Room).fields] == names
    assert [field.index for field in plan(Room).fields] == [0, 1, 2, 3, 4, 5]
    assert not isinstance(field_of(Room, "offset"), CharacteristicPlan)


def test_a_subclass_hangs_descriptors_on_fields_of_its_base() -> None:
    """By ``Room.temperature`` or in quotes; the base stays as it was."""

    class Hall(Room):
        drift: Read[Celsius] = descriptor(of=Room.temperature, default=0.1)
        source: Read[UInt8] = descriptor(of="moisture", default=1)

    assert hung(Hall, "temperature")[-2:] == ["offset", "drift"]
    assert hung(Hall, "moisture") == ["lot", "source"]
    assert hung(Room, "temperature")[-1] == "offset"
    hall = Hall(lot=7, drift=0.25)
    assert (hall.offset, hall.drift, hall.source) == (0.0, 0.25, 1)


def test_a_subclass_hangs_descriptors_on_a_base_that_waits_for_a_name() -> None:
    """``Base.level`` means the field before the base is compiled, too."""

    class Waiting(Service, uuid="FFF0"):
        level: Read["Later"] = characteristic(init=False)

    class Below(Waiting):
        own: Read[UInt8] = descriptor(of=Waiting.level, default=3)

    global Later  # noqa: PLW0603  (a name that comes later)
    Later = UInt16
    assert hung(Below, "level") == ["own"]
    assert Below().own == 3


def test_a_descriptor_follows_its_characteristic_into_subclasses() -> None:
    """A subclass that gives the characteristic another type or other options keeps what hangs on it."""

    class Fine(Room):
        temperature: ReadNotify[SInt16] = characteristic(default=2000, uuid="FFF2")  # type: ignore[assignment]
        moisture = characteristic(default=50, security="encrypted")

    assert hung(Fine, "temperature") == ["offset"]
    assert hung(Fine, "moisture") == ["lot"]


class Other(Service, uuid="FFF1"):
    level: Read[UInt8] = characteristic(default=1)


NO_OWNERS: dict[str, tuple[Any, str]] = {
    "a slip": ("levle", "'levle'"),
    "a descriptor": ("own", "'own'"),
    "nothing": (None, "None"),
    "a value": (5, "5"),
    "a list": ([], "[]"),
    "of another class": (Other.level, "Other.level"),
    "of no class": (characteristic(default=1), "characteristic(…)"),
}


@pytest.mark.parametrize(("given", "written"), NO_OWNERS.values(), ids=NO_OWNERS)
def test_what_is_no_characteristic_of_the_class_has_no_descriptors(given: Any, written: str) -> None:
    """It is told as it was written; what is offered is a characteristic of the class, and compiles."""
    found = fault(lambda: declare(Read[UInt8], hang(of=given, default=1)))
    assert found.finding == f"of={written} is no characteristic of this class"
    assert found.instead == 'descriptor(of="level")'
    assert hung(declare(Read[UInt8], descriptor(of="level", default=1)), "level") == ["own"]


def test_a_descriptor_has_no_descriptors() -> None:
    """It is told by its name, not by what is said of it."""

    def make() -> None:
        class Twice(Service, uuid="FFF0"):
            level: Read[UInt8] = characteristic(default=1)
            one: ReadWrite[UInt8] = descriptor(of=level, default=1)
            two: ReadWrite[UInt8] = descriptor(of=one, default=1)

    assert fault(make, "two").finding == "of=one is no characteristic of this class"


def test_a_service_without_characteristics_has_no_descriptors() -> None:
    """There is nothing that they could be of."""

    def make() -> None:
        class Alone(Service, uuid="FFF0"):
            own: Read[UInt8] = descriptor(of="level", default=1)

    assert fault(make).instead == 'descriptor(of="temperature")'


def test_a_faulty_characteristic_is_told_alone() -> None:
    """What depends on it is no fault of its own, but what is wrong with the descriptor itself is told as well."""

    def make() -> None:
        class Broken(Service, uuid="FFF0"):
            level: Read[str] = characteristic(default="x")
            good: Read[UInt8] = descriptor(of=level, default=1)
            bad: Read[UInt8] = descriptor(of="level", default=256)

    with pytest.raises(SchemaError) as caught:
        make()
    assert [found.where for found in caught.value.faults] == ["level", "bad"]


def test_a_descriptor_without_an_annotation_is_a_fault() -> None:
    """It would vanish; what is offered is a descriptor."""

    def make() -> None:
        class Bare(Service, uuid="FFF0"):
            level: Read[UInt8] = characteristic(default=1)
            own = descriptor(of=level, default=1)

    found = fault(make)
    assert found.finding == "it has no annotation"
    assert found.instead == "own: Read[UInt8] = descriptor(of=…)"


# --- their values --------------------------------------------------------------------------------------------------


def test_the_value_is_an_attribute() -> None:
    """It comes from the constructor or the default, is assigned and read like any, and belongs to one instance."""
    room, other = Room(lot=7), Room(lot=8, offset=-0.5)
    assert (room.offset, room.lot, other.offset, other.lot) == (0.0, 7, -0.5, 8)
    room.offset = 1.5
    assert (room.offset, other.offset) == (1.5, -0.5)
    assert repr(room) == "Room(temperature=20.0, offset=1.5, moisture=40, lot=7, strain=1013)"


def test_a_descriptor_without_a_default_is_required() -> None:
    """Phones never read one without a value, unless it says ``init=False`` or ``PRESENT``."""
    make: Any = Room
    with pytest.raises(TypeError, match=r"^Room\(\) needs lot=$"):
        make()
    with pytest.raises(TypeError, match=r"^Room\(\) does not take secret, which says init=False: assign"):
        make(lot=1, secret=3)
    with pytest.raises(TypeError, match=r"^Room\(\) has no field ofset; did you mean offset=\?$"):
        make(lot=1, ofset=1.0)
    with pytest.raises(TypeError, match=r"^Room\(\) cannot be without offset, which does not say default=ABSENT$"):
        make(lot=1, offset=ABSENT)
    room = Room(lot=1)
    assert not hasattr(room, "secret")
    room.secret = 4
    assert room.secret == 4


def test_a_descriptor_may_begin_without_a_value() -> None:
    """``default=PRESENT`` puts it there; a read before the first value gets 0x80."""
    made: Any = declare(Read[UInt8], descriptor(of="level", default=PRESENT))
    service = made()
    assert not hasattr(service, "own")
    with pytest.raises(AttError) as caught:
        schema.read(service, field_of(service, "own"), PHONE)
    assert caught.value.code == 0x80
    service.own = 3
    assert schema.read(service, field_of(service, "own"), PHONE) == b"\x03"


def test_a_wrong_value_is_refused_by_its_name() -> None:
    """At the line that assigns it, and in the constructor; the value stays."""
    room = Room(lot=7)
    with pytest.raises(EncodeError, match=r"^Room\.offset: expected -40 … 85 °C, got 900$"):
        room.offset = 900
    assert room.offset == 0.0
    with pytest.raises(EncodeError, match=r"^Room\.lot: expected 0 … 65535 \(uint16\), got 70000$"):
        Room(lot=70_000)
    assert fault(lambda: declare(Read[UInt8], descriptor(of="level", default=256))).finding == "the default is 256"


async def test_phones_read_and_write_it() -> None:
    """In the octets of its type; what the flavour does not have is refused, and so are octets of no value."""
    room = Room(lot=0x1234)
    assert await read(room, "lot") == b"\x34\x12"
    assert await read(room, "offset") == b"\x00\x00"
    await write(room, "offset", b"\x64\x00")
    assert room.offset == 1.0
    refusals = [("lot", b"\x01\x00", 0x03), ("offset", b"\x01", 0x0D), ("offset", b"\xff\x7f", 0x80)]
    for name, octets, code in refusals:
        with pytest.raises(AttError) as caught:
            await write(room, name, octets)
        assert caught.value.code == code
    with pytest.raises(AttError) as caught:
        await read(room, "secret")
    assert caught.value.code == 0x02
    assert (room.offset, room.lot) == (1.0, 0x1234)


def test_a_descriptor_takes_512_octets_and_no_more() -> None:
    """The longest attribute value is that of descriptors, too."""
    made: Any = declare(Read[Annotated[str, Utf8(max=512)]], descriptor(of="level", init=False))
    assert made.own.codec.most == 512
    found = fault(lambda: declare(Read[Long], descriptor(of="level", init=False)))
    assert found.finding == "Long takes up to 513 octets"


def test_a_subclass_changes_the_default_alone() -> None:
    """A raw value in a subclass says nothing of what it hangs on, or of its handlers."""

    class Guarded(Room):
        @Room.offset.on_write
        def _offset(self, value: float) -> None: ...

    class Hall(Guarded):
        offset = 0.5  # type: ignore[assignment]

    assert Hall(lot=1).offset == 0.5
    assert hung(Hall, "temperature")[-1] == "offset"
    assert field_of(Hall, "offset").on_write is not None


def test_a_subclass_says_anew_what_it_hangs_on() -> None:
    """New options replace the old ones, ``of=`` among them; the annotation stays."""

    class Moved(Room):
        offset = descriptor(of="moisture", default=0.25)

    assert hung(Moved, "temperature") == ["2901", "2904", "2906"]
    assert hung(Moved, "moisture") == ["offset", "lot"]
    assert Moved(lot=1).offset == 0.25
    assert hung(Room, "temperature")[-1] == "offset"


def test_the_class_attribute_is_the_field() -> None:
    """It has a UUID, a codec and a plan, but no subscribers."""
    offset: Any = Room.offset
    assert offset.uuid == offset.plan.uuid
    assert offset.codec.encode(1.0) == b"\x64\x00"
    assert offset.plan is field_of(Room, "offset")
    assert repr(offset) == f"<ReadWrite offset {offset.uuid}>"
    with pytest.raises(TypeError, match=r"^offset is a descriptor; of\(\) is for the characteristics that phones subs"):
        offset.of(Room(lot=1))


# --- their UUIDs ---------------------------------------------------------------------------------------------------


def test_uuids_are_given_or_the_sigs_or_derived() -> None:
    """``uuid=`` in any spelling, else the SIG's number of a descriptor of this name, else one that stays the same."""

    class Named(Service, uuid="FFF0"):
        level: Read[UInt8] = characteristic(default=1)
        own: Read[UInt8] = descriptor(of=level, default=1)
        given: Read[UInt8] = descriptor(of=level, default=1, uuid="7e2a0100-5f4c-4b8e-9a52-0d1c3e9f1a10")
        short: Read[UInt8] = descriptor(of=level, default=1, uuid=0x2909)
        number_of_digitals: Read[UInt8] = descriptor(of=level, default=1)

    found = {one.field.name: one for one in plan(Named).characteristics[0].descriptors if one.field}
    assert found["own"].uuid == derive_uuid(plan(Named).uuid, "own")
    assert str(found["given"].uuid) == "7e2a0100-5f4c-4b8e-9a52-0d1c3e9f1a10"
    assert found["short"].uuid == found["number_of_digitals"].uuid == expand(0x2909)
    assert [one.name for one in found.values()] == ["Descriptor", "Descriptor", *["Number of Digitals"] * 2]
    origins = [one.field.origin for one in found.values() if one.field]
    assert origins == [Origin.DERIVED, Origin.EXPLICIT, Origin.EXPLICIT, Origin.SIG]


def test_a_name_of_a_characteristic_is_none_of_a_descriptor() -> None:
    """A descriptor that is called ``temperature`` is not the SIG's characteristic 0x2A6E, nor has its type."""
    body = {
        "__annotations__": {"level": Read[UInt8], "temperature": Read[UInt8]},
        "level": characteristic(default=1),
        "temperature": descriptor(of="level", default=1),
        "__module__": __name__,
    }
    made: Any = type("Made", (Service,), body, uuid="FFF0")
    assert field_of(made, "temperature").origin is Origin.DERIVED


def test_what_bluetoothd_makes_itself_is_refused() -> None:
    """By name and by number; so is what is no UUID."""

    def by_name() -> None:
        class Named(Service, uuid="FFF0"):
            level: Notify[UInt8] = characteristic(default=1)
            client_characteristic_configuration: ReadWrite[UInt16] = descriptor(of=level, default=0)

    found = fault(by_name, "client_characteristic_configuration")
    assert found.finding == "0x2902 is Client Characteristic Configuration, which bluetoothd makes itself"
    for number in (0x2900, "2902"):
        given = descriptor(of="level", default=0, uuid=number)
        assert "which bluetoothd makes itself" in fault(lambda given=given: declare(Read[UInt8], given)).finding  # type: ignore[misc]
    assert "'x' is no UUID" in fault(lambda: declare(Read[UInt8], descriptor(of="level", default=0, uuid="x"))).finding


# --- flavours and what they mean -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hint",
    [
        Notify[UInt8],
        Indicate[UInt8],
        Broadcast[UInt8],
        WriteWithoutResponse[UInt8],
        SignedWrite[UInt8],
        ReliableWrite[UInt8],
        ReadWriteNotify[UInt8],
        Annotated[ReadWrite[UInt8], ReliableWrite],
    ],
)
def test_a_descriptor_is_read_and_written_and_no_more(hint: Any) -> None:
    """Phones cannot do anything else with one (Vol 3, Part G, 4.12)."""
    found = fault(lambda: declare(hint, descriptor(of="level", default=1)))
    assert found.finding.startswith("a descriptor for ")
    assert found.allowed == "Read, Write or ReadWrite"


@pytest.mark.parametrize("hint", [Read[UInt8], Write[UInt8], ReadWrite[UInt8], Annotated[Read[UInt8], Write]])
def test_the_flavours_of_descriptors(hint: Any) -> None:
    """Read, Write and both, however they are put together."""
    made: Any = declare(hint, descriptor(of="level", default=1))
    assert field_of(made, "own").properties & (Property.READ | Property.WRITE) == field_of(made, "own").properties
    assert hung(made, "level") == ["own"]


WRITABLE: dict[str, tuple[Any, Any, bool]] = {
    "read and written": (ReadWrite[Label], 0x2901, True),
    "written": (Write[Label], "2901", True),
    "read": (Read[Label], 0x2901, False),
    "another": (ReadWrite[Label], 0x2909, False),
    "of its own": (ReadWrite[Label], None, False),
}


@pytest.mark.parametrize(("hint", "uuid", "writable"), WRITABLE.values(), ids=WRITABLE)
def test_a_writable_description_is_a_property_of_its_characteristic(hint: Any, uuid: Any, *, writable: bool) -> None:
    """Phones look for it in the Extended Properties: Writable Auxiliaries (Vol 3, Part G, 3.3.3.1)."""
    made: Any = declare(hint, descriptor(of="level", default="Hall", uuid=uuid))
    found = plan(made).characteristics[0]
    assert (Property.WRITABLE_AUXILIARIES in found.properties) is writable
    assert found.is_extended is writable
    assert found.properties & ~Property.WRITABLE_AUXILIARIES == Property.READ | Property.NOTIFY
    assert made.level.plan == found


def test_a_description_by_name_is_the_user_description() -> None:
    """``characteristic_user_description`` is 0x2901."""

    class Named(Service, uuid="FFF0"):
        level: Read[UInt8] = characteristic(default=1)
        characteristic_user_description: ReadWrite[Label] = descriptor(of=level, default="Hall")

    (found,) = plan(Named).characteristics[0].descriptors
    assert (found.uuid, found.name) == (expand(0x2901), "Characteristic User Description")
    assert plan(Named).characteristics[0].properties.words == ("read", "writable-auxiliaries")


def test_each_operation_is_protected() -> None:
    """``security=`` is that of reads and writes; the characteristic's own stays as it is."""
    given = descriptor(of="level", default=1, security={"write": "secure"})
    made: Any = declare(ReadWrite[UInt8], given)
    assert field_of(made, "own").security == Security(write=Level.SECURE)
    assert plan(made).characteristics[0].security == Security()
    both = declare(ReadWrite[UInt8], descriptor(of="level", default=1, security="encrypted"))
    assert field_of(both, "own").security == Security(read=Level.ENCRYPTED, write=Level.ENCRYPTED)
    found = fault(lambda: declare(Read[UInt8], descriptor(of="level", default=1, security={"notify": "encrypted"})))
    assert found.finding == "security for notify, but phones cannot notify it"


# --- twice ---------------------------------------------------------------------------------------------------------

TWICE: dict[str, tuple[Any, Any, int, str]] = {
    "described": (Label, characteristic(default=1, description="Level"), 0x2901, "User Description"),
    "described by octets": (
        Label,
        characteristic(default=1, descriptors=(Descriptor("2901", b"x"),)),
        0x2901,
        "User Description",
    ),
    "presented": (
        PresentationFormat,
        characteristic(default=1, presentation=True),
        0x2904,
        "Presentation Format",
    ),
    "ranged": (
        UInt16,
        characteristic(default=1, descriptors=(Descriptor(0x2906, b"\x00\x01"),)),
        0x2906,
        "Valid Range",
    ),
}


@pytest.mark.parametrize(("hint", "owner", "number", "name"), TWICE.values(), ids=TWICE)
def test_what_there_is_one_of_is_not_hung_twice(hint: Any, owner: Any, number: int, name: str) -> None:
    """Phones look no further than the first: a second would never be read."""
    given = descriptor(of="level", init=False, uuid=number)
    found = fault(lambda: declare(Read[hint], given, owner=owner))
    assert found.finding == f"the {name} of level is given twice"
    assert found.allowed == "one of the two"


def test_one_of_ones_own_takes_the_place_of_one_that_is_declined() -> None:
    """What the fault offers compiles."""

    class Own(Service, uuid="FFF0"):
        warmth: Read[Celsius] = characteristic(default=20.0, presentation=False, valid_range=False)
        characteristic_presentation_format: Read[PresentationFormat] = descriptor(of=warmth, init=False)
        valid_range: Read[tuple[UInt8, ...]] = descriptor(of=warmth, init=False)

    assert hung(Own, "warmth") == ["characteristic_presentation_format", "valid_range"]


def test_two_descriptions_of_ones_own_are_one_too_many() -> None:
    """The second is told, not the first."""

    def make() -> None:
        class Twice(Service, uuid="FFF0"):
            level: Read[UInt8] = characteristic(default=1)
            first: Read[Label] = descriptor(of=level, default="a", uuid=0x2901)
            second: Read[Label] = descriptor(of=level, default="b", uuid=0x2901)

    assert fault(make, "second").finding == "the User Description of level is given twice"


def test_several_of_a_sort_that_repeats_are_fine() -> None:
    """Trigger settings come in threes, and each characteristic has a description of its own."""

    class Several(Service, uuid="FFF0"):
        level: Read[UInt8] = characteristic(default=1, descriptors=(Descriptor(0x290D, b"\x00"),))
        low: ReadWrite[UInt8] = descriptor(of=level, default=1, uuid=0x290D)
        high: ReadWrite[UInt8] = descriptor(of=level, default=1, uuid=0x290D)
        level_name: Read[Label] = descriptor(of=level, default="a", uuid=0x2901)
        other: Read[UInt8] = characteristic(default=1)
        other_name: Read[Label] = descriptor(of=other, default="b", uuid=0x2901)

    assert hung(Several, "level") == ["290d", "low", "high", "level_name"]
    assert hung(Several, "other") == ["other_name"]


# --- handlers ------------------------------------------------------------------------------------------------------


class Workshop(Service, uuid="FFF0"):
    """Descriptors with every handler that they can have."""

    level: Read[UInt8] = characteristic(default=1)
    counted: Read[UInt8] = descriptor(of=level, init=False)
    slow: ReadWrite[UInt8] = descriptor(of=level, default=0, timeout=2.0)
    guarded: ReadWrite[UInt8] = descriptor(of=level, default=5)

    def __init__(self) -> None:
        self.reads = 0
        self.asked: list[Request] = []
        super().__init__()

    @counted.on_read
    def _counted(self) -> int:
        self.reads += 1
        return self.reads

    @slow.on_read
    async def _slow(self, request: Request) -> int:
        return request.mtu

    @slow.on_write
    async def _write_slow(self, value: int) -> None:
        if value == 13:
            raise AttError(0x81, "unlucky")

    @guarded.on_authorize
    def _guarded(self, request: Request) -> bool:
        self.asked.append(request)
        return request.device == PHONE.device


async def test_handlers_answer_for_a_descriptor() -> None:
    """Computed at each read, also asynchronously and also as an attribute; a refused write changes nothing."""
    shop = Workshop()
    assert [await read(shop, "counted"), await read(shop, "counted")] == [b"\x01", b"\x02"]
    assert shop.counted == 3
    assert await read(shop, "slow") == bytes([PHONE.mtu])
    await write(shop, "slow", b"\x0c")
    with pytest.raises(AttError) as caught:
        await write(shop, "slow", b"\x0d")
    assert (caught.value.code, shop.slow) == (0x81, 12)


async def test_a_descriptor_asks_who_may() -> None:
    """Reads and writes of strangers get 0x08, and the value stays."""
    shop = Workshop()
    assert await read(shop, "guarded") == b"\x05"
    field = field_of(shop, "guarded")
    for ask in (
        lambda: schema.read(shop, field, Request(device="11:22:33:44:55:66")),
        lambda: schema.write(shop, field, b"\x09", Request(device="11:22:33:44:55:66")),
    ):
        with pytest.raises(AttError) as caught:
            ask()
        assert caught.value.code == 0x08
    assert shop.guarded == 5
    assert [request.device[:2] for request in shop.asked] == ["AA", "11", "11"]


def test_the_timeout_is_that_of_the_descriptor() -> None:
    """4.5 seconds unless it says otherwise, and a number of seconds it has to be."""
    assert field_of(Workshop, "slow").timeout == 2.0
    assert field_of(Workshop, "guarded").timeout == 4.5
    assert fault(lambda: declare(Read[UInt8], hang(of="level", default=1, timeout=0))).finding == "timeout=0"


def test_a_subclass_adds_handlers_to_descriptors_of_its_base() -> None:
    """By the class's name, or by overriding the method; the base has none."""

    class Strict(Room):
        @Room.offset.on_write
        def _offset(self, value: float) -> None:
            raise AttError(0x82, f"fixed, not {value}")

    class Lenient(Strict):
        def _offset(self, value: float) -> None: ...

    strict, lenient, room = Strict(lot=1), Lenient(lot=1), Room(lot=1)
    with pytest.raises(AttError) as caught:
        schema.write(strict, field_of(strict, "offset"), b"\x64\x00", PHONE)
    assert (caught.value.code, strict.offset) == (0x82, 0.0)
    for service in (lenient, room):
        assert schema.write(service, field_of(service, "offset"), b"\x64\x00", PHONE) is None
        assert service.offset == 1.0


def test_a_handler_that_a_descriptor_cannot_have_is_a_fault() -> None:
    """Nobody subscribes to a descriptor; in its own class and in a subclass it is told at the field."""

    def here() -> None:
        class Here(Service, uuid="FFF0"):
            level: Read[UInt8] = characteristic(default=1)
            own: ReadWrite[UInt8] = descriptor(of=level, default=1)

            @own.on_subscription
            def _heard(self, subscribers: int) -> None: ...

    def below() -> None:
        class Below(Room):
            @Room.offset.on_subscription
            def _heard(self, subscribers: int) -> None: ...

    for make, name in ((here, "own"), (below, "offset")):
        found = fault(make, name)
        assert found.finding == f"_heard is a handler for subscriptions, but {name} is a descriptor"
        assert found.instead == "on_subscription on its characteristic"


def test_a_handler_for_what_phones_cannot_do_is_a_fault() -> None:
    """A descriptor that is only read has no writer."""

    def make() -> None:
        class Wrong(Service, uuid="FFF0"):
            level: Read[UInt8] = characteristic(default=1)
            own: Read[UInt8] = descriptor(of=level, default=1)

            @own.on_write
            def _own(self, value: int) -> None: ...

    assert fault(make).finding == "it has a handler for writes, but phones cannot write it"


def test_a_second_handler_is_refused_at_once() -> None:
    """The last one would win in silence."""
    with pytest.raises(Fault, match=r"on_read is given twice: _one and _two"):

        class Twice(Service, uuid="FFF0"):
            level: Read[UInt8] = characteristic(default=1)
            own: Read[UInt8] = descriptor(of=level, init=False)

            @own.on_read
            def _one(self) -> int:
                return 1

            @own.on_read
            def _two(self) -> int:
                return 2


# --- of optional characteristics -----------------------------------------------------------------------------------


class Station(Service, uuid="FFF0"):
    temperature: Read[Celsius] = characteristic(default=20.0)
    moisture: ReadNotify[UInt8] = characteristic(default=ABSENT)
    calibration: ReadWrite[UInt8] = descriptor(of=moisture, default=3)
    computed: Read[UInt8] = descriptor(of=moisture, init=False)

    @computed.on_read
    def _computed(self) -> int:
        return 9


def test_a_descriptor_is_there_with_its_characteristic() -> None:
    """An instance that has the one has the other, with its default or what it is given."""
    station = Station(moisture=40)
    assert [field.name for field in plan(station).fields] == ["temperature", "moisture", "calibration", "computed"]
    assert (station.calibration, station.computed, Station(moisture=40, calibration=4).calibration) == (3, 9, 4)
    station.calibration = 5
    assert station.calibration == 5


def test_a_descriptor_is_left_out_with_its_characteristic() -> None:
    """Nothing that is assigned to it vanishes in silence: the message says what would put it in."""
    station = Station()
    assert [field.name for field in plan(station).fields] == ["temperature"]
    assert repr(station) == "Station(temperature=20.0)"
    left_out = r"^Station\.moisture was not given, so this Station is without it: Station\(moisture=…\) puts it in"
    with pytest.raises(AttributeError, match=left_out):
        station.calibration = 4
    with pytest.raises(AttributeError, match=left_out):
        _ = station.calibration
    with pytest.raises(AttributeError):
        _ = station.computed
    with pytest.raises(AttributeError, match=left_out):
        Station(calibration=4)


def test_the_constructor_never_asks_for_what_is_not_there() -> None:
    """A descriptor of an optional characteristic has a default, or none is asked for; what is offered compiles."""
    optional: Any = characteristic(default=ABSENT)
    found = fault(lambda: declare(ReadWrite[UInt8], descriptor(of="level"), owner=optional))
    assert found.finding == "the constructor would ask for it where level is left out"
    assert found.instead == 'own: ReadWrite[…] = descriptor(of="level", default=…)'
    for given in (descriptor(of="level", default=1), descriptor(of="level", init=False)):
        made: Any = declare(ReadWrite[UInt8], given, owner=optional)
        assert [field.name for field in plan(made()).fields] == []
        assert [field.name for field in plan(made(level=1)).fields] == ["level", "own"]


def test_a_descriptor_cannot_be_left_out_by_itself() -> None:
    """``default=ABSENT`` is for characteristics."""
    found = fault(lambda: declare(Read[UInt8], descriptor(of="level", default=ABSENT)))
    assert found.finding == "default=ABSENT on a descriptor"


# --- the plan ------------------------------------------------------------------------------------------------------


def make_lamp(*, default: int = 1) -> type[Service]:
    return declare(ReadWrite[UInt8], descriptor(of="level", default=default))


def test_equal_declarations_have_equal_plans() -> None:
    """A plan with descriptors of its own is a value, and different wherever one of them differs."""
    assert plan(make_lamp()) == plan(make_lamp())
    assert hash(plan(make_lamp())) == hash(plan(make_lamp()))
    assert plan(make_lamp()) != plan(make_lamp(default=2))


# --- aggregated formats --------------------------------------------------------------------------------------------


@struct
class Weather:
    warmth: Celsius
    humidity: Annotated[int, UInt8, Unit.PERCENTAGE]
    count: UInt16


def aggregated(hint: Any, **options: Any) -> tuple[DescriptorPlan, ...]:
    body = {
        "__annotations__": {"field": Read[hint]},
        "field": characteristic(init=False, presentation="aggregate", **options),
        "__module__": __name__,
    }
    return plan(type("Made", (Service,), body, uuid="FFF0")).characteristics[0].descriptors


def test_each_member_of_a_struct_is_presented_and_all_are_aggregated() -> None:
    """A Presentation Format for each in its order, and behind them the Aggregate Format that names their places."""
    made = aggregated(Weather, description="Weather", descriptors=(Descriptor(0x2909, b"\x01"),))
    assert [str(one.uuid)[4:8] for one in made] == ["2901", "2904", "2904", "2904", "2905", "2909"]
    assert [one.octets.hex(" ") for one in made[1:4]] == [
        "0e fe 2f 27 01 00 00",
        "04 00 ad 27 01 00 00",
        "06 00 00 27 01 00 00",
    ]
    assert [one.aggregates for one in made] == [(), (), (), (), (1, 2, 3), ()]
    assert [one.meaning for one in made[1:5]] == [
        "warmth: sint16 × 10^-2 °C",
        "humidity: uint8 %",
        "count: uint16",
        "the handles of the 3 above",
    ]
    assert made[4].name == "Characteristic Aggregate Format"


def test_the_instance_stands_in_each_format() -> None:
    """All members are of the one that it names."""
    made = aggregated(Weather, instance="outside")
    assert [one.octets[5:] for one in made[:3]] == [b"\x0c\x01"] * 3


def test_formats_that_are_given_are_aggregated() -> None:
    """Whoever writes them knows better, but not which handles they will have."""
    own = PresentationFormat(format=0x04)
    made = aggregated(Weather, descriptors=(own, own))
    assert [one.aggregates for one in made] == [(), (), (0, 1)]


def test_a_descriptor_of_ones_own_stands_behind_the_aggregate() -> None:
    """The places that it names stay right."""
    body = {
        "__annotations__": {"field": Read[Weather], "own": Read[UInt8]},
        "field": characteristic(init=False, presentation="aggregate"),
        "own": descriptor(of="field", default=1),
        "__module__": __name__,
    }
    made = plan(type("Made", (Service,), body, uuid="FFF0")).characteristics[0]
    assert [one.aggregates for one in made.descriptors] == [(), (), (), (0, 1, 2), ()]


@struct
class Single:
    number: UInt8


@struct
class Gated:
    flags: Presence[UInt8] = derived()
    number: UInt8
    more: UInt8 | None = None


@struct
class Switches:
    flags: Presence[UInt8] = derived()
    one: Annotated[bool, Bits(0)]
    two: UInt8


@struct
class Decided:
    number: UInt8
    more: Annotated[UInt8 | None, When(field="number", equals=2)] = None


@struct
class Measured:
    length: Length[UInt8] = derived()
    number: UInt8


@struct
class Nibbles:
    low: UInt4
    high: UInt12


@struct(opcode=0x01)
class Operation:
    one: UInt8
    two: UInt8


NO_AGGREGATES: dict[str, Any] = {
    "a number": UInt8,
    "a truth": bool,
    "text": Label,
    "one member": Single,
    "a member that may be missing": Gated,
    "a member that another decides on": Decided,
    "a length of the whole": Measured,
    "bits of flags": Switches,
    "shared octets": Nibbles,
    "an operation": Operation,
}


@pytest.mark.parametrize("hint", NO_AGGREGATES.values(), ids=NO_AGGREGATES)
def test_only_members_in_octets_of_their_own_are_aggregated(hint: Any) -> None:
    """Clients cut the value along the formats, each in whole octets and always there (Vol 3, Part G, 3.3.3.6)."""
    with pytest.raises(SchemaError) as caught:
        aggregated(hint)
    (found,) = caught.value.faults
    assert found.finding.startswith('presentation="aggregate" for ')
    assert found.allowed == "a struct of two members or more that are always there, in octets of their own"


@struct
class Halves:
    whole: UInt8
    half: Annotated[float, UInt8, Scale(multiplier=5, decimal=-1)]


@struct(byteorder="big")
class Backwards:
    first: UInt16
    second: UInt8


@pytest.mark.parametrize(
    ("hint", "finding"),
    [
        (Halves, "a Presentation Format cannot say steps of 0.5 (half)"),
        (Backwards, "a Presentation Format cannot say that a value is big-endian (first)"),
    ],
)
def test_a_member_that_no_format_can_say_is_told_by_its_name(hint: Any, finding: str) -> None:
    """The others could be presented, but a client would cut the value in the wrong places."""
    with pytest.raises(SchemaError) as caught:
        aggregated(hint)
    assert caught.value.faults[0].finding == finding


def test_an_aggregate_is_given_once() -> None:
    """``presentation="aggregate"`` beside a descriptor 0x2905 would be two, and so would one of one's own."""
    with pytest.raises(SchemaError) as caught:
        aggregated(Weather, descriptors=(Descriptor(0x2905, b""),))
    assert caught.value.faults[0].finding == "the Aggregate Format is given twice"
    body = {
        "__annotations__": {"level": Read[Weather], "own": Read[UInt8]},
        "level": characteristic(init=False, presentation="aggregate"),
        "own": descriptor(of="level", default=1, uuid=0x2905),
        "__module__": __name__,
    }
    assert (
        fault(lambda: type("Made", (Service,), body, uuid="FFF0")).finding
        == "the Aggregate Format of level is given twice"
    )


def test_the_word_is_aggregate() -> None:
    """Any other is refused with those that are taken."""
    body = {
        "__annotations__": {"own": Read[Weather]},
        "own": options(init=False, presentation="aggregated"),
        "__module__": __name__,
    }
    found = fault(lambda: type("Made", (Service,), body, uuid="FFF0"))
    assert found.finding == "presentation='aggregated'"
    assert '"aggregate" for a struct of numbers' in found.allowed
