"""Evidence sheets: one run beside what several regimes want to see, and what is missing.

A run sheet is what a tester writes about one run or campaign: site, environment, instruments, scenarios, recorder,
results. An item is shown when the sheet gives everything it needs, within its limits; a missing key is never a pass.
Reading order: Run, load_run(), judge(), sheet(). Distances in km.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from ..catalog.library import builtin
from ..errors import BadInput
from ..reading import read, shape

SCHEMA = "carnet/evidence-sheet/1"


class Limit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    most: float | None = None
    least: float | None = None

    def holds(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    item: str
    needs: tuple[str, ...] = ()
    group: str = ""
    recorder: tuple[str, ...] = ()
    limit: Limit | None = None


class Regime(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    regime: str
    title: str
    source: str
    items: tuple[Item, ...]


class Regimes(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    sources: dict[str, dict[str, str]]
    regimes: tuple[Regime, ...]


@lru_cache(maxsize=2)
def regimes(root: Path | None = None) -> Regimes:
    path = (root or builtin()) / "roads" / "sheets" / "regimes.yaml"
    return shape(read(path, f"data/roads/sheets/{path.name}"), Regimes)


class Recorder(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    events: tuple[str, ...] = ()
    events_kept: int | None = None
    export_file: str | None = None
    time_zone: str | None = None
    images_before_s: float | None = None
    images_after_s: float | None = None


class Road(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    report: str | None = None
    distance_km: float | None = None
    disengagements: int | None = None
    cells_driven: int | None = None
    cells_declared: int | None = None


class Run(BaseModel):
    """A run sheet."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    run: str
    function: str
    site: str | None = None
    environment: str | None = None
    vehicle: str | None = None
    load: str | None = None
    software_version: str | None = None
    verdict: str | None = None
    reason: str | None = None
    scenarios: tuple[str, ...] = ()
    safety_case: str | None = None
    instruments: dict[str, float] = {}
    channels: dict[str, str] = {}
    recorder: Recorder = Recorder()
    road: Road = Road()
    track: dict[str, str] = {}
    virtual: dict[str, str] = {}
    safety_management: dict[str, str] = {}
    monitoring: dict[str, str] = {}
    model: dict[str, str] = {}


def load_run(path: Path) -> Run:
    """A run sheet; raises BadInput with a sentence for every mistake."""
    run = shape(read(path), Run)
    road = run.road
    if road.distance_km is not None and not 0 <= road.distance_km < 1e9:
        raise BadInput(f"{path}: road.distance_km {road.distance_km} is no distance")
    if road.cells_driven is not None and not 0 <= road.cells_driven <= (road.cells_declared or 0):
        raise BadInput(f"{path}: cells_driven {road.cells_driven} of {road.cells_declared} declared")
    return run


def given(run: Run, key: str) -> Any:
    """The value of a dotted key, None when the sheet does not say it."""
    here: Any = run
    for step in key.split("."):
        here = here.get(step) if isinstance(here, Mapping) else getattr(here, step, None)
    return here if here not in ((), "", {}) else None


def judge(run: Run, item: Item) -> list[str]:
    """What an item still misses; empty when the run shows it."""
    missing = [key for key in item.needs if given(run, key) is None]
    if item.group and item.group not in run.scenarios:
        missing.append(f"scenarios: {item.group}")
    missing += [f"recorder.events: {event}" for event in item.recorder if event not in run.recorder.events]
    if item.limit and not missing and not item.limit.holds(given(run, item.limit.key)):
        bound = f"at most {item.limit.most:g}" if item.limit.most is not None else f"at least {item.limit.least:g}"
        missing.append(f"{item.limit.key} is {given(run, item.limit.key)}, {bound} is needed")
    return missing


def sheet(run: Run) -> dict[str, Any]:
    """The evidence sheet of a run for every regime at once."""
    table = regimes()
    rows = []
    for regime in table.regimes:
        items = [{"item": i.item, "missing": judge(run, i)} for i in regime.items]
        source = table.sources[regime.source]
        rows.append(
            {
                "regime": regime.regime,
                "title": regime.title,
                "source": {k: source.get(k, "") for k in ("number", "class", "read")},
                "shown": sum(not i["missing"] for i in items),
                "items": items,
            }
        )
    return {"schema": SCHEMA, "run": run.run, "function": run.function, "regimes": rows}
