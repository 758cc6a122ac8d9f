"""Validated EPCIS events per second: one process, and two with typed tables handed back to the one that asked.

    python bench/supply_epcis.py [--events 400000] [--rounds 3]

Capture documents of 20,000 events of four kinds lie in a folder. Each event is read, checked against every rule, and
turned into typed rows of lots, events, flows and contents. `two processes` ends when all tables are Arrow in one
process; `into rows` adds the making of a chain of Python rows with every reference checked, as for a trace.
The readable reader alone is the peer: the same documents, the same outcome.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from carnet.ledger.plain import parse
from carnet.supply import bulk, events
from carnet.supply.epcis import Words, read_document
from carnet.supply.importing import import_folder
from carnet.supply.lots import Chain
from carnet.supply.tables import Tables
from carnet.waist import Place

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EACH = 20_000
LOT = "urn:epc:class:lgtin:4012345.0{:05}.{}"


def one(n: int) -> dict[str, Any]:
    """Dig, melt, pack, ship: four kinds in turn."""
    minute, second = divmod(n % 3600, 60)
    said: dict[str, Any] = {
        "eventID": f"urn:uuid:{n:08x}-0000-4000-8000-{n * 7919 % 2**48:012x}",
        "eventTime": f"2026-{1 + n % 12:02}-{1 + n % 28:02}T{n % 24:02}:{minute:02}:{second:02}.{n % 1000:03}+01:00",
        "eventTimeZoneOffset": "+01:00",
        "readPoint": {"id": f"urn:epc:id:sgln:4012345.{n % 97:05}.0"},
    }
    lot, kg = LOT.format(n // 4 % 1000, n), {"quantity": 100.5, "uom": "KGM"}
    before = LOT.format(n // 4 % 1000, n - 1)
    if n % 4 == 0:
        data = {"ilmd": {"carnet:economy": "CL", "carnet:contents": {"Li": 0.1}}}
        return {
            **said, **data, "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning",
            "quantityList": [{"epcClass": lot, **kg}],
        }  # fmt: skip
    if n % 4 == 1:
        return {
            **said, "type": "TransformationEvent", "bizStep": "commissioning",
            "inputQuantityList": [{"epcClass": before, **kg}],
            "outputQuantityList": [{"epcClass": lot, "quantity": 90, "uom": "KGM"}],
        }  # fmt: skip
    if n % 4 == 2:
        return {
            **said, "type": "AggregationEvent", "action": "ADD", "parentID": f"urn:epc:id:sscc:4012345.{n:010}",
            "childQuantityList": [{"epcClass": before, "quantity": 90, "uom": "KGM"}], "bizStep": "packing",
        }  # fmt: skip
    return {
        **said, "type": "ObjectEvent", "action": "OBSERVE", "epcList": [f"urn:epc:id:sscc:4012345.{n - 1:010}"],
        "bizStep": "shipping", "disposition": "in_transit",
    }  # fmt: skip


def document(first: int, count: int) -> bytes:
    body = {
        "@context": [CONTEXT, {"carnet": "urn:carnet:supply:"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-21T12:00:00Z",
    }
    return json.dumps({**body, "epcisBody": {"eventList": [one(n) for n in range(first, first + count)]}}).encode()


def readable(raw: bytes, words: Words) -> int:
    """The strict reader alone, as the quick one is held against."""
    found = read_document(parse(raw), "bench.json", words)
    chain = Chain()
    for number, event in found.events:
        events.from_event(event, found.prefixes, Place("bench.json", number), chain)
    assert not found.rejected
    return len(found.events)


def clock(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--events", type=int, default=400_000)
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    words = Words(Tables()["eventwords"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for first in range(0, options.events, EACH):
            (folder / f"{first:09}.json").write_bytes(document(first, EACH))
        paths = [(p.name, p) for p in sorted(folder.iterdir())]
        times: dict[str, list[float]] = {"readable": [], "one_process": [], "two_processes": [], "into_rows": []}
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            list(bulk.read_documents(paths[:2], words, pool=pool))  # the processes are there before the clock runs

            def two() -> None:
                found = list(bulk.read_documents(paths, words, pool=pool))
                tables = bulk.tables_of(found)
                assert sum(d.accepted for d in found) == options.events
                assert tables["events"].num_rows == options.events // 2

            for _ in range(options.rounds):
                raw = paths[0][1].read_bytes()
                times["readable"].append(clock(lambda raw=raw: readable(raw, words)) * options.events / EACH)
                times["one_process"].append(clock(lambda: [bulk.read_one(p, words) for p in paths]))
                times["two_processes"].append(clock(two))
            times["into_rows"].append(clock(lambda: import_folder(folder, Tables(), frozenset({"cl"}), workers=2)))
    result = {"bench": "supply_epcis", "events": options.events, "rounds": options.rounds}
    shown = {f"{n}_per_s": round(options.events / statistics.median(t)) for n, t in times.items()}
    json.dump({**result, **shown, "readable_is_measured_on": EACH}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
