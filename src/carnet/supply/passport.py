"""The battery passport: every field a claim with its method and evidence, or a reason why it is empty.

Fields, access groups and dates are data. Values come from claims about the lot and are computed from the trace where
they can be. What one reader may see is decided in one place. Coverage counts what is filled and what is shown, and the
missing pieces are ranked by how many fields one piece of work fills.
Reading order: Field, build(), may_see(), view(), coverage(), work(), export().
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import BadInput, nearest
from . import passports
from .tables import Tables
from .trace import Tracer, answer

CATEGORIES = ("ev", "lmt", "industrial", "stationary")
ROLES = {
    "public": frozenset({"public"}),
    "legitimate_interest": frozenset({"public", "legitimate_interest", "legitimate_interest_and_commission"}),
    "authority": frozenset({"public", "authority", "legitimate_interest_and_commission"}),
}
_RECYCLED = {"pre": "pre_consumer", "post": "post_consumer"}
_SYMBOL = {"ni": "Ni", "co": "Co", "li": "Li", "pb": "Pb"}


@dataclass(frozen=True)
class Field:
    """One field for one battery: what stands there, how it was found, what shows it, and who may see it.

    need    mandatory, voluntary or none for this category; mandatory only from `since`
    value   None when empty; `why` then says why, or what a computed value assumes
    """

    key: str
    group: str
    means: str
    unit: str
    access: str
    need: str
    since: str
    value: Any = None
    method: str = ""
    evidence: str = ""
    why: str = ""
    low: float | None = None
    high: float | None = None
    changing: bool = False
    item: bool = False
    computed_by: str = ""

    @property
    def filled(self) -> bool:
        return self.value is not None

    @property
    def shown(self) -> bool:
        """True when a document or a computation stands behind the value."""
        return self.filled and bool(self.evidence)


def build(tracer: Tracer, lot: str, tables: Tables, category: str = "ev", on: str = "") -> tuple[Field, ...]:
    """Every field of the passport of one battery (a lot of the chain) on a day."""
    if category not in CATEGORIES:
        raise BadInput(
            f"no category is called {category!r}; {nearest(category, CATEGORIES)} Known: {', '.join(CATEGORIES)}"
        )
    node = tracer.node(lot)
    claims = claims_of(tracer, lot)
    trace = answer(tracer, lot)
    fields = []
    for row in tables["passport"].rows:
        need = row[category]
        if need == "mandatory" and on and row["applies_from"] and on < row["applies_from"]:
            need = "announced"
        head = Field(
            row["key"], row["group"], row["means"], row["unit"], row["access"], need, row["applies_from"],
            changing=row["behavior"] == "changing", item=row["granularity"] == "item", computed_by=row["computed_by"],
        )  # fmt: skip
        fields.append(Field(**{**asdict(head), **_value(head, claims, trace, tracer, node)}))
    return tuple(fields)


def claims_of(tracer: Tracer, lot: str) -> dict[str, dict[str, Any]]:
    """Property -> claim of a lot; a claim with evidence goes before one without."""
    found: dict[str, dict[str, Any]] = {}
    for row in tracer.chain["claims"]:
        if row["lot"] == lot and not (row["property"] in found and found[row["property"]]["evidence"]):
            found[row["property"]] = row
    return found


def _value(
    field: Field, claims: Mapping[str, Any], trace: Mapping[str, Any], tracer: Tracer, node: int
) -> dict[str, Any]:
    parts = {k: c for k, c in claims.items() if k == field.key or k.startswith(f"{field.key}.")}
    if parts:
        whole = claims.get(field.key)
        value = _read(whole["value"]) if whole else {k.partition(".")[2]: _read(c["value"]) for k, c in parts.items()}
        said = [whole] if whole else list(parts.values())
        best = max(said, key=lambda c: bool(c["evidence"]))
        return {"value": value, "method": best["method"] or "declared", "evidence": best["evidence"] or ""}
    words = field.key.split("_")
    if words[0] == "rc" and len(words) == 3 and words[1] in _RECYCLED:
        return _recycled(_SYMBOL[words[2]], _RECYCLED[words[1]], trace, tracer, node)
    if field.key == "mass" and tracer.chain["lots"][node]["kg"] is not None:
        return {"value": tracer.chain["lots"][node]["kg"], "method": "declared", "why": "the mass of the lot"}
    if field.key == "cf_absolute" and trace["kgco2e_known_share"] >= 1 - 1e-9:
        return {"value": trace["kgco2e"] / 1000, "method": "computed", "evidence": "trace"}
    if field.changing:
        return {"why": "it changes in use and comes from the battery management system"}
    return {"why": "nobody stated it"}


def _recycled(element: str, waste: str, trace: Mapping[str, Any], tracer: Tracer, node: int) -> dict[str, Any]:
    """The share of recycled metal by physical flow, in percent, with what the unknown could make of it."""
    if element not in tracer.elements:
        return {"why": f"no lot states its content of {element}"}
    if tracer.weights(element).need[node] == 0.0:
        return {"value": 0.0, "method": "computed", "evidence": "trace", "why": f"the battery holds no {element}"}
    found = trace["recycled"][element]["physical"]
    share, other = found[waste], found["pre_consumer"] + found["post_consumer"] - found[waste]
    high = max(share, found["high"] - other)
    sure = high - share < 1e-9
    why = "" if sure else "part of the sources is unknown: the value is the least that is stated"
    bounds = {"low": _percent(share), "high": _percent(high)}
    return {"value": _percent(share), "method": "computed", "evidence": "trace", "why": why, **bounds}


def _percent(share: float) -> float:
    return float(f"{share * 100:.10g}")


def _read(text: Any) -> Any:
    """A claim's text as a number, list or object where it is one."""
    try:
        value = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return text
    return text if isinstance(value, bool) or value is None else value


def may_see(role: str, access: str) -> bool:
    """The one place that decides who sees a field; an unknown role sees nothing."""
    return access in ROLES.get(role, frozenset())


def view(fields: tuple[Field, ...], role: str) -> tuple[Field, ...]:
    """What a reader of that role sees; raises BadInput for a role nobody has."""
    if role not in ROLES:
        near = nearest(role, ROLES)
        raise BadInput(f"no reader is called {role!r}" + (f"; {near}" if near else "") + f" Known: {', '.join(ROLES)}")
    return tuple(f for f in fields if may_see(role, f.access))


def coverage(fields: tuple[Field, ...]) -> dict[str, Any]:
    """Per access group and together: how many mandatory fields are filled and shown, and why the others are not."""
    wanted = [f for f in fields if f.need in ("mandatory", "announced")]

    def count(some: list[Field]) -> dict[str, Any]:
        missing = [
            {"key": f.key, "why": f.why if not f.filled else "no document shows it"} for f in some if not f.shown
        ]
        return {
            "fields": len(some),
            "filled": sum(f.filled for f in some),
            "shown": sum(f.shown for f in some),
            "missing": missing,
        }

    groups = {a: count([f for f in wanted if f.access == a]) for a in dict.fromkeys(f.access for f in fields)}
    whole = count(wanted)
    share = whole["shown"] / whole["fields"] if whole["fields"] else 1.0
    return {**{k: whole[k] for k in ("fields", "filled", "shown")}, "share": share, "groups": groups}


# How hard it is to get what is missing: 1 attach a document, 2 ask for a value per model, 3 per item, 4 read it in use.
def _effort(field: Field) -> int:
    return 1 if field.filled else 4 if field.changing else 3 if field.item else 2


def work(fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """The missing pieces as work, each with the fields it fills; the most fields for the least effort come first."""
    pieces: dict[tuple[str, int], list[str]] = {}
    for field in fields:
        if field.need in ("mandatory", "announced") and not field.shown:
            pieces.setdefault((field.computed_by or field.group, _effort(field)), []).append(field.key)
    what = {
        1: "attach the document that shows it",
        2: "state it for the model",
        3: "state it for the item",
        4: "read it from the battery",
    }
    rows = [
        {"work": what[effort], "from": source, "effort": effort, "fields": keys, "effect": len(keys)}
        for (source, effort), keys in pieces.items()
    ]
    return sorted(rows, key=lambda r: (-r["effect"] / r["effort"], r["effort"], r["from"]))


def export(tracer: Tracer, lot: str, fields: tuple[Field, ...], format: str, at: str) -> dict[str, dict[str, Any]]:
    """Part -> document in an exchange format; raises BadInput naming what its schema wants and nobody stated."""
    kinds = passports.newest(k for k in passports.kinds() if k.format.lower() == format.lower())
    if not kinds:
        known = sorted({k.format for k in passports.kinds()})
        raise BadInput(f"no format is called {format!r}; {nearest(format, known)} Known: {', '.join(known)}")
    values = values_of(tracer, lot, fields)
    documents, missing = {}, []
    for kind in kinds:
        documents[kind.part], lacking = passports.write(kind, values, at)
        missing += [f"{kind.part}: {key}" for key in lacking]
    if missing:
        shown = ", ".join(missing[:12]) + (f" and {len(missing) - 12} more" if len(missing) > 12 else "")
        raise BadInput(
            f"the passport of {lot} cannot be written as {format}: nobody stated {shown}. State them in claims.csv."
        )
    return documents


def values_of(tracer: Tracer, lot: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Every value by key, parts of a field by key and part, and what the trace adds for exchange."""
    values = {k: _read(c["value"]) for k, c in claims_of(tracer, lot).items()}
    values |= {f.key: f.value for f in fields if f.filled and not isinstance(f.value, dict)}
    provenance, node = [], tracer.node(lot)
    for origin in answer(tracer, lot)["origins"]:
        if origin["kind"] == "physical":
            content = float(tracer.weights(origin["element"]).share[node])
            row = {"name": origin["element"], "originCountry": origin["economy"].upper()}
            row["massFraction"] = float(f"{origin['share'] * content:.12g}")
            provenance.append(row)
    if provenance:
        values.setdefault("materials_provenance", provenance)
    return values


def contract(lot: str, category: str, on: str, role: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    """The JSON of `carnet supply passport`."""
    shown = view(fields, role)
    return {
        "schema": "carnet/passport/1",
        "battery": lot,
        "category": category,
        "on": on,
        "role": role,
        "fields": [asdict(f) for f in shown],
        "coverage": coverage(fields),
        "work": work(fields),
    }
