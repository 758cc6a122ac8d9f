"""State footprint facts for the subjects of a project that have an inventory.

The inventory names the methods it is to be judged by (`methods`); the first of them gives the number, every one that
could be computed is listed. A result that is a what-if is stated with the origin what_if, so that it never proves
anything. What cannot be computed is left unstated; the reader of the file has told why.
Reading order: Surveyed, survey(), surveyed(), facts_of().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..errors import BadInput
from ..project import files
from ..waist import Fact, Origin, Place, Project, Quantity
from . import desk, methods
from .inventory import Inventory
from .inventory_reader import read_inventory
from .nouns import Method
from .report import report
from .tables import Tables, open_tables

MOST_KEPT = 16
_KEPT: dict[Any, dict[str, Any]] = {}  # results by all they depend on; a review and its chapter ask for the same

# A unit of a result -> the fact that holds it.
FACT_OF_UNIT = {
    "kgCO2e/km": ("footprint.per_km", "gCO2e/km", 1000),
    "kgCO2e/kWh": ("footprint.per_kwh", "kgCO2e/kWh", 1),
}


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One inventory of a project under the methods it names, computed once."""

    subject: str
    name: str
    inventory: Inventory
    methods: tuple[Method, ...]
    answer: dict[str, Any]
    tables: Tables


def survey(project: Project, catalog: Catalog) -> tuple[Fact, ...]:
    """Facts of every inventory a project names; a broken inventory raises BadInput with its problems."""
    facts: list[Fact] = []
    for one in surveyed(project):
        if one.answer["results"]:
            kind = project.subject(one.subject).kind
            facts += facts_of(one.subject, kind, one.answer, Place(one.name), one.inventory.form, one.tables, catalog)
    return tuple(facts)


def surveyed(project: Project) -> list[Surveyed]:
    """The inventories of a project with their results; the chapter of the dossier works on the same."""
    named = desk.named_inventories(dict(project.extra).get("carbon"))
    if not named:
        return []
    tables = open_tables()
    found = []
    for subject, name in named:
        try:
            where = files.inside(Path(project.folder), name)
        except ValueError as error:
            raise BadInput(f"{project.file}: inputs.carbon: {error}") from None
        read = read_inventory(where, tables, on=project.on, name=name)
        about = subject or read.form.about
        if about not in {s.id for s in project.subjects}:
            says = (
                f"is about {about!r}, which is no subject of the project" if about else "does not say what it is about"
            )
            raise BadInput(
                f"{name}: the inventory {says}. Write about: SUBJECT, or inputs: {{carbon: {{SUBJECT: {name}}}}}."
            )
        chosen = methods.chosen(tables, list(read.form.methods) or desk.fitting(tables, read), [])
        found.append(Surveyed(about, name, read, tuple(chosen), answered(read, chosen, tables, project), tables))
    return found


def answered(read: Inventory, chosen: Sequence[Method], tables: Tables, project: Project) -> dict[str, Any]:
    """The report, kept for the next who asks for the same bytes under the same methods on the same days."""
    key = (read.file, read.digest, read.files, tables.digest, tuple(m.id for m in chosen), project.on, project.known)
    if key not in _KEPT:
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = report(read, chosen, tables, on=project.on, known=project.known)
    return _KEPT[key]


def facts_of(
    subject: str, kind: str, answer: dict[str, Any], place: Place, shaped: Any, tables: Tables, catalog: Catalog
) -> list[Fact]:
    """The results of one inventory as facts, those the vocabulary knows for this kind of subject."""
    facts: list[Fact] = []
    first = answer["results"][0]
    origin = _origin(first, place)

    def say(name: str, value: Any, said_by: Origin = origin) -> None:
        if name in catalog.words and kind in catalog.words.word(name).about:
            facts.append(Fact(subject, name, value, said_by))

    # Several methods may give one and the same fact: the first that is no what-if is stated, else the first.
    stated: dict[str, dict[str, Any]] = {}
    for row in sorted(answer["results"], key=lambda r: r["what_if"]):
        if row["unit"] in FACT_OF_UNIT:
            stated.setdefault(FACT_OF_UNIT[row["unit"]][0], row)
        elif row["unit"].startswith("kgCO2e/"):
            stated.setdefault("footprint.gwp100", row)
    for name, row in sorted(stated.items()):
        _, unit, scale = FACT_OF_UNIT.get(row["unit"], (name, "kgCO2e", 1))
        say(name, Quantity(_rounded(row["value"] * scale), unit), _origin(row, place))
    rated = shaped.product.rated_energy
    if rated and "footprint.gwp100" in stated:
        energy = float(rated.split()[0]) * tables.units.factor(rated.split()[-1], "kWh")
        per = stated["footprint.gwp100"]["value"] / energy
        say(
            "footprint.per_kwh_capacity",
            Quantity(_rounded(per), "kgCO2e/kWh"),
            _origin(stated["footprint.gwp100"], place),
        )
    for row in answer["results"]:
        say("footprint.method", (row["document"],), _origin(row, place))
    say("footprint.functional_unit", first["functional_unit"])
    say("footprint.boundary", _boundary(first))
    if shaped.period:
        say("footprint.reference_year", int(shaped.period.to[:4]))
        valid = tables.methods[first["method"]].form.validity
        if valid:
            say("footprint.valid_until", methods.months_after(shaped.period.to, 12 * valid.years))
    if shaped.plant:
        say("footprint.plant", shaped.plant)
    say("footprint.primary_share", Quantity(_rounded(first["primary_data_share"] * 100), "%"))
    if first["dqr"] is not None:
        say("footprint.quality_rating", _rounded(first["dqr"]))
    say("footprint.upstream_coverage", Quantity(_rounded(first["upstream"]["share_by_size"] * 100), "%"))
    if first["passes"]:
        say("footprint.pass_probability", Quantity(_rounded(first["passes"][0]["probability"] * 100), "%"))
    say("footprint.defaults_used", len(first["defaults"]))
    return facts


def _origin(row: dict[str, Any], place: Place) -> Origin:
    return Origin("what_if" if row["what_if"] else "surveyor", f"carbon: {row['method']}", place)


def _boundary(row: dict[str, Any]) -> str:
    """The boundary by the words of the vocabulary, from the stages that count."""
    stages = set(row["stages"])
    if "use" in stages:
        return "cradle_to_grave"
    return "without_use" if "end_of_life" in stages else "cradle_to_gate"


def _rounded(value: float) -> Decimal:
    """Six significant digits: facts are for comparing with thresholds, the report has the rest."""
    return Decimal(format(value, ".6g"))
