"""OpenFisca-Core on the instance of bench/portfolio_kernel.py, in its best case. Prints JSON.

    PEER_PYTHON bench/peers/openfisca_core.py FOLDER MODE

Best case: two-valued logic (it has no unknown), facts set as input arrays, one year already read as a period, one
vectorized boolean formula per distinct condition, nothing traced, no verdict but applies and met. MODE `shared` makes
every distinct predicate a variable that is computed once and kept; `inline` compares inside the formulas. The caller
takes the faster.
Reads facts.npz and rules.json from FOLDER; the time of building the variables is given beside that of computing.
"""

import json
import sys
import time
from pathlib import Path

sys.path = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import numpy as np  # noqa: E402
from openfisca_core.entities import build_entity  # noqa: E402
from openfisca_core.periods import DateUnit  # noqa: E402
from openfisca_core.periods import period as to_period  # noqa: E402
from openfisca_core.simulation_builder import SimulationBuilder  # noqa: E402
from openfisca_core.taxbenefitsystems import TaxBenefitSystem  # noqa: E402
from openfisca_core.variables import Variable  # noqa: E402

YEAR = to_period("2026")
COMPARE = {"<=": np.less_equal, ">=": np.greater_equal, "<": np.less, ">": np.greater}


def variable(name, kind, formula=None):
    body = {"value_type": kind, "entity": PRODUCT, "definition_period": DateUnit.YEAR}
    if formula:
        body["formula"] = formula
    return type(name, (Variable,), body)


PRODUCT = build_entity(key="product", plural="products", label="a product", is_person=True)


def predicate(spec):
    """(fact, op, value) -> a function of (person, period)."""
    fact, op, value = spec
    if op == "is":
        return lambda person, period: person(fact, period)
    if op == "not":
        return lambda person, period: ~person(fact, period)
    compare, limit = COMPARE[op], np.float32(value)
    return lambda person, period: compare(person(fact, period), limit)


def joined(inner, applies):
    def formula(person, period):  # two arguments, or it would be handed the parameters of the law too
        return person(applies, period) & inner(person, period)

    return formula


def main():
    folder, mode = Path(sys.argv[1]), sys.argv[2]
    facts = np.load(folder / "facts.npz")
    rules = json.loads((folder / "rules.json").read_text())
    begun = time.perf_counter()
    system = TaxBenefitSystem([PRODUCT])
    for name in facts.files:
        system.add_variable(variable(name, bool if facts[name].dtype == bool else float))
    known = {}

    def part(spec):
        key = json.dumps(spec)
        if mode == "inline":
            return predicate(spec)
        if key not in known:
            known[key] = f"t{len(known)}"
            system.add_variable(variable(known[key], bool, predicate(spec)))
        name = known[key]
        return lambda person, period: person(name, period)

    def condition(groups):
        """Any of the groups, each all of its tests."""
        made = [[part(s) for s in group] for group in groups]

        def formula(person, period):
            total = None
            for group in made:
                each = group[0](person, period)
                for test in group[1:]:
                    each = each & test(person, period)
                total = each if total is None else total | each
            return total

        return formula

    names, scopes = [], {}
    for n, rule in enumerate(rules):
        scope = json.dumps(rule["applies"])
        if scope not in scopes:
            scopes[scope] = f"a{len(scopes)}"
            system.add_variable(variable(scopes[scope], bool, condition(rule["applies"])))
        inner, applies = condition(rule["demands"]), scopes[scope]
        formula = joined(inner, applies)
        system.add_variable(variable(f"r{n}", bool, formula))
        names.append((applies, f"r{n}"))
    built = time.perf_counter() - begun
    took = []
    for _ in range(3):
        simulation = SimulationBuilder().build_default_simulation(system, count=len(facts[facts.files[0]]))
        for name in facts.files:
            simulation.set_input(name, YEAR, facts[name])
        begun = time.perf_counter()
        counts = []
        for applies, met in names:
            a = np.count_nonzero(simulation.calculate(applies, YEAR))
            counts.append((int(a), int(np.count_nonzero(simulation.calculate(met, YEAR)))))
        took.append(time.perf_counter() - begun)
    print(json.dumps({"build_s": built, "seconds": sorted(took)[1], "rules": len(rules), "counts": counts}))


main()
