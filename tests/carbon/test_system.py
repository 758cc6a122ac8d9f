"""The solver agrees with a direct solution, on small systems and on large ones with circles."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

from carnet.carbon.system import System, monte_carlo


def chain(n, seed, circles=0.3):
    """A technosphere of n processes with about ten inputs each, some against the order."""
    random = np.random.default_rng(seed)
    columns = np.repeat(np.arange(n), 10)
    rows = random.integers(0, n, columns.size)
    keep = (rows != columns) & ((rows < columns) | (random.random(columns.size) < circles))
    values = random.lognormal(-4.5, 1.0, columns.size)
    a = sp.coo_matrix((-values[keep], (rows[keep], columns[keep])), shape=(n, n)).tocsc() + sp.eye(n, format="csc")
    b = sp.random(5, n, density=0.3, random_state=seed, format="csc")
    return a, b


@pytest.mark.parametrize("n", [3, 50, 601, 3000])
def test_intensities_are_the_scores_of_unit_demands(n):
    a, b = chain(n, 1)
    weights = np.array([1.0, 28, 265, 0, 3])
    system = System(a, b)

    found = system.intensities(weights)

    for product in (0, n // 2, n - 1):
        demand = np.zeros(n)
        demand[product] = 1
        direct = weights @ (b @ spsolve(a, demand))
        assert found[product] == pytest.approx(direct, rel=1e-10)
        assert system.score(demand, weights) == pytest.approx(direct, rel=1e-10)


def test_many_weights_and_demands_at_once():
    a, b = chain(800, 2)
    system = System(a, b)
    weights = np.random.default_rng(0).random((4, 5))
    demands = sp.random(7, 800, density=0.01, random_state=1, format="csr")

    found = system.scores(demands, weights)

    assert found.shape == (7, 4)
    assert found[3, 2] == pytest.approx(system.score(demands[3].toarray()[0], weights[2]), rel=1e-12)


def test_drawn_systems_agree_with_a_direct_solution_when_nothing_varies():
    a, b = chain(700, 3)
    demand = np.zeros(700)
    demand[5] = 2
    weights = np.ones(5)

    found = monte_carlo(System(a, b), demand, weights, np.zeros(a.nnz), draws=5, seed=1)

    assert np.allclose(found, System(a, b).score(demand, weights), rtol=1e-9)


def test_draws_do_not_depend_on_the_number_of_workers():
    a, b = chain(700, 4)
    demand = np.ones(700)
    log_sd = np.full(a.nnz, 0.05)

    one, two = (monte_carlo(System(a, b), demand, np.ones(5), log_sd, draws=130, seed=9, workers=w) for w in (1, 2))

    assert np.array_equal(one, two)
    assert np.ptp(one) > 0
