"""What a control point makes of an opcode that it does not know."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from gattschema.values._struct import struct
from gattschema.values._types import Octets, UInt8


@struct
class UnknownOperation:
    """An operation that no other struct of the union is: a member that lets a handler answer "not supported".

    >>> ControlPoint: TypeAlias = Reset | SetTarget | UnknownOperation
    """

    __gatt_any_opcode__: ClassVar[bool] = True

    opcode: UInt8
    operand: Annotated[bytes, Octets(max=511)] = b""


def opcode_of(operation: object) -> int:
    """Give the opcode of an operation: of a struct with an opcode, or of an ``UnknownOperation``.

    >>> Response(request=Opcode(opcode_of(operation)), result=Result.NOT_SUPPORTED)

    Raises:
        TypeError: it is no operation.
    """
    if isinstance(operation, UnknownOperation):
        return operation.opcode
    shape: Any = getattr(operation, "__gatt_struct__", None)
    if shape is None or not shape.opcode:
        raise TypeError(f"{operation!r} is no operation: a value of a class decorated with @struct(opcode=…)")
    return int.from_bytes(shape.opcode, "little")
