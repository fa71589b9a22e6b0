"""From what programs write to what is kept: each converter says where the value is, what it is and what to write."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType, UnionType
from typing import Any, Literal, TypeAlias, cast, get_args
from uuid import UUID

from gattschema.advertising._structures import LONGEST_DATA
from gattschema.schema import Service, UuidLike, expand, parse_uuid, plan
from gattschema.schema._assigned import named_number, similar_service
from gattschema.values import Fault, encode

Convert: TypeAlias = Callable[[Any, str], Any]
"""Value and place (``Hall.name``) to what is kept; raises TypeError or ValueError."""

ServiceLike: TypeAlias = UuidLike | type[Service] | Service
"""What a service is told by: its class, an instance, a UUID in any usual spelling, or the SIG's name."""
Include: TypeAlias = Literal["tx-power", "local-name", "rsi"]
Channel: TypeAlias = Literal["1M", "2M", "Coded"]

_LONGEST_SECONDS = 0xFFFF
_SHORTEST_INTERVAL, _LONGEST_INTERVAL = 0.02, 10_485.0
_LAST_COMPANY = 0xFFFF
_APPEARANCES = range(0xFFFF)
_POWERS = range(-127, 21)
_TYPES = range(1, 0x100)

_INSTEAD: Mapping[int, str] = {
    0x01: "discoverable=",
    **dict.fromkeys((0x02, 0x03, 0x04, 0x05, 0x06, 0x07), "services="),
    **dict.fromkeys((0x08, 0x09), "name="),
    0x0A: 'include=["tx-power"]',
    **dict.fromkeys((0x14, 0x15, 0x1F), "solicited="),
    **dict.fromkeys((0x16, 0x20, 0x21), "service_data="),
    0x19: "appearance=",
    0x1A: "interval=",
    0xFF: "manufacturer_data=",
}
_REFUSED = frozenset(bytes.fromhex("0d0e0f101112 1718 1b1c1d1e 2223 2728292a2b 3d"))
"""Types that bluetoothd takes from no program (``type_reject_list``), and that no attribute stands for."""


def optional(convert: Convert) -> Convert:
    """Let ``None`` pass."""
    return lambda value, where: None if value is None else convert(value, where)


def text(value: Any, where: str) -> str:
    """A name: text with something in it that D-Bus can carry."""
    if not isinstance(value, str):
        raise TypeError(f"{where} is text, not {value!r}; write {str(value)!r}")
    if not value or "\0" in value:
        raise ValueError(f"{where} is {value!r}; write a name without NUL, or None for no name")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{where} is {value!r}, which is no text that UTF-8 can write") from None
    return value


def flag(value: Any, where: str) -> bool:
    """``True`` or ``False`` and nothing like them."""
    if not isinstance(value, bool):
        raise TypeError(f"{where} is True or False, not {value!r}")
    return value


def appearance(value: Any, where: str) -> int:
    """A number of the SIG's appearances."""
    if not isinstance(value, int) or isinstance(value, bool):
        meant = repr(value) if isinstance(value, str) else '"heart_rate_belt"'
        raise TypeError(f"{where} is {value!r}, which is no number; write sig.appearance({meant})")
    if value not in _APPEARANCES:
        raise ValueError(
            f"{where} is {value:#x}, which is not within 0 … 0xFFFE (Assigned Numbers, 2.6); write sig.appearance(…)"
        )
    return value


def power(value: Any, where: str) -> int:
    """Whole dBm."""
    if not isinstance(value, int) or isinstance(value, bool) or value not in _POWERS:
        raise _of(value, int)(f"{where} is {value!r}; write whole dBm within -127 … 20")
    return value


def seconds(value: Any, where: str) -> int:
    """Whole seconds that 16 bits hold."""
    number = _number(value, where, "whole seconds")
    if number != int(number) or not 1 <= number <= _LONGEST_SECONDS:
        raise ValueError(f"{where} is {value!r}; write whole seconds within 1 … {_LONGEST_SECONDS}, or None for no end")
    return int(number)


def interval(value: Any, where: str) -> tuple[float, float]:
    """Seconds between two events, or the least and the most of them."""
    ends: tuple[Any, ...] = value if issubclass(type(value), tuple) else (value, value)
    if len(ends) != 2:  # noqa: PLR2004  (least and most)
        raise ValueError(f"{where} is {value!r}; write seconds, or a tuple of the least and the most")
    least, most = (_milliseconds(end, where) / 1000 for end in ends)
    if least > most:
        raise ValueError(f"{where} is {value!r}; write the least first: ({most:g}, {least:g})")
    return least, most


def _milliseconds(value: Any, where: str) -> int:
    number = _number(value, where, "seconds")
    whole = round(number * 1000)
    if not _SHORTEST_INTERVAL <= number <= _LONGEST_INTERVAL:
        raise ValueError(
            f"{where} is {value!r}; write seconds within 0.02 … 10485 (Core Specification, Vol 4, Part E, 7.8.53)"
        )
    if not math.isclose(number * 1000, whole):
        near = math.floor(number * 1000)
        raise ValueError(
            f"{where} is {value!r}, but BlueZ takes whole milliseconds; write {near / 1000:g} or {(near + 1) / 1000:g}"
        )
    return whole


def _number(value: Any, where: str, what: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{where} is {value!r}, which is no number; write {what}")
    if not math.isfinite(value):
        raise ValueError(f"{where} is {value!r}; write {what}")
    return float(value)


def includes(value: Any, where: str) -> frozenset[str]:
    """What BlueZ or Linux shall add of its own."""
    allowed = get_args(Include)
    wanted = _several(value, where, 'include=["tx-power"]')
    for wrong in [one for one in wanted if one not in allowed]:
        if wrong == "appearance":
            raise ValueError(f"{where} has 'appearance', which BlueZ knows of no adapter; write appearance=…")
        raise ValueError(f"{where} has {wrong!r}; write some of {', '.join(map(repr, allowed))}")
    return frozenset(wanted)


def channel(value: Any, where: str) -> str:
    """The physical layer of extended advertising."""
    allowed = get_args(Channel)
    if value not in allowed:
        raise ValueError(f"{where} is {value!r}; write {' or '.join(map(repr, allowed))}, or None for legacy's")
    return str(value)


# --- services and data -------------------------------------------------------------------------------------------


def services(value: Any, where: str) -> tuple[UUID, ...]:
    """UUIDs, each once."""
    return tuple(dict.fromkeys(service(one, where) for one in _several(value, where, "services=[Battery]")))


def service(value: Any, where: str) -> UUID:
    """Give the UUID of a service: of its class, an instance, a UUID or the SIG's name."""
    try:
        return find_service(value)
    except Fault as fault:
        raise ValueError(f"{where} has {fault.finding}; write {fault.allowed}") from None


def find_service(value: Any) -> UUID:
    """Give the UUID of a service.

    Raises:
        Fault: it is none.
    """
    if isinstance(value, Service) or (isinstance(value, type) and issubclass(value, Service)):
        return plan(value).uuid
    number = named_number(value, service=True) if isinstance(value, str) else None
    try:
        return parse_uuid(cast("UuidLike", value)) if number is None else expand(number)
    except Fault as fault:
        meant = similar_service(value) if isinstance(value, str) else ""
        raise Fault(
            f"{value!r:.80}, which is no service" + (f"; did you mean {meant}?" if meant else ""),
            allowed=f'its class, its UUID in {fault.allowed}, or the SIG\'s name ("battery")',
            instead=meant.partition(" ")[0] or "Battery",
        ) from None


def company(value: Any, where: str) -> int:
    """Give a company's identifier: itself, or that of the name."""
    try:
        return find_company(value)
    except Fault as fault:
        raise _of(value, int | str)(f"{where}: {fault.finding}; write {fault.allowed}") from None


def find_company(value: Any) -> int:
    """Give a company's identifier: itself, or that of the name.

    Raises:
        Fault: it is none.
    """
    if isinstance(value, str):
        return _named_company(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LAST_COMPANY:
        raise _no_company(f"{value!r} is no company's identifier", "0x0059")
    return value


def _named_company(word: str) -> int:
    from gattschema.sig import company as named  # noqa: PLC0415  (four thousand names, for those who write one)

    try:
        return named(word)
    except KeyError as unknown:
        if digits := re.fullmatch(r"(?:0[xX])?([0-9a-fA-F]{4})", word):
            number = f"0x{digits[1]}"
            raise _no_company(f"{word!r} is text, and an identifier is a number: write {number}", number) from None
        raise _no_company(str(unknown.args[0]), "0x0059") from None


def _no_company(finding: str, instead: str) -> Fault:
    allowed = "a company's identifier, 0 … 0xFFFF, or the SIG's name of it; 0xFFFF is for tests"
    return Fault(finding, allowed=allowed, instead=f"manufacturer_data({instead})")


def manufacturer_data(value: Any, where: str) -> Mapping[int, bytes]:
    """Octets by company."""
    return _mapping(value, where, company, "manufacturer_data={0x0059: b'…'}")


def service_data(value: Any, where: str) -> Mapping[UUID, bytes]:
    """Octets by service."""
    return _mapping(value, where, service, "service_data={Battery: b'…'}")


def raw(value: Any, where: str) -> Mapping[int, bytes]:
    """Octets by AD type."""
    return _mapping(value, where, _type, "data={0x24: b'…'}", digits=2)


def _type(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value not in _TYPES:
        raise _of(value, int)(f"{where} has the type {value!r}; write a number of Assigned Numbers, 2.3: 1 … 0xFF")
    if value in _INSTEAD:
        raise ValueError(f"{where} has the type 0x{value:02X}, which BlueZ composes itself; write {_INSTEAD[value]}…")
    if value in _REFUSED:
        raise ValueError(f"{where} has the type 0x{value:02X}, which BlueZ takes from no program; leave it out")
    return value


def _mapping(value: Any, where: str, convert: Convert, example: str, digits: int = 4) -> Mapping[Any, bytes]:
    if not issubclass(type(value), Mapping):
        raise TypeError(f"{where} is {value!r:.80}, which is no mapping; write {example}")
    made: dict[Any, bytes] = {}
    for key, what in value.items():
        kept = convert(key, where)
        if kept in made:
            raise ValueError(f"{where} has {_shown(key, digits)} twice, in two spellings; write one of them")
        made[kept] = octets(what, f"{where}[{_shown(key, digits)}]")
    return MappingProxyType(made)


def _shown(key: Any, digits: int) -> str:
    """A key as people write it: numbers are hexadecimal."""
    return f"0x{key:0{digits}X}" if isinstance(key, int) else repr(key)


def octets(value: Any, where: str) -> bytes:
    """Octets as they are, or those of a struct."""
    if hasattr(value.__class__, "__gatt_struct__"):
        made = encode(value.__class__, value)
    elif issubclass(value.__class__, bytes | bytearray | memoryview):
        made = bytes(value)
    else:
        raise TypeError(f"{where} is {value!r:.80}; write bytes or a value of a @struct class")
    if not made:
        raise ValueError(f"{where} has no octets, which BlueZ refuses; write one at least, or leave it out")
    if len(made) > LONGEST_DATA:
        raise ValueError(f"{where} takes {len(made)} octets; a structure has at most {LONGEST_DATA}")
    return made


def _several(value: Any, where: str, example: str) -> Collection[Any]:
    if issubclass(type(value), str | bytes) or not hasattr(value, "__iter__"):
        raise TypeError(f"{where} is {value!r:.80}, which is no list; write {example}")
    return list(value)


def _of(value: object, wanted: type | UnionType) -> type[TypeError | ValueError]:
    """The error for a value of another type, or for one out of range."""
    return ValueError if isinstance(value, wanted) and not isinstance(value, bool) else TypeError
