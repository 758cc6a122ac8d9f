"""A judgement for people, browsers and code hosts: text, one HTML page with the curve, SARIF.

Same judgement, same bytes: nothing here reads the clock, and the page holds everything it shows.
Reading order: human(), page(), sarif().
"""

from __future__ import annotations

import html
import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from .judgement import LEVELS, Issue, Judgement, Session, mask

SIGNS = {"violation": "violation ", "tolerated": "tolerated ", "incomplete": "incomplete"}
SARIF_LEVELS = {"violation": "error", "tolerated": "note", "incomplete": "warning"}
WIDTH, HEIGHT, LEFT = 860, 160, 56


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


# -- page ----------------------------------------------------------------------------------------------------------

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d9dee5;vertical-align:top}
.verdict{font-size:1.1rem;padding:.8rem 1rem;border-left:.4rem solid #24476b;background:#f2f5f8}
.violation{color:#9b1c1c}.tolerated{color:#5c4a00}.incomplete{color:#46505c}.bar rect{fill:#24476b}
svg{width:100%;height:auto}svg text{font-size:11px;fill:#46505c}svg path{fill:none;stroke-width:1.5}
"""


def page(judgement: Judgement) -> str:
    """One HTML page: verdict, timeline, curve, values, issues."""
    title = f"Charging session: {PurePath(mask(judgement.file)).name}"
    body = [f"<h1>{_e(title)}</h1>", f"<p>{_e(judgement.format)}, {judgement.frames:,} frames read.</p>"]
    remarks = [f"skipped {r['count']} from line {r['line']}: {r['reason']}" for r in judgement.skipped]
    remarks += [f"repaired: {r}" for r in judgement.repairs] + judgement.notes
    if remarks:
        body.append("<ul>" + "".join(f"<li>{_e(r)}</li>" for r in remarks) + "</ul>")
    for number, session in enumerate(judgement.sessions, 1):
        body.append(_page_session(session, number, session is judgement.session))
    if not judgement.sessions:
        body.append('<p class="verdict">No charging protocol was recognized in this recording.</p>')
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_e(title)}</title><style>{STYLE}</style></head><body><main>"
        + "\n".join(body)
        + "</main></body></html>\n"
    )


def _page_session(session: Session, number: int, main: bool) -> str:
    ending = session.story[-1].strip() if session.story else session.ended_by.says
    mark = " (the main one)" if main else ""
    parts = [
        f"<h2>Session {number}{mark}: {_e(session.family)} {_e(session.generation)}</h2>",
        f'<p class="verdict">{_e(ending)}</p>',
        f"<p>Reached {_e(session.reached or 'nothing')}. Timing: {_e(session.timing)}.</p>",
    ]
    if session.story[:-1]:
        parts.append("<h3>Timeline</h3>" + _bars(session))
        parts.append("<ol>" + "".join(f"<li>{_e(line.strip())}</li>" for line in session.story[:-1]) + "</ol>")
    if len(session.series) > 1 and session.timing == "judged":
        parts.append("<h3>Voltage, current and state of charge</h3>")
        for key, unit, color in (("voltage", "V", "#24476b"), ("current", "A", "#8a3b12"), ("soc", "%", "#1d6b3a")):
            parts.append(_curve(session, key, unit, color))
    energy, stated = session.energy["integral_kwh"], session.energy["declared_kwh"]
    if energy is not None:
        parts.append(
            f"<p>Energy by the output: {energy:g} kWh. Declared: {'none' if stated is None else f'{stated:g} kWh'}.</p>"
        )
    rows = "".join(
        f'<tr class="{i.level}"><td>{i.level}</td><td>{_e(i.rule)}</td>'
        f"<td>{_e(i.message)}</td><td>{i.line or ''}</td></tr>"
        for i in session.issues
    )
    parts.append(f"<h3>Issues</h3>{_table(('level', 'rule', 'what', 'line'), rows)}" if rows else "<p>No issues.</p>")
    rows = "".join(
        f"<tr><td>{_e(name)}</td><td>{_e(str(v['value']))} {_e(v['unit'])}</td><td>{v['line']}</td></tr>"
        for name, v in session.values.items()
    )
    parts.append(f"<h3>Last valid values</h3>{_table(('signal', 'value', 'line'), rows)}" if rows else "")
    return "\n".join(parts)


def _table(heads: tuple[str, ...], rows: str) -> str:
    return f"<table><thead><tr>{''.join(f'<th>{h}</th>' for h in heads)}</tr></thead><tbody>{rows}</tbody></table>"


def _bars(session: Session) -> str:
    """The stages as a strip over time; nothing when the times are unknown."""
    if session.timing != "judged" or not session.duration:
        return ""
    scale = (WIDTH - LEFT) / session.duration
    rows = []
    for index, stage in enumerate(session.stages):
        start, width = LEFT + stage["from"] * scale, max(1.0, (stage["to"] - stage["from"]) * scale)
        y = 14 + index * 16
        rows.append(f'<rect x="{start:.1f}" y="{y}" width="{width:.1f}" height="10"/>')
        rows.append(f'<text x="{min(start, WIDTH - 120):.1f}" y="{y - 2}">{_e(stage["name"])}</text>')
    height = 24 + 16 * len(session.stages)
    names = ", ".join(s["name"] for s in session.stages)
    label = f"Stages: {_e(names)}"
    return f'<svg class="bar" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(rows)}</svg>'


def _curve(session: Session, key: str, unit: str, color: str) -> str:
    points = [(s["time"], s[key]) for s in session.series if s[key] is not None and s["time"] is not None]
    numbers = [(float(t or 0), float(v or 0)) for t, v in points]
    if len(numbers) < 2:
        return ""
    start, end = numbers[0][0], max(numbers[-1][0], numbers[0][0] + 1e-6)
    low, high = min(0.0, *(v for _, v in numbers)), max(v for _, v in numbers) or 1.0
    spread = (high - low) or 1.0

    def place(t: float, v: float) -> str:
        x = LEFT + (t - start) / (end - start) * (WIDTH - LEFT - 8)
        return f"{x:.1f},{HEIGHT - 18 - (v - low) / spread * (HEIGHT - 32):.1f}"

    path = "M" + "L".join(place(t, v) for t, v in numbers)
    label = f"{key} over time, {low:g} to {high:g} {unit}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}"><path d="{path}" stroke="{color}"/>'
        f'<text x="2" y="16">{high:g} {unit}</text><text x="2" y="{HEIGHT - 18}">{low:g}</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 4}">{start:.0f} s</text>'
        f'<text x="{WIDTH - 60}" y="{HEIGHT - 4}">{end:.0f} s</text></svg>'
    )


def _e(text: str) -> str:
    return html.escape(mask(text))


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
