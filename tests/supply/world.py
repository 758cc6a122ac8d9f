"""A small supply chain in which the claims about supply are made: two mines, a smelter, a cell plant, one pack.

mine-cl  60 kg ore, lithium 10 % --+
mine-au  40 kg ore, lithium 10 % --+-- refine -> salt 20 kg, lithium 45 % -- cells -> cell 100 kg -- pack -> pack-1
scrap     1 kg salt, lithium 45 %, post-consumer -----------------------+
rest     80 kg of all else, without lithium -----------------------------+
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carnet.supply.lots import Chain
from carnet.supply.tables import Tables
from carnet.waist import Place

ROOT = Path(__file__).resolve().parents[2]
ECONOMIES = frozenset({"cl", "au", "cn", "de", "cd", "id"})
TABLES = Tables(ROOT / "data")


def chain(**tables: list[dict[str, Any]]) -> Chain:
    """A chain from rows; what is not said is empty."""
    found = Chain()
    for table, rows in tables.items():
        for number, row in enumerate(rows, 2):
            found.add(table, row, Place(f"{table}.csv", number))
    return found


def world(**changes: list[dict[str, Any]]) -> Chain:
    """The chain of the head of this file; a table named here replaces the world's own."""
    tables: dict[str, list[dict[str, Any]]] = {
        "actors": [
            {"id": "miner", "economy": "cl", "tier": 4},
            {"id": "refiner", "economy": "cn", "tier": 3},
            {"id": "cells", "economy": "cn", "tier": 1},
        ],
        "facilities": [
            {"id": "pit", "actor": "miner", "economy": "cl", "stage": "mine"},
            {"id": "salt-works", "actor": "refiner", "economy": "cn", "stage": "refine"},
            {"id": "cell-plant", "actor": "cells", "economy": "cn", "stage": "cell"},
        ],
        "lots": [
            {"id": "ore-cl", "kg": 60.0, "facility": "pit", "economy": "cl", "source": "primary", "kgco2e_per_kg": 1.0},
            {"id": "ore-au", "kg": 40.0, "economy": "au", "source": "primary", "kgco2e_per_kg": 2.0},
            {"id": "scrap", "kg": 1.0, "economy": "cn", "source": "post_consumer", "kgco2e_per_kg": 0.5},
            {"id": "rest", "kg": 80.0, "economy": "de", "source": "primary"},
            {"id": "salt", "kg": 20.0, "facility": "salt-works"},
            {"id": "cell", "kg": 100.0, "facility": "cell-plant"},
            {"id": "pack-1", "kg": 100.0},
        ],
        "contents": [
            {"lot": "ore-cl", "element": "Li", "share": 0.1},
            {"lot": "ore-au", "element": "Li", "share": 0.1},
            {"lot": "scrap", "element": "Li", "share": 0.45},
            {"lot": "rest", "element": "Li", "share": 0.0},
            {"lot": "salt", "element": "Li", "share": 0.45},
            {"lot": "cell", "element": "Li", "share": 0.09},
        ],
        "events": [
            {"id": "refine", "time": "2026-01-10T00:00:00Z", "facility": "salt-works", "kgco2e": 60.0},
            {"id": "build", "time": "2026-02-10T00:00:00Z", "facility": "cell-plant", "kgco2e": 99.5},
            {"id": "pack", "time": "2026-03-10T00:00:00Z"},
        ],
        "flows": [
            {"event": "refine", "lot": "ore-cl", "way": "in", "kg": 60.0},
            {"event": "refine", "lot": "ore-au", "way": "in", "kg": 40.0},
            {"event": "refine", "lot": "salt", "way": "out", "kg": 20.0},
            {"event": "build", "lot": "salt", "way": "in", "kg": 19.0},
            {"event": "build", "lot": "scrap", "way": "in", "kg": 1.0},
            {"event": "build", "lot": "rest", "way": "in", "kg": 80.0},
            {"event": "build", "lot": "cell", "way": "out", "kg": 100.0},
            {"event": "pack", "lot": "cell", "way": "in", "kg": 100.0},
            {"event": "pack", "lot": "pack-1", "way": "out", "kg": 100.0},
        ],
        "certificates": [
            {"id": "cert-1", "about": "pit", "valid_from": "2025-01-01", "valid_to": "2027-01-01"},
        ],
    }
    return chain(**{**tables, **changes})


def rows(table: str, source: Chain) -> list[dict[str, Any]]:
    """The rows of a table as plain copies, to be changed and laid again."""
    return [dict(r) for r in source[table]]
