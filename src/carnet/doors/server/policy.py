"""Who may do what: one table and one function; every route and every page asks it.

Across organizations things do not exist, and a partner does not see what was not shared with them: that is answered
'unseen', never 'forbidden'. A second person signs off: nobody approves a version they brought themselves.
Reading order: ACTIONS, Caller, Thing, decide().
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ROLES = ("owner", "engineer", "reviewer", "auditor", "partner", "service")
PERSONS = frozenset(ROLES) - {"service"}
EVERYBODY = frozenset(ROLES)

# What each action lets a role do. A machine (service) reads, brings and reviews; it never speaks for a person.
ACTIONS: dict[str, frozenset[str]] = {
    "self.read": EVERYBODY,
    "catalog.read": EVERYBODY,
    "project.read": EVERYBODY,
    "project.write": frozenset({"owner", "engineer", "service"}),
    "project.share": frozenset({"owner", "engineer"}),
    "review.keep": frozenset({"owner", "engineer", "reviewer", "service"}),
    "review.approve": frozenset({"owner", "reviewer"}),
    "comment.write": frozenset({"owner", "engineer", "reviewer", "partner"}),
    "audit.read": frozenset({"owner", "auditor"}),
    "people.read": frozenset({"owner", "auditor"}),
    "people.write": frozenset({"owner"}),
    "token.write": PERSONS,
    "footprint.read": EVERYBODY,
    "footprint.write": frozenset({"owner", "engineer"}),
    "event.send": frozenset({"owner", "engineer", "partner", "service"}),
    "counterpart.read": frozenset({"owner", "engineer", "auditor"}),
    "counterpart.write": frozenset({"owner"}),
    "road.read": EVERYBODY,
    "agreement.read": frozenset({"owner", "engineer", "auditor"}),
    "agreement.write": frozenset({"owner"}),
    "chain.read": EVERYBODY - {"partner"},
    "chain.write": frozenset({"owner", "engineer", "service"}),
    "credential.read": EVERYBODY - {"partner"},
    "credential.write": frozenset({"owner"}),
}

Decision = Literal["yes", "no", "unseen", "unknown", "same_person"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a person (by session or token) or a machine, of one organization."""

    id: str
    organization: str
    role: str
    name: str
    csrf: str = ""  # of a browser session


@dataclass(frozen=True, slots=True)
class Thing:
    """What is asked about: whose it is, whether it was shared with the caller, who brought it."""

    organization: str
    shared: bool = False
    author: str = ""


def decide(caller: Caller | None, action: str, thing: Thing | None = None) -> Decision:
    """May the caller do this (to that)? Raises KeyError for an action nobody defined."""
    allowed = ACTIONS[action]
    if caller is None:
        return "unknown"
    if thing is not None and (
        thing.organization != caller.organization or (caller.role == "partner" and not thing.shared)
    ):
        return "unseen"
    if caller.role not in allowed:
        return "no"
    if action == "review.approve" and thing is not None and thing.author == caller.id:
        return "same_person"
    return "yes"
