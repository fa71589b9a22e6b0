"""docs/releases.md: what each release of BlueZ can do, written and checked by what the scenarios have seen."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ._host import LabError

TABLE = Path(__file__).parents[2] / "docs/releases.md"
DISTRIBUTIONS = {"bookworm": "Debian 12", "trixie": "Debian 13", "sid": "Debian unstable"}
_ANEW = "python3 -m tests.lab table"
_ABOUT = f"""\
# What each release of BlueZ can do

Not every bluetoothd can do everything. This is what the scenarios in `tests/lab/scenarios` saw when they tried, each
with a phone that speaks to a real bluetoothd; `since` is the release that brought it, as BlueZ's source tells.
`{_ANEW}` writes this file, and a run of all scenarios fails where it is not true.

"""


@dataclass
class Row:
    """One capability: which releases have it, since when, and what one gets from the others."""

    since: str = ""
    otherwise: str = ""
    can: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Findings:
    """What one run has seen: the release of bluetoothd, and its rows."""

    bluez: str
    rows: dict[str, Row]


def findings(out: Path, release: str) -> Findings:
    """Read what the guest has written into its folder."""
    file = out / "capabilities.json"
    found = json.loads(file.read_text()) if file.exists() else {}
    rows = {name: Row(said["since"], said["otherwise"], {release: said["can"]}) for name, said in found.items()}
    return Findings(json.loads((out / "report.json").read_text())["bluez"], rows)


def write(runs: Mapping[str, Findings]) -> None:
    """Write the table from one run a release."""
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(_ABOUT + "".join(f"{line}\n" for line in _lines(runs)))


def _merged(runs: Mapping[str, Findings]) -> dict[str, Row]:
    """One row a capability, those first that some release lacks."""
    rows: dict[str, Row] = {}
    for run in runs.values():
        for name, row in run.rows.items():
            rows.setdefault(name, Row(row.since, row.otherwise)).can |= row.can
    return dict(sorted(rows.items(), key=lambda item: (all(item[1].can.values()), item[0])))


def _lines(runs: Mapping[str, Findings]) -> Iterator[str]:
    """The table in Markdown."""
    heads = (f"{DISTRIBUTIONS[release]} {release}: BlueZ {run.bluez}" for release, run in runs.items())
    yield _line("", *heads, "since", "where it cannot")
    yield "|---" * (len(runs) + 3) + "|"
    for name, row in _merged(runs).items():
        cells = (_WORDS[row.can.get(release)] for release in runs)
        yield _line(name, *cells, row.since, "" if all(row.can.values()) else row.otherwise)


_WORDS = {True: "yes", False: "no", None: "not tried"}


def _line(*cells: str) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


def check(release: str, found: Findings, *, everything: bool) -> None:
    """LabError where the table tells otherwise than the run; a run of a few scenarios is held against its own rows."""
    if not everything and not (found.rows and TABLE.exists()):
        return
    if not TABLE.exists():
        raise LabError(f"docs/releases.md is missing: {_ANEW}")
    lines = [line.strip("| ").split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    column, said = _column(lines[0], release, found.bluez)
    told = {cells[0]: cells[column] for cells in lines[1:]}
    seen = {name: _WORDS[row.can[release]] for name, row in found.rows.items()}
    names = (told.keys() | seen.keys()) if everything else seen.keys()
    if wrong := [_difference(name, told, seen) for name in sorted(names) if told.get(name) != seen.get(name)]:
        raise LabError(f"docs/releases.md is not true of {said}; {_ANEW} writes it anew:" + "".join(wrong))


def _column(heads: Sequence[str], release: str, bluez: str) -> tuple[int, str]:
    """Where a release stands in the table, and what it is called there; LabError where that is another BlueZ by now."""
    for number, head in enumerate(heads, start=1):
        if f" {release}:" in head:
            if not head.endswith(f" {bluez}"):
                raise LabError(f"docs/releases.md tells of {head}, which has {bluez} by now: {_ANEW}")
            return number, head
    raise LabError(f"docs/releases.md tells nothing of {release}: {_ANEW}")


def _difference(name: str, told: Mapping[str, str], seen: Mapping[str, str]) -> str:
    """A line for one capability."""
    return f"\n  {name}: told {told.get(name, 'nothing')}, seen {seen.get(name, 'nothing')}"
