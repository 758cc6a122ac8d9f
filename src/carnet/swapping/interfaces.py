"""Swap schemes, deciding parameters and the station's checklist, read from data/swap/*.yaml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..catalog.library import builtin
from ..reading import read, shape

Read = Literal["verbatim", "summary", "inferred", "remembered"]


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scheme(Row):
    """A dimensional and locking scheme; two schemes of one standard are two rows."""

    id: str
    title: str
    names: tuple[str, ...]
    within: str
    layout: str = ""
    serves: tuple[str, ...] = ()
    source: str
    read: Read


class Parameter(Row):
    """One thing that decides, where each side declares it, how the declarations are compared."""

    id: str
    group: str
    title: str
    compare: Literal["same", "class", "scheme", "scheme_layout", "scheme_class", "part", "covers", "within"]
    fact: str = ""
    vehicle: str = ""
    pack: str = ""
    station: str = ""
    parts: tuple[str, ...] = ()
    classes: dict[str, tuple[str, ...]] = {}
    by_scheme: bool = False
    unit: str = ""
    adapt: str = ""


class Item(Row):
    """One line of the station's checklist: which standard and clause, shown for whom, by which evidence."""

    id: str
    family: Literal["electrical_safety", "communication", "separation_interface"]
    title: str
    about: str
    demands: str
    evidence: tuple[str, ...]
    serves: tuple[str, ...] = ()
    clause: str = ""
    clause_read: Read = "remembered"
    optional: bool = False
    source: str

    @property
    def where(self) -> str:
        """The standard, with the clause as far as somebody read it."""
        how = f" ({self.clause_read})" if self.clause and self.clause_read != "summary" else ""
        return f"{self.demands}, clause {self.clause}{how}" if self.clause else self.demands


class Tolerances(Row):
    source: str
    position_mm: float
    overall_mm: tuple[tuple[float, float], ...]

    def of(self, size_mm: float) -> float | None:
        """The allowed deviation of an overall size, in mm; None beyond the table."""
        return next((deviation for limit, deviation in self.overall_mm if size_mm <= limit), None)


class Interfaces(Row):
    sources: dict[str, dict[str, str]]
    schemes: tuple[Scheme, ...]
    parameters: tuple[Parameter, ...]
    tolerances: Tolerances
    checklist: tuple[Item, ...]

    def scheme(self, name: str) -> Scheme | None:
        """The scheme of a printed name; None for one the table does not know."""
        wanted = " ".join(name.split()).casefold()
        return next((s for s in self.schemes if wanted in {n.casefold() for n in (*s.names, s.title, s.id)}), None)

    def ambiguous(self, name: str) -> tuple[Scheme, ...]:
        """The schemes of a standard that is named without saying which of its schemes."""
        wanted = " ".join(name.split()).casefold()
        found = tuple(s for s in self.schemes if s.within.casefold() == wanted)
        return found if len(found) > 1 else ()


@lru_cache(maxsize=4)
def interfaces(root: Path | None = None) -> Interfaces:
    path = (root or builtin()) / "swap" / "interfaces.yaml"
    return shape(read(path, "swap/interfaces.yaml"), Interfaces)
