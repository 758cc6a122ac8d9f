"""Check the library as a whole: every name meets its row, every reference its target, every rule its proof.

Shapes were checked file by file; here the rows meet. A problem names the row's place and the nearest right thing.
Examples are run by `review.examples`, which knows how to judge; here it is only seen that they are there.
Reading order: cross_check(), then one function per table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from .. import condition
from ..errors import Problem, nearest
from ..waist import Place
from ..words import Vocabulary
from . import ladder
from .nouns import vocabulary

Tables = dict[str, list[dict[str, Any]]]


def cross_check(tables: Tables) -> list[Problem]:
    """Every problem between the rows of a library."""
    if unsound := [*_units(tables)]:
        return unsound
    words = vocabulary(tables)
    seen = _Seen(tables)
    problems = [*_duplicates(tables), *_unions(tables, seen)]
    for row in tables.get("requirements", []):
        problems += _requirement(row, seen, words)
    for row in tables.get("documents", []):
        problems += [
            *_sources(row),
            *seen.kinds(row, [row["about"]]),
            *_condition(row, "applies", words),
            *seen.evidence(row, [row["kind"]]),
        ]
    for row in tables.get("recognitions", []):
        problems += _recognition(row, seen, words)
    for row in tables.get("standards", []):
        problems += [
            *_sources(row),
            *_status(row, seen),
            *seen.topics(row, [row["topic"]]),
            *_facts(row, "sensitive_to", words),
        ]
    for row in tables.get("effort", []):
        problems += [*_sources(row), *seen.kinds(row, _list(row["about"])), *_money(row)]
    for row in tables.get("signals", []):
        touches = row["touches"]
        problems += [*_sources(row), *seen.kinds(row, touches["about"]), *seen.topics(row, touches["topics"])]
        problems += [*seen.places(row, touches["markets"] + touches["unions"]), *seen.efforts(row)]
    for row in tables.get("ladder", []):
        problems += [*_sources(row), *seen.places(row, [row["market"]])]
    problems += ladder.problems(tables)
    for row in tables.get("economy", []):
        problems += [p for m in row["member_of"] for p in [*_source(row, m["source"]), *seen.places(row, [m["union"]])]]
        problems += [p for fact in row["facts"].values() for p in _source(row, fact["source"])]
    return problems


def _place(row: dict[str, Any]) -> Place:
    return Place(*row["_at"])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _say(row: dict[str, Any], text: str, hint: str = "") -> Problem:
    return Problem(_place(row), f"{row['id']}: {text}", hint)


class _Seen:
    """The ids of every table, to check references against."""

    def __init__(self, tables: Tables) -> None:
        self._kinds = {r["id"] for r in tables.get("kinds", [])} | {"pair"}
        self._topics = {r["id"] for r in tables.get("topics", [])}
        self._evidence = {r["id"] for r in tables.get("evidence", [])}
        self._effort = {r["id"] for r in tables.get("effort", [])}
        self._places = (
            {r["id"] for r in tables.get("economy", [])} | {r["id"] for r in tables.get("union", [])} | {"any"}
        )
        texts = ("requirements", "standards", "signals", "recognitions")
        self.texts = {r["id"] for t in texts for r in tables.get(t, [])} | {
            r["short"] for r in tables.get("standards", [])
        }

    def _among(self, row: dict[str, Any], names: list[str], known: set[str], what: str) -> Iterator[Problem]:
        for name in names:
            if name not in known:
                near = nearest(name, known)
                yield _say(
                    row,
                    f"no {what} is called {name!r}" + (f"; {near}" if near else ""),
                    f"Known: {', '.join(sorted(known)[:40])}",
                )

    def kinds(self, row: dict[str, Any], names: list[str]) -> Iterator[Problem]:
        return self._among(row, names, self._kinds, "kind of subject")

    def topics(self, row: dict[str, Any], names: list[str]) -> Iterator[Problem]:
        return self._among(row, names, self._topics, "topic")

    def evidence(self, row: dict[str, Any], names: list[str]) -> Iterator[Problem]:
        return self._among(row, names, self._evidence, "kind of evidence")

    def efforts(self, row: dict[str, Any]) -> Iterator[Problem]:
        return self._among(row, row["effort"], self._effort, "effort row")

    def places(self, row: dict[str, Any], names: list[str]) -> Iterator[Problem]:
        return self._among(row, names, self._places, "economy or union")


def _units(tables: Tables) -> Iterator[Problem]:
    """Units that cannot be computed with, and facts in units nobody defined: without them no condition can be read."""
    for row in tables.get("units", []):
        factor, offset = _decimal(row["factor"]), _decimal(row["offset"])
        if factor is None or offset is None or factor <= 0:
            yield _say(row, 'factor and offset are decimal text, such as "1000"; factor is above zero')
    names = [row["id"] for row in tables.get("units", [])]
    for row in tables.get("facts", []):
        if row["unit"] and row["unit"] not in names:
            near = nearest(row["unit"], names)
            yield _say(row, f"no unit is called {row['unit']!r}" + (f"; {near}" if near else ""))


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _duplicates(tables: Tables) -> Iterator[Problem]:
    for name, rows in tables.items():
        first: dict[str, dict[str, Any]] = {}
        for row in rows:
            if row["id"] in first and row.get("_root") == first[row["id"]].get("_root"):
                yield _say(
                    row, f"this id stands twice in {name}, first at {_place(first[row['id']])}", "Rename one of them."
                )
            first.setdefault(row["id"], row)


def _unions(tables: Tables, seen: _Seen) -> Iterator[Problem]:
    above = {r["id"]: r["member_of"] for r in tables.get("union", [])}
    for row in tables.get("union", []):
        yield from seen.places(row, row["member_of"])
    rows = {row["id"]: row for row in tables.get("union", [])}
    for way in circles(above):
        yield _say(rows[way[0]], f"inherits from itself: {' -> '.join(way)}", "Remove one of these memberships.")
    for row in tables.get("requirements", []):
        if row["_market"] not in seen._places:
            yield _say(
                row,
                f"stands in the folder of {row['_market']!r}, which is no economy or union",
                "Add data/economies/ or union.yaml first.",
            )


def circles(above: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Every way that comes back to where it began, as [a, b, a]; each once, and no recursion, so depth does no harm."""
    done: set[str] = set()
    for start in above:
        if start in done:
            continue
        trail, here, ways = [start], {start}, [iter(above[start])]
        while ways:
            step = next(ways[-1], None)
            if step is None:
                done.add(trail[-1])
                here.discard(trail.pop())
                ways.pop()
            elif step in here:
                yield [*trail[trail.index(step) :], step]
            elif step in above and step not in done:
                trail.append(step)
                here.add(step)
                ways.append(iter(above[step]))


def _sources(row: dict[str, Any]) -> Iterator[Problem]:
    return _source(row, row.get("source", ""))


def _source(row: dict[str, Any], name: str) -> Iterator[Problem]:
    if not name:
        yield _say(
            row,
            "has no source",
            "Every row says where it comes from; what is remembered has class none and read remembered.",
        )
    elif name not in row["_sources"]:
        near = nearest(name, row["_sources"])
        yield _say(row, f"no source of this file is called {name!r}" + (f"; {near}" if near else ""))
    else:
        source = row["_sources"][name]
        if source["read"] != "remembered" and not source["seen"]:
            yield _say(row, f"source {name!r} was read but has no day seen", "Add seen: the day somebody looked.")
        if source["read"] == "remembered" and source["seen"]:
            yield _say(row, f"source {name!r} is remembered but has a day seen", "Remove seen, or say how it was read.")


def _condition(row: dict[str, Any], key: str, words: Vocabulary) -> Iterator[Problem]:
    if row.get(key):
        try:
            condition.parse(row[key], words)
        except ValueError as error:
            yield _say(row, f"{key}: {error}")


def _facts(row: dict[str, Any], key: str, words: Vocabulary) -> Iterator[Problem]:
    for name in row[key]:
        try:
            words.word(name)
        except ValueError as error:
            yield _say(row, f"{key}: {error}")


def _status(row: dict[str, Any], seen: _Seen) -> Iterator[Problem]:
    for step in row["status"]:
        if step["source"]:
            yield from _source(row, step["source"])
        if isinstance(step["from"], dict) and step["from"]["after"] not in seen.texts:
            near = nearest(step["from"]["after"], seen.texts)
            yield _say(
                row,
                f"status waits for {step['from']['after']!r}, which is no known text" + (f"; {near}" if near else ""),
            )


def _requirement(row: dict[str, Any], seen: _Seen, words: Vocabulary) -> Iterator[Problem]:
    if row["demands"] or row["status"]:
        yield from _sources(row)
    yield from _status(row, seen)
    yield from seen.kinds(row, _list(row["about"]))
    yield from seen.topics(row, [row["topic"]])
    yield from seen.evidence(row, row["evidence"] + row["documents"])
    yield from seen.places(row, row["granted_in"])
    yield from seen.efforts(row)
    yield from _condition(row, "applies", words)
    yield from _condition(row, "demands", words)
    if not row["demands"] and not row["asks"]:
        yield _say(row, "demands nothing and asks nothing", "Give demands: a condition, or asks: a question.")
    if row["demands"] and not row["force"]:
        yield _say(row, "demands something but has no force", "Say mandatory, voluntary or contractual.")
    if row["demands"] and not row["status"]:
        yield _say(
            row,
            "demands something but has no status",
            'Give status: [{from: "2026-07-01", standing: in_force, source: s1}].',
        )
    thens = {e["then"] for e in row["examples"]}
    if row["demands"] and not ({"met", "residual", "undecided"} & thens and {"unmet", "unproven"} & thens):
        yield _say(
            row,
            "needs an example that meets it and one that does not",
            "A rule without proof is unfinished; see style of examples in docs/add-a-market.md.",
        )
    for example in row["examples"]:
        for name, raw in example["given"].items():
            try:
                words.value(name, raw)
            except ValueError as error:
                yield _say(row, f"example {example['says']!r}: {error}")


def _recognition(row: dict[str, Any], seen: _Seen, words: Vocabulary) -> Iterator[Problem]:
    yield from _sources(row)
    yield from _status(row, seen)
    yield from seen.places(row, row["accepted_in"] + row["accepts"]["issued_in"])
    yield from seen.evidence(row, row["accepts"]["kinds"] + row["as_kinds"])
    yield from _condition(row, "when", words)


def _money(row: dict[str, Any]) -> Iterator[Problem]:
    low, high = _decimal(row["cost"]["low"]), _decimal(row["cost"]["high"])
    if low is None or high is None:
        yield _say(row, 'cost must be decimal text, such as low: "15000"')
        return
    if not 0 <= low <= high:
        yield _say(row, f"cost runs from {low} to {high}", "low must not exceed high, nor be negative.")
    if not 0 <= row["weeks"]["low"] <= row["weeks"]["high"]:
        yield _say(
            row,
            f"weeks run from {row['weeks']['low']} to {row['weeks']['high']}",
            "low must not exceed high, nor be negative.",
        )
