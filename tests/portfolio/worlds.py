"""Generated worlds: a small library with random rules and recognitions, and a random table of variants.

A seed is a world. Rules use every kind of test the language has, every kind of evidence, dates, events, questions and
force; recognitions carry documents with and without work left and with conditions; documents begin, expire and fail.
Reading order: World, world(), project_of().
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carnet.app.reviewing import survey
from carnet.catalog import Catalog, open_catalog
from carnet.ledger.survey import counted
from carnet.review.kernel.of_table import as_project, frames_of_table
from carnet.review.portfolio_files import read_sheet
from carnet.review.portfolio_table import Table, read_table
from carnet.waist import Fact, Project
from tests.builders import Row, lay, recognition, rule, standard, step

MARKETS = ("xa", "xb", "xc", "xd")
DAYS = ("2026-11-21", "2024-03-01", "2029-06-30")
STANDARDS = ("CR 10", "CR 10.01", "CR 10.02", "CR 10.03", "CH 2", "PN 5:2020")
KINDS = ("test_report", "type_approval", "certificate", "declaration")
FAMILY = {"vehicle": "vehicle", "battery_pack": "battery", "maker": "maker"}
DATES = ("2019", "2021-05", "2024-03-01", "2026-11-21", "2028-02")


@dataclass(frozen=True)
class World:
    catalog: Catalog
    table: Table
    library: Path
    file: Path


def world(seed: int, folder: Path, *, variants: int = 6, rules: int = 8, guarded: bool = True) -> World:
    """The world of a seed; guarded: recognitions may ask something of the product."""
    rng = random.Random(seed)
    rows: list[Row] = [_rule(n, rng) for n in range(rules)]
    rows += [_recognition(n, rng, guarded) for n in range(rng.randint(0, 3))]
    rows.append(standard("CR 10", family="cr-10"))  # named without its series
    library = lay(folder, *rows)
    catalog = open_catalog(base=library)
    file = folder / "variants.csv"
    _table(file, variants, rng)
    return World(catalog, read_table(read_sheet(file), catalog, MARKETS), library, file)


def project_of(world: World, row: int, on: str, event: str) -> tuple[Project, tuple[Fact, ...]]:
    """One row as the interpreter is given it."""
    project = counted(as_project(world.table, row, world.catalog, on=on, event=event, named=("CH 2",)))
    return project, survey(project, world.catalog)


def frames(world: World) -> Any:
    return frames_of_table(world.table, MARKETS, world.catalog)


# --- the library -------------------------------------------------------------------------------------------------


def _rule(n: int, rng: random.Random) -> Row:
    kind = rng.choice(["vehicle", "battery_pack", "battery_pack", "vehicle", "maker"])
    market = rng.choice([*MARKETS, "coast", "coast", "any"])
    said: dict[str, Any] = {"market": market, "about": kind, "status": [_step(rng) for _ in range(rng.randint(1, 3))]}
    if rng.random() < 0.7:
        said["applies"] = _condition(kind, rng, proof=0.1)
    if rng.random() < 0.9:
        said["demands"] = _condition(kind, rng, proof=0.8)
        said["force"] = rng.choice(["mandatory", "mandatory", "voluntary", "contractual"])
        if rng.random() < 0.7:
            said["evidence"] = rng.sample(KINDS, rng.randint(1, 3))
            if rng.random() < 0.3:
                said["granted_in"] = [rng.choice(["xd", "coast", "xb"])]
        if rng.random() < 0.2:
            said["asks"] = "Is the local agent named?"
        if rng.random() < 0.1:
            said["status"] = [step("2020-01-01", "published")]
            said["force"] = "voluntary"
    else:
        said |= {"asks": "Does it concern us?", "status": []}
    return rule(f"{market}.r{n}", **{**said, **({} if "demands" in said else {"status": []})})


def _step(rng: random.Random) -> dict[str, Any]:
    day = rng.choice(["2018", "2022-06", "2024-03-01", "2025-01-01", "2027", "2029-01-01", "unknown"])
    standing = rng.choice(["in_force"] * 5 + ["draft", "adopted", "superseded"])
    return step(day, standing, rng.choice([None, None, "new_type", "all_new", "placed_on_market", "in_use"]))


def _recognition(n: int, rng: random.Random, guarded: bool) -> Row:
    wanted, have = rng.sample(STANDARDS, 2)
    gives = rng.choice(["same", "older_series", [{"for": wanted, "with": have}]])
    accepts: dict[str, Any] = {}
    if rng.random() < 0.7:
        accepts["kinds"] = rng.sample(KINDS, rng.randint(1, 3))
    if not isinstance(gives, list):
        accepts["standards"] = rng.sample(["CR *", "CR 10.*", "CH 2", "PN 5:2020"], rng.randint(1, 2))
    if rng.random() < 0.6:
        accepts["issued_in"] = rng.sample(["coast", "xa", "xd"], rng.randint(1, 2))
    said: dict[str, Any] = {"accepts": accepts, "gives": gives, "accepted_in": rng.sample([*MARKETS, "coast"], 2)}
    if rng.random() < 0.5:
        said |= {"strength": "conditional", "residual": ["national registration"]}
    if guarded and rng.random() < 0.4:
        said["when"] = _condition("vehicle", rng, proof=0.0)
    if guarded and rng.random() < 0.2:
        said["when"] = 'evidence.issued >= "2021" and evidence.standard has "CR 10.02"'
    return recognition(f"coast.r{n}", **said)


def _condition(kind: str, rng: random.Random, *, proof: float, depth: int = 0) -> str:
    if depth < 2 and rng.random() < 0.5:
        parts = [_condition(kind, rng, proof=proof, depth=depth + 1) for _ in range(rng.randint(2, 3))]
        text = rng.choice([" and ", " or "]).join(f"({p})" for p in parts)
        return f"not ({text})" if rng.random() < 0.2 else text
    test = _shown(kind, rng) if rng.random() < proof else _said(kind, rng)
    return f"not {test}" if rng.random() < 0.2 else test


def _shown(kind: str, rng: random.Random) -> str:
    fact = f"{FAMILY[kind]}.tested_to"
    if rng.random() < 0.1:
        return f"known({fact})"
    if rng.random() < 0.4:
        few = ", ".join(f'"{s}"' for s in rng.sample(STANDARDS, 2))
        return f"{fact} has {rng.choice(['any', 'all'])} [{few}]"
    return f'{fact} has "{rng.choice(STANDARDS)}"'


def _said(kind: str, rng: random.Random) -> str:
    op = rng.choice(["<", "<=", ">", ">=", "==", "!="])
    mine = {
        "vehicle": [
            f"vehicle.category == {rng.choice(['M', 'M1', 'N', 'N3'])}",
            f"vehicle.category in [{rng.choice(['M1, N3', 'M, N1', 'N2, N3'])}]",
            f"vehicle.gross_mass {op} {rng.choice(['3500 kg', '3.5 t', '12 t'])}",
            "vehicle.remote_update",
            "vehicle.used",
            f'vehicle.build_date {op} "{rng.choice(DATES)}"',
            f"vehicle.model_year {op} {rng.choice([2023, 2024, 2025])}",
            f"vehicle.seats {op} {rng.choice([2, 5, 9])}",
            f"vehicle.drag {op} {rng.choice(['0.2', '0.25', '0.3'])}",
            f'vehicle.model_name {rng.choice(["==", "!="])} "Alpha"',
            f"vehicle.uses has {rng.choice(['road', 'any [port, quarry]', 'all [road, port]'])}",
            f"known(vehicle.{rng.choice(['seats', 'category', 'uses', 'drag'])})",
        ],
        "battery_pack": [
            f"battery.rated_energy {op} {rng.choice(['50 kWh', '50000 Wh', '300 kWh'])}",
            f"battery.chemistry == {rng.choice(['LFP', 'NMC'])}",
            "battery.passport",
            "vehicle.category in [N]",  # of what it is fitted to
        ],
        "maker": ["vehicle.used", 'maker.tested_to has "PN 5:2020"'],
    }[kind]
    return rng.choice(mine)


# --- the variants ------------------------------------------------------------------------------------------------


def _table(file: Path, variants: int, rng: random.Random) -> None:
    heads = [
        "id", "kind", "vehicle.category", "vehicle.gross_mass [t]", "vehicle.remote_update", "vehicle.used",
        "vehicle.build_date", "vehicle.model_year", "vehicle.seats", "vehicle.drag", "vehicle.model_name",
        "vehicle.uses", "vehicle.tested_to", "battery.rated_energy", "battery.chemistry", "battery.passport",
        "battery.tested_to", "maker.tested_to",
    ]  # fmt: skip
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(heads)
        for n in range(variants):
            cells = [
                rng.choice(["M", "M1", "N", "N1", "N3"]), rng.choice(["3.5", "12", "49.0", "3500 kg"]),
                rng.choice(["true", "false"]), rng.choice(["yes", "no"]), rng.choice(DATES),
                rng.choice(["2023", "2024", "2025"]), rng.choice(["2", "5", "9"]), rng.choice(["0.2", "0.25", "0.31"]),
                rng.choice(["Alpha", "Beta"]), rng.choice(["road", "road; port", "quarry; complete"]), _papers(rng),
                rng.choice(["50 kWh", "300 kWh", "40000 Wh"]), rng.choice(["LFP", "NMC"]),
                rng.choice(["true", "false"]), _papers(rng), _papers(rng),
            ]  # fmt: skip
            writer.writerow([f"v{n}", "vehicle", *(c if rng.random() < 0.75 else "" for c in cells)])


def _papers(rng: random.Random) -> str:
    entries = []
    for _ in range(rng.randint(1, 3)):
        entry = rng.choice(STANDARDS)
        if rng.random() < 0.85:
            parts = [rng.choice([*KINDS, "simulation"])]
            parts += [rng.choice([*MARKETS])] if rng.random() < 0.8 else []
            parts += [rng.choice(["2020", "2024-03-01", "2025-07"])] if rng.random() < 0.5 else []
            parts += [f"until {rng.choice(['2026-11-20', '2027', '2030-01-01'])}"] if rng.random() < 0.4 else []
            parts += ["failed"] if rng.random() < 0.15 else []
            entry += f" [{', '.join(parts)}]"
        entries.append(entry)
    return "; ".join([*entries, *(["complete"] if rng.random() < 0.3 else [])])
