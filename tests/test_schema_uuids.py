"""UUIDs: every usual spelling, the SIG's by name, and derived ones that never change."""

import re
import subprocess
import sys
import uuid
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gattschema import Fault, Notify, Read, SchemaError, Service, UInt8, UInt16, characteristic, plan
from gattschema.schema import Origin, expand, parse_uuid, short_uuid
from tests.strategies import law

LONG = "7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10"
HEART_RATE = UUID("0000180d-0000-1000-8000-00805f9b34fb")

SPELLINGS: dict[str, tuple[Any, UUID]] = {
    "16 digits": ("180D", HEART_RATE),
    "16 lower": ("180d", HEART_RATE),
    "16 prefixed": ("0x180D", HEART_RATE),
    "16 prefixed upper": ("0X180D", HEART_RATE),
    "16 number": (0x180D, HEART_RATE),
    "16 spaced": (" 180D ", HEART_RATE),
    "16 in full": ("0000180d-0000-1000-8000-00805f9b34fb", HEART_RATE),
    "32 digits": ("0000180D", HEART_RATE),
    "32 prefixed": ("0x12345678", UUID("12345678-0000-1000-8000-00805f9b34fb")),
    "32 number": (0xFFFFFFFF, UUID("ffffffff-0000-1000-8000-00805f9b34fb")),
    "128 digits": (LONG, UUID(LONG)),
    "128 upper": (LONG.upper(), UUID(LONG)),
    "128 braces": (f"{{{LONG}}}", UUID(LONG)),
    "128 urn": (f"urn:uuid:{LONG}", UUID(LONG)),
    "128 without dashes": (LONG.replace("-", ""), UUID(LONG)),
    "128 prefixed": ("0x" + LONG.replace("-", ""), UUID(LONG)),
    "object": (UUID(LONG), UUID(LONG)),
}
NONSENSE: dict[str, Any] = {
    "nothing": "",
    "space": " ",
    "prefix only": "0x",
    "no digits": "heart",
    "too long a short one": "123456789",
    "cut": LONG[:-1],
    "longer": LONG + "0",
    "wrong digit": LONG.replace("7", "g"),
    "negative": -1,
    "33 bits": 2**32,
    "signed": "+180D",
    "minus": "-180D",
    "underscore": "18_0D",
    "two prefixes": "0x0x180D",
    "fraction": 1.5,
    "octets": b"180D",
    "truth": True,
    "list": ["180D"],
}

every_spelling = pytest.mark.parametrize(("spelling", "meant"), SPELLINGS.values(), ids=SPELLINGS)
every_nonsense = pytest.mark.parametrize("spelling", NONSENSE.values(), ids=NONSENSE)


@every_spelling
def test_every_usual_spelling_is_read(spelling: Any, meant: UUID) -> None:
    """16, 32 and 128 bits in every usual spelling, for services and characteristics alike."""

    class Spelled(Service, uuid=spelling):
        field: Read[UInt8] = characteristic(default=0, uuid=spelling)

    assert parse_uuid(spelling) == meant
    assert plan(Spelled).uuid == Spelled.field.uuid == meant
    assert plan(Spelled).origin is plan(Spelled).characteristics[0].origin is Origin.EXPLICIT


@every_nonsense
def test_what_is_no_uuid_is_a_fault(spelling: Any) -> None:
    """No guess: anything else is refused with all the spellings and, if it is not nearly one, a literal to paste."""
    with pytest.raises(Fault, match="is no UUID") as caught:
        parse_uuid(spelling)
    assert repr(spelling) in caught.value.finding
    assert "180D" in caught.value.allowed
    nearly = len(re.findall("[0-9a-fA-F]", str(spelling))) > 8
    if nearly:
        assert caught.value.instead == "all of its 32 digits"
    else:
        assert parse_uuid(literal(caught.value)).version == 4


def literal(fault: Fault) -> str:
    found = re.search(r'uuid="([^"]+)"', fault.instead)
    assert found
    return found[1]


def test_each_fault_offers_a_literal_of_its_own() -> None:
    """Two people who paste what they are offered do not get the same UUID."""
    offers = set()
    for _ in range(20):
        with pytest.raises(Fault) as caught:
            parse_uuid("?")
        offers.add(literal(caught.value))
    assert len(offers) == 20


@law
@given(st.integers(0, 0xFFFF_FFFF))
def test_a_short_number_is_written_as_people_write_it(number: int) -> None:
    """A number of 16 or 32 bits expands by the Core Specification's base and is written short again."""
    full = UUID(f"{number:08x}-0000-1000-8000-00805f9b34fb")
    assert expand(number) == full
    assert parse_uuid(short_uuid(full)) == full
    assert short_uuid(full) == f"0x{number:04X}"


@law
@given(st.uuids())
def test_a_long_uuid_is_written_in_full(value: UUID) -> None:
    """What is short for nothing keeps all its digits, and every spelling reads back."""
    assert short_uuid(value) == str(value)
    assert parse_uuid(short_uuid(value)) == value


@pytest.mark.parametrize("number", [-1, 2**32], ids=["below", "above"])
def test_only_32_bits_expand(number: int) -> None:
    """A number beyond 32 bits is short for nothing."""
    with pytest.raises(ValueError, match="16 or 32 bits"):
        expand(number)


def test_neighbours_of_the_base_are_not_short() -> None:
    """One bit off the base is another UUID."""
    assert short_uuid(UUID(int=HEART_RATE.int + 1)) == str(UUID(int=HEART_RATE.int + 1))
    assert short_uuid(UUID(int=0)) == str(UUID(int=0))


# --- by name ---------------------------------------------------------------------------------------------------------


def test_the_sig_knows_services_by_name() -> None:
    """``HeartRate`` and ``HeartRateService`` are 0x180D, ``CyclingSpeedAndCadence`` 0x1816."""

    class HeartRate(Service):
        field: Read[UInt8]

    class HeartRateService(Service):
        field: Read[UInt8]

    class CyclingSpeedAndCadence(Service):
        field: Read[UInt8]

    assert plan(HeartRate).uuid == plan(HeartRateService).uuid == expand(0x180D)
    assert plan(CyclingSpeedAndCadence).uuid == expand(0x1816)
    assert plan(HeartRate).origin is Origin.SIG


def test_the_sig_knows_characteristics_by_name() -> None:
    """``heart_rate_measurement`` is 0x2A37, ``battery_level`` 0x2A19, in any service."""

    class Own(Service, uuid=LONG):
        heart_rate_measurement: Notify[UInt16]
        battery_level: Read[UInt8]

    assert Own.heart_rate_measurement.uuid == expand(0x2A37)
    assert Own.battery_level.uuid == expand(0x2A19)
    assert Own.battery_level.plan.origin is Origin.SIG


def test_an_explicit_uuid_beats_the_name() -> None:
    """What the declaration says goes before what the SIG says."""

    class HeartRate(Service, uuid=LONG):
        battery_level: Read[UInt8] = characteristic(default=0, uuid="FFF1")

    assert plan(HeartRate).uuid == UUID(LONG)
    assert HeartRate.battery_level.uuid == expand(0xFFF1)


# --- nearly by name --------------------------------------------------------------------------------------------------


def fault_of(field: str, **keywords: Any) -> Fault | None:
    """What is wrong with a field of this name, if anything is."""
    body = {"__annotations__": {field: Read[UInt8]}, "__module__": __name__}
    try:
        type("Made", (Service,), body, **(keywords or {"uuid": LONG}))
    except SchemaError as error:
        (fault,) = error.faults
        return fault
    return None


SLIPS = {
    "heart_rate_mesurement": "heart_rate_measurement (0x2A37)",
    "hart_rate_mesurement": "heart_rate_measurement (0x2A37)",
    "heartrate_measurement": "heart_rate_measurement (0x2A37)",
    "heartRateMeasurement": "heart_rate_measurement (0x2A37)",
    "heart_rate_measuremnet": "heart_rate_measurement (0x2A37)",
    "body_sensor_lokation": "body_sensor_location (0x2A38)",
    "manufacturer_name_sring": "manufacturer_name_string (0x2A29)",
    "temprature": "temperature (0x2A6E)",
    "temperatture": "temperature (0x2A6E)",
    "humdity": "humidity (0x2A6F)",
    "presure": "pressure (0x2A6D)",
    "battery_lvel": "battery_level (0x2A19)",
}


@pytest.mark.parametrize(("field", "meant"), SLIPS.items(), ids=SLIPS)
def test_a_slip_of_the_pen_is_no_name_of_its_own(field: str, meant: str) -> None:
    """A name that is nearly one of the SIG's would silently become a UUID that no phone knows: it is a question."""
    fault = fault_of(field)
    assert fault is not None
    assert fault.where == field
    assert f"did you mean {meant}?" in fault.finding
    assert fault.instead.startswith(meant.partition(" ")[0])
    assert 'uuid="' in fault.instead


ORDINARY = """
level levels mode modes state states status name label title command commands control config configuration settings
temperature_2 temperature2 temperatures indoor_temperature temperature_alarm target setpoint set_point humidity_alarm
pressures attitude location locations rotation relation station radiation aggregated timezone datetime firstname
heartbeat heart_rate heart_rate_zone battery battery_state battery_voltage battery_level_low charging uptime version
firmware firmware_version hardware_version serial_number manufacturer model schedule schedules start stop speed
speed_limit distance color colour brightness red green blue on off enabled data value values count counter reset error
errors log message text tx rx input output channel channels sensor sensors reading readings sample samples alarm
alarms alert limit limits low high minimum maximum average door lock unlock owner key pin user users password code
token request response result progress time date interval period duration delay angle axis motor position positions
direction steering throttle brake load current_load power_limit energy_used flow valve pump fan heater
"""


@pytest.mark.parametrize("field", ORDINARY.split())
def test_an_ordinary_name_is_taken_as_it_is(field: str) -> None:
    """In a service of one's own no everyday name is mistaken for one of the SIG's."""
    assert fault_of(field) is None


def test_in_a_service_of_the_sig_the_question_comes_sooner() -> None:
    """Plurals, words written together and names without the service's are hardly names of one's own there."""
    asked = {
        ("battery", 0x180F): "battery_level (0x2A19)",
        ("level", 0x180F): "did you mean battery_level (0x2A19)?",
        ("measurement", "180D"): "did you mean heart_rate_measurement (0x2A37)?",
        ("heart_rate", 0x180D): "heart_rate_measurement (0x2A37)",
        ("temperatures", 0x181A): "did you mean temperature (0x2A6E)?",
        ("timezone", 0x1805): "did you mean time_zone (0x2A0E)?",
    }
    for (field, service), meant in asked.items():
        fault = fault_of(field, uuid=service)
        assert fault is not None, field
        assert meant in fault.finding
        assert fault_of(field, uuid="FFF0") is None
    assert fault_of("colour", uuid=0x180D) is None


def test_uuid_answers_the_question() -> None:
    """Whoever means the name that was typed says so with ``uuid=``."""

    class Room(Service, uuid=LONG):
        temprature: Read[UInt8] = characteristic(default=0, uuid="FFF1")

    assert Room.temprature.uuid == expand(0xFFF1)


@pytest.mark.parametrize("name", ["HeartRte", "HeartRateServce", "Heart_Rate_Servic", "CyclingSpeedAndCadense"])
def test_a_slip_in_a_services_name_is_no_name_of_its_own(name: str) -> None:
    """Neither with a namespace, from which it would be derived silently, nor without."""
    for keywords in ({"namespace": "example.com"}, {}):
        with pytest.raises(SchemaError) as caught:
            type(name, (Service,), {"__annotations__": {}, "__module__": __name__}, **keywords)
        (fault,) = caught.value.faults
        assert re.search(r"did you mean (HeartRate \(0x180D\)|CyclingSpeedAndCadence \(0x1816\))\?", fault.finding)
    made: Any = type(name, (Service,), {"__module__": __name__}, uuid=LONG)
    assert plan(made).uuid == UUID(LONG)


def test_a_service_that_bluetoothd_has_itself_is_refused_by_name_as_well() -> None:
    """``class GAP`` is 0x1800."""
    with pytest.raises(SchemaError) as caught:

        class GAP(Service):
            pass

    assert "Generic Access, which bluetoothd has itself" in caught.value.faults[0].finding


def test_importing_gattschema_loads_no_table() -> None:
    """The SIG's numbers are loaded with the first service that is declared."""
    program = (
        "import sys, gattschema\n"
        "assert not [name for name in sys.modules if name.startswith('gattschema.sig')]\n"
        "class Battery(gattschema.Service): battery_level: gattschema.Read[gattschema.UInt8]\n"
        "assert 'gattschema.sig._numbers.characteristics' in sys.modules\n"
        "assert 'gattschema.sig._numbers.companies' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# --- derived ---------------------------------------------------------------------------------------------------------


def test_a_field_derives_from_the_service_and_its_own_name() -> None:
    """UUID version 5 of the field's name below the service's UUID (RFC 9562), whatever stands around it."""

    class Once(Service, uuid=LONG):
        red: Read[UInt8]
        green: Notify[UInt16]

    class Reordered(Service, uuid=LONG):
        blue: Read[UInt8]
        green: Read[UInt8]
        red: Notify[UInt16] = characteristic(init=False)

    assert Once.red.uuid == Reordered.red.uuid == uuid.uuid5(UUID(LONG), "red")
    assert Once.green.uuid == Reordered.green.uuid == uuid.uuid5(UUID(LONG), "green")
    assert Once.red.plan.origin is Origin.DERIVED


def test_a_service_derives_from_its_namespace() -> None:
    """UUID version 5 of the class's name below that of the domain name."""

    class Lamp(Service, namespace="example.com"):
        level: Read[UInt8]

    domain = uuid.uuid5(uuid.NAMESPACE_DNS, "example.com")
    assert plan(Lamp).uuid == uuid.uuid5(domain, "Lamp")
    assert plan(Lamp).origin is Origin.DERIVED
    assert Lamp.level.uuid == uuid.uuid5(plan(Lamp).uuid, "level")


def test_a_namespace_is_inherited_but_derived_uuids_are_not() -> None:
    """A base class gives its namespace to all below, each of which is a service of its own."""

    class House(Service, namespace="example.com"):
        level: Read[UInt8]

    class Cellar(House):
        pass

    domain = uuid.uuid5(uuid.NAMESPACE_DNS, "example.com")
    assert plan(Cellar).uuid == uuid.uuid5(domain, "Cellar") != plan(House).uuid


def test_the_sig_goes_before_the_namespace() -> None:
    """A namespace is for what has no number."""

    class HeartRate(Service, namespace="example.com"):
        field: Read[UInt8]

    assert plan(HeartRate).uuid == expand(0x180D)


def test_a_given_or_assigned_uuid_is_inherited() -> None:
    """A service that extends another is still that service, whatever its class is called."""

    class Given(Service, uuid=LONG):
        level: Read[UInt8]

    class HeartRate(Given):
        pass

    class Battery(Service):
        battery_level: Read[UInt8]

    class Accumulator(Battery):
        extra: Read[UInt8]

    class Other(Accumulator, uuid="FFF0"):
        pass

    assert plan(HeartRate).uuid == UUID(LONG)
    assert plan(Accumulator).uuid == expand(0x180F)
    assert plan(Other).uuid == expand(0xFFF0)
    assert plan(Accumulator).origin is Origin.SIG
    assert Accumulator.extra.uuid == uuid.uuid5(expand(0x180F), "extra")


def test_with_nothing_to_go_by_the_fault_has_a_fresh_literal() -> None:
    """The literal that the error offers makes the class compile, and is random."""

    def offer() -> str:
        class Thing(Service):
            level: Read[UInt8]

        return plan(Thing).name

    found = set()
    for _ in range(2):
        with pytest.raises(SchemaError) as caught:
            offer()
        (fault,) = caught.value.faults
        assert "namespace=" in fault.allowed
        found.add(fault.instead)
    assert len(found) == 2
    scope: dict[str, Any] = {"Service": Service, "Read": Read, "UInt8": UInt8, "__name__": __name__}
    exec(found.pop().split("  (")[0] + "\n    level: Read[UInt8]\n", scope)  # noqa: S102  (our own message)
    assert plan(scope["Thing"]).uuid.version == 4
