"""A plan as a chapter: markets, schedule, steps with their sources, ranges, the front, and what to ask for first.

`shown` makes the parts that the dossier, the page and the terminal share; nothing is computed here.
Reading order: shown(), lead(), then one function per part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import drawing
from ..chapter import Chapter, Figure, Listing, Part, Table, Text
from ..waist import Source
from .contract import claim
from .explain import Margin, Without, Worth, because, markets
from .money import Range, number, words
from .nouns import Work
from .odds import Odds
from .plan import Plan

MOST_BARS = 40


def shown(
    plan: Plan,
    names: Mapping[str, str],
    worth: Sequence[Worth] = (),
    odds: Odds | None = None,
    margins: Sequence[Margin] = (),
    failing: Sequence[Without] = (),
) -> Chapter:
    """The whole plan."""
    parts: list[Part] = [Text(claim(plan))]
    parts += _markets(plan, names, margins)
    parts += _schedule(plan)
    parts += _steps(plan)
    parts += _front(plan)
    parts += _worth(plan, worth)
    parts += _failing(plan, failing)
    parts += _odds(plan, odds)
    parts += _unpriced(plan)
    parts += _answers(plan)
    parts += _closed(plan, names)
    parts += [Listing(plan.ground.notes)] if plan.ground.notes else []
    return Chapter("route", "Route to market", lead(plan, names, margins), tuple(parts))


def lead(plan: Plan, names: Mapping[str, str], margins: Sequence[Margin] = ()) -> str:
    """The answer in two sentences."""
    ground = plan.ground
    where = "; ".join(
        f"{names.get(m, m)} {ground.route.day(w)} (week {w})" if w else f"{names.get(m, m)}: none"
        for m, w in plan.opens
    )
    low, high = plan.weeks.low, plan.weeks.high
    text = f"The plan costs {words(plan.cost, ground.currency)} and takes {number(low)} to {number(high)} weeks"
    text += f" from {ground.route.start}."
    if where:
        text += f" If all takes as long as it may, the last step with a known duration ends: {where}."
    dear = max(margins, key=lambda m: m.cost.high, default=None)
    unknown = [w for w in plan.unpriced if w.weeks is None]
    if unknown:
        text += f" {len(unknown)} works have neither price nor duration here: days are floors where they are needed."
    if dear is not None and len(margins) > 1 and dear.cost.high * 2 > plan.cost.high:
        adds = f"{words(dear.cost, ground.currency)} and {dear.weeks} weeks"
        text += f" {names.get(dear.market, dear.market)} alone adds {adds}."
    late = [g for g in (*ground.closed, *plan.dropped) if g.finding.force in ("mandatory", "contractual")]
    if late:
        text += f" {len(late)} open points are closed by no step known."
    return text


def source(found: Source | None) -> str:
    """A source in a few words, with how it was read."""
    if found is None:
        return "-"
    how = "quotation" if found.id == "quote" else found.read
    return f"{found.number} ({how}{', seen ' + found.seen if found.seen else ''})"


def _markets(plan: Plan, names: Mapping[str, str], margins: Sequence[Margin]) -> list[Part]:
    adds = {m.market: m for m in margins}
    rows = []
    for market, week in plan.opens:
        add = adds.get(market)
        asked = sum(q.market == market for q in plan.ground.questions)
        rows.append(
            (
                names.get(market, market),
                plan.ground.route.day(week) if week else "-",
                str(plan.undated(market)),
                words(add.cost, plan.ground.currency) if add else "-",
                f"{add.weeks}" if add else "-",
                str(asked),
            )
        )
    note = (
        "Ends is the last step with a known duration, undated the works without one. What a market adds, in money and "
        "weeks, is the plan with it less the plan without it; what it shares with others is in neither. "
        "Questions are those no step answers: an authority or the maker does."
    )
    columns = ("Market", "Ends", "Undated", "Adds", "Weeks", "Questions")
    return [Table("Markets", columns, tuple(rows), note, (2, 3, 4, 5))] if rows else []


def paid(plan: Plan) -> list[tuple[Work, int, int]]:
    """The steps that take time or money, as they begin."""
    return [s for s in plan.steps if s[0].step is not None or s[2] > s[1] or (s[1] > 0 and s[0].kind == "wait")]


def _schedule(plan: Plan) -> list[Part]:
    rows = [(_short(w), float(a), float(b), ", ".join(markets(w, plan)) or "all") for w, a, b in paid(plan)][:MOST_BARS]
    if not rows:
        return []
    alt = "; ".join(f"{name}: week {a:g} to {b:g}" for name, a, b, _ in rows)
    note = "Every bar is as long as its range allows; a laboratory's places are kept week by week."
    return [Figure("Schedule", drawing.gantt(rows, "weeks", "Schedule of the plan"), alt, note)]


def _short(work: Work) -> str:
    """A label of a drawing: the step's id and the subject, as the table of steps spells them out."""
    return f"{work.step.id if work.step else work.title}, {' '.join(work.about)}"


def _steps(plan: Plan) -> list[Part]:
    route = plan.ground.route
    rows = tuple(
        (
            f"{w.title} [{w.id}]",
            ", ".join(markets(w, plan)) or "-",
            f"{route.day(a)} to {route.day(b)}",
            _weeks(w.weeks),
            words(w.cost, plan.ground.currency),
            because(w, plan),
            source(w.source),
        )
        for w, a, b in paid(plan)
    )
    note = "Ranges of the library are orders of magnitude that a practitioner remembers; a quotation stands instead."
    columns = ("Step", "For", "When", "Weeks", "Cost", "Why", "Source of cost and weeks")
    return [Table("Steps", columns, rows, note)] if rows else [Text("No step of the library is needed.")]


def _weeks(found: Range | None) -> str:
    if found is None:
        return "not known"
    return f"{number(found.low)} to {number(found.high)}" if found.low != found.high else f"{number(found.low)}"


def _front(plan: Plan) -> list[Part]:
    if plan.ask.objective != "pareto":
        return []
    if len(plan.front) < 2:
        return [Text("Cost and time do not pull apart here: no plan is sooner at a higher price.")]
    currency = plan.ground.currency
    points = [(f"{number(p.weeks.high)} weeks", float(p.weeks.high), p.deciding) for p in plan.front]
    svg = drawing.scatter(points, "weeks at most", f"deciding cost, {currency}", line=True, title="Cost against time")
    alt = "; ".join(f"{number(p.weeks.high)} weeks for {words(p.cost, currency)}" for p in plan.front)
    rows = tuple(
        (
            f"{number(p.weeks.low)} to {number(p.weeks.high)}",
            words(p.cost, currency),
            "proven" if p.gap == 0 else f"gap {p.gap:.1%}",
            _other(plan, number_),
        )
        for number_, p in enumerate(plan.front)
    )
    return [
        Figure("Cost against time", svg, alt),
        Table("Plans none of which is both dearer and later", ("Weeks", "Cost", "Proof", "Done otherwise"), rows),
    ]


def _other(plan: Plan, at: int) -> str:
    """What a point of the front does that the next cheaper one does not."""
    mine, works = plan.front[at].chosen, plan.ground.works
    base = plan.front[-1].chosen
    fresh = [n for i, n in enumerate(plan.net.names) if mine[i] and not base[i] and n in works and works[n].step]
    return ", ".join(works[n].title for n in fresh) or "the same steps"


def _worth(plan: Plan, worth: Sequence[Worth]) -> list[Part]:
    works, currency = plan.ground.works, plan.ground.currency
    mine = {w.id for w, _, _ in plan.steps}
    asked = [w for w in worth if w.value > 0 or w.swing > 0]
    rows = tuple(
        (
            f"{works[w.work].title} [{w.work}]",
            words(works[w.work].cost, currency),
            f"{w.swing:,.0f}",
            f"{w.value:,.0f}",
            w.says,
        )
        for w in asked[:15]
    )
    parts: list[Part] = []
    if rows:
        note = (
            "Width is what the quotation takes out of the range of the total. Saves is the expected saving of knowing "
            "the price before deciding, when every price in the range is as likely: zero where none changes the plan."
        )
        columns = ("Step", "Range now", f"Width, {currency}", f"Saves, {currency}", "What depends on it")
        parts.append(Table("Quotations worth getting first", columns, rows, note, (2, 3)))
        bars = [(_short(works[w.work]), *_ends(works[w.work])) for w in asked if works[w.work].id in mine][:12]
        if bars:
            alt = "; ".join(f"{name}: {low:,.0f} to {high:,.0f} {currency}" for name, low, _, high in bars)
            parts.append(Figure("Ranges of cost", drawing.interval(bars, currency, "Ranges of cost"), alt))
    others = [w for w in worth if w.work not in mine]
    if others:
        listed = tuple(f"{works[w.work].title} ({words(works[w.work].cost, currency)}): {w.says}" for w in others[:12])
        parts += [Text("Ways that were weighed and not taken:"), Listing(listed)]
    return parts


def _ends(work: Work) -> tuple[float, float | None, float]:
    assert work.cost is not None  # only priced works come here
    return float(work.cost.low), None if work.cost.mid is None else float(work.cost.mid), float(work.cost.high)


def _failing(plan: Plan, failing: Sequence[Without]) -> list[Part]:
    """What each recognition is worth: the plan if it fails."""
    currency, works = plan.ground.currency, plan.ground.works
    rows = []
    for one in failing:
        if one.cost is None:
            rows.append((", ".join(one.names), "no plan", "-", f"stays open: {'; '.join(one.lost)}"))
            continue
        instead = "; ".join(works[s].title for s in one.instead) or "the same steps"
        weeks = _weeks(one.weeks)
        rows.append((", ".join(one.names), words(one.cost, currency), weeks, instead))
    columns = ("Recognition", "The plan without it", "Weeks", "Done instead")
    note = f"The plan with all of them costs {words(plan.cost, currency)}."
    return [Table("If a recognition fails", columns, tuple(rows), note)] if rows else []


def _odds(plan: Plan, odds: Odds | None) -> list[Part]:
    if odds is None or plan.cost.high == 0:
        return []
    currency = plan.ground.currency
    rows = [
        (f"Cost, {currency}", *(f"{c:,.0f}" for c in odds.cost)),
        ("Weeks", *(f"{w:,.0f}" for w in odds.weeks)),
    ]
    note = f"{odds.draws:,} draws; each cost and duration even over its range and independent, the order as planned."
    if odds.in_time is not None:
        note += f" The deadline {plan.ground.route.deadline} is kept in {odds.in_time:.0%} of them."
    parts: list[Part] = [
        Table(
            "What the ranges add up to",
            ("", "one in ten below", "half below", "nine in ten below"),
            tuple(rows),
            note,
            (1, 2, 3),
        )
    ]
    if len(odds.robust) > 1:
        robust = tuple(
            (str(r["rises"]), f"{r['this_plan']:,.0f}", f"{r['best_plan']:,.0f}", "yes" if r["same"] else "no")
            for r in odds.robust
        )
        columns = (
            "Steps at the top of their range",
            f"This plan, {currency}",
            f"Best plan then, {currency}",
            "The same plan",
        )
        parts.append(
            Table(
                "If some steps turn out as dear as they may", columns, robust, "All others at the lower end.", (0, 1, 2)
            )
        )
    return parts


def _unpriced(plan: Plan) -> list[Part]:
    rows = tuple(
        (w.title, ", ".join(w.about), ", ".join(markets(w, plan)), because(w, plan), "; ".join(w.notes) or "-")
        for w in plan.unpriced
        if w.step is None
    )
    columns = ("Work", "About", "For", "Why", "Note")
    note = "These are part of the plan and not of its sum: nobody has priced them."
    return [Table("Works without a price", columns, rows, note)] if rows else []


def _answers(plan: Plan) -> list[Part]:
    rows = tuple(
        (w.title, ", ".join(w.about), ", ".join(markets(w, plan)), str(len(plan.serves.get(w.id, ()))))
        for w, _, _ in sorted(plan.steps, key=lambda s: (-len(plan.serves.get(s[0].id, ())), s[0].id))
        if w.kind == "answer"
    )
    parts: list[Part] = []
    if rows:
        parts.append(Table("To be answered first", ("Question", "About", "For", "Settles"), rows, "", (3,)))
    if plan.ground.contingent:
        works = plan.ground.works
        listed = tuple(
            f"{f.market}: {f.title}: {f.question or f.because} If so: "
            + ", ".join(next((w.title for w in works.values() if w.step and w.step.id == s), s) for s in steps)
            for f, steps in plan.ground.contingent
        )
        parts += [Text("Steps that come on top if an answer says so; they are not in the sum:"), Listing(listed)]
    return parts


def _closed(plan: Plan, names: Mapping[str, str]) -> list[Part]:
    stuck = [*plan.ground.closed, *plan.dropped]
    rows = tuple((names.get(g.market, g.market), g.finding.title, g.finding.force or "-", g.reason) for g in stuck)
    return [Table("What no known step closes", ("Market", "What", "Force", "Why"), rows)] if rows else []
