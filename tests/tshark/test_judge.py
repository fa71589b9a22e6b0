"""The judge in the suite, where tshark is installed; ``python3 -m tests.tshark`` prints the whole report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tshark._capture import Passage, Way
from tests.tshark._dissection import Dissection, Seen, dissect, version
from tests.tshark._expected import Wanted
from tests.tshark._judge import compare, crossings, judge
from tests.tshark._report import FLOOR, Report
from tests.tshark.explained import EXPLAINED

needs_tshark = pytest.mark.skipif(version() is None, reason="tshark is not installed: apt install tshark")


@needs_tshark
def test_tshark_reads_what_we_encode() -> None:
    """Every difference has its explanation; the whole report sees to it that every explanation has its difference."""
    report = Report(str(version()), judge(examples=15))
    assert len(report.verdict.dissected) >= FLOOR
    assert len(report.verdict.agreed) >= 140
    assert not (report.is_judged and report.unexplained), "\n".join(report.lines())


@needs_tshark
@pytest.mark.parametrize("way", Way)
def test_a_value_is_found_whichever_way_it_goes(way: Way) -> None:
    """Notified, read or written: the Battery Level is at the first bit of the value."""
    (found,) = dissect([Passage(0x2A19, b"\x55", way)])
    assert found.leaves == (Seen("battery_level", 0, 8, "85"),)
    assert not found.complaints


@pytest.mark.parametrize(
    ("seen", "leaves", "what"),
    [
        (Seen("level", 0, 8, "85"), [Wanted("level", 0, 8, 85)], None),
        (Seen("level", 0, 8, "85"), [Wanted("level", 0, 8, -171)], "number"),
        (Seen("level", 0, 8, "85"), [Wanted("low", 0, 4, 5), Wanted("high", 4, 4, 8)], "united"),
        (Seen("level", 0, 8, "85"), [Wanted("level", 0, 16, 85)], "divided"),
        (Seen("reserved", 0, 8, "0x01"), [Wanted("low", 0, 4, 1), Wanted("reserved", 4, 4, 0)], "reserved"),
        (Seen("reserved", 0, 2, "0x00"), [Wanted("reserved", 0, 1, 0), Wanted("reserved", 1, 1, 0)], None),
        (Seen("value", 0, 8, "55"), [Wanted("level", 0, 8, 85)], "left over"),
    ],
)
def test_a_difference_is_seen(seen: Seen, leaves: list[Wanted], what: Any) -> None:
    """The judge itself: numbers, signs, and how octets are divided."""
    dissection = Dissection(Passage(0x2A19, b"\x55", Way.READ), (seen,), ())
    found = {difference.what for difference, _ in compare(dissection, leaves)}
    assert (what in found) if what else not found


def test_a_missing_field_is_seen() -> None:
    """What tshark does not show is a difference, unless nothing is known of it."""
    dissection = Dissection(Passage(0x2A19, b"\x55", Way.READ), (), ("Undecoded",))
    leaves = [Wanted("levels[3]", 0, 8, 85), Wanted("reserved", 8, 1, 0)]
    found = {(difference.what, difference.field) for difference, _ in compare(dissection, leaves)}
    assert found == {("not shown", "levelsfurther"), ("complaint", "Undecoded")}


def test_fields_in_each_others_place_are_seen() -> None:
    """Two fields of one width, told apart by their names alone."""
    straight = {(16, "vector.top_angle", "top_angle"), (16, "vector.bottom_angle", "bottom_angle")}
    crossed = {(16, "vector.top_angle", "bottom_angle"), (16, "vector.bottom_angle", "top_angle")}
    apart = {(16, "vector.top_angle", "bottom_angle"), (8, "vector.bottom_angle", "top_angle")}
    assert not list(crossings(straight))
    assert not list(crossings(apart))
    assert {name for name, _ in crossings(crossed)} == {"vector.top_angle", "vector.bottom_angle"}


def test_explanations_are_sentences() -> None:
    """Each says something, and says it to the end."""
    assert all(len(sentence) > 20 and not sentence.endswith(".") for sentence in EXPLAINED.values())
