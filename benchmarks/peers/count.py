"""How long the same peripheral is with each library: `python3 benchmarks/peers/count.py` prints README.md's table."""

import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Peer(NamedTuple):
    library: str
    version: str
    proven: str
    remarks: str

    @property
    def program(self) -> str:
        return f"with_{self.library.replace('-', '_')}.py"


PEERS = (
    Peer(
        "gattschema",
        "0.1.0",
        "lab: bookworm (all beats), trixie, sid",
        "packs, checks, powers and takes back by itself; no pairing agent",
    ),
    Peer(
        "bless",
        "0.3.0",
        "lab: bookworm (all beats), trixie, sid",
        "octets by hand; UUIDs in full; power by hand, through D-Bus; made for macOS and Windows, too",
    ),
    Peer(
        "bluezero",
        "0.9.1",
        "lab: bookworm (all beats), trixie; sid: not run",
        "octets by hand; takes back by hand; GLib's loop, no asyncio; no wheels of dbus-python; a GATT client, too",
    ),
    Peer(
        "bluez-peripheral",
        "0.2.0a5",
        "lab: bookworm (all beats), trixie, sid",
        "octets by hand; power and taking back by hand; a pre-release; pairing agents and device discovery",
    ),
    Peer(
        "bumble",
        "0.0.236",
        "lab: bookworm (all beats), trixie, sid, over `hci-socket:0`",
        "packs by its own Heart Rate profile; advertisement by hand; needs the adapter to itself, but no BlueZ",
    ),
)


def lines(program: str) -> int:
    """Lines with anything on them."""
    return sum(1 for line in (HERE / program).read_text(encoding="utf-8").splitlines() if line.strip())


def rows() -> list[tuple[str, int]]:
    """Every library and the lines of its program, the shortest first."""
    return sorted(((peer.library, lines(peer.program)) for peer in PEERS), key=lambda row: row[1])


def table() -> str:
    """The table of README.md."""
    peers = {peer.library: peer for peer in PEERS}
    head = ["| library | version | lines | proven | what matters |", "|---|---|--:|---|---|"]
    body = []
    for library, count in rows():
        peer = peers[library]
        link = f"[{library}]({peer.program})"
        body.append(f"| {link} | {peer.version} | {count} | {peer.proven} | {peer.remarks} |")
    return "\n".join([*head, *body])


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
