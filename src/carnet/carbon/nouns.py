"""The nouns of the room: a factor, a method, the table of gases, units of activity.

Reading order: Units, Gases, Factor, Method.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import nearest
from ..waist import Place, Source, Standing
from ..words import span
from . import form


@dataclass(frozen=True, slots=True)
class Units:
    """Units of activity data, exact."""

    table: dict[str, tuple[str, Fraction]]

    def dimension(self, unit: str) -> str:
        """The dimension of a unit; raises ValueError naming the nearest."""
        if unit not in self.table:
            near = nearest(unit, self.table)
            raise ValueError(
                f"no unit is called {unit!r}" + (f"; {near}" if near else "") + f". Known: {', '.join(self.table)}"
            )
        return self.table[unit][0]

    def factor(self, unit: str, to: str) -> float:
        """How many `to` one `unit` is; raises ValueError when the dimensions differ."""
        a, b = self.dimension(unit), self.dimension(to)
        if a != b:
            raise ValueError(f"{unit} is {a} and {to} is {b}; they cannot be converted")
        return float(self.table[unit][1] / self.table[to][1])


@dataclass(frozen=True, slots=True)
class Gases:
    """Flows (a gas with an origin) and what a kilogram of each warms, by set."""

    flows: tuple[str, ...]
    gas: dict[str, str]
    origin: dict[str, str]
    sign: dict[str, int]
    sets: dict[str, dict[str, float]]
    formula: dict[str, str]

    def weights(self, gwp: form.Gwp, origins: form.Origins) -> list[float]:
        """kgCO2e per kg of every flow under a set, weighted by whether its origin counts."""
        table = self.sets[gwp.set]
        found = []
        for flow in self.flows:
            gas = self.gas[flow]
            counts = origins.counts.get(self.origin[flow], 0) if not gwp.gases or gas in gwp.gases else 0
            found.append(float(table.get(gas, 0.0)) * self.sign[flow] * counts)
        return found

    def missing(self, gwp: str) -> tuple[str, ...]:
        """Gases a set has no number for."""
        return tuple(g for g in self.formula if g not in self.sets[gwp])


@dataclass(frozen=True, slots=True)
class Need:
    """An input of a background process: so much of an item per unit of the product."""

    item: str
    region: str
    amount: float
    unit: str
    spread: tuple[float, float]
    source: Source | None = None  # of the amount itself; the factor's own when None


@dataclass(frozen=True, slots=True)
class Factor:
    """One item of the background: what a unit of it emits, and which other items it needs.

    flows    kg of each flow emitted by the process itself (or by all of its chain, when lumped), per unit
    spread   (log-sd below the median, log-sd above it) of the direct part
    lumped   True when the number is a whole chain's, so that it follows no grid
    """

    id: str
    region: str
    title: str
    unit: str
    flows: tuple[tuple[str, float], ...]
    spread: tuple[float, float]
    needs: tuple[Need, ...]
    kind: str
    material: str
    lumped: bool
    direct: bool
    recycled_as: str
    license: str
    basis: str
    year: str
    source: Source
    place: Place
    own: bool = False
    note: str = ""


KINDS = {"fuel": "fuel", "energy": "electricity", "process": "process"}


def kind_of(id: str, material: str) -> str:
    """What sort of input an item is: electricity, fuel, transport, process or material."""
    family = id.split(".")[0]
    if family in ("electricity", "transport"):
        return family
    return KINDS.get(material, "material")


@dataclass(frozen=True, slots=True)
class Method:
    """A methodology profile: every section is data; `assumed` holds open parameters that a caller set."""

    id: str
    form: form.MethodFile
    sources: dict[str, Source]
    place: Place
    assumed: tuple[tuple[str, Any], ...] = ()

    def standing(self, on: str, known: str) -> Standing | None:
        """How far the text has come on a day, by what was seen until the day of knowledge; None when unknown."""
        found: Standing | None = None
        for step in self.form.status:
            seen = step.seen or ""
            start = step.start if isinstance(step.start, str) else "unknown"
            if (not seen or seen <= known) and (start == "unknown" or span(start)[0] <= on):
                found = step.standing
        return found

    def what_if(self, on: str, known: str) -> bool:
        """True when the result must not be read as one under the text: open parameters, or a text that does not
        stand."""
        return bool(self.form.open or self.assumed) or self.standing(on, known) not in (
            "in_force",
            "published",
            "superseded",
        )

    def read(self) -> str:
        """How the text behind the calculation was read: the weakest reading of its sections."""
        order = ("verbatim", "summary", "inferred", "remembered")
        sections = [getattr(self.form, name).source for name in SECTIONS]
        return max((self.sources[s].read for s in sections), key=order.index)


SECTIONS = (
    "functional_unit",
    "boundary",
    "cut_off",
    "allocation",
    "recycling",
    "electricity",
    "origins",
    "gwp",
    "rounding",
)
