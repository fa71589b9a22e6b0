"""Generated code that people can read: ``inspect.getsource`` shows it and tracebacks point into it."""

from __future__ import annotations

import linecache
from itertools import count
from types import FunctionType
from typing import Any

_serial = count(1)


def compile_functions(title: str, source: str, names: dict[str, Any]) -> dict[str, FunctionType]:
    """Compile *source*, which sees *names* as its globals, and give the functions that it defines, by name."""
    filename = f"<gattschema {title} {next(_serial)}>"
    scope: dict[str, Any] = {**names, "__name__": __name__}
    exec(compile(source, filename, "exec"), scope)  # noqa: S102  (our own text; user data comes in as globals)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return {name: made for name, made in scope.items() if isinstance(made, FunctionType) and name not in names}
