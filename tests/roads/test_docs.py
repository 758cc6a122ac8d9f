"""Every command of docs/roads.md runs as it is written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carnet.doors.cli.console import guarded
from carnet.doors.cli.tree import app

ROOT = Path(__file__).parents[2]
ENDS = {"decode": 1, "gaps": 1, "export": 1, "sheet": 1}  # each of them has something to say, and the page says so


def commands() -> list[str]:
    text = (ROOT / "docs" / "roads.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, re.S)
    return [line for block in blocks for line in block.splitlines() if line.startswith("carnet ")]


def test_the_page_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("examples", "data"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    said = []
    for line in commands():
        words = shlex.split(line)[1:]
        found = CliRunner().invoke(app, words)

        assert found.exit_code == ENDS.get(words[1], 0), f"{line}\n{found.output}\n{found.exception!r}"
        said.append(found.output)

    assert len(said) >= 12
    assert said[0].startswith("truck.hex: 14 packets, 13 read whole, 1 refused")
    assert "site: 0.960 of 3.400 km observed" in "".join(said)
    assert (tmp_path / "truck.parquet").stat().st_size > 0
    assert guarded(lambda: app(["roads", "coverage", "nowhere", "--lake", "lake"], standalone_mode=False)) == 3


def test_a_query_writes_what_is_allowed_and_a_receipt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import json

    import pyarrow as pa

    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").write_text("z3u2en7t5LR2WtQH5PfFqMqwVHgeXouLzo6haApm8XHqvjxq")
    at = "2026-11-21T12:00:00+00:00"
    example = ROOT / "examples" / "roads"
    for line in (
        f"roads network {example}/site.xodr",
        f"roads ingest {example}/drive.csv --network site --economy de --license own --mapping {example}/mapping.yaml",
        f"roads agree evidence --id own --provider urn:site --recipient urn:authority --network site --at {at}",
    ):
        assert CliRunner().invoke(app, shlex.split(line)).exit_code == 0
    ask = f"roads query site --agreement own --recipient urn:authority --output out.arrow --key key --at {at}"
    found = CliRunner().invoke(app, shlex.split(f"{ask} --for type_approval --columns trip,segment,offset_m"))
    denied = guarded(lambda: app(shlex.split(f"{ask} --for insurance --columns trip"), standalone_mode=False))

    assert found.exit_code == 0, found.output
    receipt = json.loads(found.stdout)
    table = pa.ipc.open_stream((tmp_path / "out.arrow").read_bytes()).read_all()
    assert receipt["rows"] == table.num_rows == 81  # 20 m to 980 m in steps of 12 m
    assert table.column_names == ["trip", "segment", "offset_m"]
    assert denied == 1
