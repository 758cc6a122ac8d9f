"""Seal and verify: the digests of everything a dossier was made from, and the dossier recomputed from them.

A seal is a small JSON file: project and evidence digests, library digest, engine, and the digest of the dossier's
JSON. Verifying reads every file again and reviews again; one changed bit anywhere is found and named.
The canonical form is RFC 8785. Reading order: seal(), verify().
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rfc8785

SCHEMA = "carnet/seal/1"


def canonical_digest(value: Any) -> str:
    """sha256 over the RFC 8785 form of plain data."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file's bytes."""
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


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


def verify(
    sealed: Mapping[str, Any], folder: Path, again: Mapping[str, Any] | None, why_not: str = ""
) -> dict[str, Any]:
    """Every claim of a seal checked: {"schema": "carnet/verification/1", "valid", "claims": [...]}.

    again    the dossier reviewed anew from the same inputs, or None when that failed
    why_not  the sentence why it failed
    """
    body = {k: v for k, v in sealed.items() if k != "digest"}
    claims = [_claim("seal", sealed.get("digest", ""), canonical_digest(body))]
    for name, said in sorted(sealed.get("inputs", {}).items()):
        path = folder / name
        inside = not Path(name).is_absolute() and ".." not in Path(name).parts
        found = file_digest(path) if inside and path.is_file() else ""
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
