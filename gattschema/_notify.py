"""Readiness for systemd (``sd_notify(3)``): a datagram to the socket that the environment names, if it names one."""

from __future__ import annotations

import contextlib
import os
import socket

PATIENCE = 1.0
"""Seconds that a service manager is given which has not read what it was told before."""


def notify(state: str) -> None:
    """Tell the service manager, for instance ``READY=1``; without one this does nothing."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(address.replace("@", "\0", 1))
        sock.send(state.encode())
