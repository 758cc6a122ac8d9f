"""Footprint documents that we made up, as the exchange takes them."""

from __future__ import annotations

import uuid
from typing import Any


def footprint(**changes: Any) -> dict[str, Any]:
    """A footprint of version 3 that we made up."""
    pcf = {
        "declaredUnitOfMeasurement": "kilowatt hour",
        "declaredUnitAmount": "1",
        "productMassPerDeclaredUnit": "6.5",
        "referencePeriodStart": "2025-01-01T00:00:00Z",
        "referencePeriodEnd": "2025-12-31T00:00:00Z",
        "geographyCountry": changes.pop("country", "CN"),
        "boundaryProcessesDescription": "From mining to the gate of the pack plant",
        "pcfExcludingBiogenicUptake": "71.5",
        "pcfIncludingBiogenicUptake": "71.4",
        "fossilGhgEmissions": "70.9",
        "fossilCarbonContent": "0.4",
        "ipccCharacterizationFactors": ["AR6"],
        "crossSectoralStandards": ["ISO14067"],
        "exemptedEmissionsPercent": "1",
        "exemptedEmissionsDescription": "Screws and labels",
        "packagingEmissionsIncluded": False,
    }
    return {
        "id": str(uuid.uuid4()),
        "specVersion": "3.0.0",
        "version": 1,
        "created": "2026-01-15T10:15:30Z",
        "status": "Active",
        "validityPeriodStart": "2026-01-15T10:15:30Z",
        "validityPeriodEnd": "2028-12-31T00:00:00Z",
        "companyName": "Works",
        "companyIds": ["urn:uuid:51131fb5-42a2-4267-a402-0ecfefef0001"],
        "productDescription": "Traction battery pack",
        "productIds": ["urn:gtin:4712345060001"],
        "productClassifications": ["urn:eclass:0173-1#01-AAA123#005"],
        "productNameCompany": "Pack 282",
        "pcf": pcf,
        **changes,
    }


def older(**changes: Any) -> dict[str, Any]:
    """A footprint of version 2 that we made up."""
    return {
        "id": str(uuid.uuid4()),
        "specVersion": "2.2.0",
        "version": 0,
        "created": "2025-06-01T00:00:00Z",
        "status": "Active",
        "companyName": "Works",
        "companyIds": ["urn:uuid:51131fb5-42a2-4267-a402-0ecfefef0001"],
        "productDescription": "Cell",
        "productIds": ["urn:gtin:4712345060100"],
        "productCategoryCpc": "46410",
        "productNameCompany": "Cell 280",
        "comment": "",
        "pcf": {
            "declaredUnit": "kilogram",
            "unitaryProductAmount": "1",
            "pCfExcludingBiogenic": "12.5",
            "fossilGhgEmissions": "12.4",
            "fossilCarbonContent": "0.2",
            "biogenicCarbonContent": "0",
            "characterizationFactors": "AR5",
            "ipccCharacterizationFactorsSources": ["AR5"],
            "crossSectoralStandardsUsed": ["ISO Standard 14067"],
            "boundaryProcessesDescription": "From mining to the gate of the cell plant",
            "referencePeriodStart": "2024-01-01T00:00:00Z",
            "referencePeriodEnd": "2024-12-31T00:00:00Z",
            "geographyCountry": "CN",
            "exemptedEmissionsPercent": 0,
            "exemptedEmissionsDescription": "",
            "packagingEmissionsIncluded": False,
        },
        **changes,
    }
