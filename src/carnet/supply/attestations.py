"""Conformity credentials and facility records: read into certificates, claims, facilities and actors, and written.

A conformity credential vouches for products and facilities: each becomes a certificate about that lot or place, for as
long as the credential is valid, and only where the assessment says that it conforms. Its signature is checked elsewhere
(ledger.credentials). Older spellings of the same members are read where they mean the same.
Reading order: kind_of(), from_conformity(), from_facility(), to_conformity().
Source: UN Transparency Protocol, Digital Conformity Credential and Digital Facility Record (cited, not quoted).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import BadInput
from ..waist import Place
from .epcis import Rejected
from .lots import Chain

CONFORMITY, FACILITY = "DigitalConformityCredential", "DigitalFacilityRecord"
LEVELS = ("Self", "Commercial", "Buyer", "Membership", "Unspecified", "3rdParty")
ASSESSED = ("GovtApproval", "GlobalMRA", "Accredited", "Verified", "Validated", "Unspecified")
MOST_ROWS = 100_000
# Older editions name the same thing otherwise.
_PRODUCTS, _FACILITIES = ("assessedProduct", "assessedProducts", "subjectProducts"), (
    "assessedFacility", "assessedFacilities", "subjectFacilities",
)  # fmt: skip
_CONFORMS = ("conformance", "compliance")


def kind_of(plain: Any) -> str:
    """Which of the two credentials it is, '' for neither."""
    kinds = plain.get("type") if isinstance(plain, dict) else None
    return next((k for k in (CONFORMITY, FACILITY) if isinstance(kinds, list) and k in kinds), "")


def take(plain: Mapping[str, Any], name: str, chain: Chain, economies: frozenset[str]) -> tuple[int, list[Rejected]]:
    """(rows taken, refusals) of a credential of either kind."""
    if kind_of(plain) == CONFORMITY:
        return from_conformity(plain, name, chain)
    return from_facility(plain, name, chain, economies)


def from_conformity(plain: Mapping[str, Any], name: str, chain: Chain) -> tuple[int, list[Rejected]]:
    """A certificate for every product and facility that an assessment says conforms, and what it declares of them."""
    subject = plain.get("credentialSubject")
    if not isinstance(subject, dict):
        return 0, [Rejected(name, 0, "credentialSubject", "it attests nothing")]
    number, place, taken, rejected = _id(plain, subject), Place(name), 0, []
    scope = _first(subject, "scope", "conformityScheme")
    scheme = _text(scope, "name") or _text(subject, "name")
    since, until = _day(plain.get("validFrom")), _day(plain.get("validUntil"))
    seen: set[str] = set()
    for row, assessment in enumerate(_rows(subject, "assessment", "assessments"), 1):
        conforms = next((assessment[k] for k in _CONFORMS if k in assessment), None)
        if conforms is not True:
            says = "it says that nothing conforms" if conforms is False else "it does not say whether anything conforms"
            rejected.append(Rejected(name, row, "conformance", says))
            continue
        abouts = [a for a in _about(assessment) if a]
        if not abouts:
            rejected.append(Rejected(name, row, "about", "it names no product and no facility by an id"))
        for about in abouts:
            if about in seen:
                continue
            seen.add(about)
            own = number if len(seen) == 1 else f"{number}#{len(seen)}"
            chain.add("certificates", {"id": own, "about": about, "scheme": scheme or None, "valid_from": since,
                                       "valid_to": until}, place)  # fmt: skip
            taken += 1
    if not taken and not rejected:
        rejected.append(Rejected(name, 0, "assessment", "it holds no assessment"))
    return taken, rejected


def _about(assessment: Mapping[str, Any]) -> Iterator[str]:
    """Ids of what an assessment is about."""
    for names, inner in ((_PRODUCTS, "product"), (_FACILITIES, "facility")):
        for one in _rows(assessment, *names):
            found = one.get(inner) if isinstance(one.get(inner), dict) else one
            yield _text(found, "id") or _text(found, "productID") or _text(found, "registeredId")


def from_facility(
    plain: Mapping[str, Any], name: str, chain: Chain, economies: frozenset[str]
) -> tuple[int, list[Rejected]]:
    """The facility of a record, who runs it, and where it stands."""
    subject = plain.get("credentialSubject")
    found = subject.get("facility", subject) if isinstance(subject, dict) else None
    if not isinstance(found, dict) or not (_text(found, "id") or _text(found, "registeredId")):
        return 0, [Rejected(name, 0, "facility", "it names no facility by an id")]
    code = (_text(found, "countryOfOperation") or _text(found.get("address"), "addressCountry")).lower()
    if code and code not in economies:
        return 0, [Rejected(name, 0, "countryOfOperation", f"{code.upper()[:20]!r} is no economy by ISO alpha-2")]
    runs = _first(found, "operatedByParty", "operatedBy")
    actor = _text(runs, "id") or _text(runs, "registeredId")
    if actor:
        chain.ensure("actors", {"id": actor, "name": _text(runs, "name") or None}, Place(name))
    own = _text(found, "id") or _text(found, "registeredId")
    if own in {row["id"] for row in chain["facilities"]}:
        return 0, [Rejected(name, 0, "facility", f"{own[:80]!r} is known from another document")]
    chain.ensure("facilities", {"id": own, "actor": actor or None, "economy": code or None}, Place(name))
    return 1 + bool(actor), []


def to_conformity(
    chain: Chain,
    certificate: str,
    issuer: Mapping[str, str],
    context: str,
    *,
    assessor: str = "Unspecified",
    assessment: str = "Unspecified",
    topic: str,
    conforms: bool,
) -> dict[str, Any]:
    """One certificate of a chain as a conformity credential, to be signed by the body that gave it.

    issuer   id and name of that body; context names the edition
    topic    what was assessed, in the words of the edition; conforms is what the body found
    """
    row = next((c for c in chain["certificates"] if c["id"] == certificate), None)
    if row is None:
        raise BadInput(f"no certificate is called {certificate!r}; the chain has {len(chain['certificates'])}")
    for word, said, known in (("assessor", assessor, LEVELS), ("assessment", assessment, ASSESSED)):
        if said not in known:
            raise BadInput(f"{word}: {said!r} is not one of {', '.join(known)}")
    facility = next((f for f in chain["facilities"] if f["id"] == row["about"]), None)
    lot = next((x for x in chain["lots"] if x["id"] == row["about"]), None)
    maker = facility or next((f for f in chain["facilities"] if lot and f["id"] == lot["facility"]), None)
    holder = next((a for a in chain["actors"] if a["id"] in (row["about"], (maker or {}).get("actor"))), None)
    if holder is None:
        raise BadInput(f"nobody is named who holds certificate {certificate!r}: name the actor of {row['about']!r}")
    about: dict[str, Any] = {"id": _uri(row["about"])}
    part = {"assessedFacility": [{"facility": {**about, "name": row["about"]}}]} if facility else {}
    if lot:
        part = {"assessedProduct": [{"product": {**about, "name": lot["material"] or lot["id"]}}]}
    found = {
        "type": ["ConformityAttestation", "Attestation"],
        "id": _uri(certificate),
        "name": row["scheme"] or certificate,
        "assessorLevel": assessor,
        "assessmentLevel": assessment,
        "attestationType": "certification",
        "issuedToParty": {"id": _uri(holder["id"]), "name": holder["name"] or holder["id"]},
        "assessment": [
            {
                "type": ["ConformityAssessment", "Declaration"],
                "id": f"{_uri(certificate)}:assessment",
                "conformityTopic": topic,
                "conformance": conforms,
                **part,
            }
        ],
    }
    dates = {"validFrom": row["valid_from"], "validUntil": row["valid_to"]}
    return {
        "type": [CONFORMITY, "VerifiableCredential"],
        "@context": ["https://www.w3.org/ns/credentials/v2", context],
        "id": f"{_uri(certificate)}:credential",
        "issuer": {"type": ["CredentialIssuer"], **issuer},
        **{k: f"{v}T{'00:00:00' if k == 'validFrom' else '23:59:59'}Z" for k, v in dates.items() if v},
        "credentialSubject": found,
    }


def _id(plain: Mapping[str, Any], subject: Mapping[str, Any]) -> str:
    return _text(subject, "id") or _text(plain, "id") or "unnamed"


def _rows(found: Mapping[str, Any], *names: str) -> list[dict[str, Any]]:
    for name in names:
        listed = found.get(name)
        if isinstance(listed, dict):
            listed = [listed]
        if isinstance(listed, list):
            return [one for one in listed[:MOST_ROWS] if isinstance(one, dict)]
    return []


def _first(found: Mapping[str, Any], *names: str) -> Any:
    return next((found[n] for n in names if isinstance(found.get(n), dict)), None)


def _text(found: Any, name: str) -> str:
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) and len(value) <= 2048 else ""


def _day(value: Any) -> str | None:
    import datetime

    try:
        return datetime.datetime.fromisoformat(str(value)).date().isoformat() if isinstance(value, str) else None
    except ValueError:
        return None


def _uri(name: str) -> str:
    return name if ":" in name else f"urn:carnet:lot:{name}"
