"""What is said of every lane, fact by fact: distinct values and, per lane, which of them it has.

A test is asked once per distinct value, by the same words as in the interpreter, and then looked up for every lane.
Amounts and numbers are kept in the order of their size, so that a comparison is one comparison of ranks and exact.
Units: amounts in the base unit of their dimension.
Reading order: Column, column(), truth(), against().
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from ...condition import UNKNOWN, Test, evaluate
from ...waist import Quantity
from ...words import Vocabulary
from .bits import Array

RANKED = ("quantity", "whole", "number", "year")
ORDER = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(slots=True)
class Column:
    """values  the distinct values; codes  (n,) int32, which value a lane has, -1 when nobody has said

    sizes  of amounts and numbers: the values' sizes, ascending, so that codes are ranks
    """

    values: list[Any]
    codes: Array
    sizes: list[Decimal] | None = None

    def at(self, lanes: Array) -> Column:
        """The same for some of the lanes."""
        return Column(self.values, self.codes[lanes], self.sizes)


@dataclass(slots=True)
class Numbers:
    """A column that comes as bare numbers in the base unit, NaN where nobody has said: for generated instances."""

    amounts: Array

    def at(self, lanes: Array) -> Numbers:
        return Numbers(self.amounts[lanes])


def column(name: str, values: Sequence[Any], codes: Array, words: Vocabulary) -> Column:
    """Distinct values and codes as read -> a column; values that say the same become one."""
    if words.word(name).type not in RANKED:
        return Column(list(values), codes.astype(np.int32, copy=False))
    sizes = [size(v, words) for v in values]
    ranks = {s: rank for rank, s in enumerate(sorted(set(sizes)))}
    new = np.array([ranks[s] for s in sizes] + [-1], np.int32)
    first = dict(zip(reversed(sizes), reversed(list(values)), strict=True))
    return Column([first[s] for s in ranks], new[codes], list(ranks))


def column_of(name: str, said: Sequence[Any], words: Vocabulary) -> Column:
    """One value per lane (UNKNOWN where nobody has said) -> a column."""
    known: dict[Hashable, int] = {}
    values: list[Any] = []
    codes = np.full(len(said), -1, np.int32)
    for lane, value in enumerate(said):
        if value is not UNKNOWN:
            key = (type(value), value)
            if key not in known:
                known[key] = len(values)
                values.append(value)
            codes[lane] = known[key]
    return column(name, values, codes, words)


def size(value: Any, words: Vocabulary) -> Decimal:
    """The size of an amount or number."""
    return words.units.base(value) if isinstance(value, Quantity) else Decimal(value)


def truth(test: Test, held: Column | Numbers, words: Vocabulary) -> tuple[Array, Array]:
    """(known true, known false) of a test on one fact, each (n,) bool."""
    if isinstance(held, Numbers):
        return _bare(test, held.amounts, words)
    codes = held.codes
    if test.op == "known":
        return _known(test, held, words)
    if held.sizes is not None and test.op in ORDER:
        return _ranked(test.op, size(test.value, words), held.sizes, codes)
    if held.sizes is not None and test.op == "in":
        hits = [_ranked("==", size(v, words), held.sizes, codes)[0] for v in test.value]
        yes = np.logical_or.reduce(hits)
        return yes, (codes >= 0) & ~yes
    table = [evaluate(test, {test.fact: value}.get, words).truth for value in held.values]
    return _looked_up(table, codes)


def against(test: Test, left: Column | Numbers, right: Column | Numbers, words: Vocabulary) -> tuple[Array, Array]:
    """The truth of a test that compares two facts, asked once per distinct pair of values."""
    if isinstance(left, Numbers) or isinstance(right, Numbers):
        a, b = (c.amounts if isinstance(c, Numbers) else _amounts(c) for c in (left, right))
        known = ~(np.isnan(a) | np.isnan(b))
        yes = known & _compare(test.op, a, b)
        return yes, known & ~yes
    width = len(right.values)
    both = (left.codes >= 0) & (right.codes >= 0)
    pairs, codes = np.unique(np.where(both, left.codes.astype(np.int64) * width + right.codes, -1), return_inverse=True)
    table: list[bool | None] = []
    for pair in pairs.tolist():
        said = {} if pair < 0 else {test.fact: left.values[pair // width], test.value.name: right.values[pair % width]}
        table.append(evaluate(test, said.get, words).truth)
    return _looked_up(table, codes.astype(np.int32))


def _known(test: Test, held: Column, words: Vocabulary) -> tuple[Array, Array]:
    table = np.array([bool(evaluate(test, {test.fact: v}.get, words).truth) for v in held.values] + [False])
    yes = table[held.codes]
    return yes, ~yes


def _looked_up(table: Sequence[bool | None], codes: Array) -> tuple[Array, Array]:
    yes = np.array([t is True for t in table] + [False])
    no = np.array([t is False for t in table] + [False])
    return yes[codes], no[codes]


def _ranked(op: str, wanted: Decimal, sizes: list[Decimal], codes: Array) -> tuple[Array, Array]:
    """A comparison of sizes as a comparison of ranks."""
    low, high = bisect_left(sizes, wanted), bisect_right(sizes, wanted)
    known = codes >= 0
    if op in ("<", ">="):
        less = codes < low
        yes, no = known & less, codes >= low
        return (yes, no) if op == "<" else (no, yes)
    if op in ("<=", ">"):
        at_most = codes < high
        yes, no = known & at_most, codes >= high
        return (yes, no) if op == "<=" else (no, yes)
    same = (codes >= low) & (codes < high)
    other = known & ~same
    return (same, other) if op == "==" else (other, same)


def _bare(test: Test, amounts: Array, words: Vocabulary) -> tuple[Array, Array]:
    known = ~np.isnan(amounts)
    if test.op == "known":
        return known, ~known
    if test.op in ORDER:
        yes = _compare(test.op, amounts, float(size(test.value, words))) & known
    else:
        yes = np.isin(amounts, [float(size(v, words)) for v in test.value])
    return yes, known & ~yes


def _amounts(held: Column) -> Array:
    sizes = np.array([*map(float, held.sizes or ()), np.nan])
    return sizes[held.codes]


def _compare(op: str, a: Any, b: Any) -> Array:
    by = {"==": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater}
    found: Array = by.get(op, np.greater_equal)(a, b)
    return found
