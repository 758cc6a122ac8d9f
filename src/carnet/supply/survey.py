"""State what the trace knows about packs and vehicles: origin, concentration, custody, recycled content, passport.

What has bounds is stated only where they meet: a recycled share with an unknown source is left open, and the question
goes to the supplier. A claim without evidence proves nothing here.
Reading order: survey(), facts_of().
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..errors import BadInput
from ..waist import Fact, Origin, Place, Project, Quantity
from . import check, concentration, passport
from .desk import Named, named, open_chain
from .tables import Tables
from .trace import Tracer, answer

# Passport fields -> facts of the pack, in percent; the fact is the sum of pre- and post-consumer.
RECYCLED = {
    "li": "battery.recycled_lithium",
    "co": "battery.recycled_cobalt",
    "ni": "battery.recycled_nickel",
    "pb": "battery.recycled_lead",
}
# From the strongest to the weakest; a chain is as strong as its weakest event.
CUSTODY = ("identity_preserved", "segregated", "mass_balance", "book_and_claim")
_CUSTODY_OF = {"controlled_blending": "segregated", "mass_balance_rolling": "mass_balance"}
_WRONG = frozenset({"mass_gain", "double_use", "cycle"})


def survey(project: Project, catalog: Catalog) -> tuple[Fact, ...]:
    """Facts of every subject that is a lot of the project's chain; a broken chain raises BadInput with its problems."""
    wanted = named(dict(project.extra).get("supply"))
    if wanted is None:
        return ()
    from ..project import files

    try:
        folder = files.inside(Path(project.folder), wanted.chain)
    except ValueError as error:
        raise BadInput(f"{project.file}: inputs.supply: {error}") from None
    tracer = Tracer(open_chain(folder, catalog), project.on)
    problems = check.check(tracer.chain)["problems"]
    facts: list[Fact] = []
    for subject, lot in lots_of(project, wanted, tracer).items():
        kind = project.subject(subject).kind
        origin = Origin("surveyor", "supply", Place(f"{wanted.chain}/lots.csv"))
        for name, value, complete in facts_of(tracer, lot, problems, wanted.category, project.on):
            if name in catalog.words and kind in catalog.words.word(name).about:
                facts.append(Fact(subject, name, value, origin, complete=complete))
    return tuple(facts)


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


def facts_of(
    tracer: Tracer, lot: str, problems: list[dict[str, Any]], category: str, on: str
) -> list[tuple[str, Any, bool]]:
    """(fact, value, complete) of one lot."""
    found = answer(tracer, lot)
    unknown = found["unknown"]["share"]
    physical = [o for o in found["origins"] if o["kind"] == "physical"]
    upstream = {tracer.names[n] for n in tracer.graph.upstream(tracer.node(lot)) if n < tracer.graph.lots}
    facts: list[tuple[str, Any, bool]] = [
        ("supply.unknown_share", _percent(unknown), False),
        ("supply.certified_share", _percent(found["certified_share"]), False),
        ("supply.mass_balance_holds", not any(p["kind"] in _WRONG and p["lot"] in upstream for p in problems), False),
        ("supply.single_points", len({p["name"] for p in concentration.single_points(tracer, lot)}), False),
        ("supply.requests_open", sum(r["state"] in ("open", "asked") for r in found["requests"]), False),
    ]
    if physical:
        codes = tuple(sorted({o["economy"].upper() for o in physical}))
        facts.append(("supply.origins", codes, unknown == 0.0))
        element = max(tracer.elements, key=lambda e: float(tracer.weights(e).need[tracer.node(lot)]))
        top = concentration.own(tracer, lot, element)
        if top["top1_share"] >= top["unnamed"] + sum(s for _, s in top["shares"][1:2]):
            facts.append(("supply.top_economy", top["top1"].upper(), False))
        if top["unnamed"] < 1e-9:
            facts.append(("supply.top_economy_share", _percent(top["top1_share"]), False))
            facts.append(("supply.concentration", Decimal(f"{top['hhi_low']:.6g}"), False))
    done = [r for r in tracer.chain["requests"] if r["asked"]]
    if done:
        verified = sum(bool(r["verified"]) for r in done) / len(done)
        facts.append(("supply.requests_verified_share", _percent(verified), False))
    facts += _custody(tracer, lot)
    facts += _passport(tracer, lot, category, on)
    return facts


def _custody(tracer: Tracer, lot: str) -> list[tuple[str, Any, bool]]:
    """The weakest model of the events upstream; nothing when one of them does not say."""
    nodes = tracer.graph.upstream(tracer.node(lot))
    said = [tracer.chain["events"][n - tracer.graph.lots]["custody"] for n in nodes if n >= tracer.graph.lots]
    models = [_CUSTODY_OF.get(m, m) for m in said]
    if not models or any(m not in CUSTODY for m in models):
        return []
    return [("supply.chain_of_custody", max(models, key=CUSTODY.index), False)]


def _passport(tracer: Tracer, lot: str, category: str, on: str) -> list[tuple[str, Any, bool]]:
    fields = {f.key: f for f in passport.build(tracer, lot, Tables(), category, on)}
    coverage = passport.coverage(tuple(fields.values()))
    facts: list[tuple[str, Any, bool]] = [("battery.passport_coverage", _percent(coverage["share"]), False)]
    for symbol, name in RECYCLED.items():
        pair = [fields[f"rc_{waste}_{symbol}"] for waste in ("pre", "post")]
        sure = all(f.shown and isinstance(f.value, (int, float)) and f.low == f.high for f in pair)
        if sure:
            facts.append((name, _percent(sum(float(f.value) for f in pair) / 100), False))
    if fields["dd_report"].shown and fields["dd_assurance"].shown:
        facts.append(("battery.due_diligence", True, False))
    return facts


def _percent(share: float) -> Quantity:
    return Quantity(Decimal(f"{share * 100:.6g}"), "%")
