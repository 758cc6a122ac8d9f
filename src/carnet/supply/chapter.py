"""The supply chapter of a dossier: origins, what is unknown, how few hands, what would stop it, what is due.

Works on what the survey computed. A share with an unknown part is shown as an interval; a number from a table of the
world says so and never proves anything about the project's own chain.
Reading order: chapter(), then one function per part; the flows of the drawing are in `origins`.
"""

from __future__ import annotations

from typing import Any

from .. import drawing
from ..catalog import Catalog
from ..chapter import Chapter, Figure, Part, Table, Text
from ..waist import Project
from . import circularity, concentration, identity, passport
from .origins import links
from .surveyed import Surveyed, surveyed

MOST_ELEMENTS, MOST_ORIGINS, MOST_WORK, MOST_POINTS, MOST_ASKED = 4, 12, 8, 12, 8
THIN = 0.005  # flows below half a percent are not drawn


def chapter(project: Project, catalog: Catalog) -> Chapter | None:
    """What the chain of a project has to show; None when it names none or none of its lots is a subject."""
    one = surveyed(project, catalog)
    if one is None or not one.lots:
        return None
    parts: list[Part] = []
    for lot in dict.fromkeys(one.lots.values()):
        parts += [*origins(one, lot, catalog), asked(one, lot), *concentrated(one, lot, catalog)]
        parts += [recycled(one, lot), *evidence(one, lot), identities(one, lot, catalog)]
    parts += [shock(one), *loop(one)]
    said = " ".join(lead(one, lot, catalog) for lot in dict.fromkeys(one.lots.values()))
    return Chapter("supply", "Supply chain", said, tuple(parts))


def lead(one: Surveyed, lot: str, catalog: Catalog) -> str:
    """Two sentences: what is unknown, and who holds most."""
    found = one.trace(lot)
    known = [o for o in found["origins"] if o["kind"] == "physical"]
    most = max(known, key=lambda o: (o["share"], o["element"]), default=None)
    said = f"{lot}: {_p(found['unknown']['share'])} of the traced mass is of unknown origin"
    said += f" (up to {_p(found['unknown']['high'])} if only certificates count)."
    if most:
        said += f" The largest named share is {catalog.name(most['economy'])} with {_p(most['share'])} of the "
        said += f"{_element(one, most['element'])}."
    if one.blows:
        worst = max(one.blows, key=lambda b: b.high)
        said += f" The hardest blow ({worst.name}) costs {_n(worst.low)} to {_n(worst.high)} weeks of full output."
    return said


def origins(one: Surveyed, lot: str, catalog: Catalog) -> list[Part]:
    """Per element a drawing of its ways, and one table of shares with their bounds."""
    parts: list[Part] = []
    elements = one.elements(lot)
    for element in elements[:MOST_ELEMENTS]:
        flows = links(one.tracer, lot, element)
        drawn = [(a, b, v * 100) for a, b, v in flows if v >= THIN]
        if not drawn:
            continue
        title = f"{lot}: where its {_element(one, element)} comes from"
        first = [(a, v) for a, _, v in drawn if not any(b == a for _, b, _ in drawn)]
        begins: dict[str, float] = {}
        for name, value in first:
            begins[name] = begins.get(name, 0.0) + value
        said = ", ".join(f"{name} {_n(value)} %" for name, value in sorted(begins.items(), key=lambda r: (-r[1], r[0])))
        left = len(flows) - len(drawn)
        note = "Percent of the element by kilograms that flowed; economies by ISO code."
        note += f" {left} flows below half a percent are not drawn." if left else ""
        parts.append(Figure(title, drawing.sankey(drawn, "%", title), f"It begins as: {said}.", note))
    rows = []
    found = one.trace(lot)
    for element in elements:
        of = [o for o in found["origins"] if o["element"] == element]
        rows += [
            (_element(one, element), catalog.name(o["economy"]), _p(o["low"]), _p(o["high"]), o["kind"])
            for o in of[:MOST_ORIGINS]
        ]
        unknown = max(0.0, 1.0 - sum(o["share"] for o in of if o["kind"] == "physical"))
        rows.append((_element(one, element), "unknown", _p(unknown), _p(unknown), "physical"))
    note = "Physical shares follow kilograms, bookkeeping shares follow credits; the two are never added. "
    note += "An economy may hold the unknown part too: that is its upper bound."
    columns = ("Element", "Economy", "At least", "At most", "Kind")
    return [*parts, Table(f"{lot}: origins", columns, tuple(rows), note, (2, 3))]


def asked(one: Surveyed, lot: str) -> Part:
    """Who can lessen the unknown, and how far each question has come."""
    found = one.trace(lot)["requests"]
    if not found:
        return Text(f"{lot}: nobody has to be asked; every beginning states its economy.")
    rows = [
        (
            r["actor"] or r["facility"] or "nobody is named",
            str(r["tier"] or "?"),
            r["question"],
            _p(r["share"]),
            r["state"],
        )
        for r in found[:MOST_ASKED]
    ]
    more = f"{len(found) - MOST_ASKED} more are in carnet supply trace {lot}." if len(found) > MOST_ASKED else ""
    return Table(f"{lot}: questions to suppliers", ("Whom", "Tier", "Question", "Up to", "State"), tuple(rows), more)


def concentrated(one: Surveyed, lot: str, catalog: Catalog) -> list[Part]:
    """Our own chain beside the world, and the places through which all of an element passes."""
    rows: list[tuple[str, float, float | None, float]] = []
    table = []
    for element in one.elements(lot)[:MOST_ELEMENTS]:
        own = one.concentration(lot, element)
        rows.append((f"{_element(one, element)}, own chain", own["hhi_low"], None, own["hhi_high"]))
        table.append((*_hands(own, catalog), f"own chain, {_element(one, element)}", ""))
        for material in one.tables["materials"].where(material=element):
            for stage in material["stages"].split():
                world = concentration.world(one.tables, material["mineral"], stage)
                name = f"{material['mineral'].replace('_', ' ')} {stage}, world {world['year']}"
                rows.append((name, world["hhi_low"], None, world["hhi_high"]))
                table.append((*_hands(world, catalog), name, world["source"]))
    if not rows:
        return []
    title = f"{lot}: concentration by economy"
    said = "; ".join(f"{name} {low:.3f} to {high:.3f}" for name, low, _, high in rows)
    note = "Sum of squared shares, 0 to 1; bounds where somebody is unnamed."
    parts: list[Part] = [Figure(title, drawing.interval(rows, "", title), f"{said}.", note)]
    cells = tuple((where, span, top, share, three, source) for span, top, share, three, where, source in table)
    columns = ("Where", "Sum of squares", "Largest", "Its share", "Three largest", "Source")
    parts.append(Table(f"{lot}: the largest hands", columns, cells))
    points = sorted({(p["name"], p["element"]) for p in one.single_points(lot)})
    if points:
        by: dict[str, list[str]] = {}
        for name, element in points:
            by.setdefault(name, []).append(_element(one, element))
        listed = tuple((name, ", ".join(held)) for name, held in list(by.items())[:MOST_POINTS])
        more = f"{len(by) - MOST_POINTS} more are not shown." if len(by) > MOST_POINTS else ""
        parts.append(Table(f"{lot}: single points of failure", ("Place", "All of this passes it"), listed, more))
    return parts


def _hands(found: dict[str, Any], catalog: Catalog) -> tuple[str, str, str, str]:
    top = catalog.name(found["top1"]) if found["top1"] else "nobody is named"
    span = f"{found['hhi_low']:.3f} to {found['hhi_high']:.3f}"
    share = _p(found["top1_share"])
    share += f" to {_p(found['top1_high'])}" if found["top1_high"] - found["top1_share"] > 1e-9 else ""
    return span, top, share, _p(found["top3_share"])


def shock(one: Surveyed) -> Part:
    """Each blow alone and all together, in weeks of full output lost."""
    if not one.blows:
        return Text(
            "No shock was computed: the project names no line or network. Add shock: FILE to inputs.supply "
            "(carnet supply shock shows what such a file holds)."
        )
    rows = [(b.name, b.low, b.weekly, b.high) for b in one.blows]
    title = f"What each blow costs over {one.blows[0].weeks} weeks"
    said = "; ".join(
        f"{b.name}: {_n(b.low)} to {_n(b.high)} weeks, best plan {_n(b.plan)}, week by week {_n(b.weekly)}"
        for b in one.blows
    )
    note = "Weeks of full output lost; the mark is the week-by-week answer for the middle of the stated ranges. "
    note += "Demand stays as it is."
    return Figure(title, drawing.interval(rows, "weeks", title), f"{said}.", note)


def recycled(one: Surveyed, lot: str) -> Part:
    """Recycled content of today's lot against every target that is known, by the day it applies from."""
    fields = {f.key: f for f in one.fields(lot)}
    rows = []
    for row in sorted(one.tables["targets"].where(measure="recycled_content"), key=lambda r: r["applies_from"]):
        pair = [fields.get(f"rc_{waste}_{row['material'].lower()}") for waste in ("pre", "post")]
        least = float(row["amount"])
        low, high = _bounds([f for f in pair if f])
        if low is None or high is None:
            said, word = "unknown", "open"
        elif one.tracer.elements and row["material"] not in one.elements(lot) and high == 0.0:
            said, word = f"holds no {row['material']}", "idle"
        else:
            said = f"{low:.3g} %" if high - low < 1e-9 else f"{low:.3g} to {high:.3g} %"
            word = "reached" if low >= least else "short" if high < least else "open"
        rows.append(
            (
                row["market"].upper(),
                row["material"],
                f"{row['amount']} %",
                row["applies_from"],
                said,
                word,
                row.source.number,
            )
        )
    note = "Pre- and post-consumer together, of this lot as it was made. Judged in law only by the market's own rows."
    columns = ("Market", "Material", "Target", "From", "This lot", "Stands", "Source")
    return Table(f"{lot}: recycled content against targets", columns, tuple(rows), note, (2,))


def _bounds(pair: list[passport.Field]) -> tuple[float | None, float | None]:
    """Least and most of the recycled share; a part that nobody stated leaves both open."""
    low = high = 0.0
    for field in pair:
        if not field.filled or not isinstance(field.value, (int, float)):
            return None, None
        low += float(field.low if field.low is not None else field.value)
    for field in pair:
        above = (field.high if field.high is not None else float(field.value)) - float(field.value)
        high = max(high, above)
    return (low, min(100.0, low + high)) if pair else (None, None)


def evidence(one: Surveyed, lot: str) -> list[Part]:
    """The passport per access group, and what is missing, the cheapest and most useful first."""
    fields = one.fields(lot)
    found = passport.coverage(fields)
    rows = [
        (access.replace("_", " "), str(g["fields"]), str(g["filled"]), str(g["shown"]),
         ", ".join(m["key"] for m in g["missing"][:6]) + (" ..." if len(g["missing"]) > 6 else ""))
        for access, g in found["groups"].items()
    ]  # fmt: skip
    title = f"{lot}: passport coverage, {_p(found['share'])} of the mandatory or announced fields shown by evidence"
    columns = ("Who may see it", "Fields", "Filled", "Shown", "Missing")
    parts: list[Part] = [Table(title, columns, tuple(rows), "", (1, 2, 3))]
    todo = passport.work(fields)[:MOST_WORK]
    if todo:
        steps = tuple((w["work"], w["from"].replace("_", " "), str(w["effect"]), ", ".join(w["fields"])) for w in todo)
        note = "The most fields for the least effort come first."
        parts.append(Table(f"{lot}: the cheapest missing evidence", ("Work", "From", "Fills", "Fields"), steps, note))
    return parts


def identities(one: Surveyed, lot: str, catalog: Catalog) -> Part:
    """The codes of the battery under every scheme, and what each regime asks, by date."""
    codes = identity.codes_of(one.tracer, lot, one.tables)
    rows = []
    for found in identity.identities(codes, one.tables):
        market = catalog.name(found["market"]) if found["market"] else "any"
        stands = "not stated" if found["code"] is None else "valid" if found["valid"] else "; ".join(found["problems"])
        rows.append((market, found["scheme"], found["applies_from"], found["standing"], stands, found["asks"]))
    for duty in sorted(identity.duties(one.tables, one.on), key=lambda d: (d["applies_from"], d["id"])):
        binds = {True: "binds", False: "not yet", None: "day unknown"}[duty["binds"]]
        if duty["standing"] != "in_force":
            binds = "no law yet"
        market = catalog.name(duty["market"])
        rows.append((market, duty["duty"], duty["applies_from"], duty["standing"], binds, duty["asks"]))
    columns = ("Market", "Scheme or duty", "From", "Text stands as", "Here", "Open question")
    return Table(f"{lot}: identity and duties of every regime, as of {one.on}", columns, tuple(rows))


def loop(one: Surveyed) -> list[Part]:
    """Recycled content that the project's plan would give, by year."""
    if one.loop is None:
        return []
    result = circularity.run(*one.loop, one.tables)
    held = [
        m for m in result.demand if result.demand[m].any() and any(result.content(m, y)["total"] for y in result.years)
    ]
    series = [
        (m, [float(y) for y in result.years], [100 * result.content(m, y)["total"] for y in result.years]) for m in held
    ]
    last = result.years[-1]
    said = ", ".join(f"{m} {_n(100 * result.content(m, last)['total'])} %" for m in held)
    title = "Planned loop: recycled share of the material in new packs"
    note = "A plan, not a proof; recovery by process is remembered, not read."
    return [Figure(title, drawing.lines(series, "year", "%"), f"In {last}: {said}.", note)] if series else []


def _element(one: Surveyed, element: str) -> str:
    """An element by the name of its mineral."""
    rows = one.tables["materials"].where(material=element)
    return rows[0]["mineral"].replace("_", " ") if len(rows) == 1 else element


def _p(share: float) -> str:
    return f"{share * 100:.3g} %" if share > 1e-9 else "0 %"


def _n(value: float) -> str:
    return format(float(value), ".3g")
