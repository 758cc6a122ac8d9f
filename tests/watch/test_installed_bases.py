"""What is really installed: shares, lock-in, curves and what-ifs, from numbers checked by hand."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.catalog.diffusion import Row, base, cross, fit, half, indices, shares
from carnet.catalog.what_if import Change, what_if
from tests.builders import carnet, lay


def stock(**years):
    """stock(A={2024: 60}, B={2024: 40}) in one economy."""
    return base([Row("xa", y, o, n) for o, series in years.items() for y, n in series.items()], added=False)


def test_shares_and_indices_by_hand():
    installed = stock(A={2024: 60, 2025: 60}, B={2024: 40, 2025: 140})

    first, second = indices(installed, "xa")

    assert shares(installed, "xa", 2024) == {"A": 0.6, "B": 0.4}
    assert first["hhi"] == pytest.approx(0.52)  # 0.6 * 0.6 + 0.4 * 0.4
    assert first["effective"] == pytest.approx(1 / 0.52)
    assert (first["leader"], first["switching"]) == ("A", None)
    assert (second["leader"], second["switching"]) == ("B", 1.0)  # 100 came, none of A, which led


def test_what_was_added_is_summed_up_over_years_without_a_row():
    installed = base([Row("xa", 2020, "A", 10), Row("xa", 2022, "A", 5), Row("xa", 2021, "B", 4)], added=True)

    assert installed.stock["xa", "A"] == {2020: 10, 2021: 10, 2022: 15}
    assert shares(installed, "xa", 2021) == {"A": 10 / 14, "B": 4 / 14}


def test_two_sides_match_as_often_as_their_shares_meet():
    cars, chargers = stock(A={2025: 50}, B={2025: 50}), stock(A={2025: 10}, B={2025: 90})

    assert cross(cars, chargers, "xa") == [{"year": 2025, "match": pytest.approx(0.5)}]  # 0.5 * 0.1 + 0.5 * 0.9


@given(st.dictionaries(st.sampled_from("ABCDE"), st.floats(0.001, 1e6), min_size=1))
def test_shares_sum_to_one_and_the_effective_number_lies_between_one_and_all(counts):
    installed = base([Row("xa", 2025, o, n) for o, n in counts.items()], added=False)

    (row,) = indices(installed, "xa")
    assert sum(shares(installed, "xa", 2025).values()) == pytest.approx(1)
    assert 1 - 1e-9 <= row["effective"] <= len(counts) + 1e-9


def test_a_logistic_curve_is_found_again():
    years = list(range(2015, 2026))
    values = [1 / (1 + math.exp(-0.8 * (y - 2021))) for y in years]

    curve, _ = fit("logistic", years, values, 2030)

    assert curve is not None
    assert curve.parameters["rate"][0] == pytest.approx(0.8, rel=0.02)
    assert curve.parameters["middle"][0] == pytest.approx(2021, abs=0.1)
    assert half(curve)["mid"] == 2021
    assert all(a <= b <= c for a, b, c in zip(curve.low, curve.mid, curve.high, strict=True))


def test_a_bass_curve_is_found_again():
    p, q, m = 0.03, 0.4, 1000.0
    years = list(range(2010, 2026))
    values = [m * (1 - math.exp(-(p + q) * n)) / (1 + q / p * math.exp(-(p + q) * n)) for n in range(1, 17)]

    curve, _ = fit("bass", years, values, 2030)

    assert curve is not None
    assert curve.parameters["market"][0] == pytest.approx(m, rel=0.02)
    assert curve.parameters["imitation"][0] == pytest.approx(q, rel=0.05)


def test_a_share_that_falls_is_a_curve_too():
    years = list(range(2015, 2026))

    curve, _ = fit("logistic", years, [1 / (1 + math.exp(0.8 * (y - 2020.5))) for y in years], 2030)

    assert curve is not None
    assert not curve.rises
    assert half(curve)["mid"] == 2021  # the first year under one half


@pytest.mark.parametrize(
    ("years", "values", "why"),
    [
        ([2022, 2023, 2024], [0.1, 0.2, 0.3], "3 years are known; a curve needs at least 5"),
        ([2020, 2021, 2022, 2023, 2024], [0.3] * 5, "nothing changed over these years"),
        (
            [2020, 2021, 2022, 2023, 2024, 2025],
            [0.1, 0.9, 0.1, 0.9, 0.1, 0.9],
            "no curve of this kind fits these years",
        ),
    ],
)
def test_where_years_settle_no_curve_there_is_none(years, values, why):
    curve, said = fit("logistic", years, values, 2030)

    assert curve is None
    assert said.startswith(why)


def test_a_what_if_by_hand():
    installed = stock(A={2024: 100, 2025: 200}, B={2024: 0, 2025: 0})

    answer, _ = what_if(installed, Change("xa", "B", 2026, 1.0, ramp=1), 2028)

    assert answer is not None
    # 100 are added a year, all B from 2026: 200 A stand beside 100, 200, 300 B
    assert answer.after["B"] == (0.0, pytest.approx(1 / 3), pytest.approx(1 / 2), pytest.approx(3 / 5))
    assert answer.before["B"] == (0.0, 0.0, 0.0, 0.0)
    assert (answer.half_after["B"], answer.half_before["B"]) == (2027, None)
    assert any("100% of additions, as assumed by whoever asks" in a for a in answer.assumed)


def test_a_borrowed_part_names_where_it_comes_from():
    rows = [Row("xa", y, "A", n) for y, n in ((2024, 100), (2025, 200))]
    rows += [Row("xb", y, o, n) for y, o, n in ((2024, "B", 10), (2025, "B", 50), (2024, "A", 10), (2025, "A", 20))]

    answer, _ = what_if(base(rows, added=False), Change("xa", "B", 2026), 2030)

    assert answer is not None
    assert any("to 80% of additions, as in xb" in a for a in answer.assumed)  # 40 of 50 that came


@given(st.integers(2026, 2035), st.floats(0, 1), st.integers(1, 10))
def test_shares_of_a_what_if_sum_to_one_and_nothing_moves_before_its_year(year, part, ramp):
    installed = stock(A={2024: 100, 2025: 260}, B={2024: 10, 2025: 40}, C={2024: 1, 2025: 2})

    answer, _ = what_if(installed, Change("xa", "B", year, part, ramp), 2040)

    assert answer is not None
    for n, y in enumerate(answer.years):
        assert sum(s[n] for s in answer.after.values()) == pytest.approx(1)
        if y < year:
            assert all(answer.after[o][n] == pytest.approx(answer.before[o][n]) for o in answer.after)
        assert answer.after["B"][n] >= answer.before["B"][n] - 1e-9


def test_the_command_reads_things_with_several_connectors(tmp_path: Path):
    table = tmp_path / "points.csv"
    table.write_text("Country;Opened;Plugs\nAria;2024-05-01;A\nAria;2025-02-01;A;\n".replace("A;\n", "B\n"))
    table.write_text('Country,Opened,Plugs\nAria,2024-05-01,A\nAria,2025-02-01,"A; B"\n')

    ran = carnet(
        lay(tmp_path), "catalog", "diffusion", table, "--rows", "things", "--map", "economy=Country",
        "--map", "year=Opened", "--map", "option=Plugs", "--format", "json", "--html", tmp_path / "page.html",
    )  # fmt: skip

    (economy,) = ran.json["economies"]
    assert (economy["economy"], economy["years"]) == ("xa", [2024, 2025])
    assert economy["shares"] == {"A": [1.0, pytest.approx(2 / 3)], "B": [0.0, pytest.approx(1 / 3)]}
    assert "<svg" in (tmp_path / "page.html").read_text()
    assert json.dumps(ran.json)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("economy,year,option,count\nAria,soon,A,1\n", "'soon' is not a year or a day"),
        ("economy,year,option,count\nAria,2024,A,-1\n", "count -1.0 is not a number of things"),
        ("economy,year,option,count\nAria,2024,,1\n", "option not said"),
        (
            "economy,year,optoin,count\nAria,2024,A,1\n",
            "there is no column 'option' for option; did you mean 'optoin'?",
        ),
        ("economy,year,option,count\n", "holds no rows"),
    ],
)
def test_bad_tables_are_refused_with_a_place(tmp_path: Path, text: str, says: str):
    table = tmp_path / "points.csv"
    table.write_text(text)

    ran = carnet(lay(tmp_path), "catalog", "diffusion", table)

    assert ran.code == 2
    assert says in ran.err
