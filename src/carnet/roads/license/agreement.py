"""An agreement: a policy two sides made, and the projection that says what a delivery may physically contain.

    template (data/roads/licenses) + who + which data + until when -> Agreement -> JSON, and back

The policy decides whether; the projection decides what. Both are written out in full, so that an agreement is judged by
its own text and not by a template that may change. Revoking is a file that appears beside it: it is looked for at
every decision and at every batch, so it takes effect at once.
Reading order: Projection, Agreement, agree(), Book, compare().
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...catalog.library import builtin
from ...errors import BadInput, Unheard, nearest
from ...ledger.plain import parse_file
from ...reading import read, shape
from .evaluate import moment
from .policy import Policy, from_json

SCHEMA = "carnet/agreement/1"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


class Projection(BaseModel):
    """What a delivery may contain; an empty list of columns or aggregates means none."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    columns: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = ()
    segments: tuple[str, ...] | None = None  # None: the whole network
    classes: tuple[str, ...] | None = None
    first_day: str = ""
    last_day: str = ""
    floor: int = Field(ge=1)
    trim_m: float = Field(ge=0)
    trim_s: float = Field(ge=0)


class Template(BaseModel):
    """One row of data/roads/licenses/templates.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    means: str
    purposes: tuple[str, ...]
    actions: tuple[str, ...]
    columns: tuple[str, ...]
    aggregates: tuple[str, ...]
    floor: int
    trim_m: float
    trim_s: float
    deliveries: int
    days: int
    duties: tuple[str, ...]


class _Templates(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    sources: dict[str, dict[str, str]]
    source: str
    templates: dict[str, Template]


@lru_cache(maxsize=2)
def templates(root: Path | None = None) -> dict[str, Template]:
    """Offers one may start from."""
    path = (root or builtin()) / "roads" / "licenses" / "templates.yaml"
    return shape(read(path, f"data/roads/licenses/{path.name}"), _Templates).templates


@dataclass(frozen=True)
class Agreement:
    """What two sides agreed. `made` and `until` are moments with their zone."""

    id: str
    provider: str
    recipient: str
    dataset: str
    made: str
    until: str
    policy: Mapping[str, Any]
    projection: Projection
    template: str = ""

    @property
    def rules(self) -> Policy:
        return from_json(self.policy)

    def object(self) -> dict[str, Any]:
        """Plain data with its schema."""
        plain = {k: v for k, v in asdict(self).items() if k != "projection"}
        return {"schema": SCHEMA, **plain, "projection": self.projection.model_dump(mode="json")}


def from_object(raw: Mapping[str, Any]) -> Agreement:
    """The agreement of plain data; raises BadInput for anything that is not one."""
    wanted = {"id", "provider", "recipient", "dataset", "made", "until", "policy", "projection", "template", "schema"}
    if raw.get("schema") != SCHEMA or set(raw) != wanted:
        raise BadInput(f"agreement: is not a {SCHEMA} with the keys {', '.join(sorted(wanted))}")
    try:
        projection = Projection.model_validate(raw["projection"])
        moment(str(raw["made"]))
        moment(str(raw["until"]))
    except (ValidationError, ValueError) as error:
        raise BadInput(f"agreement {raw['id']!r}: {str(error).splitlines()[0]}") from None
    from_json(raw["policy"])
    texts = {k: str(raw[k]) for k in ("id", "provider", "recipient", "dataset", "made", "until", "template")}
    return Agreement(policy=raw["policy"], projection=projection, **texts)


def agree(
    template: str, *, id: str, provider: str, recipient: str, dataset: str, made: str, **limits: Any
) -> Agreement:
    """An agreement from a template; `limits` narrow its projection (segments, classes, first_day, last_day)."""
    known = templates()
    if template not in known:
        raise Unheard(f"no license template is called {template!r}; {nearest(template, known)}")
    row = known[template]
    until = (moment(made) + timedelta(days=row.days)).isoformat()
    tests = [
        {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": list(row.purposes)},
        {"leftOperand": "dateTime", "operator": "lt", "rightOperand": until},
        {"leftOperand": "count", "operator": "lteq", "rightOperand": str(row.deliveries)},
        {"leftOperand": "recipient", "operator": "eq", "rightOperand": recipient},
    ]
    duties = [{"uid": f"{id}#duty-{duty}", "action": duty} for duty in row.duties]
    policy = {
        "@type": "Agreement",
        "uid": id,
        "permission": [
            {
                "uid": f"{id}#{action}",
                "assigner": provider,
                "assignee": recipient,
                "target": dataset,
                "action": action,
                "constraint": tests,
                "duty": duties,
            }
            for action in row.actions
        ],
    }
    projection = Projection(
        columns=row.columns,
        aggregates=row.aggregates,
        floor=row.floor,
        trim_m=row.trim_m,
        trim_s=row.trim_s,
        **limits,
    )
    return Agreement(id, provider, recipient, dataset, made, until, policy, projection, template)


class Book:
    """The agreements of a provider, as files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, id: str, end: str) -> Path:
        if not _NAME.fullmatch(id):
            raise BadInput(f"agreement {id!r}: a name has lower-case letters, digits, dots and hyphens, at most 100")
        return self.folder / f"{id}{end}"

    def add(self, agreement: Agreement) -> None:
        """Write an agreement; one that is there is never changed."""
        path = self._path(agreement.id, ".json")
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(agreement.object(), ensure_ascii=False, indent=2) + "\n"
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            raise BadInput(f"agreement {agreement.id!r} is there already; revoke it and make a new one") from None

    def get(self, id: str) -> Agreement:
        """An agreement; raises Unheard."""
        path = self._path(id, ".json")
        if not path.is_file():
            near = nearest(id, [p.stem for p in self.folder.glob("*.json")])
            raise Unheard(f"no agreement is called {id!r}" + (f"; {near}" if near else ""))
        found = parse_file(path.read_bytes(), str(path))
        if not isinstance(found, dict):
            raise BadInput(f"{path}: is not an agreement")
        return from_object(found)

    def revoke(self, id: str, at: str) -> None:
        """Close an agreement for ever; the next look finds it closed."""
        self.get(id)
        path = self._path(id, ".revoked")
        path.write_text(at + "\n", encoding="utf-8")

    def revoked(self, id: str) -> bool:
        """Whether an agreement is closed; looked up on disk at every call."""
        return self._path(id, ".revoked").exists()

    def all(self) -> list[Agreement]:
        return [self.get(p.stem) for p in sorted(self.folder.glob("*.json"))]


def compare(a: Agreement, b: Agreement) -> list[str]:
    """In plain words what the second allows that the first does not, and the other way round."""
    rows: list[str] = []
    for name, what in (("columns", "the field"), ("aggregates", "the aggregate")):
        mine, theirs = set(getattr(a.projection, name)), set(getattr(b.projection, name))
        rows += [f"Only {a.id} gives {what} {x}." for x in sorted(mine - theirs)]
        rows += [f"Only {b.id} gives {what} {x}." for x in sorted(theirs - mine)]
    first, second = _said(a), _said(b)
    for left, right, what in zip(first["words"], second["words"], ("for the purpose of", "to"), strict=True):
        rows += [f"Only {a.id} may be used {what} {x}." for x in sorted(left - right)]
        rows += [f"Only {b.id} may be used {what} {x}." for x in sorted(right - left)]
    for name, unit, what in (
        ("floor", "vehicles", "Aggregates need at least"),
        ("trim_m", "m", "Ends of trips are cut by"),
        ("trim_s", "s", "Ends of trips are cut by"),
    ):
        x, y = getattr(a.projection, name), getattr(b.projection, name)
        if x != y:
            rows.append(f"{what} {x:g} {unit} in {a.id}, {y:g} {unit} in {b.id}.")
    for name, what in (("segments", "segments"), ("classes", "classes of road")):
        x, y = getattr(a.projection, name), getattr(b.projection, name)
        if x != y:
            rows.append(f"{a.id} covers {_many(x, what)}, {b.id} {_many(y, what)}.")
    if a.until != b.until:
        days = (moment(b.until) - moment(a.until)).days
        rows.append(f"{b.id} ends {abs(days)} days {'later' if days > 0 else 'earlier'}, on {_day(b.until)}.")
    if first["count"] != second["count"]:
        rows.append(f"{a.id} allows {first['count']} deliveries, {b.id} {second['count']}.")
    return rows or [f"{a.id} and {b.id} allow the same."]


def words(agreement: Agreement) -> tuple[str, ...]:
    """What one agreement allows, in plain words."""
    limits, said = agreement.projection, _said(agreement)
    purposes, actions = said["words"]
    rows = [
        f"It allows {agreement.recipient} to {_and(actions)}, for {_and(purposes) if purposes else 'any purpose'}.",
        f"It gives {_and(limits.columns)} of each position." if limits.columns else "It gives no single position.",
    ]
    if limits.aggregates:
        rows.append(f"It gives {_and(limits.aggregates)} of cells with at least {limits.floor} vehicles.")
    if limits.trim_m or limits.trim_s:
        rows.append(f"The first and last {limits.trim_m:g} m and {limits.trim_s:g} s of every trip are cut away.")
    where = [_many(limits.segments, "segments"), _many(limits.classes, "classes of road")]
    rows.append(f"It covers {_and(where)}" + (f", from {limits.first_day}" if limits.first_day else "") + ".")
    rows.append(f"It allows {said['count']} deliveries and ends on {_day(agreement.until)}.")
    duties = {d.action for rule in agreement.rules.rules for d in rule.duties}
    if duties:
        rows.append(f"Who uses it must {_and(duties)}.")
    return (*rows, "Everything else is not allowed. Raw positions are never part of it.")


def _and(found: Any) -> str:
    names = [str(n).replace("_", " ") for n in (found if isinstance(found, (list, tuple)) else sorted(found))]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _said(agreement: Agreement) -> dict[str, Any]:
    purposes: set[str] = set()
    count = "any number of"
    for rule in agreement.rules.rules:
        for test in rule.tests:
            if getattr(test, "left", "") == "purpose":
                purposes |= set(test.right)  # type: ignore[union-attr]
            if getattr(test, "left", "") == "count":
                count = test.right[0]  # type: ignore[union-attr]
    return {"words": (purposes, {r.action for r in agreement.rules.rules}), "count": count}


def _many(found: tuple[str, ...] | None, what: str) -> str:
    return f"all {what}" if found is None else f"{len(found)} {what}"


def _day(text: str) -> str:
    return datetime.fromisoformat(text).date().isoformat()
