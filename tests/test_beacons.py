"""Beacons: their octets, worked out by hand from the formats' public pages, and what they refuse."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from typing import Any

import pytest

from gattschema import EncodeError, SchemaError, UInt8, manufacturer_data, service_data
from gattschema.advertising import Advertisement, Host, check
from gattschema.beacons import BTHome, Button, Command, EddystoneTlm, EddystoneUid, EddystoneUrl, IBeacon

UUID = "7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10"


def octets(beacon: Advertisement) -> str:
    return beacon.layout().advertisement.hex()


def beacon() -> IBeacon:
    return IBeacon(uuid=UUID, major=1, minor=2, measured_power=-59)


def test_ibeacon() -> None:
    """Apple's company, type 2 of 21 octets, the UUID and the numbers with the most significant octet first."""
    assert octets(beacon()) == "1aff" + "4c00" + "0215" + UUID.replace("-", "") + "0001" + "0002" + "c5"


def test_beacons_are_not_connectable_unless_they_are_told_to_be() -> None:
    """Then they have flags as well, and still fit."""
    assert not beacon().connectable
    connectable = IBeacon(uuid=UUID, major=1, minor=2, measured_power=-59, connectable=True)
    assert octets(connectable).endswith("020106")
    check(connectable, Host())
    check(beacon(), Host())


def test_a_beacon_is_live() -> None:
    """Assigning to an attribute is assigning to the octets; a bad value changes none."""
    one = beacon()
    one.minor = 0x0102
    with pytest.raises(EncodeError, match=r"IBeacon\.major: expected 0 … 65535"):
        one.major = 65536
    assert octets(one).endswith("00010102c5")


def test_eddystone_uid() -> None:
    """The list of services, then frame 0, the power, 10 and 6 octets and two reserved ones."""
    one = EddystoneUid(namespace="00112233445566778899", instance=b"\1\2\3\4\5\6", power=-20)
    assert octets(one) == "0303aafe" + "1716aafe" + "00ec" + "00112233445566778899" + "010203040506" + "0000"


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("https://www.example.com/x", "01" + b"example".hex() + "00" + b"x".hex()),
        ("http://example.org", "02" + b"example".hex() + "08"),
        ("https://a.b.gov/", "03" + b"a.b".hex() + "06"),
        ("http://www.a.info", "00" + b"a".hex() + "0b"),
    ],
)
def test_eddystone_url(url: str, encoded: str) -> None:
    """The scheme and the usual endings take an octet each."""
    one = EddystoneUrl(url=url, power=0)
    frame = "1000" + encoded
    assert octets(one) == "0303aafe" + f"{len(frame) // 2 + 3:02x}16aafe" + frame


def test_the_longest_eddystone_url_fits() -> None:
    """17 octets behind the scheme, with the flags of an adapter without BR/EDR."""
    check(EddystoneUrl(url="https://" + "a" * 17, power=0), Host(le_only=True))


def test_eddystone_tlm() -> None:
    """Millivolts, 1/256 °C, a count and tenths of a second, the most significant octet first."""
    one = EddystoneTlm(battery=3.1, temperature=-21.5, advertisements=3, uptime=12.3)
    assert octets(one) == "0303aafe" + "1116aafe" + "2000" + "0c1c" + "ea80" + "00000003" + "0000007b"


def test_eddystone_tlm_that_knows_nothing() -> None:
    """No battery is 0, no temperature is -128 °C."""
    assert octets(EddystoneTlm()).endswith("2000" + "0000" + "8000" + "00000000" + "00000000")


def test_bthome_is_in_the_order_of_its_numbers() -> None:
    """Version 2, then battery 97 %, 25.06 °C, 50.55 %."""
    one = BTHome(humidity=50.55, temperature=25.06, battery=97)
    assert octets(one) == "0c16d2fc" + "40" + "0161" + "02ca09" + "03bf13"
    one.temperature = None
    assert octets(one) == "0916d2fc" + "40" + "0161" + "03bf13"


def test_bthome_that_sends_on_a_trigger() -> None:
    """One bit of the head says so."""
    assert octets(BTHome(trigger=True, button=Button.DOUBLE_PRESS)).endswith("44" + "3a02")


MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
MEASUREMENTS: list[tuple[str, Any, str]] = [
    ("packet_id", 9, "0009"),
    ("battery", 97, "0161"),
    ("temperature", -1.5, "026aff"),
    ("humidity", 50.55, "03bf13"),
    ("pressure", 1008.83, "04138a01"),
    ("illuminance", 13460.67, "05138a14"),
    ("mass", 80.3, "065e1f"),
    ("mass_lb", 74.86, "073e1d"),
    ("dew_point", 17.38, "08ca06"),
    ("count", 96, "0960"),
    ("energy", 1346.067, "0a138a14"),
    ("power", 69.14, "0b021b00"),
    ("voltage", 3.074, "0c020c"),
    ("pm2_5", 3090, "0d120c"),
    ("pm10", 7170, "0e021c"),
    ("co2", 1250, "12e204"),
    ("tvoc", 307, "133301"),
    ("moisture", 30.74, "14020c"),
    ("humidity_whole", 35, "2e23"),
    ("moisture_whole", 35, "2f23"),
    ("count_u16", 24585, "3d0960"),
    ("count_u32", 1611213866, "3e2a2c0960"),
    ("rotation", 307.4, "3f020c"),
    ("distance_mm", 12, "400c00"),
    ("distance", 7.8, "414e00"),
    ("elapsed", 13.39, "424e3400"),
    ("current", 13.39, "434e34"),
    ("speed", 133.9, "444e34"),
    ("temperature_tenths", 27.3, "451101"),
    ("uv_index", 5.0, "4632"),
    ("volume", 2215.1, "478756"),
    ("volume_ml", 34780, "48dc87"),
    ("volume_flow_rate", 34.78, "49dc87"),
    ("voltage_tenths", 307.4, "4a020c"),
    ("gas", 1346.067, "4b138a14"),
    ("gas_u32", 25821.505, "4c41018a01"),
    ("energy_u32", 344593.17, "4d12138a14"),
    ("volume_u32", 19551.879, "4e87562a01"),
    ("water", 19551.879, "4f87562a01"),
    ("timestamp", MOMENT, "50a5355769"),
    ("acceleration", 22.151, "518756"),
    ("gyroscope", 22.151, "528756"),
    ("text", "hü", "530368c3bc"),
    ("raw", b"\1\2", "54020102"),
    ("volume_storage", 19551.879, "5587562a01"),
    ("conductivity", 1000, "56e803"),
    ("temperature_whole", -22, "57ea"),
    ("temperature_coarse", -7.7, "58ea"),
    ("count_s8", -22, "59ea"),
    ("count_s16", -5398, "5aeaea"),
    ("count_s32", -2, "5bfeffffff"),
    ("power_s32", 69.14, "5c021b0000"),
    ("current_s16", -5.398, "5deaea"),
    ("direction", 359.99, "5e9f8c"),
    ("precipitation", 17.7, "5fb100"),
    ("channel", 1, "6001"),
    ("rotational_speed", 3000, "61b80b"),
    ("speed_s32", -1.0, "62c0bdf0ff"),
    ("acceleration_s32", 1.5, "6360e31600"),
    ("light_level", 3, "6403"),
    ("settings_revision", 2, "6502"),
    ("button", Button.HOLD_PRESS, "3a80"),
    ("command", Command.TOGGLE, "3b0002"),
    ("command", Command.STEP_UP, "3b010301"),
    ("command", (Command.STEP_UP, 5), "3b010305"),
    ("command", (Command.STEP_DOWN, 255), "3b0104ff"),
    ("dimmer", -3, "3c0103"),
    ("dimmer", 10, "3c020a"),
    ("dimmer", 0, "3c0000"),
    ("device_type", 1, "f00100"),
    ("firmware_version", "4.2.1.0", "f100010204"),
    ("firmware_version", "6.1.0", "f2000106"),
]


@pytest.mark.parametrize(("name", "value", "encoded"), MEASUREMENTS, ids=[row[2] for row in MEASUREMENTS])
def test_a_measurement_of_bthome(name: str, value: Any, encoded: str) -> None:
    """Number, then the value in its width and steps, the least significant octet first."""
    (data,) = BTHome(**{name: value})._gatt_packet().service_data.values()
    assert data.hex() == "40" + encoded


BINARY = {
    "generic": 0x0F,
    "power_on": 0x10,
    "opening": 0x11,
    "battery_low": 0x15,
    "battery_charging": 0x16,
    "carbon_monoxide": 0x17,
    "cold": 0x18,
    "connectivity": 0x19,
    "door": 0x1A,
    "garage_door": 0x1B,
    "gas_detected": 0x1C,
    "heat": 0x1D,
    "light": 0x1E,
    "lock": 0x1F,
    "moisture_detected": 0x20,
    "motion": 0x21,
    "moving": 0x22,
    "occupancy": 0x23,
    "plug": 0x24,
    "presence": 0x25,
    "problem": 0x26,
    "running": 0x27,
    "safety": 0x28,
    "smoke": 0x29,
    "sound": 0x2A,
    "tamper": 0x2B,
    "vibration": 0x2C,
    "window": 0x2D,
}


@pytest.mark.parametrize(("name", "number"), BINARY.items(), ids=BINARY)
def test_a_yes_or_no_of_bthome(name: str, number: int) -> None:
    """One octet, 1 for yes."""
    for value in (False, True):
        (data,) = BTHome(**{name: value})._gatt_packet().service_data.values()
        assert data == bytes([0x40, number, value])


def test_what_is_read_is_what_the_type_says() -> None:
    """Numbers that mean something become it; what is a number stays exact."""
    one = BTHome(button=1, command=2, door=1, temperature=21, battery=Button.PRESS, raw=bytearray(b"x"))  # type: ignore[arg-type]
    assert one.button is Button.PRESS
    assert one.command is Command.TOGGLE
    assert one.door is True
    assert [type(value) for value in (one.temperature, one.battery, one.raw)] == [float, int, bytes]
    one.temperature = 21.504
    assert one.temperature == 21.504


def test_uptime_may_be_a_timedelta() -> None:
    """It is kept in seconds."""
    assert EddystoneTlm(uptime=dt.timedelta(minutes=2)).uptime == 120.0


def test_class_keywords_of_beacons() -> None:
    """Their own attributes, required ones too, and those of every advertisement."""

    class Door(BTHome, trigger=True, name="Door"): ...

    class Shop(IBeacon, uuid=UUID, measured_power=-59): ...

    assert octets(Door(door=True)).endswith("44" + "1a01")
    assert Door().name == "Door"
    assert octets(Shop(major=1, minor=2)) == octets(beacon())  # type: ignore[call-arg]
    with pytest.raises(SchemaError) as raised:

        class Bad(BTHome):
            temperatur = 21.5

    assert "temperatur: did you mean temperature?" in raised.value.report


def test_data_of_a_beacon_do_not_vanish() -> None:
    """A subclass has no field for what the beacon composes, and is not two beacons that compose the same."""

    class Shop(IBeacon, EddystoneTlm):
        extra: UInt8 = manufacturer_data(0xFFFF, default=1)

    packet = Shop(uuid=UUID, major=1, minor=2, measured_power=-59)._gatt_packet()
    assert (list(packet.manufacturer_data), len(packet.service_data)) == ([0x004C, 0xFFFF], 1)
    with pytest.raises(SchemaError) as raised:

        class OwnApple(IBeacon):
            extra: UInt8 = manufacturer_data("Apple, Inc.", default=7)

    assert "extra: it is the manufacturer data of 0x004C, as IBeacon is" in raised.value.report
    with pytest.raises(SchemaError, match="extra"):

        class OwnBTHome(BTHome):
            extra: UInt8 = service_data(0xFCD2, default=7)

    with pytest.raises(SchemaError) as raised:

        class Both(EddystoneUid, EddystoneTlm): ...

    assert "EddystoneTlm: it is the service data of 0xFEAA, as EddystoneUid is" in raised.value.report
    with pytest.raises(SchemaError) as raised:

        class Powers(BTHome, EddystoneUrl): ...

    assert "power: BTHome and EddystoneUrl both have one" in raised.value.report


def test_a_connectable_bthome_has_the_flags_that_the_format_advises() -> None:
    """In front of them is the service data, as BlueZ composes it."""
    assert octets(BTHome(battery=97, connectable=True)) == "0616d2fc40" + "0161" + "020106"


def test_the_docstring_lists_every_attribute() -> None:
    """Nobody has to read the source for the names."""
    names = inspect.signature(BTHome).parameters.keys() - inspect.signature(Advertisement).parameters.keys()
    assert {name for name in names if not re.search(rf"\b{name}\b", BTHome.__doc__ or "")} == set()


@pytest.mark.parametrize(
    ("make", "error", "told"),
    [
        (lambda: IBeacon(uuid="x", major=1, minor=1, measured_power=1), ValueError, "IBeacon.uuid is 'x'"),
        (lambda: IBeacon(uuid=UUID, major=1, minor=1, measured_power=200), EncodeError, "measured_power"),
        (lambda: IBeacon(uuid=UUID), TypeError, r"IBeacon\(\) needs major=, minor=, measured_power="),
        (
            lambda: IBeacon(uuid=UUID, major=1, minor=1, measured_power=1, manufacturer_data={0x4C: b"x"}),
            ValueError,
            "composes the data of 0x004C itself",
        ),
        (lambda: EddystoneUid(namespace="00", instance=bytes(6), power=0), ValueError, "1 octets; write 10 octets"),
        (lambda: EddystoneUid(namespace="zz", instance=bytes(6), power=0), ValueError, "20 hexadecimal digits"),
        (lambda: EddystoneUid(namespace=7, instance=bytes(6), power=0), TypeError, "is 7; write 10 octets"),
        (lambda: EddystoneUrl(url="ftp://x", power=0), ValueError, "begins with http"),
        (lambda: EddystoneUrl(url="http://ü", power=0), ValueError, "as %xx"),
        (lambda: EddystoneUrl(url="https://" + "a" * 18, power=0), ValueError, "takes 18 octets"),
        (lambda: EddystoneUrl(url=3, power=0), TypeError, "write an URL"),
        (lambda: EddystoneTlm(battery=66), EncodeError, "EddystoneTlm.battery"),
        (lambda: EddystoneTlm(temperature=-128), EncodeError, "EddystoneTlm.temperature"),
        (lambda: BTHome(humidity=100.1), EncodeError, "BTHome.humidity"),
        (lambda: BTHome(temprature=1), TypeError, "did you mean temperature"),
        (lambda: BTHome(temp=1), TypeError, r"did you mean temperature\?"),
        (lambda: BTHome(temperature=True), TypeError, "temperature is True, which is no float"),
        (lambda: BTHome(battery=True), TypeError, "battery is True, which is no int"),
        (lambda: BTHome(button=True), TypeError, "button is True, which is no Button"),
        (lambda: BTHome(button=99), EncodeError, "BTHome.button"),
        (lambda: BTHome(command=(Command.ON, 1)), ValueError, r"with steps: \(Command.STEP_UP, 5\)"),
        (lambda: BTHome(command=(Command.STEP_UP,)), ValueError, r"STEP_UP: 3>,\); write a Command"),
        (lambda: BTHome(command=(Command.STEP_UP, 0)), EncodeError, "BTHome.command: expected 1 … 255"),
        (lambda: BTHome(command=(Command.STEP_UP, True)), TypeError, "command is True, which is no int"),
        (lambda: EddystoneUrl(url="https://", power=0), ValueError, "there is no URL behind it"),
        (lambda: EddystoneTlm(uptime=True), TypeError, "no float"),
        (lambda: BTHome(dimmer=256), ValueError, "to the left"),
        (lambda: BTHome(timestamp=dt.datetime(2026, 1, 1)), ValueError, "with a time zone"),  # noqa: DTZ001
        (lambda: BTHome(firmware_version="1.2"), ValueError, "three or four numbers"),
        (lambda: BTHome(firmware_version="1.2.300"), ValueError, "each number is 0 … 255"),
        (lambda: BTHome(service_data={0xFCD2: b"x"}), ValueError, "composes the data of 0xFCD2 itself"),
    ],
)
def test_what_beacons_refuse(make: Any, error: type[Exception], told: str) -> None:
    """A bad value says where it is and what to write instead."""
    with pytest.raises(error, match=told):
        make()
