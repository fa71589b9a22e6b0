"""Generate the SIG catalogue: ``python3 -m tools.sig [--source DIR [--commit HASH]] [--check]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.sig._emit_numbers import NumberError
from tools.sig._emit_units import UnitError
from tools.sig._errata import ErrataError
from tools.sig._generate import StaleError, generate
from tools.sig._grammar import UnknownGrammarError
from tools.sig._labels import LabelError
from tools.sig._lint import LintError
from tools.sig._names import NamesError
from tools.sig._source import COMMIT, SourceError, source
from tools.sig._structs import ShapeError
from tools.sig._write import FormatError, differences, formatted, write

ROOT = Path(__file__).parents[2]
REFUSALS = (
    ErrataError,
    FormatError,
    LabelError,
    LintError,
    NamesError,
    NumberError,
    ShapeError,
    SourceError,
    StaleError,
    UnitError,
    UnknownGrammarError,
)


def main(arguments: list[str] | None = None) -> int:
    """Generate or check; what is wrong is said, not raised."""
    chosen = _parser().parse_args(arguments)
    try:
        files = formatted(generate(source(chosen.source), ROOT, chosen.commit), ROOT)
    except REFUSALS as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201
        return 1
    return _check(files) if chosen.check else _write(files)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.sig", description=__doc__)
    parser.add_argument("--source", type=Path, help="a folder with the SIG's gss/ and assigned_numbers/")
    parser.add_argument("--commit", default=COMMIT, help="the commit of the SIG's repository that --source holds")
    parser.add_argument("--check", action="store_true", help="compare with what is committed, write nothing")
    return parser


def _check(files: dict[str, str]) -> int:
    changed = differences(files, ROOT)
    for path in changed:
        print(f"{path} is not what tools/sig makes: run python3 -m tools.sig", file=sys.stderr)  # noqa: T201
    print(f"{len(files)} generated files, {len(changed)} differ")  # noqa: T201
    return 1 if changed else 0


def _write(files: dict[str, str]) -> int:
    changed = write(files, ROOT)
    print(f"{len(files)} generated files, {len(changed)} written")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
