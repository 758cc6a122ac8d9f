"""Roads: telemetry packets, maps, recordings, logs, traces, geometry, policies and agreements.

Reading order: telemetry(), opendrive(), openstreetmap(), positions(), messages(), trace(), geometry(), policy().
"""

from __future__ import annotations

import json
import tempfile
from functools import cache as once
from pathlib import Path

import numpy as np

from carnet.errors import BadInput
from carnet.roads.license.agreement import from_object
from carnet.roads.license.evaluate import Request, World, decide
from carnet.roads.license.policy import from_json
from carnet.roads.network.nouns import Network
from carnet.roads.network.opendrive import read_opendrive
from carnet.roads.network.openstreetmap import read_pbf
from carnet.roads.network.projection import Undecided, of, parse
from carnet.roads.positions import Mapping, read_positions
from carnet.roads.readers import descriptor, robot
from carnet.roads.readers.geoparquet import from_wkb
from carnet.roads.readers.measurement import read_mcap, topics
from carnet.roads.readers.osi import check, read_osi
from carnet.roads.telemetry.columns import table
from carnet.roads.telemetry.decode import decode
from carnet.roads.telemetry.lines import objects

from .core import told

CSV = Mapping(columns={"vehicle": "who", "time": "when", "x": "east", "y": "north"}, time="unix_s", datum="wgs84")
LOG = {"time": "@log", "x": "/gnss place.0", "y": "/gnss place.1"}
WORLD = World({"dateTime": ("2026-11-21T12:00:00+00:00",), "purpose": ("research",), "count": ("1",)})


@once
def scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="carnet-fuzz-roads-"))


def _file(raw: bytes, name: str) -> Path:
    path = scratch() / name
    path.write_bytes(raw)
    return path


def telemetry(raw: bytes) -> None:
    """A stream of packets: every byte belongs to a packet or to a stretch, and what is refused says where and why."""
    packets = decode(raw)[0]
    assert int(packets.frames[:, 2].sum()) == len(raw)
    columns, _ = table(packets, personal=False)
    assert columns.num_rows == len(packets)
    for row in objects(packets):
        json.dumps(row, allow_nan=False)
        assert row["ok"] or row["problems"]
        assert all(p["reason"] and 0 <= p["offset"] <= len(raw) for p in row["problems"])


def _sound(network: Network) -> None:
    assert all(s.length_mm >= 0 and np.isfinite(s.points).all() and len(s.points) > 1 for s in network.segments)
    assert all(place and reason for place, reason in network.refused)
    _ = network.place, network.groups, network.pieces
    if network.frame == "local" and network.segments:
        try:
            of(network).degrees(network.segments[0].points)
        except Undecided as refused:
            told(refused)


def opendrive(raw: bytes) -> None:
    """A map in XML: refused with a sentence, or roads that can be drawn."""
    try:
        _sound(read_opendrive(_file(raw, "map.xodr")))
    except BadInput as refused:
        told(refused)


def openstreetmap(raw: bytes) -> None:
    """A map in blocks of packed messages."""
    try:
        _sound(read_pbf(_file(raw, "map.osm.pbf")))
    except BadInput as refused:
        told(refused)


def positions(raw: bytes) -> None:
    """A recording in columns of text."""
    try:
        found = read_positions(_file(raw, "drive.csv"), CSV)
    except BadInput as refused:
        told(refused)
        return
    assert len(found.vehicle) == len(found.time) == len(found.x) == len(found.y)
    assert np.isfinite(found.x).all()
    assert (np.abs(found.y) <= 90).all()


def messages(raw: bytes) -> None:
    """A log of messages; the first byte may choose a schema whose message the rest is."""
    path = _file(raw, "log.mcap")
    for act in (topics, lambda p: read_mcap(p, LOG)):
        try:
            act(path)
        except BadInput as refused:
            told(refused)
    half = raw[: len(raw) // 2], raw[len(raw) // 2 :]
    for make in (
        lambda: descriptor.reader(half[0], "own.Fix"),
        lambda: robot.reader("ros1", "own/Fix", half[0].decode("latin-1")),
        lambda: robot.reader("cdr", "own/Fix", half[0].decode("latin-1")),
    ):
        try:
            make()(half[1])
        except ValueError as refused:
            told(refused)


def trace(raw: bytes) -> None:
    """A trace of length-prefixed messages."""
    try:
        found = read_osi(_file(raw, "trace.osi"))
    except BadInput as refused:
        told(refused)
        return
    json.dumps(check(found), allow_nan=False)


def geometry(raw: bytes) -> None:
    """A geometry in binary, and the text that says where a map lies."""
    try:
        assert all(line.shape[1] == 2 for line in from_wkb(raw))
    except ValueError as refused:
        told(refused)
    try:
        parse(raw.decode("latin-1")).meters(np.array([[9.0, 45.0]]))
    except Undecided as refused:
        told(refused)


def policy(raw: bytes) -> None:
    """A policy or an agreement: what cannot be read never allows anything."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return
    if not isinstance(said, dict):
        return
    for act in (from_object, from_json):
        try:
            found = act(said)
        except BadInput as refused:
            told(refused)
            continue
        rules = found.rules if act is from_object else found
        decision = decide(rules, Request("read", "urn:r", "site"), WORLD)
        assert decision.because


TARGETS = (telemetry, opendrive, openstreetmap, positions, messages, trace, geometry, policy)
LIMITS = {
    "telemetry": {"timeout": 5, "rss_mb": 1024},
    "positions": {"rss_mb": 1024},
    "messages": {"rss_mb": 1024},
    "opendrive": {"timeout": 5, "rss_mb": 1024},
    "openstreetmap": {"timeout": 5, "rss_mb": 1024},
}
