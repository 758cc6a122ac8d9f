"""Answers that help to decide, in words for a terminal: changes that reach a limit, policies, the cost of owning."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .wording import _n, table


def reach_text(answer: dict[str, Any]) -> str:
    """What to change, what it costs, how each method's value moves, and what else was possible."""
    said: list[str] = []
    for row in answer["results"]:
        said.append(f"{row['inventory']}: {SAYS[row['state']]}")
        choice = row["choice"] or row["nearest"]
        values = {(v["method"], v["name"]): v["value"] for v in choice["values"]}
        rows = [["  method", "today", "after", "limit", "unit", "chance after", ""]]
        for x in row["limits"]:
            after = values[x["method"], x["name"]]
            mark = "what-if" if x["what_if"] else ""
            cells = [f"  {x['method']}", _n(x["today"]), _n(after), _n(x["limit"]), x["unit"]]
            rows.append([*cells, f"{x['probability_after']:.1%}", mark])
        said.append(table(rows))
        options = {o["option"]: o for o in row["options"]}
        for name in choice["changes"]:
            option = options[name]
            cost = "nobody has priced it" if option["cost"] is None else f"{option['cost']} {row['currency']}"
            said.append(f"  change: {name} ({option['kind']}) {option['title']}: {cost} per {row['per']}")
        if choice["cost"] is not None and choice["changes"]:
            said.append(f"  together {choice['cost']} {row['currency']} per {row['per']}")
        if row["because"]:
            said.append(f"  {row['because']}")
        proof = row["proof"]
        if proof["optimal"]:
            said.append(
                f"  no cheaper choice exists: {proof['solver']} proved {_n(proof['bound'], 10)} over "
                f"{proof['columns']} columns in {proof['groups']} groups"
            )
        for other in row["alternatives"]:
            cost = "not all priced" if other["cost"] is None else f"{other['cost']} {row['currency']}"
            said.append(f"  or: {', '.join(other['changes']) or 'nothing'} ({cost})")
        said.append("")
    return "\n".join(said)


SAYS = {
    "already": "within every limit today",
    "reached": "within every limit after these changes",
    "out_of_reach": "no choice of these options keeps every limit; the nearest is shown",
}


def policies_text(answer: dict[str, Any]) -> str:
    """Policies beside each other: what is reached, who pays, what is emitted."""
    rows = [["policy", "state", "makers pay", "per vehicle", "kept out", "emits t", "emits t if met", "outcome"]]
    for row in answer["policies"]:
        money, met = row["money"], row["emissions_if_met"]
        rows.append(
            [
                row["policy"],
                row["state"],
                f"{money['makers_pay']} {money['currency']}" if money else "-",
                f"{Decimal(money['per_vehicle']):.2f}" if money and money["per_vehicle"] else "-",
                row["kept_out"] or "-",
                _tonnes(row["emissions"]["total"]),
                _tonnes(met["total"] if met else None),
                _outcome(row["outcome"]),
            ]
        )
    said = [f"{answer['title']}  WHAT-IF on {answer['on']}", table(rows)]
    for row in answer["policies"]:
        tells = [*row["missing"], *row["emissions"]["missing"]]
        said += [f"  {row['policy']}: missing: {m}" for m in dict.fromkeys(tells)]
        said += [f"  {row['policy']}: ask: {a}" for a in dict.fromkeys([*row["asks"], *row["emissions"]["asks"]])]
        if row["emissions_if_met"]:
            said.append(f"  {row['policy']}: if met: {row['emissions_if_met']['because']}")
    return "\n".join(said) + "\n"


def ownership_text(answer: dict[str, Any]) -> str:
    """Models beside each other, what is not priced, the rule, and the cheapest purchase that keeps it."""
    money = answer["currency"]
    rows = [
        [
            "model",
            "units",
            f"total {money}",
            "per km",
            "earns per km",
            "t in all",
            "g/km",
            "even at price",
            "at km/year",
        ]
    ]
    for row in answer["vehicles"]:
        even = row["against_first"] or {}
        cells = [row["model"], str(row["units"]), row["total"], row["per_km"], row["earns_per_km"]]
        grams = row["emissions_g_per_km"]
        cells += [_tonnes(row["emissions_total"]), None if grams is None else f"{grams:,.0f}"]
        rows.append([c or "-" for c in (*cells, even.get("price"), even.get("km_per_year"))])
    said = [f"{answer['title']}  {answer['market']}, {answer['years']} years, on {answer['on']}", table(rows)]
    said += [f"  {r['model']}: making it is not counted" for r in answer["vehicles"] if not r["production_counted"]]
    said += [f"  say: {m}" for m in answer["missing"] if not m.endswith("production_t")]
    for rule in answer["rules"]:
        if rule["state"] not in ("not_applicable", "not_yet"):
            how = ", reported, not read" * rule["reported"]
            said.append(f"  {rule['title']} [{rule['state']}, {rule['standing'] or 'standing unknown'}{how}]")
            said += [f"    ask: {a}" for a in rule["asks"]]
    said += [f"  ask: {a}" for a in answer["asks"]]
    for plan in answer["plan"]:
        said.append(
            f"  {plan['rule']} [{plan['state']}]: {plan['needs']} of {plan['vehicles']} needed, {plan['has']} listed"
        )
        best = plan["cheapest"]
        if best:
            units = ", ".join(f"{n} x {m}" for m, n in best["units"].items())
            said.append(f"    cheapest: {units}: {best['per_year']} {money} a year")
            said.append(
                f"    as listed {best['as_listed_per_year']}; the rule costs {best['rule_costs_per_year']} a year"
            )
        elif plan["because"]:
            said.append(f"    {plan['because']}")
    return "\n".join(said) + "\n"


def _tonnes(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _outcome(outcome: dict[str, Any]) -> str:
    shown = {k: v for k, v in outcome.items() if isinstance(v, (str, bool)) and k not in ("owes", "currency", "sign")}
    return ", ".join(f"{k.replace('_', ' ')} {_short(v)}" for k, v in shown.items())


def _short(value: str | bool) -> str:
    try:
        return _n(float(value), 6) if isinstance(value, str) else "yes" if value else "no"
    except ValueError:
        return str(value)
