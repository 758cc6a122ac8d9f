"""Ways to market side by side: alternatives, options, upgrade or redesign, bundles for a bid, and both directions.

Every line is a plan of its own, proven like any other; nothing is estimated from another line.
Reading order: compare(), Comparison, then one function per question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog import Catalog
from ..chapter import Chapter, Figure, Listing, Part, Table, Text
from ..drawing import interval
from ..errors import BadInput
from ..waist import Dossier, Step
from .reviewing import ENGINE, judge_project, open_project, private_libraries
from .rooms import Kept
from .routing import Routed, options, plan_dossier

if TYPE_CHECKING:
    from ..routes.inputs import Route
    from ..routes.money import Range
    from ..routes.nouns import Option

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sections of lines: (question, lines), each line plain data with its range of cost and weeks."""

    title: str
    currency: str
    sections: tuple[tuple[str, tuple[Line, ...]], ...]
    notes: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The contract `carnet/route-compare/1`."""
        return {
            "schema": "carnet/route-compare/1",
            "title": self.title,
            "currency": self.currency,
            "sections": [{"question": q, "lines": list(lines)} for q, lines in self.sections],
            "notes": list(self.notes),
        }

    def chapter(self) -> Chapter:
        """The comparison as a chapter."""
        parts: list[Part] = []
        for question, lines in self.sections:
            parts.append(_table(question, lines, self.currency))
            bars = [
                (line["name"], float(line["cost"]["low"]), None, float(line["cost"]["high"]))
                for line in lines
                if line.get("cost")
            ]
            if len(bars) > 1:
                alt = "; ".join(f"{n}: {a:,.0f} to {b:,.0f} {self.currency}" for n, a, _, b in bars)
                parts.append(Figure(f"{question}: cost", interval(bars, self.currency, question), alt))
        parts += [Listing(self.notes)] if self.notes else []
        if not parts:
            parts = [Text("There is nothing to compare: name options, designs or bundles in a route file.")]
        return Chapter("route-compare", "Ways to market compared", _lead(self), tuple(parts))


def compare(
    projects: Sequence[Path],
    *,
    inputs: Path | None = None,
    quotes: Path | None = None,
    both_ways: str = "",
    bundles: bool = False,
    overlays: Sequence[Path] = (),
) -> Comparison:
    """Several files are alternatives of one bid; one file is compared with its own options, designs and bundles."""
    from ..routes.inputs import read_route

    opened = []
    for path in projects:
        project, catalog = open_project(path, overlays=[*overlays, *private_libraries(path)])
        dossier = judge_project(project, catalog, Kept(path.parent / ".carnet", project, catalog, ENGINE))
        opened.append((dossier, catalog, read_route(dossier.project, catalog, inputs, quotes)))
    dossier, catalog, route = opened[0]
    title = dossier.project.title or dossier.project.id
    if both_ways:
        return Comparison(title, *_both_ways(dossier, catalog, route, both_ways))
    if len(opened) > 1:
        found = [plan_dossier(d, c, r, _ask(), explained=False) for d, c, r in opened]
        lines = tuple(_line(f.dossier.project.id, f) for f in found)
        return Comparison("Alternatives", found[0].plan.ground.currency, (("Alternatives", lines),))
    judged = options(dossier, catalog, route)
    base = plan_dossier(dossier, catalog, route, _ask(), explained=False, choices=judged)
    sections = [("Markets, each alone and all together", _markets(dossier, catalog, route, base, judged))]
    sections.append(("Options of the product", _options(dossier, catalog, route, judged)))
    if route.designs:
        sections.append(("Upgrade or redesign", _designs(dossier, catalog, route, base.plan.ground.currency)))
    if bundles:
        sections.append(("Bundles for a bid", _bundles(dossier, catalog, route, base, judged)))
    kept = tuple((q, lines) for q, lines in sections if lines)
    return Comparison(title, base.plan.ground.currency, kept, tuple(base.plan.ground.notes))


def _ask() -> Any:
    from ..routes.plan import Ask

    return Ask("cost")


def _line(name: str, found: Routed, note: str = "") -> Line:
    """One plan in a row."""
    from ..routes.money import amount, span

    plan = found.plan
    closed = [*plan.ground.closed, *plan.dropped]
    return {
        "name": name,
        "cost": amount(plan.cost, plan.ground.currency),
        "weeks": span(plan.weeks),
        "end": plan.ground.route.day(plan.answer.weeks),
        "status": "optimal" if plan.answer.proven else "gap",
        "steps": [w.id for w, _, _ in plan.steps if w.step is not None],
        "unpriced": len(plan.unpriced),
        "questions": len(plan.ground.questions),
        "closed": [f"{g.market}: {g.finding.title}" for g in closed],
        "note": note,
    }


def _without_option(route: Route, steps: Sequence[str]) -> Route:
    return replace(route, forbid=(*route.forbid, *steps))


def _markets(
    dossier: Dossier, catalog: Catalog, route: Route, base: Routed, judged: Sequence[Option]
) -> tuple[Line, ...]:
    """Every market alone; what they share is seen in the sum."""
    markets = dossier.project.markets
    if len(markets) < 2:
        return ()
    names = dict(dossier.names)
    lines = [
        _line(
            names.get(m, m), plan_dossier(dossier, catalog, route, _ask(), markets=[m], explained=False, choices=judged)
        )
        for m in markets
    ]
    return (*lines, _line("all together", base))


def _options(dossier: Dossier, catalog: Catalog, route: Route, choices: Sequence[Option]) -> tuple[Line, ...]:
    """The plan with each option and no other, and with none of them."""
    if not choices:
        return ()
    lines = []
    for choice in choices:
        rivals = {s for c in choices for s in c.steps if c.fixes & choice.fixes} - set(choice.steps)
        plan = plan_dossier(
            dossier, catalog, _without_option(route, sorted(rivals)), _ask(), explained=False, choices=choices
        )
        helps = ", ".join(sorted({m for m, _ in choice.fixes}))
        broken = f"; opens {len(choice.breaks)} findings" if choice.breaks else ""
        lines.append(_line(f"{choice.id}: {choice.title}", plan, f"helps in {helps}{broken}"))
    steps = sorted({s for c in choices for s in c.steps})
    none = plan_dossier(dossier, catalog, _without_option(route, steps), _ask(), explained=False, choices=choices)
    return (*lines, _line("none of them", none))


def _designs(dossier: Dossier, catalog: Catalog, route: Route, currency: str) -> tuple[Line, ...]:
    """Each design under each scenario, the cheaper one, and the day and price at which the choice flips."""
    from ..routes.designs import flip_day, outcome, verdict
    from ..routes.money import amount, lasting, priced, text

    quoted = {q.id: q for q in (*dossier.project.quotes, *route.quotes)}
    steps: Mapping[str, Step] = {**catalog.steps, **quoted}

    def price(step: Step) -> Range | None:
        return priced(step.cost, currency, dict(route.rates))

    def run(adopts: Mapping[str, str]) -> list[Any]:
        found = []
        for design in route.designs:
            own = None
            if design.cost is not None:
                cost = priced(design.cost.model_dump(), currency, dict(route.rates))
                if cost is None:
                    raise BadInput(
                        f"{route.file}: designs: {design.id}: {design.cost.currency} has no dated rate; "
                        f"give one under rates, or the estimate in {currency}"
                    )
                own = (cost, lasting(design.weeks.model_dump() if design.weeks else {"low": 0, "high": 0}))
            found.append(outcome(design, adopts, dossier.project.markets, route.start, steps, price, own))
        return found

    lines = []
    for scenario in route.scenarios or ():
        outcomes = run(scenario.adopts)
        best, sure = verdict(outcomes)
        rival = min((o for o in outcomes if o.design != best), key=lambda o: o.deciding, default=None)
        flips = []
        for market in dossier.project.markets:
            found = flip_day(market, scenario.adopts, lambda a: verdict(run(a))[0], route.start)
            if found is not None:
                flips.append({"market": market, "day": found[0], "before": found[1], "from": found[2]})
        for one in outcomes:
            title = next(d.title for d in route.designs if d.id == one.design)
            note = [f"waits for {', '.join(one.waited)}"] if one.waited else []
            if one.design == best:
                where = "wherever in the ranges" if sure else "by the half of the ranges, not surely"
                note.append(f"cheaper {where}")
                price_of = next(o.deciding for o in outcomes if o.design == best)
                if rival is not None:
                    note.append(f"{rival.design} is the better choice if it costs less than {price_of:,.0f} {currency}")
                note += [
                    f"{f['from']} is cheaper once {f['market']} adopts on {f['day']} or later, {f['before']} before"
                    for f in flips
                ]
            lines.append(
                {
                    "name": f"{scenario.title}: {title}",
                    "scenario": scenario.id,
                    "design": one.design,
                    "best": one.design == best,
                    "sure": sure,
                    "cost": amount(one.cost, currency),
                    "end": one.last,
                    "opens": dict(one.opens),
                    "steps": list(one.steps),
                    "flip_price": text(next(o.deciding for o in outcomes if o.design == best)) if rival else None,
                    "flips": flips if one.design == best else [],
                    "note": "; ".join(note),
                }
            )
    return tuple(lines)


def _bundles(
    dossier: Dossier, catalog: Catalog, route: Route, base: Routed, judged: Sequence[Option]
) -> tuple[Line, ...]:
    """Each subject with what is fitted to it by itself, then the bundle; pairs belong to the bundle alone."""
    project = dossier.project
    groups: dict[str, set[str]] = {}
    for subject in project.subjects:
        if subject.kind != "pair":
            groups.setdefault(subject.fitted_to[0] if subject.fitted_to else subject.id, set()).add(subject.id)
    lines = []
    for name, members in groups.items():
        found = plan_dossier(dossier, catalog, route, _ask(), within=members, explained=False, choices=judged)
        lines.append(_line(" with ".join([name, *sorted(members - {name})]), found))
    together = _line("the bundle, pairs working together", base)
    return (*lines, together)


def _both_ways(
    dossier: Dossier, catalog: Catalog, route: Route, asked: str
) -> tuple[str, tuple[tuple[str, tuple[Line, ...]], ...]]:
    """The same product out of A into B, and out of B into A: what the importer on either side has to have."""
    codes = [c.strip() for c in asked.split(",") if c.strip()]
    if len(codes) != 2 or codes[0] == codes[1]:
        raise BadInput("--both-ways wants two codes, such as cn,th")
    lines, currency = [], "USD"
    for origin, market in (codes, codes[::-1]):
        catalog.market(origin)
        catalog.market(market)
        project = replace(dossier.project, origin=origin, markets=(market,))
        again = judge_project(project, catalog)
        plain = replace(route, deadlines={m: d for m, d in route.deadlines.items() if m == market})
        found = plan_dossier(again, catalog, plain, _ask(), explained=False)
        verdicts = [f.verdict for f in again.findings if f.market == market]
        counts = ", ".join(f"{verdicts.count(v)} {v}" for v in ("met", "residual", "unmet", "unproven", "undecided"))
        lines.append(_line(f"from {catalog.name(origin)} into {catalog.name(market)}", found, counts))
        currency = found.plan.ground.currency
    return currency, (("Both ways: the importer's view on either side", tuple(lines)),)


def _table(question: str, lines: Sequence[Line], currency: str) -> Table:
    rows = []
    for line in lines:
        weeks = line.get("weeks")
        cost = line["cost"]
        rows.append(
            (
                line["name"],
                f"{float(cost['low']):,.0f} to {float(cost['high']):,.0f}" if cost["low"] is not None else "-",
                f"{weeks['low']} to {weeks['high']}" if weeks else "-",
                line["end"],
                "; ".join(
                    [
                        *([line["note"]] if line["note"] else []),
                        *([f"{line['unpriced']} works without a price"] if line.get("unpriced") else []),
                        *([f"{len(line['closed'])} points no step closes"] if line.get("closed") else []),
                    ]
                )
                or "-",
            )
        )
    return Table(question, ("", f"Cost, {currency}", "Weeks", "Done by, at the latest", "Note"), tuple(rows))


def _lead(found: Comparison) -> str:
    if not found.sections:
        return ""
    sections = ", ".join(q[:1].lower() + q[1:] for q, _ in found.sections)
    open_ = sum(line.get("status") == "gap" for _, lines in found.sections for line in lines)
    proof = f"{open_} of them are not proven to be the cheapest" if open_ else "each plan is proven for its inputs"
    return f"Every line stands by itself; {proof}. Compared: {sections}."
