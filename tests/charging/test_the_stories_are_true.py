"""Every command of docs/charging.md runs, and the answers shown are the answers given."""

import re
import sys
from pathlib import Path

from typer.testing import CliRunner

from carnet.doors.cli.charge import app

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from making import outputs  # noqa: E402

PAGE = (ROOT / "docs" / "charging.md").read_text(encoding="utf-8")
BLOCKS = [b["body"].splitlines() for b in outputs.BLOCK.finditer(PAGE)]


def test_the_three_stories():
    commands = 0
    with outputs.copied(ROOT) as folder:
        for block in BLOCKS:
            said = ""
            for command in (line[2:] for line in block if line.startswith("$ ")):
                code, said = outputs.run(command)
                commands += 1
                assert code in (0, 1), f"{command}\n{said}"
            for line in block:
                assert line.startswith("$ ") or line == "..." or line in said, line
        assert (folder / "depot.html").read_text().startswith("<!doctype html>")
    assert commands == 12


def test_a_story_is_told_of_every_command():
    told = set(re.findall(r"^\$ carnet (?:charge|swap) (\w+)", PAGE, re.M))

    assert told == {"judge", "rehearse", "match", "converge"}
    for option in ("--partner", "--through", "--fault", "--live", "--html", "--format sarif"):
        assert option in PAGE


def test_a_usage_error_is_a_sentence():
    result = CliRunner().invoke(app, ["rehearse", "--vehicle", "many", "--charger", "1,1", "--protocol", "chademo-1.x"])

    assert "is not VOLTS,AMPERES such as 400,125" in str(result.exception)


def test_a_missing_side_is_a_sentence():
    result = CliRunner().invoke(app, ["rehearse", "--vehicle", "400,100", "--protocol", "chademo-1.x"])

    assert "only --partner and --live leave one side to somebody else" in str(result.exception)
