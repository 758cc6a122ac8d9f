"""Supply: documents of others (events in JSON and XML, credentials, passports), tables, workbooks, sealed bundles.

Whatever comes in is taken or refused with a place; what was taken goes out and comes back, and only lots that the
tables can hold are in the chain. Reading order: the functions in the order of TARGETS.
"""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache

from carnet.catalog import library
from carnet.ledger.bundle import make_bundle, read_bundle, verify_bundle
from carnet.ledger.credentials import envelope, issue, open_credential
from carnet.ledger.disclosure import check, commit, show
from carnet.ledger.keys import Resolver, Signer
from carnet.ledger.log import Log
from carnet.ledger.merkle import BadProof
from carnet.ledger.plain import Refused, parse
from carnet.supply import events, templates
from carnet.supply.epcis import Words
from carnet.supply.epcisxml import write_xml
from carnet.supply.importing import Result, _references, take
from carnet.supply.lots import TABLES
from carnet.supply.tables import Tables

from .core import told

ECONOMIES = frozenset({"cl", "au", "cn", "de", "kr", "mz"})
AT = "2026-11-21T12:00:00Z"


@cache
def words() -> Words:
    return Words(Tables(library.builtin())["eventwords"])


def taken(raw: bytes, name: str) -> Result:
    """One document imported; what it says is plain, and every refusal has its rule."""
    result = Result()
    take(raw, name, result, words(), ECONOMIES)
    _references(result)
    json.dumps(result.contract(), allow_nan=False)
    for refused in result.rejected:
        assert refused.rule
        assert refused.message
    for table, rows in result.chain.rows.items():
        for row in rows:
            assert list(row) == list(TABLES[table])
    return result


def supply_json(raw: bytes) -> None:
    """Events, traceability credentials, attestations, passports: what was taken can be written and read again."""
    result = taken(raw, "d.json")
    if not result.rejected and result.chain["events"]:
        document = events.to_document(result.chain, AT)
        taken(json.dumps(document).encode(), "again.json")
        taken(write_xml(document).encode("utf-8", "surrogatepass"), "again.xml")


def supply_xml(raw: bytes) -> None:
    """Events in XML."""
    taken(raw, "d.xml")


def supply_csv(raw: bytes) -> None:
    """The first byte chooses the table; what was taken reads back the same."""
    table = list(TABLES)[raw[0] % len(TABLES)] if raw else "lots"
    result = taken(raw[1:], f"{table}.csv")
    if not result.rejected:
        again = taken(templates.write_csv(table, result.chain[table]), f"{table}.csv")
        assert len(again.chain[table]) == len(result.chain[table])


def supply_xlsx(raw: bytes) -> None:
    """A workbook as it is, and the bytes as the sheet of one."""
    taken(raw, "chain.xlsx")
    taken(_book(raw), "chain.xlsx")


_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override '
        'PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        '<sheet name="lots" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def _book(sheet: bytes) -> bytes:
    """A workbook whose only sheet holds these bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name, text in _PARTS.items():
            packed.writestr(name, text)
        packed.writestr("xl/worksheets/sheet1.xml", sheet)
    return buffer.getvalue()


@cache
def signer() -> Signer:
    return Signer(b"f" * 32)


@cache
def sealed() -> bytes:
    """A small bundle, from which the seeds are made."""
    claims = [{"id": "one", "about": "lot", "name": "mass", "value": 7, "method": "stated", "files": ["a.csv"]}]
    return make_bundle(claims, {"a.csv": b"id\nlot\n"}, Log("example.org/log"), signer(), AT)


def bundle(raw: bytes) -> None:
    """A sealed bundle: only its one form holds."""
    json.dumps(verify_bundle(raw, at="2026-11-22"), allow_nan=False)
    try:
        found = read_bundle(raw)
    except Refused as refused:
        told(refused)
    else:
        assert found.manifest["schema"]


def credential(raw: bytes) -> None:
    """A token, an envelope or a signed document: opened, with what is wrong said."""
    try:
        found = parse(raw)
    except Refused:
        found = raw.decode("latin-1")
    opened = open_credential(found, Resolver(), at="2026-11-22")
    assert opened.holds or all(opened.problems)


@cache
def token() -> str:
    """A credential that holds, from which seeds are made."""
    said = {
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"],
        "issuer": signer().issuer, "credentialSubject": {"id": "urn:x:y"},
    }  # fmt: skip
    return issue(said, signer())


@cache
def record() -> tuple[bytes, bytes]:
    """(a disclosure as JSON, the root it belongs to)."""
    committed = commit({"a": 1, "b": "x"}, b"s" * 32, "one")
    return json.dumps(show(committed, ["a"])).encode(), committed.root


def disclosure(raw: bytes) -> None:
    """A disclosure shows what the record holds, or nothing."""
    try:
        found = parse(raw)
        shown = check(found if isinstance(found, dict) else {}, record()[1])
    except (Refused, BadProof) as refused:
        told(refused)
        return
    assert shown.items() <= {"a": 1, "b": "x"}.items()


def enveloped() -> bytes:
    return json.dumps(envelope(token())).encode()


TARGETS = (supply_json, supply_xml, supply_csv, supply_xlsx, bundle, credential, disclosure)
# Openpyxl takes its time, and the spellings of keys are kept (65,536 of them).
LIMITS = {
    "supply_xlsx": {"timeout": 5, "rss_mb": 1024},
    "supply_json": {"rss_mb": 1024},
    "supply_xml": {"rss_mb": 1024},
}
