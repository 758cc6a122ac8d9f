"""Every seed and every input that once broke a parser is answered or refused, in every test run."""

import pytest

from tests.fuzz.targets import SEEDS, TARGETS

FILES = sorted(path for path in SEEDS.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SEEDS).as_posix())
def test_a_seed_does_no_harm(path):
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_seeds(name):
    assert len([path for path in FILES if path.parent.name == name]) >= 5


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_cut_anywhere_does_no_harm(name):
    for path in FILES:
        if path.parent.name == name:
            raw = path.read_bytes()[:2000]
            for end in range(0, len(raw), max(1, len(raw) // 40)):
                TARGETS[name](raw[:end])
