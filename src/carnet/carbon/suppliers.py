"""Suppliers' footprints as inputs: a file in an exchange format becomes an item `supplier.<id>`.

The figure enters with the shares it states (fossil, biogenic, land use, aircraft), its own primary share and rating.
One that is past its validity, or speaks another set of warming factors, is refused or noted: it never slips in as if
it were ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..project import files
from ..waist import Source
from .exchange import Paper, Unreadable, read_footprint
from .nouns import Factor

if TYPE_CHECKING:
    from .inventory_reader import _Reader


def take_suppliers(reader: _Reader) -> None:
    """Read every supplier's file of an inventory into its factors; problems go to the reader."""
    for number, block in enumerate(reader.form.suppliers):
        at = ("suppliers", number)
        if block.id in reader.suppliers:
            reader.say((*at, "id"), f"supplier {block.id!r} stands twice", "Give each its own name.")
        reader.suppliers[block.id] = block
        try:
            digest = files.digest(reader.path.parent, block.file)
            paper = read_footprint(reader.path.parent / block.file, reader.tables.formats)
        except (ValueError, Unreadable) as error:
            reader.say((*at, "file"), f"supplier {block.id!r}: {error}")
            continue
        reader.files.append((block.file, digest))
        day = reader.on or (reader.form.period.to if reader.form.period else "")
        if paper.valid_until and day and paper.valid_until[:10] < day:
            reader.say(
                (*at, "file"),
                f"supplier {block.id!r}: the footprint was valid until {paper.valid_until[:10]}, before {day}",
                "Ask the supplier for a new one.",
            )
        for name in paper.gwp_sets:
            if name and not name.upper().replace(" ", "").startswith("AR6"):
                reader.notes.append(
                    f"{reader.at((*at, 'file'))}: supplier {block.id}: computed with {name}; under another set "
                    "the figure cannot be converted, only flagged"
                )
        try:
            scale = reader.tables.units.factor(paper.unit, paper.unit)
        except ValueError as error:
            reader.say((*at, "file"), f"supplier {block.id!r}: {error}")
            continue
        flows = tuple(sorted((flow, amount / paper.amount * scale) for flow, amount in paper.flows.items() if amount))
        source = Source(
            block.id,
            f"{paper.schema} {paper.id}",
            paper.product,
            paper.company,
            paper.created[:10],
            None,
            "maker",
            "verbatim",
        )
        item = f"supplier.{block.id}"
        factor = Factor(
            item,
            "",
            paper.product or block.id,
            paper.unit,
            flows,
            (0.0, 0.0),
            (),
            "material",
            "",
            True,
            False,
            "",
            "as the supplier agreed",
            "cradle to gate",
            paper.created[:4],
            source,
            reader.at(at),
            True,
            assured(paper),
        )
        reader.factors[(item, "")] = factor
        reader.items.add(item)
        reader.data_of[item] = (paper.primary_share or 0.0, paper.rating_of_five)
        if paper.kept:
            reader.notes.append(
                f"supplier {block.id}: {len(paper.kept)} fields of the file "
                f"are kept but not used: {', '.join(sorted(paper.kept)[:6])}"
            )


def assured(paper: Paper) -> str:
    """What the paper says of its verification, in words; empty when it says nothing."""
    keys = ("assurance_coverage", "assurance_level", "assurance_standard", "assurance_provider")
    told = [paper.text(key) for key in keys if paper.text(key)]
    return f"verified: {', '.join(told)}" if told else ""
