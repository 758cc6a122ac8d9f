"""A file means one thing to every reader, or it is refused with a sentence, a place and the right way to write it."""

from itertools import pairwise
from pathlib import Path

import pytest

from carnet.errors import BadInput
from carnet.reading import MOST_BYTES, MOST_VALUES, parse, read


def problems(text: str | bytes) -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    return [str(p) for p in parse(raw, "truck.yaml").problems]


# What stands in the file after `a: `, and what is said about it.
SURPRISES = {
    "NO": "NO means a word to some readers and true or false to others\n    Write 'NO' in quotes, or true / false.",
    "yes": "yes means a word to some readers and true or false to others\n    Write 'yes' in quotes, or true / false.",
    "on": "on means a word to some readers and true or false to others\n    Write 'on' in quotes, or true / false.",
    "Off": "Off means a word to some readers and true or false to others\n    Write 'Off' in quotes, or true / false.",
    "1:20": '1:20 is a number to base 60 for some readers\n    Write "1:20".',
    "1:20:30": '1:20:30 is a number to base 60 for some readers\n    Write "1:20:30".',
    "2026-07-01": 'the date 2026-07-01 is not quoted\n    Write "2026-07-01".',
    "2026-7-1": 'the date 2026-7-1 is not quoted\n    Write "2026-7-1".',
    "2026-07-01T10:00:00Z": 'the date 2026-07-01T10:00:00Z is not quoted\n    Write "2026-07-01T10:00:00Z".',
    "012": '012 is read as different numbers by different readers\n    Write "012" as text, or the plain number.',
    "-08": '-08 is read as different numbers by different readers\n    Write "-08" as text, or the plain number.',
    "1_000": '1_000 is read as different numbers by different readers\n    Write "1_000" as text, or the plain number.',
    "0x1F": '0x1F is read as different numbers by different readers\n    Write "0x1F" as text, or the plain number.',
    ".nan": '.nan is read as different numbers by different readers\n    Write ".nan" as text, or the plain number.',
    "-.inf": '-.inf is read as different numbers by different readers\n    Write "-.inf" as text, or the plain number.',
    "1e999": "the number 1e999 is larger than any that can be kept\n    Write it as text in quotes.",
    "9" * 41: "the number 999999999999... has 41 characters, at most 40\n    Write it as text in quotes.",
    "&x 1": "anchor '&x' is refused: aliases hide where a value is written\n    Remove it.",
    "!!python/object:os.system x": "tag 'tag:yaml.org,2002:python/object:os.system' is refused: "
    "a file holds values, not types or code\n    Remove it.",
    "! x": "tag '!' is refused: a file holds values, not types or code\n    Remove it.",
}


@pytest.mark.parametrize("written", SURPRISES, ids=lambda w: w[:12])
def test_a_value_that_readers_disagree_on_is_refused(written):
    text = f"b: 1\na: {written}\n"

    assert problems(text) == [f"truck.yaml:2:4: {SURPRISES[written]}"]


@pytest.mark.parametrize(
    "written", ["'NO'", '"1:20"', '"2026-07-01"', "'012'", "N", "y", "M3", "1:99", "true", "22 kW"]
)
def test_the_right_way_to_write_it_is_accepted(written):
    assert problems(f"a: {written}\n") == []


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7", 7), ("-0", 0), ("+3", 3), ("0.5", 0.5), (".5", 0.5), ("1e3", 1000.0), ("~", None), ("", None),
        ("null", None), ("True", True), ("false", False), ("UN R100.03", "UN R100.03"), ("'7'", "7"),
        ('"true"', "true"), ("22 kW", "22 kW"),
    ],
)  # fmt: skip
def test_plain_values_follow_the_core_schema(written, value):
    read = parse(f"a: {written}\n".encode(), "f").plain["a"]

    assert read == value
    assert type(read) is type(value)


def test_an_alias_is_refused_where_it_stands_and_reading_goes_on():
    text = "a: &x [1]\nb: *x\nc: NO\n"

    assert problems(text) == [
        "truck.yaml:1:4: anchor '&x' is refused: aliases hide where a value is written\n    Remove it.",
        "truck.yaml:2:4: alias '*x' is refused: aliases hide where a value is written\n    Write the value again.",
        f"truck.yaml:3:4: {SURPRISES['NO']}",
    ]


def test_a_merge_key_is_only_a_key():
    assert parse(b"<<: {a: 1}\n", "f").plain == {"<<": {"a": 1}}


def test_an_alias_bomb_is_never_unfolded():
    levels = "abcdefghijklmnopqrstuvwxyz"
    bomb = "a: &a [lol, lol]\n" + "".join(f"{x}: &{x} [{', '.join([f'*{w}'] * 9)}]\n" for w, x in pairwise(levels))

    found = parse(bomb.encode(), "bomb.yaml")

    assert str(found.problems[0]).startswith("bomb.yaml:1:4: anchor '&a' is refused")
    assert len(str(found.plain)) < 10 * len(bomb)  # 9^25 words if it were unfolded


def test_a_second_document_is_refused():
    assert problems("a: 1\n---\nb: 2\n") == [
        "truck.yaml:2:1: a second document begins here; one file holds one document\n    Remove the '---' line."
    ]


def test_a_key_that_stands_twice_is_refused_and_the_first_is_named():
    assert problems("a: 1\nb: {c: 1, c: 2}\na: 3\n") == [
        "truck.yaml:2:11: key 'c' stands twice, first in line 2\n    Keep one of them.",
        "truck.yaml:3:1: key 'a' stands twice, first in line 1\n    Keep one of them.",
    ]


def test_a_key_is_a_plain_word():
    assert problems("? [a, b]\n: 1\n") == ["truck.yaml:1:3: a key here is a list or a mapping; keys are plain words"]


def test_text_that_is_not_utf_8_is_refused_in_its_line():
    assert problems(b"a: 1\nb: caf\xe9\n") == ["truck.yaml:2:1: byte 11 is not UTF-8\n    Save it as UTF-8."]


@pytest.mark.parametrize("order", ["utf-16", "utf-16-be"])
def test_utf_16_is_refused(order):
    mark = b"\xfe\xff" if order == "utf-16-be" else b""

    assert problems(mark + "a: 1\n".encode(order)) == [
        "truck.yaml:1:1: byte 0 is not UTF-8\n    It looks like UTF-16; save it as UTF-8."
    ]


def test_a_byte_order_mark_of_utf_8_does_no_harm():
    assert parse("\ufeffa: 1\n".encode(), "f").plain == {"a": 1}


HINT = "Often a missing quote, a tab, or a ': ' inside plain text."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\tb: 1\n", "2:1: is not YAML here: found character that cannot start any token"),
        ("a: b: c\n", "1:5: is not YAML here: mapping values are not allowed in this context"),
        ("a: 1\nb: \x00\n", "2:4: is not YAML here: control characters are not allowed"),
        ('a: "\x07"\n', "1:5: is not YAML here: control characters are not allowed"),
        ('a: "\\ud800"\n', "1:7: is not YAML here: found invalid Unicode character escape code"),
        ('a: "b\n', "2:1: is not YAML here: found unexpected end of stream"),
    ],
    ids=["tab", "colon", "nul", "bell", "surrogate", "open quote"],
)
def test_a_syntax_error_has_a_place_and_a_likely_cause(text, said):
    assert problems(text) == [f"truck.yaml:{said}\n    {HINT}"]


@pytest.mark.parametrize("opening", ["[", "- ", "{a: "])
def test_a_hundred_thousand_levels_are_refused_at_the_forty_first(opening):
    column = 40 * len(opening) + 1

    assert problems(opening * 100_000) == [f"truck.yaml:1:{column}: nests deeper than 40 levels\n    Flatten it."]


def test_forty_levels_are_read():
    assert problems("[" * 40 + "]" * 40) == []


def test_a_file_of_ten_megabytes_is_refused_unread(tmp_path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"# " + b"x" * 10 * 1024 * 1024)

    with pytest.raises(BadInput) as refused:
        read(path, "big.yaml")

    says = f"the file has 10,485,762 bytes; at most {MOST_BYTES:,} are read."
    assert str(refused.value) == f"big.yaml:1:1: {says} Put bulk numbers into CSV or Parquet beside it"


def test_a_device_without_a_size_is_read_no_further_than_the_limit():
    with pytest.raises(BadInput) as refused:
        read(Path("/dev/zero"), "zero")

    assert "at most 4,194,304 are read" in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInput) as refused:
        read(tmp_path / "gone.yaml", "gone.yaml")

    says = "cannot be read: No such file or directory\n    Check the path and its permissions."
    assert str(refused.value) == f"gone.yaml:1:1: {says}"


def test_too_many_values_are_refused():
    text = "[" + "1," * (MOST_VALUES + 5) + "]"

    says = "holds more than 200,000 values\n    Put bulk numbers into CSV or Parquet beside it."
    assert problems(text) == [f"truck.yaml:1:400000: {says}"]


def test_all_problems_are_reported_and_not_the_first():
    found = problems("a: NO\nb: 1:20\nc: 012\nd: &x 1\ne: !t 1\nf: 2026-01-01\nf: 1\n")

    assert [f.split(":")[1] for f in found] == ["1", "2", "3", "4", "5", "6", "7"]


def test_a_flood_of_problems_ends():
    found = problems("- NO\n" * 5_000)

    assert len(found) == 201
    assert found[-1] == "truck.yaml:200:3: reading stops after 200 problems\n    Put these right first."


def test_every_value_keeps_its_line_and_column():
    found = parse(b"a:\n  b: [x, y]\n  'c d': {e: 1}\n", "f")

    assert str(found.at(("a",))) == "f:1:1"
    assert str(found.at(("a", "b"))) == "f:2:3"
    assert str(found.at(("a", "b", 1))) == "f:2:10"
    assert str(found.at(("a", "c d", "e"))) == "f:3:11"
    assert str(found.at(("a", "not there"))) == "f:1:1"
