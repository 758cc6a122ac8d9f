"""Whatever bytes come, the reader answers with a document; what plain data says, it reads back."""

import json
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.reading import parse

# YAML admits printable characters; inside quotes a line separator would be folded.
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff")
WORDS = st.text(CHARACTERS, max_size=20)
NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=30,
)
# Pieces that YAML reads in a special way, so that random text is not only plain text.
PIECES = st.sampled_from(
    [
        "a: ", "- ", "[", "]", "{", "}", "&x ", "*x", "!!t ", "---\n", "...\n", "\n", "  ", "\t", "? ", "'", '"', "|\n",
        "%YAML 1.2\n", "NO", "1:20", "\x00", "\ufeff", "\u2028", "<<: ", "# ", "\\ud800",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join)


@given(st.binary(max_size=400))
def test_any_bytes_make_a_document(raw):
    found = parse(raw, "f")

    assert found.name == "f"
    assert all(p.place.line >= 1 and p.place.column >= 1 and p.says for p in found.problems)


@given(TEXTS)
@settings(max_examples=300)
def test_any_text_makes_a_document_whose_places_are_in_the_file(text):
    breaks = sum(text.count(mark) for mark in ("\n", "\r", "\x85", "\u2028", "\u2029"))
    lines = breaks + 2  # what is missing at the end is missed in the line after the last

    found = parse(text.encode("utf-8", "surrogatepass"), "f")

    assert all(1 <= p.place.line <= lines for p in found.problems)
    assert all(1 <= line <= lines for line, _ in found.places.values())


@given(PLAIN)
@settings(max_examples=300)
def test_json_reads_back_as_it_was_written(plain):
    text = json.dumps(plain, ensure_ascii=False)

    found = parse(text.encode(), "f")

    assert found.problems == []
    assert found.plain == plain


@given(PLAIN)
def test_every_value_has_a_place(plain):
    found = parse(json.dumps(plain, ensure_ascii=False).encode(), "f")

    assert set(paths(plain)) == set(found.places)


def paths(plain, path=()):
    yield path
    inner = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, value in inner:
        yield from paths(value, (*path, key))


def test_names_in_every_script_survive():
    names = {"zh": "重型卡车", "ar": "شاحنة", "th": "รถบรรทุก", "vi": unicodedata.normalize("NFD", "xe tải")}

    assert parse(json.dumps(names, ensure_ascii=False).encode(), "f").plain == names
