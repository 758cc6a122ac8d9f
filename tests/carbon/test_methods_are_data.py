"""A method is a table: the code knows none by name, and what nobody read is a what-if."""

from pathlib import Path

import pytest

from carnet.carbon import methods
from carnet.carbon.nouns import SECTIONS
from carnet.carbon.tables import open_tables, value_at
from carnet.errors import BadData, BadInput, Unheard
from tests.carbon.inventories import PACK, read, tables, under

ROOT = Path(__file__).resolve().parents[2]
METHODS = sorted(tables().methods)


def test_no_line_of_code_names_a_method():
    code = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py"))

    assert [m for m in METHODS if f'"{m}"' in code] == []


@pytest.mark.parametrize("name", METHODS)
def test_every_section_says_where_it_is_from(name):
    method = tables().method(name)

    assert all(getattr(method.form, section).source in method.sources for section in SECTIONS)


@pytest.mark.parametrize(
    ("name", "parameter"), [(m, o.parameter) for m in METHODS for o in tables().method(m).form.open]
)
def test_every_open_parameter_can_be_set_to_each_of_its_options(name, parameter):
    row = next(o for o in tables().method(name).form.open if o.parameter == parameter)

    for option in row.options:
        changed = methods.assume(tables().method(name), parameter, option)
        assert changed.assumed == ((parameter, option),)
        assert changed.what_if("2026-11-21", "2026-11-21")
    assert value_at(tables().method(name).form, parameter) is not None


def test_a_draft_and_an_announcement_are_what_ifs():
    states = {
        m: (
            tables().method(m).standing("2026-11-21", "2026-11-21"),
            tables().method(m).what_if("2026-11-21", "2026-11-21"),
        )
        for m in METHODS
    }

    assert states["eu-cfb-ev-draft2024"] == ("draft", True)
    assert states["apec-joint"] == ("announced", True)
    assert states["pact-3.0"] == ("published", False)


def test_the_day_decides_how_far_a_text_has_come():
    method = tables().method("qct1249-2025")

    assert method.standing("2026-06-30", "2026-11-21") == "adopted"
    assert method.standing("2026-07-01", "2026-11-21") == "published"
    assert method.standing("2026-07-01", "2026-11-20") is None  # nobody had looked yet


def test_conflicting_dates_are_both_kept():
    steps = tables().method("gbt24067-2024").form.status

    assert {"2024-10-01", "2025-03-01"} <= {s.start for s in steps}
    assert tables().method("gbt24067-2024").form.conflict


def test_a_new_method_is_one_file(tmp_path):
    text = (ROOT / "data" / "methods" / "pact-3.0.yaml").read_text(encoding="utf-8")
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods" / "house.yaml").write_text(
        text.replace("method: pact-3.0", "method: house").replace("distribution: left_out", "distribution: counted"),
        encoding="utf-8",
    )

    laid_over = open_tables([tmp_path])
    from carnet.carbon.footprint import footprint

    found = footprint(read(tmp_path, PACK), laid_over.method("house"), laid_over)
    assert round(found.value, 9) == 3572.28  # 3507.08 + the sea leg 65.2


def test_a_broken_method_is_told_with_its_place(tmp_path):
    text = (ROOT / "data" / "methods" / "pact-3.0.yaml").read_text(encoding="utf-8")
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods" / "house.yaml").write_text(
        text.replace("set: ar6", "set: ar9").replace("source: align,", "source: nobody,"), encoding="utf-8"
    )

    with pytest.raises(BadData) as caught:
        open_tables([tmp_path])
    assert "pact-3.0: no GWP set is called 'ar9'" in str(caught.value)
    assert "no source of this file is called 'nobody'" in str(caught.value)


def test_names_that_do_not_exist_are_answered_with_the_nearest():
    with pytest.raises(Unheard, match=r"no method is called 'pact-3'; did you mean 'pact-3.0'"):
        tables().method("pact-3")
    with pytest.raises(BadInput, match=r"pact-3.0 has no parameter 'recycling.aa'; did you mean 'recycling.a'"):
        methods.assume(tables().method("pact-3.0"), "recycling.aa", 1)


def test_what_a_caller_assumes_makes_a_what_if(tmp_path):
    (method,) = methods.chosen(tables(), ["pact-3.0"], ["pact-3.0:recycling.a=0.5"])

    assert method.form.recycling.a == {"default": 0.5}
    assert method.what_if("2026-11-21", "2026-11-21")
    assert under(read(tmp_path, PACK), method).method.assumed == (("recycling.a", 0.5),)


def test_duties_begin_on_a_fixed_day_or_months_after_entry_whichever_is_later():
    method = tables().method("eu-cfb-ev-draft2024")

    assert [d["begins"] for d in methods.duties(method)] == [None, None, None]  # a draft has not entered into force
    assert "which is unknown" in methods.duties(method)[0]["waits_for"]
    early = methods.duties(methods.assume(method, "entry_into_force", "2023-08-31"))
    late = methods.duties(methods.assume(method, "entry_into_force", "2027-08-31"))
    assert [d["begins"] for d in early] == ["2025-02-18", "2026-08-18", "2028-02-18"]
    assert [d["begins"] for d in late] == ["2028-08-31", "2029-02-28", "2029-02-28"]  # 12, 18 and 18 months later
