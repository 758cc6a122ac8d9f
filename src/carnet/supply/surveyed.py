"""What a project's chain comes to, computed once: the survey states it as facts, the chapter shows it.

Everything the project names is read (the chain, a line or network with its blows, a loop, a list of restricted
parties). Answers are kept for the next who asks for the same bytes on the same day.
Reading order: Surveyed, surveyed(), Blown, blown().
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from .. import reading
from ..catalog import Catalog
from ..errors import BadInput, Problem
from ..waist import Project, Quantity
from . import check, concentration, passport, stages, templates
from .circularity import Fleet, Loop
from .desk import Named, named, open_chain
from .forms import LineForm, LoopForm, NetworkForm
from .shock import report
from .tables import Tables
from .trace import Tracer, answer

MOST_KEPT, SMALL, MOST_LISTED = 4, 1024 * 1024, 64 * 1024 * 1024
T = TypeVar("T")
_KEPT: dict[Any, Surveyed] = {}  # by all they depend on; a review and its chapter ask for the same


@dataclass(frozen=True)
class Blown:
    """What one blow alone (or all together) costs, in weeks of full output."""

    name: str
    weeks: int
    low: float
    plan: float
    weekly: float
    high: float


class Surveyed:
    """One project's chain with everything that facts and chapter are made of; each part computed when first asked."""

    def __init__(self, project: Project, wanted: Named, tracer: Tracer, tables: Tables) -> None:
        self.wanted, self.tracer, self.tables, self.on = wanted, tracer, tables, project.on
        self.lots = lots_of(project, wanted, tracer)
        self._folder = Path(project.folder)
        self._made: dict[tuple[str, str], Any] = {}

    @cached_property
    def problems(self) -> list[dict[str, Any]]:
        """What cannot be true anywhere in the chain."""
        found: list[dict[str, Any]] = check.check(self.tracer.chain)["problems"]
        return found

    def trace(self, lot: str) -> dict[str, Any]:
        return self._once("trace", lot, lambda: answer(self.tracer, lot))

    def fields(self, lot: str) -> tuple[passport.Field, ...]:
        category = self.wanted.category
        return self._once("fields", lot, lambda: passport.build(self.tracer, lot, self.tables, category, self.on))

    def concentration(self, lot: str, element: str) -> dict[str, Any]:
        return self._once(f"own {element}", lot, lambda: concentration.own(self.tracer, lot, element))

    def single_points(self, lot: str) -> list[dict[str, Any]]:
        return self._once("single points", lot, lambda: concentration.single_points(self.tracer, lot))

    def elements(self, lot: str) -> list[str]:
        """The elements the lot holds, the heaviest first."""
        node = self.tracer.node(lot)
        held = {e: float(self.tracer.weights(e).need[node]) for e in self.tracer.elements}
        return sorted((e for e in held if held[e] > 0.0), key=lambda e: (-held[e], e))

    def upstream(self, lot: str) -> list[dict[str, Any]]:
        """The rows of the lots a lot was made of, and its own."""
        lots, graph = self.tracer.chain["lots"], self.tracer.graph
        return [lots[n] for n in graph.upstream(self.tracer.node(lot)).tolist() if n < graph.lots]

    @cached_property
    def blows(self) -> tuple[Blown, ...]:
        """Every blow of the shock file alone, and all of them together; () when the project names none."""
        return blown(self._file("shock", self.wanted.shock)) if self.wanted.shock else ()

    @cached_property
    def loop(self) -> tuple[Fleet, Loop] | None:
        """The fleet and loop the project plans with, if it names them."""
        if not self.wanted.loop:
            return None
        path = self._file("loop", self.wanted.loop)
        form = reading.shape(reading.read(path, self.wanted.loop), LoopForm)
        return form.fleet_of(), form.loop_of()

    @cached_property
    def restricted(self) -> dict[str, str] | None:
        """Name or id of a restricted party, folded -> its list; None when the project gives no list."""
        if not self.wanted.restricted:
            return None
        name, path = self.wanted.restricted, self._file("restricted", self.wanted.restricted)
        try:
            raw = path.read_bytes() if path.stat().st_size <= MOST_LISTED else b""
        except OSError as error:
            raise BadInput(f"{name}: cannot be read: {error.strerror}. inputs.supply names it as restricted.") from None
        if not raw:
            raise BadInput(f"{name}: is empty, or larger than {MOST_LISTED:,} bytes")
        (head, columns), *rows = templates.read_csv(raw, name)
        if set(columns) != {"party", "list"}:
            raise BadInput([Problem(head, "a list of restricted parties has the columns party and list")])
        return {folded(row["party"]): row["list"] for _, row in rows if row["party"]}

    def _file(self, what: str, name: str) -> Path:
        return _inside(self._folder, name, f"inputs.supply.{what}")

    def _once(self, what: str, lot: str, make: Callable[[], T]) -> T:
        if (what, lot) not in self._made:
            self._made[what, lot] = make()
        found: T = self._made[what, lot]
        return found


def percent(share: float) -> Quantity:
    """A share as a fact is written: six digits of percent."""
    return Quantity(Decimal(f"{share * 100:.6g}"), "%")


def folded(name: str) -> str:
    """A name as lists of names are compared: letters and digits only, without case."""
    return "".join(c for c in name.casefold() if c.isalnum())


def surveyed(project: Project, catalog: Catalog) -> Surveyed | None:
    """The chain a project names; None when it names none; a broken chain raises BadInput with its problems."""
    wanted = named(dict(project.extra).get("supply"))
    if wanted is None:
        return None
    folder = _inside(Path(project.folder), wanted.chain, "inputs.supply", project.file)
    tables = Tables()
    said = [Path(project.folder) / n for n in (wanted.shock, wanted.loop, wanted.restricted) if n]
    kinds = tuple((s.id, s.kind) for s in project.subjects)
    key = (str(folder), repr(wanted), project.on, catalog.digest, kinds, _seen([folder, *said]))
    if key not in _KEPT:
        tracer = Tracer(open_chain(folder, catalog), project.on)
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = Surveyed(project, wanted, tracer, tables)
    return _KEPT[key]


def _seen(paths: list[Path]) -> str:
    """A digest over files: of their bytes where they are small, else of size and time of change."""
    total = hashlib.sha256()
    for root in paths:
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file():
                stat = path.stat()
                body = path.read_bytes() if stat.st_size <= SMALL else str(stat.st_mtime_ns).encode()
                total.update(f"{path}\0{stat.st_size}\0".encode("utf-8", "surrogatepass") + body)
    return total.hexdigest()


def _inside(folder: Path, name: str, what: str, file: str = "") -> Path:
    from ..project import files

    try:
        return files.inside(folder, name)
    except ValueError as error:
        raise BadInput(f"{file}: {what}: {error}" if file else f"{what}: {error}") from None


def lots_of(project: Project, wanted: Named, tracer: Tracer) -> dict[str, str]:
    """Subject -> lot: as named, else the same name, else the one pack and the one lot that is never used up."""
    subjects = {s.id: s.kind for s in project.subjects}
    for subject, lot in wanted.lots.items():
        if subject not in subjects:
            raise BadInput(f"{project.file}: inputs.supply.lots: {subject!r} is no subject of the project")
        tracer.node(lot)
    if wanted.lots:
        return dict(wanted.lots)
    same = {s: s for s in subjects if s in tracer.number}
    packs = [s for s, kind in subjects.items() if kind == "battery_pack"]
    used = {f["lot"] for f in tracer.chain["flows"] if f["way"] == "in"}
    made = {f["lot"] for f in tracer.chain["flows"] if f["way"] == "out"}
    last = sorted(made - used)
    return same or ({packs[0]: last[0]} if len(packs) == 1 and len(last) == 1 else {})


def blown(file: Path) -> tuple[Blown, ...]:
    """Each blow of a line or network by itself, then all together; raises BadInput with the file's problems.

    Where a blow is a range, the low end is that of the mildest and the high end that of the hardest it may be.
    """
    document = reading.read(file, file.name)
    if isinstance(document.plain, dict) and document.plain.get("carnet") == "network/1":
        shape = reading.shape(document, NetworkForm)
        network, hits = shape.network(), shape.blows()
        return tuple(_weeks(n, [stages.report(network, some, shape.weeks)] * 3) for n, some in _alone(hits))
    form = reading.shape(document, LineForm)
    line = form.line()
    mild, middle, hard = (dict(_alone(shocks)) for shocks in (form.ends(0), form.shocks_of(), form.ends(1)))
    return tuple(_weeks(n, [report(line, s[n], form.weeks) for s in (mild, middle, hard)]) for n in middle)


def _alone(hits: list[Any]) -> list[tuple[str, list[Any]]]:
    """Every hit by itself under a name, and all of them."""
    found: dict[str, list[Any]] = {}
    for hit in hits:
        name = f"{hit.target} {getattr(hit, 'material', '')}".strip()
        found[name if name not in found else f"{name} ({len(found) + 1})"] = [hit]
    return [*found.items(), *([("all together", hits)] if len(hits) > 1 else [])]


def _weeks(name: str, reports: list[dict[str, Any]]) -> Blown:
    mild, middle, hard = reports
    weeks = middle["weeks"]
    low, high = mild["interval"][0], hard["interval"][1]
    return Blown(name, weeks, low * weeks, middle["plan"] * weeks, middle["week_by_week"] * weeks, high * weeks)


__all__ = ["Blown", "Surveyed", "blown", "folded", "lots_of", "percent", "surveyed"]
