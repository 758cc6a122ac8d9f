"""The words and shapes of a dossier: one spelling for every rendering.

A verdict is told by a word and a shape, so that it survives a printer, a gray screen and a reader who sees no color.
Free text comes from files that others wrote; `clean` makes its control characters visible, so that a title can
neither steer a terminal nor break an XML file. Escaping for a format is the business of that format.
Reading order: Mark, MARKS, clean(), money(), weeks(), graded().
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..waist import VERDICTS, Evidence, Expected, Exposure, Quantity, Source, Step, Subject


@dataclass(frozen=True, slots=True)
class Mark:
    """How one verdict is written: its word, a shape, the same shape in ASCII, and what it means."""

    word: str
    shape: str
    plain: str
    means: str


# The gravest first: the order in which a reader looks.
MARKS: Mapping[str, Mark] = {
    "unmet": Mark("unmet", "✕", "x", "what is known says that the demand does not hold"),
    "unproven": Mark("unproven", "○", "o", "a fact or evidence is missing; the finding names it"),
    "undecided": Mark("undecided", "?", "?", "a question that a human must answer stands open"),
    "residual": Mark("residual", "◐", "~", "met through a recognition; listed work remains"),
    "met": Mark("met", "●", "+", "what is known and shown meets the demand"),
    "not_applicable": Mark("not applicable", "–", "-", "the rule does not speak of this subject"),
}
GRAVEST = tuple(MARKS)
assert tuple(reversed(VERDICTS)) == GRAVEST

STANDINGS: Mapping[str | None, str] = {
    "signal": "signal",
    "announced": "announced",
    "draft": "draft",
    "adopted": "adopted",
    "in_force": "in force",
    "published": "published",
    "superseded": "superseded",
    "withdrawn": "withdrawn",
    None: "standing not known",
}
FORCES: Mapping[str | None, str] = {
    "mandatory": "mandatory",
    "voluntary": "voluntary",
    "contractual": "contractual",
    None: "force not known",
}
EVENTS: Mapping[str, str] = {
    "new_type": "new types",
    "all_new": "all new vehicles",
    "placed_on_market": "placing on the market",
    "in_use": "things in use",
}
GRADES: Mapping[str, str] = {
    "official_text": "official text",
    "official_notice": "official notice",
    "standards_body": "standards body",
    "law_firm": "law firm",
    "research": "research",
    "dataset": "dataset",
    "maker": "maker's text",
    "trade_press": "trade press",
    "news": "news",
    "none": "no document",
}
READINGS: Mapping[str, str] = {
    "verbatim": "read word for word",
    "summary": "read in summary",
    "inferred": "inferred",
    "remembered": "from memory",
}
STATES: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", "○"),
    "expires": ("expires before the day", "◐"),
    "have": ("in hand", "●"),
}
REPORTED = "reported, not read"

# Line breaks and tabs stay; whatever else steers a device, or turns the direction of the text around it, is shown.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def clean(text: str) -> str:
    """The text with its control characters made visible."""
    return _CONTROL.sub(_picture, text) if _CONTROL.search(text) else text


def _picture(found: re.Match[str]) -> str:
    code = ord(found.group())
    return "\n" if code == 0x0D else chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"


def one_line(text: str) -> str:
    """The text on one line, clean."""
    return " ".join(clean(text).split())


def short(text: str, most: int = 40) -> str:
    """A title for a narrow place; the whole of it stands elsewhere."""
    line = one_line(text)
    return line if len(line) <= most else line[: most - 3].rstrip() + "..."


def digest(whole: str, most: int = 12) -> str:
    """'sha256:3f0c1a9d7b52...': enough of a digest to tell two files apart; the inputs list the whole."""
    name, colon, digits = whole.rpartition(":")
    return f"{name}{colon}{digits[:most]}..." if len(digits) > most else whole


def spoken(word: str) -> str:
    """An identifier as words: electrical_safety -> electrical safety."""
    return word.replace("_", " ")


def count(number: int, one: str, many: str = "") -> str:
    """'1 market', '3 markets'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listing(words: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def value(raw: Any) -> str:
    """A fact's value as people write it."""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, Quantity):
        return str(raw)
    if isinstance(raw, list | tuple):
        return ", ".join(value(v) for v in raw) or "none"
    return str(raw)


def _range(span: Mapping[str, Any], write: Any) -> str:
    low, high = write(span.get("low")), write(span.get("high"))
    return low if low == high else f"{low} to {high}"


def _amount(text: Any) -> str:
    whole, dot, rest = str(text).partition(".")
    return (f"{int(whole):,}" if whole.isdigit() else whole) + dot + rest


def money(cost: Mapping[str, Any]) -> str:
    """'USD 40,000 to 200,000 (priced 2026-11)'; a middle only where somebody quoted it."""
    if not cost or cost.get("low") is None:
        return "not known"
    quoted = f", quoted {_amount(cost['mid'])}" if cost.get("mid") is not None else ""
    priced = f" (priced {cost['priced']})" if cost.get("priced") else ""
    return f"{cost.get('currency', '')} {_range(cost, _amount)}{quoted}{priced}".strip()


def weeks(span: Mapping[str, Any]) -> str:
    """'12 to 30 weeks'; a middle only where somebody quoted it."""
    if not span or span.get("low") is None:
        return "not known"
    quoted = f", quoted {span['mid']}" if span.get("mid") is not None else ""
    return f"{_range(span, str)} weeks{quoted}"


def effort(step: Step) -> str:
    """Cost and time of a step, in one phrase."""
    return f"{money(step.cost)}; {weeks(step.weeks)}"


def changes(one: Exposure) -> tuple[str, ...]:
    """What a text would change if it bound, each thing once, then which rules it touches."""
    said, touched = [], []
    for change in one.would_change:
        if change.get("says"):
            said.append(str(change["says"]))
            touched += [str(change["rule"])] if change.get("rule") else []
        elif change.get("verdict") in MARKS:
            said.append(f"would be {MARKS[change['verdict']].word}: {change.get('because', '')}".rstrip(": "))
    rules = list(dict.fromkeys(touched))
    more = f" and {len(rules) - 6} more" if len(rules) > 6 else ""
    return (*dict.fromkeys(said), *([f"touches {', '.join(rules[:6])}{more}"] if rules else []))


def document(row: Expected) -> str:
    """The name of an expected document: 'type approval or certificate: UN R100.03', or its title."""
    kinds, colon, entry = row.document.partition(": ")
    if not colon:
        return row.title or spoken(row.document)
    return f"{' or '.join(spoken(kind) for kind in kinds.split('/'))}: {entry}"


def graded(source: Source | None) -> str:
    """'law firm, read in summary, seen 2026-11-21': how much a source is worth."""
    return f"{how_read(source)}, {seen(source)}" if source else "no source recorded"


def how_read(source: Source) -> str:
    """'law firm, read in summary'."""
    return f"{GRADES.get(source.grade, spoken(source.grade))}, {READINGS.get(source.read, source.read)}"


def seen(source: Source) -> str:
    """'seen 2026-11-21': the day somebody last looked."""
    return f"seen {source.seen}" if source.seen else "never seen"


def cited(source: Source | None) -> str:
    """'UN Regulation No. 100, 04 series (UNECE, issued 2022-03)': which text it is."""
    if source is None:
        return "no source recorded"
    behind = ", ".join(part for part in (source.publisher, f"issued {source.issued}" if source.issued else "") if part)
    number = source.number or source.title or source.id
    return f"{number} ({behind})" if behind else number


def witnessed(item: Evidence) -> str:
    """'test report, UN R100.03, by Example Laboratory, issued 2025-06-30': what a piece of evidence is."""
    parts = [
        spoken(item.kind),
        item.standard or item.approval,
        f"by {item.issuer}" if item.issuer else "",
        f"issued {item.issued}" if item.issued else "",
        f"expires {item.expires}" if item.expires else "",
    ]
    return ", ".join(p for p in parts if p)


def versions(subject: Subject) -> str:
    """'hardware B2, software 4.1.0'."""
    return ", ".join(f"{name} {number}" for name, number in subject.versions)
