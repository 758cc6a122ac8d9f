"""Pages about words: the glossary, the facts, and the short lists (kinds, products, topics, evidence, units)."""

from itertools import groupby
from typing import Any

from . import MADE, table

FACTS = """# Facts

What a project can state and a rule can ask.
The same on screen: `carnet words FAMILY`.
The effort of a question, cheapest first: look up, ask maker, ask authority, measure, test, approve.
"""
GROUPS = {"engine": "Engine", "access": "Access", "charging": "Charging and swapping", "carbon": "Carbon"}


def pages() -> dict[str, str]:
    """Glossary, facts and lists, as the library has them."""
    from carnet import app

    catalog = app.library(cache=False)
    return {
        "docs/glossary.md": glossary(catalog),
        "docs/reference/facts.md": facts(catalog),
        "docs/reference/words.md": lists(catalog),
    }


def glossary(catalog: Any) -> str:
    """data/words/terms.yaml, grouped as it stands there."""
    text = (
        MADE
        + "# Words\n\nOne spelling each, in our own words.\nWhere the field defines a word, its document is named.\n"
    )
    rows = catalog.table("terms")
    for group, members in groupby(rows, key=lambda r: r.get("group", "")):
        text += f"\n## {GROUPS.get(group, group.replace('_', ' ').capitalize())}\n\n"
        listed: list[list[object]] = [[r["id"].replace("_", " "), r["means"], _see(r)] for r in members]
        text += table(["word", "means here", "see"], listed)
    return text


def _see(row: dict[str, Any]) -> str:
    source = row["_sources"].get(row.get("source") or "")
    return f"{source['number']} ({source['read']})" if source else ""


def facts(catalog: Any) -> str:
    """Every fact a project can state and a rule can ask."""
    text = MADE + FACTS
    for family, members in groupby(sorted(catalog.words.words.values(), key=_family), key=_family):
        text += f"\n## {family}\n\n"
        text += table(
            ["fact", "about", "type", "means", "question", "effort", "stated by"],
            [
                [f"`{w.name}`", ", ".join(w.about), _type(w), w.means, w.ask, w.effort.replace("_", " "), w.stated_by]
                for w in members
            ],
        )
    return text


def _family(word: Any) -> str:
    return str(word.name.partition(".")[0])


def _type(word: Any) -> str:
    if word.type == "list":
        return f"list of {word.items}" + (f": {', '.join(word.values)}" if word.values else "")
    return f"in {word.unit}" if word.unit else ", ".join(word.values) or word.type.replace("_", " or ")


def lists(catalog: Any) -> str:
    """The closed lists of data/words."""
    text = MADE + "# Lists of words\n"
    for name, title in (
        ("kinds", "Kinds of subject"),
        ("products", "Products"),
        ("topics", "Topics"),
        ("evidence", "Kinds of evidence"),
        ("units", "Units"),
    ):
        rows: list[list[object]] = [[f"`{r['id']}`", r["means"]] for r in catalog.table(name)]
        text += f"\n## {title}\n\n" + table(["word", "means"], rows)
    return text
