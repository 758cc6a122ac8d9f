"""The workbench of mutual recognition: two markets compared, what recognizing would be worth, and a draft of it.

A draft recognition is a file in the form of the library whose rows stand as drafts, so they never carry evidence; the
worth is found by reviewing the projects once more with the same rows as if they were in force.
Reading order: recognize(), contract(), draft(), worth(), gap().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..catalog.crosswalk import GRADES, links, related
from ..catalog.dates import Dates, stand
from ..catalog.nouns import status as steps_of
from ..catalog.recognizing import Pair, compare
from ..errors import BadInput, Unheard, nearest
from ..waist import Dossier, Finding
from ..words import span
from .reviewing import judge_project, library, open_project, private_libraries

OPEN, CLOSED = ("unproven", "unmet"), ("met", "residual")


@dataclass(frozen=True, slots=True)
class Compared:
    """Two markets compared on a day, with the worth over some projects."""

    catalog: Catalog
    a: str
    b: str
    on: str
    known: str
    pairs: tuple[Pair, ...]
    worth: tuple[dict[str, Any], ...] = ()


def recognize(
    a: str,
    b: str,
    *,
    topic: str = "",
    on: str = "",
    known: str = "",
    projects: Sequence[Path] = (),
    overlays: Sequence[Path] = (),
) -> Compared:
    """What evidence made for B says for each rule of A; raises UnknownEconomy or BadInput."""
    catalog = library(None, overlays)
    a, b = a.lower(), b.lower()
    if a == b:
        raise BadInput(f"{a} and {b} are one market; name two")
    if topic and topic not in catalog.topics:
        near = nearest(topic, catalog.topics)
        raise BadInput(f"--topic {topic}: no topic is called so" + (f"; {near}" if near else ""))
    day, seen = span(on or catalog.last_seen)[0], span(known or catalog.last_seen)[1]
    pairs = tuple(compare(catalog, a, b, day, seen, topic))
    found = Compared(catalog, a, b, day, seen, pairs)
    told = tuple(worth(path, found, overlays) for path in projects)
    return Compared(catalog, a, b, day, seen, pairs, told)


def contract(found: Compared) -> dict[str, Any]:
    """The comparison as plain data: schema carnet/recognize/1."""
    counts = {g: sum(p.grade == g for p in found.pairs) for g in GRADES}
    return {
        "schema": "carnet/recognize/1",
        "accepts": found.a,
        "accepts_name": found.catalog.name(found.a),
        "from": found.b,
        "from_name": found.catalog.name(found.b),
        "on": found.on,
        "known": found.known,
        "counts": counts,
        "rows": [_row(p) for p in found.pairs],
        "worth": list(found.worth),
    }


def _row(p: Pair) -> dict[str, Any]:
    return {
        "rule": p.rule.id,
        "title": p.rule.title,
        "topic": p.rule.topic,
        "about": list(p.rule.about),
        "standing": p.standing,
        "force": p.rule.force,
        "grade": p.grade,
        "because": p.because,
        "counterpart": p.other.id if p.other else None,
        "residual": list(p.residual),
        "question": p.question,
        "pairs": [{"for": w, "with": h, "residual": list(r)} for w, h, r in p.pairs],
        "recognized_by": list(p.legal),
        "reported": p.rule.source.reported or (p.other.source.reported if p.other else False),
    }


def rows(found: Compared, standing: str = "draft") -> list[dict[str, Any]]:
    """Recognition rows, one per set of rules whose standards pair and that no recognition in force carries yet."""
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for p in found.pairs:
        if p.grade not in ("identical", "equivalent") or p.legal or p.other is None or p.rule.id == p.other.id:
            continue
        for want, have, _ in p.pairs:
            entry = made.setdefault(
                (want, have), {"kinds": [], "as_kinds": [], "residual": [], "rules": [], "because": p.because}
            )
            entry["kinds"] += [k for k in p.other.evidence if k not in entry["kinds"]]
            entry["as_kinds"] += [k for k in p.rule.evidence if k not in entry["as_kinds"]]
            entry["residual"] += [r for r in p.residual if r not in entry["residual"]]
            entry["rules"].append(p.rule.id)
    return [
        {
            "id": f"draft-{found.a}-{found.b}-{number}",
            "title": f"Draft: {found.catalog.name(found.a)} would take {have} from {found.catalog.name(found.b)} "
            f"for {want}",
            "accepted_in": [found.a],
            "accepts": {"kinds": entry["kinds"], "standards": [have], "issued_in": [found.b]},
            "gives": [{"for": want, "with": have}],
            "as_kinds": entry["as_kinds"],
            "conditions": ["both authorities agree, and publish it"],
            "residual": entry["residual"],
            "strength": "conditional",
            "status": [
                {"from": found.on, "standing": standing, "source": "workbench", "seen": found.known, "note": "proposed"}
            ],
            "source": "workbench",
            "note": f"For {', '.join(dict.fromkeys(entry['rules']))}. {entry['because']}.",
        }
        for number, ((want, have), entry) in enumerate(sorted(made.items()), 1)
    ]


def draft(found: Compared) -> str:
    """The draft as a file for recognitions/ of a library laid over ours; raises BadInput when there is nothing."""
    from ..review.watch.signals import written

    made = rows(found)
    if not made:
        raise BadInput(
            f"--draft: nothing to draft between {found.a} and {found.b}: no rule is identical or equivalent by "
            "standards that pair, or a recognition in force carries it already"
        )
    source = {
        "number": f"carnet catalog recognize {found.a} {found.b}",
        "title": "A draft made from the library's own relations between standards; nobody has agreed to it",
        "publisher": "carnet",
        "seen": found.known,
        "class": "none",
        "read": "inferred",
    }
    head = (
        f"Draft of a recognition: {found.catalog.name(found.a)} takes evidence of {found.catalog.name(found.b)}.\n"
        "It stands as a draft and gives nothing; an instrument in force replaces it, with its source."
    )
    return written(head, {"workbench": source}, [("recognitions", made)])


def worth(path: Path, found: Compared, overlays: Sequence[Path] = ()) -> dict[str, Any]:
    """What recognizing would save one project in A: tests that evidence made for B would replace, and what it leaves.

    Counted are steps of the findings open in A whose rules are identical or equivalent; a step counts once per project.
    `at_once` are the findings that papers in hand would close if the draft were in force.
    """
    project, catalog = open_project(path, overlays=[*overlays, *private_libraries(path)])
    told: dict[str, Any] = {"project": project.id, "goes_there": found.a in project.markets}
    if found.a not in project.markets:
        return {**told, "findings": 0, "steps": [], "cost": [], "weeks": None, "left": [], "at_once": []}
    dossier = judge_project(project, catalog)
    alike = [p for p in found.pairs if p.grade in ("identical", "equivalent")]
    grades = {p.rule.id: p for p in alike if p.other is not None and p.other.id != p.rule.id}
    mine = [f for f in dossier.findings if f.market == found.a and f.verdict in OPEN and f.rule in grades]
    steps = {e: catalog.steps[e] for f in mine for e in f.effort if e in catalog.steps}
    cost: dict[str, list[Decimal]] = {}
    for step in steps.values():
        total = cost.setdefault(step.cost["currency"], [Decimal(0), Decimal(0)])
        total[0] += Decimal(step.cost["low"])
        total[1] += Decimal(step.cost["high"])
    weeks = [max((s.weeks[k] for s in steps.values()), default=0) for k in ("low", "high")]
    return {
        **told,
        "findings": len(mine),
        "steps": [{"id": s.id, "title": s.title} for s in steps.values()],
        "cost": [{"currency": c, "low": str(lo), "mid": None, "high": str(hi)} for c, (lo, hi) in sorted(cost.items())],
        "weeks": {"low": weeks[0], "high": weeks[1], "mid": None, "means": "the longest step, all side by side"},
        "left": sorted({r for f in mine for r in grades[f.rule].residual}),
        "unpriced": sorted({f.rule for f in mine if not set(f.effort) & set(steps)}),
        "at_once": _at_once(dossier, found, catalog),
    }


def _at_once(dossier: Dossier, found: Compared, catalog: Catalog) -> list[dict[str, str]]:
    """Findings that papers in hand would close if the draft were in force."""
    made = rows(found, "in_force")
    if not made:
        return []
    again = judge_project(dossier.project, _with(catalog, made, found))
    was: dict[str, Finding] = {f.id: f for f in dossier.findings if f.market == found.a}
    return [
        {"finding": f.id, "from": was[f.id].verdict, "to": f.verdict}
        for f in again.findings
        if f.market == found.a and f.id in was and was[f.id].verdict in OPEN and f.verdict in CLOSED
    ]


def _with(catalog: Catalog, made: list[dict[str, Any]], found: Compared) -> Catalog:
    """The library as if these rows were in force; the file that draft() writes, loaded with another standing."""
    source = {"number": "what if", "seen": found.known, "class": "none", "read": "inferred"}
    whole = {"title": "", "publisher": "", "issued": None, "note": ""}
    filled = [
        {
            "when": "",
            **row,
            "status": [{"event": None, **s} for s in row["status"]],
            "_at": ["what if", 1, 1],
            "_sources": {"workbench": {**whole, **source}},
            "_market": "",
            "_root": 0,
        }
        for row in made
    ]
    tables = {**catalog._tables, "recognitions": [*catalog.table("recognitions"), *filled]}
    return Catalog({"tables": tables, "digest": catalog.digest.removeprefix("sha256:"), "files": catalog.files})


def gap(have: str, want: str, *, projects: Sequence[Path] = (), overlays: Sequence[Path] = ()) -> dict[str, Any]:
    """From one edition to another: what is recorded of the difference, who asks for which, what papers lack."""
    catalog = library(None, overlays)
    for text in (have, want):
        if text not in catalog.standards:
            near = nearest(text, catalog.standards, most=3)
            raise Unheard(
                f"no standard is written {text!r}"
                + (f"; {near}" if near else ".")
                + " All: carnet catalog list standards"
            )
    old, new = catalog.standards[have], catalog.standards[want]
    known = catalog.last_seen
    dated = Dates(catalog, known)
    answer = related(catalog, have, want)
    edges = [e for text, other in ((have, want), (want, have)) for e in links(catalog).get(text, []) if e.want == other]
    shared = sorted(
        {e.want for e in links(catalog).get(have, [])} & {e.want for e in links(catalog).get(want, [])}
    )  # fmt: skip
    asks = {
        text: sorted(r["id"] for r in catalog.table("requirements") if f'"{text}"' in r["demands"])
        for text in (have, want)
    }
    papers = []
    for path in projects:
        project, _ = open_project(path, overlays=[*overlays, *private_libraries(path)])
        for paper in project.evidence:
            if {paper.standard, paper.approval} & {have}:
                newer = any(
                    {e.standard, e.approval} & {want} and set(e.about) & set(paper.about) for e in project.evidence
                )
                papers.append(
                    {"project": project.id, "evidence": paper.id, "about": list(paper.about), "has_newer": newer}
                )
    steps = [
        {"id": s.id, "title": s.title, "cost": s.cost, "weeks": s.weeks}
        for s in catalog.steps.values()
        if want in s.yields
    ]
    return {
        "schema": "carnet/gap/1",
        "from": have,
        "to": want,
        "family": old["family"] if old["family"] and old["family"] == new["family"] else "",
        "replaces": have in new["replaces"],
        "standing": {
            text: stand(steps_of(row["status"]), known, "placed_on_market", known, dated).now
            for text, row in ((have, old), (want, new))
        },
        "history": {text: [_dated(s) for s in row["status"]] for text, row in ((have, old), (want, new))},
        "grade": answer.grade,
        "because": answer.because,
        "residual": list(answer.residual),
        "recorded": [
            {"from": e.have, "to": e.want, "kind": e.kind, "residual": list(e.residual), "note": e.note} for e in edges
        ],
        "both_relate_to": shared,
        "notes": {have: old["note"], want: new["note"]},
        "titles": {have: old["title"], want: new["title"]},
        "asked_by_both": sorted(set(asks[have]) & set(asks[want])),
        "asked_only": {
            text: [i for i in asks[text] if i not in asks[other]] for text, other in ((have, want), (want, have))
        },
        "steps": steps,
        "papers": papers,
        "question": ""
        if answer.grade in ("identical", "equivalent")
        else f"Clause by clause, what does {want} ask beyond {have}?",
    }


def _dated(step: dict[str, Any]) -> dict[str, Any]:
    return {k: step[k] for k in ("from", "event", "standing") if step[k]}
