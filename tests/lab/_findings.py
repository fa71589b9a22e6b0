"""What a scenario finds out about BlueZ's releases: each finding becomes a cell of docs/releases.md."""

import json
import os
from pathlib import Path

FINDINGS = Path("/out/capabilities.json")


def bluez() -> tuple[int, ...]:
    """The release of bluetoothd in this guest: (5, 66)."""
    return _release(os.environ["LAB_BLUEZ"])


def _release(text: str) -> tuple[int, ...]:
    """ "5.66" as numbers that can be compared."""
    return tuple(int(number) for number in text.split("."))


def release_can(capability: str, observed: bool, *, since: str = "", otherwise: str = "") -> bool:  # noqa: FBT001
    """Write down whether this release can do something, and return it.

    Args:
        capability: what it is, in the words of someone who uses the library.
        observed: what was just seen to happen.
        since: the release that brought it, where BlueZ's source tells; AssertionError where the observation differs.
        otherwise: what the library's user gets from a release that cannot.
    """
    print(f"BlueZ {os.environ['LAB_BLUEZ']} {'can' if observed else 'cannot'}: {capability}")
    if since and observed != (bluez() >= _release(since)):
        raise AssertionError(f"BlueZ {since} was said to bring: {capability}")
    findings = json.loads(FINDINGS.read_text()) if FINDINGS.exists() else {}
    findings[capability] = {"can": observed, "since": since, "otherwise": otherwise}
    FINDINGS.write_text(json.dumps(findings, indent=1))
    return observed
