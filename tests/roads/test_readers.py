"""Recordings of other makers come in with the same columns; what cannot be read is named."""

from __future__ import annotations

import contextlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.errors import BadInput
from carnet.roads.positions import Mapping, read_positions
from carnet.roads.readers.osi import read_osi
from carnet.roads.readers.protobuf import Cut, fields, packed
from carnet.roads.readers.scenario import read_scenario

from .maps import field, varint


def double(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + struct.pack("<d", value)


def view(seconds: int, host: int, objects: dict[int, tuple[float, float, float]]) -> bytes:
    """A SensorView with the ground truth of some objects (x, y, speed)."""
    truth = field(2, field(1, seconds) + field(2, 500_000_000)) + field(3, field(1, host))
    for name, (x, y, speed) in objects.items():
        base = field(2, double(1, x) + double(2, y)) + field(4, double(1, speed) + double(2, 0.0))
        truth += field(5, field(1, field(1, name)) + field(2, base))
    raw = field(7, truth)
    return struct.pack("<I", len(raw)) + raw


def test_a_trace_gives_the_host_and_its_clock(tmp_path: Path):
    path = tmp_path / "trace.osi"
    path.write_bytes(view(1, 7, {7: (10.0, 2.0, 20.0), 8: (50.0, 2.0, 10.0)}) + view(2, 7, {7: (30.0, 2.0, 20.0)}))

    found = read_positions(path, Mapping(columns={}, starts="2026-03-14T00:00:00+00:00", time="iso"))

    assert found.x.tolist() == [10.0, 30.0]
    assert found.extra["speed_kmh"].tolist() == [72.0, 72.0]
    assert np.diff(found.time).tolist() == [1_000_000]


def test_a_trace_cut_short_keeps_what_came_before(tmp_path: Path):
    path = tmp_path / "trace.osi"
    path.write_bytes(view(1, 7, {7: (10.0, 2.0, 20.0)}) + view(2, 7, {7: (30.0, 2.0, 20.0)})[:-5])

    trace = read_osi(path)

    assert trace.messages == 1
    assert "announces" in trace.refused[0][1]


def test_real_traces_are_read(shared: Path):
    for path in (shared / "testdata" / "osi").rglob("*.osi"):
        trace = read_osi(path)
        assert trace.messages > 0
        assert trace.refused == []
    assert {r[5] for r in trace.rows} <= {True, False}


def test_an_mf4_measurement_is_taken_at_the_moments_of_its_position(tmp_path: Path):
    from datetime import UTC, datetime

    from asammdf import MDF, Signal

    path = tmp_path / "run.mf4"
    with MDF(version="4.10") as file:
        file.header.start_time = datetime(2026, 3, 14, tzinfo=UTC)
        slow, fast = np.array([0.0, 1.0, 2.0]), np.arange(0, 2.1, 0.5)
        file.append(
            [
                Signal(np.array([10.0, 11.0, 12.0]), slow, name="Lon"),
                Signal(np.array([50.0, 50.1, 50.2]), slow, name="Lat"),
            ]
        )
        file.append([Signal(fast * 10, fast, name="Speed")])
        file.save(path, overwrite=True)

    found = read_positions(
        path, Mapping(columns={"time": "t", "x": "Lon", "y": "Lat", "speed_kmh": "Speed"}, vehicle="v", datum="wgs84")
    )

    assert found.x.tolist() == [10.0, 11.0, 12.0]
    assert found.extra["speed_kmh"].tolist() == [0.0, 10.0, 20.0]
    assert found.time[0] == 1_773_446_400_000_000  # 2026-03-14T00:00:00Z
    with pytest.raises(BadInput, match="no channel 'Lonn' for x; did you mean 'Lon'"):
        read_positions(path, Mapping(columns={"time": "t", "x": "Lonn", "y": "Lat"}, vehicle="v"))


def test_an_mcap_log_gives_its_json_messages(tmp_path: Path):
    from mcap.writer import Writer

    path = tmp_path / "run.mcap"
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start()
        schema = writer.register_schema("gnss", "jsonschema", b"{}")
        channel = writer.register_channel("/gnss", "json", schema)
        for n in range(3):
            writer.add_message(channel, n * 10**9, json.dumps({"fix": {"lon": 10 + n, "lat": 50}}).encode(), n * 10**9)
        writer.finish()

    mapping = Mapping(columns={"time": "@log", "x": "/gnss fix.lon", "y": "/gnss fix.lat"}, vehicle="v", datum="wgs84")
    found = read_positions(path, mapping)

    assert found.x.tolist() == [10.0, 11.0, 12.0]
    assert found.time.tolist() == [0, 1_000_000, 2_000_000]
    with pytest.raises(BadInput, match="write topic and field"):
        read_positions(path, Mapping(columns={"time": "@log", "x": "lon", "y": "/gnss fix.lat"}, vehicle="v"))


def test_files_that_lie_about_their_kind_are_refused_in_a_sentence(tmp_path: Path):
    for name, head in (
        ("a.mf4", b"MDF     4.10" + b"\0" * 200),
        ("b.mcap", b"\x89MCAP0\r\n" + b"\xff" * 50),
        ("c", b"PAR1xx"),
    ):
        path = tmp_path / name
        path.write_bytes(head)
        with pytest.raises(BadInput, match=r"(is no|is not) "):
            read_positions(path, Mapping(columns={"time": "@log", "x": "/a b", "y": "/a c"}, vehicle="v"))


XOSC = """<OpenSCENARIO>
  <FileHeader revMajor="1" revMinor="2" description="a cut-in"/>
  <ParameterDeclarations><ParameterDeclaration name="Gap" parameterType="double" value="0.4"/></ParameterDeclarations>
  <RoadNetwork><LogicFile filepath="road.xodr"/></RoadNetwork>
  <Entities><ScenarioObject name="Ego"/></Entities>
  <Storyboard><Story name="s"><Act name="a"><ManeuverGroup><Maneuver name="m">
    <Event name="cut in" priority="overwrite">
      <Action name="change"><PrivateAction><LateralAction><LaneChangeAction/></LateralAction></PrivateAction></Action>
      <StartTrigger><ConditionGroup><Condition name="near"><ByEntityCondition><EntityCondition>
        <TimeHeadwayCondition value="$Gap" rule="lessThan" entityRef="Ego"/>
      </EntityCondition></ByEntityCondition></Condition></ConditionGroup></StartTrigger>
    </Event>
  </Maneuver></ManeuverGroup></Act></Story></Storyboard>
</OpenSCENARIO>
"""


def test_a_scenario_names_its_events_and_what_they_wait_for(tmp_path: Path):
    path = tmp_path / "cut.xosc"
    path.write_text(XOSC)

    found = read_scenario(path)

    assert found.edition == "1.2"
    assert found.road == "road.xodr"
    (event,) = found.events
    assert event["event"] == "cut in"
    assert event["actions"] == [{"name": "change", "kind": "LaneChangeAction"}]
    assert event["triggers"] == [
        {"name": "near", "kind": "TimeHeadwayCondition", "value": "0.4", "rule": "lessThan", "entityRef": "Ego"}
    ]


def test_real_scenarios_are_read(shared: Path):
    events = files = 0
    for path in (shared / "testdata").rglob("*.xosc"):
        found = read_scenario(path)
        files += 1
        events += len(found.events)
    assert files == 140
    assert events > 100


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_crash_the_wire_reader(raw: bytes):
    for read in (lambda: list(fields(raw)), lambda: packed(raw), lambda: packed(raw, zigzag=True)):
        with contextlib.suppress(Cut):
            read()
