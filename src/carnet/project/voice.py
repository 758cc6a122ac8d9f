"""Who states a fact, and in which file: the project itself, a document it registers, another company's disclosure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from .. import reading
from ..waist import Origin


@dataclass(frozen=True, slots=True)
class Voice:
    """One of those who speak in a project."""

    document: reading.Document
    file: str  # as the dossier names it
    kind: Literal["project", "evidence", "disclosure"] = "project"
    name: str = ""
    kinds: tuple[str, ...] = ()

    def origin(self, path: tuple[str | int, ...]) -> Origin:
        """The origin of a fact stated at a path of the document."""
        return Origin(self.kind, self.name, replace(self.document.at(path), file=self.file), kinds=self.kinds)
