"""Loops around one statement, unrolled so that the loop itself costs next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

UNROLLED = 100


def loop(statement: str, values: Sequence[Any], **names: Any) -> Callable[[], None]:
    """Give a function that runs *statement*, which sees *names* and ``value`` as locals, 100 times for each value."""
    given = ", ".join(f"{name}={name}" for name in ("values", *names))
    lines = [f"def run({given}):", "    for value in values:", *[f"        {statement}"] * UNROLLED]
    scope: dict[str, Any] = {"values": values, **names}
    exec("\n".join(lines), scope)  # noqa: S102  (our own statement)
    run: Callable[[], None] = scope["run"]
    return run


def operations(values: Sequence[Any]) -> int:
    """Say how often the function made for *values* runs its statement."""
    return UNROLLED * len(values)
