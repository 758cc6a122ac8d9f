"""Notices -> signals of a library laid over ours, each with where it came from; never a rule.

A notice becomes one row whose standing is `signal`, unconfirmed, with the file's digest in its source. One that stands
twice with the same words is kept once; two that share a symbol and disagree are both kept and ask which is right.
Economies are recognized by the names and codes of the library; a name it does not know stays in `actor` and is asked.
Reading order: Terms, rows(), written().
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...catalog import Catalog
from ...words import span
from .notices import Notice, Read
from .nouns import named

UNCONFIRMED = "unconfirmed"
HIDDEN = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
CHECKED = ("day", "title", "adoption", "entry", "comments")  # what two notices of one symbol may disagree on
LEAST = 4  # letters of an economy's name that may be found inside a longer name


@dataclass(frozen=True, slots=True)
class Terms:
    """What whoever imports says of all notices of a run: the day seen, the class of the source, what they touch."""

    seen: str
    grade: str = "official_notice"
    read: str = "summary"
    market: str = ""
    about: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


def rows(found: Sequence[Read], terms: Terms, catalog: Catalog) -> tuple[dict[str, Any], list[dict[str, Any]], int]:
    """(sources, signal rows, how many stood twice) of some files, leaving out what the library holds already."""
    held = {r["id"] for r in catalog.table("signals")}
    before: dict[str, list[str]] = {}
    for row in catalog.table("signals"):
        before.setdefault(row["_sources"].get(row["source"], {}).get("number", ""), []).append(row["id"])
    kept: dict[str, list[tuple[Read, Notice]]] = {}
    twice = 0
    for file in found:
        for notice in file.notices:
            group = kept.setdefault(notice.symbol or named(notice.title, notice.actor, notice.day), [])
            if any(_facts(notice) == _facts(other) for _, other in group):
                twice += 1
            else:
                group.append((file, notice))
    sources: dict[str, Any] = {}
    signals = []
    for group in kept.values():
        dispute = _dispute([n for _, n in group])
        for file, notice in group:
            name = f"notice-{slug(notice.symbol or notice.title)}-{named(*_facts(notice))[:8]}"
            if name in held:
                twice += 1
                continue
            others = [f"taken in before as {i}, with other words" for i in before.get(notice.symbol, []) if i != name]
            row = _row(name, file, notice, terms, catalog, "; ".join([*([dispute] if dispute else []), *others]))
            sources[row["source"]] = _source(file, notice, terms)
            signals.append(row)
    return sources, sorted(signals, key=lambda r: (r["date"], r["id"])), twice


def _facts(notice: Notice) -> tuple[str, ...]:
    return tuple(getattr(notice, name) for name in (*CHECKED, "text"))


def _dispute(group: list[Notice]) -> str:
    """What notices of one symbol disagree on, in a sentence; nothing when they agree."""
    said = []
    for name in CHECKED:
        values = {getattr(n, name): n.place for n in group if getattr(n, name)}
        if len(values) > 1:
            said.append(f"{name}: " + " or ".join(f"{v} ({values[v].file})" for v in sorted(values)))
    if len(group) > 1 and not said:
        said.append("title and days agree, the text differs (" + ", ".join(n.place.file for n in group) + ")")
    return "; ".join(said)


def _row(name: str, file: Read, notice: Notice, terms: Terms, catalog: Catalog, dispute: str) -> dict[str, Any]:
    market = terms.market or economy(notice.actor, catalog)
    place = {"unions": [market]} if market in catalog.unions else {"markets": [market]} if market else {}
    asks = [f"Which is right of {notice.symbol}? {dispute[0].upper()}{dispute[1:]}."] if dispute else []
    if not market:
        asks.append(f"Which economy is meant by {notice.actor!r}?" if notice.actor else "Which economy speaks here?")
    if not (terms.about or terms.topics):
        asks.append("Which products and topics does it touch?")
    when = [
        f"{what} {said}"
        for what, said in (
            ("adoption is proposed for", notice.adoption),
            ("entry into force is proposed for", notice.entry),
        )
        if said
    ]
    looks = [d for d in (notice.comments, notice.adoption, notice.entry) if d and span(d)[1] >= terms.seen]
    note = " ".join(
        part
        for part in (
            f"From {file.file}, record at line {notice.place.line}, {file.digest}.",
            f"Products: {notice.products}." if notice.products else "",
            f"Comments until {notice.comments}." if notice.comments else "",
            f"Published at {notice.link}" if notice.link else "",
        )
        if part
    )
    return {
        "id": name,
        "date": notice.day,
        "actor": notice.actor or "not stated",
        "title": notice.title,
        "touches": {**place, "about": list(terms.about), "topics": list(terms.topics)},
        "standing": "signal",
        "would_change": notice.text,
        "binds_when": f"A person confirms it from the text ({'; '.join(when)})"
        if when
        else "A person confirms it from the text; the notice names no day",
        "next_look": min(looks, default=""),
        "confidence": UNCONFIRMED,
        "source": name,
        "note": note,
        "conflict": dispute,
        "asks": " ".join(asks),
    }


def _source(file: Read, notice: Notice, terms: Terms) -> dict[str, Any]:
    return {
        "number": notice.symbol or notice.title,
        "title": notice.title,
        "publisher": notice.actor or "not stated",
        "issued": notice.day,
        "seen": terms.seen,
        "class": terms.grade,
        "read": terms.read,
        "note": f"{file.file} {file.digest}",
    }


def slug(text: str) -> str:
    """A name for ids: lower-case words with hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:60].strip("-") or named(text)[:12]


def economy(name: str, catalog: Catalog) -> str:
    """The code of an economy or union by its code or its name, alone or at the head of an authority's; '' if none."""
    small = name.strip().lower()
    places = [*catalog.economies.values(), *catalog.unions.values()]
    for place in places:
        if small in (place["id"], place.get("alpha3", "").lower(), place["name"].lower()):
            return str(place["id"])
    inside = [p for p in places if len(p["name"]) >= LEAST and re.search(rf"\b{re.escape(p['name'].lower())}\b", small)]
    return str(inside[0]["id"]) if len(inside) == 1 else ""


def written(head: str, sources: dict[str, Any], tables: Iterable[tuple[str, list[dict[str, Any]]]]) -> str:
    """A library file: a comment, its sources and rows, one line each; JSON in flow form is YAML."""
    lines = [f"# {line}" for line in head.splitlines()]
    lines += ["sources:", *(f"  {json.dumps(k)}: {_flow(v)}" for k, v in sorted(sources.items()))]
    for name, table in tables:
        lines += ["", f"{name}:", *(f"  - {_flow(row)}" for row in table)]
    return "\n".join(lines) + "\n"


def _flow(row: Any) -> str:
    # YAML knows no pairs of surrogates, so characters stand as themselves but for those that YAML does not admit.
    return HIDDEN.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(_bare(row), ensure_ascii=False))


def _bare(row: Any) -> Any:
    """Without what says nothing."""
    if isinstance(row, dict):
        return {k: _bare(v) for k, v in row.items() if v not in ("", None, [], {})}
    return [_bare(v) for v in row] if isinstance(row, list) else row
