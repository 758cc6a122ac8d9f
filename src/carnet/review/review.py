"""Facts + requirements -> findings: the middle of the house.

For every market and every subject that stands there: what is in force on the day for the event (or contractual, or
voluntary and named by the project) becomes a finding; everything else that is known becomes exposure; a topic on
which nothing in force is known becomes an undecided finding with a question, never silence.
Reading order: review(), _Market.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..catalog import Catalog
from ..catalog.dates import BINDING, Dated, Dates, Stand, reported, stand
from ..condition import evaluate
from ..waist import Dossier, Expected, Exposure, Fact, Finding, Project, Requirement, Subject
from .case import Case
from .complete import expected
from .exposure import of_requirement, of_signals
from .judge import Judged, judge
from .questions import next_questions
from .recognize import Recognizer
from .view import Index, views

EXPORT = "trade"  # the topic under which an economy binds what leaves it


def review(
    project: Project, facts: Iterable[Fact], catalog: Catalog, engine: str, told: Callable[[str], None] | None = None
) -> Dossier:
    """The reviewed answer; pure: the same project, facts and library give the same dossier. `told` hears of markets."""
    index = Index(project, facts, catalog.words)
    findings: list[Finding] = []
    exposure: list[Exposure] = []
    documents: list[Expected] = []
    for code in project.markets:
        if told:
            told(f"market {code}")
        market = _Market(code, project, index, catalog)
        market.run()
        findings += market.findings
        exposure += market.exposure
        documents += expected(code, market.findings, market.case, catalog, project)
    leaving = _leaving(project, index, catalog)
    findings += leaving
    quoted = {(q.id, q.about): q for q in project.quotes}
    used = dict.fromkeys(
        e for f in findings if f.verdict in ("residual", "unproven", "unmet", "undecided") for e in f.effort
    )
    steps = [
        *quoted.values(),
        *(catalog.steps[e] for e in used if e in catalog.steps and e not in {i for i, _ in quoted}),
    ]
    return Dossier(
        project=project,
        catalog_version=catalog.version,
        catalog_digest=catalog.digest,
        engine=engine,
        findings=tuple(findings),
        exposure=tuple(exposure),
        completeness=tuple(documents),
        steps=tuple(steps),
        questions=next_questions(findings, catalog),
        names=tuple((m, catalog.name(m)) for m in dict.fromkeys((*project.markets, *(f.market for f in leaving)))),
    )


def _leaving(project: Project, index: Index, catalog: Catalog) -> list[Finding]:
    """What the economy the product comes from asks of its export: rules on trade that do apply."""
    if not project.origin or project.origin in project.markets:
        return []
    market = _Market(project.origin, project, index, catalog)
    market.rules = [r for r in market.rules if r.topic == EXPORT and r.market == project.origin]
    for subject in market.subjects:
        for rule in market.rules:
            if subject.kind in rule.about:
                market.one(rule, subject, set(), {})
    return [f for f in market.findings if f.verdict != "not_applicable"]


class _Market:
    """One market's answers."""

    def __init__(self, code: str, project: Project, index: Index, catalog: Catalog) -> None:
        self.code, self.project, self.index, self.catalog = code, project, index, catalog
        self.dated: Dated = Dates(catalog, project.known)
        recognizer = Recognizer(catalog, code, project.on, project.event, project.known, self.dated)
        self.case = Case(catalog, project, index, code, recognizer, {e.id: e for e in project.evidence})
        self.rules = catalog.requirements(code)
        self.subjects = [
            s for s in project.subjects if not s.stands_in or code in s.stands_in or code == project.origin
        ]
        self.findings: list[Finding] = []
        self.exposure: list[Exposure] = []

    def run(self) -> None:
        for subject in self.subjects:
            covered: set[str] = set()
            drafts: dict[str, list[str]] = {}
            for rule in self.rules:
                if subject.kind in rule.about:
                    self.one(rule, subject, covered, drafts)
            self.open_topics(subject, covered, drafts)
            self.disputes(subject)
        self.exposure += of_signals(self.case, self.subjects, self.findings)

    def one(self, rule: Requirement, subject: Subject, covered: set[str], drafts: dict[str, list[str]]) -> None:
        """One rule, one subject: a finding, exposure, or nothing at all when the text is gone or was not known."""
        if not rule.status:
            if not rule.asked or rule.asked <= self.project.known:
                judged = judge(rule, subject, self.case)
                if judged.verdict != "not_applicable":
                    covered.add(rule.topic)
                    self.findings.append(self.finding(rule, subject, judged, None))
            return
        stands = stand(rule.status, self.project.on, self.project.event, self.project.known, self.dated)
        if stands.now is None or stands.now in ("superseded", "withdrawn"):
            return
        judged = judge(rule, subject, self.case)
        if self.yields(rule, stands):
            if self.covers(rule, subject) and rule.force != "contractual":  # a contract says nothing about the law
                covered.add(rule.topic)
            self.findings.append(self.finding(rule, subject, judged, stands))
        else:
            if self.covers(rule, subject):
                drafts.setdefault(rule.topic, []).append(
                    f"{rule.id} ({'; '.join([stands.now.replace('_', ' '), *stands.notes[:1]])})"
                )
            if judged.verdict != "not_applicable":
                self.exposure.append(of_requirement(rule, subject, judged, stands, self.case))

    def yields(self, rule: Requirement, stands: Stand) -> bool:
        """What yields findings: in force on the day, contractual, or voluntary and named by the project."""
        if stands.now not in BINDING:
            return False
        if rule.force == "voluntary":
            named = set(self.project.named)
            return rule.id in named or any(f'"{n}"' in rule.demands for n in named)
        return rule.force == "contractual" or stands.now == "in_force"

    def covers(self, rule: Requirement, subject: Subject) -> bool:
        """Whether a rule speaks of this product at all: its scope is judged on what defines products alone."""
        if not rule.applies:
            return True
        defining = {name for p in self.catalog.products.values() for name in p["defined_by"]}
        condition = self.catalog.condition(rule.applies)
        words = self.catalog.words
        for view in views(self.index, words, subject, defining, self.code):
            seen = {name: view.look(name) for name in defining}
            if evaluate(condition, seen.get, words).truth is not False:
                return True
        return False

    def finding(self, rule: Requirement, subject: Subject, judged: Judged, stands: Stand | None) -> Finding:
        verdict, because, question = judged.verdict, judged.because, judged.question
        notes = list(stands.notes) if stands else []
        if stands and not stands.certain and verdict != "not_applicable":
            question = f"Is {rule.title!r} in force on {self.project.on}? The source says only {stands.since}."
            because = f"Whether it binds on {self.project.on} is not certain. {because}"
            verdict = "undecided"
        if rule.conflict:
            notes.append(f"sources disagree: {rule.conflict}")
        if stands and reported(stands.step, rule.source, rule.sources):
            notes.append("reported, not read")
        if stands and stands.next:
            day, standing, whom = stands.next
            notes.append(f"{standing.replace('_', ' ')} from {day} {whom}".rstrip())
        if rule.note:
            notes.append(rule.note)
        return Finding(
            rule=rule.id,
            market=self.code,
            about=subject.members or (subject.id,),
            verdict=verdict,
            standing=stands.now if stands else None,
            force=rule.force,
            title=rule.title,
            topic=rule.topic,
            because=because,
            source=rule.source if rule.status or rule.source.number != "not stated" else None,
            where=subject.place,
            missing=judged.missing,
            evidence=judged.evidence,
            via=judged.via,
            residual=judged.residual,
            clause=rule.clause,
            question=question,
            effort=rule.effort,
            inherited=rule.inherited,
            notes=tuple(notes),
        )

    def open_topics(self, subject: Subject, covered: set[str], drafts: dict[str, list[str]]) -> None:
        """Absence of a row never reads as absence of a rule: every empty cell asks its question."""
        name, kind = self.catalog.name(self.code), subject.kind.replace("_", " ")
        for topic, row in self.catalog.topics.items():
            if subject.kind not in row["ask_for"] or topic in covered:
                continue
            known = f" Known so far, not binding: {', '.join(drafts[topic])}." if topic in drafts else ""
            self.findings.append(
                Finding(
                    rule=f"{self.code}.open.{subject.kind}.{topic}",
                    market=self.code,
                    about=subject.members or (subject.id,),
                    verdict="undecided",
                    standing=None,
                    force=None,
                    title=f"{row['title'] or topic.replace('_', ' ').capitalize()} of this {kind}",
                    topic=topic,
                    because=f"The library knows no rule in force on this for {name}; "
                    f"that is not the absence of a rule.{known}",
                    source=None,
                    where=subject.place,
                    question=f"{row['question']} ({name}, {self.project.known})",
                )
            )

    def disputes(self, subject: Subject) -> None:
        """Companies that say different things about one fact: a finding, not a guess."""
        for (holder, fact), said in sorted(self.index.disputed.items()):
            if holder != subject.id:
                continue
            who = " and ".join(f"{f.origin.name or 'the project'} says {f.value} ({f.origin.place})" for f in said)
            self.findings.append(
                Finding(
                    rule=f"project.contradiction.{fact}",
                    market=self.code,
                    about=(subject.id,),
                    verdict="undecided",
                    standing=None,
                    force="contractual",
                    title=f"Two answers for {fact}",
                    topic="evidence",
                    because=f"The parties contradict each other: {who}. Until they agree, {fact} counts as unknown.",
                    source=None,
                    where=said[0].origin.place or subject.place,
                    missing=(fact,),
                    question=f"Which value of {fact} is true for {subject.id}?",
                )
            )


__all__ = ["review"]
