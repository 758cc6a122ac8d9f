"""What the page on portfolios shows, runs."""

from __future__ import annotations

import re
import shlex
import sys
from unittest import mock

import pytest

from carnet.doors import cli
from tests.builders import ROOT

PAGE = (ROOT / "docs" / "portfolio.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", re.findall(r"^    (carnet .+)$", PAGE, re.M))
def test_every_command_shown_runs(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(ROOT)
    with mock.patch.object(sys, "argv", shlex.split(line)), pytest.raises(SystemExit) as ended:
        cli.main()

    assert not ended.value.code
    assert "cells" in capsys.readouterr().out


def test_the_python_shown_runs(capsys: pytest.CaptureFixture[str]):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)

    exec(compile(code, "docs/portfolio.md", "exec"), {})

    assert "[[1 1 0 0 0 1]]" in capsys.readouterr().out.replace("  ", " ")
