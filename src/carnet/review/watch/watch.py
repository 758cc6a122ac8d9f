"""One project, one window of days: everything that will or may change for it.

    due steps -> days that matter -> reviews on these days -> moves of verdicts and papers that end

Pure: the day is given, the clock is never read. Reading order: watch(), contract().
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...catalog import Catalog
from ...catalog.dates import Dates
from ...ledger.survey import survey as papers
from ...waist import Dossier, Exposure, Fact, Project, Source
from ...words import span
from ..case import Case
from ..recognize import Recognizer
from ..view import Index
from . import knowledge, moves, steps
from .nouns import Due, Ending, Heard, Known, Move, Waiting, Watch, named


def watch(project: Project, stated: Sequence[Fact], catalog: Catalog, since: str, until: str, engine: str) -> Watch:
    """What changes for a project after `since`, up to and including `until`.

    project  as loaded, its papers not yet weighed
    stated   what the rooms state of its subjects
    """
    first = moves.reviewed(project, stated, catalog, since, engine)
    due: list[Due] = []
    waits: list[Waiting] = []
    facts = (*first.project.facts, *papers(first.project, catalog), *stated)
    index = Index(first.project, facts, catalog.words)
    for market in dict.fromkeys((*project.markets, *([project.origin] if project.origin else []))):
        dated = Dates(catalog, project.known)
        recognizer = Recognizer(catalog, market, since, project.event, project.known, dated)
        register = {e.id: e for e in first.project.evidence}
        case = Case(catalog, first.project, index, market, recognizer, register)
        subjects = [s for s in project.subjects if not s.stands_in or market in s.stands_in or market == project.origin]
        due += steps.of_rules(case, subjects, since, until)
        waits += steps.waiting(case, subjects)
    due += steps.of_recognitions(catalog, project, since, until)
    due += steps.of_standards(catalog, project, since, until)
    due.sort(key=lambda e: (e.first, e.last, e.market, e.id, e.step.event or "", e.step.standing))
    later = [
        moves.reviewed(project, stated, catalog, day, engine, markets)
        for day, markets in moves.days(project, due, since, until).items()
    ]
    moved = moves.moves(first, later, due)
    return Watch(
        project=project.id,
        title=project.title,
        markets=tuple((m, catalog.name(m)) for m in dict.fromkeys((*project.markets, *(e.market for e in due))) if m),
        since=since,
        until=until,
        due=tuple(due),
        waiting=tuple(waits),
        moves=tuple(m for m, _ in moved),
        endings=tuple(moves.endings(project, moved, since, until)),
        heard=tuple(_heard(first, catalog)),
        known=tuple(knowledge.known(catalog, project, since)),
    )


def _heard(dossier: Dossier, catalog: Catalog) -> list[Heard]:
    """Signals among the exposure of a dossier, the next look first."""
    rows = {r["id"]: r for r in catalog.table("signals")}
    found = []
    for exposure in dossier.exposure:
        row = rows.get(exposure.signal)
        if row is not None:
            look = span(exposure.next_look) if exposure.next_look else None
            uid = named("signal", exposure.signal, exposure.market)
            found.append(Heard(uid, exposure, row["date"], row["actor"], row["conflict"], look))
    return sorted(found, key=lambda h: (h.look or ("9999", ""), h.row.market, h.row.signal))


def contract(watches: Sequence[Watch]) -> dict[str, Any]:
    """The answer as plain data: schema carnet/watch/1. What several projects share stands once and names them."""
    return {
        "schema": "carnet/watch/1",
        "from": min((w.since for w in watches), default=""),
        "until": max((w.until for w in watches), default=""),
        "projects": [
            {"id": w.project, "title": w.title, "from": w.since, "until": w.until, "markets": dict(w.markets)}
            for w in watches
        ],
        "transitions": _joined([(w, e.uid, _due(e, dict(w.markets))) for w in watches for e in w.due], "day"),
        "waiting": _joined([(w, e.uid, _waiting(e)) for w in watches for e in w.waiting], "id"),
        "moves": _joined([(w, m.uid, _move(m)) for w in watches for m in w.moves], "day"),
        "evidence": _joined([(w, e.uid, _ending(e)) for w in watches for e in w.endings], "day"),
        "signals": _joined([(w, h.uid, _signal(h)) for w in watches for h in w.heard], "next_look"),
        "knowledge": _joined(
            [(w, named(k.market, k.topic, k.rules, k.seen), _known(k)) for w in watches for k in w.known], "market"
        ),
    }


def _joined(rows: list[tuple[Watch, str, dict[str, Any]]], order: str) -> list[dict[str, Any]]:
    """One row per uid; the projects it concerns are named, each with what of it is concerned."""
    found: dict[str, dict[str, Any]] = {}
    for watch, uid, row in rows:
        about, own = row.pop("about", []), row.pop("own", {})
        entry = found.setdefault(uid, {"uid": uid, **row, "projects": []})
        entry["projects"].append({"id": watch.project, **({"about": list(about)} if about else {}), **own})
    return sorted(found.values(), key=lambda r: (str(r[order] or "9999"), r.get("market", ""), r["uid"]))


def _due(e: Due, names: dict[str, str]) -> dict[str, Any]:
    return {
        "table": e.table,
        "id": e.id,
        "market": e.market,
        "market_name": names.get(e.market, ""),
        "title": e.title,
        "topic": e.topic,
        "day": e.first,
        "last_day": e.last,
        "certain": e.certain,
        "event": e.step.event,
        "standing": e.step.standing,
        "note": e.step.note,
        "source": _source(e.source),
        "seen": e.step.seen,
        "reported": e.reported,
        "conflict": e.conflict,
        "about": e.about,
        "own": {"binds": e.mine, "would_be": e.would or None, "because": e.because},
    }


def _waiting(e: Waiting) -> dict[str, Any]:
    return {
        "id": e.id,
        "market": e.market,
        "title": e.title,
        "standing": e.standing,
        "waits_for": e.waits_for,
        "next_look": e.next_look,
        "source": _source(e.source),
        "about": e.about,
    }


def _move(m: Move) -> dict[str, Any]:
    return {
        "day": m.day,
        "market": m.market,
        "finding": m.finding,
        "rule": m.rule,
        "title": m.title,
        "from": m.before,
        "to": m.after,
        "because": m.because,
        "causes": list(m.causes),
    }


def _ending(e: Ending) -> dict[str, Any]:
    return {
        "evidence": e.evidence,
        "how": e.how,
        "day": e.day,
        "standard": e.standard,
        "market": e.market,
        "rule": e.rule,
        "because": e.because,
        "about": e.about,
    }


def _signal(h: Heard) -> dict[str, Any]:
    row: Exposure = h.row
    return {
        "id": row.signal,
        "market": row.market,
        "day": h.day,
        "actor": h.actor,
        "standing": row.standing,
        "title": row.title,
        "topic": row.topic,
        "binds_when": row.binds_when,
        "next_look": row.next_look,
        "source": _source(row.source),
        "reported": row.source.reported if row.source else True,
        "conflict": h.conflict,
        "about": row.about,
    }


def _known(k: Known) -> dict[str, Any]:
    return {
        "market": k.market,
        "topic": k.topic,
        "rules": k.rules,
        "remembered": k.remembered,
        "seen": k.seen,
        "days": k.days,
    }


def _source(source: Source | None) -> dict[str, Any] | None:
    if source is None:
        return None
    return {
        "number": source.number,
        "publisher": source.publisher,
        "seen": source.seen,
        "class": source.grade,
        "read": source.read,
    }


__all__ = ["contract", "watch"]
