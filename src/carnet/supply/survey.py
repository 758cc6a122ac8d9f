"""State what the trace knows about packs and vehicles: origin, concentration, custody, recycled content, passport.

What has bounds is stated only where they meet: a recycled share with an unknown source is left open, and the question
goes to the supplier. A claim without evidence proves nothing here; what is only planned is stated as a what-if.
Reading order: survey(), facts_of().
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..catalog import Catalog
from ..waist import Fact, Origin, Place, Project, Quantity
from . import passport, regained
from .surveyed import Surveyed, folded, percent, surveyed
from .trace import Tracer

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

Stated = tuple[str, Any, bool]  # fact, value, whether a list is complete


def survey(project: Project, catalog: Catalog) -> tuple[Fact, ...]:
    """Facts of every subject that is a lot of the project's chain; a broken chain raises BadInput with its problems."""
    one = surveyed(project, catalog)
    facts: list[Fact] = []
    for subject, lot in one.lots.items() if one else ():
        assert one is not None
        kind = project.subject(subject).kind
        traced = Origin("surveyor", "supply", Place(f"{one.wanted.chain}/lots.csv"))
        planned = Origin("what_if", "supply: what the loop plans", Place(one.wanted.loop))
        said = [(row, traced) for row in facts_of(one, lot)] + [(row, planned) for row in regained.planned(one)]
        seen: set[str] = set()
        for (name, value, complete), origin in said:
            if name not in seen and name in catalog.words and kind in catalog.words.word(name).about:
                seen.add(name)  # what the chain shows goes before what is planned
                facts.append(Fact(subject, name, value, origin, complete=complete))
    return tuple(facts)


def facts_of(one: Surveyed, lot: str) -> list[Stated]:
    """What the chain shows about one lot."""
    tracer, found = one.tracer, one.trace(lot)
    unknown = found["unknown"]["share"]
    physical = [o for o in found["origins"] if o["kind"] == "physical"]
    upstream = {row["id"] for row in one.upstream(lot)}
    facts: list[Stated] = [
        ("supply.unknown_share", percent(unknown), False),
        ("supply.certified_share", percent(found["certified_share"]), False),
        (
            "supply.mass_balance_holds",
            not any(p["kind"] in _WRONG and p["lot"] in upstream for p in one.problems),
            False,
        ),
        ("supply.single_points", len({p["name"] for p in one.single_points(lot)}), False),
        ("supply.requests_open", sum(r["state"] in ("open", "asked") for r in found["requests"]), False),
        ("supply.tiers_shown", tiers_shown(one, lot), False),
    ]
    if physical:
        codes = tuple(sorted({o["economy"].upper() for o in physical}))
        facts.append(("supply.origins", codes, unknown == 0.0))
        top = one.concentration(lot, one.elements(lot)[0])
        if top["top1_share"] >= top["unnamed"] + sum(s for _, s in top["shares"][1:2]):
            facts.append(("supply.top_economy", top["top1"].upper(), False))
        if top["unnamed"] < 1e-9:
            facts.append(("supply.top_economy_share", percent(top["top1_share"]), False))
            facts.append(("supply.concentration", Decimal(f"{top['hhi_low']:.6g}"), False))
    done = [r for r in tracer.chain["requests"] if r["asked"]]
    if done:
        verified = sum(bool(r["verified"]) for r in done) / len(done)
        facts.append(("supply.requests_verified_share", percent(verified), False))
    if one.blows:
        alone = [b.high for b in one.blows if b.name != "all together"]
        facts.append(("supply.standstill_weeks", Quantity(Decimal(f"{max(alone):.6g}"), "week"), False))
    facts += _custody(tracer, lot)
    facts += _restricted(one, lot, unknown)
    facts += regained.shown(one, lot)
    facts += _passport(one, lot)
    return facts


def tiers_shown(one: Surveyed, lot: str) -> int:
    """How many tiers, from the nearest one on and without a gap, have evidence for everything they delivered.

    Evidence is a certificate that is valid on the day, a claim with a document about the lot, or a verified answer.
    """
    chain, tracer = one.tracer.chain, one.tracer
    certified = tracer.certified()
    shown = {c["lot"] for c in chain["claims"] if c["evidence"]}
    shown |= {r["id"].rpartition(":")[0] for r in chain["requests"] if r["verified"]}
    actor = {f["id"]: f["actor"] for f in chain["facilities"]}
    tier = {a["id"]: a["tier"] for a in chain["actors"]}
    tiers: dict[int, bool] = {}
    for row in one.upstream(lot):
        at = tier.get(actor.get(row["facility"]))
        if at is not None:
            tiers[at] = tiers.get(at, True) and (row["id"] in shown or bool(certified[tracer.number[row["id"]]]))
    count = 0
    while tiers.get(count + 1, False):
        count += 1
    return count


def _custody(tracer: Tracer, lot: str) -> list[Stated]:
    """The weakest model of the events upstream; nothing when one of them does not say."""
    nodes = tracer.graph.upstream(tracer.node(lot))
    said = [tracer.chain["events"][n - tracer.graph.lots]["custody"] for n in nodes if n >= tracer.graph.lots]
    models = [_CUSTODY_OF.get(m, m) for m in said]
    if not models or any(m not in CUSTODY for m in models):
        return []
    return [("supply.chain_of_custody", max(models, key=CUSTODY.index), False)]


def _restricted(one: Surveyed, lot: str, unknown: float) -> Iterator[Stated]:
    """Yes when a party upstream stands on the project's list; no only when every party is named and none is unknown."""
    if one.restricted is None:
        return
    chain = one.tracer.chain
    actor = {f["id"]: f["actor"] for f in chain["facilities"]}
    names = {a["id"]: a["name"] for a in chain["actors"]}
    makers = [actor.get(row["facility"]) for row in one.upstream(lot)]
    if any(folded(n) in one.restricted for m in makers if m for n in (m, names.get(m)) if n):
        yield "supply.restricted_entity", True, False
    elif unknown == 0.0 and all(m and names.get(m) for m in makers):
        yield "supply.restricted_entity", False, False


def _passport(one: Surveyed, lot: str) -> list[Stated]:
    fields = {f.key: f for f in one.fields(lot)}
    coverage = passport.coverage(tuple(fields.values()))
    facts: list[Stated] = [("battery.passport_coverage", percent(coverage["share"]), False)]
    for symbol, name in RECYCLED.items():
        pair = [fields[f"rc_{waste}_{symbol}"] for waste in ("pre", "post")]
        sure = all(f.shown and isinstance(f.value, (int, float)) and f.low == f.high for f in pair)
        if sure:
            facts.append((name, percent(sum(float(f.value) for f in pair) / 100), False))
    if fields["dd_report"].shown and fields["dd_assurance"].shown:
        facts.append(("battery.due_diligence", True, False))
    return facts
