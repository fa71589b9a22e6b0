"""Declarations and their compiler: annotated classes in, frozen plans out. Knows nothing of D-Bus."""

from gattschema.schema._assigned import snake_case
from gattschema.schema._att import APPLICATION_ERRORS, AttError, ErrorCode, Request
from gattschema.schema._characteristic import (
    Broadcast,
    Characteristic,
    Indicate,
    Notify,
    Read,
    ReadIndicate,
    ReadNotify,
    ReadWrite,
    ReadWriteIndicate,
    ReadWriteNotify,
    Write,
    WriteIndicate,
    WriteNotify,
    WriteWithoutResponse,
    characteristic,
)
from gattschema.schema._exchange import read, write
from gattschema.schema._plan import CharacteristicPlan, Descriptor, DescriptorPlan, Handler, Origin, Policy, ServicePlan
from gattschema.schema._presence import ABSENT, PRESENT
from gattschema.schema._properties import Level, Property, Security
from gattschema.schema._service import Push, Service, plan, pushes, set_push, stored
from gattschema.schema._uuids import UuidLike, expand, parse_uuid, short_uuid

__all__ = [
    "ABSENT",
    "APPLICATION_ERRORS",
    "PRESENT",
    "AttError",
    "Broadcast",
    "Characteristic",
    "CharacteristicPlan",
    "Descriptor",
    "DescriptorPlan",
    "ErrorCode",
    "Handler",
    "Indicate",
    "Level",
    "Notify",
    "Origin",
    "Policy",
    "Property",
    "Push",
    "Read",
    "ReadIndicate",
    "ReadNotify",
    "ReadWrite",
    "ReadWriteIndicate",
    "ReadWriteNotify",
    "Request",
    "Security",
    "Service",
    "ServicePlan",
    "UuidLike",
    "Write",
    "WriteIndicate",
    "WriteNotify",
    "WriteWithoutResponse",
    "characteristic",
    "expand",
    "parse_uuid",
    "plan",
    "pushes",
    "read",
    "set_push",
    "short_uuid",
    "snake_case",
    "stored",
    "write",
]
