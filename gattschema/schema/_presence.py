"""What is there and what is not: the marks of optional characteristics, and what a left-out one answers."""

from __future__ import annotations

import enum
from typing import Any, NoReturn

import attrs
from typing_extensions import override


class _Presence(enum.Enum):
    ABSENT = enum.auto()
    PRESENT = enum.auto()

    @override
    def __repr__(self) -> str:
        return self.name


# Any, since they stand where values of every type stand: as a default, and as a constructor's argument.
ABSENT: Any = _Presence.ABSENT
"""``characteristic(default=ABSENT)``: services are without the characteristic, unless it is given or has a handler."""
PRESENT: Any = _Presence.PRESENT
"""``HeartRate(heart_rate_measurement=PRESENT)``: the characteristic is there, but has no value yet."""


def is_mark(value: object) -> bool:
    """Whether it is ``ABSENT`` or ``PRESENT``, which stand where a value would, but are none."""
    return isinstance(value, _Presence)


@attrs.frozen
class LeftOut:
    """Stands where the push of a left-out field would: whoever assigns to it learns that it is not there."""

    place: str

    def __call__(self, _: bytes, /) -> NoReturn:
        """Refuse the value.

        Raises:
            AttributeError: always.
        """
        raise left_out(self.place)

    async def drain(self, most: int = 0) -> None:
        """Nothing waits."""


def left_out(place: str) -> AttributeError:
    """Say of the field at *place* that its service is without it, and what puts it in."""
    owner, _, name = place.rpartition(".")
    return AttributeError(
        f"{place} was not given, so this {owner} is without it: {owner}({name}=…) puts it in "
        f"({name}=PRESENT if there is no value yet), and so does a handler in a subclass"
    )
