"""A watch list as a feed: Atom and JSON Feed, the same bytes every time.

Entries are named by what they say and dated by the day it was learned, never by the clock.
Source: RFC 4287 (Atom); JSON Feed 1.1; cited, not quoted. Reading order: atom(), json_feed().
"""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ...words import span
from .items import Item, items
from .nouns import named

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"


def _title(found: dict[str, Any]) -> str:
    return "Watch list of " + ", ".join(p["id"] for p in found["projects"])


def _name(found: dict[str, Any]) -> str:
    return "urn:carnet:watch:" + named("feed", *(p["id"] for p in found["projects"]))


def _moment(day: str) -> str:
    return f"{span(day)[1]}T00:00:00Z"


def atom(found: dict[str, Any]) -> str:
    """A contract carnet/watch/1 as an Atom feed."""
    listed = items(found)
    updated = max([span(i.updated)[1] for i in listed], default=found["from"])
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="{ATOM}">',
        f"  <id>{_name(found)}</id>",
        f"  <title>{_safe(_title(found))}</title>",
        f"  <updated>{_moment(updated)}</updated>",
        "  <author><name>Carnet</name></author>",
    ]
    for item in listed:
        lines += [
            "  <entry>",
            f"    <id>urn:carnet:watch:{item.uid}</id>",
            f"    <title>{_safe(item.title)}</title>",
            f"    <updated>{_moment(item.updated)}</updated>",
            *(f"    <category term={quoteattr(_plain(tag))}/>" for tag in item.tags),
            f'    <content type="text">{_safe(_dated(item))}</content>',
            "  </entry>",
        ]
    return "\n".join([*lines, "</feed>", ""])


def json_feed(found: dict[str, Any]) -> str:
    """A contract carnet/watch/1 as a JSON Feed."""
    rows = [
        {
            "id": f"urn:carnet:watch:{item.uid}",
            "title": item.title,
            "content_text": _dated(item),
            "date_modified": _moment(item.updated),
            "tags": list(item.tags),
        }
        for item in items(found)
    ]
    feed = {"version": JSON_FEED, "title": _title(found), "authors": [{"name": "Carnet"}], "items": rows}
    return json.dumps(feed, ensure_ascii=False, indent=2) + "\n"


def _dated(item: Item) -> str:
    when = item.first if item.first == item.last else f"between {item.first} and {item.last}"
    return f"{when}\n{item.text}"


def _safe(text: str) -> str:
    return escape(_plain(text))


def _plain(text: str) -> str:
    """Only characters that XML 1.0 admits."""
    return "".join(
        c for c in text if c in "\n\t" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
    )
