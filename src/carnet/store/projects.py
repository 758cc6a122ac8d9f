"""Projects, their versions and files, and what people did with them: reviews, comments, approvals.

A file is kept once, under the digest of its content. A version never changes; a project points to its newest. Every
question names the organization; a partner sees only what was shared with them, which `seen_by` adds to the question.
Reading order: add_project(), add_version(), project(), files(), add_review(), add_comment(), add_approval().
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from . import tables as t
from .engine import Change, View

Row = dict[str, Any]


def add_project(tx: Change, id: str, organization: str, title: str, file: str) -> Row:
    row = {
        "id": id, "organization": organization, "title": title, "file": file, "head": 0, "revision": 0,
        "created_by": tx.actor, "created_at": tx.at,
    }  # fmt: skip
    tx.run(sa.insert(t.projects).values(row))
    tx.log("project.added", about=id, title=title)
    return row


def tree(files: Mapping[str, str]) -> str:
    """The digest of a folder: over its paths and the digests of their contents."""
    listed = json.dumps(sorted(files.items()), ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(listed.encode("utf-8")).hexdigest()


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def add_version(tx: Change, id: str, project: Row, content: Mapping[str, bytes], file: str, note: str) -> Row:
    """A new version of a project from the content of its folder; the project then points to it."""
    digests = {path: digest(raw) for path, raw in content.items()}
    known = set()
    wanted = sorted(set(digests.values()))
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        known |= {r["digest"] for r in tx.all(sa.select(t.blobs.c.digest).where(t.blobs.c.digest.in_(part)))}
    for path, raw in content.items():
        if digests[path] not in known:
            known.add(digests[path])
            tx.run(sa.insert(t.blobs).values(digest=digests[path], size=len(raw), content=raw))
    row = {
        "id": id, "project": project["id"], "number": project["head"] + 1, "file": file, "tree": tree(digests),
        "note": note, "created_by": tx.actor, "created_at": tx.at,
    }  # fmt: skip
    tx.run(sa.insert(t.versions).values(row))
    tx.run(
        sa.insert(t.files),
        [{"version": id, "path": p, "digest": d, "size": len(content[p])} for p, d in sorted(digests.items())],
    )
    tx.run(
        sa.update(t.projects)
        .where(t.projects.c.id == project["id"])
        .values(head=row["number"], revision=project["revision"] + 1, file=file)
    )
    tx.log("version.added", about=project["id"], version=row["number"], tree=row["tree"])
    return row


def rename_project(tx: Change, project: Row, title: str) -> Row:
    tx.run(
        sa.update(t.projects)
        .where(t.projects.c.id == project["id"])
        .values(title=title, revision=project["revision"] + 1)
    )
    tx.log("project.renamed", about=project["id"], title=title)
    return {**project, "title": title, "revision": project["revision"] + 1}


def _visible(question: sa.Select[Any], seen_by: str) -> sa.Select[Any]:
    if not seen_by:
        return question
    shared = sa.select(t.shares.c.project).where(t.shares.c.user == seen_by)
    return question.where(t.projects.c.id.in_(shared))


def project(view: View, organization: str, id: str, seen_by: str = "") -> Row | None:
    if not seen_by:
        return view.get(t.projects, organization=organization, id=id)
    question = sa.select(t.projects).where(t.projects.c.organization == organization, t.projects.c.id == id)
    return view.one(_visible(question, seen_by))


def projects(view: View, organization: str, seen_by: str = "", after: str = "", most: int = 100) -> list[Row]:
    question = sa.select(t.projects).where(t.projects.c.organization == organization, t.projects.c.id > after)
    return view.all(_visible(question, seen_by).order_by(t.projects.c.id).limit(most))


def version(view: View, project: str, number: int) -> Row | None:
    return view.get(t.versions, project=project, number=number)


def versions(view: View, project: str, after: int = 0, most: int = 100) -> list[Row]:
    return view.all(
        sa.select(t.versions)
        .where(t.versions.c.project == project, t.versions.c.number > after)
        .order_by(t.versions.c.number)
        .limit(most)
    )


def files(view: View, version: str) -> list[Row]:
    """Path, digest and size of every file of a version."""
    return view.all(
        sa.select(t.files.c.path, t.files.c.digest, t.files.c.size)
        .where(t.files.c.version == version)
        .order_by(t.files.c.path)
    )


def content(view: View, version: str, path: str) -> bytes | None:
    found = view.one(
        sa.select(t.blobs.c.content)
        .join(t.files, t.files.c.digest == t.blobs.c.digest)
        .where(t.files.c.version == version, t.files.c.path == path)
    )
    return bytes(found["content"]) if found else None


def share(tx: Change, project: str, user: str) -> None:
    there = sa.select(t.shares).where(t.shares.c.project == project, t.shares.c.user == user)
    if tx.one(there) is None:
        tx.run(sa.insert(t.shares).values(project=project, user=user, created_at=tx.at))
        tx.log("project.shared", about=project, user=user)


def unshare(tx: Change, project: str, user: str) -> None:
    gone = tx.run(sa.delete(t.shares).where(t.shares.c.project == project, t.shares.c.user == user))
    if gone.rowcount:
        tx.log("project.unshared", about=project, user=user)


def shared_with(view: View, project: str) -> list[Row]:
    return view.all(
        sa.select(t.users.c.id, t.users.c.name, t.users.c.email)
        .join(t.shares, t.shares.c.user == t.users.c.id)
        .where(t.shares.c.project == project)
        .order_by(t.users.c.id)
    )


def add_review(tx: Change, row: Row) -> Row:
    """A review somebody asked to keep: its days, what it rests on, and the digest of the dossier it gave."""
    whole = {**row, "created_by": tx.actor, "created_at": tx.at}
    tx.run(sa.insert(t.reviews).values({**whole, "counts": json.dumps(row["counts"])}))
    tx.log("review.kept", about=row["id"], project=row["project"], version=row["version"], dossier=row["dossier"])
    return whole


def _review(row: Row) -> Row:
    return {**row, "counts": json.loads(row["counts"])}


def review(view: View, project: str, id: str) -> Row | None:
    found = view.one(sa.select(t.reviews).where(t.reviews.c.project == project, t.reviews.c.id == id))
    return _review(found) if found else None


def reviews(view: View, project: str, after: str = "", most: int = 100) -> list[Row]:
    question = sa.select(t.reviews).where(t.reviews.c.project == project, t.reviews.c.id > after)
    return [_review(r) for r in view.all(question.order_by(t.reviews.c.id).limit(most))]


def add_comment(tx: Change, id: str, project: str, market: str, finding: str, body: str) -> Row:
    row = {
        "id": id, "project": project, "market": market, "finding": finding, "body": body,
        "created_by": tx.actor, "created_at": tx.at,
    }  # fmt: skip
    tx.add(t.comments, row)
    tx.log("comment.added", about=id, project=project, body_digest=digest(body.encode("utf-8")))
    return row


def comments(view: View, project: str, after: str = "", most: int = 100) -> list[Row]:
    return view.all(
        sa.select(t.comments)
        .where(t.comments.c.project == project, t.comments.c.id > after)
        .order_by(t.comments.c.id)
        .limit(most)
    )


def add_approval(tx: Change, id: str, project: str, review: Row, decision: str, note: str) -> Row:
    row = {
        "id": id, "project": project, "review": review["id"], "decision": decision, "note": note,
        "created_by": tx.actor, "created_at": tx.at,
    }  # fmt: skip
    tx.add(t.approvals, row)
    tx.log(f"review.{decision}", about=id, project=project, review=review["id"], dossier=review["dossier"])
    return row


def approval_by(view: View, review: str, user: str) -> Row | None:
    return view.one(sa.select(t.approvals).where(t.approvals.c.review == review, t.approvals.c.created_by == user))


def approvals(view: View, project: str, after: str = "", most: int = 100) -> list[Row]:
    return view.all(
        sa.select(t.approvals)
        .where(t.approvals.c.project == project, t.approvals.c.id > after)
        .order_by(t.approvals.c.id)
        .limit(most)
    )
