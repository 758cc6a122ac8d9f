"""A watch list in words: for the terminal, and as Markdown.

Reading order: human(), markdown().
"""

from __future__ import annotations

from typing import Any

from .tables import table

MOST_KNOWN = 12
Rows = list[list[str]]


def _sections(found: dict[str, Any]) -> list[tuple[str, list[str], Rows, list[int], str]]:
    """(title, heads, rows, widths, what to say when there are none) of every part."""
    several = len(found["projects"]) > 1
    steps = [
        [
            _span(r["day"], r["last_day"]),
            r["market"] or "-",
            r["id"],
            r["standing"].replace("_", " ") + (f" for {r['event'].replace('_', ' ')}" if r["event"] else ""),
            "; ".join((f"{p['id']}: " if several else "") + _would(p) for p in r["projects"])
            + ("; reported, not read" if r["reported"] else "")
            + ("; sources disagree" if r["conflict"] else ""),
        ]
        for r in found["transitions"]
    ]
    moved = [
        [
            r["day"],
            r["market"],
            r["finding"],
            f"{_word(r['from'])} -> {_word(r['to'])}",
            ", ".join(p["id"] for p in r["projects"]) if several else r["because"],
        ]
        for r in found["moves"]
    ]
    papers = [
        [
            r["day"],
            r["market"] or "-",
            r["evidence"],
            r["how"] + (f" by {r['rule']}" if r["rule"] else ""),
            r["standard"] + (f": {r['because']}" if r["because"] else ""),
        ]
        for r in found["evidence"]
    ]
    where: dict[str, list[str]] = {}
    for row in found["signals"]:
        where.setdefault(row["id"], []).append(row["market"])
    signals = [
        [r["next_look"] or "-", ", ".join(where[r["id"]]), r["id"], r["standing"].replace("_", " "), r["binds_when"]]
        for r in found["signals"]
        if r["market"] == where[r["id"]][0]
    ]
    waits = [[r["next_look"] or "-", r["market"], r["id"], r["standing"], r["waits_for"]] for r in found["waiting"]]
    columns = [21, 6, 28, 22, 40]
    return [
        ("Dated steps", ["day", "market", "text", "becomes", "for you"], steps, columns, "No dated step falls due."),
        ("Verdicts that move", ["day", "market", "finding", "moves", "why"], moved, columns, "No verdict moves."),
        ("Papers", ["day", "market", "paper", "how", "what"], papers, columns, "No paper ends."),
        (
            "Signals",
            ["next look", "market", "signal", "standing", "binds when"],
            signals,
            columns,
            "No signal touches this.",
        ),
        (
            "Waiting without a day",
            ["next look", "market", "text", "standing", "waits for"],
            waits,
            columns,
            "Nothing waits.",
        ),
    ]


def _would(project: dict[str, Any]) -> str:
    if project["would_be"]:
        return str(project["would_be"]).replace("_", " ") + ("" if project["binds"] else " (another event)")
    return ", ".join(project.get("about", [])) or "no paper names it"


def _word(verdict: str | None) -> str:
    return (verdict or "no finding").replace("_", " ")


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first}..{last}"


def _ages(found: dict[str, Any]) -> tuple[Rows, str]:
    """Per market: topics without a rule, the oldest look, what is only remembered."""
    rows = []
    for market in dict.fromkeys(r["market"] for r in found["knowledge"]):
        mine = [r for r in found["knowledge"] if r["market"] == market]
        days = [r["days"] for r in mine if r["days"] is not None]
        none = [r["topic"] for r in mine if r["days"] is None]
        shown = ", ".join(none[:MOST_KNOWN]) + (f" and {len(none) - MOST_KNOWN} more" if len(none) > MOST_KNOWN else "")
        rows.append(
            [
                market,
                f"{min(days)} to {max(days)}" if days else "-",
                str(sum(r["remembered"] for r in mine)),
                shown.replace("_", " ") or "none",
            ]
        )
    return rows, "days since somebody looked; topics nobody looked at, or of which no rule is known"


def human(found: dict[str, Any]) -> str:
    """The watch list for a terminal."""
    who = ", ".join(p["id"] for p in found["projects"])
    lines = [f"Watch list of {who}, after {found['from']} up to {found['until']}"]
    for title, heads, rows, widths, none in _sections(found):
        lines += ["", f"{title} ({len(rows)})", table(heads, rows, widths) if rows else f"  {none}"]
    ages, says = _ages(found)
    lines += ["", f"How old the knowledge is ({says})"]
    lines.append(table(["market", "days", "remembered", "never"], ages, [6, 12, 10, 88]))
    return "\n".join(lines)


def markdown(found: dict[str, Any]) -> str:
    """The watch list as Markdown."""
    who = ", ".join(p["id"] for p in found["projects"])
    lines = [f"# Watch list of {who}", "", f"After {found['from']} up to {found['until']}."]
    for title, heads, rows, _, none in _sections(found):
        lines += ["", f"## {title}", "", *(_grid(heads, rows) if rows else [none])]
    ages, says = _ages(found)
    lines += ["", "## How old the knowledge is", "", f"{says[0].upper()}{says[1:]}.", ""]
    return "\n".join([*lines, *_grid(["market", "days", "remembered", "never"], ages), ""])


def _grid(heads: list[str], rows: Rows) -> list[str]:
    def line(cells: list[str]) -> str:
        plain = (" ".join(c.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;") for c in cells)
        return f"| {' | '.join(plain)} |"

    return [line(heads), "|" + "---|" * len(heads), *(line(r) for r in rows)]
