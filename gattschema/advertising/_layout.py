"""The layout: which octets go in which packet, as bluetoothd and Linux compose them.

bluetoothd (``src/advertising.c``, ``src/shared/ad.c``): lists of services, solicited services, manufacturer data,
service data, name, appearance, raw data, flags. The name goes to the scan response, except where extended advertising
that phones can connect to has none. Linux (``net/bluetooth/eir.c``) adds flags in front where there are none but there
should be, the power at the end, and the adapter's name to the scan response.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from gattschema.advertising import _structures as ad
from gattschema.advertising._host import FLAGS_WITHOUT_DISCOVERABLE, LEGACY, Host
from gattschema.advertising._structures import MANUFACTURER, AdType, Structure

if TYPE_CHECKING:
    from gattschema.advertising._advertisement import Advertisement

Where: TypeAlias = Literal["advertisement", "scan response"]

_FLAGS = 3
"""Octets of the flags."""
SHORT_NAME = 10
"""Octets of the adapter's name that Linux advertises at most."""


@attrs.frozen
class Row:
    """One AD structure of a layout."""

    what: str
    """For people: ``128-bit services``."""
    octets: bytes
    """All of it, with its length and its type."""
    packet: Where
    kept_free: int = 0
    """Octets that nothing may take, though nothing is in them yet."""

    @property
    def type(self) -> int | None:
        """The number of its type (Assigned Numbers, 2.3); ``None`` where octets are only kept free."""
        return self.octets[1] if self.octets else None

    @property
    def length(self) -> int:
        """How many octets it takes."""
        return len(self.octets) + self.kept_free


@attrs.frozen
class Layout:
    """What an advertisement puts on the air, to the octet; ``str()`` is a table of who takes how many of them.

    Three things are not known beforehand: the power that the controller chooses, the resolvable set identifier, which
    is random, and whether the adapter has BR/EDR (``le_only``).
    """

    rows: tuple[Row, ...]
    longest: int
    """Octets that fit in the advertisement."""
    longest_scan_response: int
    """Octets that fit in the scan response; 0 where there is none."""
    extended: bool
    """Whether it is extended advertising (Core Specification, Vol 6, Part B, 4.4.2.1), not legacy's 31 octets."""

    @property
    def advertisement(self) -> bytes:
        """The octets of the advertisement."""
        return self._octets("advertisement")

    @property
    def scan_response(self) -> bytes:
        """The octets of the scan response; none where nothing would be in it."""
        return self._octets("scan response")

    def taken(self, packet: Where) -> int:
        """Give how many octets are taken of a packet, with those that are kept free."""
        return sum(row.length for row in self.rows if row.packet == packet)

    def _octets(self, packet: Where) -> bytes:
        return b"".join(row.octets for row in self.rows if row.packet == packet)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        packets: tuple[tuple[Where, int], ...] = (
            ("advertisement", self.longest),
            ("scan response", self.longest_scan_response),
        )
        for packet, longest in packets:
            rows = [row for row in self.rows if row.packet == packet]
            if rows or packet == "advertisement":
                yield f"{packet}: {self.taken(packet)} of {longest} octets"
                yield from (f"  {row.length:4}  {_with_company(row)}" for row in rows)


def _with_company(row: Row) -> str:
    """What a row is, with the name of the company."""
    what, of, number = row.what.partition(MANUFACTURER)
    if not of:
        return row.what
    from gattschema.sig import companies  # noqa: PLC0415  (four thousand names, for those who look at a table)

    name = companies().get(int(number, 16))
    return f"{of}{name} ({number})" if name and not what else row.what


def predict(advertisement: Advertisement, host: Host) -> Layout:
    """Give the layout that *advertisement* has on *host*, whether it fits or not."""
    extended = advertisement.secondary_channel is not None
    response = () if extended and advertisement.connectable else tuple(_scan_response(advertisement, host))
    rows = [*_rows(_advertisement(advertisement, host, extended=extended), "advertisement")]
    return Layout(
        rows=(*_kept_free(rows, host), *rows, *_rows(response, "scan response")),
        longest=host.generates if extended else LEGACY,
        longest_scan_response=_longest_response(advertisement, host, extended=extended),
        extended=extended,
    )


def _kept_free(rows: Iterable[Row], host: Host) -> Iterator[Row]:
    """Room for the flags that Linux adds if the adapter turns out to have no BR/EDR."""
    if host.le_only is None and not any(row.type == AdType.FLAGS for row in rows):
        yield Row("kept free for flags, which Linux adds where there is no BR/EDR", b"", "advertisement", _FLAGS)


def _longest_response(advertisement: Advertisement, host: Host, *, extended: bool) -> int:
    if not extended:
        return LEGACY
    return 0 if advertisement.connectable else host.generates_scan_response


def _rows(structures: Iterable[Structure], packet: Where) -> Iterator[Row]:
    return (Row(one.what, one.octets, packet) for one in structures)


def _advertisement(advertisement: Advertisement, host: Host, *, extended: bool) -> Iterator[Structure]:
    own = list(_generated(advertisement, host, extended=extended))
    if not own and host.secondary_channels:
        return  # Linux tells such a controller of data that is new, and there is none
    if not any(one.type == AdType.FLAGS for one in own):
        yield from _flags_of_linux(advertisement, host)
    yield from own
    if "tx-power" in advertisement.include:
        yield Structure("power, which Linux adds", AdType.TX_POWER, bytes([host.power & 0xFF]))


def _generated(advertisement: Advertisement, host: Host, *, extended: bool) -> Iterator[Structure]:
    """What bluetoothd makes of it."""
    packet = advertisement._gatt_packet()  # noqa: SLF001  (the room's own)
    front = list(packet.structures())
    yield from front
    if extended and advertisement.connectable and advertisement.name is not None:
        yield _name(advertisement.name, front, host.generates)
    if advertisement.appearance is not None:
        yield ad.appearance(advertisement.appearance)
    if "rsi" in advertisement.include:
        yield Structure("resolvable set identifier, random", AdType.RSI, bytes(6))
    yield from packet.raw_structures()
    yield from _flags(advertisement, host)


def _flags(advertisement: Advertisement, host: Host) -> Iterator[Structure]:
    if not advertisement.connectable or (
        not advertisement.is_discoverable and host.is_before(FLAGS_WITHOUT_DISCOVERABLE)
    ):
        return
    bits = ad.NO_BREDR if host.le_only or not host.discoverable else 0
    if advertisement.is_discoverable:
        bits |= ad.GENERAL if advertisement.discoverable_timeout is None else ad.LIMITED
    yield ad.flags(bits)


def _flags_of_linux(advertisement: Advertisement, host: Host) -> Iterator[Structure]:
    bits = ad.GENERAL if advertisement.connectable and host.discoverable else 0
    bits |= ad.NO_BREDR if host.le_only else 0
    if bits:
        yield ad.flags(bits, "flags, which Linux adds")


def _scan_response(advertisement: Advertisement, host: Host) -> Iterator[Structure]:
    packet = advertisement.scan_response or ad.Packet()
    front = list(packet.structures())
    yield from front
    if advertisement.name is not None:
        yield _name(advertisement.name, front, host.generates_scan_response)
    yield from packet.raw_structures()
    if "local-name" in advertisement.include and host.name:
        yield _name_of_linux(host.name.encode())


def _name(name: str, front: Sequence[Structure], longest: int) -> Structure:
    """The name, shortened to what bluetoothd leaves for it: all but what stands in front."""
    octets = name.encode()
    room = max(0, longest - sum(map(len, front)) - ad.HEAD)
    if len(octets) > room:
        return Structure("name, shortened", AdType.SHORTENED_NAME, octets[:room])
    return Structure("name", AdType.NAME, octets)


def _name_of_linux(octets: bytes) -> Structure:
    shortened = len(octets) > SHORT_NAME
    what = "the adapter's name, shortened" if shortened else "the adapter's name"
    return Structure(what, AdType.SHORTENED_NAME if shortened else AdType.NAME, octets[:SHORT_NAME])
