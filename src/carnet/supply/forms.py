"""The shape of the small files people write for this room: a line or network with shocks, a fleet with its loop."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..errors import BadInput
from .circularity import Fleet, Loop
from .draws import Uncertain
from .joint import Site as Offer
from .joint import joint
from .network import Blow, Network, Site
from .shock import Line, Shock

Number = int | float


class Block(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class OriginBlock(Block):
    sends: dict[str, Number] = Field(description="Material -> units per week.")
    spare: Number = Field(default=0, description="How much more it can send, as a share.")
    group: str = Field(default="", description="The economy, port or actor it belongs to; a shock may name it.")


class ProductBlock(Block):
    makes: Number = Field(description="Units per week.")
    takes: dict[str, Number] = Field(description="Material -> units per unit of product.")


class ShockBlock(Block):
    target: str
    keep: Number | list[Number] = Field(description="Share that stays; [low, high] for draws.")
    first_week: int | list[int] = 0
    weeks: int | list[int]
    material: str = ""
    chance: Number = 1


class LineForm(Block):
    carnet: Literal["line/1"]
    title: str = ""
    weeks: int = Field(ge=1, le=520)
    origins: dict[str, OriginBlock]
    products: dict[str, ProductBlock]
    stock_weeks: dict[str, Number] = {}
    switch: Number = 0
    ramp_weeks: Number = 8
    shocks: list[ShockBlock] = []

    def line(self) -> Line:
        """Raises BadInput when a product takes what nobody sends."""
        materials = sorted({m for p in self.products.values() for m in p.takes})
        sent = {m for o in self.origins.values() for m in o.sends}
        lacking = [m for m in materials if m not in sent]
        if lacking or not materials:
            raise BadInput(f"no origin sends {lacking[0]!r}" if lacking else "the products take nothing")
        values = [
            *self.stock_weeks.values(),
            self.switch,
            *(x for o in self.origins.values() for x in o.sends.values()),
        ]
        values += [x for p in self.products.values() for x in (p.makes, *p.takes.values())]
        if any(v < 0 or v > 1e12 for v in values):
            raise BadInput("supplies, recipes and stocks lie between 0 and 1e12")
        grid: Any = [[o.sends.get(m, 0) for m in materials] for o in self.origins.values()]
        recipes: Any = [[p.takes.get(m, 0) for p in self.products.values()] for m in materials]
        return Line(
            tuple(materials),
            tuple(self.origins),
            tuple(self.products),
            np.array(grid, float),
            np.array([o.spare for o in self.origins.values()], float),
            np.array(recipes, float),
            np.array([p.makes for p in self.products.values()], float),
            float(self.switch),
            np.array([self.stock_weeks.get(m, 0) for m in materials], float),
            float(self.ramp_weeks),
            {n: o.group for n, o in self.origins.items() if o.group},
        )

    def shocks_of(self) -> list[Shock]:
        """Each shock as certain: a range counts with its middle."""
        found = []
        for s in self.shocks:
            (a, b), (c, d), (e, f) = _pair(s.keep), _pair(s.first_week), _pair(s.weeks)
            found.append(Shock(s.target, (a + b) / 2, round((c + d) / 2), round((e + f) / 2), s.material))
        return found

    def ends(self, end: int) -> list[Shock]:
        """Each shock at the mildest (0) or hardest (1) end of its ranges."""
        return [
            Shock(
                s.target,
                _pair(s.keep)[1 - end],
                int(_pair(s.first_week)[1 - end]),
                int(_pair(s.weeks)[end]),
                s.material,
            )
            for s in self.shocks
        ]

    def uncertain_of(self) -> list[Uncertain]:
        """Each shock with its ranges."""
        found = []
        for s in self.shocks:
            first, weeks = _pair(s.first_week), _pair(s.weeks)
            span, length = (int(first[0]), int(first[1])), (int(weeks[0]), int(weeks[1]))
            found.append(Uncertain(s.target, _pair(s.keep), span, length, s.material, float(s.chance)))
        return found


class SiteBlock(Block):
    makes: str = Field(description="The material or product it makes.")
    capacity: Number = Field(gt=0, le=1e12, description="Units in a normal week.")
    takes: dict[str, Number] = Field(default={}, description="Material -> units per unit made.")
    stock_weeks: dict[str, Number] = Field(default={}, description="Material -> weeks of normal need in store.")
    spare: Number = Field(default=0, ge=0, le=100, description="How much more it can make, as a share.")
    stage: str = ""
    economy: str = ""
    supplier: str = ""
    port: str = ""


class BlowBlock(Block):
    target: str = Field(description="A site, stage, economy, supplier or port.")
    keep: Number
    first_week: int = 0
    weeks: int = Field(ge=1)
    hits: Literal["output", "export"] = "output"


class NetworkForm(Block):
    carnet: Literal["network/1"]
    title: str = ""
    weeks: int = Field(ge=1, le=520)
    product: str
    sites: dict[str, SiteBlock] = Field(min_length=1, max_length=500)
    ramp_weeks: Number = Field(default=8, ge=0)
    shocks: list[BlowBlock] = []

    def network(self) -> Network:
        """Raises BadInput when a site takes what nobody makes."""
        sites = []
        for name, block in self.sites.items():
            numbers = block.model_dump(include={"takes", "stock_weeks"})
            if any(not 0 <= v <= 1e12 for group in numbers.values() for v in group.values()):
                raise BadInput(f"{name}: recipes and stocks lie between 0 and 1e12")
            said = block.model_dump(exclude={"stock_weeks"})
            sites.append(Site(name=name, stock=block.stock_weeks, **said))
        return Network(sites, self.product, float(self.ramp_weeks))

    def blows(self) -> list[Blow]:
        return [Blow(s.target, float(s.keep), s.first_week, s.weeks, s.hits == "export") for s in self.shocks]


def _pair(value: Any) -> tuple[float, float]:
    pair = value if isinstance(value, list) else [value, value]
    if len(pair) != 2 or pair[0] > pair[1]:
        raise BadInput(f"{value!r} is no range; write [low, high]")
    return float(pair[0]), float(pair[1])


class FleetBlock(Block):
    first_year: int
    sales_kwh: dict[str, list[Number]]
    life_years: Number = 14
    life_shape: Number = 3.5
    pool: Number = 1
    refused: Number = 0
    longer_life: Number = 0


class LoopBlock(Block):
    exported: Number = 0
    reused: Number = 0
    refurbished: Number = 0
    remanufactured: Number = 0
    repurposed: Number = 0
    second_life_years: int = 8
    collected: Number = 0.9
    delay_years: int = Field(default=1, ge=0)
    processes: dict[str, Number] = {"hydro": 1}
    reading: Literal["low", "mid", "high"] = "mid"
    scrap: Number = 0.04
    reduced: Number = 0


class SiteOfferBlock(Block):
    economy: str
    fixed: Number = Field(ge=0, le=1e15, description="Money per year, whether it runs or not.")
    per_tonne: Number = Field(ge=0, le=1e15)
    capacity: Number = Field(gt=0, le=1e12, description="Tonnes per year.")


class JointForm(Block):
    carnet: Literal["joint/1"]
    title: str = ""
    currency: str
    tonnes: dict[str, Number] = Field(min_length=1, max_length=10, description="Economy -> tonnes a year to recycle.")
    sites: dict[str, SiteOfferBlock] = Field(min_length=1, max_length=60)
    move: list[list[str | Number]] = Field(default=[], description="[from, to, money per tonne], both ways apart.")

    def joint(self) -> dict[str, Any]:
        """Where joining pays; raises BadInput for amounts that make no sense or an economy nobody has."""
        move: dict[tuple[str, str], float] = {}
        for row in self.move:
            if len(row) != 3 or not isinstance(row[0], str) or not isinstance(row[1], str) or isinstance(row[2], str):
                raise BadInput(f"move: {row!r} is not [from, to, money per tonne]")
            move[row[0], row[1]] = float(row[2])
        amounts = [*self.tonnes.values(), *move.values()]
        if any(not 0 <= a <= 1e12 for a in amounts):
            raise BadInput("tonnes and costs of moving lie between 0 and 1e12")
        known = {*self.tonnes, *(s.economy for s in self.sites.values())}
        wrong = [e for way in move for e in way if e not in known]
        if wrong:
            raise BadInput(f"move: {wrong[0]!r} has neither tonnes nor a site")
        offered = [Offer(n, s.economy, *map(float, (s.fixed, s.per_tonne, s.capacity))) for n, s in self.sites.items()]
        found = joint({e: float(t) for e, t in self.tonnes.items()}, offered, move)
        return {**found, "currency": self.currency}


class LoopForm(Block):
    carnet: Literal["loop/1"]
    title: str = ""
    fleet: FleetBlock
    loop: LoopBlock = LoopBlock()

    def fleet_of(self) -> Fleet:
        f = self.fleet
        if not 0 < f.life_years <= 100 or not 0.5 <= f.life_shape <= 50 or not 1 <= f.pool <= 10:
            raise BadInput("life_years lies between 0 and 100, life_shape between 0.5 and 50, pool between 1 and 10")
        sales = {c: [float(x) for x in s] for c, s in f.sales_kwh.items()}
        life = (float(f.life_years), float(f.life_shape))
        return Fleet(f.first_year, sales, *life, float(f.pool), float(f.refused), float(f.longer_life))

    def loop_of(self) -> Loop:
        plain = self.loop.model_dump()
        kept: dict[str, Any] = {k: v for k, v in plain.items() if k in ("second_life_years", "delay_years", "reading")}
        kept["processes"] = {k: float(v) for k, v in plain["processes"].items()}
        return Loop(**{**{k: float(v) for k, v in plain.items() if k not in kept}, **kept})
