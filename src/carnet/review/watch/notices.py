"""Notices that others publish, saved as files, read into one shape: who says what, on which day, until when.

Read are: notifications of technical regulations as exported (CSV, JSON, XML, and the numbered form as HTML), feeds of a
gazette or regulator (RSS 2.0, Atom, JSON Feed), and any CSV with a mapping. A PDF is recognized and not decoded.
Nothing is interpreted: a field that is not there stays empty, and a notice without a day is a problem with its place.
Reading order: Notice, read(), then one function per kind.
Source: column and field names of exported notifications are remembered; a mapping overrides them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import BadInput, Problem
from ...waist import Place
from . import markup
from .days import day

MOST_BYTES, MOST_NOTICES, MOST_FIELD = 16 * 1024 * 1024, 20_000, 4000
FIELDS = ("symbol", "title", "actor", "day", "text", "products", "adoption", "entry", "comments", "link")
# How exports name our fields, in lower case without marks. The first that is there counts.
NAMES: dict[str, tuple[str, ...]] = {
    "symbol": ("document symbol", "symbol", "notification symbol", "documentsymbol", "id", "guid", "number"),
    "title": ("title", "document title", "titleplain", "title in english"),
    "actor": ("notifying member", "notifyingmember", "member", "notified by", "country", "authority", "actor"),
    "day": (
        "distribution date",
        "distributiondate",
        "date of distribution",
        "notification date",
        "date published",
        "date_published",
        "published",
        "pubdate",
        "date",
        "day",
    ),
    "text": ("description of content", "description", "descriptionplain", "content_text", "summary", "content"),
    "products": ("products covered", "products", "productsfreetext", "productsfreetextplain"),
    "adoption": ("proposed date of adoption", "proposeddateofadoption", "adoption date", "date of adoption"),
    "entry": (
        "proposed date of entry into force",
        "proposeddateofentryintoforce",
        "proposed date of publication/ entry into force",
        "entry into force",
    ),
    "comments": ("final date for comments", "comment deadline", "commentdeadlinedate", "deadline for comments"),
    "link": ("link to notification", "link", "url", "notification link"),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as published; days are written as in our files, or empty when the notice does not say."""

    symbol: str
    title: str
    actor: str
    day: str
    place: Place
    text: str = ""
    products: str = ""
    adoption: str = ""
    entry: str = ""
    comments: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What one file gave: its name, digest, what it was taken for, its notices and what could not be read."""

    file: str
    digest: str
    kind: str
    notices: tuple[Notice, ...]
    problems: tuple[Problem, ...] = ()


def read(path: Path, mapping: Mapping[str, str] | None = None, order: str = "") -> Read:
    """A saved file -> its notices; raises BadInput for what is none of the kinds, or too large.

    mapping  our field -> column of a CSV or key of JSON; see FIELDS
    order    'dmy' or 'mdy' for days such as 03/04/2026, which are refused without it
    """
    name = path.name
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    if len(raw) > MOST_BYTES:
        raise BadInput(f"{path}: a file of notices has at most {MOST_BYTES:,} bytes. Split it.")
    for wrong in sorted(set(mapping or {}) - set(FIELDS)):
        raise BadInput(f"--map {wrong}: a notice has no field of that name. Fields: {', '.join(FIELDS)}")
    kind = _kind(raw, path.suffix.lower())
    if kind == "pdf":
        raise BadInput(
            f"{path}: this is a PDF; it is recognized and not decoded. Save the notification as CSV, JSON, XML or HTML."
        )
    make = _Maker(name, order)
    reader: Callable[[bytes, _Maker, Mapping[str, str]], Iterable[Notice]] = {
        "json": _json,
        "xml": _xml,
        "html": _html,
        "csv": _csv,
    }[kind]
    found: list[Notice] = []
    for notice in reader(raw, make, mapping or {}):
        found.append(notice)
        if len(found) > MOST_NOTICES:
            raise BadInput(f"{path}: more than {MOST_NOTICES:,} notices are not read. Split it.")
    if not found and not make.problems:
        raise BadInput(f"{path}: no notice was found in this {kind.upper()} file. Name its columns with --map.")
    return Read(name, "sha256:" + hashlib.sha256(raw).hexdigest(), kind, tuple(found), tuple(make.problems))


def _kind(raw: bytes, suffix: str) -> str:
    start = raw[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"%PDF"):
        return "pdf"
    if start[:1] in (b"{", b"["):
        return "json"
    if re.match(rb"(<!--.*?-->\s*)?<(!doctype\s+html|html)", start, re.I | re.S) or suffix in (".html", ".htm"):
        return "html"
    return "xml" if start[:1] == b"<" else "csv"


class _Maker:
    """Fields -> Notice, with every problem collected."""

    def __init__(self, file: str, order: str) -> None:
        self.file, self.order, self.problems = file, order, list[Problem]()

    def notice(self, line: int, said: Mapping[str, Any]) -> list[Notice]:
        place = Place(self.file, line)
        plain = {k: _clean(said.get(k, "")) for k in FIELDS}
        try:
            days = {k: day(plain[k], self.order) for k in ("day", "adoption", "entry", "comments")}
        except ValueError as error:
            self.problems.append(Problem(place, str(error), "Days such as 2026-03-04 or 4 March 2026 are read."))
            return []
        if not plain["title"] or not days["day"]:
            what = "title" if not plain["title"] else "day"
            self.problems.append(Problem(place, f"a notice without a {what}", "Name its column with --map."))
            return []
        return [Notice(place=place, **{**plain, **days})]


def _clean(value: Any) -> str:
    if isinstance(value, list):
        value = "; ".join(_clean(v) for v in value[:50])
    if isinstance(value, dict):
        value = value.get("name") or value.get("value") or value.get("url") or ""
    text = re.sub(r"<[^>]{0,500}>", " ", str(value if value is not None else ""))
    text = "".join(c if c >= " " and c != "\x7f" and not 0xD800 <= ord(c) <= 0xDFFF else " " for c in text)
    return " ".join(text.split())[:MOST_FIELD]


def _columns(names: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Our field -> their name, by the mapping and by the names exports use."""
    theirs = {_plain(n): n for n in names}
    found = {}
    for field, known in NAMES.items():
        wanted = (_plain(mapping[field]),) if field in mapping else known
        for name in wanted:
            if name in theirs:
                found[field] = theirs[name]
                break
    return found


def _plain(name: str) -> str:
    return " ".join(name.replace("\ufeff", "").lower().split())


def _decoded(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: byte {error.start} is not UTF-8. Save it as UTF-8.") from None


def _csv(raw: bytes, make: _Maker, mapping: Mapping[str, str]) -> Iterable[Notice]:
    text = _decoded(raw, make.file)
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    try:
        rows = csv.DictReader(io.StringIO(text), delimiter=mark, strict=True)
        columns = _columns(rows.fieldnames or [], mapping)
        for name in mapping:
            if name not in columns:
                raise BadInput(
                    f"{make.file}: there is no column {mapping[name]!r}. Columns: {', '.join(rows.fieldnames or [])}"
                )
        for row in rows:
            yield from make.notice(rows.line_num, {k: row.get(v) or "" for k, v in columns.items()})
    except csv.Error as error:
        raise BadInput(f"{make.file}: is not CSV: {error}") from None


def _json(raw: bytes, make: _Maker, mapping: Mapping[str, str]) -> Iterable[Notice]:
    try:
        plain = json.loads(_decoded(raw, make.file))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{make.file}: is not JSON: {error}") from None
    rows = plain
    if isinstance(plain, dict):
        lists = [v for v in plain.values() if isinstance(v, list) and v and all(isinstance(r, dict) for r in v)]
        rows = max(lists, key=len) if lists else [plain]
    for number, row in enumerate(rows if isinstance(rows, list) else [], 1):
        if isinstance(row, dict):
            columns = _columns([str(k) for k in row], mapping)
            yield from make.notice(number, {k: row.get(v, "") for k, v in columns.items()})


def _xml(raw: bytes, make: _Maker, mapping: Mapping[str, str]) -> Iterable[Notice]:
    root = markup.xml(raw, make.file)
    if root.name == "feed":
        author = root.said("title")
        for entry in root.all("entry"):
            link = next((c.attributes.get("href", "") for c in entry.children if c.name == "link"), "")
            said = {
                "symbol": entry.said("id"),
                "title": entry.said("title"),
                "actor": author,
                "day": entry.said("published", "updated"),
                "text": entry.said("summary", "content"),
                "link": link,
            }
            yield from make.notice(entry.line, said)
        return
    channel = next(iter(root.all("channel")), None)
    if channel is not None:
        for item in root.all("item"):
            said = {
                "symbol": item.said("guid", "link"),
                "title": item.said("title"),
                "actor": channel.said("title"),
                "day": item.said("pubDate", "date"),
                "text": item.said("description", "encoded"),
                "link": item.said("link"),
            }
            yield from make.notice(item.line, said)
        return
    for element in _records(root):
        columns = _columns([c.name for c in element.children], mapping)
        yield from make.notice(element.line, {k: element.said(v) for k, v in columns.items()})


def _records(root: markup.Element) -> list[markup.Element]:
    """The elements of an export that hold a title of their own; the root when only it does."""
    found, waiting = [], [root]
    while waiting:
        here = waiting.pop()
        if "title" in _columns([c.name for c in here.children], {}):
            found.append(here)
        else:
            waiting += reversed(here.children)
    return found


# The numbered form of a notification: the words at the beginning of each numbered point.
FORM = {
    "actor": r"(?:1\.\s*)?notifying member\s*:?",
    "products": r"(?:4\.\s*)?products covered[^:]*:",
    "title": r"(?:5\.\s*)?title, number of pages[^:]*:",
    "text": r"(?:6\.\s*)?description of content\s*:?",
    "adoption": r"(?:9\.\s*)?proposed date of adoption\s*:?",
    "entry": r"proposed date of entry into force\s*:?",
    "comments": r"(?:10\.\s*)?final date for comments\s*:?",
}


def _html(raw: bytes, make: _Maker, mapping: Mapping[str, str]) -> Iterable[Notice]:
    text = "\n".join(markup.lines(_decoded(raw, make.file)))
    symbol = re.search(r"G/[A-Z]{2,4}(?:/[A-Z]+)*/[A-Z]{3}/[0-9]+(?:/[A-Za-z]+\.[0-9]+)*", text)
    at = {k: m for k, p in FORM.items() if (m := re.search(rf"^{p}", text, re.I | re.M))}
    marks = sorted(m.start() for m in at.values()) + [
        m.start() for m in re.finditer(r"^(?:[0-9]{1,2}\.|texts? available)\s", text, re.M | re.I)
    ]
    said = {}
    for field, match in at.items():
        end = min((m for m in marks if m > match.start()), default=len(text))
        said[field] = text[match.end() : end].strip()
    written = re.search(r"^([0-9]{1,2} [A-Za-z]{3,9} [0-9]{4})$", text, re.M)
    if not symbol and not at:
        return
    said |= {"symbol": symbol[0] if symbol else "", "day": written[1] if written else ""}
    yield from make.notice(1, said)
