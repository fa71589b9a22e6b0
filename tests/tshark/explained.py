"""Where tshark 4.0.17 and we part, and why: a sentence for each.

An entry that is not needed fails, as does a difference without an entry. Asterisks stand for anything, so that one
fault of the dissector that shows in many fields has one sentence. "The dissector" is that of the Attribute Protocol,
``epan/dissectors/packet-btatt.c``.
"""

from __future__ import annotations

from tests.tshark._judge import Difference

VERSION = "4.0.17"
"""The version that is explained: Debian 12's."""

_LATER = "later versions of the specification have given these bits a meaning"
_FLOAT = "the dissector shows 0 for every IEEE 11073 number of 32 bits, wherever it stands"
_TEXT = "the dissector reads the octets as HTTP, or at least as text; those made up here are neither"
_MASK = "the dissector's mask of reserved bits reaches into those of fields that it shows, too"
_HALVES = (
    "the dissector has the halves of this octet the other way round, though not those of Glucose Measurement; the "
    "first field in the Supplement is the less significant half, and sensors on the market send it so"
)
_CGM = "the dissector has no operands for the answers with the opcodes 3, 6 and 21, and takes them for a CRC"
_RESISTANCE = "resistance levels have two octets in the Fitness Machine Service 1.0, one in the Supplement and here"
_BIG_ENDIAN = (
    "the dissector reads the two words most significant octet first, but all of GATT is least significant first"
)

EXPLAINED: dict[Difference, str] = {
    Difference(0x2A03, "number", "reconnection_address"): "a device address is shown most significant octet first",
    Difference(0x2A1C, "number", "temperature_measurement.value.*"): _FLOAT,
    Difference(0x2A1E, "number", "temperature_measurement.value.*"): _FLOAT,
    Difference(0x2A23, "divided", "system_id.*"): (
        "the dissector divides the EUI-64 into the maker's part and the organisation's; to us it is one identifier"
    ),
    Difference(0x2A2A, "*", "*"): (
        "the format is IEEE 11073-20601's own; to us it is octets, and those made up here are no list of that kind"
    ),
    Difference(0x2A33, "*", "usbhid.*"): (
        "the dissector takes the first of the octets that each mouse defines for itself for scroll wheels"
    ),
    Difference(0x2A34, "crossed", "glucose_measurement_context.tester_and_health.*"): _HALVES,
    Difference(0x2A49, "reserved", "blood_pressure.feature.reserved"): _LATER,
    Difference(0x2A4B, "*", "*"): (
        "the dissector reads the USB report descriptor within; to us it is octets, and those made up here are none"
    ),
    Difference(0x2A52, "divided", "record_access_control_point.operand.filter_type"): (
        "the dissector reads the operand as the glucose services define it; to us it belongs to the service"
    ),
    Difference(0x2A52, "left over", "value"): "the operands made up here are no filters of the glucose services",
    Difference(0x2A52, "not shown", "operand"): (
        "the dissector expects operands with the operators that have one in the glucose services, and only there"
    ),
    Difference(0x2A52, "not shown", "number"): "the dissector does not know opcode 8, the answer to a combined report",
    Difference(0x2A55, "not shown", "sensor_locations*"): (
        "the dissector stops behind the result code, and shows no parameter of a response"
    ),
    Difference(0x2A5A, "*", "*"): (
        "the dissector reads one digital and one analog input; how many there are depends on the service's instances"
    ),
    Difference(0x2A63, "number", "cycling_power_measurement.extreme_angles.*"): (
        "the dissector reads the three octets of both angles most significant octet first"
    ),
    Difference(0x2A65, "reserved", "cycling_power_feature.reserved"): _LATER,
    Difference(0x2A66, "not shown", "enhanced_offset"): (
        "the enhanced compensation of the offset is of version 1.1 of the service, and later than the dissector"
    ),
    Difference(0x2A66, "reserved", "cycling_power_control_point.content_mask.reserved"): _MASK,
    Difference(0x2A67, "united", "location_and_speed.flags.heading_source"): (
        "the dissector's mask of the heading source has two bits, the specification's one"
    ),
    Difference(0x2A75, "number", "pollen_concentration"): "the dissector gives a sign to a count that has none",
    Difference(0x2AA5, "*", "bond_management_feature.nth.*"): (
        "the dissector divides each octet of the extension; the specification leaves it open"
    ),
    Difference(0x2AA5, "not shown", "extension"): (
        "the dissector looks at the extension only while the octet in front says that there is more"
    ),
    Difference(
        0x2AA7, "complaint", "Size too small (6 or geater)"
    ): "the dissector wants more than the six it asks for",
    Difference(0x2AA7, "crossed", "cgm_measurement.flags.*"): (
        "the dissector shows the flags under mirrored labels, yet goes by the same bits as we do to find the fields"
    ),
    Difference(0x2AA7, "not shown", "further*"): "the dissector shows the first record; a value may have more",
    Difference(0x2AA7, "united", "cgm.e2e_crc"): "the dissector takes what follows the first record for its CRC",
    Difference(0x2AA7, "reserved", "cgm_measurement.flags.reserved"): _MASK,
    Difference(0x2AA7, "reserved", "cgm.sensor_status_annunciation.cal_temp.reserved"): _LATER,
    Difference(0x2AA8, "crossed", "cgm.type_and_sample_location.*"): _HALVES,
    Difference(0x2AA9, "reserved", "cgm.sensor_status_annunciation.cal_temp.reserved"): _LATER,
    Difference(0x2AAC, "*", "cgm.e2e_crc"): _CGM,
    Difference(0x2AAC, "crossed", "cgm.type_and_sample_location.*"): _HALVES,
    Difference(0x2AAC, "not shown", "*"): _CGM,
    Difference(0x2AAC, "complaint", "Invalid *"): (
        "the dissector complains of opcodes that it does not know and of results that are reserved"
    ),
    Difference(0x2AAD, "reserved", "indoor_positioning_configuration.reserved"): _MASK,
    Difference(0x2AB7, "*", "*"): _TEXT,
    Difference(0x2AB9, "*", "*"): _TEXT,
    Difference(0x2AC5, "not shown", "*"): (
        "the dissector forgets the mode of a write, its last octet, and shows no parameter of a response"
    ),
    Difference(0x2ACC, "number", "fitness_machine_features.*"): _BIG_ENDIAN,
    Difference(0x2ACC, "number", "target_setting_features.*"): _BIG_ENDIAN,
    Difference(0x2AD6, "not shown", "minimum_increment"): _RESISTANCE,
    Difference(0x2AD6, "united", "supported_resistance_level_range.minimum_resistance_level"): _RESISTANCE,
}
