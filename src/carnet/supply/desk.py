"""What the doors ask of this room: plain functions from a folder, project or file to the JSON of each command.

A chain lies in a folder of tables and documents; a project names it under inputs: {supply: FOLDER}, or with the lots
that are its subjects: {supply: {chain: FOLDER, lots: {pack: LOT}, category: ev}}. Shocks and loops are YAML files; a
project may name one of each (shock: FILE, loop: FILE) and a list of restricted parties (restricted: FILE).
Reading order: Named, named(), open_chain(), then one function per command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import reading
from ..catalog import Catalog
from ..errors import BadInput, Problem
from ..waist import Place
from . import check as checks
from . import concentration, exchange, identity, inquiries, passport, stages, templates
from .circularity import Target, against, run, solve_for, targets
from .draws import draw, evaluate, summary
from .forms import JointForm, LineForm, LoopForm, NetworkForm
from .importing import Result, import_folder
from .lots import Chain
from .shock import report
from .tables import Tables
from .trace import Tracer, answer


@dataclass(frozen=True)
class Named:
    """What a project says of its chain: the folder, which lot is which subject, the passport category, files beside it.

    shock       a line or network with the blows that could hit it
    loop        a fleet and what becomes of its packs
    restricted  a CSV of parties that rules restrict (party, list)
    """

    chain: str
    lots: Mapping[str, str] = field(default_factory=dict)
    category: str = "ev"
    shock: str = ""
    loop: str = ""
    restricted: str = ""


def named(value: Any) -> Named | None:
    """inputs.supply of a project; raises BadInput with a sentence for another shape."""
    if value is None:
        return None
    if isinstance(value, str):
        return Named(value)
    files = {"shock", "loop", "restricted"}
    if isinstance(value, dict) and set(value) <= {"chain", "lots", "category", *files} and value.get("chain"):
        lots, category = value.get("lots", {}), value.get("category", "ev")
        texts = [value["chain"], *(value[name] for name in files & set(value))]
        if isinstance(lots, dict) and category in passport.CATEGORIES:
            texts += lots.values()
            if all(isinstance(text, str) for text in texts):
                return Named(value["chain"], lots, category, **{name: value.get(name, "") for name in sorted(files)})
    raise BadInput(
        "inputs.supply: write the folder of the chain, or {chain: FOLDER, lots: {SUBJECT: LOT}, category: "
        f"{'|'.join(passport.CATEGORIES)}, shock: FILE, loop: FILE, restricted: FILE}}"
    )


def read_folder(folder: Path, catalog: Catalog) -> Result:
    """Everything a folder (or one file) holds, with every refusal."""
    return import_folder(folder, Tables(), catalog.economies)


def chain_folder(source: Path) -> Path:
    """The folder of a chain: itself, or what a project file names; raises BadInput."""
    if source.suffix in (".yaml", ".yml"):
        plain = reading.read(source, str(source)).plain
        inputs = plain.get("inputs") if isinstance(plain, dict) else None
        wanted = named(inputs.get("supply") if isinstance(inputs, dict) else None)
        if wanted is None:
            raise BadInput(f"{source}: names no chain. Add inputs: {{supply: FOLDER}}.")
        from ..project import files

        try:
            return files.inside(source.parent, wanted.chain)
        except ValueError as error:
            raise BadInput(f"{source}: inputs.supply: {error}") from None
    return source


def open_chain(source: Path, catalog: Catalog) -> Chain:
    """The chain of a folder, or of the project file that names it; raises BadInput with every refused row."""
    folder = chain_folder(source)
    result = read_folder(folder, catalog)
    if result.rejected:
        raise BadInput([Problem(Place(r.document, max(r.row, 1)), f"{r.rule}: {r.message}") for r in result.rejected])
    if not result.chain["lots"]:
        raise BadInput(f"{folder}: holds no lots. Put lots.csv there (carnet supply template lots).")
    return result.chain


def trace(source: Path, lot: str, catalog: Catalog, *, direction: str = "up", on: str = "") -> dict[str, Any]:
    """The JSON of `carnet supply trace`."""
    return answer(Tracer(open_chain(source, catalog), on), lot, direction)


def check(source: Path, catalog: Catalog) -> dict[str, Any]:
    """The JSON of `carnet supply check`."""
    return checks.check(open_chain(source, catalog))


def concentrate(
    catalog: Catalog,
    *, mineral: str = "", stage: str = "mine", year: str = "", source: Path | None = None, lot: str = "",
    by: str = "economy",
) -> dict[str, Any]:  # fmt: skip
    """The JSON of `carnet supply concentration`: the world, and a project's own lot beside it."""
    tables = Tables()
    found: dict[str, Any] = {"schema": "carnet/concentration/1", "world": [], "midstream": [], "own": []}
    rows = {(r["mineral"], r["stage"]) for r in tables["production"].rows}
    wanted = [(mineral, stage)] if mineral else sorted(rows)
    found["world"] = [concentration.world(tables, m, s, year) for m, s in wanted]
    if not mineral:
        found["midstream"] = concentration.world_midstream(tables)
    if source and lot:
        tracer = Tracer(open_chain(source, catalog))
        for element in tracer.elements:
            if tracer.weights(element).need[tracer.node(lot)] > 0.0:
                found["own"].append(concentration.own(tracer, lot, element, by))
        found["single_points"] = concentration.single_points(tracer, lot, "facility")
        found["smallest_cut"] = {
            e: concentration.smallest_cut(tracer, lot, e)
            for e in tracer.elements
            if tracer.weights(e).need[tracer.node(lot)] > 0
        }
    return found


def shock(file: Path, *, draws: int = 0, seed: int = 1) -> dict[str, Any]:
    """The JSON of `carnet supply shock`: a line, or a network of stages, and what hits it, from a YAML file."""
    document = reading.read(file, str(file))
    if isinstance(document.plain, dict) and document.plain.get("carnet") == "network/1":
        if draws:
            raise BadInput(f"{file}: draws are made of a line (carnet: line/1), not of a network")
        network = reading.shape(document, NetworkForm)
        return stages.report(network.network(), network.blows(), network.weeks)
    form = reading.shape(document, LineForm)
    line = form.line()
    found = report(line, form.shocks_of(), form.weeks)
    if draws:
        keep = draw(line, form.uncertain_of(), form.weeks, draws, seed)
        found["draws"] = {"seed": seed, **summary(evaluate(line, keep))}
    return found


def circularity(file: Path, *, market: str = "", solve: str = "", what: str = "collected") -> dict[str, Any]:
    """The JSON of `carnet supply circularity`; solve names a target by id, or as MATERIAL=SHARE@YEAR.

    A file of economies and plants (carnet: joint/1) is asked whether a joint plant pays: carnet/joint/1.
    """
    document, tables = reading.read(file, str(file)), Tables()
    if isinstance(document.plain, dict) and document.plain.get("carnet") == "joint/1":
        if solve:
            raise BadInput(f"{file}: a share is solved for in a loop (carnet: loop/1), not in a joint plan")
        return reading.shape(document, JointForm).joint()
    form = reading.shape(document, LoopForm)
    fleet, loop = form.fleet_of(), form.loop_of()
    result = run(fleet, loop, tables)
    known = targets(tables, market)
    found: dict[str, Any] = {
        "schema": "carnet/circularity/1",
        "years": list(result.years),
        "packs_kwh": {k: [float(x) for x in v] for k, v in result.packs.items()},
        "content": {m: [result.content(m, y) for y in result.years] for m in result.demand},
        "recovered_kg": {m: [float(x) for x in v] for m, v in result.post.items()},
        "targets": against(result, known),
        "notes": list(result.notes),
        "assumed": "recovery by process is remembered, not read; see data/supply/recovery.yaml",
    }
    if solve:
        found["solved"] = solve_for(fleet, loop, tables, _target(solve, known), what)
    return found


def _target(text: str, known: list[Target]) -> Target:
    for target in known:
        if target.id == text:
            return target
    material, _, rest = text.partition("=")
    share, _, year = rest.partition("@")
    try:
        return Target(text, material, float(share.rstrip("%")) / (100 if share.endswith("%") else 1), int(year))
    except ValueError:
        ids = ", ".join(t.id for t in known)
        raise BadInput(f"{text!r} is no target; write its id ({ids}) or for example Li=6%@2031") from None


def passports(
    source: Path, lot: str, catalog: Catalog, *, category: str = "ev", on: str = "", role: str = "authority"
) -> tuple[Tracer, tuple[passport.Field, ...], dict[str, Any]]:
    """(tracer, fields, the JSON of `carnet supply passport`)."""
    tracer = Tracer(open_chain(source, catalog), on)
    fields = passport.build(tracer, lot, Tables(), category, on)
    return tracer, fields, passport.contract(lot, category, on, role, fields)


def verify(bundle: Path, catalog: Catalog, *, at: str = "") -> dict[str, Any]:
    """Every claim of a sealed bundle checked and recomputed: carnet/verification/1 (exit 5 unless it is valid)."""
    from ..ledger.bundle import MOST_BYTES, verify_bundle
    from .sealing import recompute

    try:
        if bundle.stat().st_size > MOST_BYTES:
            raise BadInput(f"{bundle}: has {bundle.stat().st_size:,} bytes; at most {MOST_BYTES:,} are read")
        raw = bundle.read_bytes()
    except OSError as error:
        raise BadInput(f"{bundle}: cannot be read: {error.strerror}. Give a bundle.") from None
    return verify_bundle(raw, at=at, recompute=recompute(Tables(), catalog.economies))


def seal(
    source: Path, lot: str, catalog: Catalog, *, seed: bytes, log: Path, origin: str, at: str, category: str = "ev"
) -> bytes:
    """A sealed bundle of one battery's trace and passport; its claims are appended to the log file first."""
    from ..ledger.keys import Signer
    from ..ledger.log import open_log
    from .sealing import seal as sealed

    grown = open_log(log, origin)
    before = len(grown)
    bundle = sealed(open_chain(source, catalog), lot, Tables(), grown, Signer(seed), at, category=category)
    with log.open("ab") as file:
        file.write(b"".join(line + b"\n" for line in grown.lines[before:]))
    return bundle


def ask(
    source: Path, lot: str, catalog: Catalog, *, on: str = "", tier: int | None = None
) -> tuple[dict[str, Any], Path | None]:
    """(the JSON of `carnet supply ask`, the table written when a day is given): open questions become asked ones."""
    chain = open_chain(source, catalog)
    found = inquiries.summary(Tracer(chain), lot)
    if not on:
        return found, None
    rows = inquiries.ask(chain, found["requests"], on, tier)
    path = _keep_requests(source, rows)
    return inquiries.summary(Tracer(open_chain(source, catalog)), lot), path


def answer_request(source: Path, id: str, catalog: Catalog, *, step: str, on: str) -> Path:
    """Mark one question as answered or verified on a day."""
    return _keep_requests(source, inquiries.answer(open_chain(source, catalog), id, step, on))


def _keep_requests(source: Path, rows: list[dict[str, Any]]) -> Path:
    """requests.csv of a chain's folder, replaced whole."""
    import os
    import tempfile

    folder = chain_folder(source)
    if not folder.is_dir():
        raise BadInput(f"{source}: questions are kept in the table requests.csv of a chain's folder; give the folder")
    path = folder / "requests.csv"
    handle, name = tempfile.mkstemp(dir=folder, prefix=".requests-")
    with os.fdopen(handle, "wb") as file:
        file.write(templates.write_csv("requests", rows))
    Path(name).replace(path)
    return path


def export(
    source: Path, catalog: Catalog, *, format: str, at: str, lot: str = "", category: str = "ev", issuer: str = ""
) -> dict[str, bytes]:
    """File name -> bytes of `carnet supply export`."""
    chain = open_chain(source, catalog)
    return exchange.write(chain, format, at, Tables(), lot=lot, category=category, on=at[:10], issuer=issuer)


def identify(source: Path, lot: str, catalog: Catalog, *, on: str) -> dict[str, Any]:
    """The JSON of `carnet supply identity`: one battery under every scheme, and each regime's duties by date."""
    tracer, tables = Tracer(open_chain(source, catalog), on), Tables()
    tracer.node(lot)
    codes = identity.codes_of(tracer, lot, tables)
    found = {"codes": identity.identities(codes, tables), "duties": identity.duties(tables, on)}
    return {"schema": "carnet/identity/1", "battery": lot, "on": on, **found}
