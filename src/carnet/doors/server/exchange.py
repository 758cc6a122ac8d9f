"""The exchange: what every route and every page calls. Policy first, then one view or one change of the store.

A question that concerns a project begins with find(): it gives the project or refuses as if it were not there. A change
goes through once(): one transaction with its log entry, and the same answer again for a repeated Idempotency-Key.
Reading order: Exchange, find(), once(), then projects, reviews, talk, people, the log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...dossier.json import contract
from ...ledger.seal import canonical_digest
from ...store import people, projects, trail
from ...store.engine import Change, Store, View
from .accounts import Accounts, digest, new_id, secret
from .outbound import Guard
from .packing import Folder
from .policy import ROLES, Caller, Thing, decide
from .problems import Refusal
from .sending import Sender
from .settings import Settings, now
from .vault import Vault
from .witness import Keeper, verify_log
from .work import Asked, Desk

if TYPE_CHECKING:
    from .lakes import Lakes
    from .offers import Offers

Row = dict[str, Any]
MOST_KEY = 200


class Exchange:
    """One running exchange."""

    def __init__(self, settings: Settings, store: Store, keeper: Keeper, desk: Desk) -> None:
        self.settings, self.store, self.keeper, self.desk = settings, store, keeper, desk
        self.accounts = Accounts(store, settings)
        self.vault = Vault(settings.log_folder)
        self.sender = Sender(store, self.vault, Guard(settings.private_hosts, settings.authorities))

    @cached_property
    def offers(self) -> Offers:
        """Footprints on offer and who they are exchanged with."""
        from .offers import Offers

        return Offers(self)

    @cached_property
    def lakes(self) -> Lakes:
        """The road data of each organization, and who may have what of it."""
        from .lakes import Lakes

        return Lakes(self)

    # policy

    def may(self, caller: Caller | None, action: str, thing: Thing | None = None, what: str = "thing") -> Caller:
        """The caller, if the policy lets them; raises Refusal otherwise."""
        answer = decide(caller, action, thing)
        if answer == "unknown" or caller is None:
            raise Refusal(
                "unknown-caller",
                "sign in, or send a token: Authorization: Bearer carnet_...",
                headers={"WWW-Authenticate": 'Bearer realm="carnet"'},
            )
        if answer == "unseen":
            raise Refusal("not-found", f"there is no such {what} here")
        if answer == "no":
            raise Refusal("not-allowed", f"the role {caller.role} does not allow {action}; ask an owner")
        if answer == "same_person":
            raise Refusal("same-person", "you brought this version yourself; a second person signs it off")
        return caller

    def find(self, view: View, caller: Caller | None, action: str, id: str) -> Row:
        """The project, if the caller may do this to it."""
        known = self.may(caller, "self.read")
        row = projects.project(view, known.organization, id, known.id if known.role == "partner" else "")
        thing = Thing(row["organization"] if row else "", shared=row is not None)
        self.may(caller, action, thing, "project")
        assert row is not None
        return row

    def once(
        self, caller: Caller, key: str, request: Any, status: int, work: Callable[[Change], Row]
    ) -> tuple[int, Row, bool]:
        """(status, answer, whether it is an earlier answer) of a change that is made at most once per key."""
        if len(key) > MOST_KEY or any(ord(c) < 33 or ord(c) > 126 for c in key):
            raise Refusal("bad-request", f"an Idempotency-Key has up to {MOST_KEY} visible characters")
        said = "sha256:" + hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        with self.store.change(now(), caller.id, caller.organization) as tx:
            if key:
                kept = trail.spoken(tx, caller.id, key)
                if kept and kept["request"] != said:
                    raise Refusal("key-reused", "this Idempotency-Key was sent with another request; use a new one")
                if kept:
                    return kept["status"], json.loads(kept["body"]), True
            answer = work(tx)
            if key:
                trail.remember(tx, caller.id, key, said, status, json.dumps(answer))
            return status, answer, False

    # projects

    def add_project(self, caller: Caller | None, folder: Folder, title: str, key: str) -> tuple[int, Row, bool]:
        known = self.may(caller, "project.write")
        tree = projects.tree({p: projects.digest(raw) for p, raw in folder.content.items()})
        named = self._reads(tree, folder)

        def work(tx: Change) -> Row:
            row = projects.add_project(tx, new_id("p"), known.organization, title or named, folder.file)
            projects.add_version(tx, new_id("v"), row, folder.content, folder.file, "")
            return {**row, "head": 1, "revision": 1}

        return self.once(known, key, ["project", tree, folder.file, title], 201, work)

    def add_version(
        self, caller: Caller | None, id: str, folder: Folder, note: str, key: str, revision: int | None
    ) -> tuple[int, Row, bool]:
        with self.store.look() as view:
            self.find(view, caller, "project.write", id)
        known = self.may(caller, "project.write")
        tree = projects.tree({p: projects.digest(raw) for p, raw in folder.content.items()})
        self._reads(tree, folder)

        def work(tx: Change) -> Row:
            row = self.find(tx, caller, "project.write", id)
            fresh(row["revision"], revision)
            return projects.add_version(tx, new_id("v"), row, folder.content, folder.file, note)

        return self.once(known, key, ["version", id, tree, folder.file, note], 201, work)

    def rename(self, caller: Caller | None, id: str, title: str, revision: int | None) -> Row:
        known = self.may(caller, "self.read")
        with self.store.change(now(), known.id, known.organization) as tx:
            row = self.find(tx, caller, "project.write", id)
            fresh(row["revision"], revision)
            return projects.rename_project(tx, row, title)

    def _reads(self, tree: str, folder: Folder) -> str:
        """The title of a project that can be read; refuses with every problem it has, before anything is kept."""
        there = self.desk.has(tree)
        path = self.desk.lay_out(tree, lambda: folder.content) / folder.file
        try:
            project, _ = self.desk.project(path)
        except Refusal:
            if not there:  # a version that was accepted earlier keeps its folder
                self.desk.discard(tree)
            raise
        return project.title or project.id

    def place(self, view: View, project: Row, number: int = 0) -> tuple[Path, Row]:
        """(the project file of a version laid out in its folder, the version)."""
        version = projects.version(view, project["id"], number or project["head"])
        if version is None:
            raise Refusal("not-found", f"the project has {project['head']} versions, none is number {number}")

        def read() -> dict[str, bytes]:
            names = [f["path"] for f in projects.files(view, version["id"])]
            return {name: projects.content(view, version["id"], name) or b"" for name in names}

        return self.desk.lay_out(version["tree"], read) / version["file"], version

    def open(self, caller: Caller | None, id: str, number: int = 0, action: str = "project.read") -> tuple[Path, Row]:
        """The project file a caller may read, and its version."""
        with self.store.look() as view:
            return self.place(view, self.find(view, caller, action, id), number)

    def share(self, caller: Caller | None, id: str, user: str, *, shared: bool) -> None:
        known = self.may(caller, "self.read")
        with self.store.change(now(), known.id, known.organization) as tx:
            project = self.find(tx, caller, "project.share", id)
            person = people.user(tx, known.organization, user)
            if person is None or person["role"] != "partner":
                raise Refusal("not-found", "there is no such partner here; projects are shared with partners")
            (projects.share if shared else projects.unshare)(tx, project["id"], user)

    # reviews and what is said about them

    def keep_review(self, caller: Caller | None, id: str, number: int, asked: Asked, key: str) -> tuple[int, Row, bool]:
        """Record a review: its days, library and the digest of its dossier, so that it can be signed off."""
        path, version = self.open(caller, id, number, "review.keep")
        known = self.may(caller, "review.keep")
        dossier, catalog = self.desk.dossier(path, asked)
        plain = contract(dossier, catalog)
        row = {
            "project": id,
            "version": version["number"],
            "day": plain["on"],
            "known": plain["known"],
            "event": plain["event"],
            "catalog": plain["catalog"]["digest"],
            "engine": plain["engine"],
            "dossier": canonical_digest(plain),
            "counts": plain["counts"],
        }
        return self.once(
            known, key, ["review", row], 201, lambda tx: projects.add_review(tx, {"id": new_id("r"), **row})
        )  # fmt: skip

    def approve(
        self, caller: Caller | None, id: str, review: str, decision: str, note: str, key: str
    ) -> tuple[int, Row, bool]:
        """Sign a kept review off, or refuse it: once per person, never by who brought the version."""
        with self.store.look() as view:
            project = self.find(view, caller, "project.read", id)
            kept = projects.review(view, id, review)
            version = projects.version(view, id, kept["version"]) if kept else None
        if kept is None or version is None:
            self.may(caller, "review.approve")
            raise Refusal("not-found", "there is no such review of this project")
        thing = Thing(project["organization"], shared=True, author=version["created_by"])
        known = self.may(caller, "review.approve", thing)

        def work(tx: Change) -> Row:
            if projects.approval_by(tx, review, known.id):
                raise Refusal("conflict", "you have decided on this review already; keep a new review to decide anew")
            return projects.add_approval(tx, new_id("a"), id, kept, decision, note)

        return self.once(known, key, ["approval", id, review, decision, note], 201, work)

    def comment(
        self, caller: Caller | None, id: str, market: str, finding: str, body: str, key: str
    ) -> tuple[int, Row, bool]:
        with self.store.look() as view:
            self.find(view, caller, "comment.write", id)
        known = self.may(caller, "comment.write")

        def work(tx: Change) -> Row:
            return projects.add_comment(tx, new_id("c"), id, market, finding, body)

        return self.once(known, key, ["comment", id, market, finding, body], 201, work)

    # people

    def begin(self, organization: str, email: str, name: str, password: str) -> Row:
        """A new organization with its first owner."""
        at, house, user = now(), new_id("o"), new_id("u")
        kept = self.accounts.password(password)
        with self.store.change(at, user, house) as tx:
            _free(tx, email)
            people.add_organization(tx, house, organization)
            return people.add_user(tx, user, house, email.strip().lower(), name, "owner", kept)

    def add_user(self, caller: Caller | None, email: str, name: str, role: str, password: str | None) -> Row:
        known = self.may(caller, "people.write")
        if role not in ROLES or role == "service":
            raise Refusal("bad-input", f"a person is one of {', '.join(r for r in ROLES if r != 'service')}")
        kept = self.accounts.password(password) if password else None
        with self.store.change(now(), known.id, known.organization) as tx:
            _free(tx, email)
            return people.add_user(tx, new_id("u"), known.organization, email.strip().lower(), name, role, kept)

    def change_user(self, caller: Caller | None, id: str, revision: int | None, new: Row) -> Row:
        """Change a role or a password, or disable somebody; the last owner stays one."""
        known = self.may(caller, "people.write")
        if new.get("password"):
            new["password"] = self.accounts.password(new["password"])
        with self.store.change(now(), known.id, known.organization) as tx:
            row = people.user(tx, known.organization, id)
            if row is None:
                raise Refusal("not-found", "there is no such person here")
            fresh(row["revision"], revision)
            if "disabled" in new:
                new["disabled_at"] = tx.at if new.pop("disabled") else None
            leaves = new.get("role", "owner") != "owner" or new.get("disabled_at")
            if row["role"] == "owner" and leaves and people.owners(tx, known.organization) == 1:
                raise Refusal("conflict", "this is the last owner; make somebody else an owner first")
            changed = people.change_user(tx, row, **new)
        self.accounts.forget()
        return changed

    def add_token(
        self, caller: Caller | None, kind: str, name: str, days: int | None, role: str = "service"
    ) -> tuple[Row, str]:
        """(token, its secret, shown once): a person's own token, or a machine's client with its role."""
        known = self.may(caller, "token.write" if kind == "token" else "people.write")
        key = secret(kind)
        row = {
            "id": new_id("t"),
            "organization": known.organization,
            "kind": kind,
            "name": name,
            "role": known.role if kind == "token" else role,
            "user": known.id if kind == "token" else None,
            "digest": digest(key),
            "created_by": known.id,
            "expires_at": now(days * 86400) if days else None,
        }
        with self.store.change(now(), known.id, known.organization) as tx:
            return people.add_token(tx, row), key

    def revoke_token(self, caller: Caller | None, id: str) -> None:
        """One's own token, or any token for an owner."""
        known = self.may(caller, "token.write")
        with self.store.change(now(), known.id, known.organization) as tx:
            row = people.token(tx, known.organization, id)
            if row is None or (row["user"] != known.id and decide(caller, "people.write") != "yes"):
                raise Refusal("not-found", "there is no such token here")
            if row["revoked_at"] is None:
                people.revoke_token(tx, row)
        self.accounts.forget()

    # the log

    def verify(self, caller: Caller | None) -> Row:
        self.may(caller, "audit.read")
        with self.store.look() as view:
            return verify_log(view, self.keeper)


def fresh(revision: int, said: int | None) -> None:
    """Raises unless a change was asked for the state that is there."""
    if said is None:
        raise Refusal("say-which", 'send If-Match with the ETag you changed from, such as If-Match: "3"')
    if said != revision:
        raise Refusal(
            "stale", f"you changed revision {said}, it is now {revision}; read it again and repeat the change"
        )


def _free(tx: Change, email: str) -> None:
    text = email.strip().lower()
    if not 3 <= len(text) <= 254 or text.count("@") != 1 or text.startswith("@") or text.endswith("@"):
        raise Refusal("bad-input", f"{email[:60]!r} is no email address")
    if people.user_by_email(tx, text):
        raise Refusal("conflict", "somebody uses this email already")
