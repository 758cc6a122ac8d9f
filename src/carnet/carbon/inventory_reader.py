"""Read an inventory file into its nouns: every name looked up, every amount in its item's unit, every problem told.

Nothing is assumed: what is not said is refused or listed. Overlaps that would count a burden twice, circles and unknown
routes are problems here, before any arithmetic. All are collected and raised together.
Reading order: read_inventory(), _Reader.inventory(), then one method per block.
"""

from __future__ import annotations

from pathlib import Path

from .. import reading
from ..errors import BadInput, Problem, nearest
from ..quantity import _AMOUNT
from ..waist import Place, Source
from . import form, inventory_checks
from .blocks import CoProductBlock, InputBlock, InventoryForm, OwnFactor, ProcessBlock, SupplierBlock
from .factors import check_factor, make_factor
from .inventory import PROPERTIES, CoProduct, Input, Inventory, Process
from .nouns import Factor
from .tables import Tables

MOST_AMOUNT = 1e18  # of any unit: sums stay finite, and nothing real is larger


def read_inventory(path: Path, tables: Tables, *, on: str = "", name: str = "") -> Inventory:
    """An inventory file -> Inventory; raises BadInput with every problem it has."""
    document = reading.read(path, name or str(path))
    return read_shaped(document, reading.shape(document, InventoryForm), tables, path, on)


def read_shaped(
    document: reading.Document, shaped: InventoryForm, tables: Tables, path: Path, on: str = ""
) -> Inventory:
    """An inventory from its form, as written in the file or with an option put on."""
    reader = _Reader(document, shaped, tables, path, on)
    inventory = reader.inventory()
    if reader.problems:
        raise BadInput(sorted(reader.problems, key=lambda p: p.place))
    return inventory


class _Reader:
    def __init__(self, document: reading.Document, shaped: InventoryForm, tables: Tables, path: Path, on: str) -> None:
        self.document, self.form, self.tables, self.path, self.on = document, shaped, tables, path, on
        self.problems: list[Problem] = []
        self.factors = dict(tables.factors)
        self.items = set(tables.items())
        self.data_of: dict[str, tuple[float, float | None]] = {}
        self.files: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self.suppliers: dict[str, SupplierBlock] = {}
        self.sheet_places: dict[tuple[str | int, ...], Place] = {}

    def at(self, path: tuple[str | int, ...]) -> Place:
        """The place of a block: in the inventory, or in the sheet its row came from."""
        return next(
            (self.sheet_places[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.sheet_places),
            self.document.at(path),
        )

    def say(self, at: tuple[str | int, ...] | Place, says: str, hint: str = "") -> None:
        self.problems.append(Problem(at if isinstance(at, Place) else self.at(at), says, hint))

    def amount(self, text: str, at: tuple[str | int, ...] | Place, what: str, to: str = "") -> tuple[float, str]:
        """'900 kWh' -> (900.0, 'kWh'), converted when asked; a problem and (0, unit) when it cannot be read."""
        match = _AMOUNT.fullmatch(text)
        if not match or not match[2]:
            self.say(at, f"{what}: {text!r} is not an amount with a unit", "Write for example 900 kWh.")
            return 0.0, to
        value, unit = float(match[1]), match[2]
        if value > MOST_AMOUNT:
            self.say(at, f"{what}: {text} is more than any real amount", f"At most {MOST_AMOUNT:g} is read.")
            return 0.0, to or unit
        try:
            factor = self.tables.units.factor(unit, to or unit)
        except ValueError as error:
            self.say(at, f"{what}: {error}")
            return 0.0, to or unit
        if value < 0:
            self.say(
                at,
                f"{what}: {text} is negative",
                "Write what goes in as an input and what comes out as a co-product or an emission; both are positive.",
            )
        return value * factor, to or unit

    def inventory(self) -> Inventory:
        shaped = self.form
        for number, own in enumerate(shaped.factors):
            self.own_factor(number, own)
        from .suppliers import take_suppliers

        take_suppliers(self)
        if shaped.background:
            from .adapters.plug import take_background

            take_background(self)
        for number, report in enumerate(shaped.third_party):
            inventory_checks.third_party(self, number, report)
        if shaped.sheet:
            from .sheets import take_sheet

            take_sheet(self)
        properties = {}
        for key, unit in PROPERTIES.items():
            if text := getattr(shaped.product, key):
                properties[key] = self.amount(text, ("product", key), key, unit)[0]
        for key, parameter in shaped.parameters.items():
            if key in PROPERTIES:
                self.say(("parameters", key), f"{key} is a property of the product", "Write it in the product block.")
            properties[key] = float(parameter.value)
        ids = [p.id for p in shaped.processes]
        if not ids:
            self.say(("processes",), "there are no processes", "Give at least the process that makes the product.")
        for number, name in enumerate(ids):
            if name in ids[:number]:
                self.say(
                    ("processes", number, "id"),
                    f"process {name!r} stands twice",
                    "Give each process a name of its own.",
                )
            if name in self.items:
                self.say(
                    ("processes", number, "id"),
                    f"process {name!r} is also an item of the tables",
                    "Give it a name of its own, so that it is clear which one an input means.",
                )
        processes = tuple(
            self.process(number, block, set(ids), properties) for number, block in enumerate(shaped.processes)
        )
        inventory_checks.covered(self)
        inventory_checks.circles(self, processes)
        inventory_checks.certificates(self)
        return Inventory(
            shaped.id,
            shaped,
            self.document.name,
            "sha256:" + self.document.digest,
            processes,
            properties,
            self.factors,
            self.data_of,
            tuple(self.files),
            tuple(self.notes),
        )

    def own_factor(self, number: int, own: OwnFactor) -> None:
        at = self.at(("factors", number))
        sources = self.form.sources
        if own.source not in sources:
            near = nearest(own.source, sources)
            self.say(
                at,
                f"factor {own.id!r} "
                + (
                    f"names source {own.source!r}, which this file does not have" + (f"; {near}" if near else "")
                    if own.source
                    else "has no source"
                ),
                "Add it under sources with number, class and read.",
            )
            return
        row = sources[own.source]
        source = Source(
            own.source, row.number, row.title, row.publisher, row.issued or "", row.seen, row.grade, row.read, row.note
        )
        raw = form.FactorRow.model_validate({**own.model_dump(by_alias=True, exclude={"data"}), "license": own.license})
        made, problems = make_factor(raw, source, at, own=True)
        self.problems += problems + check_factor(made, self.items | {f.id for f in self.form.factors}, self.tables)
        if own.id in self.items:
            self.notes.append(f"{own.id}: the inventory's own factor stands in for the library's")
        self.factors[(made.id, made.region)] = made
        self.items.add(own.id)
        self.data_of[own.id] = (1.0 if own.data == "primary" else 0.0, None)

    def process(self, number: int, block: ProcessBlock, ids: set[str], properties: dict[str, float]) -> Process:
        at = ("processes", number)
        amount, unit = self.amount(block.makes, (*at, "makes"), f"process {block.id!r} makes")
        if amount == 0:
            self.say(
                (*at, "makes"),
                f"process {block.id!r} makes nothing",
                "Say how much one run makes, such as makes: 1 piece.",
            )
        region = block.region or self.form.place
        if block.footprint and (block.inputs or block.emits):
            self.say(
                (*at, "footprint"),
                f"process {block.id!r} has the supplier's footprint "
                f"{block.footprint!r} and inputs of its own: its burdens would "
                "count twice",
                "Keep the footprint, or the inputs.",
            )
        inputs = [self.input(block, i, (*at, "inputs", n), region, ids, properties) for n, i in enumerate(block.inputs)]
        for n, emission in enumerate(block.emits):
            place = (*at, "emits", n)
            if emission.flow not in self.tables.gases.flows:
                near = nearest(emission.flow, self.tables.gases.flows)
                self.say(
                    place,
                    f"no flow is called {emission.flow!r}" + (f"; {near}" if near else ""),
                    f"Known: {', '.join(self.tables.gases.flows)}",
                )
                continue
            kilograms, _ = self.amount(emission.amount, place, emission.flow, "kg")
            self.parameters(emission.per, place, properties)
            data = emission.data
            inputs.append(
                Input(
                    emission.flow,
                    region,
                    kilograms,
                    "kg",
                    emission.stage or block.stage,
                    self.at(place),
                    tuple(emission.per),
                    True,
                    data=data.kind if data else "",
                    ratings=tuple(sorted(data.ratings.items())) if data else (),
                    geometric_sd=emission.geometric_sd,
                )
            )
        if block.footprint:
            item = f"supplier.{block.footprint}"
            factor = self.factors.get((item, ""))
            if factor is None:
                self.say(
                    (*at, "footprint"),
                    f"no supplier is called {block.footprint!r}"
                    + (f"; {near}" if (near := nearest(block.footprint, self.suppliers)) else ""),
                    "Add it under suppliers.",
                )
            else:
                inputs.append(
                    Input(
                        item,
                        "",
                        amount * self.convert(unit, factor, (*at, "makes")),
                        factor.unit,
                        block.stage,
                        self.at((*at, "footprint")),
                        data="primary",
                    )
                )
        if not inputs:
            self.say(
                at,
                f"process {block.id!r} has no inputs and emits nothing",
                "Give inputs, emits or a footprint; an empty process would be free.",
            )
        co = tuple(self.co_product(c, (*at, "co_products", n)) for n, c in enumerate(block.co_products))
        shared = self.amount(block.shared_by, (*at, "shared_by"), "shared_by") if block.shared_by else None
        return Process(
            block.id, block.stage, region, amount or 1.0, unit, self.at(at), tuple(inputs), co, shared, block.price,
            block.site or self.form.plant,
        )  # fmt: skip

    def co_product(self, block: CoProductBlock, at: tuple[str | int, ...]) -> CoProduct:
        amount, unit = self.amount(block.amount, (*at, "amount"), f"co-product {block.id!r}")
        shared = self.amount(block.shared_by, (*at, "shared_by"), "shared_by") if block.shared_by else None
        if block.substitutes and block.substitutes not in self.items:
            near = nearest(block.substitutes, self.items)
            self.say((*at, "substitutes"), f"no item is called {block.substitutes!r}" + (f"; {near}" if near else ""))
        return CoProduct(block.id, amount, unit, shared, block.price, block.substitutes, block.region, self.at(at))

    def convert(self, unit: str, factor: Factor, at: tuple[str | int, ...]) -> float:
        try:
            return self.tables.units.factor(unit, factor.unit)
        except ValueError as error:
            self.say(at, f"{factor.id}: {error}")
            return 0.0

    def parameters(self, names: list[str], at: tuple[str | int, ...], properties: dict[str, float]) -> None:
        for name in names:
            if name not in properties:
                near = nearest(name, [*PROPERTIES, *properties])
                self.say(
                    at,
                    f"per: no parameter is called {name!r}" + (f"; {near}" if near else ""),
                    "State it in the product block, or under parameters with its because.",
                )

    def input(
        self,
        process: ProcessBlock,
        block: InputBlock,
        at: tuple[str | int, ...],
        region: str,
        ids: set[str],
        properties: dict[str, float],
    ) -> Input:
        """One input, its item known and its amount in the item's unit."""
        place = self.at(at)
        self.parameters(block.per, at, properties)
        where = block.region or region
        data = block.data
        if block.item in ids:
            made = next(p for p in self.form.processes if p.id == block.item)
            unit = (_AMOUNT.fullmatch(made.makes) or _AMOUNT.fullmatch("1 piece"))[2]  # type: ignore[index]
            amount, _ = self.amount(block.amount, (*at, "amount"), block.item, unit)
        else:
            item = block.item if not block.item.startswith("supplier:") else "supplier." + block.item[9:]
            factor = self.known(item, where, (*at, "item"))
            unit = factor.unit if factor else ""
            amount, unit = self.amount(block.amount, (*at, "amount"), block.item, unit)
            if factor and not block.region and (item, where) not in self.factors:
                where = where if factor.needs else ""
            block = block.model_copy(update={"item": item})
        if block.recycled:
            inventory_checks.recycled(self, block, at, where)
        if block.supply:
            if not block.item.startswith("electricity"):
                self.say((*at, "supply"), f"supply is said of electricity, not of {block.item!r}")
            if sum(s.share for s in block.supply) > 1 + 1e-12:
                self.say(
                    (*at, "supply"),
                    f"the shares of supply add up to {sum(s.share for s in block.supply):g}",
                    "They must not exceed 1.",
                )
            for n, supply in enumerate(block.supply):
                self.known(supply.item, supply.region or where, (*at, "supply", n))
        inventory_checks.overlaps(self, process, block, at)
        return Input(
            block.item,
            where,
            amount,
            unit,
            block.stage or process.stage,
            place,
            tuple(block.per),
            False,
            block.recycled,
            tuple(block.supply),
            block.leave_out,
            block.of,
            data.kind if data else "",
            tuple(sorted(data.ratings.items())) if data else (),
            block.geometric_sd,
            block.capital,
        )

    def known(self, item: str, region: str, at: tuple[str | int, ...]) -> Factor | None:
        """The factor of an item, or a problem naming the nearest."""
        found = self.factors.get((item, region)) or self.factors.get((item, ""))
        if found:
            return found
        places = sorted(r for i, r in self.factors if i == item)
        if places and item != "electricity":  # a factor measured elsewhere: allowed only when asked for by its region
            self.say(
                at,
                f"{item} is known for {', '.join(places)}, not for {region or 'no place'}",
                f"Write region: {places[0]} if that is where it comes from, or give a factor of your own.",
            )
        elif places:
            self.say(
                at,
                f"no electricity factor is known for {region or 'an input without a region'}",
                "Give its region as an ISO alpha-2 code, or a factor of your own.",
            )
        else:
            near = nearest(item, [*self.items, *(p.id for p in self.form.processes)], most=3)
            self.say(
                at, f"no item is called {item!r}" + (f"; {near}" if near else ""), "All items: carnet carbon items"
            )
        return None
