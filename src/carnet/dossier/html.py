"""The dossier as one HTML page that needs nothing else: no request, no script, no font.

The first screen is the grid; every cell leads to its findings; everything is text, so that it prints, can be searched
and can be read aloud. Free text is escaped by the template engine, never by hand; a policy in the head forbids the
page to load anything, whatever a title says. Ten thousand findings still open quickly, because what is out of sight
is not laid out (content-visibility) and what is met is folded.
Reading order: render(), environment(), templates/dossier.html.jinja.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..catalog import Catalog
from ..chapter import Figure, Listing, Table
from ..waist import Dossier
from . import wording
from .actions import questions
from .view import Board, anchor, ask, notes, reported, standing_and_force

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The template engine: everything is escaped and cleaned, and a misspelled name is an error."""
    found = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        finalize=finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.tests.update(PARTS)
    found.globals.update({name: getattr(wording, name) for name in _WORDS})
    found.globals.update({call.__name__: call for call in (anchor, ask, drawn, notes, reported, standing_and_force)})
    return found


PARTS: dict[str, Callable[[Any], bool]] = {
    "figure": lambda part: isinstance(part, Figure),
    "table": lambda part: isinstance(part, Table),
    "listing": lambda part: isinstance(part, Listing),
}


def finished(value: Any) -> Any:
    """Text with its control characters made visible; what is markup already stays."""
    return wording.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


_WORDS = (
    "MARKS", "STATES", "STANDINGS", "EVENTS", "REPORTED", "changes", "cited", "count", "document", "effort",
    "how_read", "listing", "money", "seen", "spoken", "value", "versions", "weeks", "witnessed",
)  # fmt: skip


def render(dossier: Dossier, catalog: Catalog) -> str:
    """The whole dossier as one page."""
    board = Board(dossier, catalog)
    return page("dossier.html.jinja", board=board, dossier=dossier, project=dossier.project, questions=questions(board))


def drawn(figure: Figure) -> Markup:
    """The picture of a figure, as it stands: `carnet.drawing` escaped every text in it."""
    return Markup(figure.svg)  # noqa: S704


def page(template: str, **context: Any) -> str:
    """One template with the style of the house."""
    return environment().get_template(template).render(style=_style(), **context)


@cache
def _style() -> str:
    return (TEMPLATES / "page.css").read_text(encoding="utf-8")
