"""The user's modules: found by name or by file, and imported with their own errors kept apart from ours."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Generator
from itertools import count
from pathlib import Path
from types import ModuleType, TracebackType

from gattschema.cli._errors import Mistake, Unusable
from gattschema.values import SchemaError

_serial = count(1)
_MACHINERY = (__file__, importlib.__file__, "<frozen importlib")


def import_place(place: str) -> ModuleType:
    """Import the module or file that *place* names.

    Raises:
        Mistake: there is none.
        Unusable: it raises while it is imported.
    """
    _make_importable(Path.cwd())
    if not place:
        msg = "a target begins with a module or a file; write package.module or path/to/file.py"
        raise Mistake(msg)
    return _import_file(Path(place)) if _is_path(place) else _import_module(place)


def _is_path(place: str) -> bool:
    return place.endswith(".py") or not all(part.isidentifier() for part in place.split("."))


def _make_importable(directory: Path) -> None:
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))


def _import_module(name: str) -> ModuleType:
    with users_code():
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as missing:
            if not f"{name}.".startswith(f"{missing.name}."):
                raise  # the module is there, and one that it imports is not
            finding = f"there is no module {missing.name} here or among the installed ones"
            msg = f"{finding}; write the path of its file, such as path/to/{name.rpartition('.')[2]}.py"
            raise Mistake(msg) from None
    if module.__spec__ is not None and module.__spec__.origin is None:  # a mere directory, which holds no names
        raise Mistake(_no_file(Path(*name.split("."))))
    return module


def _import_file(path: Path) -> ModuleType:
    """Import a file under a name of its own, so that its ``__main__`` block rests and annotations find its names."""
    name = f"_gattschema_target_{next(_serial)}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve()) if path.is_file() else None
    if spec is None or spec.loader is None:
        raise Mistake(_no_file(path))
    _make_importable(path.resolve().parent)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    with users_code():
        spec.loader.exec_module(module)
    return module


def _no_file(path: Path) -> str:
    if path.is_dir():
        inside = next((file for file in sorted(path.glob("*.py"))), path / "file.py")
        return f"{path} is a directory; write one of its files, such as {inside}"
    if path.suffix != ".py":
        written = path.with_suffix(".py")
        instead = written if written.is_file() else "package.module or path/to/file.py"
        return f"{path} is neither a module nor a Python file; write {instead}"
    near = difflib.get_close_matches(path.name, [file.name for file in path.parent.glob("*.py")], 1)
    instead = f"did you mean {path.with_name(near[0])}?" if near else f"write its path as seen from {Path.cwd()}"
    return f"there is no file {path}; {instead}"


@contextlib.contextmanager
def users_code() -> Generator[None]:
    """Around code of the user's: what is wrong with it is reported in its own words."""
    try:
        yield
    except Mistake:
        raise
    except SchemaError as error:
        raise Unusable(error.report) from error
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
