"""Supply-chain events and statements that we made up, as the exchange takes them."""

from __future__ import annotations

import uuid
from typing import Any

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def event(id: str = "", **changes: Any) -> dict[str, Any]:
    """A lot of cells is made of two lots."""
    return {
        "type": "TransformationEvent",
        "eventID": id or f"urn:uuid:{uuid.uuid4()}",
        "eventTime": "2026-03-01T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "bizStep": "commissioning",
        "bizLocation": {"id": "urn:epc:id:sgln:4712345.00001.0"},
        "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4712345.012345.cath1", "quantity": 40, "uom": "KGM"}],
        "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4712345.054321.cell1", "quantity": 100, "uom": "KGM"}],
        **changes,
    }


def sighting(id: str = "", **changes: Any) -> dict[str, Any]:
    """A pack is shipped."""
    return {
        "type": "ObjectEvent",
        "eventID": id or f"urn:uuid:{uuid.uuid4()}",
        "eventTime": "2026-03-02T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "epcList": ["urn:epc:id:sgtin:4712345.011111.282"],
        **changes,
    }


def document(*events: dict[str, Any], **context: str) -> dict[str, Any]:
    return {
        "@context": [CONTEXT, *([context] if context else [])],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-03T08:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }


def epcis(id: str = "") -> dict[str, Any]:
    """A document of one event."""
    return document(event(id))


def statement(**changes: Any) -> dict[str, Any]:
    """What a credential says: a pack conforms."""
    return {
        "type": ["VerifiableCredential", "DigitalConformityCredential"],
        "credentialSubject": {"id": "urn:pack:282", "conforms": True},
        **changes,
    }
