"""How marks look in ``help()`` and in a shell: as one writes them."""

from __future__ import annotations

from typing import Any


def as_written(mark: Any) -> str:
    """Give a mark as an annotation has it, without what it would have by itself: ``Scale(decimal=-2)``."""
    given: list[tuple[Any, Any]] = [(field, getattr(mark, field.name)) for field in mark.__attrs_attrs__]
    shown = [_argument(field, value) for field, value in given if value != _default(field, mark)]
    return f"{type(mark).__name__}({', '.join(shown)})"


def _default(field: Any, mark: Any) -> Any:
    default = field.default
    return default.factory(mark) if getattr(default, "takes_self", False) else default


def _argument(field: Any, value: Any) -> str:
    return f"{field.alias}={value!r}" if field.kw_only else repr(value)
