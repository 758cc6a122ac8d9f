"""Two dossiers side by side, and what a design change does to the evidence in hand.

Reading order: differences() between a kept result and a new one; effects() of a change on evidence.
"""

from __future__ import annotations

from typing import Any

from ..catalog import Catalog
from ..condition import names
from ..errors import BadInput
from ..waist import VERDICTS, Dossier, Evidence, Project


def differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings (as in the JSON contract) that are new, gone, or changed in verdict or standing."""
    if not all(_sound(f) for f in before):
        raise BadInput("--baseline: this is not a kept review; make one with carnet review P --format json > kept.json")
    old = {(f["market"], f["id"]): f for f in before}
    new = {(f["market"], f["id"]): f for f in after}
    rows = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if (was or now or {})["verdict"] == "not_applicable" and not (was and now):
            continue
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


def _sound(row: Any) -> bool:
    """Whether a row of a kept file is a finding we can compare with."""
    texts = isinstance(row, dict) and all(isinstance(row.get(k), str) for k in ("market", "id", "title", "verdict"))
    return texts and row["verdict"] in VERDICTS and isinstance(row.get("standing", 0), str | None)


def _direction(was: dict[str, Any], now: dict[str, Any]) -> str:
    a, b = VERDICTS.index(was["verdict"]), VERDICTS.index(now["verdict"])
    return "better" if b < a else "worse" if b > a else "standing"


def effects(before: Dossier, after: Project, changes: list[tuple[str, str]], catalog: Catalog) -> list[dict[str, Any]]:
    """Per document: void, extend, keep or ask, with the reason.

    after    the project with the change made
    changes  (subject id or '', fact name or 'versions.hardware') that were changed
    """
    rows = []
    for evidence in before.project.evidence:
        touched = [n for s, n in changes if _touches(s, n, evidence, before.project, catalog)]
        effect, why = _answer(evidence, touched, after, catalog)
        rows.append(
            {
                "evidence": evidence.id,
                "standard": evidence.standard or evidence.approval,
                "about": list(evidence.about),
                "used_by": _used(evidence, before),
                "effect": effect,
                "why": why,
            }
        )
    return rows


def _answer(evidence: Evidence, touched: list[str], after: Project, catalog: Catalog) -> tuple[str, str]:
    """(void | extend | keep | ask, why) for one document."""
    if not touched:
        return "keep", "the change is on nothing this document speaks of"
    on_change = catalog.evidence_kinds[evidence.kind]["on_change"]
    covered = dict(evidence.covers)
    versions = {k: v for s in after.subjects if s.id in evidence.about for k, v in s.versions}
    for version in (n.removeprefix("versions.") for n in touched if n.startswith("versions.")):
        if version in covered and versions.get(version, "") != covered[version]:
            effect = "extend" if on_change == "extend" else "void"
            return effect, f"it covers {version} {covered[version]}, the change makes it {versions.get(version, '')}"
    facts = [n for n in touched if not n.startswith("versions.")]
    if not facts:
        return "keep", "it covers that version, or does not speak of it"
    standard = catalog.standards.get(evidence.standard)
    sensitive = set(standard["sensitive_to"]) if standard else set()
    hit = sorted(sensitive & set(facts))
    what, changed = evidence.standard or evidence.id, ", ".join(facts)
    if hit:
        effect = on_change if on_change in ("void", "extend") else "void"
        return effect, f"a {evidence.kind.replace('_', ' ')} to {what} depends on {', '.join(hit)}"
    if sensitive:
        return "keep", f"{what} does not depend on {changed}, as far as the library knows"
    return "ask", f"the library does not know whether {what} depends on {changed}: ask its issuer"


def _touches(subject: str, name: str, evidence: Evidence, project: Project, catalog: Catalog) -> bool:
    """Whether a changed fact is about something the document is about, or what that is fitted to."""
    near = set(evidence.about) | {t for s in project.subjects if s.id in evidence.about for t in s.fitted_to}
    if subject:
        return subject in near
    if name.startswith("versions."):
        return any(
            name.removeprefix("versions.") in dict(s.versions) for s in project.subjects if s.id in evidence.about
        )
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
