"""The smallest set of demands that cannot be had together: drop one by one what the contradiction does not need.

Reading order: Demand, smallest(). What is left cannot lose a member without becoming possible (an irreducible set).
Source: J. W. Chinneck (2008), Feasibility and Infeasibility in Optimization, the deletion filter (cited, not quoted).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .net import FOREVER


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that is wanted: a token by a week, or the limits of a laboratory."""

    says: str
    token: str = ""
    due: int = FOREVER
    lab: str = ""


def smallest(demands: Sequence[Demand], possible: Callable[[Sequence[Demand]], bool]) -> list[Demand]:
    """An irreducible impossible subset; halves are dropped first, then single demands.

    possible  whether a set can be had; the whole set cannot
    """
    kept = list(demands)
    size = len(kept) // 2
    while size >= 1:
        at = 0
        while at < len(kept):
            trial = kept[:at] + kept[at + size :]
            if trial and not possible(trial):
                kept = trial
            else:
                at += size
        size //= 2
    return kept
