"""How one standard stands to another, technically: the same, close with tests left, broader, narrower, or not known.

Edges are those of data/standards (`relations`), walked both ways; several edges between two texts are clause groups and
count together: the gravest decides, what each leaves is left. The library records tests left for a pair, not for a
direction. A chain is followed only through identical texts, so at most one step of it says anything else. Legal
acceptance is another edge and is not looked at here. Where no tests left are recorded, none are invented: unknown.
Reading order: Link, links(), Related, related(), between().
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ..waist import Source
from . import nouns
from .catalog import Catalog

MOST_LINKS = 3
SAME, GROUP = "identical", "group "  # notes of clause groups begin so
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
    ways = sorted(_ways(catalog, have, want), key=lambda w: (GRADES.index(w.grade), len(w.links)))
    if ways:
        return ways[0]
    a, b = catalog.standards.get(have), catalog.standards.get(want)
    if a and b and a["family"] and a["family"] == b["family"]:
        return Related(
            "unknown", (), f"{have} and {want} are editions of one family; what changed between them is not recorded"
        )
    return Related("unknown", (), f"no relation between {have} and {want} is recorded")


def _ways(catalog: Catalog, have: str, want: str) -> Iterator[Related]:
    edges = links(catalog)
    waiting: list[tuple[str, ...]] = [(have,)]
    while waiting:
        way = waiting.pop(0)
        for text in dict.fromkeys(link.want for link in edges.get(way[-1], [])):
            if text in way:
                continue
            steps = [between(edges, a, b) for a, b in pairwise((*way, text))]
            if sum(s.grade != "identical" for s in steps) > 1:
                continue
            if text == want:
                told = next((s for s in steps if s.grade != "identical"), steps[0])
                because = "; ".join(s.because for s in steps)
                yield Related(told.grade, told.residual, because, tuple(x for s in steps for x in s.links))
            elif len(way) < MOST_LINKS:
                waiting.append((*way, text))


def between(edges: dict[str, list[Link]], have: str, want: str) -> Related:
    """What the edges written between two texts say together."""
    found = tuple(link for link in edges.get(have, []) if link.want == want)
    if all(link.kind == SAME for link in found):
        return Related("identical", (), f"{have} is identical to {want}", found)
    kinds = ", ".join(dict.fromkeys(f"{link.kind.replace('_', ' ')}{_noted(link)}" for link in found))
    said = f"{have} is to {want}: {kinds}"
    left: list[str] = []
    for link in found:
        told, why = _left(link)
        if why:
            return Related("unknown", (), f"{said}; {why}", found)
        left += told
    if all(link.kind not in ("close", "modified", "broader", "narrower", SAME) for link in found):
        return Related("unknown", (), f"{said}, which is no equivalence", found)
    return Related("equivalent", tuple(dict.fromkeys(left)), said, found)


def _left(link: Link) -> tuple[list[str], str]:
    """(tests one edge leaves, why that is not known)."""
    if link.kind == SAME or link.residual:
        return list(link.residual), ""
    if link.kind == "broader":
        return [f"show that what was tested to {link.have} is what {link.want} asks{_noted(link)}"], ""
    if link.kind == "narrower" and link.note.startswith(GROUP):
        return [f"what {link.want} asks more: {link.note.removeprefix(GROUP).strip()}"], ""
    return [], "which tests are left is not recorded"


def _noted(link: Link) -> str:
    return f" ({link.note})" if link.note else ""
