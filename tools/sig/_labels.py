"""Labels of tables -> names of members."""

from __future__ import annotations

import re
from collections import Counter

from tools.sig._text import ascii_words, upper

LONGEST = 44
"""A longer name is asked for in ``names.toml``."""

_UNKNOWN = re.compile(r"\b(?:not known|unknown)\b", re.IGNORECASE)
_SUPPORT = re.compile(r"\s*(?:\bfeature\b)?\s*\bsupport(?:ed)?(?:\s+bit)?:?$", re.IGNORECASE)
_FLAG = re.compile(r"\s*\bflags?:?$", re.IGNORECASE)


class LabelError(Exception):
    """A label makes no name; ``names.toml`` must give one."""


def says_unknown(meaning: str) -> bool:
    """Whether a raw value means that nobody knows."""
    return bool(_UNKNOWN.search(meaning))


def special_name(meaning: str) -> str:
    """Name a raw value that is no number: ``value is not valid`` is NOT_VALID."""
    words = re.sub(r"^(?:the )?(?:special )?(?:raw )?value (?:is |of )?", "", meaning, flags=re.IGNORECASE)
    words = re.sub(r"-(?=\d)", "minus ", words)
    if words.lower() in {"unknown", "not known"} or "not known" in words:
        return "NOT_KNOWN"
    at_least = re.fullmatch(r"(\d+) or greater", words)
    return f"AT_LEAST_{at_least[1]}" if at_least else upper(words)


def bit_label(label: str) -> str:
    """Give what a bit says without the words that every bit's label has."""
    return _FLAG.sub("", label.strip().rstrip(":"))


def member_names(labels: list[str], *, features: bool = False) -> list[str]:
    """Name the members of one table: in capitals, without what stands in parentheses if they differ without it."""
    words = [_SUPPORT.sub("", bit_label(label)) if features else bit_label(label) for label in labels]
    short = [re.sub(r"\s*\([^)]*\)", "", label).strip() for label in words]
    counts = Counter(upper(label) for label in short)
    return [
        upper(brief if brief and counts[upper(brief)] == 1 else full) for brief, full in zip(short, words, strict=True)
    ]


def check_name(name: str, where: str) -> str:
    """Refuse names that nobody would type."""
    if len(name) > LONGEST or len(ascii_words(name.replace("_", " "))) > _MOST_WORDS or name.startswith("_"):
        raise LabelError(f"{where}: {name} is no good name; give one in tools/sig/names.toml")
    return name


_MOST_WORDS = 7
