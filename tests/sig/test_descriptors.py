"""Values of descriptors, beside octets worked out from their specifications with pencil and paper."""

import uuid
from typing import Annotated, Any

import pytest

from gattschema.schema import expand
from gattschema.sig import _descriptors as d
from gattschema.values import DecodeError, EncodeError, Scale, SInt16, Unit, decode, encode

Celsius = Annotated[float, SInt16, Scale(decimal=-2), Unit.DEGREE_CELSIUS]

CASES: list[tuple[str, Any, str]] = [
    ("ExtendedProperties", d.ExtendedProperty.RELIABLE_WRITE | d.ExtendedProperty.WRITABLE_AUXILIARIES, "0300"),
    ("UserDescription", "Hall é", "48616c6c20c3a9"),
    ("ClientConfiguration", d.ClientConfigurationBits.INDICATE, "0200"),
    ("ServerConfiguration", d.Broadcasting.BROADCAST, "0100"),
    # sint16 is 0x0E, hundredths are 10⁻², degrees Celsius 0x272F, "main" 0x0106
    (
        "PresentationFormat",
        d.PresentationFormat(format=0x0E, exponent=-2, unit=Unit.DEGREE_CELSIUS.number, description=0x0106),
        "0e fe 2f27 01 0601",
    ),
    ("PresentationFormat", d.PresentationFormat(format=0x04), "04 00 0027 01 0000"),
    ("AggregateFormat", (0x0102, 3), "0201 0300"),
    ("ValidRange", d.ValidRange.between(Celsius, -40.0, 85.0), "60f0 3421"),
    ("ExternalReportReference", d.ExternalReportReference(characteristic=expand(0x2A19)), "192a"),
    ("ReportReference", d.ReportReference(report_id=1, report_type=d.ReportType.FEATURE), "01 03"),
    ("NumberOfDigitals", d.NumberOfDigitals(count=12), "0c"),
    ("ValueTriggerSetting", d.ValueChanged(), "00"),
    ("ValueTriggerSetting", d.AnalogCrossed(boundary=0x0102), "01 0201"),
    ("ValueTriggerSetting", d.BitMaskDiffers(mask=b"\x0c"), "04 0c"),
    ("ValueTriggerSetting", d.AnalogOutside(low=1, high=0x0102), "05 0100 0201"),
    ("ValueTriggerSetting", d.NoValueTrigger(), "07"),
    ("EsConfiguration", d.EsConfiguration.OR, "01"),
    ("EsMeasurement", d.EsMeasurement(), "0000 00 000000 000000 00 ff"),
    (
        "EsMeasurement",  # 2.5 % is five steps of 0.5 %
        d.EsMeasurement(
            sampling=d.EsSampling.ARITHMETIC_MEAN,
            period=60,
            update_interval=0x010203,
            application=d.EsApplication.INDOOR,
            uncertainty=2.5,
        ),
        "0000 02 3c0000 030201 14 05",
    ),
    ("EsTriggerSetting", d.EsTriggerSetting(), "00"),
    ("EsTriggerSetting", d.EsTriggerSetting.every(3600), "01 100e00"),
    ("EsTriggerSetting", d.EsTriggerSetting.at_most_every(1), "02 010000"),
    ("EsTriggerSetting", d.EsTriggerSetting.changed(), "03"),
    ("EsTriggerSetting", d.EsTriggerSetting.when(Celsius, d.EsCondition.GREATER, 25.0), "06 c409"),
    ("TimeTriggerSetting", d.NoTimeTrigger(), "00 00"),
    ("TimeTriggerSetting", d.NotifyEvery(interval=3600), "01 100e00"),
    ("TimeTriggerSetting", d.NotifyAtMostEvery(interval=1), "02 010000"),
    ("TimeTriggerSetting", d.NotifyAfterChanges(count=256), "03 0001"),
]


@pytest.mark.parametrize(("name", "value", "octets"), CASES)
def test_each_value_has_just_these_octets(name: str, value: Any, octets: str) -> None:
    """A value encodes to what the specification says, and these octets decode to the value."""
    hint = getattr(d, name)
    assert encode(hint, value).hex(" ") == bytes.fromhex(octets).hex(" ")
    assert decode(hint, bytes.fromhex(octets)) == value


def test_no_type_is_without_a_case() -> None:
    """Every descriptor that has a type has octets worked out by hand, and a number between 0x2900 and 0x290E."""
    assert d.UUID_NUMBERS.keys() == {name for name, _, _ in CASES}
    assert sorted(d.UUID_NUMBERS.values()) == list(range(0x2900, 0x290F))
    assert all(hasattr(d, name) for name in d.__all__)


def test_a_valid_range_is_read_with_the_characteristics_type() -> None:
    """The bounds come back as values; octets that are no two values are refused."""
    assert d.ValidRange(octets=bytes.fromhex("60f03421")).bounds(Celsius) == (-40.0, 85.0)
    with pytest.raises(DecodeError):
        d.ValidRange(octets=b"\x00\x00\x00").bounds(Celsius)
    with pytest.raises(EncodeError):
        d.ValidRange.between(Celsius, -40.0, 400.0)


def test_a_trigger_is_read_with_the_characteristics_type() -> None:
    """The operand is an interval or a value of the characteristic, as the condition says."""
    warm = decode(d.EsTriggerSetting, bytes.fromhex("07c409"))
    assert (warm.condition, warm.value(Celsius), warm.seconds()) == (d.EsCondition.GREATER_OR_EQUAL, 25.0, None)
    hourly = decode(d.EsTriggerSetting, bytes.fromhex("01100e00"))
    assert (hourly.value(Celsius), hourly.seconds()) == (None, 3600)


def test_a_trigger_refuses_what_is_none() -> None:
    """No value without a comparison, no value of another type, no interval beyond three octets."""
    with pytest.raises(ValueError, match="compares with no value"):
        d.EsTriggerSetting.when(Celsius, d.EsCondition.CHANGED, 25.0)
    with pytest.raises(EncodeError):
        d.EsTriggerSetting.when(Celsius, d.EsCondition.EQUAL, 400.0)
    with pytest.raises(EncodeError):
        d.EsTriggerSetting.every(1 << 24)
    with pytest.raises(DecodeError):
        decode(d.EsTriggerSetting, bytes.fromhex("0601")).value(Celsius)


@pytest.mark.parametrize(
    ("name", "octets"),
    [("PresentationFormat", "0e fe 2f27 01 06"), ("ReportReference", "01"), ("EsMeasurement", "00" * 12)],
)
def test_other_lengths_are_refused(name: str, octets: str) -> None:
    """Descriptors of fixed size take no other."""
    with pytest.raises(DecodeError):
        decode(getattr(d, name), bytes.fromhex(octets))


def test_a_report_of_another_service_may_have_a_long_uuid() -> None:
    """An External Report Reference takes 16 and 128 bits."""
    own = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
    assert encode(d.ExternalReportReference, d.ExternalReportReference(characteristic=own)) == bytes(
        reversed(own.bytes)
    )
