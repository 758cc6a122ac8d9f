"""One rule, one fleet, one day: the steps that hold, the measured numbers, and what is found out on the way.

A number is counted in the rule's test cycle or not at all: another cycle needs a conversion that the fleet file states.
Reading order: Case, holds(), matches().
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..words import span
from . import form
from .fleets import FleetForm, Vehicle

BINDING = ("in_force", "published")


@dataclass(slots=True)
class Case:
    """One rule, one fleet, one day; what is found out is collected here."""

    rule: form.RuleRow
    fleet: FleetForm
    vehicles: list[Vehicle]
    on: str
    asks: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    outcome: dict[str, Any] = field(default_factory=dict)
    standing: str = ""
    sources: list[str] = field(default_factory=list)

    def steps(self) -> list[form.RuleStep]:
        """The steps that hold on the day; of steps with the same condition, the one that began last."""
        found: dict[str, form.RuleStep] = {}
        for step in self.rule.steps:
            if holds(step.start, step.to, self.on):
                key = str(sorted((k, str(v)) for k, v in step.when.items()))
                if key not in found or span_start(step.start) >= span_start(found[key].start):
                    found[key] = step
        for step in found.values():
            self.note(step.standing, step.source)
        return list(found.values())

    def note(self, standing: str, source: str) -> None:
        self.standing = standing if not self.standing or standing not in BINDING else self.standing
        if source not in self.sources:
            self.sources.append(source)

    def metric(self, vehicle: Vehicle) -> Decimal | None:
        """The measured number in the rule's cycle; None and a question when it is not there or of another cycle."""
        name = self.rule.metric["of"]
        raw = getattr(vehicle, name, None)
        if raw is None:
            self.lack(f"{vehicle.model}: {name}")
            return None
        value = Decimal(str(raw))
        if value != 0 and self.rule.cycle and vehicle.cycle != self.rule.cycle and self.rule.cycle != "type-approval":
            conversion = next(
                (c for c in self.fleet.conversions if (c.start, c.to) == (vehicle.cycle, self.rule.cycle)), None
            )
            if conversion is None:
                measured = vehicle.cycle or "a cycle nobody stated"
                self.ask(
                    f"{vehicle.model} was measured by {measured}, the rule counts "
                    f"{self.rule.cycle}: which conversion holds?"
                )
                return None
            value *= Decimal(str(conversion.factor))
        for column, weight in self.rule.metric.get("plus", {}).items():
            more = getattr(vehicle, column, None)
            if more is None and vehicle.powertrain in ("bev", "phev"):
                self.lack(f"{vehicle.model}: {column}")
                return None
            value += Decimal(str(more or 0)) * Decimal(str(weight))
        return value

    def ask(self, question: str) -> None:
        if question not in self.asks:
            self.asks.append(question)

    def lack(self, what: str) -> None:
        if what not in self.missing:
            self.missing.append(what)


def span_start(date: str) -> str:
    return "0000" if date == "unknown" else span(date)[0]


def holds(start: str, to: str, on: str) -> bool:
    """True when the day lies in a period written as years, months or days."""
    return span_start(start) <= on and (not to or on <= span(to)[1])


def matches(vehicle: Vehicle, words: dict[str, list[str]]) -> bool:
    """True when every named property of the vehicle is among the words."""
    return all(getattr(vehicle, key) in among for key, among in words.items())
