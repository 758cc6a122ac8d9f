"""The ledger explains a difference to the last bit."""

import itertools
import math

import pytest

from carnet.carbon.ledger import CAUSES, ledger
from carnet.carbon.methods import assume
from carnet.carbon.rounding import significant
from tests.carbon.inventories import PACK, TRUCK, read, tables, under

PAIRS = list(
    itertools.permutations(["eu-cfb-ev-draft2024", "gba-ghg-2", "gbt24067-2024", "pact-3.0", "jp-battery-cfp"], 2)
)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_lines_add_up_to_the_gap_exactly(tmp_path, first, second):
    found = ledger(read(tmp_path, PACK), tables().method(first), tables().method(second), tables())

    total = 0.0
    for line in found["lines"]:
        total += line["delta"]
    assert total == found["gap"] == found["second"] - found["first"]
    assert sum(line["delta"] for line in reversed(found["lines"])) == found["gap"]  # in any order
    assert [line["cause"] for line in found["lines"]] == [cause for cause, _ in CAUSES]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_it_ends_where_the_second_method_ends(tmp_path, first, second):
    pack = read(tmp_path, PACK)
    found = ledger(pack, tables().method(first), tables().method(second), tables())
    alone = under(pack, second)
    same = found["basis"] == "functional unit"
    expected = significant(alone.value, alone.method.form.rounding.digits) if same else alone.total

    assert math.isclose(found["second"], expected, rel_tol=1e-11)
    assert same or found["lines"][-1] == {"cause": "rounding", "delta": 0}


def test_one_changed_section_is_one_line(tmp_path):
    method = tables().method("pact-3.0")
    other = assume(assume(method, "gwp.set", "ar5"), "boundary.stages.distribution", "counted")

    found = ledger(read(tmp_path, PACK), method, other, tables())

    moved = {line["cause"]: line["delta"] for line in found["lines"] if line["delta"]}
    assert set(moved) == {"boundary", "rounding"}  # all factors of this pack are lumped, so the set moves nothing
    assert math.isclose(moved["boundary"], 65.2, rel_tol=1e-9)


def test_a_longer_life_has_a_line_of_its_own(tmp_path):
    short = tables().method("qct1249-2025")
    long = assume(short, "parameters.life_distance", 300_000)

    found = ledger(read(tmp_path, TRUCK), short, long, tables())

    moved = {line["cause"] for line in found["lines"] if line["delta"]}
    assert moved <= {"service_life", "rounding"}
    assert next(line["delta"] for line in found["lines"] if line["cause"] == "service_life") < 0


def test_a_method_against_itself_has_no_gap(tmp_path):
    found = ledger(read(tmp_path, PACK), tables().method("pact-3.0"), tables().method("pact-3.0"), tables())

    assert found["gap"] == 0
    assert all(line["delta"] == 0 for line in found["lines"])
