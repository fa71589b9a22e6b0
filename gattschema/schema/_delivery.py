"""How values reach those who subscribed: the policy, the pace and the transport that a field declares."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from gattschema.schema._options import CharacteristicOptions
from gattschema.schema._plan import Delivery
from gattschema.schema._properties import PUSHES, Property
from gattschema.values import Codec, Fault
from gattschema.values._medfloat import MedFloat
from gattschema.values._numbers import Integer, Real
from gattschema.values._scaled import Number

_POLICIES, _TRANSPORTS = ("latest", "every"), ("bus", "socket")
_PATIENCE = 5.0
"""Seconds that bluetoothd gives each read and write (``ATTRIBUTE_TIMEOUT`` in ``src/shared/gatt-db.c``)."""
_SOCKETS = PUSHES | Property.WRITE_WITHOUT_RESPONSE


def delivery(options: CharacteristicOptions, properties: Property, made: Codec[Any]) -> Delivery:
    """Read ``policy=``, ``min_interval=``, ``min_change=`` and ``transport=``.

    Raises:
        Fault: one is something else, or the field is never pushed.
    """
    given = {key: getattr(options, key) for key in ("policy", "min_interval", "min_change", "transport")}
    said = {key: value for key, value in given.items() if value is not None}
    for key, value in said.items():
        needs = _SOCKETS if key == "transport" else PUSHES
        if not properties & needs:
            raise _never_pushed(key, value, needs)
    _check_word("policy", options.policy, _POLICIES)
    _check_word("transport", options.transport, _TRANSPORTS)
    _check_seconds("min_interval", options.min_interval)
    _check_change(options.min_change, made)
    return Delivery(**said)


def _never_pushed(key: str, value: object, needs: Property) -> Fault:
    words = [word.title().replace("-", "") for word in needs.words]
    return Fault(
        f"{key}={value!r} on a field that is never pushed",
        allowed=f"{key}= with {' or '.join(words)}",
        instead=f"leave {key}= out",
    )


def _check_word(key: str, value: object, words: tuple[str, str]) -> None:
    if value is not None and value not in words:
        raise Fault(
            f"{key}={value!r}", allowed=" or ".join(f'"{word}"' for word in words), instead=f'{key}="{words[1]}"'
        )


def _check_seconds(key: str, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (number and 0 < value < math.inf):
        raise Fault(f"{key}={value!r}", allowed="seconds, more than 0", instead=f"{key}=0.5")


def check_timeout(value: Any) -> None:
    """Raise a Fault unless ``timeout=`` is a number of seconds that bluetoothd waits, too."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and 0 < value <= _PATIENCE):
        raise Fault(
            f"timeout={value!r}",
            allowed=f"seconds, more than 0 and {_PATIENCE:g} at most: then bluetoothd answers for the handler",
            instead="timeout=2.0, and a task of the program's for what takes longer",
        )


def _check_change(change: Any, made: Codec[Any]) -> None:
    """A change is a difference of two values, so that these have to be numbers or times."""
    if change is None:
        return
    kind = made.kind
    finding = f"min_change={change!r} for {kind.label}"
    if not isinstance(kind, Number | Integer | Real | MedFloat):
        raise Fault(finding, allowed="min_change= for numbers and times", instead="leave min_change= out")
    if getattr(kind, "base", None) in {dt.date, dt.timedelta}:
        fits, wanted, example = _is_time_span(change), "a timedelta above zero", "timedelta(days=1)"
    else:
        fits, wanted, example = _is_difference(change), "a number above zero, in the value's unit", "0.5"
    if not fits:
        raise Fault(finding, allowed=wanted, instead=f"min_change={example}")


def _is_time_span(change: object) -> bool:
    return isinstance(change, dt.timedelta) and change > dt.timedelta(0)


def _is_difference(change: object) -> bool:
    return isinstance(change, int | float) and not isinstance(change, bool) and 0 < change < math.inf
