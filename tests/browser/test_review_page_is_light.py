"""The review page of a project with 300 findings paints at once and weighs little."""

import pytest

from bench.review_page import LEAST, measure

WEIGHT_KIB, PAINT_MS = 120, 700


def test_the_page_of_three_hundred_findings_is_light(tmp_path, chromium):
    found = measure(tmp_path, chromium, 1)

    assert found["findings"] >= LEAST
    assert found["page weight, KiB"] <= WEIGHT_KIB


@pytest.mark.hard
def test_the_page_of_three_hundred_findings_paints_at_once(tmp_path, chromium, record_property):
    found = measure(tmp_path, chromium, 11)

    paint = found["first contentful paint, ms"]
    record_property("findings", found["findings"])
    record_property("first contentful paint, median ms", paint["median"])
    record_property("page weight KiB", found["page weight, KiB"])
    assert paint["median"] <= PAINT_MS
