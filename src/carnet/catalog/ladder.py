"""The ladder of influence: how far a text of one economy has come in the rules of another, one dated rung at a time.

From the ground up: not mentioned, mentioned, consulted on, cited, adopted in part, adopted. A rung is what a source
says of one market and one text on one day; later days stand beside earlier ones, nothing is overwritten. What trade
press, news, a maker or memory says is a report of a rung. Where nobody knows, the row asks instead.
Reading order: REPORTED, reported(), problems().
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import Problem, nearest
from ..waist import Place
from .form import RUNGS

REPORTED = ("maker", "trade_press", "news", "none")


def reported(row: dict[str, Any]) -> bool:
    """True when the rung is a claim about a text, not a reading of it. That a search found nothing is no claim."""
    source = row["_sources"].get(row["source"], {})
    return row["rung"] not in (None, RUNGS[0]) and source.get("class") in REPORTED


def problems(tables: dict[str, list[dict[str, Any]]]) -> Iterator[Problem]:
    """What is wrong with rows of the ladder beyond sources and places."""
    shorts = {row["short"] for row in tables.get("standards", [])}
    days: dict[tuple[str, str, str | None], str] = {}
    for row in tables.get("ladder", []):
        yield from _rung(row)
        if not any(short == row["text"] or _part(short, row["text"]) for short in shorts):
            near = nearest(row["text"], shorts)
            yield _say(row, f"no standard is written {row['text']!r}" + (f"; {near}" if near else ""))
        key = (row["market"], row["text"], row["day"])
        if key in days:
            where, text, day = key
            yield _say(
                row,
                f"{where} and {text!r} have two rows of {day or 'no day'}, the first is {days[key]}",
                "Give the later one its own day, or make them one.",
            )
        days.setdefault(key, row["id"])


def _rung(row: dict[str, Any]) -> Iterator[Problem]:
    source = row["_sources"].get(row["source"], {})
    if row["rung"] is None and not (row["asks"] and row["asked"]):
        yield _say(row, "has no rung and no dated question", "Give rung and day, or asks and asked.")
    if row["rung"] is not None and not row["day"]:
        yield _say(row, f"stands on {row['rung']!r} without a day", "Give day: when the source says it came there.")
    if row["rung"] == RUNGS[0] and (not source.get("title") or source.get("read") == "remembered"):
        yield _say(
            row,
            "nothing was found, but its source does not say what was searched",
            "Name the search in the title of the source, or ask instead.",
        )
    if row["against"] and row["rung"] in (None, RUNGS[0]):
        yield _say(row, "is against a text that it does not mention", "Leave out against, or give the rung.")


def _part(short: str, text: str) -> bool:
    """True when a printed form is a part or an edition of the text: "GB/T 20234.3-2023" of "GB/T 20234"."""
    return short.startswith(text) and short[len(text)] in ".-:"


def _say(row: dict[str, Any], text: str, hint: str = "") -> Problem:
    return Problem(Place(*row["_at"]), f"{row['id']}: {text}", hint)
