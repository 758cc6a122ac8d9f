"""Ask the library: list, show, search, compare two knowledge days or two libraries, find what is stale.

Answers are plain data for the doors to print. Reading order: rows(), show(), search(), diff(), stale(), quality().
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from ..errors import BadInput, nearest
from ..words import span
from . import ladder, nouns
from .catalog import Catalog
from .dates import Dates, stand

TABLES = {
    "requirements": "requirements",
    "standards": "standards",
    "recognitions": "recognitions",
    "signals": "signals",
    "effort": "effort",
    "ladder": "ladder",
    "documents": "documents",
    "economies": "economy",
    "unions": "union",
    "topics": "topics",
    "products": "products",
    "kinds": "kinds",
    "evidence": "evidence",
}
OFFICIAL = ("official_text", "official_notice", "standards_body", "law_firm")


def rows(
    catalog: Catalog, what: str, market: str = "", about: str = "", topic: str = "", standard: str = ""
) -> list[dict[str, Any]]:
    """One plain row per entry of a table, narrowed by market, kind of subject, topic or printed standard."""
    if what not in TABLES:
        near = nearest(what, TABLES)
        hint = f"; {near}" if near else "."
        raise BadInput(f"there is no list of {what!r}{hint} Lists: {', '.join(TABLES)}")
    if market:
        catalog.market(market)
    places = {way[-1]: way for way in catalog.chain(market)} if market else {}
    found = []
    for row in catalog.table(TABLES[what]):
        kinds = _kinds(row)
        if market and not _speaks(row, places, catalog):
            continue
        if (
            (about and about not in kinds)
            or (topic and topic not in _topics(row))
            or (standard and standard not in _texts(row))
        ):
            continue
        found.append(summary(row, what))
    return found


def _kinds(row: nouns.Row) -> list[str]:
    about = row.get("about") or row.get("touches", {}).get("about", [])
    return list(nouns.listed(about))


def _topics(row: nouns.Row) -> list[str]:
    return [row["topic"]] if "topic" in row else row.get("touches", {}).get("topics", [])


def _texts(row: nouns.Row) -> str:
    return " | ".join(
        str(row.get(k, ""))
        for k in (
            "short",
            "demands",
            "applies",
            "title",
            "relations",
            "replaces",
            "accepts",
            "gives",
            "touches",
            "yields",
            "text",
        )
    )


def _speaks(row: nouns.Row, places: dict[str, Any], catalog: Catalog) -> bool:
    if row.get("_market"):
        return row["_market"] in places
    if "rung" in row:
        return row["market"] in places
    if "accepted_in" in row:
        return bool(set(row["accepted_in"]) & set(places))
    if "touches" in row:
        return bool({*row["touches"]["markets"], *row["touches"]["unions"]} & set(places))
    return row["id"] in places


def summary(row: nouns.Row, what: str) -> dict[str, Any]:
    """The line of one row in a list."""
    status = row.get("status") or []
    source = row["_sources"].get(row.get("source") or "", {})
    found = {
        "id": row["id"],
        "title": row.get("title") or row.get("name") or row.get("means") or "",
        "market": row.get("_market", ""),
        "topic": ", ".join(_topics(row)),
        "about": _kinds(row),
        "standing": status[-1]["standing"] if status else row.get("standing"),
        "force": row.get("force"),
        "class": source.get("class", ""),
        "read": source.get("read", ""),
        "seen": source.get("seen"),
    }
    if what == "standards":
        found["short"] = row["short"]
    if what == "ladder":
        found |= {k: row[k] for k in ("market", "text", "rung", "day", "against")}
        found |= {"short": row["text"], "reported": ladder.reported(row)}
    if what == "economies":
        found["member_of"] = [m["union"] for m in row["member_of"]]
    return found


def show(catalog: Catalog, id: str, on: str = "", known: str = "") -> dict[str, Any]:
    """Everything about one row: status history, where it stands, sources, relations, what speaks of it."""
    table, row = catalog.row(id)
    on, known = span(on or catalog.last_seen)[0], span(known or catalog.last_seen)[1]
    names = {row["id"], row.get("short", row["id"])}
    speaking = [
        {"id": r["id"], "table": t}
        for t in ("requirements", "recognitions", "standards", "signals")
        for r in catalog.table(t)
        if r is not row and any((n and f'"{n}"' in _texts(r)) or n in _named(r) for n in names)
    ]
    return {
        "schema": "carnet/catalog-row/1",
        "table": table,
        "id": row["id"],
        "on": on,
        "known": known,
        "standing": standing(row, on, known, catalog) if row.get("status") else {"now": row.get("standing")},
        "history": [{**s, "counts": s["seen"] is None or s["seen"] <= known} for s in row.get("status", [])],
        "row": {
            k: v for k, v in row.items() if not k.startswith("_") and k != "status" and v not in ("", [], {}, None)
        },
        "sources": row["_sources"],
        "written_at": ":".join(str(p) for p in row["_at"]),
        "relations": row.get("relations", []),
        "spoken_of_by": speaking,
    }


def _named(row: nouns.Row) -> set[str]:
    found = {r["to"] for r in row.get("relations", [])} | set(row.get("replaces", []))
    touches = row.get("touches") or {}
    return found | set(touches.get("standards", [])) | set((row.get("accepts") or {}).get("standards", []))


def search(catalog: Catalog, text: str, most: int = 40) -> list[dict[str, Any]]:
    """Rows that hold every word of the text, in titles first."""
    words = text.lower().split()
    scored = []
    for what, table in TABLES.items():
        for row in catalog.table(table):
            title = f"{row['id']} {row.get('short', '')} {row.get('title', '')} {row.get('name', '')}".lower()
            body = (
                title
                + " "
                + " ".join(
                    str(row.get(k, ""))
                    for k in ("note", "asks", "demands", "means", "would_change", "clause", "conflict")
                ).lower()
            )
            body += (
                f" {row.get('_market', '')} "
                + " ".join(f"{s['number']} {s['title']}" for s in row["_sources"].values()).lower()
            )
            if all(w in body for w in words):
                scored.append((-sum(w in title for w in words), what, summary(row, what)))
    scored.sort(key=lambda s: (s[0], s[1], s[2]["id"]))
    return [{"table": what, **found} for _, what, found in scored[:most]]


def diff(before: Catalog, after: Catalog, known_before: str, known_after: str, on: str = "") -> list[dict[str, Any]]:
    """What differs between two libraries or two days of knowledge: rows, standings, conditions."""
    changes = []
    on = on and span(on)[0]
    for what in ("requirements", "standards", "recognitions", "signals"):
        old = {r["id"]: r for r in before.table(TABLES[what]) if _was_known(r, known_before)}
        new = {r["id"]: r for r in after.table(TABLES[what]) if _was_known(r, known_after)}
        for key in sorted(old.keys() | new.keys()):
            a, b = old.get(key), new.get(key)
            row = b or a or {}
            where = row.get("_market", "")
            base = {"table": what, "id": key, "title": row.get("title", ""), "market": where}
            base["market_name"] = after.name(where)
            if a is None or b is None:
                changes.append(
                    {
                        **base,
                        "change": "new" if a is None else "gone",
                        "from": None if a is None else _stands(a, on or known_before, known_before, before),
                        "to": None if b is None else _stands(b, on or known_after, known_after, after),
                    }
                )
                continue
            was, now = (
                _stands(a, on or known_before, known_before, before),
                _stands(b, on or known_after, known_after, after),
            )
            if was != now:
                changes.append({**base, "change": "standing", "from": was, "to": now})
            for part in ("applies", "demands", "asks", "evidence", "force"):
                if a.get(part) != b.get(part):
                    changes.append({**base, "change": part, "from": a.get(part), "to": b.get(part)})
    return changes


def _stands(row: nouns.Row, on: str, known: str, catalog: Catalog) -> str | None:
    return standing(row, on, known, catalog)["now"] if row.get("status") else row.get("standing")


def _was_known(row: nouns.Row, known: str) -> bool:
    days = [s["seen"] for s in row.get("status", [])] or [
        row.get("asked") or row["_sources"].get(row.get("source") or "", {}).get("seen")
    ]
    return any(d is None or d <= known for d in days)


def stale(catalog: Catalog, older: int, today: str) -> list[dict[str, Any]]:
    """Sources nobody has looked at for so many days (or ever), most neglected first, with their rows."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for table in TABLES.values():
        for row in catalog.table(table):
            name = row.get("source") or ""
            source = row["_sources"].get(name)
            if not source:
                continue
            age = _days(source["seen"], today) if source["seen"] else None
            if age is not None and age < older:
                continue
            key = (row["_at"][0], name)
            entry = found.setdefault(
                key,
                {
                    "file": row["_at"][0],
                    "source": name,
                    "number": source["number"],
                    "class": source["class"],
                    "read": source["read"],
                    "seen": source["seen"],
                    "days": age,
                    "rows": [],
                },
            )
            entry["rows"].append(row["id"])
    return sorted(found.values(), key=lambda e: (e["days"] is not None, -(e["days"] or 0), e["file"], e["source"]))


def _days(seen: str, today: str) -> int:
    return (date.fromisoformat(span(today)[0]) - date.fromisoformat(span(seen)[0])).days


def quality(catalog: Catalog) -> dict[str, Any]:
    """Shares of rows by class of source and by reading, over all and by market; questions are counted apart."""
    rules = [r for r in catalog.table("requirements") if r["demands"]]
    questions = len(catalog.table("requirements")) - len(rules)
    classes: Counter[str] = Counter()
    readings: Counter[str] = Counter()
    markets: dict[str, Counter[str]] = {}
    for row in rules:
        source = row["_sources"][row["source"]]
        classes[source["class"]] += 1
        readings[source["read"]] += 1
        per = markets.setdefault(row["_market"], Counter())
        per["rows"] += 1
        per["official"] += source["class"] in OFFICIAL and source["read"] != "remembered"
        per["remembered"] += source["read"] == "remembered"
    return {
        "schema": "carnet/quality/1",
        "rules": len(rules),
        "questions": questions,
        "official_share": round(sum(n for c, n in classes.items() if c in OFFICIAL) / len(rules), 3) if rules else 0,
        "by_class": dict(sorted(classes.items())),
        "by_reading": dict(sorted(readings.items())),
        "by_market": {m: dict(sorted(c.items())) for m, c in sorted(markets.items())},
    }


def parse_days(text: str) -> int:
    """'180d' -> 180; raises BadInput."""
    number = text[:-1] if text.endswith("d") else text
    if not re.fullmatch("[0-9]{1,6}", number):
        raise BadInput(f"--older {text!r}: write a number of days, such as 180d")
    return int(number)


def standing(row: nouns.Row, on: str, known: str, catalog: Catalog) -> dict[str, Any]:
    """Where a row stands on a day as known by a day, for each event its status names."""
    dated = Dates(catalog, known)
    steps = nouns.status(row["status"])
    events: tuple[Any, ...] = tuple(dict.fromkeys(s.event for s in steps if s.event)) or ("placed_on_market",)
    found = {e: stand(steps, on, e, known, dated) for e in events}
    widest = min(found, key=lambda e: ("new_type", "all_new", "placed_on_market", "in_use").index(e))
    return {
        "now": found[widest].now,
        "certain": found[widest].certain,
        "by_event": {e: s.now for e, s in found.items()},
        "notes": list(found[widest].notes),
    }


def known_ids(catalog: Catalog) -> Iterable[str]:
    """Every id of the library."""
    return (r["id"] for t in TABLES.values() for r in catalog.table(t))
