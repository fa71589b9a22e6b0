"""Adapters without a peripheral: opened, set, asked for devices, and lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest
from dbus_fast import Variant

from gattschema import (
    AdapterBlocked,
    ConnectionLost,
    NoAdapter,
    NoBlueZ,
    NoBus,
    NotAllowed,
    Peripheral,
    PeripheralError,
    ReadNotify,
    RequestRefused,
    Service,
    UInt8,
    characteristic,
)
from gattschema.adapters import open_adapter, open_adapters
from gattschema.link import Adapter, Device
from tests.fake_bluez import ANN, BEN, PATIENCE, Daemon, FakeAdapter, FakeBlueZ, FakeDevice, Refusal

CAT = "CC:CC:CC:CC:CC:CC"
SECOND = FakeAdapter("hci1", "66:77:88:99:AA:BB", "Dongle", powered=False, roles=["central"])


class Lamp(Service, uuid="AAD0"):
    level: ReadNotify[UInt8] = characteristic(default=1)


def device(adapter: Adapter, address: str) -> Device:
    (found,) = [one for one in adapter.devices if one.address == address]
    return found


async def until(what: Callable[[], object]) -> None:
    """Wait until *what* is true."""
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110  (the properties of what was found tell nobody of their changes)
            await asyncio.sleep(0.001)


# --- opening -----------------------------------------------------------------------------------------------------


async def test_opening_one(bluez: FakeBlueZ) -> None:
    """The first one, or the one that is called so, and it is left as it is: off, or without the peripheral role."""
    bluez.adapters.append(SECOND)
    async with open_adapter() as adapter:
        assert (adapter.name, adapter.alias, adapter.powered) == ("hci0", "laptop", True)
    for wanted in ("hci1", "66:77:88:99:aa:bb", "dongle"):
        async with open_adapter(wanted) as adapter:
            assert (adapter.name, adapter.powered, adapter.can_be_peripheral) == ("hci1", False, False)
    assert bluez.calls == []


async def test_opening_all(bluez: FakeBlueZ) -> None:
    """All of them, and none where there is none."""
    bluez.adapters.append(SECOND)
    async with open_adapters() as adapters:
        assert [adapter.name for adapter in adapters] == ["hci0", "hci1"]
    bluez.adapters.clear()
    async with open_adapters() as adapters:
        assert adapters == ()


async def test_no_such_adapter(bluez: FakeBlueZ) -> None:
    """It is said which ones there are."""
    with pytest.raises(
        NoAdapter, match=r"there is no adapter 'hci7'; BlueZ knows hci0 \(00:11:22:33:44:55, 'laptop'\)"
    ):
        async with open_adapter("hci7"):
            pass
    bluez.adapters.clear()
    with pytest.raises(NoAdapter, match="BlueZ knows no Bluetooth adapter"):
        async with open_adapter():
            pass


@pytest.mark.usefixtures("system_bus")
async def test_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without bluetoothd, and without a bus, it is said which."""
    with pytest.raises(NoBlueZ):
        async with open_adapters():
            pass
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
    with pytest.raises(NoBus):
        async with open_adapter():
            pass


def test_importing_loads_no_dbus() -> None:
    """Adapters and devices can be talked of without D-Bus."""
    code = "import sys, gattschema.adapters, gattschema.link; sys.exit('dbus_fast' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


# --- settings ----------------------------------------------------------------------------------------------------


async def test_setting_an_adapter(bluez: FakeBlueZ) -> None:
    """What was set shows when the call is over, though BlueZ answers before it shows it."""
    async with open_adapter() as adapter:
        await adapter.set(alias="Hall", pairable=False, pairable_timeout=60, powered=False)
        assert (adapter.alias, adapter.pairable, adapter.pairable_timeout) == ("Hall", False, 60)
        assert not adapter.powered
        await adapter.set(alias="")
        assert adapter.alias == adapter.system_name == "laptop"
    assert bluez.calls == [
        "hci0 Alias=Hall",
        "hci0 PairableTimeout=60",
        "hci0 Pairable=False",
        "hci0 Powered=False",
        "hci0 Alias=",
    ]


@pytest.mark.usefixtures("bluez")
async def test_a_setting_that_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for a while, and no longer: BlueZ has said that it is set."""
    monkeypatch.setattr("gattschema.bluez._remote._SHOWS_WITHIN", 0.01)
    monkeypatch.setattr(FakeBlueZ, "_set", lambda *_: None)
    async with open_adapter() as adapter:
        await adapter.set(alias="Hall")
        assert adapter.alias == "laptop"


@pytest.mark.parametrize(
    ("refusal", "asked", "kind", "finding", "remedy"),
    [
        (
            Refusal("org.bluez.Error.NotReady", "Resource Not Ready"),
            {"discoverable": True},
            RequestRefused,
            "BlueZ refuses Discoverable=True of hci0 (org.bluez.Error.NotReady: Resource Not Ready)",
            "await adapter.set(powered=True), or: bluetoothctl power on",
        ),
        (
            Refusal("org.bluez.Error.Failed", "Not Powered"),
            {"discoverable": True},
            RequestRefused,
            "BlueZ refuses Discoverable=True of hci0 (org.bluez.Error.Failed: Not Powered)",
            "await adapter.set(powered=True), or: bluetoothctl power on",
        ),
        (
            Refusal("org.bluez.Error.Busy", ""),
            {"pairable": False},
            RequestRefused,
            "BlueZ refuses Pairable=False of hci0 (org.bluez.Error.Busy: )",
            "wait until the change before has ended, and try again",
        ),
        (
            Refusal("org.bluez.Error.Failed", "Invalid Parameters"),
            {"connectable": True},
            RequestRefused,
            "BlueZ refuses Connectable=True of hci0 (org.bluez.Error.Failed: Invalid Parameters)",
            "journalctl -u bluetooth -n 20",
        ),
        (
            Refusal("org.bluez.Error.Blocked", "Blocked through rfkill"),
            {"powered": True},
            AdapterBlocked,
            "hci0 cannot be switched on (org.bluez.Error.Blocked: Blocked through rfkill)",
            "sudo rfkill unblock bluetooth",
        ),
        (
            Refusal("org.bluez.Error.Blocked", "Blocked through rfkill"),
            {"connectable": True},
            AdapterBlocked,
            "rfkill keeps hci0 from Connectable=True (org.bluez.Error.Blocked: Blocked through rfkill)",
            "sudo rfkill unblock bluetooth",
        ),
        (
            Refusal("org.freedesktop.DBus.Error.AccessDenied", "rules say no"),
            {"alias": "x"},
            NotAllowed,
            "this user may not call org.freedesktop.DBus.Properties.Set: rules say no",
            "sudo usermod -aG bluetooth $USER, then log out and in again",
        ),
        (
            Refusal("org.bluez.Error.PermissionDenied", "no"),
            {"alias": "x"},
            NotAllowed,
            "BlueZ does not let this user do Alias='x' with hci0 (org.bluez.Error.PermissionDenied: no)",
            "sudo usermod -aG bluetooth $USER, then log out and in again",
        ),
        (
            Refusal("org.freedesktop.DBus.Error.UnknownProperty", "No such property"),
            {"connectable": True},
            RequestRefused,
            "BlueZ refuses Connectable=True of hci0 (org.freedesktop.DBus.Error.UnknownProperty: No such property)",
            "bluetoothd --version: a newer BlueZ has it",
        ),
        (
            Refusal("org.freedesktop.DBus.Error.NoReply", "gone"),
            {"powered": False},
            ConnectionLost,
            "bluetoothd went away before it answered Powered=False of hci0 (org.freedesktop.DBus.Error.NoReply: gone)",
            "leave the block, and open it anew: async with open_adapter() as adapter",
        ),
        (
            Refusal("org.freedesktop.DBus.Error.Spawn.Failed", "no"),
            {"alias": "x"},
            ConnectionLost,
            "bluetoothd went away before it answered Alias='x' of hci0 (org.freedesktop.DBus.Error.Spawn.Failed: no)",
            "leave the block, and open it anew: async with open_adapter() as adapter",
        ),
    ],
)
async def test_a_setting_that_is_refused(  # noqa: PLR0913, PLR0917
    bluez: FakeBlueZ,
    refusal: Refusal,
    asked: dict[str, Any],
    kind: type[PeripheralError],
    finding: str,
    remedy: str,
) -> None:
    """The error says what was refused, what BlueZ said, and what mends it."""
    if "powered" in asked:
        bluez.adapter.powered = not asked["powered"]
    async with open_adapter() as adapter:
        bluez.refusals["Set"] = refusal
        with pytest.raises(kind) as told:
            await adapter.set(**asked)
    assert (told.value.finding, told.value.remedy) == (finding, remedy)


# --- devices -----------------------------------------------------------------------------------------------------


async def test_devices(bluez: FakeBlueZ) -> None:
    """What is done with a device shows when the call is over."""
    async with open_adapter() as adapter:
        assert [one.address for one in adapter.connected] == [ANN, BEN]
        ann = device(adapter, ANN)
        await ann.trust()
        await ann.set(alias="Ann")
        assert (ann.trusted, ann.alias) == (True, "Ann")
        await ann.pair()
        assert ann.bonded
        await ann.disconnect()
        assert not ann.connected
        await ann.connect()
        assert ann.connected
        await ann.block()
        await ann.block(on=False)
        await ann.trust(on=False)
        assert (ann.blocked, ann.trusted) == (False, False)
        await ann.remove()
        assert adapter.devices == (device(adapter, BEN),)
        assert (ann.connected, ann.bonded, ann.alias) == (False, False, "Ann")
        await adapter.remove(device(adapter, BEN))
        assert adapter.devices == ()
    assert bluez.devices == {}
    assert bluez.calls[-2:] == ["hci0 RemoveDevice"] * 2


@pytest.mark.usefixtures("bluez")
async def test_a_device_that_bluez_forgot() -> None:
    """Whatever is asked of it is refused, and it is said why."""
    async with open_adapter() as adapter:
        ann = device(adapter, ANN)
        await ann.remove()
        for ask in (ann.disconnect, ann.remove, ann.trust):
            with pytest.raises(RequestRefused, match=f"BlueZ does not know {ANN} any more"):
                await ask()


@pytest.mark.parametrize(
    ("member", "name", "remedy"),
    [
        ("Pair", "AlreadyExists", "await device.remove() forgets the bond; then pair anew"),
        ("Pair", "AuthenticationFailed", "forget the bond on the other device, too, and pair anew"),
        ("Connect", "InProgress", "wait until what is under way has ended, and try again"),
        ("Connect", "Failed", "journalctl -u bluetooth -n 20"),
        ("CancelPairing", "DoesNotExist", "nothing: no pairing is under way"),
    ],
)
async def test_what_a_device_refuses(bluez: FakeBlueZ, member: str, name: str, remedy: str) -> None:
    """The error says what was asked of whom, and what mends it."""
    async with open_adapter() as adapter:
        bluez.refusals[member] = Refusal(f"org.bluez.Error.{name}", "so")
        ann = device(adapter, ANN)
        ask = {"Pair": ann.pair, "Connect": ann.connect, "CancelPairing": ann.cancel_pairing}[member]
        with pytest.raises(RequestRefused) as told:
            await ask()
    assert told.value.remedy == remedy
    assert f"org.bluez.Error.{name}: so" in told.value.finding


# --- discovery ---------------------------------------------------------------------------------------------------


async def test_discovering(bluez: FakeBlueZ) -> None:
    """Devices that BlueZ finds meanwhile are given; the discovery of this program ends with the loop."""
    heard = {"RSSI": Variant("n", -50), "Name": Variant("s", "Cat")}
    async with open_adapter() as adapter, aclosing(adapter.discover(rssi=-60)) as found:
        first = asyncio.ensure_future(anext(found))
        await bluez.until(lambda: bluez.adapter.discoverers)
        assert [*bluez.adapter.discoverers.values()] == [{"Transport": "le", "RSSI": -60}]
        bluez.add_device(CAT, FakeDevice(connected=False, more=heard))
        assert ((await first).address, (await first).name) == (CAT, "Cat")
        bluez.change_device(BEN, RSSI=Variant("n", -61))
        bluez.change_device(ANN, RSSI=Variant("n", -60))
        assert (await anext(found)).address == ANN
    assert bluez.adapter.discoverers == {}


async def test_discovering_twice(bluez: FakeBlueZ) -> None:
    """BlueZ keeps one discovery for each program; a second is refused before it touches the first's filter."""
    bluez.devices[ANN].more["RSSI"] = Variant("n", -50)
    async with open_adapter() as adapter, aclosing(adapter.discover()) as found:
        await anext(found)
        calls = list(bluez.calls)
        with pytest.raises(RequestRefused, match="hci0 looks for devices for this program already"):
            await anext(adapter.discover(rssi=-10))
        assert bluez.calls == calls
    async with open_adapter() as adapter, aclosing(adapter.discover(seconds=5)) as found:
        assert (await anext(found)).address == ANN


async def test_discovering_with_an_adapter_that_is_off(bluez: FakeBlueZ) -> None:
    """It is refused, with what switches it on."""
    bluez.adapter.powered = False
    async with open_adapter() as adapter:
        with pytest.raises(RequestRefused, match="bluetoothctl power on"):
            await anext(adapter.discover())


@pytest.mark.parametrize(
    ("how", "kind", "finding"),
    [
        ("removed", NoAdapter, "hci0 is gone"),
        ("off", RequestRefused, "hci0 was switched off"),
        ("bluez", ConnectionLost, "bluetoothd is away, and hci0 with it"),
    ],
)
async def test_losing_what_discovers(bluez: FakeBlueZ, how: str, kind: type[PeripheralError], finding: str) -> None:
    """Who waits for a device does not wait for ever."""
    async with open_adapter() as adapter:
        waiting = asyncio.ensure_future(anext(adapter.discover()))
        await bluez.until(lambda: bluez.adapter.discoverers)
        if how == "removed":
            bluez.remove_adapter(bluez.adapter)
        elif how == "off":
            bluez.change_adapter(bluez.adapter, Powered=Variant("b", False))  # noqa: FBT003  (a D-Bus value)
        else:
            await bluez.leave()
        with pytest.raises(kind) as told:
            await waiting
    assert told.value.finding == finding


# --- the end -----------------------------------------------------------------------------------------------------

ANEW = "leave the block, and open it anew: async with open_adapter() as adapter"


async def test_losing_bluez(bluez: FakeBlueZ, system_bus: Daemon) -> None:
    """What was known stays, but for links and power; whatever is asked says what is away, and to open it anew."""
    async with open_adapter() as adapter:
        ann = device(adapter, ANN)
        await bluez.leave()
        again = await FakeBlueZ().join(system_bus.address)
        for ask in (ann.disconnect, ann.trust, ann.remove, ann.pair):
            with pytest.raises(ConnectionLost) as told:
                await ask()
            assert told.value.finding == f"bluetoothd is away, and {ANN} with it"
            assert told.value.remedy == ANEW
        assert (adapter.alias, adapter.powered, adapter.power_state) == ("laptop", False, "off")
        assert (ann.connected, adapter.connected, adapter.devices) == (False, (), (ann, device(adapter, BEN)))
        assert again.calls == []
        await again.leave()


async def test_after_the_block(bluez: FakeBlueZ) -> None:
    """What was known stays as it was, and nothing can be asked, since the block has ended."""
    async with open_adapter() as adapter:
        ann = device(adapter, ANN)
    assert (adapter.alias, adapter.powered, ann.connected) == ("laptop", True, True)
    for ask, whom in ((adapter.set(alias="x"), "hci0"), (ann.disconnect(), ANN), (anext(adapter.discover()), "hci0")):
        with pytest.raises(ConnectionLost) as told:
            await ask
        assert told.value.finding == f"the block has ended in which {whom} was found"
        assert told.value.remedy == "ask before the async with ends"
    assert bluez.calls == []


async def test_losing_the_bus(bluez: FakeBlueZ) -> None:
    """Who waits for a device is told so."""
    async with open_adapter() as adapter:
        waiting = asyncio.ensure_future(anext(adapter.discover()))
        await bluez.until(lambda: bluez.adapter.discoverers)
        adapter._remote.lineage.newest.bus.disconnect()  # type: ignore[attr-defined]
        with pytest.raises(ConnectionLost, match="the connection to the system bus is away, and hci0 with it"):
            await waiting


async def test_an_adapter_that_is_unplugged(bluez: FakeBlueZ) -> None:
    """It and its devices are away, and are found anew under whatever name it comes back, though another has its old."""
    async with open_adapter() as adapter:
        ann, ben = device(adapter, ANN), device(adapter, BEN)
        plugged, devices = bluez.adapter, dict(bluez.devices)
        bluez.remove_adapter(plugged)
        await until(lambda: not adapter.powered)
        for ask, whom in ((ann.trust, f"hci0 is away, and {ANN} with it"), (adapter.set, "hci0 is away")):
            with pytest.raises(ConnectionLost, match=whom) as told:
                await (ask() if ask == ann.trust else adapter.set(alias="x"))
            assert told.value.remedy == "plug it in again; bluetoothctl list"
        assert (ann.connected, adapter.devices) == (False, ())
        other = FakeAdapter("hci0", SECOND.address, "Dongle")
        bluez.add_adapter(other)
        bluez.add_device(ANN, FakeDevice(connected=False))
        plugged.name = "hci1"
        bluez.add_adapter(plugged)
        bluez.devices[ANN] = devices[ANN]
        bluez.devices[ANN].adapter = "hci1"
        bluez.add_device(ANN, bluez.devices[ANN])
        await until(lambda: ann.connected)
        assert (adapter.name, adapter.powered, adapter.devices) == ("hci1", True, (ann,))
        await ann.trust()
        assert (ann.trusted, bluez.calls) == (True, [f"{ANN} Trusted=True"])
        with pytest.raises(RequestRefused, match=f"BlueZ does not know {BEN} any more"):
            await ben.trust()


# --- misuse ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wrong", "meant"), [(0, "hci0"), (1, "hci1"), (True, "hci0"), (b"hci0", "hci0")])
async def test_adapters_are_called_by_texts(wrong: Any, meant: str) -> None:
    """What is no text is refused before anything is asked, and the text that was meant is said."""
    with pytest.raises(TypeError, match=f'its name, address or alias, and not by {wrong!r}; write "{meant}"'):
        async with open_adapter(wrong):
            pass


async def test_a_peripheral_calls_its_adapter_by_a_text(bluez: FakeBlueZ) -> None:
    """So it is with ``adapter=``, and nothing is registered."""
    with pytest.raises(TypeError, match='write "hci0"'):
        async with Peripheral(Lamp(), adapter=cast("Any", 0)):
            pass
    assert bluez.applications == {}
