"""The chapter of a dossier on charging: every pair's session, its stages, what limits it, and what each market adds.

What is recorded is called recorded, what is rehearsed is called simulated; where neither can be had, the layers and the
question stand alone. Two families with a mapping get their convergence in one row.
Reading order: chapter(), then one function per part.
"""

from __future__ import annotations

from ..catalog import Catalog
from ..chapter import Chapter, Figure, Listing, Part, Table, Text
from ..drawing import gantt, lines
from ..errors import BadInput
from ..waist import Project
from .converge import converge
from .gaps import verdict
from .judgement import mask
from .layers import Layer
from .pairs import Pair, pairs
from .protocol import library
from .showing import Showing, shown

SAID = {
    "works": "works",
    "works_through_adapter": "works through an adapter",
    "limited": "works with less power",
    "fails": "does not work",
    "": "unproven",
}
STANDS = {
    "fits": "fits",
    "adapted": "adapter",
    "limits": "limits",
    "stops": "stops",
    "unknown": "unknown",
    "opaque": "opaque",
}


def chapter(project: Project, catalog: Catalog) -> Chapter | None:
    """None when no vehicle of the project must charge anywhere."""
    rows = [(pair, shown(project, pair.subject, pair.sides, pair.found)) for pair in pairs(project, catalog)]
    if not rows:
        return None
    says = "; ".join(f"{pair.subject.id}: {_answer(pair, showing)}" for pair, showing in rows)
    parts: list[Part] = [_overview(rows)]
    for pair, showing in rows:
        parts += _pair(pair, showing)
    parts += _converging(rows)
    return Chapter("charging", "Charging", f"{says}.", tuple(parts))


def _answer(pair: Pair, showing: Showing | None) -> str:
    if showing is not None and showing.by == "recording":
        if showing.session.family == "none":
            return "no charging protocol in the recording"
        how = "energy flowed" if showing.moved else "stopped before energy flowed"
        return f"{how} (recorded)"
    if showing is not None and showing.outcome == "fails":
        return f"does not work: {showing.reason} (simulated)"
    text = SAID[pair.found.outcome]
    return f"{text} (simulated)" if showing is not None else text


def _shown_by(showing: Showing | None) -> str:
    if showing is None:
        return "parameters"
    across = f", across a gateway to {showing.through}" if showing.through else ""
    return "recording" if showing.by == "recording" else f"rehearsal (simulated){across}"


def _limiting(pair: Pair) -> str:
    """The first layer that stops or limits; of an open answer the first that is unknown."""
    for weight in ("stops", "limits", *(("unknown",) if not pair.found.outcome else ())):
        found = next((x for x in pair.layers if x.comes_to == weight), None)
        if found is not None:
            return f"{found.layer} ({STANDS[weight]})"
    return "nothing"


def _overview(rows: list[tuple[Pair, Showing | None]]) -> Table:
    told = []
    for pair, showing in rows:
        power = showing.power_kw if showing is not None and showing.power_kw else pair.found.power
        reason = showing.reason if showing is not None and showing.reason else pair.found.reason
        told.append(
            (
                f"{pair.vehicle.title or pair.vehicle.id} at {pair.charger.title or pair.charger.id}",
                _answer(pair, showing),
                f"{power:.1f}" if power else "",
                _limiting(pair),
                _shown_by(showing),
                mask(reason),
            )
        )
    note = "A rehearsal is a simulation with the declared numbers; it certifies nothing."
    columns = ("pair", "answer", "highest power, kW", "limited by", "shown by", "reason")
    return Table("Charging pairs", columns, tuple(told), note, (2,))


def _pair(pair: Pair, showing: Showing | None) -> list[Part]:
    name = pair.subject.id
    parts: list[Part] = [_layers(name, pair.layers)]
    if showing is not None and showing.session.family != "none":
        parts += _session(name, showing)
    if pair.found.missing:
        parts.append(Text(f"{name}: to be asked: {', '.join(pair.found.missing)}."))
    parts.append(_markets(name, pair))
    if pair.found.notes:
        parts.append(Listing(tuple(f"{name}: {n}" for n in pair.found.notes)))
    return parts


def _layers(name: str, layers: tuple[Layer, ...]) -> Table:
    rows = tuple((x.layer, x.vehicle, x.charger, STANDS[x.comes_to], x.says) for x in layers)
    return Table(f"{name}: layer by layer", ("layer", "vehicle", "charger", "comes to", "note"), rows)


def _session(name: str, showing: Showing) -> list[Part]:
    """Stage timeline, curve, how it ended."""
    session = showing.session
    parts: list[Part] = []
    ended = session.story[-1].strip() if session.story else session.ended_by.says
    parts.append(Text(f"{name}: {session.family} {session.generation}, {_shown_by(showing)}. Ended: {mask(ended)}."))
    if session.stages and session.timing == "judged":
        bars = [(s["name"], float(s["from"]), float(s["to"]), "") for s in session.stages]
        told = "; ".join(f"{n} {a:.1f} to {b:.1f} s" for n, a, b, _ in bars)
        title = f"{name}: stages of the session"
        parts.append(Figure(title, gantt(bars, "s", title), f"Stages: {told}."))
    series = [s for s in session.series if s["time"] is not None]
    if len(series) > 1 and session.timing == "judged":
        curves = []
        for key, label in (("voltage", "voltage, V"), ("current", "current, A")):
            points = [(float(s["time"] or 0), float(s[key] or 0)) for s in series if s[key] is not None]
            if len(points) > 1:
                curves.append((label, [t for t, _ in points], [v for _, v in points]))
        if curves:
            title = f"{name}: voltage and current"
            told = ", ".join(f"{label.partition(',')[0]} up to {max(v):g}" for label, _, v in curves)
            energy = session.energy["integral_kwh"]
            moved = f"; {energy:g} kWh by the output" if energy is not None else ""
            parts.append(Figure(title, lines(curves, "s", "", title), f"Over time: {told}{moved}."))
    wrong = [i for i in session.issues if i.level in ("violation", "tolerated")]
    if wrong:
        rows = tuple((i.level, i.rule, mask(i.message), str(i.line or "")) for i in wrong)
        parts.append(Table(f"{name}: deviations from the protocol", ("level", "rule", "what", "line"), rows))
    return parts


def _markets(name: str, pair: Pair) -> Table:
    rows = []
    for where, gaps in pair.places:
        price = pair.bill(where.market, "vehicle")
        used = {True: "used there", False: "not reported there", None: "not known"}[where.used]
        unmet = [r.id for r in where.rules if r.answer == "unmet"]
        open_gaps = [g.part.replace("_", " ") for g in gaps if g.stands == "gap"]
        rows.append(
            (
                where.name,
                f"{used} ({', '.join(where.reported) or 'no row'}; {where.read})",
                f"{where.rule or 'none known'}" + (f" ({where.standing})" if where.standing else ""),
                ", ".join(unmet),
                ", ".join(open_gaps) or "none",
                verdict(gaps),
                price.says() if price is not None else "",
            )
        )
    columns = ("market", "the charger's connector", "connector rule", "rules not met", "gaps", "vehicle", "price")
    note = "Prices are ranges from the library's steps or the project's quotations, never quotations of ours."
    return Table(f"{name}: markets", columns, tuple(rows), note)


def _converging(rows: list[tuple[Pair, Showing | None]]) -> list[Part]:
    """What a gateway would carry where vehicle and charger speak two families that have a mapping."""
    told = []
    for pair, _ in rows:
        mine, theirs = (_playable(side.protocols) for side in pair.sides)
        for one, other in [(a, b) for a in mine for b in theirs]:
            if library().protocol(one).family == library().protocol(other).family:
                continue
            try:
                found = converge(one, other)
            except BadInput:
                continue
            counts = tuple(str(found.count(how)) for how in ("carried", "computed", "synthesized", "lost"))
            slack = min((s for _, _, s, _ in found.sequence if s is not None), default=None)
            told.append((pair.subject.id, one, other, *counts, "" if slack is None else f"{slack:g}"))
    if not told:
        return []
    columns = ("pair", "vehicle", "charger", "carried", "computed", "synthesized", "lost", "least slack, s")
    note = "Signals a gateway carries, computes, makes up or loses; carnet charge converge lists them one by one."
    return [Table("Convergence", columns, tuple(told), note, (3, 4, 5, 6, 7))]


def _playable(standards: tuple[str, ...]) -> list[str]:
    return [p.protocol for p in library().protocols.values() if p.standard in standards and p.plays is not None]
