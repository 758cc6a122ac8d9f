"""The Merkle tree of a log: roots, inclusion and consistency proofs, and their checking.

A leaf is hashed with a zero byte before it, a node with a one byte, so that neither can pose as the other. A proof is a
list of hashes from the bottom up. Subtrees [start, end) prove a part of the log without the rest. Checking a proof
needs nothing but the hashes; a question about an empty log proves nothing and is refused.
Reading order: leaf_hash(), Tree, verify_inclusion(), verify_consistency(), verify_subtree_*().
Source: RFC 6962, section 2; RFC 9162, section 2.1; subtrees as in the IETF draft on Merkle tree certificates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
HASH_BYTES = 32


class BadProof(ValueError):
    """A proof that does not show what it claims; the sentence says why."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing list of leaf hashes with every complete subtree kept, so that proofs cost the logarithm of its size."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> int:
        """Add a leaf hash; returns its index."""
        level, here = 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append([])
            row = self._levels[level]
            row.append(here)
            if len(row) % 2:
                return len(self) - 1
            here = node_hash(row[-2], row[-1])
            level += 1

    def leaf(self, index: int) -> bytes:
        return self._levels[0][index]

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves (all of them when left out)."""
        size = len(self) if size is None else size
        if not 0 <= size <= len(self):
            raise BadProof(f"the log has {len(self)} entries, not {size}")
        return self._range(0, size) if size else EMPTY

    def _range(self, start: int, end: int) -> bytes:
        width = end - start
        level = width.bit_length() - 1
        if width == 1 << level and start % width == 0:
            return self._levels[level][start >> level]
        half = 1 << ((width - 1).bit_length() - 1)
        return node_hash(self._range(start, start + half), self._range(start + half, end))

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that leaf `index` is among the first `size`; raises BadProof when it is not."""
        size = len(self) if size is None else size
        if not 0 <= index < size <= len(self):
            raise BadProof(f"there is no entry {index} among the first {size} of {len(self)}")
        proof, start, end = [], 0, size
        while end - start > 1:
            half = start + (1 << ((end - start - 1).bit_length() - 1))
            if index < half:
                proof.append(self._range(half, end))
                end = half
            else:
                proof.append(self._range(start, half))
                start = half
        return proof[::-1]

    def consistency(self, first: int, second: int | None = None) -> list[bytes]:
        """The proof that the first `first` leaves of the first `second` are unchanged; raises BadProof for size 0."""
        second = len(self) if second is None else second
        if not 0 < first <= second <= len(self):
            raise BadProof(f"no log of {first} entries can be shown to grow into one of {second} (of {len(self)})")
        return self._sub(first, 0, second, True)[::-1]

    def _sub(self, first: int, start: int, end: int, whole: bool) -> list[bytes]:
        proof: list[bytes] = []
        while first != end:
            half = start + (1 << ((end - start - 1).bit_length() - 1))
            if first <= half:
                proof.append(self._range(half, end))
                end = half
            else:
                proof.append(self._range(start, half))
                start, whole = half, False
        return proof if whole else [*proof, self._range(start, end)]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raises BadProof unless the leaf stands at `index` in the tree of that size and root."""
    verify_subtree_inclusion(index, 0, size, leaf, proof, root)


def verify_subtree_inclusion(
    index: int, start: int, end: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Raises BadProof unless the leaf stands at `index` in the subtree [start, end) of that root."""
    _subtree(start, end)
    if not start <= index < end:
        raise BadProof(f"entry {index} is not among {start} to {end - 1}")
    _hashes([leaf, root], proof)
    at, last, here = index - start, end - start - 1, leaf
    for step in proof:
        if last == 0:
            raise BadProof("the proof goes on above the root")
        if at % 2 or at == last:
            here = node_hash(step, here)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            here = node_hash(here, step)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("the proof ends below the root")
    if here != root:
        raise BadProof("the proof leads to another root: the entry, its place or the log was changed")


def verify_consistency(first: int, second: int, old: bytes, new: bytes, proof: Sequence[bytes]) -> None:
    """Raises BadProof unless the log of size `first` and root `old` grew into `second` and `new`, nothing rewritten."""
    if first < 1:
        raise BadProof("a log of no entries says nothing about a later one")
    verify_subtree_consistency(0, first, second, old, new, proof)


def verify_subtree_consistency(
    start: int, end: int, size: int, part: bytes, whole: bytes, proof: Sequence[bytes]
) -> None:
    """Raises BadProof unless the subtree [start, end) of root `part` stands in the log of `size` and root `whole`."""
    if end > size:
        raise BadProof(f"a log of {size} entries has none up to {end}")
    if start == end:
        if proof or part != EMPTY:
            raise BadProof("nothing can be shown about an empty part")
        return
    _subtree(start, end)
    if start == 0 and end == size:
        if proof or part != whole:
            raise BadProof("two logs of one size must have one root and need no proof")
        return
    _hashes([part, whole], proof)
    # Climb from the last node of the part to the root of the whole; both roots are rebuilt on the way.
    first, last, left = start, end - 1, size - 1
    while first != last and (last % 2 or last == left):
        first, last, left = first >> 1, last >> 1, left >> 1
    waiting = list(proof)
    if first == last:
        inner = outer = part
    else:
        if not waiting:
            raise BadProof("the proof is cut short")
        inner = outer = waiting.pop(0)
    for step in waiting:
        if left == 0:
            raise BadProof("the proof goes on above the root")
        if last % 2 or last == left:
            if first < last:
                inner = node_hash(step, inner)
            outer = node_hash(step, outer)
            while last % 2 == 0 and last:
                first, last, left = first >> 1, last >> 1, left >> 1
        else:
            outer = node_hash(outer, step)
        first, last, left = first >> 1, last >> 1, left >> 1
    if left:
        raise BadProof("the proof is cut short")
    if inner != part:
        raise BadProof("the proof leads to another earlier root: the past was rewritten")
    if outer != whole:
        raise BadProof("the proof leads to another later root: the log was changed")


def _subtree(start: int, end: int) -> None:
    """Only what a balanced tree really holds as one node (or its ragged right edge) is a subtree."""
    if not 0 <= start < end:
        raise BadProof(f"{start} to {end} is no part of a log")
    if start % (1 << (end - start - 1).bit_length()):
        raise BadProof(f"{start} to {end} is not one subtree of a log")


def _hashes(named: Sequence[bytes], proof: Sequence[bytes]) -> None:
    if any(len(h) != HASH_BYTES for h in (*named, *proof)):
        raise BadProof(f"a hash here is not {HASH_BYTES} bytes long")
