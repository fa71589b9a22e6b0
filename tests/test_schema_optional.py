"""Optional characteristics: ``default=ABSENT``, what puts them in, and what an instance without them looks like."""

import copy
import inspect
from typing import Any

import pytest

from gattschema import (
    ABSENT,
    PRESENT,
    AttError,
    EncodeError,
    Fault,
    Indicate,
    Notify,
    Peripheral,
    Read,
    ReadNotify,
    Request,
    SchemaError,
    Service,
    UInt8,
    UInt16,
    Write,
    characteristic,
    docs,
    drain,
    plan,
    schema,
)
from gattschema.sig import BodySensorLocation, HeartRate, HeartRateControlPoint, HeartRateMeasurement
from tests.fake_bluez import CHARACTERISTIC, FakeBlueZ

PHONE = Request()


class Strap(Service, uuid="FFF0"):
    """One field that is always there, and one optional field of each sort."""

    first: Read[UInt8] = characteristic(default=ABSENT, description="Read")
    rate: Notify[UInt8]
    second: ReadNotify[UInt16] = characteristic(default=ABSENT)
    control: Write[UInt8] = characteristic(default=ABSENT)
    alarm: Indicate[UInt8] = characteristic(default=ABSENT)


def names(service: Any) -> list[str]:
    return [field.name for field in plan(service).characteristics]


# --- what is there -----------------------------------------------------------------------------------------------


def test_a_class_has_all_of_them() -> None:
    """The class's plan is the whole declaration; the optional ones are marked in it and in its tree."""
    assert names(Strap) == ["first", "rate", "second", "control", "alarm"]
    assert [field.optional for field in plan(Strap).characteristics] == [True, False, True, True, True]
    assert [field.absent for field in plan(Strap).characteristics] == [True, False, True, True, True]
    marked = [line for line in str(plan(Strap)).splitlines() if line.endswith("  optional")]
    assert len(marked) == 4
    assert not any("rate" in line for line in marked)


def test_what_is_not_given_is_not_there() -> None:
    """An instance's plan and its tree are without it; the rest keeps its order and its place in the class."""
    assert names(Strap(rate=60)) == ["rate"]
    assert names(Strap(rate=60, alarm=1, first=2)) == ["first", "rate", "alarm"]
    assert [field.index for field in plan(Strap(rate=60, alarm=1)).characteristics] == [1, 4]
    assert str(plan(Strap(rate=60, second=3))).splitlines()[1:] == [
        f"├── rate    {Strap.rate.uuid}  notify        uint8   1 octet",
        "│   └── 0x2902  Client Characteristic Configuration",
        f"└── second  {Strap.second.uuid}  read, notify  uint16  2 octets",
        "    └── 0x2902  Client Characteristic Configuration",
    ]
    assert names(Strap) == ["first", "rate", "second", "control", "alarm"]


def test_for_an_instance_nothing_is_optional() -> None:
    """What it has it has, and neither its plan nor its tree calls it anything else."""
    strap = Strap(rate=1, first=1, second=1, control=1, alarm=1)
    assert names(strap) == names(Strap)
    assert "optional" not in str(plan(strap))
    assert not any(field.optional for field in plan(strap).characteristics)


def test_a_class_without_optional_fields_shares_its_plan_with_its_instances() -> None:
    """Nothing is copied where nothing can be left out."""

    class Plain(Service, uuid="FFF0"):
        level: Read[UInt8]

    assert plan(Plain(level=1)) is plan(Plain)


def test_present_is_there_without_a_value() -> None:
    """``PRESENT`` puts a field in whose first value comes later: a control point, an alarm, a mandatory field."""
    strap = Strap(rate=PRESENT, control=PRESENT, alarm=PRESENT)
    assert names(strap) == ["rate", "control", "alarm"]
    assert repr(strap) == "Strap()"
    for name in names(strap):
        with pytest.raises(AttributeError, match=f"Strap.{name} has no value yet"):
            getattr(strap, name)
    strap.alarm = 3
    assert strap.alarm == 3
    assert schema.write(strap, plan(strap).characteristics[1], b"\x07", PHONE) is None
    assert strap.control == 7


def test_present_as_a_default_starts_without_a_value() -> None:
    """The field is always there, and the constructor does not ask for it, but takes it."""

    class Bell(Service, uuid="FFF0"):
        ring: Notify[UInt8] = characteristic(default=PRESENT)

    assert not hasattr(Bell(), "ring")
    assert names(Bell()) == ["ring"]
    assert Bell(ring=3).ring == 3


def test_absent_leaves_out_what_would_be_there() -> None:
    """A value that is computed to be ``ABSENT`` is as good as none, also of a field that has a handler."""

    class Lap(Strap):
        @Strap.first.on_read
        def _first(self) -> int:
            return 3

    assert names(Strap(rate=1, first=ABSENT, second=2)) == ["rate", "second"]
    assert names(Lap(rate=1)) == ["first", "rate"]
    without = Lap(rate=1, first=ABSENT)
    assert names(without) == ["rate"]
    with pytest.raises(AttributeError, match=r"Lap.first was not given"):
        _ = without.first


def test_only_an_optional_field_can_be_left_out() -> None:
    """What the declaration calls mandatory is asked for, and ``ABSENT`` is no way around it."""
    make: Any = Strap
    with pytest.raises(TypeError, match=r"^Strap\(\) needs rate=$"):
        make()
    with pytest.raises(TypeError, match=r"^Strap\(\) cannot be without rate, which does not say default=ABSENT$"):
        make(rate=ABSENT)


# --- what a left-out field answers -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["first", "second", "control", "alarm"])
def test_a_left_out_field_says_how_to_put_it_in(name: str) -> None:
    """Reading and assigning raise, pushed or not, and nothing is kept."""
    strap = Strap(rate=60)
    message = rf"^Strap\.{name} was not given, so this Strap is without it: Strap\({name}=…\) puts it in"
    with pytest.raises(AttributeError, match=message):
        getattr(strap, name)
    with pytest.raises(AttributeError, match=message):
        setattr(strap, name, 1)
    assert not hasattr(strap, name)
    assert repr(strap) == "Strap(rate=60)"


def test_a_wrong_value_is_refused_before() -> None:
    """What no instance could take is wrong whether the field is there or not; the marks are values of no field."""
    strap = Strap(rate=60, second=1)
    for value in (256, ABSENT, PRESENT):
        with pytest.raises(EncodeError, match=r"Strap.first"):
            strap.first = value
    with pytest.raises(EncodeError, match=r"expected an int, 0 … 65535 .uint16., got ABSENT"):
        strap.second = ABSENT


async def test_a_left_out_field_has_nothing_to_wait_for() -> None:
    """Draining a service passes by the fields that it is without."""
    assert schema.pushes(Strap(rate=1)) == []
    await drain(Strap(rate=1))


def test_values_stay_in_their_places() -> None:
    """A field reads and writes its own value, whichever fields before it are left out."""
    strap = Strap(rate=60, second=7, alarm=9)
    assert (strap.rate, strap.second, strap.alarm) == (60, 7, 9)
    fields = plan(strap).characteristics
    assert schema.read(strap, fields[1], PHONE) == b"\x07\x00"
    assert [schema.stored(strap, field.index) for field in fields] == [60, 7, 9]
    with pytest.raises(AttError, match="rate is not readable"):
        schema.read(strap, fields[0], PHONE)
    assert repr(copy.copy(strap)) == repr(strap)


# --- the class puts it in ----------------------------------------------------------------------------------------


def test_a_handler_puts_it_in() -> None:
    """Of the class itself or of a subclass, for reads or for writes."""

    class Own(Service, uuid="FFF0"):
        uptime: Read[UInt8] = characteristic(default=ABSENT)
        control: Write[UInt8] = characteristic(default=ABSENT)
        other: Write[UInt8] = characteristic(default=ABSENT)

        @uptime.on_read
        def _uptime(self) -> int:
            return 3

    class Below(Own):
        @Own.control.on_write
        def _control(self, value: int) -> None:
            self.seen = value

    class Lowest(Below):
        def _control(self, value: int) -> None:
            self.seen = -value

    assert names(Own()) == ["uptime"]
    assert names(Below()) == names(Lowest()) == ["uptime", "control"]
    assert names(Own) == names(Below) == ["uptime", "control", "other"]
    assert plan(Own).characteristics[1].on_write is None
    below, lowest = Below(), Lowest()
    for service in (below, lowest):
        schema.write(service, plan(service).characteristics[1], b"\x05", PHONE)
    assert (below.seen, lowest.seen, below.uptime) == (5, -5, 3)


def test_a_default_of_a_subclass_puts_it_in() -> None:
    """Said anew, or raw."""

    class Again(Strap):
        first: Read[UInt8] = characteristic(default=3)

    class Raw(Strap):
        first = 4  # type: ignore[assignment]

    assert names(Again(rate=1)) == names(Raw(rate=1)) == ["first", "rate"]
    assert (Again(rate=1).first, Raw(rate=1).first) == (3, 4)


def test_a_value_assigned_before_the_constructor_runs_counts_as_given() -> None:
    """A class with an ``__init__`` of its own may assign before it calls the one of Service."""

    class Early(Strap):
        def __init__(self) -> None:
            self.first = 5
            super().__init__(rate=1)

    assert names(Early()) == ["first", "rate"]
    assert Early().first == 5


def test_a_subclass_adds_handlers_to_fields_of_any_base() -> None:
    """``@Base.field.on_read`` stands in the body of a subclass and leaves the base as it was."""

    class Base(Service, uuid="FFF0"):
        mandatory: Read[UInt8]

    class Below(Base):
        @Base.mandatory.on_read
        def _mandatory(self) -> int:
            return 9

    assert Below(mandatory=1).mandatory == 9
    assert Base(mandatory=1).mandatory == 1
    assert Below.mandatory.owner is Below


def test_an_added_handler_replaces_that_of_the_base() -> None:
    """The most derived class has the last word; the other handler of the field stays."""

    class Base(Service, uuid="FFF0"):
        field: schema.ReadWrite[UInt8] = characteristic(default=1)

        @field.on_read
        def _read(self) -> int:
            return 1

        @field.on_write
        def _write(self, value: int) -> None: ...

    class Below(Base):
        @Base.field.on_read
        def _read_otherwise(self) -> int:
            return 2

    assert (Base().field, Below().field) == (1, 2)
    assert plan(Below).characteristics[0].on_write == plan(Base).characteristics[0].on_write


def test_an_added_handler_waits_with_its_base_for_names() -> None:
    """A base that is not compiled yet takes no handler of a subclass for its own."""

    class Base(Service, uuid="FFF0"):
        field: "schema.ReadWrite[Later]" = characteristic(default=1)  # type: ignore[name-defined]  # noqa: F821

    class Below(Base):
        @Base.field.on_read
        def _read(self) -> int:
            return 2

        @Base.field.on_write
        def _write(self, value: int) -> None: ...

    globals()["Later"] = UInt8
    try:
        assert (Base().field, Below().field) == (1, 2)
        assert plan(Base).characteristics[0].on_write is None
        assert plan(Below).characteristics[0].on_write is not None
    finally:
        del globals()["Later"]


# --- faults ------------------------------------------------------------------------------------------------------


def test_a_handler_outside_of_a_class_is_a_fault() -> None:
    """It would belong to nothing."""
    with pytest.raises(Fault, match=r"@Strap.first.on_read stands outside of a class") as caught:
        Strap.first.on_read(lambda _: 3)
    assert "class Mine(Strap)" in caught.value.instead


def test_a_handler_for_a_field_of_another_class_is_a_fault() -> None:
    """So would this one."""
    with pytest.raises(SchemaError, match="Other has 1 fault: first") as caught:

        class Other(Service, uuid="FFF0"):
            first: Read[UInt8]

            @Strap.first.on_read
            def _first(self) -> int:
                return 3

    (fault,) = caught.value.faults
    assert fault.finding == "Other has a handler for a field of Strap, from which it does not derive"
    assert fault.instead == "class Other(Strap):"


def test_two_added_handlers_are_a_fault() -> None:
    """One of them would never run."""
    with pytest.raises(SchemaError) as caught:

        class Twice(Strap):
            @Strap.first.on_read
            def _first(self) -> int:
                return 3

            @Strap.first.on_read
            def _again(self) -> int:
                return 3

    (fault,) = caught.value.faults
    assert fault.finding == "Strap.first.on_read is given twice: _first and _again"


def test_what_nobody_can_give_is_a_fault() -> None:
    """``default=ABSENT`` with ``init=False``."""
    with pytest.raises(SchemaError) as caught:

        class Lost(Service, uuid="FFF0"):
            field: Read[UInt8] = characteristic(default=ABSENT, init=False)  # type: ignore[call-overload]

    (fault,) = caught.value.faults
    assert fault.finding.startswith("default=ABSENT with init=False")


# --- what is written from it -------------------------------------------------------------------------------------


def test_a_mandatory_field_pays_nothing() -> None:
    """The functions of a field that is always there are those that it has in a class without any optional field."""

    class Plain(Service, uuid="FFF0"):
        first: Read[UInt8] = characteristic(default=0)
        rate: Notify[UInt8]

    with_others: Any = Strap.rate
    alone: Any = Plain.rate
    for step in ("fget", "fset"):
        source = inspect.getsource(getattr(with_others, step))
        assert source == inspect.getsource(getattr(alone, step)).replace("Plain", "Strap")


def test_pages_of_an_instance_are_without_it() -> None:
    """The documentation of a class has them all and calls them optional; that of an instance has what there is."""
    whole, part = docs.markdown(plan(Strap)), docs.markdown(plan(Strap(rate=1, control=1)))
    assert [name for name in names(Strap) if f"## {name}" in whole] == names(Strap)
    assert whole.count("Optional: a device may be without it.") == 4
    assert [name for name in names(Strap) if f"## {name}" in part] == ["rate", "control"]


async def test_bluetoothd_sees_what_there_is(bluez: FakeBlueZ) -> None:
    """Only the given ones are on the bus, each with its own value, and a push takes the right way."""
    strap = Strap(rate=60, second=7, control=PRESENT)
    async with Peripheral(strap):
        assert sum(CHARACTERISTIC in interfaces for interfaces in bluez.objects.values()) == 3
        assert await bluez.read(bluez.path(Strap.second.uuid)) == b"\x07\x00"
        assert await bluez.write(bluez.path(Strap.control.uuid), b"\x05") is None
        assert strap.control == 5
        with pytest.raises(AttributeError, match=r"Strap.alarm was not given"):
            strap.alarm = 1
    with pytest.raises(AttributeError, match=r"Strap.alarm was not given"):
        strap.alarm = 1


async def test_a_ready_made_service_is_as_large_as_its_instance(bluez: FakeBlueZ) -> None:
    """Of the SIG's Heart Rate there is the measurement alone, or with whatever a subclass or an argument adds."""

    class Resettable(HeartRate):
        @HeartRate.heart_rate_control_point.on_write
        def _reset(self, value: HeartRateControlPoint) -> None:
            self.seen = value

    strap = Resettable(heart_rate_measurement=PRESENT)
    async with Peripheral(strap):
        paths = [path for path, interfaces in bluez.objects.items() if CHARACTERISTIC in interfaces]
        assert len(paths) == 2
        assert await bluez.start_notify(bluez.path(HeartRate.heart_rate_measurement.uuid)) is None
        assert await bluez.write(bluez.path(HeartRate.heart_rate_control_point.uuid), b"\x01") is None
        strap.heart_rate_measurement = HeartRateMeasurement(heart_rate=72)
    assert strap.seen == 1
    assert names(HeartRate(heart_rate_measurement=PRESENT)) == ["heart_rate_measurement"]
    assert names(HeartRate(heart_rate_measurement=PRESENT, body_sensor_location=BodySensorLocation.CHEST)) == [
        "heart_rate_measurement",
        "body_sensor_location",
    ]


async def test_two_instances_differ_on_the_bus(bluez: FakeBlueZ) -> None:
    """What one leaves out the other may have; an included service counts by its class, whatever it leaves out."""

    class Whole(Service, uuid="FFF1", includes=(Strap,)):
        level: Read[UInt8]

    async with Peripheral(Whole(level=1), Strap(rate=1)):
        assert sum(CHARACTERISTIC in interfaces for interfaces in bluez.objects.values()) == 2
