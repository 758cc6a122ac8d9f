"""carnet catalog recognize, gap and graph: markets beside each other, editions beside each other, who follows whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import out, write_all
from .options import Known, On, With, day, one_of
from .tables import table

Format = Annotated[str, typer.Option("--format", help="human or json")]
Projects = Annotated[list[Path], typer.Option("--projects", metavar="P", help="A project file (may be repeated).")]


def recognize(
    a: Annotated[str, typer.Argument(metavar="A", help="The market that would accept.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The market whose evidence it would accept.")],
    topic: Annotated[str, typer.Option("--topic", metavar="TOPIC", help="Only this topic.")] = "",
    projects: Projects = [],  # noqa: B006
    draft: Annotated[
        Path | None, typer.Option("--draft", metavar="FILE", help="Write a draft recognition in the library's form.")
    ] = None,
    on: On = "",
    known: Known = "",
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """Compare two markets, requirement by requirement: identical, equivalent with tests left, different, unknown."""
    from ...app import recognizing as engine

    one_of(format, "--format", ("human", "json"))
    found = engine.recognize(
        a, b, topic=topic, on=day(on, "--on"), known=day(known, "--known"), projects=projects, overlays=with_
    )
    told = engine.contract(found)
    if draft:
        write_all([(draft, lambda: engine.draft(found))])
    out(json.dumps(told, ensure_ascii=False, indent=2) if format == "json" else recognize_text(told))


def recognize_text(told: dict[str, Any]) -> str:
    """The comparison for a terminal."""
    counts = ", ".join(f"{n} {g}" for g, n in told["counts"].items())
    lines = [f"What evidence made for {told['from_name']} says in {told['accepts_name']}, {told['on']}: {counts}", ""]
    rows = [
        [
            r["grade"] + ("; reported, not read" if r["reported"] else ""),
            r["rule"],
            r["counterpart"] or "-",
            "; ".join([r["because"], *(f"left: {t}" for t in r["residual"]), *(f"by {i}" for i in r["recognized_by"])]),
        ]
        for r in sorted(told["rows"], key=lambda r: (GRADES.index(r["grade"]), r["topic"], r["rule"]))
    ]
    lines.append(table(["grade", "rule", "counterpart", "why, and what is left"], rows, [14, 30, 30, 52]))
    for w in told["worth"]:
        lines += ["", *_worth(w, told["accepts_name"])]
    return "\n".join(lines)


GRADES = ("different", "equivalent", "identical", "unknown")


def _worth(w: dict[str, Any], name: str) -> list[str]:
    if not w["goes_there"]:
        return [f"{w['project']} does not go to {name}: nothing is saved there."]
    cost = "; ".join(f"{c['low']} to {c['high']} {c['currency']}" for c in w["cost"]) or "no priced step"
    lines = [
        f"{w['project']}: {w['findings']} open findings would rest on that evidence instead of {len(w['steps'])} steps:"
    ]
    lines.append(
        f"  {cost}, {w['weeks']['low']} to {w['weeks']['high']} weeks ({w['weeks']['means']}); unquoted ranges"
    )
    lines += [f"  saved: {s['title']} ({s['id']})" for s in w["steps"]]
    lines += [f"  left: {r}" for r in w["left"]]
    lines += [f"  without a priced step: {', '.join(w['unpriced'])}"] if w["unpriced"] else []
    lines += [f"  at once, with papers in hand: {c['finding']} {c['from']} -> {c['to']}" for c in w["at_once"]]
    return lines


def gap(
    have: Annotated[str, typer.Argument(metavar="HAVE", help="The edition in hand, as printed.")],
    want: Annotated[str, typer.Argument(metavar="WANT", help="The edition asked for.")],
    projects: Projects = [],  # noqa: B006
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """From one edition of a standard to another: what is recorded of the difference, who asks for which."""
    from ...app import recognizing as engine

    one_of(format, "--format", ("human", "json"))
    told = engine.gap(have, want, projects=projects, overlays=with_)
    out(json.dumps(told, ensure_ascii=False, indent=2) if format == "json" else gap_text(told))


def gap_text(told: dict[str, Any]) -> str:
    """The gap for a terminal."""
    a, b = told["from"], told["to"]
    lines = [f"{a} -> {b}: {told['grade']}. {told['because'][0].upper()}{told['because'][1:]}."]
    for text in (a, b):
        steps = "; ".join(
            f"{(s.get('standing') or '').replace('_', ' ')} {s.get('from', 'unknown')}"
            + (f" for {s['event'].replace('_', ' ')}" if s.get("event") else "")
            for s in told["history"][text]
        )
        lines += [f"  {text}: {told['titles'][text]}", f"      {steps or 'no dated step'}"]
        lines += [f"      {told['notes'][text]}"] if told["notes"][text] else []
    lines += [f"  left to test: {r}" for r in told["residual"]]
    lines += [f"  both relate to {', '.join(told['both_relate_to'])}"] if told["both_relate_to"] else []
    lines += [f"  either is taken by {', '.join(told['asked_by_both'])}"] if told["asked_by_both"] else []
    lines += [f"  only {t} is asked by {', '.join(ids)}" for t, ids in told["asked_only"].items() if ids]
    lines += [f"  a step that brings {b}: {s['title']} ({s['id']})" for s in told["steps"]]
    lines += [
        f"  {p['project']}: {p['evidence']} is to {a}"
        + (", and a paper to the other is there" if p["has_newer"] else "")
        for p in told["papers"]
    ]
    lines += [f"  asks: {told['question']}"] if told["question"] else []
    return "\n".join(lines)


def graph(
    standard: Annotated[str, typer.Option("--standard", metavar="TEXT", help="Around this standard.")] = "",
    topic: Annotated[str, typer.Option("--topic", metavar="TOPIC", help="Only this topic.")] = "",
    market: Annotated[str, typer.Option("--market", metavar="CODE", help="What this market asks for.")] = "",
    format: Annotated[str, typer.Option("--format", help="human, json, dot, svg or html")] = "human",
    on: On = "",
    with_: With = [],  # noqa: B006
) -> None:
    """The standards as a graph: families, crosswalks, who asks for what, who proposes, the ladder of influence."""
    from ... import app as engine
    from ...catalog import graph as standards
    from ...catalog import graph_page

    one_of(format, "--format", ("human", "json", "dot", "svg", "html"))
    told = standards.contract(standards.graph(engine.library(None, with_), standard, topic, market, day(on, "--on")))
    shown = {
        "human": lambda: graph_text(told),
        "json": lambda: json.dumps(told, ensure_ascii=False, indent=2),
        "dot": lambda: standards.dot(told),
        "svg": lambda: graph_page.drawing(told),
        "html": lambda: graph_page.page(told),
    }
    out(shown[format]())


def graph_text(told: dict[str, Any]) -> str:
    """The graph for a terminal: families with their editions, then edges, proposals and rungs."""
    shelf = [n for n in told["nodes"] if n["kind"] == "standard"]
    lines = [f"{len(shelf)} standards, {len(told['edges'])} edges, {len(told['proposals'])} proposals"]
    families: dict[str, list[dict[str, Any]]] = {}
    for node in shelf:
        families.setdefault(node["family"] or node["id"], []).append(node)
    for _, nodes in sorted(families.items()):
        nodes.sort(key=lambda n: (n["series"] if n["series"] is not None else 0, n["id"]))
        lines.append("")
        for node in nodes:
            lines.append(f"{node['id']}  [{node['standing'].replace('_', ' ')}; {node['publisher']}]  {node['title']}")
            for e in told["edges"]:
                if e["from"] == node["id"]:
                    left = f"; left to test: {'; '.join(e['residual'])}" if e["residual"] else ""
                    weak = "; reported, not read" if e["reported"] else ""
                    lines.append(f"    {e['kind']} {e['to']}" + (f": {e['note']}" if e["note"] else "") + left + weak)
                elif e["to"] == node["id"] and e["kind"] in ("asks", "bound"):
                    lines.append(f"    {e['kind']} by {e['from']}: {e['note']}")
    if told["proposals"]:
        lines += ["", "Proposals"]
        for p in told["proposals"]:
            lines.append(f"  {p['day']}  {p['symbol']}: {p['title']} ({p['sponsor']}; {p['outcome']})")
    known = [r for r in told["ladder"] if r["rung"]]
    if told["ladder"]:
        lines += ["", f"Ladder: {len(known)} rungs known, {len(told['ladder']) - len(known)} asked"]
        lines += [
            f"  {r['text']} in {r['market']}: {r['rung'].replace('_', ' ')} ({r['day']})"
            + (", against it" if r["against"] else "")
            + ("; reported, not read" if r["reported"] else "")
            for r in known
            if r["step"]
        ]
    return "\n".join(lines)


def diffusion(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Your tables, CSV or Parquet.")],
    map_: Annotated[
        list[str], typer.Option("--map", metavar="FIELD=COLUMN", help="economy, year, option or count.")
    ] = [],  # noqa: B006
    rows: Annotated[
        str, typer.Option("--rows", help="stock: counts that stand; added: that came; things: one row each")
    ] = "stock",
    against: Annotated[
        Path | None, typer.Option("--against", metavar="FILE", help="The other side, such as vehicles to chargers.")
    ] = None,
    what_if: Annotated[
        list[str], typer.Option("--what-if", metavar="ECONOMY:OPTION:YEAR", help="It is accepted there from then on.")
    ] = [],  # noqa: B006
    until: Annotated[int, typer.Option("--until", metavar="YEAR", help="How far to carry on.")] = 0,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with charts.")] = None,
    format: Format = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """What is really installed: shares by economy over time, lock-in, adoption curves, what-ifs, from your tables."""
    from ...app import diffusing as engine
    from ...errors import BadInput

    one_of(format, "--format", ("human", "json"))
    one_of(rows, "--rows", ("stock", "added", "things"))
    mapping = {}
    for pair in map_:
        field, equals, column = pair.partition("=")
        if not equals:
            raise BadInput(f"--map {pair}: write FIELD=COLUMN, such as option=connector")
        mapping[field.strip()] = column.strip()
    told = engine.diffuse(
        files, mapping=mapping, means=rows, against=against, changes=what_if, until=until, overlays=with_
    )
    if html:
        write_all([(html, lambda: engine.page(told))])
    if format == "json":
        out(json.dumps(told, ensure_ascii=False, indent=2))
        return
    lines = []
    for e in told["economies"]:
        lines.append(f"{e['name']}, {engine.economy_says(e)}")
        for c in e["curves"]:
            if c["kind"] == "logistic":
                lines.append(f"  {c['option']}: " + (f"no curve, {c['why_not']}" if "why_not" in c else _curve(c)))
    for w in told["what_if"]:
        lines += ["", f"What if {w['asked']}", *(f"  {line}" for line in engine.what_if_says(w))]
    out("\n".join(lines))


def _curve(c: dict[str, Any]) -> str:
    half = c["half"]
    mark = "reaches one half" if c["trend"] == "rises" else "falls under one half"
    when = f"{mark} in {half['mid']}" if half["mid"] else f"never {mark} within these years"
    span = f" (from {half['early'] or 'never'} to {half['late'] or 'never'})"
    end = f"{c['years'][-1]}: {c['low'][-1]:.1%} to {c['high'][-1]:.1%}, middle {c['mid'][-1]:.1%}"
    return f"{when}{span}; {end}; 90 % interval of the fit"
