"""One footprint as words: who, which product, how much of what, by when, how good.

`words` holds canonical values: numbers as Decimal, times and texts as str, lists as tuple, ratings from 1 (best) to
5. What the format's table does not know is listed in `kept`; the document itself stays in `source`, so that writing
the same format again changes only the words that changed.
Reading order: Paper, read_footprint(), recognized(), read(), write().
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ...errors import BadInput
from .. import form
from .paths import get, leaves, put
from .values import number, taken, told

__all__ = ["Paper", "Unreadable", "load", "number", "read", "read_footprint", "recognized", "unwritten", "write"]

MOST_BYTES, MOST_DEPTH = 16 * 1024 * 1024, 60
# Flows of the tables that the parts of a paper stand for.
FLOW_OF = {
    "fossil": "co2e",
    "land_use": "co2e_luc",
    "land_management": "co2e_biogenic",
    "biogenic_other": "co2e",
    "aircraft": "co2e_aircraft",
}


class Unreadable(BadInput):
    """A file that is no footprint in a known format, or a broken one."""


@dataclass(slots=True)
class Paper:
    """A footprint as words; `format` is the table it was read by."""

    format: str
    words: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    source: Any = None
    came: dict[str, Any] = field(default_factory=dict)

    def text(self, key: str) -> str:
        return str(self.words.get(key, ""))

    @property
    def schema(self) -> str:
        return self.format

    @property
    def id(self) -> str:
        return self.text("id")

    @property
    def company(self) -> str:
        return self.text("company")

    @property
    def product(self) -> str:
        return self.text("product")

    @property
    def created(self) -> str:
        return self.text("created")

    @property
    def valid_until(self) -> str:
        return self.text("valid_until")

    @property
    def unit(self) -> str:
        return self.text("unit")

    @property
    def amount(self) -> float:
        """How many units the figures are for."""
        return float(self.words.get("amount", 1))

    @property
    def gwp_sets(self) -> tuple[str, ...]:
        return tuple(self.words.get("gwp_sets", ()))

    @property
    def flows(self) -> dict[str, float]:
        """kgCO2e by flow; what the parts leave of the total counts as fossil, so that the total is kept."""
        found: dict[str, float] = {}
        for key, flow in FLOW_OF.items():
            if key in self.words:
                found[flow] = found.get(flow, 0.0) + float(self.words[key])
        total = self.words.get("total_excluding")
        if total is not None:
            found["co2e"] = found.get("co2e", 0.0) + float(total) - sum(found.values())
        return found

    @property
    def primary_share(self) -> float | None:
        """0 to 1."""
        share = self.words.get("primary_share")
        return float(share) / 100 if share is not None else None

    @property
    def rating_of_five(self) -> float | None:
        """Mean rating, 1 (best) to 5."""
        ratings = [float(v) for k, v in self.words.items() if k.startswith("rating_")]
        return sum(ratings) / len(ratings) if ratings else None


def read_footprint(path: Path, formats: Mapping[str, form.ExchangeFile]) -> Paper:
    """A JSON file in any known format; raises Unreadable with a sentence."""
    document = load(path)
    return read(document, recognized(document, formats))


def load(path: Path) -> Any:
    """A JSON file with its numbers as Decimal; raises Unreadable for what is too large, too deep or no JSON."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unreadable(f"has {path.stat().st_size:,} bytes; at most {MOST_BYTES:,} are read")
        document = json.loads(path.read_bytes().decode("utf-8-sig"), parse_float=Decimal, parse_int=Decimal)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unreadable(f"is not JSON: {str(error)[:80]}") from None
    level: list[Any] = [document] if isinstance(document, (dict, list)) else []
    for _ in range(MOST_DEPTH):
        level = [
            v for one in level for v in (one.values() if isinstance(one, dict) else one) if isinstance(v, (dict, list))
        ]
        if not level:
            return document
    raise Unreadable(f"nests deeper than {MOST_DEPTH} levels")


def recognized(document: Any, formats: Mapping[str, form.ExchangeFile]) -> form.ExchangeFile:
    """The format of a document by the marks of the tables; raises Unreadable naming the known ones."""
    for table in formats.values():
        for mark in table.recognized_by:
            value = get(document, mark.path)
            if value is not None and (not mark.starts or str(value).startswith(mark.starts)):
                return table
    raise Unreadable(f"is no footprint in a known format. Known: {', '.join(sorted(formats))}")


def read(document: Any, table: form.ExchangeFile) -> Paper:
    """A document -> its words; raises Unreadable naming the field that is missing or no number."""
    if table.rows:
        from .passport import read_rows

        return read_rows(document, table)
    paper = Paper(table.exchange, source=document)
    known = {f.path for f in table.fields} | {f.path for f in table.fixed}
    problems = []
    for row in table.fields:
        value = get(document, row.path)
        if value is None:
            continue
        try:
            paper.words[row.key] = taken(value, row, table)
        except (ValueError, InvalidOperation) as error:
            problems.append(f"{row.path}: {error}")
    needed = ("unit", "amount") if "fossil" in paper.words else ("unit", "amount", "total_excluding")
    for key in needed:  # the oldest documents state the fossil part and no total
        if key not in paper.words and not problems:
            problems.append(f"{next(f.path for f in table.fields if f.key == key)} is missing")
    if not problems and paper.amount <= 0:
        problems.append(f"the declared amount is {paper.amount:g}; it must be above zero")
    if problems:
        raise Unreadable("; ".join(problems[:5]))
    paper.came = dict(paper.words)
    paper.kept = {
        leaf: get(document, leaf)
        for leaf in leaves(document)
        if leaf not in known and leaf.replace("[]", "[*]") not in known and leaf.replace("[*]", "[]") not in known
    }
    return paper


def write(paper: Paper, table: form.ExchangeFile) -> dict[str, Any]:
    """Words -> a document; raises BadInput naming every word the format needs and the paper does not have.

    A paper that was read in this very format is written as it came, but for words that changed since.
    """
    same = paper.format == table.exchange and paper.source is not None
    refused = unwritten(paper, table)
    words = {k: v for k, v in paper.words.items() if k not in refused}
    for row in () if same else table.fields:
        if row.default is not None and not words.get(row.key):
            words[row.key] = tuple(row.default) if isinstance(row.default, list) else row.default
    missing = [] if same else [key for key in table.needs if words.get(key) in (None, "", ())]
    if missing:
        why = [refused[key] for key in missing if key in refused]
        raise BadInput(
            f"{table.exchange} needs {', '.join(missing)}, which "
            + (f"cannot be written: {'; '.join(why)}." if len(why) == len(missing) else "nobody ")
            + (
                ""
                if len(why) == len(missing)
                else "stated. State them in the inventory (product, company, period ...)."
            )
        )
    document: dict[str, Any] = _plain(paper.source) if same else {}
    for fixed in () if same else table.fixed:
        put(document, fixed.path, copy.deepcopy(fixed.value))
    ratings = [r.key for r in table.fields if r.type.startswith("rating")]
    whole = all(key in words for key in ratings)  # a rating block is written whole or not at all
    for row in table.fields:
        value = words.get(row.key)
        if same and value == paper.came.get(row.key):
            continue  # as it came: the document already says so, in its own way
        if value in (None, "", ()) or ((row.key in ratings or row.key == "coverage") and not whole):
            continue
        put(document, row.path, told(value, row, table))
    return document


def unwritten(paper: Paper, table: form.ExchangeFile) -> dict[str, str]:
    """Words the format has a place for but may not take as they are, each with why."""
    found = {}
    for row in table.fields:
        value = paper.words.get(row.key)
        if value is not None and value in row.never:
            found[row.key] = f"{table.exchange} has no word for {value}"
        elif value is not None and paper.format != table.exchange and row.beyond(value):
            found[row.key] = f"{table.exchange} takes {row.key} {row.beyond(value)}, not {value}"
        elif row.pattern and value and paper.format != table.exchange:
            strange = [
                v for v in (value if isinstance(value, tuple) else (str(value),)) if not re.match(row.pattern, v)
            ]
            if strange:
                found[row.key] = f"{table.exchange} takes no {row.key} like {strange[0]!r}"
    for group in table.whole:
        lacking = [key for key in group.needs if paper.words.get(key) in (None, "", ())]
        if lacking and paper.format != table.exchange:
            for key in group.keys:
                if paper.words.get(key) not in (None, "", ()):
                    found[key] = f"{table.exchange} takes it only with {', '.join(lacking)}, which nobody stated"
    stated = [key for key in table.only_one_of if paper.words.get(key) and key not in found]
    for key in stated[1:]:
        found[key] = f"{table.exchange} takes only one of {', '.join(table.only_one_of)}"
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value
