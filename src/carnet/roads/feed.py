"""What changed in a folder of road data since a cursor, and whether a data set comes as often as it was promised.

    changes.jsonl   one line for each network, run and promise, in the order they came; never rewritten
    cursor          number of lines read and the digest of the last one, so that a cursor of another folder is noticed

A run that came in while nobody could write its line gets one at the next look. Moments are given by who calls.
Reading order: note(), since(), promise(), freshness(). Moments in ISO 8601 with zone, durations as PnD, PTnH, PTnM.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import BadInput
from .lake import Lake
from .license.evaluate import moment

SCHEMA, FRESH = "carnet/changes/1", "carnet/freshness/1"
MOST = 1000
_EVERY = re.compile(r"P(?:(\d{1,4})W|(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?)")


def _lines(lake: Lake) -> list[bytes]:
    """The whole lines; what a crash left half written is no line."""
    path = lake.folder / "changes.jsonl"
    raw = path.read_bytes() if path.exists() else b""
    return raw[: raw.rfind(b"\n") + 1].splitlines()


def note(lake: Lake, kind: str, network: str, id: str, at: str = "", **more: Any) -> None:
    """Add one line: on disk when it returns."""
    row = {"kind": kind, "network": network, "id": id, "at": _moment(at).isoformat() if at else None, **more}
    lake.folder.mkdir(parents=True, exist_ok=True)
    path = lake.folder / "changes.jsonl"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(handle).st_size
        half = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        line = json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        os.write(handle, (b"\n" if half else b"") + line)
        os.fsync(handle)
    finally:
        os.close(handle)


def _rows(lake: Lake) -> tuple[list[bytes], list[dict[str, Any]]]:
    lines = _lines(lake)
    rows = []
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            row = {}
        rows.append(row if isinstance(row, dict) and {"kind", "network", "id"} <= set(row) else {"kind": "spoiled"})
    return lines, rows


def complete(lake: Lake, at: str = "") -> int:
    """Give a line to every network and run that has none; returns how many."""
    known = {(r["kind"], r["id"]) for r in _rows(lake)[1] if r["kind"] in ("network", "run", "scenario")}
    missing = [("network", n, n) for n in lake.networks()]
    missing += [("run", c["network"], c["run"]) for c in lake.runs()]
    missing += [("scenario", "", s["scenario"]) for s in lake.scenarios()]
    new = [row for row in missing if (row[0], row[2]) not in known]
    for kind, network, name in new:
        note(lake, kind, network, name, at)
    return len(new)


def cursor(lines: list[bytes], count: int) -> str:
    """The cursor after so many lines."""
    last = hashlib.sha256(lines[count - 1]).hexdigest()[:12] if count else "0" * 12
    return f"{count}-{last}"


def since(lake: Lake, after: str = "", *, network: str = "", most: int = 100) -> dict[str, Any]:
    """Changes after a cursor, oldest first, and the cursor to go on with; an empty cursor means from the beginning."""
    complete(lake)
    lines, rows = _rows(lake)
    start = _read_cursor(after, lines)
    most = min(max(1, most), MOST)
    found: list[dict[str, Any]] = []
    end = start
    while end < len(rows) and len(found) < most:
        row = rows[end]
        end += 1
        if row["kind"] != "spoiled" and (not network or row["network"] == network):
            found.append({"number": end, **row})
    return {"schema": SCHEMA, "changes": found, "cursor": cursor(lines, end), "more": end < len(rows)}


def _read_cursor(text: str, lines: list[bytes]) -> int:
    if not text:
        return 0
    number, _, mark = text.partition("-")
    if not number.isdecimal() or not mark or len(number) > 12:
        raise BadInput(f"cursor {text[:40]!r}: is none of ours; begin again without a cursor")
    count = int(number)
    if count > len(lines) or cursor(lines, count) != text:
        raise BadInput(f"cursor {text[:40]!r}: belongs to another state of the data; begin again without a cursor")
    return count


def every(text: str) -> timedelta:
    """A promised interval: P1D, P1W, PT6H, PT15M; raises BadInput."""
    found = _EVERY.fullmatch(text)
    weeks, days, hours, minutes = (int(v or 0) for v in found.groups()) if found else (0, 0, 0, 0)
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    if not length:
        raise BadInput(f"every {text!r}: write a duration such as P1D, P1W, PT6H or PT15M")
    return length


def promise(lake: Lake, network: str, text: str, at: str) -> None:
    """Declare how often a data set is renewed; the newest promise counts, older ones stay readable."""
    lake.network_card(network)
    every(text)
    if not at:
        raise BadInput("a promise needs the moment it is made")
    note(lake, "promise", network, text, at)


def freshness(lake: Lake, network: str, now: str) -> dict[str, Any]:
    """Whether a data set is late against its promise: late is True, False, or None when nothing was promised.

    The clock starts with the newest run. A run nobody gave a moment counts by its last recorded moment, and says so.
    """
    complete(lake)
    rows = [r for r in _rows(lake)[1] if r.get("network") == network]
    promises = [r for r in rows if r["kind"] == "promise"]
    came = [_moment(r["at"]) for r in rows if r["kind"] == "run" and r["at"]]
    recorded = [_moment(c["last"]) for c in lake.runs() if c["network"] == network and c["last"]]
    newest, basis = (max(came), "arrival") if came else (max(recorded), "recording") if recorded else (None, None)
    out: dict[str, Any] = {
        "schema": FRESH,
        "network": network,
        "declared": promises[-1]["id"] if promises else None,
        "declared_at": promises[-1]["at"] if promises else None,
        "newest": newest.isoformat() if newest else None,
        "newest_by": basis,
        "due": None,
        "late": None,
        "late_s": None,
    }
    if promises:
        due = (newest or _moment(promises[-1]["at"])) + every(promises[-1]["id"])
        late = (_moment(now) - due).total_seconds()
        out |= {"due": due.isoformat(), "late": late > 0, "late_s": max(0.0, late)}
    return out


def _moment(text: str) -> datetime:
    try:
        return moment(text).astimezone(UTC)
    except ValueError:
        raise BadInput(f"{text!r} is no moment such as 2026-11-21T12:00:00+00:00") from None
