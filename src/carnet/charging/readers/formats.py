"""Every text format we know; where two understand as many lines, the one named first is taken."""

from __future__ import annotations

from .shapes import Loose, Received, Table
from .text import CandumpLog, CandumpScreen, Gvret, Parser, PythonCan, Slcan
from .vendors import Asc, Trc

PARSERS: tuple[type[Parser], ...] = (
    CandumpLog,
    CandumpScreen,
    Gvret,
    PythonCan,
    Asc,
    Trc,
    Received,
    Slcan,
    Table,
    Loose,
)
