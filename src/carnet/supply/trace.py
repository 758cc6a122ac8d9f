"""Where a lot comes from: origin per element, recycled share, footprint and certificates, with what is unknown.

Physical attribution mixes what really flowed, weighted by the kilograms of the element. Bookkeeping attribution follows
credits alone and stands in columns of its own; the two are never added. Whatever no event explains is unknown, and an
economy's true share lies between its known share and that plus the unknown.
Reading order: Tracer, Tracer.all_lots(), Tracer.attribution(), Tracer.lot(), answer().
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ..errors import Unheard, nearest
from . import kernel
from .attribution import Beginnings, Layout, Shares
from .graph import Array, build
from .lots import SOURCES, Chain

WHOLE = "mass"  # the element of a chain that states no contents: the lot's whole mass
UNCERTIFIED = "uncertified"


@dataclass(frozen=True)
class Weights:
    """For one element: kilograms per edge, kilograms each node needs, content per kilogram of each node."""

    weight: Array
    need: Array
    share: Array


class Tracer:
    """A chain made ready for questions on a day: graph, contents, what the beginnings state."""

    def __init__(self, chain: Chain, on: str = "") -> None:
        self.chain, self.on = chain, on
        self.graph = build(chain)
        self.number = chain.index("lots")
        self.names = [r["id"] for r in chain["lots"]]
        self.elements = sorted({r["element"] for r in chain["contents"]}) or [WHOLE]
        self.economies = sorted({r["economy"] for t in ("lots", "credits") for r in chain[t] if r["economy"]})
        self.columns = (*self.economies, *SOURCES, UNCERTIFIED)
        graph = self.graph
        kg = np.array([np.nan if r["kg"] is None else r["kg"] for r in chain["lots"]], float)
        self.kg = np.concatenate([kg, np.full(graph.size - graph.lots, np.nan)])
        self.brought = np.zeros(graph.size)
        np.add.at(self.brought, graph.target, np.nan_to_num(graph.kg))
        self.made = np.zeros(graph.size)  # what an event put out
        np.add.at(self.made, graph.source, np.where(graph.source >= graph.lots, np.nan_to_num(graph.kg), 0.0))
        self.given = self._given()
        self.weights = lru_cache(maxsize=None)(self._weights)

    def _given(self) -> Array:
        """What the beginnings state: economy, source, and whether nobody certified it."""
        given = np.zeros((self.graph.size, len(self.columns)))
        begins = np.diff(self.graph.start)[: self.graph.lots] == 0
        certified = self.certified()
        for n in np.flatnonzero(begins):
            row = self.chain["lots"][n]
            for cell in (row["economy"], row["source"]):
                if cell:
                    given[n, self.columns.index(cell)] = 1.0
            if row["economy"] and not certified[n]:
                given[n, -1] = 1.0
        return given

    def certified(self) -> Array:
        """(lots,) True where a certificate for the lot, its facility or its actor is valid on the day.

        Without a day every certificate counts; on a day only one that says since when and until when.
        """
        valid = {
            c["about"]
            for c in self.chain["certificates"]
            if not self.on or (c["valid_from"] or "9999") <= self.on <= (c["valid_to"] or "")
        }
        actor = {f["id"]: f["actor"] for f in self.chain["facilities"]}
        return np.array(
            [bool({r["id"], r["facility"], actor.get(r["facility"])} & valid) for r in self.chain["lots"]], bool
        )

    def _weights(self, element: str) -> Weights:
        graph = self.graph
        share = np.ones(graph.size)
        if element != WHOLE:
            share = np.full(graph.size, np.nan)
            stated = {r["lot"] for r in self.chain["contents"]}
            for name in stated & self.number.keys():
                share[self.number[name]] = 0.0  # who states contents leaves nothing unsaid
            for row in self.chain["contents"]:
                if row["element"] == element and row["lot"] in self.number:
                    share[self.number[row["lot"]]] = row["share"]
            kernel.contents(graph.rank, graph.start, graph.source, graph.kg, self.made, graph.lots, share)
        lot_of_edge = np.where(graph.source < graph.lots, graph.source, graph.target)
        weight = np.nan_to_num(graph.kg) * share[lot_of_edge]
        need = np.where(np.isnan(self.kg), self.brought, self.kg) * share
        need[graph.lots :] = 0.0
        outs = graph.source >= graph.lots
        np.add.at(need, graph.source[outs], weight[outs])
        return Weights(weight, need, share)

    def all_lots(self, element: str) -> Array:
        """(nodes, columns) shares of every node in one sweep."""
        w = self.weights(element)
        return self.graph.sweep(w.weight, w.need, self.given.copy())

    @cached_property
    def layout(self) -> Layout:
        """The graph laid out for sweeps over every lot."""
        return Layout(self.graph)

    def attribution(self, element: str, rows: Array | None = None) -> Shares:
        """Shares by column and kgCO2e per kilogram of every node in one fast sweep (single precision, packed).

        rows  memory of an earlier sweep, whose answer is then gone
        """
        w, begins = self.weights(element), self.graph.rank[: self.layout.begins]
        given, value = self.given[begins], self._own_burden()
        width = int(given.sum(axis=1).max(initial=1.0))
        stated = np.where(given > 0, np.arange(len(self.columns)), len(self.columns))
        stated = np.sort(stated, axis=1)[:, :width]
        beginnings = Beginnings(np.where(stated < len(self.columns), stated, -1), value[begins])
        kg = np.nan_to_num(self.graph.kg)
        return self.layout.sweep(
            w.weight, beginnings, len(self.columns), need=w.need, kg=kg, made=self.made, own=value, rows=rows
        )

    def node(self, lot: str) -> int:
        """The number of a lot; raises Unheard with the nearest names."""
        if lot not in self.number:
            near = nearest(lot, self.names, most=3)
            hint = f"; {near}" if near else ""
            raise Unheard(f"no lot is called {lot!r}{hint} The chain has {len(self.names)}.")
        return self.number[lot]

    def lot(self, lot: str, element: str) -> tuple[Array, Array, Array]:
        """(shares by column, nodes upstream, how much of the lot each makes up) of one lot."""
        w = self.weights(element)
        nodes, part = self.graph.parts(self.node(lot), w.weight, w.need)
        shares: Array = part @ self.given[nodes]
        return shares, nodes, part

    def books(self, lot: str, element: str) -> Array:
        """Bookkeeping shares by column: credits taken out for the lot or for what it was made of, carried along."""
        w = self.weights(element)
        given = np.zeros_like(self.given)
        for credit in self.chain["credits"]:
            if credit["way"] != "out" or credit["lot"] not in self.number or credit["element"] not in (None, element):
                continue
            node = self.number[credit["lot"]]
            whole = w.need[node] or 1.0
            for cell in (credit["economy"], credit["source"]):
                if cell:
                    given[node, self.columns.index(cell)] += credit["kg"] / whole
        nodes, part = self.graph.parts(self.node(lot), w.weight, w.need)
        found: Array = np.minimum(part @ given[nodes], 1.0)
        return found

    def carbon(self, lot: str) -> tuple[float, float]:
        """(kgCO2e per kilogram of the lot, share of the mass whose beginning states a footprint)."""
        value = self.carbon_all()
        _, nodes, part = self.lot(lot, WHOLE)
        lots = self.chain["lots"]
        known = sum(
            p for n, p in zip(nodes.tolist(), part.tolist(), strict=True)
            if n < len(lots) and lots[n]["kgco2e_per_kg"] is not None
            and self.graph.start[n] == self.graph.start[n + 1]
        )  # fmt: skip
        return float(value[self.node(lot)]), float(known)

    def carbon_all(self) -> Array:
        """(nodes,) kgCO2e per kilogram: what the beginnings state and the events emit, losses borne by what is made."""
        value = self._own_burden()[:, None]
        kernel.burden(self.graph.rank, self.graph.start, self.graph.source, self.graph.kg, self.made, value)
        return value[:, 0]

    def _own_burden(self) -> Array:
        """(nodes,) kgCO2e per kilogram that beginnings state and events emit themselves."""
        value, lots = np.zeros(self.graph.size), self.graph.lots
        value[:lots] = [r["kgco2e_per_kg"] or 0.0 for r in self.chain["lots"]]
        value[:lots][np.diff(self.graph.start)[:lots] > 0] = 0.0
        own = np.array([r["kgco2e"] or 0.0 for r in self.chain["events"]], float)
        made = self.made[lots:]
        value[lots:] = np.divide(own, made, out=np.zeros_like(own), where=made > 0)
        return value


def answer(tracer: Tracer, lot: str, direction: str = "up", *, most_paths: int = 10) -> dict[str, Any]:
    """The JSON of `carnet supply trace LOT`."""
    from .asking import requests

    if direction == "down":
        return {"schema": "carnet/trace/1", "lot": lot, "direction": "down", "lots": downstream(tracer, lot)}
    origins: list[dict[str, Any]] = []
    recycled: dict[str, Any] = {}
    unknown, uncertified, masses = [], [], []
    paths: list[dict[str, Any]] = []
    k = len(tracer.economies)
    for element in tracer.elements:
        w = tracer.weights(element)
        kg = float(w.need[tracer.node(lot)])
        shares, nodes, part = tracer.lot(lot, element)
        if element != WHOLE and kg == 0.0:
            continue  # the lot holds none of it
        missing = max(0.0, 1.0 - float(shares[:k].sum()))
        unknown.append(missing)
        uncertified.append(float(shares[-1]))
        masses.append(kg)
        for kind, found in (("physical", shares), ("bookkeeping", tracer.books(lot, element))):
            for code, share in zip(tracer.economies, found[:k], strict=True):
                if share > 0.0:
                    high = min(1.0, share + missing) if kind == "physical" else share
                    row = {"economy": code, "element": element, "share": _round(share), "kind": kind}
                    origins.append({**row, "low": _round(share), "high": _round(high)})
            if kind == "physical" or found[k : k + 3].any():
                recycled.setdefault(element, {})[kind] = _recycled(found[k : k + 3], kind)
        paths += _paths(tracer, lot, element, nodes, part, most_paths)
    weights = np.array(masses) / sum(masses) if sum(masses) else np.ones(len(masses)) / max(1, len(masses))
    share = float(np.dot(weights, unknown)) if unknown else 1.0
    doubtful = float(np.dot(weights, uncertified)) if unknown else 0.0
    per_kg, known = tracer.carbon(lot)
    return {
        "schema": "carnet/trace/1",
        "lot": lot,
        "direction": "up",
        "origins": sorted(origins, key=lambda o: (o["kind"] != "physical", o["element"], -o["share"], o["economy"])),
        "unknown": {"share": _round(share), "low": _round(share), "high": _round(min(1.0, share + doubtful))},
        "kgco2e": _round(per_kg * _mass(tracer, lot)),
        "kgco2e_per_kg": _round(per_kg),
        "kgco2e_known_share": _round(known),
        "recycled": recycled,
        "certified_share": _round(max(0.0, 1.0 - share - doubtful)),
        "paths": paths,
        "requests": requests(tracer, lot),
    }


def _mass(tracer: Tracer, lot: str) -> float:
    node = tracer.node(lot)
    kg = tracer.kg[node]
    return float(tracer.brought[node] if np.isnan(kg) else kg)


def _recycled(shares: Array, kind: str) -> dict[str, float]:
    """Pre- and post-consumer apart; what nobody stated may be either."""
    primary, pre, post = (float(s) for s in shares)
    found = {"pre_consumer": _round(pre), "post_consumer": _round(post)}
    return {**found, "high": _round(max(0.0, 1.0 - primary))} if kind == "physical" else found


def _paths(tracer: Tracer, lot: str, element: str, nodes: Array, part: Array, most: int) -> list[dict[str, Any]]:
    """The heaviest beginnings, each with one way from there to the lot."""
    graph, w = tracer.graph, tracer.weights(element)
    begins = [i for i, n in enumerate(nodes) if graph.start[n] == graph.start[n + 1] and part[i] > 0.0]
    begins.sort(key=lambda i: -part[i])
    heaviest: dict[int, tuple[float, int]] = {}  # node -> (what it passes on, where to)
    amount = dict(zip(nodes.tolist(), part.tolist(), strict=True))
    for node in nodes.tolist():
        first, last = graph.start[node], graph.start[node + 1]
        total = max(float(w.weight[first:last].sum()), float(w.need[node])) or 1.0
        for e in range(first, last):
            source, flow = int(graph.source[e]), amount[node] * float(w.weight[e]) / total
            if flow > heaviest.get(source, (-1.0, 0))[0]:
                heaviest[source] = (flow, node)
    found = []
    target = tracer.node(lot)
    for i in begins[:most]:
        way, node = [int(nodes[i])], int(nodes[i])
        while node != target and node in heaviest:
            node = heaviest[node][1]
            way.append(node)
        lots = [tracer.names[n] for n in way if n < graph.lots]
        row = tracer.chain["lots"][int(nodes[i])]
        found.append({"element": element, "share": _round(part[i]), "economy": row["economy"], "lots": lots})
    return found


def downstream(tracer: Tracer, lot: str) -> list[dict[str, Any]]:
    """Every lot that holds some of this one, with the share of its mass that came from it, per element."""
    node, found = tracer.node(lot), []
    for element in tracer.elements:
        w = tracer.weights(element)
        seed = np.zeros((tracer.graph.size, 1))
        seed[node, 0] = 1.0
        # what the lot was made of does not count: it is the beginning here
        first, last = tracer.graph.start[node], tracer.graph.start[node + 1]
        weight = w.weight.copy()
        weight[first:last] = 0.0
        mix = tracer.graph.sweep(weight, w.need, seed)[:, 0]
        for n in np.flatnonzero(mix[: tracer.graph.lots] > 0.0):
            if n != node:
                found.append({"lot": tracer.names[n], "element": element, "share": _round(mix[n])})
    return sorted(found, key=lambda r: (r["element"], -r["share"], r["lot"]))


def _round(value: float) -> float:
    """Twelve digits: below that, two machines may add in another order."""
    return float(f"{float(value):.12g}") if abs(value) > 1e-12 else 0.0
