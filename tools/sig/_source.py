"""Where the SIG's data is read from: a folder that is named, or the pinned wheel that carries a copy of it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REQUIREMENT = "bluetooth-sig==0.6.0"
WHEEL = "bluetooth_sig-0.6.0-py3-none-any.whl"
SHA256 = "7e803dc74fa1302fd0b04a9e61d7762a8663f381639d2af454f5fc5bb6b76a5b"
COMMIT = "e4f6570b0d426ca12dcb963a4509839c38bada04"
"""The commit of the SIG's own repository that the wheel carries."""
INSIDE = "bluetooth_sig/bluetooth_sig/"
"""The folder of the wheel that holds the SIG's files."""


class SourceError(Exception):
    """The data cannot be had, or is not what was pinned."""


def cache() -> Path:
    """Give the folder in which the wheel is kept between runs."""
    return Path.home() / ".cache" / "gattschema-sig"


def source(named: Path | None) -> Path:
    """Give the folder with ``gss/`` and ``assigned_numbers/``: the *named* one, or that of the pinned wheel."""
    folder = named if named is not None else _unpacked(pinned_wheel())
    if not (folder / "gss").is_dir():
        raise SourceError(f"{folder} has no folder gss: it is no copy of the SIG's repository")
    return folder


def pinned_wheel() -> Path:
    """Give the wheel, downloaded by pip unless it is cached, once its checksum was found right."""
    wheel = cache() / WHEEL
    if not wheel.exists():
        _download(cache())
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != SHA256:
        raise SourceError(f"{wheel} has the sha256 {found}, not {SHA256}: delete it")
    return wheel


def _download(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries", "1", "--timeout", "15"]
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        done = subprocess.run([*command, "--dest", fresh, REQUIREMENT], check=False, capture_output=True, text=True)  # noqa: S603
        if done.returncode != 0:
            raise SourceError(f"pip cannot download {REQUIREMENT}: {done.stderr.strip()}")
        (Path(fresh) / WHEEL).replace(folder / WHEEL)


def _unpacked(wheel: Path) -> Path:
    """Unpack the SIG's files beside the wheel, once."""
    folder = wheel.parent / SHA256[:12]
    if not (folder / INSIDE / "gss").is_dir():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if name.startswith(INSIDE)])
    return folder / INSIDE
