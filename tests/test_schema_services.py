"""What instances do: construction, assignment, inheritance; and what forward references wait for."""

import enum
import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import (
    ABSENT,
    EncodeError,
    Indicate,
    Notify,
    Octets,
    Read,
    ReadNotify,
    ReadWrite,
    Request,
    Scale,
    SchemaError,
    Service,
    SInt16,
    UInt8,
    UInt16,
    Utf8,
    Write,
    characteristic,
    plan,
    struct,
)
from gattschema.schema import expand, pushes, set_link, set_push, stored
from gattschema.sig import EnvironmentalSensing
from tests.strategies import law


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


@struct
class Schedule:
    mode: Mode
    start: UInt16


class Room(Service, uuid="FFF0"):
    temperature: ReadNotify[SInt16]
    mode: Read[Mode] = Mode.HEAT  # type: ignore[assignment]
    setpoint: ReadWrite[SInt16] = characteristic(default=2100)
    schedule: ReadWrite[Schedule] = characteristic(init=False)
    alarm: Indicate[UInt8] = characteristic(init=False, default=3)  # type: ignore[call-overload]
    label: Write[Annotated[str, Utf8(max=4)]] = characteristic(init=False)


class Recorder:
    """Stands in for BlueZ: keeps the octets that it is handed, or refuses them."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.heard: list[bytes] = []
        self.refusal = refusal

    def __call__(self, octets: bytes, /) -> None:
        if self.refusal:
            raise self.refusal
        self.heard.append(octets)

    async def drain(self) -> None:
        """There is always room."""


def listen(service: Service, name: str, refusal: Exception | None = None) -> Recorder:
    index = [field.name for field in plan(service).characteristics].index(name)
    recorder = Recorder(refusal)
    set_push(service, index, recorder)
    return recorder


# --- construction ----------------------------------------------------------------------------------------------------


def test_the_constructor_takes_values_by_name() -> None:
    """What it is given and what has a default, raw or not, is there at once."""
    room = Room(temperature=1850, setpoint=2000)
    assert (room.temperature, room.mode, room.setpoint, room.alarm) == (1850, Mode.HEAT, 2000, 3)
    assert repr(room) == "Room(temperature=1850, mode=<Mode.HEAT: 1>, setpoint=2000, alarm=3)"


def test_a_field_without_a_default_is_required() -> None:
    """What is missing is told by name, all of it; nothing with a default and nothing with ``init=False`` is."""

    class Two(Service, uuid="FFF0"):
        first: Read[UInt8]
        second: Read[UInt8]
        third: Read[UInt8] = characteristic(default=0)
        fourth: Read[UInt8] = characteristic(init=False)

    with pytest.raises(TypeError, match=r"^Two\(\) needs first=, second=$"):
        Two()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"^Two\(\) needs second=$"):
        Two(first=1)  # type: ignore[call-arg]


def test_an_unknown_field_is_refused_with_the_one_meant() -> None:
    """A slip of the pen gets the nearest field, anything else the list of fields."""
    make: Any = Room
    with pytest.raises(TypeError, match=r"^Room\(\) has no field temprature; did you mean temperature=\?$"):
        make(temprature=1)
    with pytest.raises(TypeError, match=r"^Room\(\) has no field zzz; it takes temperature, mode, setpoint$"):
        make(temperature=1, zzz=1)
    with pytest.raises(TypeError, match=r"^Room\(\) does not take schedule, which says init=False: assign"):
        make(temperature=1, schedule=None)


def test_a_service_without_fields_takes_nothing() -> None:
    """… and says so."""

    class Marker(Service, uuid="FFF0"):
        pass

    make: Any = Marker
    with pytest.raises(TypeError, match="it takes nothing"):
        make(level=1)


def test_positional_values_are_refused() -> None:
    """Values are told by name."""
    make: Any = Room
    with pytest.raises(TypeError, match=r"^Room\(\) takes keywords only, not 1850: temperature=…$"):
        make(1850)


def test_a_positional_value_is_answered_with_the_keywords_that_take_it() -> None:
    """Where none is needed, those are named whose type the value has, or all."""

    class Sensed(Service, uuid="FFF0"):
        degrees: Read[Annotated[float, SInt16, Scale(decimal=-2)]] = characteristic(default=ABSENT)
        octets: Read[Annotated[bytes, Octets(2)]] = characteristic(default=ABSENT)
        hidden: Read[UInt8] = characteristic(init=False)

    make: Any = Sensed
    for value, keywords in {21.5: "degrees=…", b"ab": "octets=…", "warm": "degrees=…, octets=…"}.items():
        with pytest.raises(TypeError, match=re.escape(f"Sensed() takes keywords only, not {value!r}: {keywords}")):
            make(value)
    weather: Any = EnvironmentalSensing
    with pytest.raises(TypeError, match=r"^EnvironmentalSensing\(\) takes keywords only, not 21\.5: .*\btemperature=…"):
        weather(21.5)
    marker: Any = type("Marker", (Service,), {}, uuid="FFF0")
    with pytest.raises(TypeError, match=r"^Marker\(\) takes no values, got 1$"):
        marker(1)


def test_a_wrong_first_value_is_named_by_its_field() -> None:
    """The constructor checks as assignment does."""
    with pytest.raises(EncodeError, match=r"^Room\.temperature: expected -32768 … 32767 \(sint16\), got 40000$"):
        Room(temperature=40000)


def test_a_constructor_of_the_users_own_may_assign() -> None:
    """There is room for the values before ``__init__`` runs."""

    class Own(Service, uuid="FFF0"):
        level: Read[UInt8] = characteristic(init=False)
        label: Read[UInt8] = characteristic(init=False)

        def __init__(self, start: int) -> None:
            self.level = start
            self.locked = True
            super().__init__()

    own = Own(7)
    assert (own.level, own.locked) == (7, True)
    assert not hasattr(own, "label")


# --- values ----------------------------------------------------------------------------------------------------------


def test_a_field_has_no_value_before_the_first() -> None:
    """Reading one is an ``AttributeError`` that says what to do."""
    room = Room(temperature=0)
    with pytest.raises(
        AttributeError, match=r"^Room\.schedule has no value yet: .*default=…\), .*super\(\)\.__init__\(\)$"
    ):
        _ = room.schedule
    assert not hasattr(room, "schedule")
    room.schedule = Schedule(mode=Mode.OFF, start=1)
    assert room.schedule == Schedule(mode=Mode.OFF, start=1)


WRONG: dict[str, tuple[str, Any, str]] = {
    "beyond": ("temperature", 32768, "Room.temperature: expected -32768 … 32767 (sint16), got 32768"),
    "type": ("setpoint", "x", "Room.setpoint: expected an int, -32768 … 32767 (sint16), got 'x'"),
    "none": ("alarm", None, "Room.alarm: expected an int, 0 … 255 (uint8), got None"),
    "member": ("mode", 2, "Room.mode: expected OFF (0x0), HEAT (0x1) (Mode, uint8), got 2"),
    "struct": ("schedule", 3, "Room.schedule: expected a Schedule, got 3"),
    "within": (
        "schedule",
        Schedule(mode=Mode.OFF, start=70000),
        "Room.schedule.start: expected 0 … 65535 (uint16), got 70000",
    ),
    "octets": ("label", "ä€", "Room.label: expected text of 0 … 4 octets in UTF-8 (utf8s), not 5, got 'ä€'"),
}


@pytest.mark.parametrize(("name", "value", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_raises_and_changes_nothing(name: str, value: Any, message: str) -> None:
    """The line that assigns it raises, the message has the path, the old value stays and nobody is told."""
    room = Room(temperature=0)
    room.schedule = Schedule(mode=Mode.OFF, start=1)
    room.label = "old"
    recorders = [listen(room, field.name) for field in plan(room).characteristics]
    before = repr(room)
    with pytest.raises(EncodeError) as caught:
        setattr(room, name, value)
    assert str(caught.value) == message
    assert repr(room) == before
    assert not any(recorder.heard for recorder in recorders)


@law
@given(st.integers(-0x8000, 0x7FFF))
def test_what_was_assigned_is_read(value: int) -> None:
    """An attribute gives back what it was given."""
    room = Room(temperature=0)
    room.temperature = value
    assert room.temperature == value
    assert stored(room, 0) == value


def test_instances_have_values_of_their_own() -> None:
    """Two rooms share a class and nothing else: neither values nor subscribers."""
    one, two = Room(temperature=1), Room(temperature=2)
    heard_one, heard_two = listen(one, "temperature"), listen(two, "temperature")
    one.temperature = 3
    assert (one.temperature, two.temperature) == (3, 2)
    assert heard_one.heard == [b"\x03\x00"]
    assert heard_two.heard == []


def test_a_field_cannot_be_deleted() -> None:
    """A characteristic stays."""
    room = Room(temperature=1)
    with pytest.raises(AttributeError):
        del room.temperature
    assert room.temperature == 1


# --- pushing ---------------------------------------------------------------------------------------------------------


def test_an_assignment_is_pushed_packed() -> None:
    """Subscribers get the octets of each assignment, in order, the same value twice included."""
    room = Room(temperature=0)
    temperatures, alarms = listen(room, "temperature"), listen(room, "alarm")
    for value in (1, 1, -1):
        room.temperature = value
    room.alarm = 9
    assert temperatures.heard == [b"\x01\x00", b"\x01\x00", b"\xff\xff"]
    assert alarms.heard == [b"\x09"]


def test_a_refused_push_changes_nothing() -> None:
    """If the queue is full the assignment raises, and the old value stays."""
    room = Room(temperature=1)
    listen(room, "temperature", RuntimeError("full"))
    with pytest.raises(RuntimeError, match="full"):
        room.temperature = 2
    assert room.temperature == 1


def test_pushes_are_those_of_all_subscribed_fields() -> None:
    """``set_push`` adds one, ``None`` takes it away."""
    room = Room(temperature=1)
    assert pushes(room) == []
    one, two = listen(room, "temperature"), listen(room, "alarm")
    assert pushes(room) == [one, two]
    set_push(room, 0, None)
    assert pushes(room) == [two]
    room.temperature = 2
    assert one.heard == []


# --- computed values -------------------------------------------------------------------------------------------------


def test_a_computed_value_is_computed_at_each_reading() -> None:
    """A reader without a request is the attribute's value, too."""

    class Clock(Service, uuid="FFF0"):
        uptime: Read[UInt8] = characteristic(init=False)

        def __init__(self) -> None:
            self.calls = 0
            super().__init__()

        @uptime.on_read
        def _uptime(self) -> int:
            self.calls += 1
            return self.calls

    clock = Clock()
    assert [clock.uptime, clock.uptime] == [1, 2]
    assert plan(Clock).characteristics[0].on_read is not None


def test_a_reader_that_needs_a_phone_leaves_the_attribute_alone() -> None:
    """Who asks with a request, or has to be awaited, answers phones; the attribute is what was assigned."""

    class Shop(Service, uuid="FFF0"):
        personal: Read[UInt8] = characteristic(default=1)
        slow: Read[UInt8] = characteristic(default=2)

        @personal.on_read
        def _personal(self, request: Request) -> int:
            return len(request.device)

        @slow.on_read
        async def _slow(self) -> int:
            return 9

    shop = Shop()
    assert (shop.personal, shop.slow) == (1, 2)
    shop.personal = 5
    assert shop.personal == 5


# --- inheritance -----------------------------------------------------------------------------------------------------


class Base(Service, uuid="FFF0"):
    first: Read[UInt8]
    second: ReadWrite[UInt8] = characteristic(default=2, uuid="FFF2", security="encrypted", description="Second")

    @second.on_write
    def _second(self, value: int) -> None:
        self.first = value


def test_fields_of_the_base_come_first() -> None:
    """Order of declaration is the order of handles; a subclass appends."""

    class Below(Base):
        third: Read[UInt8]

    assert [field.name for field in plan(Below).characteristics] == ["first", "second", "third"]
    assert plan(Below).characteristics[1] == plan(Base).characteristics[1]
    below = Below(first=1, third=3)
    assert (below.first, below.second, below.third) == (1, 2, 3)


def test_a_redeclared_field_keeps_its_place() -> None:
    """An override replaces the field where it stands, and only in the subclass."""

    class Below(Base):
        zeroth: Read[UInt8]
        first: Notify[UInt16]

    assert [field.name for field in plan(Below).characteristics] == ["first", "second", "zeroth"]
    assert plan(Below).characteristics[0].type_name == "uint16"
    assert plan(Base).characteristics[0].type_name == "uint8"
    below: Any = Below(first=300, zeroth=0)
    heard = listen(below, "first")
    below.first = 301
    assert heard.heard == [b"\x2d\x01"]


def test_new_options_replace_the_old() -> None:
    """``characteristic(…)`` without an annotation gives a field of the base new options."""

    class Below(Base):
        second = characteristic(default=9, security="secure")

    made = plan(Below).characteristics[1]
    assert made.default == 9
    assert made.properties == plan(Base).characteristics[1].properties
    assert made.security.read.value == "secure"


def test_a_new_default_changes_the_default_only() -> None:
    """A raw value in a subclass says nothing of UUID, security and handlers, so these stay."""

    class Below(Base):
        second = 7

    made, old = plan(Below).characteristics[1], plan(Base).characteristics[1]
    assert Below(first=1).second == 7
    assert (made.uuid, made.security, made.description, made.on_write) == (
        old.uuid,
        old.security,
        old.description,
        old.on_write,
    )


def test_a_raw_default_is_inherited() -> None:
    """``raw: Read[UInt8] = 5`` is a default in subclasses, and in theirs."""

    class Raw(Base):
        raw: Read[UInt8] = 5  # type: ignore[assignment]

    class Below(Raw):
        pass

    class Deeper(Below):
        third: Read[UInt8] = characteristic(default=0)

    assert Raw(first=1).raw == Below(first=1).raw == Deeper(first=1).raw == 5


def test_a_method_of_the_same_name_overrides_the_handler() -> None:
    """Handlers are methods: a subclass overrides them as it overrides any."""

    class Below(Base):
        def _second(self, value: int) -> None:
            self.first = value + 1

    handler = plan(Below).characteristics[1].on_write
    assert handler is not None
    assert handler.function is Below._second
    inherited = plan(Base).characteristics[1].on_write
    assert inherited is not None
    assert inherited.function is Base._second


def test_an_overriding_handler_may_have_another_shape() -> None:
    """The override says anew whether it is async and whether it takes a request."""

    class Below(Base):
        async def _second(self, value: int, request: Request) -> None:  # type: ignore[override]
            self.first = value + request.mtu

    handler = plan(Below).characteristics[1].on_write
    assert handler is not None
    assert (handler.is_async, handler.takes_request) == (True, True)


def test_a_service_has_several_bases() -> None:
    """Fields of all of them are there, in the order of the method resolution, the most basic first."""

    class Left(Base):
        left: Read[UInt8]

    class Right(Base):
        right: Read[UInt8]

    class Both(Left, Right):
        own: Read[UInt8]

    names = [field.name for field in plan(Both).characteristics]
    assert names[:2] == ["first", "second"]
    assert sorted(names[2:]) == ["left", "own", "right"]
    assert names[-1] == "own"
    both = Both(first=1, left=2, right=3, own=4)
    assert (both.first, both.left, both.right, both.own) == (1, 2, 3, 4)


def test_a_subclass_hook_of_the_users_own_is_no_obstacle() -> None:
    """``__init_subclass__`` may be overridden between ``Service`` and the declaration, local types included."""
    seen: list[type] = []

    class Hooked(Service, uuid="FFF0"):
        def __init_subclass__(cls, **keywords: Any) -> None:
            super().__init_subclass__(**keywords)
            seen.append(cls)

    @struct
    class Local:
        number: UInt8

    class Below(Hooked):
        local: "Read[Local]"

    assert seen == [Below]
    assert Below(local=Local(number=3)).local.number == 3


# --- handles ---------------------------------------------------------------------------------------------------------


def numbered(handle: Any) -> type[Service]:
    return type("Made", (Service,), {"__annotations__": {"level": Read[UInt8]}}, uuid="FFF0", handle=handle)


@pytest.mark.parametrize("handle", [None, 0, 1, 0x0100, 0xFFFF])
def test_a_service_may_say_where_its_handles_begin(handle: int | None) -> None:
    """``handle=`` is in the plan, 0 where BlueZ shall choose and tell; without one BlueZ chooses."""
    assert plan(numbered(handle)).handle == handle
    assert plan(Room).handle is None
    assert plan(numbered(handle)) == plan(numbered(handle))
    assert plan(numbered(handle)) != plan(numbered(0x0200))


def test_the_tree_says_where_handles_begin() -> None:
    """In the first line, as phones count them; where BlueZ chooses there is nothing to say."""
    assert str(plan(numbered(0x0100))).splitlines()[0] == "Made  0xFFF0  primary service  from handle 0x0100"
    for handle in (0, None):
        assert str(plan(numbered(handle))).splitlines()[0] == "Made  0xFFF0  primary service"


@pytest.mark.parametrize("handle", [-1, 0x10000, 1.0, "0x0100", True, [256]])
def test_a_handle_that_is_none_is_a_fault_of_the_class(handle: Any) -> None:
    """It is a number of 16 bits; what the fault says to write compiles."""
    with pytest.raises(SchemaError) as caught:
        numbered(handle)
    (fault,) = caught.value.faults
    assert (fault.where, fault.finding) == ("", f"handle={handle!r}")
    assert "1 … 0xffff" in fault.allowed
    assert plan(numbered(eval(fault.instead.removeprefix("handle=")))).handle == 0x0100  # noqa: S307  (our message)


def test_a_subclass_has_handles_of_its_own() -> None:
    """Both may be served at once, and a range is that of one service."""

    class Fixed(Service, uuid="FFF0", handle=0x0100):
        level: Read[UInt8] = characteristic(default=1)

    class Below(Fixed):
        pass

    class Beside(Fixed, handle=0x0200):
        pass

    assert [plan(made).handle for made in (Fixed, Below, Beside)] == [0x0100, None, 0x0200]


# --- the characteristic of one service -------------------------------------------------------------------------------


class Piped(Service, uuid="FFF1"):
    level: Notify[UInt8] = characteristic(default=0, transport="socket")


class Line:
    """What a service is connected to while it is served."""

    def __init__(self, subscribers: int = 0, handle: int | None = None) -> None:
        self.subscribers = subscribers
        self.handle = handle
        self.asked: list[Any] = []

    async def confirmed(self, within: float) -> bool:
        self.asked.append(within)
        return self.subscribers > 0

    async def drain(self) -> None:
        self.asked.append("drain")

    def notify(self, octets: bytes, device: str) -> None:
        self.asked.append((octets, device))


async def test_a_service_that_is_not_served_has_no_subscribers() -> None:
    """Nobody has subscribed, nobody confirms, nothing waits, and no phone can be told."""
    alarm = Room.alarm.of(Room(temperature=0))
    assert (alarm.subscribers, alarm.handle, alarm.plan) == (0, None, Room.alarm.plan)
    assert await alarm.confirmed() is False
    await alarm.drain()
    with pytest.raises(LookupError, match=r"^Piped\.level is not served, so that AA:BB:CC:DD:EE:FF cannot hear it$"):
        Piped.level.of(Piped()).notify(3, to="AA:BB:CC:DD:EE:FF")


def test_what_has_no_sockets_reaches_no_phone_alone() -> None:
    """That is known before anybody listens."""
    room = Room(temperature=0)
    with pytest.raises(
        TypeError, match=r'^Room\.alarm has no sockets: Notify\[…\] = characteristic\(transport="socket"\)$'
    ):
        Room.alarm.of(room).notify(3, to="AA:BB:CC:DD:EE:FF")


async def test_a_service_that_is_served_is_asked() -> None:
    """``of`` gives the characteristic of this instance: its subscribers, handle, confirmations and phones."""
    room, other = Room(temperature=0), Room(temperature=0)
    line = Line(subscribers=2, handle=0x0103)
    set_link(room, Room.alarm.plan.index, line)
    alarm = Room.alarm.of(room)
    assert (alarm.subscribers, alarm.handle) == (2, 0x0103)
    assert await alarm.confirmed()
    assert await alarm.confirmed(within=2.5)
    await alarm.drain()
    assert line.asked == [30.0, 2.5, "drain"]
    assert (room.alarm, Room.alarm.of(other).subscribers, Room.temperature.of(room).subscribers) == (3, 0, 0)
    set_link(room, Room.alarm.plan.index, None)
    assert (alarm.subscribers, alarm.handle) == (0, None)


@pytest.mark.parametrize("handle", [None, 0], ids=["not asked for", "not told yet"])
def test_a_handle_that_is_not_known_is_none(handle: int | None) -> None:
    """0 is no handle."""
    room = Room(temperature=0)
    set_link(room, Room.alarm.plan.index, Line(handle=handle))
    assert Room.alarm.of(room).handle is None


def test_a_value_for_one_phone_is_checked_as_an_assignment_is() -> None:
    """A wrong one raises and is not sent."""
    piped, line = Piped(), Line()
    set_link(piped, Piped.level.plan.index, line)
    with pytest.raises(EncodeError, match=r"^Piped\.level: expected 0 … 255 \(uint8\), got 256$"):
        Piped.level.of(piped).notify(256, to="AA:BB:CC:DD:EE:FF")
    assert line.asked == []
    Piped.level.of(piped).notify(7, to="AA:BB:CC:DD:EE:FF")
    assert line.asked == [(b"\x07", "AA:BB:CC:DD:EE:FF")]
    assert piped.level == 0, "the field keeps its value"


def test_of_takes_a_service_that_has_the_field() -> None:
    """Anything else is told: the class, another service, one that is without it."""

    class Optional(Service, uuid="FFF0"):
        alarm: Indicate[UInt8] = characteristic(default=ABSENT)

    class Below(Room):
        pass

    wrong: list[tuple[Any, Any]] = [
        (Room.alarm, Room),
        (Room.alarm, None),
        (Room.alarm, Base(first=1)),
        (Optional.alarm, Optional()),
        (Base.first, Room(temperature=0)),
    ]
    for field, service in wrong:
        with pytest.raises(TypeError, match=rf"^of\(\) takes a service that has {field.plan.name}, not "):
            field.of(service)
    assert Room.alarm.of(Below(temperature=0)).subscribers == 0
    assert Optional.alarm.of(Optional(alarm=1)).plan.name == "alarm"


# --- names that come later -------------------------------------------------------------------------------------------


class Early(Service, uuid="FFF0"):
    """Names a struct that stands below it."""

    late: Read["Late"]
    number: Read[UInt8] = characteristic(default=4)


class EarlyTwin(Early):
    """A subclass that is used before its base."""

    own: Read[UInt8]


class EarlyRaw(Service, uuid="FFF0"):
    late: Read["Late"] = characteristic(init=False)


class Including(Service, uuid="FFF1", includes=[EarlyRaw]):
    """Refers to a service that waits for a name."""

    late: Read["Late"] = characteristic(init=False)


@struct
class Late:
    number: UInt8


def test_a_forward_reference_is_compiled_at_the_first_use() -> None:
    """A subclass that waits inherits all, even if its base was never used."""
    assert [field.name for field in plan(EarlyTwin).characteristics] == ["late", "number", "own"]
    assert plan(EarlyTwin).uuid == plan(Early).uuid == expand(0xFFF0)
    early = Early(late=Late(number=1))
    assert (early.late.number, early.number) == (1, 4)
    assert Early.late.uuid == plan(Early).characteristics[0].uuid


def test_a_service_that_waits_may_be_included() -> None:
    """It is declared above, and that is all that ``includes=`` asks for."""
    assert plan(Including).includes == (plan(EarlyRaw),)


def test_a_class_that_failed_fails_again() -> None:
    """A broken class never turns into a service by being asked twice."""

    class Waiting(Service, uuid="FFF0"):
        late: Read["Never"]  # type: ignore[name-defined]  # noqa: F821

    for _ in range(2):
        with pytest.raises(SchemaError):
            plan(Waiting)


def test_types_of_the_enclosing_function_are_found() -> None:
    """Services in functions use types of the function, as objects and as text."""

    @struct
    class Local:
        number: UInt8

    def inner() -> Callable[..., Any]:
        class Nested(Service, uuid="FFF0"):
            as_object: Read[Local]
            as_text: "Read[Local]"
            inside: Read["Local"]

        return Nested

    made = inner()(as_object=Local(number=1), as_text=Local(number=2), inside=Local(number=3))
    assert [made.as_object.number, made.as_text.number, made.inside.number] == [1, 2, 3]


def test_a_class_within_a_class_is_a_service() -> None:
    """Services may be grouped in a class."""

    class Group:
        class Inner(Service, uuid="FFF0"):
            level: Read[UInt8]

    assert Group.Inner(level=1).level == 1


# --- the house -------------------------------------------------------------------------------------------------------


def test_declaring_loads_no_dbus() -> None:
    """A fresh interpreter imports the library, declares and uses a service without D-Bus."""
    program = """
import json, sys
from gattschema import Notify, Service, UInt8, plan
class HeartRate(Service):
    rate: Notify[UInt8]
rate = HeartRate(rate=1)
rate.rate = 2
print(json.dumps([name for name in sys.modules if name.split(".")[0] in ("dbus_fast", "bleak", "bumble", "click")]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_public_names_are_those_that_are_there() -> None:
    """``__all__`` is sorted as people sort, complete, and of things that exist."""
    import gattschema  # noqa: PLC0415  (the subject)
    from gattschema import schema, values  # noqa: PLC0415  (the subject)

    for room in (gattschema, schema, values):
        assert len(set(room.__all__)) == len(room.__all__)
        assert all(hasattr(room, name) for name in room.__all__)
    assert set(values.__all__) >= {"encode", "decode", "size", "codec", "struct"}
