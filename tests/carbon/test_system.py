"""The solver agrees with a direct solution, on small systems and on large ones with circles."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

from carnet.carbon.system import System, foreground_draws, monte_carlo


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


def test_many_demands_are_scored_on_the_same_draws():
    a, b = chain(700, 6)
    demands = sp.random(4, 700, density=0.02, random_state=1, format="csr")
    log_sd = np.full(a.nnz, 0.1)

    together = monte_carlo(System(a, b), demands, np.ones(5), log_sd, draws=20, seed=2)
    alone = monte_carlo(System(a, b), demands[2].toarray()[0], np.ones(5), log_sd, draws=20, seed=2)

    assert together.shape == (20, 4)
    assert np.allclose(together[:, 2], alone, rtol=1e-12)


def test_a_foreground_on_a_fixed_background_agrees_with_the_whole_system():
    a, b = chain(650, 7)
    intensities = System(a, b).intensities(np.ones(5))
    own = np.array([[1.0, 0.0], [-0.5, 2.0]])
    links = sp.random(650, 2, density=0.05, random_state=3, format="csc")
    whole = sp.bmat([[a, -links], [None, sp.csc_matrix(own)]], format="csc")
    flows = sp.hstack([b, sp.csc_matrix((5, 2))], format="csc")
    demand = np.zeros(652)
    demand[650] = 1

    found = foreground_draws(intensities, own, links, np.zeros(2), np.array([1.0, 0.0]), np.zeros(links.nnz), 3, 1)

    assert np.allclose(found, System(whole, flows).score(demand, np.ones(5)), rtol=1e-10)


def test_draws_have_the_spread_of_a_lognormal_and_do_not_repeat():
    a = sp.csc_matrix(np.array([[1.0, -2.0], [0.0, 1.0]]))
    b = sp.csc_matrix([[3.0, 0.0]])

    found = monte_carlo(System(a, b), np.array([0.0, 1.0]), np.ones(1), np.full(3, 0.3), draws=20_000, seed=3)

    # 2 x exp(0.3 z) x 3
    assert np.median(found) == pytest.approx(6, rel=0.02)
    assert np.log(found).std() == pytest.approx(0.3, rel=0.02)
    assert np.unique(found).size > 15_000
    assert abs(np.corrcoef(found[:-64], found[64:])[0, 1]) < 0.03  # blocks of 64 draws have streams of their own
