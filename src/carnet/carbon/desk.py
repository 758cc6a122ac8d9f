"""What the doors ask of this room: plain functions from files to plain data. Nothing here prints or reads the clock.

Reading order: footprints(), rules(), converted(), exported(), then what they share.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import reading
from ..catalog import Catalog
from ..errors import BadInput, UnknownEconomy
from ..project import files, load_project
from . import exchange, inventory, inventory_reader, methods
from .exchange import convert, passport
from .fleets import read_fleet
from .footprint import footprint
from .report import report
from .rules import evaluate
from .tables import Tables, open_tables
from .uncertainty import DRAWS, SEED

# Methods asked when a caller names none: those that read any product, and those of its family.
FAMILY_OF = {"vehicle": "vehicle", "battery_pack": "battery"}


def footprints(
    path: Path,
    names: Sequence[str],
    catalog: Catalog,
    *,
    on: str = "",
    known: str = "",
    assume: Sequence[str] = (),
    compare: bool = False,
    draws: int = DRAWS,
    seed: int = SEED,
    overlays: Sequence[Path] = (),
    thresholds: Sequence[tuple[str, float, str]] = (),
    sensitivity: int = 0,
) -> dict[str, Any]:
    """Footprints of a project's inventories, or of one inventory file, under the named methods (all that fit when
    none)."""
    tables = open_tables(overlays)
    found, day, knowing = inventories(path, catalog, tables, on, known)
    merged: dict[str, Any] = {}
    for subject, read in found:
        chosen = methods.chosen(tables, list(names) or fitting(tables, read), list(assume))
        answer = report(
            read,
            chosen,
            tables,
            on=day,
            known=knowing,
            draws=draws,
            seed=seed,
            compare=compare,
            thresholds=thresholds,
            sensitivity=sensitivity,
        )
        for row in answer["results"]:
            row["inventory"], row["subject"] = read.id, subject
        for row in answer["ledger"]:
            row["inventory"] = read.id
        if not merged:
            merged = {**answer, "inventories": []}
        else:
            merged["results"] += answer["results"]
            merged["ledger"] += answer["ledger"]
            merged["missing"] += answer["missing"]
        merged["inventories"].append(
            {"id": read.id, "subject": subject, "digest": read.digest, "files": dict(read.files)}
        )
    if not merged["results"]:
        raise BadInput("no method could be computed:\n" + "\n".join(m["says"] for m in merged["missing"]))
    return merged


def fitting(tables: Tables, read: inventory.Inventory) -> list[str]:
    """Every method whose family the product's properties allow, in the order of their names."""
    has = set(read.properties)
    families = {"product", "good"} if "mass" in has else {"product"}
    families |= {"vehicle"} if "life_distance" in has else set()
    families |= {"battery"} if "usable_energy" in has else set()
    families |= {"transport"} if "transport_work" in has else set()
    return sorted(name for name, method in tables.methods.items() if method.form.family in families)


def inventories(
    path: Path, catalog: Catalog, tables: Tables, on: str, known: str
) -> tuple[list[tuple[str, inventory.Inventory]], str, str]:
    """([(subject, inventory)], the day, the day of knowledge) of a project or of an inventory file."""
    found, day, knowing = located(path, catalog, tables, on, known)
    return [(subject, read) for subject, read, _ in found], day, knowing


def located(
    path: Path, catalog: Catalog, tables: Tables, on: str, known: str
) -> tuple[list[tuple[str, inventory.Inventory, Path]], str, str]:
    """The same with the file each inventory was read from."""
    document = reading.read(path, str(path))
    kind = document.plain.get("carnet") if isinstance(document.plain, dict) else None
    if kind != "project/1":
        read = inventory_reader.read_inventory(path, tables, on=on)
        return [(read.form.about, read, path)], on or last_seen(tables), known or last_seen(tables)
    project = load_project(path, catalog, on=on, known=known)
    named = named_inventories(dict(project.extra).get("carbon"))
    if not named:
        at = document.at(("inputs",))
        raise BadInput(f"{at}: the project names no inventory. Add it: inputs: {{carbon: inventories/pack.yaml}}")
    read_all = []
    for subject, name in named:
        try:
            where = files.inside(path.parent, name)
        except ValueError as error:
            raise BadInput(f"{document.at(('inputs', 'carbon'))}: {error}") from None
        read = inventory_reader.read_inventory(where, tables, on=project.on, name=name)
        read_all.append((subject or read.form.about, read, where))
    return read_all, project.on, project.known


def named_inventories(raw: Any) -> list[tuple[str, str]]:
    """`carbon:` as a path, a list of paths, or subject -> path; [(subject or '', path)]."""
    if isinstance(raw, str):
        return [("", raw)]
    if isinstance(raw, list) and all(isinstance(r, str) for r in raw):
        return [("", r) for r in raw]
    if isinstance(raw, dict) and all(isinstance(r, str) for r in raw.values()):
        return [(str(subject), name) for subject, name in raw.items()]
    if raw is None:
        return []
    raise BadInput("inputs.carbon: write a path, a list of paths, or subject: path")


def last_seen(tables: Tables) -> str:
    """The latest day somebody looked at a source of the methods."""
    days = [s.seen for m in tables.methods.values() for s in m.sources.values() if s.seen]
    return max(days, default="1970-01-01")


def rules(
    path: Path, catalog: Catalog, days: Sequence[str], markets: Sequence[str], overlays: Sequence[Path] = ()
) -> list[dict[str, Any]]:
    """What a fleet owes or earns on each day; raises UnknownEconomy for a market nobody knows."""
    tables = open_tables(overlays)
    for market in markets:
        try:
            catalog.market(market)
        except UnknownEconomy as error:
            raise UnknownEconomy(f"--market {market}: {error}") from None
    fleet = read_fleet(path)
    answers = []
    for day in days:
        answer = evaluate(tables, fleet, day, list(markets) or None)
        told = {row["market"] for row in answer["rules"]}
        for market in markets:
            if market not in told:
                answer["rules"].append(silence(market))
        answers.append(answer)
    return answers


def silence(market: str) -> dict[str, Any]:
    """A market of which no rule is known: a question, never 'no rule'."""
    return {
        "rule": f"{market}.unknown",
        "market": market,
        "title": "Rules on vehicle carbon",
        "document": "",
        "kind": "notice",
        "state": "undecided",
        "standing": None,
        "vehicles": [],
        "indication": {},
        "asks": ["Which rule on the carbon of vehicles holds here? None is known to this library."],
        "missing": [],
        "sources": [],
        "reported": False,
        "place": "",
    }


def converted(
    path: Path, target: str, overlays: Sequence[Path] = (), given: dict[str, str] | None = None
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """A footprint document in another format, with what was lost; `given` states words it lacks."""
    tables = open_tables(overlays)
    try:
        return convert.convert(exchange.paper.load(path), target, tables, given)
    except exchange.Unreadable as error:
        raise BadInput(f"{path}: {error}") from None


def exported(
    path: Path,
    target: str,
    catalog: Catalog,
    *,
    on: str = "",
    links: dict[str, str] | None = None,
    overlays: Sequence[Path] = (),
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The footprint of an inventory as a document of a format, computed by the method the format goes with."""
    tables = open_tables(overlays)
    table = convert.format_of(tables, target)
    found, day, _ = inventories(path, catalog, tables, on, "")
    computed = footprint(found[0][1], tables.method(table.method), tables)
    if table.rows:
        given = {"plant": found[0][1].form.plant, "rulebook": "", "declaration": "", **(links or {})}
        words = convert.paper_of(computed, table, tables, created=day).words
        return passport.section(computed, table, **given), passport.losses(words, table)
    paper = convert.paper_of(computed, table, tables, created=day)
    document = exchange.paper.write(paper, table)
    return document, convert.losses(paper, table, tables.formats)
