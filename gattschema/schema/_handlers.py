"""The handlers of a class: functions that a decorator hangs on a field, in its own class body or in a subclass's."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import attrs

from gattschema.schema._plan import Handler
from gattschema.schema._properties import PUSHES, WRITES, Property
from gattschema.values import Fault

ADDED = "__gatt_added__"
"""Where a class body under way keeps the handlers that it adds to fields of its bases."""


@attrs.frozen
class _Shape:
    """What a handler is called with, and which fields it is for."""

    arguments: tuple[str, ...]
    request: bool
    """Whether a :class:`Request` may stand behind them."""
    needs: Property
    verb: str
    flavour: str
    """The usual one of those that phones need for it."""


_SHAPES = {
    "on_read": _Shape(("self",), request=True, needs=Property.READ, verb="read", flavour="Read"),
    "on_write": _Shape(("self", "value"), request=True, needs=WRITES, verb="write", flavour="Write"),
    "on_authorize": _Shape(
        ("self",), request=True, needs=Property.READ | WRITES, verb="read or write", flavour="ReadWrite"
    ),
    "on_subscription": _Shape(
        ("self", "subscribers"), request=False, needs=PUSHES, verb="subscribe to", flavour="Notify"
    ),
}


HANDLERS = tuple(_SHAPES)
"""The decorators."""


@attrs.frozen
class AddedHandler:
    """``@HeartRate.heart_rate_control_point.on_write`` in the body of a subclass."""

    owner: type
    field: str
    decorator: str
    function: Callable[..., Any]

    @property
    def written(self) -> str:
        """How the decorator is written."""
        return f"{self.owner.__name__}.{self.field}.{self.decorator}"


def add(added: AddedHandler, depth: int = 2) -> Callable[..., Any]:
    """Keep a handler in the class body that the decorator stands in, *depth* calls above.

    Raises:
        Fault: it stands in none.
    """
    body = sys._getframe(depth).f_locals  # noqa: SLF001  (the one way to see the class body)
    if "__qualname__" not in body:
        raise Fault(
            f"@{added.written} stands outside of a class",
            allowed=f"handlers in the body of {added.owner.__name__} or of a subclass of it",
            instead=f"class Mine({added.owner.__name__}): with the handler in it",
        )
    body.setdefault(ADDED, []).append(added)
    return added.function


def refuse_second(decorator: str, first: Callable[..., Any] | None, second: Callable[..., Any]) -> None:
    """Raise a Fault if the field has such a handler already."""
    if first is not None:
        names = [getattr(handler, "__name__", repr(handler)) for handler in (first, second)]
        raise Fault(
            f"{decorator} is given twice: {' and '.join(names)}",
            allowed="one handler of each sort",
            instead=f"one function that does both, or a field of its own for {names[1]}",
        )


def check_added(cls: type, added: AddedHandler, all_added: list[AddedHandler]) -> None:
    """Raise a Fault if the handler is for a field that *cls* does not have, or the second of its sort."""
    if not issubclass(cls, added.owner):
        raise Fault(
            f"{cls.__name__} has a handler for a field of {added.owner.__name__}, from which it does not derive",
            allowed="handlers for fields of the class itself and of its bases",
            instead=f"class {cls.__name__}({added.owner.__name__}):",
        )
    first = next(other for other in all_added if (other.field, other.decorator) == (added.field, added.decorator))
    if first is not added:
        refuse_second(added.written, first.function, added.function)


def refuse_subscription(key: str, function: Callable[..., Any]) -> None:
    """Raise a Fault: a descriptor has such a handler."""
    raise Fault(
        f"{getattr(function, '__name__', function)} is a handler for subscriptions, but {key} is a descriptor",
        allowed="on_read, on_write and on_authorize on descriptors",
        instead="on_subscription on its characteristic",
    )


def handler(decorator: str, function: Callable[..., Any], key: str, flavour: str, properties: Property) -> Handler:
    """Plan a handler.

    Raises:
        Fault: phones cannot do what it is for, or it takes other arguments.
    """
    shape = _SHAPES[decorator]
    if not properties & shape.needs:
        raise Fault(
            f"it has a handler for {_noun(shape.verb)}, but phones cannot {shape.verb} it",
            allowed=f"{decorator} with a flavour that has {' or '.join(shape.needs.words)}",
            instead=f"{key}: Annotated[{flavour}[…], {shape.flavour}]",
        )
    return _shaped(function, shape)


def _noun(verb: str) -> str:
    return {"read": "reads", "write": "writes", "read or write": "reads and writes"}.get(verb, "subscriptions")


def _shaped(function: Callable[..., Any], shape: _Shape) -> Handler:
    count = len(shape.arguments)
    parameters = inspect.signature(function).parameters.values()
    given = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    keyword_only = any(p.kind is p.KEYWORD_ONLY for p in required)
    if keyword_only or len(given) < count or len(required) > count + shape.request:
        takes = f"({', '.join(shape.arguments)})"
        raise Fault(
            f"{function.__name__} takes {len(required)} arguments",
            allowed=f"{takes} or {takes[:-1]}, request)" if shape.request else takes,
            instead=f"def {function.__name__}{takes}:",
        )
    takes_request = shape.request and len(given) > count
    return Handler(function, takes_request=takes_request, is_async=inspect.iscoroutinefunction(function))
