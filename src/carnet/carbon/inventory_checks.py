"""What must hold between the blocks of an inventory: nothing counts twice, nothing goes round, every name is known.

Each check takes the reader and tells it the problems; nothing here changes what was read.
Reading order: third_party(), recycled(), covered(), overlaps(), circles(), certificates().
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import nearest
from ..project import files
from .blocks import InputBlock, ProcessBlock, ThirdPartyBlock
from .inventory import Process

if TYPE_CHECKING:
    from .inventory_reader import _Reader

RESULT = re.compile(r"\d+(\.\d+)? \S.*")  # '61.2 kgCO2e/kWh'


def third_party(reader: _Reader, number: int, report: ThirdPartyBlock) -> None:
    """The report's file is there, it speaks of something known, and its figure can be read."""
    at = ("third_party", number)
    try:
        reader.files.append((report.file, files.digest(reader.path.parent, report.file)))
    except ValueError as error:
        reader.say((*at, "file"), f"third-party report {report.id!r}: {error}")
    known = [*(s.id for s in reader.form.suppliers), *(p.id for p in reader.form.processes)]
    if report.about and report.about not in known:
        near = nearest(report.about, known)
        reader.say((*at, "about"), f"no supplier or process is called {report.about!r}" + (f"; {near}" if near else ""))
    if report.result and not RESULT.fullmatch(report.result):
        reader.say(
            (*at, "result"), f"{report.result!r} is not a figure with a unit", "Write for example 61.2 kgCO2e/kWh."
        )
    if report.start and report.to and report.to < report.start:
        reader.say((*at, "to"), f"third-party report {report.id!r} ends {report.to}, before it begins {report.start}")


def recycled(reader: _Reader, block: InputBlock, at: tuple[str | int, ...], region: str) -> None:
    r = block.recycled
    assert r is not None
    if r.recovered + r.energy > 1 + 1e-12:
        reader.say(
            (*at, "recycled"),
            f"recovered {r.recovered:g} and energy {r.energy:g} are more than all of it",
            "Their sum must not exceed 1.",
        )
    factor = reader.factors.get((block.item, region)) or reader.factors.get((block.item, ""))
    route = factor.recycled_as if factor else ""
    if r.content > 0 and not (r.recycled_item or route):
        reader.say(
            (*at, "recycled"),
            f"{block.item} has recycled content {r.content:g}, but no recycled route is known",
            "Give recycled_item, an item of the tables or a factor of your own.",
        )
    if r.recovered > 0 and not (r.recovered_item or route):
        reader.say(
            (*at, "recycled"),
            f"{block.item} is recovered, but no recovery route is known",
            "Give recovered_item, an item of the tables or a factor of your own.",
        )
    if r.energy > 0 and not r.burned_item:
        reader.say((*at, "recycled"), f"{block.item} is burned for energy, but burned_item is missing")
    for name in ("recycled_item", "recovered_item", "replaced_item", "burned_item", "energy_item", "disposal_item"):
        if item := getattr(r, name):
            reader.known(item, region, (*at, "recycled"))


def covered(reader: _Reader) -> None:
    """What a supplier's figure holds must not be listed again, in the process that uses it or in any that feeds it."""
    blocks = {p.id: (number, p) for number, p in enumerate(reader.form.processes)}
    told: set[tuple[int, int]] = set()
    for process in reader.form.processes:
        used = [i.item.removeprefix("supplier:") for i in process.inputs if i.item.startswith("supplier:")]
        for supplier in (reader.suppliers[name] for name in [*used, process.footprint] if name in reader.suppliers):
            for number, fed in (blocks[name] for name in _feeding(process.id, blocks)):
                for at, block in enumerate(fed.inputs):
                    if block.item in supplier.covers and (number, at) not in told:
                        told.add((number, at))
                        reader.say(
                            ("processes", number, "inputs", at, "item"),
                            f"{block.item} is already inside the footprint of supplier {supplier.id!r}"
                            + ("" if fed.id == process.id else f", which process {process.id!r} uses")
                            + ": it would count twice",
                            "Remove this input, or take it out of covers.",
                        )


def _feeding(start: str, blocks: dict[str, tuple[int, ProcessBlock]]) -> list[str]:
    """A process and all that it needs, directly or through others."""
    found: list[str] = []
    waiting = [start]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.append(here)
            waiting += [i.item for i in blocks[here][1].inputs if i.item in blocks]
    return found


def overlaps(reader: _Reader, process: ProcessBlock, block: InputBlock, at: tuple[str | int, ...]) -> None:
    """A transport or packaging that belongs to a supplier whose figure already reaches that far."""
    if block.of:
        if block.of not in reader.suppliers:
            near = nearest(block.of, reader.suppliers)
            reader.say((*at, "of"), f"no supplier is called {block.of!r}" + (f"; {near}" if near else ""))
        elif (block.stage or process.stage) in reader.suppliers[block.of].stages:
            reader.say(
                (*at, "of"),
                f"the footprint of supplier {block.of!r} already covers the "
                f"stage {block.stage or process.stage}: the boundaries overlap",
                "Remove this input, or ask the supplier for a figure without that stage.",
            )


def circles(reader: _Reader, processes: tuple[Process, ...]) -> None:
    """A product that needs itself, directly or through others."""
    needs = {p.id: [i.item for i in p.inputs] for p in processes}
    at = {p.id: p.place for p in processes}
    done: set[str] = set()
    for start in needs:
        trail: list[str] = []
        stack = [(start, 0)]
        while stack:
            here, depth = stack.pop()
            trail = [*trail[:depth], here]
            for item in needs[here]:
                if item in trail:
                    reader.say(
                        at[here],
                        f"products go round in a circle: {' -> '.join([*trail[trail.index(item) :], item])}",
                        "A product cannot be made from itself; break the circle.",
                    )
                    return
                if item in needs and item not in done:
                    stack.append((item, depth + 1))
        done.add(start)


def certificates(reader: _Reader) -> None:
    """A supply names a certificate of this file, and a certificate states its energy; what is claimed is
    `register`'s."""
    known = {c.id: c for c in reader.form.certificates}
    for p, process in enumerate(reader.form.processes):
        for i, block in enumerate(process.inputs):
            for s, supply in enumerate(block.supply):
                if supply.certificate and supply.certificate not in known:
                    near = nearest(supply.certificate, known)
                    reader.say(
                        ("processes", p, "inputs", i, "supply", s),
                        f"no certificate is called {supply.certificate!r}" + (f"; {near}" if near else ""),
                        "Add it under certificates.",
                    )
    for number, certificate in enumerate(reader.form.certificates):
        reader.amount(certificate.energy, ("certificates", number, "energy"), certificate.id, "kWh")
