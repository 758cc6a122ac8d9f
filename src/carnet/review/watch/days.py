"""Days as notices write them, into days as our files do. What may mean two days is refused; what is no day is none.

Reading order: day().
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from ...words import span

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def day(text: str, order: str = "") -> str:
    """A day as a notice writes it -> as our files do; '' for none. Raises ValueError for what may mean two days."""
    text = text.strip()
    if not text or text.lower() in ("-", "n/a", "none", "to be determined", "tbd", "not specified", "not stated"):
        return ""
    if match := re.match(r"([0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)(?:[T ].*)?$", text):
        return _sound(match[1])
    if match := re.fullmatch(r"([0-9]{4})", text):
        return text
    if match := re.match(r"([0-9]{1,2})\.? ([A-Za-z]{3,9})\.?,? ([0-9]{4})\b", text):
        return _sound(f"{match[3]}-{_month(match[2])}-{int(match[1]):02d}")
    if match := re.match(r"([A-Za-z]{3,9})\.? ([0-9]{1,2}),? ([0-9]{4})\b", text):
        return _sound(f"{match[3]}-{_month(match[1])}-{int(match[2]):02d}")
    if match := re.fullmatch(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})(?: .*)?", text):
        a, b = int(match[1]), int(match[2])
        if not order and (a > 12) != (b > 12):
            order = "dmy" if a > 12 else "mdy"
        if not order and a != b:
            raise ValueError(f"{text!r} may mean two days; say --days dmy or mdy")
        date, month = (a, b) if order != "mdy" else (b, a)
        return _sound(f"{match[3]}-{month:02d}-{date:02d}")
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""  # "60 days after adoption" is no day; the text keeps it


def _sound(written: str) -> str:
    span(written)
    return written


def _month(name: str) -> str:
    if name[:3].lower() not in MONTHS:
        raise ValueError(f"no month is called {name!r}")
    return f"{MONTHS.index(name[:3].lower()) + 1:02d}"
