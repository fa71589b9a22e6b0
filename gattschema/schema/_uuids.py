"""UUIDs in every usual spelling, from the SIG's names, and derived ones."""

from __future__ import annotations

import re
import secrets
import uuid
from typing import TypeAlias
from uuid import UUID

from gattschema.values import Fault

BASE = UUID("00000000-0000-1000-8000-00805f9b34fb")
"""What 16- and 32-bit numbers are short for (Core Specification, Vol 3, Part B, 2.5.1)."""

UuidLike: TypeAlias = str | int | UUID

_SHORT_DIGITS = 8
_LARGEST_SHORT = 0xFFFF_FFFF


def parse_uuid(spelling: UuidLike) -> UUID:
    """Read ``"180D"``, ``"0x180D"``, ``0x180D``, ``"7e2a0000-5f4c-…"``, ``"urn:uuid:…"``, ``"{…}"`` or a ``UUID``.

    Raises:
        Fault: it is none of these.
    """
    if isinstance(spelling, UUID):
        return spelling
    try:
        if type(spelling) is int:
            return expand(spelling)
        digits = re.sub(r"^0[xX]", "", str.strip(spelling))  # type: ignore[arg-type]  # what is no text is a fault
        if re.fullmatch(rf"[0-9a-fA-F]{{1,{_SHORT_DIGITS}}}", digits):
            return expand(int(digits, 16))
        return UUID(digits)
    except (AttributeError, TypeError, ValueError):
        count = len(re.findall(r"[0-9a-fA-F]", str(spelling)))
        nearly = count > _SHORT_DIGITS
        raise Fault(
            f"{spelling!r} is no UUID" + (f": it has {count} hexadecimal digits" if nearly else ""),
            allowed='16 bits ("180D", "0x180D", 0x180D), 32 bits or 128 bits ("7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10")',
            instead="all of its 32 digits" if nearly else f'uuid="{fresh_uuid()}"  (random, yours to keep)',
        ) from None


def expand(number: int) -> UUID:
    """Give the UUID that a 16- or 32-bit number is short for.

    Raises:
        ValueError: the number is not of 16 or 32 bits.
    """
    if not 0 <= number <= _LARGEST_SHORT:
        msg = f"{number:#x} is not a number of 16 or 32 bits"
        raise ValueError(msg)
    return UUID(int=BASE.int + (number << 96))


def number_of(full: UUID) -> int | None:
    """Give the 16- or 32-bit number that a UUID is the long form of."""
    number = full.int - BASE.int >> 96
    return number if 0 <= number <= _LARGEST_SHORT and expand(number) == full else None


def short_uuid(full: UUID) -> str:
    """Write a UUID as people do: ``0x180D`` if it is short for a number, else all of it."""
    number = number_of(full)
    return str(full) if number is None else f"0x{number:04X}"


def derive_uuid(parent: UUID, name: str) -> UUID:
    """Give the UUID version 5 of *name* below *parent* (RFC 9562, 5.5): the same one for ever."""
    return uuid.uuid5(parent, name)


def namespace_uuid(namespace: str) -> UUID:
    """Give the parent of all services of a domain name such as ``example.com``."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, namespace)


def fresh_uuid() -> UUID:
    """Give a random UUID (version 4) to paste into a declaration."""
    return UUID(int=secrets.randbits(128), version=4)
