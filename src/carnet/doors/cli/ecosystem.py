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
