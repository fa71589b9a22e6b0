"""The user's modules: found by name or by file, and imported with their own errors kept apart from ours."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import ModuleType, TracebackType

from gattschema.cli._errors import Mistake, Unusable
from gattschema.values import SchemaError

_serial = count(1)
_MACHINERY = (__file__, importlib.__file__, "<frozen importlib")


def is_file(place: str) -> bool:
    """Whether *place* is meant as the path of a file rather than as the name of a module."""
    return place.endswith(".py") or not all(part.isidentifier() for part in place.split("."))


def import_place(place: str) -> ModuleType:
    """Import the module or file that *place* names.

    Raises:
        Mistake: there is none.
        Unusable: it raises while it is imported.
    """
    _make_importable(Path.cwd())
    return _import_file(Path(place)) if is_file(place) else _import_module(place)


def _make_importable(directory: Path) -> None:
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))


def _import_module(name: str) -> ModuleType:
    try:
        return _run(lambda: importlib.import_module(name))
    except ModuleNotFoundError as missing:
        if not f"{name}.".startswith(f"{missing.name}."):
            raise Unusable(_report(missing)) from missing
        msg = f"there is no module {missing.name} here or among the installed ones; {_file_instead(name)}"
        raise Mistake(msg) from None


def _file_instead(name: str) -> str:
    path = Path(*name.split(".")).with_suffix(".py")
    return f"write the path of its file, such as path/to/{path.name}, or run gattschema where {path} is"


def _import_file(path: Path) -> ModuleType:
    """Import a file under a name of its own, so that its ``__main__`` block rests and annotations find its names."""
    if path.suffix != ".py" or not path.is_file():
        raise Mistake(_no_file(path))
    _make_importable(path.resolve().parent)
    name = f"_gattschema_target_{next(_serial)}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise Mistake(_no_file(path))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    execute = spec.loader.exec_module
    try:
        _run(lambda: execute(module))
    except ModuleNotFoundError as missing:
        raise Unusable(_report(missing)) from missing
    return module


def _no_file(path: Path) -> str:
    if path.is_dir():
        inside = next((file.name for file in sorted(path.glob("*.py"))), "file.py")
        return f"{path} is a directory; write one of its files, such as {path / inside}"
    if path.suffix != ".py" and path.with_suffix(".py").is_file():
        return f"{path} is neither a module nor a Python file; write {path.with_suffix('.py')}"
    if path.suffix != ".py":
        return f"{path} is neither a module nor a Python file; write package.module or path/to/file.py"
    near = difflib.get_close_matches(path.name, [file.name for file in path.parent.glob("*.py")], 1)
    return f"there is no file {path}; {f'did you mean {path.with_name(near[0])}?' if near else f'write {_EXISTING}'}"


_EXISTING = "the path of a file that exists, from the current directory on"


def _run(step: Callable[[], ModuleType | None]) -> ModuleType:
    """Run the user's code; what is wrong with it is reported in its own words."""
    try:
        return step() or ModuleType("")
    except SchemaError as error:
        raise Unusable(str(error)) from error
    except ModuleNotFoundError:
        raise
    except (Exception, SystemExit) as error:
        raise Unusable(_report(error)) from error


def _report(error: BaseException) -> str:
    """The traceback from the user's first line on."""
    lines = traceback.format_exception(type(error), error, _users(error.__traceback__))
    return "".join(lines).rstrip()


def _users(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_MACHINERY):
        trace = trace.tb_next
    return trace
