"""The quick look at the canonical form agrees with the full one, on anything that JSON can say."""

from __future__ import annotations

import json

import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from carnet.ledger.plain import Refused, canonical, is_canonical, parse

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15)
    | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(plain)
def test_what_we_write_is_in_its_form(value: object) -> None:
    try:
        raw = canonical(value)
    except Refused:
        return
    assert is_canonical(raw, parse(raw))


@given(plain, st.booleans(), st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (",", ": ")]))
@example({"a": 1e22}, True, True, (",", ":"))
@example({"a": 1.0}, True, True, (",", ":"))
@example([1e-7], True, True, (",", ":"))
@example("\x7f\x1f", True, True, (",", ":"))
def test_what_others_write_is_seen_for_what_it_is(
    value: object, tidy: bool, plain_letters: bool, marks: tuple[str, str]
) -> None:
    try:
        raw = json.dumps(value, sort_keys=tidy, ensure_ascii=plain_letters, separators=marks).encode()
        read = parse(raw)
        full = rfc8785.dumps(read)
    except (Refused, UnicodeEncodeError, rfc8785.CanonicalizationError):
        return
    assert is_canonical(raw, read) == (full == raw)
