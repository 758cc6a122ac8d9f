"""A network of stages: sites make materials from other sites' materials, ship them on lanes and keep stocks.

Every site belongs to a stage, an economy, a supplier and a port; a blow names any of these and limits what the sites
make (`output`: a strike, a storm, a sanction) or what leaves them (`export`: a license, a closed port or route; an
economy's export limit spares what stays inside). `stages` says what that costs.
Reading order: Site, Blow, Network, limits(). Units: of each material per week.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..errors import BadInput, nearest
from .shock import Array


@dataclass(frozen=True)
class Site:
    """What one site makes in a normal week, from what, and how long its stocks last.

    takes   material -> units per unit made      stock  material -> weeks of normal need in store
    spare   how much more it can make, as a share, when it is not hit itself
    """

    name: str
    makes: str
    capacity: float
    takes: Mapping[str, float] = field(default_factory=dict)
    stock: Mapping[str, float] = field(default_factory=dict)
    spare: float = 0.0
    stage: str = ""
    economy: str = ""
    supplier: str = ""
    port: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Everything a shock may call it by."""
        return frozenset({self.name, self.stage, self.economy, self.supplier, self.port} - {""})


@dataclass(frozen=True)
class Blow:
    """What is hit, what share stays, for which weeks; `export` hits only what leaves."""

    target: str
    keep: float
    first_week: int
    weeks: int
    export: bool = False


class Network:
    """Sites in an order in which makers come before takers, and the lanes between them with their normal flows."""

    def __init__(self, sites: Sequence[Site], product: str, ramp: float = 8.0) -> None:
        self.product, self.ramp = product, ramp
        self.sites = _in_order(sites)
        makers = {m: [i for i, s in enumerate(self.sites) if s.makes == m] for m in {s.makes for s in sites}}
        if product not in makers:
            raise BadInput(f"no site makes {product!r}")
        self.final = makers[product]
        self.demand = sum(self.sites[i].capacity for i in self.final)
        self.lanes: list[tuple[int, int]] = []
        normal = []
        for j, site in enumerate(self.sites):
            for material, each in site.takes.items():
                whole = sum(self.sites[i].capacity for i in makers.get(material, ()))
                if whole <= 0.0:
                    raise BadInput(f"nobody makes the {material!r} that {site.name!r} takes")
                for i in makers[material]:
                    self.lanes.append((i, j))
                    normal.append(each * site.capacity * self.sites[i].capacity / whole)
        self.normal = np.array(normal)
        self.makers = makers

    @cached_property
    def inputs(self) -> dict[tuple[int, str], list[int]]:
        """(site, material) -> the lanes that bring it."""
        found: dict[tuple[int, str], list[int]] = {}
        for n, (i, j) in enumerate(self.lanes):
            found.setdefault((j, self.sites[i].makes), []).append(n)
        return found

    @cached_property
    def outputs(self) -> dict[int, list[int]]:
        """Site -> the lanes that leave it."""
        return {i: [n for n, (a, _) in enumerate(self.lanes) if a == i] for i in range(len(self.sites))}

    def stock(self, site: int, material: str) -> float:
        """Units in store at the start."""
        s = self.sites[site]
        return s.stock.get(material, 0.0) * s.takes[material] * s.capacity


def _in_order(sites: Sequence[Site]) -> list[Site]:
    names = [s.name for s in sites]
    if len(set(names)) < len(names):
        raise BadInput(f"site {next(n for n in names if names.count(n) > 1)!r} stands twice")
    left, found, made = list(sites), [], set[str]()
    while left:
        open_ = {s.makes for s in left}
        ready = [s for s in left if not any(m in open_ for m in s.takes)]
        if not ready:
            raise BadInput(f"the sites {', '.join(s.name for s in left[:5])} need each other's materials in a circle")
        found += ready
        made |= {s.makes for s in ready}
        left = [s for s in left if s not in ready]
    return found


def limits(network: Network, blows: Sequence[Blow], weeks: int) -> tuple[Array, Array]:
    """((weeks, sites) share of output, (weeks, lanes) share of shipping) that stays; raises BadInput."""
    made, sent = np.ones((weeks, len(network.sites))), np.ones((weeks, len(network.lanes)))
    for blow in blows:
        hit = [i for i, s in enumerate(network.sites) if blow.target in s.names]
        if not hit:
            known = sorted(set().union(*(s.names for s in network.sites)))
            near = nearest(blow.target, known)
            raise BadInput(f"no site, stage, economy, supplier or port is called {blow.target!r}; {near}".rstrip("; "))
        if not 0.0 <= blow.keep <= 1.0:
            raise BadInput(f"the shock on {blow.target!r} keeps {blow.keep:g}; a share lies between 0 and 1")
        span = slice(max(0, blow.first_week), max(0, blow.first_week) + blow.weeks)
        for i in hit:
            if not blow.export:
                made[span, i] = np.minimum(made[span, i], blow.keep)
                continue
            for n in network.outputs[i]:
                inside = network.sites[network.lanes[n][1]].economy == blow.target == network.sites[i].economy
                if not inside:
                    sent[span, n] = np.minimum(sent[span, n], blow.keep)
    return made, sent
