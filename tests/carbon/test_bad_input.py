"""What is wrong in an inventory is a sentence with its place; nothing is guessed instead."""

import re

import pytest

from carnet.carbon.report import report
from carnet.carbon.system import Singular, System
from carnet.carbon.terms import Missing
from carnet.errors import BadInput
from tests.carbon.inventories import HEAD, PACK, PRODUCT, read, tables, thing, under


def refusal(tmp_path, inputs, **more):
    with pytest.raises(BadInput) as caught:
        thing(tmp_path, inputs, **more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("item: steel.bf_bof, amount: 3 kWh", "steel.bf_bof: kWh is energy and kg is mass; they cannot be converted"),
        ("item: steel.bf_bof, amount: -3 kg", "steel.bf_bof: -3 kg is negative"),
        ("item: steel.bf_bof, amount: 1e300 kg", "steel.bf_bof: 1e300 kg is more than any real amount"),
        ("item: steel.bf_bof, amount: some", "steel.bf_bof: 'some' is not an amount with a unit"),
        ("item: steel.bf_bof, amount: 3", "amount: 3 is not text"),
        ("item: steel.bf_bog, amount: 3 kg", "no item is called 'steel.bf_bog'; did you mean 'steel.bf_bof'"),
        ("item: steel.bf_bof, amount: 3 pound", "steel.bf_bof: no unit is called 'pound'"),
        ("item: steel.bf_bof", "'amount' is missing"),
        ("item: cathode.lfp, region: de, amount: 1 kg", "cathode.lfp is known for cn, not for de"),
        ("item: electricity, region: aq, amount: 1 kWh", "no electricity factor is known for aq"),
        (
            "item: tire, amount: 1 kg, recycled: {content: 0.5}",
            "tire has recycled content 0.5, but no recycled route is known",
        ),
        (
            "item: steel.bf_bof, amount: 1 kg, recycled: {recovered: 0.8, energy: 0.3}",
            "recovered 0.8 and energy 0.3 are more than all of it",
        ),
        ("item: steel.bf_bof, amount: 1 kg, per: [kilometers]", "per: no parameter is called 'kilometers'"),
        ("item: steel.bf_bof, amount: 1 kg, colour: red", "no key is called 'colour'"),
        ("item: steel.bf_bof, amount: 1 kg, stage: usage", "stage: 'usage' is not one of materials, manufacturing"),
    ],
)
def test_a_bad_input_is_told_with_its_line(tmp_path, line, says):
    said = refusal(tmp_path, [line])

    assert says in said
    assert re.match(r"inventory\.yaml:10:\d+: ", said)


def test_every_problem_is_told_at_once(tmp_path):
    said = refusal(tmp_path, ["item: steel.bf_bof, amount: -3 kg", "item: nonsense, amount: 1 kg"])

    assert "inventory.yaml:10:" in said
    assert "inventory.yaml:11:" in said


def test_a_factor_without_source_or_license(tmp_path):
    row = "  - {id: mine, title: Mine, unit: kg, value: 1, flows: {co2e: 1}%s}\n"
    sources = 'sources: {lab: {number: own, class: maker, read: verbatim, seen: "2026-11-01"}}\nfactors:\n'
    inputs = ["item: mine, amount: 1 kg"]

    assert "factor 'mine' has no source" in refusal(tmp_path, inputs, more=sources + row % ", license: own")
    assert "factor 'mine' has no license" in refusal(tmp_path, inputs, more=sources + row % ", source: lab")


def test_products_that_go_round_in_a_circle(tmp_path):
    text = PACK.replace("- {item: electricity, amount: 20 kWh}", "- {item: pack, amount: 1 piece}")

    with pytest.raises(BadInput, match=r"products go round in a circle: pack -> cells -> pack"):
        read(tmp_path, text)


def test_a_process_that_would_be_free(tmp_path):
    with pytest.raises(BadInput, match=r"process 'thing-made' has no inputs and emits nothing"):
        read(tmp_path, HEAD + PRODUCT + "processes:\n  - {id: thing-made, stage: manufacturing, makes: 1 piece}\n")


def test_a_singular_technosphere_names_the_process():
    one = System([[1.0, -2.0], [-0.5, 1.0]], [[1.0, 1.0]], ["steel", "coal"])
    none = System([[1.0, 0.0], [0.0, 0.0]], [[1.0, 1.0]], ["steel", "coal"])

    with pytest.raises(Singular, match=r"process '(steel|coal)': it needs all it makes"):
        one.intensities([1.0])
    with pytest.raises(Singular, match=r"process 'coal': no process can supply it"):
        none.intensities([1.0])


def test_a_method_that_asks_for_what_nobody_stated(tmp_path):
    with pytest.raises(Missing, match=r"eu-cfb-ev-draft2024 needs usable_energy, which the product does not state"):
        under(thing(tmp_path, ["item: tire, amount: 1 kg"]), "eu-cfb-ev-draft2024")


def test_the_other_methods_still_answer_and_the_missing_one_is_listed(tmp_path):
    made = thing(tmp_path, ["item: tire, amount: 1 kg"])
    methods = [tables().method(m) for m in ("pact-3.0", "eu-cfb-ev-draft2024")]

    answer = report(made, methods, tables(), on="2026-11-21", known="2026-11-21", draws=100)

    assert [r["method"] for r in answer["results"]] == ["pact-3.0"]
    assert [m["method"] for m in answer["missing"]] == ["eu-cfb-ev-draft2024"]


def test_a_default_that_stands_in_is_listed(tmp_path):
    made = read(tmp_path, PACK.replace("  warranty: 8 year\n", ""))
    answer = report(
        made, [tables().method("eu-cfb-ev-draft2024")], tables(), on="2026-11-21", known="2026-11-21", draws=100
    )

    assert answer["results"][0]["defaults"] == [{"parameter": "years", "value": 5}]


def test_a_kilowatt_hour_is_claimed_once(tmp_path):
    claim = (
        "item: electricity, amount: 10 kWh, supply: [{kind: contract, "
        "share: 0.8, item: electricity.wind, certificate: gc}]"
    )
    more = 'period: {from: "2026-01-01", to: "2026-12-31", volume: 100}\n'
    more += 'certificates: [{id: gc, energy: 1 MWh, from: "2026-01-01", to: "2026-12-31"}]\n'
    made = thing(tmp_path, [claim, claim], more=more)

    with pytest.raises(
        BadInput, match=r"certificate 'gc' holds 1000 kWh, but 1600 kWh are claimed on it by 100 products"
    ):
        report(made, [tables().method("pact-3.0")], tables(), on="2026-11-21", known="2026-11-21", draws=100)


@pytest.mark.parametrize(("method", "expected"), [("pact-3.0", 1.2152), ("eu-cfb-ev-draft2024", 5.596)])
def test_a_contract_counts_where_the_method_accepts_it(tmp_path, method, expected):
    claim = "item: electricity, amount: 10 kWh, supply: [{kind: contract, share: 0.8, item: electricity.wind}]"
    product = "product: {declared_unit: piece, category: M1, usable_energy: 1 kWh, warranty: 8 year}\n"

    found = under(thing(tmp_path, [claim], product=product), method)

    assert round(found.total, 9) == expected  # 8 x 0.012 + 2 x 0.5596, or 10 x 0.5596
