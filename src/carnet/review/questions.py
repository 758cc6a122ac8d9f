"""What to ask next: the cheapest questions first, each with how many findings it would move.

Reading order: next_questions().
"""

from __future__ import annotations

from typing import Any

from ..catalog import Catalog
from ..waist import Finding
from ..words import EFFORTS


def next_questions(findings: list[Finding], catalog: Catalog) -> tuple[dict[str, Any], ...]:
    """One row per question: {question, facts, about, effort, settles: n, markets}; cheapest, then widest first."""
    rows: dict[tuple[str, tuple[str, ...]], dict[str, Any]] = {}
    for finding in findings:
        if finding.verdict not in ("unproven", "undecided") or not finding.question:
            continue
        facts = tuple(m for m in finding.missing if m in catalog.words)
        row = rows.setdefault(
            (finding.question, finding.about),
            {
                "question": finding.question,
                "facts": [],
                "about": list(finding.about),
                "effort": effort_of(finding, catalog),
                "settles": 0,
                "markets": [],
            },
        )
        row["settles"] += 1
        row["facts"] = sorted({*row["facts"], *facts})
        row["markets"] = sorted({*row["markets"], finding.market})
    return tuple(sorted(rows.values(), key=lambda r: (EFFORTS.index(r["effort"]), -r["settles"], r["question"])))


def effort_of(finding: Finding, catalog: Catalog) -> str:
    """How dear the question of a finding is."""
    words = [catalog.words.word(m) for m in finding.missing if m in catalog.words]
    plain = [w for w in words if w.type != "list"]
    if plain:
        return str(min((w.effort for w in plain), key=EFFORTS.index))
    if words:
        return "approve" if "approval" in finding.question else "test"
    return "ask_authority"
