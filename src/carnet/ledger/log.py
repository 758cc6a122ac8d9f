"""The one log of the product: evidence, imports and every act worth remembering, in order, for ever.

An entry is plain data in canonical form, one line of a file; the file is only ever appended to. What was written is
bound by a Merkle tree and by signed checkpoints, so a changed, missing, moved or added line is found by whoever kept
an earlier checkpoint. The log keeps digests, not documents, so that it can be shown.
Reading order: Entry, Log, open_log(), prove().
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Broken
from .checkpoint import Checkpoint, read_checkpoint, sign_checkpoint
from .keys import PublicKey, Signer
from .merkle import BadProof, Tree, leaf_hash, verify_consistency, verify_inclusion
from .plain import Refused, canonical, is_canonical, parse

MOST_LINE = 1024 * 1024
_PARTS = {"at", "kind", "body"}


@dataclass(frozen=True)
class Entry:
    """One line: its number, the moment the writer gave, what kind of act, and the rest as plain data."""

    index: int
    at: str
    kind: str
    body: Mapping[str, Any]


class Log:
    """A log in memory, grown from entries; `origin` is its name for ever."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.tree = Tree()
        self.entries: list[Entry] = []
        self.lines: list[bytes] = []

    def __len__(self) -> int:
        return len(self.entries)

    def append(self, at: str, kind: str, body: Mapping[str, Any]) -> Entry:
        """Add an act; returns its entry."""
        line = canonical({"at": at, "kind": kind, "body": dict(body)})
        return self._take(line, at, kind, body)

    def _take(self, line: bytes, at: str, kind: str, body: Mapping[str, Any]) -> Entry:
        entry = Entry(len(self.entries), at, kind, body)
        self.tree.append(leaf_hash(line))
        self.entries.append(entry)
        self.lines.append(line)
        return entry

    def read_line(self, line: bytes) -> Entry:
        """Take a line as it was written; raises Broken when it is not one."""
        entry = read_entry(line, len(self), self.origin)
        return self._take(line, entry.at, entry.kind, entry.body)

    def checkpoint(self, at: str = "") -> Checkpoint:
        return Checkpoint(self.origin, len(self), self.tree.root(), at)

    def sign(self, signer: Signer, at: str = "") -> str:
        """A signed checkpoint of the log as it is."""
        return sign_checkpoint(self.checkpoint(at), signer)

    def grew_from(self, earlier: Checkpoint) -> None:
        """Raises Broken unless everything before an earlier checkpoint is unchanged."""
        grew_from(self.tree, self.origin, earlier)


def grew_from(tree: Tree, origin: str, earlier: Checkpoint) -> None:
    """Raises Broken unless the tree still holds everything that an earlier checkpoint of it held."""
    if earlier.origin != origin:
        raise Broken(f"the checkpoint is of {earlier.origin!r}, the log is {origin!r}")
    if earlier.size > len(tree):
        raise Broken(f"the log has {len(tree)} entries; the checkpoint of {earlier.size} says that some are gone")
    if tree.root(earlier.size) != earlier.root:
        raise Broken(f"the first {earlier.size} entries are not those of the checkpoint: the past was rewritten")


def read_entry(line: bytes, index: int, origin: str) -> Entry:
    """A line as it was written -> its entry; raises Broken when it is not one."""
    where = f"log {origin}, entry {index}"
    if len(line) > MOST_LINE:
        raise Broken(f"{where}: the line has {len(line):,} bytes, at most {MOST_LINE:,} are written")
    try:
        found = parse(line)
        if not isinstance(found, dict) or found.keys() != _PARTS or not is_canonical(line, found):
            raise Refused("it is not an entry in its one form")
    except Refused as error:
        raise Broken(f"{where}: {error}. Restore the log from a backup.") from None
    return Entry(index, found["at"], found["kind"], found["body"])


def open_log(path: Path, origin: str, kept: Checkpoint | None = None) -> Log:
    """Read a log file; raises Broken when a line is not whole or `kept` was not its past."""
    log = Log(origin)
    raw = path.read_bytes() if path.exists() else b""
    if raw and not raw.endswith(b"\n"):
        raise Broken(f"log {origin}: the last line is cut short. Remove it if it was never acknowledged.")
    for line in raw.split(b"\n")[:-1]:
        log.read_line(line)
    if kept:
        log.grew_from(kept)
    return log


def append_to(path: Path, log: Log, at: str, kind: str, body: Mapping[str, Any]) -> Entry:
    """Add an act to the log and its file; the line is on disk when this returns."""
    line = canonical({"at": at, "kind": kind, "body": dict(body)})
    with path.open("ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return log.append(at, kind, body)


def prove(log: Log, index: int) -> dict[str, Any]:
    """An entry with the proof that it stands in the log as it is now."""
    return proven(log.tree, len(log), index, log.lines[index])


def proven(tree: Tree, size: int, index: int, line: bytes) -> dict[str, Any]:
    """A line with the proof that it is entry `index` of the first `size`."""
    return {
        "index": index,
        "size": size,
        "entry": base64.b64encode(line).decode(),
        "proof": [base64.b64encode(h).decode() for h in tree.inclusion(index, size)],
    }


def check_entry(proven: Mapping[str, Any], checkpoint: Checkpoint) -> Entry:
    """The entry, if its proof leads to the checkpoint; raises BadProof."""
    try:
        line = base64.b64decode(proven["entry"], validate=True)
        proof = [base64.b64decode(h, validate=True) for h in proven["proof"]]
        index, size = proven["index"], proven["size"]
        found = parse(line)
        if canonical(found) != line or type(index) is not int or size != checkpoint.size:
            raise BadProof("the entry is not of this checkpoint, or not in its one form")
        entry = Entry(index, found["at"], found["kind"], found["body"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadProof(f"the proof of an entry is not whole: {error}") from None
    verify_inclusion(index, size, leaf_hash(line), proof, checkpoint.root)
    return entry


def check_growth(earlier: str, later: str, proof: list[str], keys: Mapping[str, PublicKey]) -> tuple[str, str]:
    """(moment of the earlier, of the later) checkpoint, if the later contains the earlier; raises BadProof."""
    first, _ = read_checkpoint(earlier, keys)
    second, _ = read_checkpoint(later, keys)
    if first.origin != second.origin:
        raise BadProof(f"two logs: {first.origin!r} and {second.origin!r}")
    try:
        hashes = [base64.b64decode(h, validate=True) for h in proof]
    except (TypeError, ValueError):
        raise BadProof("the proof is not base 64") from None
    verify_consistency(first.size, second.size, first.root, second.root, hashes)
    return first.at, second.at
