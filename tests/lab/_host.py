"""What the laboratory needs of the machine it runs on: a few tools of Debian, and a way to run them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ._steps import step

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_TOOLS = {
    "debootstrap": "debootstrap",
    "depmod": "kmod",
    "mkfs.erofs": "erofs-utils",
    "qemu-system-x86_64": "qemu-system-x86",
    "zstd": "zstd",
}


class LabError(Exception):
    """The laboratory could not be built or booted; the message says why and what to do."""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command to its end and return what it printed; a LabError carries the end of its output."""
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        msg = f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{tail}"
        raise LabError(msg)
    return done.stdout


def as_root(*command: str | Path) -> str:
    """Like `run`, through sudo where we are not root."""
    return run(*(() if os.geteuid() == 0 else ("sudo", "--")), *command)


def _on_path(tool: str) -> bool:
    """Root's tools count, too: an ordinary user's PATH leaves /usr/sbin out."""
    return bool(shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"))


def _missing() -> list[str]:
    """The Debian packages whose tools are not here."""
    packages = [package for tool, package in _TOOLS.items() if not _on_path(tool)]
    return packages if _KEYRING.exists() else [*packages, "debian-archive-keyring"]


def _install(packages: Sequence[str]) -> None:
    """Install Debian packages, or say which to install where there is no apt-get."""
    names = " ".join(packages)
    if not _on_path("apt-get"):
        msg = f"missing here, and no apt-get to install it: {names} (the names of the Debian packages)"
        raise LabError(msg)
    with step(f"installing {names}"):
        as_root("apt-get", "update", "-q")
        as_root(
            "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-qy", "--no-install-recommends", *packages
        )


def prepare() -> None:
    """Make sure that every tool is here."""
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    if packages := _missing():
        _install(packages)


def _has(module: str) -> bool:
    """Whether this Python could run `-m module`."""
    found = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=False)
    return found.returncode == 0


def pip(scratch: Path) -> tuple[str | Path, ...]:
    """A command that is pip: this Python's own, or that of a throw-away environment below `scratch`."""
    if _has("pip"):
        return (sys.executable, "-m", "pip")
    if not _has("ensurepip"):
        _install(["python3-venv"])
    run(sys.executable, "-m", "venv", scratch / "venv")
    return (scratch / "venv/bin/python", "-m", "pip")
