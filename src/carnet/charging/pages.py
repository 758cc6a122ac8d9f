"""What a rehearsal came to, and what a convergence lays side by side, as pages and for code hosts.

A rehearsal's page is the judge's page with the outcome above it, so that a fitter reads one layout for both.
Reading order: rehearsal_page(), rehearsal_sarif(), converge_page().
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

from ..drawing import stacked
from .converge import Convergence
from .diverge import Difference
from .judgement import Judgement, mask
from .report import STYLE, page, sarif

HOWS = ("carried", "computed", "synthesized", "lost")
MEANS = {
    "carried": "the same value",
    "computed": "unit, rounding or bound changes",
    "synthesized": "the gateway must make it up; it never raises a limit",
    "lost": "the other side never hears of it",
}


def _e(text: str) -> str:
    return html.escape(mask(text))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{_e(h)}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{_e(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def rehearsal_page(
    title: str,
    outcome: str,
    lines: Sequence[str],
    judged: Sequence[tuple[str, Judgement]],
    differences: Sequence[Difference] = (),
) -> str:
    """Outcome, what else must be known, where the twin and the log part, then every bus as the judge sees it."""
    top = [f"<h1>{_e(title)}</h1>", f'<p class="verdict">{_e(outcome)} (simulated)</p>']
    top += [f"<p>{_e(line)}</p>" for line in lines]
    if differences:
        rows = [(d.kind, d.says, str(d.line or "")) for d in differences]
        top.append("<h2>Where the twin and the log part</h2>" + _table(("kind", "what", "line"), rows))
    whole = page(judged[0][1])
    body = [whole.partition("<main>")[2].partition("</main>")[0]]
    body += [page(one).partition("<main>")[2].partition("</main>")[0] for _, one in judged[1:]]
    named = [
        (f"<h2>{_e(name)}</h2>" if name else "") + text.replace("<h1>", "<h3>").replace("</h1>", "</h3>")
        for (name, _), text in zip(judged, body, strict=True)
    ]
    head = (
        whole.partition("<title>")[0]
        + f"<title>{_e(title)}</title>"
        + whole.partition("</title>")[2].partition("<main>")[0]
    )
    return head + "<main>" + "\n".join([*top, *named]) + "</main></body></html>\n"


def rehearsal_sarif(outcome: str, reason: str, judged: Sequence[Judgement], version: str) -> str:
    """The judge's results, and the outcome of the rehearsal as one more when it failed."""
    log = json.loads(sarif(list(judged), version))
    run = log["runs"][0]
    if outcome == "fails":
        rules = run["tool"]["driver"]["rules"]
        rules.append({"id": "rehearsal.fails", "shortDescription": {"text": "the rehearsed session fails"}})
        run["results"].insert(
            0,
            {
                "ruleId": "rehearsal.fails",
                "ruleIndex": len(rules) - 1,
                "level": "error",
                "message": {"text": f"{reason} (simulated)"},
                "locations": run["results"][0]["locations"] if run["results"] else [],
            },
        )
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def converge_page(found: Convergence) -> str:
    """Counts, signals by message and side, the sequence with its slack, the layers."""
    title = f"Vehicle {found.vehicle} at charger {found.charger}"
    counts = {how: found.count(how) for how in HOWS}  # type: ignore[arg-type]
    says = ", ".join(f"{n} {how}" for how, n in counts.items())
    parts = [f"<h1>{_e(title)}</h1>", f'<p class="verdict">{_e(says)}</p>']
    parts.append(_table(("label", "means", "signals"), [(how, MEANS[how], str(counts[how])) for how in HOWS]))
    chart = [
        (
            f"{side}: {message}",
            [
                float(
                    sum(x.how == how and x.side == side and _message(x.signal or x.to) == message for x in found.labels)
                )
                for how in HOWS
            ],
        )
        for side in ("vehicle", "charger")
        for message in dict.fromkeys(_message(x.signal or x.to) for x in found.labels if x.side == side)
    ]
    parts.append("<h2>Signals by message</h2>" + stacked(chart, HOWS, "signals", "Signals by message and label"))
    for side in ("vehicle", "charger"):
        rows = [(x.signal or "-", x.to or "-", x.how, x.note) for x in found.labels if x.side == side]
        parts.append(f"<h2>What the {side} says</h2>" + _table(("from", "to", "label", "note"), rows))
    steps = [(phase, how, "" if slack is None else f"{slack:g} s", why) for phase, how, slack, why in found.sequence]
    parts.append("<h2>Sequence</h2>" + _table(("phase", "carried", "to spare", "why"), steps))
    known = {True: "same", False: "differs", None: "unknown"}
    layers = [
        (
            x.layer,
            x.a or "not public",
            x.b or "not public",
            known[x.same] + (f": {x.published_in}" if x.published_in else ""),
        )
        for x in found.layers
    ]
    parts.append("<h2>Layers</h2>" + _table(("layer", "one family", "the other", "comparison"), layers))
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_e(title)}</title>'
    return f"{head}<style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"


def _message(signal: str) -> str:
    return signal.partition(".")[0]
