"""What a control point makes of an opcode that it does not know."""

from __future__ import annotations

from typing import Annotated, ClassVar

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
