"""A watch list as dated items: what a calendar, a feed or a web hook carries, each with a name that never changes.

Reading order: Item, items(), text().
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to put into a calendar or feed; `first` and `last` are the days it can mean."""

    uid: str
    first: str
    last: str
    title: str
    text: str
    tags: tuple[str, ...]
    updated: str  # the day this was learned


def items(found: dict[str, Any]) -> list[Item]:
    """The items of a contract carnet/watch/1, by day."""
    listed = [_transition(r, found) for r in found["transitions"]]
    listed += [_ending(r, found) for r in found["evidence"]]
    listed += [_look(r, found) for r in found["signals"] if r["next_look"]]
    return sorted(listed, key=lambda i: (i.first, i.last, i.uid))


def _transition(row: dict[str, Any], found: dict[str, Any]) -> Item:
    event = f" for {row['event'].replace('_', ' ')}" if row["event"] else ""
    where = f"{row['market_name']}: " if row["market_name"] else ""
    lines = [
        f"{row['id']}: {row['standing'].replace('_', ' ')}{event}, {written(row)}",
        *(f"{p['id']}: {_would(p)}" for p in row["projects"]),
        *([row["note"]] if row["note"] else []),
        *([f"Sources disagree: {row['conflict']}"] if row["conflict"] else []),
        _said(row["source"], row["reported"]),
    ]
    title = f"{where}{row['title']}: {row['standing'].replace('_', ' ')}{event}"
    tags = ("transition", row["table"], *([row["market"]] if row["market"] else []))
    return Item(
        row["uid"], row["day"], row["last_day"], title, "\n".join(lines), tags, row["seen"] or found["from"]
    )  # fmt: skip


def _would(project: dict[str, Any]) -> str:
    if not project["would_be"]:
        return ", ".join(project.get("about", [])) or "no paper names it"
    other = "" if project["binds"] else " (another event than the one under review)"
    return f"{project['would_be'].replace('_', ' ')} as the papers stand{other}. {project['because']}"


def _ending(row: dict[str, Any], found: dict[str, Any]) -> Item:
    projects = ", ".join(p["id"] for p in row["projects"])
    if row["how"] == "expires":
        title = f"{row['evidence']} ({row['standard']}) expires"
        text = f"{projects}: last day of {row['evidence']}"
    else:
        title = f"{row['evidence']} ({row['standard']}) no longer suffices for {row['rule']}"
        text = f"{projects}: {row['because']}"
    tags = ("evidence", row["how"], *([row["market"]] if row["market"] else []))
    return Item(row["uid"], row["day"], row["day"], title, text, tags, found["from"])


def _look(row: dict[str, Any], found: dict[str, Any]) -> Item:
    from ...words import span

    first, last = span(row["next_look"])
    lines = [
        f"{row['actor']}, {row['day']}: {row['standing'].replace('_', ' ')}",
        f"It would bind when: {row['binds_when']}",
        *([f"Sources disagree: {row['conflict']}"] if row["conflict"] else []),
        _said(row["source"], row["reported"]),
    ]
    return Item(
        row["uid"],
        first,
        last,
        f"Look again: {row['title']} ({row['market']})",
        "\n".join(lines),
        ("signal", row["market"]),
        row["source"]["seen"] if row["source"] and row["source"]["seen"] else found["from"],
    )


def _said(source: dict[str, Any] | None, reported: bool) -> str:
    if not source:
        return "No source is stated."
    seen = f", seen {source['seen']}" if source["seen"] else ", never seen"
    return f"Source: {source['number']}{seen}" + ("; reported, not read" if reported else "")


def written(row: dict[str, Any]) -> str:
    """The day of a transition in words."""
    if row["certain"]:
        return f"from {row['day']}"
    return f"on a day between {row['day']} and {row['last_day']}, known no closer"


def payload(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The items as CloudEvents (structured mode): what a server's outbox sends to whoever asked to be told."""
    return [
        {
            "specversion": "1.0",
            "id": item.uid,
            "source": "urn:carnet:watch",
            "type": f"carnet.watch.{item.tags[0]}",
            "time": f"{_day(item.updated)}T00:00:00Z",
            "datacontenttype": "application/json",
            "data": {
                "day": item.first,
                "last_day": item.last,
                "title": item.title,
                "text": item.text,
                "tags": list(item.tags),
            },
        }
        for item in items(found)
    ]


def _day(written_date: str) -> str:
    from ...words import span

    return span(written_date)[0]
