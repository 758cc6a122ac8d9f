"""Projects that no file holds: a product by its name alone, and a project with a fact or version changed.

Reading order: product_project(), with_changes(), split_change().
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..catalog import Catalog
from ..errors import BadInput, UnknownEconomy, nearest
from ..waist import Fact, Origin, Place, Project, Subject
from ..words import span

PLACE = Place("command line")


def product_project(
    products: Sequence[str],
    markets: Sequence[str],
    catalog: Catalog,
    *,
    on: str,
    known: str,
    event: str,
    facts: Sequence[str] = (),
) -> Project:
    """A project made of product names alone: for the question that comes before there is a project file.

    A fact the product's name settles is stated; of several possible values the last (the heaviest) is taken, and the
    title says so. A vehicle comes with the pack it needs.
    """
    subjects: list[Subject] = []
    stated: list[Fact] = []
    titles = []
    for name in products:
        if name not in catalog.products:
            near = nearest(name, catalog.products)
            known_names = ", ".join(catalog.products)
            raise BadInput(f"no product is called {name!r}" + (f"; {near}" if near else ".") + f" Known: {known_names}")
        product = catalog.products[name]
        subjects.append(Subject(name, product["kind"], PLACE))
        title = name.replace("_", " ")
        for fact, values in product["defined_by"].items():
            raw = values if catalog.words.word(fact).type == "list" else values[-1]
            stated.append(
                Fact(name, fact, catalog.words.value(fact, raw), Origin("project", "the product name", PLACE))
            )
            title += f" ({fact} {raw} of {', '.join(values)})" if len(values) > 1 else ""
        for fact, value in product["assumes"].items():
            stated.append(
                Fact(name, fact, catalog.words.value(fact, value), Origin("project", "the product name", PLACE))
            )
        titles.append(title)
        if product["kind"] == "vehicle":
            subjects.append(Subject(f"{name}-battery", "battery_pack", PLACE, fitted_to=(name,)))
    for market in markets:
        try:
            catalog.market(market)
        except UnknownEconomy as error:
            raise UnknownEconomy(f"--market {market}: {error}") from None
    project = Project(
        id="-".join(products),
        title=" and ".join(titles),
        file=PLACE.file,
        on=span(on)[0],
        known=span(known or catalog.last_seen)[1],
        event=event or "placed_on_market",  # type: ignore[arg-type]
        markets=tuple(markets),
        subjects=tuple(subjects),
        facts=tuple(stated),
    )
    return with_changes(project, facts, catalog, option="--set")


def with_changes(project: Project, changes: Sequence[str], catalog: Catalog, option: str = "--change") -> Project:
    """The project with FACT=VALUE or subject:FACT=VALUE stated; raises BadInput for what cannot be stated."""
    facts = list(project.facts)
    subjects = {s.id: s for s in project.subjects}
    for change in changes:
        target, name, raw = split_change(change, option)
        if target and target not in subjects:
            near = nearest(target, subjects)
            raise BadInput(f"{option} {change}: no subject is called {target!r}" + (f"; {near}" if near else ""))
        if name.startswith("versions."):
            _version(subjects, target, name.removeprefix("versions."), raw, f"{option} {change}")
            continue
        try:
            word = catalog.words.word(name)
            value = catalog.words.value(name, _typed(raw, word.type))
        except ValueError as error:
            raise BadInput(f"{option} {change}: {error}") from None
        holders = {s.id for s in subjects.values() if s.kind in word.about and (not target or s.id == target)}
        if not holders:
            kinds = " or ".join(word.about)
            raise BadInput(f"{option} {change}: no subject of the project is a {kinds}; {name} is said of {kinds}")
        origin = Origin("what_if" if option == "--change" else "project", change, PLACE)
        facts = [f for f in facts if not (f.name == name and f.subject in holders)]
        facts += [Fact(h, name, value, origin) for h in sorted(holders)]
    return replace(project, facts=tuple(facts), subjects=tuple(subjects.values()))


def _version(subjects: dict[str, Subject], target: str, version: str, raw: str, option: str) -> None:
    holders = [s for s in subjects.values() if s.id == target or (not target and version in dict(s.versions))]
    if not holders:
        raise BadInput(
            f"{option}: no subject states a version {version!r}; name one, as in pack:versions.{version}={raw}"
        )
    for subject in holders:
        versions = tuple(sorted({**dict(subject.versions), version: raw}.items()))
        subjects[subject.id] = replace(subject, versions=versions)


def split_change(change: str, option: str = "--change") -> tuple[str, str, str]:
    """'tractor:vehicle.gross_mass=50 t' -> (subject or '', fact, value)."""
    left, equals, raw = change.partition("=")
    if not equals or not left.strip() or not raw.strip():
        raise BadInput(f"{option} {change}: write FACT=VALUE, for example vehicle.gross_mass='50 t'")
    target, _, name = left.strip().rpartition(":")
    return target, name.strip(), raw.strip()


def _typed(raw: str, kind: str) -> Any:
    """A value typed on the command line -> the value a file would hold."""
    if kind == "yes_no":
        return {"true": True, "false": False}.get(raw, raw)
    if kind in ("whole", "year"):
        return int(raw) if re.fullmatch(r"-?[0-9]{1,40}", raw) else raw
    if kind == "number":
        try:
            return float(raw)
        except ValueError:
            return raw
    return [part.strip() for part in raw.split(",")] if kind == "list" else raw
