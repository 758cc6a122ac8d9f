"""Alternatives side by side: one row per market and topic, the worst verdict of each alternative.

Reading order: comparison().
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..waist import VERDICTS, Dossier


def comparison(dossiers: Sequence[Dossier], dossier_json: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """{"schema": "carnet/comparison/1", "alternatives": [...], "rows": [{market, topic, verdicts}]}"""
    worst: dict[tuple[str, str], list[str | None]] = {}
    names: dict[str, str] = {}
    for number, dossier in enumerate(dossiers):
        names |= dict(dossier.names)
        for finding in dossier.findings:
            row = worst.setdefault((finding.market, finding.topic), [None] * len(dossiers))
            known = row[number]
            if known is None or VERDICTS.index(finding.verdict) > VERDICTS.index(known):
                row[number] = finding.verdict
    alternatives = [
        {
            "project": d.project.id,
            "title": d.project.title,
            "counts": {v: sum(f.verdict == v for f in d.findings) for v in VERDICTS},
            "questions": len(d.questions),
            "exposure": len(d.exposure),
            "dossier": plain,
        }
        for d, plain in zip(dossiers, dossier_json, strict=True)
    ]
    rows = [
        {"market": m, "market_name": names[m], "topic": t, "verdicts": v, "differs": len(set(v)) > 1}
        for (m, t), v in sorted(worst.items())
    ]
    return {"schema": "carnet/comparison/1", "alternatives": alternatives, "rows": rows}
