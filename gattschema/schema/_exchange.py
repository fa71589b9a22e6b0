"""What a read and a write do to a service, without a word of D-Bus.

Both give their result at once when the handler is an ordinary function, else an awaitable of it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from inspect import isawaitable
from typing import Any

import attrs

from gattschema.schema._att import AttError, ErrorCode, Request
from gattschema.schema._plan import CharacteristicPlan, Handler
from gattschema.schema._properties import WRITES, Property
from gattschema.schema._service import Service, stored
from gattschema.values import DecodeError, LengthError

logger = logging.getLogger("gattschema.schema")

APPLICATION_ERROR = 0x80


def read(service: Service, field: CharacteristicPlan, request: Request) -> bytes | Awaitable[bytes]:
    """Give the octets that a phone reads.

    Raises:
        AttError: the field is not readable, has no value, or its handler refuses or fails.
    """
    if not field.properties & Property.READ:
        raise AttError(ErrorCode.READ_NOT_PERMITTED, f"{field.name} is not readable")
    if field.on_read is None:
        value = stored(service, field.index)
        if value is attrs.NOTHING:
            logger.warning("%s: read before it has a value; the phone gets ATT error 0x80", _place(service, field))
            raise AttError(APPLICATION_ERROR, f"{field.name} has no value yet")
        return field.codec.encode(value, _place(service, field))
    with _Definite(service, field):
        value = _call(field.on_read, service, request)
        return (
            _encode_later(service, field, value)
            if isawaitable(value)
            else field.codec.encode(value, _place(service, field))
        )
    raise AssertionError  # the guard above never swallows


async def _encode_later(service: Service, field: CharacteristicPlan, value: Awaitable[Any]) -> bytes:
    with _Definite(service, field):
        return field.codec.encode(await value, _place(service, field))
    raise AssertionError  # the guard above never swallows


def write(service: Service, field: CharacteristicPlan, octets: bytes, request: Request) -> Awaitable[None] | None:
    """Decode what a phone wrote, hand it to the handler, then store it, unless it is a control point's request.

    Raises:
        AttError: the field is not writable, the octets are no value of its type, or its handler refuses or fails;
            the field then keeps its value.
    """
    if not field.properties & WRITES:
        raise AttError(ErrorCode.WRITE_NOT_PERMITTED, f"{field.name} is not writable")
    value = _decode(field, octets)
    with _Definite(service, field):
        done = _call(field.on_write, service, value, request) if field.on_write else None
        if isawaitable(done):
            return _store_later(service, field, done, value)
        _store(service, field, value)
    return None


def _store(service: Service, field: CharacteristicPlan, value: Any) -> None:
    if not field.is_control_point:
        setattr(service, field.name, value)


async def _store_later(service: Service, field: CharacteristicPlan, done: Awaitable[Any], value: Any) -> None:
    with _Definite(service, field):
        await done
        _store(service, field, value)


def _call(handler: Handler, *arguments: Any) -> Any:
    return handler.function(*(arguments if handler.takes_request else arguments[:-1]))


def _place(service: Service, field: CharacteristicPlan) -> str:
    return f"{type(service).__name__}.{field.name}"


def _decode(field: CharacteristicPlan, octets: bytes) -> Any:
    try:
        return field.codec.decode(octets, field.name)
    except LengthError as error:
        raise AttError(ErrorCode.INVALID_ATTRIBUTE_VALUE_LENGTH, str(error)) from None
    except DecodeError as error:
        raise AttError(APPLICATION_ERROR, str(error)) from None


@attrs.frozen
class _Definite:
    """Around a handler: whatever goes wrong in it becomes one definite ATT error, and the log says why."""

    service: Service
    field: CharacteristicPlan

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        place = _place(self.service, self.field)
        if isinstance(error, AttError):
            logger.info("%s: refused with %s", place, error, exc_info=error)
        elif isinstance(error, Exception):
            code = ErrorCode.UNLIKELY_ERROR
            logger.error("%s: the handler failed; the phone gets ATT error %#04x", place, code, exc_info=error)
            raise AttError(code, f"{place}: {error!r}") from error
