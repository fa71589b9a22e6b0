"""A name of the SIG's against the field's type: what would mean something else to phones is refused."""

import subprocess
import sys
from typing import Annotated, Any

import pytest

from gattschema import (
    BigEndian,
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
from gattschema.sig import BatteryLevel, HeartRateMeasurement, Humidity, Temperature
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
def test_an_explicit_uuid_is_nobody_elses_business(field: str, hint: Any) -> None:
    """With ``uuid=`` the name is just a name."""
    assert fault(field, hint, uuid="FFF1") is None


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
