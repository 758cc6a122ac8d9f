"""A judgement for people and code hosts: text, Markdown, JUnit, SARIF; the HTML page is in sheet.py.

Same judgement, same bytes: nothing here reads the clock. Personal data is masked once more on the way out.
Reading order: human(), markdown(), junit(), sarif(), worst().
"""

from __future__ import annotations

import html
import json
import re
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from .judgement import LEVELS, Issue, Judgement, Session, mask
from .sheet import STYLE, page

__all__ = ["STYLE", "human", "junit", "markdown", "page", "sarif", "worst"]

SIGNS = {"violation": "violation ", "tolerated": "tolerated ", "incomplete": "incomplete"}
SARIF_LEVELS = {"violation": "error", "tolerated": "note", "incomplete": "warning"}


def human(judgement: Judgement, *, everything: bool = False) -> str:
    """The verdict first, then the timeline, then what was wrong."""
    lines = [f"{mask(judgement.file)}: {judgement.format}, {judgement.frames:,} frames"]
    for row in judgement.skipped:
        lines.append(f"  skipped {row['count']} from line {row['line']}: {row['reason']}")
    lines += [f"  repaired: {text}" for text in judgement.repairs]
    lines += [f"  note: {text}" for text in judgement.notes]
    shown = judgement.sessions if everything else [judgement.session] if judgement.sessions else []
    if len(judgement.sessions) > len(shown):
        lines.append(f"  {len(judgement.sessions)} sessions; the one with most energy, else the longest, is shown")
    for session in shown:
        lines += ["", *_session(session)]
    return "\n".join(lines) + "\n"


def _session(session: Session) -> list[str]:
    lines = [f"{session.family} {session.generation}: reached {session.reached or 'nothing'}"]
    lines.append(f"  ended: {session.story[-1].strip() if session.story else session.ended_by.says}")
    if session.timing != "judged":
        lines.append(f"  timing: {session.timing}")
    lines += [f"  {text}" for text in session.story[:-1]]
    energy, stated = session.energy["integral_kwh"], session.energy["declared_kwh"]
    if energy is not None or stated is not None:
        integral = "unknown" if energy is None else f"{energy:g} kWh"
        declared = "none" if stated is None else f"{stated:g} kWh"
        lines.append(f"  energy: {integral} by the output, {declared} declared")
    if any(session.transport.values()):
        lines.append("  transport: " + ", ".join(f"{n} {name}" for name, n in session.transport.items()))
    for issue in session.issues:
        at = f" (line {issue.line})" if issue.line else ""
        lines.append(f"  {SIGNS[issue.level]}  {issue.rule}: {issue.message}{at}")
    return lines


# -- Markdown ------------------------------------------------------------------------------------------------------

_MARKUP = re.compile(r"[\\`*_\[\]|~$<>#@]")
MOST_ROWS = 30


def markdown(judgements: list[Judgement]) -> str:
    """A summary for a pull request or a ticket: a row per session, then what was wrong, gravest first."""
    heads = ("recording", "protocol", "reached", "who stopped first", "answers for it", "energy")
    rows = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    wrong: list[tuple[int, str]] = []
    for judgement in judgements:
        name = PurePath(mask(judgement.file)).name
        for session in judgement.sessions or [judgement.session]:
            says = session.ended_by.says or "no charging protocol was recognized"
            energy = session.energy["integral_kwh"]
            cells = (
                name,
                f"{session.family} {session.generation}".strip(),
                session.reached or "nothing",
                f"{says} ({_at(session.ended_by.line)})" if session.ended_by.line else says,
                f"{session.responsible} ({session.confidence})",
                "unknown" if energy is None else f"{energy:g} kWh",
            )
            rows.append("| " + " | ".join(_text(c) for c in cells) + " |")
            for issue in session.issues:
                place = f", {_at(issue.line)}" if issue.line else ""
                line = f"- **{issue.level}** {_text(issue.rule)}: {_text(issue.message)} ({_text(name)}{place})"
                wrong.append((LEVELS.index(issue.level), line))
    wrong.sort(key=lambda row: row[0])
    lines = [*rows, "", *(line for _, line in wrong[:MOST_ROWS])]
    if len(wrong) > MOST_ROWS:
        lines.append(f"- and {len(wrong) - MOST_ROWS} more; the other formats show all")
    return "\n".join(lines).rstrip() + "\n"


def _at(line: int | None) -> str:
    return f"line {line}"


def _text(text: str) -> str:
    """Free text that stays text: no markup, no mention, no link."""
    return _MARKUP.sub(lambda m: f"&#{ord(m[0])};", mask(text)).replace("://", "&#58;//")


# -- JUnit ---------------------------------------------------------------------------------------------------------


def junit(judgements: list[Judgement], fail_on: str = "violation") -> str:
    """A suite per recording, a case per session and per issue; at and above `fail_on` a case fails."""
    failing = LEVELS[: LEVELS.index(fail_on) + 1] if fail_on in LEVELS else ()
    suites, totals = [], [0, 0, 0]
    for judgement in judgements:
        cases, counts = [], [0, 0, 0]  # tests, failures, skipped
        for number, session in enumerate(judgement.sessions or [judgement.session], 1):
            says = session.ended_by.says or "no charging protocol was recognized"
            where = f"session {number}"
            cases.append(_case(where, f"ended by {session.ended_by.rule}", f"<system-out>{_xml(says)}</system-out>"))
            counts[0] += 1
            for issue in session.issues:
                at = f" (line {issue.line})" if issue.line else ""
                says = _xml(issue.message + at)
                inside = f"<system-out>{says}</system-out>"
                if issue.level in failing:
                    inside = f'<failure type="{issue.level}" message="{says}"/>'
                    counts[1] += 1
                elif issue.level == "incomplete":
                    inside = f'<skipped message="{says}"/>'
                    counts[2] += 1
                cases.append(_case(where, issue.rule, inside))
                counts[0] += 1
        name = _xml(PurePath(mask(judgement.file)).name)
        suites.append(f'  <testsuite name="{name}" {_counts(counts)}>\n' + "\n".join(cases) + "\n  </testsuite>")
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="charging sessions" {_counts(totals)}>'
    return "\n".join([head, *suites, "</testsuites>"]) + "\n"


def _case(where: str, name: str, inside: str) -> str:
    return f'   <testcase classname="{where}" name="{_xml(name)}">{inside}</testcase>'


def _counts(counts: list[int]) -> str:
    return f'tests="{counts[0]}" failures="{counts[1]}" errors="0" skipped="{counts[2]}"'


def _xml(text: str) -> str:
    clean = "".join(c if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff") else " " for c in mask(text))
    return html.escape(clean.replace("\ufffe", " ").replace("\uffff", " "))


# -- SARIF ---------------------------------------------------------------------------------------------------------


def sarif(judgements: list[Judgement], version: str) -> str:
    """Issues of all recordings as SARIF 2.1.0, the ending of each session as one result."""
    rules: dict[str, dict[str, Any]] = {}
    results = []
    for judgement in judgements:
        for session in judgement.sessions:
            fault = session.confidence != "open" and session.ended_by.rule not in ("capture_ends", "one_sided")
            stop = Issue(
                "violation" if fault else "incomplete",
                f"end.{session.ended_by.rule}",
                session.ended_by.says,
                session.ended_by.line,
            )
            for issue in (stop, *session.issues):
                rules.setdefault(issue.rule, {"id": issue.rule, "shortDescription": {"text": issue.rule}})
                level = "note" if issue is stop else SARIF_LEVELS[issue.level]
                results.append(_result(judgement, issue, level, list(rules).index(issue.rule)))
    driver = {"name": "carnet", "semanticVersion": version, "rules": list(rules.values())}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _result(judgement: Judgement, issue: Issue, level: str, index: int) -> dict[str, Any]:
    where: dict[str, Any] = {"artifactLocation": {"uri": quote(PurePath(mask(judgement.file)).name)}}
    if issue.line:
        where["region"] = {"startLine": issue.line}
    return {
        "ruleId": issue.rule,
        "ruleIndex": index,
        "level": level,
        "message": {"text": issue.message or issue.rule},
        "locations": [{"physicalLocation": where}],
    }


def worst(judgements: list[Judgement]) -> str:
    """The gravest level found: violation, tolerated, incomplete, or nothing."""
    found = {i.level for j in judgements for s in j.sessions for i in s.issues}
    return next((level for level in LEVELS if level in found), "")
