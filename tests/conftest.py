"""What every test may lean on: the shared recordings, and the promise that CI skips nothing in silence.

A skip hides a claim. On a developer's machine that is fair; in CI (CI=true) the run fails and lists every skip whose
reason is not agreed below. Builders are in tests/builders.py; fixtures of one kind of test stay with that kind.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

NO_RECORDINGS = "shared recordings are not here (CARNET_SHARED or ../shared/data)"
# What a machine may lack through no fault of ours; a skip's reason starts with one of these.
AGREED = (NO_RECORDINGS, "no GPU", "no kernel module")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared recordings: CARNET_SHARED, else ../shared/data beside the checkout."""
    folder = Path(os.environ.get("CARNET_SHARED") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(NO_RECORDINGS)
    return folder


class Skips:
    """Collects the skips nobody agreed to; the controller of a parallel run hears of all of them."""

    def __init__(self) -> None:
        self.unagreed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not hasattr(report, "wasxfail"):
            self.hear(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.hear(report)

    def hear(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if not report.skipped:
            return
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        if not reason.startswith(AGREED):
            self.unagreed.append(f"{report.nodeid}: {reason}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.unagreed and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.unagreed:
            terminalreporter.section("skips that nobody agreed to, so this run fails", red=True)
            for line in self.unagreed:
                terminalreporter.write_line(line)


def pytest_configure(config: pytest.Config) -> None:
    """In CI, on the controller only: workers hand their reports up."""
    if os.environ.get("CI") == "true" and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Skips(), "carnet-skips")
