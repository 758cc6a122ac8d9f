"""More evidence never worsens a verdict, and the same inputs give the same dossier: laws over small random libraries.

A library of up to four rules and four recognitions is drawn, and a drawer of documents that show standards. Adding a
passed document about the same things may only move a verdict towards met. Facts are left out on purpose: a fact can
make a rule apply. So are failed documents and complete lists: they say no.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.waist import VERDICTS
from tests.builders import findings, pack, recognition, report, review, rule, truck

STANDARDS = ("CR 10.01", "CR 10.02", "CR 10.03", "CR 7.00", "PN 5:2020")
KINDS = ("test_report", "type_approval", "declaration")
ONE = st.sampled_from(STANDARDS)


def has(entries, how="any"):
    listed = ", ".join(f'"{e}"' for e in entries)
    return f"battery.tested_to has {how} [{listed}]"


DEMANDS = st.recursive(
    st.builds(has, st.lists(ONE, min_size=1, max_size=2, unique=True), st.sampled_from(["any", "all"])),
    lambda inner: st.tuples(st.sampled_from([" and ", " or "]), st.lists(inner, min_size=2, max_size=2)).map(
        lambda pair: pair[0].join(f"({part})" for part in pair[1])
    ),
    max_leaves=4,
)
SCOPES = st.sampled_from(["", "vehicle.category == N", "vehicle.category == M1", "vehicle.seats >= 3"])
PLACES = st.sampled_from([["xa"], ["coast"], ["xa", "xd"]])


@st.composite
def libraries(draw):
    """Rules of Aria on packs, and recognitions between standards."""
    rules = [
        rule(
            f"xa.rule.{n}",
            demands=draw(DEMANDS),
            evidence=draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True)),
            **({"applies": scope} if (scope := draw(SCOPES)) else {}),
        )
        for n in range(draw(st.integers(1, 3)))
    ]
    links = [
        recognition(
            f"link.{n}",
            accepted_in=draw(PLACES),
            accepts={
                "kinds": draw(st.lists(st.sampled_from(KINDS), max_size=2, unique=True)),
                "issued_in": draw(st.sampled_from([[], ["coast"], ["xd"]])),
            },
            gives=draw(
                st.sampled_from(["same", "older_series"])
                | st.builds(lambda want, have: [{"for": want, "with": have}], ONE, ONE)
            ),
            as_kinds=draw(st.sampled_from([[], ["type_approval"], ["test_report"]])),
            residual=draw(
                st.lists(st.sampled_from(["a label", "a drop test", "a crash test"]), max_size=2, unique=True)
            ),
        )
        for n in range(draw(st.integers(0, 4)))
    ]
    return [*rules, *links]


@st.composite
def drawers(draw):
    """Documents about the pack; each shows one standard, some are acts of an authority somewhere."""
    economies = st.sampled_from(["xa", "xb", "xc", "xd", None])
    return [
        report(f"doc-{n}", kind=draw(st.sampled_from(KINDS)), standard=draw(ONE), granted_in=draw(economies))
        for n in range(draw(st.integers(1, 5)))
    ]


def verdicts(rows) -> dict[str, int]:
    return {f.rule: VERDICTS.index(f.verdict) for f in findings(review(*rows))}


THINGS = [truck(seats=None), pack(fitted_to=["truck"])]


@given(libraries(), drawers(), st.data())
@settings(max_examples=150, deadline=None)
def test_one_more_document_never_worsens_a_verdict(library, drawer, data):
    kept = data.draw(st.sets(st.sampled_from(range(len(drawer))), max_size=len(drawer)))
    less = [row for n, row in enumerate(drawer) if n in kept]

    before, after = verdicts([*library, *THINGS, *less]), verdicts([*library, *THINGS, *drawer])

    assert before.keys() == after.keys()
    assert all(after[name] <= before[name] for name in before)


@given(libraries(), drawers())
@settings(max_examples=50, deadline=None)
def test_the_order_of_documents_does_not_change_a_verdict(library, drawer):
    assert verdicts([*library, *THINGS, *drawer]) == verdicts([*library, *THINGS, *drawer[::-1]])


@given(libraries(), drawers())
@settings(max_examples=50, deadline=None)
def test_the_same_inputs_give_the_same_findings(library, drawer):
    rows = [*library, *THINGS, *drawer]

    first, second = review(*rows), review(*rows)

    assert first.findings == second.findings
    assert first.catalog_digest == second.catalog_digest


@given(libraries(), drawers())
@settings(max_examples=100, deadline=None)
def test_every_verdict_stands_on_what_it_names(library, drawer):
    for finding in findings(review(*library, *THINGS, *drawer)):
        assert finding.because
        assert (finding.verdict == "residual") == bool(finding.residual)
        assert bool(finding.via) <= bool(finding.evidence)
        assert bool(finding.question) == (finding.verdict in ("unproven", "undecided"))
        if finding.verdict in ("met", "residual"):
            assert finding.evidence
            assert not finding.missing


def test_the_law_can_fail():
    """A failed document is left out of the law because it does worsen a verdict, rightly."""
    wanted = rule(demands='battery.tested_to has "CR 10.02"', evidence=["test_report"])

    assert verdicts([wanted, pack()])[wanted.id] < verdicts([wanted, pack(), report(result="fail")])[wanted.id]
