"""What is hidden stays hidden, and still it adds up."""

import copy
import json

import pytest

from carnet.ledger import curve
from carnet.ledger.balance import check_balance, prove_balance
from carnet.ledger.balance import commit as hide
from carnet.ledger.disclosure import check, commit, show
from carnet.ledger.merkle import BadProof

SECRET = b"the owner keeps this to himself!"
LOT = {"lot": "urn:lot:7", "supplier": "a name", "mass_g": 1_500_000, "economy": "cl", "price": "hidden"}


def test_a_shown_field_is_proven_and_the_others_do_not_appear():
    committed = commit(LOT, SECRET, "lot 7")
    shown = show(committed, ["economy", "mass_g"])

    assert check(shown, committed.root) == {"economy": "cl", "mass_g": 1_500_000}
    assert "a name" not in json.dumps(shown)


def test_a_changed_value_is_refused():
    committed = commit(LOT, SECRET, "lot 7")
    shown = show(committed, ["economy"])
    shown["shown"][0]["value"] = "ch"

    with pytest.raises(BadProof):
        check(shown, committed.root)


def test_a_field_cannot_be_left_out_of_the_record_unseen():
    committed = commit(LOT, SECRET, "lot 7")
    smaller = commit({k: v for k, v in LOT.items() if k != "supplier"}, SECRET, "lot 7")

    with pytest.raises(BadProof, match="another record"):
        check(show(smaller, ["economy"]), committed.root)


def test_the_same_value_in_two_records_looks_different():
    a, b = commit(LOT, SECRET, "lot 7"), commit(LOT, SECRET, "lot 8")

    assert a.root != b.root
    assert set(a.salts).isdisjoint(b.salts)


def test_hidden_masses_balance_with_the_shown_loss():
    inputs = [hide(1_000_000, SECRET, "ore a"), hide(400_000, SECRET, "ore b")]
    proof = prove_balance(inputs, [hide(1_150_000, SECRET, "salt")], SECRET)

    assert check_balance(proof) == 250_000  # 1,000,000 + 400,000 - 1,150,000 g
    assert "1000000" not in json.dumps(proof)


def test_mass_cannot_be_gained():
    with pytest.raises(BadProof, match="weigh 1 g more"):
        prove_balance([hide(10, SECRET, "in")], [hide(11, SECRET, "out")], SECRET)


def test_a_hidden_mass_cannot_be_negative():
    """Without range proofs, 10 in = 15 out + (-5) out would balance."""
    honest = prove_balance([hide(10, SECRET, "in")], [hide(6, SECRET, "x"), hide(4, SECRET, "y")], SECRET)
    cheat = copy.deepcopy(honest)
    big, negative_blind = hide(15, SECRET, "big"), 12345
    negative = curve.add(
        curve.multiply(curve.base_point(), -5),
        curve.multiply(curve.second_generator(b"carnet balance H"), negative_blind),
    )
    cheat["outputs"][0] = prove_balance([big], [], SECRET)["inputs"][0]
    cheat["outputs"][1]["commitment"] = curve.encode(negative).hex()
    blind = (hide(10, SECRET, "in").blind - big.blind - negative_blind) % curve.ORDER
    cheat["blind"] = f"{blind:064x}"

    with pytest.raises(BadProof, match="of another mass"):
        check_balance(cheat)


@pytest.mark.parametrize("field", ["loss_g", "blind", "commitment"])
def test_a_changed_proof_of_balance_is_refused(field):
    proof = prove_balance([hide(10, SECRET, "in")], [hide(6, SECRET, "out")], SECRET)
    if field == "loss_g":
        proof["loss_g"] = 5
    elif field == "blind":
        proof["blind"] = "0" * 64
    else:
        proof["outputs"][0]["commitment"] = curve.encode(hide(7, SECRET, "out").point).hex()

    with pytest.raises(BadProof):
        check_balance(proof)


def test_the_group_is_that_of_the_signatures():
    assert curve.encode(curve.base_point()).hex() == "58" + "66" * 31
    assert curve.equal(curve.multiply(curve.base_point(), curve.ORDER - 1), curve.negate(curve.base_point()))
