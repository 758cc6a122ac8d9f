"""Everything the room knows about the world: methods, factors, rules, constants, units and gases, by their ids.

Files of data/methods, data/factors and data/vehicle-carbon, with private libraries laid over them; a later root
replaces rows of the same id. `tables_reader` reads them.
Reading order: Tables, open_tables(), value_at().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..catalog import library
from ..errors import BadData, Unheard, nearest
from ..waist import Place, Source
from . import form
from .nouns import Factor, Gases, Method, Units

FOLDERS = ("methods", "factors", "vehicle-carbon")


@dataclass(slots=True)
class Tables:
    """Everything the room knows about the world."""

    methods: dict[str, Method] = field(default_factory=dict)
    factors: dict[tuple[str, str], Factor] = field(default_factory=dict)
    rules: dict[str, tuple[str, form.RuleRow, dict[str, Source], Place]] = field(default_factory=dict)
    constants: dict[str, tuple[form.ConstantRow, Source]] = field(default_factory=dict)
    literature: dict[str, tuple[form.LiteratureRow, Source]] = field(default_factory=dict)
    units: Units = field(default_factory=lambda: Units({}))
    gases: Gases = field(default_factory=lambda: Gases((), {}, {}, {}, {}, {}))
    formats: dict[str, form.ExchangeFile] = field(default_factory=dict)
    spread_of_rating: dict[int, float] = field(default_factory=dict)
    digest: str = ""

    def method(self, id: str) -> Method:
        """The profile of that id; raises Unheard naming the nearest."""
        if id not in self.methods:
            near = nearest(id, self.methods, most=3)
            raise Unheard(
                f"no method is called {id!r}"
                + (f"; {near}" if near else "")
                + f". Known: {', '.join(sorted(self.methods))}"
            )
        return self.methods[id]

    def find(self, id: str, region: str) -> Factor | None:
        """The factor of an item in a region: the region's own row, else the row that is said of no place."""
        return self.factors.get((id, region)) or self.factors.get((id, ""))

    def items(self) -> list[str]:
        """Every item once."""
        return sorted({item for item, _ in self.factors})


def open_tables(overlays: Sequence[Path] = (), base: Path | None = None) -> Tables:
    """The built-in tables (or those of `base`) with private ones laid over them; raises BadData with every problem."""
    from .tables_reader import Reader

    reader = Reader()
    for root in (base or library.builtin(), *overlays):
        reader.root(root)
    reader.cross_check()
    if reader.problems:
        raise BadData(reader.problems)
    return reader.tables


def value_at(shaped: Any, path: str) -> Any:
    """A value of a form by its dotted path; raises KeyError."""
    here = shaped
    for step in path.split("."):
        here = (
            here[step]
            if isinstance(here, dict)
            else getattr(here, step, None)
            if step in type(here).model_fields
            else _missing(path)
        )
    return here


def _missing(path: str) -> Any:
    raise KeyError(path)
