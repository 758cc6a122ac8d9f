"""Plain tables for the terminal: comparisons, changes, documents, lists. Readable at 80 columns, without color."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

WIDTH = 100


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int]) -> str:
    """Columns of fixed width; long cells wrap, so that nothing is cut off."""
    lines = ["  ".join(h.ljust(w) for h, w in zip(heads, widths, strict=True)).rstrip()]
    lines.append("  ".join("-" * w for w in widths))
    for row in rows:
        cells = [textwrap.wrap(str(c if c is not None else "-"), w) or [""] for c, w in zip(row, widths, strict=True)]
        for n in range(max(len(c) for c in cells)):
            lines.append(
                "  ".join((c[n] if n < len(c) else "").ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()
            )
    return "\n".join(lines)


def side_by_side(comparison: dict[str, Any]) -> str:
    """Alternatives beside each other: one row per market and topic, one column per alternative."""
    names = [a["project"] for a in comparison["alternatives"]]
    width = max(12, min(24, 52 // max(1, len(names))))
    rows = [
        [r["market_name"], r["topic"].replace("_", " "), *[v or "-" for v in r["verdicts"]]] for r in comparison["rows"]
    ]
    heads = ["market", "topic", *[n[:width] for n in names]]
    totals = [
        "all",
        "",
        *[", ".join(f"{n} {v}" for v, n in a["counts"].items() if n) for a in comparison["alternatives"]],
    ]
    return table(heads, [*rows, totals], [16, 22, *[width] * len(names)])


def differences_text(rows: list[dict[str, Any]]) -> str:
    """What changed between two reviews."""
    if not rows:
        return "Nothing changed: every finding has the verdict and standing it had."
    lines = ["1 finding changed:" if len(rows) == 1 else f"{len(rows)} findings changed:"]
    for row in rows:
        was, now = row["verdict"]
        moved = f"{was} -> {now}" if was and now else f"new: {now}" if now else f"gone (was {was})"
        a, b = row["standing"]
        stood = f", standing {a or 'unknown'} -> {b or 'unknown'}" if a != b and was and now else ""
        lines.append(f"  {row['market']}  {row['id']}: {moved}{stood}")
        lines += textwrap.wrap(row["because"], WIDTH, initial_indent="      ", subsequent_indent="      ")
    return "\n".join(lines)


def change_text(effect: dict[str, Any]) -> str:
    """What a design change does to evidence and verdicts."""
    lines = [f"If {' and '.join(effect['changes'])}:", "", "Evidence"]
    rows = [
        [r["effect"], r["evidence"], r["standard"], r["why"]]
        for r in sorted(effect["evidence"], key=lambda r: ("void", "extend", "ask", "keep").index(r["effect"]))
    ]
    lines.append(
        table(["effect", "document", "shows", "why"], rows, [7, 22, 22, 43]) if rows else "  the project has none"
    )
    lines += ["", "Verdicts", differences_text(effect["findings"])]
    return "\n".join(lines)


def documents_text(rows: list[dict[str, Any]], names: dict[str, str]) -> str:
    """The technical file, market by market."""
    lines = []
    for market in dict.fromkeys(r["market"] for r in rows):
        mine = [r for r in rows if r["market"] == market]
        have = sum(r["state"] == "have" for r in mine)
        lines += ["", f"{names.get(market, market)}: {have} of {len(mine)} documents there"]
        order = sorted(mine, key=lambda r: (("missing", "expires", "have").index(r["state"]), r["about"]))
        lines.append(
            table(
                ["state", "about", "document", "evidence"],
                [[r["state"], "+".join(r["about"]), _document(r), _evidence(r)] for r in order],
                [8, 18, 46, 22],
            )
        )
    return "\n".join(lines).lstrip("\n") or "No document is expected."


def _document(row: dict[str, Any]) -> str:
    return row.get("title") or row["document"] if ":" not in row["document"] else f"{row['document'].replace('_', ' ')}"


def _evidence(row: dict[str, Any]) -> str:
    return (row["evidence"] or "") + (f" (until {row['expires']})" if row["expires"] else "")


def rows_text(rows: list[dict[str, Any]], what: str) -> str:
    """A list of library rows."""
    if not rows:
        return f"No {what} fit. Ask wider, or search: carnet catalog search WORDS"
    lines = [f"{len(rows)} {what}"]
    for row in rows:
        marks = [
            m
            for m in (
                row.get("short"),
                row.get("standing"),
                row.get("rung"),
                row.get("against") and "against",
                row.get("reported") and "reported, not read",
                row.get("day"),
                row.get("force"),
                row.get("topic"),
                row.get("read") and f"{row['class']}, {row['read']}",
            )
            if m
        ]
        lines.append(f"  {row['id']}  [{'; '.join(str(m).replace('_', ' ') for m in marks)}]")
        if row["title"]:
            lines += textwrap.wrap(row["title"], WIDTH, initial_indent="      ", subsequent_indent="      ")
    return "\n".join(lines)
