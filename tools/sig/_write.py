"""Formats what was generated, and writes it or compares it with what is committed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GENERATED_FOLDERS = ("gattschema/sig/_numbers", "gattschema/sig/_characteristics")


_FIRST_PARTY = ("--config", 'lint.isort.known-first-party = ["gattschema"]')
"""Away from the repository ruff does not know which imports are our own."""


class FormatError(Exception):
    """Ruff finds fault with what was generated."""


def formatted(files: Mapping[str, str], root: Path) -> dict[str, str]:
    """Let ruff sort imports and break lines, as it does for files that people write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        config = ["--config", str(root / "pyproject.toml"), *_FIRST_PARTY, "--no-cache", "--quiet", str(folder)]
        _ruff("check", "--select", "I", "--fix", *config)
        _ruff("format", *config)
        return {path: (folder / path).read_text(encoding="utf-8") for path in files}


def _ruff(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments], check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode != 0:
        raise FormatError(done.stdout + done.stderr)


def differences(files: Mapping[str, str], root: Path) -> list[str]:
    """Tell which files are not what the generator makes: changed, missing, or no longer made."""
    changed = [path for path, text in files.items() if not _same(root / path, text)]
    return sorted([*changed, *_left_over(files, root)])


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _left_over(files: Mapping[str, str], root: Path) -> list[str]:
    there = (path for folder in GENERATED_FOLDERS for path in (root / folder).glob("*.py"))
    return [name for path in there if (name := path.relative_to(root).as_posix()) not in files]


def write(files: Mapping[str, str], root: Path) -> list[str]:
    """Write what has changed, remove what is no longer made, and tell which files these were."""
    changed = differences(files, root)
    for path in changed:
        if path in files:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(files[path], encoding="utf-8")
        else:
            (root / path).unlink()
    return changed
