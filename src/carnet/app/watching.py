"""Projects -> what to watch: loaded, surveyed, and reviewed on every day that matters between two days.

Reading order: watch_projects(), window().
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..catalog.dates import later
from ..errors import BadInput
from ..ledger.survey import counted
from ..ledger.survey import survey as papers
from ..review.watch.nouns import Watch
from ..review.watch.watch import contract, watch
from ..words import span
from .reviewing import ENGINE, open_project, private_libraries
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
