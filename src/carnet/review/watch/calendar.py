"""A watch list as iCalendar: one all-day event per item, the same bytes every time.

Lines end in CRLF and are folded at 75 octets between characters; backslash, semicolon, comma and line breaks in text
are escaped; DTSTAMP is the day the thing was learned, since nothing here reads a clock. A day known only to the month
or year stands on its first possible day and says so.
Source: RFC 5545, 3.1 (lines), 3.3.11 (text), 3.6.1 (events), 3.8.4.7 (UID); cited, not quoted.
Reading order: calendar(), fold(), escape().
"""

from __future__ import annotations

from typing import Any

from ...words import span
from .items import Item, items
from .moves import next_day

WIDEST = 75  # octets of one line without its break


def calendar(found: dict[str, Any]) -> str:
    """A contract carnet/watch/1 as a calendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Carnet//watch 1//EN", "CALSCALE:GREGORIAN"]
    for item in items(found):
        lines += _event(item)
    return "".join(fold(line) + "\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(item: Item) -> list[str]:
    text = item.text
    if item.first != item.last:
        text = f"Some day between {item.first} and {item.last}.\n{text}"
    return [
        "BEGIN:VEVENT",
        f"UID:{item.uid}@carnet",
        f"DTSTAMP:{_basic(span(item.updated)[0])}T000000Z",
        f"DTSTART;VALUE=DATE:{_basic(item.first)}",
        f"DTEND;VALUE=DATE:{_basic(next_day(item.first))}",
        f"SUMMARY:{escape(item.title)}",
        f"DESCRIPTION:{escape(text)}",
        f"CATEGORIES:{','.join(escape(t) for t in item.tags)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _basic(day: str) -> str:
    return day.replace("-", "")


def escape(text: str) -> str:
    """Text as a TEXT value: escaped, without control characters."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(c for c in plain if c in "\n\t" or (c >= " " and c != "\x7f"))
    for mark in ("\\", ";", ","):
        plain = plain.replace(mark, "\\" + mark)
    return plain.replace("\n", "\\n")


def fold(line: str) -> str:
    """A content line in pieces of at most 75 octets, no character cut; each piece after the first starts with a
    space, which counts."""
    pieces, piece, size = [], "", 0
    for character in line:
        wide = len(character.encode("utf-8", "replace"))
        if size + wide > WIDEST:
            pieces.append(piece)
            piece, size = " ", 1
        piece += character
        size += wide
    return "\r\n".join([*pieces, piece])
