"""Every command of docs/charging.md runs, and the answers shown are the answers given."""

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from carnet.doors.cli.charge import app

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "charging.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
SHOWN = [line for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_the_three_stories(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = ""
    for command in COMMANDS:
        words = shlex.split(command)
        assert words[:2] == ["carnet", "charge"]

        result = CliRunner().invoke(app, words[2:])

        assert result.exit_code in (0, 1), f"{command}\n{result.output}\n{result.exception!r}"
        assert result.exception is None or isinstance(result.exception, SystemExit)
        said += result.stdout

    assert len(COMMANDS) == 8
    for line in SHOWN:
        assert line in said
    assert (tmp_path / "depot.html").read_text().startswith("<!doctype html>")


def test_a_usage_error_is_a_sentence(tmp_path):
    result = CliRunner().invoke(app, ["rehearse", "--vehicle", "many", "--charger", "1,1", "--protocol", "chademo-1.x"])

    assert "is not VOLTS,AMPERES such as 400,125" in str(result.exception)
