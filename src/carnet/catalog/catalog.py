"""The read library, ready to be asked: words, economies, what each market demands, who accepts what.

A market sees its own rows, those of every union it belongs to, and those every market inherits; each row remembers
the way it came. Nothing here decides anything and nothing reads the clock.
Reading order: open_catalog(), Catalog.requirements(), Catalog.chain(), Catalog.row().
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from ..condition import Condition, parse
from ..errors import Unheard, UnknownEconomy, nearest
from ..waist import Recognition, Requirement, Source, Step
from . import library, nouns

EVERYWHERE = "any"


def open_catalog(overlays: Sequence[Path] = (), cache: Path | None = None, base: Path | None = None) -> Catalog:
    """The built-in library (or `base`) with private libraries laid over it; raises BadData with every problem."""
    return Catalog(library.load([base or library.builtin(), *overlays], cache))


class Catalog:
    """One version of the library."""

    def __init__(self, compiled: dict[str, Any]) -> None:
        self._tables: dict[str, list[nouns.Row]] = compiled["tables"]
        self.digest: str = "sha256:" + compiled["digest"]
        self.files: dict[str, str] = compiled["files"]
        self._conditions: dict[str, Condition] = {}

    @property
    def version(self) -> str:
        """A short name of this version: the first digits of its digest."""
        return self.digest[7:19]

    def table(self, name: str) -> list[nouns.Row]:
        """The raw rows of one table: requirements, standards, signals, recognitions, effort, economy, union ..."""
        return self._tables.get(name, [])

    @cached_property
    def words(self) -> Any:
        """The vocabulary."""
        return nouns.vocabulary(self._tables)

    @cached_property
    def kinds(self) -> dict[str, nouns.Row]:
        return {r["id"]: r for r in self.table("kinds")}

    @cached_property
    def topics(self) -> dict[str, nouns.Row]:
        return {r["id"]: r for r in self.table("topics")}

    @cached_property
    def products(self) -> dict[str, nouns.Row]:
        return {r["id"]: r for r in self.table("products")}

    @cached_property
    def evidence_kinds(self) -> dict[str, nouns.Row]:
        return {r["id"]: r for r in self.table("evidence")}

    @cached_property
    def economies(self) -> dict[str, nouns.Row]:
        return {r["id"]: r for r in self.table("economy")}

    @cached_property
    def unions(self) -> dict[str, nouns.Row]:
        return {r["id"]: r for r in self.table("union")}

    @cached_property
    def last_seen(self) -> str:
        """The latest day on which somebody looked at any source: the day of knowledge when none is asked for."""
        days = [s["seen"] for rows in self._tables.values() for r in rows for s in r["_sources"].values() if s["seen"]]
        return max(days, default="1970-01-01")

    def market(self, code: str) -> nouns.Row:
        """The economy or union of that code; raises UnknownEconomy naming the nearest."""
        found = self.economies.get(code) or self.unions.get(code)
        if not found:
            places = [*self.economies.values(), *self.unions.values()]
            small = code.lower()
            meant = [p for p in places if small in (p["id"], p.get("alpha3", "").lower(), p["name"].lower())]
            near = nearest(code, [p["id"] for p in places])
            hint = f"; did you mean {meant[0]['id']!r} ({meant[0]['name']})?" if meant else f"; {near}" if near else "."
            raise UnknownEconomy(
                f"no economy of the code {code!r} is known{hint or '.'} All codes: carnet catalog list economies"
            )
        return found

    def name(self, code: str) -> str:
        """The name of a market on screen."""
        if code == EVERYWHERE:
            return "every market"
        found = self.economies.get(code) or self.unions.get(code)
        return found["name"] if found else code

    def chain(self, code: str) -> tuple[tuple[str, ...], ...]:
        """The places a market hears from, each with the way to it: its own folder, its unions, theirs, and `any`."""
        ways: list[tuple[str, ...]] = [(code,)]
        seen = {code}
        waiting: list[tuple[str, ...]] = [(code,)]
        while waiting:
            way = waiting.pop(0)
            here = way[-1]
            above = [m["union"] for m in self.economies[here]["member_of"]] if here in self.economies else []
            above += self.unions[here]["member_of"] if here in self.unions else []
            for union in above:
                if union not in seen:
                    seen.add(union)
                    ways.append((*way, union))
                    waiting.append((*way, union))
        return (*ways, (code, EVERYWHERE))

    def requirements(self, code: str) -> list[Requirement]:
        """What a market says on every topic, its own rows first, then what it inherits."""
        return [
            nouns.requirement(r, way[1:])
            for way in self.chain(code)
            for r in self._by_market("requirements").get(way[-1], [])
        ]

    def documents(self, code: str) -> list[tuple[nouns.Row, tuple[str, ...]]]:
        """The documents a market expects in a technical file, each with the unions it came through."""
        return [(r, way[1:]) for way in self.chain(code) for r in self._by_market("documents").get(way[-1], [])]

    def _by_market(self, table: str) -> dict[str, list[nouns.Row]]:
        kept: dict[str, dict[str, list[nouns.Row]]] = self.__dict__.setdefault("_grouped", {})
        if table not in kept:
            kept[table] = {}
            for row in self.table(table):
                kept[table].setdefault(row["_market"], []).append(row)
        return kept[table]

    @cached_property
    def recognitions(self) -> list[Recognition]:
        return [nouns.recognition(r) for r in self.table("recognitions")]

    @cached_property
    def steps(self) -> dict[str, Step]:
        return {r["id"]: nouns.step(r) for r in self.table("effort")}

    @cached_property
    def standards(self) -> dict[str, nouns.Row]:
        """Standards by their printed short form."""
        return {r["short"]: r for r in self.table("standards")}

    def newer(self, have: str, want: str) -> bool:
        """True when both are of one family and `have` is the later series."""
        a, b = self.standards.get(have), self.standards.get(want)
        if (
            not a
            or not b
            or not a["family"]
            or a["family"] != b["family"]
            or a["series"] is None
            or b["series"] is None
        ):
            return False
        return bool(a["series"] > b["series"])

    def speaks_to(self, have: str, wanted: Iterable[str]) -> bool:
        """True when a printed standard or approval is one of the wanted, or of the family of one."""
        family = self.standards.get(have, {}).get("family")
        return any(have == w or (family and self.standards.get(w, {}).get("family") == family) for w in wanted)

    def members(self, places: Iterable[str]) -> set[str]:
        """The economies meant by a list of codes and unions."""
        found: set[str] = set()
        for place in places:
            if place == EVERYWHERE:
                found |= set(self.economies)
            elif place in self.unions:
                found |= {code for code in self.economies if any(way[-1] == place for way in self.chain(code))} | {
                    place
                }
            elif place in self.economies:
                found.add(place)
        return found

    def not_bound(self, code: str, union: str, standard: str) -> bool:
        """True when a member declared that it is not bound by that text of the union."""
        for member in self.economies.get(code, {}).get("member_of", []):
            if member["union"] == union:
                refused = member["not_bound_by"]
                return refused == "all" or any(standard == r or standard.startswith(r + ".") for r in refused)
        return False

    def condition(self, text: str) -> Condition:
        """A parsed condition; the same text is parsed once."""
        if text not in self._conditions:
            self._conditions[text] = parse(text, self.words)
        return self._conditions[text]

    def row(self, id: str) -> tuple[str, nouns.Row]:
        """(table, row) of any id or printed standard; raises Unheard naming the nearest."""
        tables = (
            "requirements",
            "standards",
            "signals",
            "recognitions",
            "effort",
            "ladder",
            "documents",
            "economy",
            "union",
            "topics",
            "facts",
            "products",
        )
        for table in tables:
            for row in self.table(table):
                if row["id"] == id or row.get("short") == id:
                    return table, row
        known = [r["id"] for t in tables for r in self.table(t)] + list(self.standards)
        near = nearest(id, known, most=3)
        raise Unheard(
            f"nothing in the library is called {id!r}"
            + (f"; {near}" if near else "")
            + " Search: carnet catalog search WORDS"
        )

    def source(self, row: nouns.Row, name: str = "") -> Source:
        """The source of a row."""
        return nouns.source(row, name or row.get("source", ""))
