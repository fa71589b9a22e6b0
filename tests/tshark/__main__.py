"""`python3 -m tests.tshark`: let Wireshark's dissector read what we encode, and say where the two part."""

# ruff: noqa: T201  (it talks to a console)

from __future__ import annotations

import sys

from tests.tshark._dissection import version
from tests.tshark._judge import judge
from tests.tshark._report import Report


def main() -> int:
    """Print the report; fail if it is not good."""
    found = version()
    if found is None:
        print("tshark is not installed: apt install tshark")
        return 2
    report = Report(found, judge())
    print(*report.lines(), sep="\n")
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
