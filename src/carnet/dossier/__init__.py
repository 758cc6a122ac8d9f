"""Every rendering of a dossier, as pure functions: `render(dossier, catalog)` gives text or bytes.

    from carnet.dossier import FORMATS
    FORMATS["html"].function(dossier, catalog)

A format's module is imported when it is first asked for, so that importing this package costs nothing. Nothing here
reads the clock, the network or the environment: the same dossier gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ..catalog import Catalog
    from ..waist import Dossier

    Render = Callable[..., str | bytes]


class Format(NamedTuple):
    """How one rendering is written: the suffix of its file, the function, whether it gives bytes."""

    suffix: str
    function: Render
    binary: bool = False


def _lazy(module: str) -> Render:
    def render(dossier: Dossier, catalog: Catalog, **options: Any) -> str | bytes:
        found: str | bytes = import_module(f".{module}", __name__).render(dossier, catalog, **options)
        return found

    render.__doc__ = f"`carnet.dossier.{module}.render`, imported when it is first called."
    return render


FORMATS = {
    "human": Format(".txt", _lazy("grid")),
    "json": Format(".json", _lazy("json")),
    "jsonl": Format(".jsonl", _lazy("jsonl")),
    "sarif": Format(".sarif", _lazy("sarif")),
    "junit": Format(".xml", _lazy("junit")),
    "md": Format(".md", _lazy("markdown")),
    "html": Format(".html", _lazy("html")),
    "pdf": Format(".pdf", _lazy("pdf"), binary=True),
    "xlsx": Format(".xlsx", _lazy("xlsx"), binary=True),
}

__all__ = ["FORMATS", "Format"]
