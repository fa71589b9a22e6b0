"""Device Information Service (0x180A)."""

from __future__ import annotations

from gattschema.schema import ABSENT, Read, Service, characteristic
from gattschema.sig._characteristics.firmware_revision_string import FirmwareRevisionString
from gattschema.sig._characteristics.hardware_revision_string import HardwareRevisionString
from gattschema.sig._characteristics.ieee_11073_20601_regulatory_certification_data_list import (
    Ieee1107320601RegulatoryCertificationDataList,
)
from gattschema.sig._characteristics.manufacturer_name_string import ManufacturerNameString
from gattschema.sig._characteristics.model_number_string import ModelNumberString
from gattschema.sig._characteristics.pnp_id import PnpId
from gattschema.sig._characteristics.serial_number_string import SerialNumberString
from gattschema.sig._characteristics.software_revision_string import SoftwareRevisionString
from gattschema.sig._characteristics.system_id import SystemId
from gattschema.sig._characteristics.udi_for_medical_devices import UdiForMedicalDevices

__all__ = ["DeviceInformation"]

SERVICES = {"DeviceInformation": 0x180A}


class DeviceInformation(Service, uuid=0x180A):
    """Who made the device, and which one it is; all of it optional (Device Information Service 1.1, section 3).

    bluetoothd serves one of its own, with the PnP ID alone, in front of it: ``DeviceID = false`` in its ``main.conf``
    takes that away.
    """

    manufacturer_name_string: Read[ManufacturerNameString] = characteristic(default=ABSENT)
    model_number_string: Read[ModelNumberString] = characteristic(default=ABSENT)
    serial_number_string: Read[SerialNumberString] = characteristic(default=ABSENT)
    hardware_revision_string: Read[HardwareRevisionString] = characteristic(default=ABSENT)
    firmware_revision_string: Read[FirmwareRevisionString] = characteristic(default=ABSENT)
    software_revision_string: Read[SoftwareRevisionString] = characteristic(default=ABSENT)
    system_id: Read[SystemId] = characteristic(default=ABSENT)
    ieee_11073_20601_regulatory_certification_data_list: Read[Ieee1107320601RegulatoryCertificationDataList] = (
        characteristic(default=ABSENT)
    )
    pnp_id: Read[PnpId] = characteristic(default=ABSENT)
    udi_for_medical_devices: Read[UdiForMedicalDevices] = characteristic(default=ABSENT)
