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
from .errors import BadInput
from .ledger.survey import counted
from .project import load_project
from .project.what_if import product_project
from .review.review import review
from .waist import Dossier, Fact, Project

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
    project = product_project(products, markets, catalog, on=day, known=known, event=event, facts=facts)
    return judge_project(project, catalog), catalog


def changed(path: Path, changes: Sequence[str], dossier: Dossier, catalog: Catalog) -> dict[str, Any]:
    """What a design change does: which evidence it voids, extends or keeps, and which verdicts move."""
    from .dossier.json import contract
    from .project.what_if import split_change, with_changes
    from .review.change import differences, effects

    project = load_project(path, catalog, on=dossier.project.on, known=dossier.project.known, event=dossier.project.event)
    after = judge_project(with_changes(project, changes, catalog), catalog)
    named = [split_change(c)[:2] for c in changes]
    return {
        "schema": "carnet/change/1",
        "project": project.id,
        "changes": list(changes),
        "evidence": effects(dossier.project, named, dossier, after, catalog),
        "findings": differences(contract(dossier, catalog)["findings"], contract(after, catalog)["findings"]),
    }


def since(dossier: Dossier, catalog: Catalog, baseline: Any) -> list[dict[str, Any]]:
    """What changed since a kept result (the JSON of an earlier review)."""
    from .dossier.json import contract
    from .review.change import differences

    if not isinstance(baseline, dict) or baseline.get("schema") != "carnet/dossier/1" or not isinstance(baseline.get("findings"), list):
        raise BadInput("--baseline: this is not a kept review; make one with carnet review P --format json > kept.json")
    return differences(baseline["findings"], contract(dossier, catalog)["findings"])


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


def compare(dossiers: Sequence[Dossier], catalog: Catalog) -> dict[str, Any]:
    """Alternatives side by side, as plain data."""
    from .dossier.json import contract
    from .review.alternatives import comparison

    return comparison(dossiers, [contract(d, catalog) for d in dossiers])


def vocabulary(family: str, overlays: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """Rows of the vocabulary: a family of facts, one fact, a word list, or everything. Raises Unheard."""
    from .errors import Unheard, nearest

    catalog = library(None, overlays)
    lists = {"kinds": "kinds", "products": "products", "topics": "topics", "units": "units", "evidence": "evidence", "terms": "terms"}
    if family in lists and not any(n.startswith(f"{family}.") for n in catalog.words.words):
        rows = catalog.table(lists[family])
        return [{"id": r["id"], "means": r["means"], **({"unit of": r["dimension"]} if "dimension" in r else {})} for r in rows]
    words = [w for w in catalog.words.words.values() if not family or w.name == family or w.name.startswith(f"{family}.")]
    if not words:
        near = nearest(family, [*{n.partition(".")[0] for n in catalog.words.words}, *catalog.words.words, *lists], most=3)
        raise Unheard(f"no fact or family is called {family!r}" + (f"; {near}" if near else "") + " All: carnet words")
    shown = []
    for w in words:
        kind = f"{w.type} in {w.unit}" if w.unit else f"one of {', '.join(w.values)}" if w.type == "word" else w.type.replace("_", " or ")
        kind = f"list of {w.items}" + (f": {', '.join(w.values)}" if w.values else "") if w.type == "list" else kind
        shown.append({"id": w.name, "type": kind, "about": list(w.about), "means": w.means, "ask": w.ask, "effort": w.effort, "stated_by": w.stated_by})
    return shown


def catalog_diff(a: str, b: str, projects: Sequence[Path], on: str = "") -> dict[str, Any]:
    """Two libraries or two days of knowledge compared, and how many verdicts of the given projects change."""
    from .catalog.query import diff
    from .dossier.json import contract
    from .review.change import differences

    sides = [_side(text) for text in (a, b)]
    (first, known_a), (second, known_b) = sides
    changes = diff(first, second, known_a or first.last_seen, known_b or second.last_seen, on)
    moved = []
    for path in projects:
        results = []
        for catalog, known in sides:
            project = load_project(path, catalog, on=on, known=known or catalog.last_seen)
            results.append(contract(judge_project(project, catalog), catalog)["findings"])
        rows = differences(results[0], results[1])
        moved.append({"project": str(path), "changed": len(rows), "findings": rows})
    return {"schema": "carnet/catalog-diff/1", "before": a, "after": b, "changes": changes, "projects": moved}


def _side(text: str) -> tuple[Catalog, str]:
    """A library folder, or a day of knowledge of the built-in one."""
    from .words import span

    if Path(text).is_dir():
        return open_catalog(base=Path(text)), ""
    try:
        return library(), span(text)[1]
    except ValueError:
        raise BadInput(f"{text!r} is neither a library folder nor a day such as 2026-06-01") from None


def register(path: Path) -> list[dict[str, Any]]:
    """The evidence register of a project with each file's digest as it is now; a changed file is a row, not a refusal."""
    from .ledger.register import rows
    from .project.files import digest

    project = load_project(path, library(path), lenient=True)
    found = {}
    for evidence in project.evidence:
        if evidence.file:
            try:
                found[evidence.file] = digest(path.parent, evidence.file)
            except ValueError:
                found[evidence.file] = ""
    return rows(project, found)


def import_register(path: Path, workbook: Path) -> tuple[str, int]:
    """(the project file's text with the workbook's documents appended to its evidence, how many). Checked before use."""
    from .ledger.register import as_yaml, from_xlsx
    from .project.files import digest

    project = load_project(path, library(path), lenient=True)
    known = {e.id for e in project.evidence}
    rows = [r for r in from_xlsx(workbook) if r["id"] not in known]
    for row in rows:
        if row.get("file") and not row.get("digest"):
            try:
                row["digest"] = digest(path.parent, row["file"])
            except ValueError as error:
                raise BadInput(f"{workbook}: document {row['id']!r}: {error}") from None
    text = path.read_text(encoding="utf-8")
    block = as_yaml(rows)
    lines = text.splitlines(keepends=True)
    at = next((n for n, line in enumerate(lines) if line.startswith("evidence:")), None)
    if at is None:
        merged = text.rstrip("\n") + "\nevidence:\n" + block
    elif lines[at].split("#")[0].strip() != "evidence:":
        raise BadInput(f"{path}:{at + 1}: evidence is written on one line; write it as a list below 'evidence:' to import into it")
    else:
        end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() and not lines[n].startswith((" ", "-", "#"))), len(lines))
        while end > at + 1 and not lines[end - 1].strip():
            end -= 1
        merged = "".join(lines[:end]).rstrip("\n") + "\n" + block + "".join(lines[end:])
    _still_reads(path, merged)
    return merged, len(rows)


def _still_reads(path: Path, text: str) -> None:
    """Refuse a merge that would break the project file: it is read once from a copy beside it."""
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=path.parent, encoding="utf-8", prefix=".import-") as copy:
        copy.write(text)
        copy.flush()
        load_project(Path(copy.name), library(path), lenient=True)


def seal_project(path: Path, **asked: Any) -> dict[str, Any]:
    """The seal of a review."""
    from .dossier.json import contract
    from .ledger.seal import seal

    dossier, catalog = review_project(path, **asked)
    return seal(contract(dossier, catalog), path, dict(dossier.project.inputs))


def verify_seal(path: Path, project: Path | None, overlays: Sequence[Path] = ()) -> dict[str, Any]:
    """Every claim of a seal checked against the files and a fresh review."""
    import json

    from .dossier.json import contract
    from .errors import CarnetError
    from .ledger.seal import SCHEMA, verify

    try:
        sealed = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise BadInput(f"{path}: cannot be read as a seal. Make one with carnet evidence seal PROJECT") from None
    wanted = {"schema": str, "file": str, "on": str, "known": str, "event": str, "inputs": dict, "catalog": dict, "engine": str}
    if not isinstance(sealed, dict) or sealed.get("schema") != SCHEMA or any(not isinstance(sealed.get(k), t) for k, t in wanted.items()):
        raise BadInput(f"{path}: is not a seal ({SCHEMA}). Make one with carnet evidence seal PROJECT")
    if Path(sealed["file"]).name != sealed["file"]:
        raise BadInput(f"{path}: names a project outside its folder; give it with --project")
    target = project or path.parent / sealed["file"]
    again, why = None, ""
    try:
        dossier, catalog = review_project(
            target, on=sealed["on"], known=sealed["known"], event=sealed["event"], overlays=overlays
        )
        again = contract(dossier, catalog)
    except CarnetError as error:
        why = str(error)
    return verify(sealed, target.parent, again, why)


def json_schema(what: str) -> dict[str, Any]:
    """The JSON Schema of a project file, a disclosure or a dossier."""
    import json

    from .project.form import DisclosureForm, ProjectForm

    if what == "dossier":
        found: dict[str, Any] = json.loads((Path(__file__).parent / "dossier" / "schema" / "dossier-1.json").read_text(encoding="utf-8"))
        return found
    model = ProjectForm if what == "project" else DisclosureForm
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}


def doctor() -> list[tuple[bool, str]]:
    """What a review needs, and whether it is here."""
    import importlib.util
    import os

    from .catalog import library as reading_room

    root = reading_room.builtin()
    found = [(root.is_dir(), f"library: {len(reading_room.files(root))} files" if root.is_dir() else f"library: {root} is missing; install carnet again")]
    for module, what in (("typst", "PDF"), ("xlsxwriter", "XLSX"), ("yaml", "YAML")):
        found.append((importlib.util.find_spec(module) is not None, f"{what}: {module}"))
    import yaml

    found.append((hasattr(yaml, "CSafeLoader"), "YAML: libyaml is used"))
    fonts = any(Path(p).is_dir() for p in ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/truetype/noto"))
    found.append((fonts, "fonts: Noto" if fonts else "fonts: Noto is missing, so a PDF cannot show every script; on Debian: apt-get install fonts-noto-core fonts-noto-cjk"))
    found.append((os.access(Path.cwd(), os.W_OK), "this folder can be written"))
    return found
