"""The log: what was written stays written, and a short proof shows it to anybody."""

import base64
import json
import random

import pytest

from carnet.errors import Broken
from carnet.ledger.checkpoint import Checkpoint, cosign, read_checkpoint, sign_checkpoint
from carnet.ledger.keys import Signer
from carnet.ledger.log import Log, append_to, check_entry, check_growth, open_log, prove
from carnet.ledger.merkle import (
    EMPTY,
    BadProof,
    Tree,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)

SIGNER, STRANGER = Signer(b"1" * 32), Signer(b"2" * 32)


def tree(size):
    return Tree(leaf_hash(bytes([n])) for n in range(size))


def grown(count=20, origin="example.org/log"):
    log = Log(origin)
    for n in range(count):
        log.append(f"2026-11-{n % 28 + 1:02}T12:00:00Z", "import", {"number": n, "file": f"lots-{n}.csv"})
    return log


def test_every_published_proof_has_its_published_outcome(shared):
    paths = sorted((shared / "supply" / "merkle").rglob("*.json"))
    wrong = []
    for path in paths:
        case = json.loads(path.read_text())
        raw = {k: base64.b64decode(case.get(k) or "") for k in ("root", "root1", "root2", "leafHash")}
        proof = [base64.b64decode(h) for h in case["proof"] or []]
        kind = path.relative_to(shared / "supply" / "merkle").parts[0]
        try:
            if kind == "inclusion":
                verify_inclusion(case["leafIdx"], case["treeSize"], raw["leafHash"], proof, raw["root"])
            elif kind == "consistency":
                verify_consistency(case["size1"], case["size2"], raw["root1"], raw["root2"], proof)
            elif kind == "subtreeinclusion":
                part = (case["leafIdx"], case["start"], case["end"])
                verify_subtree_inclusion(*part, raw["leafHash"], proof, raw["root"])
            else:
                part = (case["start"], case["end"], case["size"])
                verify_subtree_consistency(*part, raw["root1"], raw["root2"], proof)
            refused = False
        except BadProof:
            refused = True
        if refused != case["wantErr"]:
            wrong.append(f"{path.name}: {case['desc']}")

    assert len(paths) == 274
    assert wrong == []


def test_every_entry_of_every_size_is_proven():
    whole = tree(40)

    for size in range(1, 41):
        for index in range(size):
            verify_inclusion(index, size, whole.leaf(index), whole.inclusion(index, size), whole.root(size))


def test_every_growth_is_proven():
    whole = tree(40)

    for later in range(1, 41):
        for earlier in range(1, later + 1):
            proof = whole.consistency(earlier, later)
            verify_consistency(earlier, later, whole.root(earlier), whole.root(later), proof)


def test_a_root_is_that_of_the_definition():
    a, b, c = (leaf_hash(bytes([n])) for n in range(3))

    from hashlib import sha256

    def node(left, right):
        return sha256(b"\x01" + left + right).digest()

    assert tree(0).root() == EMPTY == sha256(b"").digest()
    assert tree(3).root() == node(node(a, b), c)


def test_one_wrong_bit_in_a_proof_is_refused():
    whole = tree(9)
    proof = whole.inclusion(5)
    broken = [proof[0], bytes([proof[1][0] ^ 1]) + proof[1][1:], *proof[2:]]

    with pytest.raises(BadProof, match="another root"):
        verify_inclusion(5, 9, whole.leaf(5), broken, whole.root())


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_a_truncated_proof_is_refused(cut):
    whole = tree(13)

    with pytest.raises(BadProof):
        verify_inclusion(6, 13, whole.leaf(6), whole.inclusion(6)[:cut], whole.root())
    with pytest.raises(BadProof):
        verify_consistency(6, 13, whole.root(6), whole.root(), whole.consistency(6)[:cut])


def test_a_log_of_nothing_proves_nothing():
    whole = tree(4)

    with pytest.raises(BadProof, match="no entries says nothing"):
        verify_consistency(0, 4, EMPTY, whole.root(), [])
    with pytest.raises(BadProof):
        whole.consistency(0, 4)


def test_a_checkpoint_is_read_only_with_a_trusted_key():
    note = sign_checkpoint(Checkpoint("example.org/log", 3, tree(3).root(), "2026-11-21T12:00:00Z"), SIGNER)

    found, names = read_checkpoint(note, {"example.org/log": SIGNER.public})

    assert (found.size, found.root, names) == (3, tree(3).root(), ("example.org/log",))
    with pytest.raises(BadProof, match="no key that you trust"):
        read_checkpoint(note, {"example.org/log": STRANGER.public})
    with pytest.raises(BadProof):
        read_checkpoint(note.replace("\n3\n", "\n4\n"), {"example.org/log": SIGNER.public})


def test_a_witness_signs_beside_the_log():
    note = sign_checkpoint(Checkpoint("example.org/log", 3, tree(3).root()), SIGNER)
    both = cosign(note, STRANGER, "witness.example")

    _, names = read_checkpoint(both, {"example.org/log": SIGNER.public, "witness.example": STRANGER.public})

    assert names == ("example.org/log", "witness.example")


def test_an_entry_travels_with_its_proof():
    log = grown()
    checkpoint = log.checkpoint()
    proven = prove(log, 7)

    assert check_entry(proven, checkpoint).body["number"] == 7
    with pytest.raises(BadProof):
        check_entry({**proven, "index": 8}, checkpoint)


def test_growth_between_two_signed_checkpoints_is_checked_without_the_log():
    log = grown(8)
    earlier = log.sign(SIGNER, "2026-11-01T00:00:00Z")
    log.append("2026-11-30T00:00:00Z", "import", {"number": 99})
    proof = [base64.b64encode(h).decode() for h in log.tree.consistency(8)]
    keys = {"example.org/log": SIGNER.public}

    assert check_growth(earlier, log.sign(SIGNER), proof, keys)[0] == "2026-11-01T00:00:00Z"

    other = grown(9)
    other.append("2026-11-30T00:00:00Z", "import", {"number": 100})
    with pytest.raises(BadProof):
        check_growth(earlier, other.sign(SIGNER), proof, keys)


def test_a_log_file_is_read_as_written(tmp_path):
    log, path = Log("example.org/log"), tmp_path / "log"
    for n in range(5):
        append_to(path, log, "2026-11-21T12:00:00Z", "import", {"number": n})

    again = open_log(path, "example.org/log", log.checkpoint())

    assert again.tree.root() == log.tree.root()


def tampered(lines, choice, rng):
    """One tampering of the lines of a log."""
    lines = list(lines)
    n = rng.randrange(len(lines))
    if choice == "edit":
        at = rng.randrange(len(lines[n]))
        lines[n] = lines[n][:at] + bytes([lines[n][at] ^ 1 << rng.randrange(8)]) + lines[n][at + 1 :]
    elif choice == "delete":
        del lines[n]
    elif choice == "reorder":
        other = (n + 1 + rng.randrange(len(lines) - 1)) % len(lines)
        lines[n], lines[other] = lines[other], lines[n]
    else:
        tail = rng.randrange(1, len(lines))
        fake = Log("example.org/log")
        for line in lines[:tail]:
            fake.read_line(line)
        for n in range(len(lines) - tail + rng.randrange(3)):
            fake.append("2026-12-01T00:00:00Z", "import", {"forged": n})
        lines = fake.lines
    return lines


def finds(lines, checkpoint, tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    try:
        open_log(path, "example.org/log", checkpoint)
    except Broken:
        return True
    return False


@pytest.mark.parametrize("choice", ["edit", "delete", "reorder", "rewrite the tail"])
def test_no_tampering_goes_unseen(choice, tmp_path):
    """2,500 of each kind under `make hard`; here enough to notice a hole."""
    rng = random.Random(choice)
    log = grown()
    checkpoint = log.checkpoint()

    missed = [n for n in range(60) if not finds(tampered(log.lines, choice, rng), checkpoint, tmp_path)]

    assert missed == []


@pytest.mark.hard
@pytest.mark.parametrize("choice", ["edit", "delete", "reorder", "rewrite the tail"])
def test_ten_thousand_tamperings_are_all_seen(choice, tmp_path):
    rng = random.Random(choice)
    log = grown()
    checkpoint = log.checkpoint()

    missed = [n for n in range(2500) if not finds(tampered(log.lines, choice, rng), checkpoint, tmp_path)]

    assert missed == []
