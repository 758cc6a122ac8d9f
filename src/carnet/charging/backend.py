"""What a charger's back end should hear when a session ends, by the tables of data/protocols/backend.

The codes are the back end's own; which of them fits a rule of ours is our reading. A code says what to report, never
who answers for it: that stays with the judgement.
Reading order: Report, Reports, reports().
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ..catalog.library import builtin
from ..reading import read, shape
from .protocol import Row


class Report(Row):
    """The codes of one kind of ending."""

    rules: tuple[str, ...]
    error: str
    reason: str
    stopped: str
    trigger: str
    chargex: str = ""
    note: str = ""

    def names(self, rule: str) -> bool:
        return any(r == rule or (r.endswith("*") and rule.startswith(r[:-1])) for r in self.rules)


class Field(Row):
    """One field of a version's message: how it is called there, which key of a report fills it, what it may hold."""

    field: str
    key: str
    codes: tuple[str, ...]


class Version(Row):
    number: str
    fields: tuple[Field, ...]


class Reports(Row):
    sources: dict[str, dict[str, str]]
    versions: tuple[Version, ...]
    rows: tuple[Report, ...]

    def of(self, rule: str) -> Report | None:
        """The codes for a rule of the end; None for an end the bus does not show, such as the end of a recording."""
        return next((row for row in self.rows if row.names(rule)), None)

    def plain(self, rule: str) -> dict[str, dict[str, str]] | None:
        """Version -> field -> code, with the number of the shared list and the note where there is one."""
        row = self.of(rule)
        if row is None:
            return None
        found = {v.number: {f.field: str(getattr(row, f.key)) for f in v.fields} for v in self.versions}
        more = {k: v for k, v in (("chargex", row.chargex), ("note", row.note)) if v}
        return {**found, "more": more} if more else found

    def says(self, rule: str) -> str:
        """One line for people; empty when the bus does not show the end."""
        row = self.of(rule)
        if row is None:
            return ""
        parts = [
            f"{v.number} " + ", ".join(f"{f.field} {getattr(row, f.key)}" for f in v.fields) for v in self.versions
        ]
        return "; ".join(parts) + (f" ({row.note})" if row.note else "")


@lru_cache(maxsize=4)
def reports(root: Path | None = None) -> Reports:
    path = (root or builtin()) / "protocols" / "backend" / "codes.yaml"
    return shape(read(path, "protocols/backend/codes.yaml"), Reports)
