"""The documents that customers and local partners ask for, drafted from the project's own data.

    interface disclosure      one subject: what is stated, by whom, by which evidence, and what is not stated
    compatibility record      one pair: both sides, their versions, what was tried, how it ended
    specification package     one market: what is confirmed with evidence, what still depends on local rule-making

Drafts repeat what is on record and say what is not; they confirm nothing by themselves, and a person signs them.
`facts` are the stated facts; without them, those of the project file are used, without what the surveys found.
Reading order: drafted(), then one function per document.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..catalog import Catalog
from ..errors import BadInput, Unheard, nearest
from ..waist import Dossier, Evidence, Fact, Finding, Subject
from ..words import Word
from .draft import Cell, Document, Section
from .specification import specification_package
from .view import Board, ask, standing_and_force
from .wording import count, digest, one_line, spoken, value, versions, witnessed

KINDS = ("interface", "compatibility", "specification")
NOTICE = (
    "Draft made from the project's own data. It repeats what is on record and what is not; "
    "it confirms nothing until a person who may do so signs it."
)


def drafted(what: str, dossier: Dossier, catalog: Catalog, facts: Iterable[Fact] | None = None) -> Document:
    """'interface:SUBJECT', 'compatibility:PAIR' or 'specification:MARKET' -> the document.

    Raises BadInput for another word, Unheard for a subject, pair or market that the project does not have.
    """
    kind, _, name = what.partition(":")
    if kind not in KINDS or not name:
        near = nearest(kind, KINDS)
        hint = f"{near} " if near and kind not in KINDS else ""
        raise BadInput(f"--draft {what}: {hint}write interface:SUBJECT, compatibility:PAIR or specification:MARKET")
    if kind == "specification":
        return specification_package(dossier, catalog, name, facts)
    return (interface_disclosure if kind == "interface" else compatibility_record)(dossier, catalog, name, facts)


def interface_disclosure(
    dossier: Dossier, catalog: Catalog, subject_id: str, facts: Iterable[Fact] | None = None
) -> Document:
    """What one subject's owner discloses: each parameter with unit, origin and evidence; and what is still silent."""
    board, said = Board(dossier, catalog), list(dossier.project.facts if facts is None else facts)
    subject = _subject(dossier, subject_id, pair=False)
    mine = [f for f in said if f.subject == subject.id]
    stated = {f.name for f in mine}
    carried = [w for w in catalog.words.words.values() if subject.kind in w.about]
    asked: dict[str, list[Finding]] = {}
    for finding in dossier.findings:
        if subject.id in finding.about and finding.verdict in ("unproven", "undecided"):
            for name in finding.missing:
                asked.setdefault(name, []).append(finding)
    wanted = [w for w in carried if w.name not in stated and w.name in asked]
    silent = [w.name for w in carried if w.name not in stated and w.name not in asked and w.stated_by == "project"]
    rest = f"Also not stated, and asked by no rule reviewed here: {', '.join(silent)}." if silent else ""
    fitted = ", ".join(subject.fitted_to)
    return Document(
        kind="Interface disclosure",
        title=f"{subject.title or subject.id}",
        pairs=(
            ("Subject", f"{subject.id} ({spoken(subject.kind)})"),
            ("Versions", versions(subject) or "not stated"),
            *((("Fitted to", fitted),) if fitted else ()),
            *_heading(board),
        ),
        sections=(
            Section(
                "Parameters stated",
                "Each value as it was given, with who gave it.",
                ("Parameter", "Value", "Stated by"),
                tuple(_stated(f, catalog) for f in _in_order(mine, carried)),
                (5, 3, 4),
                "Nothing is stated about this subject yet.",
            ),
            _evidence(board, [e for e in dossier.project.evidence if subject.id in e.about]),
            Section(
                "Asked for by a rule, and not stated",
                "",
                ("Parameter", "What to state", "Asked by"),
                tuple(
                    (Cell(w.name, strong=True), Cell(w.means, _unit(w)), _askers(asked[w.name], board)) for w in wanted
                ),
                (3, 5, 4),
                "No rule reviewed here asks for a parameter that is not stated.",
                after=rest,
            ),
            _contradictions(dossier, subject),
        ),
        signatures=(subject.title or subject.id,),
        notice=NOTICE,
        **_stamp(dossier),
    )


def compatibility_record(
    dossier: Dossier, catalog: Catalog, pair_id: str, facts: Iterable[Fact] | None = None
) -> Document:
    """Whether named versions of two or three things work together: their sides, what was tried, the outcome."""
    board, said = Board(dossier, catalog), list(dossier.project.facts if facts is None else facts)
    pair = _subject(dossier, pair_id, pair=True)
    members = [dossier.project.subject(m) for m in pair.members]
    tried = [f for f in said if f.subject == pair.id]
    found = [f for f in dossier.findings if f.about in (pair.members, (pair.id,))]
    ids = {pair.id, *pair.members}
    on_record = [e for e in dossier.project.evidence if pair.id in e.about or len(ids & set(e.about)) > 1]
    return Document(
        kind="Compatibility record",
        title=pair.title or " + ".join(m.title or m.id for m in members),
        pairs=(("Pair", f"{pair.id} ({pair.way or 'pair'})"), *_heading(board)),
        sections=(
            Section(
                "The sides",
                "The record holds for these versions; another version needs a new record.",
                ("Side", "Kind", "Versions"),
                tuple(
                    (Cell(m.title or m.id, strong=True), Cell(spoken(m.kind)), Cell(versions(m) or "not stated"))
                    for m in members
                ),
                (4, 3, 5),
            ),
            _side_by_side(members, said, catalog),
            Section(
                "What was tried, and the outcome",
                "A simulation is never a certification, and a value without a recording is a computation.",
                ("Result", "Value", "Shown by"),
                tuple(_stated(f, catalog) for f in tried),
                (5, 3, 4),
                "Nothing is on record: no session was recorded, rehearsed or measured.",
            ),
            _evidence(board, on_record),
            Section(
                "What this means in each market",
                "",
                ("Market", "Verdict", "Because"),
                tuple(
                    (
                        Cell(board.name(f.market), strong=True),
                        Cell(f.title, standing_and_force(f), mark=f.verdict),
                        Cell(f.because, f"Ask: {ask(f)}" if ask(f) else ""),
                    )
                    for f in found
                    if f.verdict != "not_applicable"
                ),
                (2, 4, 5),
                "No requirement on this pair was reviewed.",
            ),
        ),
        signatures=tuple(m.title or m.id for m in members),
        notice=NOTICE,
        **_stamp(dossier),
    )


def _subject(dossier: Dossier, name: str, *, pair: bool) -> Subject:
    known = [s.id for s in dossier.project.subjects if bool(s.members) is pair]
    if name not in known:
        near = nearest(name, known)
        what = "pair" if pair else "subject"
        raise Unheard(f"the project has no {what} {name!r}; {near or 'known: ' + (', '.join(known) or 'none')}")
    return dossier.project.subject(name)


def _heading(board: Board) -> tuple[tuple[str, str], ...]:
    project = board.dossier.project
    return (
        ("Project", one_line(project.title)),
        ("Day of the law", project.on),
        ("As known on", project.known),
        ("Markets", board.names(project.markets)),
    )


def _stamp(dossier: Dossier) -> dict[str, str]:
    return {"on": dossier.project.on, "engine": dossier.engine, "library": dossier.catalog_version}


def _in_order(facts: Iterable[Fact], words: Iterable[Word]) -> list[Fact]:
    """Facts in the order of the vocabulary."""
    order = {w.name: number for number, w in enumerate(words)}
    return sorted(facts, key=lambda f: (order.get(f.name, len(order)), f.name))


def _stated(fact: Fact, catalog: Catalog) -> tuple[Cell, ...]:
    means = catalog.words.words[fact.name].means if fact.name in catalog.words else ""
    more = " (complete)" if fact.complete else " (failed)" if fact.refuted else ""
    return Cell(fact.name, means, strong=True), Cell(value(fact.value) + more), _origin(fact)


def _origin(fact: Fact) -> Cell:
    origin = fact.origin
    who = {
        "project": "the project file",
        "evidence": f"evidence {origin.name}",
        "surveyor": f"computed by the {origin.name} room",
        "disclosure": f"disclosure of {origin.name}",
        "what_if": "a what-if, not a fact",
        "example": "an example, not a fact",
    }[origin.kind]
    kinds = f"{', '.join(spoken(k) for k in origin.kinds)}" if origin.kinds else ""
    return Cell(who, "; ".join(part for part in (kinds, str(origin.place) if origin.place else "") if part))


def _unit(word: Word) -> str:
    if word.unit:
        return f"in {word.unit}"
    return f"one of {', '.join(word.values)}" if word.values else ""


def _askers(findings: list[Finding], board: Board) -> Cell:
    rules = dict.fromkeys(f.rule for f in findings)
    return Cell(count(len(rules), "rule"), f"{', '.join(list(rules)[:4])}{' ...' if len(rules) > 4 else ''}")


def _evidence(board: Board, items: list[Evidence]) -> Section:
    return Section(
        "Evidence on record",
        "",
        ("Evidence", "What it is", "Counts"),
        tuple(
            (
                Cell(e.id, digest(e.digest), strong=True),
                Cell(
                    witnessed(e),
                    f"covers {', '.join(f'{n} {v}' for n, v in e.covers)}" if e.covers else "no version stated",
                ),
                Cell("; ".join(f"no: {p}" for p in e.reasons) or "yes"),
            )
            for e in items
        ),
        (4, 5, 4),
        "No evidence is on record.",
    )


def _contradictions(dossier: Dossier, subject: Subject) -> Section:
    found = {
        f.because: f
        for f in dossier.findings
        if f.about == (subject.id,) and f.rule.startswith("project.contradiction")
    }
    return Section(
        "Contradictions to settle",
        "",
        ("What", "Because"),
        tuple((Cell(f.title, strong=True), Cell(f.because, f.question)) for f in found.values()),
        (4, 8),
        "No party contradicts another.",
    )


def _side_by_side(members: list[Subject], facts: list[Fact], catalog: Catalog) -> Section:
    """Properties that at least two sides carry, or one states: the same property of each side in one row."""
    values = {(f.subject, f.name): value(f.value) for f in facts}
    carried: dict[str, dict[str, str]] = {}
    for member in members:
        for word in catalog.words.words.values():
            if member.kind in word.about:
                carried.setdefault(word.name.partition(".")[2], {}).setdefault(member.id, word.name)
    rows = []
    for shared, by in carried.items():
        said = {m: values.get((m, name), "") for m, name in by.items()}
        if len(by) > 1 and any(said.values()):
            cells = (Cell(said.get(m.id) or ("not stated" if m.id in by else "–")) for m in members)
            rows.append((Cell(spoken(shared), strong=True), *cells))
    return Section(
        "The interface, side by side",
        "Properties that more than one side carries; whether they fit is judged below, not here.",
        ("Property", *(m.title or m.id for m in members)),
        tuple(rows),
        (4, *(4 for _ in members)),
        "No property that more than one side carries is stated.",
    )
