"""Whose road data lie where, the agreements about them, what was delivered, and the feed of what came in.

Each organization has one lake, the folder of its id under CARNET_ROADS. An organization without a folder has no road
data. Decisions and deliveries are written to the lake's own log; agreements made and revoked also to the exchange's.
Reading order: Lakes.lake(), Lakes.session(), Lakes.agree(), Lakes.deliver(), Lakes.changes().
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import CarnetError
from .exchange import Exchange, Row
from .policy import Caller
from .problems import Refusal, of_error
from .settings import now

if TYPE_CHECKING:
    from ...roads.lake import Lake
    from ...roads.license.deliver import Ask
    from ...roads.sharing import Session

_ORGANIZATION = re.compile(r"[A-Za-z0-9_-]{1,64}")
LINK_SECONDS = 300
SEEN = "roads.run"


class Lakes:
    """The lakes of an exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._writing = threading.Lock()  # a decision, its count and its entry are one step

    def lake(self, organization: str) -> Lake:
        """The lake of an organization; empty when it brought no road data."""
        from ...roads.lake import Lake

        if not _ORGANIZATION.fullmatch(organization):
            raise Refusal("not-found", "there are no road data here")
        return Lake(self.exchange.settings.roads_folder / organization)

    def mine(self, caller: Caller | None, action: str) -> tuple[Caller, Lake]:
        known = self.exchange.may(caller, action)
        return known, self.lake(known.organization)

    # agreements

    def agreements(self, caller: Caller | None) -> list[Row]:
        """Every agreement with its state and what it used."""
        _, lake = self.mine(caller, "agreement.read")
        return self.listed(lake)

    def listed(self, lake: Lake) -> list[Row]:
        from ...roads.license.agreement import Book

        book, used = Book(lake.folder / "agreements"), self.used(lake)
        none = {"deliveries": 0, "rows": 0, "bytes": 0}
        return [
            {**a.object(), "revoked": book.revoked(a.id), "used": used.get(a.id, none)} for a in book.all()
        ]  # fmt: skip

    def agree(self, caller: Caller | None, new: Row, key: str) -> tuple[int, Row, bool]:
        """Make an agreement from a template; it is written out in full and never changed."""
        from ...roads.license.agreement import Book, agree
        from ...roads.license.evaluate import moment

        known, lake = self.mine(caller, "agreement.write")
        provider = f"urn:carnet:organization:{known.organization}"
        limits = {k: new[k] for k in ("segments", "classes", "first_day", "last_day") if new.get(k)}

        def work(tx: Any) -> Row:
            try:
                lake.network(new["dataset"])
                made = agree(
                    new["template"], id=new["id"], provider=provider, recipient=new["recipient"],
                    dataset=new["dataset"], made=moment(tx.at).isoformat(), **limits,
                )  # fmt: skip
                with self._writing:
                    Book(lake.folder / "agreements").add(made)
            except CarnetError as error:
                raise of_error(error, lake.folder) from None
            tx.log("roads.agreed", about=new["id"], recipient=new["recipient"], dataset=new["dataset"])
            return {**made.object(), "revoked": False, "used": {"deliveries": 0, "rows": 0, "bytes": 0}}

        return self.exchange.once(known, key, ["agreement", new], 201, work)

    def revoke(self, caller: Caller | None, id: str) -> None:
        """Close an agreement for ever; whoever asks next finds it closed."""
        from ...roads.license.agreement import Book

        known, lake = self.mine(caller, "agreement.write")
        book = Book(lake.folder / "agreements")
        self._there(lake, id)
        with self.exchange.store.change(now(), known.id, known.organization) as tx:
            if not book.revoked(id):
                book.revoke(id, tx.at)
                tx.log("roads.revoked", about=id)

    def profile(self, caller: Caller | None, id: str, purpose: str, base: str) -> Row:
        """The profile file with which a recipient's client opens an agreement for one purpose."""
        from ...roads.sharing import profile

        known, lake = self.mine(caller, "agreement.write")
        self._there(lake, id)
        return profile(lake, id, f"{base}/roads/sharing/{known.organization}/{purpose}")

    def _there(self, lake: Lake, id: str) -> None:
        from ...roads.license.agreement import Book

        try:
            Book(lake.folder / "agreements").get(id)
        except CarnetError:
            raise Refusal("not-found", "there is no such agreement here") from None

    # what a recipient may have

    def session(self, organization: str, token: str, purpose: str) -> Session | None:
        """What an agreement's token opens; None for a token that opens nothing here."""
        from ...roads.license.agreement import Book
        from ...roads.sharing import Unknown, open_session

        if not _ORGANIZATION.fullmatch(organization):
            return None
        lake = self.lake(organization)
        try:
            Book(lake.folder / "agreements").get(token.rpartition(".")[0])  # before a key is made for nothing
            return open_session(lake, token, (purpose,))
        except (Unknown, CarnetError):
            return None

    def query(self, session: Session, share: str, schema: str, table: str, url: str) -> list[Row]:
        with self._writing:
            return session.query(share, schema, table, at=now(), url=url)

    def metadata(self, session: Session, share: str, schema: str, table: str) -> list[Row]:
        with self._writing:
            return session.metadata(share, schema, table, now())

    def deliver(self, session: Session, ask: Ask) -> tuple[bytes, Row]:
        """(an Arrow stream, its signed receipt); raises Denied."""
        from ...roads.query import deliver

        with self._writing:
            return deliver(
                session.lake, session.agreement.dataset, ask, at=now(), signer=self.exchange.keeper.signer
            )  # fmt: skip

    def open(self, session: Session) -> bool:
        """Whether the agreement still stands, looked up anew."""
        from ...roads.license.agreement import Book

        return not Book(session.lake.folder / "agreements").revoked(session.agreement.id)

    # addresses of files, bound to the token that was given them

    def sign(self, lake: Lake, agreement: str, file: str, until: int) -> str:
        from ...roads.sharing import token_for

        said = f"{file}\0{until}".encode()
        return hmac.new(token_for(lake, agreement).encode(), said, hashlib.sha256).hexdigest()

    def signed(self, lake: Lake, agreement: str, file: str) -> str:
        """The query that opens a file for a few minutes."""
        until = int(time.time()) + LINK_SECONDS
        return f"until={until}&tag={self.sign(lake, agreement, file, until)}"

    def fetch(self, organization: str, agreement: str, file: str, until: str, tag: str) -> bytes | None:
        """A delivered file for who holds its address; None when it opens nothing, or no more."""
        from ...roads.license.agreement import Book
        from ...roads.sharing import Session, Unknown

        if not _ORGANIZATION.fullmatch(organization) or not re.fullmatch(r"[0-9]{1,12}", until):
            return None
        lake = self.lake(organization)
        try:
            found = Book(lake.folder / "agreements").get(agreement)
            right = hmac.compare_digest(self.sign(lake, agreement, file, int(until)).encode(), tag.encode())
            if not right or int(until) < time.time():
                return None
            return Session(lake, found, ()).fetch(file)
        except (Unknown, CarnetError):
            return None

    # what happened

    def used(self, lake: Lake) -> dict[str, dict[str, int]]:
        """What each agreement used, exactly as the log says."""
        from ...roads.license.deliver import Counter

        return Counter.of(_log(lake)).used

    def deliveries(self, caller: Caller | None) -> list[Row]:
        """Every decision and delivery, newest first."""
        _, lake = self.mine(caller, "agreement.read")
        kinds = ("roads.decision", "roads.delivery")
        return [
            {"number": e.index, "at": e.at, "kind": e.kind, "body": dict(e.body)}
            for e in reversed(_log(lake).entries)
            if e.kind in kinds
        ]

    def changes(self, caller: Caller | None, after: int, most: int) -> list[Row]:
        """Runs in the order in which they came into sight, after a number of the feed."""
        from ...ledger.log import append_to

        _, lake = self.mine(caller, "road.read")
        if not lake.networks():
            return []
        with self._writing:
            log = _log(lake)
            noted = {str(e.body["run"]) for e in log.entries if e.kind == SEEN}
            for card in lake.runs():
                if card["run"] not in noted:
                    body = {k: card[k] for k in ("run", "network", "economy", "first", "last", "frames")}
                    append_to(lake.folder / "log.jsonl", log, now(), SEEN, body)
        found = [e for e in log.entries if e.kind == SEEN and e.index >= after]
        return [{"number": e.index + 1, "at": e.at, **e.body} for e in found[:most]]


def _log(lake: Lake) -> Any:
    from ...ledger.log import open_log
    from ...roads.query import ORIGIN

    return open_log(lake.folder / "log.jsonl", ORIGIN)


def settle_demo(exchange: Exchange, organization: str, examples: Path) -> None:
    """The example site and drive as the lake of the demo's organization."""
    from ...roads.ingest import Source, ingest
    from ...roads.network.opendrive import read_opendrive
    from ...roads.positions import load_mapping

    lake, site = exchange.lakes.lake(organization), examples / "site.xodr"
    if lake.networks() or not site.is_file():
        return
    lake.add_network(read_opendrive(site, "site"))
    mapping = load_mapping(examples / "mapping.yaml")
    ingest(lake, Source(examples / "drive.csv", "site", "xx", "own runs", mapping))
