"""Sends a machine to work on scenarios, passes on what it prints, and judges how it went."""

import json
import re
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from ._host import LabError
from ._machine import WAITING, Boot, Machine, running

_PROJECT = Path(__file__).parents[2]
_CONSOLE_NOISE = re.compile(r"\x1b[c\[][?0-9;]*[a-zA-Z]?|[\r\x00]|\[ *[\d.]+\] sysrq: Resetting")


def _relay(machine: Machine) -> list[str]:
    """Print the guest's lines as they come, from its greeting on; where it never came, returns the last lines."""
    tail: deque[str] = deque(maxlen=40)
    sent = greeted = False
    for raw in machine.console:
        line = _CONSOLE_NOISE.sub("", raw).rstrip()
        tail.append(line)
        if line == WAITING and not sent:
            machine.send_to_work()
            sent = True
        greeted = greeted or line.startswith("lab: ")
        if greeted and line:
            print(line, flush=True)
    return ["(its last lines are above)"] if greeted else [line for line in tail if line]


def _judge(out: Path, tail: Sequence[str], reason: str) -> None:
    """LabError unless everything passed, by the guest's own report; without a report the machine itself failed."""
    report = out / "report.json"
    if not report.exists():
        console = "".join(f"\n  | {line}" for line in tail)
        msg = f"{reason}{console}"
        raise LabError(msg)
    if failed := json.loads(report.read_text())["failed"]:
        msg = f"{failed} failed"
        raise LabError(msg)


def run(boot: Boot, scenarios: Sequence[str], out: Path, limit: float) -> None:
    """Tell the stories in a fresh machine; LabError where one failed, the machine went down or took too long."""
    (out / "request.json").write_text(json.dumps({"scenarios": list(scenarios)}))
    for name in ("report.json", "capabilities.json"):
        (out / name).unlink(missing_ok=True)
    with running(boot, _PROJECT, out, limit) as machine:
        tail = _relay(machine)
    late = f"the guest did not finish within {limit:.0f} s"
    _judge(out, tail, late if machine.was_too_slow else "the guest went down before it had finished")
