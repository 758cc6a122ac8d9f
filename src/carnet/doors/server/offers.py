"""Footprints on offer and the counterparts they are exchanged with: what both doors, ours and the standard one, call.

Reading order: Offers.offer(), Offers.seen_by(), Offers.take_event(), Offers.request().
"""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from ...errors import BadInput, CarnetError
from ...ledger.seal import canonical_digest
from ...store import footprints as kept
from ...store import people
from ...store.engine import Change, View
from .accounts import new_id
from .exchange import Exchange, Row
from .outbound import sound_base
from .policy import Caller
from .problems import Refusal, of_error
from .settings import now


class Offers:
    """What an exchange offers and asks for."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._tables: Any = None
        self._reading = threading.Lock()

    @property
    def tables(self) -> Any:
        """The exchange tables of the library, read when they are first needed."""
        with self._reading:
            if self._tables is None:
                from ...carbon.tables import open_tables

                self._tables = open_tables()
            return self._tables

    # footprints

    def offer(self, caller: Caller | None, document: Row, recipients: list[str], key: str) -> tuple[int, Row, bool]:
        """Offer a footprint document to all machines of the organization, or to the recipients named."""
        from ...carbon.exchange.convert import format_of
        from ...carbon.exchange.paper import read, write
        from ...carbon.exchange.serving import Malformed, is_footprint

        known, tables = self.exchange.may(caller, "footprint.write"), self.tables
        try:
            form = is_footprint(document, tables)
            table = format_of(tables, form)
            write(read(document, table), table)  # names what the format needs and the document does not hold
            name = str(UUID(str(document.get("id"))))
        except (Malformed, BadInput) as error:
            raise Refusal("bad-input", f"document: {error}") from None
        except ValueError:
            raise Refusal("bad-input", "document: id: a UUID is needed here") from None

        def work(tx: Change) -> Row:
            for client in recipients:
                row = people.token(tx, known.organization, client)
                if row is None or row["kind"] != "client":
                    raise Refusal("bad-input", f"recipients: {client[:40]!r} is no machine of this organization")
            if kept.footprint(tx, known.organization, name) is not None:
                raise Refusal("conflict", "a footprint of this id is on offer; a new version has an id of its own")
            row = {
                "id": name, "organization": known.organization, "format": form, "state": "active", "body": document,
                "recipients": recipients,
            }  # fmt: skip
            whole = kept.add_footprint(tx, row, canonical_digest(document))
            self._announce(tx, whole)
            return whole

        return self.exchange.once(known, key, ["footprint", name, canonical_digest(document), recipients], 201, work)

    def deprecate(self, caller: Caller | None, id: str) -> Row:
        known = self.exchange.may(caller, "footprint.write")
        with self.exchange.store.change(now(), known.id, known.organization) as tx:
            row = kept.footprint(tx, known.organization, id)
            if row is None:
                raise Refusal("not-found", "there is no such footprint here")
            if row["state"] == "active":
                kept.deprecate(tx, id)
                self._announce(tx, row)
            return {**row, "state": "deprecated"}

    def _announce(self, tx: Change, row: Row) -> None:
        """Tell every counterpart that may see it that a footprint is new or changed."""
        from ...carbon.exchange.serving import written

        for there in kept.counterparts(tx, row["organization"]):
            if there["revoked_at"] is None and (not row["recipients"] or there["client"] in row["recipients"]):
                told = written("3", "published", str(uuid4()), self.source, tx.at, {"pfIds": [row["id"]]})
                kept.put_out(tx, new_id("x"), row["organization"], there["id"], "/3/events", told)

    @property
    def source(self) -> str:
        """How others name us in events."""
        return self.exchange.settings.public_address or "//carnet.local"

    def seen_by(self, view: View, caller: Caller) -> list[Row]:
        """The footprints a caller may see, in the order they were offered, with their state as the standard says it."""
        rows = kept.footprints(view, caller.organization, 0, 100_000)
        return [shown(r) for r in rows if visible(r, caller)]

    # events

    def take_event(self, caller: Caller | None, document: Any, major: str) -> None:
        """An event from somebody else: kept once, and answered when it asks for footprints. Raises Malformed."""
        from ...carbon.exchange.serving import answer, read_event

        known = self.exchange.may(caller, "event.send")
        event = read_event(document, major)
        with self.exchange.store.change(now(), known.id, known.organization) as tx:
            if kept.received(tx, known.organization, event.source, event.id) is not None:
                return
            says = "kept"
            if event.kind == "created":
                there = self._whom(tx, known, event.source)
                if there is None:
                    says = "cannot be answered: no counterpart has this machine or this host; an owner adds one"
                else:
                    offered = [row["body"] for row in self.seen_by(tx, known) if row["state"] == "active"]
                    reply = answer(event, offered, str(uuid4()), self.source, tx.at, self.tables)
                    kept.put_out(tx, new_id("x"), known.organization, there["id"], f"/{major}/events", reply)
                    says = "answered: " + reply["type"].rpartition(".")[0].rpartition(".")[2]
            row = {"id": new_id("e"), "organization": known.organization, "source": event.source, "event": event.id}
            kept.add_event(tx, {**row, "kind": event.kind, "body": json.dumps(document), "says": says})

    def _whom(self, tx: Change, caller: Caller, source: str) -> Row | None:
        """The counterpart to answer: the one whose machine asked, else the one whose host the event names."""
        rows = [r for r in kept.counterparts(tx, caller.organization) if r["revoked_at"] is None]
        host = urlsplit(source if "//" in source else f"//{source}").netloc.lower()
        mine = [r for r in rows if r["client"] == caller.id]
        named = [r for r in rows if host and urlsplit(r["base"]).netloc.lower() == host]
        return next(iter(mine or named), None)

    def request(self, caller: Caller | None, id: str, version: str, products: list[str], comment: str) -> Row:
        """Ask a counterpart for footprints of products; the answer comes as an event."""
        from ...carbon.exchange.serving import written

        known = self.exchange.may(caller, "counterpart.write")
        data: Row = {"productId": products} if version == "3" else {"pf": {"productIds": products}}
        data |= {"comment": comment} if comment else {}
        with self.exchange.store.change(now(), known.id, known.organization) as tx:
            there = kept.counterpart(tx, known.organization, id)
            if there is None or there["revoked_at"] is not None:
                raise Refusal("not-found", "there is no such counterpart here")
            event = written(version, "created", str(uuid4()), self.source, tx.at, data)
            name = new_id("x")
            kept.put_out(tx, name, known.organization, id, f"/{version}/events", event)
            tx.log("footprint.requested", about=id, event=event["id"])
            return event

    def tell_changes(self, caller: Caller | None, id: str, project: str, months: int) -> int:
        """Send what will change for a project to a counterpart, as one batch of events; how many there are."""
        from ...app.watching import watch_projects
        from ...review.watch.items import payload

        known = self.exchange.may(caller, "counterpart.write")
        path, _ = self.exchange.open(caller, project)
        try:
            events = payload(watch_projects([path], months=months, cache=False))
        except CarnetError as error:
            raise of_error(error, path.parent) from None
        with self.exchange.store.change(now(), known.id, known.organization) as tx:
            there = kept.counterpart(tx, known.organization, id)
            if there is None or there["revoked_at"] is not None:
                raise Refusal("not-found", "there is no such counterpart here")
            kept.put_out(tx, new_id("x"), known.organization, id, "/events", events)
            tx.log("watch.sent", about=project, counterpart=id, events=len(events))
        return len(events)

    # counterparts

    def add_counterpart(self, caller: Caller | None, new: Row) -> Row:
        known = self.exchange.may(caller, "counterpart.write")
        base = sound_base(new["base"])
        auth = sound_base(new["auth"]) if new["auth"] else f"{base}/auth/token"
        name = new_id("k")
        with self.exchange.store.change(now(), known.id, known.organization) as tx:
            if new["client"]:
                row = people.token(tx, known.organization, new["client"])
                if row is None or row["kind"] != "client":
                    raise Refusal("bad-input", "client: this is no machine of the organization")
            return kept.add_counterpart(
                tx,
                {
                    "id": name, "organization": known.organization, "name": new["name"], "base": base, "auth": auth,
                    "client_id": new["client_id"], "secret": self.exchange.vault.seal(new["secret"], name),
                    "client": new["client"] or None,
                },
            )  # fmt: skip

    def remove_counterpart(self, caller: Caller | None, id: str) -> None:
        known = self.exchange.may(caller, "counterpart.write")
        with self.exchange.store.change(now(), known.id, known.organization) as tx:
            row = kept.counterpart(tx, known.organization, id)
            if row is None:
                raise Refusal("not-found", "there is no such counterpart here")
            if row["revoked_at"] is None:
                kept.revoke_counterpart(tx, id)


def visible(row: Row, caller: Caller) -> bool:
    """Whether a footprint was offered to this caller."""
    return caller.role not in ("partner", "service") or not row["recipients"] or caller.id in row["recipients"]


def shown(row: Row) -> Row:
    """A footprint with its state in the words of the standard."""
    return {**row, "body": {**row["body"], "status": row["state"].capitalize()}}
