"""Findings as JUnit XML, so that a build server shows a market as a suite and a rule as a test.

A finding at or above the fail level is a failure; below it, unproven and undecided are skipped with their reason, and
so is what does not apply. Met and residual pass; what a residual leaves to do is its output. No time is claimed.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from ..catalog import Catalog
from ..waist import VERDICTS, Dossier, Finding
from .view import Board, standing_and_force, tally
from .wording import MARKS, cited, clean, graded

NEVER = "never"  # the level at which nothing fails
_OPEN = ("unproven", "undecided", "not_applicable")


def render(dossier: Dossier, catalog: Catalog, *, fail_on: str = "unmet") -> str:
    """One suite per market, one case per finding."""
    board = Board(dossier, catalog)
    suites = [_suite(board, market, fail_on) for market in board.markets]
    total = _totals(dossier.findings, fail_on)
    head = f"<testsuites name={_attribute(dossier.project.title)} {total}>"
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"]) + "\n"


def _suite(board: Board, market: str, fail_on: str) -> str:
    project = board.dossier.project
    findings = [f for f in board.dossier.findings if f.market == market]
    properties = {
        "market": market,
        "on": project.on,
        "event": project.event,
        "known": project.known,
        "engine": board.dossier.engine,
        "catalog.version": board.dossier.catalog_version,
        "catalog.digest": board.dossier.catalog_digest,
    }
    rows = [f"    <property name={_attribute(name)} value={_attribute(value)}/>" for name, value in properties.items()]
    return "\n".join(
        [
            f"  <testsuite name={_attribute(board.name(market))} {_totals(findings, fail_on)}>",
            "   <properties>",
            *rows,
            "   </properties>",
            *(_case(f, fail_on) for f in findings),
            "  </testsuite>",
        ]
    )


def _case(finding: Finding, fail_on: str) -> str:
    name = f"{finding.title} [{finding.id}]"
    head = (
        f"   <testcase classname={_attribute(finding.market + '.' + '+'.join(finding.about))} name={_attribute(name)}"
        f" file={_attribute(finding.where.file)} line={_attribute(str(finding.where.line))}"
    )
    message = _attribute(f"{MARKS[finding.verdict].word}: {finding.because}")
    if _fails(finding, fail_on):
        failure = f"<failure type={_attribute(finding.verdict)} message={message}>{_text(_says(finding))}</failure>"
        return f"{head}>\n    {failure}\n   </testcase>"
    if finding.verdict in _OPEN:
        return f"{head}>\n    <skipped message={message}/>\n   </testcase>"
    if finding.residual:
        work = "\n".join(f"Still to do: {work}" for work in finding.residual)
        return f"{head}>\n    <system-out>{_text(work)}</system-out>\n   </testcase>"
    return head + "/>"


def _says(finding: Finding) -> str:
    lines = [
        f"{finding.title}: {finding.because}",
        f"Standing: {standing_and_force(finding)}",
        f"Missing: {', '.join(finding.missing)}" if finding.missing else "",
        f"Ask: {finding.question}" if finding.question else "",
        f"Source: {cited(finding.source)}"
        + (f", clause {finding.clause}" if finding.clause else "")
        + f"; {graded(finding.source)}",
        f"At: {finding.where}",
    ]
    return "\n".join(line for line in lines if line)


def _fails(finding: Finding, fail_on: str) -> bool:
    return fail_on != NEVER and VERDICTS.index(finding.verdict) >= VERDICTS.index(fail_on)


def _totals(findings: tuple[Finding, ...] | list[Finding], fail_on: str) -> str:
    failed = sum(_fails(f, fail_on) for f in findings)
    skipped = sum(n for verdict, n in tally(f for f in findings if not _fails(f, fail_on)).items() if verdict in _OPEN)
    return f'tests="{len(findings)}" failures="{failed}" errors="0" skipped="{skipped}"'


def _attribute(text: str) -> str:
    return quoteattr(clean(text), {"\n": "&#10;", "\t": "&#9;"})


def _text(text: str) -> str:
    return escape(clean(text))
