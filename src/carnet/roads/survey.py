"""What this room knows of a project: telemetry as captured, road data as measured, runs as their sheets show them.

The project names one file, `inputs: {roads: roads.yaml}`:

    telemetry: {truck: captures/truck.hex}             # vehicle -> capture
    datasets:  {site: {lake: lake, network: town}}     # road_dataset -> folder and network
    functions: {pilot: [runs/day1.yaml]}               # ads_function -> run sheets

Only what was measured is stated; a file that cannot be read is a problem with its place. Paths stay in the folder.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from ..catalog import Catalog
from ..errors import BadProject, Problem, nearest
from ..project.files import inside
from ..reading import Document, read, shape
from ..waist import Fact, Origin, Project, Quantity

PERCENT = Decimal(100)


class Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    lake: str
    network: str


class Inputs(BaseModel):
    """The file a project names as `inputs: roads`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    telemetry: dict[str, str] = {}
    datasets: dict[str, Data] = {}
    functions: dict[str, list[str]] = {}


def stated(project: Project) -> tuple[Inputs, Document] | None:
    """What a project names as its `roads` input, with the document it stands in; None when it names nothing."""
    named = dict(project.extra).get("roads")
    if not isinstance(named, str):
        return None
    path = _inside(Path(project.folder), named, Document(project.file, None, {}, ""), ())
    document = read(path, named)
    return shape(document, Inputs), document


def survey(project: Project, catalog: Catalog) -> tuple[Fact, ...]:
    """Facts about vehicles, road data and driving functions; nothing when the project names no `roads` input."""
    found = stated(project)
    if found is None:
        return ()
    inputs, document = found
    folder = Path(project.folder)
    kinds = {s.id: s.kind for s in project.subjects}
    facts: list[Fact] = []
    for section, kind in (("telemetry", "vehicle"), ("datasets", "road_dataset"), ("functions", "ads_function")):
        for subject, value in getattr(inputs, section).items():
            at = (section, subject)
            if kinds.get(subject) != kind:
                near = nearest(subject, [s for s, k in kinds.items() if k == kind])
                says = f"no {kind} of this project is called {subject!r}" + (f"; {near}" if near else "")
                raise BadProject([Problem(document.at(at), says)])
            facts += _facts(subject, section, value, folder, document, at)
    return tuple(f for f in facts if f.name in catalog.words)


def _inside(folder: Path, name: str, document: Document, at: tuple[str | int, ...]) -> Path:
    try:
        return inside(folder, name)
    except ValueError as error:
        raise BadProject([Problem(document.at(at), str(error))]) from None


def _facts(subject: str, section: str, value: Any, folder: Path, document: Document, at: tuple[str, str]) -> list[Fact]:
    origin = Origin("surveyor", "roads", document.at(at), kinds=("measurement",))
    if section == "telemetry":
        known = telemetry(_inside(folder, value, document, at))
    elif section == "datasets":
        known = dataset(_inside(folder, value.lake, document, at), value.network)
    else:
        known = function([_inside(folder, name, document, at) for name in value])
    return [Fact(subject, name, found, origin) for name, found in known.items() if found is not None]


def _share(part: float | None) -> Quantity | None:
    return None if part is None else Quantity((Decimal(str(part)) * PERCENT).normalize() + 0, "%")


def telemetry(path: Path) -> dict[str, Any]:
    """telemetry.* of one vehicle's capture."""
    from .telemetry.door import report

    found = report(path)
    regular = found["interval_s"]["regular"]
    asked = found["fields_asked"]
    return {
        "telemetry.format": tuple(found["editions"]) or None,
        "telemetry.interval": None if regular is None else Quantity(Decimal(str(regular)).normalize() + 0, "s"),
        "telemetry.fields_present": _share(round(found["fields_present"] / asked, 6)) if asked else None,
        "telemetry.fields_missing": tuple(found["missing"]) or None,
        "telemetry.invalid_share": _share(found["invalid_share"]),
        "telemetry.packets_rejected": _share(found["rejected_share"]),
        "telemetry.signed": found["signed"] if found["reports"] else None,
        "telemetry.encrypted": found["encrypted"],
        "telemetry.pack_codes": tuple(found["pack_codes"]) or None,
        "telemetry.pack_code_reported": bool(found["pack_codes"]) if found["capture"]["packets"] else None,
    }


def dataset(folder: Path, network: str) -> dict[str, Any]:
    """road_data.* of one network in a folder of road data."""
    from .coverage import coverage
    from .lake import Lake

    lake = Lake(folder)
    found = coverage(lake, network)
    cards = [c for c in lake.runs() if c["network"] == network]
    frames = sum(c["frames"] for c in cards)
    rows = sum(c["rows"] for c in cards)
    refused = sum(r["rows"] for c in cards for r in c["refused"])
    matched = sum(c["frames"] * c["matched_share"] for c in cards)
    return {
        "road_data.network_length": Quantity(Decimal(str(found["network_km"])), "km"),
        "road_data.observed_length": Quantity(Decimal(str(found["observed_km"])), "km"),
        "road_data.match_quality": _share(round(matched / frames, 6)) if frames else None,
        "road_data.rejected_share": _share(round(refused / rows, 6)) if rows else None,
    }


def function(paths: list[Path]) -> dict[str, Any]:
    """ads.* of a driving function from its run sheets; what any run shows is shown."""
    from .sheets import load_run, sheet

    runs = [load_run(p) for p in paths]
    shown = [sheet(r) for r in runs]
    missing = None
    for one in shown:
        lacks = {f"{r['regime']}: {i['item']}" for r in one["regimes"] for i in r["items"] if i["missing"]}
        missing = lacks if missing is None else missing & lacks
    distances = [Decimal(str(r.road.distance_km)) for r in runs if r.road.distance_km is not None]
    interventions = [r.road.disengagements for r in runs if r.road.disengagements is not None]
    cells = [(r.road.cells_driven, r.road.cells_declared) for r in runs]
    best = max((Decimal(a) / Decimal(b) for a, b in cells if a is not None and b), default=None)
    return {
        "ads.track_groups_shown": tuple(sorted({s for r in runs for s in r.scenarios})) or None,
        "ads.road_distance": Quantity(sum(distances, Decimal(0)), "km") if distances else None,
        "ads.odd_cells_covered": None if best is None else _share(round(float(best), 6)),
        "ads.recorder_items_shown": tuple(sorted({e for r in runs for e in r.recorder.events})) or None,
        "ads.evidence_missing": tuple(sorted(missing)) if missing else None,
        "ads.disengagements": sum(interventions) if interventions else None,
    }
