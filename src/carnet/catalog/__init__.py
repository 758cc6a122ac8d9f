"""The library of data/, read, checked and indexed. It decides nothing: the review does."""

from .catalog import EVERYWHERE, Catalog, open_catalog

__all__ = ["EVERYWHERE", "Catalog", "open_catalog"]
