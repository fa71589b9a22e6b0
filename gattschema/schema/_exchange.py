"""What a read and a write do to a service, without a word of D-Bus.

Both give their result at once when the handlers are ordinary functions, else an awaitable of it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from inspect import isawaitable
from typing import Any

import attrs

from gattschema.schema._att import (
    AttError,
    ErrorCode,
    InsufficientAuthorization,
    InvalidAttributeValueLength,
    ReadNotPermitted,
    Request,
    UnlikelyError,
    WriteNotPermitted,
)
from gattschema.schema._link import assigned, stored
from gattschema.schema._plan import FieldPlan, Handler
from gattschema.schema._service import Service
from gattschema.values import REFUSALS, LengthError

logger = logging.getLogger("gattschema.schema")

APPLICATION_ERROR = 0x80


def read(service: Service, field: FieldPlan, request: Request) -> bytes | Awaitable[bytes]:
    """Give the octets that a phone reads.

    Raises:
        AttError: the field is not readable, has no value, or its handlers refuse or fail.
    """
    if not field.readable:
        raise ReadNotPermitted(f"{field.name} is not readable")
    if field.on_authorize is None:
        return _read(service, field, request)
    allowed = authorize(service, field, request)
    return _read(service, field, request) if allowed is None else _read_later(service, field, request, allowed)


def _read(service: Service, field: FieldPlan, request: Request) -> bytes | Awaitable[bytes]:
    if field.on_read is None:
        return _encode(service, field, stored(service, field.index))
    try:
        value = _call(field.on_read, service, request)
        later = field.on_read.is_async or isawaitable(value)
        return _encode_later(service, field, value) if later else _encode(service, field, value)
    except Exception as error:
        _make_definite(service, field, error)
        raise


def _encode(service: Service, field: FieldPlan, value: Any) -> bytes:
    if value is attrs.NOTHING:
        logger.warning("%s: read before it has a value; the phone gets ATT error 0x80", place(service, field))
        raise AttError(APPLICATION_ERROR, f"{field.name} has no value yet")
    try:
        return field.codec.pack(value)
    except REFUSALS:
        raise field.codec.kind.refuse_value(value, place(service, field)) from None


async def _read_later(service: Service, field: FieldPlan, request: Request, allowed: Awaitable[None]) -> bytes:
    await allowed
    octets = _read(service, field, request)
    return octets if isinstance(octets, bytes) else await octets


async def _encode_later(service: Service, field: FieldPlan, value: Awaitable[Any]) -> bytes:
    try:
        return _encode(service, field, await value)
    except Exception as error:
        _make_definite(service, field, error)
        raise


def write(service: Service, field: FieldPlan, octets: bytes, request: Request) -> Awaitable[None] | None:
    """Decode what a phone wrote, hand it to the handler, then store it, unless it is a control point's request.

    Raises:
        AttError: the field is not writable, the octets are no value of its type, or its handlers refuse or fail;
            the field then keeps its value.
    """
    if not field.writable:
        raise WriteNotPermitted(f"{field.name} is not writable")
    if field.on_authorize is None:
        return _write(service, field, octets, request)
    allowed = authorize(service, field, request)
    if allowed is None:
        return _write(service, field, octets, request)
    return _write_later(service, field, octets, request, allowed)


def _write(service: Service, field: FieldPlan, octets: bytes, request: Request) -> Awaitable[None] | None:
    value = _decode(service, field, octets)
    try:
        if field.on_write is None:
            setattr(service, field.name, value)
            return None
        assigned(service).discard(field.index)
        done = _call(field.on_write, service, value, request)
        if field.on_write.is_async or (done is not None and isawaitable(done)):
            return _store_later(service, field, done, value)
        _store(service, field, value)
    except Exception as error:
        _make_definite(service, field, error)
        raise
    return None


async def _write_later(
    service: Service, field: FieldPlan, octets: bytes, request: Request, allowed: Awaitable[None]
) -> None:
    await allowed
    if (later := _write(service, field, octets, request)) is not None:
        await later


def _store(service: Service, field: FieldPlan, value: Any) -> None:
    """What the handler has assigned to the field itself stays."""
    if not field.is_control_point and field.index not in assigned(service):
        setattr(service, field.name, value)


async def _store_later(service: Service, field: FieldPlan, done: Awaitable[Any], value: Any) -> None:
    try:
        await done
        _store(service, field, value)
    except Exception as error:
        _make_definite(service, field, error)
        raise


def authorize(service: Service, field: FieldPlan, request: Request) -> Awaitable[None] | None:
    """Ask the handler whether the phone may.

    Raises:
        AttError: it may not.
    """
    if field.on_authorize is None:
        return None
    try:
        answer = _call(field.on_authorize, service, request)
        if isawaitable(answer):
            return _authorized_later(service, field, answer, request)
        _refuse_unless(answer, service, field, request)
    except Exception as error:
        _make_definite(service, field, error)
        raise
    return None


async def _authorized_later(service: Service, field: FieldPlan, answer: Awaitable[Any], request: Request) -> None:
    try:
        _refuse_unless(await answer, service, field, request)
    except Exception as error:
        _make_definite(service, field, error)
        raise


def _refuse_unless(answer: object, service: Service, field: FieldPlan, request: Request) -> None:
    if answer is not True:
        if answer is not False:
            logger.error("%s: on_authorize returned %r, neither True nor False", place(service, field), answer)
        who = request.device or "a phone that BlueZ does not name"
        raise InsufficientAuthorization(f"{who} may not {request.operation or 'use'} {place(service, field)}")


def _call(handler: Handler, *arguments: Any) -> Any:
    return handler.function(*(arguments if handler.takes_request else arguments[:-1]))


def place(service: Service, field: FieldPlan) -> str:
    """``Thermostat.setpoint``: a field, for errors and logs."""
    return f"{type(service).__name__}.{field.name}"


def _decode(service: Service, field: FieldPlan, octets: bytes) -> Any:
    try:
        return field.codec.unpack(octets)
    except REFUSALS:
        raise _refusal(service, field, octets) from None


def _refusal(service: Service, field: FieldPlan, octets: bytes) -> AttError:
    error = field.codec.kind.refuse_octets(octets, field.name)
    logger.info("%s: a phone wrote what is no value: %s", place(service, field), error)
    if isinstance(error, LengthError):
        return InvalidAttributeValueLength(str(error))
    return AttError(APPLICATION_ERROR, str(error))


def _make_definite(service: Service, field: FieldPlan, error: Exception) -> None:
    """Whatever goes wrong in a handler becomes one definite ATT error, and the log says why.

    Raises:
        UnlikelyError: *error* is no ATT error; the caller raises one that is again.
    """
    where = place(service, field)
    if isinstance(error, AttError):
        logger.info("%s: refused with %s", where, error, exc_info=error)
        return
    code = ErrorCode.UNLIKELY_ERROR
    logger.error("%s: the handler failed; the phone gets ATT error %#04x", where, code, exc_info=error)
    raise UnlikelyError(f"{where}: {error!r}") from error
