"""The verdict beside the explanations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase as fnmatch

import attrs

from gattschema import sig
from tests.tshark._judge import Difference, Verdict
from tests.tshark.explained import EXPLAINED, VERSION

FLOOR = 120
"""So many characteristics must have been read by tshark, or the run has proven nothing."""


@attrs.frozen
class Report:
    """What a run has found."""

    version: str
    verdict: Verdict

    @property
    def unexplained(self) -> Mapping[Difference, str]:
        """Differences without a sentence, each with an example."""
        return {
            each: example
            for each, example in self.verdict.differences.items()
            if not any(_explains(entry, each) for entry in EXPLAINED)
        }

    @property
    def stale(self) -> list[Difference]:
        """Sentences without a difference."""
        found = self.verdict.differences
        return [entry for entry in EXPLAINED if not any(_explains(entry, each) for each in found)]

    @property
    def is_judged(self) -> bool:
        """Whether the explanations are for this version of tshark."""
        return self.version == VERSION

    @property
    def is_good(self) -> bool:
        """Whether enough was dissected and, with the version that is explained, every difference is, and no other."""
        enough = len(self.verdict.dissected) >= FLOOR
        return enough and not (self.is_judged and (self.unexplained or self.stale))

    def lines(self) -> Iterator[str]:
        """Give the report for people."""
        for difference, example in sorted(self.unexplained.items()):
            yield f"NOT EXPLAINED  {difference}  ({sig.name(difference.number)}): {example}"
        for difference in self.stale:
            yield f"NOT NEEDED     {difference}: {EXPLAINED[difference]}"
        verdict = self.verdict
        differing = {difference.number for difference in verdict.differences}
        explained = len(verdict.differences) - len(self.unexplained)
        yield (
            f"tshark {self.version}: {len(verdict.dissected)} characteristics dissected ({FLOOR} are asked for); "
            f"{len(verdict.agreed)} agree in every field; {len(differing)} differ, "
            f"in {len(verdict.differences)} places, of which {explained} are explained; "
            f"{len(verdict.others)} not dissected"
        )
        if not self.is_judged:
            yield f"The explanations are for tshark {VERSION}: with {self.version} differences are shown, not judged."


def _explains(entry: Difference, found: Difference) -> bool:
    """Whether an entry is about a difference; its asterisks stand for anything."""
    return entry.number == found.number and fnmatch(found.what, entry.what) and fnmatch(found.field, entry.field)
