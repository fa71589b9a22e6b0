"""What phones may do with a characteristic or descriptor, and how well protected the link must be for it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs

from gattschema.values import Fault


class Property(enum.Flag):
    """Characteristic Properties (Core Specification, Vol 3, Part G, 3.3.1.1), from 0x100 on extended ones (3.3.3.1)."""

    BROADCAST = 0x01
    READ = 0x02
    WRITE_WITHOUT_RESPONSE = 0x04
    WRITE = 0x08
    NOTIFY = 0x10
    INDICATE = 0x20
    AUTHENTICATED_SIGNED_WRITES = 0x40
    RELIABLE_WRITE = 0x100
    WRITABLE_AUXILIARIES = 0x200

    @property
    def words(self) -> tuple[str, ...]:
        """The names in the order of their bits: ``("read", "notify")``."""
        return tuple(str(member.name).lower().replace("_", "-") for member in type(self) if member in self)


WRITES = Property.WRITE | Property.WRITE_WITHOUT_RESPONSE | Property.AUTHENTICATED_SIGNED_WRITES
PUSHES = Property.NOTIFY | Property.INDICATE
EXTENDED = Property.RELIABLE_WRITE | Property.WRITABLE_AUXILIARIES
EXTENDED_SHIFT = 8
"""Where the Extended Properties begin."""


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
Operation: TypeAlias = Literal["read", "write", "notify", "indicate", "fallback"]
SecurityOption: TypeAlias = LevelName | Mapping[Operation, LevelName]

OPERATIONS: Mapping[str, Property] = {
    "read": Property.READ,
    "write": WRITES,
    "notify": Property.NOTIFY,
    "indicate": Property.INDICATE,
}
LEVELS = {level.value: level for level in Level}
FALLBACK = "fallback"


@attrs.frozen
class Security:
    """The level that each operation asks for."""

    read: Level = Level.OPEN
    write: Level = Level.OPEN
    notify: Level = Level.OPEN
    """For subscribing to notifications."""
    indicate: Level = Level.OPEN
    """For subscribing to indications."""
    fallback: Level | None = None
    """For subscribing where BlueZ is older than 5.62 and cannot protect it; ``None``: it is an error there."""

    @property
    def subscribing(self) -> Level:
        """The level that writing the Client Characteristic Configuration asks for."""
        return self.notify if self.notify is not Level.OPEN else self.indicate


def security(given: Any, properties: Property) -> Security:
    """Read ``security=``.

    Raises:
        Fault: a word that is none, an operation that phones do not have, or what BlueZ cannot offer.
    """
    words = _words(given)
    for operation, word in words.items():
        _check_word(given, operation, word)
        _check_operation(operation, properties)
    made = {op: _level(words, op) for op, needs in OPERATIONS.items() if properties & needs}
    if not made and words.get("all") != "open":
        raise Fault(
            f"security={given!r}, but there is nothing to protect",
            allowed="security with Read, Write, Notify or Indicate",
            instead="leave security= out",
        )
    found = Security(**made, fallback=LEVELS.get(words.get(FALLBACK, "")))
    _check_commands(found, properties)
    _check_subscribing(found, properties)
    _check_leak(words, found, properties)
    return found


def _words(given: SecurityOption) -> Mapping[Any, Any]:
    return given if isinstance(given, Mapping) else {"all": given}


def _level(words: Mapping[Any, Any], operation: str) -> Level:
    return LEVELS[words.get(operation, words.get("all", "open"))]


def _check_word(given: object, operation: object, word: object) -> None:
    operations = {*OPERATIONS, FALLBACK} if isinstance(given, Mapping) else {"all"}
    known = word in list(LEVELS) and operation in operations
    if known and (operation != FALLBACK or word == "open"):
        return
    raise Fault(
        f"security={given!r}",
        allowed=f"{', '.join(LEVELS)}, for all operations or for some of {', '.join(OPERATIONS)}; "
        'beside them "fallback": "open" for BlueZ before 5.62, which cannot protect subscriptions',
        instead='security="encrypted" or security={"write": "encrypted"}',
    )


def _check_operation(operation: str, properties: Property) -> None:
    needs = PUSHES if operation == FALLBACK else OPERATIONS.get(operation)
    if needs is None or properties & needs:
        return
    able = [op for op, needs in OPERATIONS.items() if properties & needs]
    raise Fault(
        f"security for {operation}, but phones cannot {'subscribe to' if operation == FALLBACK else operation} it",
        allowed=", ".join(able) or "none",
        instead=f"leave {operation!r} out, or add it to the flavour",
    )


def _check_commands(found: Security, properties: Property) -> None:
    """BlueZ's protected write flags all imply the Write property, so a protected command is always a request, too."""
    if found.write is Level.OPEN or not properties & WRITES or properties & Property.WRITE:
        return
    signed = Property.AUTHENTICATED_SIGNED_WRITES in properties
    raise Fault(
        f"{found.write.value} writes without response only, which BlueZ cannot offer",
        allowed="a protected write together with Write",
        instead=f"Annotated[{'SignedWrite' if signed else 'WriteWithoutResponse'}[…], Write]",
    )


def _check_subscribing(found: Security, properties: Property) -> None:
    """Both ways of subscribing are one descriptor, for which bluetoothd asks for the stricter of the two levels."""
    if properties & PUSHES != PUSHES or found.notify is found.indicate:
        return
    stricter = max(found.notify, found.indicate, key=list(Level).index).value
    raise Fault(
        f"{found.notify.value} notify beside {found.indicate.value} indicate, but one descriptor subscribes to both",
        allowed="the same level for both",
        instead=f'security={{"notify": "{stricter}", "indicate": "{stricter}"}}',
    )


def _check_leak(words: Mapping[Any, Any], found: Security, properties: Property) -> None:
    """A protected read says nothing of notifications: they would carry the same value in the open."""
    ways = [op for op in ("notify", "indicate") if properties & OPERATIONS[op]]
    if found.read is Level.OPEN or not ways or {"all", *ways} & words.keys():
        return
    raise Fault(
        f"reading is {found.read.value}, but every phone could subscribe to the same value",
        allowed=f"security that says {' and '.join(ways)}, too, even if it is open",
        instead=f'security="{found.read.value}", or {ways[0]!r}: "open" in the mapping',
    )
