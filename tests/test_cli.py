"""The command line: every form of target, every way to get it wrong, and what ends up on disk."""

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

import gattschema
from gattschema.cli._commands import commands
from gattschema.sig import EnvironmentalSensing

_serial = itertools.count(1)

SERVICES = """
    from __future__ import annotations
    import enum
    from gattschema import Notify, Read, ReadWrite, Service, UInt8, struct

    class Mode(enum.IntEnum):
        OFF = 0

    @struct
    class Schedule:
        mode: Mode

    class Thermostat(Service, uuid="fff0"):
        '''Room thermostat.'''
        schedule: ReadWrite[Schedule]

    class Alarm(Service, uuid="fff1"):
        level: Notify[UInt8]

    Synonym = Alarm
    hall = Thermostat(schedule=Schedule(mode=Mode.OFF))
    cellar = Alarm(level=1)

    if __name__ == "__main__":
        raise SystemExit("the main block ran")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current directory; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.fixture
def write(folder: Path) -> Callable[..., str]:
    """Write a module with a name that no test has used before, and give that name."""

    def write_module(source: str = SERVICES, below: str = "") -> str:
        name = f"module_{next(_serial)}"
        path = folder / below / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(source), encoding="utf-8")
        return name

    return write_module


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, [str(argument) for argument in arguments], prog_name="gattschema")


def drawn(*targets: str) -> list[str]:
    """The names of the services that ``show`` draws, in order."""
    result = run("show", *targets)
    assert result.exit_code == 0, result.output
    return [tree.split()[0] for tree in result.output.split("\n\n")]


def refused(*arguments: object, status: int = 2) -> str:
    """What is said instead, in one line that is no traceback."""
    result = run(*arguments)
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output
    (line,) = result.output.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


# --- targets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{0}", "{0}.py", "./{0}.py"])
def test_all_services_of_a_place(write: Callable[..., str], form: str) -> None:
    """A module or a file stands for the services defined in it, each once, in the order of definition."""
    assert drawn(form.format(write())) == ["Thermostat", "Alarm"]


@pytest.mark.parametrize("form", ["{0}:Alarm", "{0}.py:Alarm", "{0}:Synonym", "{0}:cellar"])
def test_one_class_of_a_place(write: Callable[..., str], form: str) -> None:
    """A name behind a colon stands for that class alone."""
    assert drawn(form.format(write())) == ["Alarm"]


def test_places_below(write: Callable[..., str]) -> None:
    """Modules of packages and files of directories are found from the current directory on."""
    name = write(below="below")
    assert drawn(f"below.{name}:Alarm") == drawn(f"below/{name}.py:Alarm") == ["Alarm"]


def test_absolute_path(write: Callable[..., str], folder: Path) -> None:
    """An absolute path will do."""
    assert drawn(f"{folder / write()}.py:Alarm") == ["Alarm"]


def test_several_targets(write: Callable[..., str]) -> None:
    """Targets are drawn in their order; a service that two of them name is drawn once."""
    name = write()
    assert drawn(f"{name}.py:Alarm", f"{name}.py") == ["Alarm", "Thermostat"]


def test_imported_services(write: Callable[..., str]) -> None:
    """Where services are declared, an imported one does not come with them, but can be asked for by name."""
    there = write()
    here = write(f"""
        from {there} import Alarm
        from gattschema import Service
        class Own(Service, uuid="fff2"): ...
    """)
    assert drawn(here) == ["Own"]
    assert drawn(f"{here}.py:Alarm") == ["Alarm"]


def test_imported_services_alone(write: Callable[..., str]) -> None:
    """A place that uses services as they are is that of the classes that it imports, if it has no instances."""
    there = write()
    assert drawn(write(f"from {there} import Alarm, Thermostat")) == ["Alarm", "Thermostat"]
    assert drawn(write(f"from {there} import Alarm, Thermostat\nloud = Alarm(level=1)")) == ["Alarm"]


STATION = """
    from gattschema import ReadNotify, Service, UInt8, characteristic
    from gattschema.sig import EnvironmentalSensing

    class Lamp(Service, uuid="fff2"):
        level: ReadNotify[UInt8] = characteristic(default=1)

    inside = EnvironmentalSensing(temperature=21.5)
    outside = EnvironmentalSensing(temperature=3.5, humidity=80)
    lamp = Lamp()
"""


def test_an_instance_is_drawn_with_what_it_has(write: Callable[..., str]) -> None:
    """A module-level instance of a ready-made service stands beside the module's own classes, or for itself."""
    name = write(STATION)
    assert drawn(name) == drawn(f"{name}.py") == ["Lamp", "EnvironmentalSensing", "EnvironmentalSensing"]
    alone = run("show", f"{name}:outside").output
    assert alone == f"{gattschema.plan(sys.modules[name].outside)}\n"
    assert "humidity" in alone
    assert "humidity" not in run("show", f"{name}:inside").output


def test_services_that_are_loaded_by_name(write: Callable[..., str]) -> None:
    """A module may make its names when they are asked for, as gattschema.sig does."""
    assert drawn("gattschema.sig:EnvironmentalSensing", "gattschema.sig:HeartRate") == [
        "EnvironmentalSensing",
        "HeartRate",
    ]
    assert refused("show", "gattschema.sig:EnvironmentSensing").endswith(
        "; did you mean gattschema.sig:EnvironmentalSensing?"
    )
    assert refused("show", "gattschema.sig:Temperature") == (
        "Temperature in gattschema.sig is no service, nor its class; "
        "it loads what is asked for; write gattschema.sig:Name, with the name of a service"
    )
    broken = write("def __getattr__(name): return 1 / 0")
    assert run("show", f"{broken}:Anything").output.endswith("ZeroDivisionError: division by zero\n")


def test_what_is_optional_in_a_class_has_one_line() -> None:
    """Adopted services have dozens of optional characteristics; no descriptor of theirs is drawn."""
    lines = run("show", "gattschema.sig:EnvironmentalSensing").output.splitlines()
    assert len(lines) == 1 + len(gattschema.plan(EnvironmentalSensing).characteristics)
    assert all(line.endswith("optional") for line in lines[1:])


def test_neighbours_of_a_file(write: Callable[..., str]) -> None:
    """A file imports its neighbours, as it does when Python runs it."""
    there = write(below="below")
    here = write(f"from {there} import Alarm\nclass Own(Alarm, uuid='fff2'): ...", below="below")
    assert drawn(f"below/{here}.py") == ["Own"]


def test_same_names(folder: Path) -> None:
    """Files of the same name in two directories are two modules."""
    first, second = (folder / below / "same.py" for below in "ab")
    for path, service in ((first, "First"), (second, "Second")):
        path.parent.mkdir()
        path.write_text(f"import gattschema\nclass {service}(gattschema.Service, uuid='fff2'): ...", encoding="utf-8")
    assert drawn("a/same.py", "b/same.py") == ["First", "Second"]


def test_show_draws_the_tree(write: Callable[..., str]) -> None:
    """``show`` prints what ``str`` of the plan says."""
    name = write()
    printed = run("show", f"{name}:Thermostat").output
    assert printed == f"{gattschema.plan(sys.modules[name].Thermostat)}\n"


GUARDED = """
    from __future__ import annotations
    from typing import Annotated
    from gattschema import (
        ABSENT, ReadNotify, ReadWrite, ReliableWrite, Request, Service, SignedWrite, UInt8, Utf8,
        characteristic, descriptor,
    )

    class Safe(Service, uuid="fff0", handle=0x0100):
        level: Annotated[ReadNotify[UInt8], ReliableWrite] = characteristic(
            default=1, security="encrypted", policy="every", min_interval=0.5, min_change=2, transport="socket"
        )
        label: ReadWrite[Annotated[str, Utf8(max=8)]] = descriptor(of=level, default="x", uuid=0x2901)
        code: SignedWrite[UInt8] = characteristic(default=ABSENT)
        hint: ReadWrite[UInt8] = descriptor(of="code", default=0)

        @level.on_authorize
        def _may(self, request: Request) -> bool:
            return True

    bare, full = Safe(), Safe(code=1)
"""


def test_everything_that_a_phone_meets_is_drawn(write: Callable[..., str]) -> None:
    """Handles, extended properties, security, authorization and pace on the lines that they belong to."""
    head, level, *below = run("show", f"{write(GUARDED)}:full").output.splitlines()
    assert head == "Safe  0xFFF0  primary service  from handle 0x0100"
    assert "  read, write, notify, reliable-write, writable-auxiliaries  uint8  " in level
    assert level.endswith(
        "encrypted read and write and notify, authorized  every value, 0.5 s apart, changes of 2, over sockets"
    )
    assert [line.split("─ ")[1].partition("  ")[2] for line in below[:3]] == [
        "Client Characteristic Configuration",
        "Characteristic Extended Properties",
        "Characteristic User Description  label  read, write  utf8s",
    ]
    assert "authenticated-signed-writes" in below[3]
    assert below[4].endswith("Descriptor  hint  read, write  uint8")
    assert len(below) == 5


def test_a_descriptor_is_drawn_with_its_characteristic_or_not_at_all(write: Callable[..., str]) -> None:
    """What an instance is without has no descriptors; in a class it has one line."""
    name = write(GUARDED)
    assert "code" not in run("show", f"{name}:bare").output
    assert "hint" not in run("show", f"{name}:bare").output
    assert run("show", f"{name}:Safe").output.splitlines()[-1].endswith("optional")


# --- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_no_module() -> None:
    """A module that is not there is named, with what to write instead."""
    assert refused("show", "nosuch") == (
        "there is no module nosuch here or among the installed ones; "
        "write the path of its file, such as path/to/nosuch.py"
    )
    assert "no module json.nosuch " in refused("show", "json.nosuch")


def test_no_file(write: Callable[..., str]) -> None:
    """A file that is not there brings up the one that may be meant."""
    name = write()
    assert refused("show", f"{name[:3]}{name[4:]}.py").endswith(f"did you mean {name}.py?")
    assert "; write its path" in refused("show", "nosuch.py:Thermostat")


def test_suffix_left_out(write: Callable[..., str]) -> None:
    """A path without its suffix, or with another, is neither a module nor a file."""
    name = write(below="below")
    assert refused("show", f"below/{name}").endswith(f"; write below/{name}.py")
    assert refused("show", "below/notes.txt").endswith("; write package.module or path/to/file.py")


def test_directory(write: Callable[..., str]) -> None:
    """A directory is answered with a file in it."""
    name = write(below="below")
    assert refused("show", "below") == f"below is a directory; write one of its files, such as below/{name}.py"
    assert refused("show", "below/").endswith(f"such as below/{name}.py")


def test_no_such_class(write: Callable[..., str]) -> None:
    """A class that is not there brings up the one that may be meant, or all that are there."""
    name = write()
    assert refused("show", f"{name}:Thermstat") == f"{name} has no service Thermstat; did you mean {name}:Thermostat?"
    there = ("Thermostat", "Alarm", "Synonym", "hall", "cellar")
    assert refused("show", f"{name}.py:X").endswith(f"; write {' or '.join(f'{name}.py:{one}' for one in there)}")


@pytest.mark.parametrize("thing", ["Mode", "Schedule", "Service", "enum"])
def test_no_service_class(write: Callable[..., str], thing: str) -> None:
    """A name that is there but is no subclass of Service, nor an instance of one, is refused as such."""
    name = write()
    assert refused("show", f"{name}:{thing}").startswith(
        f"{thing} in {name} is no service, nor its class; write {name}:Thermostat"
    )


def test_no_services(write: Callable[..., str]) -> None:
    """A place without services says where services come from."""
    nothing = write("")
    assert refused("show", f"{nothing}.py").startswith(f"{nothing}.py defines no service; write ")


def test_half_a_target(write: Callable[..., str]) -> None:
    """Both sides of a colon are needed."""
    name = write()
    assert "behind the colon" in refused("show", f"{name}:")
    assert "begins with a module or a file" in refused("show", ":Thermostat")


@pytest.mark.parametrize("command", ["show", "docs"])
def test_no_target(command: str) -> None:
    """A command without a target is a mistake in usage."""
    result = run(command, *["-o", "x"] * (command == "docs"))
    assert result.exit_code == 2
    assert "Missing argument 'TARGET...'" in result.output


# --- faults of the user's code ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{0}", "{0}.py"])
def test_schema_error(write: Callable[..., str], form: str) -> None:
    """All faults of a class are printed, each with its remedy, and without a traceback."""
    name = write("""
        from gattschema import *
        class Wrong(Service, uuid="fff0"):
            first: Read[int]
            second: Read[str]
    """)
    result = run("show", form.format(name))
    assert result.exit_code == 1
    assert result.output.startswith("Wrong has 2 faults")
    assert "first: int alone has no size on the wire" in result.output
    assert "second: str alone has no size on the wire" in result.output
    assert result.output.count("write:") == 2
    assert "Traceback" not in result.output


def test_schema_error_at_first_use(write: Callable[..., str]) -> None:
    """A name that is never defined is found when the plan is asked for, and told in the same way."""
    name = write("""
        from __future__ import annotations
        from gattschema import *
        class Wrong(Service, uuid="fff0"):
            first: Read[Nowhere]
    """)
    result = run("show", name)
    assert result.exit_code == 1
    assert result.output.startswith("Wrong has 1 fault")
    assert "Nowhere is not defined" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("form", ["{0}", "{0}.py"])
@pytest.mark.parametrize(
    ("source", "last"),
    [
        ("def divide():\n    return 1 / 0\ndivide()\n", "ZeroDivisionError: division by zero"),
        ("import nosuch_module\n", "ModuleNotFoundError: No module named 'nosuch_module'"),
        ("raise SystemExit('usage: me')\n", "SystemExit: usage: me"),
    ],
)
def test_traceback_of_the_module(write: Callable[..., str], folder: Path, form: str, source: str, last: str) -> None:
    """What a module raises is shown with its traceback, which begins in the module."""
    name = write(source)
    result = run("show", form.format(name))
    assert result.exit_code == 1
    first, place, *_, end = result.output.splitlines()
    assert first == "Traceback (most recent call last):"
    assert place.startswith(f'  File "{folder / name}.py", line ')
    assert end == last
    assert "importlib" not in result.output


def test_syntax_error(write: Callable[..., str], folder: Path) -> None:
    """A syntax error shows its line and nothing else."""
    name = write("def f(:\n")
    result = run("show", f"{name}.py")
    assert result.exit_code == 1
    assert result.output.startswith(f'  File "{folder / name}.py", line 1\n')


# --- docs -------------------------------------------------------------------------------------------------------------


def test_docs_writes_pages(write: Callable[..., str], folder: Path) -> None:
    """Each service has its page and a link to it in the index, and each file written is told."""
    result = run("docs", f"{write()}.py", "-o", "out/pages")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"wrote {Path('out', 'pages', name)}" for name in ("thermostat.md", "alarm.md", "index.md")
    ]
    pages = folder / "out" / "pages"
    assert {path.name for path in pages.iterdir()} == {"thermostat.md", "alarm.md", "index.md"}
    assert "[Thermostat](thermostat.md)" in (pages / "index.md").read_text(encoding="utf-8")
    assert "[Alarm](alarm.md)" in (pages / "index.md").read_text(encoding="utf-8")
    assert (pages / "thermostat.md").read_text(encoding="utf-8").startswith("# Thermostat\n")


@pytest.mark.parametrize("name", ["Alarm", "Index"])
def test_docs_overwrites_no_page_of_its_own(write: Callable[..., str], folder: Path, name: str) -> None:
    """Two services of one name, or one that is called like the index, are refused before anything is written."""
    other = write(f"import gattschema\nclass {name}(gattschema.Service, uuid='fff2'): ...")
    line = refused("docs", write(), other, "-o", "out")
    assert line.startswith(f"{name.lower()}.md would be written 2 times; write ")
    assert not (folder / "out").exists()


def test_docs_of_instances(write: Callable[..., str], folder: Path) -> None:
    """An instance's page is of what it has; two that have the same share it, two that do not need two directories."""
    name = write(STATION)
    assert run("docs", f"{name}:outside", "-o", "out").exit_code == 0
    page = (folder / "out" / "environmental_sensing.md").read_text(encoding="utf-8")
    assert "## humidity" in page
    assert "## pressure" not in page
    twins = write("from gattschema.sig import Battery\na, b = Battery(battery_level=1), Battery(battery_level=2)")
    assert run("docs", twins, "-o", "twins").output.splitlines() == ["wrote twins/battery.md", "wrote twins/index.md"]
    assert "would be written 2 times" in refused("docs", name, "-o", "more")


def test_docs_of_what_a_phone_meets(write: Callable[..., str], folder: Path) -> None:
    """The page has the handles, the descriptors with a value of their own and who is let in."""
    assert run("docs", f"{write(GUARDED)}:full", "-o", "out").exit_code == 0
    page = (folder / "out" / "safe.md").read_text(encoding="utf-8")
    for told in ("`0x0100`", "### label", "### hint", "if it is let", "**reliable-write**", "`03 00`", "0.5 s or more"):
        assert told in page


def test_docs_that_cannot_be_written(write: Callable[..., str], folder: Path) -> None:
    """A directory that cannot be made is one clear sentence."""
    (folder / "file").touch()
    assert refused("docs", write(), "-o", "file/out").startswith("file/out/thermostat.md cannot be written (")


# --- the program ------------------------------------------------------------------------------------------------------


def test_version() -> None:
    """``--version`` tells the library's version."""
    assert run("--version").output == f"gattschema {gattschema.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["show", "--help"], ["docs", "-h"]])
def test_help_shows_targets(arguments: list[str]) -> None:
    """Each help text has examples of targets, a line each."""
    lines = [line.strip() for line in run(*arguments).output.splitlines()]
    assert any(line.partition(" -o ")[0].endswith("mypackage.mymodule:Thermostat") for line in lines)


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", dedent(code)], capture_output=True, text=True, check=False)


def test_without_click() -> None:
    """The program says how to get click; the message is all there is."""
    ended = python("""
        import sys
        sys.modules["click"] = None
        from gattschema.cli import main
        main()
    """)
    assert ended.returncode == 1
    assert ended.stderr == "gattschema's command line needs click: pip install 'gattschema[tools]'\n"


def test_without_dbus(write: Callable[..., str]) -> None:
    """The program draws trees on machines without D-Bus: it never loads it."""
    ended = python(f"""
        import sys
        from gattschema.cli import main
        sys.argv = ["gattschema", "show", "{write()}:Alarm"]
        try:
            main()
        finally:
            assert not [name for name in sys.modules if name.startswith(("dbus_fast", "gattschema.bluez"))]
    """)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Alarm  0xFFF1")
