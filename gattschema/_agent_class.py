"""What a class of pairing agents has to be, said when it is written or made, and not when the first phone comes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

CALLBACKS = {
    "request_pin_code": ("device",),
    "display_pin_code": ("device", "pin"),
    "request_passkey": ("device",),
    "display_passkey": ("device", "passkey", "entered"),
    "request_confirmation": ("device", "passkey"),
    "request_authorization": ("device",),
    "authorize_service": ("device", "uuid"),
    "cancel": (),
    "release": (),
}
"""The methods that BlueZ calls, and with what."""

_ASKED = {
    "DisplayOnly": ("display_passkey", "display_pin_code"),
    "DisplayYesNo": ("request_confirmation",),
    "KeyboardOnly": ("request_passkey", "request_pin_code"),
    "NoInputNoOutput": ("request_authorization",),
    "KeyboardDisplay": ("request_confirmation",),
}
"""What is asked of an agent with each capability by phones of today, one of which it has to answer."""
_PARAMETERS = ("allow", "window", "default")
_ALIKE = 0.8
"""How much of a name (``difflib``) has to be that of a callback, so that it is hardly meant as anything else."""


def check_class(made: type, base: type, callbacks: dict[str, tuple[str, ...]]) -> None:
    """Check the body of a class of agents.

    Raises:
        TypeError: it has a method that is nearly called as one that BlueZ calls, or that cannot be called so, or sets
            a parameter.
    """
    for name, value in vars(made).items():
        where = f"{made.__name__}.{name}"
        if name in callbacks:
            _check_callback(where, name, value, callbacks[name])
        elif name in _PARAMETERS:
            raise TypeError(f"{where}: it is a parameter; write super().__init__({name}=…) in {made.__name__}.__init__")
        elif callable(value) and not name.startswith("_") and not hasattr(base, name):
            _check_spelling(where, name, callbacks)


def _check_spelling(where: str, name: str, callbacks: dict[str, tuple[str, ...]]) -> None:
    known = {_letters(one): one for one in callbacks}
    for near in get_close_matches(_letters(name), known, 1, _ALIKE):
        meant = known[near]
        raise TypeError(f"{where}: BlueZ calls no {name}; did you mean {meant}? If not, begin its name with _")


def _letters(name: str) -> str:
    return name.replace("_", "").lower()


def _check_callback(where: str, name: str, value: Any, arguments: Sequence[str]) -> None:
    function: Any = getattr(value, "__func__", value)  # that of a static or class method
    if not callable(function):
        raise TypeError(f"{where} = {value!r:.40} is no method; write {_definition(name, arguments)}")
    given = len(arguments) + (not isinstance(value, staticmethod))
    if inspect.isfunction(function) and not can_be_called(function, given):
        found = inspect.signature(function)
        raise TypeError(f"{where}{_names(found)} cannot be called; write {_definition(name, arguments)}")


def _definition(name: str, arguments: Sequence[str]) -> str:
    return f"def {name}({', '.join(('self', *arguments))})"


def _names(signature: inspect.Signature) -> str:
    return f"({', '.join(signature.parameters)})"


def can_be_called(function: Callable[..., Any], count: int) -> bool:
    """Whether it takes so many arguments by position, or does not tell."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # one of those built in that do not tell
        return True
    return True


def check_capability(made: type, base: type, capabilities: Sequence[str]) -> None:
    """Check that a class of agents has a capability, and answers what is asked of one that has it.

    Raises:
        TypeError: it does not.
    """
    found: Any = getattr(made, "capability", None)
    if found not in capabilities:
        says = "says no capability" if found is None else f"has the capability {found!r}"
        allowed = ", ".join(map(repr, capabilities))
        raise TypeError(f'{made.__name__} {says}; there are {allowed}: write capability = "DisplayYesNo" in its body')
    asked = _ASKED[found]
    if all(getattr(made, name) is getattr(base, name) for name in asked):
        written = " or ".join(_definition(name, CALLBACKS[name]) for name in asked)
        raise TypeError(
            f"{made.__name__} has the capability {found!r}, of which phones ask what it refuses; write {written}"
        )
