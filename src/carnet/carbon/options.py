"""What a maker could change: options of an inventory file, put on it one by one or together.

    options:
      - id: hydro-smelter
        kind: supplier
        cost: 12.50 EUR           # per declared unit; null when nobody has priced it
        changes: [{process: pack, input: aluminum.smelting, region: is}]

An option rewrites blocks of the file as a person would, and the file is read again: what a reader refuses, an option
cannot do. Two options that write the same thing exclude each other.
Reading order: Option, Workshop, Scorer. Costs are decimal money per declared unit, values are in the method's unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import numpy as np

from .. import reading
from ..errors import BadInput, Problem, nearest
from ..waist import Place
from .background import Node, build
from .blocks import ChangeBlock, InventoryForm, OptionBlock
from .footprint import divisor_of, exempt, within
from .inventory import Inventory
from .inventory_reader import read_shaped
from .nouns import Method
from .tables import Tables
from .terms import opened

MONEY = re.compile(r"(-?\d+(?:\.\d+)?) ([A-Z]{3})")
Written = tuple[int, int, str]  # process, input (-1 is the process itself), field


@dataclass(frozen=True, slots=True)
class Option:
    """One option, its cost read and what it writes known.

    local  it changes only what is bought, or where a process runs: how often processes run stays as it is
    """

    block: OptionBlock
    place: Place
    cost: Decimal | None
    currency: str
    writes: frozenset[Written]
    targets: tuple[tuple[int, int], ...]  # of every change: process and input, -1 for the process itself
    local: bool

    @property
    def id(self) -> str:
        return self.block.id


@dataclass(slots=True)
class Workshop:
    """An inventory file and its options; `made` gives the inventory with some of them put on."""

    document: reading.Document
    path: Path
    tables: Tables
    on: str
    base: Inventory
    options: list[Option] = field(default_factory=list)
    conflicts: set[tuple[int, int]] = field(default_factory=set)
    _made: dict[tuple[int, ...], Inventory] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        return next((o.currency for o in self.options if o.currency), "")

    def made(self, chosen: Iterable[int]) -> Inventory:
        """The inventory with these options put on, read as if it were written so."""
        key = tuple(sorted(chosen))
        if not key:
            return self.base
        if key not in self._made:
            shaped = self.base.form.model_copy(deep=True, update={"sheet": ""})
            for n in key:
                for change, (process, number) in zip(
                    self.options[n].block.changes, self.options[n].targets, strict=True
                ):
                    _put_on(shaped, change, process, number)
            try:
                self._made[key] = read_shaped(self.document, shaped, self.tables, self.path, self.on)
            except BadInput as error:
                names = " with ".join(repr(self.options[n].id) for n in key)
                told = [Problem(p.place, f"option {names}: {p.says}", p.hint) for p in error.problems]
                raise BadInput(told) from None
        return self._made[key]


def open_workshop(path: Path, base: Inventory, tables: Tables, on: str = "") -> Workshop:
    """The options of an inventory that was read from `path`; raises BadInput with every problem of them."""
    document = reading.read(path, base.file)
    shop = Workshop(document, path, tables, on, base)
    problems: list[Problem] = []
    for number, block in enumerate(base.form.options):
        shop.options.append(_option(block, number, base.form, document, problems))
    ids = [o.id for o in shop.options]
    for number, option in enumerate(shop.options):
        if option.id in ids[:number]:
            problems.append(Problem(option.place, f"option {option.id!r} stands twice", "Give each a name of its own."))
        for name in option.block.excludes:
            if name not in ids:
                near = nearest(name, ids)
                problems.append(
                    Problem(option.place, f"excludes: no option is called {name!r}" + (f"; {near}" if near else ""))
                )
    currencies = sorted({o.currency for o in shop.options if o.currency})
    if len(currencies) > 1:
        problems.append(
            Problem(
                document.at(("options",)),
                f"costs are given in {' and '.join(currencies)}, which cannot be added",
                "Give all costs in one currency.",
            )
        )
    if problems:
        raise BadInput(problems)
    for i, first in enumerate(shop.options):
        for j in range(i + 1, len(shop.options)):
            second = shop.options[j]
            if first.writes & second.writes or second.id in first.block.excludes or first.id in second.block.excludes:
                shop.conflicts.add((i, j))
    return shop


def _option(
    block: OptionBlock, number: int, shaped: InventoryForm, document: reading.Document, problems: list[Problem]
) -> Option:
    """A block -> an Option, its names looked up."""
    place = document.at(("options", number))
    ids = [p.id for p in shaped.processes]
    writes: set[Written] = set()
    targets: list[tuple[int, int]] = []
    local = True
    for change in block.changes:
        try:
            target = _target(shaped, change)
        except LookupError as error:
            problems.append(Problem(place, f"option {block.id!r}: {error.args[0]}"))
            continue
        fields = _fields(change)
        if not fields and not change.adds:
            problems.append(Problem(place, f"option {block.id!r}: a change of {change.process!r} that changes nothing"))
        targets.append(target)
        writes |= {(*target, f) for f in fields}
        local &= change.item not in ids and change.input not in ids
        local &= not any(new.item in ids for new in change.adds)
    cost, currency = None, ""
    if block.cost is not None:
        match = MONEY.fullmatch(block.cost)
        if match:
            cost, currency = Decimal(match[1]), match[2]
        else:
            problems.append(
                Problem(
                    place,
                    f"option {block.id!r}: {block.cost!r} is not an amount of money",
                    "Write 12.50 EUR per declared unit, or null when nobody has priced it.",
                )
            )
    return Option(block, place, cost, currency, frozenset(writes), tuple(targets), local)


def _fields(change: ChangeBlock) -> list[str]:
    named = [f for f in ("item", "region", "amount") if getattr(change, f)]
    return named + [f for f in ("supply", "recycled") if getattr(change, f) is not None]


def _target(shaped: InventoryForm, change: ChangeBlock) -> tuple[int, int]:
    """(the process, the input that is meant, -1 for itself); raises LookupError with a sentence."""
    ids = [p.id for p in shaped.processes]
    if change.process not in ids:
        near = nearest(change.process, ids)
        raise LookupError(f"no process is called {change.process!r}" + (f"; {near}" if near else ""))
    at = ids.index(change.process)
    if not change.input:
        wrong = [f for f in _fields(change) if f != "region"]
        if wrong:
            raise LookupError(f"{', '.join(wrong)} belongs to an input; name the input of {change.process!r}")
        return at, -1
    process = shaped.processes[at]
    names = [i.item for i in process.inputs]
    found = [
        n
        for n, i in enumerate(process.inputs)
        if i.item == change.input and (not change.stage or (i.stage or process.stage) == change.stage)
    ]
    if not found:
        near = nearest(change.input, names)
        raise LookupError(f"{change.process!r} has no input {change.input!r}" + (f"; {near}" if near else ""))
    if len(found) > 1:
        raise LookupError(f"{change.process!r} has {len(found)} inputs {change.input!r}; say which stage")
    return at, found[0]


def _put_on(shaped: InventoryForm, change: ChangeBlock, process: int, number: int) -> None:
    """Write one change into a form. Inputs are found by number: another option may have renamed them."""
    block = shaped.processes[process]
    new = {f: getattr(change, f) for f in _fields(change)}
    if number < 0:
        shaped.processes[process] = block = block.model_copy(update=new)
    else:
        block.inputs[number] = block.inputs[number].model_copy(update=new)
    block.inputs.extend(added.model_copy(deep=True) for added in change.adds)


class Scorer:
    """The value of an inventory under one method, again and again: a background is solved once for all variants."""

    def __init__(self, method: Method, base: Inventory, tables: Tables) -> None:
        self.method, self.tables = method, tables
        self.weights = np.array(tables.gases.weights(method.form.gwp, method.form.origins))
        self.flows = {name: i for i, name in enumerate(tables.gases.flows)}
        self.known: dict[Node, float] = {}
        self.limited = any(i.leave_out for p in base.processes for i in p.inputs)

    def value(self, inventory: Inventory) -> float:
        """As `footprint(...).value`, from intensities of the background kept between calls."""
        terms, _ = opened(inventory, self.method, self.tables)
        wanted = [t.node for t in terms if not t.flow and t.node not in self.known]
        if wanted:
            order = list(self.method.form.electricity.factors)
            background = build(inventory, wanted, order, self.tables.gases, self.tables.units)
            found = background.system.intensities(self.weights)
            self.known |= {node: float(found[n]) for node, n in background.index.items()}
        each = np.array(
            [t.amount * (self.weights[self.flows[t.node[0]]] if t.flow else self.known[t.node]) for t in terms]
        )
        counted = np.array([within(t, self.method) for t in terms], dtype=np.float64)
        left, _, _ = exempt(terms, each * counted, counted, self.method)
        counted[left] = 0.0
        return float(each @ counted) / divisor_of(inventory, self.method, self.tables)


def independent(options: Sequence[Option], i: int, j: int) -> bool:
    """True when two options cannot change each other's effect.

    While processes run as often as before, a term changes only with its own input and with the place of its process.
    """
    first, second = options[i], options[j]
    if not (first.local and second.local):
        return False
    a, b = set(first.targets), set(second.targets)
    if {p for p, _ in a}.isdisjoint({p for p, _ in b}):
        return True
    return a.isdisjoint(b) and not any(number < 0 for _, number in a | b)
