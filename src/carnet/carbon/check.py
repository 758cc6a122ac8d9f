"""Judge the room's files of a library: data/methods, data/factors and data/vehicle-carbon.

What the reader refuses (shapes, names, sources and licenses that are missing) comes first; then what a reader of the
files would doubt: a source that was read on no day, a value that is not the sum of its gases, an amount whose unit
does not fit its item, a status without a source, a chain that has no solution, an economy nobody knows.
Reading order: problems(), then one function per doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from .. import reading
from ..catalog import library
from ..errors import BadInput, Problem, nearest
from ..waist import STANDINGS, Place, Source
from . import form
from .background import build, resolve
from .inventory import Inventory
from .nouns import Factor
from .system import Singular
from .tables import FOLDERS, Tables
from .tables_reader import Reader

NEAR = 0.01  # a value and the sum of its gases may differ by rounding


def problems(root: Path, economies: Collection[str] = ()) -> list[Problem]:
    """Everything wrong in the three folders under `root`, laid over the built-in library when it is another one."""
    if not any((root / folder).is_dir() for folder in FOLDERS):
        return []
    reader = Reader()
    own: set[str] = set()
    if root.resolve() != library.builtin().resolve():
        reader.root(library.builtin())
        reader.problems.clear()
    reader.root(root)
    for folder in FOLDERS:
        own |= {f"data/{p.relative_to(root).as_posix()}" for p in (root / folder).rglob("*") if p.is_file()}
    reader.cross_check()
    found = list(reader.problems)
    if not found:  # doubts are judged on files that can be read
        tables = reader.tables
        found += [*values(root, tables), *doubts(tables, own), *places(tables, own, economies)]
    return sorted((p for p in found if p.place.file in own), key=lambda p: (p.place, p.says))


def doubts(tables: Tables, own: set[str]) -> Iterator[Problem]:
    """What can be read and still is not right."""
    for factor in tables.factors.values():
        if factor.place.file in own:
            yield from of_source(factor.source, factor.place, f"factor {factor.id!r}")
            yield from of_factor(factor, tables)
    for method in tables.methods.values():
        if method.place.file in own:
            for source in method.sources.values():
                yield from of_source(source, method.place, f"method {method.id!r}")
            for step in method.form.status:
                if step.source not in method.sources:
                    near = nearest(step.source, method.sources)
                    said = f"no source of this file is called {step.source!r}{f'; {near}' if near else ''}"
                    yield Problem(
                        method.place,
                        f"method {method.id!r}: a step of its status ({step.standing}) "
                        + (said if step.source else "has no source"),
                        "A standing changes only by a sourced event.",
                    )
    for _, rule, sources, place in tables.rules.values():
        if place.file in own:
            rows: list[form.RuleStep | form.Band] = [*rule.steps, *rule.bands, *rule.amounts]
            for row in rows:
                if row.standing not in STANDINGS:
                    near = nearest(row.standing, STANDINGS)
                    yield Problem(
                        place, f"rule {rule.id!r}: no standing is called {row.standing!r}{near and '; ' + near}"
                    )
            for source in sources.values():
                yield from of_source(source, place, f"rule {rule.id!r}")
    yield from solvable(tables, own)


def of_source(source: Source, place: Place, what: str) -> Iterator[Problem]:
    """A source that was looked at has a day; one that nobody published was not read."""
    if source.read in ("verbatim", "summary") and not source.seen:
        yield Problem(
            place,
            f"{what}: source {source.id!r} was read ({source.read}), but nobody says when",
            "Give seen: the day somebody looked; what nobody looked at is remembered.",
        )
    if source.grade == "none" and source.read in ("verbatim", "summary"):
        yield Problem(
            place,
            f"{what}: source {source.id!r} was read ({source.read}), but has class none",
            "Say who published it: official_text, research, dataset, trade_press ...",
        )


def of_factor(factor: Factor, tables: Tables) -> Iterator[Problem]:
    """The amounts of its inputs have units that fit their items."""
    for need in factor.needs:
        item = next((f for (name, _), f in tables.factors.items() if name == need.item), None)
        if item:
            try:
                tables.units.factor(need.unit, item.unit)
            except ValueError as error:
                yield Problem(factor.place, f"factor {factor.id!r}: {need.item}: {error}")


def values(root: Path, tables: Tables) -> Iterator[Problem]:
    """A stated value is the sum of its gases; the same number twice is the commonest place for a slip."""
    sets, gases = tables.gases.sets, tables.gases
    table = sets.get("ar6") or next(iter(sets.values()), {})
    for path in sorted((root / "factors").rglob("*.yaml")):
        document = reading.read(path, f"data/{path.relative_to(root).as_posix()}")
        for key in ("factors", "processes"):
            rows = document.plain.get(key) if isinstance(document.plain, dict) else None
            for number, row in enumerate(rows if isinstance(rows, list) else []):
                said = row.get("rest") or row
                value, flows = said.get("value"), said.get("flows") or {}
                if value is None or not flows:
                    continue
                total = sum(float(v) * table.get(gases.gas[f], 0.0) * gases.sign[f] for f, v in flows.items())
                if abs(total - value) > NEAR * max(abs(value), abs(total)):
                    yield Problem(
                        document.at((key, number)),
                        f"factor {row['id']!r}: its value is {value:g}, but its flows make {total:.6g} kgCO2e",
                        "One of the two is mistyped.",
                    )


def solvable(tables: Tables, own: set[str]) -> Iterator[Problem]:
    """Every route can be made: its chain ends, and no product needs all that is made of it."""
    some = next((region for item, region in sorted(tables.factors) if item == "electricity" and region), "")
    whole = _Everything(tables)
    for (item, region), factor in sorted(tables.factors.items()):
        if factor.needs and factor.place.file in own:
            try:
                resolve(whole, item, region or some, ["electricity"])
                made = build(whole, [(item, region or some)], ["electricity"], tables.gases, tables.units)
                made.per_flow()
            except Singular as error:
                yield Problem(factor.place, f"factor {item!r}: {error}")
            except (BadInput, ValueError) as error:
                yield Problem(factor.place, f"factor {item!r}: {error}", "Give the input's region, or region: same.")


class _Everything(Inventory):
    """The tables alone, asked as an inventory asks them."""

    def __init__(self, tables: Tables) -> None:
        self.factors = tables.factors


def places(tables: Tables, own: set[str], economies: Collection[str]) -> Iterator[Problem]:
    """Economies that the library knows."""
    if not economies:
        return
    said = [(f.place, f"factor {f.id!r}", f.region) for f in tables.factors.values()]
    said += [(f.place, f"factor {f.id!r}", n.region) for f in tables.factors.values() for n in f.needs]
    said += [(m.place, f"method {m.id!r}", m.form.economy) for m in tables.methods.values()]
    said += [(place, f"rule {row.id!r}", market) for market, row, _, place in tables.rules.values()]
    for place, what, code in said:
        if place.file in own and code and code != "same" and code not in economies:
            near = nearest(code, economies)
            yield Problem(place, f"{what}: no economy of the code {code!r} is known" + (f"; {near}" if near else ""))
