"""The chapter of a dossier on test roads: how much was driven, who may use it, what the runs and captures still lack.

Works on what the project names as its `roads` input and on what lies in the folders of road data; nothing is fetched.
Reading order: chapter(), data(), licenses(), evidence(), captures().
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import drawing
from ..catalog import Catalog
from ..chapter import Chapter, Figure, Listing, Part, Table, Text
from ..project.files import inside
from ..waist import Project
from .coverage import by_segment, coverage, km, observed
from .drawn import draw, said
from .lake import Lake
from .license.agreement import Agreement, Book, words
from .sheets import load_run, sheet
from .survey import stated
from .telemetry.door import report

MOST_ROWS = 12


def chapter(project: Project, catalog: Catalog) -> Chapter | None:
    """What the road data, runs and captures of a project have to show; None when it names none."""
    found = stated(project)
    if found is None:
        return None
    inputs, folder = found[0], Path(project.folder)
    leads: list[str] = []
    parts: list[Part] = []
    for subject, row in inputs.datasets.items():
        lake = Lake(inside(folder, row.lake))
        answer = coverage(lake, row.network)
        leads.append(f"{subject}: {_km(answer['observed_km'])} of {_km(answer['network_km'])} km observed.")
        parts += [*data(subject, lake, answer, catalog), *licenses(subject, lake, row.network)]
    for subject, names in inputs.functions.items():
        sheets = [sheet(load_run(inside(folder, name))) for name in names]
        shown, asked = _best(sheets)
        leads.append(f"{subject}: {shown} of {asked} items of evidence shown.")
        parts += evidence(subject, sheets)
    for subject, name in inputs.telemetry.items():
        answer = report(inside(folder, name))
        leads.append(f"{subject}: {answer['fields_present']} of {answer['fields_asked']} telemetry fields present.")
        parts += captures(subject, answer)
    return Chapter("roads", "Test roads and telemetry", " ".join(leads), tuple(parts)) if parts else None


def data(subject: str, lake: Lake, answer: dict[str, Any], catalog: Catalog) -> Iterator[Part]:
    """Coverage by class and by segment, the map, and where the recordings come from."""
    network = lake.network(answer["network"])
    rows = observed(lake, network)
    yield Figure(f"{subject}: the network and what was driven", draw(network, rows, subject), said(network, answer))
    classes = [r for r in answer["by_class"] if r["kind"] == "road_class"]
    title = f"{subject}: kilometers by class of road"
    bars = [(r["class"].replace("_", " "), [r["observed_km"], r["network_km"] - r["observed_km"]]) for r in classes]
    alt = "; ".join(f"{r['class']} {_km(r['observed_km'])} of {_km(r['network_km'])} km" for r in classes)
    yield Figure(title, drawing.stacked(bars, ["driven", "not driven"], "km", title), alt + ".")
    yield Table(
        f"{subject}: coverage by class and domain term",
        ("Kind", "Class or term", "Segments", "Observed km", "Network km", "Share"),
        tuple(
            (
                r["kind"].replace("_", " "), r["class"].replace("_", " "), str(r["segments"]), _km(r["observed_km"]),
                _km(r["network_km"]), _share(r["observed_km"], r["network_km"]),
            )
            for r in answer["by_class"]
        ),
        answer["method"].capitalize() + ".",
        (2, 3, 4, 5),
    )  # fmt: skip
    seen = by_segment(network, rows)
    free = sorted(
        ((s.length_mm - int(seen[n]), n) for n, s in enumerate(network.segments)), key=lambda r: (-r[0], r[1])
    )
    open_ = [(missing, network.segments[n], int(seen[n])) for missing, n in free[:MOST_ROWS] if missing]
    if open_:
        yield Table(
            f"{subject}: segments with the most road not driven",
            ("Segment", "Class", "Not driven km", "Observed km"),
            tuple((s.id, s.road_class.replace("_", " "), _km(km(missing)), _km(km(had))) for missing, s, had in open_),
            f"The first {len(open_)} of {sum(1 for missing, _ in free if missing)}.",
            (2, 3),
        )
    cards = [c for c in lake.runs() if c["network"] == network.id]
    if cards:
        yield Table(
            f"{subject}: the recordings behind it",
            ("Source", "Economy", "License", "First", "Trips", "km", "Matched", "Rows left out"),
            tuple(
                (
                    c["source"], catalog.name(c["economy"]) if c["economy"] in catalog.economies else c["economy"],
                    c["license"], (c["first"] or "")[:10], str(c["trips"]), _km(c["km"]), f"{c['matched_share']:.1%}",
                    str(sum(r["rows"] for r in c["refused"])),
                )
                for c in cards[:MOST_ROWS]
            ),
            f"{len(cards)} recordings; digests stand in the folder.",
            (4, 5, 6, 7),
        )  # fmt: skip


def licenses(subject: str, lake: Lake, network: str) -> Iterator[Part]:
    """Every agreement on a data set in plain words."""
    book = Book(lake.folder / "agreements")
    mine: list[Agreement] = [a for a in book.all() if a.dataset == network] if book.folder.is_dir() else []
    if not mine:
        yield Text(f"{subject}: no agreement is made on these data, so nobody may use them. Nothing said means no.")
    for one in mine[:MOST_ROWS]:
        closed = ("This agreement is revoked.",) if book.revoked(one.id) else ()
        yield Listing((f"Agreement {one.id}, between {one.provider} and {one.recipient}.", *closed, *words(one)))


def evidence(subject: str, sheets: list[dict[str, Any]]) -> Iterator[Part]:
    """What each regime wants to see and what no run shows yet."""
    title = f"{subject}: items of evidence shown, by regime"
    rows, missing = [], []
    for n, regime in enumerate(sheets[0]["regimes"] if sheets else []):
        lacks = [
            i for k, i in enumerate(regime["items"]) if all(s["regimes"][n]["items"][k]["missing"] for s in sheets)
        ]
        rows.append((regime["title"], [float(len(regime["items"]) - len(lacks)), float(len(lacks))]))
        missing += [(regime["title"], i["item"], "; ".join(i["missing"])) for i in lacks]
    if rows:
        alt = "; ".join(f"{name}: {shown:.0f} of {shown + lacks:.0f}" for name, (shown, lacks) in rows)
        yield Figure(title, drawing.stacked(rows, ["shown", "missing"], "items", title), alt + ".")
    yield Table(
        f"{subject}: what is missing per regime",
        ("Regime", "Item", "Not in the run sheet"),
        tuple(missing) or (("-", "nothing that we know of", "-"),),
        f"From {len(sheets)} run sheets; an item is missing when no sheet shows it.",
    )


def captures(subject: str, found: dict[str, Any]) -> Iterator[Part]:
    """What a vehicle's telemetry carries beside what its interface asks."""
    capture, interval = found["capture"], found["interval_s"]
    rows = [
        ("Editions", ", ".join(found["editions"]) or "no report"),
        ("Packets", f"{capture['packets']}, of which {capture['ok']} read whole"),
        ("Fields present", f"{found['fields_present']} of {found['fields_asked']}"),
        ("Regular interval", "unknown" if interval["regular"] is None else f"{interval['regular']:g} s"),
        ("Values marked invalid", "unknown" if found["invalid_share"] is None else f"{found['invalid_share']:.2%}"),
        ("Pack codes in logins", str(len(found["pack_codes"])) if found["pack_codes"] else "none"),
    ]
    rows += [(f"Rejected: {reason}", str(many)) for reason, many in capture["reasons"].items()]
    yield Table(f"{subject}: telemetry as captured", ("Point", "Value"), tuple(rows))
    if found["missing"]:
        yield Listing(tuple(f"{subject}: missing {name}" for name in found["missing"][:MOST_ROWS]))


def _best(sheets: list[dict[str, Any]]) -> tuple[int, int]:
    """(items any run shows, items asked)."""
    items: dict[tuple[str, str], bool] = {}
    for one in sheets:
        for regime in one["regimes"]:
            for item in regime["items"]:
                key = regime["regime"], item["item"]
                items[key] = items.get(key, False) or not item["missing"]
    return sum(items.values()), len(items)


def _km(value: float) -> str:
    return f"{value:,.3f}"


def _share(a: float, b: float) -> str:
    return f"{a / b:.1%}" if b else "-"
