"""Show a stranger how one lot was made, and hide from whom and how much: what is hidden still balances.

The event that made the lot becomes one record. Every lot and mass in it is bound by a salted commitment, and every mass
also by a commitment that can be added. The maker signs the record's root with the commitments of the masses; he then
shows what he likes, and a proof that inputs equal outputs plus the stated loss. A mass that is shown is opened in the
balance too, so that it cannot differ there. Checking needs no network.
Reading order: record_of(), disclose(), verify(). Masses in grams.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ..errors import BadInput, nearest
from ..ledger import balance, disclosure, integrity
from ..ledger.balance import Part
from ..ledger.integrity import BadSignature
from ..ledger.keys import Resolver, Signer
from ..ledger.merkle import BadProof
from ..ledger.plain import Refused, digest
from .lots import Chain

SCHEMA = "carnet/disclosed/1"
MASS = ".mass_g"
SIDES = {"in": "inputs", "out": "outputs"}


def record_of(chain: Chain, lot: str) -> tuple[str, dict[str, Any], dict[str, list[tuple[str, int]]]]:
    """(event, fields, side -> (name, grams) of every mass) of the event that made a lot; raises BadInput."""
    makers = [f["event"] for f in chain["flows"] if f["lot"] == lot and f["way"] == "out"]
    if len(makers) != 1:
        near = nearest(lot, [r["id"] for r in chain["lots"]])
        why = "no event made it" if not makers else f"{len(makers)} events made it"
        raise BadInput(f"{lot}: {why}, so there is nothing to show" + (f"; {near}" if near and not makers else ""))
    (event,) = makers
    row = next(e for e in chain["events"] if e["id"] == event)
    lots = {r["id"]: r for r in chain["lots"]}
    fields: dict[str, Any] = {"event": event, "time": row["time"], "facility": row["facility"], "lot": lot}
    masses: dict[str, list[tuple[str, int]]] = {"inputs": [], "outputs": []}
    for flow in (f for f in chain["flows"] if f["event"] == event):
        side = SIDES[flow["way"]]
        name = f"{side}.{len(masses[side])}"
        kg = flow["kg"] if flow["kg"] is not None else lots[flow["lot"]]["kg"]
        if kg is None:
            raise BadInput(f"{event}: the mass of {flow['lot']} is not stated, so no balance can be shown")
        grams = int((Decimal(str(kg)) * 1000).to_integral_value())
        masses[side].append((name, grams))
        made = lots[flow["lot"]]
        fields |= {f"{name}.lot": flow["lot"], f"{name}.material": made["material"], f"{name}.mass_g": grams}
    return event, fields, masses


def disclose(
    chain: Chain, lot: str, names: Iterable[str], signer: Signer, secret: bytes, at: str
) -> dict[str, Any]:  # fmt: skip
    """A signed disclosure of the named fields with the proof that all masses balance; raises BadInput."""
    event, fields, masses = record_of(chain, lot)
    try:
        committed = disclosure.commit(fields, secret, event)
        parts: dict[str, list[Part]] = {
            side: [balance.commit(grams, secret, f"{event}\0{name}") for name, grams in rows]
            for side, rows in masses.items()
        }
        shown = disclosure.show(committed, [n for n in names if n] or ["lot"])
        proof = balance.prove_balance(parts["inputs"], parts["outputs"], secret)
    except (Refused, BadProof) as error:
        known = ", ".join(sorted(fields))
        raise BadInput(f"{lot}: {error}. Fields: {known}") from None
    said = {
        "schema": SCHEMA,
        "made": at,
        "root": base64.b64encode(committed.root).decode(),
        "masses": {side: [part.public for part in parts[side]] for side in parts},
    }
    named = {one["name"] for one in shown["shown"]}
    opened = {
        name: f"{part.blind:064x}"
        for side in parts
        for (name, _), part in zip(masses[side], parts[side], strict=True)
        if f"{name}{MASS}" in named
    }
    return {**integrity.sign(said, signer, at), "disclosure": shown, "balance": proof, "opened": opened}


def verify(found: Any, *, at: str = "", documents: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """carnet/verification/1 of a disclosure: signed by whom, which fields hold, whether the hidden masses balance."""
    problems: list[str] = []
    shown: dict[str, Any] = {}
    signer, loss = None, None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        problems.append(f"it is not a {SCHEMA}")
        found = {}
    signed = {k: v for k, v in found.items() if k not in ("disclosure", "balance", "opened")}
    try:
        (first, *_) = integrity.verify(signed, Resolver(documents), at=at)
        signer = first.method
        root = base64.b64decode(str(signed.get("root")), validate=True)
        shown = disclosure.check(_object(found.get("disclosure")), root)
        proof = _object(found.get("balance"))
        loss = balance.check_balance(proof)
        masses = _object(signed.get("masses"))
        for side in SIDES.values():
            listed = [_object(p).get("commitment") for p in proof[side]]
            if listed != masses.get(side) or not listed:
                raise BadProof(f"the balance is of other {side} than those the maker signed")
        _check_shown(shown, masses, _object(found.get("opened")))
    except (BadSignature, BadProof, Refused, ValueError, TypeError, KeyError) as error:
        problems.append(str(error))
    claim = {
        "id": str(shown.get("lot", "disclosure")),
        "signer": signer,
        "logged_at": None,
        "revoked": None,
        "schema": SCHEMA,
        "digest": _digest(signed),
        "recomputed": loss is not None and not problems,
        "valid": not problems,
        "shown": shown,
        "loss_g": loss,
        "problems": problems,
    }
    return {"schema": "carnet/verification/1", "valid": not problems, "claims": [claim], "problems": problems}


def _check_shown(shown: Mapping[str, Any], masses: Mapping[str, Any], opened: Mapping[str, Any]) -> None:
    """Every mass that is shown is the one in the balance; raises BadProof."""
    for name, value in shown.items():
        if name.endswith(MASS):
            place = name.removesuffix(MASS)
            side, _, number = place.partition(".")
            listed = masses.get(side)
            known = isinstance(listed, list) and number.isdigit() and int(number) < len(listed)
            if not known or not balance.opens(listed[int(number)], value, opened.get(place)):  # type: ignore[index]
                raise BadProof(f"{name}: the mass that is shown is not the one in the balance")


def _digest(value: Any) -> str | None:
    try:
        return digest(value)
    except Refused:
        return None


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadProof("the disclosure is not whole")
    return value
