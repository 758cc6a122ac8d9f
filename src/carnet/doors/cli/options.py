"""Options that several commands share, described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import BadInput
from ...words import span

On = Annotated[
    str, typer.Option("--on", metavar="DATE", help="The day of the law; the project's own day when left out.")
]
Known = Annotated[
    str, typer.Option("--known", metavar="DATE", help="The day of knowledge: what was seen later does not count.")
]
EventOption = Annotated[
    str, typer.Option("--event", metavar="EVENT", help="new_type, all_new, placed_on_market or in_use.")
]
With = Annotated[
    list[Path],
    typer.Option("--with", metavar="DIR", help="A private library laid over the built-in one (may be repeated)."),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Read every library file again; the answer has the same bytes.")
]


def day(text: str, option: str) -> str:
    """A date option as written, or a sentence."""
    if text:
        try:
            span(text)
        except ValueError as error:
            raise BadInput(f"{option}: {error}") from None
    return text


def event(text: str) -> str:
    """An event option, or a sentence with the nearest."""
    from ...errors import nearest
    from ...waist import EVENTS

    if text and text not in EVENTS:
        near = nearest(text, EVENTS)
        raise BadInput(f"--event: {text!r} is not one of {', '.join(EVENTS)}" + (f"; {near}" if near else ""))
    return text


def one_of(text: str, option: str, choices: tuple[str, ...]) -> str:
    """A closed choice, or a sentence with the nearest."""
    from ...errors import nearest

    if text not in choices:
        near = nearest(text, choices)
        raise BadInput(f"{option}: {text!r} is not one of {', '.join(choices)}" + (f"; {near}" if near else ""))
    return text
