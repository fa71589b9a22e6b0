"""What a program pays before its first line: whole processes, from start to exit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], str]:
    """Run code in a fresh interpreter, all modules compiled since the first time; give what it prints."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env = {**inherited, "PYTHONPYCACHEPREFIX": str(tmp_path)}

    def run(code: str) -> str:
        command = [sys.executable, "-c", code]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout  # noqa: S603

    return run


@pytest.mark.parametrize("peer", ["import asyncio, attrs", "import dbus_fast.aio", "pass"])
def test_import(compare: Callable[..., None], run: Callable[[str], str], peer: str) -> None:
    compare(
        lambda: run("import gattschema"),
        lambda: run(peer),
        figure="process with import gattschema",
        peer_name=peer,
    )
    assert run("import sys, gattschema; print('dbus_fast' in sys.modules)").strip() == "False"
