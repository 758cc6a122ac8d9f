"""Project file -> dossier, and the questions asked of a dossier: what changed, what would change, why.

Reading order: library(), review_project(), product_dossier(), changed(), explain().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from .. import __version__
from ..catalog import Catalog, open_catalog
from ..errors import BadInput
from ..ledger.survey import counted
from ..project import load_project
from ..project.what_if import product_project
from ..review.review import review
from ..waist import Dossier, Event, Project
from ..words import span
from .rooms import Kept, Told, with_chapters
from .rooms import survey as survey

ENGINE = f"carnet {__version__}"

# What a design change can do to a document so that it no longer counts until somebody acts.
LOST = ("void", "extend")


def library(project: Path | None = None, overlays: Sequence[Path] = (), *, cache: bool = True) -> Catalog:
    """The library, with private ones laid over it. The compiled form is kept in .carnet/ beside the project."""
    folder = (project.parent if project else Path.cwd()) / ".carnet"
    return open_catalog(overlays, folder if cache and (project is not None or folder.is_dir()) else None)


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
    kept = Kept(path.parent / ".carnet", project, catalog, ENGINE) if cache else None
    return with_chapters(judge_project(project, catalog, kept), catalog, kept), catalog


def judge_project(
    project: Project, catalog: Catalog, kept: Kept | None = None, told: Told | None = None
) -> Dossier:  # fmt: skip
    """A loaded project -> dossier; answers of rooms that are kept are not asked for again. `told` hears each part."""
    weighed = counted(project)
    return review(weighed, survey(weighed, catalog, kept, told), catalog, ENGINE, told)


def private_libraries(path: Path) -> list[Path]:
    """Folders a project file names under `libraries`, inside its own folder; a broken file is the loader's."""
    from .. import reading
    from ..project.files import inside

    try:
        plain = reading.read(path, str(path)).plain
    except BadInput:
        return []
    named = plain.get("libraries", []) if isinstance(plain, dict) else []
    names = [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
    try:
        return [inside(path.parent, name) for name in names]
    except ValueError as error:
        raise BadInput(f"{path}: libraries: {error}, or lay it over with --with") from None


def product_dossier(
    products: Sequence[str],
    markets: Sequence[str],
    *,
    on: str,
    known: str = "",
    event: str = "",
    overlays: Sequence[Path] = (),
    facts: Sequence[str] = (),
    cache: bool = True,
) -> tuple[Dossier, Catalog]:
    """What would be asked and what must be shown, from product and markets alone."""
    catalog = library(None, overlays, cache=cache)
    day = on or catalog.last_seen
    project = product_project(products, markets, catalog, on=day, known=known, event=event, facts=facts)
    return judge_project(project, catalog), catalog


def changed(path: Path, changes: Sequence[str], dossier: Dossier, catalog: Catalog) -> dict[str, Any]:
    """What a design change does: which evidence it voids, extends or keeps, and which verdicts move."""
    from ..dossier.json import contract
    from ..project.what_if import split_change, with_changes
    from ..review.change import differences, effects

    project = load_project(
        path, catalog, on=dossier.project.on, known=dossier.project.known, event=dossier.project.event
    )
    after_change = with_changes(project, changes, catalog)
    rows = effects(dossier, after_change, [split_change(c)[:2] for c in changes], catalog)
    lost = {r["evidence"]: f"the change asks to {r['effect']} it: {r['why']}" for r in rows if r["effect"] in LOST}
    papers = tuple(replace(e, problems=(*e.problems, lost[e.id])) if e.id in lost else e for e in after_change.evidence)
    after = judge_project(replace(after_change, evidence=papers), catalog)
    return {
        "schema": "carnet/change/1",
        "project": project.id,
        "changes": list(changes),
        "evidence": rows,
        "findings": differences(contract(dossier, catalog)["findings"], contract(after, catalog)["findings"]),
    }


def since(dossier: Dossier, catalog: Catalog, baseline: Any) -> list[dict[str, Any]]:
    """What changed since a kept result (the JSON of an earlier review)."""
    from ..dossier.json import contract
    from ..review.change import differences

    if (
        not isinstance(baseline, dict)
        or baseline.get("schema") != "carnet/dossier/1"
        or not isinstance(baseline.get("findings"), list)
    ):
        raise BadInput("--baseline: this is not a kept review; make one with carnet review P --format json > kept.json")
    return differences(baseline["findings"], contract(dossier, catalog)["findings"])


def explain(id: str, dossier: Dossier, catalog: Catalog, market: str = "") -> list[dict[str, Any]]:
    """Why, for a rule or finding id; one explanation per market (and subject). Raises Unheard with the nearest ids."""
    from ..errors import Unheard, nearest
    from ..review.explain import explain_finding, explain_rule
    from ..review.view import Index

    project = dossier.project
    if "@" in id or project.subjects:
        found = [f for f in dossier.findings if id in (f.id, f.rule) and market in ("", f.market)]
        if found:
            index = Index(project, survey(project, catalog), catalog.words)
            return [explain_finding(f, dossier, index, catalog) for f in found]
    markets = (
        [market]
        if market
        else [
            m
            for m in (project.markets or sorted(catalog.economies))
            if any(r.id == id for r in catalog.requirements(m))
        ]
    )
    shown = []
    for code in markets[:1] if not project.markets else markets:
        shown += [explain_rule(r, code, project, catalog) for r in catalog.requirements(code) if r.id == id]
    if not shown and market:
        catalog.market(market)
        if any(r["id"] == id for r in catalog.table("requirements")) or any(f.id == id for f in dossier.findings):
            raise Unheard(f"{id!r} is known, but not in {catalog.name(market)}. Leave out --market to see where it is.")
    if not shown and "@" in id and not dossier.findings:
        raise Unheard(f"{id!r} is a finding, and no project is given. Name its file: carnet why {id} project.yaml")
    if not shown:
        known = [f.id for f in dossier.findings] + [r["id"] for r in catalog.table("requirements")]
        near = nearest(id, known, most=3)
        raise Unheard(
            f"no rule or finding is called {id!r}"
            + (f"; {near}" if near else "")
            + ("" if near else ".")
            + " All rules: carnet catalog list requirements"
        )
    return shown


def empty_project(
    catalog: Catalog, *, on: str = "", known: str = "", event: str = "", markets: Sequence[str] = ()
) -> Dossier:
    """A dossier about nothing, to ask the library alone."""
    day, seen = span(on or catalog.last_seen)[0], span(known or catalog.last_seen)[1]
    what = cast("Event", event or "placed_on_market")
    project = Project("library", "the library", "", day, seen, what, tuple(markets))
    return judge_project(project, catalog)


def only_markets(dossier: Dossier, markets: Sequence[str], catalog: Catalog) -> Dossier:
    """The dossier of some of its markets; raises BadInput for one the project does not name."""
    for market in markets:
        catalog.market(market)
        if market not in dossier.project.markets:
            raise BadInput(
                f"--market {market}: the project goes to {', '.join(dossier.project.markets)}. "
                "Add it to markets in the project file."
            )
    return replace(judge_project(replace(dossier.project, markets=tuple(markets)), catalog), chapters=dossier.chapters)


def compare(dossiers: Sequence[Dossier], catalog: Catalog) -> dict[str, Any]:
    """Alternatives side by side, as plain data."""
    from ..dossier.json import contract
    from ..review.alternatives import comparison

    return comparison(dossiers, [contract(d, catalog) for d in dossiers])
