"""A watch list reads in other people's programs: calendars and feeds follow their texts to the octet.

The expected lines are made by hand from RFC 5545 (3.1 folding, 3.3.11 text) and RFC 4287 (4.1), not by the product.
"""

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.review.watch.calendar import calendar, escape, fold
from carnet.review.watch.feeds import atom, json_feed
from carnet.review.watch.items import items, payload

SOURCE = {
    "number": "Gazette 12",
    "publisher": "Aria",
    "seen": "2026-01-10",
    "class": "official_text",
    "read": "summary",
}


def transition(uid="aaa", title="Safety; of packs, \\ and more", day="2027-07-01", last="2027-07-01", **said):
    return {
        "uid": uid, "table": "requirements", "id": "xa.pack.safety", "market": "xa", "market_name": "Aria",
        "title": title, "topic": "safety", "day": day, "last_day": last, "certain": day == last, "event": "new_type",
        "standing": "in_force", "note": "", "source": SOURCE, "seen": "2026-01-10", "reported": False, "conflict": "",
        "projects": [{"id": "trial", "binds": True, "would_be": "unproven", "because": "Nobody has shown it."}], **said,
    }  # fmt: skip


def found(*transitions):
    return {
        "schema": "carnet/watch/1", "from": "2026-11-21", "until": "2028-11-21",
        "projects": [{"id": "trial", "title": "", "markets": {"xa": "Aria"}}],
        "transitions": list(transitions), "waiting": [], "moves": [], "evidence": [], "signals": [], "knowledge": [],
    }  # fmt: skip


def test_an_event_line_by_line():
    lines = calendar(found(transition(title="Safety; of packs"))).split("\r\n")

    assert lines[:4] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Carnet//watch 1//EN", "CALSCALE:GREGORIAN"]
    assert lines[4:9] == [
        "BEGIN:VEVENT",
        "UID:aaa@carnet",
        "DTSTAMP:20260110T000000Z",
        "DTSTART;VALUE=DATE:20270701",
        "DTEND;VALUE=DATE:20270702",
    ]
    assert lines[9] == "SUMMARY:Aria: Safety\\; of packs: in force for new type"
    assert lines[-3:] == ["END:VEVENT", "END:VCALENDAR", ""]


def test_text_is_escaped_as_the_rfc_does():
    assert escape("a\\b;c,d\r\ne\rf\x00g:h") == "a\\\\b\\;c\\,d\\ne\\nfg:h"


def test_a_line_is_folded_at_75_octets_and_no_character_is_cut():
    line = "SUMMARY:" + "x" * 66 + "é" + "y" * 80  # 8 + 66 = 74 octets; é has two and goes to the next line

    pieces = fold(line).split("\r\n")

    assert pieces[0] == "SUMMARY:" + "x" * 66
    assert pieces[1] == " é" + "y" * 72  # 1 + 2 + 72 = 75
    assert pieces[2] == " " + "y" * 8


@given(st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\n"), max_size=400))
def test_unfolding_gives_the_line_back(line):
    pieces = fold(line).split("\r\n")

    assert all(len(p.encode()) <= 75 for p in pieces)
    assert pieces[0] + "".join(p[1:] for p in pieces[1:]) == line


@given(st.text(max_size=300))
def test_no_text_breaks_out_of_its_property(text):
    made = calendar(found(transition(title=text)))

    names = [part.split(":")[0].split(";")[0] for part in made.replace("\r\n ", "").split("\r\n")]
    assert names.count("BEGIN") == 2
    assert set(names) <= {
        "BEGIN", "VERSION", "PRODID", "CALSCALE", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION",
        "CATEGORIES", "TRANSP", "END", "",
    }  # fmt: skip


def test_a_day_known_only_to_the_month_says_so():
    made = calendar(found(transition(day="2027-09-01", last="2027-09-30"))).replace("\r\n ", "")

    assert "DTSTART;VALUE=DATE:20270901" in made
    assert "Some day between 2027-09-01 and 2027-09-30" in made


@given(st.text(max_size=200))
def test_a_feed_is_xml_with_what_rfc_4287_asks(text):
    root = ET.fromstring(atom(found(transition(title=text))))
    space = "{http://www.w3.org/2005/Atom}"

    for element in (root, root.find(f"{space}entry")):
        assert element is not None
        assert [element.find(space + n) is not None for n in ("id", "title", "updated")] == [True] * 3
    assert root.find(f"{space}author/{space}name") is not None
    assert root.find(f"{space}entry/{space}content") is not None  # without it a link would be owed


def test_a_json_feed_holds_the_same_items():
    feed = json.loads(json_feed(found(transition(), transition(uid="bbb", day="2027-01-01", last="2027-01-01"))))

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [i["id"] for i in feed["items"]] == ["urn:carnet:watch:bbb", "urn:carnet:watch:aaa"]  # by day
    assert feed["items"][0]["date_modified"] == "2026-01-10T00:00:00Z"


@pytest.mark.parametrize("make", [calendar, atom, json_feed])
def test_the_same_list_gives_the_same_bytes(make):
    assert make(found(transition())) == make(found(transition()))


def test_what_a_hook_carries_names_itself_the_same_way():
    (event,) = payload(found(transition()))

    assert (event["specversion"], event["id"], event["type"]) == ("1.0", "aaa", "carnet.watch.transition")
    assert event["data"]["day"] == items(found(transition()))[0].first
