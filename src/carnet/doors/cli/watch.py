"""carnet watch: what changes for my projects, as a list, a calendar or a feed; notices taken in, judged by a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ...errors import BadInput
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


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Notices saved as CSV, JSON, XML or HTML.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The library laid over ours that receives signals.")],
    seen: Annotated[str, typer.Option("--seen", metavar="DATE", help="The day somebody saved these files.")],
    market: Annotated[
        str, typer.Option("--market", metavar="CODE", help="Who speaks, when the notices do not name it.")
    ] = "",
    about: Annotated[list[str], typer.Option("--about", metavar="KIND", help="What they touch.")] = [],  # noqa: B006
    topic: Annotated[list[str], typer.Option("--topic", metavar="TOPIC", help="Which topics.")] = [],  # noqa: B006
    grade: Annotated[str, typer.Option("--class", help="Class of the source: official_notice, news ...")] = (
        "official_notice"
    ),
    map_: Annotated[
        list[str], typer.Option("--map", metavar="FIELD=COLUMN", help="Our field from their column or key.")
    ] = [],  # noqa: B006
    days: Annotated[str, typer.Option("--days", help="dmy or mdy, for days such as 03/04/2026")] = "",
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
) -> None:
    """Take notices in as unconfirmed signals with where they came from; never as rules."""
    from ...app import watching
    from ...catalog.form import GRADES

    one_of(format, "--format", ("human", "json"))
    one_of(grade, "--class", GRADES)
    one_of(days, "--days", ("", "dmy", "mdy"))
    mapping = {}
    for pair in map_:
        field, equals, column = pair.partition("=")
        if not equals:
            raise BadInput(f"--map {pair}: write FIELD=COLUMN, such as title=Titre")
        mapping[field.strip()] = column.strip()
    written, told = watching.take_in(
        files,
        to,
        seen=day(seen, "--seen"),
        grade=grade,
        market=market,
        about=about,
        topics=topic,
        mapping=mapping,
        order=days,
    )
    _write(written)
    if format == "json":
        out(json.dumps(told, ensure_ascii=False, indent=2))
        return
    lines = [f"{len(told['signals'])} signals taken in, {told['known_already']} known already"]
    for row in told["signals"]:
        lines.append(f"  {row['date']}  {row['id']}: {row['title']}")
        lines += [f"      sources disagree: {row['conflict']}"] if row["conflict"] else []
    lines += [f"  not read: {p}" for p in told["problems"]]
    out("\n".join(lines))


@app.command()
def queue(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The library laid over ours.")],
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
) -> None:
    """Signals that wait for a person's word, those whose sources disagree first."""
    from ...app import watching

    one_of(format, "--format", ("human", "json"))
    rows = watching.waiting(folder)
    if format == "json":
        out(json.dumps({"schema": "carnet/watch-queue/1", "signals": rows}, ensure_ascii=False, indent=2))
        return
    lines = [f"{len(rows)} signals wait"] if rows else ["Nothing waits."]
    for row in rows:
        lines += [f"  {row['id']}  ({row['market'] or 'market not known'}, {row['day']}, {row['actor']})"]
        lines += [f"      {row['title']}", f"      {row['binds_when']}"]
        lines += [f"      sources disagree: {row['conflict']}"] if row["conflict"] else []
        lines += [f"      asks: {row['asks']}"] if row["asks"] else []
    out("\n".join(lines))


@app.command()
def confirm(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The library laid over ours.")],
    signal: Annotated[str, typer.Argument(help="The id of the signal.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who confirms.")],
    seen: Annotated[str, typer.Option("--seen", metavar="DATE", help="The day the text was read.")],
    rule: Annotated[
        str, typer.Option("--rule", metavar="RULE", help="The id of the rule whose status it changes.")
    ] = "",
    standing: Annotated[str, typer.Option("--standing", help="draft, adopted, in_force ...")] = "",
    start: Annotated[str, typer.Option("--start", metavar="DATE", help="From which day it stands so.")] = "",
    event_: EventOption = "",
    source: Annotated[str, typer.Option("--source", metavar="NUMBER", help="The text that was read.")] = "",
    publisher: Annotated[str, typer.Option("--publisher", metavar="WHO", help="Who published it.")] = "",
    grade: Annotated[str, typer.Option("--class", help="Class of that source.")] = "official_text",
    read: Annotated[str, typer.Option("--read", help="verbatim, summary or inferred")] = "summary",
    aside: Annotated[str, typer.Option("--aside", metavar="WHY", help="Set it aside instead.")] = "",
    note: Annotated[str, typer.Option("--note", help="What the next reader should know.")] = "",
) -> None:
    """Confirm a status step from a text you read, or set a signal aside; your name and the source stay with it."""
    from ...app import watching
    from ...catalog.form import GRADES
    from ...waist import STANDINGS

    one_of(grade, "--class", GRADES)
    one_of(read, "--read", ("verbatim", "summary", "inferred"))
    if standing:
        one_of(standing, "--standing", STANDINGS)
    _write(
        watching.confirm(
            folder,
            signal,
            by=by,
            seen=day(seen, "--seen"),
            rule=rule,
            standing=standing,
            start=day(start, "--start"),
            event=event(event_),
            source={"number": source, "publisher": publisher, "class": grade, "read": read},
            aside=aside,
            note=note,
        )
    )


def _write(files: list[tuple[Path, str]]) -> None:
    for path, _ in files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(
                f"{path.parent}: cannot be made: {error.strerror}. Give a folder that may be written."
            ) from None
    write_all([(path, lambda text=text: text) for path, text in files])  # type: ignore[misc]
