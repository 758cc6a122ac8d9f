"""A user's own database as items of an inventory: solved once, gases kept apart, nothing of it stored.

The inventory names the products it uses. Each becomes an item `DATABASE.NAME` whose flows are those of its whole chain
in the database, so it follows a change of warming factors but no change of our grid. Emissions to air are matched to
our flows by the names such databases use, or by the inventory's own list; what is matched to nothing is counted as
nothing, and told.
Reading order: take_background(), NAMES, factors_of().
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import BadInput, nearest
from ...project import files
from ...waist import Place, Source
from .. import blocks
from ..nouns import Factor, kind_of
from ..system import Array, System
from . import datapackage, ecospold, jsonld, solved
from .archive import Files
from .foreign import Flow, Foreign, Product

if TYPE_CHECKING:
    from ..inventory_reader import _Reader

READERS: dict[str, Callable[[Files], Foreign]] = {
    "brightway": datapackage.read,
    "openlca": jsonld.read,
    "ecospold": ecospold.read,
}
# Names of flows in public databases -> flows of ours; lower case.
NAMES = {
    "carbon dioxide": "co2_fossil",
    "carbon dioxide, fossil": "co2_fossil",
    "carbon dioxide (fossil)": "co2_fossil",
    "carbon dioxide, non-fossil": "co2_biogenic",
    "carbon dioxide, biogenic": "co2_biogenic",
    "carbon dioxide (biogenic)": "co2_biogenic",
    "carbon dioxide, from soil or biomass stock": "co2_luc",
    "carbon dioxide, land transformation": "co2_luc",
    "methane": "ch4_fossil",
    "methane, fossil": "ch4_fossil",
    "methane (fossil)": "ch4_fossil",
    "methane, non-fossil": "ch4_biogenic",
    "methane, biogenic": "ch4_biogenic",
    "methane (biogenic)": "ch4_biogenic",
    "methane, from soil or biomass stock": "ch4_luc",
    "dinitrogen monoxide": "n2o",
    "nitrous oxide": "n2o",
    "sulfur hexafluoride": "sf6",
    "sulphur hexafluoride": "sf6",
    "nitrogen trifluoride": "nf3",
    "nitrogen fluoride": "nf3",
    "methane, tetrafluoro-, r-14": "cf4",
    "tetrafluoromethane": "cf4",
    "ethane, hexafluoro-, hfc-116": "c2f6",
    "hexafluoroethane": "c2f6",
    "ethane, 1,1,1,2-tetrafluoro-, hfc-134a": "hfc_134a",
    "hfc-134a": "hfc_134a",
    "methane, difluoro-, hfc-32": "hfc_32",
    "ethane, pentafluoro-, hfc-125": "hfc_125",
    "ethane, 1,1,1-trifluoro-, hfc-143a": "hfc_143a",
    "methane, trifluoro-, hfc-23": "hfc_23",
    "methane, chlorodifluoro-, hcfc-22": "hcfc_22",
}
# Units as such databases write them -> ours.
UNITS = {
    "kilogram": "kg",
    "kilowatt hour": "kWh",
    "megajoule": "MJ",
    "ton kilometer": "tkm",
    "metric ton*km": "tkm",
    "t*km": "tkm",
    "unit": "piece",
    "p": "piece",
    "item(s)": "piece",
    "items": "piece",
    "cubic meter": "m3",
    "square meter": "m2",
    "kilometer": "km",
    "hour": "h",
}


def take_background(reader: _Reader) -> None:
    """Every database of an inventory into its factors; problems go to the reader."""
    for number, block in enumerate(reader.form.background):
        at: tuple[str | int, ...] = ("background", number)
        row = reader.form.sources.get(block.source)
        if row is None:
            near = nearest(block.source, reader.form.sources)
            reader.say(
                (*at, "source"),
                f"background {block.id!r} names source {block.source!r}, which this file does not have"
                + (f"; {near}" if near else ""),
                "Add it under sources with number, class and read.",
            )
            continue
        if not block.license.strip():
            reader.say((*at, "license"), f"background {block.id!r} has no license", "Say under which you may use it.")
        if any(item == block.id or item.startswith(block.id + ".") for item in reader.items):
            reader.say((*at, "id"), f"background {block.id!r} has a name that items of the tables begin with")
            continue
        source = Source(
            block.source,
            row.number,
            row.title,
            row.publisher,
            row.issued or "",
            row.seen,
            row.grade,
            row.read,
            row.note,
        )
        try:
            path = files.inside(reader.path.parent, block.file)
            beside = path.with_name(Path(solved.name_of(block.file)).name)
            if not path.exists() and beside.is_file():
                made, found, notes = solved.taken(beside, block.id, block.license, source, reader.at(at))
                if {f.id for f in made} != {f"{block.id}.{name}" for name in block.items}:
                    raise ValueError(f"{beside.name} does not hold the items this inventory names")
                reader.files.append((block.file, found))
                add(reader, made)
                reader.notes += notes
                continue
            if not path.exists():
                raise ValueError(f"there is no file or folder {block.file!r}")
            opened = Files(path)
            kind = block.format or recognized(opened)
            foreign = READERS[kind](opened)
            reader.files.append((block.file, digest(opened)))
            made, notes = factors_of(foreign, block, source, reader.at(at), reader)
        except (ValueError, BadInput, OSError) as error:
            reader.say((*at, "file"), f"background {block.id!r}: {block.file}: {error}")
            continue
        except (AttributeError, TypeError, KeyError, RecursionError):  # JSON of another shape than the format's
            reader.say((*at, "file"), f"background {block.id!r}: {block.file}: is not shaped as its format says")
            continue
        add(reader, made)
        size = f"{len(foreign.products):,} processes ({kind})"
        reader.notes += [
            f"background {block.id}: {len(made)} items out of {size}, solved whole: they follow no grid of ours",
            *(f"background {block.id}: {note}" for note in (*foreign.notes, *notes)),
        ]


def add(reader: _Reader, made: list[Factor]) -> None:
    for factor in made:
        reader.factors[(factor.id, "")] = factor
        reader.items.add(factor.id)


def recognized(opened: Files) -> str:
    """The format of a folder or archive by what lies in it; raises ValueError naming the known ones."""
    if "datapackage.json" in opened.sizes:
        return "brightway"
    if any("processes/" in name for name in opened.sizes):
        return "openlca"
    if any(name.lower().endswith((".spold", ".xml")) for name in opened.sizes):
        return "ecospold"
    raise ValueError(
        "is no database in a known format. Known: a Brightway datapackage (datapackage.json), openLCA JSON-LD "
        "(processes/*.json), ecoSpold 1 and 2 (.xml, .spold)"
    )


def digest(opened: Files) -> str:
    """'sha256:...' of a file, or of the names and contents of a folder."""
    total = hashlib.sha256()
    if opened.path.is_file():
        with opened.path.open("rb") as handle:
            while piece := handle.read(1 << 20):
                total.update(piece)
    else:
        for name in sorted(opened.sizes):
            total.update(f"{name}\0{hashlib.sha256(opened.read(name)).hexdigest()}\n".encode())
    return "sha256:" + total.hexdigest()


def factors_of(
    foreign: Foreign, block: blocks.BackgroundBlock, source: Source, place: Place, reader: _Reader
) -> tuple[list[Factor], list[str]]:
    """The items of a database as factors; raises ValueError naming what is not found or has no unit of ours."""
    ours = reader.tables.gases.flows
    rows, notes = matched(foreign.flows, block, ours)
    used = sorted({name for name in rows if name})
    select = np.zeros((len(used), len(foreign.flows)))
    for column, name in enumerate(rows):
        if name:
            select[used.index(name), column] = 1.0
    names = [p.name or str(p.key) for p in foreign.products]
    system = System(foreign.technosphere, foreign.emissions, names)
    found: Array = system.intensities(select) if used else np.zeros((0, len(foreign.products)))
    made = []
    for name, item in block.items.items():
        at = product(foreign.products, item, name)
        unit = unit_of(foreign.products[at], item, name, set(reader.tables.units.table))
        key = f"{block.id}.{name}"
        flows = tuple((flow, float(found[row, at])) for row, flow in enumerate(used) if found[row, at])
        title = item.title or foreign.products[at].name or key
        factor = Factor(
            key, "", title, unit, flows, (0.0, 0.0), (), kind_of(key, item.material), item.material, True, False, "",
            block.license, f"chain of {foreign.products[at].key} in {block.file}", "", source, place, True,
        )  # fmt: skip
        made.append(factor)
    return made, notes


def matched(flows: list[Flow], block: blocks.BackgroundBlock, ours: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """(our flow of each of theirs, '' for none; notes); raises ValueError for a flow nobody has or one not in kg."""
    given = dict(block.flows)
    known = {str(f.key) for f in flows} | {f.name for f in flows}
    for key, name in given.items():
        if name not in ours:
            near = nearest(name, ours)
            raise ValueError(f"flows: no flow of ours is called {name!r}" + (f"; {near}" if near else ""))
        if key not in known:
            near = nearest(key, known)
            raise ValueError(f"flows: it has no flow {key!r}" + (f"; {near}" if near else ""))
    found: list[str] = []
    for flow in flows:
        name = given.get(str(flow.key)) or given.get(flow.name) or ""
        air = not flow.compartment or "air" in flow.compartment.lower()
        if not name and air:
            name = NAMES.get(flow.name.strip().lower(), "")
            name = name if name in ours else ""
        if name and UNITS.get(flow.unit.strip().lower(), flow.unit) != "kg":
            raise ValueError(f"flow {flow.name or flow.key!r} is in {flow.unit!r}, not in kg")
        found.append(name)
    lost = [f.name or str(f.key) for f, name in zip(flows, found, strict=True) if not name]
    notes = [f"{len(flows) - len(lost)} of its {len(flows)} flows are matched to gases"]
    if lost:
        notes.append(f"{len(lost)} flows count as nothing: {', '.join(lost[:5])}" + (" ..." if len(lost) > 5 else ""))
    if any(name == "" for name in found) and not any(found):
        raise ValueError("none of its flows is matched to a gas; say under flows which is which")
    return found, notes


def product(products: list[Product], item: blocks.ForeignItem, name: str) -> int:
    """The index of the product an item means."""
    by_key = [i for i, p in enumerate(products) if str(p.key) == str(item.of)]
    if by_key:
        return by_key[0]
    named = [i for i, p in enumerate(products) if p.name == str(item.of) and (not item.place or p.place == item.place)]
    if len(named) == 1:
        return named[0]
    if named:
        places = ", ".join(sorted({products[i].place or "no place" for i in named})[:8])
        raise ValueError(
            f"item {name!r}: {len(named)} products are called {item.of!r} ({places}); say place, or its key"
        )
    near = nearest(str(item.of), [p.name or str(p.key) for p in products], most=3)
    raise ValueError(f"item {name!r}: it has no product {str(item.of)!r}" + (f"; {near}" if near else ""))


def unit_of(found: Product, item: blocks.ForeignItem, name: str, units: set[str]) -> str:
    """The unit of a product in our words."""
    theirs = UNITS.get(found.unit.strip().lower(), found.unit.strip())
    if theirs in units:
        if item.unit and item.unit != theirs:
            raise ValueError(f"item {name!r} is written per {item.unit}, but the database has it per {found.unit}")
        return theirs
    if item.unit in units:
        return item.unit
    said = f"the unit {found.unit!r}, which is none of ours" if found.unit else "no unit"
    raise ValueError(f"item {name!r}: the database states {said}; say unit, such as unit: kg")
