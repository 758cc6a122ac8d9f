"""Events <-> lots and flows: EPCIS events and traceability credentials in, an EPCIS capture document out.

A transformation is flows in and out; a first sight (ObjectEvent ADD) begins a lot; packing (ADD of children to a
parent) makes the parent from its children. Observations move nothing. Quantities count when their unit is a mass.
Reading order: from_event(), from_credential(), to_document().
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..waist import Place
from .epcis import Rejected
from .eventhash import event_hash
from .keys import canonical
from .lots import KG_PER_UNIT, SOURCES, Chain

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
VOCABULARY = "urn:carnet:supply:"
LOT, EVENT = "urn:carnet:lot:", "urn:carnet:event:"
_MERGED = ("AggregationEvent", "AssociationEvent")


def from_event(event: Mapping[str, Any], prefixes: Mapping[str, str], place: Place, chain: Chain) -> None:
    """One checked EPCIS event into the chain."""
    if "errorDeclaration" in event:
        return  # it says that another record was wrong; nothing flowed
    kind, name = event["type"], _name(event.get("eventID") or event_hash(event, prefixes))
    if kind == "TransformationEvent":
        ins = _amounts(event, "inputEPCList", "inputQuantityList")
        outs = _amounts(event, "outputEPCList", "outputQuantityList")
        _flows(name, event, ins, outs, place, chain)
        for lot, element, share in _made_of(event):
            chain.add("contents", {"lot": lot, "element": element, "share": share}, place)
    elif kind in _MERGED and event.get("action") == "ADD":
        ins = _amounts(event, "childEPCs", "childQuantityList")
        _flows(name, event, ins, {_name(event["parentID"]): None}, place, chain)
    elif kind == "ObjectEvent" and event.get("action") == "ADD":
        for lot, kg in _amounts(event, "epcList", "quantityList").items():
            chain.ensure("lots", {"id": lot, "kg": kg, **_born(event)}, place)
            for element, share in _contents(event):
                chain.add("contents", {"lot": lot, "element": element, "share": share}, place)


def _flows(
    name: str, event: Mapping[str, Any], ins: dict[str, Any], outs: dict[str, Any], place: Place, chain: Chain
) -> None:
    site = event.get("bizLocation") or event.get("readPoint")
    where = site.get("id") if isinstance(site, dict) else site
    row = {"id": name, "time": event["eventTime"], "kgco2e": _ours(event, "kgco2e"), "custody": _ours(event, "custody")}
    if isinstance(where, str):
        row["facility"] = _name(where)
        chain.ensure("facilities", {"id": row["facility"]}, place)
    chain.ensure("events", row, place)
    for way, amounts in (("in", ins), ("out", outs)):
        for lot, kg in amounts.items():
            born = {"kg": kg, "facility": row.get("facility")} if way == "out" else {}
            chain.ensure("lots", {"id": lot, **born}, place)
            chain.add("flows", {"event": name, "lot": lot, "way": way, "kg": kg}, place)


def _amounts(event: Mapping[str, Any], things: str, quantities: str) -> dict[str, Any]:
    """Lot -> kilograms (None: the whole lot, or a unit that is no mass)."""
    listed = event.get(things)
    found: dict[str, Any] = {_name(_id(e)): None for e in listed} if listed else {}
    for q in event.get(quantities) or ():
        name = _name(str(q.get("epcClass") or q.get("productId")))
        factor = KG_PER_UNIT.get(str(q.get("uom", "")))
        amount = q.get("quantity")
        kg = amount * factor if factor is not None and isinstance(amount, (int, float)) else None
        known = found.get(name)
        found[name] = kg if known is None else known + (kg or 0.0)
    return found


def _id(thing: Any) -> str:
    return str(thing.get("id")) if isinstance(thing, dict) else str(thing)


def _name(uri: str) -> str:
    """Our own names lose their prefix; trade keys get their one spelling."""
    if uri.startswith("urn:carnet:"):
        for prefix in (LOT, EVENT):
            if uri.startswith(prefix):
                return uri.removeprefix(prefix)
    return canonical(uri) if uri.startswith(("urn:epc:", "http")) else uri


def _ours(value: Mapping[str, Any], name: str) -> Any:
    """What we wrote ourselves; a value of another kind than we write is not ours."""
    found = value.get(f"carnet:{name}")
    if name in ("kgco2e", "kgco2e_per_kg"):
        return found if isinstance(found, (int, float)) and not isinstance(found, bool) and found >= 0 else None
    return found if isinstance(found, (str, dict)) else None


def _born(event: Mapping[str, Any]) -> dict[str, Any]:
    """What a first event says of its lots: origin, source, material."""
    data = event.get("ilmd") or {}
    found = {k: _ours(data, k) for k in ("material", "source", "kgco2e_per_kg", "version_of")}
    country = next((v for k, v in data.items() if k.partition(":")[2] in ("countryOfOrigin", "economy")), None)
    if isinstance(country, str) and len(country) == 2:
        found["economy"] = country.lower()
    if found["source"] not in SOURCES:
        found["source"] = None
    return found


def _contents(event: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    listed = _ours(event.get("ilmd") or {}, "contents")
    if isinstance(listed, dict):
        for element, share in listed.items():
            if isinstance(share, (int, float)) and 0 <= share <= 1:
                yield element, float(share)


def _made_of(event: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """(lot, element, share) of what a transformation put out, where it says so lot by lot."""
    listed = _ours(event.get("ilmd") or {}, "contents_by_lot")
    for lot, contents in listed.items() if isinstance(listed, dict) else ():
        for element, share in contents.items() if isinstance(contents, dict) else ():
            if isinstance(share, (int, float)) and 0 <= share <= 1:
                yield lot, element, float(share)


# --- traceability credentials ------------------------------------------------------------------------------------


def is_traceability(plain: Any) -> bool:
    """True for a credential whose subject is a list of supply-chain events."""
    kinds = plain.get("type") if isinstance(plain, dict) else None
    return isinstance(kinds, list) and "DigitalTraceabilityEvent" in kinds


def from_credential(plain: Mapping[str, Any], name: str, chain: Chain) -> tuple[int, list[Rejected]]:
    """(events taken, events refused) of a credential; its signature is checked elsewhere (ledger.credentials)."""
    subject = plain.get("credentialSubject")
    listed = subject if isinstance(subject, list) else [subject]
    taken, rejected = 0, []
    seen: set[str] = set()
    for number, event in enumerate(listed, 1):
        wrong = _wrong(event, seen)
        if wrong:
            rejected.append(Rejected(name, number, *wrong))
            continue
        kind = next(k for k in _kinds(event) if k.endswith("Event") and k != "Event")
        plainly = {
            **event,
            "type": kind,
            "action": str(event.get("action", "add")).upper(),
            "eventID": event["id"],
            "eventTimeZoneOffset": "+00:00",
        }
        if isinstance(plainly.get("parentEPC"), dict):
            plainly["parentID"] = plainly["parentEPC"].get("id")
        plainly.setdefault("childEPCs", event.get("childEPCList"))
        if kind in _MERGED and not isinstance(plainly.get("parentID"), str):
            rejected.append(Rejected(name, number, "parentEPC", "the parent is missing"))
            continue
        from_event(plainly, {}, Place(name, number), chain)
        taken += 1
    return taken, rejected


def _wrong(event: Any, seen: set[str]) -> tuple[str, str] | None:
    import datetime

    if not isinstance(event, dict) or not isinstance(event.get("id"), str):
        return "event", "it has no id"
    if event["id"] in seen:
        return "id", f"the id {event['id'][:80]!r} stands twice in this credential"
    seen.add(event["id"])
    if not any(k.endswith("Event") and k != "Event" for k in _kinds(event)):
        return "type", f"{event.get('type')!r} is no kind of event"
    try:
        if datetime.datetime.fromisoformat(str(event.get("eventTime"))).tzinfo is None:
            return "eventTime", f"{event['eventTime']!r} has no zone, so nobody knows when it was"
    except ValueError:
        return "eventTime", f"{str(event.get('eventTime'))[:40]!r} is not a moment"
    for name in ("inputEPCList", "outputEPCList", "epcList", "childEPCList", "childEPCs"):
        if not isinstance(event.get(name) or [], list):
            return name, "it is not a list"
    if not isinstance(event.get("ilmd") or {}, dict):
        return "ilmd", "it is not an object"
    for name in ("inputQuantityList", "outputQuantityList", "quantityList", "childQuantityList"):
        if not isinstance(event.get(name) or [], list):
            return name, "it is not a list"
        for q in event.get(name) or []:
            if not isinstance(q, dict) or not isinstance(q.get("productId") or q.get("epcClass"), str):
                return name, "a quantity names no product"
            amount = q.get("quantity")
            if isinstance(amount, bool) or not isinstance(amount, (int, float)) or amount < 0:
                return name, f"{amount!r} is not an amount of zero or more"
    return None


def _kinds(event: Mapping[str, Any]) -> list[str]:
    kinds = event.get("type")
    return [str(k) for k in (kinds if isinstance(kinds, list) else [kinds])]


def to_credential(chain: Chain, issuer: Mapping[str, str], made: str, id: str, context: str) -> dict[str, Any]:
    """The transformations of a chain as a traceability credential, to be signed; context names an edition."""
    flows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for flow in chain["flows"]:
        flows.setdefault(flow["event"], {"in": [], "out": []})[flow["way"]].append(flow)
    materials = {r["id"]: r["material"] or r["id"] for r in chain["lots"]}

    def amounts(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = [
            {"productId": _uri(f["lot"], LOT), "productName": materials[f["lot"]], "quantity": f["kg"]} for f in listed
        ]
        return [{**r, "uom": "KGM"} for r in rows if r["quantity"] is not None]

    events = []
    for event in chain["events"]:
        if event["id"] in flows:
            found = {
                "type": ["TransformationEvent", "Event"],
                "id": _uri(event["id"], EVENT),
                "eventTime": event["time"] or made,
                "inputQuantityList": amounts(flows[event["id"]]["in"]),
                "outputQuantityList": amounts(flows[event["id"]]["out"]),
            }
            if event["facility"]:
                found["bizLocation"] = _uri(event["facility"], LOT)
            events.append(found)
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", context],
        "type": ["DigitalTraceabilityEvent", "VerifiableCredential"],
        "id": id,
        "issuer": dict(issuer),
        "validFrom": made,
        "credentialSubject": events,
    }


# --- export ------------------------------------------------------------------------------------------------------


def to_document(chain: Chain, made: str) -> dict[str, Any]:
    """The chain as an EPCIS capture document; `made` is the moment of writing, given by the caller."""
    flows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for flow in chain["flows"]:
        flows.setdefault(flow["event"], {"in": [], "out": []})[flow["way"]].append(flow)
    born_by_event = {f["lot"] for f in chain["flows"] if f["way"] == "out"}
    contents: dict[str, dict[str, float]] = {}
    for row in chain["contents"]:
        contents.setdefault(row["lot"], {})[row["element"]] = row["share"]
    events = [_birth(lot, contents.get(lot["id"], {}), made) for lot in chain["lots"] if lot["id"] not in born_by_event]
    events += [_transformation(e, flows[e["id"]], contents, made) for e in chain["events"] if e["id"] in flows]
    return {
        "@context": [CONTEXT, {"carnet": VOCABULARY}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": made,
        "epcisBody": {"eventList": events},
    }


def _birth(lot: Mapping[str, Any], contents: dict[str, float], made: str) -> dict[str, Any]:
    data = {f"carnet:{k}": lot[k] for k in ("material", "source", "kgco2e_per_kg", "version_of") if lot[k] is not None}
    if lot["economy"]:
        data["carnet:economy"] = lot["economy"].upper()
    if contents:
        data["carnet:contents"] = contents
    event = {"type": "ObjectEvent", "action": "ADD", "eventTime": made, "eventTimeZoneOffset": "+00:00"}
    return {**event, **_listed("", [{"lot": lot["id"], "kg": lot["kg"]}]), **({"ilmd": data} if data else {})}


def _transformation(
    event: Mapping[str, Any], flows: Mapping[str, list[Any]], contents: Mapping[str, dict[str, float]], made: str
) -> dict[str, Any]:
    found = {
        "eventID": _uri(event["id"], EVENT),
        "type": "TransformationEvent",
        "eventTime": event["time"] or made,
        "eventTimeZoneOffset": "+00:00",
        **_listed("input", flows["in"]),
        **_listed("output", flows["out"]),
        **{f"carnet:{k}": event[k] for k in ("kgco2e", "custody") if event[k] is not None},
    }
    if event["facility"]:
        found["bizLocation"] = {"id": _uri(event["facility"], LOT)}
    made_of = {f["lot"]: contents[f["lot"]] for f in flows["out"] if f["lot"] in contents}
    if made_of:
        found["ilmd"] = {"carnet:contents_by_lot": made_of}
    if not (flows["in"] and flows["out"]):
        found["transformationID"] = _uri(event["id"], EVENT)
    return found


def _listed(side: str, flows: list[dict[str, Any]]) -> dict[str, Any]:
    names = (f"{side}EPCList", f"{side}QuantityList") if side else ("epcList", "quantityList")
    whole = [_uri(f["lot"], LOT) for f in flows if f["kg"] is None]
    said = [f for f in flows if f["kg"] is not None]
    amounts = [{"epcClass": _uri(f["lot"], LOT), "quantity": f["kg"], "uom": "KGM"} for f in said]
    return {**({names[0]: whole} if whole else {}), **({names[1]: amounts} if amounts else {})}


def _uri(name: str, prefix: str) -> str:
    return name if ":" in name else prefix + name
