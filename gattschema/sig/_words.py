"""Names as people write them: spellings of one name, names near another, UUIDs in every usual spelling."""

from __future__ import annotations

import difflib
import re
import uuid
from collections.abc import Iterable

_BASE = uuid.UUID("00000000-0000-1000-8000-00805f9b34fb")
"""What the SIG's numbers are short for (Core Specification, Vol 3, Part B, 2.5.1)."""

_SHOWN = 4


def plain(name: str) -> str:
    """Give a name as code writes it: ``Heart-Rate Measurement`` is heart_rate_measurement."""
    return "_".join(re.findall(r"\w+", name.casefold().replace("_", " ")))


def number_of(spelling: str | uuid.UUID) -> int | None:
    """Give the number that ``2A6E``, ``0x2A6E`` or ``00002a6e-0000-1000-8000-00805f9b34fb`` is a spelling of."""
    try:
        return _short(spelling if isinstance(spelling, uuid.UUID) else _long(spelling))
    except ValueError:
        return None


def _long(spelling: str) -> uuid.UUID:
    digits = spelling.strip().lower().removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]{4}|[0-9a-f]{8}", digits):
        return uuid.UUID(int=_BASE.int + (int(digits, 16) << 96))
    return uuid.UUID(digits)


def _short(full: uuid.UUID) -> int | None:
    number = full.int >> 96
    return number if full.int == _BASE.int + (number << 96) else None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Give ``: did you mean …?`` with names that *word* is a slip of, and those that have its words; or nothing."""
    known = list(names)
    slips = difflib.get_close_matches(word, known, n=1, cutoff=0.75)
    found = list(dict.fromkeys([*slips, *_with_the_words(word, known)]))
    return f": did you mean {' or '.join(found[:_SHOWN])}?" if found else ""


def _with_the_words(word: str, names: Iterable[str]) -> list[str]:
    """Give the names that have every word of *word*, the shortest first."""
    wanted = set(plain(word).split("_")) - {""}
    found = (name for name in names if wanted and wanted <= set(plain(name).split("_")))
    return sorted(found, key=lambda name: (len(name), name))
