"""Layouts: which octets go in which packet, by release and controller. The octets are worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from gattschema import AdvertisementError, UInt64
from gattschema.advertising import Advertisement, Host, ScanResponse, check, service_data
from gattschema.beacons import BTHome, IBeacon

OLD, NEW = (5, 66), (5, 82)
CAPABLE = Host(release=NEW, longest=251, longest_scan_response=251, secondary_channels=("1M", "2M"))
UUID = "7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10"
UUID_OCTETS = "101a9f3e1c0d529a8e4b4c5f00002a7e"


def air(advertisement: Advertisement, host: Host | None = None) -> tuple[str, str]:
    layout = advertisement.layout(host)
    return layout.advertisement.hex(), layout.scan_response.hex()


def test_bluetoothds_order() -> None:
    """Services by width, solicited, companies, service data, appearance, raw data, flags; the name in the response."""
    everything = Advertisement(
        name="H",
        appearance=0x0540,
        services=[UUID, 0x12345678, 0x180F, 0x180A],
        solicited=[0x1805, 0x12345678],
        manufacturer_data={0x0059: b"\1\2"},
        service_data={0x180F: b"\3", 0x12345678: b"\4"},
        data={0x24: b"\5"},
        scan_response=ScanResponse(services=[0x1805], data={0x24: b"\6"}),
    )
    assert air(everything) == (
        "05030f180a18"
        "0505" + "78563412" + "1107" + UUID_OCTETS + "03140518" + "051f78563412" + "05ff59000102"
        "04160f1803"
        "06207856341204"
        "03194005"
        "022405"
        "020106",
        "03030518" + "020948" + "022406",
    )


def test_service_data_of_a_long_uuid() -> None:
    """A UUID of 128 bits stands in front with its least significant octet first."""
    assert air(Advertisement(connectable=False, service_data={UUID: b"\1"}))[0] == "1221" + UUID_OCTETS + "01"


@pytest.mark.parametrize(
    ("options", "host", "flags"),
    [
        ({}, Host(), "020106"),
        ({}, Host(discoverable=True), "020102"),
        ({}, Host(discoverable=True, le_only=True), "020106"),
        ({"discoverable_timeout": 9}, Host(), "020105"),
        ({"discoverable": False}, Host(), "020104"),
        ({"discoverable": False}, Host(discoverable=True), "020100"),
        ({"discoverable": False}, Host(release=OLD), ""),
        ({"discoverable": False}, Host(release=OLD, discoverable=True), "020102"),
        ({"connectable": False}, Host(), ""),
        ({"connectable": False}, Host(le_only=True), "020104"),
        ({"connectable": False}, Host(discoverable=True), ""),
    ],
)
def test_flags(options: dict[str, Any], host: Host, flags: str) -> None:
    """bluetoothd's last, or Linux's first where bluetoothd has none; without BR/EDR, or undiscoverable, they say so."""
    assert air(Advertisement(**options), host)[0] == flags


def test_where_linux_puts_what_it_adds() -> None:
    """Its flags in front, the power at the end, the adapter's name, 10 octets of it, in the scan response."""
    beacon = Advertisement(connectable=False, services=[0x180F], include=["tx-power", "local-name"])
    host = Host(le_only=True, power=-4, name="thinkcentre")
    assert air(beacon, host) == ("020104" + "03030f18" + "020afc", "0b08" + b"thinkcentr".hex())
    short = Advertisement(include=["local-name"])
    assert air(short, Host(name="pi"))[1] == "0309" + b"pi".hex()


def test_linux_adds_to_data_that_is_there() -> None:
    """A controller with secondary channels is told of no data where the program has none, and Linux adds none."""
    bare = Advertisement(name="Bare", connectable=False, include=["tx-power"])
    assert air(bare, Host(le_only=True))[0] == "020104" + "020a00"
    assert air(bare, Host(le_only=True, secondary_channels=("1M",)))[0] == ""
    bare.services = [0x180F]
    assert air(bare, Host(le_only=True, secondary_channels=("1M",)))[0] == "020104" + "03030f18" + "020a00"


@pytest.mark.parametrize("release", [OLD, NEW])
def test_a_long_name_is_shortened(release: tuple[int, int]) -> None:
    """Where the controller has 31 octets, bluetoothd keeps the first 29 of a name and calls it shortened."""
    long = Advertisement(name="n" * 30)
    assert air(long, Host(release=release))[1] == "1e08" + b"n".hex() * 29
    assert air(Advertisement(name="n" * 29), Host(release=release))[1] == "1e09" + b"n".hex() * 29
    check(long, Host(release=release))


def test_extended_advertising_has_the_name_in_the_advertisement() -> None:
    """What phones can connect to has no scan response there; the controller says how much fits."""
    wide = Advertisement(name="Hall", manufacturer_data={0x0059: bytes(100)}, secondary_channel="1M")
    layout = wide.layout(CAPABLE)
    assert layout.advertisement.hex() == "67ff5900" + "00" * 100 + "0509" + b"Hall".hex() + "020106"
    assert (layout.scan_response, layout.longest, layout.longest_scan_response) == (b"", 251, 0)
    assert layout.extended
    check(wide, CAPABLE)


def test_the_table() -> None:
    """Who takes how many octets, packet by packet."""
    assert str(Advertisement(name="Hall", services=[0x180F, UUID]).layout()).splitlines() == [
        "advertisement: 25 of 31 octets",
        "     4  16-bit services",
        "    18  128-bit services",
        "     3  flags",
        "scan response: 6 of 31 octets",
        "     6  name",
    ]


def test_thirty_one_octets_fit_and_no_more() -> None:
    """The last octet counts: 3 of flags, 4 of head, 24 of data."""
    check(Advertisement(manufacturer_data={0x0059: bytes(24)}), Host(release=NEW))
    with pytest.raises(AdvertisementError) as raised:
        check(Advertisement(manufacturer_data={0x0059: bytes(25)}), Host(release=NEW))
    assert raised.value.finding.startswith("Advertisement: the advertisement takes 32 octets of 31\nadvertisement: 32")
    assert raised.value.remedy == "scan_response=ScanResponse(manufacturer_data=…), or less of it"


def test_more_octets_than_legacy_has_are_never_taken_silently() -> None:
    """BlueZ from 5.76 on would switch to extended advertising, which most apps do not hear: it has to be said."""
    long = Advertisement(manufacturer_data={0x0059: bytes(100)})
    with pytest.raises(AdvertisementError, match='secondary_channel="1M"'):
        check(long, CAPABLE)
    long.secondary_channel = "1M"
    check(long, CAPABLE)
    with pytest.raises(AdvertisementError, match="107 octets of 31"):
        check(long, Host(release=OLD, longest=251, secondary_channels=("1M",)))


def test_a_beacon_keeps_room_for_flags() -> None:
    """Linux adds 3 octets where there is no BR/EDR; whether there is, nobody tells. The table has what is counted."""
    beacon = Advertisement(connectable=False, manufacturer_data={0x0059: bytes(25)})
    assert str(beacon.layout()).splitlines() == [
        "advertisement: 32 of 31 octets",
        "     3  kept free for flags, which Linux adds where there is no BR/EDR",
        "    29  manufacturer data of Nordic Semiconductor ASA (0x0059)",
    ]
    assert (len(beacon.layout().advertisement), beacon.layout().rows[0].type) == (29, None)
    with pytest.raises(AdvertisementError, match="takes 32 octets of 31\n"):
        check(beacon, Host())
    check(beacon, Host(le_only=False))
    assert "kept free" not in str(beacon.layout(Host(le_only=False)))


def test_the_table_names_companies() -> None:
    """Those that the SIG knows; others have their number."""
    plain = Advertisement(manufacturer_data={0xFFFF: b"x"}, scan_response=ScanResponse(manufacturer_data={6: b"x"}))
    assert "     5  manufacturer data of 0xFFFF" in str(plain.layout())
    assert "     5  manufacturer data of Microsoft (0x0006)" in str(plain.layout())


class Hall(Advertisement):
    level: UInt64 = service_data(0x180F, default=0)


@pytest.mark.parametrize(
    ("advertisement", "remedy"),
    [
        (BTHome(temperature=1.0, raw=bytes(20)), "less of it: temperature=None for one of temperature, raw"),
        (IBeacon(uuid=UUID, major=1, minor=1, measured_power=0, services=[1]), "ScanResponse(services=…), or less of"),
        (Hall(services=[UUID]), "ScanResponse(services=…), or less of it"),
        (Hall(data={0x24: bytes(20)}), "ScanResponse(service_data=…), or less of it"),
    ],
)
def test_the_remedy_moves_what_can_move(advertisement: Advertisement, remedy: str) -> None:
    """What a beacon composes by itself stays together: some of its attributes can be left out."""
    with pytest.raises(AdvertisementError) as raised:
        check(advertisement, Host(release=NEW))
    assert remedy in raised.value.remedy
    assert "BTHome" not in raised.value.finding or "ScanResponse" not in raised.value.remedy


@pytest.mark.parametrize(
    ("options", "host", "finding", "remedy"),
    [
        ({}, Host(left=0), "no room for another", "remove one"),
        ({"scan_response": ScanResponse(data={0x24: b"x"})}, Host(release=OLD), "BlueZ 5.66 puts nothing but", "5.80"),
        ({"interval": 0.1}, Host(release=OLD), "BlueZ 5.66 ignores interval= unless", "interval=None"),
        ({"tx_power": 4}, Host(release=OLD), "BlueZ 5.66 ignores tx_power= unless", "tx_power=None"),
        ({"tx_power": 4}, Host(sets_power=False), "lets no program choose the power", "tx_power=None"),
        ({"interval": 11.0}, Host(), "an interval of 11 s is too long", "10.24"),
        ({"secondary_channel": "1M"}, Host(), "legacy advertising only", "secondary_channel=None"),
        ({"secondary_channel": "Coded"}, CAPABLE, "no secondary channel Coded; it has 1M, 2M", "=None"),
        ({"include": ["rsi"]}, Host(includes=("tx-power",)), "cannot include 'rsi', only tx-power", "SupportedIncl"),
        (
            {"name": "n" * 30},
            Host(release=NEW, longest=251, longest_scan_response=251),
            "takes 32 octets of 31",
            "name=",
        ),
        ({"name": "n" * 28 + "ü"}, Host(), "within a character", "name='nnnn"),
        (
            {"name": "n", "scan_response": ScanResponse(manufacturer_data={1: bytes(25)})},
            Host(),
            "no octet is left for the name",
            "name=None",
        ),
        (
            {"name": "n", "scan_response": ScanResponse(manufacturer_data={1: bytes(27)})},
            Host(),
            "no octet is left for the name",
            "name=None",
        ),
        (
            {"name": "n" * 29, "scan_response": ScanResponse(data={0x24: b"x"})},
            Host(),
            "the scan response with the name takes 34 octets of 31",
            "name='" + "n" * 26 + "'",
        ),
        (
            {"scan_response": ScanResponse(manufacturer_data={1: bytes(30)})},
            Host(),
            "the scan response takes 34 octets of 31",
            "less in scan_response=",
        ),
        (
            {"include": ["local-name"], "scan_response": ScanResponse(manufacturer_data={1: bytes(16)})},
            Host(name="pi"),
            "Linux leaves its name out",
            "name=…",
        ),
        (
            {"secondary_channel": "1M", "scan_response": ScanResponse(data={0x24: b"x"})},
            CAPABLE,
            "has no scan response",
            "the data in the advertisement",
        ),
        ({"secondary_channel": "1M", "include": ["local-name"]}, CAPABLE, "no scan response for the adapter's", "name"),
        (
            {"secondary_channel": "1M", "connectable": False, "name": "n", "services": [1]},
            CAPABLE,
            "not in both",
            "connectable=True",
        ),
        (
            {"secondary_channel": "1M", "services": [f"0000{i:04x}-5f4c-4b8e-9a52-0d1c3e9f1a10" for i in range(16)]},
            CAPABLE,
            "a structure has 256",
            "fewer of them",
        ),
    ],
)
def test_what_a_host_cannot_have_on_the_air(options: dict[str, Any], host: Host, finding: str, remedy: str) -> None:
    """It is refused before BlueZ is asked, with what is wrong and what to write instead."""
    with pytest.raises(AdvertisementError) as raised:
        check(Advertisement(**options), host)
    assert finding in raised.value.finding
    assert remedy in raised.value.remedy


@pytest.mark.parametrize(
    ("options", "host"),
    [
        ({"interval": 0.1, "tx_power": 4}, Host(release=(5, 77))),
        ({"interval": 0.1, "tx_power": 4}, Host(release=OLD, experimental=True)),
        ({"interval": 11.0}, CAPABLE),
        ({"include": ["local-name", "tx-power"]}, Host(includes=("local-name", "tx-power"), name="pi")),
        ({"secondary_channel": "1M", "connectable": False, "name": "n"}, CAPABLE),
    ],
)
def test_what_it_can(options: dict[str, Any], host: Host) -> None:
    """What the release and the controller have passes."""
    check(Advertisement(**options), host)
