"""What a handler learns of a request, and how it refuses one."""

from __future__ import annotations

import enum
from typing import Any, ClassVar, Literal, TypeAlias

import attrs
from typing_extensions import override

APPLICATION_ERRORS = range(0x80, 0xA0)


class ErrorCode(enum.IntEnum):
    """What BlueZ can put on the air besides the application's own (Core Specification, Vol 3, Part F, 3.4.1.1)."""

    READ_NOT_PERMITTED = 0x02
    WRITE_NOT_PERMITTED = 0x03
    REQUEST_NOT_SUPPORTED = 0x06
    INVALID_OFFSET = 0x07
    INSUFFICIENT_AUTHORIZATION = 0x08
    INVALID_ATTRIBUTE_VALUE_LENGTH = 0x0D
    UNLIKELY_ERROR = 0x0E
    IMPROPERLY_CONFIGURED = 0xFD
    PROCEDURE_ALREADY_IN_PROGRESS = 0xFE


class AttError(Exception):
    """Raise it in a handler to refuse a request: the phone gets *code*, the log gets *reason*.

    0x80 … 0x9F are the application's own; BlueZ before 5.66 makes 0x80 of each. The others that BlueZ passes on have
    classes of their own, such as :class:`InvalidOffset`; any further code raises ``ValueError`` with a list of them.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        is_number = hasattr(code, "__index__")
        if not is_number or (code not in APPLICATION_ERRORS and code not in set(ErrorCode)):
            named = ", ".join(f"{known:#04x} {known.name.replace('_', ' ').title()}" for known in ErrorCode)
            shown = f"{code:#04x}" if is_number else repr(code)
            raise ValueError(f"ATT error {shown} cannot be sent through BlueZ; allowed: 0x80 … 0x9f, {named}")
        super().__init__(f"ATT error {code:#04x}{': ' if reason else ''}{reason}")
        self.code = code
        self.reason = reason

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return AttError, (self.code, self.reason)


class _Named(AttError):
    """An ATT error that the specification names: its class is its code."""

    number: ClassVar[ErrorCode]

    def __init__(self, reason: str = "") -> None:
        super().__init__(self.number, reason)

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason,)


class ReadNotPermitted(_Named):
    """0x02: the attribute cannot be read."""

    number = ErrorCode.READ_NOT_PERMITTED


class WriteNotPermitted(_Named):
    """0x03: the attribute cannot be written."""

    number = ErrorCode.WRITE_NOT_PERMITTED


class RequestNotSupported(_Named):
    """0x06: the server does not support what is asked for."""

    number = ErrorCode.REQUEST_NOT_SUPPORTED


class InvalidOffset(_Named):
    """0x07: the offset is behind the end of the value."""

    number = ErrorCode.INVALID_OFFSET


class InsufficientAuthorization(_Named):
    """0x08: this phone may not do that."""

    number = ErrorCode.INSUFFICIENT_AUTHORIZATION


class InvalidAttributeValueLength(_Named):
    """0x0D: the octets are too few or too many."""

    number = ErrorCode.INVALID_ATTRIBUTE_VALUE_LENGTH


class UnlikelyError(_Named):
    """0x0E: something went wrong for which there is no other code."""

    number = ErrorCode.UNLIKELY_ERROR


class ImproperlyConfigured(_Named):
    """0xFD: the phone has to subscribe first (Core Specification Supplement, Part B, 1.2).

    BlueZ has it from 5.76 on; an older one sends 0x0E in its place.
    """

    number = ErrorCode.IMPROPERLY_CONFIGURED


class ProcedureAlreadyInProgress(_Named):
    """0xFE: an earlier request is still being worked on (Core Specification Supplement, Part B, 1.2)."""

    number = ErrorCode.PROCEDURE_ALREADY_IN_PROGRESS


RequestedOperation: TypeAlias = Literal["", "read", "write"]


@attrs.frozen
class Request:
    """Who asks for what, and over what: the optional last argument of a handler."""

    device: str = ""
    """The phone's address, ``AA:BB:CC:DD:EE:FF``; empty if BlueZ does not say."""
    mtu: int = 0
    """The ATT MTU in octets; 0 if BlueZ does not say."""
    link: str = ""
    """``LE`` or ``BR/EDR``; empty if BlueZ does not say."""
    operation: RequestedOperation = ""
    """``read`` or ``write``."""
