"""A reader misses no change, a broken promise shows, and the books say what the log says."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from carnet.errors import BadInput, Unheard
from carnet.ledger.keys import Signer
from carnet.roads import books, feed
from carnet.roads.ingest import Source, ingest
from carnet.roads.lake import Lake
from carnet.roads.license.agreement import Book, agree
from carnet.roads.license.deliver import Ask, Denied
from carnet.roads.network.opendrive import read_opendrive
from carnet.roads.positions import load_mapping
from carnet.roads.query import deliver, pieces, within
from carnet.roads.sharing import Unknown, open_session, token_for

from .maps import MAPPING, drive, xodr

AT = "2026-11-21T12:00:00+00:00"
DAY = [(x, 2.0) for x in range(10, 2000, 2)]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    site = Lake(tmp_path / "lake")
    site.add_network(read_opendrive(xodr(tmp_path, [{"length": 2000}])))
    return site


def bring(lake: Lake, name: str, at: str = AT, **more) -> dict:
    folder = lake.folder.parent
    source = Source(drive(folder, DAY, name, **more), "site", "xx", "own", load_mapping(folder / "mapping.yaml"))
    return ingest(lake, source, at=at)


def test_a_reader_that_comes_back_gets_only_what_is_new(lake: Lake):
    first = bring(lake, "a.csv")
    seen = feed.since(lake)
    second = bring(lake, "b.csv", vehicle="v2", at="2026-11-22T00:00:00+00:00")

    new = feed.since(lake, seen["cursor"])

    assert [(c["kind"], c["id"]) for c in seen["changes"]] == [("network", "site"), ("run", first["run"])]
    assert [(c["kind"], c["id"], c["at"]) for c in new["changes"]] == [
        ("run", second["run"], "2026-11-22T00:00:00+00:00")
    ]
    assert feed.since(lake, new["cursor"])["changes"] == []


def test_pages_of_any_size_give_the_same_changes(lake: Lake):
    for n in range(4):
        bring(lake, f"{n}.csv", vehicle=f"v{n}")
    found, cursor, more = [], "", True
    while more:
        page = feed.since(lake, cursor, most=2)
        found, cursor, more = found + page["changes"], page["cursor"], page["more"]

    assert found == feed.since(lake)["changes"]
    assert len(found) == 5


def test_what_came_in_without_a_line_gets_one(lake: Lake):
    card = bring(lake, "a.csv")
    (lake.folder / "changes.jsonl").write_bytes(b'{"kind": "netw')

    found = feed.since(lake)["changes"]

    assert [(c["kind"], c["id"]) for c in found] == [("network", "site"), ("run", card["run"])]


@pytest.mark.parametrize(
    "text", ["x", "-", "1", "1-", "9-000000000000", "1-000000000000", "-1-000000000000", "1-" * 50]
)
def test_a_cursor_of_another_folder_is_refused(lake: Lake, text: str):
    bring(lake, "a.csv")

    with pytest.raises(BadInput, match="begin again without a cursor"):
        feed.since(lake, text)


def test_late_is_said_against_the_newest_promise(lake: Lake):
    bring(lake, "a.csv")
    assert feed.freshness(lake, "site", AT)["late"] is None

    feed.promise(lake, "site", "P1W", AT)
    feed.promise(lake, "site", "PT6H", AT)

    assert feed.freshness(lake, "site", "2026-11-21T17:59:59+00:00")["late"] is False
    late = feed.freshness(lake, "site", "2026-11-22T02:00:00+08:00")  # 18:00 UTC, on the moment it is due
    assert (late["late"], late["due"]) == (False, "2026-11-21T18:00:00+00:00")
    late = feed.freshness(lake, "site", "2026-11-21T20:00:00+00:00")
    assert (late["late"], late["late_s"], late["declared"], late["newest_by"]) == (True, 7200.0, "PT6H", "arrival")


def test_a_run_without_a_moment_counts_by_what_it_recorded(lake: Lake):
    card = bring(lake, "a.csv", at="")
    feed.promise(lake, "site", "P1D", AT)

    found = feed.freshness(lake, "site", AT)

    assert found["newest_by"] == "recording"
    assert found["newest"][:19] == card["last"][:19]
    assert found["late"] is True


@pytest.mark.parametrize("text", ["", "P", "PT", "P0D", "1 day", "P1Y", "P1DT", "PT1S", "P99999D"])
def test_a_promise_is_a_duration(lake: Lake, text: str):
    if text == "P1DT":
        assert feed.every(text).days == 1
        return
    with pytest.raises(BadInput, match="write a duration such as P1D"):
        feed.promise(lake, "site", text, AT)


def test_a_promise_is_about_a_network_that_is_there(lake: Lake):
    with pytest.raises(Unheard, match="no network is called 'sit'; did you mean 'site'"):
        feed.promise(lake, "sit", "P1D", AT)


def agreed(lake: Lake, id: str = "a") -> Ask:
    made = agree("development", id=id, provider="urn:p", recipient="urn:r", dataset="site", made=AT)
    Book(lake.folder / "agreements").add(made)
    return Ask(id, "urn:r", purposes=("research",), columns=("trip", "time", "segment"))


def test_the_books_say_what_the_log_says(lake: Lake):
    bring(lake, "a.csv")
    ask, signer = agreed(lake), Signer(b"3" * 32)
    payload, receipt = deliver(lake, "site", ask, at=AT, signer=signer)
    deliver(lake, "site", ask, at="2026-11-22T12:00:00+00:00", signer=signer)
    with pytest.raises(Denied):
        deliver(lake, "site", Ask("a", "urn:eve", columns=("trip",)), at=AT, signer=signer)

    used, page = books.usage(lake, "a"), books.receipts(lake, "a", most=1)

    assert used["total"] == {
        "deliveries": 2, "rows": 2 * receipt["rows"], "bytes": 2 * len(payload), "allowed": 2, "denied": 1,
    }  # fmt: skip
    assert [d["day"] for d in used["days"]] == ["2026-11-21", "2026-11-22"]
    assert (page["entries"][0]["digest"], page["entries"][0]["entry"]) == (receipt["digest"], receipt["entry"])
    assert page["more"] is True
    assert len(books.receipts(lake, "a", after=page["after"])["entries"]) == 1
    assert [d["allowed"] for d in books.decisions(lake, "a")["entries"]] == [True, True, False]


def test_agreements_are_listed_with_their_state(lake: Lake):
    agreed(lake, "open")
    agreed(lake, "closed")
    Book(lake.folder / "agreements").revoke("closed", AT)

    def states(at: str) -> dict[str, str]:
        return {a["id"]: a["state"] for a in books.agreements(lake, at)["agreements"]}

    assert states(AT) == {"open": "open", "closed": "revoked"}
    assert states("2027-11-21T12:00:00+00:00") == {"open": "ended", "closed": "revoked"}
    assert books.agreements(lake, AT, recipient="urn:eve")["agreements"] == []


def test_a_revoked_agreement_is_closed_within_five_seconds_for_who_is_in_the_middle(lake: Lake):
    bring(lake, "a.csv")
    ask, signer, book = agreed(lake), Signer(b"3" * 32), Book(lake.folder / "agreements")
    payload, _ = deliver(lake, "site", ask, at=AT, signer=signer)
    session = open_session(lake, token_for(lake, "a"), ("research",))
    line = session.query("a", "roads", "frames", at=AT, url="x")[-1]
    stream, closed = pieces(book, "a", payload, 100), []

    def read() -> None:
        try:
            for _ in stream:
                time.sleep(0.01)
        except Denied:
            closed.append(time.monotonic())

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.05)
    book.revoke("a", AT)
    revoked = time.monotonic()
    reader.join(timeout=30)

    assert len(payload) > 8_000  # eighty pieces at least: the reader was in the middle
    assert closed
    assert closed[0] - revoked < 5
    with pytest.raises(Denied, match="revoked"):
        deliver(lake, "site", ask, at=AT, signer=signer)
    with pytest.raises(Unknown):
        session.fetch(line["file"]["url"].rpartition("/")[2])
    with pytest.raises(Unknown):
        open_session(lake, token_for(lake, "a"), ("research",))


def test_a_box_finds_roads_that_only_pass_through(lake: Lake):
    network = lake.network("site")  # one straight road from x 0 to 2,000 with two points

    assert within(network, (900, -5, 950, 5)) == ("0",)
    assert within(network, (900, 1, 950, 5)) == ()
    assert within(network, (0, 0, 0, 0)) == ("0",)
    with pytest.raises(BadInput, match="west, south, east, north"):
        within(network, (1, 0, 0, 0))
