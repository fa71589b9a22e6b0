"""The same values with bluetooth-sig. Its SFLOAT has a biased exponent: it reads other numbers than it should."""

from bluetooth_sig.gatt.characteristics.cycling_power_measurement import CyclingPowerMeasurementCharacteristic
from bluetooth_sig.gatt.characteristics.heart_rate_measurement import HeartRateMeasurementCharacteristic
from bluetooth_sig.gatt.characteristics.humidity import HumidityCharacteristic
from bluetooth_sig.gatt.characteristics.utils.ieee11073_parser import IEEE11073Parser

HEART_RATE, CYCLING_POWER, HUMIDITY = (
    HeartRateMeasurementCharacteristic(),
    CyclingPowerMeasurementCharacteristic(),
    HumidityCharacteristic(),
)
SFLOAT_OCTETS = bytearray.fromhex("6CF1")


def parse_sfloat(octets):
    return IEEE11073Parser.parse_sfloat(octets, 0)


CODINGS = {
    "Heart Rate": (
        HEART_RATE.build_value,
        HEART_RATE.parse_value(bytearray.fromhex("18 48 64 00 53 03 33 03")),
        HEART_RATE.parse_value,
    ),
    "Cycling Power": (
        CYCLING_POWER.build_value,
        CYCLING_POWER.parse_value(bytearray.fromhex("30 00 D2 00 E8 03 00 00 00 08 32 00 00 04")),
        CYCLING_POWER.parse_value,
    ),
    "SFLOAT": (IEEE11073Parser.encode_sfloat, parse_sfloat(SFLOAT_OCTETS), parse_sfloat),
    "scaled u16": (HUMIDITY.build_value, 50.37, HUMIDITY.parse_value),
}
