"""What the command and the server ask of telemetry: lines, columns, a report and its words.

Reading order: lines(), to_parquet(), report(), words(). Nothing personal leaves unless `personal` is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import BadInput
from .decode import read_capture
from .form import editions, overlay
from .lines import Summary, objects


def lines(path: Path, *, personal: bool = False) -> Iterator[dict[str, Any]]:
    """One object per packet or rejected stretch, the summary last."""
    summary = Summary()
    for packets in read_capture(path):
        summary.add(packets)
        yield from objects(packets, personal=personal)
    yield summary.object(path.name)


def to_parquet(path: Path, target: Path, *, personal: bool = False) -> int:
    """Write every packet as columns; returns the rows. The file appears whole or not at all."""
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    from .columns import table

    pieces = [table(p, personal=personal)[0] for p in read_capture(path)]
    plain = [_plain(t) for t in pieces]
    whole = pa.concat_tables(plain, promote_options="permissive") if plain else pa.table({})
    notes = {"carnet:signals": overlay().base, "carnet:editions": "; ".join(e.edition for e in editions())}
    whole = whole.replace_schema_metadata(notes)
    part = target.with_name(f".{target.name}.part")
    try:
        pq.write_table(whole, part, compression="zstd")
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadInput(f"{target}: cannot be written: {error.strerror}. Give a folder that may be written.") from None
    return int(whole.num_rows)


def _plain(found: Any) -> Any:
    """Dictionaries as plain text, so that pieces of a large capture fit together."""
    import pyarrow as pa

    fields = [
        pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else _deep(f.type)) for f in found.schema
    ]
    return found.cast(pa.schema(fields))


def _deep(kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_list(kind):
        return pa.list_(_deep(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, _deep(f.type)) for f in kind])
    return kind


def report(path: Path) -> dict[str, Any]:
    """What the capture carries, beside what its interface asks for."""
    from .validate import Observer

    observer = Observer()
    for packets in read_capture(path):
        observer.add(packets)
    return {**observer.report(editions()), "capture": observer.summary.object(path.name)}


def words(found: dict[str, Any]) -> str:
    """The report in words, for a terminal."""
    capture, interval = found["capture"], found["interval_s"]
    rows = [
        f"{capture['file']}: {capture['packets']} packets, {capture['ok']} read whole, {capture['refused']} refused",
        *(f"  {many:>6}  {reason}" for reason, many in capture["reasons"].items()),
        *(f"  {many:>6}  {name}" for name, many in capture["commands"].items()),
        f"late {capture['late']}, sent twice {capture['duplicates']}, clock went back {capture['clock_went_back']}",
    ]
    if interval["median"] is not None:
        rows += [
            f"interval: median {interval['median']:g} s, regular {interval['regular']:g} s",
            f"longest interval: {interval['longest']} s; asked at most {interval['asked']} s,"
            f" longer {interval['longer_than_asked']} times",
        ]
    if found["reports"]:
        rows.append(f"fields: {found['fields_present']} of {found['fields_asked']} asked for are present")
        rows += [f"  missing  {name}" for name in found["missing"]]
        rows.append(f"values marked abnormal or invalid: {100 * (found['invalid_share'] or 0):.2f} %")
    rows += [f"byte {row['offset']}: {row['says']}" for row in found["clock_jumps"][:10]]
    rows += [f"pack {row['code']}: {row['logins']} logins" for row in found["packs"]]
    rows.append(f"signed: {'yes' if found['signed'] else 'no'}; encrypted: {'yes' if found['encrypted'] else 'no'}")
    return "\n".join(rows)
