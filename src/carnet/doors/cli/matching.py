"""carnet charge match: every charging pair of a project, or every vehicle of a data set against one connector."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .console import out
from .options import one_of

if TYPE_CHECKING:
    from ...charging.pairs import Pair

SIGNS = {
    "fits": "fits",
    "adapted": "adapter",
    "limits": "limits",
    "stops": "stops",
    "unknown": "unknown",
    "opaque": "opaque",
}


def match(
    project: Annotated[Path | None, typer.Argument(help="The project file.")] = None,
    vehicles: Annotated[
        Path | None, typer.Option("--vehicles", help="A vehicle data set instead of a project.")
    ] = None,
    connector: Annotated[str, typer.Option("--connector", help="The charger's connector, for --vehicles.")] = "",
    volts: Annotated[float, typer.Option("--volts", help="The charger's highest voltage, for --vehicles.")] = 0,
    power: Annotated[float, typer.Option("--kw", help="The charger's power, for --vehicles.")] = 0,
    market: Annotated[
        list[str] | None, typer.Option("--market", help="Only this market of the project; may be repeated.")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
) -> None:
    """Say for every charging pair whether it works, through which adapter, at which power, or what decides."""
    from ...errors import BadInput

    one_of(format, "--format", ("human", "json"))
    if vehicles is not None:
        _data_set(vehicles, connector, volts, power, format)
        return
    if project is None:
        raise BadInput("give a project file, or --vehicles with --connector")
    from ... import app as engine
    from ...charging.pairs import pairs

    opened, catalog = engine.open_project(project)
    if market:
        strange = [m for m in market if m not in opened.markets]
        if strange:
            raise BadInput(
                f"--market {strange[0]}: the project goes to {', '.join(opened.markets)}. "
                "Add it to markets in the project file."
            )
        opened = replace(opened, markets=tuple(market))
    found = pairs(opened, catalog)
    if format == "json":
        plain = {"schema": "carnet/match/1", "pairs": [p.plain() for p in found]}
        out(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    lines = [line for pair in found for line in _lines(pair)]
    out("\n".join(lines) if lines else "no charging pairs in this project")


def _lines(pair: Pair) -> list[str]:
    """The answer, the layers, then every market with its gaps and their price."""
    from ...charging.gaps import bill, verdict

    found = pair.found
    lines = [f"{pair.subject.id}: {found.outcome or 'unproven'}: {found.reason}"]
    lines += [f"  ask: {name}" for name in found.missing]
    lines += [f"  note: {text}" for text in found.notes]
    for layer in pair.layers:
        sides = " | ".join(x or "?" for x in (layer.vehicle, layer.charger)) if layer.vehicle or layer.charger else ""
        lines.append(
            f"  {layer.layer:9} {SIGNS[layer.comes_to]:8} {sides}"
            + (f"{': ' if sides else ''}{layer.says}" if layer.says else "")
        )
    for where, rows in pair.places:
        lines.append(f"  {where.market}  {where.says()}")
        lines += [f"    rule {rule.says()}" for rule in where.rules]
        for gap in rows:
            lines.append(f"    {gap.part.replace('_', ' ')}: {gap.stands}: {gap.says}")
            for way in gap.upgrades if gap.stands == "gap" else ():
                cost = bill([way], pair.steps)
                price = cost.says() if cost is not None else "no price is known here, ask for a quotation"
                lines.append(f"      {way.kind} ({way.about}): {way.says}: {price}")
        total = pair.bill(where.market, "vehicle")
        lines.append(
            f"    {verdict(rows)}" + (f" of the vehicle: {total.says()} (ranges, never quotations)" if total else "")
        )
    return lines


def _data_set(vehicles: Path, connector: str, volts: float, power: float, format: str) -> None:
    """Every vehicle of a data set against one connector."""
    from ...charging.couplers import couplers
    from ...charging.datasets import vehicles as read
    from ...charging.match import Side
    from ...charging.match import match as compare
    from ...charging.pairs import matched
    from ...errors import BadInput

    table = couplers()
    if table.named(connector) is None:
        raise BadInput(f"--connector {connector!r} stands in no table of data/couplers")
    supply = Side((connector,), True, max_voltage=volts or None, max_power=power or None)
    rows: list[dict[str, Any]] = [
        {"pair": name, **matched(compare(one, supply, table), {})} for name, one in read(vehicles)
    ]
    if format == "json":
        out(json.dumps({"schema": "carnet/match/1", "pairs": rows}, ensure_ascii=False, indent=2))
        return
    lines = []
    for row in rows:
        lines.append(f"{row['pair']}: {row['outcome']}: {row['reason']}")
        lines += [f"  ask: {name}" for name in row["missing"]]
        lines += [f"  note: {text}" for text in row["notes"]]
        lines += [f"  upgrade ({u['kind']}): {u['what']}" for u in row["upgrades"]]
    out("\n".join(lines))


__all__ = ["match"]
