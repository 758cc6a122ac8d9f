"""The dossier as JSON Lines, for pipes: a head, then one line per finding, exposure and expected document.

Each line carries `record`, saying what it is; otherwise it holds the same keys as the row in `carnet/dossier/1`.
"""

from __future__ import annotations

from ..catalog import Catalog
from ..waist import Dossier
from .json import contract, write

ROWS = {
    "findings": "finding",
    "exposure": "exposure",
    "completeness": "document",
    "evidence": "evidence",
    "questions": "question",
    "steps": "step",
    "chapters": "chapter",
}


def render(dossier: Dossier, catalog: Catalog) -> str:
    """One JSON object a line."""
    whole = contract(dossier, catalog)
    head = {"record": "dossier", **{key: value for key, value in whole.items() if key not in ROWS}}
    rows = [{"record": record, **row} for key, record in ROWS.items() for row in whole[key]]
    return "".join(write(line) + "\n" for line in [head, *rows])
