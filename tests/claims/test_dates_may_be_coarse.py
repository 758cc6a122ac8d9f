"""A written date is a year, a month or a day; what it can mean runs from its first to its last day."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.catalog.dates import later
from carnet.words import month_days, span

DAYS = st.dates(datetime.date(1, 1, 1), datetime.date(9000, 12, 31))


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-07", "2026-07-01", "2026-07-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2100-02", "2100-02-01", "2100-02-28"),  # a hundredth year is no leap year
        ("2000-02", "2000-02-01", "2000-02-29"),  # a four-hundredth is
        ("2026-07-15", "2026-07-15", "2026-07-15"),
    ],
)
def test_it_runs_from_its_first_to_its_last_day(written, first, last):
    assert span(written) == (first, last)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("0000-01", "'0000-01': there is no year 0000"),
        ("2026-13", "'2026-13': there is no month 13"),
        ("2026-00", "'2026-00': there is no month 00"),
        ("2026-02-29", "'2026-02-29': that month has 28 days"),
        ("2026-04-31", "'2026-04-31': that month has 30 days"),
        ("2026-04-00", "'2026-04-00': that month has 30 days"),
    ],
)
def test_a_day_that_is_not_in_the_calendar_is_refused(written, says):
    with pytest.raises(ValueError) as refused:
        span(written)

    assert str(refused.value) == says


@pytest.mark.parametrize(
    "written",
    ["", "26", "2026-7", "2026-07-1", "July 2026", "2026/07/01", "2026-07-01T00:00", " 2026", "２０２６", "-2026"],
)
def test_what_is_no_date_is_refused(written):
    with pytest.raises(ValueError) as refused:
        span(written)

    assert str(refused.value) == f"{written!r} is not a year, month or day such as '2026', '2026-07' or '2026-07-01'"


@given(DAYS)
def test_every_day_lies_within_its_month_and_its_month_within_its_year(day):
    written = f"{day.year:04d}-{day.month:02d}-{day.day:02d}"
    month, year = span(written[:7]), span(written[:4])

    assert span(written) == (written, written)
    assert year[0] <= month[0] <= written <= month[1] <= year[1]
    assert datetime.date.fromisoformat(month[1]) + datetime.timedelta(1) > day


@given(DAYS)
def test_the_last_day_of_a_month_is_the_day_before_the_next(day):
    first = day.replace(day=1)
    after = (first + datetime.timedelta(31)).replace(day=1)

    assert month_days(day.year, day.month) == (after - first).days


@given(DAYS, st.integers(0, 600))
def test_months_later_is_the_same_day_or_the_last_of_that_month(day, months):
    written = f"{day.year:04d}-{day.month:02d}-{day.day:02d}"

    found = datetime.date.fromisoformat(later(written, months))

    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == min(day.day, month_days(found.year, found.month))


@given(DAYS, DAYS, st.integers(0, 60))
def test_later_keeps_the_order(one, other, months):
    first, second = sorted(f"{d.year:04d}-{d.month:02d}-{d.day:02d}" for d in (one, other))

    assert later(first, months) <= later(second, months)
