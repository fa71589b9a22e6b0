"""Ready-made services of gattschema.sig are heard, read and described octet for octet as the SIG writes them.

What they are compared with was computed by hand, from the GATT Specification Supplement and the service specifications.
"""

import datetime as dt
import math
import struct
from collections.abc import Sequence
from typing import Any, TypeAlias

from gattschema import PRESENT, AttError, Peripheral, ReadNotify, Service, characteristic
from gattschema.sig import (
    AdditionalStatus,
    AdjustReason,
    Battery,
    BatteryChargeLevel,
    BatteryChargeState,
    BatteryLevelStatus,
    BodySensorLocation,
    BodyWeightResolution,
    ChargingFaults,
    ChargingType,
    CrankRevolutions,
    CscFeature,
    CscMeasurement,
    CurrentTime,
    CurrentTimeService,
    CyclingPower,
    CyclingPowerFeature,
    CyclingPowerMeasurement,
    CyclingPowerWheelRevolutions,
    CyclingSpeedAndCadence,
    DayDateTime,
    DayOfWeek,
    DeviceInformation,
    EnvironmentalSensing,
    EsApplication,
    EsCondition,
    EsMeasurement,
    EsSampling,
    EsTriggerSetting,
    ExactTime256,
    ExternalPowerSource,
    ExtremeAngles,
    HealthThermometer,
    HeartRate,
    HeartRateControlPoint,
    HeartRateMeasurement,
    HidInformation,
    HumanInterfaceDevice,
    PedalPowerBalanceReference,
    PowerState,
    SensorLocation,
    SensorMeasurementContext,
    ServiceRequired,
    Temperature,
    TemperatureMeasurement,
    TemperatureType,
    UdiForMedicalDevices,
    WeightMeasurement,
    WeightScale,
    WeightScaleFeature,
    WheelRevolutions,
)
from tests.lab.air import Peer, Phone, radio, refused

Cases: TypeAlias = Sequence[tuple[Any, str]]
NOON = dt.datetime(2026, 5, 17, 12, 30)  # noqa: DTZ001 - Date Time has no time zone; EA07 05 11 0C 1E 00


class Strap(HeartRate):
    """It counts energy until a phone resets the count."""

    kilojoules = 100

    @HeartRate.heart_rate_control_point.on_write
    def _reset(self, command: HeartRateControlPoint) -> None:
        if command is not HeartRateControlPoint.RESET_ENERGY_EXPENDED:
            raise AttError(0x80, "Control Point Not Supported")
        self.kilojoules = 0


class Greenhouse(EnvironmentalSensing):
    """It says how it measures, and from when on it tells."""

    temperature: ReadNotify[Temperature] = characteristic(
        descriptors=(
            EsMeasurement(
                sampling=EsSampling.ARITHMETIC_MEAN,
                period=60,
                update_interval=300,
                application=EsApplication.INDOOR,
                uncertainty=1.5,
            ),
            EsTriggerSetting.when(Temperature, EsCondition.GREATER, 25.0),
        )
    )


async def hears(peer: Peer, uuid: str, service: Service, field: str, cases: Cases) -> None:
    """What is assigned to the field one after the other is heard as these octets."""
    heard = await peer.subscribe(uuid)
    for value, _ in cases:
        setattr(service, field, value)
    values = [value.hex() for value in await heard.wait(len(cases))]
    print(f"{type(service).__name__}.{field} is heard as {' '.join(values)}")
    assert values == [bytes.fromhex(octets).hex() for _, octets in cases]


async def heart(peer: Peer, strap: Strap) -> None:
    """Flags, one octet or two for the rate, kilojoules, 1/1024 s; a phone resets the energy."""
    beats: Cases = [
        (HeartRateMeasurement(heart_rate=72), "00 48"),
        (HeartRateMeasurement(heart_rate=300), "01 2C01"),
        (
            HeartRateMeasurement(
                heart_rate=72,
                sensor_contact_detected=True,
                sensor_contact_supported=True,
                energy_expended=strap.kilojoules * 1000.0,
                rr_intervals=(0.75, 1.0, 1.25),
            ),
            "1E 48 6400 0003 0004 0005",
        ),
    ]
    await hears(peer, "2A37", strap, "heart_rate_measurement", beats)
    assert await peer.read("2A38") == b"\x01"
    with refused(0x80):
        await peer.write("2A39", b"\x02")
    assert strap.kilojoules == 100
    await peer.write("2A39", b"\x01")
    assert strap.kilojoules == 0


async def bike(peer: Peer, wheel: CyclingSpeedAndCadence, pedal: CyclingPower) -> None:
    """Nested structs, 1/1024 and 1/2048 s, half percents, two angles in three octets."""
    crank = CrankRevolutions(cumulative_crank_revolutions=500, last_crank_event_time=2.25)
    turns = WheelRevolutions(cumulative_wheel_revolutions=123_456, last_wheel_event_time=1.5)
    speed: Cases = [
        (CscMeasurement(wheel_revolution_data=turns, crank_revolution_data=crank), "03 40E20100 0006 F401 0009"),
        (CscMeasurement(crank_revolution_data=crank), "02 F401 0009"),
    ]
    await hears(peer, "2A5B", wheel, "csc_measurement", speed)
    assert await peer.read("2A5C") == b"\x03\x00"
    whole = CyclingPowerMeasurement(
        instantaneous_power=250,
        pedal_power_balance=49.5,
        pedal_power_balance_reference=PedalPowerBalanceReference.LEFT,
        wheel_revolution_data=CyclingPowerWheelRevolutions(
            cumulative_wheel_revolutions=1000, last_wheel_event_time=1.5
        ),
        crank_revolution_data=crank,
        extreme_angles=ExtremeAngles(maximum_angle=0x05A, minimum_angle=0x10E),
    )
    power: Cases = [
        (whole, "3301 FA00 63 E8030000 000C F401 0009 5AE010"),
        (CyclingPowerMeasurement(instantaneous_power=-5), "0000 FBFF"),
    ]
    await hears(peer, "2A63", pedal, "cycling_power_measurement", power)
    assert await peer.read("2A65") == bytes.fromhex("08000100")
    assert await peer.read("2A5D", service="1818") == b"\x06"


async def health(peer: Peer, thermometer: HealthThermometer, scale: WeightScale) -> None:
    """IEEE 11073 numbers, points in time, pounds and inches; all of it indicated."""
    ear = TemperatureMeasurement(temperature=37.2, time_stamp=NOON, temperature_type=TemperatureType.EAR)
    warmth: Cases = [
        (ear, "06 740100FF EA07 05 11 0C 1E 00 03"),
        (TemperatureMeasurement(fahrenheit=True, temperature=98.96), "01 A82600FE"),
        (TemperatureMeasurement(temperature=math.nan), "00 FFFF7F00"),
    ]
    await hears(peer, "2A1C", thermometer, "temperature_measurement", warmth)
    person = WeightMeasurement(imperial=True, weight=165.5, time_stamp=NOON, user_id=3, bmi=23.7, height=70.9)
    weights: Cases = [
        (person, "0F A640 EA07 05 11 0C 1E 00 03 ED00 C502"),
        (WeightMeasurement(weight=75.0), "00 983A"),
    ]
    await hears(peer, "2A9D", scale, "weight_measurement", weights)
    assert await peer.read("2A9E") == bytes.fromhex("3F000000")


async def clock_and_battery(peer: Peer, clock: CurrentTimeService, battery: Battery) -> None:
    """What can be read is read as it was heard."""
    moment = DayDateTime(date_time=dt.datetime(2026, 11, 22, 21, 30, 15), day_of_week=DayOfWeek.SUNDAY)  # noqa: DTZ001
    time = CurrentTime(
        exact_time_256=ExactTime256(day_date_time=moment, fractions256=0.5),
        adjust_reason=AdjustReason.EXTERNAL_REFERENCE_TIME_UPDATE,
    )
    await hears(peer, "2A2B", clock, "current_time", [(time, "EA07 0B 16 15 1E 0F 07 80 02")])
    assert await peer.read("2A2B") == bytes.fromhex("EA07 0B 16 15 1E 0F 07 80 02")
    charging = PowerState(
        battery_present=True,
        wired_external_power_source=ExternalPowerSource.YES,
        battery_charge_state=BatteryChargeState.CHARGING,
        battery_charge_level=BatteryChargeLevel.GOOD,
        charging_type=ChargingType.CONSTANT_CURRENT,
        charging_faults=ChargingFaults.OTHER,
    )
    service = AdditionalStatus(service_required=ServiceRequired.TRUE, battery_fault=True)
    states: Cases = [
        (BatteryLevelStatus(power_state=charging), "00 A342"),
        (BatteryLevelStatus(power_state=charging, battery_level=85, additional_status=service), "06 A342 55 05"),
    ]
    await hears(peer, "2BED", battery, "battery_level_status", states)
    assert await peer.read("2BED") == bytes.fromhex("06 A342 55 05")


async def descriptors(peer: Peer) -> None:
    """Reports say which they are, though they themselves stay shut; a sensor says how it measures and when it tells."""
    reports = [await peer.read("2A4D", index=index, descriptor="2908") for index in range(3)]
    assert reports == [b"\x00\x01", b"\x00\x02", b"\x00\x03"], "input, output and feature report, without IDs"
    with refused(0x0F):
        await peer.read("2A4B")  # an open link
    assert peer.offers("181A") == ["2A6E: read, notify; 2902 2904 2906 290C 290D"], peer.tree()
    assert await peer.read("2A6E", descriptor="290C") == bytes.fromhex("0000 02 3C0000 2C0100 14 03")
    assert await peer.read("2A6E", descriptor="290D") == bytes.fromhex("06 C409")


async def long_values(phone: Phone, strap: Strap, mtu: int) -> None:
    """A notification is as long as the MTU allows, and no longer; a read is whole, however many requests it takes."""
    peer = await phone.connect(await phone.find(name="Everything"), mtu=mtu)
    assert peer.mtu == mtu
    beats = struct.pack("<BB253H", 0x10, 72, *range(1, 254))
    heard = await peer.subscribe("2A37")
    intervals = tuple(number / 1024 for number in range(1, 254))
    strap.heart_rate_measurement = HeartRateMeasurement(heart_rate=72, rr_intervals=intervals)
    (value,) = await heard.wait(1)
    label = await peer.read("2BFF")
    print(f"MTU {mtu}: heard {len(value)} of {len(beats)} octets, read {len(label)} octets")
    assert value == beats[: mtu - 3]
    assert label == b"\x0f" + b"\0".join(letter * 126 for letter in (b"L", b"D", b"I", b"A")) + b"\0"
    await peer.disconnect()


def a_bike() -> tuple[CyclingSpeedAndCadence, CyclingPower]:
    counts = CscFeature.WHEEL_REVOLUTION_DATA | CscFeature.CRANK_REVOLUTION_DATA
    feature = CyclingPowerFeature(
        crank_revolution_data_supported=True, measurement_context=SensorMeasurementContext.TORQUE_BASED
    )
    power = CyclingPower(cycling_power_feature=feature, sensor_location=SensorLocation.RIGHT_CRANK)
    return CyclingSpeedAndCadence(csc_feature=counts), power


def a_scale() -> WeightScale:
    return WeightScale(
        weight_scale_feature=WeightScaleFeature(
            time_stamp_supported=True,
            multiple_users_supported=True,
            bmi_supported=True,
            weight_resolution=BodyWeightResolution.KG_0_005_LB_0_01,
        )
    )


def a_clock() -> CurrentTimeService:
    long_ago = DayDateTime(date_time=dt.datetime(2000, 1, 1), day_of_week=DayOfWeek.SATURDAY)  # noqa: DTZ001
    exact = ExactTime256(day_date_time=long_ago, fractions256=0.0)
    return CurrentTimeService(current_time=CurrentTime(exact_time_256=exact, adjust_reason=AdjustReason(0)))


def what_only_is_read() -> tuple[Service, ...]:
    """A thing with reports, a sensor with descriptors, a label of 509 octets."""
    keyboard = HumanInterfaceDevice(
        input_report=PRESENT,
        output_report=PRESENT,
        feature_report=PRESENT,
        report_map=b"\x05\x01\x09\x06",
        hid_information=HidInformation(),
    )
    label = UdiForMedicalDevices(
        udi_label="L" * 126, udi_device_identifier="D" * 126, udi_issuer="I" * 126, udi_authority="A" * 126
    )
    return keyboard, Greenhouse(temperature=21.5), DeviceInformation(udi_for_medical_devices=label)


async def story() -> None:
    strap = Strap(body_sensor_location=BodySensorLocation.CHEST)
    (wheel, pedal), thermometer, scale, clock = a_bike(), HealthThermometer(), a_scale(), a_clock()
    battery = Battery(battery_level=85, battery_level_status=BatteryLevelStatus(power_state=PowerState()))
    served = (strap, wheel, pedal, thermometer, scale, clock, battery, *what_only_is_read())
    async with radio() as air, Peripheral(*served, name="Everything", advertise=[strap]):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Everything"))
        print(peer.tree())
        await heart(peer, strap)
        await bike(peer, wheel, pedal)
        await health(peer, thermometer, scale)
        await clock_and_battery(peer, clock, battery)
        await descriptors(peer)
        await peer.disconnect()
        for mtu in (23, 247, 517):
            await long_values(phone, strap, mtu)
