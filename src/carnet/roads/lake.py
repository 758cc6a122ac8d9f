"""The folder that holds networks and runs: written whole or not at all, raw positions apart from everything else.

    networks/<id>/   segments.parquet, card.json
    runs/<id>/       card.json, trips.parquet, frames-*.parquet, zones-*.parquet, events.parquet, intervals.parquet
    restricted/<id>/ raw-*.parquet           coordinates, readable by the owner only
    scenarios/       events of scenario files, by the digest of the file
    staging/         what is being written; a run that stopped goes on where it was

A run is named by the digests of what it was made from, so the same recording never comes in twice.
Reading order: Lake, Lake.add_network(), Lake.stage(), Lake.commit(). Every partition carries license and provenance.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ..errors import BadInput, Unheard, nearest
from ..store.road_zones import index, written
from .network.nouns import Network, Segment

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def _safe(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name!r} is no name: use letters, digits, dots and hyphens, at most 100")
    return name


def write_json(path: Path, value: Any) -> None:
    """Write whole or not at all, on disk when it returns."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=2, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def write_table(path: Path, table: pa.Table, notes: Mapping[str, str]) -> None:
    """A partition with its provenance."""
    part = path.with_name(f".{path.name}.part")
    pq.write_table(table.replace_schema_metadata(dict(notes)), part, **written(table.column_names))
    part.replace(path)


@dataclass
class Stage:
    """A run being written: what is already done stands in progress.json."""

    open: Path
    restricted: Path
    done: int

    def part(self, number: int, frames: pa.Table, raw: pa.Table, notes: Mapping[str, str]) -> None:
        """Write one batch; it counts only once progress says so."""
        write_table(self.restricted / f"raw-{number:05d}.parquet", raw, notes)
        write_table(self.open / f"frames-{number:05d}.parquet", frames, notes)
        write_table(self.open / f"zones-{number:05d}.parquet", index(frames), {})

    def mark(self, number: int, state: Any) -> None:
        self.done = number
        write_json(self.open / "progress.json", {"done": number, "state": state})

    def state(self) -> Any:
        path = self.open / "progress.json"
        return json.loads(path.read_text(encoding="utf-8"))["state"] if path.exists() else None


MOST_NETWORKS, MOST_CARDS = 4, 100_000
_networks: OrderedDict[tuple[str, str, int, int], Network] = OrderedDict()
_cards: dict[tuple[str, int, int], dict[str, Any]] = {}


class Lake:
    """One folder of road data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add_network(self, network: Network) -> None:
        """Store a network; the same name with another content is refused."""
        target = self.folder / "networks" / _safe(network.id)
        if (target / "card.json").exists():
            if self.card(target)["digest"] != network.digest:
                raise BadInput(f"a network {network.id!r} with another content is there; give it another name")
            return
        part = self.folder / "staging" / f"network-{network.id}"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        rows = network.segments
        table = pa.table(
            {
                "segment": pa.array([s.id for s in rows], pa.string()),
                "length_mm": pa.array([s.length_mm for s in rows], pa.int64()),
                "road_class": pa.array([s.road_class for s in rows], pa.string()),
                "terms": pa.array([list(s.terms) for s in rows], pa.list_(pa.string())),
                "oneway": pa.array([s.oneway for s in rows], pa.bool_()),
                "from": pa.array([s.ends[0] for s in rows], pa.string()),
                "to": pa.array([s.ends[1] for s in rows], pa.string()),
                "points": pa.array([s.points.ravel() for s in rows], pa.list_(pa.float64())),
            }
        )
        write_table(part / "segments.parquet", table, {"network": network.id, "digest": network.digest})
        card = {
            "network": network.id,
            "frame": network.frame,
            "reference": network.reference,
            "shift": list(network.shift),
            "digest": network.digest,
            "segments": len(rows),
            "length_mm": network.length_mm,
            "refused": [list(r) for r in network.refused],
            "remarks": [list(r) for r in network.remarks],
        }
        write_json(part / "card.json", card)
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)

    def add_scenario(self, scenario: Mapping[str, Any]) -> str:
        """Store the events of a scenario under the digest of its file; returns its id. Twice is once."""
        name = str(scenario["digest"]).removeprefix("sha256:")[:16]
        path = self.folder / "scenarios" / f"{_safe(name)}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            write_json(path, dict(scenario))
        return name

    def scenarios(self) -> list[dict[str, Any]]:
        """Every stored scenario with its events, by its id."""
        paths = sorted(self.folder.glob("scenarios/*.json"))
        return [{"scenario": p.stem, **json.loads(p.read_text(encoding="utf-8"))} for p in paths]

    @staticmethod
    def card(folder: Path) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        return found

    def network_card(self, id: str) -> dict[str, Any]:
        """What is known of a stored network without its roads; raises Unheard naming the nearest."""
        folder = self.folder / "networks" / _safe(id)
        if not (folder / "card.json").exists():
            near = nearest(id, self.networks())
            raise Unheard(
                f"no network is called {id!r}"
                + (f"; {near}" if near else "")
                + " Bring one in with carnet roads ingest"
            )
        return self.card(folder)

    def network(self, id: str) -> Network:
        """A stored network, read once and shared, so not to be changed; raises Unheard naming the nearest."""
        card, path = self.network_card(id), self.folder / "networks" / id / "segments.parquet"
        stat = path.stat()
        key = (str(path.resolve()), card["digest"], stat.st_mtime_ns, stat.st_size)
        if key not in _networks:
            _networks[key] = self._read(id, card, path)
            while len(_networks) > MOST_NETWORKS:
                _networks.popitem(last=False)
        _networks.move_to_end(key)
        return _networks[key]

    @staticmethod
    def _read(id: str, card: dict[str, Any], path: Path) -> Network:
        table = pq.read_table(path)
        lists = table["points"].combine_chunks()
        flat = lists.flatten().to_numpy().reshape(-1, 2)
        cuts = np.cumsum(lists.value_lengths().to_numpy())[:-1] // 2
        points = np.split(flat, cuts) if len(lists) else []
        names = ("segment", "length_mm", "road_class", "terms", "oneway", "from", "to")
        rows = zip(*(table[n].to_pylist() for n in names), points, strict=True)
        segments = tuple(
            Segment(name, shape, length, kind, tuple(terms), oneway, (first, last))
            for name, length, kind, terms, oneway, first, last, shape in rows
        )
        x, y, turn = card.get("shift", (0.0, 0.0, 0.0))
        return Network(
            id, card["frame"], segments, reference=card["reference"], digest=card["digest"], shift=(x, y, turn)
        )

    def networks(self) -> list[str]:
        return sorted(p.parent.name for p in self.folder.glob("networks/*/card.json"))

    def runs(self) -> list[dict[str, Any]]:
        """The cards of all runs that came in whole; a card never changes, so each is read once."""
        found = []
        for path in sorted(self.folder.glob("runs/*/card.json")):
            stat = path.stat()
            key = (str(path), stat.st_mtime_ns, stat.st_ino)
            if key not in _cards:
                if len(_cards) >= MOST_CARDS:
                    _cards.clear()
                _cards[key] = self.card(path.parent)
            found.append(dict(_cards[key]))
        return found

    def has(self, run: str) -> bool:
        return (self.folder / "runs" / _safe(run) / "card.json").exists()

    def stage(self, run: str) -> Stage:
        """The place where a run is written, with what an earlier try left there."""
        if not (self.folder / "runs" / _safe(run)).exists():
            shutil.rmtree(self.folder / "restricted" / run, ignore_errors=True)  # half of a commit that never came
        open_, closed = (self.folder / "staging" / f"{kind}-{run}" for kind in ("open", "restricted"))
        progress = open_ / "progress.json"
        if not (progress.exists() and closed.is_dir()):
            shutil.rmtree(open_, ignore_errors=True)
            shutil.rmtree(closed, ignore_errors=True)
        open_.mkdir(parents=True, exist_ok=True)
        closed.mkdir(mode=0o700, exist_ok=True)
        done = json.loads(progress.read_text(encoding="utf-8"))["done"] if progress.exists() else 0
        return Stage(open_, closed, done)

    def commit(self, run: str, stage: Stage, tables: Mapping[str, pa.Table], card: Mapping[str, Any]) -> None:
        """Make the run visible: the restricted part first, the open part last, so that a run without it never shows."""
        notes = notes_of(card)
        for name, table in tables.items():
            write_table(stage.open / f"{name}.parquet", table, notes)
        write_json(stage.open / "card.json", dict(card))
        (stage.open / "progress.json").unlink(missing_ok=True)
        for kind, source in (("restricted", stage.restricted), ("runs", stage.open)):
            target = self.folder / kind / run
            target.parent.mkdir(parents=True, exist_ok=True)
            if kind == "restricted":
                target.parent.chmod(0o700)
            source.replace(target)

    def secret(self) -> bytes:
        """The key that turns vehicles into names; made once, readable by the owner only."""
        path = self.folder / "restricted" / "secret"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.parent.chmod(0o700)
            with contextlib.suppress(FileExistsError):
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                os.write(handle, secrets.token_bytes(32))
                os.fsync(handle)
                os.close(handle)
        return path.read_bytes()

    def table(self, name: str, run: str) -> pa.Table:
        """One table of a run: trips, intervals or events."""
        return pq.read_table(self.folder / "runs" / _safe(run) / f"{name}.parquet")

    def kept(self, network: str) -> tuple[Any, set[str]]:
        """(merged intervals, the runs they were made from), or (None, nothing) when they are spoiled or not kept."""
        path = self.folder / "coverage" / f"{_safe(network)}.parquet"
        try:
            table = pq.read_table(path)
            runs = set(json.loads(table.schema.metadata[b"runs"]))
            return np.column_stack([table[c].to_numpy() for c in ("segment", "from_mm", "to_mm")]), runs
        except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
            return None, set()

    def keep(self, network: str, rows: Any, runs: set[str]) -> None:
        """Keep merged intervals; they can be made again from the runs at any time."""
        path = self.folder / "coverage" / f"{_safe(network)}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        table = pa.table({n: pa.array(rows[:, k]) for k, n in enumerate(("segment", "from_mm", "to_mm"))})
        write_table(path, table, {"runs": json.dumps(sorted(runs))})

    def frames(self, network: str = "") -> list[Path]:
        """The files of frames of every run, for the query engine."""
        cards = [c for c in self.runs() if not network or c["network"] == network]
        return [p for c in cards for p in sorted((self.folder / "runs" / c["run"]).glob("frames-*.parquet"))]


def notes_of(card: Mapping[str, Any]) -> dict[str, str]:
    """The provenance every partition carries."""
    return {k: str(card[k]) for k in ("run", "source", "digest", "economy", "license", "network", "datum")}
