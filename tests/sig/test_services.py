"""The ready-made services, beside tables written from their specifications."""

import importlib
import importlib.util
import pkgutil
import re
import textwrap
from typing import Any

import pytest

from gattschema import schema, sig
from gattschema.schema import (
    ABSENT,
    PRESENT,
    CharacteristicPlan,
    Level,
    Origin,
    Property,
    ReadNotify,
    ReadWriteNotify,
    Request,
    Service,
    characteristic,
    expand,
    plan,
    read,
    write,
)
from gattschema.sig import _manual, _services
from gattschema.sig._characteristics.body_sensor_location import BodySensorLocation
from gattschema.sig._characteristics.current_time import CurrentTime
from gattschema.sig._characteristics.heart_rate_measurement import HeartRateMeasurement
from gattschema.sig._characteristics.temperature import Temperature
from gattschema.sig._manual import fitness_machine_control_point as ftms
from gattschema.sig._manual.fitness_machine_feature import FitnessMachineFeature
from gattschema.sig._manual.hid import HidInformation
from gattschema.sig._numbers.services import NUMBERS
from gattschema.sig._services.current_time import CurrentTimeService
from gattschema.sig._services.environmental_sensing import EnvironmentalSensing
from gattschema.sig._services.fitness_machine import FitnessMachine
from gattschema.sig._services.heart_rate import HeartRate
from gattschema.sig._services.human_interface_device import HumanInterfaceDevice
from gattschema.sig._services.nordic_uart import NordicUart
from gattschema.values import codec

MODULES = [
    importlib.import_module(f"{_services.__name__}.{found.name}") for found in pkgutil.iter_modules(_services.__path__)
]
SERVICES: dict[str, type[Service]] = {name: getattr(module, name) for module in MODULES for name in module.SERVICES}

# Number of the characteristic, mandatory (M) or optional (O), and what phones may do: read, write (W with an answer,
# c without), notify, indicate. From the table of characteristics in each service's specification.
TABLES = {
    "HeartRate": "180D: 2A37 M n, 2A38 O r, 2A39 O W",
    "Battery": (
        "180F: 2A19 M rn, 2BED O rn, 2BEF O rn, 2BE9 O ri, 2BF0 O rn, 2BEE O rn, 2BEA O rn, 2BEB O ri, 2BEC O ri, "
        "2A29 O ri, 2A24 O ri, 2A25 O ri"
    ),
    "DeviceInformation": (
        "180A: 2A29 O r, 2A24 O r, 2A25 O r, 2A27 O r, 2A26 O r, 2A28 O r, 2A23 O r, 2A2A O r, 2A50 O r, 2BFF O r"
    ),
    "HealthThermometer": "1809: 2A1C M i, 2A1D O r, 2A1E O n, 2A21 O ri",
    "CurrentTimeService": "1805: 2A2B M rn, 2A0F O r, 2A14 O r",
    "ReferenceTimeUpdate": "1806: 2A16 M c, 2A17 M r",
    "NextDstChange": "1807: 2A11 M r",
    "CyclingPower": "1818: 2A63 M n, 2A65 M r, 2A5D M r, 2A66 O Wi, 2A64 O n",
    "CyclingSpeedAndCadence": "1816: 2A5B M n, 2A5C M r, 2A5D O r, 2A55 O Wi",
    "RunningSpeedAndCadence": "1814: 2A53 M n, 2A54 M r, 2A5D O r, 2A55 O Wi",
    "FitnessMachine": (
        "1826: 2ACC M r, 2ACD O n, 2ACE O n, 2ACF O n, 2AD0 O n, 2AD1 O n, 2AD2 O n, 2AD3 O rn, 2AD4 O r, 2AD5 O r, "
        "2AD6 O r, 2AD8 O r, 2AD7 O r, 2AD9 O Wi, 2ADA O n"
    ),
    "BloodPressure": "1810: 2A35 M i, 2A36 O n, 2A49 M r, 2B34 O i, 2B35 O n, 2B36 O n, 2A52 O Wi",
    "Glucose": "1808: 2A18 M n, 2A34 O n, 2A51 M r, 2A52 M Wi",
    "ContinuousGlucoseMonitoring": "181F: 2AA7 M n, 2AA8 M r, 2AA9 M r, 2AAA M rW, 2AAB M r, 2A52 M Wi, 2AAC M Wi",
    "PulseOximeter": "1822: 2A5E O i, 2A5F O n, 2A60 M r, 2A52 O Wi",
    "WeightScale": "181D: 2A9E M r, 2A9D M i",
    "BodyComposition": "181B: 2A9B M r, 2A9C M i",
    "LocationAndNavigation": "1819: 2A6A M r, 2A67 M n, 2A69 O r, 2A6B O Wi, 2A68 O n",
    "HumanInterfaceDevice": (
        "1812: 2A4E O rc, 2A4D O rn, 2A4D O rWc, 2A4D O rW, 2A4B M r, 2A22 O rn, 2A32 O rWc, 2A33 O rn, 2A4A M r, "
        "2A4C M c"
    ),
    "ImmediateAlert": "1802: 2A06 M c",
    "LinkLoss": "1803: 2A06 M rW",
    "TxPower": "1804: 2A07 M r",
    "AlertNotification": "1811: 2A47 M r, 2A46 M n, 2A48 M r, 2A45 M n, 2A44 M W",
    "PhoneAlertStatus": "180E: 2A3F M rn, 2A41 M rn, 2A40 M c",
    "AutomationIo": "1815: 2A56 O rn, 2A56 O rWc, 2A58 O rn, 2A58 O rWc, 2A5A O rn",
    "IndoorPositioning": (
        "1821: 2AAD M r, 2AAE M r, 2AAF M r, 2AB0 O r, 2AB1 O r, 2AB2 O r, 2AB3 O r, 2AB4 O r, 2AB5 O r"
    ),
    "BondManagement": "181E: 2AA4 M W, 2AA5 M r",
    "ScanParameters": "1813: 2A4F M c, 2A31 O n",
    "ObjectTransfer": (
        "1825: 2ABD M r, 2ABE O r, 2ABF M r, 2AC0 M r, 2AC1 O r, 2AC2 O r, 2AC3 O r, 2AC4 M r, 2AC5 M Wi, 2AC6 O Wi, "
        "2AC7 O rW, 2AC8 O i"
    ),
    "VolumeControl": "1844: 2B7D M rn, 2B7E M W, 2B7F M rn",
    "MicrophoneControl": "184D: 2BC3 M rWn",
}
LETTERS = {
    Property.READ: "r",
    Property.WRITE: "W",
    Property.WRITE_WITHOUT_RESPONSE: "c",
    Property.NOTIFY: "n",
    Property.INDICATE: "i",
}
PHONE = Request(device="AA:BB:CC:DD:EE:FF", mtu=23)
ENCRYPTED = {
    "Glucose",
    "ContinuousGlucoseMonitoring",
    "UserData",
    "HumanInterfaceDevice",
    "BondManagement",
    "ObjectTransfer",
    "VolumeControl",
    "MicrophoneControl",
}
"""Services whose specification or profile wants an encrypted link for everything."""


def short(uuid: Any) -> str:
    number = uuid.int >> 96
    assert uuid == expand(number)
    return f"{number:04X}"


def table(service: type[Service]) -> str:
    """Write a service's plan as TABLES does."""
    made = plan(service)
    rows = [
        f"{short(field.uuid)} {'O' if field.optional else 'M'} "
        + "".join(letter for bit, letter in LETTERS.items() if bit in field.properties)
        for field in made.characteristics
    ]
    return f"{short(made.uuid)}: {', '.join(rows)}"


@pytest.mark.parametrize("name", TABLES)
def test_the_plan_is_the_table_of_the_specification(name: str) -> None:
    """UUIDs, properties and what is mandatory are the specification's."""
    assert table(SERVICES[name]) == TABLES[name]


def test_every_quantity_of_the_list_can_be_sensed() -> None:
    """Environmental Sensing has the 31 permitted characteristics, optional, readable, notifying, and one that tells."""
    first, *rest = plan(EnvironmentalSensing).characteristics
    assert (short(first.uuid), first.optional, first.properties) == ("2A7D", True, Property.INDICATE)
    permitted = {0x2A2C, *range(0x2A6C, 0x2A7C), 0x2AA0, 0x2AA1, 0x2AA3, *range(0x2BCF, 0x2BDA)}
    assert {int(short(field.uuid), 16) for field in rest} == permitted
    assert len(rest) == 31
    assert all(field.optional for field in rest)
    assert {field.properties for field in rest} == {Property.READ | Property.NOTIFY}


def test_every_datum_of_the_list_can_be_kept_of_a_user() -> None:
    """User Data has the 39 permitted characteristics, optional and encrypted, and three of its own."""
    fields = plan(SERVICES["UserData"]).characteristics
    own = [(short(field.uuid), field.properties) for field in fields if not field.optional]
    assert own == [
        ("2A99", Property.READ | Property.WRITE | Property.NOTIFY),
        ("2A9A", Property.READ),
        ("2A9F", Property.WRITE | Property.INDICATE),
    ]
    data = [field for field in fields if field.optional]
    assert len(data) == len({field.uuid for field in data}) == 39
    assert {field.properties for field in data} == {Property.READ | Property.WRITE}


def test_the_private_one_is_the_well_known() -> None:
    """Nordic's UART: RX takes writes of both kinds, TX notifies, and loses nothing on the way."""
    made = plan(NordicUart)
    base = "6e4000{:02x}-b5a3-f393-e0a9-e50e24dcca9e"
    assert [str(made.uuid), *(str(field.uuid) for field in made.characteristics)] == [
        base.format(number) for number in (1, 2, 3)
    ]
    rx, tx = made.characteristics
    assert rx.properties == Property.WRITE | Property.WRITE_WITHOUT_RESPONSE
    assert (tx.properties, tx.delivery.policy) == (Property.NOTIFY, "every")
    assert tx.codec.encode(b"hi") == b"hi"


def test_all_services_are_looked_at() -> None:
    """No service without a table; more than the 25 that were promised."""
    assert SERVICES.keys() == {*TABLES, "EnvironmentalSensing", "UserData", "NordicUart"}
    assert len(SERVICES) >= 27


@pytest.mark.parametrize("module", MODULES, ids=[module.__name__.rpartition(".")[2] for module in MODULES])
def test_each_module_says_which_services_it_has(module: Any) -> None:
    """SERVICES has the UUID of each class, under the SIG's name, explicit so that subclasses inherit it."""
    assert set(module.__all__) == module.SERVICES.keys()
    for name, number in module.SERVICES.items():
        made = plan(getattr(module, name))
        assert made.origin is Origin.EXPLICIT
        if name == "NordicUart":
            assert made.uuid.int == number
            continue
        assert made.uuid == expand(number)
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.removesuffix("Service")).lower()
        assert NUMBERS[words] == number


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_cites_its_specification(name: str) -> None:
    """The docstring says where the service is specified, in words of ours."""
    text = plan(SERVICES[name]).description
    assert re.search(r"Service \d\.\d, section|No SIG specification", text)


@pytest.mark.parametrize("name", sorted(ENCRYPTED))
def test_where_the_profile_wants_encryption_there_is_some(name: str) -> None:
    """Everything but writes without response alone, which BlueZ cannot protect, needs an encrypted link."""
    for field in plan(SERVICES[name]).characteristics:
        if field.properties & (Property.NOTIFY | Property.INDICATE):
            assert field.security.subscribing is Level.ENCRYPTED, field.name
        if field.properties & Property.READ:
            assert field.security.read is Level.ENCRYPTED, field.name
        if field.properties & Property.WRITE:
            assert field.security.write is Level.ENCRYPTED, field.name


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - ENCRYPTED))
def test_where_it_does_not_the_link_stays_open(name: str) -> None:
    """No service asks for more than its specification."""
    levels = {
        level
        for field in plan(SERVICES[name]).characteristics
        for level in (field.security.read, field.security.write, field.security.notify)
    }
    assert levels == {Level.OPEN}


def test_no_class_hides_a_characteristic() -> None:
    """A service whose name a characteristic has, too, is called …Service."""
    from gattschema.sig._numbers.characteristics import NUMBERS as CHARACTERISTICS  # noqa: PLC0415

    names = {name.replace("_", "") for name in CHARACTERISTICS}
    assert not [name for name in SERVICES if name.lower() in names]


def test_reports_and_pins_say_what_they_are() -> None:
    """Each HID report has its Report Reference, each digital characteristic the number of its pins."""
    found = {
        (name, field.name): [(short(made.uuid), made.octets.hex()) for made in field.descriptors]
        for name in ("HumanInterfaceDevice", "AutomationIo")
        for field in plan(SERVICES[name]).characteristics
        if field.descriptors
    }
    assert found == {
        ("HumanInterfaceDevice", "input_report"): [("2908", "0001")],
        ("HumanInterfaceDevice", "output_report"): [("2908", "0002")],
        ("HumanInterfaceDevice", "feature_report"): [("2908", "0003")],
        ("AutomationIo", "digital_input"): [("2909", "04")],
        ("AutomationIo", "digital_output"): [("2909", "04")],
    }


# --- using them ------------------------------------------------------------------------------------------------------


def names(service: Service) -> list[str]:
    return [field.name for field in plan(service).characteristics]


def test_what_is_not_given_is_not_there() -> None:
    """An optional characteristic is in the service of those instances alone that were given it."""
    bare = HeartRate()
    assert names(bare) == ["heart_rate_measurement"]
    worn = HeartRate(body_sensor_location=BodySensorLocation.CHEST)
    assert names(worn) == ["heart_rate_measurement", "body_sensor_location"]
    assert worn.body_sensor_location is BodySensorLocation.CHEST
    with pytest.raises(AttributeError, match="body_sensor_location"):
        _ = bare.body_sensor_location


def test_what_is_only_pushed_starts_without_a_value() -> None:
    """A measurement may be given at once or later."""
    assert HeartRate(heart_rate_measurement=HeartRateMeasurement(heart_rate=60)).heart_rate_measurement.heart_rate == 60
    later = HeartRate()
    later.heart_rate_measurement = HeartRateMeasurement(heart_rate=61)
    assert later.heart_rate_measurement.heart_rate == 61


def test_what_is_read_has_to_be_given() -> None:
    """A mandatory characteristic that phones read has no value by itself."""
    with pytest.raises(TypeError, match="fitness_machine_feature="):
        FitnessMachine()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="report_map="):
        HumanInterfaceDevice(hid_information=HidInformation())  # type: ignore[call-arg]


def test_present_puts_in_what_has_no_value() -> None:
    """A control point is there as soon as it is PRESENT, and never is where it is ABSENT."""
    machine = FitnessMachine(fitness_machine_feature=FitnessMachineFeature(), fitness_machine_control_point=PRESENT)
    assert names(machine) == ["fitness_machine_feature", "fitness_machine_control_point"]
    assert names(HeartRate(heart_rate_control_point=ABSENT)) == ["heart_rate_measurement"]


def test_a_subclass_handles_what_it_wants() -> None:
    """A handler in a subclass puts the characteristic in, and hears decoded values; the UUID is the base's."""
    heard: list[Any] = []

    class Bike(FitnessMachine):
        @FitnessMachine.fitness_machine_control_point.on_write
        def _controlled(self, value: Any) -> None:
            heard.append(value)

    bike = Bike(fitness_machine_feature=FitnessMachineFeature())
    assert names(bike) == ["fitness_machine_feature", "fitness_machine_control_point"]
    assert plan(bike).uuid == expand(0x1826)
    write(bike, field(bike, "fitness_machine_control_point"), bytes.fromhex("05c800"), PHONE)
    assert heard == [ftms.SetTargetPower(power=200)]


ANSWERED = [
    module
    for found in pkgutil.iter_modules(_manual.__path__)
    if "Response" in (module := importlib.import_module(f"{_manual.__name__}.{found.name}")).__all__
]


@pytest.mark.parametrize("module", ANSWERED, ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_handler_in_the_docstring_answers(module: Any) -> None:
    """What it takes succeeds; what it does not, known or nobody's, is not supported. That value is indicated."""
    assert len(ANSWERED) == 9
    name = module.__name__.rpartition(".")[2]
    taken, mine = _of_the_docstring(module, name)
    request = field(mine, name).codec.encode(codec(taken).kind.example)
    write(mine, field(mine, name), request, PHONE)
    assert getattr(mine, name) == module.Response(request=module.Opcode(request[0]), result=module.Result.SUCCESS)
    known = field(mine, name).codec.encode(codec(module.Response).kind.example)
    for octets in (known, b"\xf0\x01"):
        write(mine, field(mine, name), octets, PHONE)
        answer = module.Response(request=module.Opcode(octets[0]), result=module.Result.OPCODE_NOT_SUPPORTED)
        assert getattr(mine, name) == answer


def _of_the_docstring(module: Any, name: str) -> tuple[type, Service]:
    """The operation that the example takes, and an instance of a service with its handler."""
    text = module.__doc__.partition("::\n")[2]
    imports, handler = textwrap.dedent(text).strip().split("\n\n")
    service = SERVICES[handler.removeprefix("@").partition(".")[0]]
    scope: dict[str, Any] = {service.__name__: service}
    exec(f"{imports}\nclass Mine({service.__name__}):\n{textwrap.indent(handler, '    ')}", scope)  # noqa: S102
    fields = plan(service).characteristics
    mine = scope["Mine"](**{one.name: one.codec.kind.example for one in fields if one.init})
    taken = re.search(r"case cp\.(\w+)", handler)
    assert taken is not None
    assert f"import {name} as cp" in imports
    return getattr(module, taken[1]), mine


def test_a_subclass_may_loosen_a_property() -> None:
    """Clients may set the time where a subclass says so."""

    class Settable(CurrentTimeService):
        current_time: ReadWriteNotify[CurrentTime] = characteristic(init=False)

    assert plan(Settable).characteristics[0].properties == Property.READ | Property.WRITE | Property.NOTIFY
    assert plan(Settable).uuid == expand(0x1805)


def test_a_machine_of_version_1_0_is_declared_in_three_lines() -> None:
    """As the docstring of FitnessMachine has it: the UUIDs follow from the names, the layout from the type."""
    text = textwrap.dedent((FitnessMachine.__doc__ or "").partition("::\n")[2])
    scope: dict[str, Any] = {**vars(schema), **{name: getattr(sig, name) for name in TYPES_OF_A_BIKE}}
    exec(text, scope)  # noqa: S102
    bike = scope["Bike"](fitness_machine_feature=FitnessMachineFeature())
    assert table(type(bike)) == "1826: 2ACC M r, 2AD2 M n"
    bike.indoor_bike_data = sig.IndoorBikeDataFtms10(resistance_level=300)
    assert field(bike, "indoor_bike_data").codec.encode(bike.indoor_bike_data) == bytes.fromhex("2100 2c01")


TYPES_OF_A_BIKE = ("FitnessMachineFeature", "IndoorBikeDataFtms10")


def test_two_sensors_of_one_kind() -> None:
    """A further quantity of the same kind is a field with the same UUID."""

    class House(EnvironmentalSensing):
        cellar: ReadNotify[Temperature] = characteristic(uuid=0x2A6E)

    house = House(temperature=21.5, cellar=12.25)
    assert [(field.name, short(field.uuid)) for field in plan(house).characteristics] == [
        ("temperature", "2A6E"),
        ("cellar", "2A6E"),
    ]
    assert read(house, field(house, "cellar"), PHONE) == (1225).to_bytes(2, "little")


def field(service: Service, name: str) -> CharacteristicPlan:
    return next(field for field in plan(service).characteristics if field.name == name)


@pytest.mark.parametrize("name", SERVICES)
def test_phones_read_whatever_was_given(name: str) -> None:
    """With an example of every value the whole service is there, and each readable one gives the example's octets."""
    fields = plan(SERVICES[name]).characteristics
    examples = {field.name: field.codec.kind.example for field in fields if field.init}
    service = SERVICES[name](**examples)
    assert names(service) == [field.name for field in fields]
    for field in fields:
        if field.init and Property.READ in field.properties:
            assert read(service, field, PHONE) == field.codec.encode(examples[field.name]), field.name
