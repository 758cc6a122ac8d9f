"""Review and routes joined: a project's plan, its options as the review judges them, its days checked again.

The routes know no rule: an adaptation is judged by reviewing the project with it, and a planned day by reviewing the
project on that day. What is accepted today and no longer then becomes part of the plan.
Reading order: plan_project(), options(), later().
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog import Catalog
from ..chapter import Chapter
from ..errors import BadInput
from ..ledger.survey import counted
from ..ledger.survey import survey as papers
from ..review.review import review
from ..waist import VERDICTS, Dossier, Fact, Finding, Project
from .reviewing import ENGINE, LOST, judge_project, open_project, private_libraries
from .rooms import Kept, survey

if TYPE_CHECKING:
    from ..routes.explain import Margin, Without, Worth
    from ..routes.inputs import Route
    from ..routes.nouns import Option, Work
    from ..routes.odds import Odds
    from ..routes.plan import Ask, Plan, Planner

DONE = ("met", "not_applicable")
MOST_REVIEWS = 6  # days on which the project is reviewed again
MIRROR = (("inlets", "connectors"), ("charging_protocols", "protocol"))  # what two sides of a plug must share


@dataclass(frozen=True, slots=True)
class Routed:
    """A plan with its problem, its dossier and what explains it."""

    plan: Plan
    planner: Planner
    dossier: Dossier
    catalog: Catalog
    worth: tuple[Worth, ...] = ()
    odds: Odds | None = None
    margins: tuple[Margin, ...] = ()
    failing: tuple[Without, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The contract `carnet/route/1`."""
        from ..routes.contract import contract

        return contract(self.plan, self.worth, self.odds, dict(self.dossier.names), self.margins, self.failing)

    def chapter(self) -> Chapter:
        """The plan as a chapter of a dossier."""
        from ..routes.chapter import shown

        return shown(self.plan, dict(self.dossier.names), self.worth, self.odds, self.margins, self.failing)

    def without(self, names: Sequence[str]) -> Without:
        """What changes if steps or recognitions fail."""
        from ..routes.explain import without

        return without(self.planner, self.plan, names)


def plan_project(
    path: Path,
    ask: Ask,
    *,
    deadline: str = "",
    inputs: Path | None = None,
    quotes: Path | None = None,
    markets: Sequence[str] = (),
    overlays: Sequence[Path] = (),
    cache: bool = True,
    explained: bool = True,
) -> Routed:
    """Project file -> plan; raises BadInput with every problem, or naming the demands that clash."""
    from ..routes.inputs import read_route

    overlays = [*overlays, *private_libraries(path)]
    loaded, catalog = open_project(path, overlays=overlays, cache=cache)
    kept = Kept(path.parent / ".carnet", loaded, catalog, ENGINE) if cache else None
    dossier = judge_project(loaded, catalog, kept)
    project = dossier.project
    for market in markets:
        if market not in project.markets:
            raise BadInput(f"--market {market}: the project goes to {', '.join(project.markets)}.")
    route = read_route(project, catalog, inputs, quotes)
    if deadline:
        route = with_deadline(route, deadline)
    return plan_dossier(dossier, catalog, route, ask, markets=markets, explained=explained, kept=kept)


def with_deadline(route: Route, deadline: str) -> Route:
    """The route with another last day; raises BadInput for a day that is past or no day."""
    from ..words import span

    try:
        last = span(deadline)[1]
    except ValueError as error:
        raise BadInput(f"--deadline: {error}") from None
    if last < route.start:
        raise BadInput(f"--deadline {deadline} lies before the first day of the plan, {route.start}. Give a later day.")
    return replace(route, deadline=last)


def plan_dossier(
    dossier: Dossier,
    catalog: Catalog,
    route: Route,
    ask: Ask,
    *,
    markets: Sequence[str] = (),
    explained: bool = True,
    kept: Kept | None = None,
    within: AbstractSet[str] = frozenset(),
    choices: Sequence[Option] | None = None,
) -> Routed:
    """A dossier in hand -> plan: options are weighed, then the planned days are reviewed until nothing new is lost.

    within   only findings about these subjects (all when left out)
    choices  options judged before; those that need a forbidden step are left out
    """
    if within:
        dossier = replace(dossier, findings=tuple(f for f in dossier.findings if set(f.about) <= within))
    from ..routes.explain import failing, margins, worths
    from ..routes.ground import ground
    from ..routes.odds import odds
    from ..routes.plan import Planner

    stated = _stated(dossier, catalog, kept)
    choices = options(dossier, catalog, route) if choices is None else choices
    choices = [c for c in choices if not set(c.steps) & set(route.forbid)]
    lost: dict[str, tuple[str, list[Finding]]] = {}
    while True:
        planner = Planner(ground(dossier, catalog, route, choices, lost, markets), ask)
        plan = planner.plan()
        fresh = later(dossier, catalog, plan, lost, stated, within)
        if not fresh:
            break
        for market, (day, findings) in fresh.items():
            lost[market] = (day, [*lost.get(market, ("", []))[1], *findings])
    if not explained:
        return Routed(plan, planner, dossier, catalog)
    return Routed(
        plan,
        planner,
        dossier,
        catalog,
        tuple(worths(planner, plan)),
        odds(planner, plan),
        tuple(margins(planner, plan)),
        tuple(failing(planner, plan)),
    )


def chapter(project: Project, catalog: Catalog) -> Chapter | None:
    """The route as a chapter of the dossier, for projects that name a route file; the review is made again for it."""
    if "route" not in dict(project.extra):
        return None
    try:
        from ..routes.inputs import read_route
        from ..routes.plan import Ask

        dossier = judge_project(project, catalog)
        return plan_dossier(dossier, catalog, read_route(project, catalog), Ask("pareto")).chapter()
    except ModuleNotFoundError as missing:
        lead = f"Not computed here: pip install 'carnet[routes]' brings what is missing ({missing.name})."
        return Chapter("route", "Route to market", lead)


def told_without(told: Without, currency: str, works: Mapping[str, Work]) -> str:
    """The answer to --without in words."""
    from ..routes.money import number, words

    what = " and ".join(told.names)
    if told.cost is None or told.weeks is None:
        return "\n".join([f"Without {what} these stay open:", *(f"  {line}" for line in told.lost)])
    if not told.instead and told.extra == 0:
        return f"Without {what} the plan is the same: it does not rest on it."
    low, high = number(told.weeks.low), number(told.weeks.high)
    lines = [f"Without {what} the plan costs {words(told.cost, currency)} and takes {low} to {high} weeks. Instead:"]
    return "\n".join([*lines, *(f"  {works[s].title} [{s}]: {words(works[s].cost, currency)}" for s in told.instead)])


def later(
    dossier: Dossier,
    catalog: Catalog,
    plan: Plan,
    known: dict[str, tuple[str, list[Finding]]],
    stated: tuple[Fact, ...],
    within: AbstractSet[str] = frozenset(),
) -> dict[str, tuple[str, list[Finding]]]:
    """Findings that are closed today and open on the day the plan opens their market: expired, refused or new."""
    route, project = plan.ground.route, dossier.project
    days: dict[str, list[str]] = {}
    for market, week in plan.opens:
        day = route.day(week)
        if day > project.on and market in project.markets:
            days.setdefault(day, []).append(market)
    if len(days) > MOST_REVIEWS:
        days = {max(days): [m for group in days.values() for m in group]}
    state = {(f.market, f.id): f.verdict for f in dossier.findings}
    mine = {m: {f.id for f in findings} for m, (_, findings) in known.items()}
    found: dict[str, tuple[str, list[Finding]]] = {}
    for day, markets in sorted(days.items()):
        weighed = counted(replace(_bare(project), on=day, markets=tuple(markets)))
        again = review(weighed, (*weighed.facts, *papers(weighed, catalog), *stated), catalog, ENGINE)
        for finding in again.findings:
            was = state.get((finding.market, finding.id), "met")
            if (
                finding.verdict in ("unmet", "unproven")
                and was in (*DONE, "residual")
                and finding.market in markets
                and (not within or set(finding.about) <= within)
                and finding.id not in mine.get(finding.market, set())
            ):
                found.setdefault(finding.market, (day, []))[1].append(finding)
    return found


def _stated(dossier: Dossier, catalog: Catalog, kept: Kept | None) -> tuple[Fact, ...]:
    """What the surveyors say of the product: the same on every day, unlike what its papers show."""
    own = len(dossier.project.facts) + len(papers(dossier.project, catalog))
    return survey(dossier.project, catalog, kept)[own:]


def _bare(project: Project) -> Project:
    """The project as loaded: what counted against its papers on the review's day is found out anew."""
    return replace(project, evidence=tuple(_fresh(e) for e in project.evidence))


def _fresh(evidence: Any) -> Any:
    return replace(evidence, problems=tuple(p for p in evidence.problems if not p.startswith("it expired")))


def options(dossier: Dossier, catalog: Catalog, route: Route) -> list[Option]:
    """Adaptations worth weighing: those the route file names, and those that steps of the library could bring."""
    wanted = [(o.id, o.title, tuple(o.steps), tuple(o.changes)) for o in route.options]
    found = {}
    for key, title, steps, changes in [*wanted, *_proposed(dossier, catalog)]:
        if not set(steps) & set(route.forbid) and key not in found:
            try:
                judged = _judged(key, title, steps, changes, dossier, catalog)
            except BadInput as error:
                raise BadInput(f"{route.file or 'route'}: options: {key}: {error}") from None
            if judged is not None:
                found[key] = judged
    return list(found.values())


def _proposed(dossier: Dossier, catalog: Catalog) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """What the steps of the library can change, where a finding is unmet because of just that."""
    changing: dict[str, str] = {}
    for step in catalog.steps.values():
        for fact in step.yields:
            if fact in catalog.words:
                changing.setdefault(fact, step.id)
    found = []
    for finding in dossier.findings:
        if finding.verdict != "unmet":
            continue
        found += _by_demand(finding, catalog, changing)
        found += _by_mirror(finding, dossier, catalog, changing)
    return list({(c[0], c[3]): c for c in found}.values())


def _by_demand(
    finding: Finding, catalog: Catalog, changing: dict[str, str]
) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """A demand for one value of a fact that a step can change."""
    from ..condition import tests

    rule = next((r for r in catalog.requirements(finding.market) if r.id == finding.rule), None)
    if rule is None or not rule.demands:
        return []
    found: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = []
    for test in tests(catalog.condition(rule.demands)):
        if test.fact in changing and test.op in ("==", "in"):
            value = test.value[0] if isinstance(test.value, tuple) else test.value
            step = changing[test.fact]
            change = f"{finding.about[0]}:{test.fact}={value}"
            found.append((step, catalog.steps[step].title, (step,), (change,)))
    return found


def _by_mirror(
    finding: Finding, dossier: Dossier, catalog: Catalog, changing: dict[str, str]
) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """A pair whose two sides share no coupler or protocol: either side may take on what the other has."""
    kinds = {s.id: s.kind for s in dossier.project.subjects}
    sides = {kinds.get(a, ""): a for a in finding.about}
    if set(sides) != {"vehicle", "charger"}:
        return []
    said: dict[tuple[str, str], tuple[str, ...]] = {}
    for fact in dossier.project.facts:
        if isinstance(fact.value, tuple):
            said[fact.subject, fact.name] = (*said.get((fact.subject, fact.name), ()), *fact.value)
    found = []
    for mine, theirs, at in (("vehicle", "charger", 0), ("charger", "vehicle", 1)):
        steps, changes = [], []
        for pair in MIRROR:
            name, other = f"{mine}.{pair[at]}", f"{theirs}.{pair[1 - at]}"
            have, want = said.get((sides[mine], name), ()), said.get((sides[theirs], other), ())
            missing = [w for w in want if w not in have]
            if name in changing and (missing or not have):
                steps.append(changing[name])
            if name in changing and missing and have:  # what nobody stated stays unknown
                changes.append(f"{sides[mine]}:{name}={','.join((*have, *missing))}")
        if changes:
            whole = tuple(dict.fromkeys(steps))
            title = f"{sides[mine]} takes on what {sides[theirs]} has"
            found.append((f"{'+'.join(whole)}.{sides[mine]}.{sides[theirs]}", title, whole, tuple(changes)))
    return found


def _judged(
    name: str, title: str, steps: tuple[str, ...], changes: tuple[str, ...], dossier: Dossier, catalog: Catalog
) -> Option | None:
    """The review with the change made and the papers it voids taken away; None when it settles nothing."""
    from ..project.what_if import split_change, with_changes
    from ..review.change import effects
    from ..routes.nouns import Option

    after = with_changes(dossier.project, changes, catalog)
    rows = effects(dossier, after, [split_change(c)[:2] for c in changes], catalog)
    lost = {r["evidence"]: f"{title}: {r['why']}" for r in rows if r["effect"] in LOST}
    left = tuple(replace(e, problems=(*e.problems, lost[e.id])) if e.id in lost else e for e in after.evidence)
    again = judge_project(replace(after, evidence=left), catalog)
    was = {(f.market, f.id): f for f in dossier.findings}
    fixes, breaks = set(), []
    for finding in again.findings:
        key = (finding.market, finding.id)
        before = was[key].verdict if key in was else "not_applicable"
        if before == "unmet" and finding.verdict != "unmet":
            fixes.add(key)
            if finding.verdict not in DONE:
                breaks.append(finding)  # closed no more than half: what is left belongs to the option
        elif VERDICTS.index(finding.verdict) > VERDICTS.index(before) and finding.verdict in ("unmet", "unproven"):
            breaks.append(finding)
    if not fixes:
        return None
    about = tuple(dict.fromkeys(split_change(c)[0] for c in changes))
    return Option(name, title, steps, about, frozenset(fixes), tuple(breaks), changes)
