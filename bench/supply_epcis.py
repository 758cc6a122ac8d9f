"""Validated EPCIS events per second, on one core and on two.

    python bench/supply_epcis.py [--events 100000]

Each event is parsed from JSON with our strict reader, checked against every field rule, and turned into lots and flows.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from carnet.ledger.plain import parse
from carnet.supply import events
from carnet.supply.epcis import Words, read_document
from carnet.supply.lots import Chain
from carnet.supply.tables import Tables
from carnet.waist import Place

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def document(first: int, count: int) -> bytes:
    listed = [
        {
            "type": "TransformationEvent",
            "eventID": f"urn:uuid:{n:032x}",
            "eventTime": "2026-01-10T10:00:00.000+01:00",
            "eventTimeZoneOffset": "+01:00",
            "inputQuantityList": [
                {"epcClass": f"urn:epc:class:lgtin:4012345.012345.{n}", "quantity": 100, "uom": "KGM"}
            ],
            "outputQuantityList": [
                {"epcClass": f"urn:epc:class:lgtin:4012345.012346.{n}", "quantity": 90, "uom": "KGM"}
            ],
            "bizStep": "commissioning",
            "bizLocation": {"id": "urn:epc:id:sgln:4012345.00005.0"},
        }
        for n in range(first, first + count)
    ]
    body = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-21T12:00:00Z",
    }
    return json.dumps({**body, "epcisBody": {"eventList": listed}}).encode()


def take(raw: bytes) -> int:
    found = read_document(parse(raw), "bench.json", Words(Tables()["eventwords"]))
    chain = Chain()
    for number, event in found.events:
        events.from_event(event, found.prefixes, Place("bench.json", number), chain)
    assert not found.rejected
    return len(found.events)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--events", type=int, default=100_000)
    options = asked.parse_args()
    halves = [document(0, options.events // 2), document(options.events // 2, options.events // 2)]
    take(document(0, 10))
    start = time.perf_counter()
    count = sum(map(take, halves))
    one = time.perf_counter() - start
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(take, [document(0, 10)] * 2))
        start = time.perf_counter()
        list(pool.map(take, halves))
        two = time.perf_counter() - start
    result = {"events": count, "per_second_one_core": round(count / one), "per_second_two_cores": round(count / two)}
    json.dump(result, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
