"""A judgement as one HTML page: verdict, timeline, curves of voltage, current and charge, issues, last values.

Same judgement, same bytes; the page holds everything it shows, follows the reader's light or dark, and prints.
Reading order: page(), _session(), _timeline(), _curve().
"""

from __future__ import annotations

import html
from pathlib import PurePath

from ..drawing import gantt, lines
from .judgement import Judgement, Session, mask

STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#56606c;--paper:#fff;--panel:#f2f5f8;--line:#d9dee5;--mark:#24476b;
--violation:#9b1c1c;--tolerated:#6b5200;--incomplete:#46505c}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#a3abb5;--paper:#16181b;--panel:#20242a;--line:#363c44;
--mark:#8ab8e8;--violation:#f59a90;--tolerated:#e6c15c;--incomplete:#b4bcc6}}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:var(--ink);
background:var(--paper);overflow-wrap:break-word}
h1{font-size:1.4rem}h2{font-size:1.15rem;margin-top:2.4rem;border-top:2px solid var(--line);padding-top:1rem}
h3{font-size:1rem;margin:1.6rem 0 .4rem}figure{margin:0 0 1rem}figcaption{color:var(--soft);font-size:.88rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .6rem;
border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-size:.85rem}td.n{text-align:right;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}.verdict{font-size:1.1rem;padding:.8rem 1rem;border-left:.4rem solid var(--mark);
background:var(--panel)}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1.2rem;margin:.8rem 0}.facts dt{color:var(--soft)}
.facts dd{margin:0}ol.story{padding-left:1.4rem}ol.story code{color:var(--soft);font-size:.85rem}
.violation td:first-child{color:var(--violation);font-weight:600}.tolerated td:first-child{color:var(--tolerated)}
.incomplete td:first-child{color:var(--incomplete)}svg{width:100%;height:auto}
@media print{body{max-width:none;margin:0}details{display:block}}
"""
CURVES = (("voltage", "Output voltage", "V"), ("current", "Output current", "A"), ("soc", "State of charge", "%"))


def page(judgement: Judgement) -> str:
    """One HTML page: the main session first, the others in the order of the file."""
    title = f"Charging session: {PurePath(mask(judgement.file)).name}"
    body = [f"<h1>{_e(title)}</h1>", f"<p>{_e(judgement.format)}, {judgement.frames:,} frames read.</p>"]
    remarks = [f"skipped {r['count']} from line {r['line']}: {r['reason']}" for r in judgement.skipped]
    remarks += [f"repaired: {r}" for r in judgement.repairs] + judgement.notes
    if remarks:
        body.append("<ul>" + "".join(f"<li>{_e(r)}</li>" for r in remarks) + "</ul>")
    numbered = sorted(enumerate(judgement.sessions, 1), key=lambda row: row[1] is not judgement.session)
    for number, session in numbered:
        body.append(_session(session, number, len(numbered), main=session is judgement.session))
    if not judgement.sessions:
        body.append('<p class="verdict">No charging protocol was recognized in this recording.</p>')
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_e(title)}</title><style>{STYLE}</style></head><body><main>"
        + "\n".join(body)
        + "</main></body></html>\n"
    )


def _session(session: Session, number: int, count: int, *, main: bool) -> str:
    ending = session.story[-1].strip() if session.story else session.ended_by.says
    mark = " (the main one)" if main and count > 1 else ""
    parts = [
        f"<h2>Session {number}{mark}: {_e(session.family)} {_e(session.generation)}</h2>",
        f'<p class="verdict">{_e(ending)}</p>',
        _facts(session),
    ]
    if session.story[:-1]:
        parts.append("<h3>Timeline</h3>" + _timeline(session))
        parts.append('<ol class="story">' + "".join(f"<li>{_told(line)}</li>" for line in session.story[:-1]) + "</ol>")
    curves = [_curve(session, key, what, unit) for key, what, unit in CURVES]
    if session.timing == "judged" and any(curves):
        parts.append("<h3>Voltage, current and state of charge</h3>" + "".join(curves))
    rows = "".join(
        f'<tr class="{i.level}"><td>{i.level}</td><td>{_e(i.rule)}</td>'
        f'<td>{_e(i.message)}</td><td class="n">{i.line or ""}</td></tr>'
        for i in session.issues
    )
    parts.append(f"<h3>Issues</h3>{_table(('level', 'rule', 'what', 'line'), rows)}" if rows else "<p>No issues.</p>")
    rows = "".join(
        f'<tr><td>{_e(name)}</td><td class="n">{_e(str(v["value"]))}</td><td>{_e(v["unit"])}</td>'
        f'<td class="n">{v["line"]}</td></tr>'
        for name, v in session.values.items()
    )
    heads = ("signal", "value", "unit", "line")
    if rows:
        parts.append(
            f"<details><summary>Last valid values ({len(session.values)})</summary>{_table(heads, rows)}</details>"
        )
    return "\n".join(parts)


def _facts(session: Session) -> str:
    """What stands beside the verdict in a few words."""
    rows = [("Reached", session.reached or "nothing"), ("Timing", session.timing)]
    rows.append(("Answers for it", f"{session.responsible} ({session.confidence})"))
    energy, stated = session.energy["integral_kwh"], session.energy["declared_kwh"]
    if energy is not None or stated is not None:
        by_output = "unknown" if energy is None else f"{energy:g} kWh"
        rows.append(("Energy by the output", by_output))
        rows.append(("Energy declared", "none" if stated is None else f"{stated:g} kWh"))
    if any(session.transport.values()):
        rows.append(("Transport", ", ".join(f"{n} {name}" for name, n in session.transport.items())))
    if session.channel:
        rows.append(("Bus", session.channel))
    return '<dl class="facts">' + "".join(f"<dt>{_e(a)}</dt><dd>{_e(b)}</dd>" for a, b in rows) + "</dl>"


def _told(line: str) -> str:
    """A line of the story, its place set apart."""
    line = line.strip()
    place, colon, rest = line.partition(": ")
    return f"<code>{_e(place)}</code> {_e(rest)}" if colon else _e(line)


def _timeline(session: Session) -> str:
    """The stages as bars over time; nothing when the times are unknown."""
    if session.timing != "judged" or not session.duration:
        return ""
    rows = [(s["name"], float(s["from"]), float(s["to"]), "stage") for s in session.stages]
    says = "; ".join(f"{s['name']} from {s['from']:.1f} s to {s['to']:.1f} s" for s in session.stages)
    return f"<figure>{gantt(rows, 's', 'Stages of the session')}<figcaption>{_e(says)}</figcaption></figure>"


def _curve(session: Session, key: str, what: str, unit: str) -> str:
    points = [(s["time"], s[key]) for s in session.series if s[key] is not None and s["time"] is not None]
    if len(points) < 2:
        return ""
    xs, ys = [float(t or 0) for t, _ in points], [float(v or 0) for _, v in points]
    drawn = lines([(what, xs, ys)], "s", unit, f"{what} over time")
    says = f"{what}: {min(ys):g} to {max(ys):g} {unit}, {ys[-1]:g} {unit} at the end"
    return f"<figure>{drawn}<figcaption>{_e(says)}</figcaption></figure>"


def _table(heads: tuple[str, ...], rows: str) -> str:
    head = "".join(f"<th>{h}</th>" for h in heads)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _e(text: str) -> str:
    return html.escape(mask(text))
