"""LN Control Point (0x2A6B).

A handler tells operations apart with ``match`` and answers by giving the characteristic a ``Response``, which is
indicated. In a subclass of the service::

    from gattschema import opcode_of
    from gattschema.sig import ln_control_point as cp

    @LocationAndNavigation.ln_control_point.on_write
    def _asked(self, operation: cp.LnControlPoint) -> None:
        match operation:
            case cp.SelectRoute(route=route):
                self.route = route
                result = cp.Result.SUCCESS
            case _:  # what is not done here, and UnknownOperation: an opcode that is nobody's
                result = cp.Result.OPCODE_NOT_SUPPORTED
        self.ln_control_point = cp.Response(request=cp.Opcode(opcode_of(operation)), result=result)
"""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import OpenEnum, Scale, SInt24, UInt8, UInt16, UInt24, Unit, UnknownOperation, Utf8, When, struct

__all__ = [
    "LnControlPoint",
    "LocationContent",
    "MaskLocationAndSpeedContent",
    "NavigationCommand",
    "NavigationControl",
    "Opcode",
    "RequestNameOfRoute",
    "RequestNumberOfRoutes",
    "Response",
    "Result",
    "SelectRoute",
    "SetCumulativeValue",
    "SetElevation",
    "SetFixRate",
    "UnknownOperation",
]

ALSO_IN_SIG = ("LnControlPoint", "LocationContent", "NavigationCommand")

UUID_NUMBERS = {"LnControlPoint": 0x2A6B}


class Opcode(OpenEnum):
    """What is asked for."""

    SET_CUMULATIVE_VALUE = 0x01
    MASK_LOCATION_AND_SPEED_CONTENT = 0x02
    NAVIGATION_CONTROL = 0x03
    REQUEST_NUMBER_OF_ROUTES = 0x04
    REQUEST_NAME_OF_ROUTE = 0x05
    SELECT_ROUTE = 0x06
    SET_FIX_RATE = 0x07
    SET_ELEVATION = 0x08
    RESPONSE = 0x20


class Result(OpenEnum):
    """How it ended."""

    SUCCESS = 0x01
    OPCODE_NOT_SUPPORTED = 0x02
    INVALID_OPERAND = 0x03
    OPERATION_FAILED = 0x04


class LocationContent(enum.IntFlag):
    """Fields to leave out of Location and Speed."""

    INSTANTANEOUS_SPEED = 0x0001
    TOTAL_DISTANCE = 0x0002
    LOCATION = 0x0004
    ELEVATION = 0x0008
    HEADING = 0x0010
    ROLLING_TIME = 0x0020
    UTC_TIME = 0x0040


class NavigationCommand(OpenEnum):
    """What becomes of the navigation along the route."""

    STOP = 0
    START = 1
    PAUSE = 2
    RESUME = 3
    SKIP_WAYPOINT = 4
    START_AT_NEAREST_WAYPOINT = 5


@struct(opcode=Opcode.SET_CUMULATIVE_VALUE)
class SetCumulativeValue:
    """Set the distance travelled so far."""

    total_distance: Annotated[float, UInt24, Scale(decimal=-1), Unit.METRE]


@struct(opcode=Opcode.MASK_LOCATION_AND_SPEED_CONTENT)
class MaskLocationAndSpeedContent:
    """Say which fields Location and Speed leaves out."""

    content: Annotated[LocationContent, UInt16]


@struct(opcode=Opcode.NAVIGATION_CONTROL)
class NavigationControl:
    """Start, stop, pause or resume the navigation."""

    command: NavigationCommand


@struct(opcode=Opcode.REQUEST_NUMBER_OF_ROUTES)
class RequestNumberOfRoutes:
    """Ask how many routes are stored."""


@struct(opcode=Opcode.REQUEST_NAME_OF_ROUTE)
class RequestNameOfRoute:
    """Ask for the name of a stored route."""

    route: UInt16


@struct(opcode=Opcode.SELECT_ROUTE)
class SelectRoute:
    """Choose the stored route to navigate along."""

    route: UInt16


@struct(opcode=Opcode.SET_FIX_RATE)
class SetFixRate:
    """Set how often the position is fixed."""

    fix_rate: UInt8


@struct(opcode=Opcode.SET_ELEVATION)
class SetElevation:
    """Set the elevation, where the sensor derives it from the air's pressure."""

    elevation: Annotated[float, SInt24, Scale(decimal=-2), Unit.METRE]


_SUCCESS = When(field="result", equals=Result.SUCCESS)
"""What an answer carries when it went well."""


@struct(opcode=Opcode.RESPONSE)
class Response:
    """The answer to any of the others; it carries what was requested."""

    request: Opcode
    result: Result
    number_of_routes: Annotated[
        int | None, UInt16, When(field="request", equals=Opcode.REQUEST_NUMBER_OF_ROUTES), _SUCCESS
    ] = None
    name_of_route: Annotated[
        str, Utf8(max=507), When(field="request", equals=Opcode.REQUEST_NAME_OF_ROUTE), _SUCCESS
    ] = ""


LnControlPoint: TypeAlias = (
    SetCumulativeValue
    | MaskLocationAndSpeedContent
    | NavigationControl
    | RequestNumberOfRoutes
    | RequestNameOfRoute
    | SelectRoute
    | SetFixRate
    | SetElevation
    | Response
    | UnknownOperation
)
"""Settings and routes of a navigation sensor (Location and Navigation Service 1.0, section 3.4)."""
