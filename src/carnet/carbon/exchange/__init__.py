"""Footprints in and out: a paper in any known format is read into one set of words and written from it.

Where each word stands in a format is a table (data/methods/exchange); this room only follows paths. What a format
cannot hold, or means otherwise, comes back as a list of losses, never in silence.
Reading order: paper (the words), paths (the way into a document), convert (from one format to another), passport.
"""

from .paper import Paper, Unreadable, read_footprint

__all__ = ["Paper", "Unreadable", "read_footprint"]
