"""What a judgement stands on besides the rule and the subject.

Reading order: Case.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..catalog import Catalog
from ..waist import Evidence, Project
from .recognize import Recognizer
from .view import Index

# Kinds of evidence by which an authority speaks: they count at home; elsewhere only through a recognition.
ACTS = ("type_approval", "registration", "licence")
PROOF = ("tested_to", "approvals")  # lists that only certain kinds of documents can fill (data/words/evidence.yaml)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a judgement stands on besides the rule and the subject."""

    catalog: Catalog
    project: Project
    index: Index
    market: str
    recognizer: Recognizer | None
    evidence: dict[str, Evidence] = field(default_factory=dict)
