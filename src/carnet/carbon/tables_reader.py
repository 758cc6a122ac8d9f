"""Read data/methods, data/factors and data/vehicle-carbon into Tables.

Every file is shaped, then the rows meet: a source for every number, a license for every factor, a row for every name.
Problems are collected and shown together.
Reading order: FILES, Reader.root(), then one method per kind of file, Reader.cross_check().
"""

from __future__ import annotations

import csv
import hashlib
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

from .. import reading
from ..errors import BadInput, Problem, nearest
from ..waist import Place, Source
from . import form
from .factors import check_factor, log_spread, make_factor
from .nouns import SECTIONS, Factor, Gases, Method, Units, kind_of
from .rule_check import wrong_with
from .tables import FOLDERS, Tables, value_at

FILES: tuple[tuple[str, str, Any], ...] = (
    ("methods", "exchange", form.ExchangeFile),
    ("methods", "method", form.MethodFile),
    ("factors", "factors", form.FactorFile),
    ("factors", "processes", form.ProcessFile),
    ("factors", "constants", form.ConstantFile),
    ("factors", "literature", form.LiteratureFile),
    ("factors", "gases", form.GwpFile),
    ("factors", "units", form.UnitFile),
    ("factors", "quality", form.QualityFile),
    ("factors", "card", form.Card),
    ("vehicle-carbon", "vehicle_carbon", form.VehicleCarbonFile),
)


class Reader:
    def __init__(self) -> None:
        self.tables = Tables()
        self.problems: list[Problem] = []
        self.total = hashlib.sha256()

    def say(self, place: Place, says: str, hint: str = "") -> None:
        self.problems.append(Problem(place, says, hint))

    def root(self, root: Path) -> None:
        for folder in FOLDERS:
            for path in sorted((root / folder).rglob("*.yaml")):
                name = f"data/{path.relative_to(root).as_posix()}"
                try:
                    document = reading.read(path, name)
                    keys = set(document.plain) if isinstance(document.plain, dict) else set()
                    fits = [(key, model) for prefix, key, model in FILES if prefix == folder and key in keys]
                    if not fits:
                        wanted = sorted(key for prefix, key, _ in FILES if prefix == folder)
                        self.say(Place(name), f"holds none of the expected keys: {', '.join(wanted)}")
                        continue
                    shaped = reading.shape(document, fits[0][1])
                except BadInput as error:
                    self.problems += error.problems
                    continue
                self.total.update(f"{name}\0{document.digest}".encode())
                sources = {key: _source(key, row) for key, row in getattr(shaped, "sources", {}).items()}
                getattr(self, f"_{fits[0][0]}")(shaped, sources, document, path)
        self.tables.digest = "sha256:" + self.total.hexdigest()

    def source(self, sources: dict[str, Source], name: str, place: Place, what: str) -> Source:
        """The source of a number; a number without one is a problem."""
        if name not in sources:
            near = nearest(name, sources)
            self.say(
                place,
                f"{what}: "
                + (
                    f"no source of this file is called {name!r}" + (f"; {near}" if near else "")
                    if name
                    else "has no source"
                ),
                "Every number says where it comes from; what is remembered has class none and read remembered.",
            )
            return Source("", "")
        return sources[name]

    def _method(
        self, shaped: form.MethodFile, sources: dict[str, Source], document: reading.Document, path: Path
    ) -> None:
        method = Method(shaped.method, shaped, sources, Place(document.name))
        for section in SECTIONS:
            self.source(sources, getattr(shaped, section).source, document.at((section,)), f"{shaped.method}.{section}")
        for number, row in enumerate(shaped.open):
            self.source(sources, row.source, document.at(("open", number)), f"{shaped.method}.open")
            try:
                value_at(shaped, row.parameter)
            except KeyError:
                self.say(
                    document.at(("open", number)),
                    f"{shaped.method}: no parameter is called {row.parameter!r}",
                    "Name a section and a key of this file, such as recycling.a.",
                )
        self.tables.methods[shaped.method] = method

    def _exchange(
        self, shaped: form.ExchangeFile, sources: dict[str, Source], document: reading.Document, path: Path
    ) -> None:
        self.source(sources, shaped.source, Place(document.name), shaped.exchange)
        self.tables.formats[shaped.exchange] = shaped

    def _factors(
        self,
        shaped: form.FactorFile | form.ProcessFile,
        sources: dict[str, Source],
        document: reading.Document,
        path: Path,
    ) -> None:
        key = "factors" if isinstance(shaped, form.FactorFile) else "processes"
        for number, row in enumerate(getattr(shaped, key)):
            place = document.at((key, number))
            for at, one in enumerate(row.inputs):
                if one.source:
                    self.source(sources, one.source, document.at((key, number, "inputs", at)), f"{row.id}: {one.item}")
            self.factor(row, self.source(sources, row.source, place, row.id), place, sources)

    _processes = _factors

    def factor(self, row: form.FactorRow, source: Source, place: Place, sources: dict[str, Source]) -> None:
        """A row -> a Factor of the tables."""
        made, problems = make_factor(row, source, place, sources=sources)
        self.problems += problems
        self.tables.factors[(made.id, made.region)] = made

    def _card(self, shaped: form.Card, sources: dict[str, Source], document: reading.Document, path: Path) -> None:
        table, place = path.parent / shaped.file, Place(document.name)
        if not table.is_file():
            self.say(place, f"there is no {shaped.file} beside its card")
            return
        raw = table.read_bytes()
        found = "sha256:" + hashlib.sha256(raw).hexdigest()
        if found != shaped.digest:
            self.say(
                document.at(("digest",)),
                f"{shaped.file}: the card says {shaped.digest[:17]}..., the file is {found[:17]}...",
                "Look at what changed, then renew the digest.",
            )
            return
        source = self.source(sources, shaped.source, place, shaped.card)
        spread = log_spread(None, 1.0, None, shaped.geometric_sd)
        name = f"{Path(document.name).parent.as_posix()}/{shaped.file}"
        for line, row in enumerate(csv.DictReader(raw.decode("utf-8").splitlines()), start=2):
            value = float(row["gco2e_per_kwh"]) / 1000
            self.tables.factors[(shaped.item, row["economy"])] = Factor(
                shaped.item,
                row["economy"],
                shaped.title,
                shaped.unit,
                (("co2e", value),),
                spread,
                (),
                kind_of(shaped.item, ""),
                "",
                True,
                False,
                "",
                shaped.license,
                shaped.basis,
                row["year"],
                source,
                Place(name, line),
            )

    def _constants(
        self, shaped: form.ConstantFile, sources: dict[str, Source], document: reading.Document, path: Path
    ) -> None:
        for number, row in enumerate(shaped.constants):
            self.tables.constants[row.id] = (
                row,
                self.source(sources, row.source, document.at(("constants", number)), row.id),
            )

    def _literature(
        self, shaped: form.LiteratureFile, sources: dict[str, Source], document: reading.Document, path: Path
    ) -> None:
        for number, row in enumerate(shaped.literature):
            self.tables.literature[row.id] = (
                row,
                self.source(sources, row.source, document.at(("literature", number)), row.id),
            )

    def _units(self, shaped: form.UnitFile, sources: dict[str, Source], document: reading.Document, path: Path) -> None:
        self.tables.units = Units(
            {
                **self.tables.units.table,
                **{name: (row.dimension, Fraction(row.factor)) for name, row in shaped.units.items()},
            }
        )

    def _quality(
        self, shaped: form.QualityFile, sources: dict[str, Source], document: reading.Document, path: Path
    ) -> None:
        self.tables.spread_of_rating.update({row.rating: math.log(row.geometric_sd) for row in shaped.quality})

    def _gases(self, shaped: form.GwpFile, sources: dict[str, Source], document: reading.Document, path: Path) -> None:
        for gas, numbers in shaped.gases.items():
            self.source(sources, str(numbers.get("source", "")), document.at(("gases", gas)), gas)
        self.tables.gases = Gases(
            flows=tuple(shaped.flows),
            gas={name: flow.gas for name, flow in shaped.flows.items()},
            origin={name: flow.origin for name, flow in shaped.flows.items()},
            sign={name: flow.sign for name, flow in shaped.flows.items()},
            sets={
                name: {gas: float(row[name]) for gas, row in shaped.gases.items() if name in row}
                for name in shaped.sets
            },
            formula={gas: str(row["formula"]) for gas, row in shaped.gases.items()},
        )

    def _vehicle_carbon(
        self, shaped: form.VehicleCarbonFile, sources: dict[str, Source], document: reading.Document, path: Path
    ) -> None:
        for number, row in enumerate(shaped.rules):
            place = document.at(("rules", number))
            for name in [s.source for s in row.steps] + [b.source for b in (*row.bands, *row.amounts)]:
                self.source(sources, name, place, row.id)
            if not (row.steps or row.bands or row.amounts):
                self.say(place, f"{row.id}: says nothing", "Give steps, bands or amounts.")
            for says in wrong_with(row):
                self.say(place, f"{row.id}: {says}")
            if row.money.get("source"):
                self.source(sources, row.money["source"], place, row.id)
            self.tables.rules[row.id] = (shaped.vehicle_carbon, row, sources, place)

    def cross_check(self) -> None:
        """Names between files: items, gases, sets, methods, constants."""
        tables = self.tables
        items = set(tables.items())
        for factor in tables.factors.values():
            self.problems += check_factor(factor, items, tables)
        for method in tables.methods.values():
            if method.form.gwp.set not in tables.gases.sets:
                self.say(
                    method.place,
                    f"{method.id}: no GWP set is called {method.form.gwp.set!r}",
                    f"Known: {', '.join(tables.gases.sets)}",
                )
        for _, row, _, place in tables.rules.values():
            if row.method and row.method not in tables.methods:
                self.say(place, f"{row.id}: no method is called {row.method!r}", nearest(row.method, tables.methods))
            if row.metric.get("constant") and row.metric["constant"] not in tables.constants:
                self.say(
                    place,
                    f"{row.id}: no constant is called {row.metric['constant']!r}",
                    nearest(row.metric["constant"], tables.constants),
                )


def _source(id: str, row: Any) -> Source:
    return Source(id, row.number, row.title, row.publisher, row.issued or "", row.seen, row.grade, row.read, row.note)
