"""What joins the store's log to the ledger: one form of an entry, one tree, one signer, and the check of it all.

The database holds the entries; the key and the exported checkpoints lie outside it, so that whoever rewrites the
database still disagrees with what was exported (and with every copy others hold).
Reading order: Keeper, Keeper.export(), verify_log().
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import Broken
from ...ledger.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint
from ...ledger.keys import Signer
from ...ledger.log import Entry, grew_from, read_entry
from ...ledger.merkle import EMPTY, BadProof, Tree, leaf_hash, node_hash
from ...ledger.plain import canonical
from ...store import trail
from ...store.engine import Store, View, root

SEED_BYTES = 32


class Keeper:
    """The witness of one installation: its name, its key, and the folder of exported checkpoints."""

    def __init__(self, folder: Path, seed: bytes | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        key = folder / "log.key"
        if seed is not None:
            _write_secret(key, seed)
        elif not key.exists():
            _write_secret(key, secrets.token_bytes(SEED_BYTES))
        self.signer = Signer(key.read_bytes())
        self.origin = f"carnet-exchange/{self.signer.public.multibase[-12:]}"
        self._tree, self._growing = Tree(), threading.Lock()

    def line(self, at: str, kind: str, body: dict[str, Any]) -> bytes:
        return canonical({"at": at, "kind": kind, "body": body})

    def leaf(self, line: bytes) -> bytes:
        return leaf_hash(line)

    def node(self, left: bytes, right: bytes) -> bytes:
        return node_hash(left, right)

    def now(self, view: View, at: str) -> tuple[Checkpoint, str]:
        """The log as it is: its checkpoint, and that signed."""
        state = trail.state(view)
        top = root(state["frontier"], self) if state["size"] else EMPTY
        checkpoint = Checkpoint(self.origin, state["size"], top, at)
        return checkpoint, sign_checkpoint(checkpoint, self.signer)

    def tree(self, view: View) -> Tree:
        """The tree of the log, grown by what was added since it was last asked for."""
        with self._growing:
            for row in trail.lines(view, len(self._tree)):
                self._tree.append(leaf_hash(bytes(row["line"])))
            return self._tree

    def export(self, store: Store, at: str) -> Path | None:
        """Sign the log as it is and write that outside the database; None when nothing was added since."""
        with store.look() as view:
            checkpoint, note = self.now(view, at)
        target = self.checkpoints / f"{checkpoint.size:012d}.txt"
        if not checkpoint.size or target.exists():
            return None
        with store.change(at) as tx:
            trail.add_checkpoint(tx, checkpoint.size, note)
        self.checkpoints.mkdir(exist_ok=True)
        write_durably(target, note.encode("utf-8"), 0o644)
        return target

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def kept(self, view: View) -> list[tuple[str, str]]:
        """(where, note) of every checkpoint, in the database and outside it."""
        inside = [(f"checkpoint {row['size']} in the database", row["note"]) for row in trail.checkpoints(view)]
        outside = [(f"{p.parent.name}/{p.name}", p.read_text("utf-8")) for p in sorted(self.checkpoints.glob("*.txt"))]
        return inside + outside


def _write_secret(path: Path, raw: bytes) -> None:
    write_durably(path, raw, 0o600)


def write_durably(path: Path, raw: bytes, mode: int) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_log(view: View, origin: str, problems: list[str]) -> Iterator[tuple[Entry, bytes]]:
    """Every entry in order with the hash of its leaf; what is not whole, missing or out of place ends the reading."""
    for number, row in enumerate(trail.lines(view)):
        if row["number"] != number:
            problems.append(f"entry {number} is missing: the next one is {row['number']}")
            return
        line = bytes(row["line"])
        try:
            entry = read_entry(line, number, origin)
        except Broken as error:
            problems.append(str(error))
            return
        said = (entry.at, entry.kind, entry.body.get("organization"), entry.body.get("actor"), entry.body.get("about"))
        if said != (row["at"], row["kind"], row["organization"], row["actor"], row["about"]):
            problems.append(f"entry {entry.index}: its columns do not say what its line says")
        yield entry, leaf_hash(line)


def verify_log(view: View, keeper: Keeper) -> dict[str, Any]:
    """The whole log read again: entries in place, tree as kept, checkpoints honored, rows and contents as logged."""
    problems: list[str] = []
    tree = Tree()
    spoken: dict[tuple[str, Any], list[Any]] = {}  # what the log says of rows that must still say it
    for entry, leaf in read_log(view, keeper.origin, problems):
        tree.append(leaf)
        if entry.kind.startswith(trail.WITNESSED):
            spoken.setdefault((entry.kind, entry.body.get("about")), []).append(entry.body)
    state = trail.state(view)
    if state["size"] != len(tree):
        problems.append(f"the log says {state['size']} entries, {len(tree)} are there")
    elif len(tree) and root(state["frontier"], keeper) != tree.root():
        problems.append("the tree of the log is not the tree of its entries: an entry was changed")
    notes = keeper.kept(view)
    for where, note in notes:
        try:
            checkpoint, _ = read_checkpoint(note, {keeper.origin: keeper.signer.public})
            grew_from(tree, keeper.origin, checkpoint)
        except (BadProof, Broken) as error:
            problems.append(f"{where}: {error}")
    rows = 0
    for kind, about, said in trail.witnessed(view):
        rows += 1
        if not any(all(body.get(k) == v for k, v in said.items()) for body in spoken.get((kind, about), ())):
            problems.append(f"{kind} {about}: the row does not say what was logged")
    problems += trail.unsound_content(view)
    return {
        "schema": "carnet/log-verification/1",
        "valid": not problems,
        "origin": keeper.origin,
        "entries": len(tree),
        "checkpoints": len(notes),
        "rows": rows,
        "problems": problems,
    }
