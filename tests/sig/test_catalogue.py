"""What the catalogue has, and how it is found: floors, names, laziness."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import pytest

import gattschema.sig
from gattschema import sig
from gattschema.sig import _index
from gattschema.sig._catalogue import layouts
from gattschema.sig._numbers import (
    ad_types,
    appearances,
    characteristics,
    companies,
    declarations,
    descriptors,
    formats,
    namespaces,
    services,
)
from gattschema.values import EncodeError, Octets, Unit, codec, decode, encode

PACKAGE = Path(gattschema.sig.__file__).parent
MACHINES = ("Treadmill", "CrossTrainer", "StepClimber", "StairClimber", "Rower", "IndoorBike")
FULL = [number for number, status in sig.status().items() if status is sig.Status.FULL]


# --- how much there is ---


@pytest.mark.parametrize(
    ("table", "least"),
    [
        (characteristics, 502),
        (services, 75),
        (descriptors, 24),
        (declarations, 4),
        (formats, 28),
        (namespaces, 273),
        (ad_types, 51),
        (appearances, 342),
    ],
)
def test_no_table_shrinks(table: Any, least: int) -> None:
    """The floors of the first catalogue; each number has a name for code and one for people."""
    assert len(table.NUMBERS) >= least
    assert set(table.NUMBERS.values()) == set(table.NAMES)
    assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", name) for name in table.NUMBERS)


def test_every_unit_has_a_name_a_symbol_and_a_number() -> None:
    """127 units; only what has no unit has no symbol."""
    assert len(Unit) >= 127
    assert {unit.number for unit in Unit if not unit.symbol} == {0x2700}
    assert all(Unit(unit.number) is unit and unit.name.isascii() and unit.name.isupper() for unit in Unit)


def test_there_are_more_than_four_thousand_companies() -> None:
    """Anchors: the first, Nordic, and nobody."""
    assert len(sig.companies()) >= 4008
    assert sig.company(0x0059) == "Nordic Semiconductor ASA"
    with pytest.raises(KeyError, match="0xFFFF"):
        sig.company(0xFFFF)


def test_the_status_of_every_characteristic_is_told() -> None:
    """Of each of the SIG's numbers; the formats of the Supplement are full, the rest is manual or has a name only."""
    assert set(sig.status()) == set(characteristics.NAMES)
    counts = Counter(sig.status().values())
    assert counts[sig.Status.FULL] >= 266
    assert counts[sig.Status.MANUAL] >= 36
    assert sum(counts.values()) >= 502


def test_the_source_is_told() -> None:
    """By the commit of the SIG's own repository."""
    assert re.fullmatch("[0-9a-f]{40}", sig.SOURCE_COMMIT)


# --- the types ---


@pytest.mark.parametrize("number", FULL, ids=lambda number: f"{number:04X}")
def test_a_type_has_the_size_that_the_sig_states(number: int) -> None:
    """Each generated type compiles, fits a value, and is as long as its line says (computed from the SIG's sizes)."""
    kind = codec(sig.characteristic(number)).kind
    assert kind.most <= 512
    if stated := _stated(number):
        assert (kind.least, kind.most) == stated


def _stated(number: int) -> tuple[int, int] | None:
    """The size in the line about the type; None where it ends in "or more"."""
    module = importlib.import_module(f"gattschema.sig.{_index.HOMES[_index.TYPES[number]]}")
    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    found = re.search(rf"\(0x{number:04X}\): (?:text of )?(\d+)(?: to (\d+))? octets?\b(?! or more)", text)
    return (int(found[1]), int(found[2] or found[1])) if found else None


def test_nearly_every_size_is_stated() -> None:
    """The test above is not empty."""
    assert sum(_stated(number) is not None for number in FULL) > 230


@pytest.mark.parametrize("number", sorted(_index.TYPES), ids=lambda number: f"{number:04X}")
def test_a_type_is_named_as_its_characteristic(number: int) -> None:
    """CamelCase of the SIG's name; numbers that the SIG has withdrawn have no name to compare."""
    if number in characteristics.NAMES:
        words = re.findall(r"[A-Za-z0-9]+", characteristics.NAMES[number])
        expected = "".join(words).lower()
        assert _index.TYPES[number].lower() == expected


def test_every_public_name_is_there() -> None:
    """At run time and, in the same words, for type checkers."""
    for name in _index.HOMES.keys() | _index.MODULES.keys():
        assert getattr(sig, name) is not None
    tree = ast.parse((PACKAGE / "_index.py").read_text(encoding="utf-8"))
    imported = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("gattschema.sig")
        for alias in node.names
    }
    assert imported.keys() == _index.HOMES.keys() | _index.MODULES.keys()
    assert all(imported[name] == f"gattschema.sig.{module}" for name, module in _index.HOMES.items())
    assert _listed(tree) == sorted(imported)


def _listed(tree: ast.Module) -> list[str]:
    """What the index lists for checkers: of an installed package they let nothing else be imported."""
    lists = [node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and "__all__" in ast.unparse(node)]
    return [name for found in lists for name in ast.literal_eval(found)]


def test_every_public_name_is_listed() -> None:
    """``dir(gattschema.sig)`` is what a prompt completes."""
    assert {"HeartRateMeasurement", "Humidity", "characteristic", "unit"} <= set(dir(sig))


# --- other layouts ---


def test_a_layout_of_another_version_has_a_type_of_its_own() -> None:
    """Fitness machines of version 1.0 have 16 bits of resistance; octets worked out by hand."""
    for number, names in {0x2AD2: "IndoorBikeData", 0x2AD1: "RowerData", 0x2ACE: "CrossTrainerData"}.items():
        assert layouts(number) == (getattr(sig, names), getattr(sig, f"{names}Ftms10"))
    assert layouts(0x2AD6) == (sig.SupportedResistanceLevelRange, sig.SupportedResistanceLevelRangeFtms10)
    assert layouts(0x2A37) == (sig.HeartRateMeasurement,)


OTHERS = [
    (sig.IndoorBikeData(resistance_level=30), "2100 03"),
    (sig.IndoorBikeDataFtms10(resistance_level=-3), "2100 fdff"),
    (sig.RowerDataFtms10(resistance_level=300), "8100 2c01"),
    (sig.CrossTrainerDataFtms10(resistance_level=2.5), "810000 1900"),
    (
        sig.SupportedResistanceLevelRangeFtms10(
            minimum_resistance_level=-1, maximum_resistance_level=100, minimum_increment=0.5
        ),
        "f6ff e803 0500",
    ),
]


@pytest.mark.parametrize(("value", "octets"), OTHERS, ids=[type(value).__name__ for value, _ in OTHERS])
def test_the_other_layout_is_what_such_machines_send(value: Any, octets: str) -> None:
    """Both ways."""
    assert encode(type(value), value) == bytes.fromhex(octets)
    assert decode(type(value), bytes.fromhex(octets)) == value


@pytest.mark.parametrize("name", [*(f"{what}Data" for what in MACHINES), "IndoorBikeDataFtms10"])
def test_energy_that_a_machine_does_not_know_is_no_number(name: str) -> None:
    """The three come together: what is not available has a name, and nothing counts as 65535 kilocalories."""
    hint = getattr(sig, name)
    total, minute = sig.ExpendedEnergySpecial.NOT_AVAILABLE, sig.EnergyPerMinuteSpecial.NOT_AVAILABLE
    value = hint(total_energy=12, energy_per_hour=total, energy_per_minute=minute)
    octets = encode(hint, value)
    assert octets.endswith(bytes.fromhex("0c00 ffff ff"))
    assert decode(hint, octets) == value
    for number in ({"total_energy": 0xFFFF}, {"energy_per_hour": 0xFFFF}, {"energy_per_minute": 0xFF}):
        with pytest.raises(EncodeError, match="kcal"):
            encode(hint, hint(**{"total_energy": 1, "energy_per_hour": 1, "energy_per_minute": 1, **number}))


# --- finding ---


@pytest.mark.parametrize(
    "which",
    [
        0x2A37,
        "heart_rate_measurement",
        "Heart Rate Measurement",
        "HeartRateMeasurement",
        "heart-rate measurement",
        "2A37",
        "0x2a37",
        "00002A37",
        "00002A37-0000-1000-8000-00805F9B34FB",
        "{00002a37-0000-1000-8000-00805f9b34fb}",
        UUID("00002a37-0000-1000-8000-00805f9b34fb"),
    ],
)
def test_a_characteristic_is_found_by_number_and_by_any_spelling(which: int | str | UUID) -> None:
    """It is the same class that ``from gattschema.sig import HeartRateMeasurement`` gives."""
    assert sig.characteristic(which) is sig.HeartRateMeasurement


def test_a_characteristic_of_which_only_the_name_is_known_has_bytes() -> None:
    """Up to the 512 that any value has."""
    number = next(number for number, status in sig.status().items() if status is sig.Status.NAME_ONLY)
    assert sig.characteristic(number) == Annotated[bytes, Octets(max=512)]


@pytest.mark.parametrize(
    ("find", "advice"),
    [
        (lambda: sig.characteristic("heart_rate_mesurement"), "did you mean heart_rate_measurement?"),
        (lambda: sig.characteristic(0x1234), "0x1234"),
        (lambda: sig.unit("percantage"), "did you mean percentage?"),
        (lambda: sig.unit("watt_per_square_metre"), "heat_flux_density.watt_per_square_metre or irradiance"),
        (lambda: sig.service("heart_rat"), "did you mean heart_rate?"),
        (lambda: sig.descriptor("valid_rang"), "did you mean valid_range?"),
        (lambda: sig.appearance("heart_rate_bel"), "did you mean heart_rate_belt?"),
        (lambda: sig.namespace("mian"), "did you mean main?"),
        (lambda: sig.ad_type("tx_power_leve"), "did you mean tx_power_level?"),
        (lambda: sig.format_type("medfloat61"), "did you mean medfloat16?"),
        (lambda: sig.name(0x0001), "0x0001"),
        (lambda: sig.characteristic("00002a37-0000-1000-8000-00805f9b34fc"), "is called 00002a37-0000"),
        (lambda: sig.characteristic(UUID(int=5)), "end in -0000-1000-8000-00805f9b34fb"),
        (lambda: sig.characteristic("FFE1"), "0xFFE1"),
        (lambda: sig.appearance("heart rate"), "did you mean heart_rate_belt or heart_rate_sensor?"),
        (lambda: sig.appearance("blood pressure wrist"), "did you mean blood_pressure or wrist_blood_pressure?"),
        (lambda: sig.appearance(0xFFFF), "0xFFFF"),
        (lambda: sig.service(0x1235), "0x1235"),
        (lambda: sig.unit(0x1236), "0x1236"),
        (lambda: sig.company("Nordic"), "did you mean Nordic Strong ApS or Tunstall Nordic AB or Nordic Semiconductor"),
        (lambda: sig.company("LogiLube, LLC"), "several identifiers: 0x0953, 0x095C"),
    ],
)
def test_what_is_not_there_raises_with_advice(find: Any, advice: str) -> None:
    """A KeyError that says what was meant, where that can be guessed."""
    with pytest.raises(KeyError, match=re.escape(advice)):
        find()


@pytest.mark.parametrize(
    ("find", "advice"),
    [
        (lambda: sig.name("temperature"), "sig.characteristic finds a type by its name"),  # type: ignore[arg-type]
        (lambda: sig.company(None), "company is found by name or by number, not by None"),  # type: ignore[call-overload]
        (lambda: sig.unit(b"%"), "unit is found by name or by number"),  # type: ignore[arg-type]
        (lambda: sig.appearance(8.33), "appearance is found by name or by number"),  # type: ignore[call-overload]
        (lambda: sig.characteristic(None), "characteristic is found by name or by number"),  # type: ignore[arg-type]
    ],
)
def test_what_is_neither_name_nor_number_is_refused(find: Any, advice: str) -> None:
    """A TypeError that says what is looked up how, rather than one from within."""
    with pytest.raises(TypeError, match=re.escape(advice)):
        find()


@pytest.mark.parametrize(
    ("find", "table"),
    [
        (sig.service, services),
        (sig.descriptor, descriptors),
        (sig.appearance, appearances),
        (sig.ad_type, ad_types),
        (sig.format_type, formats),
        (sig.namespace, namespaces),
    ],
)
def test_a_table_is_looked_up_both_ways(find: Any, table: Any) -> None:
    """A name gives the number, the number gives what people read."""
    assert {name: find(name) for name in table.NUMBERS} == table.NUMBERS
    assert {number: find(number) for number in table.NAMES} == table.NAMES


def test_a_company_is_looked_up_both_ways() -> None:
    """Whatever its name's capitals and points."""
    assert sig.company("Nordic Semiconductor ASA") == sig.company("nordic semiconductor asa") == 0x0059
    assert sig.company("Apple Inc") == 0x004C


def test_an_unknown_attribute_raises_with_advice() -> None:
    """As a module does, so that hasattr and from-imports work."""
    with pytest.raises(AttributeError, match="did you mean HeartRateMeasurement"):
        _ = sig.HeartRateMesurement  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        exec("from gattschema.sig import Nonesuch")  # noqa: S102
    assert not hasattr(sig, "Nonesuch")


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0x2A37, "Heart Rate Measurement"),
        (0x180D, "Heart Rate"),
        (0x2904, "Characteristic Presentation Format"),
        (0x2803, "Characteristic"),
        (0x272F, "thermodynamic_temperature.degree_celsius"),
    ],
)
def test_a_number_has_a_name(number: int, name: str) -> None:
    """Whatever kind of attribute it is."""
    assert sig.name(number) == name


@pytest.mark.parametrize("word", ["percentage", "%", "PERCENTAGE", "org.bluetooth.unit.percentage"])
def test_a_unit_is_found_by_any_of_its_names(word: str) -> None:
    """By id, by symbol, by member; or by its number."""
    assert sig.unit(word) is sig.unit(0x27AD) is Unit.PERCENTAGE


def test_a_unit_is_found_by_the_last_word_of_its_id() -> None:
    """Where that word belongs to one unit only."""
    assert sig.unit("gravity_gn") is Unit.STANDARD_GRAVITY


def test_numbers_are_found_by_name() -> None:
    """Anchors from the Assigned Numbers, one for each table."""
    assert sig.service("Heart Rate") == 0x180D
    assert sig.descriptor("valid_range") == 0x2906
    assert sig.appearance("heart_rate_belt") == 0x0341
    assert sig.namespace("main") == 0x0106
    assert sig.ad_type("tx_power_level") == 0x0A
    assert sig.format_type("sint16") == 0x0E
    assert 0x0E in formats.WITH_EXPONENT
    assert companies.NAMES[0x004C] == sig.company(0x004C) == "Apple, Inc."


# --- laziness ---


def test_importing_the_package_loads_no_type_and_no_company() -> None:
    """Naming one type loads its module and what that one needs, nothing more."""
    script = """
import sys
from gattschema import sig
def loaded(): return sorted(m for m in sys.modules if m.startswith(("gattschema.sig._characteristics.",
    "gattschema.sig._manual.", "gattschema.sig._services.", "gattschema.sig._numbers.companies")))
exec("from gattschema.sig import *")  # a star gives what the package itself has
assert loaded() == [], loaded()
sig.status(); dir(sig); sig.Humidity
assert loaded() == ["gattschema.sig._characteristics.humidity"], loaded()
sig.companies()
assert "gattschema.sig._numbers.companies" in loaded()
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
