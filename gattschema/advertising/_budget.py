"""Whether an advertisement can be on the air of a host: found out before BlueZ is asked, whose errors say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from gattschema._errors import AdvertisementError
from gattschema.advertising._fields import declared_data, what_could_go
from gattschema.advertising._host import LEGACY, SCAN_RESPONSES, STABLE_PARAMETERS, Host
from gattschema.advertising._layout import SHORT_NAME, Layout, predict
from gattschema.advertising._structures import HEAD, LONGEST_DATA, AdType, Packet

if TYPE_CHECKING:
    from gattschema.advertising._advertisement import Advertisement

_LONGEST_LEGACY_INTERVAL = 10.24
"""Seconds; what a controller without extended advertising takes (Core Specification, Vol 4, Part E, 7.8.5)."""
_WORDS: Mapping[int, str] = {
    AdType.MANUFACTURER_DATA: "manufacturer_data",
    **dict.fromkeys((AdType.SERVICE_DATA_16, AdType.SERVICE_DATA_32, AdType.SERVICE_DATA_128), "service_data"),
    **dict.fromkeys((AdType.SERVICES_16, AdType.SERVICES_32, AdType.SERVICES_128), "services"),
    **dict.fromkeys((AdType.SOLICITED_16, AdType.SOLICITED_32, AdType.SOLICITED_128), "solicited"),
}
"""Which attribute of the scan response takes a structure."""


def check(advertisement: Advertisement, host: Host) -> None:
    """Raise unless *advertisement* can be on the air of *host*.

    Raises:
        AdvertisementError: the release or the controller does not have what it asks for, or it is too long; the
            finding has the table of octets, the remedy what could go elsewhere.
    """
    name = type(advertisement).__name__
    for finding, remedy in _missing(advertisement, host):
        raise AdvertisementError(f"{name}: {finding}", remedy)
    layout = predict(advertisement, host)
    for finding, remedy in _misfits(advertisement, host, layout):
        raise AdvertisementError(f"{name}: {finding}\n{layout}", remedy)


# --- what the host has not ---------------------------------------------------------------------------------------


def _missing(one: Advertisement, host: Host) -> Iterator[tuple[str, str]]:
    if host.left == 0:
        yield "the controller has no room for another advertisement", "remove one that runs, or stop other programs'"
    if one.scan_response is not None and host.is_before(SCAN_RESPONSES):
        yield f"{host.written_release} puts nothing but the name in the scan response", "scan_response=None (5.80 can)"
    yield from _missing_parameters(one, host)
    channels = host.secondary_channels
    if one.secondary_channel is not None and one.secondary_channel not in channels:
        has = f"it has {', '.join(channels)}" if channels else "it does legacy advertising only"
        yield f"the controller has no secondary channel {one.secondary_channel}; {has}", "secondary_channel=None"
    for wanted in sorted(one.include if host.includes is not None else ()):
        if wanted not in (host.includes or ()):
            has = ", ".join(host.includes or ()) or "nothing"
            yield f"the adapter cannot include {wanted!r}, only {has}", "bluetoothctl show (look at SupportedIncludes)"


def _missing_parameters(one: Advertisement, host: Host) -> Iterator[tuple[str, str]]:
    asked = [name for name in ("interval", "tx_power") if getattr(one, name) is not None]
    if asked and host.is_before(STABLE_PARAMETERS) and not host.experimental:
        yield (
            f"{host.written_release} ignores {' and '.join(asked)}= unless bluetoothd was started with --experimental",
            f"{asked[0]}=None, BlueZ 5.77, or --experimental in bluetooth.service",
        )
    if one.tx_power is not None and host.sets_power is False:
        yield "the controller lets no program choose the power", "tx_power=None"
    if one.interval is not None and host.longest <= LEGACY and one.interval[1] > _LONGEST_LEGACY_INTERVAL:
        yield f"an interval of {one.interval[1]:g} s is too long for this controller", "interval=10.24, or less"


# --- what does not fit -------------------------------------------------------------------------------------------


def _misfits(one: Advertisement, host: Host, layout: Layout) -> Iterator[tuple[str, str]]:
    yield from _misplaced(one, layout)
    for row in layout.rows:
        if len(row.octets) > HEAD + LONGEST_DATA:
            yield f"{row.what} take {len(row.octets)} octets, and a structure has 256", "fewer of them"
    yield from _bad_names(one, layout)
    taken = layout.taken("advertisement")
    if taken > layout.longest:
        yield f"the advertisement takes {taken} octets of {layout.longest}", _advice(one, host, layout)
    yield from _long_response(one, host, layout)


def _misplaced(one: Advertisement, layout: Layout) -> Iterator[tuple[str, str]]:
    """What extended advertising has no place for."""
    if not layout.extended:
        return
    if one.connectable and one.scan_response is not None:
        yield "extended advertising that phones can connect to has no scan response", "the data in the advertisement"
    if one.connectable and "local-name" in one.include:
        yield "extended advertising that phones can connect to has no scan response for the adapter's name", "name=…"
    if not one.connectable and layout.scan_response and layout.advertisement:
        remedy = "connectable=True, which has the name in the advertisement, or name=None and scan_response=None"
        yield "extended advertising has data in the advertisement or in the scan response, not in both", remedy


def _bad_names(one: Advertisement, layout: Layout) -> Iterator[tuple[str, str]]:
    """A name that is cut within a character, or that has no room: with that bluetoothd writes where it must not."""
    row = next((row for row in layout.rows if row.type == AdType.SHORTENED_NAME), None)
    if row is None or one.name is None:
        return
    kept = row.octets[HEAD:].decode(errors="ignore")
    if not kept:
        yield f"no octet is left for the name in the {row.packet}", "name=None, or less beside it"
    elif len(kept.encode()) < len(row.octets) - HEAD:
        yield "BlueZ would shorten the name within a character", f"name={kept!r}"


def _long_response(one: Advertisement, host: Host, layout: Layout) -> Iterator[tuple[str, str]]:
    taken, longest = len(layout.scan_response), layout.longest_scan_response
    if taken <= longest:
        own = _without_adapters_name(layout)
        if "local-name" in one.include and host.generates_scan_response - own < HEAD + SHORT_NAME + 1:
            yield f"Linux leaves its name out where less than {HEAD + SHORT_NAME + 1} octets are left", "name=…"
        return
    if one.name is None:
        yield f"the scan response takes {taken} octets of {longest}", "less in scan_response="
        return
    room = len(one.name.encode()) - (taken - longest)
    shortened = one.name.encode()[: max(room, 0)].decode(errors="ignore")
    remedy = f"name={shortened!r}" if shortened else "name=None, or less in scan_response="
    yield f"the scan response with the name takes {taken} octets of {longest}", remedy


def _without_adapters_name(layout: Layout) -> int:
    rows = [row for row in layout.rows if row.packet == "scan response"]
    return sum(len(row.octets) for row in rows if not row.what.startswith("the adapter's name"))


def _advice(one: Advertisement, host: Host, layout: Layout) -> str:
    """What could go elsewhere, the largest first."""
    ways: list[str] = []
    if not layout.extended and not host.is_before(SCAN_RESPONSES) and (word := _movable(one, layout)):
        ways.append(f"scan_response=ScanResponse({word}=…)")
    if not layout.extended and host.longest > LEGACY and "1M" in host.secondary_channels:
        ways.append(f'secondary_channel="1M" ({host.longest} octets, for apps that scan for extended advertising)')
    own = what_could_go(one)
    return ", or ".join([*ways, f"less of it: {own[0]}=None for one of {', '.join(own)}" if own else "less of it"])


def _movable(one: Advertisement, layout: Layout) -> str | None:
    """The attribute of the largest structure that the scan response has room for; what a beacon composes stays."""
    free = LEGACY - len(layout.scan_response)
    mine = Packet(one.services, one.solicited, one.manufacturer_data, one.service_data)
    fitting = [row for packet in (mine, declared_data(one)) for row in packet.structures() if len(row) <= free]
    largest = max(fitting, key=len, default=None)
    return None if largest is None else _WORDS.get(largest.type)
