"""Seal what the trace and the passport say, so that a stranger can recompute it from the lots in the bundle.

Each passport field and each trace becomes a claim; the tables of the chain travel as files. Checking a bundle traces
again from those files and compares values byte for byte.
Reading order: claims_of(), chain_files(), seal(), recompute().
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import BadInput
from ..ledger.bundle import make_bundle
from ..ledger.keys import Signer
from ..ledger.log import Log
from ..ledger.plain import canonical
from . import passport, templates
from .lots import TABLES, Chain
from .tables import Tables
from .trace import Tracer, answer

TRACE, FIELD = "supply.trace", "supply.passport_field"
FOLDER = "chain"


def chain_files(chain: Chain) -> dict[str, bytes]:
    """The tables of a chain as the files of a bundle."""
    return {f"{FOLDER}/{name}.csv": templates.write_csv(name, chain[name]) for name in TABLES if chain[name]}


def claims_of(chain: Chain, lot: str, tables: Tables, category: str, on: str) -> list[dict[str, Any]]:
    """The trace of a lot and every filled passport field as claims that can be recomputed."""
    files = sorted(chain_files(chain))
    tracer = Tracer(chain, on)
    head = {"about": lot, "on": on, "category": category, "files": files}
    found = [{"id": f"{lot}:trace", "name": "trace", "value": answer(tracer, lot), "method": TRACE, **head}]
    for field in passport.build(tracer, lot, tables, category, on):
        if field.filled:
            value = {"value": field.value, "method": field.method, "evidence": field.evidence, "unit": field.unit}
            found.append({"id": f"{lot}:{field.key}", "name": field.key, "value": value, "method": FIELD, **head})
    return found


def seal(
    chain: Chain, lot: str, tables: Tables, log: Log, signer: Signer, at: str, *, category: str = "ev", on: str = "",
    files: Mapping[str, bytes] | None = None, documents: Mapping[str, Any] | None = None, status: Iterable[Any] = (),
) -> bytes:  # fmt: skip
    """A bundle of one battery: claims, chain, further files (credentials, reports), signed and logged."""
    everything = {**chain_files(chain), **(files or {})}
    claims = claims_of(chain, lot, tables, category, on or at[:10])
    return make_bundle(claims, everything, log, signer, at, documents=documents, status=tuple(status))


def recompute(tables: Tables, economies: Iterable[str]) -> dict[str, Callable[[Mapping[str, Any], Any], Any]]:
    """Method -> function that makes a claim's value again from the files of its bundle."""
    codes = frozenset(economies)
    read: dict[tuple[bytes, str], Tracer] = {}

    def tracer(claim: Mapping[str, Any], file: Callable[[str], bytes]) -> Tracer:
        chain = Chain()
        names = [n for n in claim["files"] if n.startswith(f"{FOLDER}/")]
        key = (b"".join(file(n) for n in names), str(claim["on"]))
        if key not in read:
            for name in names:
                table = name.removeprefix(f"{FOLDER}/").removesuffix(".csv")
                if table not in TABLES:
                    raise ValueError(f"{name} is no table of a chain")
                try:
                    rows, problems = templates.lint(table, templates.read_csv(file(name), name), codes)
                except BadInput as error:
                    raise ValueError(str(error)) from None
                if problems:
                    raise ValueError(str(problems[0]))
                for place, row in rows:
                    chain.add(table, row, place)
            read.clear()
            read[key] = Tracer(chain, str(claim["on"]))
        return read[key]

    def trace(claim: Mapping[str, Any], file: Callable[[str], bytes]) -> Any:
        return answer(tracer(claim, file), str(claim["about"]))

    built: dict[bytes, dict[str, Any]] = {}

    def field(claim: Mapping[str, Any], file: Callable[[str], bytes]) -> Any:
        one = tracer(claim, file)
        key = canonical([claim["about"], claim["category"], claim["on"], claim["files"]])
        if key not in built:
            fields = passport.build(one, str(claim["about"]), tables, str(claim["category"]), str(claim["on"]))
            built.clear()
            built[key] = {f.key: f for f in fields}
        found = built[key][str(claim["name"])]
        return {"value": found.value, "method": found.method, "evidence": found.evidence, "unit": found.unit}

    return {TRACE: trace, FIELD: field}
