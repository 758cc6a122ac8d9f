"""Every shared recording gets the verdict an experienced charging engineer would give."""

import json
import re

import pytest

from carnet.charging.judge import judge
from carnet.charging.protocol import library
from carnet.charging.readers import open_recording
from carnet.charging.sessions import walk

# file: family, generation, reached, who stopped first, by which rule, line, responsible
CAN = {
    "gbt27930/candump2.log": ("gbt27930", "2015", "recognition", "vehicle", "bem.crm_aa", 101, "charger"),
    "gbt27930/candump3.log": ("gbt27930", "2015", "end", "charger", "cst.manual", 4767, "charger"),
    "gbt27930/hybtalented_input.gbk.txt": ("gbt27930", "2015", "end", "charger", "cst.manual", 580, "charger"),
    "chademo/nissan-leaf-chademo-start-stop.csv": ("chademo", "1.x", "release", "charger", "se.stop", 3741, "charger"),
    "chademo/logs.candump.txt": ("chademo", "1.x", "release", "charger", "se.stop", 8314, "charger"),
    "chademo/drus566_chademo.log": ("chademo", "1.x", "release", "charger", "se.stop", 8313, "charger"),
    "chademo/start.candump.txt": ("chademo", "1.x", "permission", "unknown", "capture_ends", None, "unknown"),
    "chademo/sgte_old.txt": ("chademo", "0.9", "parameters", "unknown", "wait.permission", 113, "unknown"),
    "chademo/zombieverter/Failcan2.csv": ("chademo", "0.9", "insulation", "charger", "se.malfunction", 224, "unknown"),
    "chademo/zombieverter/InstavoltBYDFail.csv": (
        "chademo",
        "1.x",
        "contactors",
        "charger",
        "se.system",
        1049,
        "vehicle",
    ),
    "chademo/zombieverter/abb___nissan_std_setup.csv": (
        "chademo",
        "0.9",
        "contactors",
        "charger",
        "se.system",
        1304,
        "vehicle",
    ),
    "chademo/zombieverter/ea_at_target.csv": (
        "chademo",
        "0.9",
        "contactors",
        "charger",
        "se.malfunction",
        2162,
        "vehicle",
    ),
    "chademo/zombieverter/evgo___walmart2.csv": (
        "chademo",
        "0.9",
        "insulation",
        "charger",
        "se.malfunction",
        835,
        "charger",
    ),
    "chademo/zombieverter/chademo_test_0001_0000.csv": (
        "chademo",
        "0.9",
        "insulation",
        "charger",
        "se.malfunction",
        301,
        "unknown",
    ),
    "vehicle_can/QC_ZE0_30kWhABB_FAIL.txt": ("none", "", "", "unknown", "none", None, "unknown"),
}

# file: generation, reached, rule, sessions
POWER_LINE = {
    "pyPLC_2022-11-17_Dehner_Alpitronic_until_SdpRequest.pcapng": ("unknown", "sdp", "sdp_unanswered", 1),
    "pyPLC_2022-11-25_v0.2_ABB_until_ChargeParamDiscovery.pcapng": ("DIN 70121", "parameters", "connection_closed", 1),
    "pyPLC_2023-03-02_SuperCharger_CableCheck_error.pcapng": ("DIN 70121", "cable_check", None, 4),
    "pyPLC_2023-05-03_TaycanLeftside_slacFail.pcapng": ("unknown", "slac", "slac_sounding", 1),
    "pyPLC_2024-04-20_ModelY_pyPLC_stop_in_precharge.pcapng": ("DIN 70121", "precharge", "session_stop", 1),
    "pyPLC_2025-07-22_pyPLC_with_tesla_model_x_plaid_until_charging_loop.pcapng": (
        "DIN 70121",
        "charging",
        "capture_ends",
        1,
    ),
    "pyPLC_2026-02-08_pyPLC_FoccciCape_AudiQ4_break_after_cableCheck.pcap": (
        "DIN 70121",
        "cable_check",
        "broken_off",
        3,
    ),
    "dsV2Gshark/DIN_DC_DS5366_Josev.pcapng": ("DIN 70121", "end", "session_stop", 1),
    "dsV2Gshark/ISO-2_DC_Pause_DS5366.pcapng": ("ISO 15118-2", "end", "session_stop", 2),
    "dsV2Gshark/ISO-20_BPT_AC_DS5366_Josev.pcapng": ("ISO 15118-20", "energy", "connection_closed", 1),
    "dsV2Gshark/ISO-20_TLS13_DC_DS5366_Josev.pcapng": ("ISO 15118-20", "sdp", "tls_end", 1),
}


@pytest.mark.parametrize("name", CAN)
def test_a_can_recording(shared, name):
    session = judge(shared / "charging" / name).session

    ending = session.ended_by
    assert (
        session.family,
        session.generation,
        session.reached,
        ending.side,
        ending.rule,
        ending.line,
        session.responsible,
    ) == CAN[name]


@pytest.mark.parametrize("name", CAN)
def test_both_walkers_find_the_same_in_it(shared, name):
    path = shared / "charging" / name

    slow, fast = (walk(open_recording(path), library(), engine) for engine in ("reference", "swift"))

    assert slow == fast


@pytest.mark.parametrize("name", POWER_LINE)
def test_a_power_line_capture(shared, name):
    generation, reached, rule, count = POWER_LINE[name]

    judgement = judge(shared / "charging" / "ccs" / name)

    assert (judgement.session.generation, judgement.session.reached, len(judgement.sessions)) == (
        generation,
        reached,
        count,
    )
    assert rule is None or judgement.session.ended_by.rule == rule


def test_a_request_nobody_answers_is_the_receivers_fault(shared):
    session = judge(shared / "charging/gbt27930/candump2.log").session

    assert (session.confidence, session.ended_by.octets) == ("certain", "F4F0F0FC")
    assert "never answered the request to send BRM" in session.ended_by.says


def test_equal_time_stamps_give_no_timing_verdict(shared):
    session = judge(shared / "charging/gbt27930/candump3.log").session

    assert session.timing.startswith("not possible: all time stamps are equal")
    assert not [i for i in session.issues if i.rule.startswith(("cycle", "watchdog"))]
    assert session.energy["integral_kwh"] is None


def test_bytes_in_reverse_order_are_noticed(shared):
    judgement = judge(shared / "charging/chademo/zombieverter/chademo_test_0001_0000.csv")

    assert any("reverse order" in note for note in judgement.notes)


def test_no_recording_breaks_and_none_shows_a_vehicle_number(shared):
    number = re.compile(r"(?<![A-Z0-9])(?=[A-Z]*[0-9])(?=[0-9]*[A-HJ-NPR-Z])[A-HJ-NPR-Z0-9]{17}(?![A-Z0-9])")
    files = [
        p
        for folder in ("gbt27930", "chademo", "ccs", "vehicle_can")
        for p in sorted((shared / "charging" / folder).rglob("*"))
        if p.is_file() and "LICENSE" not in p.name
    ]

    assert len(files) == 37
    for path in files:
        plain = judge(path).plain()
        plain.pop("file")
        assert plain["schema"] == "carnet/judgement/1"
        assert not number.search(json.dumps(plain))
