"""The review queue: signals nobody has confirmed, and what a person's word makes of one.

A confirmation is a dated status step with the person's name and the source they read. It is added to a rule the library
holds, in a copy of that rule laid over ours, or it moves the signal itself; it never makes a rule. When the step and a
step of another source give different days for the same thing, both stand, and the rule says that its sources disagree.
The file a signal came in is written anew with that one row changed.
Reading order: Word, queue(), confirmed(), set_aside().
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...catalog import Catalog
from ...errors import BadInput
from .signals import UNCONFIRMED, slug, written


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of a signal: the step, who they are, and what they read."""

    by: str
    standing: str
    start: str
    source: dict[str, Any]
    event: str = ""
    note: str = ""


def queue(catalog: Catalog) -> list[dict[str, Any]]:
    """Signals that wait for a person, those that disagree first, then by day; with rules they may be about."""
    found = []
    for row in catalog.table("signals"):
        if row["confidence"] != UNCONFIRMED:
            continue
        touches = row["touches"]
        places = {*touches["markets"], *touches["unions"]}
        near = [
            r["id"] for r in catalog.table("requirements") if r["_market"] in places and r["topic"] in touches["topics"]
        ]
        source = row["_sources"][row["source"]]
        found.append(
            {
                "id": row["id"],
                "day": row["date"],
                "actor": row["actor"],
                "market": ", ".join(sorted(places)),
                "title": row["title"],
                "binds_when": row["binds_when"],
                "next_look": row["next_look"],
                "conflict": row["conflict"],
                "asks": row["asks"],
                "source": {k: source[k] for k in ("number", "publisher", "seen", "class", "read")},
                "near": near[:20],
                "note": row["note"],
            }
        )
    return sorted(found, key=lambda r: (not r["conflict"], r["day"], r["id"]))


def confirmed(catalog: Catalog, signal: str, word: Word, rule: str = "") -> list[tuple[str, str]]:
    """(path inside the overlay, content) of the files that a confirmation writes; raises BadInput or Unheard.

    rule  the rule whose status the step joins; without it the signal itself comes to the standing
    """
    row = _signal(catalog, signal)
    said = f"confirmed by {word.by}, {word.source['seen']}"
    key = f"confirmed-{slug(signal)}"[:60]
    moved = {**_plain(row), "confidence": said}
    if not rule:
        moved |= {"standing": word.standing, "binds_when": _binds(word), "source": key}
        return [_again(catalog, row, moved, {key: word.source})]
    table, law = catalog.row(rule)
    if table != "requirements":
        raise BadInput(f"--rule {rule}: it is a row of {table}; a status step is confirmed for a rule")
    step = {
        "from": word.start,
        "event": word.event or None,
        "standing": word.standing,
        "source": key,
        "seen": word.source["seen"],
        "note": " ".join(p for p in (said, f"({signal}).", word.note) if p),
    }
    dispute = _dispute(law, step, word)
    copy = _plain(law)
    copy["status"] = [*({k: v for k, v in s.items() if v is not None} for s in law["status"]), step]
    if dispute:
        copy["conflict"] = "; ".join(p for p in (law["conflict"], dispute) if p)
        moved["asks"] = " ".join(p for p in (row["asks"], f"Which day is right for {rule}? {dispute}") if p)
        moved["conflict"] = "; ".join(p for p in (row["conflict"], dispute) if p)
    names = {law["source"], *(s["source"] for s in law["status"])} - {""}
    sources = {**{k: _source(law, k) for k in names}, key: word.source}
    path = f"{law['_file'].rpartition('/')[0]}/confirmed-{slug(rule)}.yaml"
    if law["_root"] and law["_file"] != path:
        raise BadInput(f"{rule} stands in {law['_at'][0]} already, a library laid over ours. Add the step there.")
    head = f"{rule}: a copy of the library's row with steps that people confirmed.\nLast: {signal}, {said}"
    return [(path, written(head, sources, [("requirements", [copy])])), _again(catalog, row, moved, {})]


def set_aside(catalog: Catalog, signal: str, by: str, seen: str, why: str) -> tuple[str, str]:
    """(path inside the overlay, content) of a signal a person found not to matter; it stays visible, with why."""
    row = _signal(catalog, signal)
    return _again(catalog, row, {**_plain(row), "confidence": f"set aside by {by}, {seen}: {why}"}, {})


def _again(catalog: Catalog, row: dict[str, Any], moved: dict[str, Any], sources: dict[str, Any]) -> tuple[str, str]:
    """The file a signal stands in, with its row changed."""
    beside = [r for r in catalog.table("signals") if (r["_root"], r["_file"]) == (row["_root"], row["_file"])]
    rows = [moved if r["id"] == row["id"] else _plain(r) for r in beside]
    used = {k: v for k, v in row["_sources"].items() if any(r["source"] == k for r in rows)}
    head = "Notices taken in as signals, never rules; `confidence` says who judged them."
    return row["_file"], written(head, {**used, **sources}, [("signals", rows)])


def _signal(catalog: Catalog, signal: str) -> dict[str, Any]:
    table, row = catalog.row(signal)
    if table != "signals":
        raise BadInput(f"{signal!r} is a row of {table}, not a signal. The queue: carnet watch queue DIR")
    if row["confidence"] != UNCONFIRMED:
        raise BadInput(f"{signal!r} does not wait for anybody: {row['confidence'] or 'the library holds it'}")
    return row


def _dispute(law: dict[str, Any], step: dict[str, Any], word: Word) -> str:
    """In words: another source's day for the same standing and event."""
    others = [
        f"{s['from']} ({law['_sources'].get(s['source'] or law['source'], {}).get('number', 'not stated')})"
        for s in law["status"]
        if s["standing"] == step["standing"]
        and s["event"] == step["event"]
        and isinstance(s["from"], str)
        and s["from"] not in ("unknown", step["from"])
        and not (step["from"].startswith(s["from"]) or s["from"].startswith(step["from"]))
    ]
    what = f"{word.standing.replace('_', ' ')}{' for ' + word.event.replace('_', ' ') if word.event else ''}"
    return f"{what} from {word.start} ({word.source['number']}) or from {' or '.join(others)}" if others else ""


def _binds(word: Word) -> str:
    return f"{word.standing.replace('_', ' ')} from {word.start}" + (f"; {word.note}" if word.note else "")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as its file holds it."""
    return {k: v for k, v in row.items() if not k.startswith("_")}


def _source(row: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = row["_sources"][name]
    return found
