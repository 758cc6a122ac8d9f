"""Sessions over power line get their verdict from order, times and ends; bodies are never needed."""

import pytest

from carnet.charging.judge import judge

from .contract import check
from .powerline import CAR, POLE, Line

OPENING = ("SupportedAppProtocol", "SessionSetup", "ServiceDiscovery", "ServicePaymentSelection")
SECRET = b"\x17\x03\x03\x00\x04abcd"  # a record of TLS with four bytes
SETUP = (*OPENING, "ContractAuthentication", "ChargeParameterDiscovery")


def met(protocol="din70121", **more):
    return Line(protocol, **more).linked().sdp().connect()


def verdict(line, tmp_path):
    judgement = judge(line.pcap(tmp_path / "capture.pcap"))
    check(judgement.plain())
    session = judgement.session
    return session.reached, session.ended_by.side, session.ended_by.rule, session.responsible, session.confidence


def charged(line):
    line.ask(*SETUP, "CableCheck", "CableCheck", "PreCharge", "PreCharge", "PowerDelivery")
    return line.ask(*["CurrentDemand"] * 20, "PowerDelivery", "WeldingDetection")


def test_a_whole_session_ends_with_the_vehicles_word(tmp_path):
    line = charged(met()).ask("SessionStop").close(CAR).close(POLE)

    assert verdict(line, tmp_path) == ("end", "vehicle", "session_stop", "vehicle", "certain")


def test_vlan_tags_and_a_capture_with_two_interfaces_change_nothing(tmp_path):
    line = charged(met(vlan=True)).ask("SessionStop").close(CAR)

    plain = judge(line.pcap(tmp_path / "a.pcap"))
    other = judge(line.pcapng(tmp_path / "b.pcapng"))

    assert (plain.session.reached, plain.session.generation) == ("end", "DIN 70121")
    assert other.session.story == plain.session.story


def test_the_newest_dialect_is_named_by_its_root_elements(tmp_path):
    line = met("iso15118-20").ask("SupportedAppProtocol", "SessionSetup", "AuthorizationSetup", "Authorization")
    line.ask("ServiceDiscovery", "ServiceDetail", "ServiceSelection", "DC_ChargeParameterDiscovery", "ScheduleExchange")
    line.ask("DC_CableCheck", "DC_PreCharge", "PowerDelivery", *["DC_ChargeLoop"] * 5, "PowerDelivery")
    line.ask("DC_WeldingDetection", "SessionStop").close(CAR)

    judgement = judge(line.pcap(tmp_path / "c.pcap"))

    assert (judgement.session.generation, judgement.session.reached) == ("ISO 15118-20", "end")
    assert [s["name"] for s in judgement.session.stages][-5:] == [
        "cable_check", "precharge", "charging", "welding_detection", "end"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (
            lambda: Line().slac("SLAC_PARM.REQ", "SLAC_PARM.REQ").idle(5),
            ("slac", "charger", "slac_unanswered", "charger", "likely"),
        ),
        (
            lambda: Line().slac("SLAC_PARM.REQ", "SLAC_PARM.CNF", "MNBC_SOUND.IND"),
            ("slac", "unknown", "slac_sounding", "unknown", "open"),
        ),
        (
            lambda: Line().slac("SLAC_PARM.REQ", "SLAC_PARM.CNF", "ATTEN_CHAR.IND"),
            ("slac", "vehicle", "slac_no_match", "vehicle", "likely"),
        ),
        (lambda: Line().linked(), ("slac", "unknown", "no_sdp", "unknown", "open")),
        (
            lambda: Line().linked().sdp(answered=False).idle(5),
            ("sdp", "charger", "sdp_unanswered", "charger", "likely"),
        ),
        (
            lambda: Line().linked().sdp(answered=False),
            ("sdp", "unknown", "capture_ends", "unknown", "open"),
        ),
        (lambda: met(), ("sdp", "unknown", "no_connection", "unknown", "open")),
        (
            lambda: met().ask(*OPENING).say("ChargeParameterDiscoveryReq").close(POLE),
            ("parameters", "charger", "connection_closed", "charger", "likely"),
        ),
        (
            lambda: met().ask(*OPENING).ask(*["ContractAuthentication"] * 20, after=0.7).close(POLE),
            ("setup", "charger", "connection_closed", "unknown", "open"),
        ),
        (
            lambda: met().ask(*SETUP).ask(*["CableCheck"] * 30, after=0.5).close(CAR),
            ("cable_check", "vehicle", "connection_closed", "unknown", "open"),
        ),
        (
            lambda: met().ask(*SETUP, "CableCheck").ask(*["PreCharge"] * 60, after=0.1).ask("SessionStop"),
            ("precharge", "vehicle", "session_stop", "charger", "likely"),
        ),
        (
            lambda: met().ask(*SETUP, "CableCheck", "PreCharge").say("PowerDeliveryReq").close(CAR, after=3),
            ("precharge", "charger", "no_response", "charger", "likely"),
        ),
        (
            lambda: met().ask(*SETUP, "CableCheck").idle(59).say("PowerDeliveryReq").idle(3),
            ("cable_check", "vehicle", "broken_off", "unknown", "open"),
        ),
        (
            lambda: met().ask(*SETUP, "CableCheck", "PreCharge", *["CurrentDemand"] * 9).close(POLE),
            ("charging", "charger", "connection_closed", "charger", "likely"),
        ),
        (
            lambda: met().ask(*SETUP, "CableCheck", "PreCharge", *["CurrentDemand"] * 9),
            ("charging", "unknown", "capture_ends", "unknown", "open"),
        ),
        (
            lambda: met().tcp(CAR, 24, SECRET).tcp(POLE, 24, SECRET).close(CAR),
            ("secured", "charger", "tls_end", "unknown", "open"),
        ),
    ],
)  # fmt: skip
def test_each_way_to_fail_is_told_apart(tmp_path, build, expected):
    assert verdict(build(), tmp_path) == expected


def test_two_tries_in_one_capture_are_two_sessions(tmp_path):
    line = met().ask(*SETUP, "CableCheck").close(CAR).idle(3)
    line.linked().sdp().connect().ask(*SETUP, "CableCheck", "PreCharge").close(POLE)

    judgement = judge(line.pcap(tmp_path / "two.pcap"))

    assert [s.reached for s in judgement.sessions] == ["cable_check", "precharge"]


def test_a_pause_before_a_request_and_a_missing_answer_are_said(tmp_path):
    line = met().ask(*SETUP, "CableCheck").idle(59).say("PowerDeliveryReq").idle(3)

    session = judge(line.pcap(tmp_path / "d.pcap")).session

    assert "for 59.0 s before, it had sent no request" in session.ended_by.says
    assert [i.rule for i in session.issues] == ["response.none.PowerDelivery"]


def test_modems_without_a_session_are_an_answer(tmp_path):
    line = Line()
    for _ in range(5):
        line.put(CAR, POLE, 0x88E1, b"\x01\x2e\xa0" + bytes(40))

    judgement = judge(line.pcap(tmp_path / "e.pcap"))

    assert judgement.session.family == "none"
    assert "the pilot line alone controls the charge" in judgement.notes[1]
