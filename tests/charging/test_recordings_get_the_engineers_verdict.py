"""Every shared recording gets the verdict an experienced charging engineer would give."""

import json
import re

import pytest

from carnet.charging.judge import judge
from carnet.charging.protocol import library
from carnet.charging.readers import open_recording
from carnet.charging.sessions import walk

from .contract import check

# file: family, generation, reached, who stopped first, by which rule, line, responsible
CAN = {
    "gbt27930/candump2.log": ("gbt27930", "2015", "recognition", "vehicle", "bem.crm_aa", 101, "charger"),
    "gbt27930/candump3.log": ("gbt27930", "2015", "end", "charger", "cst.manual", 4767, "charger"),
    "gbt27930/hybtalented_input.gbk.txt": ("gbt27930", "2015", "end", "charger", "cst.manual", 580, "charger"),
    "chademo/nissan-leaf-chademo-start-stop.csv": ("chademo", "1.x", "release", "charger", "se.stop", 3741, "charger"),
    "chademo/logs.candump.txt": ("chademo", "1.x", "release", "charger", "se.stop", 8314, "charger"),
    "chademo/drus566_chademo.log": ("chademo", "1.x", "release", "charger", "se.stop", 8313, "charger"),
    "chademo/start.candump.txt": ("chademo", "1.x", "permission", "unknown", "capture_ends", 631, "unknown"),
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

# file: generation, reached, who stopped first, by which rule, packet, responsible, confidence, sessions
POWER_LINE = {
    "dsV2Gshark/DIN_DC_DS5366_Josev.pcapng": (
        "DIN 70121",
        "end",
        "vehicle",
        "session_stop",
        413,
        "vehicle",
        "certain",
        1,
    ),
    "dsV2Gshark/IEC61851_AC_PWM_Basic.pcapng": ("", "", "unknown", "none", None, "unknown", "open", 0),
    "dsV2Gshark/ISO-20_BPT_AC_DS5366_Josev.pcapng": (
        "ISO 15118-20",
        "end",
        "vehicle",
        "session_stop",
        159,
        "vehicle",
        "certain",
        1,
    ),
    "dsV2Gshark/ISO-20_TLS13_DC_DS5366_Josev.pcapng": (
        "ISO 15118-20",
        "secured",
        "vehicle",
        "tls_end",
        319,
        "unknown",
        "open",
        1,
    ),
    "dsV2Gshark/ISO-2_AC_DS5366.pcapng": (
        "ISO 15118-2",
        "end",
        "vehicle",
        "session_stop",
        1086,
        "vehicle",
        "certain",
        1,
    ),
    "dsV2Gshark/ISO-2_DC_DS5366.pcapng": (
        "ISO 15118-2",
        "end",
        "vehicle",
        "session_stop",
        2061,
        "vehicle",
        "certain",
        1,
    ),
    "dsV2Gshark/ISO-2_DC_Pause_DS5366.pcapng": (
        "ISO 15118-2",
        "end",
        "vehicle",
        "session_stop",
        768,
        "vehicle",
        "certain",
        2,
    ),
    "dsV2Gshark/ISO-2_DC_PnC_TLS_CertInstallation_DS5366_RiseV2G.pcapng": (
        "ISO 15118-2 (under TLS)",
        "secured",
        "vehicle",
        "tls_end",
        520,
        "unknown",
        "open",
        1,
    ),
    "pyPLC_2022-10-26_WP4_networkEstablishedButHiddenCommunication.pcapng": (
        "unknown",
        "slac",
        "unknown",
        "no_sdp",
        4,
        "unknown",
        "open",
        1,
    ),
    "pyPLC_2022-11-17_Dehner_Alpitronic_until_SdpRequest.pcapng": (
        "unknown",
        "sdp",
        "charger",
        "sdp_unanswered",
        25,
        "charger",
        "likely",
        1,
    ),
    "pyPLC_2022-11-25_v0.2_ABB_until_ChargeParamDiscovery.pcapng": (
        "DIN 70121",
        "parameters",
        "charger",
        "connection_closed",
        473,
        "charger",
        "likely",
        1,
    ),
    "pyPLC_2022-12-13_compleo_powerdelivery230_no_load.pcapng": (
        "DIN 70121",
        "precharge",
        "charger",
        "no_response",
        1384,
        "charger",
        "likely",
        2,
    ),
    "pyPLC_2023-03-02_SuperCharger_CableCheck_error.pcapng": (
        "DIN 70121",
        "cable_check",
        "vehicle",
        "connection_closed",
        1275,
        "unknown",
        "open",
        4,
    ),
    "pyPLC_2023-04-16_at_home_Ioniq_in_currentDemandLoop.pcapng": (
        "DIN 70121",
        "charging",
        "charger",
        "connection_closed",
        6345,
        "charger",
        "likely",
        1,
    ),
    "pyPLC_2023-05-03_TaycanLeftside_slacFail.pcapng": (
        "unknown",
        "slac",
        "unknown",
        "slac_sounding",
        26,
        "unknown",
        "open",
        1,
    ),
    "pyPLC_2023-05-24_pyPlc_with_Ioniq93prcSoc.pcapng": (
        "DIN 70121",
        "charging",
        "charger",
        "connection_closed",
        728,
        "charger",
        "likely",
        1,
    ),
    "pyPLC_2024-04-20_ModelY_pyPLC_stop_in_precharge.pcapng": (
        "DIN 70121",
        "precharge",
        "vehicle",
        "session_stop",
        583,
        "charger",
        "likely",
        1,
    ),
    "pyPLC_2025-01-21_listenMode_01_slow_and_only_broadcast_visible.pcapng": (
        "unknown",
        "slac",
        "unknown",
        "no_sdp",
        10,
        "unknown",
        "open",
        1,
    ),
    "pyPLC_2025-01-21_listenMode_03_mac_spoofing_some_frames_visible.pcapng": (
        "DIN 70121",
        "cable_check",
        "unknown",
        "capture_ends",
        852,
        "unknown",
        "open",
        1,
    ),
    "pyPLC_2025-01-21_listenMode_05_cutted_tx_path_no_joining.pcapng": (
        "unknown",
        "slac",
        "unknown",
        "no_sdp",
        19,
        "unknown",
        "open",
        1,
    ),
    "pyPLC_2025-07-22_pyPLC_with_tesla_model_x_plaid_until_charging_loop.pcapng": (
        "DIN 70121",
        "charging",
        "unknown",
        "capture_ends",
        2600,
        "unknown",
        "open",
        1,
    ),
    "pyPLC_2026-02-08_pyPLC_FoccciCape_AudiQ4_break_after_cableCheck.pcap": (
        "DIN 70121",
        "cable_check",
        "vehicle",
        "broken_off",
        449,
        "unknown",
        "open",
        3,
    ),
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
    judgement = judge(shared / "charging" / "ccs" / name)

    session, ending = judgement.session, judgement.session.ended_by
    assert (
        session.generation,
        session.reached,
        ending.side,
        ending.rule,
        ending.line,
        session.responsible,
        session.confidence,
        len(judgement.sessions),
    ) == POWER_LINE[name]


def test_no_recording_is_without_an_expected_verdict(shared):
    files = {p.relative_to(shared / "charging").as_posix() for p in recordings(shared)}

    assert files == set(CAN) | {f"ccs/{name}" for name in POWER_LINE}


def recordings(shared):
    """Every recording of the shared set."""
    return [
        p
        for folder in ("gbt27930", "chademo", "ccs", "vehicle_can")
        for p in sorted((shared / "charging" / folder).rglob("*"))
        if p.is_file() and "LICENSE" not in p.name
    ]


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
    files = recordings(shared)

    assert len(files) == 37
    for path in files:
        plain = judge(path).plain()
        check(plain)
        plain.pop("file")
        assert not number.search(json.dumps(plain))
