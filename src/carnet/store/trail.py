"""The log as it lies in the database, its checkpoints, and the answers remembered for repeated requests.

Reading order: entries(), lines(), state(), add_checkpoint(), spoken(), remember().
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from . import tables as t
from .engine import Change, View

Row = dict[str, Any]


def entries(view: View, organization: str, before: int | None = None, most: int = 100, about: str = "") -> list[Row]:
    """An organization's entries, newest first, with the line as it was written."""
    question = sa.select(t.log).where(t.log.c.organization == organization)
    question = question.where(t.log.c.number < before) if before is not None else question
    question = question.where(t.log.c.about == about) if about else question
    return view.all(question.order_by(t.log.c.number.desc()).limit(most))


def entry(view: View, organization: str, number: int) -> Row | None:
    return view.one(sa.select(t.log).where(t.log.c.organization == organization, t.log.c.number == number))


def lines(view: View, start: int = 0, most: int | None = None) -> Iterator[Row]:
    """Every entry in order, a part at a time."""
    result = view.run(
        sa.select(t.log)
        .where(t.log.c.number >= start)
        .order_by(t.log.c.number)
        .limit(most)
        .execution_options(yield_per=2000)
    )
    names = tuple(result.keys())
    for row in result:
        yield dict(zip(names, row, strict=True))


def state(view: View) -> Row:
    """Name, size and frontier of the log."""
    found = view.get(t.log_state, id=1)
    assert found is not None
    return found


def add_checkpoint(tx: Change, size: int, note: str) -> None:
    """Keep a signed checkpoint; the same size is kept once."""
    if tx.one(sa.select(t.checkpoints.c.size).where(t.checkpoints.c.size == size)) is None:
        tx.run(sa.insert(t.checkpoints).values(size=size, at=tx.at, note=note))


def checkpoints(view: View) -> list[Row]:
    return view.all(sa.select(t.checkpoints).order_by(t.checkpoints.c.size))


def spoken(view: View, actor: str, key: str) -> Row | None:
    """What was answered to a request that bore this key."""
    return view.get(t.answers, actor=actor, key=key)


def remember(tx: Change, actor: str, key: str, request: str, status: int, body: str) -> None:
    row = {"actor": actor, "key": key, "request": request, "status": status, "body": body, "at": tx.at}
    tx.add(t.answers, row)


def forget(tx: Change, before: str) -> None:
    """Drop answers older than a moment."""
    tx.run(sa.delete(t.answers).where(t.answers.c.at < before))


WITNESSED = ("version.added", "review.", "comment.added")  # how the kinds of entries begin that speak for a row


def witnessed(view: View) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(kind of entry, what it is about, what the entry must say) for every row that an entry speaks for."""
    from .projects import digest

    for row in view.all(sa.select(t.versions)):
        yield "version.added", row["project"], {"version": row["number"], "tree": row["tree"]}
    for row in view.all(sa.select(t.reviews)):
        said = {"project": row["project"], "version": row["version"], "dossier": row["dossier"]}
        yield "review.kept", row["id"], said
    for row in view.all(sa.select(t.comments)):
        said = {"project": row["project"], "body_digest": digest(row["body"].encode("utf-8"))}
        yield "comment.added", row["id"], said
    for row in view.all(sa.select(t.approvals)):
        yield f"review.{row['decision']}", row["id"], {"project": row["project"], "review": row["review"]}


def unsound_content(view: View) -> list[str]:
    """Digests under which other bytes lie, and versions whose files are not those of their tree."""
    from .projects import digest, tree

    found = []
    blobs = view.run(sa.select(t.blobs.c.digest, t.blobs.c.content).execution_options(yield_per=20))
    for blob in blobs.mappings():
        if digest(bytes(blob["content"])) != blob["digest"]:
            found.append(f"the content kept as {blob['digest']} is not that content any more")
    for version in view.all(sa.select(t.versions)):
        rows = view.all(sa.select(t.files.c.path, t.files.c.digest).where(t.files.c.version == version["id"]))
        if tree({r["path"]: r["digest"] for r in rows}) != version["tree"]:
            found.append(
                f"version {version['number']} of {version['project']} lists other files than it was sealed with"
            )
    return found
