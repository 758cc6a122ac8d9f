"""What is asked of the library alone: is it sound, what does it say, what moved between two of them, its vocabulary.

Reading order: check_library(), vocabulary(), catalog_diff(), json_schema(), doctor().
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..catalog import Catalog, open_catalog
from ..errors import BadInput
from ..project import load_project
from .reviewing import judge_project, library
from .tables import room_problems


def check_library(path: Path | None) -> tuple[list[Any], str]:
    """(every problem of a library, a line that counts what was checked). A folder without words/ is laid over ours."""
    from ..catalog import library as reading_room
    from ..review.examples import run_examples

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
    economies = {row["id"] for table in ("economy", "union") for row in compiled["tables"].get(table, [])}
    problems = [*problems, *(p for root in roots[-1:] for p in room_problems(root, economies))]
    if not problems:
        compiled["digest"] = ""
        problems = run_examples(Catalog(compiled))
    tables = compiled["tables"]
    examples = sum(len(r["examples"]) for r in tables.get("requirements", []))
    counts = ", ".join(
        f"{len(tables.get(t, []))} {t}" for t in ("requirements", "standards", "recognitions", "signals", "effort")
    )
    return problems, f"{counts}, {len(tables.get('economy', []))} economies; {examples} examples hold"


def vocabulary(family: str, overlays: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """Rows of the vocabulary: a family of facts, one fact, a word list, or everything. Raises Unheard."""
    from ..errors import Unheard, nearest

    catalog = library(None, overlays)
    lists = {
        "kinds": "kinds",
        "products": "products",
        "topics": "topics",
        "units": "units",
        "evidence": "evidence",
        "terms": "terms",
    }
    if family in lists and not any(n.startswith(f"{family}.") for n in catalog.words.words):
        rows = catalog.table(lists[family])
        return [
            {"id": r["id"], "means": r["means"], **({"unit of": r["dimension"]} if "dimension" in r else {})}
            for r in rows
        ]
    words = [
        w for w in catalog.words.words.values() if not family or w.name == family or w.name.startswith(f"{family}.")
    ]
    if not words:
        near = nearest(
            family, [*{n.partition(".")[0] for n in catalog.words.words}, *catalog.words.words, *lists], most=3
        )
        raise Unheard(f"no fact or family is called {family!r}" + (f"; {near}" if near else ".") + " All: carnet words")
    shown = []
    for w in words:
        kind = (
            f"{w.type} in {w.unit}"
            if w.unit
            else f"one of {', '.join(w.values)}"
            if w.type == "word"
            else w.type.replace("_", " or ")
        )
        kind = f"list of {w.items}" + (f": {', '.join(w.values)}" if w.values else "") if w.type == "list" else kind
        shown.append(
            {
                "id": w.name,
                "type": kind,
                "about": list(w.about),
                "means": w.means,
                "ask": w.ask,
                "effort": w.effort,
                "stated_by": w.stated_by,
            }
        )
    return shown


def catalog_diff(a: str, b: str, projects: Sequence[Path], on: str = "") -> dict[str, Any]:
    """Two libraries or two days of knowledge compared, and how many verdicts of the given projects change."""
    from ..catalog.query import diff
    from ..dossier.json import contract
    from ..review.change import differences

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
    from ..words import span

    if Path(text).is_dir():
        return open_catalog(base=Path(text)), ""
    try:
        return library(), span(text)[1]
    except ValueError:
        raise BadInput(f"{text!r} is neither a library folder nor a day such as 2026-06-01") from None


def json_schema(what: str) -> dict[str, Any]:
    """The JSON Schema of a project file, a disclosure or a dossier."""
    import json

    from ..project.form import DisclosureForm, ProjectForm

    if what == "dossier":
        found: dict[str, Any] = json.loads(
            (Path(__file__).parents[1] / "dossier" / "schema" / "dossier-1.json").read_text(encoding="utf-8")
        )
        return found
    model = ProjectForm if what == "project" else DisclosureForm
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}


def project_template() -> str:
    """The commented project file that a newcomer starts from (data/templates/project.yaml)."""
    from ..catalog import library as reading_room

    return (reading_room.builtin() / "templates" / "project.yaml").read_text(encoding="utf-8")


def doctor() -> list[tuple[bool, str]]:
    """What a review needs, and whether it is here."""
    import importlib.util
    import os

    from ..catalog import library as reading_room

    root = reading_room.builtin()
    found = [
        (
            root.is_dir(),
            f"library: {len(reading_room.files(root))} files"
            if root.is_dir()
            else f"library: {root} is missing; install carnet again",
        )
    ]
    for module, what in (("typst", "PDF"), ("xlsxwriter", "XLSX"), ("yaml", "YAML")):
        found.append((importlib.util.find_spec(module) is not None, f"{what}: {module}"))
    found.append((importlib.util.find_spec("yaml._yaml") is not None, "YAML: libyaml is used"))
    fonts = any(Path(p).is_dir() for p in ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/truetype/noto"))
    found.append(
        (
            fonts,
            "fonts: Noto"
            if fonts
            else "fonts: Noto is missing, so a PDF cannot show every script; "
            "on Debian: apt-get install fonts-noto-core fonts-noto-cjk",
        )
    )
    found.append((os.access(Path.cwd(), os.W_OK), "this folder can be written"))
    return found
