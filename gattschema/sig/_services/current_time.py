"""Current Time (0x1805), Reference Time Update (0x1806) and Next DST Change (0x1807) Services."""

from __future__ import annotations

from gattschema.schema import ABSENT, Read, ReadNotify, Service, WriteWithoutResponse, characteristic
from gattschema.sig._characteristics.current_time import CurrentTime
from gattschema.sig._characteristics.local_time_information import LocalTimeInformation
from gattschema.sig._characteristics.reference_time_information import ReferenceTimeInformation
from gattschema.sig._characteristics.time_update_control_point import TimeUpdateControlPoint
from gattschema.sig._characteristics.time_update_state import TimeUpdateState
from gattschema.sig._characteristics.time_with_dst import TimeWithDst

__all__ = ["CurrentTimeService", "NextDstChange", "ReferenceTimeUpdate"]

SERVICES = {"CurrentTimeService": 0x1805, "ReferenceTimeUpdate": 0x1806, "NextDstChange": 0x1807}


class CurrentTimeService(Service, uuid=0x1805):
    """What time it is (Current Time Service 1.1, section 3).

    A subclass may let clients set the time: ``current_time: ReadWriteNotify[CurrentTime]``.
    """

    current_time: ReadNotify[CurrentTime]
    local_time_information: Read[LocalTimeInformation] = characteristic(default=ABSENT)
    reference_time_information: Read[ReferenceTimeInformation] = characteristic(default=ABSENT)


class ReferenceTimeUpdate(Service, uuid=0x1806):
    """Asks the device to set its clock by its reference (Reference Time Update Service 1.0, section 3)."""

    time_update_control_point: WriteWithoutResponse[TimeUpdateControlPoint] = characteristic(init=False)
    time_update_state: Read[TimeUpdateState]


class NextDstChange(Service, uuid=0x1807):
    """When daylight saving time begins or ends (Next DST Change Service 1.0, section 3)."""

    time_with_dst: Read[TimeWithDst]
