"""The catalog shows that data exist; only an agreement's token opens them, and only as far as it goes."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from carnet.errors import BadInput
from carnet.ledger.log import open_log
from carnet.roads import stac
from carnet.roads.ingest import Source, ingest
from carnet.roads.lake import Lake
from carnet.roads.license.agreement import Book, agree
from carnet.roads.license.deliver import Denied
from carnet.roads.network.openstreetmap import read_pbf
from carnet.roads.positions import load_mapping
from carnet.roads.query import ORIGIN
from carnet.roads.sharing import Unknown, open_session, profile, token_for

from .maps import MAPPING, drive, pbf
from .test_deliveries import AT
from .test_networks import TOWN

ROOT = "https://roads.example"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    site = Lake(tmp_path / "lake")
    site.add_network(read_pbf(pbf(tmp_path, TOWN, [(7, [1, 2, 3], {"highway": "primary"})])))
    (tmp_path / "mapping.yaml").write_text(MAPPING.replace("local", "wgs84"))
    for n in range(6):
        points = [(10.0 + k * 0.0001, 50.0) for k in range(200)]  # 7 m a second, 1.42 km
        path = drive(tmp_path, points, f"d{n}.csv", vehicle=f"PLATE-{n}", start=1_770_000_000 + 86_400 * n)
        ingest(site, Source(path, "town", "xx", "own", load_mapping(tmp_path / "mapping.yaml")))
    book = Book(site.folder / "agreements")
    for name, who in (("a", "urn:alice"), ("b", "urn:bob")):
        book.add(agree("development", id=name, provider="urn:site", recipient=who, dataset="town", made=AT))
    return site


def test_the_catalog_has_runs_as_items_without_their_tracks(lake: Lake):
    found = stac.search(lake, {"collections": ["town"]}, ROOT)

    assert found["numberMatched"] == 6
    first = found["features"][0]
    assert first["bbox"] == [10.0, 50.0, 10.02, 50.0]
    assert first["properties"]["datetime"] is None
    assert set(first) == {
        "type", "stac_version", "stac_extensions", "id", "collection", "geometry", "bbox", "properties", "links",
        "assets",
    }  # fmt: skip
    assert stac.one(lake, "town", first["id"], ROOT) == first


def test_pages_follow_each_other_without_gap(lake: Lake):
    seen, token = [], "0"
    while token:
        page = stac.search(lake, {"limit": 4, "token": token}, ROOT)
        seen += [f["id"] for f in page["features"]]
        token = next((x["href"].split("token=")[1].split("&")[0] for x in page["links"] if x["rel"] == "next"), "")

    assert len(seen) == len(set(seen)) == 6


@pytest.mark.parametrize(
    ("asked", "many"),
    [
        ({"bbox": [9, 49, 11, 51]}, 6),
        ({"bbox": [11, 49, 12, 51]}, 0),
        ({"datetime": "2026-02-03T00:00:00Z/2026-02-04T23:59:59Z"}, 2),
        ({"datetime": "../2026-02-02T23:59:59Z"}, 1),
        ({"filter": {"op": ">", "args": [{"property": "carnet:km"}, 1.4]}}, 6),
        ({"filter": {"op": "not", "args": [{"op": "=", "args": [{"property": "carnet:economy"}, "xx"]}]}}, 0),
        ({"filter": {"op": "=", "args": [{"property": "nothing"}, 1]}}, 0),
        ({"ids": ["none"]}, 0),
    ],
)
def test_a_search_finds_what_it_says(lake: Lake, asked: dict, many: int):
    assert stac.search(lake, asked, ROOT)["numberMatched"] == many


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 0}, {"limit": True}, {"bbox": [1, 2, 3]}, {"bbox": [0, 5, 1, 4]}, {"datetime": "soon"},
        {"datetime": "../.."},
        {"token": "-1"}, {"filter": {"op": "like", "args": []}}, {"colections": []}, {"intersects": {"type": "Point"}},
        {"filter": {"op": "and", "args": [3]}},
    ],
)  # fmt: skip
def test_a_search_that_is_not_understood_is_refused(lake: Lake, asked: dict):
    with pytest.raises(BadInput, match="search"):
        stac.search(lake, asked, ROOT)


def test_items_are_sorted_as_asked(lake: Lake):
    days = [
        f["properties"]["start_datetime"]
        for f in stac.search(lake, {"sortby": "-properties.start_datetime"}, ROOT)["features"]
    ]

    assert days == sorted(days, reverse=True)


def test_a_token_opens_its_agreement_and_nothing_else(lake: Lake):
    alice = open_session(lake, token_for(lake, "a"), ("research",))

    assert [s["name"] for s in alice.shares()["items"]] == ["a"]
    assert [t["name"] for t in alice.tables("a")["items"]] == ["frames", "cells"]
    with pytest.raises(Unknown):
        alice.tables("b")
    for token in ("", "a", "a.00", token_for(lake, "b").replace("b.", "a."), "../a." + "0" * 64):
        with pytest.raises(Unknown):
            open_session(lake, token, ())


def test_a_query_gives_files_that_hold_what_the_agreement_allows(lake: Lake):
    alice = open_session(lake, token_for(lake, "a"), ("research",))
    protocol, meta, file = alice.query("a", "roads", "frames", at=AT, url=f"{ROOT}/files")
    raw = alice.fetch(file["file"]["url"].rpartition("/")[2])
    found = pq.read_table(io.BytesIO(raw))

    assert protocol == {"protocol": {"minReaderVersion": 1}}
    assert '"name": "speed_kmh", "type": "double"' in meta["metaData"]["schemaString"]
    assert found.num_rows > 0
    assert file["file"]["size"] == len(raw)
    assert b"PLATE" not in raw
    assert open_log(lake.folder / "log.jsonl", ORIGIN).entries[-1].kind == "roads.delivery"
    bob = open_session(lake, token_for(lake, "b"), ("research",))
    with pytest.raises(Unknown):
        bob.fetch(file["file"]["id"] + ".parquet")


def test_a_query_for_another_purpose_is_denied(lake: Lake):
    with pytest.raises(Denied):
        open_session(lake, token_for(lake, "a"), ("insurance",)).query("a", "roads", "frames", at=AT, url=ROOT)


def test_a_revoked_agreement_closes_its_token(lake: Lake):
    Book(lake.folder / "agreements").revoke("a", AT)

    with pytest.raises(Unknown):
        open_session(lake, token_for(lake, "a"), ("research",))


def test_a_session_that_is_open_closes_too(lake: Lake):
    alice = open_session(lake, token_for(lake, "a"), ("research",))
    *_, file = alice.query("a", "roads", "cells", at=AT, url=ROOT)
    Book(lake.folder / "agreements").revoke("a", AT)

    with pytest.raises(Unknown):
        alice.fetch(file["file"]["id"] + ".parquet")
    with pytest.raises(Denied, match="revoked"):
        alice.query("a", "roads", "frames", at=AT, url=ROOT)


def test_a_profile_is_what_a_client_opens(lake: Lake):
    assert set(profile(lake, "a", ROOT)) == {"shareCredentialsVersion", "endpoint", "bearerToken", "expirationTime"}
