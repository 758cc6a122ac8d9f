"""What a project may say about its route: the first day, deadlines, laboratories, quotations, rates, own wishes.

A route file is optional; a project names it as `inputs: {route: route.yaml}` or a command as --inputs. Without one the
plan starts on the day of knowledge, has no deadline and unlimited laboratories, and uses the ranges of the library.
Reading order: RouteForm, Route, read_route().
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .. import reading
from ..catalog import Catalog
from ..catalog.form import Date
from ..errors import BadInput, Problem, nearest
from ..project.files import inside, money
from ..project.form import MoneyBlock, QuoteBlock, WeeksBlock
from ..waist import Place, Project, Source, Step
from ..words import span
from .money import Rate

MOST_WEEKS = 5_200


class Block(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class RateBlock(Block):
    currency: str = Field(description="The currency that is converted, as EUR.")
    worth: str = Field(description="What one unit was worth in the plan's currency on that day, decimal text.")
    day: Date
    source: str = Field(description="Who published the rate.")


class LabBlock(Block):
    places: int | list[int] = Field(description="How many tests run side by side; a list gives one number per week.")
    title: str = ""
    steps: list[str] = Field(description="Steps of data/effort that are done there.")
    load: dict[str, int] = Field(default={}, description="Places a step fills, when it is more than one.")


class OfferBlock(QuoteBlock):
    by: str = Field(default="", description="Who quoted, and when. Several offers of one step are alternatives.")
    laboratory: str = Field(default="", description="The laboratory it would fill, one of laboratories.")


class OptionBlock(Block):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")
    title: str
    steps: list[str] = Field(default=[], description="Steps of data/effort that it takes.")
    changes: list[str] = Field(description="What it changes: [subject:]FACT=VALUE, as for carnet review --change.")


class DesignBlock(Block):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")
    title: str
    steps: list[str] = Field(default=[], description="Steps paid for whatever market follows.")
    per_market: dict[str, list[str]] = Field(default={}, description="Steps that a market adds while nothing changes.")
    cost: MoneyBlock | None = Field(default=None, description="An own estimate beside the steps.")
    weeks: WeeksBlock | None = None


class ScenarioBlock(Block):
    id: str
    title: str
    adopts: dict[str, Date] = Field(default={}, description="Market -> day from which it asks nothing more here.")


class RouteForm(Block):
    carnet: Literal["route/1"] = Field(description="What this file is.")
    start: Date | None = Field(default=None, description="The first day of the plan; the day of knowledge if left out.")
    deadline: Date | None = Field(default=None, description="The day by which every market must be open.")
    deadlines: dict[str, Date] = Field(default={}, description="Market -> the day by which it must be open.")
    currency: str = Field(default="", description="The plan's currency; most of the steps' if left out.")
    rates: list[RateBlock] = []
    laboratories: dict[str, LabBlock] = {}
    quotes: list[OfferBlock] = Field(default=[], description="Quotations; they stand instead of the library's ranges.")
    require: list[str] = Field(default=[], description="Steps that are done in any case.")
    forbid: list[str] = Field(default=[], description="Steps or recognitions that may not be used.")
    options: list[OptionBlock] = Field(default=[], description="Adaptations of the product worth weighing.")
    designs: list[DesignBlock] = Field(default=[], description="For compare: upgrade or redesign.")
    scenarios: list[ScenarioBlock] = Field(default=[], description="For compare: who adopts what, and when.")


@dataclass(frozen=True, slots=True)
class Lab:
    """A laboratory: places a week and the steps done there."""

    title: str
    places: int | tuple[int, ...]
    steps: tuple[str, ...]
    load: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """What the project says about its route, checked."""

    start: str
    deadline: str = ""
    deadlines: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    rates: Mapping[str, Rate] = field(default_factory=dict)
    labs: Mapping[str, Lab] = field(default_factory=dict)
    quotes: tuple[Step, ...] = ()
    require: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    options: tuple[OptionBlock, ...] = ()
    designs: tuple[DesignBlock, ...] = ()
    scenarios: tuple[ScenarioBlock, ...] = ()
    file: str = ""
    digest: str = ""

    def week(self, day: str) -> int:
        """The week of the plan in which a day lies; 0 for the first day and before."""
        gone = (date.fromisoformat(day) - date.fromisoformat(self.start)).days
        return max(0, gone // 7)

    def day(self, week: int) -> str:
        """The first day of a week of the plan."""
        return date.fromordinal(date.fromisoformat(self.start).toordinal() + 7 * week).isoformat()


def read_route(project: Project, catalog: Catalog, path: Path | None = None, quotes: Path | None = None) -> Route:
    """The route file of a project (or of the command), with quotations of another file; raises BadInput."""
    named = dict(project.extra).get("route")
    if path is None and isinstance(named, str):
        try:
            path = inside(Path(project.folder), named)
        except ValueError as error:
            raise BadInput(f"{project.file}: inputs: route: {error}") from None
    elif path is None and named is not None and not isinstance(named, Mapping):
        raise BadInput(f"{project.file}: inputs: route: name a file, such as route.yaml")
    route = Route(start=project.known)
    if path is not None:
        route = _checked(reading.read(path, str(path)), project, catalog)
    if quotes is not None:
        offers = _checked(reading.read(quotes, str(quotes)), project, catalog).quotes
        mine = {(q.id, q.about) for q in offers}
        route = replace(route, quotes=(*offers, *(q for q in route.quotes if (q.id, q.about) not in mine)))
    return route


def _checked(document: reading.Document, project: Project, catalog: Catalog) -> Route:
    form = reading.shape(document, RouteForm)
    reader = _Reader(document, form, project, catalog)
    route = reader.run()
    if reader.problems:
        raise BadInput(reader.problems)
    return route


class _Reader:
    """Turns the form into a Route and collects every complaint with its place."""

    def __init__(self, document: reading.Document, form: RouteForm, project: Project, catalog: Catalog) -> None:
        self.document, self.form, self.project, self.catalog = document, form, project, catalog
        self.problems: list[Problem] = []

    def say(self, at: tuple[str | int, ...], says: str, hint: str = "") -> None:
        self.problems.append(Problem(self.document.at(at), says, hint))

    def run(self) -> Route:
        form = self.form
        start = span(form.start)[0] if form.start else self.project.known
        for market in form.deadlines:
            self._market(("deadlines", market), market)
        ends = {m: span(d)[1] for m, d in form.deadlines.items()}
        days: list[tuple[tuple[str, ...], str | None]] = [
            (("deadline",), form.deadline),
            *((("deadlines", m), d) for m, d in form.deadlines.items()),
        ]
        for at, day in days:
            if day and span(day)[1] < start:
                self.say(at, f"the deadline {day} lies before the first day of the plan, {start}", "Give a later day.")
        self._steps()
        labs = {name: self._lab(name, block) for name, block in form.laboratories.items()}
        both = sorted(set(form.require) & set(form.forbid))
        for name in both:
            where = ("forbid", form.forbid.index(name))
            self.say(where, f"{name!r} is required and forbidden at once", "Keep one of the two.")
        return Route(
            start=start,
            deadline=span(form.deadline)[1] if form.deadline else "",
            deadlines=ends,
            currency=form.currency,
            rates=self._rates(),
            labs=labs,
            quotes=tuple(q for n in range(len(form.quotes)) if (q := self._quote(n))),
            require=tuple(form.require),
            forbid=tuple(form.forbid),
            options=tuple(form.options),
            designs=tuple(form.designs),
            scenarios=tuple(form.scenarios),
            file=self.document.name,
            digest="sha256:" + self.document.digest,
        )

    def _markets(self) -> str:
        return f"It goes to {', '.join(self.project.markets)}."

    def _steps(self) -> None:
        """Every step named anywhere must be one of the library."""
        form = self.form
        groups: list[tuple[tuple[str | int, ...], Sequence[str]]] = [(("require",), form.require)]
        groups += [(("laboratories", name, "steps"), lab.steps) for name, lab in form.laboratories.items()]
        groups += [(("options", n, "steps"), option.steps) for n, option in enumerate(form.options)]
        groups += [(("designs", n, "steps"), design.steps) for n, design in enumerate(form.designs)]
        known = self.catalog.steps
        for at, names in groups:
            for n, name in enumerate(names):
                if name not in known:
                    self._unheard((*at, n), name, list(known), "step")
        for n, design in enumerate(form.designs):
            self._design(n, design)
        for n, scenario in enumerate(form.scenarios):
            for market in scenario.adopts:
                self._market(("scenarios", n, "adopts", market), market)
        recognitions = [r.id for r in self.catalog.recognitions]
        for n, name in enumerate(form.forbid):
            if name not in known and name not in recognitions:
                self._unheard(("forbid", n), name, [*known, *recognitions], "step or recognition")
        seen: dict[str, str] = {}
        for name, lab in form.laboratories.items():
            for n, step in enumerate(lab.steps):
                if step in seen:
                    says = f"{step!r} is done in {seen[step]!r} already"
                    self.say(("laboratories", name, "steps", n), says, "Name each step in one laboratory.")
                seen[step] = name

    def _design(self, n: int, design: DesignBlock) -> None:
        """A design's steps per market are known, and its own estimate is a range."""
        for market, names in design.per_market.items():
            self._market(("designs", n, "per_market", market), market)
            for i, name in enumerate(names):
                if name not in self.catalog.steps:
                    self._unheard(("designs", n, "per_market", market, i), name, list(self.catalog.steps), "step")
        try:
            if design.cost is not None:
                money(design.cost.model_dump())
        except ValueError as error:
            self.say(("designs", n, "cost"), f"design {design.id!r}: {error}")
        weeks = design.weeks
        if weeks is not None and not 0 <= weeks.low <= weeks.high <= MOST_WEEKS:
            self.say(("designs", n, "weeks"), f"design {design.id!r}: weeks run from {weeks.low} to {weeks.high}")

    def _market(self, at: tuple[str | int, ...], market: str) -> None:
        if market not in self.project.markets:
            self.say(at, f"{market!r} is no market of this project", self._markets())

    def _unheard(self, at: tuple[str | int, ...], name: str, known: Sequence[str], what: str) -> None:
        near = nearest(name, known)
        self.say(at, f"no {what} is called {name!r}" + (f"; {near}" if near else ""), "All: carnet catalog list effort")

    def _lab(self, name: str, block: LabBlock) -> Lab:
        places = block.places if isinstance(block.places, list) else [block.places]
        if not places or min(places) < 0 or max(places) == 0 or len(places) > MOST_WEEKS:
            self.say(("laboratories", name, "places"), "places a week must be whole numbers, some of them above zero")
        for step, load in block.load.items():
            if not 1 <= load <= max(places, default=0):
                says = f"{step!r} fills {load} places; this laboratory has {max(places, default=0)} at most"
                self.say(("laboratories", name, "load", step), says)
        kept = tuple(block.places) if isinstance(block.places, list) else block.places
        return Lab(block.title or name, kept, tuple(block.steps), dict(block.load))

    def _rates(self) -> dict[str, Rate]:
        found: dict[str, Rate] = {}
        for n, block in enumerate(self.form.rates):
            try:
                worth = Decimal(block.worth)
            except InvalidOperation:
                worth = Decimal(0)
            if not worth.is_finite() or worth <= 0:
                self.say(("rates", n, "worth"), f"a rate is decimal text above zero, not {block.worth!r}")
                continue
            if block.currency in found and found[block.currency].worth != worth:
                says = f"{block.currency} has two rates: {found[block.currency].worth} and {worth}"
                self.say(("rates", n), says, "Keep one of the two.")
            found[block.currency] = Rate(block.currency, worth, block.day, block.source)
        return found

    def _quote(self, n: int) -> Step | None:
        block, at = self.form.quotes[n], ("quotes", n)
        if block.step not in self.catalog.steps:
            self._unheard((*at, "step"), block.step, list(self.catalog.steps), "step")
            return None
        subjects = {s.id for s in self.project.subjects}
        for i, subject in enumerate(block.about):
            if subject not in subjects:
                self.say((*at, "about", i), f"no subject is called {subject!r}; {nearest(subject, subjects)}")
        for other in self.form.quotes[:n]:
            same = set(other.about) & set(block.about) or other.about == block.about
            if other.step == block.step and same and other.by == block.by:
                says = f"{block.step!r} is quoted twice by {block.by or 'nobody named'}"
                self.say((*at, "by"), says, "Keep the quotation that holds, or say by whom each is.")
        if block.laboratory and block.laboratory not in self.form.laboratories:
            self._unheard((*at, "laboratory"), block.laboratory, list(self.form.laboratories), "laboratory")
        try:
            cost = money(block.cost.model_dump())
        except ValueError as error:
            self.say((*at, "cost"), f"quote for {block.step!r}: {error}")
            return None
        weeks = block.weeks
        if not 0 <= weeks.low <= weeks.high <= MOST_WEEKS or not weeks.low <= (weeks.mid or weeks.low) <= weeks.high:
            says = f"quote for {block.step!r}: weeks run from {weeks.low} to {weeks.high}"
            self.say((*at, "weeks"), says, "Low must not exceed high, nor be negative.")
            return None
        place: Place = self.document.at((*at, "step"))
        known = self.catalog.steps[block.step]
        return Step(
            id=known.id,
            title=known.title,
            about=tuple(block.about) or known.about,
            cost=cost,
            weeks=weeks.model_dump(),
            source=Source(
                "quote", block.by or f"quotation in {place}", seen=block.cost.priced, grade="maker", read="verbatim"
            ),
            shared=known.shared,
            valid=known.valid,
            yields=known.yields,
            confidence="quoted",
            note=f"laboratory {block.laboratory}" if block.laboratory else "quoted by the project",
            quoted=True,
        )
