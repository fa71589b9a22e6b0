"""``tools/sig``: what it understands, what it refuses, and that the committed modules are what it makes.

The data here is made up; none of it is the SIG's.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from gattschema import values
from tools.sig import __main__ as command
from tools.sig import _source, _write
from tools.sig._emit_numbers import NumberError, Table
from tools.sig._emit_units import UnitError, member_names
from tools.sig._errata import ErrataError
from tools.sig._facts import Field, Gate, Row
from tools.sig._generate import Rules, StaleError, generate
from tools.sig._grammar import Grammar, UnknownGrammarError, digest
from tools.sig._homes import offers, unique
from tools.sig._labels import LabelError
from tools.sig._labels import member_names as labels
from tools.sig._lint import LintError
from tools.sig._names import NamesError

ROOT = Path(__file__).parents[2]
COMMIT = "0" * 40

TABLES = {
    "uuids/service_uuids.yaml": "uuids: [{uuid: 0x1800, name: Hall}]",
    "uuids/descriptors.yaml": "uuids: [{uuid: 0x2900, name: Remark}]",
    "uuids/declarations.yaml": "uuids: [{uuid: 0x2800, name: Beginning}]",
    "uuids/units.yaml": """
        uuids:
          - {uuid: 0x2700, name: unitless, id: org.bluetooth.unit.unitless}
          - {uuid: 0x2703, name: time (second), id: org.bluetooth.unit.time.second}
          - {uuid: 0x27AD, name: percentage, id: org.bluetooth.unit.percentage}
        """,
    "core/formattypes.yaml": "formattypes: [{value: 4, short_name: uint8, exponent: true}]",
    "core/namespace.yaml": "namespace: [{value: 0, name: unknown}]",
    "core/ad_types.yaml": "ad_types: [{value: 1, name: Flags}, {value: 1, name: Banners}]",
    "core/appearance_values.yaml": """
        appearance_values:
          - {category: 1, name: Kettle, subcategory: [{value: 1, name: Small}]}
          - {category: 2, name: Pot, subcategory: [{value: 1, name: Small}, {value: 2, name: Flat}]}
        """,
    "company_identifiers/company_identifiers.yaml": "company_identifiers: [{value: 7, name: 'Kettles \"R\" Us'}]",
}

GLOW = """
    characteristic:
      identifier: org.bluetooth.characteristic.glow
      name: Glow
      structure:
        - field: Glow
          type: uint8
          size: 1
          description: |
            Base Unit: org.bluetooth.unit.percentage
            Represented values: M = 1, d = 0, b = -1
            Allowed range is: 0 to 100
            A value of 0xFF represents "value is not known".
            All other values are prohibited.
    """

BREW = """
    characteristic:
      identifier: org.bluetooth.characteristic.brew
      name: Brew
      structure:
        - field: Flags
          type: boolean[8]
          size: 1
          description: See \\autoref{sec:org.bluetooth.characteristic.brew/field/flags}
        - field: Kind
          type: uint8
          size: 1
          description: |
            0: Tea (black)
            1: Coffee
            2-255: Reserved for Future Use
        - field: Cups (few)
          type: uint8
          size: 0 or 1
          description: Present if bit 0 of Flags field is set to 0
        - field: Cups (many)
          type: uint16
          size: 0 or 2
          description: Present if bit 0 of Flags field is set to 1
        - field: Glow
          type: struct
          size: 0 or 1
          description: |
            Refer to the Glow characteristic in \\autoref{sec:org.bluetooth.characteristic.glow}
            Present if bit 1 of Flags field is set to 1
        - field: Steps
          type: uint16[n]
          size: 0 or n*2
          description: |
            Unit: org.bluetooth.unit.time.second
            Present if bit 2 of Flags field is set to 1
      fields:
        - name: Flags
          values:
            - {bit: 0, description: Many}
            - {bit: 1, description: Glow present}
            - {bit: 2, description: Steps present}
            - {bit: 3, description: "Lid: \\n0 = open\\n1 = closed"}
            - {bit: 4-5, description: "Boil:\\n0 = Never\\n1 = Once\\n2 = Twice\\n3 = Reserved for Future Use"}
            - {bit: 6-7, description: Reserved for Future Use}
    """


class Source:
    """A made-up copy of the SIG's repository, and the rules for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in TABLES.items():
            self._write(f"data/assigned_numbers/{name}", text)
        self.formats(Glow=GLOW)
        self.rule("errata", "")
        self.rule("names", "")
        self.rule("prose", "")

    def formats(self, **texts: str) -> Source:
        """Have these characteristics and no others, numbered from 0x2A00."""
        rows = [f"{{uuid: {0x2A00 + n}, name: {name}}}" for n, name in enumerate(texts)]
        self._write("data/assigned_numbers/uuids/characteristic_uuids.yaml", f"uuids: [{', '.join(rows)}]")
        for name, text in texts.items():
            self._write(f"data/gss/{name}.yaml", text)
        return self

    def rule(self, kind: str, text: str) -> Source:
        """Have this for errata, names or prose."""
        self._write(kind, text)
        return self

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def generate(self) -> Mapping[str, str]:
        """Run the generator."""
        rules = Rules(self.folder / "errata", self.folder / "names", self.folder / "prose")
        return generate(self.folder / "data", self.folder, COMMIT, rules)

    def types(self, name: str) -> dict[str, Any]:
        """Run one generated module, with the types of glow where it asks for them."""
        made = self.generate()
        scope: dict[str, Any] = {}
        for module in dict.fromkeys(("glow", name)):
            text = made.get(f"gattschema/sig/_characteristics/{module}.py", "")
            lines = (line for line in text.splitlines() if not line.startswith("from gattschema.sig"))
            exec(compile("\n".join(lines), module, "exec", dont_inherit=True), scope)  # noqa: S102
        return scope


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """A repository with one characteristic."""
    return Source(tmp_path)


# --- what it makes ---


def test_a_scalar_becomes_an_alias_that_works(source: Source) -> None:
    """Scale, unit, range and the value that means "not known", each from its line."""
    glow = source.types("glow")["Glow"]
    text = source.generate()["gattschema/sig/_characteristics/glow.py"]
    assert (
        "Glow: TypeAlias = Annotated[float | None, UInt8, Scale(binary=-1), Unit.PERCENTAGE, Range(0, 100), "
        "Unknown(0xFF)]" in text
    )
    assert '"""Glow (0x2A00): 1 octet, 0 … 100 % in steps of 0.5."""' in text
    assert values.decode(glow, b"\x31") == 24.5
    assert values.encode(glow, None) == b"\xff"
    with pytest.raises(values.EncodeError):
        values.encode(glow, 100.5)


def test_a_struct_becomes_a_class_that_works(source: Source) -> None:
    """Flags that are derived, a choice of widths, another's type, bits with meaning, an enumeration, an array."""
    source.formats(Glow=GLOW, Brew=BREW)
    scope = source.types("brew")
    brew = scope["Brew"]
    full = brew(kind=scope["Kind"].COFFEE, cups=300, glow=0.5, steps=(1, 2), lid=True, boil=scope["Boil"].TWICE)
    assert values.encode(brew, full) == bytes.fromhex("2f 01 2c01 01 0100 0200")
    assert values.decode(brew, values.encode(brew, full)) == full
    assert values.encode(brew, brew(kind=0, cups=3)) == bytes.fromhex("00 00 03")
    assert scope["GlowSpecial"].NOT_KNOWN.value == 0xFF
    assert scope["Kind"].TEA == 0


def test_numbers_become_tables(source: Source) -> None:
    """Two names of one number are kept; a name of two numbers gets its category in front."""
    made = source.generate()
    scope: dict[str, Any] = {}
    exec(made["gattschema/sig/_numbers/ad_types.py"], scope)  # noqa: S102
    assert scope["NUMBERS"] == {"flags": 1, "banners": 1}
    assert scope["NAMES"] == {1: "Banners / Flags"}
    exec(made["gattschema/sig/_numbers/appearances.py"], scope)  # noqa: S102
    assert scope["NUMBERS"] == {"kettle": 0x40, "kettle_small": 0x41, "pot": 0x80, "pot_small": 0x81, "flat": 0x82}
    exec(made["gattschema/sig/_numbers/companies.py"], scope)  # noqa: S102
    assert scope["NAMES"] == {7: 'Kettles "R" Us'}


def test_one_name_cannot_stand_for_two_numbers() -> None:
    """In a table without categories there is nothing to tell them apart."""
    with pytest.raises(NumberError, match="lamp"):
        Table("lamps", "Lamps", "1", [(1, "Lamp"), (2, "lamp")]).names()


def test_equal_helpers_are_declared_once_and_others_get_a_prefix(source: Source) -> None:
    """Two characteristics with the same enumeration share it; with different ones each has its own."""
    one = BREW.replace("org.bluetooth.characteristic.brew\n", "org.bluetooth.characteristic.mash\n")
    one = one.replace("name: Brew", "name: Mash").replace("characteristic.brew/", "characteristic.mash/")
    made = source.formats(Glow=GLOW, Brew=BREW, Mash=one.replace("1: Coffee", "1: Malt")).generate()
    brew, mash = (made[f"gattschema/sig/_characteristics/{name}.py"] for name in ("brew", "mash"))
    assert "class Boil(OpenEnum)" in brew
    assert "class Boil" not in mash
    assert "from gattschema.sig._characteristics.brew import Boil" in mash
    assert "class BrewKind(OpenEnum)" in brew
    assert "class MashKind(OpenEnum)" in mash


def test_the_index_lists_what_hand_written_modules_offer(source: Source) -> None:
    """By their ALSO_IN_SIG or ``__all__``, and UUID_NUMBERS; a helper's name in two modules belongs to neither."""
    one = "UUID_NUMBERS = {'Lamp': 0x2A01}\n__all__ = ['Lamp', 'Reset', 'Dim']\n"
    source._write("gattschema/sig/_manual/one.py", one)
    three = "UUID_NUMBERS = {}\n__all__ = ['Dim', 'Blow', 'Bulb']\nALSO_IN_SIG = ('Bulb',)\n"
    source._write("gattschema/sig/_manual/three.py", three)
    source._write("gattschema/sig/_manual/two.py", "UUID_NUMBERS: dict[str, int] = {}\n__all__ = ['Reset']\n")
    homes = unique(offers(source.folder / "gattschema/sig/_manual"))
    assert homes == {"Lamp": "_manual.one", "Dim": "_manual.one", "Bulb": "_manual.three"}
    scope: dict[str, Any] = {}
    exec(source.generate()["gattschema/sig/_index.py"], scope)  # noqa: S102
    assert scope["HOMES"] == {"Glow": "_characteristics.glow", **homes}
    assert scope["TYPES"] == {0x2A00: "Glow", 0x2A01: "Lamp"}
    assert scope["MANUAL"] == {0x2A01}


def test_units_are_named_by_their_last_word_where_that_is_enough() -> None:
    """With the quantity in front where it is not, and as the overlay says where that is ugly."""
    names = member_names(["time.second", "angle.second", "force.newton", "ppm"], {"ppm": "PARTS_PER_MILLION"})
    assert names["force.newton"] == "NEWTON"
    assert names["angle.second"] == "ANGLE_SECOND"
    assert names["ppm"] == "PARTS_PER_MILLION"
    with pytest.raises(UnitError, match="LAMP_LIGHT_LUX"):
        member_names(["lamp.light.lux", "lamp light.lux"], {})


def test_labels_lose_what_they_can_do_without() -> None:
    """Parentheses where the rest tells the members apart, and the words that every bit has."""
    assert labels(["Body (general)", "Ear"]) == ["BODY", "EAR"]
    assert labels(["Type (a)", "Type (b)"]) == ["TYPE_A", "TYPE_B"]
    assert labels(["Cuff Fit Support", "Time support bit:"], features=True) == ["CUFF_FIT", "TIME"]


# --- what it understands ---


@pytest.mark.parametrize(
    ("line", "fact", "value"),
    [
        ("Unit: org.bluetooth.unit.time.second", "unit", "time.second"),
        ("Base Unit:\norg.bluetooth.unit.time.second", "unit", "time.second"),
        ("Represented values: M = 2, d = - 1, b =0", "scale", (2, -1, 0)),
        ("Minimum value: -1.5", "low", Fraction(-3, 2)),
        ("Maximum 3", "high", Fraction(3)),
        ("Unit is a lamp with a resolution of 1/64V.", "resolution", Fraction(1, 64)),
        ("A value of 0xFE represents ‘out of range’.", "sentinels", {0xFE: "out of range"}),
        ("A value of -128 means that the glow is not known.", "sentinels", {-128: "the glow is not known"}),
        ("Present if bit 3 of the Flags field is set to 0", "gates", [Gate("Flags", bits=(3,), clear=True)]),
        ("Present if bits 3 and 4 of Flags field are set to 1", "gates", [Gate("Flags", bits=(3, 4))]),
        ("Present if value of Mode field is 2", "gates", [Gate("Mode", equals=2)]),
        ("Present if Mode field is not 0 (Off).", "gates", [Gate("Mode", differs=0)]),
        ("0x07–0x09: Warm", "rows", [Row(7, 9, "Warm")]),
        ("Words of a lamp. Zero-terminated.", "terminated", True),
        ("Refer to Glow characteristic in \\autoref{sec:org.bluetooth.characteristic.glow}.", "refers", "glow"),
        ("See \\autoref{sec:org.bluetooth.characteristic.a/field/b}.", "table", "b"),
    ],
)
def test_a_line_becomes_a_fact(line: str, fact: str, value: object) -> None:
    """One template each; dashes and quotes come in several kinds."""
    field = Field("Glow", "uint8", "1")
    Grammar(frozenset()).read(field, line, "here")
    assert getattr(field, fact) == value


# --- what it refuses ---


@pytest.mark.parametrize(
    "line",
    [
        "Present if the moon is full",
        "Represents a lamp, present if bit 3 is set.",
        "Represented values: M = 1, d = x, b = 0",
        "The lamp is bright.",
    ],
)
def test_a_line_of_unknown_grammar_is_refused(source: Source, line: str) -> None:
    """The message says where, and how to waive it once somebody has read it; the waiver is a digest."""
    source.formats(Glow=GLOW.replace("All other values are prohibited.", line))
    with pytest.raises(UnknownGrammarError, match=f"glow.Glow.*{digest(line)}"):
        source.generate()
    assert source.rule("prose", f"# read\n{digest(line)}\n").generate()


def test_prose_that_is_gone_is_refused(source: Source) -> None:
    """A digest that no line has any more is stale."""
    with pytest.raises(StaleError, match="0123456789ab"):
        source.rule("prose", "0123456789ab\n").generate()


def test_a_new_key_in_the_data_is_refused(source: Source) -> None:
    """Nobody knows what it means."""
    with pytest.raises(UnknownGrammarError, match="byte_order"):
        source.formats(Glow=GLOW.replace("name: Glow", "name: Glow\n      byte_order: big")).generate()


MEND = """
    [[mend]]
    where = "glow.Glow"
    fact = "scale"
    from = "1, 0, -1"
    to = "1, 0, -2"
    reason = "a step is a quarter"
    evidence = "the lamp itself"
    """


def test_errata_mend_a_fact(source: Source) -> None:
    """The mended scale is the one that is written."""
    source.rule("errata", MEND)
    source.formats(Glow=GLOW.replace("0 to 100", "0 to 50"))
    assert "Scale(binary=-2)" in source.generate()["gattschema/sig/_characteristics/glow.py"]


@pytest.mark.parametrize(
    ("errata", "message"),
    [
        (MEND.replace("1, 0, -1", "1, 0, -3"), "the data says '1, 0, -1'"),
        (MEND.replace("glow.Glow", "glow.Gloom"), "glow.Gloom, which the data does not have"),
        (MEND.replace('"scale"', '"colour"'), "the facts are"),
        ('[[alias]]\nfrom = "lamps"\nto = "percentage"\nreason = "-"\n', "lamps, which no field has"),
    ],
)
def test_errata_that_no_longer_match_are_refused(source: Source, errata: str, message: str) -> None:
    """The SIG may have mended it: somebody must look."""
    with pytest.raises(ErrataError, match=message):
        source.rule("errata", errata).generate()


VARIANT = """
    [[variant]]
    of = "glow"
    name = "GlowOfOld"
    where = "as it was"
    fields.Glow = { type = "uint16", size = "2" }
    evidence = "an old lamp"
    """


def test_another_layout_is_a_type_of_its_own(source: Source) -> None:
    """A struct beside the characteristic's own, in the same module; the index tells whose it is."""
    made = source.rule("errata", VARIANT).generate()
    assert "Glow: TypeAlias" in made["gattschema/sig/_characteristics/glow.py"]
    old = source.types("glow")["GlowOfOld"]
    assert values.codec(old).least == values.codec(old).most == 2
    assert old.__doc__ == "Glow (0x2A00) as it was: 2 octets."
    scope: dict[str, Any] = {}
    exec(made["gattschema/sig/_index.py"], scope)  # noqa: S102
    assert scope["VARIANTS"] == {"GlowOfOld": 0x2A00}
    assert scope["HOMES"] == {"Glow": "_characteristics.glow", "GlowOfOld": "_characteristics.glow"}
    assert scope["TYPES"] == {0x2A00: "Glow"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (VARIANT.replace("fields.Glow", "fields.Gloom"), "glow.Gloom, which the data does not have"),
        (VARIANT.replace('type = "uint16", size = "2"', 'type = "uint8"'), "is so in the data, too"),
    ],
)
def test_a_variant_of_nothing_is_refused(source: Source, wrong: str, message: str) -> None:
    """The SIG may have taken it up: somebody must look."""
    with pytest.raises(ErrataError, match=message):
        source.rule("errata", wrong).generate()


FAULTY = [
    ("unit.percentage", "unit.lumps", "unit"),
    ("size: 1", "size: 2", "size"),
    ("uint8", "int8", "type"),
    ("0 to 100", "0 to 1000", "range"),
    ("0xFF represents", "0x1FF represents", "sentinel"),
    ("All other values are prohibited.", "Unit is a lamp with a resolution of 0.1.", "resolution"),
    ("All other values are prohibited.", "Present if bit 0 of Flags field is set to 1", "gate"),
    (
        "All other values are prohibited.",
        "See \\\\autoref{sec:org.bluetooth.characteristic.glow/field/gone}".replace("\\\\", "\\"),
        "table",
    ),
    (
        "All other values are prohibited.",
        "Refer to Gone characteristic in \\autoref{sec:org.bluetooth.characteristic.gone}",
        "reference",
    ),
]


@pytest.mark.parametrize(("sound", "faulty", "finding"), FAULTY, ids=[finding for *_, finding in FAULTY])
def test_a_lint_finding_is_mended_or_waived(source: Source, sound: str, faulty: str, finding: str) -> None:
    """Each kind of fault stops the generator, and says with which words it can be waived."""
    source.formats(Glow=GLOW.replace(sound, faulty))
    with pytest.raises(LintError, match=f"glow.Glow: {finding}: "):
        source.generate()


def test_a_waived_finding_lets_the_generator_go_on(source: Source) -> None:
    """But a waiver without a finding does not."""
    waiver = '[[waive]]\nwhere = "glow.Glow"\nfinding = "resolution"\nreason = "the sentence is wrong"\n'
    source.rule("errata", waiver)
    with pytest.raises(LintError, match="waived, but not found"):
        source.generate()
    source.formats(Glow=GLOW.replace("All other values are prohibited.", "Unit is a lamp with a resolution of 0.1."))
    assert source.generate()


def test_a_characteristic_without_a_number_is_found(source: Source) -> None:
    """Its name is misspelt in one of two tables."""
    with pytest.raises(LintError, match=r"glow\.Glow: no-number"):
        source.formats(Gloom=GLOW).generate()


def test_names_that_nothing_asks_for_are_refused(source: Source) -> None:
    """The SIG has renamed what the overlay names."""
    with pytest.raises(NamesError, match="glow: fields / Gloom"):
        source.rule("names", '[glow.fields]\nGloom = "gloom"\n').generate()


def test_a_label_that_makes_no_name_is_refused(source: Source) -> None:
    """Until the overlay has a better one."""
    wordy = BREW.replace("1: Coffee", "1: Coffee that somebody has left upon the stove for the whole of a night")
    source.formats(Glow=GLOW, Brew=wordy)
    with pytest.raises(LabelError, match=r"names\.toml"):
        source.generate()
    source.rule("names", '[brew.members.Kind]\n1 = "COFFEE"\n')
    assert source.types("brew")["Kind"].COFFEE == 1


# --- what is committed ---


def test_a_check_tells_what_differs(tmp_path: Path) -> None:
    """A file that was changed, one that is missing, and one that nothing makes any more; writing mends all three."""
    folder = tmp_path / "gattschema/sig/_numbers"
    folder.mkdir(parents=True)
    (folder / "kept.py").write_text("A = 1\n")
    (folder / "changed.py").write_text("A = 2\n")
    (folder / "left_over.py").write_text("A = 3\n")
    made = {f"gattschema/sig/_numbers/{name}.py": "A = 1\n" for name in ("kept", "changed", "missing")}
    wrong = [f"gattschema/sig/_numbers/{name}.py" for name in ("changed", "left_over", "missing")]
    assert _write.differences(made, tmp_path) == wrong
    assert _write.write(made, tmp_path) == wrong
    assert _write.differences(made, tmp_path) == []
    assert not (folder / "left_over.py").exists()


def test_a_folder_that_is_no_copy_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a sentence, not as a traceback."""
    assert command.main(["--check", "--source", str(tmp_path)]) == 1
    assert "no copy of the SIG's repository" in capsys.readouterr().err


def test_a_wheel_with_another_checksum_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever lies in the cache under its name."""
    monkeypatch.setattr(_source, "cache", lambda: tmp_path)
    (tmp_path / _source.WHEEL).write_bytes(b"something else")
    with pytest.raises(_source.SourceError, match="sha256"):
        _source.pinned_wheel()


def test_the_committed_modules_are_what_the_generator_makes(capsys: pytest.CaptureFixture[str]) -> None:
    """``python3 -m tools.sig --check``, with the pinned wheel; skipped where it cannot be had."""
    try:
        _source.pinned_wheel()
    except _source.SourceError as refusal:
        pytest.skip(f"the SIG's data cannot be had: {refusal}")
    assert command.main(["--check"]) == 0, capsys.readouterr().err
