"""Telemetry packets become columns, and back: nothing is guessed, nothing is lost, nothing personal shows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.roads.telemetry import door
from carnet.roads.telemetry.columns import table
from carnet.roads.telemetry.decode import Packets, Stream, decode, read_capture
from carnet.roads.telemetry.form import editions, overlay
from carnet.roads.telemetry.lines import objects
from carnet.roads.telemetry.packet import Block, Packet, Refused, read, write

from .packets import CODE, NEW, OLD, edition, filled, login, position, report, vehicle


def one(raw: bytes) -> dict:
    packets, _ = decode(raw)
    (row,) = objects(packets)
    return row


def test_a_current_that_drives_the_vehicle_is_negative_for_the_battery():
    row = one(report(vehicle()))

    assert row["signals"]["Vehicle.Powertrain.TractionBattery.CurrentCurrent"] == -120.3
    assert row["signals"]["Vehicle.Speed"] == 42.5
    assert row["signals"]["Vehicle.TraveledDistance"] == 10_000_300  # m


def test_the_time_keeps_the_zone_of_the_sender():
    assert one(report(vehicle()))["time"] == "2026-03-14T15:09:26+08:00"


def test_the_same_block_code_means_another_thing_in_the_other_edition():
    old = one(report(Block(6, filled(edition(OLD).blocks[6].of)), name=OLD))
    new = one(report(Block(6, filled(edition(NEW).blocks[6].of)), name=NEW))

    assert "Vehicle.Powertrain.TractionBattery.CellVoltage.Max" in old["signals"]
    assert "Vehicle.Telemetry.Alarm.Level" in new["signals"]


def test_cells_are_counted_from_zero():
    block = Block(6, {**filled(edition(OLD).blocks[6].of), "voltage_max_cell": 5})

    assert one(report(block))["signals"]["Vehicle.Powertrain.TractionBattery.CellVoltage.IdMax"] == 4


def test_a_datum_that_is_not_said_is_unknown():
    assert one(report(position(OLD), name=OLD))["signals"]["Vehicle.CurrentLocation.Datum"] == "unknown"
    assert one(report(position(NEW), name=NEW))["signals"]["Vehicle.CurrentLocation.Datum"] == "wgs84"


def test_the_hemisphere_stands_in_the_status():
    packets, _ = decode(report(position(status=0b110)))
    columns, _ = table(packets, personal=True)

    assert columns["Vehicle.CurrentLocation.Latitude"].to_pylist() == [-48.1]
    assert columns["Vehicle.CurrentLocation.Longitude"].to_pylist() == [-11.5]


@pytest.mark.parametrize("escape", ["abnormal", "invalid"])
def test_an_escaped_value_is_null_and_never_a_number(escape: str):
    row = one(report(vehicle(speed=escape, soc=escape)))

    assert row["ok"]
    assert row["signals"]["Vehicle.Speed"] is None
    assert row["signals"]["Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed"] is None


def test_a_value_out_of_range_is_left_out_and_named():
    row = one(report(vehicle(speed=230)))

    assert row["signals"]["Vehicle.Speed"] is None
    assert row["problems"] == [{"offset": 34, "reason": "speed: raw 2300 is outside 0 to 2200"}]  # 24 + 6 + 1 + 3


def test_personal_data_is_masked_unless_asked_for():
    raw = login() + report(position())
    rows = json.dumps(list(objects(decode(raw)[0])))
    shown = json.dumps(list(objects(decode(raw)[0], personal=True)))

    for secret in (CODE.decode(), "00000000000000000001", "48.1", "11.5"):
        assert secret not in rows
        assert secret in shown
    assert "PACKCODE0000000000000001" in rows  # a pack's code is the join to traceability, not a person


def test_a_wrong_check_refuses_one_packet_and_stops_no_file():
    good = report(vehicle())
    bad = good[:-1] + bytes([good[-1] ^ 1])
    rows = list(objects(decode(good + bad + good)[0]))

    assert [r["ok"] for r in rows] == [True, False, True]
    assert rows[1]["problems"][0]["offset"] == 2 * len(good) - 1
    assert "is not the XOR of the frame" in rows[1]["problems"][0]["reason"]
    assert rows[1]["signals"] == {}


def test_a_length_that_lies_costs_only_its_own_packet():
    good = report(vehicle())
    liar = good[:22] + b"\x30\x00" + good[24:]
    rows = list(objects(decode(liar + good)[0]))

    assert [r["ok"] for r in rows] == [False, True]
    assert rows[0]["problems"] == [
        {
            "offset": 0,
            "reason": f"the announced length of 12288 bytes runs into the next frame; {len(liar)} bytes are skipped",
        }
    ]


def test_bytes_that_begin_no_frame_are_named():
    rows = list(objects(decode(b"noise" + report(vehicle()))[0]))

    assert rows[0]["problems"] == [{"offset": 0, "reason": "5 bytes begin no frame and are skipped"}]
    assert rows[1]["offset"] == 5
    assert rows[1]["ok"]


def test_an_unknown_block_ends_the_reading_with_its_offset():
    good = report(vehicle())
    body = good[24:-1] + b"\x2a\x01\x02"
    raw = write_raw(good, body)

    row = one(raw)

    assert not row["ok"]
    assert row["problems"] == [{"offset": len(good) - 1, "reason": f"block 0x2a is not in {OLD}; 3 bytes are not read"}]
    assert row["signals"]["Vehicle.Speed"] == 42.5


def test_an_encrypted_body_is_named_with_its_cipher():
    good = report(vehicle(NEW), name=NEW)
    raw = write_raw(good, good[24:-1], encryption=5)

    assert one(raw)["problems"] == [
        {"offset": 21, "reason": f"the data unit is encrypted (SM4); its {len(good) - 25} bytes are not read"}
    ]


def test_extremes_of_the_later_edition_are_computed_from_its_cells():
    pack = {"index": 1, "voltage": 600, "current": 0, "cells": 3, "voltages": [3.2, 3.4, "invalid"]}
    row = one(report(Block(7, {"packs": 1, "pack": [pack]}), name=NEW))

    assert row["signals"]["Vehicle.Powertrain.TractionBattery.CellVoltage.Max"] == 3.4
    assert row["signals"]["Vehicle.Powertrain.TractionBattery.CellVoltage.IdMax"] == 1
    assert row["signals"]["Vehicle.Powertrain.TractionBattery.CellVoltage.IdMin"] == 0


def write_raw(frame: bytes, body: bytes, encryption: int = 1) -> bytes:
    """A frame with another body or encryption flag and a right check."""
    rest = frame[2:21] + bytes([encryption]) + len(body).to_bytes(2, "big") + body
    return frame[:2] + rest + bytes([int(np.bitwise_xor.reduce(np.frombuffer(rest, np.uint8)))])


@pytest.mark.parametrize("name", [OLD, NEW])
def test_every_block_and_body_of_the_tables_survives_the_way_there_and_back(name: str):
    known = edition(name)
    for code, command in known.commands.items():
        items = known.bodies[command.body]
        blocks = [Block(c, filled(b.of)) for c, b in known.blocks.items()]
        fields = filled(items) | ({"blocks": blocks} if any(i.blocks for i in items) else {})
        raw = write(Packet(name, code, fields, code=CODE))

        packets, used = decode(raw)

        assert used == len(raw)
        assert not packets.refused.any(), list(objects(packets))
        assert write(read(raw)) == raw


def test_a_stream_may_arrive_in_any_pieces():
    raw = b"x" + report(vehicle()) + login() + b"##half" + report(position(NEW), name=NEW) + report(vehicle())[:40]
    whole = [(p.base + int(f[1]), int(f[2]), int(f[4])) for p in [decode(raw)[0]] for f in p.frames]
    for size in (1, 7, 60):
        stream = Stream()
        pieces = [stream.feed(raw[i : i + size]) for i in range(0, len(raw), size)] + [stream.end()]

        assert [(p.base + int(f[1]), int(f[2]), int(f[4])) for p in pieces for f in p.frames] == whole


def covered(packets: Packets, size: int) -> None:
    """Frames and stretches follow each other without gap: every byte is accounted for."""
    assert packets.frames[0, 1] == 0
    assert (packets.frames[1:, 1] == packets.frames[:-1, 1] + packets.frames[:-1, 2]).all()
    assert packets.frames[-1, 1] + packets.frames[-1, 2] == size


PIECES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([report(vehicle()), login(), login(OLD), report(position(NEW), name=NEW), b"##", b"$$", b"#" * 40]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=8).map(b"".join).filter(len))
def test_no_bytes_crash_the_decoder_and_none_go_missing(raw: bytes):
    packets, _ = decode(raw)

    covered(packets, len(raw))
    for row in objects(packets):
        assert row["ok"] or row["problems"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_kernel_and_readable_twin_agree_on_every_changed_packet(data: st.DataObject):
    raw = bytearray(report(vehicle(), position(), Block(2, filled(edition(OLD).blocks[2].of))))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(30, len(raw) - 2))] = data.draw(st.integers(0, 255))
    raw[-1] = int(np.bitwise_xor.reduce(np.frombuffer(bytes(raw[2:-1]), np.uint8)))
    packets, _ = decode(bytes(raw))
    try:
        tree = read(bytes(raw))
    except Refused:
        tree = None

    assert bool(packets.refused[0]) == (tree is None)
    if tree:
        assert write(tree) == bytes(raw)


def test_a_hostile_stream_of_start_bytes_ends_in_time():
    packets, _ = decode(b"#" * 3_000_000)

    covered(packets, 3_000_000)
    assert packets.refused.all()


def test_text_captures_keep_their_lines_apart(tmp_path: Path):
    good = report(vehicle()).hex()
    file = tmp_path / "packets.csv"
    file.write_text(f"vehicle,packet\nv1,{good[:60]}\nv1,{good}\nnothing here\nv1,{good}0\n")

    *rows, summary = door.lines(file)

    assert [(r["line"], r["ok"]) for r in rows] == [(2, False), (3, True), (5, True)]
    assert "cut short" in rows[0]["problems"][0]["reason"]
    assert [r["line"] for r in summary["lines_without_packet"]] == [4, 5]


def test_parquet_holds_what_the_lines_hold(tmp_path: Path):
    import pyarrow.parquet as pq

    file = tmp_path / "stream.bin"
    file.write_bytes(report(vehicle()) + login() + report(position(NEW), name=NEW))

    assert door.to_parquet(file, tmp_path / "out.parquet") == 3
    found = pq.read_table(tmp_path / "out.parquet")
    assert found["Vehicle.Speed"].to_pylist() == [42.5, None, None]
    assert set(found["vin"].to_pylist()) == {"masked"}


def test_the_report_says_what_is_missing_and_how_often_it_comes(tmp_path: Path):
    file = tmp_path / "stream.bin"
    later = bytes([26, 3, 14, 15, 10, 6])
    file.write_bytes(report(vehicle()) + report(vehicle(speed="invalid"), time=later))

    found = door.report(file)

    assert found["interval_s"]["regular"] == 40  # 15:09:26 to 15:10:06
    assert found["interval_s"]["longer_than_asked"] == 1
    assert "position: longitude" in found["missing"]
    assert found["fields_present"] == 13


def test_every_leaf_is_in_the_catalog_or_in_our_overlay(shared: Path):
    catalog = vss(shared / "testdata" / "vss" / "spec")
    added = set(overlay().leaves)
    used = set(leaves())

    assert used - catalog - added == set()
    assert added & catalog == set()
    assert added - used == set()


def leaves() -> set[str]:
    found: set[str] = set()

    def gather(items, prefix=""):
        for item in items:
            found.update(prefix + leaf.leaf for leaf in item.as_)
            found.update(leaf.all for leaf in item.as_ if leaf.all)
            gather(item.of, f"{item.leaf}.")

    for known in editions():
        for body in (*known.bodies.values(), *(b.of for b in known.blocks.values())):
            gather(body)
    return found


def vss(folder: Path) -> set[str]:
    """The names of the signal catalog, read from its source."""
    names: set[str] = set()

    def load(path: Path, prefix: str) -> None:
        for line in path.read_text().splitlines():
            if line.startswith("#include"):
                _, name, *branch = line.split()
                target = path.parent / name
                load(target if target.exists() else folder / name, ".".join(filter(None, [prefix, *branch])))
            elif line[:1].isalpha() and line.rstrip().endswith(":"):
                names.add(f"{prefix}.{line.strip()[:-1]}".strip("."))

    load(folder / "VehicleSignalSpecification.vspec", "")
    return {n.removeprefix("Vehicle.") for n in names}


def test_real_packets_are_read_whole_or_refused_with_the_true_reason(shared: Path):
    expected = {
        "zhenghao0379-first-lines.hex": (150, 3),  # three lines are cut short
        "vehicle-day_2019-10-26.csv": (154, 0),
        "smallchi-JTNewEnergy.hex": (6, 3),  # one encrypted, two without the time before their blocks
        "rtm_con-2016-part.hex": (9, 0),
        "rtm_con-2025-part.hex": (11, 0),
    }
    for file in (shared / "testdata" / "gbt32960").rglob("*"):
        if file.name not in expected:
            continue
        refused = whole = 0
        for packets in read_capture(file):
            refused += int(packets.refused.sum())
            whole += int((~packets.refused).sum())
            for i in np.flatnonzero(~packets.refused).tolist():
                frame = packets.body(i)
                assert write(read(frame)) == frame

        assert (whole, refused) == expected[file.name]


def test_real_packets_give_the_same_values_by_both_ways(shared: Path):
    packets = next(read_capture(shared / "testdata" / "gbt32960" / "zhenghao0379-first-lines.hex"))
    columns, _ = table(packets, personal=True)
    checked = 0
    for i in np.flatnonzero(packets.is_packet & ~packets.refused).tolist():
        blocks = {b.code: b.fields for b in read(packets.body(i)).fields.get("blocks", [])}
        if 1 not in blocks:
            continue
        checked += 1
        assert columns["Vehicle.Speed"][i].as_py() == float(blocks[1]["speed"])
        assert columns["Vehicle.Powertrain.TractionBattery.CurrentCurrent"][i].as_py() == -float(
            blocks[1]["total_current"]
        )
        cells = [float(v) for s in blocks[8]["subsystem"] for v in s["voltages"]]
        assert columns["Vehicle.Powertrain.TractionBattery.CellVoltage.CellVoltages"][i].as_py() == cells

    assert checked == 146


def test_packs_are_named_by_their_code_with_their_logins(tmp_path: Path):
    path = tmp_path / "c.bin"
    path.write_bytes(login() + login())

    found = door.report(path)

    assert found["pack_codes"] == [p["code"] for p in found["packs"]]
    assert found["packs"]
    assert all(p["logins"] == 2 and p["well_formed"] and len(p["code"]) == 24 for p in found["packs"])


def test_a_clock_that_jumps_is_named_with_its_byte(tmp_path: Path):
    times = [bytes([26, 3, 14, 15, 9, 26]), bytes([26, 3, 14, 15, 8, 26]), bytes([26, 3, 16, 15, 8, 26])]
    frames = [report(vehicle(), time=time) for time in times]
    path = tmp_path / "c.bin"
    path.write_bytes(b"".join(frames))

    assert door.report(path)["clock_jumps"] == [
        {"offset": len(frames[0]), "says": "the clock goes back by 60 s"},
        {"offset": 2 * len(frames[0]), "says": "the clock goes ahead by 172,800 s"},
    ]
