"""Seal and verify: the digests of everything a dossier was made from, and the dossier recomputed from them.

A seal is a small JSON file: project and evidence digests, library digest, engine, and the digest of the dossier's
JSON. Verifying reads every file again and reviews again; one changed bit anywhere is found and named.
A dossier kept as JSON carries the same digests and can be verified itself.
The canonical form is RFC 8785. Reading order: seal(), read(), verify().
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rfc8785

from ..errors import BadInput
from ..waist import EVENTS
from ..words import span

SCHEMA = "carnet/seal/1"


def canonical_digest(value: Any) -> str:
    """sha256 over the RFC 8785 form of plain data."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file's bytes, read piece by piece."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _found(folder: Path, name: str) -> str:
    """The digest of a file of the folder as it is now, or nothing; a seal does not make us read elsewhere."""
    path = Path(name)
    try:
        found = (folder / path).resolve()
        inside = not path.is_absolute() and found.is_relative_to(folder.resolve())
        return file_digest(found) if inside and found.is_file() else ""
    except (OSError, RuntimeError, ValueError):  # names no file can have, links in a circle
        return ""


def seal(dossier: Mapping[str, Any], project: Path, inputs: Mapping[str, str]) -> dict[str, Any]:
    """The seal of a dossier (as in the JSON contract) whose inputs lie beside the project file."""
    folder = project.parent
    claims = {
        name: {"digest": digest, "bytes": (folder / name).stat().st_size} for name, digest in sorted(inputs.items())
    }
    body = {
        "schema": SCHEMA,
        "file": project.name,
        "project": dossier["project"],
        "on": dossier["on"],
        "known": dossier["known"],
        "event": dossier["event"],
        "catalog": dossier["catalog"],
        "engine": dossier["engine"],
        "inputs": claims,
        "dossier": canonical_digest(dossier),
    }
    return {**body, "digest": canonical_digest(body)}


def read(path: Path) -> dict[str, Any]:
    """A seal from a file, or what a dossier kept as JSON says of itself; raises BadInput with a sentence."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        canonical_digest(value)  # JSON admits more than has one form: NaN, endless integers, halves of characters
    except (OSError, ValueError, RecursionError):
        raise BadInput(f"{path}: cannot be read as a seal. Make one with carnet evidence seal PROJECT") from None
    if isinstance(value, dict) and value.get("schema") == "carnet/dossier/1":
        value = _of_dossier(value)
    elif isinstance(value, dict):
        value = {"digest": "", **value}  # a seal whose own digest was taken away is broken, not unsealed
    texts = ("schema", "file", "on", "known", "event", "engine")
    sound = isinstance(value, dict) and value.get("schema") == SCHEMA
    sound = sound and all(isinstance(value.get(k), str) for k in texts)
    claims = value.get("inputs") if sound else None
    catalog = value.get("catalog") if sound else None
    if not isinstance(claims, dict) or not isinstance(catalog, dict) or not isinstance(catalog.get("digest"), str):
        raise BadInput(
            f"{path}: is neither a seal ({SCHEMA}) nor a dossier. Make one with carnet evidence seal PROJECT"
        )
    if not all(isinstance(c, dict) and isinstance(c.get("digest"), str) for c in claims.values()):
        raise BadInput(f"{path}: an input has no digest. Make the seal again with carnet evidence seal PROJECT")
    if not all(_is_day(value[k]) for k in ("on", "known")) or value["event"] not in EVENTS:
        raise BadInput(f"{path}: names no day or no event. Make the seal again with carnet evidence seal PROJECT")
    if Path(value["file"]).name != value["file"]:
        raise BadInput(f"{path}: names a project outside its folder; give it with --project")
    return dict(value)


def _is_day(text: str) -> bool:
    try:
        span(text)
    except ValueError:
        return False
    return True


def _of_dossier(dossier: Mapping[str, Any]) -> dict[str, Any]:
    """A dossier's own digests in the form of a seal; nothing speaks for the whole but its content."""
    inputs = dossier.get("inputs")
    rows = [r for r in inputs if isinstance(r, dict)] if isinstance(inputs, list) else []
    return {
        **{k: dossier.get(k) for k in ("file", "project", "on", "known", "event", "catalog", "engine")},
        "schema": SCHEMA,
        "inputs": {str(r.get("path")): {"digest": r.get("digest")} for r in rows},
        "dossier": canonical_digest(dossier),
    }


def verify(
    sealed: Mapping[str, Any], folder: Path, again: Mapping[str, Any] | None, why_not: str = ""
) -> dict[str, Any]:
    """Every claim of a seal checked: {"schema": "carnet/verification/1", "valid", "claims": [...]}.

    again    the dossier reviewed anew from the same inputs, or None when that failed
    why_not  the sentence why it failed
    """
    body = {k: v for k, v in sealed.items() if k != "digest"}
    claims = [_claim("seal", str(sealed["digest"]), canonical_digest(body))] if "digest" in sealed else []
    for name, said in sorted(sealed["inputs"].items()):
        found = _found(folder, name)
        claims.append(_claim(name, said.get("digest", ""), found, "" if found else "the file is not there"))
    if again is None:
        claims.append(
            _claim("dossier", str(sealed.get("dossier", "")), "", why_not or "it could not be reviewed again")
        )
    else:
        claims.append(
            _claim(
                "catalog",
                sealed["catalog"]["digest"],
                again["catalog"]["digest"],
                "the library changed; its rules of today are others",
            )
        )
        claims.append(_claim("engine", sealed["engine"], again["engine"], "another engine version reviewed it"))
        claims.append(_claim("dossier", str(sealed.get("dossier", "")), canonical_digest(again)))
    return {"schema": "carnet/verification/1", "valid": all(c["valid"] for c in claims), "claims": claims}


def _claim(name: str, said: str, found: str, why: str = "") -> dict[str, Any]:
    valid = bool(said) and said == found
    return {
        "id": name,
        "valid": valid,
        "signer": None,
        "logged_at": None,
        "revoked": None,
        "schema": None,
        "digest": found,
        "recomputed": valid,
        "message": "equal" if valid else f"{why or 'it changed'}: sealed {_short(said)}, now {_short(found)}",
    }


def _short(text: str) -> str:
    return text[:19] + "..." if len(text) > 22 else text or "nothing"
