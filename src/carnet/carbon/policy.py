"""Policies beside each other on one supplied fleet: what would makers owe, the state earn, the vehicles emit.

    carnet: policies/1
    policies:
      - {id: today, rule: xx.fleet}                                       # a rule of the library, as it stands
      - {id: tighter, rule: xx.fleet, set: {adjust: {}, asks: ""}, values: [100, 90, 80]}
      - {id: own, write: {kind: limit, applies: {category: [M1]}, metric: {of: co2, unit: gCO2/km}, cycle: WLTC,
                          steps: [{value: 120}]}}

`set` replaces whole sections of a copied rule; `values` tries one target after another; `fleet` names the fleet that
is expected under that policy, when it differs. Nothing here guesses how makers would answer: a fleet is supplied, or
the emissions are those of the same fleet. Everything is a what-if and says so.
Reading order: PolicyFile, read_policies(), compared().
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from .. import reading
from ..errors import BadInput, Problem, nearest
from ..project import files
from . import form
from .case import Case, matches
from .fleet_emissions import Emitted, emitted
from .fleets import Block, FleetForm, Number, read_fleet
from .rule_check import wrong_with
from .rule_kinds import KINDS
from .rules import plain
from .tables import Tables

SCHEMA = "carnet/carbon-policies/1"
WITH_TARGET = ("fleet_target", "share_target", "limit", "minimum")


class PolicyBlock(Block):
    id: str
    title: str = ""
    rule: str = Field(default="", description="A rule of the library: carnet carbon rules lists them.")
    set: dict[str, Any] = Field(default={}, description="Sections of the copied rule that are other.")
    write: dict[str, Any] = Field(default={}, description="A rule of one's own, as in data/vehicle-carbon.")
    values: list[Number] = Field(default=[], description="Targets to try, one policy each.")
    fleet: str = Field(default="", description="The fleet expected under this policy, when it is another one.")


class PolicyFile(Block):
    carnet: Literal["policies/1"]
    title: str = ""
    policies: list[PolicyBlock] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule to try on a fleet."""

    id: str
    title: str
    row: form.RuleRow
    fleet: FleetForm
    changed: tuple[str, ...]


def read_policies(path: Path, fleet: FleetForm, tables: Tables) -> tuple[str, list[Policy]]:
    """(title, the policies of a file); raises BadInput with every problem."""
    document = reading.read(path, str(path))
    shaped = reading.shape(document, PolicyFile)
    problems: list[Problem] = []
    found: list[Policy] = []
    for number, block in enumerate(shaped.policies):
        place = document.at(("policies", number))
        try:
            own = read_fleet(files.inside(path.parent, block.fleet)) if block.fleet else fleet
            found += _policies(block, own, tables)
        except BadInput as error:
            problems += error.problems or [Problem(place, f"policy {block.id!r}: {error}")]
        except ValueError as error:
            problems.append(Problem(place, f"policy {block.id!r}: {error}"))
    names = [p.id for p in found]
    for name in sorted({n for n in names if names.count(n) > 1}):
        problems.append(Problem(document.at(("policies",)), f"policy {name!r} stands twice"))
    if problems:
        raise BadInput(problems)
    return shaped.title, found


def _policies(block: PolicyBlock, fleet: FleetForm, tables: Tables) -> list[Policy]:
    """One block -> one policy, or one for each value tried."""
    if bool(block.rule) == bool(block.write):
        raise BadInput("give either rule, a rule of the library, or write, one of your own")
    if block.rule and block.rule not in tables.rules:
        near = nearest(block.rule, tables.rules, most=3)
        raise BadInput(f"no rule is called {block.rule!r}" + (f"; {near}" if near else ""))
    if block.rule:
        raw = tables.rules[block.rule][1].model_dump(by_alias=True)
    else:
        raw = {"id": block.id, "title": block.title or block.id, "document": "what-if"}
    changes = {**block.set, **block.write}
    for section in ("steps", "bands", "amounts"):
        if isinstance(changes.get(section), list):
            changes[section] = [
                {"standing": "signal", "source": "what-if", "from": "unknown", **row} if isinstance(row, dict) else row
                for row in changes[section]
            ]
    raw |= changes
    made = [(block.id, raw, tuple(changes))]
    if block.values:
        if raw.get("kind") not in WITH_TARGET:
            raise BadInput(
                f"values try targets, and a rule of kind {raw.get('kind')!r} has none; write its steps instead"
            )
        step = {"standing": "signal", "source": "what-if", "from": "unknown"}
        made = [
            (f"{block.id}@{v:g}", {**raw, "steps": [{**step, "value": v}]}, (*changes, "steps")) for v in block.values
        ]
    found = []
    for name, plain_row, changed in made:
        try:
            row = form.RuleRow.model_validate(plain_row)
        except ValidationError as error:
            first = error.errors()[0]
            raise BadInput(f"{'.'.join(str(p) for p in first['loc'])}: {first['msg'].lower()}") from None
        wrong = wrong_with(row)
        if wrong:
            raise BadInput("; ".join(wrong))
        found.append(Policy(name, block.title or row.title, row, fleet, changed))
    return found


def compared(title: str, policies: list[Policy], tables: Tables, on: str) -> dict[str, Any]:
    """Every policy with its outcome, money and emissions, and its difference to the first one."""
    rows: list[dict[str, Any]] = []
    for policy in policies:
        vehicles = [v for v in policy.fleet.vehicles if matches(v, policy.row.applies)]
        case = Case(policy.row, policy.fleet, vehicles, on)
        begun = bool(vehicles or policy.row.kind == "notice") and KINDS[policy.row.kind](case)
        if policy.row.asks:
            case.ask(policy.row.asks)
        everything = emitted(policy.fleet, tables)
        rows.append(
            {
                "policy": policy.id,
                "title": policy.title,
                "kind": policy.row.kind,
                "state": _state(case, begun, bool(vehicles)),
                "changed": list(policy.changed),
                "fleet": policy.fleet.title,
                "vehicles": plain(sum((Decimal(str(v.sales)) for v in vehicles), Decimal(0))),
                "outcome": plain(case.outcome),
                "kept_out": _kept_out(case),
                "money": _money(case),
                "emissions": everything.plain(),
                "emissions_if_met": _if_met(case, policy, tables, everything),
                "asks": case.asks,
                "missing": case.missing,
            }
        )
    for row in rows:
        row["against_first"] = _against(row, rows[0])
    return {"schema": SCHEMA, "title": title, "on": on, "what_if": True, "policies": rows}


def _state(case: Case, begun: bool, any_vehicle: bool) -> str:
    if not any_vehicle:
        return "not_applicable"
    if not begun:
        return "not_yet"
    return "undecided" if case.asks or case.missing or not case.outcome else "decided"


def _kept_out(case: Case) -> str | None:
    """How many of the vehicles sold a limit of each vehicle would keep out; None when the rule sets no such limit."""
    if case.rule.kind not in ("limit", "minimum") or not case.outcome.get("vehicles"):
        return None
    failed = {r["model"] for r in case.outcome["vehicles"] if not r["meets"]}
    return str(plain(sum((Decimal(str(v.sales)) for v in case.vehicles if v.model in failed), Decimal(0))))


def _money(case: Case) -> dict[str, Any] | None:
    """What makers pay in all (the state's revenue) and per vehicle; negative is paid to them. None without money."""
    rule, out = case.rule, case.outcome
    sales = sum((Decimal(str(v.sales)) for v in case.vehicles), Decimal(0))
    if "owes" in out:
        paid, currency = out["owes"], out["currency"]
    elif rule.kind == "bands" and "total" in out:
        if not rule.sign.startswith("positive is a rebate"):
            case.ask("Is a positive amount of a band a rebate or a charge? Write sign: positive is a rebate ...")
            return None
        paid, currency = -out["total"], rule.currency
    elif rule.kind == "rates" and out.get("vehicles"):
        sold = {v.model: Decimal(str(v.sales)) for v in case.vehicles}
        amounts = [(r["model"], r.get("amount")) for r in out["vehicles"]]
        for model, amount in amounts:
            if amount is None:
                case.lack(f"{model}: {rule.base or 'a rate'}")
        if any(amount is None for _, amount in amounts):
            return None
        paid, currency = sum((a * sold[m] for m, a in amounts), Decimal(0)), rule.currency
    else:
        return None
    per = paid / sales if sales else None
    return {"makers_pay": plain(paid), "per_vehicle": plain(per), "currency": currency}


def _if_met(case: Case, policy: Policy, tables: Tables, today: Emitted) -> dict[str, Any] | None:
    """Emissions if the vehicles under the rule just met it, by stated arithmetic; None when the rule gives none."""
    out, rule = case.outcome, case.rule
    if not today.complete or case.missing or policy.fleet.use is None:
        return None
    if (
        rule.kind == "fleet_target"
        and rule.metric.get("of") == "co2"
        and not rule.metric.get("plus")
        and "target" in out
    ):
        if out["meets"] or not out["average"]:
            return {"total": float(today.total), "unit": "t", "because": "the fleet meets it"}
        ruled = emitted(policy.fleet, tables, case.vehicles)
        saved = (ruled.tailpipe + ruled.fuel_making) * (1 - out["target"] / out["average"])
        why = "tailpipe and fuel of the vehicles under the rule shrink to the target; electricity stays"
        return {"total": float(today.total - saved), "unit": "t", "because": why}
    if rule.kind == "share_target" and out.get("short_by") is not None:
        wanted = [v for v in case.vehicles if matches(v, rule.of)]
        rest = [v for v in case.vehicles if not matches(v, rule.of)]
        if not out["short_by"]:
            return {"total": float(today.total), "unit": "t", "because": "the fleet meets it"}
        if not wanted or not rest:
            return None
        each = [
            emitted(policy.fleet, tables, side).total
            / max(Decimal(1), sum((Decimal(str(v.sales)) for v in side), Decimal(0)))
            for side in (wanted, rest)
        ]
        why = "so many vehicles as are short become the average of the wanted ones in this fleet"
        return {"total": float(today.total + out["short_by"] * (each[0] - each[1])), "unit": "t", "because": why}
    return None


def _against(row: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    """Differences to the first policy; None where one of the two is unknown or the currencies differ."""
    ours, theirs = row["emissions"]["total"], first["emissions"]["total"]
    tonnes = None if ours is None or theirs is None else ours - theirs
    met = row["emissions_if_met"]
    tonnes_met = None if met is None or theirs is None else met["total"] - theirs
    money = None
    if row["money"] and first["money"] and row["money"]["currency"] == first["money"]["currency"]:
        money = plain(Decimal(row["money"]["makers_pay"]) - Decimal(first["money"]["makers_pay"]))
    return {"emissions": tonnes, "emissions_if_met": tonnes_met, "makers_pay": money}
