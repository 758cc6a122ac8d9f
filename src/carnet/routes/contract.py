"""A plan as plain data: the contract `carnet/route/1`, with what explains it beside the named fields.

Reading order: contract().
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..waist import Finding, Source
from . import money
from .explain import Margin, Without, Worth, because, markets
from .nouns import Goal, Work
from .odds import Odds
from .plan import Plan, Point

MIDDLE = "the half of each range, or what was quoted as likely"


def contract(
    plan: Plan,
    worth: Sequence[Worth] = (),
    odds: Odds | None = None,
    names: Mapping[str, str] = {},
    margins: Sequence[Margin] = (),
    failing: Sequence[Without] = (),
) -> dict[str, Any]:
    """The JSON of `carnet route plan`."""
    adds = {m.market: m for m in margins}
    ground, route = plan.ground, plan.ground.route
    told = {w.work: w for w in worth}
    days = sorted({w.step.cost["priced"] for w, _, _ in plan.steps if w.step and w.step.cost.get("priced")})
    return {
        "schema": "carnet/route/1",
        "status": "optimal" if plan.answer.proven else "gap",
        "gap": round(plan.answer.gap, 6),
        "objective": plan.ask.objective,
        "cost": money.amount(plan.cost, ground.currency, days[-1] if days else ""),
        "weeks": money.span(plan.weeks),
        "start": route.start,
        "end": route.day(plan.answer.weeks),
        "deadline": route.deadline or None,
        "claim": claim(plan),
        "steps": [_step(w, a, b, plan, told.get(w.id), ground.currency) for w, a, b in plan.steps],
        "pareto": [_point(p, plan, route.day) for p in plan.front or (_alone(plan),)],
        "closed": [_closed(g, "no step") for g in ground.closed] + [_closed(g, "out of reach") for g in plan.dropped],
        "markets": [
            {
                "market": m,
                "name": names.get(m, m),
                "opens_week": w,
                "opens": route.day(w),
                "undated_works": plan.undated(m),
                **_adds(adds.get(m), ground.currency),
            }
            for m, w in plan.opens
        ],
        "goals": [_goal(g) for g in ground.goals if g not in plan.dropped],
        "questions": [_question(f) for f in ground.questions],
        "contingent": [
            {"market": f.market, "finding": f.id, "if": f.question or f.because, "steps": list(steps)}
            for f, steps in ground.contingent
        ],
        "unpriced": [w.id for w in plan.unpriced],
        "quotations": [_worth(w, ground.works[w.work], ground.currency) for w in worth if w.value > 0 or w.swing > 0],
        "recognitions": [w.plain(ground.currency) for w in failing],
        "odds": odds.plain() if odds else None,
        "notes": list(ground.notes),
        "laboratories": [{"id": n, "title": lab.title, "places": _places(lab.places)} for n, lab in route.labs.items()],
        "inputs": [{"file": route.file, "digest": route.digest}] if route.file else [],
    }


def _adds(margin: Margin | None, currency: str) -> dict[str, Any]:
    """What a market adds to the plan, by the deciding costs."""
    if margin is None:
        return {"adds_cost": None, "adds_weeks": None, "adds_steps": []}
    return {
        "adds_cost": money.amount(margin.cost, currency),
        "adds_weeks": margin.weeks,
        "adds_steps": list(margin.works),
    }


def claim(plan: Plan) -> str:
    """What may be said about this plan, and no more."""
    proven = plan.answer.proven
    what = {"cost": "no cheaper plan", "time": "no sooner plan, and none cheaper among the soonest"}.get(
        plan.ask.objective, "no cheaper plan"
    )
    words = f"{what.capitalize()} exists for these inputs (proven)." if proven else (
        f"A plan cheaper by at most {plan.answer.gap:.1%} may exist for these inputs."
    )  # fmt: skip
    by = {"low": "the lower end of each range", "high": "the upper end of each range"}.get(plan.ask.basis, MIDDLE)
    words += f" Costs were weighed by {by}, weeks by the upper end."
    if not plan.quoted:
        priced = [w for w, _, _ in plan.steps if w.priced]
        quoted = sum(w.quoted for w in priced)
        words += f" {len(priced) - quoted} of {len(priced)} priced steps rest on ranges nobody quoted."
    if plan.unpriced:
        words += f" {len(plan.unpriced)} works have no price here and are not in the sum."
    return words


def _step(work: Work, begin: int, end: int, plan: Plan, worth: Worth | None, currency: str) -> dict[str, Any]:
    day = work.step.cost.get("priced", "") if work.step else ""
    own = str(work.step.cost["currency"]) if work.step else currency
    row = {
        "id": work.id,
        "kind": work.kind,
        "title": work.title,
        "market": ",".join(markets(work, plan)) or None,
        "about": list(work.about),
        "yields": list(work.yields),
        "needs": list(plan.waits.get(work.id, ())),
        "cost": money.amount(work.cost, currency, day or ""),
        "weeks": money.span(work.weeks),
        "start_week": begin,
        "end_week": end,
        "start": plan.ground.route.day(begin),
        "end": plan.ground.route.day(end),
        "why": because(work, plan),
        "closes": [g.token for g in plan.serves.get(work.id, ())],
        "quoted": work.quoted,
        "laboratory": work.lab or None,
        "valid": work.step.valid if work.step and work.step.valid else None,
        "notes": list(work.notes),
        "source": source(work.source),
    }
    if own != currency and work.cost is not None:
        rate = plan.ground.route.rates[own]
        row["converted"] = {"from": own, "worth": money.text(rate.worth), "day": rate.day, "source": rate.source}
    if worth is not None:
        row["worth"] = _worth(worth, work, currency)
    return row


def _worth(worth: Worth, work: Work, currency: str) -> dict[str, Any]:
    return {
        "step": worth.work,
        "title": work.title,
        "quoted": work.quoted,
        "range": money.amount(work.cost, currency),
        "swing": round(worth.swing, 2),
        "value": round(worth.value, 2),
        "flips_at": None if worth.flips_at is None else round(worth.flips_at, 2),
        "without": money.amount(worth.other, currency) if worth.other is not None else None,
        "says": worth.says,
    }


def _alone(plan: Plan) -> Point:
    """The plan itself as the only known point of its front."""
    return Point(plan.cost, plan.weeks, plan.answer.cost, plan.answer.gap, plan.answer.chosen)


def _point(point: Point, plan: Plan, day: Any) -> dict[str, Any]:
    names = plan.net.names
    works = plan.ground.works
    return {
        "cost": money.amount(point.cost, plan.ground.currency),
        "weeks": money.span(point.weeks),
        "end": day(int(point.weeks.high)),
        "status": "optimal" if point.gap == 0 else "gap",
        "gap": round(point.gap, 6),
        "steps": [n for i, n in enumerate(names) if point.chosen[i] and n in works],
    }


def _closed(goal: Goal, kind: str) -> dict[str, Any]:
    return {
        "market": goal.market,
        "reason": goal.reason,
        "finding": goal.finding.id,
        "title": goal.finding.title,
        "force": goal.finding.force,
        "kind": kind,
    }


def _goal(goal: Goal) -> dict[str, Any]:
    return {
        "market": goal.market,
        "finding": goal.finding.id,
        "title": goal.finding.title,
        "verdict": goal.finding.verdict,
        "because": goal.finding.because,
        "ways": len(goal.ways),
        "from": goal.later or None,
        "source": source(goal.finding.source),
    }


def _question(finding: Finding) -> dict[str, Any]:
    return {"market": finding.market, "finding": finding.id, "question": finding.question or finding.because}


def _places(places: int | tuple[int, ...]) -> int | list[int]:
    return list(places) if isinstance(places, tuple) else places


def source(found: Source | None) -> dict[str, Any] | None:
    """A source with how it was read."""
    if found is None:
        return None
    return {
        "number": found.number,
        "publisher": found.publisher or None,
        "class": found.grade,
        "read": found.read,
        "seen": found.seen,
        "reported": found.reported,
        "note": found.note or None,
    }
