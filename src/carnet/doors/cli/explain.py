"""carnet why and carnet words: everything a reader needs to check an answer, in plain text."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import out
from .options import EventOption, Known, NoCache, On, With, day, event, one_of

WIDTH = 100


def why(
    id: Annotated[str, typer.Argument(help="The id of a rule (th.reess.safety) or a finding (th.reess.safety@pack).")],
    project: Annotated[Path | None, typer.Argument(help="The project file, to see its facts.")] = None,
    market: Annotated[str, typer.Option("--market", metavar="CODE", help="Only in this market.")] = "",
    on: On = "",
    known: Known = "",
    event_: EventOption = "",
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """Why: the rule in our words, its source and history, each fact and where it comes from, what would change it."""
    from ... import app as engine

    one_of(format, "--format", ("human", "json"))
    asked = {"on": day(on, "--on"), "known": day(known, "--known"), "event": event(event_)}
    if project:
        dossier, catalog = engine.review_project(project, overlays=with_, cache=not no_cache, **asked)
    else:
        catalog = engine.library(None, with_, cache=not no_cache)
        dossier = engine.empty_project(catalog, **asked)
    found = engine.explain(id, dossier, catalog, market)
    if format == "json":
        out(json.dumps(found[0] if len(found) == 1 else found, ensure_ascii=False, indent=2))
    else:
        out("\n\n".join(why_text(f) for f in found))


def words(
    family: Annotated[
        str,
        typer.Argument(help="A family (charger), a fact name, or: kinds, products, topics, units, evidence, terms."),
    ] = "",
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
    with_: With = [],  # noqa: B006
) -> None:
    """The vocabulary: every fact a project can state and a rule can ask, with type, unit and meaning."""
    from ... import app as engine

    one_of(format, "--format", ("human", "json"))
    found = engine.vocabulary(family, with_)
    if format == "json":
        out(json.dumps({"schema": "carnet/words/1", "rows": found}, ensure_ascii=False, indent=2))
        return
    for row in found:
        kind = f"  [{row['type']}]" if row.get("type") else ""
        out(f"{row['id']}{kind}")
        out(_wrap(row["means"], 4))


def _wrap(text: str, indent: int) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent)


def _source(found: dict[str, Any]) -> str:
    issued = f", issued {found['issued']}" if found.get("issued") else ""
    title = f": {found['title']}" if found.get("title") else ""
    seen = f"seen {found['seen']}" if found.get("seen") else "never looked up"
    grade = found["class"].replace("_", " ")
    mark = " - reported, not read" if found.get("reported") else ""
    publisher = found.get("publisher") or "publisher not stated"
    return f"{found['number']}{title} ({publisher}{issued}; {grade}, {found['read']}, {seen}){mark}"


def why_text(f: dict[str, Any]) -> str:
    """An explanation as text."""
    lines = [f"{f.get('finding') or f['rule']}  in {f['market_name']}", _wrap(f["title"], 2)]
    if "verdict" in f:
        lines += ["", f"verdict   {f['verdict'].replace('_', ' ')}", _wrap(f["because"], 10)]
        if f["question"]:
            lines.append(_wrap(f"ask next: {f['question']}", 10))
    if "history" not in f:
        return "\n".join(lines)
    standing = f["standing"].replace("_", " ") if f["standing"] else "unknown"
    lines += [
        "",
        f"standing  {standing} on {f['on']} for {f['event'].replace('_', ' ')}, as known on {f['known']}",
        f"force     {f['force'] or 'unknown'}",
    ]
    lines += [_wrap(n, 10) for n in f["notes"]]
    for step in f["history"]:
        whom = f" for {step['event'].replace('_', ' ')}" if step["event"] else ""
        hidden = "" if step["counts"] else "  (not known by then)"
        seen = f"seen {step['seen']}" if step["seen"] else "remembered"
        lines.append(
            f"          {step['from']}: {step['standing'].replace('_', ' ')}{whom} "
            f"[{step['source'] or 'no source'}; {seen}]{hidden}"
        )
    lines += ["", "source", _wrap(_source(f["source"]), 10)]
    lines += [_wrap(f"clause {f['clause']}", 10)] if f["clause"] else []
    if f["inherited"]:
        lines.append(_wrap("inherited through " + ", then ".join(i["name"] for i in f["inherited"]), 10))
    lines.append(f"          written at {f['written_at']}")
    for head in ("applies", "demands"):
        if f[head]:
            lines += ["", head, _wrap(f[head], 10)]
    if f["accepted_evidence"]:
        lines.append(_wrap("shown by: " + ", ".join(e.replace("_", " ") for e in f["accepted_evidence"]), 10))
    for test in f.get("tests", []):
        lines.append(_wrap(f"[{test['truth']}] {test['test']}", 10))
        lines += [_wrap(o, 14) for o in test["origins"]]
    for head in ("asks", "conflict", "note"):
        if f[head]:
            lines += ["", head, _wrap(f[head], 10)]
    lines += _instead(f)
    if f.get("would_change"):
        lines += ["", "what would change it", *[_wrap("- " + w, 10) for w in f["would_change"]]]
    if f["examples"]:
        lines += [
            "",
            "examples",
            *[_wrap(f"- {e['says']} -> {e['then'].replace('_', ' ')}", 10) for e in f["examples"]],
        ]
    return "\n".join(lines)


def _instead(f: dict[str, Any]) -> list[str]:
    lines = []
    if f["instead"]:
        lines += ["", "accepted instead"]
        for r in f["instead"]:
            lines.append(
                _wrap(
                    f"- {r['id']}: {r['title']} [{r['strength']}, {(r['standing'] or 'unknown').replace('_', ' ')}]", 10
                )
            )
            lines += [_wrap(f"still to do: {w}", 14) for w in r["residual"]] + [
                _wrap(f"check: {c}", 14) for c in r["conditions"]
            ]
    if f["related"]:
        lines += ["", "technically related (no legal acceptance)"]
        for r in f["related"]:
            more = f"; left to test: {', '.join(r['residual'])}" if r["residual"] else ""
            lines.append(_wrap(f"- {r['standard']} {r['kind']} to {r['to']}{more}", 10))
    return lines


def row_text(found: dict[str, Any]) -> str:
    """One library row as text."""
    standing = found["standing"] or {}
    lines = [f"{found['id']}  ({found['table']}, {found['written_at']})"]
    lines += [
        _wrap(f"{k}: {v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)}", 2)
        for k, v in found["row"].items()
        if k not in ("id", "examples")
    ]
    if standing.get("now"):
        lines.append(f"  standing on {found['on']}: {standing['now'].replace('_', ' ')}, as known on {found['known']}")
        lines += [
            f"    {e.replace('_', ' ')}: {(s or 'unknown').replace('_', ' ')}"
            for e, s in standing.get("by_event", {}).items()
        ]
    for step in found["history"]:
        seen = f"seen {step['seen']}" if step["seen"] else "remembered"
        whom = f" for {step['event'].replace('_', ' ')}" if step["event"] else ""
        lines.append(f"    {step['from']}: {step['standing'].replace('_', ' ')}{whom} ({seen})")
    for name, source in found["sources"].items():
        lines.append(_wrap(f"source {name}: {_source({**source, 'reported': False})}", 2))
    if found["spoken_of_by"]:
        lines.append(_wrap("spoken of by " + ", ".join(r["id"] for r in found["spoken_of_by"]), 2))
    return "\n".join(lines)


def diff_text(found: dict[str, Any]) -> str:
    """Two libraries compared, as text."""
    lines = [f"{len(found['changes'])} differences between {found['before']} and {found['after']}"]
    for c in found["changes"]:
        where = f"{c['market_name']}: " if c["market"] else ""
        what = "" if c["change"] in ("new", "gone", "standing") else f"{c['change']} "
        moved = f"{_said(c['from'])} -> {_said(c['to'])}"
        if c["change"] in ("new", "gone"):
            moved = f"{c['change']} ({_said(c['to'] or c['from'])})"
        lines.append(_wrap(f"{where}{c['title'] or c['id']} [{c['id']}] {what}{moved}", 2))
    for p in found["projects"]:
        lines.append(f"  {p['project']}: {p['changed']} findings change verdict or standing")
    if found["projects"]:
        lines.append(
            f"{sum(p['changed'] > 0 for p in found['projects'])} of your {len(found['projects'])} projects change"
        )
    return "\n".join(lines)


def _said(value: Any) -> str:
    return "unknown" if value is None else value.replace("_", " ") if isinstance(value, str) else str(value)


def stale_text(rows: list[dict[str, Any]], older: str) -> str:
    """Neglected sources as text."""
    if not rows:
        return f"Every source was looked at within {older}."
    lines = [f"{len(rows)} sources not looked at within {older}"]
    for r in rows:
        age = f"{r['days']} days ago ({r['seen']})" if r["days"] is not None else "never looked up"
        lines.append(
            _wrap(
                f"{r['file']}: {r['source']} {r['number']} [{r['class'].replace('_', ' ')}, {r['read']}] {age}; "
                f"{len(r['rows'])} rows: {', '.join(r['rows'][:6])}",
                2,
            )
        )
    return "\n".join(lines)


def quality_text(q: dict[str, Any]) -> str:
    """The quality report as text."""
    from .tables import table

    lines = [
        f"{q['rules']} rules with a demand, {q['questions']} questions",
        f"{q['official_share']:.0%} of the rules rest on official, standards-body or law-firm sources",
        "",
    ]
    lines.append(table(["class of source", "rules"], q["by_class"].items(), [20, 8]))
    lines += ["", table(["how it was read", "rules"], q["by_reading"].items(), [20, 8]), ""]
    lines.append(
        table(
            ["market", "rules", "official", "remembered"],
            [[m, c["rows"], c["official"], c["remembered"]] for m, c in q["by_market"].items()],
            [10, 8, 10, 10],
        )
    )
    return "\n".join(lines)
