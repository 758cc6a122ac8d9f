"""The dossier's chapter on swapping: the interface parameter by parameter, the station line by line, what to ask."""

from pathlib import Path

from carnet import app
from carnet.chapter import Listing, Table
from carnet.swapping.chapter import chapter

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def told(name):
    return chapter(*app.open_project(EXAMPLES / f"{name}.yaml", cache=False))


def test_the_lead_says_the_answer_and_what_is_open():
    found = told("heavy-truck-corridor")

    assert found.lead.startswith("swap: unproven, ")
    assert "lines of the station's review open" in found.lead


def test_every_parameter_and_every_applicable_line_has_a_row():
    interface, station = [p for p in told("heavy-truck-corridor").parts if isinstance(p, Table)]

    assert "battery position" in {r[1] for r in interface.rows}
    assert {r[2] for r in interface.rows} == {"fits", "not declared"}
    assert {r[0] for r in station.rows} == {
        "electrical safety",
        "communication protocol",
        "vehicle-battery separation interface",
    }
    assert "GB/T 33341-2025, clause 6" in {r[2] for r in station.rows}
    for part in (interface, station):
        assert all(len(row) == len(part.columns) for row in part.rows)


def test_what_is_missing_is_asked():
    [asked] = [p for p in told("heavy-truck-corridor").parts if isinstance(p, Listing)]

    assert "ask: battery.swap_scheme" in asked.items


def test_a_project_without_swapping_has_no_chapter():
    assert told("dc-charger") is None
