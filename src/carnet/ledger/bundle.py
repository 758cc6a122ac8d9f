"""A bundle: claims with the files that show them, sealed so that anybody can check them with no network.

A bundle is a ZIP whose every byte is decided by what it holds: stored, sorted, dated 1980. `bundle.json` lists claims
and files with their digests, carries each claim's place in the log under a signed checkpoint, and is itself signed. To
check one is to write it again and compare: a changed bit is found wherever it is.
Reading order: make_bundle(), read_bundle(), verify_bundle().
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import integrity
from .checkpoint import read_checkpoint
from .credentials import Opened, open_credential
from .integrity import BadSignature
from .keys import PublicKey, Resolver, Signer
from .log import Log, check_entry, prove
from .merkle import BadProof
from .plain import Refused, canonical, digest, parse
from .status import BadStatus, StatusLists

SCHEMA, MANIFEST = "carnet/bundle/1", "bundle.json"
MOST_BYTES, MOST_FILES = 512 * 1024 * 1024, 10_000
_NAME = re.compile(r"(?!.*(?:^|/)\.)[A-Za-z0-9_][A-Za-z0-9_.+@-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+@-]*){0,8}")

Recompute = Callable[[Mapping[str, Any], Callable[[str], bytes]], Any]
Validate = Callable[[str, Any], "list[str]"]


@dataclass(frozen=True)
class Bundle:
    """A bundle as read: its manifest and its files."""

    manifest: dict[str, Any]
    files: dict[str, bytes]


def make_bundle(
    claims: Sequence[Mapping[str, Any]],
    files: Mapping[str, bytes],
    log: Log,
    signer: Signer,
    at: str,
    *,
    documents: Mapping[str, Any] | None = None,
    status: Sequence[Any] = (),
) -> bytes:
    """Seal claims: each is written into the log, which then gives its word, and all of it is signed.

    claims     {"id", "about", "name", "value", "method", "files": [...], "credential"?, "schema"?}
    documents  DID documents that a reader without network will need
    status     status list credentials, as tokens or envelopes
    """
    ids = [c["id"] for c in claims]
    if len(set(ids)) != len(ids):
        raise Refused("two claims have one id")
    for claim in claims:
        missing = [f for f in claim.get("files", []) if f not in files]
        if missing:
            raise Refused(f"claim {claim['id']!r} points to {missing[0]!r}, which is not in the bundle")
    entries = [log.append(at, "claim", {"claim": c["id"], "digest": digest(dict(c))}) for c in claims]
    manifest = {
        "schema": SCHEMA,
        "made": at,
        "claims": [dict(c) for c in claims],
        "files": {name: {"digest": _digest(raw), "bytes": len(raw)} for name, raw in sorted(files.items())},
        "documents": dict(documents or {}),
        "status": list(status),
        "log": {
            "checkpoint": log.sign(signer, at),
            "key": signer.public.multibase,
            "entries": [prove(log, e.index) for e in entries],
        },
    }
    return pack({MANIFEST: canonical(integrity.sign(manifest, signer, at)), **files})


def pack(files: Mapping[str, bytes]) -> bytes:
    """Files -> the one ZIP that holds them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(files):
            if not _NAME.fullmatch(name) or len(name) > 200:
                raise Refused(f"{name!r} is no name for a file in a bundle")
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            packed.writestr(info, files[name])
    return buffer.getvalue()


def read_bundle(raw: bytes) -> Bundle:
    """The files of a bundle; raises Refused unless it is written in its one form."""
    if len(raw) > MOST_BYTES:
        raise Refused(f"the bundle has {len(raw):,} bytes; at most {MOST_BYTES:,} are read")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            infos = packed.infolist()
            if len(infos) > MOST_FILES or sum(i.file_size for i in infos) > len(raw):
                raise Refused("it unpacks to more than it holds")
            for info in infos:
                if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
                    raise Refused(f"{info.filename[:60]!r} is compressed or encrypted; files are stored as they are")
                if not _NAME.fullmatch(info.filename):
                    raise Refused(f"{info.filename[:60]!r} is no name for a file in a bundle")
            files = {i.filename: packed.read(i) for i in infos}
    except Refused:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, LookupError, RuntimeError, EOFError, struct.error) as error:
        raise Refused(f"it is not a bundle ({type(error).__name__})") from None
    if len(files) != len(infos) or pack(files) != raw:
        raise Refused("the bundle is not written in its one form: a byte between its files was changed")
    if MANIFEST not in files:
        raise Refused(f"it holds no {MANIFEST}")
    manifest = parse(files.pop(MANIFEST))
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise Refused(f"it is not a {SCHEMA}")
    return Bundle(manifest, files)


def verify_bundle(
    raw: bytes,
    *,
    trusted: Mapping[str, PublicKey] | None = None,
    documents: Mapping[str, Any] | None = None,
    at: str = "",
    recompute: Mapping[str, Recompute] | None = None,
    validate: Validate | None = None,
) -> dict[str, Any]:
    """Every claim checked: {"schema": "carnet/verification/1", "valid", "claims": [...], "problems": [...]}.

    trusted    log origin -> key, when the reader knows the log; without it the bundle's own key is used and said so
    recompute  method name -> function that makes the value again from the files
    """
    problems: list[str] = []
    try:
        bundle = read_bundle(raw)
        manifest = bundle.manifest
        documents = {**_dict(manifest.get("documents")), **(documents or {})}
        resolver = Resolver(documents)
        signed = integrity.verify(manifest, resolver, at=at)
        if canonical(manifest) != _manifest_bytes(raw):
            raise Refused("the manifest is not in its one form")
        claims, proofs, note = _parts(manifest)
        keys = dict(trusted or {}) or {note.partition("\n")[0]: signed[0].key}
        checkpoint, _ = read_checkpoint(note, keys)
    except (Refused, BadSignature, BadProof) as error:
        return _answer([], [str(error)])
    for name, said in _dict(manifest.get("files")).items():
        if name not in bundle.files or _dict(said).get("digest") != _digest(bundle.files[name]):
            problems.append(f"{name}: the file is missing or was changed")
    problems += [f"{name}: the file is not listed" for name in bundle.files if name not in manifest["files"]]
    try:
        lists = StatusLists(open_credential(s, resolver, at=at) for s in manifest.get("status", []))
    except BadStatus as error:
        lists = StatusLists()
        problems.append(str(error))
    answers = []
    for claim, proven in zip(claims, proofs, strict=True):
        answer: dict[str, Any] = {
            "id": str(claim.get("id")),
            "signer": signed[0].method,
            "logged_at": None,
            "revoked": None,
            "schema": None,
            "digest": digest(claim),
            "recomputed": None,
            "problems": [],
        }
        answers.append(answer)
        try:
            entry = check_entry(proven, checkpoint)
            if entry.body.get("digest") != answer["digest"] or entry.body.get("claim") != claim.get("id"):
                raise BadProof("the log entry is of another claim")
            answer["logged_at"] = entry.at
        except BadProof as error:
            answer["problems"].append(str(error))
        _judge(claim, bundle, answer, resolver, lists, at, recompute or {}, validate)
        answer["valid"] = not answer["problems"]
    return _answer(answers, problems)


def _judge(
    claim: dict[str, Any],
    bundle: Bundle,
    answer: dict[str, Any],
    resolver: Resolver,
    lists: StatusLists,
    at: str,
    recompute: Mapping[str, Recompute],
    validate: Validate | None,
) -> None:
    """Credential, schema and recomputation of one claim, written into its answer."""
    name = claim.get("credential")
    if name is not None:
        opened = _open(bundle, name, resolver, at, lists)
        answer["revoked"], answer["credential_signer"] = opened.revoked, opened.signer
        answer["problems"] += opened.problems
    if claim.get("schema") and validate:
        wrong = validate(str(claim["schema"]), claim.get("value"))
        answer["schema"] = not wrong
        answer["problems"] += wrong
    again = recompute.get(str(claim.get("method")))
    if again:
        try:
            same = canonical(again(claim, lambda f: bundle.files[f])) == canonical(claim.get("value"))
        except (KeyError, ValueError, TypeError) as error:
            same = False
            answer["problems"].append(f"it cannot be recomputed: {error}")
        answer["recomputed"] = same
        if not same:
            answer["problems"].append("recomputed, the value is another")


def _open(bundle: Bundle, name: Any, resolver: Resolver, at: str, lists: StatusLists) -> Opened:
    if not isinstance(name, str) or name not in bundle.files:
        return Opened({}, problems=(f"the credential {str(name)[:60]!r} is not in the bundle",))
    raw = bundle.files[name]
    try:
        found = raw.decode("ascii") if raw[:2] == b"ey" else parse(raw)
    except (Refused, UnicodeDecodeError) as error:
        return Opened({}, problems=(f"{name}: {error}",))
    return open_credential(found, resolver, at=at, status=lists.answer)


def _parts(manifest: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str]:
    claims, log = manifest.get("claims"), _dict(manifest.get("log"))
    proofs, note = log.get("entries"), log.get("checkpoint")
    if not isinstance(claims, list) or not isinstance(proofs, list) or len(claims) != len(proofs):
        raise Refused("claims and log entries are not the same number")
    if not isinstance(note, str) or not all(isinstance(c, dict) for c in (*claims, *proofs)):
        raise Refused("the bundle carries no checkpoint of its log")
    return claims, proofs, note


def _manifest_bytes(raw: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return packed.read(MANIFEST)


def _answer(claims: list[dict[str, Any]], problems: list[str]) -> dict[str, Any]:
    valid = bool(claims) and not problems and all(c["valid"] for c in claims)
    return {"schema": "carnet/verification/1", "valid": valid, "claims": claims, "problems": problems}


def _digest(raw: bytes) -> str:
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
