"""What README and docs say is true: commands run, links lead somewhere, the reference is the product's own.

Commands run in this process against a temporary copy of the examples. What is generated is made once for all tests.
"""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from making import outputs, problems  # noqa: E402

BLOCKS = list(outputs.blocks(ROOT))
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    pages: dict[str, str] = load(ROOT / "docs" / "generate.py").pages(ROOT)
    return pages


@pytest.fixture(scope="module")
def command_tree() -> list[tuple[tuple[str, ...], object]]:
    import typer
    from making.commands import walk

    from carnet.doors.cli.tree import app

    return walk(typer.main.get_command(app), ())


@pytest.mark.parametrize("page", sorted({b.page for b in BLOCKS}))
def test_every_command_shown_runs(page: str):
    """Exit 0, or 1 where findings are the point; never a complaint about usage, input or ourselves."""
    with outputs.copied(ROOT):
        for block in BLOCKS:
            for command in block.commands if block.page == page else ():
                code, said = outputs.run(command)

                assert code in (0, 1), f"{command}\n{said}"


def test_pages_show_commands():
    assert {"README.md", "docs/first-ten-minutes.md"} <= {b.page for b in BLOCKS}
    assert sum(len(b.commands) for b in BLOCKS) >= 25


def test_what_is_generated_is_up_to_date(made: dict[str, str]):
    """When this fails: python docs/generate.py, look at the difference, commit it with your change."""
    stale = [p for p, text in made.items() if not (ROOT / p).is_file() or (ROOT / p).read_text("utf-8") != text]

    assert stale == []


def test_every_command_and_option_is_documented(command_tree: list[tuple[tuple[str, ...], object]]):
    page = (ROOT / "docs/reference/commands.md").read_text("utf-8")

    for path, command in command_tree:
        section = page.partition(f"## {' '.join(('carnet', *path))}\n")[2].partition("\n## ")[0]
        assert section, path
        for parameter in command.params:  # type: ignore[attr-defined]
            if parameter.param_type_name == "option":
                assert all(f"`{o}" in section for o in parameter.opts), (path, parameter.name)


def test_every_fact_is_documented():
    from carnet import app

    page = (ROOT / "docs/reference/facts.md").read_text("utf-8")

    assert [n for n in app.library(cache=False).words.words if f"`{n}`" not in page] == []


def test_every_problem_has_its_section_and_its_sentences():
    from carnet import errors

    page = (ROOT / "docs/reference/problems.md").read_text("utf-8")
    classes = [n for n, k in vars(errors).items() if isinstance(k, type) and issubclass(k, errors.CarnetError)]

    assert classes
    assert [n for n in classes if f"\n## {n}\n" not in page] == []
    said = {s for found in problems.sentences(ROOT / "src" / "carnet").values() for s in found}
    assert len(said) > 50
    assert [s for s in said if f"- {s}\n" not in page] == []


def test_the_glossary_is_the_librarys():
    from carnet import app

    page = (ROOT / "docs/glossary.md").read_text("utf-8")
    terms = app.library(cache=False).table("terms")

    assert terms
    assert [t["id"] for t in terms if f"| {t['id'].replace('_', ' ')} |" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_between_pages_resolve(page: Path):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        file, _, heading = target.partition("#")
        found = (page.parent / file) if file else page
        assert found.exists(), f"{page.name} links to {target}"
        if heading:
            heads = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), flags=re.M)
            assert heading in {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}, target


def test_every_page_can_be_reached_from_the_readme():
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        targets = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        waiting += [(page.parent / t).resolve() for t in targets if "://" not in t]

    ours = {p for p in (ROOT / "docs").rglob("*.md") if not p.name.startswith(("charging", "carbon"))}
    assert sorted(p.relative_to(ROOT).as_posix() for p in ours - seen) == []


def test_the_picture_is_small():
    picture = ROOT / "docs/pictures/dossier.png"

    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 300_000


def test_prose_keeps_one_sentence_a_line():
    """So that a change of one sentence is a change of one line."""
    for page in (p for p in PAGES if "reference" not in p.parts and p.name not in ("glossary.md", "CONTRIBUTING.md")):
        text = re.sub(r"```.*?```|^[|#].*?$|^    .*?$|`[^`]*`", "", page.read_text("utf-8"), flags=re.S | re.M)
        for line in text.splitlines():
            line = re.sub(r"^\s*\d+\. ", "", line)  # the number of a list item ends no sentence
            assert not re.search(r"[a-z\d)][.?!] [A-Z][a-z]+ [a-z]", line), f"{page.name}: {line}"
