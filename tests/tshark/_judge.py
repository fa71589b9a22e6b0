"""Field by field: what tshark shows beside what the value says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import cycle, permutations
from typing import Any, TypeAlias

import attrs
from hypothesis import HealthCheck, Phase, given, settings

from gattschema.values import Kind
from tests.sig.catalogue import kinds_by_number
from tests.sig.strategies import values_of
from tests.tshark._capture import Passage, Way
from tests.tshark._dissection import LEFT_OVER, Dissection, Seen, dissect
from tests.tshark._expected import RESERVED, Wanted, wanted

EXAMPLES = 100
"""Values of each characteristic that tshark dissects."""
_PROBES = 5
"""Values of each characteristic to find out which it dissects."""


@attrs.frozen(order=True)
class Difference:
    """Where the two part: the same for all values of a characteristic."""

    number: int
    """The characteristic's UUID."""
    what: str
    """``number``, ``divided``, ``united``, ``reserved``, ``left over``, ``not shown``, ``complaint``, ``crossed``."""
    field: str
    """Tshark's name of the field, or ours where it shows none, ``whole`` if the value has no fields."""

    def __str__(self) -> str:
        return f"{self.number:#06x} {self.what}: {self.field}"


@attrs.frozen
class Verdict:
    """What came out."""

    dissected: frozenset[int]
    """The characteristics for which tshark has a format."""
    others: frozenset[int]
    differences: dict[Difference, str]
    """Each with an example."""

    @property
    def agreed(self) -> frozenset[int]:
        """The characteristics of which no field differs."""
        return self.dissected - {difference.number for difference in self.differences}


@attrs.frozen
class Trial:
    """A value that tshark reads."""

    kind: Kind
    value: Any
    passage: Passage


def judge(examples: int = EXAMPLES) -> Verdict:
    """Encode values of every characteristic that has a format, and let tshark read them."""
    kinds = kinds_by_number()
    probes = _trials(kinds, _PROBES)
    dissected = {each.passage.number for each in dissect([probe.passage for probe in probes]) if each.is_known}
    trials = _trials({number: kinds[number] for number in sorted(dissected)}, examples)
    differences: dict[Difference, str] = {}
    found = dissect([trial.passage for trial in trials])
    for trial, seen in zip(trials, found, strict=True):
        for difference, example in compare(seen, wanted(trial.kind, trial.value)):
            octets = trial.passage.octets.hex(" ")
            differences.setdefault(difference, f"{example}, in {octets} of {trial.value!r}")
    for number, pairs in _pairs(trials, found).items():
        differences |= {Difference(number, "crossed", name): example for name, example in crossings(pairs)}
    return Verdict(frozenset(dissected), frozenset(kinds.keys() - dissected), differences)


def _trials(kinds: Mapping[int, Kind], count: int) -> list[Trial]:
    return [
        Trial(kind, value, Passage(number, kind.pack(value), way))
        for number, kind in kinds.items()
        for way, value in zip(cycle(Way), _values(kind, count), strict=False)
    ]


def _values(kind: Kind, count: int) -> list[Any]:
    """The same values each time."""
    values: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(values_of(kind).filter(lambda value: _is_plain(kind, value)))
    def collect(value: Any) -> None:
        values.append(value)

    collect()
    return values


def _is_plain(kind: Kind, value: Any) -> bool:
    """Without a NUL in text, where the dissector sees the end of a string."""
    if isinstance(value, bytes):
        return 0 not in value
    texts = [leaf.content for leaf in wanted(kind, value) if isinstance(leaf.content, str)]
    return not any("\0" in text for text in texts)


def compare(dissection: Dissection, leaves: Sequence[Wanted]) -> Iterator[tuple[Difference, str]]:
    """Give each difference with the numbers that show it."""
    number, shown = dissection.passage.number, set[int]()
    for complaint in dissection.complaints:
        yield Difference(number, "complaint", complaint), complaint
    for seen in dissection.leaves:
        if seen.name == LEFT_OVER:
            yield Difference(number, "left over", seen.name), f"octets from {seen.first // 8} on"
            continue
        shown |= set(range(seen.first, seen.first + seen.width))
        for what, example in _beside(seen, leaves):
            yield Difference(number, what, seen.name), f"{seen.name} is {seen.shown}, {example}"
    for leaf in leaves:
        if leaf.content is not None and leaf.width and not _is_reserved(leaf) and leaf.first not in shown:
            yield Difference(number, "not shown", _pathless(leaf.path) or "whole"), f"{leaf.path} is {leaf.content}"


def _beside(seen: Seen, leaves: Sequence[Wanted]) -> Iterator[tuple[str, str]]:
    """Compare one field of tshark's with ours at the same bits."""
    end = seen.first + seen.width
    inside = [leaf for leaf in leaves if seen.first <= leaf.first and leaf.first + leaf.width <= end and leaf.width]
    exact = [leaf for leaf in inside if leaf.width == seen.width]
    if exact:
        leaf = exact[0]
        if not _agree(seen.shown, leaf.content):
            yield "number", f"{leaf.path} is {leaf.content}"
    elif all(map(_is_reserved, inside)) and sum(leaf.width for leaf in inside) == seen.width:
        united = sum(leaf.content << (leaf.first - seen.first) for leaf in inside)
        if not _agree(seen.shown, united):
            yield "number", f"the reserved bits are {united:#x}"
    elif seen.name.endswith(RESERVED):
        yield "reserved", f"ours are {', '.join(leaf.path for leaf in inside if not _is_reserved(leaf))}"
    elif inside:
        yield "united", f"ours are {', '.join(leaf.path for leaf in inside)}"
    else:
        whole = [leaf.path for leaf in leaves if leaf.first <= seen.first and end <= leaf.first + leaf.width]
        yield "divided", f"ours is {', '.join(whole) or 'none'}"


# --- names ---


Pair: TypeAlias = tuple[int, str, str]
"""The width of a field, tshark's name of it and ours."""


def _pairs(trials: Sequence[Trial], found: Sequence[Dissection]) -> dict[int, set[Pair]]:
    """For each characteristic: what stands at the same bits."""
    pairs: dict[int, set[Pair]] = {}
    for trial, dissection in zip(trials, found, strict=True):
        leaves = {(leaf.first, leaf.width): leaf.path for leaf in wanted(trial.kind, trial.value)}
        known = pairs.setdefault(trial.passage.number, set())
        known |= {
            (seen.width, seen.name, _pathless(leaves[seen.first, seen.width]))
            for seen in dissection.leaves
            if (seen.first, seen.width) in leaves
        }
    return pairs


def crossings(pairs: Iterable[Pair]) -> Iterator[tuple[str, str]]:
    """Two fields of tshark's of which each would better be called what the other one is called here.

    Numbers alone would not tell whether two fields of one width, or two flags, stand in each other's place.
    """
    for (width, theirs, ours), (other_width, others, another) in permutations(sorted(pairs), 2):
        if width == other_width and _better_crossed(*map(_words, (theirs, ours, others, another))):
            yield theirs, f"{theirs} is {ours}, and {others} is {another}"


_MARGIN = 0.5


def _words(name: str) -> tuple[str, ...]:
    """The words of the last part of a name."""
    return tuple(name.removesuffix(" there").rpartition(".")[2].split("_"))


@cache
def _better_crossed(*names: tuple[str, ...]) -> bool:
    """Whether the first name is like the fourth and the third like the second, apart from the words of all four."""
    common = set.intersection(*map(set, names))
    theirs, ours, others, another = ("_".join(word for word in name if word not in common) for name in names)
    straight = _likeness(theirs, ours) + _likeness(others, another)
    return _likeness(theirs, another) + _likeness(others, ours) > straight + _MARGIN


def _likeness(one: str, other: str) -> float:
    """How much of two names is the same, 0 … 1."""
    return SequenceMatcher(None, one, other).ratio()


def _is_reserved(leaf: Wanted) -> bool:
    return leaf.path.endswith(RESERVED)


def _pathless(path: str) -> str:
    """The path without the numbers of elements; but for the first, it says that they are further ones."""
    return re.sub(r"\[[1-9]\d*\]", "further", re.sub(r"\[0\]\.?", "", path))


def _agree(shown: str, content: Any) -> bool:
    """Whether tshark's text is our number, text or octets."""
    match content:
        case None:
            return True
        case bool() | int():
            return _number(shown) == content
        case float():
            return _figure(shown, content)
        case str():
            return shown == content or not (content.isascii() and content.isprintable())
        case bytes():
            return shown.replace(":", "") == content.hex()
    raise NotImplementedError(content)


_WORDS = {"nan": "NaN", "inf": "+INFINITY", "-inf": "-INFINITY", "NRES": "NRes", "RESERVED": "RFU"}
"""What tshark calls the medfloats that are no numbers."""


def _figure(shown: str, content: float) -> bool:
    if repr(content) in _WORDS or shown in _WORDS.values():
        return shown == _WORDS.get(repr(content))
    try:
        return math.isclose(float(shown), content, rel_tol=1e-6)
    except ValueError:
        return False


def _number(shown: str) -> int | None:
    """Tshark writes integers in decimal or hexadecimal, truth values as 0 and 1, in newer versions as words."""
    words = {"True": 1, "False": 0}
    try:
        return words[shown] if shown in words else int(shown, 0)
    except ValueError:
        return None
