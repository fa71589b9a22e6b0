"""The examples are programs that serve, and as short beside what others document as their table says."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import io
import re
import signal
import sys
import tokenize
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from dbus_fast import Variant

from gattschema.cli._commands import commands
from tests.fake_bluez import ANN, BEN, FakeBlueZ, FakeDevice, Refusal, device_path, heed_interrupts

FOLDER = Path(__file__).parents[1] / "examples"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
EXAMPLES = sorted(FOLDER.glob("*.py"))
SERVICELESS = {"adapters", "beacon", "greenhouse", "poster"}
SERVING = [example for example in EXAMPLES if example.stem not in SERVICELESS]
ADVERTISING = [example for example in EXAMPLES if example.stem != "adapters"]
CAT = "CC:CC:CC:CC:CC:CC"

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


class Comparison(NamedTuple):
    """A row of the table: an example, and how long it and the original are."""

    example: str
    version: str
    date: str
    theirs: str
    ours: int


def comparisons() -> list[Comparison]:
    rows = re.findall(
        r"^\| \[([\w.]+)\]\(\1\) \| [^|]+ \| ([^|]+) \| ([^|]+) \| (\d+|–) \| (\d+) \|$", README, flags=re.MULTILINE
    )
    return [Comparison(example, version, date, theirs, int(ours)) for example, version, date, theirs, ours in rows]


def lines_of_code(source: str) -> int:
    """Lines that are not blank, and not only comment or docstring."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {line for token in tokens if token.type not in NO_CODE for line in range(token.start[0], token.end[0] + 1)}
    return len(code - {line for docstring in docstrings(source) for line in docstring})


def docstrings(source: str) -> list[range]:
    """The lines of each."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    first = [node.body[0] for node in nodes if ast.get_docstring(node) is not None]
    return [range(statement.lineno, (statement.end_lineno or 0) + 1) for statement in first]


# --- running them ------------------------------------------------------------------------------------------------


@asynccontextmanager
async def program(name: str, *arguments: str) -> AsyncIterator[Process]:
    """An example as people start it, until Ctrl-C."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", FOLDER / f"{name}.py", *arguments),
        stdin=PIPE,
        stdout=PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        preexec_fn=heed_interrupts,
    )
    try:
        yield started
        started.send_signal(signal.SIGINT)
        await asyncio.wait_for(started.wait(), 10)
    finally:
        with suppress(ProcessLookupError):
            started.kill()
        await started.communicate()


def enter(started: Process, line: str) -> None:
    """Somebody types a line."""
    assert started.stdin is not None
    started.stdin.write(f"{line}\n".encode())


async def printed(started: Process, text: str) -> str:
    """What it prints, up to a text."""
    assert started.stdout is not None
    return (await asyncio.wait_for(started.stdout.readuntil(text.encode()), 5)).decode()


def imported(name: str) -> ModuleType:
    """An example as a module, to run its ``main()`` here."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@asynccontextmanager
async def main_of(module: ModuleType) -> AsyncIterator[None]:
    """Its ``main()`` runs on this event loop."""
    task = asyncio.ensure_future(module.main())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_example_says_what_it_is_about(example: Path) -> None:
    """Each example has a docstring."""
    assert ast.get_docstring(ast.parse(example.read_text(encoding="utf-8")))


@pytest.mark.parametrize("example", SERVING, ids=lambda example: example.stem)
def test_example_compiles(example: Path) -> None:
    """Each example that serves has services, all of which compile."""
    shown = CliRunner().invoke(commands, ["show", str(example)])
    assert shown.exit_code == 0, shown.output
    assert "primary service" in shown.output


@pytest.mark.parametrize("example", ADVERTISING, ids=lambda example: example.stem)
async def test_example_serves_and_ends(example: Path, bluez: FakeBlueZ) -> None:
    """Each example, unchanged, registers and advertises, and takes both back on Ctrl-C."""
    async with program(example.stem) as started:
        enter(started, "0")
        await bluez.until(lambda: bluez.advertisements)
        assert bool(bluez.applications) is (example in SERVING)
    await bluez.until(lambda: not bluez.advertisements and not bluez.applications and not bluez.agents)


# --- adverts -----------------------------------------------------------------------------------------------------


async def test_poster(bluez: FakeBlueZ) -> None:
    """It says what it stands for, for a minute."""
    async with program("poster"):
        await bluez.until(lambda: bluez.advertisements)
        told = bluez.advertisement
    assert (told["Type"], told["LocalName"], told["Appearance"]) == ("peripheral", "Scales", 0x0C80)
    assert (told["ServiceUUIDs"], told["Timeout"]) == (["0000181d-0000-1000-8000-00805f9b34fb"], 60)


async def test_beacon(bluez: FakeBlueZ) -> None:
    """Both are on the air, and nobody can connect to them."""
    async with program("beacon"):
        await bluez.until(lambda: len(bluez.advertisements) == 2)
        link, shelf = bluez.advertisements.values()
    assert (link["Type"], shelf["Type"]) == ("broadcast", "broadcast")
    (frame,) = link["ServiceData"].values()
    assert frame == b"\x10\xec\x03example\x00"
    assert shelf["ManufacturerData"] == {0xFFFF: b"shelf 7"}


async def test_greenhouse(bluez: FakeBlueZ, monkeypatch: pytest.MonkeyPatch) -> None:
    """The climate changes on the air, and a warning is there as long as it freezes."""
    greenhouse = imported("greenhouse")
    temperatures = asyncio.Queue[float]()
    monkeypatch.setattr(greenhouse.asyncio, "sleep", lambda _: measured.acquire())
    monkeypatch.setattr(greenhouse.random, "gauss", lambda *_: temperatures.get_nowait())
    measured = asyncio.Semaphore(0)
    temperatures.put_nowait(1.0)
    async with main_of(greenhouse):
        for octets, names, following in [
            ("0a0046", ["Greenhouse"], -1.0),
            ("f6ff46", ["Greenhouse", "Frost!"], -2.0),
            ("ecff46", ["Greenhouse", "Frost!"], 3.0),
            ("1e0046", ["Greenhouse"], 0.0),
        ]:
            await bluez.until(lambda names=names: [one["LocalName"] for one in bluez.advertisements.values()] == names)
            house = next(iter(bluez.advertisements.values()))
            data = {0xFFFF: bytes.fromhex(octets)}
            await bluez.until(lambda house=house, data=data: house["ManufacturerData"] == data)
            temperatures.put_nowait(following)
            measured.release()


# --- adapters, devices -------------------------------------------------------------------------------------------


async def test_adapters(bluez: FakeBlueZ) -> None:
    """It lists the adapters, switches the first one on and tells of what it hears."""
    bluez.adapter.powered = False
    bluez.devices = {ANN: FakeDevice()}
    async with program("adapters") as started:
        assert await printed(started, "\n") == (
            "<Adapter hci0 00:11:22:33:44:55 'laptop' off> one.pairable=True one.discoverable=False "
            f"one.connected=(<Device {ANN} connected>,)\n"
        )
        await bluez.until(lambda: bluez.adapter.discoverers)
        bluez.add_device(
            CAT, FakeDevice(connected=False, more={"RSSI": Variant("n", -70), "Name": Variant("s", "Cat")})
        )
        assert (await printed(started, "\n")).startswith(f"-70 {CAT} ")
    assert bluez.adapter.powered


async def test_doorkeeper(
    bluez: FakeBlueZ, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who does not pair is sent away; the third that does costs the first its bond."""
    doorkeeper = imported("doorkeeper")
    monkeypatch.setattr(doorkeeper, "SECONDS", 0)
    bluez.devices = {ANN: FakeDevice(), **{one: FakeDevice(connected=False) for one in (BEN, CAT)}}
    async with main_of(doorkeeper):
        await bluez.until(lambda: bluez.advertisements and not bluez.devices[ANN].connected)
        for address in (ANN, BEN, CAT):
            bluez.tell_device(address, connected=True, bonded=True)
        await bluez.until(lambda: ANN not in bluez.devices)
    assert [*bluez.devices] == [BEN, CAT]
    told = [line.partition("(")[0] for line in capsys.readouterr().out.splitlines()]
    assert told[:5] == ["Connected", "Disconnected", "Connected", "Connected", "Connected"]


# --- pairing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "capability"), [("0", "NoInputNoOutput"), ("1", "DisplayYesNo"), ("2", "DisplayOnly")]
)
async def test_handshake(choice: str, capability: str, bluez: FakeBlueZ) -> None:
    """Phones pair as it was chosen."""
    async with program("handshake") as started:
        enter(started, choice)
        await bluez.until(lambda: bluez.advertisements)
        ((_, told),) = bluez.agents.values()
        assert told == capability


@pytest.mark.parametrize(("answer", "lets_in"), [("yes", True), ("no", False)])
async def test_handshake_asks(bluez: FakeBlueZ, answer: str, *, lets_in: bool) -> None:
    """Only a yes lets a phone in that shows the same number."""
    async with program("handshake") as started:
        enter(started, "1")
        await bluez.until(lambda: bluez.advertisements)
        enter(started, answer)
        reply = await bluez.ask_agent("RequestConfirmation", "ou", device_path(ANN), 4711)
        assert isinstance(reply, Refusal) is not lets_in
        await printed(started, "004711, too? ")


async def test_garage(bluez: FakeBlueZ) -> None:
    """Phones pair after somebody has pressed Enter, and see which number to type; only a paired one moves the door."""
    bluez.devices = {ANN: FakeDevice(), BEN: FakeDevice()}
    async with program("garage", ANN) as started:
        await bluez.until(lambda: bluez.advertisements)
        assert bluez.adapter.more["Pairable"].value is False
        enter(started, "")
        await bluez.until(lambda: bluez.adapter.more["Pairable"].value)
        assert isinstance(await bluez.ask_agent("DisplayPasskey", "ouq", device_path(BEN), 4711, 0), Refusal)
        assert (await printed(started, "\n")).startswith(f"PairingRefused(device=<Device {BEN} connected>, why=")
        assert await bluez.ask_agent("DisplayPasskey", "ouq", device_path(ANN), 4711, 0) is None
        assert await printed(started, "\n") == f"type 004711 into {ANN.replace(':', '-')}\n"
        (flags,) = (made["Flags"] for tree in bluez.objects.values() for made in tree.values() if "Flags" in made)
        assert "encrypt-authenticated-write" in flags


@pytest.mark.parametrize(("name", "capability"), [("heart_monitor", "NoInputNoOutput"), ("safe", "DisplayOnly")])
async def test_other_agents(name: str, capability: str, bluez: FakeBlueZ) -> None:
    """One lets phones in without a number; where links have to be authenticated, a passkey is shown."""
    async with program(name):
        await bluez.until(lambda: bluez.advertisements)
        assert [told for _, told in bluez.agents.values()] == [capability]


# --- the README --------------------------------------------------------------------------------------------------


def test_every_example_is_listed() -> None:
    """The first table of the README has each example once."""
    listed = re.findall(r"^\| \[([\w.]+)\]\(\1\) \| [^|]+ \|$", README, flags=re.MULTILINE)
    assert sorted(listed) == [example.name for example in EXAMPLES]


def test_lines_are_those_of_the_table() -> None:
    """The table counts the lines of code of the programs that are here, and dates what it compares with."""
    compared = comparisons()
    assert len(compared) == README.count(".py](") - len(EXAMPLES)
    for row in compared:
        assert lines_of_code((FOLDER / row.example).read_text(encoding="utf-8")) == row.ours, row
        assert re.fullmatch(r"[\w.]+", row.version), row
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row.date), row


def test_no_example_is_longer_than_a_third() -> None:
    """Whatever has an original is at most a third as long."""
    measured = [row for row in comparisons() if row.theirs != "–"]
    assert measured
    assert [row for row in measured if 3 * row.ours > int(row.theirs)] == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('"""Docstring."""\n\nx = 1  # comment\n# comment\n', 1),
        ('def f():\n    """One\n    two."""\n    return """a\n    b"""\n', 3),
        ("class C:\n    x = (\n        1,\n\n        2,\n    )\n", 5),
    ],
)
def test_lines_of_code(source: str, count: int) -> None:
    """Blank lines, comments and docstrings do not count; text that is code does, with each of its lines."""
    assert lines_of_code(source) == count
