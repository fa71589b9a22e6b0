"""What phones may do with a characteristic, and how well protected the link must be for it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs


class Property(enum.Flag):
    """Characteristic Properties (Core Specification, Vol 3, Part G, 3.3.1.1)."""

    BROADCAST = 0x01
    READ = 0x02
    WRITE_WITHOUT_RESPONSE = 0x04
    WRITE = 0x08
    NOTIFY = 0x10
    INDICATE = 0x20

    @property
    def words(self) -> tuple[str, ...]:
        """The names in the order of their bits: ``("read", "notify")``."""
        return tuple(str(member.name).lower().replace("_", "-") for member in type(self) if member in self)


WRITES = Property.WRITE | Property.WRITE_WITHOUT_RESPONSE
PUSHES = Property.NOTIFY | Property.INDICATE


class Level(enum.Enum):
    """How a link must be protected (Core Specification, Vol 3, Part C, 10.2.1: LE security mode 1)."""

    OPEN = "open"
    """Level 1: no security."""
    ENCRYPTED = "encrypted"
    """Level 2: encrypted after any pairing."""
    AUTHENTICATED = "authenticated"
    """Level 3: encrypted after a pairing that a man in the middle cannot fake."""
    SECURE = "secure"
    """Level 4: like level 3, by LE Secure Connections only."""


LevelName: TypeAlias = Literal["open", "encrypted", "authenticated", "secure"]
Operation: TypeAlias = Literal["read", "write", "notify"]


@attrs.frozen
class Security:
    """The level that each operation asks for."""

    read: Level = Level.OPEN
    write: Level = Level.OPEN
    notify: Level = Level.OPEN
    """For subscribing, to notifications and indications alike."""


SecurityOption: TypeAlias = LevelName | Mapping[Operation, LevelName]

OPERATIONS: Mapping[str, Property] = {"read": Property.READ, "write": WRITES, "notify": PUSHES}
