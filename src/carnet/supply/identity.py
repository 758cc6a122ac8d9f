"""The identity of a battery under several schemes at once, and which duties each regime lays on it by date.

A code is taken apart by the segments of its scheme (data/supply/codes), or matched as a whole where only its form is
known. Where sources disagree about a form, both are read and the doubt is said. Nothing is corrected or guessed.
Reading order: read_code(), make_code(), identities(), codes_of(), duties().
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import BadInput, nearest
from .tables import Row, Tables
from .trace import Tracer

CODE = "code."  # a claim `code.SCHEME` states the code of a battery under that scheme
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]{1,2000}")


def schemes(tables: Tables) -> dict[str, Row]:
    return {r["scheme"]: r for r in tables["identifiers"].rows}


def read_code(scheme: str, code: str, tables: Tables) -> dict[str, Any]:
    """{"scheme", "valid", "form", "segments", "problems", "asks"} of a code; raises BadInput for an unknown scheme."""
    known = schemes(tables)
    if scheme not in known:
        near = nearest(scheme, known)
        raise BadInput(
            f"no scheme is called {scheme!r}" + (f"; {near}" if near else "") + f" Known: {', '.join(known)}"
        )
    row = known[scheme]
    answer: dict[str, Any] = {"scheme": scheme, "code": code, "asks": row["asks"]}
    rows = tables["codes"].where(scheme=scheme)
    if not rows:
        pattern = row["pattern"] or (_URI.pattern if row["form"] == "uri" else ".+")
        valid = len(code) <= 2048 and re.fullmatch(pattern, code) is not None
        problems = [] if valid else [f"{code[:60]!r} is not of the form of {scheme}: {row['segments']}"]
        return {**answer, "valid": valid, "form": "whole", "segments": {}, "problems": problems}
    tried = []
    for form, wanted in (("new", ("yes",)), ("reused", ("yes",)), ("reused", ("yes", "doubt"))):
        segments = [r for r in rows if r["new" if form == "new" else "reused"] in wanted]
        found, problems = _take(code, segments)
        if not problems:
            doubt = " ".join(r["asks"] for r in segments if r["asks"])
            return {
                **answer,
                "valid": True,
                "form": form,
                "segments": found,
                "problems": [],
                "asks": doubt or row["asks"],
            }
        tried.append((abs(sum(int(r["length"]) for r in segments) - len(code)), problems))
    return {**answer, "valid": False, "form": "", "segments": {}, "problems": min(tried, key=lambda t: t[0])[1]}


def _take(code: str, segments: list[Row]) -> tuple[dict[str, str], list[str]]:
    length = sum(int(r["length"]) for r in segments)
    if len(code) != length:
        return {}, [f"it has {len(code)} characters, not {length}"]
    found, problems, at = {}, [], 0
    for row in segments:
        part = code[at : at + int(row["length"])]
        if not re.fullmatch(f"[{row['characters']}]+", part):
            problems.append(
                f"characters {at + 1} to {at + len(part)} ({row['segment']}): {part!r} is not of [{row['characters']}]"
            )
        found[row["segment"]] = part
        at += len(part)
    return found, problems


def make_code(scheme: str, segments: Mapping[str, str], tables: Tables) -> str:
    """The code of a new battery from its segments; raises BadInput with every segment that does not fit."""
    rows = [r for r in tables["codes"].where(scheme=scheme) if r["new"] == "yes"]
    if not rows:
        raise BadInput(f"the segments of {scheme!r} are not known, so no code can be made")
    missing = [r["segment"] for r in rows if r["segment"] not in segments]
    if missing:
        raise BadInput(f"a code of {scheme} also needs: {', '.join(missing)}")
    code = "".join(segments[r["segment"]] for r in rows)
    found = read_code(scheme, code, tables)
    if not found["valid"]:
        raise BadInput(f"no code of {scheme}: {'; '.join(found['problems'])}")
    return code


def identities(codes: Mapping[str, str], tables: Tables) -> list[dict[str, Any]]:
    """Every scheme beside the code the battery has under it, if any: read, wrong or missing."""
    found = []
    for scheme, row in schemes(tables).items():
        head = {"market": row["market"], "applies_from": row["applies_from"], "standing": row["standing"]}
        if scheme in codes:
            found.append({**read_code(scheme, codes[scheme], tables), **head})
        else:
            found.append({"scheme": scheme, "code": None, "valid": None, "asks": row["asks"], "problems": [], **head})
    return found


def codes_of(tracer: Tracer, lot: str, tables: Tables) -> dict[str, str]:
    """Scheme -> code as claims about the lot state it: `code.SCHEME`, or the battery's own address where it fits."""
    found = {}
    for row in tracer.chain["claims"]:
        if row["lot"] == lot and row["property"].startswith(CODE):
            found[row["property"].removeprefix(CODE)] = str(row["value"])
    known = schemes(tables)
    for row in tracer.chain["claims"]:
        if row["lot"] == lot and row["property"] == "battery_id":
            for scheme, form in known.items():
                if form["form"] == "uri" and scheme not in found and read_code(scheme, row["value"], tables)["valid"]:
                    found[scheme] = str(row["value"])
    return {scheme: code for scheme, code in found.items() if scheme in known}


def duties(tables: Tables, on: str, markets: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Duties of every regime with the day they apply from; `binds` is true, false, or None when nobody knows."""
    found = []
    for row in tables["targets"].where(sense="duty"):
        if markets and row["market"] not in markets:
            continue
        since = row["applies_from"]
        law = row["standing"] == "in_force" and row["force"] == "mandatory"
        binds = None if since == "unknown" and law else law and since <= on
        found.append(
            {
                "id": row["id"],
                "market": row["market"],
                "instrument": row["instrument"],
                "about": row["subject"],
                "duty": row["metric"],
                "applies_from": since,
                "standing": row["standing"],
                "binds": binds,
                "asks": row["asks"],
                "source": row.source.number,
                "read": row.source.read,
            }
        )
    return found
