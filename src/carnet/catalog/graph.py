"""The standards as a graph: families, editions that replace each other, crosswalks, who adopts, who proposes.

Nodes are standards and markets; edges are what the library records, each with its source: `replaces`, the technical
relations (with the tests they leave), `asks` (a rule of a market demands the text), `rung` (how far the text has come
in a market's rules, by the ladder) and `bound` (a party of the agreement under which approvals to the text are
accepted). Proposals are the signals: symbol of the document, sponsor, outcome as far as it is known.
Reading order: Graph, graph(), contract(), dot().
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import Unheard, nearest
from .catalog import Catalog
from .dates import GONE, Dates, stand
from .form import RUNGS
from .ladder import reported
from .nouns import Row, status

OUTCOME = {
    "signal": "not decided",
    "announced": "announced",
    "draft": "under discussion",
    "adopted": "adopted",
    "in_force": "in force",
    "published": "published",
    "superseded": "overtaken",
    "withdrawn": "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Edge:
    """One recorded relation; `residual` are the tests a technical relation leaves."""

    start: str
    end: str
    kind: str
    source: str
    reported: bool
    note: str = ""
    residual: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """What was chosen: nodes by name with what is known of them, edges, proposals, rungs of the ladder."""

    standards: dict[str, Row]
    markets: tuple[str, ...]
    edges: tuple[Edge, ...]
    proposals: tuple[Row, ...]
    rungs: tuple[Row, ...]
    names: dict[str, str]
    standing: dict[str, str]


def graph(catalog: Catalog, standard: str = "", topic: str = "", market: str = "", on: str = "") -> Graph:
    """The part of the graph around a standard, a topic or a market; all of it when none is named."""
    if standard and standard not in catalog.standards:
        near = nearest(standard, catalog.standards, most=3)
        raise Unheard(
            f"no standard is written {standard!r}"
            + (f"; {near}" if near else ".")
            + " All: carnet catalog list standards"
        )
    if topic and topic not in catalog.topics:
        near = nearest(topic, catalog.topics)
        raise Unheard(f"no topic is called {topic!r}" + (f"; {near}" if near else ".") + " All: carnet words topics")
    places = {way[-1] for way in catalog.chain(market)} if market and catalog.market(market) else set()
    every = [*_replaces(catalog), *_relations(catalog), *_asks(catalog), *_bound(catalog)]
    chosen = _chosen(catalog, every, standard, topic, places)
    rungs = [
        r
        for r in catalog.table("ladder")
        if (not places or r["market"] in places) and any(_part(short, r["text"]) for short in chosen)
    ]
    markets = {e.start for e in every if e.kind in ("asks", "bound") and e.end in chosen}
    if places:
        markets &= places | {market}
    markets |= {r["market"] for r in rungs}
    kept = [
        e
        for e in every
        if e.end in chosen and (e.start in chosen or (e.kind in ("asks", "bound") and e.start in markets))
    ]
    day = on or catalog.last_seen
    dated = Dates(catalog, catalog.last_seen)
    standing = {
        s: str(stand(status(r["status"]), day, "placed_on_market", catalog.last_seen, dated).now or "not recorded")
        for s, r in chosen.items()
    }
    return Graph(
        standards=dict(sorted(chosen.items())),
        markets=tuple(sorted(markets)),
        edges=tuple(dict.fromkeys(kept)),
        proposals=tuple(_proposals(catalog, chosen, standard, topic, places)),
        rungs=tuple(sorted(rungs, key=lambda r: (r["text"], r["market"], r["day"] or ""))),
        names={m: catalog.name(m) for m in markets},
        standing=standing,
    )


def _chosen(catalog: Catalog, edges: list[Edge], standard: str, topic: str, places: set[str]) -> dict[str, Row]:
    """The standards the question is about: one with its family and neighbors, a topic's, or those a market asks for."""
    table = catalog.standards
    if standard:
        family = table[standard]["family"]
        names = {standard, *(s for s, r in table.items() if family and r["family"] == family)}
        near = {
            n for e in edges if e.kind not in ("asks", "bound") and {e.start, e.end} & names for n in (e.start, e.end)
        }
        return {n: table[n] for n in names | near if n in table}
    found = {s: r for s, r in table.items() if topic in ("", r["topic"])}
    if places:
        asked = {e.end for e in edges if e.kind == "asks" and e.start in places}
        found = {s: r for s, r in found.items() if s in asked}
    return found


def _edge(row: Row, start: str, end: str, kind: str, source: str = "", **more: Any) -> Edge:
    found = row["_sources"].get(source or row.get("source", ""), {})
    weak = found.get("read") == "remembered" or found.get("class") in ("trade_press", "news", "none", None)
    return Edge(start, end, kind, found.get("number", "not stated"), weak, **more)


def _replaces(catalog: Catalog) -> list[Edge]:
    return [_edge(r, r["short"], old, "replaces") for r in catalog.table("standards") for old in r["replaces"]]


def _relations(catalog: Catalog) -> list[Edge]:
    return [
        _edge(r, r["short"], e["to"], e["kind"], e["source"], note=e["note"], residual=tuple(e["residual"]))
        for r in catalog.table("standards")
        for e in r["relations"]
    ]


def _asks(catalog: Catalog) -> list[Edge]:
    """A rule that is not gone names the text in what it demands."""
    dated = Dates(catalog, catalog.last_seen)
    found = []
    for row in catalog.table("requirements"):
        if not row["demands"] or row["_market"] == "any":
            continue
        now = stand(status(row["status"]), catalog.last_seen, "placed_on_market", catalog.last_seen, dated).now
        if now in GONE or now is None:
            continue
        words = f"{row['id']}, {now.replace('_', ' ')}" + (f", {row['force']}" if row["force"] else "")
        found += [
            _edge(row, row["_market"], short, "asks", note=words)
            for short in catalog.standards
            if f'"{short}"' in row["demands"]
        ]
    return found


def _bound(catalog: Catalog) -> list[Edge]:
    """Parties of an agreement whose approvals to a text bind its members, unless one declared otherwise."""
    found = []
    for row in catalog.table("recognitions"):
        unions = [u for u in row["accepted_in"] if u in catalog.unions and u in row["accepts"]["issued_in"]]
        patterns = row["accepts"]["standards"]
        if row["strength"] != "binding" or row["gives"] != "same" or not unions or not patterns:
            continue
        shorts = [s for s in catalog.standards if any(s.startswith(p.rstrip("*")) for p in patterns)]
        for union in unions:
            members = sorted(m for m in catalog.members([union]) if m in catalog.economies)
            for short in shorts:
                free = [m for m in members if catalog.not_bound(m, union, short)]
                note = f"{len(members)} parties by {row['id']}" + (f"; not bound: {', '.join(free)}" if free else "")
                found.append(_edge(row, union, short, "bound", note=note))
    return found


def _part(short: str, text: str) -> bool:
    """Whether a printed form is the text of a ladder row, or a part or edition of it."""
    return short == text or (short.startswith(text) and short[len(text)] in ".-:")


def _proposals(catalog: Catalog, chosen: dict[str, Row], standard: str, topic: str, places: set[str]) -> list[Row]:
    """Signals about what was chosen: symbol, sponsor, outcome."""
    found = []
    for row in catalog.table("signals"):
        touches = row["touches"]
        named = any(short in chosen for short in touches["standards"])
        if (
            (standard and not named)
            or (topic and topic not in touches["topics"] and not named)
            or (places and not places & {*touches["markets"], *touches["unions"]})
        ):
            continue
        source = row["_sources"][row["source"]]
        found.append(
            {
                "id": row["id"],
                "symbol": source["number"],
                "title": row["title"],
                "sponsor": row["actor"],
                "day": row["date"],
                "standing": row["standing"],
                "outcome": OUTCOME[row["standing"]],
                "binds_when": row["binds_when"],
                "touches": touches,
                "reported": source["read"] == "remembered" or source["class"] in ("trade_press", "news", "none"),
            }
        )
    return sorted(found, key=lambda r: (r["day"], r["id"]))


def contract(found: Graph) -> dict[str, Any]:
    """The graph as plain data: schema carnet/graph/1."""
    nodes = [
        {
            "id": s,
            "kind": "standard",
            "title": r["title"],
            "publisher": r["publisher"],
            "family": r["family"],
            "series": r["series"],
            "topic": r["topic"],
            "standing": found.standing[s],
            "asks": r["asks"],
        }
        for s, r in found.standards.items()
    ]
    nodes += [{"id": m, "kind": "market", "title": found.names[m]} for m in found.markets]
    return {
        "schema": "carnet/graph/1",
        "nodes": nodes,
        "edges": [
            {
                "from": e.start,
                "to": e.end,
                "kind": e.kind,
                "note": e.note,
                "residual": list(e.residual),
                "source": e.source,
                "reported": e.reported,
            }
            for e in found.edges
        ],
        "proposals": list(found.proposals),
        "ladder": [
            {
                "market": r["market"],
                "text": r["text"],
                "rung": r["rung"],
                "step": RUNGS.index(r["rung"]) if r["rung"] else None,
                "day": r["day"],
                "against": r["against"],
                "asks": r["asks"],
                "reported": reported(r),
            }
            for r in found.rungs
        ],
    }


def dot(told: dict[str, Any]) -> str:
    """The graph in the DOT language: dashed is reported, not read."""
    lines = ["digraph standards {", "  rankdir=LR;", '  node [fontname="Noto Sans", fontsize=10];']
    for node in told["nodes"]:
        shape = "box" if node["kind"] == "standard" else "ellipse"
        lines.append(f"  {_quoted(node['id'])} [shape={shape}, tooltip={_quoted(node['title'])}];")
    for edge in told["edges"]:
        style = ", style=dashed" if edge["reported"] else ""
        left = f" ({len(edge['residual'])} left)" if edge["residual"] else ""
        lines.append(
            f"  {_quoted(edge['from'])} -> {_quoted(edge['to'])} [label={_quoted(edge['kind'] + left)}{style}];"
        )
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    plain = "".join(c if c >= " " else " " for c in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
