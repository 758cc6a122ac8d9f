"""Several busses in one file stay apart; sessions follow each other; what no public table knows is named."""

import random

from carnet.charging.judge import judge

from .sessions import log, name_of, session


def lines(rehearsal, bus="can0", start=0.0):
    return [(start + t / 1e6, f"{bus} {name_of(i)}#{d.hex().upper()}") for t, i, d in rehearsal.frames]


def write(path, rows):
    path.write_text("".join(f"({1_700_000_000 + t:.6f}) {text}\n" for t, text in sorted(rows, key=lambda r: r[0])))
    return path


def test_two_busses_of_two_families_are_two_sessions(tmp_path):
    rows = lines(session("gbt27930-2015"), "can0") + lines(session("chademo-1.x"), "can1", 2.0)

    judgement = judge(write(tmp_path / "mixed.log", rows))

    assert {(s.family, s.channel) for s in judgement.sessions} == {("gbt27930", "can0"), ("chademo", "can1")}
    assert all(s.confidence == "certain" for s in judgement.sessions)


def test_sessions_after_each_other_are_told_apart_and_the_one_with_most_energy_leads(tmp_path):
    short, long = session("gbt27930-2015", seconds=4), session("gbt27930-2015", seconds=12)
    rows = lines(short) + lines(long, start=30.0) + lines(short, start=80.0)

    judgement = judge(write(tmp_path / "three.log", rows))

    assert len(judgement.sessions) == 3
    assert judgement.session.lines == judgement.sessions[1].lines
    assert judgement.plain()["energy"] == judgement.sessions[1].energy


def test_unknown_messages_between_the_known_addresses_are_the_undecoded_class(tmp_path):
    noise = random.Random(1)
    rows = [
        (n / 10, f"can0 {'1840F456' if n % 2 else '184156F4'}#{noise.randbytes(8).hex().upper()}") for n in range(40)
    ]

    session_ = judge(write(tmp_path / "b.log", rows)).session

    assert (session_.family, session_.generation, session_.ended_by.rule) == ("gbt27930", "2024C or 2023B", "undecoded")
    assert "stand in no public table" in session_.ended_by.says


def test_other_traffic_is_no_charging_protocol(tmp_path):
    noise = random.Random(2)
    rows = [
        (
            n / 100,
            f"can0 {noise.choice(('1D4', '1F2', '55B', '5BC', '18FEF100', '0CF00400'))}#{noise.randbytes(8).hex()}",
        )
        for n in range(500)
    ]

    judgement = judge(write(tmp_path / "car.log", rows))

    assert judgement.session.family == "none"
    assert judgement.notes == ["no charging protocol was recognized among 6 identifiers"]


def test_other_traffic_beside_a_session_changes_nothing(tmp_path):
    plain = judge(log(tmp_path, session())).session
    noise = random.Random(3)
    extra = [
        (t + 0.0001, f"can0 {noise.choice(('1D4', '18FEF100'))}#{noise.randbytes(8).hex()}")
        for t, _ in lines(session())
    ]

    mixed = judge(write(tmp_path / "busy.log", lines(session(), start=0.0) + extra)).session

    assert (mixed.ended_by.rule, mixed.responsible, [i.rule for i in mixed.issues]) == (
        plain.ended_by.rule,
        plain.responsible,
        [i.rule for i in plain.issues],
    )


def test_a_capture_that_starts_late_says_so_and_blames_nobody_for_it(tmp_path):
    rows = [r for r in lines(session()) if r[0] > 8]

    verdict = judge(write(tmp_path / "late.log", rows)).session

    [issue] = [i for i in verdict.issues if i.rule == "capture.starts_late"]
    assert (issue.level, [i for i in verdict.issues if i.level == "violation"]) == ("incomplete", [])


def test_a_capture_that_ends_early_has_no_culprit(tmp_path):
    rows = [r for r in lines(session(seconds=30)) if r[0] < 15]

    verdict = judge(write(tmp_path / "early.log", rows)).session

    assert (verdict.ended_by.rule, verdict.responsible, verdict.confidence) == ("capture_ends", "unknown", "open")


def test_a_charger_that_never_gave_its_limits_cannot_blame_the_vehicle(tmp_path):
    verdict = judge(log(tmp_path, session("chademo-1.x", "lose:108@0"))).session

    assert (verdict.ended_by.side, verdict.responsible, verdict.confidence) == ("charger", "charger", "likely")
    assert "the charger itself had never sent 108" in verdict.ended_by.says
