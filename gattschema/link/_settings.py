"""What can be set on adapters and devices, checked before BlueZ is asked."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from gattschema.link._remote import Remote

_LONGEST_ALIAS = 247
"""Octets of UTF-8: ``MAX_NAME_LENGTH`` of bluetoothd, less one for the zero behind it."""
_LONGEST_DISCOVERABLE = 0xFFFF
"""Seconds: the kernel takes 16 bits, and bluetoothd drops the others without a word (``set_discoverable``)."""
_LONGEST_PAIRABLE = 0xFFFF_FFFF


@attrs.frozen
class Setting:
    """A property that takes new values."""

    name: str
    """As an argument is called."""
    property: str
    signature: str
    check: Callable[[str, object], None]

    async def apply(self, remote: Remote, value: object) -> None:
        """Check the value and set it.

        Raises:
            TypeError: it is of another type.
            ValueError: it is out of range.
            PeripheralError: BlueZ refuses, or is not there.
        """
        self.check(self.name, value)
        await remote.set(self.property, self.signature, value)


def _is_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        msg = f"{name}={value!r} is neither True nor False"
        raise TypeError(msg)


def _is_alias(name: str, value: object) -> None:
    if not isinstance(value, str):
        msg = f"{name}={value!r} is no text; write {name}={str(value)!r}"
        raise TypeError(msg)
    try:
        octets = len(value.encode())
    except UnicodeEncodeError:
        msg = f"{name}={value!r} has lone surrogates, which UTF-8 cannot carry"
        raise ValueError(msg) from None
    if octets > _LONGEST_ALIAS:
        msg = f"{name}={value[:20]!r}… takes {octets} octets of UTF-8; it may take {_LONGEST_ALIAS}"
        raise ValueError(msg)
    if "\0" in value:
        msg = f"{name}={value!r} has a zero character, which ends texts on the bus"
        raise ValueError(msg)


def _is_seconds(longest: int) -> Callable[[str, object], None]:
    def check(name: str, value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            msg = f"{name}={value!r} is no whole number of seconds; for no limit write {name}=0"
            raise TypeError(msg)
        if not 0 <= value <= longest:
            msg = f"{name}={value!r} is not within 0 … {longest} seconds; for no limit write {name}=0"
            raise ValueError(msg)

    return check


ALIAS = Setting("alias", "Alias", "s", _is_alias)
POWERED = Setting("powered", "Powered", "b", _is_flag)
TRUSTED = Setting("on", "Trusted", "b", _is_flag)
BLOCKED = Setting("on", "Blocked", "b", _is_flag)

ADAPTER_SETTINGS = (
    ALIAS,
    Setting("connectable", "Connectable", "b", _is_flag),
    Setting("discoverable_timeout", "DiscoverableTimeout", "u", _is_seconds(_LONGEST_DISCOVERABLE)),
    Setting("discoverable", "Discoverable", "b", _is_flag),
    Setting("pairable_timeout", "PairableTimeout", "u", _is_seconds(_LONGEST_PAIRABLE)),
    Setting("pairable", "Pairable", "b", _is_flag),
)
"""In the order in which they are set: a timeout counts from when its flag is set. Power comes first, or last."""


def in_order(asked: dict[str, object]) -> list[tuple[Setting, object]]:
    """Give what is asked for (``None``: nothing is) in the order in which it can be done.

    Raises:
        TypeError: one value is of another type.
        ValueError: one is out of range.
    """
    power_first = asked.get(POWERED.name) is not False
    order = (POWERED, *ADAPTER_SETTINGS) if power_first else (*ADAPTER_SETTINGS, POWERED)
    steps = [(setting, asked[setting.name]) for setting in order if asked.get(setting.name) is not None]
    for setting, value in steps:
        setting.check(setting.name, value)
    return steps
