"""Prove that hidden masses balance: commitments that add up, and proofs that no mass is negative.

Each mass (whole grams) is hidden in a commitment m*G + r*H. Commitments of inputs minus outputs minus the loss must be
a known multiple of H alone: then in = out + loss, whatever the masses are. A range proof per mass, bit by bit, keeps a
cheat from balancing with less than nothing.
Reading order: commit(), Part, opens(), prove_balance(), check_balance(), the range proof below.
Source: T. P. Pedersen, 1991 (commitments); R. Cramer, I. Damgard, B. Schoenmakers, 1994 (one of two); remembered.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from . import curve
from .curve import ORDER, BadPoint, Point
from .merkle import BadProof

SCHEMA = "carnet/balance-proof/1"
BITS = 40  # up to 1,099,511 tonnes in grams


@cache
def _g() -> Point:
    return curve.base_point()


@cache
def _h() -> Point:
    return curve.second_generator(b"carnet balance H")


@dataclass(frozen=True)
class Part:
    """One hidden mass with its opening; only `public` leaves the house."""

    grams: int
    blind: int
    point: Point

    @property
    def public(self) -> str:
        return curve.encode(self.point).hex()


def commit(grams: int, secret: bytes, name: str) -> Part:
    """Hide a mass. The blinding comes from a secret and the name of the mass, which must not be used twice."""
    if not 0 <= grams < 1 << BITS:
        raise BadProof(f"{grams} g is not between 0 and {(1 << BITS) - 1} g")
    if len(secret) < 32:
        raise BadProof("a secret has at least 32 bytes")
    blind = int.from_bytes(hmac.digest(secret, f"{name}\0{grams}".encode(), "sha512")) % ORDER
    return Part(grams, blind, _commitment(grams, blind))


def _commitment(grams: int, blind: int) -> Point:
    return curve.add(curve.multiply(_g(), grams), curve.multiply(_h(), blind))


def opens(public: Any, grams: Any, blind: Any) -> bool:
    """Whether a published commitment hides just this mass, when its owner opens it."""
    try:
        whole = type(grams) is int and 0 <= grams < 1 << BITS and len(blind) == 64
        return whole and curve.equal(curve.decode(bytes.fromhex(public)), _commitment(grams, int(blind, 16)))
    except (TypeError, ValueError, BadPoint):
        return False


def prove_balance(inputs: Sequence[Part], outputs: Sequence[Part], secret: bytes) -> dict[str, Any]:
    """What to publish: the commitments, the loss (shown), the sum of blindings, and a range proof for each mass."""
    loss = sum(p.grams for p in inputs) - sum(p.grams for p in outputs)
    if loss < 0:
        raise BadProof(f"the outputs weigh {-loss} g more than the inputs")
    blind = (sum(p.blind for p in inputs) - sum(p.blind for p in outputs)) % ORDER
    return {
        "schema": SCHEMA,
        "inputs": [{"commitment": p.public, "range": _prove_range(p, secret)} for p in inputs],
        "outputs": [{"commitment": p.public, "range": _prove_range(p, secret)} for p in outputs],
        "loss_g": loss,
        "blind": f"{blind:064x}",
    }


def check_balance(proof: Mapping[str, Any]) -> int:
    """The loss in grams that the hidden masses really leave; raises BadProof when they do not balance."""
    try:
        if proof["schema"] != SCHEMA:
            raise BadProof(f"it is not a {SCHEMA}")
        total = curve.ZERO
        for side, sign in (("inputs", 1), ("outputs", -1)):
            for part in proof[side]:
                point = curve.decode(bytes.fromhex(part["commitment"]))
                _check_range(point, part["range"])
                total = curve.add(total, point if sign > 0 else curve.negate(point))
        loss, blind = proof["loss_g"], int(proof["blind"], 16)
        if type(loss) is not int or not 0 <= loss < 1 << BITS + 16 or len(proof["blind"]) != 64:
            raise BadProof("the loss is no mass")
    except (KeyError, TypeError, AttributeError, BadPoint) as error:
        raise BadProof(f"the proof of balance is not whole: {error}") from None
    except BadProof:
        raise
    except ValueError as error:
        raise BadProof(f"the proof of balance is not whole: {error}") from None
    if not curve.equal(total, _commitment(loss, blind)):
        raise BadProof(f"the hidden masses do not balance with a loss of {loss} g")
    return loss


def _prove_range(part: Part, secret: bytes) -> list[list[str]]:
    """Per bit: its commitment and a proof that it hides 0 or 1. The bits add up to the mass."""
    rows, left = [], part.blind
    for bit in range(BITS):
        value = part.grams >> bit & 1
        blind = _random(secret, part.public, f"bit {bit}")
        if bit == BITS - 1:  # the last blinding makes the weighted sum that of the whole
            blind = left * pow(1 << bit, -1, ORDER) % ORDER
        left = (left - (blind << bit)) % ORDER
        rows.append(_prove_bit(value, blind, secret, f"{part.public} {bit}"))
    return rows


def _prove_bit(value: int, blind: int, secret: bytes, name: str) -> list[str]:
    """A Schnorr proof of one of two: C is a multiple of H, or C - G is; which one stays hidden."""
    point = _commitment(value, blind)
    targets = (point, curve.add(point, curve.negate(_g())))
    nonce = _random(secret, name, "nonce")
    fake_challenge, fake_answer = _random(secret, name, "challenge"), _random(secret, name, "answer")
    other = 1 - value
    sides: list[Point] = [curve.ZERO, curve.ZERO]
    sides[value] = curve.multiply(_h(), nonce)
    sides[other] = curve.add(
        curve.multiply(_h(), fake_answer), curve.negate(curve.multiply(targets[other], fake_challenge))
    )
    whole = _challenge(point, sides[0], sides[1])
    challenges, answers = [0, 0], [0, 0]
    challenges[other], answers[other] = fake_challenge, fake_answer
    challenges[value] = (whole - fake_challenge) % ORDER
    answers[value] = (nonce + challenges[value] * blind) % ORDER
    encoded = curve.encode(point).hex()
    return [encoded, *(f"{n:064x}" for n in (challenges[0], challenges[1], answers[0], answers[1]))]


def _check_range(point: Point, rows: Any) -> None:
    if not isinstance(rows, list) or len(rows) != BITS:
        raise BadProof(f"a range proof has {BITS} rows")
    total = curve.ZERO
    for bit, row in enumerate(rows):
        if len(row) != 5 or any(not isinstance(text, str) or len(text) != 64 for text in row):
            raise BadProof("a row of the range proof is not whole")
        part = curve.decode(bytes.fromhex(row[0]))
        c0, c1, s0, s1 = (int(text, 16) for text in row[1:])
        if max(c0, c1, s0, s1) >= ORDER:
            raise BadProof("a number of the range proof is not written in its one form")
        zero = curve.add(curve.multiply(_h(), s0), curve.negate(curve.multiply(part, c0)))
        one = curve.add(curve.multiply(_h(), s1), curve.negate(curve.multiply(curve.add(part, curve.negate(_g())), c1)))
        if _challenge(part, zero, one) != (c0 + c1) % ORDER:
            raise BadProof("a mass is not shown to be zero or more")
        total = curve.add(total, curve.multiply(part, 1 << bit))
    if not curve.equal(total, point):
        raise BadProof("the range proof is of another mass")


def _challenge(*points: Point) -> int:
    seen = b"carnet bit\0" + b"".join(curve.encode(p) for p in points)
    return int.from_bytes(hashlib.sha512(seen).digest()) % ORDER


def _random(secret: bytes, name: str, use: str) -> int:
    """As good as random to everybody else, and the same every time for the owner."""
    return int.from_bytes(hmac.digest(secret, f"{name}\0{use}".encode(), "sha512")) % ORDER
