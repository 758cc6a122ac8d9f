"""What others publish becomes signals with where it came from, never rules; a person's word becomes a dated step."""

import contextlib
import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnet import reading
from carnet.app import check_library
from carnet.catalog import open_catalog
from carnet.catalog.library import compile_library
from carnet.errors import BadInput
from carnet.review.watch.days import day
from carnet.review.watch.notices import read
from carnet.review.watch.signals import written
from tests.builders import SHOWN, carnet, lay, rule

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "watch"
CSV = (
    "Document symbol,Notifying Member,Title,Distribution date,Proposed date of entry into force\n"
    "G/TBT/N/THA/9001,Aria,A draft,2026-10-12,2027-09\n"
)
FORM = """<html><head><style>p {}</style><script>alert(1)</script></head><body>
<p>G/TBT/N/THA/9001</p><p>12 October 2026</p>
<table><tr><td>1.</td></tr></table>
<p>1. Notifying Member: THAILAND</p>
<p>4. Products covered (HS or CCCN where applicable): Chargers</p>
<p>5. Title, number of pages and language(s) of the notified document: A draft</p>
<p>6. Description of content: Marking &amp; test</p>
<p>9. Proposed date of adoption: To be determined<br>Proposed date of entry into force: 1 September 2027</p>
<p>10. Final date for comments: 11 December 2026</p></body></html>"""
RSS = """<rss version="2.0"><channel><title>Gazette</title><item><guid>g-1</guid><title>A draft</title>
<pubDate>Mon, 12 Oct 2026 23:00:00 +0700</pubDate><description>&lt;b&gt;Marking&lt;/b&gt; &amp;amp; test</description>
</item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Regulator</title><entry><id>a-1</id><title>A draft</title>
<updated>2026-10-12T10:00:00Z</updated><summary>Marking</summary><link href="https://example.org/1"/></entry></feed>"""
EXPORT = """<notifications><notification><documentSymbol>G/TBT/N/THA/9001</documentSymbol><title>A draft</title>
<notifyingMember>Thailand</notifyingMember><distributionDate>2026-10-12</distributionDate></notification></notifications>"""
NOTICE = {"documentSymbol": "G/TBT/N/THA/9001", "title": "A draft", "notifyingMember": "Thailand"}
JSON = json.dumps({"items": [{**NOTICE, "distributionDate": "2026-10-12T00:00:00"}]})


@cache
def small() -> Path:
    """The small library with one rule that is a draft."""
    draft = [{"from": "2026-01-01", "standing": "draft", "source": "law", "seen": "2026-01-10"}]
    return lay(Path(mkdtemp()), rule(demands=SHOWN, evidence=["test_report"], status=draft))


def problems(folder: Path) -> list[Any]:
    """What loading finds wrong with an overlay of the small library."""
    return compile_library([small(), folder])[1]


def saved(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def take(folder: Path, *words: object):
    return carnet(small(), "watch", "import", *words, "--to", folder / "ours", "--seen", "2026-11-21")


@pytest.mark.parametrize(
    ("name", "text", "kind", "symbol"),
    [
        ("a.csv", CSV, "csv", "G/TBT/N/THA/9001"),
        ("a.html", FORM, "html", "G/TBT/N/THA/9001"),
        ("a.xml", RSS, "xml", "g-1"),
        ("b.xml", ATOM, "xml", "a-1"),
        ("c.xml", EXPORT, "xml", "G/TBT/N/THA/9001"),
        ("a.json", JSON, "json", "G/TBT/N/THA/9001"),
    ],
)
def test_every_kind_of_file_gives_the_notice(tmp_path: Path, name: str, text: str, kind: str, symbol: str):
    found = read(saved(tmp_path, name, text))

    (notice,) = found.notices
    assert (found.kind, notice.symbol, notice.title, notice.day) == (kind, symbol, "A draft", "2026-10-12")


def test_the_numbered_form_is_read_point_by_point(tmp_path: Path):
    (notice,) = read(saved(tmp_path, "a.html", FORM)).notices

    assert (notice.actor, notice.products, notice.text) == ("THAILAND", "Chargers", "Marking & test")
    assert (notice.adoption, notice.entry, notice.comments) == ("", "2027-09-01", "2026-12-11")


def test_a_mapping_names_foreign_columns(tmp_path: Path):
    path = saved(tmp_path, "a.csv", "Numero;Titulo;Fecha\n7;Un proyecto;03/04/2026\n")

    assert "a notice without a title" in str(read(path).problems[0])
    (notice,) = read(path, {"symbol": "Numero", "title": "Titulo", "day": "Fecha"}, "dmy").notices

    assert (notice.symbol, notice.title, notice.day) == ("7", "Un proyecto", "2026-04-03")


@pytest.mark.parametrize(
    ("written", "order", "means"),
    [
        ("2026-03-04", "", "2026-03-04"),
        ("4 March 2026", "", "2026-03-04"),
        ("March 4, 2026", "", "2026-03-04"),
        ("13/04/2026", "", "2026-04-13"),
        ("03/04/2026", "dmy", "2026-04-03"),
        ("03/04/2026", "mdy", "2026-03-04"),
        ("2026-09", "", "2026-09"),
        ("To be determined", "", ""),
        ("60 days after adoption", "", ""),
    ],
)
def test_days_are_read_as_written(written: str, order: str, means: str):
    assert day(written, order) == means


def test_a_day_that_may_mean_two_is_refused():
    with pytest.raises(ValueError, match="may mean two days; say --days dmy or mdy"):
        day("03/04/2026")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.pdf", b"%PDF-1.7\n", "this is a PDF; it is recognized and not decoded"),
        ("bomb.xml", '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><rss>&c;</rss>', "declares a document type"),
        ("out.xml", '<!DOCTYPE a SYSTEM "http://example.invalid/passwd"><rss/>', "declares a document type"),
        ("deep.xml", "<a>" * 100 + "</a>" * 100, "levels are not read"),
        ("cut.xml", "<rss><channel>", "is not XML here"),
        ("latin.csv", "title,date\ncafé,2026\n".encode("latin-1"), "is not UTF-8"),
        ("deep.json", "[" * 100_000, "is not JSON"),
        ("empty.json", "{}", "without a title|no notice was found"),
        ("page.html", "<html><body>hello</body></html>", "no notice was found"),
    ],
)
def test_hostile_and_foreign_files_are_refused_with_a_sentence(tmp_path: Path, name: str, text: str | bytes, says: str):
    ran = take(tmp_path, saved(tmp_path, name, text))

    assert ran.code == 2
    assert any(part in ran.err for part in says.split("|")), ran.err
    assert not (tmp_path / "ours").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"<rss>", b"[{", b"<html>", b"title,date\n"]))
def test_no_bytes_break_the_reader(tmp_path: Path, raw: bytes, start: bytes):
    with contextlib.suppress(BadInput):
        read(saved(tmp_path, "any", start + raw))


def test_what_is_taken_in_passes_the_check_and_says_where_it_came_from(tmp_path: Path):
    words = ("--to", tmp_path, "--seen", "2026-11-21", "--about", "charger", "--topic", "electrical_safety")
    ran = carnet(ROOT / "data", "watch", "import", EXAMPLES / "notifications.csv", *words)

    found, _ = check_library(tmp_path)
    (row,) = [r for r in open_catalog([tmp_path]).table("signals") if r["id"].startswith("notice-")]
    assert (ran.code, found) == (0, [])
    assert (row["standing"], row["confidence"], row["touches"]["markets"]) == ("signal", "unconfirmed", ["vn"])
    assert "notifications.csv sha256:" in row["_sources"][row["source"]]["note"]
    assert (row["_sources"][row["source"]]["seen"], row["next_look"]) == ("2026-11-21", "2026-12-11")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_every_text_is_read_back_as_it_was_written(text: str):
    made = written("a head", {"s": {"note": text}}, [("signals", [{"id": "x", "title": text}])])

    read_back = reading.parse(made.encode("utf-8", "surrogatepass"), "made.yaml")

    plain = "".join(c for c in text if not 0xD800 <= ord(c) <= 0xDFFF)  # half a pair is no character
    if plain == text:
        assert read_back.problems == []
        assert read_back.plain["signals"][0]["title"] == text


def test_the_same_file_twice_adds_nothing(tmp_path: Path):
    take(tmp_path, saved(tmp_path, "one.csv", CSV))
    before = {p: p.read_bytes() for p in (tmp_path / "ours").rglob("*.yaml")}

    ran = take(tmp_path, saved(tmp_path, "one.csv", CSV))

    assert "0 signals taken in, 1 known already" in ran.out
    assert {p: p.read_bytes() for p in (tmp_path / "ours").rglob("*.yaml")} == before


def test_two_sources_that_disagree_are_both_kept_and_asked_about(tmp_path: Path):
    other = saved(tmp_path, "other.csv", CSV.replace("2027-09", "2028-01"))

    take(tmp_path, saved(tmp_path, "one.csv", CSV), other)

    rows = carnet(small(), "watch", "queue", tmp_path / "ours", "--format", "json").json["signals"]
    assert [r["conflict"] for r in rows] == ["entry: 2027-09 (one.csv) or 2028-01 (other.csv)"] * 2
    assert all("Which is right of G/TBT/N/THA/9001?" in r["asks"] for r in rows)


def test_an_economy_nobody_knows_is_asked_not_guessed(tmp_path: Path):
    take(tmp_path, saved(tmp_path, "one.csv", CSV.replace("Aria", "Erewhon")))

    (row,) = carnet(small(), "watch", "queue", tmp_path / "ours", "--format", "json").json["signals"]
    assert row["market"] == ""
    assert "Which economy is meant by 'Erewhon'?" in row["asks"]


def confirm(tmp_path: Path, *words: object):
    take(tmp_path, saved(tmp_path, "one.csv", CSV), "--about", "battery_pack", "--topic", "safety")
    (row,) = carnet(small(), "watch", "queue", tmp_path / "ours", "--format", "json").json["signals"]
    return row["id"], carnet(
        small(), "watch", "confirm", tmp_path / "ours", row["id"], "--by", "A. Person", "--seen", "2026-11-21", *words
    )


STEP = ("--standing", "in_force", "--start", "2027-09-01", "--source", "Circular 9")


def test_a_confirmed_step_joins_the_rule_with_name_and_source(tmp_path: Path):
    name, ran = confirm(tmp_path, "--rule", "xa.pack.safety", *STEP)

    catalog = open_catalog([tmp_path / "ours"], base=small())
    _, law = catalog.row("xa.pack.safety")
    last = law["status"][-1]
    assert ran.code == 0
    assert (last["from"], last["standing"], last["seen"]) == ("2027-09-01", "in_force", "2026-11-21")
    assert last["note"].startswith("confirmed by A. Person, 2026-11-21")
    assert law["_sources"][last["source"]]["number"] == "Circular 9"
    assert len(law["status"]) > 1  # what stood before still stands
    assert catalog.row(name)[1]["confidence"] == "confirmed by A. Person, 2026-11-21"
    assert problems(tmp_path / "ours") == []


def test_two_confirmations_that_differ_leave_both_days_and_say_so(tmp_path: Path):
    confirm(tmp_path, "--rule", "xa.pack.safety", *STEP)
    second = saved(tmp_path, "two.csv", CSV.replace("9001", "9003"))
    take(tmp_path, second)
    (row,) = carnet(small(), "watch", "queue", tmp_path / "ours", "--format", "json").json["signals"]

    carnet(
        small(), "watch", "confirm", tmp_path / "ours", row["id"], "--by", "B. Person", "--seen", "2026-11-21",
        "--rule", "xa.pack.safety", "--standing", "in_force", "--start", "2028-01-01", "--source", "Notice 3",
    )  # fmt: skip

    catalog = open_catalog([tmp_path / "ours"], base=small())
    _, law = catalog.row("xa.pack.safety")
    assert [s["from"] for s in law["status"][-2:]] == ["2027-09-01", "2028-01-01"]
    assert "in force from 2028-01-01 (Notice 3) or from 2027-09-01 (Circular 9)" in law["conflict"]
    assert "Which day is right for xa.pack.safety?" in catalog.row(row["id"])[1]["asks"]
    assert problems(tmp_path / "ours") == []


def test_a_signal_without_a_rule_moves_itself_and_makes_none(tmp_path: Path):
    before = len(open_catalog(base=small()).table("requirements"))

    name, _ = confirm(tmp_path, *STEP)

    catalog = open_catalog([tmp_path / "ours"], base=small())
    assert catalog.row(name)[1]["standing"] == "in_force"
    assert len(catalog.table("requirements")) == before


def test_a_signal_set_aside_leaves_the_queue_and_keeps_the_reason(tmp_path: Path):
    name, _ = confirm(tmp_path, "--aside", "about ships")

    assert carnet(small(), "watch", "queue", tmp_path / "ours").out == "Nothing waits.\n"
    assert open_catalog([tmp_path / "ours"], base=small()).row(name)[1]["confidence"].endswith("about ships")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "a confirmation needs --standing and --start, or --aside WHY"),
        (("--standing", "in_force", "--start", "2027"), "a status changes only by a sourced event"),
        (("--rule", "cr-10-02", *STEP), "a status step is confirmed for a rule"),
    ],
)
def test_a_word_that_is_not_whole_is_refused(tmp_path: Path, words: tuple[str, ...], says: str):
    _, ran = confirm(tmp_path, *words)

    assert ran.code == 2
    assert says in ran.err
