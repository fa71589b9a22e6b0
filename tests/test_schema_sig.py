"""A name of the SIG's against the field's type: what would mean something else to phones is refused."""

import re
import subprocess
import sys
from typing import Annotated, Any

import pytest

from gattschema import (
    BigEndian,
    DateTime,
    Fault,
    Float32,
    Notify,
    Octets,
    Read,
    SchemaError,
    Service,
    SInt8,
    SInt16,
    SInt32,
    UInt8,
    UInt16,
    UInt32,
    Utf8,
    characteristic,
    plan,
    sig,
    struct,
)
from gattschema.schema import Origin, expand
from gattschema.sig import (
    BatteryLevel,
    EnvironmentalSensing,
    HeartRateMeasurement,
    Humidity,
    SupportedResistanceLevelRangeFtms10,
    Temperature,
)
from gattschema.sig._numbers.characteristics import NUMBERS
from gattschema.values import MedFloat16, Range, Scale, Unit, Unknown, codec


def fault(field: str, hint: Any, **options: Any) -> Fault | None:
    body = {
        "__annotations__": {field: Read[hint]},
        field: characteristic(init=False, **options),
        "__module__": __name__,
    }
    try:
        type("Made", (Service,), body, uuid="FFF0")
    except SchemaError as error:
        (found,) = error.faults
        assert found.where == field
        return found
    return None


@struct
class Measurement:
    """As the README's of old: flags and a rate in one octet."""

    flags: UInt8 = 0
    heart_rate: UInt8


RIGHT: dict[str, tuple[str, Any]] = {
    "the type itself": ("temperature", Temperature),
    "its raw number": ("temperature", SInt16),
    "narrower": ("temperature", Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS, Range(-40, 85)]),
    "no sentinel": ("humidity", Annotated[float, UInt16, Scale(decimal=-2)]),
    "another sentinel": ("humidity", Annotated[float | None, UInt16, Scale(decimal=-2), Unknown(0xFFFE)]),
    "a scale by other factors": ("humidity", Annotated[float, UInt16, Scale(multiplier=10, decimal=-3)]),
    "raw with a unit": ("battery_level", Annotated[int, UInt8, Unit.PERCENTAGE]),
    "a struct of as many octets": ("heart_rate_measurement", Measurement),
    "the struct itself": ("heart_rate_measurement", HeartRateMeasurement),
    "bytes": ("heart_rate_measurement", Annotated[bytes, Octets(max=20)]),
    "text": ("manufacturer_name_string", Annotated[str, Utf8(max=20)]),
    "text of one size": ("manufacturer_name_string", Annotated[str, Utf8(8)]),
}
WRONG: dict[str, tuple[str, Any, str]] = {
    "width": ("temperature", UInt8, "is sint16 in steps of 0.01 °C, not uint8"),
    "wider": ("temperature", SInt32, "is sint16 in steps of 0.01 °C, not sint32"),
    "sign": ("temperature", UInt16, "is sint16 in steps of 0.01 °C, not uint16"),
    "sign of one octet": ("battery_level", SInt8, "is uint8 in %, not sint8"),
    "order": ("temperature", Annotated[SInt16, BigEndian()], "not sint16, big-endian"),
    "scale": ("temperature", Annotated[float, SInt16, Scale(decimal=-1)], "not sint16 in steps of 0.1"),
    "unit": (
        "temperature",
        Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_FAHRENHEIT],
        "not sint16 in steps of 0.01 °F",
    ),
    "sort of number": ("humidity", MedFloat16, "is uint16 in steps of 0.01 %, not medfloat16"),
    "IEEE": ("energy_32", Float32, "not float32"),
    "one octet for two": ("heart_rate_measurement", UInt8, "HeartRateMeasurement of 2 … "),
    "too much": ("body_sensor_location", Measurement, "not Measurement of 2 octets"),
    "struct": ("battery_level", HeartRateMeasurement, "not HeartRateMeasurement of 2 … "),
}


@pytest.mark.parametrize(("field", "hint"), RIGHT.values(), ids=RIGHT)
def test_a_type_that_phones_understand_is_taken(field: str, hint: Any) -> None:
    """The SIG's type, its raw integer, and whatever can have as many octets."""
    assert fault(field, hint) is None


@pytest.mark.parametrize(("field", "hint", "finding"), WRONG.values(), ids=WRONG)
def test_a_type_that_phones_would_misread_is_a_fault(field: str, hint: Any, finding: str) -> None:
    """Width, sign, byte order, sort, scale and unit, each with what the SIG defines and how to import it."""
    found = fault(field, hint)
    assert found is not None
    assert f"0x{NUMBERS[field]:04X}" in found.finding
    assert finding in found.finding
    assert imported(found) is sig.characteristic(field)
    assert "uuid=" in found.allowed
    assert 'characteristic(uuid="' in found.instead


def imported(found: Fault) -> Any:
    """What the import that the fault offers would give."""
    return getattr(sig, found.instead.removeprefix("from gattschema.sig import ").partition(",")[0])


def test_the_raw_number_that_is_offered_is_taken() -> None:
    """What the fault allows is allowed."""
    found = fault("temperature", UInt8)
    assert found is not None
    assert "SInt16 for its raw number" in found.allowed
    found = fault("heart_rate_measurement", UInt8)
    assert found is not None
    assert "raw" not in found.allowed


@pytest.mark.parametrize(("field", "hint"), [(row[0], row[1]) for row in WRONG.values()], ids=WRONG)
def test_a_uuid_of_ones_own_is_nobody_elses_business(field: str, hint: Any) -> None:
    """With a ``uuid=`` that is not the SIG's the name is just a name."""
    assert fault(field, hint, uuid="FFF1") is None


@pytest.mark.parametrize(("field", "hint", "finding"), WRONG.values(), ids=WRONG)
def test_a_number_that_is_given_is_compared_as_well(field: str, hint: Any, finding: str) -> None:
    """Whatever the field is called, its UUID tells phones what to make of the octets; the advice is the SIG's type."""
    for spelled in (NUMBERS[field], f"{NUMBERS[field]:04x}", expand(NUMBERS[field])):
        found = fault("wet", hint, uuid=spelled)
        assert found is not None
        assert found.finding.startswith(f"uuid= is the SIG's 0x{NUMBERS[field]:04X}, {field}, which is ")
        assert finding.removeprefix("is ") in found.finding
        assert imported(found) is sig.characteristic(field)
        assert "another uuid=" in found.allowed
        assert "uuid=" not in found.instead
    misnamed = "temperature" if field != "temperature" else "humidity"
    assert fault(misnamed, hint, uuid=NUMBERS[field]) is not None


@pytest.mark.parametrize(("field", "hint"), RIGHT.values(), ids=RIGHT)
def test_a_number_that_is_given_takes_what_its_name_takes(field: str, hint: Any) -> None:
    """A second thermometer is called as one likes."""
    assert fault("wet", hint, uuid=NUMBERS[field]) is None


# --- a type without its name -------------------------------------------------------------------------------------


def second(hint: Any, service: Any = 0x181A, **given: Any) -> Fault | None:
    """A field of a service that has no name of the SIG's, but a type."""
    body = {"__annotations__": {"cellar": Read[hint]}, "cellar": characteristic(**given), "__module__": __name__}
    try:
        type("Made", (Service,), body, uuid=service)
    except SchemaError as error:
        (found,) = error.faults
        assert found.where == "cellar"
        return found
    return None


@pytest.mark.parametrize(
    "name", ["temperature", "heart_rate_measurement", "body_sensor_location", "record_access_control_point"]
)
def test_a_type_of_the_sig_without_its_name_asks_for_its_number(name: str) -> None:
    """In a service of the SIG's phones would not know the UUID that follows from the name; elsewhere they know none."""
    hint = sig.characteristic(name)
    found = second(hint)
    assert found is not None
    assert f"its type is that of {name}," in found.finding
    assert found.instead.startswith(f'characteristic(uuid=0x{NUMBERS[name]:04X}) for another one, or uuid="')
    assert second(hint, uuid=NUMBERS[name]) is None
    assert second(hint, uuid="fff7") is None
    assert second(hint, service=0xFFF0) is None


def test_a_type_of_several_numbers_asks_which() -> None:
    """Dew point, heat index and wind chill have one type."""
    assert sig.DewPoint == sig.HeatIndex == sig.WindChill
    found = second(sig.DewPoint)
    assert found is not None
    assert {"dew_point", "heat_index", "wind_chill"} <= set(re.findall(r"\w+", found.finding))
    assert {f"uuid=0x{number:04X}" for number in (0x2A7B, 0x2A7A, 0x2A79)} <= set(
        re.findall(r"uuid=\w+", found.instead)
    )


def test_a_subclass_of_a_service_asks_as_well() -> None:
    """The garden's second thermometer."""
    with pytest.raises(SchemaError) as caught:

        class Garden(EnvironmentalSensing):
            outside: Read[Temperature]

    assert [found.where for found in caught.value.faults] == ["outside"]


@pytest.mark.parametrize(
    "hint",
    [UInt8, UInt16, Float32, bool, Annotated[str, Utf8(max=512)], Annotated[bytes, Octets(16)], Measurement, DateTime],
    ids=str,
)
def test_what_is_everybodys_is_nobodys(hint: Any) -> None:
    """Plain numbers, text and one's own structs are no sign of a number of the SIG's, even if it uses them."""
    for number in NUMBERS.values():
        sig.characteristic(number)
    assert second(hint) is None


def test_what_the_catalogue_knows_by_name_only_takes_any_type() -> None:
    """There is nothing to compare with."""
    names = [number for number, status in sig.status().items() if status == "name-only"]
    assert len(names) > 100
    known = {number: name for name, number in NUMBERS.items()}
    for number in names:
        assert fault(known[number], UInt32) is None


def test_every_type_of_the_catalogue_fits_its_own_name() -> None:
    """All names of the SIG compile with their types, and the fault's import names each of them."""
    for name, number in NUMBERS.items():
        hint = sig.characteristic(number)
        assert fault(name, hint) is None, name
        if sig.status()[number] == "name-only" or 0 in range(codec(hint).least, codec(hint).most + 1):
            continue
        found = fault(name, Annotated[bytes, Octets(0)])
        assert found is not None, name
        assert imported(found) is hint


def test_it_is_compared_where_the_name_stands_for_the_number() -> None:
    """A field that finds its number keeps its origin, and the type of the catalogue its label."""

    class Weather(Service, uuid="FFF0"):
        temperature: Notify[Temperature]
        humidity: Notify[Humidity]

    class Pack(Service, uuid="FFF0"):
        battery_level: Read[BatteryLevel]

    assert [field.origin for field in plan(Weather).characteristics] == [Origin.SIG] * 2
    assert Weather.temperature.uuid == expand(0x2A6E)
    assert Pack(battery_level=50).battery_level == 50


def test_a_private_service_loads_no_types() -> None:
    """Only a name of the SIG's makes its type load, and only its own."""
    program = (
        "import sys, gattschema as g\n"
        "class Lamp(g.Service, uuid='FFF0'): colour: g.Read[g.UInt8]\n"
        "loaded = [name for name in sys.modules if name.startswith('gattschema.sig._characteristics.')]\n"
        "assert not loaded, loaded\n"
        "class Battery(g.Service): battery_level: g.Read[g.UInt8]\n"
        "loaded = [name for name in sys.modules if name.startswith('gattschema.sig._characteristics.')]\n"
        "assert loaded == ['gattschema.sig._characteristics.battery_level'], loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_older_layouts_of_a_number_are_its_types_too() -> None:
    """Machines of Fitness Machine Service 1.0 give the range of resistance in six octets, not three."""

    class Old(Service, uuid=0x1826):
        supported_resistance_level_range: Read[SupportedResistanceLevelRangeFtms10] = characteristic(init=False)

    assert Old.supported_resistance_level_range.uuid == expand(0x2AD6)
