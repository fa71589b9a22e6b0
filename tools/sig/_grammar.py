"""The controlled English of the SIG's descriptions: every line is understood, known to be prose, or refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from fractions import Fraction

import attrs

from tools.sig._facts import Field, Gate, Row
from tools.sig._text import plain

_DASH = r"[-–—]"
_NUMBER = r"[-+–]?\s*(?:0x[0-9A-Fa-f]+|\d+(?:\.\d+)?)"
_QUOTE = "[\"'“”‘’]"


class UnknownGrammarError(Exception):
    """A line says something that nobody has taught the generator yet."""


def digest(line: str) -> str:
    """Give the mark by which ``prose.txt`` knows a line, so that no text of the SIG need be kept."""
    return hashlib.sha256(" ".join(line.split()).encode()).hexdigest()[:12]


@attrs.frozen
class Grammar:
    """Reads descriptions; *prose* holds the digests of lines that somebody read and found to change no octet."""

    prose: Collection[str]
    used: set[str] = attrs.field(factory=set[str])
    """The digests that were met."""

    def read(self, field: Field, description: str, where: str) -> None:
        """Add to *field* what each line of its description says."""
        for line in _joined(description):
            if not self._understood(field, line):
                raise UnknownGrammarError(
                    f"{where}: no rule for this line: {line!r}. Teach tools/sig/_grammar.py what it means; "
                    f"if it changes no octet, add {digest(line)} to tools/sig/prose.txt"
                )

    def _understood(self, field: Field, line: str) -> bool:
        for pattern, act in _RULES:
            if found := pattern.fullmatch(line):
                act(field, *found.groups())
                return True
        if digest(line) in self.prose:
            self.used.add(digest(line))
            return True
        return False


def _joined(description: str) -> list[str]:
    """Give the lines, trimmed; a line that ends with a colon goes on in the next."""
    lines: list[str] = []
    for line in (" ".join(line.split()) for line in description.splitlines()):
        if lines and lines[-1].endswith("Unit:"):
            lines[-1] += f" {line}"
        elif line:
            lines.append(line)
    return lines


def whole(text: str) -> int:
    """Read a whole number: ``0x1F``, ``0b01``, ``12``, ``- 7``."""
    compact = text.replace("–", "-").replace(" ", "")
    sign, digits = (-1, compact[1:]) if compact.startswith("-") else (1, compact.lstrip("+"))
    if digits.startswith("0b"):
        return sign * int(digits, 2)
    return sign * (int(digits, 16) if digits.startswith("0x") else int(digits))


def fraction(text: str) -> Fraction:
    """Read a number as it is written: 0.1 is a tenth."""
    compact = text.replace("–", "-").replace(" ", "")
    return Fraction(whole(compact)) if "0x" in compact else Fraction(compact)


def row(key: str, label: str, parts: tuple[Row, ...] = ()) -> Row:
    """Make a row of ``3``, ``0x07–0xFF`` and their label."""
    ends = [whole(end) for end in re.split(rf"\s*(?:{_DASH}|to)\s*", key.strip().rstrip(":"))]
    return Row(ends[0], ends[-1], plain(label), parts)


# --- what the lines say ---


def _nothing(_: Field, *__: str) -> None:
    """Skip a line that repeats what another says."""


def _unit(field: Field, identifier: str) -> None:
    name = identifier.replace(" ", "").rstrip(".;").removeprefix("org.bluetooth.").removeprefix("unit.")
    if field.unit is not None and field.unit != name:
        name = f"{field.unit} or {name}"
    field.unit = name


def _unit_and_range(field: Field, identifier: str, low: str, high: str) -> None:
    _unit(field, identifier)
    _range(field, low, high)


def _scale(field: Field, multiplier: str, decimal: str, binary: str) -> None:
    field.scale = whole(multiplier), whole(decimal), whole(binary)


def _low(field: Field, low: str) -> None:
    field.low = fraction(low)


def _high(field: Field, high: str) -> None:
    field.high = fraction(high)


def _range(field: Field, low: str, high: str) -> None:
    field.low, field.high = fraction(low), fraction(high)


def _resolution(field: Field, step: str) -> None:
    field.resolution = Fraction(step.replace(" ", ""))


def _sentinel(field: Field, raw: str, meaning: str) -> None:
    field.sentinels[whole(raw)] = plain(meaning).strip("\"'“”‘’ .")


def _named_unknown(field: Field, raw: str, _: str) -> None:
    field.sentinels[whole(raw)] = "value is not known"


def _bit_gate(field: Field, bit: str, flags: str, state: str) -> None:
    field.gates.append(Gate(flags, bits=(int(bit),), clear=state == "0"))


def _bits_gate(field: Field, one: str, other: str, flags: str) -> None:
    field.gates.append(Gate(flags, bits=(int(one), int(other))))


def _value_gate(field: Field, other: str, value: str) -> None:
    field.gates.append(Gate(other, equals=whole(value)))


def _not_gate(field: Field, other: str, value: str) -> None:
    field.gates.append(Gate(other, differs=whole(value)))


def _refers(field: Field, identifier: str) -> None:
    field.refers = identifier


def _table(field: Field, slug: str) -> None:
    field.table = slug


def _row(field: Field, key: str, label: str) -> None:
    field.rows.append(row(key, label))


def _terminated(field: Field, *_: str) -> None:
    field.terminated = True


_AUTOREF = r"\\+(?:autoref|ref)\{sec:org\.bluetooth\.characteristic\."
_UNIT = r"((?:org\.bluetooth\.)(?:unit\.)?\s?[\w.]+?)"
_STEP = r"((?:1\s*/\s*)?\d+(?:\.\d+)?)"

_RULES: list[tuple[re.Pattern[str], Callable[..., None]]] = [
    (re.compile(pattern), act)
    for pattern, act in (
        # units
        (rf"(?:Base )?[Uu]nit[:;] ?{_UNIT}[.;]?", _unit),
        (rf"Base Unit: {_UNIT}\. Minimum value: ({_NUMBER}) Maximum value: ({_NUMBER})", _unit_and_range),
        (rf"Unit is 0\.1 kg/m2 or {_UNIT}", _unit),
        (r"Unit is percentage with a resolution of 1\.", _nothing),
        # represented values
        (rf"Represented values: M = ({_NUMBER}), d = ({_NUMBER}), b = ?({_NUMBER})\.?", _scale),
        (rf"M = ({_NUMBER}), d = ({_NUMBER}), and b = ({_NUMBER})", _scale),
        (rf"(?:Unit|This) is .*? with (?:a )?resolution of {_STEP}(?:\.|\s?[a-zA-Z].*|/.*)?", _resolution),
        (rf"Unit is (?:in )?{_STEP}(?:th)?(?: (?!.*present if).+)?\.?", _resolution),
        # ranges
        (rf"(?:Minimum|Minimum value|Minimum is):? ?({_NUMBER})", _low),
        (rf"(?:Maximum|Maximum value):? ({_NUMBER})", _high),
        (rf"Allowed range is:? ({_NUMBER}) to ({_NUMBER})\.?", _range),
        (rf"Valid range(?: is)?(?: from)? ({_NUMBER}) to ({_NUMBER})(?: \w+)?\.?", _range),
        (rf"The range is ({_NUMBER}){_DASH}({_NUMBER})\.?", _range),
        (r"All other values are (?:[Pp]rohibited|reserved for future use|Reserved for Future Use|RFU)\.?", _nothing),
        (r"All other values: Reserved for Future Use", _nothing),
        (r"Allowed values are (?:0 and )?all (?:positive )?real numbers\.", _nothing),
        # raw values that are no number
        (rf"A (?:raw )?value of ({_NUMBER}):? represents:? {_QUOTE}?(.+?){_QUOTE}?\.?", _sentinel),
        (rf"A value of ({_NUMBER}) (?:means|indicates) (?:that )?(.+?)\.?", _sentinel),
        (rf"The value of ({_NUMBER}) means (?:that )?(.+?)\.?", _sentinel),
        (rf"A value of ({_NUMBER}) is used when (.+?)\.?", _sentinel),
        (rf"In addition to the above range, a special value is defined: ({_NUMBER}) = (.+? not known)", _named_unknown),
        (rf"The special value of ({_NUMBER}) for User ID represents {_QUOTE}(unknown user){_QUOTE}\.", _sentinel),
        # presence
        (r"Present if bit (\d+) of (?:the )?(.+?) field is set to ([01])\.?", _bit_gate),
        (r"Present if bits (\d+) and (\d+) of (?:the )?(.+?) field are set to 1\.?", _bits_gate),
        (rf"Present if value of (?:the )?(.+?) field is ({_NUMBER})", _value_gate),
        (rf"Present if (?:the )?(.+?) field is not ({_NUMBER})(?: \(.+\))?\.?", _not_gate),
        # formats told elsewhere
        (rf"(?:.*\. )?Refer to (?:the )?.*?characteristic in {_AUTOREF}([\w-]+)\}}\.?", _refers),
        (rf".*Refer to {_AUTOREF}([\w-]+)\}}, .+ characteristic\.", _refers),
        (rf"Structure of the field matches the .+ characteristic (?:in |\(see ){_AUTOREF}([\w-]+)\}}\)?\.", _refers),
        (rf"The format of this field is the same as .+ characteristic in {_AUTOREF}([\w-]+)\}}\.", _refers),
        (rf".*See {_AUTOREF}([\w-]+)\}} for the supported values\.", _refers),
        (rf"(?:.*\(|.*\. )?[Ss]ee {_AUTOREF}[\w-]+/(?:sub)?field/([^}}]+)\}}(?:\)?\.)?", _table),
        # values told in place
        (rf"({_NUMBER}|{_NUMBER} ?{_DASH} ?{_NUMBER}|{_NUMBER} to {_NUMBER}): (.+)", _row),
        # texts
        (r"UTF-8 string", _nothing),
        (r".*Zero-terminated\.", _terminated),
        # sentences that repeat the field's name and change nothing
        (r"The [\w /-]+ field represents (?!.*present if).+", _nothing),
        (r"Represents (?!.*present if).+\.", _nothing),
        (r"The special value (?:NRes|NaN) is used to report .+", _nothing),
    )
]
