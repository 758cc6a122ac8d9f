"""Papers a project brings: evidence, what other companies disclose, quoted prices; each block -> its noun.

The loader looks names up, opens files and collects problems; here one block after the other is understood.
Reading order: read_evidence(), read_disclosure(), read_quote().
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .. import reading
from ..errors import BadInput, nearest
from ..waist import Evidence, Step
from ..words import span
from . import files
from .form import DisclosureForm, EvidenceBlock
from .voice import Voice

MOST_WEEKS = 5200  # a hundred years

if TYPE_CHECKING:
    from .load import Loader


def read_evidence(loader: Loader, number: int, block: EvidenceBlock) -> Evidence:
    """One document of the register, with why it may not count; the facts it shows are stated."""
    at = ("evidence", number)
    if block.id in loader.registered:
        loader.say((*at, "id"), f"evidence {block.id!r} stands twice", "Give each document a name of its own.")
    loader.registered.add(block.id)
    loader.among((*at, "kind"), block.kind, loader.catalog.evidence_kinds, "kind of evidence")
    if not block.about:
        loader.say((*at, "about"), f"evidence {block.id!r} is about nothing", "Name the subjects it speaks of.")
    for n, subject in enumerate(block.about):
        loader.among((*at, "about", n), subject, loader.names, "subject")
    if not (block.standard or block.approval or block.shows or block.document):
        loader.say(at, f"evidence {block.id!r} shows nothing", "Give standard, approval, document or shows.")
    if block.issuer and block.issuer.economy:
        loader.economy((*at, "issuer", "economy"), block.issuer.economy)
    if block.issued and block.expires and span(block.expires)[1] < span(block.issued)[0]:
        loader.say(
            (*at, "expires"),
            f"evidence {block.id!r} expires {block.expires}, before it was issued {block.issued}",
            "One of the two dates is wrong.",
        )
    problems = []
    if block.file:
        found = loader.file((*at, "file"), block.file)
        if not block.digest:
            problems.append("no digest is recorded for its file (carnet evidence register)")
        elif found and found != block.digest and not loader.lenient:
            loader.say(
                (*at, "digest"),
                f"evidence {block.id!r}: the file changed after it was recorded "
                f"(digest {block.digest[7:13]}... now {found[7:13]}...)",
                "Record it again, or restore it.",
            )
    else:
        problems.append("it names no file")
    accredited = block.issuer.accredited_to if block.issuer else []
    evidence = Evidence(
        id=block.id,
        about=tuple(block.about),
        kind=block.kind,
        place=loader.at((*at, "id")),
        file=block.file,
        digest=block.digest,
        standard=block.standard,
        approval=block.approval,
        issuer=block.issuer.name if block.issuer else "",
        issuer_economy=block.issuer.economy if block.issuer else "",
        accredited_to=(accredited,) if isinstance(accredited, str) else tuple(accredited),
        issued=block.issued or "",
        expires=block.expires or "",
        result=block.result or "",
        covers=tuple(sorted(block.covers.items())),
        shows=tuple(sorted(block.shows.items())),
        language=block.language,
        document=block.document,
        problems=tuple(problems),
    )
    voice = replace(loader.voice, kind="evidence", name=block.id, kinds=(block.kind,))
    for subject in block.about:
        if subject in loader.subjects:
            loader.values(voice, subject, loader.subjects[subject].kind, block.shows, (*at, "shows"))
    return evidence


def read_disclosure(loader: Loader, number: int) -> str:
    """The facts of another company's file, stated with its name; returns that name, or nothing when unreadable."""
    block, at = loader.form.disclosures[number], ("disclosures", number)
    if not loader.file((*at, "file"), block.file):
        return ""
    path = loader.folder / block.file
    try:
        document = reading.read(path, str(path))
        form = reading.shape(document, DisclosureForm)
    except BadInput as error:
        for problem in error.problems:
            loader.say((), problem.says, problem.hint, problem.place)
        return ""
    voice = Voice(document, block.file, "disclosure", form.by)
    for theirs, disclosed in form.subjects.items():
        ours = block.subjects.get(theirs, theirs)
        place = document.at(("subjects", theirs))
        if ours not in loader.subjects:
            near = nearest(ours, loader.subjects)
            says = f"{form.by} speaks of {theirs!r}, which is no subject of this project"
            hint = "Map it: disclosures: [{file: ..., subjects: {theirs: ours}}]."
            loader.say((), says + (f"; {near}" if near else ""), hint, place)
        elif disclosed.kind != loader.subjects[ours].kind:
            kind = loader.subjects[ours].kind
            says = f"{form.by} calls {theirs!r} a {disclosed.kind}; here {ours!r} is a {kind}"
            loader.say((), says, "One of the two is wrong.", place)
        else:
            loader.values(voice, ours, disclosed.kind, disclosed.facts, ("subjects", theirs, "facts"))
    return form.by


def read_quote(loader: Loader, number: int) -> Step | None:
    """A price somebody quoted for a step of the library."""
    block, at = loader.form.quotes[number], ("quotes", number)
    if not loader.among((*at, "step"), block.step, loader.catalog.steps, "step"):
        return None
    for n, subject in enumerate(block.about):
        loader.among((*at, "about", n), subject, loader.names, "subject")
    known = loader.catalog.steps[block.step]
    try:
        cost = files.money(block.cost.model_dump())
    except ValueError as error:
        loader.say((*at, "cost"), f"quote for {block.step!r}: {error}")
        return None
    weeks = block.weeks
    if not 0 <= weeks.low <= (weeks.low if weeks.mid is None else weeks.mid) <= weeks.high <= MOST_WEEKS:
        says = f"weeks run from {weeks.low} to {weeks.high}; low must not exceed high, nor high {MOST_WEEKS:,}"
        loader.say((*at, "weeks"), f"quote for {block.step!r}: {says}")
    return Step(
        known.id,
        known.title,
        tuple(block.about) or known.about,
        cost,
        block.weeks.model_dump(),
        known.source,
        known.shared,
        known.valid,
        known.yields,
        "quoted",
        "quoted by the project",
        True,
    )
