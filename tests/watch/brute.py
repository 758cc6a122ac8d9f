"""The watch list, found a second time by brute force over the YAML files: nothing of the product is used.

Every row of data/ is read with a plain YAML reader; memberships are followed by hand; scopes are read by a small
three-valued evaluator that knows just the words the example projects meet, and refuses any other.
Reading order: transitions(), speaks(), holds().
"""

import calendar
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
INSIDE = {
    "M": {"M1", "M2", "M3"},
    "N": {"N1", "N2", "N3"},
}
SCALE = {"kWh": 1.0, "MWh": 1000.0, "kW": 1.0, "MW": 1000.0, "t": 1000.0, "kg": 1.0, "V": 1.0, "": 1.0}
Step = tuple[str, str, str, str | None, str, str, str]  # table, id, market, event, standing, first day, last day


@cache
def files(folder: str) -> tuple[tuple[Path, Any], ...]:
    paths = sorted((DATA / folder).rglob("*.yaml"))
    return tuple((p, yaml.load(p.read_text(encoding="utf-8"), yaml.CSafeLoader)) for p in paths)


@cache
def above() -> dict[str, list[str]]:
    """Who belongs to what, one level up."""
    found = {
        d["economy"]: [m["union"] for m in d.get("member_of", [])] for _, d in files("economies") if "economy" in d
    }
    found |= {d["union"]: list(d.get("member_of", [])) for _, d in files("markets") if "union" in d}
    return found


def places(market: str) -> set[str]:
    """Every folder a market hears from."""
    found, waiting = {"any"}, [market]
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += above().get(place, [])
    return found


def folder(path: Path) -> str:
    parts = path.relative_to(DATA / "markets").parts
    return parts[1] if parts[0] == "_unions" else parts[0].lstrip("_")


def both_ends(written: str) -> tuple[str, str]:
    if len(written) == 4:
        return f"{written}-01-01", f"{written}-12-31"
    if len(written) == 7:
        last = calendar.monthrange(int(written[:4]), int(written[5:]))[1]
        return f"{written}-01", f"{written}-{last:02d}"
    return written, written


def starts() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in ("standards", "markets"):
        for _, document in files(kind):
            for row in document.get("standards", []) + document.get("requirements", []):
                for name in {row["id"], row.get("short", row["id"])}:
                    found.setdefault(name, []).extend(row.get("status", []))
    return found


def falls(step: dict[str, Any], since: str, until: str, known: str) -> tuple[str, str] | None:
    written = step.get("from", "unknown")
    if step.get("seen") and step["seen"] > known:
        return None
    if isinstance(written, dict):
        days = [
            s["from"]
            for s in starts().get(written["after"], [])
            if s["standing"] == "in_force" and isinstance(s.get("from"), str) and s["from"] != "unknown"
        ]
        assert not days, f"{written['after']} has a day now: teach this test to add months to it"
        return None
    if written == "unknown":
        return None
    first, last = both_ends(written)
    return (first, last) if last > since and first <= until else None


def transitions(project: Path, since: str, until: str) -> set[Step]:
    """Every dated step within (since, until] of a rule, recognition or standard that concerns a project."""
    body = yaml.load(project.read_text(encoding="utf-8"), yaml.CSafeLoader)
    known = body["review"]["known"]
    found: set[Step] = set()
    for market in body["markets"]:
        for path, document in files("markets"):
            for row in document.get("requirements", []):
                fallen = [(s, d) for s in row.get("status", []) if (d := falls(s, since, until, known))]
                if fallen and folder(path) in places(market) and speaks(row, body, market):
                    for step, days in fallen:
                        found.add(("requirements", row["id"], market, step.get("event"), step["standing"], *days))
    for _, document in files("recognitions"):
        for row in document["recognitions"]:
            for market in body["markets"]:
                if set(row["accepted_in"]) & places(market):
                    for step in row["status"]:
                        if days := falls(step, since, until, known):
                            found.add(("recognitions", row["id"], market, step.get("event"), step["standing"], *days))
    shelf = [row for _, document in files("standards") for row in document.get("standards", [])]
    held = {e.get(k) for e in body.get("evidence", []) for k in ("standard", "approval")} - {None}
    families = {row["family"] for row in shelf if row["short"] in held and row.get("family")}
    for row in shelf:
        if row["short"] in held or row.get("family") in families:
            for step in row.get("status", []):
                if days := falls(step, since, until, known):
                    found.add(("standards", row["short"], "", step.get("event"), step["standing"], *days))
    return found


def speaks(row: dict[str, Any], body: dict[str, Any], market: str) -> bool:
    """Whether a rule is about something that stands in the market and its scope does not exclude it."""
    kinds = {row["about"]} if isinstance(row["about"], str) else set(row["about"])
    ways = {"charge": "charging_pair", "swap": "swapping_pair"}
    here = {n: s for n, s in body["subjects"].items() if market in s.get("stands_in", [market])}
    made = (
        {"vehicle.origin": body["from"].upper()} if "from" in body else {}
    )  # the project says once where its vehicles come from
    here = {n: {**s, "facts": {**made, **s.get("facts", {})}} for n, s in here.items()}
    pairs = {ways[w] for p in body.get("pairs", []) for w in ways if w in p}
    if not kinds & ({s["kind"] for s in here.values()} | pairs):
        return False
    return any(
        holds(row.get("applies", ""), subject, here) is not False
        for subject in here.values()
        if subject["kind"] in kinds
    ) or bool(kinds & pairs)


def holds(text: str, subject: dict[str, Any], here: dict[str, Any]) -> bool | None:
    """A scope, three-valued: its own facts, then those of the only other kinds of things there."""
    if not text:
        return True
    facts = {}
    for other in here.values():
        facts.update(other.get("facts", {}) if other["kind"] != subject["kind"] else {})
    facts.update(subject.get("facts", {}))
    return _or(text.strip(), facts)


def _split(text: str, word: str) -> list[str]:
    parts, depth, piece = [], 0, ""
    for token in re.split(r"(\s+|\(|\)|\[|\])", text):
        depth += (token in "([") - (token in ")]") if token else 0
        if token == word and depth == 0:
            parts.append(piece)
            piece = ""
        else:
            piece += token
    return [p.strip() for p in [*parts, piece]]


def _or(text: str, facts: dict[str, Any]) -> bool | None:
    answers = [_and(part, facts) for part in _split(text, "or")]
    return True if True in answers else None if None in answers else False


def _and(text: str, facts: dict[str, Any]) -> bool | None:
    answers = [_one(part, facts) for part in _split(text, "and")]
    return False if False in answers else None if None in answers else True


def _one(text: str, facts: dict[str, Any]) -> bool | None:
    if text.startswith("(") and text.endswith(")"):
        return _or(text[1:-1], facts)
    if re.fullmatch(r"(not )?[a-z_]+\.[a-z0-9_]+", text):
        stated = facts.get(text.removeprefix("not "))
        return None if stated is None else stated is not text.startswith("not ")
    match = re.fullmatch(r"(?:not )?([a-z_]+\.[a-z0-9_]+) (in|==|!=|<=|>=|<|>|has) (.+)", text)
    assert match, f"this test cannot read {text!r}"
    name, sign, wanted = match.groups()
    if name not in facts:
        return None
    value, said = facts[name], None
    if sign in ("in", "==", "!="):
        words = [w.strip().strip('"') for w in wanted.strip("[]").split(",")]
        inside = {w for word in words for w in (word, *INSIDE.get(word, ()))}
        said = (str(value).lower() if isinstance(value, bool) else value) in inside
        said = said if sign != "!=" else not said
    elif sign == "has":
        entries = value["values"] if isinstance(value, dict) else value
        said = True if wanted.strip('"') in entries else None
    elif re.fullmatch(r'"[0-9-]+"', wanted):
        early, late = both_ends(str(value))
        day = both_ends(wanted.strip('"'))[0]
        assert sign == ">=", f"this test compares days by >= only: {text!r}"
        said = True if early >= day else False if late < day else None
    else:
        have, want = (_amount(v) for v in (value, wanted))
        said = {"<=": have <= want, ">=": have >= want, "<": have < want, ">": have > want}[sign]
    return (not said if said is not None else None) if text.startswith("not ") else said


def _amount(value: Any) -> float:
    number, _, unit = str(value).partition(" ")
    return float(number) * SCALE[unit]
