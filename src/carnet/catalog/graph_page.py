"""The graph of standards as a drawing and a page: editions in a row of their family, what they lead to, who asks.

Reading order: drawing(), page().
"""

from __future__ import annotations

from html import escape
from typing import Any

from ..drawing import PALETTE, Canvas, heat
from ..drawing.canvas import clip
from .form import RUNGS

ROW, BOX, MOST_ROWS = 26.0, 210.0, 90
COLORS = {"replaces": PALETTE[7], "asks": PALETTE[0], "bound": PALETTE[2]}


def drawing(told: dict[str, Any]) -> str:
    """Standards in the middle in family order, markets on the right; curves are the edges, named in their hints."""
    order = sorted(
        (n for n in told["nodes"] if n["kind"] == "standard"),
        key=lambda n: (n["family"] or n["id"], n["series"] if n["series"] is not None else 0, n["id"]),
    )
    shown = order[:MOST_ROWS]
    markets = [n for n in told["nodes"] if n["kind"] == "market"][:MOST_ROWS]
    sheet = Canvas(f"{len(order)} standards, {len(told['edges'])} edges", 900.0)
    left, right = 150.0, sheet.width - BOX
    at = {n["id"]: (left, ROW * i + 10) for i, n in enumerate(shown)}
    at |= {n["id"]: (right, ROW * i + 10) for i, n in enumerate(markets)}
    for edge in told["edges"]:
        if edge["from"] not in at or edge["to"] not in at:
            continue
        (x1, y1), (x2, y2) = at[edge["from"]], at[edge["to"]]
        hint = f"{edge['from']} {edge['kind']} {edge['to']}. {edge['note']}".strip()
        if x1 == x2:  # both standards: a bow on the left
            bow = max(6.0, x1 - 14 - 0.35 * abs(y2 - y1))
            d = f"M{x1:.1f} {y1:.1f}C{bow:.1f} {y1:.1f} {bow:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        else:
            d = f"M{x1:.1f} {y1:.1f}C{(x1 + x2) / 2:.1f} {y1:.1f} {(x1 + x2) / 2:.1f} {y2:.1f} {x2 + BOX:.1f} {y2:.1f}"
        sheet.path(d, max(y1, y2), stroke=COLORS.get(edge["kind"], PALETTE[1]), width=1.2, hint=hint)
    for node in [*shown, *markets]:
        x, y = at[node["id"]]
        sheet.rect(x, y - 9, BOX, 18, PALETTE[0] if node["kind"] == "standard" else PALETTE[2], node["title"], 0.14)
        text = node["id"] if node["kind"] == "standard" else f"{node['title']} ({node['id']})"
        sheet.text(x + 6, y + 4, clip(text, BOX - 10, 11), size=11)
    if len(order) > MOST_ROWS:
        sheet.text(left, sheet.height + 16, f"and {len(order) - MOST_ROWS} more: narrow with --standard or --topic")
    return sheet.svg()


def rungs(told: dict[str, Any]) -> str:
    """The ladder as a heat map: the latest rung of each text in each market, 0 not mentioned to 5 adopted."""
    latest: dict[tuple[str, str], float | None] = {}
    for row in told["ladder"]:
        if row["step"] is not None:
            latest[row["text"], row["market"]] = float(row["step"])
    texts = sorted({t for t, _ in latest})
    markets = sorted({m for _, m in latest})
    values = [[latest.get((t, m)) for m in markets] for t in texts]
    return heat(texts, markets, values, "rung", "The ladder: " + ", ".join(f"{i} {r}" for i, r in enumerate(RUNGS)))


def page(told: dict[str, Any]) -> str:
    """One file that stands alone: the drawing, the ladder, and every edge and proposal in tables."""
    edges = [
        [e["from"], e["kind"], e["to"], "; ".join([e["note"], *e["residual"]]).strip("; "), _source(e)]
        for e in told["edges"]
    ]
    proposals = [
        [p["symbol"], p["title"], p["sponsor"], p["day"], p["outcome"], p["binds_when"]] for p in told["proposals"]
    ]
    ladder = [
        [r["text"], r["market"], (r["rung"] or "not known").replace("_", " "), r["day"] or "-", r["asks"]]
        for r in told["ladder"]
    ]
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Standards</title>',
        "<style>body{font:15px/1.5 sans-serif;margin:2rem;max-width:75rem;color-scheme:light dark}"
        "table{border-collapse:collapse}td,th{border-bottom:1px solid;padding:.2rem .5rem;text-align:left;"
        "vertical-align:top}svg{max-width:100%;height:auto}</style>",
        f"<h1>Standards</h1><p>{len(told['nodes'])} nodes, {len(told['edges'])} edges.</p>{drawing(told)}",
        "<h2>Edges</h2>" + _table(["from", "is", "to", "what it says and leaves to test", "source"], edges),
        "<h2>Proposals</h2>" + _table(["document", "title", "sponsor", "day", "outcome", "binds when"], proposals),
    ]
    if ladder:
        parts += [
            "<h2>Ladder of influence</h2>",
            rungs(told),
            _table(["text", "market", "rung", "day", "asks"], ladder),
        ]
    return "\n".join(parts) + "\n"


def _source(edge: dict[str, Any]) -> str:
    return f"{edge['source']}{'; reported, not read' if edge['reported'] else ''}"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
