"""Object Action Control Point (0x2AC5).

A handler tells operations apart with ``match`` and answers by giving the characteristic a ``Response``, which is
indicated. In a subclass of the service::

    from gattschema import opcode_of
    from gattschema.sig import object_action_control_point as cp

    @ObjectTransfer.object_action_control_point.on_write
    def _asked(self, operation: cp.ObjectActionControlPoint) -> None:
        match operation:
            case cp.Abort():
                self.sending = False
                result = cp.Result.SUCCESS
            case _:  # what is not done here, and UnknownOperation: an opcode that is nobody's
                result = cp.Result.OPCODE_NOT_SUPPORTED
        self.object_action_control_point = cp.Response(request=cp.Opcode(opcode_of(operation)), result=result)
"""

from __future__ import annotations

import enum
import uuid
from typing import Annotated, TypeAlias

from gattschema.values import AnyUuid, Octets, OpenEnum, UInt32, UnknownOperation, When, struct

__all__ = [
    "Abort",
    "CalculateChecksum",
    "Create",
    "Delete",
    "Execute",
    "ObjectActionControlPoint",
    "Opcode",
    "Read",
    "Response",
    "Result",
    "UnknownOperation",
    "Write",
    "WriteMode",
]

ALSO_IN_SIG = ("ObjectActionControlPoint",)

UUID_NUMBERS = {"ObjectActionControlPoint": 0x2AC5}


class Opcode(OpenEnum):
    """What is asked for."""

    CREATE = 0x01
    DELETE = 0x02
    CALCULATE_CHECKSUM = 0x03
    EXECUTE = 0x04
    READ = 0x05
    WRITE = 0x06
    ABORT = 0x07
    RESPONSE = 0x60


class Result(OpenEnum):
    """How it ended."""

    SUCCESS = 0x01
    OPCODE_NOT_SUPPORTED = 0x02
    INVALID_PARAMETER = 0x03
    INSUFFICIENT_RESOURCES = 0x04
    INVALID_OBJECT = 0x05
    CHANNEL_UNAVAILABLE = 0x06
    UNSUPPORTED_TYPE = 0x07
    PROCEDURE_NOT_PERMITTED = 0x08
    OBJECT_LOCKED = 0x09
    OPERATION_FAILED = 0x0A


class WriteMode(enum.IntFlag):
    """What becomes of the octets behind those written."""

    TRUNCATE = 0x02


@struct(opcode=Opcode.CREATE)
class Create:
    """Make an object and select it."""

    size: UInt32
    type: Annotated[uuid.UUID, AnyUuid]


@struct(opcode=Opcode.DELETE)
class Delete:
    """Delete the current object."""


@struct(opcode=Opcode.CALCULATE_CHECKSUM)
class CalculateChecksum:
    """Ask for the CRC-32 of a part of the current object."""

    offset: UInt32
    length: UInt32


@struct(opcode=Opcode.EXECUTE)
class Execute:
    """Run the current object."""

    parameter: Annotated[bytes, Octets(max=511)] = b""


@struct(opcode=Opcode.READ)
class Read:
    """Send a part of the current object over the object channel."""

    offset: UInt32
    length: UInt32


@struct(opcode=Opcode.WRITE)
class Write:
    """Take a part of the current object from the object channel."""

    offset: UInt32
    length: UInt32
    mode: WriteMode = WriteMode(0)


@struct(opcode=Opcode.ABORT)
class Abort:
    """Stop what is under way."""


_SUCCESS = When(field="result", equals=Result.SUCCESS)
"""What an answer carries when it went well."""


@struct(opcode=Opcode.RESPONSE)
class Response:
    """The answer to any of the others; it carries what was requested."""

    request: Opcode
    result: Result
    checksum: Annotated[int | None, UInt32, When(field="request", equals=Opcode.CALCULATE_CHECKSUM), _SUCCESS] = None
    execution: Annotated[bytes, Octets(max=505), When(field="request", equals=Opcode.EXECUTE), _SUCCESS] = b""


ObjectActionControlPoint: TypeAlias = (
    Create | Delete | CalculateChecksum | Execute | Read | Write | Abort | Response | UnknownOperation
)
"""What to do with the current object (Object Transfer Service 1.0, section 3.3)."""
