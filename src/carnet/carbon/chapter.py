"""The footprint's chapter of a dossier: how much, under which rule, why they differ, who emits, what an audit lacks.

Works on what the survey computed. Figures carry their numbers in words; a result that must not be read as one under
its text is called a what-if wherever it stands.
Reading order: chapter(), then one function per part.
"""

from __future__ import annotations

from typing import Any

from .. import drawing
from ..catalog import Catalog
from ..chapter import Chapter, Figure, Listing, Part, Table, Text
from ..waist import Project
from .audit import audit
from .chain import emitted, split
from .footprint import Footprint, footprint
from .ledger import ledger
from .survey import Surveyed, surveyed

MOST_ROWS, MOST_PLACES = 10, 12
STAGES = {
    "materials": "materials",
    "manufacturing": "manufacturing",
    "packaging": "packaging",
    "distribution": "distribution",
    "use": "use",
    "end_of_life": "end of life",
}
CAUSES = {"biogenic_and_land_use": "biogenic and land use", "gwp": "warming factors", "cut_off": "cut-off"}


def chapter(project: Project, catalog: Catalog) -> Chapter | None:
    """What the inventories of a project have to show; None when it names none that could be computed."""
    found = [one for one in surveyed(project) if one.answer["results"]]
    if not found:
        return None
    parts = [part for one in found for part in shown(one, project, catalog)]
    return Chapter("carbon", "Carbon footprint", " ".join(lead(one) for one in found), tuple(parts))


def lead(one: Surveyed) -> str:
    """One sentence: the number under each method."""
    said = [
        f"{r['shown']:,.10g} {r['unit']} under {r['document']}" + (" (what-if)" if r["what_if"] else "")
        for r in one.answer["results"]
    ]
    return f"{one.inventory.title}: {'; '.join(said)}."


def shown(one: Surveyed, project: Project, catalog: Catalog) -> list[Part]:
    """The parts of one inventory."""
    rows = one.answer["results"]
    by_id = {m.id: m for m in one.methods}
    first = footprint(one.inventory, by_id[rows[0]["method"]], one.tables)
    parts: list[Part] = [
        overview(one, project, catalog),
        stages(one),
        contributions(one),
        economies(one, first, catalog),
        *differences(one),
        thresholds(one),
        *missing(one, first, project),
    ]
    if one.answer["missing"]:
        parts.append(Listing(tuple(f"Not computed: {m['says']}" for m in one.answer["missing"])))
    return parts


def overview(one: Surveyed, project: Project, catalog: Catalog) -> Table:
    by_id = {m.id: m for m in one.methods}
    rows = []
    for r in one.answer["results"]:
        economy = by_id[r["method"]].form.economy
        market = catalog.name(economy) if economy else "any"
        spread = f"{_n(r['interval']['p5'])} to {_n(r['interval']['p95'])}"
        rows.append(
            (
                r["method"],
                market,
                f"{r['shown']:,.10g} {r['unit']}",
                spread,
                f"{r['primary_data_share']:.0%}",
                f"{r['standing'] or 'unknown'}{', what-if' if r['what_if'] else ''}",
                r["read"],
            )
        )
    return Table(
        f"{one.inventory.title}: the footprint under each method",
        ("Method", "Economy", "Footprint", "5 % to 95 %", "Primary data", "Text stands as", "Text was"),
        tuple(rows),
        "A what-if must not be read as a result under the text: it is a draft, or has open parameters.",
    )


def stages(one: Surveyed) -> Figure:
    """Stages under each method, for one declared unit, so that methods of other units stand beside each other."""
    rows = [
        (r["method"], [r["stages"].get(s, 0.0) * r["per_declared_unit"]["divisor"] for s in STAGES])
        for r in one.answer["results"]
    ]
    unit = one.answer["results"][0]["per_declared_unit"]["unit"]
    said = "; ".join(
        f"{method}: " + ", ".join(f"{name} {_n(v)}" for name, v in zip(STAGES.values(), values, strict=True) if v)
        for method, values in rows
    )
    title = f"{one.inventory.title}: stages of the life cycle under each method"
    return Figure(title, drawing.stacked(rows, list(STAGES.values()), unit, title), f"In {unit}. {said}.")


def contributions(one: Surveyed) -> Figure:
    """The largest inputs of the first method as a waterfall from nothing to the footprint."""
    row = one.answer["results"][0]
    top = row["contributions"][:MOST_ROWS]
    steps = [(_named(c), float(c["value"])) for c in top]
    rest = row["value"] - sum(v for _, v in steps)
    if abs(rest) > 1e-9 * abs(row["value"]):
        steps.append(("all others", rest))
    title = f"{one.inventory.title}: what it is made of, under {row['method']}"
    said = ", ".join(f"{name} {v:+.4g}" for name, v in steps)
    svg = drawing.waterfall(steps, ("nothing", 0.0), ("footprint", row["value"]), row["unit"], title)
    return Figure(title, svg, f"In {row['unit']}: {said}; together {_n(row['value'])}.", f"Rounded; {row['method']}.")


def economies(one: Surveyed, first: Footprint, catalog: Catalog) -> Figure:
    """Who emits along the whole chain, by economy."""
    where = split(emitted(first), lambda e: e.region)
    named = {catalog.name(code) if code else "place not stated": value for code, value in where.items()}
    rows = list(named.items())[:MOST_PLACES]
    if len(named) > MOST_PLACES:
        rows.append(("other places", sum(list(named.values())[MOST_PLACES:])))
    whole = first.value or 1.0
    said = ", ".join(f"{name} {_n(value)} ({value / whole:.0%})" for name, value in rows)
    title = f"{one.inventory.title}: where along the chain it is emitted, under {first.method.id}"
    note = "Lumped factors are counted where they were measured; those said of no place stand as not stated."
    return Figure(title, drawing.bars(rows, first.unit, title), f"In {first.unit}: {said}.", note)


def differences(one: Surveyed) -> list[Part]:
    """Why methods differ: the first gap as a waterfall, all of them as a ledger whose lines add up."""
    by_id = {m.id: m for m in one.methods}
    ids = [r["method"] for r in one.answer["results"]]
    ledgers = [ledger(one.inventory, by_id[ids[0]], by_id[other], one.tables) for other in ids[1:]]
    if not ledgers:
        return []
    parts: list[Part] = []
    gaps = [entry for entry in ledgers if entry["gap"]]
    if gaps:
        entry = gaps[0]
        steps = [(_cause(x["cause"]), float(x["delta"])) for x in entry["lines"] if x["delta"]]
        title = f"{one.inventory.title}: why {entry['to']} differs from {entry['from']}"
        svg = drawing.waterfall(
            steps, (entry["from"], entry["first"]), (entry["to"], entry["second"]), entry["unit"], title
        )
        said = ", ".join(f"{name} {v:+.4g}" for name, v in steps)
        alt = f"From {_n(entry['first'])} to {_n(entry['second'])} {entry['unit']}: {said}."
        parts.append(Figure(title, svg, alt))
    rows = []
    for entry in ledgers:
        for line in entry["lines"]:
            if line["delta"]:
                rows.append((entry["to"], _cause(line["cause"]), repr(float(line["delta"])), entry["unit"]))
        rows.append((entry["to"], "gap", repr(float(entry["gap"])), entry["unit"]))
    parts.append(
        Table(
            f"{one.inventory.title}: difference ledger from {ids[0]}",
            ("To", "Cause", "Difference", "Unit"),
            tuple(rows),
            "The lines of a method add up to its gap exactly; what one line gets depends on the fixed order of steps.",
            (2,),
        )
    )
    return parts


def thresholds(one: Surveyed) -> Part:
    """The chance to lie below each threshold that is known; silence is a question, never a pass."""
    rows = [
        (r["method"], p["threshold"], f"{_n(p['limit'])} {p['unit']}", f"{p['probability']:.0%}",
         "yes" if p["passes"] else "no")
        for r in one.answer["results"]
        for p in r["passes"]
    ]  # fmt: skip
    if not rows:
        return Text(
            f"{one.inventory.title}: no threshold or class is known for these methods, so none is passed or failed. "
            "State one under thresholds in the inventory to see the chance of lying below it."
        )
    return Table(
        f"{one.inventory.title}: chance to lie below a threshold",
        ("Method", "Threshold", "Limit", "Chance", "The value lies below"),
        tuple(rows),
    )


def missing(one: Surveyed, first: Footprint, project: Project) -> list[Part]:
    """What an auditor would ask for, how good the data are, and what third parties said."""
    found = audit(first, one.tables, on=project.on, known=project.known)
    gaps = [(("all" if g["share"] is None else f"{g['share']:.0%}"), g["says"]) for g in found["gaps"]]
    parts: list[Part] = [
        Table(
            f"{one.inventory.title}: what is missing for an audit, under {first.method.id}",
            ("Of the result", "Missing"),
            tuple(gaps) or (("-", "nothing that we know of"),),
            f"Inventory {found['digest']}; tables {found['tables']}. carnet carbon pack makes the verifier's file.",
        )
    ]
    rated = [
        (name, "no rating" if q["rating"] is None else f"{q['rating']:.2f}", f"{q['scale'][0]} to {q['scale'][1]}",
         f"{q['coverage']:.0%}")
        for name, q in found["quality"].items()
    ]  # fmt: skip
    parts.append(
        Table(
            f"{one.inventory.title}: data quality on the scale of each exchange format",
            ("Format", "Rating", "Best to worst", "Covers"),
            tuple(rated),
        )
    )
    bought = [
        (f"{category} {row['title']}", str(row["inputs"]), str(row["with_supplier_figure"]),
         f"{row['share_by_size']:.0%}", f"{row['share_of_result']:.0%}")
        for category, row in found["upstream"].items()
    ]  # fmt: skip
    parts.append(
        Table(
            f"{one.inventory.title}: upstream coverage by suppliers' own figures",
            ("Scope 3", "Inputs", "With a figure", "By size", "Of the result"),
            tuple(bought),
            "",
            (1, 2),
        )
    )
    if found["third_party"]:
        points = [
            (r["report"], p["point"], p["says"], p["asks"], {True: "yes", False: "no", None: "unknown"}[p["agrees"]])
            for r in found["third_party"]
            for p in r["points"]
        ]
        parts.append(
            Table(
                f"{one.inventory.title}: reports of third parties against {first.method.id}",
                ("Report", "Point", "Report says", "Method asks", "Agree"),
                tuple(points),
            )
        )
    return parts


def _named(row: dict[str, Any]) -> str:
    """An input with its place, and with its part in the circular formula where it has one."""
    where = f", {row['region']}" if row["region"] else ""
    return f"{row['item']}{where}" + ("" if row["part"] in ("input", "virgin") else f" ({row['part']})")


def _cause(word: str) -> str:
    return CAUSES.get(word, word.replace("_", " "))


def _n(value: Any) -> str:
    """Four digits, whole numbers from a thousand on: enough to see, the tables have the rest."""
    return f"{value:,.0f}" if abs(value) >= 1000 else format(float(value), ".4g")
