"""Installed bases of the user's tables -> shares, lock-in, curves and what-ifs, as data and as a page with charts.

Reading order: diffuse(), page().
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ..catalog import diffusion
from ..catalog.diffusion_files import read
from ..catalog.what_if import Change, what_if
from ..drawing import lines
from ..errors import BadInput
from .reviewing import library

MOST_YEARS = 60


def diffuse(
    files: Sequence[Path],
    *,
    mapping: Mapping[str, str] | None = None,
    means: str = "stock",
    against: Path | None = None,
    changes: Sequence[str] = (),
    until: int = 0,
    overlays: Sequence[Path] = (),
) -> dict[str, Any]:
    """The contract carnet/diffusion/1; raises BadInput with every problem."""
    catalog = library(None, overlays)
    rows = [r for path in files for r in read(path, mapping or {}, means, catalog)]
    installed = diffusion.base(rows, added=means != "stock")
    other = diffusion.base(read(against, mapping or {}, means, catalog), added=means != "stock") if against else None
    last = max(r.year for r in rows)
    until = until or last + 10
    if not last <= until <= last + MOST_YEARS:
        raise BadInput(f"--until {until}: the data end {last}; give a year up to {last + MOST_YEARS}")
    return {
        "schema": "carnet/diffusion/1",
        "until": until,
        "economies": [_economy(e, installed, other, until, catalog.name(e)) for e in installed.economies],
        "what_if": [_what_if(text, installed, until) for text in changes],
        "says": "shares of the installed base in the tables given; nothing else is known",
    }


def _economy(
    economy: str, installed: diffusion.Base, other: diffusion.Base | None, until: int, name: str
) -> dict[str, Any]:
    years = installed.years(economy)
    by_year = {y: diffusion.shares(installed, economy, y) for y in years}
    known = [y for y in years if by_year[y]]
    curves: list[dict[str, Any]] = []
    for option in installed.options(economy):
        series = [by_year[y].get(option, 0.0) for y in known]
        counts = [installed.stock[economy, option].get(y, 0.0) for y in known]
        for kind, values in (("logistic", series), ("bass", counts)):
            curve, why = diffusion.fit(kind, known, values, until)
            if curve is None:
                curves.append({"option": option, "kind": kind, "why_not": why})
            else:
                curves.append(
                    {
                        "option": option,
                        "kind": kind,
                        "points": curve.points,
                        "trend": "rises" if curve.rises else "falls",
                        "parameters": {n: {"value": v, "error": e} for n, (v, e) in curve.parameters.items()},
                        "years": list(curve.years),
                        "low": list(curve.low),
                        "mid": list(curve.mid),
                        "high": list(curve.high),
                        **({"half": diffusion.half(curve)} if kind == "logistic" else {}),
                    }
                )
    return {
        "economy": economy,
        "name": name,
        "years": known,
        "shares": {o: [by_year[y].get(o, 0.0) for y in known] for o in installed.options(economy)},
        "indices": diffusion.indices(installed, economy),
        "cross_side": diffusion.cross(installed, other, economy) if other else None,
        "curves": curves,
    }


def _what_if(text: str, installed: diffusion.Base, until: int) -> dict[str, Any]:
    parts = text.split(":")
    if len(parts) not in (3, 4, 5) or not parts[2].isdigit():
        raise BadInput(f"--what-if {text}: write ECONOMY:OPTION:YEAR, then :PART (0.4) and :RAMP (years) if you like")
    try:
        part = float(parts[3]) if len(parts) > 3 and parts[3] else None
        ramp = int(parts[4]) if len(parts) > 4 else 5
    except ValueError:
        raise BadInput(f"--what-if {text}: PART is a share such as 0.4, RAMP a number of years") from None
    if (part is not None and not 0 <= part <= 1) or not 1 <= ramp <= MOST_YEARS:
        raise BadInput(f"--what-if {text}: PART lies between 0 and 1, RAMP between 1 and {MOST_YEARS}")
    if parts[0] not in installed.economies:
        raise BadInput(f"--what-if {text}: the tables hold {', '.join(installed.economies)}")
    answer, why = what_if(installed, Change(parts[0], parts[1], int(parts[2]), part, ramp), until)
    if answer is None:
        return {"asked": text, "why_not": why}
    return {
        "asked": text,
        "economy": answer.economy,
        "years": list(answer.years),
        "before": {o: list(v) for o, v in answer.before.items()},
        "after": {o: list(v) for o, v in answer.after.items()},
        "half_before": answer.half_before,
        "half_after": answer.half_after,
        "assumed": list(answer.assumed),
    }


def page(told: dict[str, Any]) -> str:
    """One page with a chart of shares per economy and of every what-if, and the numbers in words."""
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Diffusion</title>',
        "<style>body{font:15px/1.5 sans-serif;margin:2rem;max-width:60rem;color-scheme:light dark}"
        "svg{max-width:100%;height:auto}</style><h1>De-facto standards</h1>",
        f"<p>{escape(told['says'])}</p>",
    ]
    for e in told["economies"]:
        years = [float(y) for y in e["years"]]
        title = f"Share of the installed base, {e['name']}"
        chart = lines([(o, years, values) for o, values in e["shares"].items()], "year", "share", title)
        parts.append(f"<h2>{escape(e['name'])}</h2>{chart}<p>{escape(economy_says(e))}</p>")
    for w in told["what_if"]:
        parts.append(f"<h2>What if {escape(w['asked'])}</h2>")
        if "why_not" in w:
            parts.append(f"<p>{escape(w['why_not'])}</p>")
            continue
        years = [float(y) for y in w["years"]]
        drawn = [(f"{o}, with", years, v) for o, v in w["after"].items()]
        parts.append(lines(drawn, "year", "share", f"What if {w['asked']}"))
        parts.append("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in what_if_says(w)) + "</ul>")
    return "\n".join(parts) + "\n"


def economy_says(e: dict[str, Any]) -> str:
    """The last year of an economy in a sentence."""
    if not e["indices"]:
        return "nothing stands there"
    last = e["indices"][-1]
    shares = ", ".join(f"{o} {v[-1]:.1%}" for o, v in sorted(e["shares"].items(), key=lambda s: -s[1][-1]))
    switching = "not known" if last["switching"] is None else f"{last['switching']:.1%}"
    text = f"{last['year']}: {shares}; HHI {last['hhi']:.3f}, {last['effective']:.2f} effective options"
    text += f", {switching} of what came went against the leader"
    if e["cross_side"]:
        text += f"; {e['cross_side'][-1]['match']:.1%} of meetings match across the two sides"
    return text


def what_if_says(w: dict[str, Any]) -> list[str]:
    """A what-if in sentences, its assumptions first."""
    if "why_not" in w:
        return [f"{w['asked']}: {w['why_not']}"]
    end = w["years"][-1]
    found = [f"assumed: {a}" for a in w["assumed"]]
    for option in w["after"]:
        a, b = w["half_before"][option], w["half_after"][option]
        found.append(
            f"{option}: {w['after'][option][-1]:.1%} in {end} ({w['before'][option][-1]:.1%} without); "
            f"one half {f'from {b}' if b else f'not by {end}'} ({f'from {a}' if a else 'never'} without)"
        )
    return found
