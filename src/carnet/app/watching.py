"""Projects -> what to watch: loaded, surveyed, and reviewed on every day that matters between two days.

Notices saved as files become signals of an overlay, and a person's word on one becomes a dated step.
Reading order: watch_projects(), chapter(), window(), take_in(), waiting(), confirm().
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..catalog.dates import later
from ..chapter import Chapter
from ..errors import BadInput, nearest
from ..ledger.survey import counted
from ..ledger.survey import survey as papers
from ..review.watch.nouns import Watch
from ..review.watch.watch import contract, watch
from ..waist import Project
from ..words import span
from .reviewing import ENGINE, library, open_project, private_libraries
from .rooms import Kept, survey

MONTHS, MOST_MONTHS = 24, 600


def watch_projects(
    paths: Sequence[Path],
    *,
    since: str = "",
    until: str = "",
    months: int = MONTHS,
    known: str = "",
    event: str = "",
    overlays: Sequence[Path] = (),
    cache: bool = True,
) -> dict[str, Any]:
    """The contract carnet/watch/1 of some projects; raises BadProject, BadInput or BadData with every problem."""
    found = [
        watch_one(
            path, since=since, until=until, months=months, known=known, event=event, overlays=overlays, cache=cache
        )
        for path in dict.fromkeys(paths)
    ]
    return contract(found)


def watch_one(
    path: Path,
    *,
    since: str = "",
    until: str = "",
    months: int = MONTHS,
    known: str = "",
    event: str = "",
    overlays: Sequence[Path] = (),
    cache: bool = True,
) -> Watch:
    """What one project should watch."""
    overlays = [*overlays, *private_libraries(path)]
    project, catalog = open_project(path, known=known, event=event, overlays=overlays, cache=cache)
    first, last = window(since or project.known, until, months)
    weighed = counted(project)
    kept = Kept(path.parent / ".carnet", project, catalog, ENGINE) if cache else None
    own = len(weighed.facts) + len(papers(weighed, catalog))
    stated = survey(weighed, catalog, kept)[own:]
    return watch(project, stated, catalog, first, last, ENGINE)


def chapter(project: Project, catalog: Catalog) -> Chapter:
    """The watch list of a project in hand as a chapter of its dossier: two years from its day of knowledge."""
    from ..review.watch.chapter import shown

    first, last = window(project.known, "", MONTHS)
    loaded = replace(project, evidence=tuple(replace(e, problems=_lasting(e.problems)) for e in project.evidence))
    weighed = counted(loaded)
    own = len(weighed.facts) + len(papers(weighed, catalog))
    return shown(watch(loaded, survey(weighed, catalog)[own:], catalog, first, last, ENGINE))


def _lasting(problems: Sequence[str]) -> tuple[str, ...]:
    """What counts against a paper on every day: that it has expired or is not issued yet is found anew for each."""
    return tuple(p for p in problems if not p.startswith(("it expired", "it is issued")))


def window(since: str, until: str, months: int) -> tuple[str, str]:
    """First and last day; raises BadInput when the window is empty or endless."""
    try:
        first = span(since)[0]
    except ValueError as error:
        raise BadInput(f"--from: {error}") from None
    if until:
        try:
            last = span(until)[1]
        except ValueError as error:
            raise BadInput(f"--until: {error}") from None
    elif not 1 <= months <= MOST_MONTHS:
        raise BadInput(f"--months {months}: give a number from 1 to {MOST_MONTHS}")
    else:
        last = later(first, months)
    if last <= first:
        raise BadInput(f"--until {until} does not lie after {first}, the day the watch begins. Give a later day.")
    return first, last


def take_in(
    files: Sequence[Path],
    folder: Path,
    *,
    seen: str,
    grade: str = "official_notice",
    market: str = "",
    about: Sequence[str] = (),
    topics: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    order: str = "",
) -> tuple[list[tuple[Path, str]], dict[str, Any]]:
    """Notices saved as files -> the files of a library laid over ours, and what was found; nothing is written here."""
    import hashlib

    from ..errors import Problem
    from ..review.watch import signals
    from ..review.watch.notices import read

    catalog = library(None, _laid(folder), cache=False)
    if market:
        catalog.market(market)
    _among("--about", about, catalog.kinds)
    _among("--topic", topics, catalog.topics)
    found = [read(path, mapping, order) for path in dict.fromkeys(files)]
    problems: list[Problem] = [p for f in found for p in f.problems]
    if problems and not any(f.notices for f in found):
        raise BadInput(problems)
    terms = signals.Terms(seen, grade, "summary", market, tuple(about), tuple(topics))
    sources, rows, twice = signals.rows(found, terms, catalog)
    told = {
        "schema": "carnet/watch-import/1",
        "files": [{"file": f.file, "digest": f.digest, "kind": f.kind, "notices": len(f.notices)} for f in found],
        "signals": [{k: r[k] for k in ("id", "date", "title", "conflict", "asks")} for r in rows],
        "known_already": twice,
        "problems": [str(p) for p in problems],
    }
    if not rows:
        return [], told
    name = hashlib.sha256("".join(sorted(f.digest for f in found)).encode()).hexdigest()[:12]
    head = "Notices as they came, nobody has confirmed them; signals, never rules.\n" + "\n".join(
        f"{f.file} ({f.kind}) {f.digest}" for f in found
    )
    text = signals.written(head, sources, [("signals", rows)])
    return [(folder / "signals" / f"notices-{name}.yaml", text)], told


def waiting(folder: Path) -> list[dict[str, Any]]:
    """The review queue of a library laid over ours."""
    from ..review.watch.queue import queue

    return queue(library(None, _laid(folder, must=True), cache=False))


def confirm(
    folder: Path,
    signal: str,
    *,
    by: str,
    seen: str,
    rule: str = "",
    standing: str = "",
    start: str = "",
    event: str = "",
    source: Mapping[str, str] | None = None,
    aside: str = "",
    note: str = "",
) -> list[tuple[Path, str]]:
    """What a person's word on a signal writes into the overlay; raises BadInput for a word that is not whole."""
    from ..review.watch.queue import Word, confirmed, set_aside

    catalog = library(None, _laid(folder, must=True), cache=False)
    if not by.strip():
        raise BadInput("--by: a confirmation carries the name of whoever confirms")
    if aside:
        path, text = set_aside(catalog, signal, by, seen, aside)
        return [(folder / path, text)]
    if not standing or not start:
        raise BadInput("a confirmation needs --standing and --start, or --aside WHY")
    said: dict[str, Any] = {k: v for k, v in (source or {}).items() if v}
    if not said.get("number"):
        raise BadInput("--source: name the text that was read; a status changes only by a sourced event")
    word = Word(by, standing, start, {**said, "seen": seen}, event, note)
    return [(folder / path, text) for path, text in confirmed(catalog, signal, word, rule)]


def _laid(folder: Path, must: bool = False) -> list[Path]:
    if must and not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder. carnet watch import FILE --to {folder} makes it.")
    return [folder] if folder.is_dir() else []


def _among(option: str, said: Sequence[str], known: Mapping[str, Any]) -> None:
    for name in said:
        if name not in known:
            near = nearest(name, known)
            raise BadInput(f"{option} {name}: not known" + (f"; {near}" if near else f". Known: {', '.join(known)}"))
