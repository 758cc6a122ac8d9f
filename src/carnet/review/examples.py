"""Run the examples that rules carry: each is a tiny project, judged like a real one.

An example judges the condition, not the date. Facts in `given` are put where the vocabulary says they belong; entries
of tested_to and approvals count as shown by a kind of evidence the rule accepts.
Reading order: run_examples().
"""

from __future__ import annotations

from typing import Any

from ..catalog import Catalog
from ..errors import Problem
from ..waist import Fact, Origin, Place, Project, Requirement, Subject
from .case import Case
from .judge import Judged, judge
from .view import Index


def run_examples(catalog: Catalog) -> list[Problem]:
    """Every example that does not come out as it says."""
    from ..catalog import nouns

    problems = []
    for row in catalog.table("requirements"):
        rule = nouns.requirement(row)
        for number, example in enumerate(rule.examples):
            for kind in rule.about:
                judged = try_example(rule, kind, example, catalog)
                if judged.verdict != example["then"]:
                    which = f"{rule.id}: example {number + 1} ({example['says']!r})"
                    says = f"{which} comes out {judged.verdict}, not {example['then']}"
                    problems.append(Problem(rule.place, says, judged.because))
    return problems


def try_example(rule: Requirement, kind: str, example: dict[str, Any], catalog: Catalog) -> Judged:
    """Judge one example for one kind of subject."""
    place = Place(rule.place.file, rule.place.line)
    complete = bool(example.get("complete"))
    holders: dict[str, str] = {kind: "it"}
    facts = []
    for name, raw in example["given"].items():
        word = catalog.words.word(name)
        holder = kind if kind in word.about else word.about[0]
        holders.setdefault(holder, holder)
        origin = Origin("example", "example", place)
        facts.append(Fact(holders[holder], name, catalog.words.value(name, raw), origin, complete))
    others = tuple(name for k, name in holders.items() if k != kind)
    pair = kind == "pair"
    subjects = [Subject("it", kind, place, fitted_to=() if pair else others, members=others if pair else ())]
    subjects += [Subject(name, k, place) for k, name in holders.items() if k != kind]
    project = Project("example", "", "", "2026-11-21", "9999-12-31", "placed_on_market", (), subjects=tuple(subjects))
    index = Index(project, facts, catalog.words)
    return judge(rule, subjects[0], Case(catalog, project, index, rule.market, None))
