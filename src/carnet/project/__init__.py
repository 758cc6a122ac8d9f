"""The project file: read with line and column, checked against the vocabulary, never half understood."""

from .load import load_project

__all__ = ["load_project"]
