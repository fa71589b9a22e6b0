"""Every block of the README is what it says: the programs run, the console shows this, the mistakes look so."""

from __future__ import annotations

import asyncio
import contextlib
import doctest
import io
import re
import runpy
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gattschema.cli._commands import commands
from tests.fake_bluez import FakeBlueZ, heed_interrupts

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def pulse(folder: Path) -> Path:
    """The first program, in a file of the name that the README gives it."""
    file = folder / "pulse.py"
    file.write_text(blocks("python")[0], encoding="utf-8")
    return file


async def test_first_program_serves_notifies_and_ends(bluez: FakeBlueZ, tmp_path: Path) -> None:
    """The first program, unchanged, registers Heart Rate, advertises "Pulse", is heard and takes everything back."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, pulse(tmp_path), stderr=asyncio.subprocess.DEVNULL, preexec_fn=heed_interrupts
    )
    await bluez.until(lambda: bluez.advertisements)
    assert bluez.advertisement["LocalName"] == "Pulse"
    assert bluez.advertisement["ServiceUUIDs"] == ["0000180d-0000-1000-8000-00805f9b34fb"]
    (measurement,) = (path for path in bluez.objects if path.endswith("char0"))
    await bluez.start_notify(measurement)
    await bluez.until(lambda: bluez.values)
    assert bluez.values[0][0] == 0
    assert 60 <= bluez.values[0][1] < 200
    program.send_signal(signal.SIGINT)
    await asyncio.wait_for(program.wait(), 10)
    await bluez.until(lambda: not bluez.advertisements)


def test_first_program_begins_by_line_20() -> None:
    """A reader meets the first program at once, and no promise is longer than it."""
    assert README[: README.index("```python")].count("\n") < 20


def test_console_shows_what_the_readme_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of the console blocks prints just what stands below it."""
    pulse(tmp_path)
    monkeypatch.chdir(tmp_path)
    (block,) = blocks("console")
    command, _, shown = block.partition("\n")
    assert command.startswith("$ gattschema ")
    assert CliRunner().invoke(commands, command.split()[2:]).output == shown


def test_mistakes_look_as_shown() -> None:
    """What the README's prompts print is what Python prints, but for the frames of errors."""
    names: dict[str, Any] = {"__name__": "readme"}
    for program in blocks("python"):
        exec(compile(program, "README.md", "exec", dont_inherit=True), names)  # noqa: S102  (our own README)
    shown = 0
    for block in blocks("pycon"):
        for example in doctest.DocTestParser().get_examples(block):
            said = said_by(example.source, names)
            assert said == without_frames(example.want)
            shown += bool(said)
    assert shown == 3


def test_compared_lines_are_counted() -> None:
    """The lines of the comparison are those of the programs that were run."""
    count = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "peers" / "count.py"))
    shown = re.findall(r"^\| ([\w-]+) \| (\d+) \|", README, flags=re.MULTILINE)
    assert [(library.lower(), int(lines)) for library, lines in shown] == count["rows"]()


def said_by(source: str, names: dict[str, Any]) -> list[str]:
    """What *source* prints, and its traceback without the frames."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(source, "README.md", "exec", dont_inherit=True), names)  # noqa: S102  (our own README)
    except (ValueError, ExceptionGroup) as error:
        told = traceback.TracebackException.from_exception(error)
        told.stack.clear()
        printed.write("".join(told.format()))
    return without_frames(printed.getvalue())


def without_frames(shown: str) -> list[str]:
    return [line for line in shown.splitlines() if line != "  ..." and "Traceback (most recent" not in line]
