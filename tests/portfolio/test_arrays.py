"""A generated instance counts the same compiled, in pure NumPy, and product by product."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carnet.condition import evaluate, parse
from carnet.review.kernel import stream
from carnet.review.kernel.arrays import Asked, Instance
from carnet.waist import VERDICTS

MASS = np.array([1000.0, 3500.0, np.nan, 3501.0, 12000.0])
LIMIT = np.array([3500.0, 3500.0, 3500.0, np.nan, 9000.0])
ELECTRIC = (np.array([True, False, True, True, False]), np.array([True, True, False, True, True]))
NAME = np.array(["alpha", "beta", "alpha", "gamma", "beta"])
FACTS = {"product.mass": MASS, "product.limit": LIMIT, "product.electric": ELECTRIC, "product.name": NAME}
RULES = [
    Asked("product.electric", "product.mass <= 3500"),
    Asked("", "product.mass > 3500 or product.electric"),
    Asked("not product.electric", ""),
    Asked('product.name == "alpha"', "product.mass < product.limit"),
    Asked("product.mass in [1000, 12000]", "known(product.limit)", asks=True),
    Asked("product.mass != 1000", 'product.name in ["alpha", "gamma"]'),
]


def one_by_one(instance: Instance, asked: Asked) -> list[str]:
    def value(name: str, n: int) -> Any:
        given = FACTS[name]
        values, known = given if isinstance(given, tuple) else (given, np.ones(5, bool))
        raw = values[n].item()
        return None if not known[n] or raw != raw else raw

    def truth(text: str, n: int) -> bool | None:
        return evaluate(parse(text, instance.words), lambda name: value(name, n), instance.words).truth

    found = []
    for n in range(5):
        applies = truth(asked.applies, n) if asked.applies else True
        demands = truth(asked.demands, n) if asked.demands else None
        if applies is False:
            found.append("not_applicable")
        elif applies is None:
            found.append("unproven")
        elif not asked.demands:
            found.append("undecided")
        else:
            met = "undecided" if asked.asks else "met"
            found.append({True: met, False: "unmet", None: "unproven"}[demands])
    return found


@pytest.mark.parametrize("compiled", [False, True])
def test_counts_and_cells_are_those_of_the_interpreter(compiled: bool):
    if compiled and not stream.available():
        pytest.skip("numba is not installed")
    instance = Instance(FACTS, {"aa": RULES}, compiled=compiled)

    counts = instance.counts()

    for n, asked in enumerate(RULES):
        wanted = one_by_one(instance, asked)
        assert [VERDICTS[c] for c in instance.codes("aa", n)] == wanted
        assert counts[n].tolist() == [wanted.count(v) for v in VERDICTS]


@pytest.mark.parametrize("products", [1, 63, 64, 65, 5000])
def test_the_compiled_pass_counts_as_numpy_does(products: int):
    rng = np.random.default_rng(products)
    facts = {f"p.n{k}": np.where(rng.random(products) < 0.2, np.nan, rng.uniform(0, 9, products)) for k in range(4)}
    facts["p.n3"] = rng.uniform(0, 9, products)  # known of every product
    rules = [
        Asked(f"p.n{k} <= {a} and not p.n3 > {a}", f"p.n{(k + 1) % 4} < {b} or p.n3 == {b}")
        for k in range(4) for a in range(9) for b in range(9)
    ]  # fmt: skip

    plain, swift = (Instance(facts, {"aa": rules}, compiled=c).counts() for c in (False, True))

    assert (plain == swift).all()
    assert (plain.sum(axis=1) == products).all()


def test_an_edit_gives_what_a_new_instance_would():
    instance = Instance(FACTS, {"aa": RULES}, compiled=False)
    instance.counts()

    fresh = instance.edit("aa", 0, Asked("product.mass >= 3501", "product.electric"))

    new = Instance(FACTS, {"aa": [instance.asked["aa", 0], *RULES[1:]]}, compiled=False)
    assert fresh.tolist() == new.counts()[0].tolist()
    assert instance.counts().tolist() == new.counts().tolist()


def test_other_products_go_through_the_same_rules():
    instance = Instance(FACTS, {"aa": RULES}, compiled=False)
    before = instance.counts()
    turned = {n: tuple(x[::-1] for x in g) if isinstance(g, tuple) else g[::-1] for n, g in FACTS.items()}

    instance.exchange(turned)

    assert instance.counts().tolist() == before.tolist()
    assert instance.codes("aa", 0).tolist() == Instance(FACTS, {"aa": RULES}).codes("aa", 0)[::-1].tolist()


def test_facts_that_do_not_fit_are_refused():
    instance = Instance({"p.n": np.arange(3.0)}, {"aa": [Asked("", "p.n > 1")]})

    with pytest.raises(ValueError, match="now is not; make a new instance"):
        instance.exchange({"p.n": np.array([1.0, np.nan, 2.0])})
    with pytest.raises(ValueError, match="names and the length"):
        instance.exchange({"p.n": np.arange(4.0)})
    with pytest.raises(ValueError, match="one value per product"):
        Instance({"p.n": np.arange(3.0), "p.m": np.arange(4.0)}, {})
