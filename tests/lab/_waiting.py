"""The guest's first process, part of the image: imports what is slow, then waits for the host to send it to work.

Here it is that a saved machine goes on: nothing of the host may be mounted before, since QEMU does not save that.
"""

import importlib
import os
import runpy
import select
import subprocess
import sys
import time

_SLOW = (
    "ast",
    "asyncio.subprocess",
    "bumble.pairing",
    "bumble.transport.vhci",
    "concurrent.futures.thread",
    "dbus_fast.aio",
    "dbus_fast.service",
    "json",
    "runpy",
    "traceback",
    "uuid",
)
_OPTIONS = "trans=virtio,version=9p2000.L,msize=512000"


def _mount(tag: str, folder: str, options: str) -> None:
    """Mount a folder of the host."""
    subprocess.run(["busybox", "mount", "-t", "9p", "-o", f"{_OPTIONS},{options}", tag, folder], check=True)


def _main() -> None:
    """Get ready, wait for the host's clock, and tell the stories.

    What a machine is sent while its state is still being loaded is lost, so it says time and again that it waits.
    """
    for name in _SLOW:
        importlib.import_module(name)
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        print("waiting", flush=True)
    now, started = sys.stdin.readline().split()
    time.clock_settime(time.CLOCK_REALTIME, float(now))
    os.environ["LAB_STARTED"] = started
    _mount("src", "/project", "ro,cache=loose")
    _mount("out", "/out", "cache=none")
    importlib.invalidate_caches()
    runpy.run_module("tests.lab.guest", run_name="__main__")


if __name__ == "__main__":
    _main()
