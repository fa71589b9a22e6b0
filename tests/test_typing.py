"""The typing of the public names, by the judgement of two checkers: one run of each."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ACCEPTS, REJECTS = (ROOT / "tests" / "typing" / name for name in ("accepts.py", "rejects.py"))
IGNORE = re.compile(r"  # type: ignore\[[a-z-]+\].*")


def test_what_must_hold_also_runs() -> None:
    """Every line that the checkers must accept does at run time what it says."""
    assert runpy.run_path(str(ACCEPTS))["room"].temperature == 21


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Both files as they are, and the second once more without its ignores."""
    for file in (ACCEPTS, REJECTS):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "stripped.py").write_text(IGNORE.sub("", REJECTS.read_text()))
    return tmp_path


def expected() -> set[tuple[str, int]]:
    lines = enumerate(REJECTS.read_text().splitlines(), 1)
    return {("stripped.py", number) for number, line in lines if IGNORE.search(line)}


def test_there_is_enough_to_refuse() -> None:
    """The pattern finds the ignores: each is on a line of its own, and there are dozens."""
    assert len(expected()) == REJECTS.read_text().count("# type: ignore[") > 40


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_mypy_reports_exactly_the_lines_that_must_fail(copies: Path) -> None:
    """With the ignores there is no error and no ignore too many; without them there is one on each such line."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--output=json", f"--cache-dir={copies / 'cache'}", copies],
        capture_output=True,
        text=True,
        check=False,
        cwd=copies,
        env={**os.environ, "MYPYPATH": str(ROOT)},
    )
    errors = [json.loads(line) for line in done.stdout.splitlines()]
    assert {
        (Path(error["file"]).name, error["line"]) for error in errors if error["severity"] == "error"
    } == expected(), done.stdout + done.stderr

    told = {error["line"]: error["message"] for error in errors}
    for handler in (line for line, text in enumerate(REJECTS.read_text().splitlines()) if "def _text(self)" in text):
        assert 'expected "Callable[[BadHandlers], int]"' in told[handler], "an ordinary function is what people write"


@pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="pyright is not installed")
def test_pyright_reports_exactly_the_lines_that_must_fail(copies: Path) -> None:
    """With the ignores there is no error and no ignore too many; without them there is one on each such line."""
    settings = {
        "include": ["*.py"],
        "typeCheckingMode": "strict",
        "reportUnnecessaryTypeIgnoreComment": "error",
        "reportPrivateUsage": "none",
        "reportUnusedFunction": "none",
        "extraPaths": [str(ROOT)],
    }
    (copies / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "--project", copies],
        capture_output=True,
        text=True,
        check=False,
        cwd=copies,
    )
    found = {
        (Path(error["file"]).name, error["range"]["start"]["line"] + 1)
        for error in json.loads(done.stdout)["generalDiagnostics"]
        if error["severity"] == "error"
    }
    assert found == expected(), done.stdout + done.stderr
