"""A drawing is well-formed, refers to nothing outside, keeps its numbers finite and comes out the same each time."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet import drawing

name = st.text(max_size=30)
number = st.floats(allow_nan=True, allow_infinity=True)
finite = st.floats(-1e12, 1e12)
few = {"min_size": 0, "max_size": 6}

CASES: dict[str, st.SearchStrategy[str]] = {
    "bars": st.builds(drawing.bars, st.lists(st.tuples(name, number), **few), name),
    "stacked": st.builds(
        drawing.stacked, st.lists(st.tuples(name, st.lists(number, min_size=2, max_size=2)), **few), st.just(["a", "b"])
    ),
    "waterfall": st.builds(
        drawing.waterfall, st.lists(st.tuples(name, finite), **few), st.tuples(name, finite), st.tuples(name, finite)
    ),
    "interval": st.builds(drawing.interval, st.lists(st.tuples(name, number, st.none() | number, number), **few)),
    "gantt": st.builds(drawing.gantt, st.lists(st.tuples(name, number, number, st.sampled_from("abc")), **few)),
    "sankey": st.builds(
        drawing.sankey, st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), number), **few), name
    ),
    "lines": st.builds(
        drawing.lines,
        st.lists(
            st.tuples(name, st.lists(number, min_size=3, max_size=3), st.lists(number, min_size=3, max_size=3)), **few
        ),
    ),
    "scatter": st.builds(drawing.scatter, st.lists(st.tuples(name, number, number), **few), name, name, st.booleans()),
    "heat": st.builds(
        lambda rows, values: drawing.heat(rows, ["x", "y"], values[: len(rows)]),
        st.lists(name, max_size=3),
        st.lists(st.lists(st.none() | number, min_size=2, max_size=2), min_size=3, max_size=3),
    ),
    "tiles": st.builds(
        drawing.tiles, st.lists(st.tuples(name, name, st.integers(0, 9), st.integers(0, 9), name), **few)
    ),
}


@pytest.mark.parametrize("kind", sorted(CASES))
def test_any_input_gives_a_well_formed_picture(kind: str) -> None:
    @settings(max_examples=60)
    @given(CASES[kind])
    def claim(svg: str) -> None:
        root = ElementTree.fromstring(svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root[0].tag.endswith("title")
        assert not re.search(r"<script|href|url\(|style=|\bnan\b|\binf\b", re.sub(r">[^<]*<", "><", svg))

    claim()


def _same(draw: Callable[[], str]) -> bool:
    return draw() == draw()


def test_markup_in_a_name_is_text() -> None:
    svg = drawing.bars([("<script>alert(1)</script>\x00", 1.0)])
    root = ElementTree.fromstring(svg)
    assert "script" not in {e.tag.rpartition("}")[2] for e in root.iter()}
    assert _same(lambda: drawing.bars([("a", 1.0), ("b", math.nan)]))


def test_a_waterfall_shows_every_step_with_its_sign() -> None:
    svg = drawing.waterfall([("electricity", -8.1), ("boundary", 4.2)], ("A", 77.0), ("B", 73.1), "kg")
    for said in ("-8.1", "+4.2", ">77<", ">73.1<"):
        assert said in svg


def test_numbers_are_written_short_but_true() -> None:
    assert [drawing.short(v) for v in (0.0, 1234567.0, 12.345, 0.00012, -3.5)] == [
        "0",
        "1,234,567",
        "12.35",
        "0.00012",
        "-3.5",
    ]


def test_a_flow_back_is_counted_not_drawn() -> None:
    svg = drawing.sankey([("a", "b", 2.0), ("b", "a", 1.0)], "kg")
    assert "1 flows back" in svg
