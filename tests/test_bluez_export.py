"""A plan becomes exactly the objects that BlueZ's contract names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from dbus_fast import Variant

from gattschema import (
    Broadcast,
    Indicate,
    Notify,
    Peripheral,
    Read,
    ReadIndicate,
    ReadNotify,
    ReadWrite,
    ReadWriteIndicate,
    ReadWriteNotify,
    RegistrationError,
    Service,
    UInt8,
    Write,
    WriteIndicate,
    WriteNotify,
    WriteWithoutResponse,
    characteristic,
)
from tests.fake_bluez import (
    ADVERTISEMENT,
    CHARACTERISTIC,
    DESCRIPTOR,
    OBJECT_MANAGER,
    PROPERTIES,
    SERVICE,
    FakeBlueZ,
    Refusal,
)

INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
ROOT = "/org/gattschema/application"


def full(short: int) -> str:
    return f"0000{short:04x}-0000-1000-8000-00805f9b34fb"


class Battery(Service):
    battery_level: ReadNotify[UInt8] = characteristic(default=100, description="How full it is — in percent")


class Lamp(Service, uuid="1a3b0000-7e57-4c0d-8a11-0123456789ab", includes=(Battery,)):
    level: ReadWrite[UInt8] = characteristic(default=0, uuid="AAAA")
    colour: Indicate[UInt8] = characteristic(default=0, uuid=0xAAAB, description="Colour")


class Spare(Service, uuid="AABB", primary=False):
    pass


async def test_the_whole_tree(bluez: FakeBlueZ) -> None:
    """Each service, characteristic and descriptor is one object with its mandatory properties and no others.

    Services stand in the given order except that an included one comes before those that include it.
    """
    async with Peripheral(Lamp(), Battery(), Spare()):
        assert list(bluez.objects.items()) == [
            (f"{ROOT}/service0", {SERVICE: {"UUID": full(0x180F), "Primary": True}}),
            (
                f"{ROOT}/service0/char0",
                {
                    CHARACTERISTIC: {
                        "UUID": full(0x2A19),
                        "Service": f"{ROOT}/service0",
                        "Flags": ["read", "notify"],
                    }
                },
            ),
            (
                f"{ROOT}/service0/char0/desc0",
                {
                    DESCRIPTOR: {
                        "UUID": full(0x2901),
                        "Characteristic": f"{ROOT}/service0/char0",
                        "Flags": ["read"],
                    }
                },
            ),
            (
                f"{ROOT}/service1",
                {
                    SERVICE: {
                        "UUID": "1a3b0000-7e57-4c0d-8a11-0123456789ab",
                        "Primary": True,
                        "Includes": [f"{ROOT}/service0"],
                    }
                },
            ),
            (
                f"{ROOT}/service1/char0",
                {
                    CHARACTERISTIC: {
                        "UUID": full(0xAAAA),
                        "Service": f"{ROOT}/service1",
                        "Flags": ["read", "write"],
                    }
                },
            ),
            (
                f"{ROOT}/service1/char1",
                {CHARACTERISTIC: {"UUID": full(0xAAAB), "Service": f"{ROOT}/service1", "Flags": ["indicate"]}},
            ),
            (
                f"{ROOT}/service1/char1/desc0",
                {
                    DESCRIPTOR: {
                        "UUID": full(0x2901),
                        "Characteristic": f"{ROOT}/service1/char1",
                        "Flags": ["read"],
                    }
                },
            ),
            (f"{ROOT}/service2", {SERVICE: {"UUID": full(0xAABB), "Primary": False}}),
        ]


async def test_fields_keep_the_order_of_the_class(bluez: FakeBlueZ) -> None:
    """Characteristics are numbered in the order of declaration, beyond the tenth, too."""
    fields: dict[str, Any] = {f"field_{number}": Read[UInt8] for number in range(12)}
    defaults = {name: characteristic(default=number) for number, name in enumerate(fields)}
    many = type("Many", (Service,), {"__annotations__": fields, "__module__": __name__, **defaults}, uuid="AABC")
    async with Peripheral(many()):
        paths = [path for path in bluez.objects if "/char" in path]
        assert [await bluez.read(path) for path in paths] == [bytes([number]) for number in range(12)]


async def test_chains_of_includes(bluez: FakeBlueZ) -> None:
    """What an included service includes comes first of all, and each is there once."""

    class Bottom(Service, uuid="B0"):
        pass

    class Middle(Service, uuid="B1", includes=(Bottom,)):
        pass

    class Top(Service, uuid="B2", includes=(Middle, Bottom)):
        pass

    async with Peripheral(Top(), Middle(), Bottom()):
        assert [(path.rpartition("/")[2], made[SERVICE].get("Includes")) for path, made in bluez.objects.items()] == [
            ("service0", None),
            ("service1", [f"{ROOT}/service0"]),
            ("service2", [f"{ROOT}/service1", f"{ROOT}/service0"]),
        ]


@pytest.mark.parametrize("count", [0, 2])
async def test_includes_need_exactly_one_instance(bluez: FakeBlueZ, count: int) -> None:
    """Without one instance to point to, nothing is registered, and the error says what to pass."""
    with pytest.raises(RegistrationError, match=f"Lamp includes Battery, of which there are {count} instances") as told:
        await Peripheral(Lamp(), *(Battery() for _ in range(count))).__aenter__()
    assert told.value.remedy == "pass exactly one Battery(…) beside it"
    assert bluez.calls == []


# --- flags -------------------------------------------------------------------------------------------------------

FLAVOURS: dict[Any, list[str]] = {
    Broadcast: ["broadcast"],
    Read: ["read"],
    WriteWithoutResponse: ["write-without-response"],
    Write: ["write"],
    Notify: ["notify"],
    Indicate: ["indicate"],
    ReadWrite: ["read", "write"],
    ReadNotify: ["read", "notify"],
    ReadIndicate: ["read", "indicate"],
    WriteNotify: ["write", "notify"],
    WriteIndicate: ["write", "indicate"],
    ReadWriteNotify: ["read", "write", "notify"],
    ReadWriteIndicate: ["read", "write", "indicate"],
}
GUARDABLE = ("read", "write", "notify", "indicate")
PREFIXES = {"open": "", "encrypted": "encrypt-", "authenticated": "encrypt-authenticated-", "secure": "secure-"}


def lone(flavour: Any, security: Any = "open") -> Service:
    """A service with one field."""
    body = {"__annotations__": {"x": flavour[UInt8]}, "__module__": __name__}
    return type("Lone", (Service,), {**body, "x": characteristic(default=0, security=security)}, uuid="AABD")()


async def flags_of(bluez: FakeBlueZ, service: Service) -> list[str]:
    async with Peripheral(service):
        return list(bluez.objects[f"{ROOT}/service0/char0"][CHARACTERISTIC]["Flags"])


@pytest.mark.parametrize("flavour", FLAVOURS, ids=lambda flavour: flavour.__name__)
async def test_open_flags(bluez: FakeBlueZ, flavour: Any) -> None:
    """A flavour's flags, unprotected."""
    assert await flags_of(bluez, lone(flavour)) == FLAVOURS[flavour]


@pytest.mark.parametrize("level", ["encrypted", "authenticated", "secure"])
@pytest.mark.parametrize("flavour", [Read, Write, Notify, Indicate, ReadWriteNotify, ReadWriteIndicate])
async def test_protected_flags(bluez: FakeBlueZ, flavour: Any, level: str) -> None:
    """A protected flag stands in place of the open one, which would say what does not hold: BlueZ ORs them."""
    assert await flags_of(bluez, lone(flavour, level)) == [PREFIXES[level] + word for word in FLAVOURS[flavour]]


@pytest.mark.parametrize("operation", GUARDABLE)
@pytest.mark.parametrize("level", PREFIXES)
async def test_flags_protected_one_by_one(bluez: FakeBlueZ, operation: str, level: str) -> None:
    """Security of one operation leaves the others open."""
    push = operation if operation in {"notify", "indicate"} else "notify"
    flavour = ReadWriteIndicate if push == "indicate" else ReadWriteNotify
    levels = {push: "open"} | {operation: level}
    assert await flags_of(bluez, lone(flavour, levels)) == [
        (PREFIXES[level] if word == operation else "") + word for word in ("read", "write", push)
    ]


async def test_a_protected_command_is_a_protected_request(bluez: FakeBlueZ) -> None:
    """BlueZ has no flag for protected commands: write-without-response stays, the write beside it is protected."""
    body = {"__annotations__": {"x": Annotated[WriteWithoutResponse[UInt8], Write]}, "__module__": __name__}
    made = type("Lone", (Service,), {**body, "x": characteristic(default=0, security="encrypted")}, uuid="AABD")()
    assert await flags_of(bluez, made) == ["write-without-response", "encrypt-write"]


# --- descriptors -------------------------------------------------------------------------------------------------


async def test_descriptors_are_read(bluez: FakeBlueZ) -> None:
    """The description is read, from an offset, too; an offset behind its end is an error."""
    async with Peripheral(Battery()):
        path = bluez.path(UUID(full(0x2901)))
        text = "How full it is — in percent".encode()
        assert await bluez.read(path) == text
        assert await bluez.read(path, offset=22) == text[22:]
        assert await bluez.read(path, offset=len(text)) == b""
        refusal = await bluez.read(path, offset=len(text) + 1)
        assert isinstance(refusal, Refusal)
        assert refusal.name == "org.bluez.Error.InvalidOffset"


async def test_descriptors_are_not_written(bluez: FakeBlueZ) -> None:
    """A write to a description is refused."""
    async with Peripheral(Battery()):
        refusal = await bluez.write(bluez.path(UUID(full(0x2901))), b"Mine")
        assert refusal == Refusal("org.bluez.Error.NotPermitted", "Characteristic User Description is not writable")


# --- for people with busctl --------------------------------------------------------------------------------------


async def test_get_and_get_all_agree_with_the_tree(bluez: FakeBlueZ) -> None:
    """Each property can be got alone and with the others of its interface."""
    async with Peripheral(Lamp(), Battery()):
        for path, interfaces in bluez.objects.items():
            for interface, properties in interfaces.items():
                got = await bluez.ask(path, PROPERTIES, "GetAll", "s", interface)
                assert {key: variant.value for key, variant in got.items()} == properties
                for key, value in properties.items():
                    assert (await bluez.ask(path, PROPERTIES, "Get", "ss", interface, key)).value == value


@pytest.mark.parametrize("interface", [CHARACTERISTIC, "org.example.Nothing"])
async def test_get_of_what_is_not_there_is_an_error(bluez: FakeBlueZ, interface: str) -> None:
    """An unset property has no value, not an empty one."""
    async with Peripheral(Lamp(), Battery()):
        path = bluez.path(Lamp.level.uuid)
        assert isinstance(await bluez.ask(path, PROPERTIES, "Get", "ss", interface, "Handle"), Refusal)


async def test_properties_cannot_be_set(bluez: FakeBlueZ) -> None:
    """Set is an error: everything here follows from the plan."""
    async with Peripheral(Battery()):
        path = bluez.path(Battery.battery_level.uuid)
        value = Variant("s", full(0xAAAA))
        assert isinstance(await bluez.ask(path, PROPERTIES, "Set", "ssv", CHARACTERISTIC, "UUID", value), Refusal)


async def children(bluez: FakeBlueZ, path: str) -> list[str | None]:
    node = ET.fromstring(await bluez.ask(path, INTROSPECTABLE, "Introspect"))  # noqa: S314  (our own XML)
    return [child.get("name") for child in node.findall("node")]


async def test_introspection_leads_from_the_root_to_each_object(bluez: FakeBlueZ) -> None:
    """Whoever walks down from / (``busctl tree``) finds every object with its interfaces and properties."""
    async with Peripheral(Lamp(), Battery()):
        found: dict[str, dict[str, dict[str, str]]] = {}
        todo = ["/"]
        while todo:
            path = todo.pop()
            node = ET.fromstring(await bluez.ask(path, INTROSPECTABLE, "Introspect"))  # noqa: S314  (our own XML)
            todo += [f"{path.rstrip('/')}/{child.get('name')}" for child in node.findall("node")]
            found[path] = {
                interface.get("name", ""): {p.get("name", ""): p.get("type", "") for p in interface.findall("property")}
                for interface in node.findall("interface")
            }
        for path, interfaces in bluez.objects.items():
            assert {name: set(ps) for name, ps in found[path].items()} == {n: set(ps) for n, ps in interfaces.items()}
        assert found[bluez.path(Lamp.level.uuid)] == {CHARACTERISTIC: {"UUID": "s", "Service": "o", "Flags": "as"}}


async def test_introspection_finds_the_advertisement(bluez: FakeBlueZ) -> None:
    """The advertisement is below the same root as the services."""
    async with Peripheral(Battery()):
        ((_, path),) = bluez.advertisements
        parent, _, name = path.rpartition("/")
        node = ET.fromstring(await bluez.ask(path, INTROSPECTABLE, "Introspect"))  # noqa: S314  (our own XML)
        assert [interface.get("name") for interface in node.findall("interface")] == [ADVERTISEMENT]
        assert name in await children(bluez, parent)


async def test_other_paths_are_not_ours(bluez: FakeBlueZ) -> None:
    """What is asked of other paths, interfaces and members is answered as D-Bus says: unknown."""
    async with Peripheral(Battery()):
        unknown = "org.freedesktop.DBus.Error.UnknownMethod"
        path = bluez.path(Battery.battery_level.uuid)
        for asked in (
            (f"{path}0", CHARACTERISTIC, "StartNotify"),
            (path, CHARACTERISTIC, "AcquireAll"),
            (path, "org.example.Nothing", "StartNotify"),
        ):
            refusal = await bluez.ask(*asked)
            assert isinstance(refusal, Refusal)
            assert refusal.name == unknown


async def test_nothing_is_answered_after_leaving(bluez: FakeBlueZ) -> None:
    """The objects are gone with the block."""
    async with Peripheral(Battery()):
        client = bluez.client
    refusal = await bluez._ask(client, ROOT, OBJECT_MANAGER, "GetManagedObjects")
    assert isinstance(refusal, Refusal)
    assert refusal.name == "org.freedesktop.DBus.Error.ServiceUnknown"


@pytest.mark.parametrize(("count", "sockets"), [(400, 0), (600, 121)])
async def test_more_objects_than_bluetoothd_hears(bluez: FakeBlueZ, count: int, sockets: int) -> None:
    """The bus lets bluetoothd watch some 500 objects; what is behind them is heard over sockets."""
    fields = {f"field{number}": Notify[UInt8] for number in range(count)}
    given = {name: characteristic(default=0) for name in fields}
    crowd = type("Crowd", (Service,), {"__annotations__": fields, **given}, uuid="AAF0")  # type: ignore[call-overload]
    async with Peripheral(crowd()):
        assert len(bluez.objects) == count + 1
        offered = [path for path, made in bluez.objects.items() if "NotifyAcquired" in made.get(CHARACTERISTIC, {})]
        assert offered == [f"{ROOT}/service0/char{number}" for number in range(count - sockets, count)]


@pytest.mark.parametrize(("release", "told"), [(None, 1), ((5, 66), 0)])
async def test_more_objects_than_an_unknown_bluetoothd_hears(
    bluez: FakeBlueZ,
    runs: Callable[[tuple[int, int] | None], None],
    caplog: pytest.LogCaptureFixture,
    release: tuple[int, int] | None,
    told: int,
) -> None:
    """Where the release cannot be told there are no sockets, and the log says what mends that."""
    runs(release)
    fields = {f"field{number}": Notify[UInt8] for number in range(500)}
    given = {name: characteristic(default=0) for name in fields}
    crowd = type("Crowd", (Service,), {"__annotations__": fields, **given}, uuid="AAF0")  # type: ignore[call-overload]
    async with Peripheral(crowd()):
        assert len(bluez.objects) == 501
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len([text for text in warnings if "max_match_rules_per_connection" in text]) == told
