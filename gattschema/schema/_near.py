"""Slips of the pen: names that are so close to one of the SIG's that they are hardly meant as anything else.

A slip is a letter too many, too few or changed, or two neighbours swapped, in a word of some length, or an underscore
in another place. Digits are never slips (``temperature_2`` is a second thermometer, not a misspelt ``temperature_8``),
nor are first letters, endings (``pressures``, ``aggregated``), changed letters in short names and in names of one word
(``attitude`` is no ``altitude``, ``list_name`` no ``last_name``), and words that English writes together
(``timezone``).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

_LONG = 7
"""Letters that a name must have, so that one of them more or less hardly makes another word."""
_LONG_WORD = 4
"""The same for one word among several."""
_LONGER_WORD = 5
"""The same for a letter that is another."""
_SEVERAL = 3
"""Words that nobody writes together who knows them to be that many."""


def slips(name: str, known: Iterable[str]) -> list[str]:
    """Give the known names that *name* is a slip of.

    >>> slips("heart_rate_mesurement", ["heart_rate_measurement", "heart_rate_control_point"])
    ['heart_rate_measurement']
    """
    near = (other for other in known if other[0] == name[:1] and abs(len(other) - len(name)) <= _SEVERAL)
    return [other for other in near if _slip(name, other)]


def _slip(name: str, other: str) -> bool:
    words, other_words = name.split("_"), other.split("_")
    if len("".join(other_words)) < _LONG or name == other:
        return False
    if len(words) == len(other_words):
        return _slip_of_words(words, other_words)
    together = len(words) == 1 and len(other_words) < _SEVERAL
    return not together and _slip_of_word("".join(words), "".join(other_words), changed=False)


def _slip_of_words(words: list[str], other_words: list[str]) -> bool:
    """Each word is right or has one slip; short ones are right."""
    wrong = [(mine, theirs) for mine, theirs in zip(words, other_words, strict=True) if mine != theirs]
    return all(
        len(theirs) >= (_LONG_WORD if len(words) > 1 else _LONG)
        and _slip_of_word(mine, theirs, changed=len(words) > 1 and len(theirs) >= _LONGER_WORD)
        for mine, theirs in wrong
    )


def _slip_of_word(word: str, other: str, *, changed: bool) -> bool:
    """Whether what stands between the common beginning and the common end is one slip, or nothing."""
    start = _shared(word, other)
    word, other = word[start:], other[start:]
    end = _shared(word[::-1], other[::-1])
    mine, theirs = word[: len(word) - end], other[: len(other) - end]
    if not mine + theirs:
        return True
    if start == 0 or not (mine + theirs).isalpha() or (end == 0 and (not theirs or mine + theirs == "s")):
        return False
    one_more = len(mine) + len(theirs) == 1
    swapped = len(mine) == len(theirs) == 2 and mine == theirs[::-1]  # noqa: PLR2004  (two neighbours)
    return one_more or swapped or (changed and len(mine) == len(theirs) == 1)


def _shared(word: str, other: str) -> int:
    """How many letters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False)))
