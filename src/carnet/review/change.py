"""Two dossiers side by side, and what a design change does to the evidence in hand.

Reading order: differences() between a kept result and a new one; effects() of a change on evidence.
"""

from __future__ import annotations

from typing import Any

from ..catalog import Catalog
from ..condition import names
from ..waist import VERDICTS, Dossier, Evidence, Project


def differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings (as in the JSON contract) that are new, gone, or changed in verdict or standing."""
    old = {(f["market"], f["id"]): f for f in before}
    new = {(f["market"], f["id"]): f for f in after}
    rows = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was and now and (was["verdict"], was["standing"]) == (now["verdict"], now["standing"]):
            continue
        change = "new" if not was else "gone" if not now else _direction(was, now)
        rows.append(
            {
                "market": key[0],
                "id": key[1],
                "title": (now or was or {})["title"],
                "change": change,
                "verdict": [was and was["verdict"], now and now["verdict"]],
                "standing": [was and was["standing"], now and now["standing"]],
                "because": now["because"] if now else "it is no longer asked",
            }
        )
    return rows


def _direction(was: dict[str, Any], now: dict[str, Any]) -> str:
    a, b = VERDICTS.index(was["verdict"]), VERDICTS.index(now["verdict"])
    return "better" if b < a else "worse" if b > a else "standing"


def effects(project: Project, changes: list[tuple[str, str]], before: Dossier, after: Dossier, catalog: Catalog) -> list[dict[str, Any]]:
    """Per document: void, extend, keep or ask, with the reason.

    changes  (subject id or '', fact name or 'versions.hardware') that were changed
    """
    return [_effect(e, project, changes, before, after, catalog) for e in project.evidence]


def _effect(evidence: Evidence, project: Project, changes: list[tuple[str, str]], before: Dossier, after: Dossier, catalog: Catalog) -> dict[str, Any]:
    touched = [(s, n) for s, n in changes if _touches(s, n, evidence, project, catalog)]
    row: dict[str, Any] = {"evidence": evidence.id, "standard": evidence.standard or evidence.approval, "about": list(evidence.about), "used_by": _used(evidence, before)}
    if not touched:
        return {**row, "effect": "keep", "why": "the change is on nothing this document speaks of"}
    covered = dict(evidence.covers)
    for _, name in touched:
        if name.startswith("versions.") and name.removeprefix("versions.") in covered:
            new = next((dict(s.versions).get(name.removeprefix("versions."), "") for s in after.project.subjects if s.id in evidence.about), "")
            if new != covered[name.removeprefix("versions.")]:
                kind = catalog.evidence_kinds[evidence.kind]["on_change"]
                effect = "extend" if kind == "extend" else "void"
                return {**row, "effect": effect, "why": f"it covers {name.removeprefix('versions.')} {covered[name.removeprefix('versions.')]}, the change makes it {new}"}
            return {**row, "effect": "keep", "why": f"it covers {name.removeprefix('versions.')} {new}"}
    standard = catalog.standards.get(evidence.standard)
    sensitive = set(standard["sensitive_to"]) if standard else set()
    hit = sorted({n for _, n in touched} & sensitive)
    on_change = catalog.evidence_kinds[evidence.kind]["on_change"]
    if hit:
        effect = on_change if on_change in ("void", "extend") else "void"
        return {**row, "effect": effect, "why": f"a {evidence.kind.replace('_', ' ')} to {evidence.standard} depends on {', '.join(hit)}"}
    lost = [r for r in row["used_by"] if r not in _used(evidence, after)]
    if lost:
        return {**row, "effect": "void", "why": f"it no longer supports {', '.join(lost)}"}
    if sensitive:
        return {**row, "effect": "keep", "why": f"{evidence.standard} is not sensitive to {', '.join(n for _, n in touched)} as far as the library knows"}
    return {**row, "effect": "ask", "why": f"the library does not know whether {evidence.standard or evidence.id} depends on {', '.join(n for _, n in touched)}: ask its issuer"}


def _touches(subject: str, name: str, evidence: Evidence, project: Project, catalog: Catalog) -> bool:
    """Whether a changed fact is about something the document is about, or what that is fitted to."""
    near = set(evidence.about) | {t for s in project.subjects if s.id in evidence.about for t in s.fitted_to}
    if subject:
        return subject in near
    if name.startswith("versions."):
        return any(name.removeprefix("versions.") in dict(s.versions) for s in project.subjects if s.id in evidence.about)
    kinds = set(catalog.words.word(name).about)
    return any(s.kind in kinds for s in project.subjects if s.id in near)


def _used(evidence: Evidence, dossier: Dossier) -> list[str]:
    return sorted({f.rule for f in dossier.findings if evidence.id in f.evidence and f.verdict in ("met", "residual")})


def asked_by(name: str, market: str, catalog: Catalog) -> list[str]:
    """The rules of a market whose conditions ask a fact."""
    found = []
    for rule in catalog.requirements(market):
        texts = [t for t in (rule.applies, rule.demands) if t]
        if any(name in names(catalog.condition(t)) for t in texts):
            found.append(rule.id)
    return found
