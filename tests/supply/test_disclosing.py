"""A maker shows some of how a lot was made; what he hides still balances, and nothing he shows can be bent."""

import copy
import json
import random

import pytest
from typer.testing import CliRunner

from carnet.doors.cli.evidence import app
from carnet.errors import BadInput
from carnet.ledger.keys import Signer
from carnet.supply.disclosing import disclose, verify

from .world import ROOT, rows, world

CHAIN = ROOT / "examples" / "supply" / "truck-battery"
PACK, AT = "CHN-P7-000123", "2026-11-21T12:00:00Z"
SIGNER, SECRET = Signer(b"m" * 32), b"hidden salts come from this one!"


@pytest.fixture(scope="module")
def shown():
    return disclose(world(), "salt", ["lot", "event", "inputs.0.mass_g"], SIGNER, SECRET, AT)


def test_what_is_shown_holds_and_the_rest_is_not_there(shown):
    (claim,) = verify(shown)["claims"]

    assert claim["valid"]
    assert claim["shown"] == {"event": "refine", "lot": "salt", "inputs.0.mass_g": 60_000}
    assert claim["loss_g"] == 80_000  # 60 + 40 - 20 kg
    assert claim["signer"] == SIGNER.method
    assert "ore-au" not in json.dumps(shown)
    assert "40000" not in json.dumps({k: v for k, v in shown.items() if k != "balance"})


def test_nothing_can_be_bent(shown):
    """Every text and number of the disclosure, changed one by one where the file is small, and 30 of the proofs."""

    def leaves(value, path=()):
        if isinstance(value, dict):
            for k, v in value.items():
                yield from leaves(v, (*path, k))
        elif isinstance(value, list):
            for n, v in enumerate(value):
                yield from leaves(v, (*path, n))
        else:
            yield path

    every = list(leaves(shown))
    proofs = [p for p in every if "range" in p]
    assert len(every) > len(proofs) > 500
    for path in [p for p in every if "range" not in p] + random.Random(5).sample(proofs, 30):
        bent = copy.deepcopy(shown)
        here = bent
        for step in path[:-1]:
            here = here[step]
        old = here[path[-1]]
        here[path[-1]] = old + 1 if isinstance(old, int) else ("1" if old[:1] != "1" else "2") + old[1:]
        assert not verify(bent)["valid"], path


def test_a_mass_shown_must_be_the_one_that_balances(shown):
    """A maker who writes one mass into the record and balances another is found out."""
    lots = world(flows=[{**f, "kg": 61.0} if f["lot"] == "ore-cl" else f for f in rows("flows", world())])
    other = disclose(lots, "salt", ["lot", "event", "inputs.0.mass_g"], SIGNER, SECRET, AT)

    mixed = {**other, "disclosure": shown["disclosure"], "root": shown["root"]}
    from carnet.ledger.integrity import sign

    said = {k: v for k, v in mixed.items() if k not in ("disclosure", "balance", "opened", "proof")}
    mixed |= sign(said, SIGNER, AT)

    assert "not the one in the balance" in verify(mixed)["problems"][0]


def test_a_lot_that_no_event_made_has_nothing_to_show():
    with pytest.raises(BadInput, match="no event made it"):
        disclose(world(), "ore-cl", ["lot"], SIGNER, SECRET, AT)


def test_an_unknown_field_is_refused_with_those_there_are():
    with pytest.raises(BadInput, match=r"no field 'mass'.*Fields: event, facility"):
        disclose(world(), "salt", ["mass"], SIGNER, SECRET, AT)


@pytest.mark.parametrize("wrong", [{}, [], None, {"schema": "carnet/disclosed/1"}, {"schema": "x"}, 7])
def test_what_is_no_disclosure_is_said(wrong):
    found = verify(wrong)

    assert found["valid"] is False
    assert found["problems"]


# --- the commands ------------------------------------------------------------------------------------------------


def run(*words, code=0):
    result = CliRunner().invoke(app, [str(w) for w in words])
    assert result.exit_code == code, (result.output, result.exception)
    return result


@pytest.fixture
def seed(tmp_path):
    (tmp_path / "seed").write_text("ab" * 32 + "\n")
    return tmp_path / "seed"


def test_disclose_and_verify_are_commands(tmp_path, seed):
    to = tmp_path / "shown.json"
    run("disclose", PACK, "--from", CHAIN, "--to", to, "--at", AT, "--seed", seed, "--show", "lot,outputs.0.mass_g")

    found = json.loads(run("verify", to, "--format", "json").stdout)
    assert found["schema"] == "carnet/verification/1"
    assert found["claims"][0]["shown"] == {"lot": PACK, "outputs.0.mass_g": 2_380_000}

    to.write_text(to.read_text().replace("2380000", "2380001"))
    assert "BROKEN" in run("verify", to, code=5).stdout


def test_a_battery_is_sealed_into_a_bundle_that_recomputes(tmp_path, seed):
    to = tmp_path / "battery.zip"
    words = ("seal", CHAIN, "--lot", PACK, "--seed", seed, "--log", tmp_path / "log", "--origin", "maker.example/log")
    run(*words, "--at", AT, "--output", to)

    found = json.loads(run("verify", to, "--format", "json").stdout)
    assert found["valid"]
    assert len(found["claims"]) > 70
    assert all(c["recomputed"] for c in found["claims"])

    raw = bytearray(to.read_bytes())
    raw[len(raw) // 3] ^= 4
    to.write_bytes(raw)
    run("verify", to, code=5)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--at", AT), "--seed: name the file"),
        (("--at", "today", "--seed", "seed"), "is not a moment"),
        (("--at", AT, "--seed", "short"), "neither 32 bytes nor 64"),
        (("--at", AT, "--seed", "nowhere"), "cannot be read"),
    ],
)
def test_a_wrong_option_is_a_sentence_that_shows_no_secret(words, says, tmp_path, seed):
    (tmp_path / "short").write_text("secret")
    words = [tmp_path / w if w in ("seed", "short", "nowhere") else w for w in words]

    result = run("disclose", PACK, "--from", CHAIN, "--to", tmp_path / "x.json", *words, code=1)

    assert says in str(result.exception)
    assert "secret\n" not in str(result.exception)
