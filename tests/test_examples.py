"""The examples are programs that serve, and as short beside what others document as their table says."""

from __future__ import annotations

import ast
import asyncio
import io
import re
import signal
import sys
import tokenize
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from gattschema.cli._commands import commands
from tests.fake_bluez import FakeBlueZ, heed_interrupts

FOLDER = Path(__file__).parents[1] / "examples"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
EXAMPLES = sorted(FOLDER.glob("*.py"))

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


class Comparison(NamedTuple):
    """A row of the table: an example, and how long it and the original are."""

    example: str
    version: str
    date: str
    theirs: str
    ours: int


def comparisons() -> list[Comparison]:
    rows = re.findall(
        r"^\| \[([\w.]+)\]\(\1\) \| [^|]+ \| ([^|]+) \| ([^|]+) \| (\d+|–) \| (\d+) \|$", README, flags=re.MULTILINE
    )
    return [Comparison(example, version, date, theirs, int(ours)) for example, version, date, theirs, ours in rows]


def lines_of_code(source: str) -> int:
    """Lines that are not blank, and not only comment or docstring."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {line for token in tokens if token.type not in NO_CODE for line in range(token.start[0], token.end[0] + 1)}
    return len(code - {line for docstring in docstrings(source) for line in docstring})


def docstrings(source: str) -> list[range]:
    """The lines of each."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    first = [node.body[0] for node in nodes if ast.get_docstring(node) is not None]
    return [range(statement.lineno, (statement.end_lineno or 0) + 1) for statement in first]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_example_compiles(example: Path) -> None:
    """Each example has services, all of which compile, and a docstring that says what it is about."""
    shown = CliRunner().invoke(commands, ["show", str(example)])
    assert shown.exit_code == 0, shown.output
    assert "primary service" in shown.output
    assert ast.get_docstring(ast.parse(example.read_text(encoding="utf-8")))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
async def test_example_serves_and_ends(example: Path, bluez: FakeBlueZ) -> None:
    """Each example, unchanged, registers and advertises, and takes both back on Ctrl-C."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, example, stderr=asyncio.subprocess.DEVNULL, preexec_fn=heed_interrupts
    )
    await bluez.until(lambda: bluez.advertisements)
    assert bluez.applications
    program.send_signal(signal.SIGINT)
    await asyncio.wait_for(program.wait(), 10)
    await bluez.until(lambda: not bluez.advertisements and not bluez.applications)


def test_every_example_is_listed() -> None:
    """The first table of the README has each example once."""
    listed = re.findall(r"^\| \[([\w.]+)\]\(\1\) \| [^|]+ \|$", README, flags=re.MULTILINE)
    assert sorted(listed) == [example.name for example in EXAMPLES]


def test_lines_are_those_of_the_table() -> None:
    """The table counts the lines of code of the programs that are here, and dates what it compares with."""
    compared = comparisons()
    assert len(compared) == README.count(".py](") - len(EXAMPLES)
    for row in compared:
        assert lines_of_code((FOLDER / row.example).read_text(encoding="utf-8")) == row.ours, row
        assert re.fullmatch(r"[\w.]+", row.version), row
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row.date), row


def test_no_example_is_longer_than_a_third() -> None:
    """Whatever has an original is at most a third as long."""
    measured = [row for row in comparisons() if row.theirs != "–"]
    assert measured
    assert [row for row in measured if 3 * row.ours > int(row.theirs)] == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('"""Docstring."""\n\nx = 1  # comment\n# comment\n', 1),
        ('def f():\n    """One\n    two."""\n    return """a\n    b"""\n', 3),
        ("class C:\n    x = (\n        1,\n\n        2,\n    )\n", 5),
    ],
)
def test_lines_of_code(source: str, count: int) -> None:
    """Blank lines, comments and docstrings do not count; text that is code does, with each of its lines."""
    assert lines_of_code(source) == count
