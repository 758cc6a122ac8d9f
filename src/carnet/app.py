"""The only module that knows all rooms: every door (command line, server, web) goes through these functions.

    project file -> load -> surveys -> review -> dossier

Surveyors are listed here and imported when they are needed. Nothing here prints, reads the clock or the network.
Reading order: library(), review_project(), review_products(), compare(), then what single commands need.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import __version__
from .catalog import Catalog, open_catalog
from .errors import BadInput, UnknownEconomy
from .ledger.survey import counted
from .project import load_project
from .review.review import review
from .waist import Dossier, Fact, Origin, Place, Project, Subject

ENGINE = f"carnet {__version__}"

# Who can state facts: modules with `survey(project, catalog) -> Facts`, in the order they are asked.
SURVEYORS = ("carnet.ledger.survey",)


def library(project: Path | None = None, overlays: Sequence[Path] = (), *, cache: bool = True) -> Catalog:
    """The library, with private ones laid over it. The compiled form is kept in .carnet/ beside the project."""
    folder = (project.parent if project else Path.cwd()) / ".carnet"
    return open_catalog(overlays, folder if cache and (project is not None or folder.is_dir()) else None)


def survey(project: Project, catalog: Catalog) -> tuple[Fact, ...]:
    """All facts: what the project says and what every surveyor adds."""
    facts = list(project.facts)
    for name in SURVEYORS:
        facts += importlib.import_module(name).survey(project, catalog)
    return tuple(facts)


def open_project(
    path: Path, *, on: str = "", known: str = "", event: str = "", overlays: Sequence[Path] = (), cache: bool = True
) -> tuple[Project, Catalog]:
    """A project and the library it is reviewed against, private libraries it names included."""
    catalog = library(path, overlays, cache=cache)
    project = load_project(path, catalog, on=on, known=known, event=event)
    return project, catalog


def review_project(
    path: Path, *, on: str = "", known: str = "", event: str = "", overlays: Sequence[Path] = (), cache: bool = True
) -> tuple[Dossier, Catalog]:
    """Project file -> dossier; raises BadProject, UnknownEconomy or BadData with every problem."""
    overlays = [*overlays, *private_libraries(path)]
    project, catalog = open_project(path, on=on, known=known, event=event, overlays=overlays, cache=cache)
    return judge_project(project, catalog), catalog


def judge_project(project: Project, catalog: Catalog) -> Dossier:
    """A loaded project -> dossier."""
    weighed = counted(project)
    return review(weighed, survey(weighed, catalog), catalog, ENGINE)


def private_libraries(path: Path) -> list[Path]:
    """Folders a project file names under `libraries`; a broken file is left to the loader to complain about."""
    from . import reading

    try:
        plain = reading.read(path, str(path)).plain
    except BadInput:
        return []
    named = plain.get("libraries", []) if isinstance(plain, dict) else []
    return [path.parent / name for name in named if isinstance(name, str)] if isinstance(named, list) else []


def product_project(products: Sequence[str], markets: Sequence[str], catalog: Catalog, *, on: str, known: str = "", event: str = "", facts: Sequence[str] = ()) -> Project:
    """A project made of product names alone: for the question that comes before there is a project file."""
    place = Place("command line")
    subjects: list[Subject] = []
    stated: list[Fact] = []
    for name in products:
        if name not in catalog.products:
            from .errors import nearest

            near = nearest(name, catalog.products)
            raise BadInput(f"no product is called {name!r}" + (f"; {near}" if near else "") + f" Known: {', '.join(catalog.products)}")
        product = catalog.products[name]
        subjects.append(Subject(name, product["kind"], place))
        for fact, values in product["defined_by"].items():
            stated.append(Fact(name, fact, catalog.words.value(fact, values if catalog.words.word(fact).type == "list" else values[-1]), Origin("project", "the product name", place)))
        if product["kind"] == "vehicle":
            subjects.append(Subject(f"{name}-battery", "battery_pack", place, fitted_to=(name,)))
    for market in markets:
        try:
            catalog.market(market)
        except UnknownEconomy as error:
            raise UnknownEconomy(f"--market {market}: {error}") from None
    project = Project(
        id="-".join(products),
        title=" and ".join(p.replace("_", " ") for p in products),
        file="command line",
        on=on,
        known=known or catalog.last_seen,
        event=event or "placed_on_market",  # type: ignore[arg-type]
        markets=tuple(markets),
        subjects=tuple(subjects),
        facts=tuple(stated),
    )
    return with_changes(project, facts, catalog, kind="project")


def with_changes(project: Project, changes: Sequence[str], catalog: Catalog, kind: str = "what_if") -> Project:
    """The project with FACT=VALUE or subject:FACT=VALUE stated; raises BadInput for what cannot be stated."""
    facts = list(project.facts)
    subjects = {s.id: s for s in project.subjects}
    for change in changes:
        target, name, raw = split_change(change)
        version = name.partition("versions.")[2]
        if version:
            holders = [s for s in subjects.values() if not target or s.id == target]
            for subject in holders:
                if target or version in dict(subject.versions):
                    subjects[subject.id] = replace(subject, versions=tuple(sorted({**dict(subject.versions), version: raw}.items())))
            continue
        try:
            word = catalog.words.word(name)
            value = catalog.words.value(name, _typed(raw, word.type))
        except ValueError as error:
            raise BadInput(f"--change {change}: {error}") from None
        holders = [s for s in subjects.values() if s.kind in word.about and (not target or s.id == target)]
        if not holders:
            raise BadInput(f"--change {change}: no subject of the project is a {' or '.join(word.about)}" + (f" called {target!r}" if target else ""))
        facts = [f for f in facts if not (f.name == name and f.subject in {h.id for h in holders})]
        facts += [Fact(h.id, name, value, Origin(kind, change), complete=False) for h in holders]  # type: ignore[arg-type]
    return replace(project, facts=tuple(facts), subjects=tuple(subjects.values()))


def split_change(change: str) -> tuple[str, str, str]:
    """'tractor:vehicle.gross_mass=50 t' -> (subject or '', fact, value)."""
    left, equals, raw = change.partition("=")
    if not equals:
        raise BadInput(f"--change {change}: write FACT=VALUE, for example vehicle.gross_mass='50 t'")
    target, colon, name = left.strip().rpartition(":")
    return (target if colon else ""), name.strip(), raw.strip()


def _typed(raw: str, kind: str) -> Any:
    if kind == "yes_no":
        return {"true": True, "false": False}.get(raw, raw)
    if kind in ("whole", "year"):
        return int(raw) if raw.lstrip("-").isdigit() else raw
    if kind == "number":
        try:
            return float(raw)
        except ValueError:
            return raw
    return [part.strip() for part in raw.split(",")] if kind == "list" else raw


def check_library(path: Path | None) -> tuple[list[Any], str]:
    """(every problem of a library, a line that counts what was checked). A folder without words/ is laid over ours."""
    from .catalog import library as reading_room
    from .review.examples import run_examples

    base = reading_room.builtin()
    if path is None or path.resolve() == base.resolve():
        roots = [base]
    elif (path / "words").is_dir():
        roots = [path]
    else:
        roots = [base, path]
    for root in roots:
        if not root.is_dir():
            raise BadInput(f"{root}: there is no such folder. Give a folder that holds markets/, standards/ ...")
    compiled, problems = reading_room.compile_library(roots)
    if not problems:
        compiled["digest"] = ""
        problems = run_examples(Catalog(compiled))
    tables = compiled["tables"]
    examples = sum(len(r["examples"]) for r in tables.get("requirements", []))
    counts = ", ".join(f"{len(tables.get(t, []))} {t}" for t in ("requirements", "standards", "recognitions", "signals", "effort"))
    return problems, f"{counts}, {len(tables.get('economy', []))} economies; {examples} examples hold"


def product_dossier(
    products: Sequence[str], markets: Sequence[str], *, on: str, known: str = "", event: str = "", overlays: Sequence[Path] = (), facts: Sequence[str] = (), cache: bool = True
) -> tuple[Dossier, Catalog]:
    """What would be asked and what must be shown, from product and markets alone."""
    catalog = library(None, overlays, cache=cache)
    day = on or catalog.last_seen
    return judge_project(product_project(products, markets, catalog, on=day, known=known, event=event, facts=facts), catalog), catalog


def changed(path: Path, changes: Sequence[str], dossier: Dossier, catalog: Catalog) -> dict[str, Any]:
    """What a design change does: which evidence it voids, extends or keeps, and which verdicts move."""
    from .dossier.json import plain
    from .review.change import differences, effects

    project = load_project(path, catalog, on=dossier.project.on, known=dossier.project.known, event=dossier.project.event)
    after = judge_project(with_changes(project, changes, catalog), catalog)
    named = [split_change(c)[:2] for c in changes]
    return {
        "schema": "carnet/change/1",
        "project": project.id,
        "changes": list(changes),
        "evidence": effects(dossier.project, named, dossier, after, catalog),
        "findings": differences(plain(dossier)["findings"], plain(after)["findings"]),
    }


def since(dossier: Dossier, baseline: Any) -> list[dict[str, Any]]:
    """What changed since a kept result (the JSON of an earlier review)."""
    from .dossier.json import plain
    from .review.change import differences

    if not isinstance(baseline, dict) or baseline.get("schema") != "carnet/dossier/1" or not isinstance(baseline.get("findings"), list):
        raise BadInput("--baseline: this is not a kept review; make one with carnet review P --format json > kept.json")
    return differences(baseline["findings"], plain(dossier)["findings"])


def explain(id: str, dossier: Dossier, catalog: Catalog, market: str = "") -> list[dict[str, Any]]:
    """Why, for a rule or finding id; one explanation per market (and subject). Raises Unheard with the nearest ids."""
    from .errors import Unheard, nearest
    from .review.explain import explain_finding, explain_rule
    from .review.view import Index

    project = dossier.project
    if "@" in id or project.subjects:
        found = [f for f in dossier.findings if id in (f.id, f.rule) and market in ("", f.market)]
        if found:
            index = Index(project, survey(project, catalog))
            return [explain_finding(f, dossier, index, catalog) for f in found]
    markets = [market] if market else [m for m in (project.markets or sorted(catalog.economies)) if any(r.id == id for r in catalog.requirements(m))]
    shown = []
    for code in markets[:1] if not project.markets else markets:
        shown += [explain_rule(r, code, project, catalog) for r in catalog.requirements(code) if r.id == id]
    if not shown:
        known = [f.id for f in dossier.findings] + [r["id"] for r in catalog.table("requirements")]
        near = nearest(id, known, most=3)
        raise Unheard(f"no rule or finding is called {id!r}" + (f"; {near}" if near else "") + " All rules: carnet catalog list requirements")
    return shown


def empty_project(catalog: Catalog, *, on: str = "", known: str = "", event: str = "", markets: Sequence[str] = ()) -> Dossier:
    """A dossier about nothing, to ask the library alone."""
    day = on or catalog.last_seen
    project = Project("library", "the library", "", day, known or catalog.last_seen, event or "placed_on_market", tuple(markets))  # type: ignore[arg-type]
    return judge_project(project, catalog)


def only_markets(dossier: Dossier, markets: Sequence[str], catalog: Catalog) -> Dossier:
    """The dossier of some of its markets; raises BadInput for one the project does not name."""
    for market in markets:
        catalog.market(market)
        if market not in dossier.project.markets:
            raise BadInput(f"--market {market}: the project goes to {', '.join(dossier.project.markets)}. Add it to markets in the project file.")
    return judge_project(replace(dossier.project, markets=tuple(markets), evidence=tuple(replace(e, problems=()) for e in dossier.project.evidence)), catalog)
