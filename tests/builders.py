"""The small world in which the core's claims are made: a library, a project, one review.

The library is tests/data/library (invented economies xa, xb, xc of the Coast Union, and xd alone) plus the rows a test
adds; the project is what the test names. Defaults are honest: a truck, a pack fitted to it, nothing shown. State only
what the claim is about.

    finding = review_one(rule(demands=SHOWN, evidence=["test_report"]), truck(), pack(), report())

Rows are written as JSON, which our YAML reader reads. Everything goes through files, as it does for a user.
Reading order: rule(), truck(), report(), then lay(), write_project(), review(), run().
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from carnet import app
from carnet.catalog import Catalog, open_catalog
from carnet.project import load_project
from carnet.waist import Dossier, Expected, Exposure, Finding, Project

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / "tests" / "data" / "library"
DAY = "2026-11-21"

SOURCES = {
    "law": {
        "number": "Gazette 12",
        "publisher": "Government of Aria",
        "seen": "2026-01-10",
        "class": "official_text",
        "read": "summary",
    },
    "press": {
        "number": "The Aria Courier",
        "publisher": "The Aria Courier",
        "seen": "2026-01-10",
        "class": "trade_press",
        "read": "summary",
    },
    "memory": {"number": "from memory", "class": "none", "read": "remembered"},
}
SHOWN = 'battery.tested_to has "CR 10.02"'  # what most rules here demand
IN_FORCE = ({"from": "2020-01-01", "standing": "in_force", "source": "law", "seen": "2026-01-10"},)


@dataclass(frozen=True)
class Row:
    """One thing a test adds: `kind` says where it goes; `place` is the folder of the library, when it goes there."""

    kind: str
    id: str
    body: dict[str, Any]
    place: str = ""
    files: dict[str, bytes] = field(default_factory=dict)


# --- the library -------------------------------------------------------------------------------------------------


def rule(id: str = "xa.pack.safety", *, market: str = "xa", about: Any = "battery_pack", **said: Any) -> Row:
    """A mandatory rule of Aria about packs, in force since 2020, with the two examples a rule must carry."""
    body: dict[str, Any] = {
        "id": id,
        "title": said.pop("title", "Safety of the pack"),
        "topic": said.pop("topic", "safety"),
        "about": about,
        "source": "law",
        **said,
    }
    if "demands" in body:
        body = {"force": "mandatory", "status": list(IN_FORCE), **body}
        body.setdefault(
            "examples", [{"says": "Some meet it.", "then": "met"}, {"says": "Some do not.", "then": "unproven"}]
        )
    return Row("requirements", id, body, f"markets/{_folder(market)}")


def step(
    start: Any,
    standing: str = "in_force",
    event: str | None = None,
    *,
    seen: str | None = "2026-01-10",
    source: str = "law",
) -> dict[str, Any]:
    """One dated step of a status."""
    found = {"from": start, "standing": standing, "source": source if seen else "memory"}
    return {**found, **({"event": event} if event else {}), **({"seen": seen} if seen else {})}


def recognition(id: str = "coast.mutual", **said: Any) -> Row:
    """The Coast Union's mutual acceptance of type approvals, binding, with no work left."""
    body = {
        "id": id, "title": "Approvals are accepted between parties", "accepted_in": ["coast"],
        "accepts": {"kinds": ["type_approval"], "standards": ["CR *"], "issued_in": ["coast"]},
        "gives": "same", "strength": "binding", "status": list(IN_FORCE), "source": "law", **said,
    }  # fmt: skip
    return Row("recognitions", id, body, "recognitions")


def standard(short: str, **said: Any) -> Row:
    name = short.lower().replace(" ", "-").replace(":", "-").replace(".", "-")
    return Row(
        "standards",
        name,
        {
            "id": name,
            "short": short,
            "title": short,
            "topic": "safety",
            "publisher": "Coast Union",
            "source": "law",
            **said,
        },
        "standards/added",
    )


def signal(id: str = "xa-plan", **said: Any) -> Row:
    """An announcement in Aria that touches packs."""
    touches = {"markets": ["xa"], "about": ["battery_pack"], "topics": ["safety"], **said.pop("touches", {})}
    body = {
        "id": id,
        "date": "2026-01-05",
        "actor": "Ministry",
        "title": "A plan",
        "touches": touches,
        "standing": "announced",
        "binds_when": "a decree is signed",
        "source": "press",
        **said,
    }
    return Row("signals", id, body, "signals")


def expected_document(
    id: str = "xa.doc.manual", *, market: str = "xa", about: str = "vehicle", kind: str = "manual", **said: Any
) -> Row:
    return Row(
        "documents",
        id,
        {"id": id, "title": "The manual", "about": about, "kind": kind, "source": "law", **said},
        f"markets/{_folder(market)}",
    )


def effort(id: str = "cr-10-test", **said: Any) -> Row:
    cost = {"low": "80000", "high": "350000", "currency": "USD", "priced": "2026-01"}
    return Row(
        "effort",
        id,
        {
            "id": id,
            "title": "Tests to CR 10",
            "about": "battery_pack",
            "cost": cost,
            "weeks": {"low": 8, "high": 20},
            "source": "law",
            **said,
        },
        "effort",
    )


def file(path: str, text: str) -> Row:
    """A file of the library, word for word."""
    return Row("text", path, {"text": text}, path)


def _folder(market: str) -> str:
    return f"_unions/{market}" if market == "coast" else "_any" if market == "any" else market


# --- the project -------------------------------------------------------------------------------------------------


def truck(
    id: str = "truck", *, category: str | None = "N3", versions: Any = None, stands_in: Any = (), **facts: Any
) -> Row:
    """A heavy truck; `gross_mass="49 t"` states vehicle.gross_mass."""
    return _subject(id, "vehicle", "vehicle", {"category": category, **facts}, versions, (), stands_in)


def pack(id: str = "pack", *, fitted_to: Any = (), versions: Any = None, stands_in: Any = (), **facts: Any) -> Row:
    """A traction battery of which nothing is said."""
    return _subject(id, "battery_pack", "battery", facts, versions, fitted_to, stands_in)


def charger(id: str = "depot", *, versions: Any = None, stands_in: Any = (), **facts: Any) -> Row:
    """A charger of which nothing is said."""
    return _subject(id, "charger", "charger", facts, versions, (), stands_in)


def maker(id: str = "works", **facts: Any) -> Row:
    return _subject(id, "maker", "maker", facts, None, (), ())


def _subject(
    id: str, kind: str, family: str, facts: dict[str, Any], versions: Any, fitted_to: Any, stands_in: Any
) -> Row:
    stated = {f"{family}.{name}": value for name, value in facts.items() if value is not None}
    body = {
        "kind": kind,
        "facts": stated,
        "versions": versions or {},
        "fitted_to": list(fitted_to),
        "stands_in": list(stands_in),
    }
    return Row("subjects", id, {k: v for k, v in body.items() if v or k == "kind"})


def charge(id: str = "depot-pair", *members: str, **facts: Any) -> Row:
    """The truck and the depot charger must work together."""
    return Row(
        "pairs", id, {"id": id, "charge": list(members) or ["truck", "depot"], **({"facts": facts} if facts else {})}
    )


def report(
    id: str = "report",
    *,
    about: Any = ("pack",),
    standard: str = "CR 10.02",
    kind: str = "test_report",
    content: bytes | None = None,
    **said: Any,
) -> Row:
    """A test report to CR 10.02 about the pack: its file lies beside the project, its digest is recorded."""
    economy = said.pop("granted_in", None)
    issuer = said.pop("issuer", {"name": "Institute", **({"economy": economy} if economy else {})})
    name = said.pop("file", f"evidence/{id}.txt")
    raw = content if content is not None else f"report {id}\n".encode()
    files = {name: raw} if name else {}
    body = {
        "id": id,
        "about": list(about),
        "kind": kind,
        "issuer": issuer,
        "issued": "2026-01-15",
        **({"standard": standard} if standard else {}),
        **said,
    }
    if name:
        body["file"] = name
        body.setdefault("digest", "sha256:" + hashlib.sha256(raw).hexdigest())
    return Row("evidence", id, {k: v for k, v in body.items() if v is not None}, files=files)


def approval(id: str = "approval", *, granted_in: str | None = "xa", **said: Any) -> Row:
    """A type approval to CR 10.02 about the pack, granted in Aria."""
    return report(id, kind="type_approval", granted_in=granted_in, **said)


def disclosure(by: str, states: dict[str, tuple[str, dict[str, Any]]], **said: Any) -> Row:
    """What another company states: {"depot": ("charger", {"charger.rated_power": "150 kW"})}."""
    name = f"{by.lower().replace(' ', '-')}.yaml"
    body = {
        "carnet": "disclosure/1",
        "by": by,
        "subjects": {s: {"kind": k, "facts": f} for s, (k, f) in states.items()},
    }
    return Row("disclosures", name, {"file": name, **said}, files={name: json.dumps(body).encode()})


# --- laying and asking -------------------------------------------------------------------------------------------

LIBRARY = ("requirements", "recognitions", "standards", "signals", "documents", "effort", "ladder", "text")


def lay(folder: Path, *rows: Row) -> Path:
    """Write the small library with the rows of a test; returns its folder."""
    root = folder / "library"
    for path in sorted(BASE.rglob("*.yaml")):
        target = root / path.relative_to(BASE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return lay_rows(root, *rows)


def lay_rows(root: Path, *rows: Row) -> Path:
    """Write the rows of a test into a library folder, one file per table and place."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.kind in LIBRARY:
            groups.setdefault((row.place, row.kind), []).append(row)
    for (place, kind), group in groups.items():
        if kind == "text":
            path, text = root / place, group[0].body["text"]
        else:
            path = root / place / f"test-{kind}.yaml"
            text = f"sources: {json.dumps(SOURCES)}\n{kind}:\n" + "".join(
                f"  - {json.dumps(r.body, ensure_ascii=False)}\n" for r in group
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def write_project(
    folder: Path,
    *rows: Row,
    markets: Any = ("xa",),
    on: str = DAY,
    event: str | None = None,
    known: str | None = None,
    **said: Any,
) -> Path:
    """Write project.yaml and the files it points to; returns its path."""
    review = {"day": on, **({"event": event} if event else {}), **({"known": known} if known else {})}
    body: dict[str, Any] = {
        "carnet": "project/1",
        "id": "trial",
        "review": review,
        "markets": list(markets),
        "subjects": {},
        **said,
    }
    for row in rows:
        for name, raw in row.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(raw)
        if row.kind == "subjects":
            body["subjects"][row.id] = row.body
        elif row.kind not in LIBRARY:
            body.setdefault(row.kind, []).append(row.body)
    path = folder / "project.yaml"
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def review(*rows: Row, **said: Any) -> Dossier:
    """Lay the library, write the project, load both and review: what a user does, without the printing."""
    with tempfile.TemporaryDirectory() as name:
        return review_in(Path(name), *rows, **said)


def review_in(folder: Path, *rows: Row, **said: Any) -> Dossier:
    project, catalog = load(folder, *rows, **said)
    return app.judge_project(project, catalog)


def load(folder: Path, *rows: Row, **said: Any) -> tuple[Project, Catalog]:
    """The project and the catalog, read from files in a folder."""
    catalog = open_catalog(base=lay(folder, *rows))
    return load_project(write_project(folder, *rows, **said), catalog), catalog


def review_one(*rows: Row, **said: Any) -> Finding:
    """The one finding of the one rule among the rows."""
    (wanted,) = [r.id for r in rows if r.kind == "requirements"]
    (found,) = [f for f in review(*rows, **said).findings if f.rule == wanted]
    return found


def findings(dossier: Dossier, rule: str = "") -> list[Finding]:
    """The findings of the test's own rules (or one of them), open topics left out."""
    return [f for f in dossier.findings if (f.rule == rule if rule else ".open." not in f.rule)]


def exposed(dossier: Dossier, id: str) -> list[Exposure]:
    return [e for e in dossier.exposure if e.signal == id]


def documents(dossier: Dossier) -> dict[str, Expected]:
    return {e.document: e for e in dossier.completeness}


# --- the command line --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def carnet(library: Path, *words: object) -> Ran:
    """`carnet WORDS` in this process, with the small library in the place of the one that comes with the engine."""
    from carnet.doors import cli

    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch("carnet.app.reviewing.open_catalog", partial(open_catalog, base=library)),
        mock.patch.object(sys, "argv", ["carnet", *map(str, words)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        cli.main()
    return Ran(int(ended.value.code or 0), out.getvalue(), err.getvalue())


START = """
import sys
from functools import partial
from pathlib import Path
from carnet.app import reviewing
reviewing.open_catalog = partial(reviewing.open_catalog, base=Path(sys.argv.pop(1)))
from carnet.doors.cli import main
main()
"""


def run(library: Path, *words: object, cwd: Path | None = None, **environment: str) -> Ran:
    """The same in a process of its own, for what a process decides: environment, working folder, hash seed."""
    done = subprocess.run(
        [sys.executable, "-c", START, str(library.resolve()), *map(str, words)],
        cwd=cwd or library.parent,
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
