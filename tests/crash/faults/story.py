"""A short life of an exchange with one fault in it: story.py SCRATCH, points as JSON lines on stdin, answers on stdout.

Runs under the preloaded shim. Every point is a child with a folder of its own: it opens an exchange that was settled
before, arms the fault, says comments, exports a checkpoint, takes a backup, and writes down what was acknowledged and
with which sentence the rest was refused. It ends without closing anything, as a process does that is killed.
"""

import ctypes
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from carnet.doors.server.policy import Caller
from carnet.doors.server.settings import now
from carnet.errors import CarnetError
from carnet.store import copies
from tests.crash.nursery import begin, opened

WORDS = {"write": 1, "sync": 2, "truncate": 4}
COMMENTS, BODY = 6, "x" * 3000


def tell(home: Path, who: Caller, point: dict[str, Any]) -> dict[str, Any]:
    exchange = opened(home, f"sqlite:///{home}/exchange.sqlite")
    done: list[str] = []
    refused: list[str] = []

    def attempt(name: str, work: Any) -> None:
        try:
            work()
        except CarnetError as error:
            refused.append(f"{name}: {error}")
        except Exception as error:  # noqa: BLE001  (what the server answers with 500; its sentence is looked at)
            refused.append(f"{name}: {type(error).__module__}.{type(error).__name__}: {error}")
        else:
            done.append(name)

    shim = ctypes.CDLL(None)
    nth, partial, lasting = point["nth"], int(point.get("partial", False)), int(point.get("lasting", False))
    shim.fault_arm(str(home).encode(), WORDS[point["call"]], nth, point["errno"], partial, lasting)
    for n in range(COMMENTS):
        name = f"c{n}"
        attempt(name, lambda name=name: exchange.comment(who, "p1", "", "", f"{name} {BODY}", name))
        if n == 3:
            attempt("checkpoint", lambda: exchange.keeper.export(exchange.store, now()))
        if n == 4:
            attempt("backup", lambda: copies.take(exchange.store, home / "backup", now(), {}))
    hits = shim.fault_hits()
    shim.fault_disarm()
    return {"done": done, "refused": refused, "hits": hits}


def main() -> None:
    scratch = Path(sys.argv[1])
    first = scratch / "first"
    exchange = opened(first, f"sqlite:///{first}/exchange.sqlite")
    who, _ = begin(exchange)
    exchange.store.close()
    print(json.dumps({"id": who.id, "organization": who.organization}), flush=True)
    for line in sys.stdin:
        point = json.loads(line)
        home = scratch / point["name"]
        shutil.copytree(first, home)
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.write(write, json.dumps(tell(home, who, point)).encode())
            os._exit(0)  # nothing is closed, no journal is tidied up
        os.close(write)
        with os.fdopen(read) as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
        print(answer or '{"died": true}', flush=True)


if __name__ == "__main__":
    main()
