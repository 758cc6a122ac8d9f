"""The specification package for a destination market: what is confirmed, and what still depends on others.

Three things are never mixed: what is confirmed with evidence, what is only stated, and what nobody can confirm yet
because the rule itself is still being made. Reading order: specification_package().
"""

from __future__ import annotations

from collections.abc import Iterable

from ..catalog import Catalog
from ..errors import Unheard, nearest
from ..waist import Dossier, Fact, Finding, Source, Step
from .actions import questions
from .draft import Cell, Document, Section, sourced
from .view import Board, ask, gravest_first, reported, standing_and_force
from .wording import (
    EVENTS,
    STANDINGS,
    STATES,
    changes,
    count,
    document,
    money,
    one_line,
    spoken,
    value,
    versions,
    weeks,
    witnessed,
)

NOTICE = (
    "Draft made from the project's own data for talks with partners in the market. What the market's rule-making has "
    "not settled is listed as such. It is not an approval, and no authority has seen it."
)


def specification_package(
    dossier: Dossier, catalog: Catalog, market: str, facts: Iterable[Fact] | None = None
) -> Document:
    """Everything one market asks of the project's subjects; raises Unheard for a market outside the project."""
    board, project = Board(dossier, catalog), dossier.project
    if market not in board.markets:
        near = nearest(market, board.markets)
        known = f"known: {', '.join(board.markets)}"
        raise Unheard(f"the project does not go to {market!r}; {near or known}. Add it to markets in the project file.")
    said = list(project.facts if facts is None else facts)
    found = gravest_first(f for f in dossier.findings if f.market == market)
    confirmed = [f for f in found if f.verdict in ("met", "residual") and f.evidence]
    stated = [f for f in found if f.verdict in ("met", "residual") and not f.evidence]
    short = [f for f in found if f.verdict in ("unmet", "unproven")]
    outside = sum(f.verdict == "not_applicable" for f in found)
    return Document(
        kind="Specification package",
        title=f"{one_line(project.title)}: {board.name(market)}",
        pairs=(
            ("Market", board.name(market)),
            *((("From", board.name(project.origin)),) if project.origin else ()),
            ("Day of the law", project.on),
            ("Event", EVENTS[project.event]),
            ("As known on", project.known),
            ("In short", _summary(confirmed, stated, short, found)),
        ),
        sections=(
            _products(board, said, market),
            Section(
                "Confirmed with evidence",
                "A document on record shows these; what a recognition leaves to do stands with it.",
                ("Requirement", "About", "Evidence", "Source"),
                tuple(_confirmed(f, board) for f in confirmed),
                (5, 2, 4, 4),
                "Nothing is confirmed with evidence yet.",
            ),
            Section(
                "Met by what is stated, without a document",
                "",
                ("Requirement", "About", "Because", "Source"),
                tuple(
                    (_requirement(f), _about(f, board), Cell(f.because), sourced(f.source, f.clause, reported(f)))
                    for f in stated
                ),
                (5, 2, 4, 4),
                "None.",
            ),
            Section(
                "Required, and not shown",
                "",
                ("Requirement", "About", "Because", "Source"),
                tuple(
                    (
                        _requirement(f),
                        _about(f, board),
                        Cell(f.because, f"Ask: {ask(f)}" if ask(f) else ""),
                        sourced(f.source, f.clause, reported(f)),
                    )
                    for f in short
                ),
                (5, 2, 4, 4),
                "Nothing that is required is without proof.",
            ),
            _exposed(board, market),
            _open(board, market),
            _file(board, market),
            _steps(board, found),
            _texts(found),
        ),
        notice=NOTICE
        + (f" {count(outside, 'rule')} of this market do not speak of these products." if outside else ""),
        on=project.on,
        engine=dossier.engine,
        library=dossier.catalog_version,
    )


def _summary(confirmed: list[Finding], stated: list[Finding], short: list[Finding], found: tuple[Finding, ...]) -> str:
    open_ = sum(f.verdict == "undecided" for f in found)
    return (
        f"{count(len(confirmed), 'requirement')} confirmed with evidence, {len(stated)} met as stated, "
        f"{len(short)} not shown, {count(open_, 'question')} open"
    )


def _requirement(finding: Finding) -> Cell:
    return Cell(finding.title, standing_and_force(finding), mark=finding.verdict)


def _about(finding: Finding, board: Board) -> Cell:
    return Cell(", ".join(board.key(finding.about)))


def _confirmed(finding: Finding, board: Board) -> tuple[Cell, ...]:
    shown = "; ".join(f"{e}: {witnessed(board.evidence[e])}" if e in board.evidence else e for e in finding.evidence)
    left = f"Still to do: {'; '.join(finding.residual)}" if finding.residual else ""
    return (
        _requirement(finding),
        _about(finding, board),
        Cell(shown, left),
        sourced(finding.source, finding.clause, reported(finding)),
    )


def _products(board: Board, facts: list[Fact], market: str) -> Section:
    rows = []
    for subject in board.dossier.project.subjects:
        if subject.members or (subject.stands_in and market not in subject.stands_in):
            continue
        told = dict.fromkeys(f"{f.name.partition('.')[2]} {value(f.value)}" for f in facts if f.subject == subject.id)
        rows.append(
            (
                Cell(subject.title or subject.id, spoken(subject.kind), strong=True),
                Cell(versions(subject) or "not stated"),
                Cell("; ".join(spoken(t) for t in told) or "nothing stated"),
            )
        )
    return Section(
        "The products", "", ("Product", "Versions", "As stated"), tuple(rows), (3, 3, 7), "None stands here."
    )


def _exposed(board: Board, market: str) -> Section:
    rows = tuple(
        (
            Cell(
                e.title, f"{STANDINGS[e.standing]}{'; look again ' + e.next_look if e.next_look else ''}", strong=True
            ),
            Cell(e.binds_when or "not known"),
            Cell("; ".join(changes(e)) or "not known"),
            sourced(e.source),
        )
        for code, found in board.exposure
        if code == market
        for e in found
    )
    return Section(
        "Depends on local rule-making",
        "Signals, announcements, drafts and later dates: none of them binds today, and nobody can confirm them yet.",
        ("What", "Would bind when", "Would change", "Source"),
        rows,
        (4, 3, 4, 4),
        "No signal, announcement or draft is recorded. That is a statement about the library, not about the market.",
    )


def _open(board: Board, market: str) -> Section:
    rows = tuple(
        (Cell(a.what, strong=True), Cell(", ".join(a.about)), Cell(a.who), Cell(count(len(a.settles), "finding")))
        for a in questions(board)
        if market in a.markets
    )
    return Section(
        "Open questions",
        "Cheapest to answer first.",
        ("Question", "About", "Who can answer", "Would settle"),
        rows,
        (7, 2, 3, 2),
        "None.",
    )


def _file(board: Board, market: str) -> Section:
    rows = tuple(
        (
            Cell(document(r), r.title if r.title != document(r) else spoken(r.kind), strong=True),
            Cell(", ".join(board.key(r.about))),
            Cell(
                STATES[r.state][0], f"{r.evidence}{', expires ' + r.expires if r.expires else ''}" if r.evidence else ""
            ),
            Cell(r.language or "–"),
        )
        for code, found in board.completeness
        if code == market
        for r in found
    )
    return Section(
        "Technical file", "", ("Document", "About", "State", "Language"), rows, (6, 2, 3, 2), "No document is listed."
    )


def _steps(board: Board, found: Iterable[Finding]) -> Section:
    wanted = dict.fromkeys(e for f in found if f.verdict not in ("met", "not_applicable") for e in f.effort)
    known: list[Step] = [board.steps[e] for e in wanted if e in board.steps]
    rows = tuple(
        (
            Cell(s.title, s.shared, strong=True),
            Cell(money(s.cost)),
            Cell(weeks(s.weeks)),
            Cell("quoted in the project") if s.quoted else sourced(s.source),
        )
        for s in known
    )
    return Section(
        "Steps named by these requirements",
        "Ranges as recorded; a middle stands only where somebody quoted it. Steps can be shared: nothing is added up.",
        ("Step", "Cost", "Time", "Source"),
        rows,
        (5, 4, 2, 4),
        "No step with cost and time is recorded.",
    )


def _texts(found: Iterable[Finding]) -> Section:
    texts: dict[tuple[str, str, str], Source] = {}
    for finding in found:
        if finding.source and finding.verdict != "not_applicable":
            texts.setdefault((finding.source.number, finding.source.publisher, finding.source.issued), finding.source)
    rows = tuple((sourced(s), Cell(s.title)) for _, s in sorted(texts.items()))
    return Section("Texts this rests on", "", ("Text", "Title"), rows, (7, 6), "None.")
