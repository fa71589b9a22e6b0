"""Finds what the SIG has assigned: types by name or number, numbers by name, names by number."""

from __future__ import annotations

import difflib
import enum
import functools
import importlib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from gattschema.sig._numbers import characteristics, descriptors, services
from gattschema.values import Octets
from gattschema.values._units import Unit

_PACKAGE = "gattschema.sig"


class Status(enum.StrEnum):
    """How much the catalogue knows of a characteristic."""

    FULL = "full"
    """Its type was generated from the SIG's own tables."""
    MANUAL = "manual"
    """Its type was written by hand from the service's specification."""
    NAME_ONLY = "name-only"
    """It has a name and a number; its values are bytes."""


# --- types ---


def look_up(name: str) -> Any:
    """Give what ``gattschema.sig.<name>`` is, loading its module; an unknown name raises AttributeError."""
    if name in _index().HOMES:
        return getattr(_module(_index().HOMES[name]), name)
    if name in _index().MODULES:
        return _module(_index().MODULES[name])
    advice = _did_you_mean(name, public_names())
    raise AttributeError(f"gattschema.sig has no {name}{advice}")


def public_names() -> Iterable[str]:
    """Give every name that can be imported from gattschema.sig, loaded or not."""
    names: Iterable[str] = _index().HOMES.keys() | _index().MODULES.keys()
    return names


@functools.cache
def _index() -> Any:
    """The table of all public names, which private services have no need of."""
    return _module("_index")


def _module(below: str) -> Any:
    return importlib.import_module(f"{_PACKAGE}.{below}")


def characteristic(which: int | str) -> Any:
    """Give the type hint of a characteristic's values, as ``encode``, ``decode`` and the flavours take it.

    *which* is its number, its name or its type's name: ``0x2A37``, ``"heart_rate_measurement"``,
    ``"Heart Rate Measurement"``, ``"HeartRateMeasurement"``. A characteristic of which the catalogue knows the name
    only has bytes. What is no characteristic of the SIG raises KeyError.
    """
    number = which if isinstance(which, int) else _characteristic_number(which)
    if number in _index().TYPES:
        return look_up(_index().TYPES[number])
    if number in characteristics.NAMES:
        return _BYTES
    raise KeyError(f"no characteristic of the SIG has the number 0x{number:04X}")


_BYTES = Annotated[bytes, Octets(max=512)]


def _characteristic_number(word: str) -> int:
    if word in _types_by_name():
        return _types_by_name()[word]
    return _number("characteristic", characteristics.NUMBERS, word)


@functools.cache
def _types_by_name() -> Mapping[str, int]:
    return {name: number for number, name in _index().TYPES.items()}


@functools.cache
def status() -> Mapping[int, Status]:
    """Tell of each characteristic of the SIG, by number, how much the catalogue knows of it.

    >>> Counter(sig.status().values())[Status.FULL]
    266
    """
    return MappingProxyType({number: _status(number) for number in characteristics.NAMES})


def _status(number: int) -> Status:
    if number not in _index().TYPES:
        return Status.NAME_ONLY
    return Status.MANUAL if number in _index().MANUAL else Status.FULL


# --- numbers and names ---


def service(word: str) -> int:
    """Give the number of a service: ``sig.service("heart_rate")`` is 0x180D."""
    return _number("service", services.NUMBERS, word)


def descriptor(word: str) -> int:
    """Give the number of a descriptor: ``sig.descriptor("valid_range")`` is 0x2906."""
    return _number("descriptor", descriptors.NUMBERS, word)


def appearance(word: str) -> int:
    """Give the value of an appearance: ``sig.appearance("heart_rate_belt")`` is 0x0341."""
    return _number("appearance", _numbers("appearances"), word)


def ad_type(word: str) -> int:
    """Give the number of an advertising data type: ``sig.ad_type("tx_power_level")`` is 0x0A."""
    return _number("advertising data type", _numbers("ad_types"), word)


def format_type(word: str) -> int:
    """Give the number of a format of the Presentation Format descriptor: ``sig.format_type("sint16")`` is 0x0E."""
    return _number("format type", _numbers("formats"), word)


def namespace(word: str) -> int:
    """Give the number of a description of the Presentation Format descriptor: ``sig.namespace("main")`` is 0x0106."""
    return _number("namespace description", _numbers("namespaces"), word)


def unit(word: str) -> Unit:
    """Give a unit by the SIG's id, its last part, its symbol or its member's name: ``percentage``, ``%``."""
    wanted = word.removeprefix("org.bluetooth.unit.")
    for candidate in Unit:
        if wanted in {candidate.id, candidate.name, candidate.symbol, candidate.name.lower()}:
            return candidate
    return _last_part(wanted)


def _last_part(word: str) -> Unit:
    """Find the one unit whose id ends so."""
    found = [candidate for candidate in Unit if candidate.id.rpartition(".")[2] == word]
    if len(found) == 1:
        return found[0]
    if found:
        raise KeyError(f"{word} is a unit of more than one thing: {' or '.join(one.id for one in found)}?")
    names = [name for candidate in Unit for name in (candidate.id, candidate.name.lower())]
    raise KeyError(f"no unit of the SIG is called {word}{_did_you_mean(word, names)}")


def name(number: int) -> str:
    """Give what the SIG calls a number: a service, a unit, a declaration, a descriptor or a characteristic."""
    for table in (characteristics.NAMES, services.NAMES, descriptors.NAMES):
        if number in table:
            return table[number]
    if number in _names("declarations"):
        return _names("declarations")[number]
    try:
        return Unit(number).id
    except ValueError:
        raise KeyError(f"the SIG has assigned 0x{number:04X} to no attribute and no unit") from None


def company(number: int) -> str:
    """Give the company of an identifier, as manufacturer data begins with: ``sig.company(0x0059)``."""
    if number not in companies():
        raise KeyError(f"the SIG has assigned the company identifier 0x{number:04X} to nobody")
    return companies()[number]


@functools.cache
def companies() -> Mapping[int, str]:
    """Give every company by its identifier; they are loaded when this is first called."""
    return MappingProxyType(_names("companies"))


def _numbers(module: str) -> dict[str, int]:
    found: dict[str, int] = _module(f"_numbers.{module}").NUMBERS
    return found


def _names(module: str) -> dict[int, str]:
    found: dict[int, str] = _module(f"_numbers.{module}").NAMES
    return found


def _number(what: str, table: Mapping[str, int], word: str) -> int:
    wanted = "_".join(re.findall(r"[a-z0-9]+", word.lower()))
    if wanted not in table:
        raise KeyError(f"no {what} of the SIG is called {word}{_did_you_mean(wanted, table)}")
    return table[wanted]


def _did_you_mean(word: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.75)
    return f": did you mean {close[0]}?" if close else ""
