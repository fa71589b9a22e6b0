"""Object Transfer Service (0x1825)."""

from __future__ import annotations

from gattschema.schema import ABSENT, Indicate, Read, ReadWrite, Service, WriteIndicate, characteristic
from gattschema.sig._characteristics.object_first_created import ObjectFirstCreated
from gattschema.sig._characteristics.object_id import ObjectId
from gattschema.sig._characteristics.object_last_modified import ObjectLastModified
from gattschema.sig._characteristics.object_name import ObjectName
from gattschema.sig._characteristics.object_type import ObjectType
from gattschema.sig._manual.object_action_control_point import ObjectActionControlPoint
from gattschema.sig._manual.object_list_control_point import ObjectListControlPoint
from gattschema.sig._manual.object_list_filter import ObjectListFilter
from gattschema.sig._manual.object_metadata import ObjectChanged, ObjectProperties, ObjectSize
from gattschema.sig._manual.ots_feature import OtsFeature

__all__ = ["ObjectTransfer"]

SERVICES = {"ObjectTransfer": 0x1825}


class ObjectTransfer(Service, uuid=0x1825):
    """Files, one of which is the current one (Object Transfer Service 1.0, section 3); all encrypted.

    Their contents go over an L2CAP channel, which is not the library's matter.
    """

    ots_feature: Read[OtsFeature] = characteristic(security="encrypted")
    object_name: Read[ObjectName] = characteristic(default=ABSENT, security="encrypted")
    object_type: Read[ObjectType] = characteristic(security="encrypted")
    object_size: Read[ObjectSize] = characteristic(security="encrypted")
    object_first_created: Read[ObjectFirstCreated] = characteristic(default=ABSENT, security="encrypted")
    object_last_modified: Read[ObjectLastModified] = characteristic(default=ABSENT, security="encrypted")
    object_id: Read[ObjectId] = characteristic(default=ABSENT, security="encrypted")
    object_properties: Read[ObjectProperties] = characteristic(security="encrypted")
    object_action_control_point: WriteIndicate[ObjectActionControlPoint] = characteristic(
        init=False, security="encrypted"
    )
    object_list_control_point: WriteIndicate[ObjectListControlPoint] = characteristic(
        default=ABSENT, security="encrypted"
    )
    """Mandatory where there are several objects, with names and numbers."""
    object_list_filter: ReadWrite[ObjectListFilter] = characteristic(default=ABSENT, security="encrypted")
    object_changed: Indicate[ObjectChanged] = characteristic(default=ABSENT, security="encrypted")
