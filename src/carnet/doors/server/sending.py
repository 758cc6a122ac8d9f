"""What is sent to counterparts: left in the outbox with the change that caused it, sent once that is durable.

A sending is tried up to MOST_TRIES times with growing pauses; one that makes no sense to repeat ends at once. The
secret of a counterpart is opened only to sign in there.
Reading order: Sender.flush(), Sender.send().
"""

from __future__ import annotations

import logging

from ...errors import Broken
from ...store import footprints
from ...store.engine import Store
from ...store.footprints import Row
from .outbound import Guard, NotSent, ask, bearer
from .settings import now
from .vault import Vault

log = logging.getLogger("carnet.server")
MOST_TRIES, FIRST_PAUSE, LONGEST_PAUSE = 12, 5.0, 3600.0
MEDIA = "application/cloudevents+json; charset=UTF-8"
BATCH = "application/cloudevents-batch+json; charset=UTF-8"


class Sender:
    """Sends what waits in the outbox."""

    def __init__(self, store: Store, vault: Vault, guard: Guard) -> None:
        self.store, self.vault, self.guard = store, vault, guard

    def flush(self) -> int:
        """Try everything that is due once; how much was tried."""
        with self.store.look() as view:
            waiting = footprints.due(view, now())
        for row in waiting:
            tries = row["tries"] + 1
            try:
                self.send(row)
            except NotSent as error:
                again = error.again and tries < MOST_TRIES
                pause = min(FIRST_PAUSE * 2.0 ** (tries - 1), LONGEST_PAUSE)
                self._tried(row["id"], tries, now(pause) if again else None, None, str(error))
            else:
                self._tried(row["id"], tries, None, now(), "taken")
        return len(waiting)

    def send(self, row: Row) -> None:
        """Sign in and post; raises NotSent."""
        try:
            secret = self.vault.open(row["secret"], row["counterpart"])
        except Broken as error:
            raise NotSent(str(error), again=False) from None
        token = bearer(self.guard, row["auth"], row["client_id"], secret)
        media = BATCH if row["body"].startswith("[") else MEDIA
        headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
        status, _ = ask(self.guard, row["base"] + row["path"], row["body"].encode("utf-8"), headers)
        if not 200 <= status < 300:
            raise NotSent(f"it was answered with status {status}", again=status >= 500 or status == 429)

    def _tried(self, id: str, tries: int, next_at: str | None, done_at: str | None, says: str) -> None:
        with self.store.change(now()) as tx:
            footprints.tried(tx, id, tries, next_at, done_at, says)
