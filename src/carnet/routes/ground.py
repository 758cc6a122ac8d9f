"""From a dossier to a problem: every open finding becomes a goal, everything that can close it an activity.

A test counts once however many markets want its result; a national step counts per market. What is in hand is not
bought again. What nobody has priced is a work without a price, a question is a question, and an option of the product
brings the approvals it breaks. Findings come in as the review made them; nothing here judges a rule.
Reading order: ground(), _Grounder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..catalog import Catalog
from ..catalog.dates import Dates, stand
from ..catalog.nouns import requirement
from ..condition import names
from ..waist import Dossier, Finding, Requirement, Step
from .inputs import Route
from .money import lasting, priced
from .near import COMPANY, Near
from .net import FOREVER, Activity
from .nouns import LEVELS, Goal, Ground, Option, Work
from .order import ordered
from .ways import Carrier, Makers, Way, Ways, circles, is_paper

OPEN = ("unmet", "unproven", "residual")
ACTS = frozenset({"type_approval", "registration", "licence"})
_YEARS = re.compile(r"(\d+)(?: to \d+)? years?\b")


def ground(
    dossier: Dossier,
    catalog: Catalog,
    route: Route,
    options: Sequence[Option] = (),
    later: Mapping[str, tuple[str, Sequence[Finding]]] = {},
    markets: Sequence[str] = (),
) -> Ground:
    """The problem of a dossier.

    options  adaptations as the review judged them
    later    market -> (a planned day, findings open on that day which are closed today)
    markets  only these (all of the project when left out)
    """
    return _Grounder(dossier, catalog, route, options, later, markets).run()


class _Grounder:
    def __init__(
        self,
        dossier: Dossier,
        catalog: Catalog,
        route: Route,
        options: Sequence[Option],
        later: Mapping[str, tuple[str, Sequence[Finding]]],
        markets: Sequence[str],
    ) -> None:
        self.dossier, self.catalog, self.route, self.options, self.later = dossier, catalog, route, options, later
        self.project = dossier.project
        self.markets = tuple(markets) or tuple(dict.fromkeys(f.market for f in dossier.findings))
        self.near = Near(self.project)
        self.subjects = self.near.subjects
        self.forbidden = set(route.forbid)
        self.works: dict[str, Work] = {}
        self.makers: dict[str, list[str]] = {}  # a step's result -> the works any of which bring it
        self.hidden: dict[str, Activity] = {}
        self.hidden_says: dict[str, str] = {}
        self.yields: dict[str, dict[str, None]] = {}
        self.held = self.near.in_hand()
        self.lab_of = {step: name for name, lab in route.labs.items() for step in lab.steps}
        self.dated = Dates(catalog, self.project.known)
        makers = Makers(catalog)
        self.ways = {m: Ways(makers, m, self.project, self.dated, self.forbidden) for m in self.markets}
        self.tokens: set[str] = set()
        self.rows = {r["id"]: r for r in catalog.table("requirements")}
        self.rules: dict[str, Requirement | None] = {}
        self.currency = route.currency or self._most_used()
        self.quotes = self._quotes()
        self.strange: set[str] = set()
        self.goals: list[Goal] = []
        self.under: dict[str, tuple[Goal, Option]] = {}
        self.questions: list[Finding] = []
        self.contingent: list[tuple[Finding, tuple[str, ...]]] = []

    def run(self) -> Ground:
        for finding in self.dossier.findings:
            if finding.market in self.ways:
                self.finding(finding)
        for market, (day, findings) in self.later.items():
            for finding in findings if market in self.ways else ():
                self.finding(finding, day)
        for option in self.options:
            self.option(option)
        required = self.required()
        closed = tuple(g for g in self.goals if not g.ways)
        activities = (*ordered(self.works, self.yields, self.project), *self.hidden.values())
        notes = circles(self.catalog, self.ways)
        notes += [
            f"{c} has no dated rate: its steps are not priced. Give one under rates." for c in sorted(self.strange)
        ]
        return Ground(
            route=self.route,
            currency=self.currency,
            activities=activities,
            works=self.works,
            goals=tuple(g for g in self.goals if g.ways),
            held=tuple(self.held),
            capacity={n: lab.places for n, lab in self.route.labs.items()},
            questions=tuple(self.questions),
            contingent=tuple(self.contingent),
            ways=self.hidden_says,
            under=self.under,
            required=required,
            notes=tuple(notes),
            closed=closed,
        )

    # what is known beforehand

    def _most_used(self) -> str:
        counts: dict[str, int] = {}
        for step in (*self.project.quotes, *self.route.quotes, *self.catalog.steps.values()):
            counts[step.cost["currency"]] = counts.get(step.cost["currency"], 0) + 1
        return max(sorted(counts), key=lambda c: counts[c]) if counts else "USD"

    def _quotes(self) -> list[Step]:
        mine = {(q.id, q.about) for q in self.route.quotes}
        return [*self.route.quotes, *(q for q in self.project.quotes if (q.id, q.about) not in mine)]

    def rule(self, finding: Finding) -> Requirement | None:
        """The rule behind a finding; open topics and contradictions have none."""
        if finding.rule not in self.rules:
            row = self.rows.get(finding.rule)
            self.rules[finding.rule] = requirement(row) if row is not None else None
        return self.rules[finding.rule]

    # findings

    def finding(self, finding: Finding, later: str = "", prefix: str = "") -> str:
        """Turn a finding into a goal (its token), a question, or nothing (an empty token)."""
        if finding.verdict not in (*OPEN, "undecided"):
            return ""
        rule = self.rule(finding)
        if finding.verdict == "undecided" or self._gate(finding, rule):
            if finding.verdict == "undecided":
                self.questions.append(finding)
                effort = tuple(e for e in finding.effort if e in self.catalog.steps)
                if effort:
                    self.contingent.append((finding, effort))
                return ""
            if finding.effort:
                self.contingent.append((finding, tuple(e for e in finding.effort if e in self.catalog.steps)))
        token = f"{prefix}{finding.market}/{finding.id}"
        if token in self.tokens:
            return token
        self.tokens.add(token)
        made = [w for w in self._made(finding, rule, token) if w]
        reason = finding.because
        if not made and not any(f in o.fixes for o in self.options for f in [(finding.market, finding.id)]):
            reason = f"no step of the library changes this: {finding.because}"
        self.goals.append(Goal(token, finding.market, finding, tuple(made), reason, self._due(finding.market), later))
        return token

    def _gate(self, finding: Finding, rule: Requirement | None) -> bool:
        """Whether what is unknown is if the rule applies at all: an answer, not a paper, closes it for now."""
        if rule is None or finding.verdict != "unproven" or not rule.applies:
            return False
        asked = set(names(self.catalog.condition(rule.applies)))
        demanded = set(names(self.catalog.condition(rule.demands))) if rule.demands else set()
        return bool(finding.missing) and set(finding.missing) <= asked and not set(finding.missing) <= demanded

    def _due(self, market: str) -> int:
        days = [d for d in (self.route.deadline, self.route.deadlines.get(market, "")) if d]
        return self.route.week(min(days)) if days else FOREVER

    def _made(self, finding: Finding, rule: Requirement | None, token: str) -> list[str]:
        """The activities any of which reaches the goal of a finding."""
        found = []
        if finding.verdict == "residual":
            found.append(self._through_residual(finding, token))
        answers = self._answers(finding, rule) if finding.verdict == "unproven" else []
        gate = self._gate(finding, rule)
        ways = [] if gate else self.ways[finding.market].of(finding, rule, self.near.kinds(finding))
        for number, way in enumerate(ways):
            needs, ok = list(answers), True
            for step in way.steps:
                mine = self._step_token(step, finding, rule, way)
                ok = ok and mine is not None
                needs += [mine] if mine else []
            for carrier in way.carriers:
                needs.append(self._carried(carrier, finding))
            for entry in way.papers:
                needs.append(self._paper(entry, finding, rule))
            if ok:
                found.append(self._way(token, number, needs, way.note, finding))
        if not ways and answers:
            found.append(self._way(token, 0, answers, "an answer decides it", finding))
        found.append(self._wait(finding, rule, token))
        return found

    def _way(self, token: str, number: int | str, needs: Iterable[str], note: str, finding: Finding) -> str:
        key = f"way:{number}:{token}"
        wanted = tuple(dict.fromkeys(needs))
        self.hidden[key] = Activity(key, wanted, (token,))
        self.hidden_says[key] = note
        return key

    # works

    def _answers(self, finding: Finding, rule: Requirement | None) -> list[str]:
        """Facts that somebody has to state or arrange; papers are found elsewhere."""
        words, gate = self.catalog.words, self._gate(finding, rule)
        tokens = []
        for name in finding.missing:
            if name not in words or (not gate and is_paper(name, rule, self.catalog)):
                continue
            word = words.word(name)
            subject = self.near.holder(word.about, finding)
            key = f"answer:{name}@{subject}"
            if word.type == "list" and rule is not None and not gate:
                key = f"answer:{name}@{subject}:{finding.market}"
            if key not in self.works:
                self.works[key] = Work(
                    key, "answer", word.ask or f"State {name}", (subject,), yields=(name,), source=None,
                    notes=(f"asked of: {word.effort.replace('_', ' ')}",),
                )  # fmt: skip
                self._give(key, key)
            self._serve(key, finding)
            tokens.append(key)
        return tokens

    def _through_residual(self, finding: Finding, token: str) -> str:
        """The work a recognition or a simulation leaves; nothing when the recognition may not be used."""
        if set(finding.via) & self.forbidden:
            return ""
        needs = []
        for text in finding.residual:
            steps = [s for s in self.ways[finding.market].makers.get(text, ()) if s.id not in self.forbidden]
            kinds = self.near.kinds(finding)
            step = next((s for s in steps if kinds & set(s.about)), None)
            mine = self._step_token(step.id, finding, self.rule(finding), None) if step else None
            needs.append(mine or self._residual(text, finding))
        via = f"through {', '.join(finding.via)}" if finding.via else "by the work that is left"
        return self._way(token, "residual", needs, via, finding)

    def _residual(self, text: str, finding: Finding) -> str:
        about = self._root(finding)
        here = f"{finding.market}:" if finding.via else ""  # a measurement in place of a simulation serves every market
        key = f"residual:{here}{text}@{about}"
        if key not in self.works:
            title = text[6:].strip() if text.startswith("check:") else text
            kind = "answer" if text.startswith("check:") else "residual"
            says = f"Check: {title}" if kind == "answer" else title[:1].upper() + title[1:]
            note = (f"left by {', '.join(finding.via)}",) if finding.via else ()
            self.works[key] = Work(key, kind, says, (about,), yields=(text,), notes=note)
            self._give(key, key)
        self._serve(key, finding)
        return key

    def _step_token(self, step: str, finding: Finding, rule: Requirement | None, way: Way | None) -> str | None:
        """The token of one step's result, in hand or to be made."""
        known = self.catalog.steps[step]
        subject = self.near.holder(known.about, finding)
        market = self._only_here(known, finding, rule)
        prefix = f"{market}:" if market else ""
        demanded = set(self._demanded(finding, rule))
        entries = [y for y in known.yields if y in self.catalog.standards or (y not in self.catalog.words)]
        if entries and not demanded & set(entries) and way is not None and self._input(known, way):
            in_hand = [self.held.get(f"{e}@{subject}") for e in entries]
            if all(in_hand):
                return f"{entries[0]}@{subject}"
        key = f"{prefix}{step}@{subject}"
        if key not in self.makers:
            self._add_step(key, known, subject, entries)
        for work in self.makers[key]:
            self._serve(work, finding)
        return key

    def _input(self, step: Step, way: Way) -> bool:
        """Whether a step only prepares another of its way: what is in hand from it need not be made again."""
        last = max(LEVELS.get(self._kind(self.catalog.steps[s]), 0) for s in way.steps)
        return LEVELS.get(self._kind(step), 0) < last

    def _add_step(self, key: str, known: Step, subject: str, entries: list[str]) -> None:
        """The works that bring a step's result: one, or one per offer when several were made."""
        offers = self._offers(known, subject)
        for number, step in enumerate(offers):
            name = key if len(offers) == 1 else f"{key}#{number + 1}"
            cost = priced(step.cost, self.currency, dict(self.route.rates))
            if cost is None:
                self.strange.add(step.cost["currency"])
            years = _YEARS.search(step.valid)
            lab = step.note.removeprefix("laboratory ") if step.note.startswith("laboratory ") else ""
            lab = lab or self.lab_of.get(step.id, "")
            notes = [step.note] if step.note and not step.quoted else []
            if " then " in step.shared:
                notes.append(f"shared {step.shared}: part of it may be done once, ask for a joint quotation")
            self.works[name] = Work(
                id=name,
                kind=self._kind(step),
                title=step.title,
                about=(subject,),
                step=step,
                cost=cost,
                weeks=lasting(step.weeks),
                source=step.source,
                yields=step.yields,
                notes=tuple(notes),
                lab=lab,
                load=dict(self.route.labs[lab].load).get(step.id, 1) if lab else 1,
                hold=52 * int(years.group(1)) if years else 0,
            )
            self._give(name, key)
        self.makers[key] = [key if len(offers) == 1 else f"{key}#{n + 1}" for n in range(len(offers))]

    def _paper(self, entry: str, finding: Finding, rule: Requirement | None) -> str:
        about = finding.about[0]
        kinds = [k.replace("_", " ") for k in (rule.evidence if rule else ())]
        here = bool(rule and set(rule.evidence) <= ACTS) or entry not in self.catalog.standards
        key = f"{finding.market + ':' if here else ''}paper:{entry}@{about}"
        if key not in self.works:
            title = f"{' or '.join(kinds).capitalize() or 'Evidence'}: {entry}"
            kind = "approval" if rule and set(rule.evidence) & ACTS else "document"
            self.works[key] = Work(
                key, kind, title, (about,), yields=(entry,), source=finding.source,
                notes=("the library knows no step that brings it, so it has no price and no duration here",),
            )  # fmt: skip
            self._give(key, key)
        self._serve(key, finding)
        return key

    def _carried(self, carrier: Carrier, finding: Finding) -> str:
        """A recognition as a work without price: its conditions to check, its residual work to do."""
        one = carrier.recognition
        key = f"{finding.market}:recognition:{one.id}@{self._root(finding)}"
        if key not in self.works:
            left = (*one.residual, *(f"check: {c}" for c in one.conditions))
            start = self._week(carrier.day) if carrier.day else 0
            waits = (
                (f"it comes into force on {carrier.day}: an option with a wait, never assumed",) if carrier.day else ()
            )
            self.works[key] = Work(
                key, "recognition", one.title, (self._root(finding),), source=one.source, start=start,
                notes=(*waits, *(f"still to do: {text}" for text in left)),
            )  # fmt: skip
            self._give(key, key)
        self._serve(key, finding)
        return key

    def _wait(self, finding: Finding, rule: Requirement | None, token: str) -> str:
        """A rule that is dated to be withdrawn: waiting is an option. What is superseded goes on in its successor."""
        if rule is None or finding.standing is None:
            return ""
        stands = stand(rule.status, self.project.on, self.project.event, self.project.known, self.dated)
        if stands.next is None or stands.next[1] != "withdrawn" or len(stands.next[0]) != 10:
            return ""
        key = f"wait:{finding.market}/{finding.rule}"
        if key not in self.works:
            title = f"Wait until {stands.next[0]}: {rule.title} is {stands.next[1]} then"
            self.works[key] = Work(
                key, "wait", title, finding.about, source=rule.source, start=self._week(stands.next[0])
            )
            self._give(key, key)
        self._serve(key, finding)
        return self._way(token, "wait", [key], "waiting closes it", finding)

    def option(self, option: Option) -> None:
        """An adaptation: one work for its steps; in each market it helps, what it breaks there must be closed too."""
        used: dict[str, list[Finding]] = {}
        for finding in option.breaks:
            used.setdefault(finding.market, []).append(finding)
        goals = {(g.market, g.finding.id): n for n, g in enumerate(self.goals)}
        for market in [m for m in self.markets if any(m == where for where, _ in option.fixes)]:
            helped = [f for m, f in sorted(option.fixes) if m == market and (m, f) in goals]
            if not helped or market not in self.ways:
                continue
            sample = self.goals[goals[market, helped[0]]].finding
            needs = []
            for step in option.steps:
                mine = self._step_token(step, replace(sample, about=option.about), None, None)
                needs += [mine] if mine else []
            for broken in used.get(market, ()):
                token = self.finding(broken, prefix=f"{option.id}:")
                goal = next((g for g in self.goals if g.token == token), None)
                if goal is not None:  # reached only when this option is taken
                    self.goals.remove(goal)
                    self.under[f"{broken.market}/{broken.id}"] = (goal, option)
                    needs.append(token)
            for key in helped:
                at = goals[market, key]
                goal = self.goals[at]
                way = self._way(goal.token, option.id, needs, f"option {option.id}: {option.title}", goal.finding)
                self.goals[at] = replace(goal, ways=(*goal.ways, way), reason=goal.finding.because)
                for work in self._below(needs):
                    self._serve(work, goal.finding)

    def _below(self, tokens: Iterable[str]) -> list[str]:
        return [w for t in tokens for w in self.makers.get(t, [t] if t in self.works else [])]

    def required(self) -> tuple[str, ...]:
        """The results of steps that the project wants in any case."""
        tokens: list[str] = []
        for step in self.route.require:
            made = [key for key, works in self.makers.items() if key.split(":")[-1].partition("@")[0] == step and works]
            if not made:
                known = self.catalog.steps[step]
                subject = next((s.id for s in self.project.subjects if s.kind in known.about), COMPANY)
                made = [f"{step}@{subject}"]
                self._add_step(made[0], known, subject, [])
            tokens += made
        return tuple(tokens)

    # small questions

    def _serve(self, key: str, finding: Finding) -> None:
        work = self.works[key]
        work.markets[finding.market] = None
        work.closes[f"{finding.market}/{finding.id}"] = None

    def _give(self, key: str, token: str) -> None:
        self.yields.setdefault(key, {})[token] = None

    def _root(self, finding: Finding) -> str:
        return "+".join(finding.about)

    def _demanded(self, finding: Finding, rule: Requirement | None) -> list[str]:
        if rule is None or not rule.demands:
            return []
        return re.findall(r'"([^"]+)"', rule.demands)

    def _only_here(self, step: Step, finding: Finding, rule: Requirement | None) -> str:
        """The market a step must be done for again, or '' when one does for all."""
        if "market" in step.shared:
            return finding.market
        acts = rule is not None and bool(rule.evidence) and set(rule.evidence) <= ACTS
        standards = [y for y in step.yields if y in self.catalog.standards]
        if acts and standards and not any(self.ways[finding.market].shares(y) for y in standards):
            return finding.market
        return ""

    def _kind(self, step: Step) -> str:
        if any(y in self.catalog.words for y in step.yields):
            return "adaptation"
        if "maker" in step.about:
            return "audit"
        if any(y in self.catalog.standards for y in step.yields):
            return "test"
        return "approval"

    def _offers(self, step: Step, subject: str) -> list[Step]:
        """The quotations for this step and subject if there are any, else the library's range."""
        kind = self.subjects[subject].kind if subject in self.subjects else subject
        fitting = [q for q in self.quotes if q.id == step.id and (not q.about or {subject, kind} & set(q.about))]
        return fitting or [step]

    def _week(self, day: str) -> int:
        """The first week that begins on or after a day."""
        week = self.route.week(day)
        return week if self.route.day(week) >= day else week + 1
