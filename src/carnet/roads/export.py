"""May these data go from economy A to economy B for purpose P? Answered from the rules of the catalog, before a query.

Every rule about road data that A knows is judged on what is stated of the data set. No paper, no way: what is unproven
is not allowed, and an economy without a known rule gives a question, never a yes. A query from abroad is an export.
Reading order: may_export(). A transform of coordinates is a change of format and never changes the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..catalog import Catalog
from ..catalog.dates import Dates, stand
from ..condition import evaluate
from ..errors import BadInput
from ..waist import Requirement
from ..words import Listed

SCHEMA, KIND = "carnet/export-decision/1", "road_dataset"


def may_export(
    catalog: Catalog,
    origin: str,
    target: str,
    facts: Mapping[str, Any],
    *,
    purpose: str = "",
    on: str = "",
    known: str = "",
) -> dict[str, Any]:
    """The decision as plain data: may is yes, no or undecided, with every rule and its because.

    facts  what is stated of the data set, by the names of the vocabulary
    """
    catalog.market(origin)
    catalog.market(target)
    stated = _stated(catalog, {**facts, "road_data.economy": origin, "road_data.recipient_economy": target})
    if purpose:
        stated["road_data.purpose"] = Listed(catalog.words.value("road_data.purpose", [purpose]), complete=True)
    rules = [] if origin == target else [r for r in catalog.requirements(origin) if KIND in r.about]
    day, heard = on or catalog.last_seen, known or catalog.last_seen
    rows = [_judge(rule, catalog, stated, day, heard) for rule in rules]
    verdicts = {r["verdict"] for r in rows if r["binds"]}
    if origin == target:
        may, because = "yes", f"the data stay in {catalog.name(origin)}"
    elif not any(r["binds"] for r in rows):
        may = "undecided"
        because = (
            f"no rule of {catalog.name(origin)} on road data is known: ask which law governs mapping and data export"
        )
    elif verdicts & {"unmet", "unproven"}:
        first = next(r for r in rows if r["binds"] and r["verdict"] in ("unmet", "unproven"))
        may, because = "no", f"{first['rule']}: {first['because']}"
    elif "undecided" in verdicts:
        first = next(r for r in rows if r["binds"] and r["verdict"] == "undecided")
        may, because = "undecided", f"{first['rule']}: {first['because']}"
    else:
        may, because = "yes", "every rule known is met or does not apply"
    return {
        "schema": SCHEMA,
        "from": origin,
        "to": target,
        "purpose": purpose or None,
        "on": day,
        "may": may,
        "because": because,
        "rules": rows,
        "catalog": catalog.version,
    }


def _stated(catalog: Catalog, facts: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, raw in facts.items():
        try:
            complete = isinstance(raw, Mapping)
            value = catalog.words.value(name, raw["values"] if isinstance(raw, Mapping) else raw)
        except (ValueError, KeyError) as error:
            raise BadInput(f"{name}: {error}") from None
        found[name] = Listed(value, complete=complete) if isinstance(value, tuple) else value
    return found


def _judge(rule: Requirement, catalog: Catalog, stated: Mapping[str, Any], on: str, known: str) -> dict[str, Any]:
    """One rule on the facts: its verdict and why. A day known too coarsely leaves it undecided."""
    stands = stand(rule.status, on, "in_use", known, Dates(catalog, known))
    standing = stands.now
    verdict, because = "undecided", rule.asks or "nothing is said about it"
    missing: tuple[str, ...] = ()
    if rule.applies:
        outcome = evaluate(catalog.condition(rule.applies), stated.get, catalog.words)
        if outcome.truth is not True:
            verdict = "not_applicable" if outcome.truth is False else "unproven"
            because = f"it applies where {rule.applies}"
            missing = outcome.missing
    if verdict == "undecided" and rule.demands:
        outcome = evaluate(catalog.condition(rule.demands), stated.get, catalog.words)
        missing = outcome.missing
        if outcome.truth is True:
            verdict, because = ("undecided", rule.asks) if rule.asks else ("met", f"it holds that {rule.demands}")
        else:
            verdict = "unmet" if outcome.truth is False else "unproven"
            because = f"it demands {rule.demands}" + (f"; not stated: {', '.join(missing)}" if missing else "")
    if not stands.certain and verdict not in ("not_applicable", "undecided"):
        verdict, because = "undecided", f"whether it is in force on {on} is not known"
    return {
        "rule": rule.id,
        "title": rule.title,
        "verdict": verdict,
        "because": because,
        "missing": list(missing),
        "standing": standing,
        "binds": standing == "in_force" and rule.force == "mandatory",
        "source": {"number": rule.source.number, "class": rule.source.grade, "read": rule.source.read},
        "reported": rule.source.reported,
    }
