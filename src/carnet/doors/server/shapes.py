"""What goes over the wire, in and out: the schemas of the OpenAPI document.

Answers never hold a secret but the one that was just made. Every list is a page: `items`, and `next`, the cursor of the
next page, or null. Reading order: Model, what comes in, what goes out.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Long = Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")]
Password = Annotated[str, Field(min_length=10, max_length=256)]
Role = Literal["owner", "engineer", "reviewer", "auditor", "partner"]
AnyRole = Literal["owner", "engineer", "reviewer", "auditor", "partner", "service"]
Event = Literal["new_type", "all_new", "placed_on_market", "in_use"]
Verdict = Literal["not_applicable", "met", "residual", "undecided", "unproven", "unmet"]
Json = dict[str, Any]


class Model(BaseModel):
    """Nothing beyond what is named is taken or given."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """An answer: keys of a row that are not named stay inside."""

    model_config = ConfigDict(extra="ignore")


# in


class NewReview(Model):
    version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    on: Text = ""
    known: Text = ""
    event: Event | Literal[""] = ""


class NewComment(Model):
    body: Long
    market: Text = ""
    finding: Text = ""


class NewApproval(Model):
    review: Name
    decision: Literal["approved", "refused"]
    note: Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00]*$")] = ""


class ProjectChange(Model):
    title: Name


class NewUser(Model):
    email: Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]
    name: Name
    role: Role
    password: Password | None = None


class UserChange(Model):
    name: Name | None = None
    role: Role | None = None
    password: Password | None = None
    disabled: bool | None = None


class NewToken(Model):
    name: Name
    days: Annotated[int, Field(ge=1, le=366)] | None = 90


class NewClient(Model):
    name: Name
    role: Literal["service", "partner"] = "service"


# out


class FieldError(Out):
    place: str
    says: str
    hint: str


class Problem(Out):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] = []


class Me(Out):
    id: str
    organization: str
    role: AnyRole
    name: str
    actions: list[str]


class AccessToken(Out):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class User(Out):
    id: str
    email: str
    name: str
    role: Role
    revision: int
    created_at: str
    disabled_at: str | None


class Token(Out):
    id: str
    kind: Literal["token", "client"]
    name: str
    role: AnyRole
    user: str | None
    created_by: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class TokenMade(Token):
    secret: str


class Project(Out):
    id: str
    title: str
    file: str
    head: int
    revision: int
    created_by: str
    created_at: str


class Version(Out):
    id: str
    number: int
    file: str
    tree: str
    note: str
    created_by: str
    created_at: str


class FileEntry(Out):
    path: str
    digest: str
    size: int


class Review(Out):
    id: str
    version: int
    day: str
    known: str
    event: Event
    catalog: str
    engine: str
    dossier: str
    counts: dict[Verdict, int]
    created_by: str
    created_at: str


class Comment(Out):
    id: str
    market: str
    finding: str
    body: str
    created_by: str
    created_at: str


class Approval(Out):
    id: str
    review: str
    decision: Literal["approved", "refused"]
    note: str
    created_by: str
    created_at: str


class LogEntry(Out):
    number: int
    at: str
    kind: str
    actor: str
    about: str
    body: Json


class LogProof(Out):
    index: int
    size: int
    entry: str
    proof: list[str]
    checkpoint: str


class LogVerification(Out):
    model_config = ConfigDict(populate_by_name=True)
    schema_: Literal["carnet/log-verification/1"] = Field(alias="schema")
    valid: bool
    origin: str
    entries: int
    checkpoints: int
    rows: int
    problems: list[str]


class Checkpoint(Out):
    note: str
    key: str


class Users(Out):
    items: list[User]
    next: str | None


class Tokens(Out):
    items: list[Token]
    next: str | None


class Projects(Out):
    items: list[Project]
    next: str | None


class Versions(Out):
    items: list[Version]
    next: str | None


class Files(Out):
    items: list[FileEntry]
    next: str | None


class Reviews(Out):
    items: list[Review]
    next: str | None


class Comments(Out):
    items: list[Comment]
    next: str | None


class Approvals(Out):
    items: list[Approval]
    next: str | None


class LogEntries(Out):
    items: list[LogEntry]
    next: str | None


class Rows(Out):
    """Rows of a published schema: findings of a dossier, lines of the library, documents of a register."""

    items: list[Json]
    next: str | None
