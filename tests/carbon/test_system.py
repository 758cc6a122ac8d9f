"""The solver agrees with a direct solution, on small systems and on large ones with circles."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

from carnet.carbon import drawn
from carnet.carbon.sweep import prepare
from carnet.carbon.system import System, foreground_draws, monte_carlo
from carnet.errors import BadInput


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


def test_drawn_systems_are_solved_as_a_direct_solver_solves_them():
    a, b = chain(650, 11)
    system, demand = System(a, b), np.ones(650)
    log_sd = np.where(a.indices == np.repeat(np.arange(650), np.diff(a.indptr)), 0.0, 0.2)

    found = monte_carlo(system, demand, np.ones(5), log_sd, draws=8, seed=4)

    *_, values, _, positions = prepare(a, drawn=True)
    factors = np.empty((values.size, 8))
    normals = drawn._normals()
    kind, tables = drawn._kinds(log_sd[positions], normals)
    drawn._draw(np.ones_like(values), log_sd[positions], kind, tables, normals, drawn._start(4, 0), factors)
    for lane in range(8):
        changed = a.copy()
        changed.data[positions] *= factors[:, lane]
        assert found[lane] == pytest.approx(np.ones(5) @ (b @ spsolve(changed, demand)), rel=1e-8)


def test_many_different_spreads_draw_what_few_do():
    a = sp.csc_matrix(np.array([[1.0, -2.0], [0.0, 1.0]]))
    b = sp.csc_matrix([[3.0, 0.0]])
    few = monte_carlo(System(a, b), np.array([0.0, 1.0]), np.ones(1), np.full(3, 0.3), draws=100, seed=3)
    many_a = sp.block_diag([a] * 12, format="csc")
    spread = np.concatenate([np.full(3, s) for s in (0.3, *np.linspace(0.01, 0.2, 11))])

    found = monte_carlo(
        System(many_a, sp.block_diag([b] * 12, format="csc")),
        np.eye(24)[1],
        np.ones(12),
        spread,
        draws=20_000,
        seed=3,
    )

    assert np.log(found).std() == pytest.approx(0.3, rel=0.02)
    assert np.median(found) == pytest.approx(np.median(few), rel=0.1)


def test_more_draws_begin_with_the_same_ones():
    a, b = chain(700, 4)
    log_sd = np.full(a.nnz, 0.05)

    few, many = (monte_carlo(System(a, b), np.ones(700), np.ones(5), log_sd, draws=d, seed=9) for d in (13, 131))

    assert np.array_equal(few, many[:13])


def test_drawn_systems_without_a_solution_are_told_not_averaged():
    a = sp.csc_matrix(np.array([[1.0, -0.9], [-0.9, 1.0]]))
    b = sp.csc_matrix([[1.0, 0.0]])

    # the circle needs more than it makes where two of four normals add up to 0.21 / 0.5 or more: 38 % of draws
    with pytest.raises(BadInput, match=r"^(1\d|2\d|3\d) of 64 drawn systems have no solution: with these spreads"):
        monte_carlo(System(a, b), np.ones(2), np.ones(1), np.full(4, 0.5), draws=64, seed=1)


@pytest.mark.parametrize("loss", [0.5, 0.99, 0.9999])
def test_a_long_circle_converges_to_the_direct_solution(loss):
    n = 900  # every process needs `loss` of the next one, the last needs the first
    a = (sp.eye(n) - loss * sp.eye(n, k=1) - loss * sp.coo_matrix(([1.0], ([n - 1], [0])), shape=(n, n))).tocsc()
    b = sp.csc_matrix(np.random.default_rng(2).random((1, n)))

    found = System(a, b).intensities(np.ones(1))

    assert np.allclose(found, spsolve(a.T.tocsc(), b.toarray()[0]), rtol=1e-9)


def test_credits_that_cancel_to_nothing_still_settle():
    n = 700
    a, b = chain(n, 12)
    a = a.tolil()
    a[0, 5], a[1, 5] = -1.0, 1.0  # buys one of the first, gives back one of the second ...
    a = a.tocsc()
    b = b.tolil()
    b[:, 5] = 0.0
    system = System(a, b.tocsc())

    found = system.intensities(np.ones(5))

    assert np.allclose(found, spsolve(a.T.tocsc(), np.asarray(system.b.sum(axis=0)).ravel()), rtol=1e-9, atol=1e-12)
