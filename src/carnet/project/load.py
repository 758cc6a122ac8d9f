"""Project file -> Project, or every problem it has.

The file is read and shaped, then each block is turned into nouns: names are looked up, values read by their type,
files opened and digested. All problems are collected; one exception at the end carries them all.
Reading order: load_project(), Loader.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import reading
from ..catalog import Catalog
from ..catalog.check import circles
from ..errors import BadInput, BadProject, Problem, UnknownEconomy, nearest
from ..waist import Fact, Place, Project, Quantity, Subject
from ..words import span
from . import files
from .form import ProjectForm
from .papers import read_disclosure, read_evidence, read_quote
from .voice import Voice


def load_project(
    path: Path, catalog: Catalog, *, on: str = "", known: str = "", event: str = "", lenient: bool = False
) -> Project:
    """Read a project; raises BadProject with every problem, UnknownEconomy when a market is not known.

    lenient  a missing or changed evidence file is no problem: the register shows it as a row
    """
    try:
        document = reading.read(path, str(path))
        kind = document.plain.get("carnet") if isinstance(document.plain, dict) else None
        if isinstance(kind, str) and kind.startswith("disclosure/"):
            says = "this is a disclosure, not a project: facts another company states about its product"
            raise BadInput([Problem(document.at(("carnet",)), says, "Name it in a project file, under disclosures:.")])
        form = reading.shape(document, ProjectForm)
    except BadInput as error:
        raise BadProject(error.problems) from None
    loader = Loader(document, form, catalog, path.parent, lenient)
    with suppress(_Enough):
        project = loader.project(path, on, known, event)
    problems = sorted(loader.problems, key=lambda p: p.place)
    if loader.unknown_economy:
        raise UnknownEconomy("\n".join(map(str, problems)))
    if problems:
        raise BadProject(problems)
    return project


class _Enough(Exception):
    """So many problems that the rest would only be noise."""


class Loader:
    """One reading of a project file: what is understood so far, and every problem found."""

    def __init__(
        self, document: reading.Document, form: ProjectForm, catalog: Catalog, folder: Path, lenient: bool = False
    ) -> None:
        self.lenient = lenient
        self.document, self.form, self.catalog, self.folder = document, form, catalog, folder
        self.voice = Voice(document, Path(document.name).name)
        self.names = {*form.subjects, *(pair.id for pair in form.pairs)}
        self.registered: set[str] = set()
        self.paired: dict[frozenset[str], str] = {}
        self.problems: list[Problem] = []
        self.unknown_economy = False
        self.inputs: list[tuple[str, str]] = [(Path(document.name).name, "sha256:" + document.digest)]
        self.subjects: dict[str, Subject] = {}
        self.facts: list[Fact] = []

    def at(self, path: tuple[str | int, ...]) -> Place:
        """A place for the dossier: the file by its name alone, so the same project gives the same bytes anywhere."""
        return replace(self.document.at(path), file=Path(self.document.name).name)

    def say(self, path: tuple[str | int, ...], text: str, hint: str = "", place: Place | None = None) -> None:
        """Keep a problem; too many end the reading."""
        self.problems.append(Problem(place or self.document.at(path), text, hint))
        if len(self.problems) >= reading.MOST_PROBLEMS:
            end = f"reading stops after {reading.MOST_PROBLEMS} problems"
            self.problems.append(Problem(self.problems[-1].place, end, "Put these right first."))
            raise _Enough

    def among(self, path: tuple[str | int, ...], name: str, known: Collection[str], what: str) -> bool:
        if name in known:
            return True
        near = nearest(name, known)
        self.say(
            path,
            f"no {what} is called {name!r}" + (f"; {near}" if near else ""),
            f"Known: {', '.join(sorted(known)[:30])}",
        )
        return False

    def economy(self, path: tuple[str | int, ...], code: str) -> None:
        try:
            self.catalog.market(code)
        except UnknownEconomy as error:
            self.unknown_economy = True
            self.say(path, str(error))

    def project(self, path: Path, on: str, known: str, event: str) -> Project:
        form = self.form
        seen: set[str] = set()
        for number, market in enumerate(form.markets):
            self.economy(("markets", number), market)
            if market in seen:
                self.say(("markets", number), f"market {market!r} stands twice", "Keep one.")
            seen.add(market)
        if form.origin:
            self.economy(("from",), form.origin)
        for key in form.subjects:
            self.subject(key)
        self.fitted()
        for number in range(len(form.pairs)):
            self.pair(number)
        evidence = tuple(read_evidence(self, number, block) for number, block in enumerate(form.evidence))
        self.contradictions()
        disclosures = [by for number in range(len(form.disclosures)) if (by := read_disclosure(self, number))]
        quotes = tuple(q for number in range(len(form.quotes)) if (q := read_quote(self, number)))
        self.voluntary()
        day = on or form.review.day
        self.bulk(form.inputs)
        return Project(
            id=form.id,
            title=form.title or form.id,
            file=str(path),
            on=span(day)[0],
            known=span(known or form.review.known or self.catalog.last_seen)[1],
            event=event or form.review.event,  # type: ignore[arg-type]
            markets=tuple(form.markets),
            origin=form.origin,
            subjects=tuple(self.subjects.values()),
            facts=tuple(self.facts),
            evidence=evidence,
            named=tuple(form.voluntary),
            quotes=quotes,
            disclosures=tuple(disclosures),
            inputs=tuple(sorted(set(self.inputs))),
            folder=str(self.folder),
            extra=tuple(sorted(form.inputs.items())),
        )

    def subject(self, key: str) -> None:
        block, at = self.form.subjects[key], ("subjects", key)
        if not self.among((*at, "kind"), block.kind, self.catalog.kinds, "kind of subject"):
            return
        for number, market in enumerate(block.stands_in):
            if market not in self.form.markets:
                near = nearest(market, self.form.markets)
                self.say(
                    (*at, "stands_in", number),
                    f"{market!r} is not among the markets of this project" + (f"; {near}" if near else ""),
                    "Add it to markets, or take it away here.",
                )
        self.subjects[key] = Subject(
            id=key,
            kind=block.kind,
            place=self.at(at),
            versions=tuple(sorted(block.versions.items())),
            fitted_to=tuple(block.fitted_to),
            stands_in=tuple(block.stands_in),
            title=block.title,
        )
        self.values(self.voice, key, block.kind, block.facts, (*at, "facts"))
        made_in = f"{self.catalog.kinds[block.kind]['family']}.origin"
        if self.form.origin and made_in in self.catalog.words and made_in not in block.facts:
            self.values(self.voice, key, block.kind, {made_in: self.form.origin.upper()}, ("from",))

    def values(self, voice: Voice, subject: str, kind: str, facts: dict[str, Any], at: tuple[str | int, ...]) -> None:
        """Facts as written -> Facts with their origin; a complete list is written {values: [...], complete: true}."""
        words = self.catalog.words
        for name, raw in facts.items():
            place = voice.document.at((*at, name))
            complete = False
            if isinstance(raw, dict) and set(raw) <= {"values", "complete"}:
                raw, complete = raw.get("values", []), bool(raw.get("complete"))
            try:
                word = words.word(name)
                value = words.value(name, raw)
            except ValueError as error:
                self.say((), str(error), place=place)
                continue
            if kind not in word.about:
                says = f"{name} is said of {', '.join(word.about)}, not of a {kind}"
                self.say((), says, "State it where it belongs.", place)
                continue
            self.facts.append(Fact(subject, name, value, voice.origin((*at, name)), complete))

    def fitted(self) -> None:
        """What is fitted to what: known names, and no circle."""
        for key, subject in self.subjects.items():
            for number, target in enumerate(subject.fitted_to):
                at = ("subjects", key, "fitted_to", number)
                if self.among(at, target, self.form.subjects, "subject") and target == key:
                    self.say(at, f"{key} is fitted to itself", "Name the thing it is fitted to.")
        for way in circles({key: subject.fitted_to for key, subject in self.subjects.items()}):
            if len(way) > 2:
                says = f"fitted_to goes round in a circle: {' -> '.join(way)}"
                self.say(("subjects", way[0], "fitted_to"), says, "Remove one of them.")

    def pair(self, number: int) -> None:
        block, at = self.form.pairs[number], ("pairs", number)
        if bool(block.charge) == bool(block.swap):
            self.say(
                at,
                f"pair {block.id!r} needs either charge: [...] or swap: [...]",
                "Name the subjects that must work together.",
            )
            return
        way = "charge" if block.charge else "swap"
        members = block.charge or block.swap
        known = [self.among((*at, way, n), m, self.names, "subject") for n, m in enumerate(members)]
        if len(members) < 2:
            self.say((*at, way), f"pair {block.id!r} names {len(members)} subject; a pair needs at least two")
        if len(set(members)) < len(members):
            self.say(
                (*at, way), f"pair {block.id!r} names a subject twice", "Name the subjects that must work together."
            )
        same = self.paired.setdefault(frozenset(members), block.id)
        if same != block.id:
            self.say(at, f"pair {block.id!r} has the members of pair {same!r}", "Keep one of them.")
        if block.id in self.subjects:
            self.say((*at, "id"), f"{block.id!r} is already the name of a subject", "Give the pair a name of its own.")
        if block.log:
            self.file((*at, "log"), block.log)
        if not all(known) or not all(m in self.subjects for m in members):
            return
        stands = [set(self.subjects[m].stands_in) for m in members if self.subjects[m].stands_in]
        common = tuple(m for m in self.form.markets if all(m in s for s in stands)) if stands else ()
        if stands and not common and all(s <= set(self.form.markets) for s in stands):
            says = f"pair {block.id!r}: its members stand in no common market"
            self.say(at, says, "Let them stand in one, or take the pair away.")
        self.subjects[block.id] = Subject(
            block.id,
            "pair",
            self.at((*at, "id")),
            stands_in=common,
            members=tuple(members),
            way=way,
            log=block.log or "",
            through=block.through or "",
        )
        self.values(self.voice, block.id, "pair", {"pair.way": way} if "pair.way" in self.catalog.words else {}, at)
        self.values(self.voice, block.id, "pair", block.facts, (*at, "facts"))

    def file(self, path: tuple[str | int, ...], name: str) -> str:
        """The digest of a file the project points to, or a problem."""
        try:
            found = files.digest(self.folder, name)
        except ValueError as error:
            if not self.lenient:
                self.say(path, str(error))
            return ""
        self.inputs.append((name, found))
        return found

    def bulk(self, value: Any) -> None:
        """Digests of every file that sections for rooms name, and of all files in the folders they name."""
        if isinstance(value, dict | list):
            for one in value.values() if isinstance(value, dict) else value:
                self.bulk(one)
        elif isinstance(value, str) and value not in ("", "."):
            try:
                path = files.inside(self.folder, value)
                found = sorted(path.rglob("*")) if path.is_dir() else [path]
                names = [p.relative_to(self.folder).as_posix() for p in found if p.is_file()]
            except (OSError, ValueError, RuntimeError):
                return  # the room says what is wrong with the name
            for name in names:
                if not any(part.startswith(".") for part in Path(name).parts):
                    self.file(("inputs",), name)

    def contradictions(self) -> None:
        """The project must not say two things about one fact; other companies may, and that becomes a finding."""
        said: dict[tuple[str, str], Fact] = {}
        for fact in self.facts:
            first = said.setdefault((fact.subject, fact.name), fact)
            if (
                first is not fact
                and not isinstance(fact.value, tuple)
                and not self.same(first.value, fact.value)
                and fact.origin.place
            ):
                here = replace(fact.origin.place, file=self.document.name)
                says = f"{fact.subject}: {fact.name} is {fact.value} here and {first.value} at {first.origin.place}"
                self.say((), says, "Keep the one that is true.", here)

    def same(self, one: Any, other: Any) -> bool:
        """Whether two values say the same: 22 kW and 22000 W do."""
        if isinstance(one, Quantity) and isinstance(other, Quantity):
            return bool(self.catalog.words.units.compare(one, other) == 0)
        return bool(one == other)

    def voluntary(self) -> None:
        """What the project wants reviewed as if it bound must be a rule, or a text that a rule or the library names."""
        if not self.form.voluntary:
            return
        rules = self.catalog.table("requirements")
        quoted = {text for rule in rules for text in re.findall(r'"([^"]+)"', rule["demands"])}
        known = {*(rule["id"] for rule in rules), *self.catalog.standards, *quoted}
        for number, name in enumerate(self.form.voluntary):
            if name not in known:
                near = nearest(name, known)
                says = f"no rule or standard is called {name!r}" + (f"; {near}" if near else "")
                self.say(("voluntary", number), says, "All names: carnet catalog list standards")
