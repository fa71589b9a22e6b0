"""`python3 -m tests.lab`: boot a release and tell the stories."""

import argparse
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import _boot, _build, _table
from ._host import LabError
from ._steps import say

_SCENARIOS = Path(__file__).parent / "scenarios"
_EXAMPLES = """\
examples:
  python3 -m tests.lab                              every scenario on bookworm
  python3 -m tests.lab --release sid bare_dbus      one scenario on another release
  python3 -m tests.lab build --release trixie       only build (a minute, once)
  python3 -m tests.lab demo                         the same as: python3 -m tests.lab heart_rate
  python3 -m tests.lab table                        what each release can do, written to docs/releases.md
  python3 -m tests.lab --list                       what there is to run

What is built is kept in $GATTSCHEMA_LAB, or else in ~/.cache/gattschema-lab.
"""


def _scenarios() -> list[str]:
    """The names of all scenarios, in order."""
    return sorted(path.stem for path in _SCENARIOS.glob("[!_]*.py"))


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line; a name that is no scenario is an error that lists those there are."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.lab",
        description="Bluetooth without Bluetooth hardware: a real kernel and bluetoothd in QEMU, Bumble as the radio.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "what", nargs="*", metavar="SCENARIO", help="scenarios to run (default: all); or: build, demo, table"
    )
    parser.add_argument("--release", choices=_build.RELEASES, default=_build.RELEASES[0], help="default: %(default)s")
    parser.add_argument("--list", action="store_true", help="list the scenarios and what each proves")
    parser.add_argument("--timeout", type=float, metavar="S", help="wall limit (default: 60 + 120 a scenario)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the logs here (default: only after a failure)")
    arguments = parser.parse_args(words)
    if arguments.what == ["demo"]:
        arguments.what = ["heart_rate"]
    unknown = set(arguments.what) - set(_scenarios())
    if unknown and arguments.what not in (["build"], ["table"]):
        parser.error(f"no such scenario: {' '.join(sorted(unknown))}; there are: {' '.join(_scenarios())}")
    return arguments


def _list() -> None:
    """Every scenario with the first line of its docstring, read as text: here is no Bumble to import it with."""
    for name in _scenarios():
        first = (_SCENARIOS / f"{name}.py").read_text().splitlines()[0]
        print(f"{name:<24} {first.strip(chr(34))}")


@contextmanager
def _output(asked: Path | None) -> Iterator[Path]:
    """The folder for the logs: the one asked for, or one that stays only after a failure."""
    folder = (asked or Path(tempfile.mkdtemp(prefix="gattschema-lab-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    except (LabError, KeyboardInterrupt):
        say(f"the logs are in {folder}")
        raise
    if not asked:
        shutil.rmtree(folder)


def _tell(release: str, scenarios: Sequence[str], out: Path, limit: float | None) -> _table.Findings:
    """Boot and run; what was found out about the release, or LabError unless everything passed."""
    _boot.run(_build.ready(release), scenarios, out, limit or 60 + 120 * len(scenarios))
    return _table.findings(out, release)


def _run(arguments: argparse.Namespace) -> None:
    """Run the scenarios asked for; LabError unless everything passed and the table of the releases is true."""
    with _output(arguments.out) as out:
        found = _tell(arguments.release, arguments.what or _scenarios(), out, arguments.timeout)
        _table.check(arguments.release, found, everything=not arguments.what)


def _write_table(arguments: argparse.Namespace) -> None:
    """Run on each release what finds out about it, and write the table."""
    scenarios = [name for name in _scenarios() if "release_can(" in (_SCENARIOS / f"{name}.py").read_text()]
    runs: dict[str, _table.Findings] = {}
    with _output(arguments.out) as out:
        for release in _build.RELEASES:
            (folder := out / release).mkdir(exist_ok=True)
            runs[release] = _tell(release, scenarios, folder, arguments.timeout)
    _table.write(runs)
    say(f"{_table.TABLE} is written")


def main(words: Sequence[str]) -> int:
    """The exit status: 0 where everything passed."""
    arguments = _arguments(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # or else the machine would outlive us
    try:
        if arguments.list:
            _list()
        elif arguments.what == ["build"]:
            _build.ready(arguments.release)
        elif arguments.what == ["table"]:
            _write_table(arguments)
        else:
            _run(arguments)
    except LabError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
