"""A report by somebody else, held against a method: where its choices are the method's, and where they are not.

A review of another boundary or allocation verifies another number. Each choice of the report is compared with what the
method asks; what the report does not say is unknown, never agreement.
Reading order: compared(), speaks_for().
"""

from __future__ import annotations

from typing import Any

from .blocks import ThirdPartyBlock
from .footprint import Footprint
from .nouns import Method


def compared(found: Footprint, on: str) -> list[dict[str, Any]]:
    """One row per report: its points against the method, and whether it carries the number (None: not known)."""
    return [
        {
            "report": block.id,
            "file": block.file,
            "digest": dict(found.inventory.files).get(block.file, ""),
            "kind": block.kind,
            "issuer": block.issuer,
            "standard": block.standard,
            "about": block.about or "product",
            "assurance": block.assurance,
            "accredited": block.accredited,
            "points": (rows := points(block, found, on)),
            "carries": False if any(r["agrees"] is False for r in rows) else None if _open(rows) else True,
        }
        for block in found.inventory.form.third_party
    ]


def _open(rows: list[dict[str, Any]]) -> bool:
    return any(r["agrees"] is None for r in rows)


def points(block: ThirdPartyBlock, found: Footprint, on: str) -> list[dict[str, Any]]:
    """Each choice: what the report says, what the method asks, whether they agree."""
    method = found.method
    rows = []

    def row(point: str, says: str, asks: str, agrees: bool | None) -> None:
        rows.append({"point": point, "says": says or "not stated", "asks": asks, "agrees": agrees if says else None})

    counted = [s for s, how in method.form.boundary.stages.items() if how == "counted"]
    lacking = [s for s in counted if s not in block.stages]
    beyond = [s for s in block.stages if s not in counted]
    row("boundary", ", ".join(block.stages), ", ".join(counted), not lacking and not beyond)
    if any(p.co_products for p in found.inventory.processes) or block.allocation:
        order = list(method.form.allocation.order)
        used = sorted(set(found.allocation.values())) or order[:1]
        row("allocation", block.allocation, ", ".join(used), block.allocation in used)
    row("recycling", block.recycling, recycling(method), block.recycling == recycling(method))
    row("electricity", block.electricity, electricity(method), block.electricity == electricity(method))
    row("gwp", block.gwp, method.form.gwp.set, block.gwp.lower() == method.form.gwp.set)
    limit = method.form.cut_off.total if method.form.cut_off.allowed else 0
    if limit is not None:
        says = "" if block.cut_off is None else f"{block.cut_off:.1%}"
        row("cut_off", says, f"at most {limit:.1%}", block.cut_off is not None and block.cut_off <= limit)
    if block.start or block.to:
        within = (not block.start or block.start <= on) and (not block.to or on <= block.to)
        row("validity", f"{block.start or 'unknown'} to {block.to or 'unknown'}", on, within)
    if block.result:
        value, _, unit = block.result.partition(" ")
        same = unit.strip() == found.unit
        gap = abs(float(value) - found.value) <= 0.05 * abs(found.value) if same else None
        rows.append({"point": "result", "says": block.result, "asks": f"{found.value:.6g} {found.unit}", "agrees": gap})
    if method.form.verification.mandatory:
        enough = block.assurance in ("limited", "reasonable") and block.accredited
        by = f"{block.assurance}, {'accredited' if block.accredited else 'not accredited'}"
        row("verification", by, method.form.verification.by, enough)
    return rows


def recycling(method: Method) -> str:
    """The method's recycling in the words of a report."""
    shares = set(method.form.recycling.a.values())
    return "cut_off" if shares == {1} else "avoided_burden" if shares == {0} else "circular_formula"


def electricity(method: Method) -> str:
    """The method's electricity in the words of a report."""
    return "contracts" if "contract" in method.form.electricity.accepts else "location"


def speaks_for(found: Footprint, on: str) -> dict[str, dict[str, Any]]:
    """Supplier, process or 'product' -> the report that carries it, the strongest first."""
    order = ("reasonable", "limited", "critical_review", "none")
    rows = sorted(compared(found, on), key=lambda r: order.index(r["assurance"]))
    carried: dict[str, dict[str, Any]] = {}
    for one in rows:
        if one["carries"] is not False:
            carried.setdefault(one["about"], one)
    return carried
