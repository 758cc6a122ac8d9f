"""Other people's forms: geometry in Parquet, logs by the schema they carry, maps that say where they lie, traces."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.writer import Writer

from carnet.errors import BadInput
from carnet.roads import feed
from carnet.roads.ingest import Source, ingest
from carnet.roads.lake import Lake
from carnet.roads.network.opendrive import read_opendrive
from carnet.roads.network.projection import Undecided, parse
from carnet.roads.positions import Mapping, load_mapping, read_positions
from carnet.roads.readers.geoparquet import from_wkb, read_network, to_wkb, write_network
from carnet.roads.readers.measurement import read_mcap, topics
from carnet.roads.readers.osi import Trace, check
from carnet.roads.readers.scenario import read_scenario
from carnet.roads.stac import outline

from .maps import MAPPING, drive, field, xodr

finite = st.floats(-1e6, 1e6)


# GeoParquet


@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=9))
def test_a_line_written_is_the_line_read(points):
    (found,) = from_wkb(to_wkb(np.array(points)))

    assert found.tolist() == [list(p) for p in points]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "cut short"),
        (b"\x02" + bytes(20), "byte order 2"),
        (struct.pack("<BI", 1, 3) + bytes(40), "type 3 is not a point"),
        (struct.pack("<BII", 1, 2, 1 << 31), "cut short"),
        (struct.pack("<BIdd", 1, 1, 1, 2) + b"x", "1 bytes follow"),
        (struct.pack("<BI", 1, 0x80000001) + bytes(24), "is not of the format"),
    ],
)
def test_a_geometry_that_is_none_says_why(raw: bytes, says: str):
    with pytest.raises(ValueError, match=says):
        from_wkb(raw)


def test_heights_are_left_out_and_several_lines_are_read():
    high = struct.pack(">BI3d", 0, 1001, 1.0, 2.0, 99.0)
    two = struct.pack("<BII", 1, 5, 2) + to_wkb(np.array([[0.0, 0], [1, 1]])) * 2

    assert from_wkb(high)[0].tolist() == [[1.0, 2.0]]
    assert len(from_wkb(two)) == 2


def test_a_network_goes_out_and_comes_back(tmp_path: Path):
    network = read_opendrive(xodr(tmp_path, [{}, {"x": 1000, "kind": "motorway"}]))
    write_network(network, tmp_path / "n.parquet")

    back = read_network(tmp_path / "n.parquet")

    geo = json.loads(pq.read_schema(tmp_path / "n.parquet").metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["bbox"] == [0.0, 0.0, 2000.0, 0.0]
    assert geo["columns"]["geometry"]["crs"] is None
    assert (back.frame, back.length_mm) == ("local", network.length_mm)
    for a, b in zip(network.segments, back.segments, strict=True):
        assert (a.id, a.points.tolist(), a.road_class, a.terms) == (b.id, b.points.tolist(), b.road_class, b.terms)
        assert (a.ends[0] == a.ends[1]) == (b.ends[0] == b.ends[1])


def geo(**more) -> bytes:
    column = {"encoding": "WKB", "geometry_types": ["Point"], **more}
    return json.dumps({"version": "1.1.0", "primary_column": "g", "columns": {"g": column}}).encode()


def points_file(path: Path, metadata: bytes) -> Path:
    rows = [to_wkb(np.array([[8.0 + n / 1000, 50.0]])) for n in range(3)]
    table = pa.table({"t": [1_770_000_000, 1_770_000_001, 1_770_000_002], "g": pa.array([*rows[:2], b"x"])})
    pq.write_table(table.replace_schema_metadata({b"geo": metadata}), path)
    return path


POINTS = Mapping(columns={"time": "t", "x": "g.x", "y": "g.y"}, vehicle="v", time="unix_s", datum="wgs84")


def test_positions_come_from_a_column_of_points(tmp_path: Path):
    found = read_positions(points_file(tmp_path / "p.parquet", geo()), POINTS)

    assert found.x.tolist() == [8.0, 8.001]
    assert found.refused == {"a coordinate is no number": (1, "row 3")}


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        (b"{", "do not name a geometry column"),
        (geo(encoding="point"), "only WKB is read"),
        (geo(crs={"id": {"authority": "EPSG", "code": 3857}}), "of the system EPSG 3857"),
        (geo(crs={}), "one without an id"),
        (geo(edges="bent"), "edges are 'bent'"),
    ],
)
def test_metadata_that_we_do_not_know_are_refused(tmp_path: Path, metadata: bytes, says: str):
    with pytest.raises(BadInput, match=says):
        read_positions(points_file(tmp_path / "p.parquet", metadata), POINTS)


# Logs


def log(path: Path, encoding: str, schema: tuple[str, str, bytes], messages: list[bytes]) -> Path:
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start()
        name, kind, data = schema
        known = writer.register_schema(name=name, encoding=kind, data=data) if kind else 0
        channel = writer.register_channel(topic="/gnss", message_encoding=encoding, schema_id=known)
        for n, raw in enumerate(messages):
            moment = (1_770_000_000 + n) * 10**9
            writer.add_message(channel_id=channel, log_time=moment, publish_time=moment, data=raw)
        writer.finish()
    return path


def form(name: bytes, number: int, kind: int, repeated: bool = False, of: bytes = b"") -> bytes:
    row = field(1, name) + field(3, number) + field(4, 3 if repeated else 1) + field(5, kind)
    return field(2, row + (field(6, of) if of else b""))


PROTOBUF = field(
    1,
    field(2, b"own")
    + field(4, field(1, b"Fix") + form(b"place", 1, 11, of=b".own.Place") + form(b"many", 2, 17, True))
    + field(4, field(1, b"Place") + form(b"lon", 1, 1) + form(b"lat", 2, 1) + form(b"name", 3, 9)),
)
ROS = """# a fix
uint8 STATUS_FIX=0
Header header
string<=20 name
float64[2] place
================================
MSG: std_msgs/Header
uint32 seq
time stamp
string frame_id
"""
ROS2 = """std_msgs/Header header
uint8 flag
float64[] place
================================
MSG: std_msgs/Header
builtin_interfaces/Time stamp
string frame_id
================================
MSG: builtin_interfaces/Time
int32 sec
uint32 nanosec
"""


def test_protobuf_is_read_by_the_description_it_carries(tmp_path: Path):
    place = b"\x09" + struct.pack("<d", 8.5) + b"\x11" + struct.pack("<d", 50.25) + field(3, b"here")
    file = log(
        tmp_path / "l.mcap", "protobuf", ("own.Fix", "protobuf", PROTOBUF), [field(1, place) + field(2, b"\x01\x04")]
    )

    table = read_mcap(file, {"time": "@log", "x": "/gnss place.lon", "y": "/gnss place.lat", "event": "/gnss many.1"})

    assert [table[c][0].as_py() for c in table.column_names[1:]] == ["8.5", "50.25", "2"]


def test_the_first_robot_form_packs_without_gaps(tmp_path: Path):
    raw = struct.pack("<IIII", 7, 1, 2, 3) + b"map" + struct.pack("<I", 2) + b"ab" + struct.pack("<2d", 8.5, 50.25)
    file = log(tmp_path / "l.mcap", "ros1", ("own/Fix", "ros1msg", ROS.encode()), [raw])

    table = read_mcap(
        file, {"time": "@log", "x": "/gnss place.0", "y": "/gnss place.1", "event": "/gnss header.frame_id"}
    )

    assert [table[c][0].as_py() for c in table.column_names[1:]] == ["8.5", "50.25", "map"]


@pytest.mark.parametrize(("head", "order", "widest"), [(1, "<", 8), (0, ">", 8), (7, "<", 4)])
def test_the_second_robot_form_keeps_values_at_their_size(tmp_path: Path, head: int, order: str, widest: int):
    body = struct.pack(f"{order}iII", 5, 6, 4) + b"map\0" + b"\x01" + b"\0" * 3 + struct.pack(f"{order}I", 2)
    body += b"\0" * (-len(body) % widest) + struct.pack(f"{order}2d", 8.5, 50.25)
    file = log(tmp_path / "l.mcap", "cdr", ("own/msg/Fix", "ros2msg", ROS2.encode()), [bytes([0, head, 0, 0]) + body])

    table = read_mcap(
        file, {"time": "@log", "x": "/gnss place.0", "y": "/gnss place.1", "event": "/gnss header.stamp.sec"}
    )

    assert [table[c][0].as_py() for c in table.column_names[1:]] == ["8.5", "50.25", "5"]


@pytest.mark.parametrize(
    ("encoding", "kind"), [("protobuf", ""), ("cbor", ""), ("cdr", "ros2idl"), ("flatbuffer", "flatbuffer")]
)
def test_a_log_nothing_describes_is_recognized_not_decoded(tmp_path: Path, encoding: str, kind: str):
    file = log(tmp_path / "l.mcap", encoding, ("own.Fix", kind, b"x"), [b"abc"])

    (row,) = topics(file)

    assert (row["decoded"], row["messages"]) == (False, 1)
    assert f"topic '/gnss' is recognized, not decoded: it is written as '{encoding}'" in row["reason"]
    with pytest.raises(BadInput, match="recognized, not decoded"):
        read_mcap(file, {"time": "@log", "x": "/gnss a", "y": "/gnss b"})


@pytest.mark.parametrize("raw", [b"", b"\x09", b"\xff" * 12, struct.pack("<IIII", 7, 1, 2, 1 << 31)])
def test_a_message_that_lies_ends_in_a_sentence(tmp_path: Path, raw: bytes):
    for encoding, schema in (
        ("ros1", ("own/Fix", "ros1msg", ROS.encode())),
        ("cdr", ("own/msg/Fix", "ros2msg", ROS2.encode())),
    ):
        file = log(tmp_path / "l.mcap", encoding, schema, [raw])
        with pytest.raises(BadInput, match="no MCAP log that can be read"):
            read_mcap(file, {"time": "@log", "x": "/gnss place.0", "y": "/gnss place.1"})


# Where a map lies

UTM = "+proj=utm +zone=32 +ellps=WGS84 +datum=WGS84 +units=m +no_defs"


def test_a_map_lies_where_the_public_library_puts_it():
    # PROJ 9: EPSG:32632 of 9 45, 10 48 and 11.3 48.2; a transverse Mercator of 121.5 31.2 and 120.2 30.5
    zone = parse(UTM).meters(np.array([[9, 45], [10, 48], [11.3, 48.2]]))
    own = parse("+proj=tmerc +lat_0=31 +lon_0=121 +k=0.9999 +x_0=100 +y_0=-50 +datum=WGS84")

    expected = [
        [500000, 4982950.400226552],
        [574595.1124860325, 5316784.009235404],
        [670900.4033881377, 5341087.559419279],
    ]
    assert np.abs(zone - expected).max() < 1e-6
    found = own.meters(np.array([[121.5, 31.2], [120.2, 30.5]]))
    assert (
        np.abs(found - [[47747.695708597974, 22229.720299457247], [-76692.68085621772, -55204.937750506295]]).max()
        < 1e-6
    )


@given(st.floats(6, 12), st.floats(-80, 84), st.floats(-3, 3))
def test_there_and_back_is_where_one_was(longitude: float, latitude: float, turn: float):
    place = np.array([[longitude, latitude]])
    found = parse(UTM + (" +south" if latitude < 0 else ""), (1000.0, -20.0, turn))

    assert np.abs(found.degrees(found.meters(place)) - place).max() < 1e-11


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "does not say where it lies"),
        ("PROJCS[...]", "is no proj text"),
        ("+proj=lcc +lat_1=3", "the projection lcc is not computed"),
        ("+proj=utm +zone=61", "zone 61 is none of 1 to 60"),
        ("+proj=utm +zone=x", "zone=x is no number"),
        ("+proj=tmerc +ellps=bessel", "ellipsoid bessel is not computed"),
        ("+proj=tmerc +axis=wsu", "asks for +axis"),
        ("+proj=tmerc +units=us-ft", "is in us-ft"),
        ("+proj=tmerc +towgs84=1,2,3", "shifts its datum"),
        ("+proj=tmerc +lat_0=91", "not on Earth"),
        ("+proj=tmerc '", "is no proj text"),
    ],
)
def test_a_place_we_cannot_compute_is_undecided(text: str, says: str):
    with pytest.raises(Undecided, match=says.replace("+", r"\+")):
        parse(text)


def test_degrees_are_matched_on_a_map_that_says_where_it_lies(tmp_path: Path):
    path = xodr(tmp_path, [{}])
    head = f"<geoReference><![CDATA[{UTM}]]></geoReference><offset x='500000' y='5000000' z='0' hdg='0'/>"
    path.write_text(path.read_text().replace('revMinor="7"/>', f'revMinor="7">{head}</header>'))
    network = read_opendrive(path)
    lake = Lake(tmp_path / "lake")
    lake.add_network(network)
    degrees = parse(UTM, (500_000, 5_000_000, 0)).degrees(np.array([[x, 2.0] for x in range(100, 901, 20)]))
    (tmp_path / "m.yaml").write_text(MAPPING.replace("local", "wgs84"))
    file = drive(tmp_path, [(float(x), float(y)) for x, y in degrees])

    card = ingest(lake, Source(file, "site", "xx", "own", load_mapping(tmp_path / "m.yaml")))

    assert card["matched_share"] == 1.0
    assert card["km"] == pytest.approx(0.8, abs=1e-6)
    assert outline(lake, "site") == [9.0, 45.153476, 9.012722, 45.153477]  # PROJ 9 says the same


def test_degrees_do_not_fit_a_map_that_does_not_say_where_it_lies(tmp_path: Path):
    lake = Lake(tmp_path / "lake")
    lake.add_network(read_opendrive(xodr(tmp_path, [{}])))
    (tmp_path / "m.yaml").write_text(MAPPING.replace("local", "wgs84"))

    card = ingest(lake, Source(drive(tmp_path, [(8.0, 50.0)]), "site", "xx", "own", load_mapping(tmp_path / "m.yaml")))

    assert [r["reason"] for r in card["refused"]] == [
        "positions of the datum wgs84 do not fit a network in local: the map does not say where it lies"
    ]
    assert outline(lake, "site") is None


# Scenarios and traces


def test_events_of_a_scenario_are_kept_once_and_told(tmp_path: Path):
    maneuver = "<ManeuverGroup><Maneuver name='m'><Event name='cut in'/></Maneuver></ManeuverGroup>"
    story = f"<Story name='s'><Act name='a'>{maneuver}</Act></Story>"
    path = tmp_path / "x.xosc"
    path.write_text(
        f"<OpenSCENARIO><FileHeader revMajor='1' revMinor='2'/><Storyboard>{story}</Storyboard></OpenSCENARIO>"
    )
    lake = Lake(tmp_path / "lake")

    names = {lake.add_scenario(read_scenario(path).object()) for _ in range(2)}

    (kept,) = lake.scenarios()
    assert {kept["scenario"]} == names
    assert [e["event"] for e in kept["events"]] == ["cut in"]
    assert [c["kind"] for c in feed.since(lake)["changes"]] == ["scenario"]


def test_a_trace_is_checked_as_a_recording():
    rows = [
        (0, "1", 0.0, 0.0, 10.0, True), (0, "2", 5.0, 0.0, 0.0, False), (0, "2", 5.0, 0.0, 0.0, False),
        (100_000, "1", 1.0, 0.0, 10.0, True), (50_000, "1", 1.5, 0.0, 10.0, True),
        (200_000, "2", 900.0, 0.0, 1.0, False),
    ]  # fmt: skip

    assert [f["says"] for f in check(Trace(rows, 6))] == [
        "object 2 stands twice at the same moment",
        "the clock goes back by 0.05 s",
        "object 2 moves at 4475 m/s and says 1 m/s",
    ]
    assert [f["says"] for f in check(Trace(rows[1:2], 1))] == ["no message says which object is the host"]
    assert check(Trace(rows[:2], 2)) == []
