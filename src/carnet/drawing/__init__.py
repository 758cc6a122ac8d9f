"""Drawings as SVG text: pure functions, no scripts, no references to anything outside, the same bytes every time.

Text and axes take the color of the text around them (`currentColor`), so a drawing follows a page into the dark; the
palette keeps a contrast of at least 3 to 1 on white and on black. Only presentation attributes are used, no styles, so
a page may forbid inline styles. A drawing carries its title for screen readers; its numbers belong in words beside it.
"""

from .bars import bars, gantt, interval, stacked, waterfall
from .canvas import PALETTE, Canvas, short
from .flows import sankey
from .maps import tiles
from .plots import heat, lines, scatter

__all__ = [
    "PALETTE",
    "Canvas",
    "bars",
    "gantt",
    "heat",
    "interval",
    "lines",
    "sankey",
    "scatter",
    "short",
    "stacked",
    "tiles",
    "waterfall",
]
