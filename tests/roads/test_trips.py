"""Lengths of many trips are those of each trip alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.roads.network.nouns import lengths
from carnet.roads.trips import trip_lengths


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-80, 80), st.floats(-80, 80)), max_size=40))
def test_interleaved_trips_keep_their_own_lengths(rows: list[tuple[int, float, float]]):
    trips, points = [r[0] for r in rows], np.array([r[1:] for r in rows]).reshape(-1, 2)

    names, found = trip_lengths(trips, points, "wgs84")

    for name, length in zip(names, found, strict=True):
        own = points[np.array(trips) == name]
        assert length == pytest.approx(float(lengths(own, "wgs84").sum()), rel=1e-12, abs=1e-9)
    assert set(names) == set(trips)


def test_the_step_from_one_trip_to_the_next_is_nobodys():
    names, found = trip_lengths(["a", "a", "b", "b"], np.array([[0.0, 0], [3, 4], [1000, 0], [1000, 2]]), "local")

    assert dict(zip(names, found.tolist(), strict=True)) == {"a": 5.0, "b": 2.0}
