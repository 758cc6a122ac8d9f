"""The schemas of footprints on offer, counterparts and what passes between them; the rest stands in shapes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from .shapes import Model, Name, Out

# in


class NewFootprint(Model):
    document: dict[str, Any]
    recipients: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=200, default_factory=list)]


class FootprintChange(Model):
    state: Literal["deprecated"]


class NewCounterpart(Model):
    name: Name
    base: Annotated[str, Field(max_length=300)]
    auth: Annotated[str, Field(max_length=300)] = ""
    client_id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
    secret: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[!-~]+$")]
    client: Annotated[str, Field(max_length=60)] = ""


class NewRequest(Model):
    version: Literal["2", "3"] = "3"
    productId: Annotated[list[Annotated[str, Field(max_length=500)]], Field(min_length=1, max_length=50)]  # noqa: N815
    comment: Annotated[str, Field(max_length=1000)] = ""


class NewWatch(Model):
    project: Annotated[str, Field(max_length=60)]
    months: Annotated[int, Field(ge=1, le=120)] = 24


# out


class Footprint(Out):
    id: str
    format: str
    state: str
    recipients: list[str]
    created_by: str
    created_at: str
    body: dict[str, Any]


class Footprints(Out):
    items: list[Footprint]
    next: str | None


class Counterpart(Out):
    id: str
    name: str
    base: str
    auth: str
    client_id: str
    client: str | None
    created_at: str
    revoked_at: str | None


class Counterparts(Out):
    items: list[Counterpart]
    next: str | None


class ReceivedEvent(Out):
    id: str
    source: str
    event: str
    kind: str
    says: str
    received_at: str
    body: dict[str, Any]


class ReceivedEvents(Out):
    items: list[ReceivedEvent]
    next: str | None


class Sending(Out):
    id: str
    counterpart: str
    path: str
    tries: int
    next_at: str | None
    done_at: str | None
    says: str
    created_at: str
    body: dict[str, Any] | list[dict[str, Any]]


class Sendings(Out):
    items: list[Sending]
    next: str | None


class Told(Out):
    events: int
