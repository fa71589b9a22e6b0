"""What a handler learns of a request, and how it refuses one."""

from __future__ import annotations

import enum
from typing import Any

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
    PROCEDURE_ALREADY_IN_PROGRESS = 0xFE


class AttError(Exception):
    """Raise it in a handler to refuse a request: the phone gets *code*, the log gets *reason*.

    0x80 … 0x9F are the application's own; of the others BlueZ passes on those in the message of the ``ValueError`` that
    any further code raises.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        if code not in APPLICATION_ERRORS and code not in set(ErrorCode):
            named = ", ".join(f"{known:#04x} {known.name.replace('_', ' ').title()}" for known in ErrorCode)
            shown = f"{code:#04x}" if hasattr(code, "__index__") else repr(code)
            raise ValueError(f"ATT error {shown} cannot be sent through BlueZ; allowed: 0x80 … 0x9f, {named}")
        super().__init__(f"ATT error {code:#04x}{': ' if reason else ''}{reason}")
        self.code = code
        self.reason = reason

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.reason)


@attrs.frozen
class Request:
    """Who asks, and over what: the optional last argument of a handler."""

    device: str = ""
    """The phone's address, ``AA:BB:CC:DD:EE:FF``; empty if BlueZ does not say."""
    mtu: int = 0
    """The ATT MTU in octets; 0 if BlueZ does not say."""
    link: str = ""
    """``LE`` or ``BR/EDR``; empty if BlueZ does not say."""
