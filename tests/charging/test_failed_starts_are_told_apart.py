"""Starts that fail as they fail in the field: each status path has its stage, its side and its confidence."""

import pytest

from carnet.charging.judge import judge

from .contract import check

# Phases of (seconds, status of the vehicle, current request, status of the charger); None: the side is silent.
IDLE, READY, LOCKED = (1, 0x08, 0, 0x20), (5, 0x09, 0, 0x20), (6, 0x09, 0, 0x24)
CLOSED, FLOWS = (1.5, 0x01, 0, 0x24), (10, 0x01, 40, 0x05)
NUMBERS = {"0.9": 1, "1.x": 2, "2.0": 3}

PATHS = {
    "whole": ([IDLE, READY, LOCKED, CLOSED, FLOWS, (1, 0x01, 0, 0x25), (2, 0x08, 0, 0x24), (1, 0x08, 0, 0x20)],
              ("release", "charger", "se.stop", "charger", "certain")),
    "the vehicle is full": ([IDLE, READY, LOCKED, CLOSED, FLOWS, (1, 0x00, 0, 0x05), (2, 0x08, 0, 0x25)],
                            ("end", "vehicle", "ev.stop", "vehicle", "certain")),
    "never allowed": ([IDLE, (15, 0x08, 0, 0x20)],
                      ("parameters", "unknown", "wait.permission", "unknown", "open")),
    "malfunction in the insulation check": ([IDLE, READY, LOCKED, (1, 0x09, 0, 0x26), (1, 0x08, 0, 0x22)],
                                            ("insulation", "charger", "se.malfunction", "charger", "likely")),
    "a request that never comes": ([IDLE, READY, LOCKED, (9, 0x01, 0, 0x24), (1, 0x01, 0, 0x34), (1, 0x01, 0, 0x30)],
                                   ("contactors", "charger", "se.system", "vehicle", "likely")),
    "contactors that never close": ([IDLE, READY, (28, 0x09, 0, 0x24), (1, 0x09, 0, 0x34), (1, 0x08, 0, 0x30)],
                                    ("insulation", "charger", "se.system", "vehicle", "likely")),
    "a battery that does not fit": ([IDLE, (2, 0x09, 0, 0x28)],
                                    ("permission", "charger", "se.incompatible", "both", "certain")),
    "the lever is not in park": ([IDLE, READY, (2, 0x0A, 0, 0x20)],
                                 ("permission", "vehicle", "ev.shift", "vehicle", "certain")),
    "the charger falls silent": ([IDLE, READY, LOCKED, CLOSED, FLOWS, (3, 0x01, 40, None)],
                                 ("charging", "charger", "silence", "charger", "likely")),
    "the vehicle falls silent": ([IDLE, READY, LOCKED, CLOSED, FLOWS, (3, None, 0, 0x05)],
                                 ("charging", "vehicle", "silence", "vehicle", "likely")),
    "the recording ends": ([IDLE, READY, LOCKED, CLOSED, FLOWS],
                           ("charging", "unknown", "capture_ends", "unknown", "open")),
    "only the vehicle is heard": ([(4, 0x08, 0, None)],
                                  ("parameters", "unknown", "one_sided", "unknown", "open")),
}  # fmt: skip


def write(path, phases, number, reverse=False):
    """A recording of these phases, every message each 100 ms."""
    rows, now = [], 0.0
    for seconds, vehicle, request, charger in phases:
        for _ in range(round(seconds * 10)):
            volts = 390 if charger is not None and charger & 1 else 0
            said = {}
            if vehicle is not None:
                said[0x100] = bytes([0, 0, 0, 0, 0xB8, 0x01, 100, 0])
                said[0x101] = bytes([0, 0xFF, 60, 20, 0, 0, 0, 0])
                said[0x102] = bytes([number, 0xAE, 0x01, request, 0, vehicle, 50, 0])
            if charger is not None:
                said[0x108] = bytes([1, 0xF4, 0x01, 125, 0xB8, 0x01, 0, 0])
                said[0x109] = bytes([number, volts & 255, volts >> 8, request if volts else 0, 0, charger, 0xFF, 60])
            for n, (identifier, data) in enumerate(said.items()):
                data = data[::-1] if reverse else data
                rows.append(f"({1_700_000_000 + now + n / 1000:.6f}) can0 {identifier:03X}#{data.hex().upper()}")
            now += 0.1
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize("generation", NUMBERS)
@pytest.mark.parametrize("kind", PATHS)
def test_a_path_of_status_bytes_has_its_verdict(tmp_path, kind, generation):
    phases, expected = PATHS[kind]

    judgement = judge(write(tmp_path / "start.log", phases, NUMBERS[generation]))

    check(judgement.plain())
    session, ending = judgement.session, judgement.session.ended_by
    assert session.generation == generation
    if generation == "0.9" and kind == "contactors that never close":  # 0.9 has no flag that would show it
        expected = (*expected[:3], "unknown", "open")
    assert (session.reached, ending.side, ending.rule, session.responsible, session.confidence) == expected


def test_two_generations_that_meet_speak_the_lower(tmp_path):
    phases, _ = PATHS["whole"]
    text = write(tmp_path / "a.log", phases, 3).read_text().replace("102#03", "102#02")
    path = tmp_path / "b.log"
    path.write_text(text)

    assert judge(path).session.generation == "1.x"


def test_bytes_written_in_reverse_are_turned_around(tmp_path):
    phases, expected = PATHS["whole"]

    judgement = judge(write(tmp_path / "r.log", phases, 2, reverse=True))

    assert judgement.session.reached == expected[0]
    assert "the data bytes stand in reverse order" in judgement.notes[0]


def test_tries_with_a_pause_between_are_sessions_of_their_own(tmp_path):
    failed, _ = PATHS["malfunction in the insulation check"]
    whole, _ = PATHS["whole"]

    judgement = judge(write(tmp_path / "two.log", [*failed, (8, None, 0, None), *whole], 2))

    assert [s.ended_by.rule for s in judgement.sessions] == ["se.malfunction", "se.stop"]
    assert judgement.session is judgement.sessions[1]
