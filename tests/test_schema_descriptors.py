"""Descriptors: what follows from type, unit and range, octet by octet, and what a declaration gives besides."""

import datetime as dt
import enum
from typing import Annotated, Any

import pytest

from gattschema import (
    BigEndian,
    Float32,
    Octets,
    Peripheral,
    Read,
    ReadNotify,
    SchemaError,
    Service,
    SInt16,
    SInt24,
    UInt8,
    UInt16,
    UInt24,
    UInt32,
    UInt40,
    Utf8,
    characteristic,
    plan,
    sig,
    struct,
)
from gattschema.schema import Descriptor, expand
from gattschema.sig._descriptors import (
    EsConfiguration,
    EsMeasurement,
    EsSampling,
    EsTriggerSetting,
    PresentationFormat,
    ReportReference,
    ReportType,
    ValidRange,
)
from gattschema.values import MedFloat16, Range, Scale, Unit, Unknown, encode
from tests.fake_bluez import DESCRIPTOR, FakeBlueZ

FORMAT, RANGE = expand(0x2904), expand(0x2906)


class Mode(enum.IntEnum):
    OFF = 0
    HEAT = 1


@struct
class Pair:
    first: UInt8
    second: UInt8


def descriptors(hint: Any, **options: Any) -> dict[str, str]:
    """The descriptors of a field of this type: short number -> octets."""
    body = {
        "__annotations__": {"field": Read[hint]},
        "field": characteristic(init=False, **options),
        "__module__": __name__,
    }
    made: Any = type("Made", (Service,), body, uuid="FFF0")
    return {str(descriptor.uuid)[4:8]: descriptor.octets.hex(" ") for descriptor in made.field.plan.descriptors}


def advice(hint: Any, **options: Any) -> str:
    with pytest.raises(SchemaError) as caught:
        descriptors(hint, **options)
    return caught.value.faults[0].instead


def fault(hint: Any, **options: Any) -> str:
    with pytest.raises(SchemaError) as caught:
        descriptors(hint, **options)
    (found,) = caught.value.faults
    assert found.where == "field"
    assert found.allowed
    assert found.instead
    return found.finding


# --- the Presentation Format -------------------------------------------------------------------------------------

# format u8, exponent s8, unit u16, namespace u8, description u16 (Core Specification, Vol 3, Part G, 3.3.3.5)
AUTOMATIC: dict[str, tuple[Any, str]] = {
    "temperature": (Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS], "0e fe 2f 27 01 00 00"),
    "percentage": (Annotated[int, UInt8, Unit.PERCENTAGE], "04 00 ad 27 01 00 00"),
    "sentinel": (
        Annotated[float | None, UInt16, Scale(decimal=-2), Unit.PERCENTAGE, Unknown(0xFFFF)],
        "06 fe ad 27 01 00 00",
    ),
    "large": (Annotated[float, SInt24, Scale(decimal=3), Unit.JOULE], "0f 03 25 27 01 00 00"),
    "duration": (Annotated[dt.timedelta, UInt24, Unit.SECOND], "07 00 03 27 01 00 00"),
    "ieee": (Annotated[Float32, Unit.VOLT], "14 00 28 27 01 00 00"),
    "medical": (Annotated[MedFloat16, Unit.DEGREE_CELSIUS], "16 00 2f 27 01 00 00"),
    "scaled": (Annotated[float, UInt16, Scale(decimal=-1)], "06 ff 00 27 01 00 00"),
    "unitless": (Annotated[int, UInt32, Unit.UNITLESS], "08 00 00 27 01 00 00"),
}
ASKED: dict[str, tuple[Any, str]] = {
    "bare": (UInt16, "06 00 00 27 01 00 00"),
    "enumeration": (Mode, "04 00 00 27 01 00 00"),
    "wide enumeration": (Annotated[Mode, UInt16], "06 00 00 27 01 00 00"),
    "truth": (bool, "01 00 00 27 01 00 00"),
    "text": (Annotated[str, Utf8(max=20)], "19 00 00 27 01 00 00"),
    "octets": (Annotated[bytes, Octets(6)], "1b 00 00 27 01 00 00"),
    "struct": (Pair, "1b 00 00 27 01 00 00"),
}


@pytest.mark.parametrize(("hint", "octets"), AUTOMATIC.values(), ids=AUTOMATIC)
def test_a_number_with_a_unit_or_a_scale_is_presented(hint: Any, octets: str) -> None:
    """Type, power of ten and unit are readable without being asked for, unless they are declined."""
    assert descriptors(hint)["2904"] == octets
    assert "2904" not in descriptors(hint, presentation=False)


@pytest.mark.parametrize(("hint", "octets"), ASKED.values(), ids=ASKED)
def test_other_types_are_presented_on_request(hint: Any, octets: str) -> None:
    """Whatever is no number or text is a struct; without a unit it is unitless (0x2700)."""
    assert descriptors(hint) == {}
    assert descriptors(hint, presentation=True) == {"2904": octets}


INEXACT: dict[str, tuple[Any, str]] = {
    "halves": (Annotated[float, UInt8, Scale(multiplier=5, decimal=-1), Unit.PERCENTAGE], "steps of 0.5"),
    "binary": (Annotated[float, UInt8, Scale(binary=-3), Unit.SECOND], "steps of 0.125"),
    "tens": (Annotated[float, UInt8, Scale(multiplier=2), Unit.VOLT], "steps of 2"),
    "big-endian": (Annotated[int, UInt16, BigEndian(), Unit.VOLT], "big-endian"),
    "exponent": (Annotated[float, UInt8, Scale(decimal=128), Unit.SECOND], "an exponent of 128"),
    "no format": (Annotated[int, UInt40, Unit.SECOND], "uint40, for which there is no format"),
}


@pytest.mark.parametrize(("hint", "finding"), INEXACT.values(), ids=INEXACT)
def test_what_the_format_cannot_say_is_not_said(hint: Any, finding: str) -> None:
    """A wrong exponent is worse than none: the descriptor is left out, and asking for it is a fault."""
    assert descriptors(hint) == {}
    assert finding in fault(hint, presentation=True)
    assert finding in fault(hint, instance="main")


def test_an_instance_is_a_word_of_the_namespace() -> None:
    """It tells one of several from the others, and asks for the descriptor."""
    level = Annotated[int, UInt8, Unit.PERCENTAGE]
    assert descriptors(level, instance="auxiliary") == {"2904": "04 00 ad 27 01 08 01"}
    assert descriptors(level, instance="Main") == {"2904": "04 00 ad 27 01 06 01"}
    assert descriptors(level, instance="second") == {"2904": "04 00 ad 27 01 02 00"}
    assert descriptors(UInt8, instance="two-hundred-fiftieth") == {"2904": "04 00 00 27 01 fa 00"}
    assert fault(level, instance="auxilary") == "instance='auxilary'"
    assert advice(level, instance="outsid") == 'instance="outside"'
    assert advice(level, instance="?") == 'instance="main"'
    assert "with presentation=False" in fault(level, instance="main", presentation=False)


# --- the Valid Range ---------------------------------------------------------------------------------------------

CELSIUS = Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS, Range(-40, 85)]


def test_a_range_is_told_in_the_characteristics_own_octets() -> None:
    """Low, then high, by the characteristic's codec (-40 °C is F060, 85 °C is 2134); without a scale raw numbers."""
    assert descriptors(CELSIUS) == {"2904": "0e fe 2f 27 01 00 00", "2906": "60 f0 34 21"}
    assert descriptors(Annotated[int, UInt8, Range(5, 100)]) == {"2906": "05 64"}
    assert descriptors(Annotated[Float32, Range(-1, 1)]) == {"2906": "00 00 80 bf 00 00 80 3f"}
    assert descriptors(Annotated[float, UInt8, Scale(multiplier=5, decimal=-1), Range(0, 100)]) == {"2906": "00 c8"}
    assert "2906" not in descriptors(CELSIUS, valid_range=False)


def test_a_range_that_is_not_there_cannot_be_asked_for() -> None:
    """The bounds of the octets say nothing of the values."""
    assert descriptors(UInt8) == {}
    assert fault(UInt8, valid_range=True) == "a Valid Range is asked for, but uint8 has none"
    assert descriptors(Pair) == {}


# --- given ones --------------------------------------------------------------------------------------------------


def test_values_of_the_sigs_types_are_descriptors() -> None:
    """A value's class tells which descriptor it is; several of one sort keep their order."""
    reference = ReportReference(report_id=3, report_type=ReportType.OUTPUT)
    assert descriptors(UInt8, descriptors=(reference,)) == {"2908": "03 02"}
    changed, hourly = EsTriggerSetting.changed(), EsTriggerSetting.every(3600)
    made: Any = type(
        "Made",
        (Service,),
        {
            "__annotations__": {"field": Read[UInt8]},
            "field": characteristic(default=0, descriptors=[EsMeasurement(), changed, hourly, EsConfiguration.OR]),
            "__module__": __name__,
        },
        uuid="FFF0",
    )
    found = [(str(one.uuid)[4:8], one.octets, one.name) for one in made.field.plan.descriptors]
    assert found == [
        ("290c", encode(EsMeasurement, EsMeasurement()), "Environmental Sensing Measurement"),
        ("290d", b"\x03", "Environmental Sensing Trigger Setting"),
        ("290d", b"\x01\x10\x0e\x00", "Environmental Sensing Trigger Setting"),
        ("290b", b"\x01", "Environmental Sensing Configuration"),
    ]


def test_a_given_descriptor_takes_the_place_of_a_derived_one() -> None:
    """Whoever says it knows better."""
    own = PresentationFormat(format=0x1B)
    bounds = ValidRange.between(CELSIUS, 0.0, 1.0)
    assert descriptors(CELSIUS, descriptors=(own, bounds)) == {"2904": "1b 00 00 27 01 00 00", "2906": "00 00 64 00"}


def test_a_descriptor_of_ones_own_has_octets() -> None:
    """``Descriptor`` takes any UUID, and comes behind the derived ones."""
    long = "7e2a0100-5f4c-4b8e-9a52-0d1c3e9f1a10"
    made: Any = type(
        "Made",
        (Service,),
        {
            "__annotations__": {"field": Read[UInt8]},
            "field": characteristic(
                default=0,
                description="Level",
                descriptors=(Descriptor(long, b"lot 7", "Batch"), Descriptor(0x2909, b"\x08")),
            ),
            "__module__": __name__,
        },
        uuid="FFF0",
    )
    found = [(str(one.uuid), one.octets, one.name) for one in made.field.plan.descriptors]
    assert found == [
        (str(expand(0x2901)), b"Level", "Characteristic User Description"),
        (long, b"lot 7", "Batch"),
        (str(expand(0x2909)), b"\x08", "Number of Digitals"),
    ]
    tree = str(plan(made))
    assert f"{long}  Batch 6c 6f 74 20 37" in tree
    assert '0x2901  Characteristic User Description "Level"' in tree


WRONG: dict[str, tuple[Any, str]] = {
    "not a tuple": (Descriptor(0x2909, b""), "descriptors= has Descriptor("),
    "text": ("abc", "descriptors= has 'abc'"),
    "number": ((5,), "descriptors= has 5"),
    "own class": ((Pair(first=1, second=2),), "descriptors= has Pair("),
    "no descriptor": ((EsSampling.RMS,), "descriptors= has <EsSampling.RMS"),
    "no uuid": ((Descriptor("xyz", b""),), "'xyz' is no UUID"),
    "no octets": ((Descriptor(0x2909, "x"),), "the descriptor's value is 'x'"),  # type: ignore[arg-type]
    "too long": ((Descriptor(0x2909, bytes(513)),), "the descriptor's value is"),
    "bluetoothd's": ((Descriptor(0x2902, b"\x00\x00"),), "0x2902 is Client Characteristic Configuration"),
    "bluetoothd's, too": ((Descriptor("2900", b"\x00\x00"),), "0x2900 is Characteristic Extended Properties"),
}


@pytest.mark.parametrize(("given", "finding"), WRONG.values(), ids=WRONG)
def test_what_is_no_descriptor_is_a_fault(given: Any, finding: str) -> None:
    """Each with what is allowed."""
    assert finding in fault(UInt8, descriptors=given)


def test_the_user_description_has_one_place() -> None:
    """``description=`` and a descriptor 0x2901 would be two."""
    assert "given twice" in fault(UInt8, description="Level", descriptors=(Descriptor(0x2901, b"Level"),))
    assert descriptors(UInt8, descriptors=(Descriptor(0x2901, b"Level"),)) == {"2901": "4c 65 76 65 6c"}


def test_the_tree_says_what_the_octets_mean() -> None:
    """For people: the power of ten, the unit, the bounds, the value that was given."""
    reference = ReportReference(report_id=3, report_type=ReportType.OUTPUT)
    made: Any = type(
        "Made",
        (Service,),
        {
            "__annotations__": {"field": Read[CELSIUS]},
            "field": characteristic(default=0.0, instance="main", descriptors=(reference,)),
            "__module__": __name__,
        },
        uuid="FFF0",
    )
    assert [line.split("─ ")[1] for line in str(plan(made)).splitlines()[2:]] == [
        "0x2904  Characteristic Presentation Format sint16 × 10^-2 °C, main",
        "0x2906  Valid Range -40 … 85 °C",
        f"0x2908  Report Reference {reference!r}",
    ]


# --- on the bus --------------------------------------------------------------------------------------------------


class Weather(Service, uuid="FFF0"):
    outside: ReadNotify[CELSIUS] = characteristic(default=20.0, description="Outside", instance="outside")


async def test_phones_read_them(bluez: FakeBlueZ) -> None:
    """Each is an object of its own that is only read."""
    async with Peripheral(Weather()):
        found = {
            properties[DESCRIPTOR]["UUID"][4:8]: (await bluez.read(path), properties[DESCRIPTOR]["Flags"])
            for path, properties in bluez.objects.items()
            if DESCRIPTOR in properties
        }
    assert found == {
        "2901": (b"Outside", ["read"]),
        "2904": (bytes.fromhex("0e fe 2f 27 01 0c 01"), ["read"]),
        "2906": (bytes.fromhex("60 f0 34 21"), ["read"]),
    }


# --- the catalogue -----------------------------------------------------------------------------------------------


def test_the_sigs_temperature_is_presented() -> None:
    """A type of the catalogue brings its unit and its exponent with it."""
    assert descriptors(sig.characteristic("temperature"))["2904"] == "0e fe 2f 27 01 00 00"


def test_most_scalars_of_the_catalogue_can_be_presented() -> None:
    """The exceptions are those with steps that are no power of ten; a struct is never presented by itself."""
    automatic = [number for number in sig.status() if "2904" in descriptors(sig.characteristic(number))]
    assert len(automatic) > 90
    for name in ("high_voltage", "humidity_8", "percentage_8", "temperature_8", "voltage", "weight", "time_accuracy"):
        assert "2904" not in descriptors(sig.characteristic(name))
