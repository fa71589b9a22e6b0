"""Characteristics written by hand: each beside octets worked out from its specification with pencil and paper."""

import datetime as dt
import importlib
import importlib.util
import pkgutil
import uuid
from typing import Any

import pytest

from gattschema import sig
from gattschema.schema import expand
from gattschema.sig import _manual
from gattschema.sig._characteristics.cgm_feature import CgmSampleLocation, CgmTypeSampleLocation, SampleType
from gattschema.sig._characteristics.dst_offset import DstOffset
from gattschema.sig._characteristics.sensor_location import SensorLocation
from gattschema.sig._manual import audio_input as aics
from gattschema.sig._manual import audio_locations as pacs
from gattschema.sig._manual import audio_roles as roles
from gattschema.sig._manual import automation_io as aio
from gattschema.sig._manual import blood_pressure_record as bpr
from gattschema.sig._manual import bond_management as bms
from gattschema.sig._manual import cgm_measurement as cgm
from gattschema.sig._manual import cgm_session, hid, plx
from gattschema.sig._manual import cgm_specific_ops_control_point as socp
from gattschema.sig._manual import coordinated_set as csis
from gattschema.sig._manual import cycling_power_control_point as cpcp
from gattschema.sig._manual import descriptor_value_changed as dvc
from gattschema.sig._manual import fitness_machine_control_point as fmcp
from gattschema.sig._manual import fitness_machine_feature as fmf
from gattschema.sig._manual import fitness_machine_status as fms
from gattschema.sig._manual import generic_access as gap
from gattschema.sig._manual import generic_attribute as gatt
from gattschema.sig._manual import http_proxy as hps
from gattschema.sig._manual import indoor_positioning as ips
from gattschema.sig._manual import ln_control_point as lncp
from gattschema.sig._manual import media_control as mcs
from gattschema.sig._manual import object_action_control_point as oacp
from gattschema.sig._manual import object_list_control_point as olcp
from gattschema.sig._manual import object_list_filter as olf
from gattschema.sig._manual import object_metadata as ots
from gattschema.sig._manual import ots_feature as otsf
from gattschema.sig._manual import record_access_control_point as racp
from gattschema.sig._manual import sc_control_point as sccp
from gattschema.sig._manual import scan_parameters as scps
from gattschema.sig._manual import telephone_bearer as tbs
from gattschema.sig._manual import training_status as ts
from gattschema.sig._manual import user_control_point as ucp
from gattschema.sig._manual import volume_control as vcs
from gattschema.sig._manual import volume_offset as vocs
from gattschema.values import DecodeError, EncodeError, UnknownOperation, codec, decode, encode, opcode_of
from gattschema.values._union import Union

LEAP_DAY = dt.datetime(2024, 2, 29, 13, 5, 7)  # noqa: DTZ001  (the SIG's Date Time has no zone)
LEAP_DAY_HEX = "e807 02 1d 0d 05 07"
MODULES = [
    importlib.import_module(f"{_manual.__name__}.{found.name}") for found in pkgutil.iter_modules(_manual.__path__)
]
NUMBERS = {name: number for module in MODULES for name, number in module.UUID_NUMBERS.items()}
TYPES = {name: getattr(module, name) for module in MODULES for name in module.UUID_NUMBERS}

CASES: list[tuple[str, Any, str]] = [
    (
        "BloodPressureRecord",  # bits 0 and 1, and 5 from bit 2 on: 3 + 20
        bpr.BloodPressureRecord(
            segment_counter=5, sequence_number=0x0102, uuid=expand(0x2A35), recorded=bytes.fromhex("aabb")
        ),
        "17 0201 352a aabb",
    ),
    (
        "CgmSessionStartTime",  # a quarter of an hour is 1
        cgm_session.CgmSessionStartTime(start=LEAP_DAY, time_zone=dt.timedelta(hours=-1), dst_offset=DstOffset(4)),
        f"{LEAP_DAY_HEX} fc 04",
    ),
    ("CgmSessionRunTime", cgm_session.CgmSessionRunTime(run_time=336), "5001"),
    ("CgmMeasurement", (cgm.CgmMeasurementRecord(glucose_concentration=100.0, time_offset=10),), "06 00 6400 0a00"),
    (
        "CgmMeasurement",  # -0.5 is -5 · 10⁻¹, 98.5 is 985 · 10⁻¹
        (
            cgm.CgmMeasurementRecord(glucose_concentration=101.0, time_offset=0),
            cgm.CgmMeasurementRecord(
                glucose_concentration=102.0,
                time_offset=256,
                device_status=cgm.CgmDeviceStatus.BATTERY_LOW,
                calibration_status=cgm.CgmCalibrationStatus.CALIBRATION_REQUIRED,
                warning=cgm.CgmWarning.BELOW_HYPO,
                trend=-0.5,
                quality=98.5,
            ),
        ),
        "06 00 6500 0000  0d e3 6600 0001 02 08 04 fbff d9f3",
    ),
    (
        "CgmStatus",
        cgm.CgmStatus(
            time_offset=1, device_status=cgm.CgmDeviceStatus.SESSION_STOPPED, warning=cgm.CgmWarning.ABOVE_HYPER
        ),
        "0100 01 00 08",
    ),
    ("CgmSpecificOpsControlPoint", socp.SetCommunicationInterval(interval=5), "01 05"),
    ("CgmSpecificOpsControlPoint", socp.GetCommunicationInterval(), "02"),
    (
        "CgmSpecificOpsControlPoint",
        socp.SetGlucoseCalibrationValue(
            calibration=socp.Calibration(
                glucose_concentration=121.0,
                time=60,
                sample=CgmTypeSampleLocation(type=SampleType(1), sample_location=CgmSampleLocation(2)),
                next_calibration=1440,
                record_number=7,
                status=socp.CalibrationStatus.PENDING,
            )
        ),
        "04 7900 3c00 21 a005 0700 04",
    ),
    ("CgmSpecificOpsControlPoint", socp.SetRateOfDecreaseAlertLevel(level=2.5), "13 19f0"),
    (
        "CgmSpecificOpsControlPoint",
        socp.Response(request=socp.Opcode.START_SESSION, result=socp.Result.SUCCESS),
        "1c 1a 01",
    ),
    ("CyclingPowerControlPoint", cpcp.SetCumulativeValue(wheel_revolutions=0x01020304), "01 04030201"),
    ("CyclingPowerControlPoint", cpcp.UpdateSensorLocation(location=SensorLocation(5)), "02 05"),
    ("CyclingPowerControlPoint", cpcp.SetCrankLength(crank_length=0.1725), "04 5901"),
    ("CyclingPowerControlPoint", cpcp.SetChainWeight(chain_weight=0.255), "08 ff00"),
    (
        "CyclingPowerControlPoint",
        cpcp.MaskMeasurementContent(
            content=cpcp.MeasurementContent.PEDAL_POWER_BALANCE | cpcp.MeasurementContent.ACCUMULATED_ENERGY
        ),
        "0d 0101",
    ),
    (
        "CyclingPowerControlPoint",
        cpcp.Response(request=cpcp.Opcode.REQUEST_CRANK_LENGTH, result=cpcp.Result.SUCCESS, crank_length=0.1725),
        "20 05 01 5901",
    ),
    (
        "CyclingPowerControlPoint",
        cpcp.Response(request=cpcp.Opcode.REQUEST_CRANK_LENGTH, result=cpcp.Result.OPERATION_FAILED),
        "20 05 04",
    ),
    (
        "CyclingPowerControlPoint",
        cpcp.Response(
            request=cpcp.Opcode.REQUEST_SUPPORTED_SENSOR_LOCATIONS,
            result=cpcp.Result.SUCCESS,
            sensor_locations=(SensorLocation(4), SensorLocation(5)),
        ),
        "20 03 01 04 05",
    ),
    (
        "CyclingPowerControlPoint",
        cpcp.Response(request=cpcp.Opcode.START_OFFSET_COMPENSATION, result=cpcp.Result.SUCCESS, offset=-2),
        "20 0c 01 feff",
    ),
    (
        "CyclingPowerControlPoint",
        cpcp.Response(
            request=cpcp.Opcode.REQUEST_FACTORY_CALIBRATION_DATE,
            result=cpcp.Result.SUCCESS,
            calibration_date=LEAP_DAY,
        ),
        f"20 0f 01 {LEAP_DAY_HEX}",
    ),
    ("ScControlPoint", sccp.SetCumulativeValue(value=0x01020304), "01 04030201"),
    ("ScControlPoint", sccp.StartSensorCalibration(), "02"),
    (
        "ScControlPoint",
        sccp.Response(
            request=sccp.Opcode.REQUEST_SUPPORTED_SENSOR_LOCATIONS,
            result=sccp.Result.SUCCESS,
            sensor_locations=(SensorLocation(2),),
        ),
        "10 04 01 02",
    ),
    ("LnControlPoint", lncp.SetCumulativeValue(total_distance=1234.5), "01 393000"),
    (
        "LnControlPoint",
        lncp.MaskLocationAndSpeedContent(content=lncp.LocationContent.HEADING | lncp.LocationContent.UTC_TIME),
        "02 5000",
    ),
    ("LnControlPoint", lncp.NavigationControl(command=lncp.NavigationCommand.START), "03 01"),
    ("LnControlPoint", lncp.SelectRoute(route=258), "06 0201"),
    ("LnControlPoint", lncp.SetElevation(elevation=-1.5), "08 6affff"),
    (
        "LnControlPoint",
        lncp.Response(request=lncp.Opcode.REQUEST_NAME_OF_ROUTE, result=lncp.Result.SUCCESS, name_of_route="Home"),
        "20 05 01 486f6d65",
    ),
    (
        "LnControlPoint",
        lncp.Response(request=lncp.Opcode.REQUEST_NUMBER_OF_ROUTES, result=lncp.Result.SUCCESS, number_of_routes=2),
        "20 04 01 0200",
    ),
    ("RecordAccessControlPoint", racp.ReportStoredRecords(), "01 01"),
    (
        "RecordAccessControlPoint",
        racp.ReportStoredRecords(
            operator=racp.Operator.WITHIN_RANGE_OF,
            operand=encode(racp.RecordFilter, racp.FilterByNumber(bounds=(1, 5))),
        ),
        "01 04 01 0100 0500",
    ),
    ("RecordAccessControlPoint", racp.AbortOperation(), "03 00"),
    ("RecordAccessControlPoint", racp.NumberOfStoredRecordsResponse(number=7), "05 00 0700"),
    (
        "RecordAccessControlPoint",
        racp.Response(request=racp.Opcode.REPORT_STORED_RECORDS, result=racp.Result.NO_RECORDS_FOUND),
        "06 00 01 06",
    ),
    ("FitnessMachineControlPoint", fmcp.RequestControl(), "00"),
    ("FitnessMachineControlPoint", fmcp.SetTargetSpeed(speed=12.34), "02 d204"),
    ("FitnessMachineControlPoint", fmcp.SetTargetInclination(inclination=-1.5), "03 f1ff"),
    ("FitnessMachineControlPoint", fmcp.SetTargetResistanceLevel(resistance_level=4.5), "04 2d"),
    ("FitnessMachineControlPoint", fmcp.SetTargetPower(power=-200), "05 38ff"),
    ("FitnessMachineControlPoint", fmcp.SetTargetHeartRate(heart_rate=150), "06 96"),
    ("FitnessMachineControlPoint", fmcp.StopOrPause(action=fmcp.StopAction.PAUSE), "08 02"),
    ("FitnessMachineControlPoint", fmcp.SetTargetedDistance(distance=5000), "0c 881300"),
    (
        "FitnessMachineControlPoint",
        fmcp.SetTargetedTimeInFiveHeartRateZones(very_light=1, light=2, moderate=3, hard=4, maximum=5),
        "10 0100 0200 0300 0400 0500",
    ),
    (
        "FitnessMachineControlPoint",
        fmcp.SetIndoorBikeSimulationParameters(
            wind_speed=2.5, grade=-1.25, rolling_resistance=0.004, wind_resistance=0.51
        ),
        "11 c409 83ff 28 33",
    ),
    ("FitnessMachineControlPoint", fmcp.SetWheelCircumference(circumference=2.105), "12 3a52"),
    ("FitnessMachineControlPoint", fmcp.SetTargetedCadence(cadence=90.5), "14 b500"),
    (
        "FitnessMachineControlPoint",
        fmcp.Response(
            request=fmcp.Opcode.SPIN_DOWN_CONTROL,
            result=fmcp.Result.SUCCESS,
            target_speed_low=8.0,
            target_speed_high=24.0,
        ),
        "80 13 01 2003 6009",
    ),
    (
        "FitnessMachineControlPoint",
        fmcp.Response(request=fmcp.Opcode.SET_TARGET_POWER, result=fmcp.Result.CONTROL_NOT_PERMITTED),
        "80 05 05",
    ),
    ("FitnessMachineStatus", fms.Reset(), "01"),
    ("FitnessMachineStatus", fms.StoppedOrPausedByUser(action=fmcp.StopAction.STOP), "02 01"),
    ("FitnessMachineStatus", fms.TargetSpeedChanged(speed=12.34), "05 d204"),
    ("FitnessMachineStatus", fms.TargetedTrainingTimeChanged(training_time=3600), "0e 100e"),
    (
        "FitnessMachineStatus",
        fms.IndoorBikeSimulationParametersChanged(
            wind_speed=2.5, grade=-1.25, rolling_resistance=0.004, wind_resistance=0.51
        ),
        "12 c409 83ff 28 33",
    ),
    ("FitnessMachineStatus", fms.SpinDownStatusChanged(status=fms.SpinDownState.STOP_PEDALING), "14 04"),
    ("FitnessMachineStatus", fms.ControlPermissionLost(), "ff"),
    (
        "FitnessMachineFeature",
        fmf.FitnessMachineFeature(
            machine=fmf.MachineFeature.CADENCE | fmf.MachineFeature.POWER_MEASUREMENT,
            target_setting=fmf.TargetSettingFeature.POWER | fmf.TargetSettingFeature.INDOOR_BIKE_SIMULATION,
        ),
        "02400000 08200000",
    ),
    ("TrainingStatus", ts.TrainingStatus(status=ts.TrainingState.MANUAL_MODE), "00 0d"),
    ("TrainingStatus", ts.TrainingStatus(status=ts.TrainingState.WATT_CONTROL, text="Hill"), "01 0c 48696c6c"),
    (
        "TrainingStatus",
        ts.TrainingStatus(status=ts.TrainingState.IDLE, text="Hi", extended_string=True),
        "03 01 4869",
    ),
    ("PlxSpotCheckMeasurement", plx.PlxSpotCheckMeasurement(spo2=98.0, pulse_rate=65.0), "00 6200 4100"),
    (
        "PlxSpotCheckMeasurement",
        plx.PlxSpotCheckMeasurement(
            clock_not_set=True,
            spo2=98.0,
            pulse_rate=65.0,
            timestamp=LEAP_DAY,
            measurement_status=plx.PlxMeasurementStatus.VALIDATED | plx.PlxMeasurementStatus.FULLY_QUALIFIED,
            device_status=plx.PlxDeviceStatus.LOW_PERFUSION,
            pulse_amplitude_index=2.5,
        ),
        f"1f 6200 4100 {LEAP_DAY_HEX} 8001 200000 19f0",
    ),
    (
        "PlxContinuousMeasurement",
        plx.PlxContinuousMeasurement(
            normal=plx.SpO2PulseRate(spo2=98.0, pulse_rate=65.0), slow=plx.SpO2PulseRate(spo2=97.0, pulse_rate=64.0)
        ),
        "02 6200 4100 6100 4000",
    ),
    ("PlxFeatures", plx.PlxFeatures(), "0000"),
    (
        "PlxFeatures",
        plx.PlxFeatures(
            measurement_storage=True,
            measurement_status=plx.PlxMeasurementStatus.VALIDATED,
            device_status=plx.PlxDeviceStatus.SENSOR_DISCONNECTED,
        ),
        "0700 8000 008000",
    ),
    ("HidInformation", hid.HidInformation(), "1101 00 02"),
    ("HidControlPoint", hid.HidControlPoint.EXIT_SUSPEND, "01"),
    ("ProtocolMode", hid.ProtocolMode.REPORT, "01"),
    ("Report", bytes.fromhex("0004"), "0004"),
    ("ReportMap", bytes.fromhex("05010906a101c0"), "05010906a101c0"),
    (
        "BootKeyboardInputReport",
        hid.BootKeyboardInputReport(modifiers=hid.Modifier.LEFT_SHIFT, keys=(4, 5, 0, 0, 0, 0)),
        "02 00 040500000000",
    ),
    (
        "BootKeyboardOutputReport",
        hid.BootKeyboardOutputReport(leds=hid.KeyboardLed.NUM_LOCK | hid.KeyboardLed.SCROLL_LOCK),
        "05",
    ),
    ("BootMouseInputReport", hid.BootMouseInputReport(buttons=hid.MouseButton.LEFT, x=-1, y=2), "01 ff 02"),
    ("ScanIntervalWindow", scps.ScanIntervalWindow(interval=0.06, window=0.03), "6000 3000"),
    ("ScanRefresh", scps.ScanRefresh.SERVER_REQUIRES_REFRESH, "00"),
    (
        "BondManagementControlPoint",
        bms.BondManagementControlPoint(operation=bms.BondOperation.DELETE_ALL_LE, authorization_code="07"),
        "06 3037",
    ),
    (
        "BondManagementFeature",
        bms.BondManagementFeature(
            features=bms.BondFeature.DELETE_REQUESTING_DEVICE_LE | bms.BondFeature.IDENTIFY_YOURSELF
        ),
        "100004",
    ),
    ("UserControlPoint", ucp.RegisterNewUser(consent_code=1234), "01 d204"),
    ("UserControlPoint", ucp.Consent(user_index=1, consent_code=9999), "02 01 0f27"),
    (
        "UserControlPoint",
        ucp.Response(request=ucp.Opcode.REGISTER_NEW_USER, result=ucp.Result.SUCCESS, user_index=3),
        "20 01 01 03",
    ),
    (
        "IndoorPositioningConfiguration",
        ips.IndoorPositioningConfiguration.COORDINATES | ips.IndoorPositioningConfiguration.LOCATION_NAME,
        "41",
    ),
    ("Latitude", -2, "feffffff"),
    ("Longitude", 0x01020304, "04030201"),
    ("LocalNorthCoordinate", -2, "feff"),
    ("LocalEastCoordinate", 0x0102, "0201"),
    ("FloorNumber", 21, "15"),
    ("Altitude", 10_000, "1027"),
    (
        "Uncertainty",  # 1, and 3 from bit 1 on, and 3 from bit 4 on: 1 + 6 + 48
        ips.Uncertainty(mobile=True, update_time=ips.UpdateTime.UP_TO_12_S, precision=ips.Precision.FROM_2_TO_5_M),
        "37",
    ),
    ("LocationName", "Hall é", "48616c6c20c3a9"),
    ("Uri", "http://a.b", "687474703a2f2f612e62"),
    ("HttpHeaders", b"A: b", "413a2062"),
    ("HttpStatusCode", hps.HttpStatusCode(status_code=404, data_status=hps.HttpDataStatus.BODY_RECEIVED), "9401 04"),
    ("HttpEntityBody", b"{}", "7b7d"),
    ("HttpControlPoint", hps.HttpControlPoint.HTTPS_GET, "06"),
    ("HttpsSecurity", True, "01"),
    (
        "OtsFeature",
        otsf.OtsFeature(
            action=otsf.ObjectActionFeature.READ | otsf.ObjectActionFeature.ABORT, listing=otsf.ObjectListFeature.ORDER
        ),
        "10020000 02000000",
    ),
    ("ObjectSize", ots.ObjectSize(current=1, allocated=65_536), "01000000 00000100"),
    ("ObjectProperties", ots.ObjectProperty.READ | ots.ObjectProperty.MARK, "84000000"),
    (
        "ObjectChanged",
        ots.ObjectChanged(change=ots.ObjectChange.BY_CLIENT | ots.ObjectChange.DELETED, object_id=0x100),
        "11 000100000000",
    ),
    ("ObjectActionControlPoint", oacp.Create(size=16, type=expand(0x2ACA)), "01 10000000 ca2a"),
    (
        "ObjectActionControlPoint",
        oacp.Create(size=16, type=uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")),
        "01 10000000 ffeeddccbbaa99887766554433221100",
    ),
    (
        "ObjectActionControlPoint",
        oacp.Write(offset=0, length=16, mode=oacp.WriteMode.TRUNCATE),
        "06 00000000 10000000 02",
    ),
    (
        "ObjectActionControlPoint",
        oacp.Response(request=oacp.Opcode.CALCULATE_CHECKSUM, result=oacp.Result.SUCCESS, checksum=0x01020304),
        "60 03 01 04030201",
    ),
    ("ObjectListControlPoint", olcp.First(), "01"),
    ("ObjectListControlPoint", olcp.GoTo(object_id=0x100), "05 000100000000"),
    ("ObjectListControlPoint", olcp.Order(by=olcp.SortOrder.TYPE_DESCENDING), "06 12"),
    (
        "ObjectListControlPoint",
        olcp.Response(request=olcp.Opcode.REQUEST_NUMBER_OF_OBJECTS, result=olcp.Result.SUCCESS, number_of_objects=3),
        "70 07 01 03000000",
    ),
    ("ObjectListFilter", olf.NoFilter(), "00"),
    ("ObjectListFilter", olf.NameContains(name="log"), "03 6c6f67"),
    ("ObjectListFilter", olf.CreatedBetween(first=LEAP_DAY, last=LEAP_DAY), f"06 {LEAP_DAY_HEX} {LEAP_DAY_HEX}"),
    ("ObjectListFilter", olf.CurrentSizeBetween(least=1, most=256), "08 01000000 00010000"),
    ("DeviceName", "Pulse", "50756c7365"),
    ("Appearance", gap.Appearance(category=13, subcategory=1), "4103"),
    ("PeripheralPrivacyFlag", False, "00"),
    ("ReconnectionAddress", bytes(range(6)), "000102030405"),
    (
        "PeripheralPreferredConnectionParameters",  # steps of 1.25 ms and 10 ms
        gap.PeripheralPreferredConnectionParameters(
            minimum_interval=0.02, maximum_interval=0.04, latency=4, supervision_timeout=6.0
        ),
        "1000 2000 0400 5802",
    ),
    (
        "PeripheralPreferredConnectionParameters",
        gap.PeripheralPreferredConnectionParameters(),
        "ffff ffff 0000 ffff",
    ),
    ("CentralAddressResolution", gap.CentralAddressResolution.SUPPORTED, "01"),
    ("ResolvablePrivateAddressOnly", gap.ResolvablePrivateAddressOnly.ONLY_RESOLVABLE, "00"),
    ("LeGattSecurityLevels", (gap.SecurityLevel(mode=1, level=2), gap.SecurityLevel(mode=1, level=4)), "0102 0104"),
    ("ServiceChanged", gatt.ServiceChanged(first=1, last=0xFFFF), "0100 ffff"),
    (
        "ClientSupportedFeatures",
        gatt.ClientSupportedFeatures(
            features=gatt.ClientFeature.ROBUST_CACHING | gatt.ClientFeature.MULTIPLE_NOTIFICATIONS
        ),
        "05",
    ),
    ("DatabaseHash", bytes(range(16)), "000102030405060708090a0b0c0d0e0f"),
    (
        "ServerSupportedFeatures",
        gatt.ServerSupportedFeatures(features=gatt.ServerFeature.ENHANCED_ATT_BEARER),
        "01",
    ),
    (
        "Digital",  # two bits a pin, the first in the lowest: 0 + 1·4 + 2·16 + 3·64
        (
            aio.FourDigitals(
                second=aio.DigitalState.ACTIVE,
                third=aio.DigitalState.TRISTATE,
                fourth=aio.DigitalState.OUTPUT_STATE,
            ),
            aio.FourDigitals(first=aio.DigitalState.ACTIVE),
        ),
        "e4 01",
    ),
    ("Analog", 0x0102, "0201"),
    ("Aggregate", bytes.fromhex("e40201"), "e4 0201"),
    (
        "DescriptorValueChanged",
        dvc.DescriptorValueChanged(
            change=dvc.DescriptorChange.BY_CLIENT | dvc.DescriptorChange.USER_DESCRIPTION,
            characteristic=expand(0x2A6E),
        ),
        "1100 6e2a",
    ),
    ("VolumeState", vcs.VolumeState(volume=128, mute=vcs.VolumeMute.MUTED, change_counter=255), "80 01 ff"),
    ("VolumeControlPoint", vcs.SetAbsoluteVolume(change_counter=7, volume=200), "04 07 c8"),
    ("VolumeControlPoint", vcs.MuteVolume(change_counter=7), "06 07"),
    ("VolumeFlags", vcs.VolumeFlags.USER_SET, "01"),
    ("VolumeOffsetState", vocs.VolumeOffsetState(offset=-255, change_counter=1), "01ff 01"),
    ("AudioLocation", pacs.AudioChannel.FRONT_LEFT | pacs.AudioChannel.RIGHT_SURROUND, "01000008"),
    ("VolumeOffsetControlPoint", vocs.SetVolumeOffset(change_counter=1, offset=255), "01 01 ff00"),
    ("AudioOutputDescription", "Left", "4c656674"),
    ("SinkAudioLocations", pacs.AudioChannel.FRONT_CENTER, "04000000"),
    ("SourceAudioLocations", pacs.AudioChannel(0), "00000000"),
    (
        "AvailableAudioContexts",
        pacs.AvailableAudioContexts(sink=pacs.AudioContext.MEDIA, source=pacs.AudioContext.EMERGENCY_ALARM),
        "0400 0008",
    ),
    (
        "SupportedAudioContexts",
        pacs.SupportedAudioContexts(sink=pacs.AudioContext(0x0FFF), source=pacs.AudioContext(0)),
        "ff0f 0000",
    ),
    (
        "AudioInputState",
        aics.AudioInputState(
            gain_setting=-3, mute=aics.Mute.MUTED, gain_mode=aics.GainMode.AUTOMATIC, change_counter=2
        ),
        "fd 01 03 02",
    ),
    ("GainSettingsAttribute", aics.GainSettingsAttribute(units=5, minimum=-20, maximum=20), "05 ec 14"),
    ("AudioInputType", aics.AudioInputType.MICROPHONE, "02"),
    ("AudioInputStatus", aics.AudioInputStatus.ACTIVE, "01"),
    ("AudioInputControlPoint", aics.SetGainSetting(change_counter=2, gain_setting=-3), "01 02 fd"),
    ("AudioInputDescription", "Mic", "4d6963"),
    ("Mute", aics.Mute.DISABLED, "02"),
    (
        "SetIdentityResolvingKey",
        csis.SetIdentityResolvingKey(type=csis.KeyType.PLAIN, key=bytes(range(16))),
        "01 000102030405060708090a0b0c0d0e0f",
    ),
    ("CoordinatedSetSize", 2, "02"),
    ("SetMemberLock", csis.SetMemberLock.LOCKED, "02"),
    ("SetMemberRank", 1, "01"),
    ("TmapRole", roles.TmapRole.UNICAST_MEDIA_SENDER | roles.TmapRole.BROADCAST_MEDIA_RECEIVER, "2400"),
    ("GmapRole", roles.GmapRole.UNICAST_GAME_TERMINAL | roles.GmapRole.BROADCAST_GAME_RECEIVER, "0a"),
    ("UggFeatures", roles.UggFeatures.MULTISINK, "04"),
    ("UgtFeatures", roles.UgtFeatures.SINK | roles.UgtFeatures.MULTISOURCE, "44"),
    ("BgsFeatures", roles.BgsFeatures.SOURCE_96_KBPS, "01"),
    ("BgrFeatures", roles.BgrFeatures.MULTIPLEX, "02"),
    (
        "HearingAidFeatures",  # 2, and bits 3 and 5
        roles.HearingAidFeatures(type=roles.HearingAidType.BANDED, independent_presets=True, writable_presets=True),
        "2a",
    ),
    ("ActivePresetIndex", 3, "03"),
    ("MediaPlayerName", "Hi-fi", "48692d6669"),
    ("MediaPlayerIconUrl", "a:b", "613a62"),
    ("TrackTitle", "Été", "c38974c3a9"),
    ("TrackDuration", 180.5, "82460000"),
    ("TrackDuration", None, "ffffffff"),
    ("TrackPosition", -1.5, "6affffff"),
    ("PlaybackSpeed", -64, "c0"),
    ("SeekingSpeed", 4, "04"),
    ("PlayingOrder", mcs.PlayingOrder.SHUFFLE_REPEAT, "0a"),
    (
        "PlayingOrdersSupported",
        mcs.PlayingOrdersSupported.SINGLE_ONCE | mcs.PlayingOrdersSupported.SHUFFLE_REPEAT,
        "0102",
    ),
    ("MediaState", mcs.MediaState.PAUSED, "02"),
    (
        "MediaControlPointOpcodesSupported",
        mcs.MediaControlPointOpcodesSupported.PLAY | mcs.MediaControlPointOpcodesSupported.GOTO_GROUP,
        "01001000",
    ),
    ("BearerProviderName", "ACME", "41434d45"),
    ("BearerUci", "skype", "736b797065"),
    ("BearerTechnology", tbs.BearerTechnology.GENERATION_5, "05"),
    ("BearerUriSchemesSupportedList", "tel,sip", "74656c2c736970"),
    ("BearerSignalStrength", 100, "64"),
    ("BearerSignalStrength", None, "ff"),
    ("BearerSignalStrengthReportingInterval", 10, "0a"),
    ("StatusFlags", tbs.StatusFlags.SILENT_MODE, "0200"),
    ("IncomingCallTargetBearerUri", tbs.IncomingCallTargetBearerUri(call_index=1, uri="tel:2"), "01 74656c3a32"),
    (
        "CallState",
        (
            tbs.Call(call_index=1, progress=tbs.CallProgress.ACTIVE, flags=tbs.CallFlags.OUTGOING),
            tbs.Call(call_index=2, progress=tbs.CallProgress.INCOMING),
        ),
        "01 03 01 02 00 00",
    ),
    ("CallControlPointOptionalOpcodes", tbs.CallControlPointOptionalOpcodes.JOIN, "0200"),
    ("TerminationReason", tbs.TerminationReason(call_index=1, reason=tbs.CallEnd.LINE_BUSY), "01 04"),
    ("IncomingCall", tbs.IncomingCall(call_index=1, uri="tel:2"), "01 74656c3a32"),
    ("CallFriendlyName", tbs.CallFriendlyName(call_index=1, name="Eve"), "01 457665"),
]


def crc(octets: bytes) -> bytes:
    """CRC-16/MCRF4XX bit by bit: polynomial 0x1021 and both ends reflected, all ones at first."""
    register = 0xFFFF
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    return register.to_bytes(2, "little")


@pytest.mark.parametrize(("name", "value", "octets"), CASES, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(CASES)])
def test_each_value_has_just_these_octets(name: str, value: Any, octets: str) -> None:
    """A value encodes to what the specification says, and these octets decode to the value."""
    assert encode(TYPES[name], value).hex(" ") == bytes.fromhex(octets).hex(" ")
    assert decode(TYPES[name], bytes.fromhex(octets)) == value


def test_no_type_is_without_a_case() -> None:
    """Every characteristic written by hand has octets worked out by hand."""
    assert TYPES.keys() == {name for name, _, _ in CASES}


def test_each_characteristic_is_written_once() -> None:
    """No two modules give the type of one characteristic, and all that a module names is there."""
    numbers = [number for module in MODULES for number in module.UUID_NUMBERS.values()]
    assert len(numbers) == len(set(numbers))
    assert len(numbers) >= 80
    for module in MODULES:
        assert all(hasattr(module, name) for name in module.__all__)
        offered = getattr(module, "ALSO_IN_SIG", module.__all__)
        assert module.UUID_NUMBERS.keys() <= set(offered) <= set(module.__all__)


OPERATIONS = [module for module in MODULES if any(isinstance(codec(TYPES[n]).kind, Union) for n in module.UUID_NUMBERS)]


@pytest.mark.parametrize("module", OPERATIONS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_control_point_lists_all_that_its_handler_needs(module: Any) -> None:
    """Every class of the module, every member of its unions, UnknownOperation among them; private is what has a _."""
    assert len(OPERATIONS) == 13
    defined = {name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    kinds = [codec(TYPES[name]).kind for name in module.UUID_NUMBERS]
    members = {member for kind in kinds if isinstance(kind, Union) for member in kind.by_type}
    wanted = {name for name in defined if not name.startswith("_")} | {member.__name__ for member in members}
    assert wanted <= set(module.__all__)
    assert {getattr(module, member.__name__) for member in members} == members


def test_gattschema_sig_has_none_of_the_names_that_say_too_little() -> None:
    """They are reached through their module; by themselves they belong to nothing."""
    for name in ("Opcode", "Result", "Response", "Reset", "SetCumulativeValue", "RequestControl", "UnknownOperation"):
        assert any(name in module.__all__ for module in OPERATIONS)
        assert not hasattr(sig, name)


def test_names_and_numbers_are_those_of_the_sig() -> None:
    """The type names are the SIG's in camel case; only two of the characteristics are not on its list any more."""
    from gattschema.sig._numbers.characteristics import NUMBERS as ASSIGNED  # noqa: PLC0415  (used here alone)

    assigned = {name.replace("_", ""): number for name, number in ASSIGNED.items()}
    unlisted = {name for name, number in NUMBERS.items() if assigned.get(name.lower()) != number}
    assert unlisted == {"Analog", "Digital"}


@pytest.mark.parametrize("module", MODULES, ids=[module.__name__.rpartition(".")[2] for module in MODULES])
def test_every_format_cites_its_section(module: Any) -> None:
    """Each module says where in which specification its formats stand."""
    text = importlib.util.find_spec(module.__name__).loader.get_source(module.__name__)
    for name in module.UUID_NUMBERS:
        place = max(text.find(f"class {name}("), text.find(f"class {name}:"), text.find(f"{name}: TypeAlias"))
        assert place >= 0, name
        cited = text[place:].split('"""')[1]
        assert "section" in cited or "Vol 3, Part" in cited, name


# --- what a table of octets does not show ------------------------------------------------------------------------


def test_the_crc_is_the_sigs() -> None:
    """The judge used here gives the catalogued check value of CRC-16/MCRF4XX."""
    assert crc(b"123456789") == (0x6F91).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("hint", "make", "octets"),
    [
        (cgm_session.CgmSessionRunTime, lambda: cgm_session.CgmSessionRunTime(run_time=336, e2e_crc=True), "5001"),
        (cgm.CgmStatus, lambda: cgm.CgmStatus(time_offset=1, e2e_crc=True), "0100000000"),
        (
            socp.CgmSpecificOpsControlPoint,
            lambda: socp.SetCommunicationInterval(interval=5, e2e_crc=True),
            "0105",
        ),
        (socp.CgmSpecificOpsControlPoint, lambda: socp.StartSession(e2e_crc=True), "1a"),
    ],
)
def test_the_crc_ends_a_value_that_has_one(hint: Any, make: Any, octets: str) -> None:
    """With e2e_crc the CRC over all before it ends the value; a wrong one is refused."""
    body = bytes.fromhex(octets)
    assert encode(hint, make()) == body + crc(body)
    assert decode(hint, body + crc(body)) == make()
    with pytest.raises(DecodeError):
        decode(hint, body + bytes(reversed(crc(body))))


def test_each_cgm_record_has_its_own_crc_and_counts_it() -> None:
    """The size of a record takes in its CRC, and the CRC takes in the size."""
    records = tuple(
        cgm.CgmMeasurementRecord(glucose_concentration=glucose, time_offset=5, e2e_crc=True) for glucose in (99.0, 98.0)
    )
    first, second = bytes.fromhex("08 00 6300 0500"), bytes.fromhex("08 00 6200 0500")
    assert encode(cgm.CgmMeasurement, records) == first + crc(first) + second + crc(second)
    assert decode(cgm.CgmMeasurement, first + crc(first) + second + crc(second)) == records
    mixed = bytes.fromhex("06 00 6300 0500") + second + crc(second)
    assert [record.e2e_crc for record in decode(cgm.CgmMeasurement, mixed)] == [False, True]


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("CgmMeasurement", ""),  # one record at least
        ("CyclingPowerControlPoint", ""),  # no opcode at all
        ("CyclingPowerControlPoint", "04 59"),  # half a length
        ("CyclingPowerControlPoint", "20 05 01"),  # it went well, but where is the length?
        ("FitnessMachineControlPoint", "00 00"),  # an operand where there is none
        ("FitnessMachineStatus", ""),
        ("ScanIntervalWindow", "0300 0300"),  # 2.5 ms at least
        ("UserControlPoint", "01 1027"),  # a consent code has four digits
        ("VolumeOffsetState", "00ff 00"),  # -256
        ("ObjectListFilter", "05 ca2a00"),  # a UUID of three octets
    ],
)
def test_what_is_no_value_is_refused(name: str, octets: str) -> None:
    """Octets that the specification does not allow raise a DecodeError."""
    with pytest.raises(DecodeError):
        decode(TYPES[name], bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (
            "CyclingPowerControlPoint",
            cpcp.Response(request=cpcp.Opcode.REQUEST_CRANK_LENGTH, result=cpcp.Result.SUCCESS),
        ),
        ("CyclingPowerControlPoint", fmcp.Reset()),
        ("CoordinatedSetSize", 0),
        ("HidControlPoint", 256),
    ],
)
def test_what_has_no_octets_is_refused(name: str, value: Any) -> None:
    """Values that the specification has no octets for raise an EncodeError."""
    with pytest.raises(EncodeError):
        encode(TYPES[name], value)


def test_reserved_numbers_survive() -> None:
    """A newer device's numbers and bits come back as they were."""
    for name, octets in {
        "TrainingStatus": "00 40",
        "IndoorPositioningConfiguration": "ff",
        "PlxFeatures": "00ff",
        "FitnessMachineFeature": "ffffffff ffffffff",
        "Uncertainty": "ff",
        "UserControlPoint": "20 07 09",
    }.items():
        raw = bytes.fromhex(octets)
        assert encode(TYPES[name], decode(TYPES[name], raw)) == raw, name


@pytest.mark.parametrize(
    "name",
    ["CyclingPowerControlPoint", "FitnessMachineControlPoint", "RecordAccessControlPoint", "UserControlPoint"],
)
def test_an_unknown_opcode_reaches_the_handler(name: str) -> None:
    """A control point answers an operation that it does not know with a response of its own, so it has to see it."""
    hint = sig.characteristic(name)
    operation = decode(hint, bytes.fromhex("7f0102"))
    assert operation == UnknownOperation(opcode=0x7F, operand=b"\x01\x02")
    assert encode(hint, operation) == bytes.fromhex("7f0102")
    assert opcode_of(operation) == 0x7F


def test_every_operation_has_an_opcode() -> None:
    """A response names the operation that it answers, known or not; what is no operation has none."""
    assert opcode_of(fmcp.RequestControl()) == fmcp.Opcode.REQUEST_CONTROL
    with pytest.raises(TypeError, match="is no operation"):
        opcode_of(b"\0")
