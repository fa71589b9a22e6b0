"""Object List Control Point (0x2AC6).

A handler tells operations apart with ``match`` and answers by giving the characteristic a ``Response``, which is
indicated. In a subclass of the service::

    from gattschema import opcode_of
    from gattschema.sig import object_list_control_point as cp

    @ObjectTransfer.object_list_control_point.on_write
    def _asked(self, operation: cp.ObjectListControlPoint) -> None:
        match operation:
            case cp.First():
                self.current = 0
                result = cp.Result.SUCCESS
            case _:  # what is not done here, and UnknownOperation: an opcode that is nobody's
                result = cp.Result.OPCODE_NOT_SUPPORTED
        self.object_list_control_point = cp.Response(request=cp.Opcode(opcode_of(operation)), result=result)
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.values import OpenEnum, UInt32, UInt48, UnknownOperation, When, struct

__all__ = [
    "ClearMarking",
    "First",
    "GoTo",
    "Last",
    "Next",
    "ObjectListControlPoint",
    "Opcode",
    "Order",
    "Previous",
    "RequestNumberOfObjects",
    "Response",
    "Result",
    "SortOrder",
    "UnknownOperation",
]

ALSO_IN_SIG = ("ObjectListControlPoint",)

UUID_NUMBERS = {"ObjectListControlPoint": 0x2AC6}


class Opcode(OpenEnum):
    """What is asked for."""

    FIRST = 0x01
    LAST = 0x02
    PREVIOUS = 0x03
    NEXT = 0x04
    GO_TO = 0x05
    ORDER = 0x06
    REQUEST_NUMBER_OF_OBJECTS = 0x07
    CLEAR_MARKING = 0x08
    RESPONSE = 0x70


class Result(OpenEnum):
    """How it ended."""

    SUCCESS = 0x01
    OPCODE_NOT_SUPPORTED = 0x02
    INVALID_PARAMETER = 0x03
    OPERATION_FAILED = 0x04
    OUT_OF_BOUNDS = 0x05
    TOO_MANY_OBJECTS = 0x06
    NO_OBJECT = 0x07
    OBJECT_ID_NOT_FOUND = 0x08


class SortOrder(OpenEnum):
    """What the list is sorted by."""

    NAME_ASCENDING = 0x01
    TYPE_ASCENDING = 0x02
    CURRENT_SIZE_ASCENDING = 0x03
    FIRST_CREATED_ASCENDING = 0x04
    LAST_MODIFIED_ASCENDING = 0x05
    NAME_DESCENDING = 0x11
    TYPE_DESCENDING = 0x12
    CURRENT_SIZE_DESCENDING = 0x13
    FIRST_CREATED_DESCENDING = 0x14
    LAST_MODIFIED_DESCENDING = 0x15


@struct(opcode=Opcode.FIRST)
class First:
    """Select the first object."""


@struct(opcode=Opcode.LAST)
class Last:
    """Select the last object."""


@struct(opcode=Opcode.PREVIOUS)
class Previous:
    """Select the object before this one."""


@struct(opcode=Opcode.NEXT)
class Next:
    """Select the object behind this one."""


@struct(opcode=Opcode.GO_TO)
class GoTo:
    """Select an object by its number."""

    object_id: UInt48


@struct(opcode=Opcode.ORDER)
class Order:
    """Sort the list."""

    by: SortOrder


@struct(opcode=Opcode.REQUEST_NUMBER_OF_OBJECTS)
class RequestNumberOfObjects:
    """Ask how many objects pass the filter."""


@struct(opcode=Opcode.CLEAR_MARKING)
class ClearMarking:
    """Take the marks off all objects that pass the filter."""


@struct(opcode=Opcode.RESPONSE)
class Response:
    """The answer to any of the others."""

    request: Opcode
    result: Result
    number_of_objects: Annotated[
        int | None,
        UInt32,
        When(field="request", equals=Opcode.REQUEST_NUMBER_OF_OBJECTS),
        When(field="result", equals=Result.SUCCESS),
    ] = None


ObjectListControlPoint: TypeAlias = (
    First | Last | Previous | Next | GoTo | Order | RequestNumberOfObjects | ClearMarking | Response | UnknownOperation
)
"""Which object is the current one (Object Transfer Service 1.0, section 3.4)."""
