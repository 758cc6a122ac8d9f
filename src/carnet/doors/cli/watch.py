"""carnet watch: what changes for my projects, as a list, a calendar or a feed; notices taken in, judged by a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .console import out, write_all
from .options import EventOption, Known, NoCache, With, day, event, one_of

DEFAULT = "projects"


class _Projects(TyperGroup):
    """`carnet watch P...` is `carnet watch projects P...`: what is no command is a project."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Projects,
    help="What changes for my projects: steps due, papers that end, signals. `carnet watch P...` lists it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(DEFAULT)
def projects(
    files: Annotated[list[Path], typer.Argument(metavar="P...", help="Project files.")],
    since: Annotated[
        str,
        typer.Option("--from", metavar="DATE", help="Watch from here; each project's day of knowledge if not said."),
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Up to and including this day.")] = "",
    months: Annotated[int, typer.Option("--months", metavar="N", help="How far, when --until is not said.")] = 24,
    known: Known = "",
    event_: EventOption = "",
    format: Annotated[str, typer.Option("--format", help="human, json or md")] = "human",
    ics: Annotated[Path | None, typer.Option("--ics", metavar="FILE", help="Write a calendar (iCalendar).")] = None,
    atom: Annotated[Path | None, typer.Option("--atom", metavar="FILE", help="Write an Atom feed.")] = None,
    jsonfeed: Annotated[Path | None, typer.Option("--jsonfeed", metavar="FILE", help="Write a JSON Feed.")] = None,
    with_: With = [],  # noqa: B006
    no_cache: NoCache = False,
) -> None:
    """List what will or may change for projects: dated steps, verdicts, papers, signals, how old our knowledge is."""
    from ...app import watching
    from ...review.watch.calendar import calendar
    from ...review.watch.feeds import atom as atom_feed
    from ...review.watch.feeds import json_feed
    from .watch_text import human, markdown

    one_of(format, "--format", ("human", "json", "md"))
    found = watching.watch_projects(
        files,
        since=day(since, "--from"),
        until=day(until, "--until"),
        months=months,
        known=day(known, "--known"),
        event=event(event_),
        overlays=with_,
        cache=not no_cache,
    )
    jobs = ((ics, lambda: calendar(found)), (atom, lambda: atom_feed(found)), (jsonfeed, lambda: json_feed(found)))
    write_all([(path, make) for path, make in jobs if path])
    if format == "json":
        out(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        out(markdown(found) if format == "md" else human(found))
