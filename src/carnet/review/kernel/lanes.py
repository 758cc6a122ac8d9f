"""The lanes a rule is judged on: one per product of a kind (or per choice among the things it is related to).

A frame holds every lane of one kind of subject with what is said there, however it was read: a table of variants gives
one lane a row, a project file one lane per subject and choice of related subjects.
Reading order: Frame, Frame.mask().
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .bits import Array
from .columns import Column, Numbers
from .papers import Chorus


@dataclass(slots=True)
class Frame:
    """Lanes of one kind of subject.

    products   (n,) the number of the product (row, or subject of a project) a lane belongs to, ascending
    columns    fact name -> what every lane says; absent: nobody says it
    chorus     entries of lists
    complete   list fact -> (n,) bool: a missing entry means no
    simulated  fact -> (n,) bool: only a simulation says it
    stands     market -> (n,) bool: where the lane is reviewed; absent: everywhere
    narrow     True when only the named markets are meant: a market not in `stands` has no lanes
    """

    kind: str
    lanes: int
    products: Array
    columns: dict[str, Column | Numbers] = field(default_factory=dict)
    chorus: Chorus = field(default_factory=lambda: Chorus(0))
    complete: dict[str, Array] = field(default_factory=dict)
    simulated: dict[str, Array] = field(default_factory=dict)
    stands: dict[str, Array] = field(default_factory=dict)
    narrow: bool = False

    def mask(self, market: str) -> Array | None:
        """The lanes reviewed in a market; None when all are."""
        if market in self.stands:
            return self.stands[market]
        return np.zeros(self.lanes, bool) if self.narrow else None

    @property
    def single(self) -> bool:
        """Whether every product has one lane."""
        return len(np.unique(self.products)) == self.lanes
