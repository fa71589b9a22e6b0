"""Adapters and devices say what BlueZ says, check what is asked of them, and ask it in the right order."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

import attrs
import pytest

from gattschema import RequestRefused
from gattschema.link import Adapter, AdvertisingCapabilities, Device, Ears

HCI0 = "/org/bluez/hci0"
ANN = f"{HCI0}/dev_AA_AA_AA_AA_AA_AA"


@attrs.define
class Kept:
    """An object whose properties the test says, and that notes what is asked of it."""

    path: str = HCI0
    properties: Mapping[str, Any] = attrs.field(factory=dict)
    takes_services: bool = True
    advertising: Mapping[str, Any] = attrs.field(factory=dict)
    devices: tuple[Device, ...] = ()
    battery: int | None = None
    asked: list[Any] = attrs.field(factory=list)
    refuses: str = ""

    async def call(self, member: str, _: str = "", *body: Any) -> Any:
        self.asked.append((member, *body))

    async def set(self, name: str, signature: str, value: object) -> None:
        self.asked.append((name, signature, value))
        if name == self.refuses:
            raise RequestRefused(f"no {name}")

    async def pair(self) -> None:
        self.asked.append("pair")

    async def remove(self) -> None:
        self.asked.append("remove")

    def listen(self, ears: Ears) -> Callable[[], None]:
        raise NotImplementedError


def adapter(**properties: Any) -> Adapter:
    return Adapter(cast("Any", Kept(properties=properties)))


def device(**properties: Any) -> Device:
    return Device(cast("Any", Kept(ANN, properties)))


# --- adapters ----------------------------------------------------------------------------------------------------


def test_properties_of_an_adapter() -> None:
    """Each property is what BlueZ says, with a type of its own where it has one."""
    full = adapter(
        Address="00:11:22:33:44:55",
        AddressType="public",
        Name="laptop",
        Alias="Hall",
        Class=0x0C010C,
        Powered=True,
        PowerState="on",
        Connectable=False,
        Discoverable=True,
        DiscoverableTimeout=180,
        Pairable=True,
        PairableTimeout=60,
        Discovering=True,
        UUIDs=["00001800-0000-1000-8000-00805f9b34fb"],
        Modalias="usb:v1D6Bp0246d0552",
        Roles=["central", "peripheral"],
        ExperimentalFeatures=["330859bc-7506-492d-9370-9a6f0614037f"],
        Manufacturer=0x59,
        Version=13,
    )
    assert (full.name, full.path, full.address, full.address_type) == ("hci0", HCI0, "00:11:22:33:44:55", "public")
    assert (full.alias, full.system_name, full.device_class) == ("Hall", "laptop", 0x0C010C)
    assert (full.powered, full.power_state, full.connectable, full.discovering) == (True, "on", False, True)
    assert (full.discoverable, full.discoverable_timeout) == (True, 180)
    assert (full.pairable, full.pairable_timeout) == (True, 60)
    assert full.uuids == (UUID("00001800-0000-1000-8000-00805f9b34fb"),)
    assert full.experimental_features == (UUID("330859bc-7506-492d-9370-9a6f0614037f"),)
    assert (full.modalias, full.manufacturer, full.version) == ("usb:v1D6Bp0246d0552", 0x59, 13)
    assert full.roles == ("central", "peripheral")
    assert repr(full) == "<Adapter hci0 00:11:22:33:44:55 'Hall' on>"


def test_an_adapter_of_an_old_bluez() -> None:
    """What BlueZ does not tell is ``None``, empty or off."""
    old = adapter()
    nothing = (old.address_type, old.power_state, old.connectable, old.manufacturer, old.version, old.modalias)
    assert set(nothing) == {None}
    assert (old.address, old.alias, old.system_name, old.roles, old.uuids) == ("", "", "", (), ())
    assert (old.powered, old.discoverable_timeout) == (False, 0)
    assert repr(old) == "<Adapter hci0  '' off>"


@pytest.mark.parametrize(
    ("roles", "takes_services", "expected"),
    [
        (["central", "peripheral"], True, True),
        (["central-peripheral"], True, True),
        ([], True, True),
        (["central"], True, False),
        (["peripheral"], False, False),
    ],
)
def test_the_peripheral_role(roles: list[str], takes_services: bool, expected: bool) -> None:  # noqa: FBT001
    """It needs both managers, and the role where BlueZ tells roles."""
    kept = Kept(properties={"Roles": roles}, takes_services=takes_services)
    assert Adapter(cast("Any", kept)).can_be_peripheral is expected


@pytest.mark.parametrize("name", ["hci0", "HCI0", "00:11:22:33:44:55", "hall", "Hall"])
def test_what_an_adapter_is_called(name: str) -> None:
    """Its name, address or alias, in any case of letters."""
    assert adapter(Address="00:11:22:33:44:55", Alias="Hall").is_called(name)
    assert not adapter(Address="00:11:22:33:44:55", Alias="Hall").is_called(f"{name}0")


def test_advertising_capabilities() -> None:
    """They are what the manager says, and nothing where there is no manager."""
    assert adapter().advertising == AdvertisingCapabilities(active=0, left=0)
    manager = {
        "ActiveInstances": 1,
        "SupportedInstances": 4,
        "SupportedIncludes": ["tx-power", "appearance"],
        "SupportedSecondaryChannels": ["1M", "2M"],
        "SupportedFeatures": ["CanSetTxPower"],
        "SupportedCapabilities": {"MaxAdvLen": 251, "MaxScnRspLen": 251, "MinTxPower": -34, "MaxTxPower": 7},
    }
    assert Adapter(cast("Any", Kept(advertising=manager))).advertising == AdvertisingCapabilities(
        active=1,
        left=4,
        includes=frozenset({"tx-power", "appearance"}),
        secondary_channels=frozenset({"1M", "2M"}),
        features=frozenset({"CanSetTxPower"}),
        longest=251,
        longest_scan_response=251,
        min_tx_power=-34,
        max_tx_power=7,
    )


ALL = {
    "pairable": True,
    "pairable_timeout": 2**32 - 1,
    "discoverable": False,
    "discoverable_timeout": 0xFFFF,
    "connectable": True,
    "alias": "Hall",
}


@pytest.mark.parametrize("powered", [True, False])
async def test_setting(powered: bool) -> None:  # noqa: FBT001
    """Power comes first if it is to be on, last if it is to be off; timeouts come before their flags."""
    kept = Kept()
    await Adapter(cast("Any", kept)).set(powered=powered, **cast("Any", ALL))
    others = [
        ("Alias", "s", "Hall"),
        ("Connectable", "b", True),
        ("DiscoverableTimeout", "u", 0xFFFF),
        ("Discoverable", "b", False),
        ("PairableTimeout", "u", 2**32 - 1),
        ("Pairable", "b", True),
    ]
    power = [("Powered", "b", powered)]
    assert kept.asked == (power + others if powered else others + power)


async def test_setting_nothing() -> None:
    """Only what is given is set, and an empty alias is given."""
    kept = Kept()
    await Adapter(cast("Any", kept)).set()
    assert kept.asked == []
    await Adapter(cast("Any", kept)).set(alias="", pairable_timeout=0)
    assert kept.asked == [("Alias", "s", ""), ("PairableTimeout", "u", 0)]


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"powered": 1}, TypeError, "powered=1 is neither True nor False"),
        ({"pairable": "yes"}, TypeError, "pairable='yes' is neither True nor False"),
        ({"alias": 7}, TypeError, "alias=7 is no text; write alias='7'"),
        ({"alias": "ä" * 124}, ValueError, "takes 248 octets of UTF-8; it may take 247"),
        ({"alias": "a\0"}, ValueError, "zero character"),
        ({"alias": "\ud800"}, ValueError, "lone surrogates"),
        ({"pairable_timeout": 2.5}, TypeError, "pairable_timeout=2.5 is no whole number of seconds"),
        ({"pairable_timeout": True}, TypeError, "is no whole number"),
        ({"pairable_timeout": -1}, ValueError, "is not within 0 … 4294967295 seconds; for no limit write"),
        ({"pairable_timeout": 2**32}, ValueError, "not within"),
        ({"discoverable_timeout": 0x10000}, ValueError, "discoverable_timeout=65536 is not within 0 … 65535 seconds"),
    ],
)
async def test_wrong_settings(wrong: dict[str, Any], kind: type[Exception], message: str) -> None:
    """They are refused before anything is set, also what is right beside them."""
    kept = Kept()
    with pytest.raises(kind, match=message):
        await Adapter(cast("Any", kept)).set(**({"connectable": True} | wrong))
    assert kept.asked == []


async def test_a_setting_that_bluez_refuses() -> None:
    """What came before it stays set, what would come after it is not."""
    kept = Kept(refuses="Discoverable")
    with pytest.raises(RequestRefused, match="no Discoverable"):
        await Adapter(cast("Any", kept)).set(pairable=True, discoverable=True, alias="x")
    assert [name for name, *_ in kept.asked] == ["Alias", "Discoverable"]


async def test_removing_a_device() -> None:
    """An adapter forgets its own devices, not another's."""
    kept = Kept(ANN)
    ann = Device(cast("Any", kept))
    await adapter().remove(ann)
    assert kept.asked == ["remove"]
    with pytest.raises(ValueError, match=r"is no device of hci1; write: await device.remove\(\)"):
        await Adapter(cast("Any", Kept("/org/bluez/hci1"))).remove(ann)


@pytest.mark.parametrize(
    ("assign", "message"),
    [
        (
            lambda: setattr(adapter(), "alias", "x"),
            r"Adapter.alias is set by asking BlueZ: await adapter.set(alias='x')",
        ),
        (lambda: setattr(adapter(), "powered", False), "await adapter.set(powered=False)"),
        (lambda: setattr(adapter(), "pairable_timeout", 9), "await adapter.set(pairable_timeout=9)"),
        (lambda: setattr(adapter(), "address", "x"), "Adapter.address is what BlueZ tells, and cannot be set"),
        (lambda: setattr(adapter(), "aliass", "x"), "Adapter has no aliass, and takes no attributes of"),
        (
            lambda: setattr(device(), "alias", "Ann"),
            "Device.alias is set by asking BlueZ: await device.set(alias='Ann')",
        ),
        (lambda: setattr(device(), "trusted", True), "await device.trust(on=True)"),
        (lambda: setattr(device(), "blocked", False), "await device.block(on=False)"),
        (lambda: setattr(device(), "paired", False), "await device.pair(), or device.remove()"),
        (lambda: setattr(device(), "connected", False), "await device.connect(), or device.disconnect()"),
        (lambda: setattr(device(), "rssi", 1), "Device.rssi is what BlueZ tells, and cannot be set"),
    ],
)
def test_assignments_teach(assign: Callable[[], None], message: str) -> None:
    """Whoever assigns to a property is told what to write; nothing is changed."""
    with pytest.raises(AttributeError, match=re.escape(message)):
        assign()


def test_who_is_connected() -> None:
    """The connected ones of all devices."""
    ann, ben = device(Connected=True), device(Connected=False)
    one = Adapter(cast("Any", Kept(devices=(ann, ben))))
    assert (one.devices, one.connected) == ((ann, ben), (ann,))


# --- devices -----------------------------------------------------------------------------------------------------


def test_properties_of_a_device() -> None:
    """Each property is what BlueZ says, with a type of its own where it has one."""
    full = device(
        Address="AA:BB:CC:DD:EE:FF",
        AddressType="random",
        Name="Ann's phone",
        Alias="Ann",
        Icon="phone",
        Appearance=0x0040,
        Class=0x5A020C,
        UUIDs=["0000180f-0000-1000-8000-00805f9b34fb"],
        Paired=True,
        Bonded=False,
        Connected=True,
        Trusted=True,
        Blocked=True,
        WakeAllowed=False,
        LegacyPairing=True,
        CablePairing=True,
        PreferredBearer="le",
        Modalias="usb:v1D6Bp0246d0537",
        RSSI=-60,
        TxPower=4,
        ManufacturerData={0x59: b"\1\2"},
        ServiceData={"0000180f-0000-1000-8000-00805f9b34fb": b"\x64"},
        ServicesResolved=True,
        AdvertisingFlags=b"\x06",
        AdvertisingData={0x26: b"\1\1"},
        _reason="Remote",
    )
    battery = UUID("0000180f-0000-1000-8000-00805f9b34fb")
    assert (full.address, full.address_type, full.name, full.alias) == (
        ("AA:BB:CC:DD:EE:FF", "random", "Ann's phone", "Ann")
    )
    assert (full.icon, full.appearance, full.device_class) == ("phone", 0x0040, 0x5A020C)
    assert (full.paired, full.bonded, full.connected, full.trusted, full.blocked) == (True, False, True, True, True)
    assert (full.wake_allowed, full.legacy_pairing, full.cable_pairing) == (False, True, True)
    assert (full.preferred_bearer, full.modalias, full.disconnect_reason) == ("le", "usb:v1D6Bp0246d0537", "Remote")
    assert (full.rssi, full.tx_power, full.services_resolved) == (-60, 4, True)
    assert (full.uuids, full.manufacturer_data, full.service_data) == (
        ((battery,), {0x59: b"\1\2"}, {battery: b"\x64"})
    )
    assert (full.advertising_flags, full.advertising_data) == (b"\x06", {0x26: b"\1\1"})
    assert repr(full) == "<Device AA:BB:CC:DD:EE:FF 'Ann' connected paired trusted blocked -60 dBm>"


def test_a_device_of_which_little_is_known() -> None:
    """What is not known is ``None``, empty or off; its address and what it is called are always known."""
    bare = device(Alias="AA-AA-AA-AA-AA-AA", Paired=True)
    nothing = (bare.name, bare.icon, bare.appearance, bare.device_class, bare.rssi, bare.tx_power, bare.battery)
    assert set(nothing) == {None}
    assert {bare.wake_allowed, bare.preferred_bearer, bare.advertising_flags, bare.disconnect_reason} == {None}
    assert (bare.manufacturer_data, bare.service_data, bare.advertising_data, bare.uuids) == ({}, {}, {}, ())
    assert bare.address == "AA:AA:AA:AA:AA:AA"
    assert bare.bonded, "BlueZ before 5.65 tells of pairings alone"
    assert repr(bare) == "<Device AA:AA:AA:AA:AA:AA paired>"


def test_values_are_copies() -> None:
    """Nobody changes what is known by changing what was given."""
    one = device(ManufacturerData={1: b"x"})
    cast("dict[int, bytes]", one.manufacturer_data).clear()
    assert one.manufacturer_data == {1: b"x"}


async def test_what_can_be_done_with_a_device() -> None:
    """Each method asks BlueZ for what it is called after."""
    kept = Kept(ANN)
    ann = Device(cast("Any", kept))
    await ann.disconnect()
    await ann.connect()
    await ann.pair()
    await ann.cancel_pairing()
    await ann.trust()
    await ann.trust(on=False)
    await ann.block()
    await ann.block(on=False)
    await ann.set(alias="Ann")
    await ann.remove()
    assert kept.asked == [
        ("Disconnect",),
        ("Connect",),
        "pair",
        ("CancelPairing",),
        ("Trusted", "b", True),
        ("Trusted", "b", False),
        ("Blocked", "b", True),
        ("Blocked", "b", False),
        ("Alias", "s", "Ann"),
        "remove",
    ]
    with pytest.raises(TypeError, match="on=1 is neither True nor False"):
        await ann.block(on=cast("Any", 1))
