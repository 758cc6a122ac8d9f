"""How one standard stands to another, technically: the same, close with tests left, broader, narrower, or not known.

Edges are those of data/standards (`relations`), walked both ways. A chain is followed only through identical texts, so
at most one step of it says anything else; what that step leaves to test is what the chain leaves. Legal acceptance is
another edge and is not looked at here. Where an edge records no tests left, none are invented: the answer is unknown.
Reading order: Link, links(), Related, related().
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..waist import Source
from . import nouns
from .catalog import Catalog

MOST_LINKS = 3
SAME = "identical"
TURNED = {"broader": "narrower", "narrower": "broader"}
GRADES = ("identical", "equivalent", "unknown", "different")  # from the best answer to the gravest


@dataclass(frozen=True, slots=True)
class Link:
    """One written edge between two printed standards, as read from `have` to `want`."""

    have: str
    want: str
    kind: str
    residual: tuple[str, ...]
    note: str
    source: Source
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """What evidence to one standard says of another: a grade, the tests left, why, and the edges behind it."""

    grade: str
    residual: tuple[str, ...]
    because: str
    links: tuple[Link, ...] = ()


def links(catalog: Catalog) -> dict[str, list[Link]]:
    """Every edge, under the standard it starts from; each is there both ways. Kept with the catalog."""
    kept: dict[str, list[Link]] | None = catalog.__dict__.get("_links")
    if kept is not None:
        return kept
    found: dict[str, list[Link]] = {}
    for row in catalog.table("standards"):
        for edge in row["relations"]:
            source = nouns.source(row, edge["source"] or row["source"])
            residual, note = tuple(edge["residual"]), edge["note"]
            there = Link(row["short"], edge["to"], edge["kind"], residual, note, source)
            back = Link(edge["to"], row["short"], TURNED.get(edge["kind"], edge["kind"]), residual, note, source, True)
            for link in (there, back):
                found.setdefault(link.have, []).append(link)
    catalog.__dict__["_links"] = found
    return found


def related(catalog: Catalog, have: str, want: str) -> Related:
    """What evidence to `have` says for a demand of `want`."""
    if have == want:
        return Related("identical", (), f"both name {want}")
    ways = sorted(_ways(catalog, have, want), key=lambda w: (GRADES.index(_grade(w).grade), len(w)))
    if ways:
        return _grade(ways[0])
    a, b = catalog.standards.get(have), catalog.standards.get(want)
    if a and b and a["family"] and a["family"] == b["family"]:
        return Related(
            "unknown", (), f"{have} and {want} are editions of one family; what changed between them is not recorded"
        )
    return Related("unknown", (), f"no relation between {have} and {want} is recorded")


def _ways(catalog: Catalog, have: str, want: str) -> Iterator[tuple[Link, ...]]:
    edges = links(catalog)
    waiting: list[tuple[Link, ...]] = [(link,) for link in edges.get(have, [])]
    while waiting:
        way = waiting.pop(0)
        if way[-1].want == want:
            yield way
            continue
        if len(way) >= MOST_LINKS:
            continue
        visited = {have, *(link.want for link in way)}
        for link in edges.get(way[-1].want, []):
            other = [step for step in (*way, link) if step.kind != SAME]
            if link.want not in visited and len(other) <= 1:
                waiting.append((*way, link))


def _grade(way: tuple[Link, ...]) -> Related:
    told = next((link for link in way if link.kind != SAME), way[0])
    said = ", ".join(f"{step.have} is {step.kind.replace('_', ' ')} to {step.want}" for step in way)
    said += f" ({told.note})" if told.note else ""
    if told.kind == SAME:
        return Related("identical", told.residual, said, way)
    if told.kind == "broader":
        within = f"show that what was tested to {told.have} is what {told.want} asks"
        return Related("equivalent", (*told.residual, within), said, way)
    if told.kind in ("close", "modified", "narrower") and told.residual:
        return Related("equivalent", told.residual, said, way)
    if told.kind in ("close", "modified", "narrower"):
        return Related("unknown", (), f"{said}; which tests are left is not recorded", way)
    return Related("unknown", (), f"{said}, which is no equivalence", way)
