"""Adapters and the devices they know, without a word of D-Bus."""

from gattschema.link._adapter import Adapter, check_wanted
from gattschema.link._advertising import AdvertisingCapabilities
from gattschema.link._device import Device
from gattschema.link._remote import AdapterRemote, DeviceRemote, Ears, Remote, Typed

__all__ = [
    "Adapter",
    "AdapterRemote",
    "AdvertisingCapabilities",
    "Device",
    "DeviceRemote",
    "Ears",
    "Remote",
    "Typed",
    "check_wanted",
]
