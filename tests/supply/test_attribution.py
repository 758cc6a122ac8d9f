"""Every lot in one sweep: packed rows say what double precision says, and what is added is mixed without the rest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.supply.attribution import MOST_COLUMNS, Beginnings, Layout
from carnet.supply.graph import Cyclic, Graph
from carnet.supply.growing import Growing

CLOSE = 1e-6  # a millionth: what single precision and 24 bits cost over a few dozen levels


class Tangle:
    """A random graph without circles; nodes in any order, some edges empty, some needs larger than what comes."""

    def __init__(self, seed, nodes=120, columns=5):
        rng = np.random.default_rng(seed)
        self.columns, self.size = columns, nodes
        order = rng.permutation(nodes)
        many = rng.integers(0, 4, nodes)
        target = np.repeat(np.arange(nodes), many)
        source = (rng.random(target.size) * target).astype(int)
        keep = source < target
        self.source, self.target = order[source[keep]], order[target[keep]]
        self.weight = rng.lognormal(2, 2, keep.sum()) * (rng.random(keep.sum()) > 0.1)
        self.kg = rng.lognormal(2, 1, keep.sum())
        self.need = rng.lognormal(2, 2, nodes) * (rng.random(nodes) > 0.5)
        self.made = rng.lognormal(2, 1, nodes) * (rng.random(nodes) > 0.5)
        self.own = rng.random(nodes)
        self.stated = np.stack([rng.integers(-1, columns, nodes), rng.integers(-1, columns, nodes)], axis=1)
        self.value = rng.random(nodes) * 10

    def over(self):
        return {"need": self.need, "made": self.made, "own": self.own}

    def graph(self, edges=slice(None), nodes=None):
        nodes = self.size if nodes is None else nodes
        return Graph.of(self.source[edges], self.target[edges], np.arange(self.source[edges].size), nodes, nodes)

    def beginnings(self, nodes):
        return Beginnings(self.stated[nodes], self.value[nodes])

    def exact(self):
        """(shares, values) node after node in double precision, the plainest way."""
        shares, values = np.zeros((self.size, self.columns)), np.zeros(self.size)
        for n in self.graph().rank:
            into = self.target == n
            if not into.any():
                shares[n, self.stated[n][self.stated[n] >= 0]] = 1.0
                values[n] = self.value[n]
                continue
            w, kg, s = self.weight[into], self.kg[into], self.source[into]
            by, carried = max(w.sum(), self.need[n]), self.made[n] or kg.sum()
            shares[n] = w @ shares[s] / by if by else 0.0
            values[n] = kg @ values[s] / carried + self.own[n]
        return shares, values


def swept(tangle):
    graph = tangle.graph()
    layout = Layout(graph)
    begins = graph.rank[: layout.begins]
    edge = graph.kg.astype(int)
    return layout.sweep(
        tangle.weight[edge], tangle.beginnings(begins), tangle.columns, kg=tangle.kg[edge], **tangle.over()
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 5, 8, 40]))
def test_packed_rows_say_what_double_precision_says(seed, columns):
    tangle = Tangle(seed, columns=columns)
    shares, values = tangle.exact()

    found = swept(tangle)

    every = np.arange(tangle.size)
    assert np.abs(found.of(every) - shares).max() < CLOSE
    assert found.values(every) == pytest.approx(values, rel=1e-4, abs=1e-5)


def test_two_threads_give_the_bytes_of_one(monkeypatch):
    tangle = Tangle(1, nodes=3000)
    whole = swept(tangle)
    monkeypatch.setattr("carnet.supply.attribution.FEW", 10)

    assert (swept(tangle).rows[0] == whole.rows[0]).all()


def test_reserved_memory_serves_one_element_after_the_other():
    graph = line(50)
    layout = Layout(graph)
    rows = layout.reserve(3)

    for column in (0, 2):
        found = layout.sweep(graph.kg, Beginnings(np.array([[column]]), np.array([2.0])), 3, rows=rows)
        assert found.rows[0] is rows
        assert found.of(np.array([0, 49])).tolist() == [np.eye(3)[column].tolist()] * 2


def test_more_columns_than_a_row_holds_are_refused():
    with pytest.raises(ValueError, match=f"more than the {MOST_COLUMNS} that a row holds"):
        Layout(Tangle(1).graph()).sweep(np.empty(0), Beginnings(np.empty((0, 1)), np.empty(0)), 300)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_what_is_added_later_gives_the_sweep_over_everything(seed, steps):
    """Nodes and edges arrive in some order: new ones, edges into old lots, and beginnings that turn out to be made."""
    tangle = Tangle(seed)
    rng = np.random.default_rng(seed)
    first = tangle.size * 2 // 3
    # an edge comes with the later of its ends, or even later
    arrives = np.maximum(np.maximum(tangle.source, tangle.target) - first + 1, 0) * steps // (tangle.size - first + 1)
    arrives = np.minimum(arrives + rng.integers(0, 2, arrives.size), steps)
    bounds = [first + (tangle.size - first) * k // steps for k in range(steps + 1)]
    arrives = np.maximum(arrives, np.searchsorted(bounds, np.maximum(tangle.source, tangle.target), side="right"))
    arrives[arrives > steps] = steps
    graph = tangle.graph(arrives == 0, first)
    edge = np.flatnonzero(arrives == 0)[graph.kg.astype(int)]
    layout = Layout(graph)
    over = {name: by[:first] for name, by in tangle.over().items()}
    growing = Growing(
        layout, tangle.weight[edge], tangle.beginnings(graph.rank[: layout.begins]), tangle.columns,
        kg=tangle.kg[edge], **over,
    )  # fmt: skip

    for step in range(1, steps + 1):
        new = np.arange(bounds[step - 1], bounds[step])
        e = np.flatnonzero(arrives == step)
        begin = np.setdiff1d(new, tangle.target[e])
        growing.add(
            len(new), tangle.source[e], tangle.target[e], tangle.weight[e], tangle.beginnings(begin),
            kg=tangle.kg[e], **tangle.over(),
        )  # fmt: skip

    shares, values = tangle.exact()
    every = np.arange(tangle.size)
    assert np.abs(growing.of(every) - shares).max() < CLOSE
    assert growing.values(every) == pytest.approx(values, rel=1e-4, abs=1e-5)


def line(length):
    """Lot 0 begins; every further lot is made of the one before."""
    return Graph.of(np.arange(length - 1), np.arange(1, length), np.ones(length - 1), length, length)


def test_only_what_is_downstream_is_mixed_again():
    graph = line(1000)
    growing = Growing(Layout(graph), graph.kg, Beginnings(np.array([[0]]), np.array([1.0])), 2)

    again = growing.add(
        1, np.array([1000]), np.array([990]), np.array([3.0]), Beginnings(np.array([[1]]), np.array([5.0]))
    )

    assert len(again) == 11  # lots 990 to 999 and the new one
    assert growing.of(np.array([989, 999])).tolist() == [[1.0, 0.0], [0.25, 0.75]]
    assert growing.values(np.array([999])) == pytest.approx([4.0])  # (1 x 1 + 3 x 5) / 4


def test_a_changed_need_is_carried_downstream():
    graph = line(4)
    growing = Growing(Layout(graph), graph.kg, Beginnings(np.array([[0]]), np.array([1.0])), 1)

    again = growing.add(
        0, np.empty(0, int), np.empty(0, int), np.empty(0), Beginnings(np.empty((0, 1), int), np.empty(0)),
        changed=np.array([2]), need=np.array([0.0, 0.0, 4.0, 0.0]),
    )  # fmt: skip

    assert len(again) == 2
    assert growing.of(np.arange(4))[:, 0].tolist() == [1.0, 1.0, 0.25, 0.25]


def test_an_edge_that_closes_a_circle_is_refused_and_changes_nothing():
    graph = line(5)
    growing = Growing(Layout(graph), graph.kg, Beginnings(np.array([[0]]), np.array([1.0])), 1)
    nothing = Beginnings(np.empty((0, 1), int), np.empty(0))

    with pytest.raises(Cyclic):
        growing.add(0, np.array([4]), np.array([2]), np.array([1.0]), nothing)

    growing.add(1, np.array([4]), np.array([5]), np.array([1.0]), nothing)
    assert growing.of(np.arange(6))[:, 0].tolist() == [1.0] * 6
