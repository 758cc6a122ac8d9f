"""Binary recordings through the libraries of the field: BLF and MF4 by python-can, our own Parquet; captures.

Whatever such a library raises on a broken file ends the reading there; the reason is listed, what came before counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from ..frames import Frames, frames
from .text import Row

if TYPE_CHECKING:
    from .recording import Recording

CHUNK = 50_000
ROWS = 1 << 18  # of the cache at a time: 8 MB of columns, so that they stay in the processor's own memory


def records(recording: Recording) -> Iterator[Frames]:
    """The frames of a binary recording, chunk by chunk."""
    if recording.format == "parquet":
        yield from _parquet(recording)
        return
    if recording.format in ("pcap", "pcapng"):
        from .capture import Capture

        recording.packets = Capture()
        source = recording.packets.frames(recording)
    else:
        source = _by_library(recording)
    rows: list[tuple[int, int, int, int, bytes]] = []
    number = 0
    try:
        for number, got in source:
            if isinstance(got, str):
                recording.skips.add(number, got)
            elif (row := recording.row(number, got)) is not None:
                rows.append(row)
                if len(rows) >= CHUNK:
                    yield frames(rows)
                    rows = []
    except Exception as error:  # noqa: BLE001 - foreign parsers raise anything on broken input
        recording.skips.add(number + 1, f"the file breaks off here: {type(error).__name__}")
    yield frames(rows)


def _by_library(recording: Recording) -> Iterator[tuple[int, Row | str]]:
    import can

    from .guarded import Blf, tree

    if recording.format == "mf4":
        _quiet()
        tree(recording.path)
    reader: Any = Blf(str(recording.path)) if recording.format == "blf" else can.MF4Reader(str(recording.path))
    try:
        for number, message in enumerate(reader, 1):
            yield number, _row(message)
    finally:
        reader.stop()


@cache
def _quiet() -> None:
    """A file broken in its head leaves the library's object half made, whose end would complain on the screen."""
    from asammdf.blocks.mdf_v4 import MDF4

    close = MDF4.__del__

    def end(half_made: Any) -> None:
        with suppress(AttributeError):
            close(half_made)

    MDF4.__del__ = end  # type: ignore[method-assign]


def _row(message: Any) -> Row | str:
    if message.is_error_frame:
        return "error frame"
    if message.is_remote_frame:
        return "remote frame"
    if message.is_fd or len(message.data) > 8:
        return "CAN FD frame"
    return Row(
        round(message.timestamp * 1e6),
        f"channel{message.channel}",
        message.arbitration_id,
        bytes(message.data),
        message.is_extended_id,
    )


KINDS = {"line": "int64", "time": "int64", "channel": "int16", "id": "uint32", "length": "uint8", "payload": "uint64"}
COLUMNS = tuple(KINDS)
EVEN = ("line", "time")


def _parquet(recording: Recording) -> Iterator[Frames]:
    """Our own cache: the columns of Frames, bus names in the metadata."""
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.compute as pc  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    from .recording import MOST_US

    try:
        file = pq.ParquetFile(recording.path, pre_buffer=False)
        if set(COLUMNS) - set(file.schema_arrow.names):
            recording.skips.add(1, "a Parquet file, but not with the columns of a recording")
            return
        names = (
            (file.schema_arrow.metadata or {}).get(b"carnet.channels", b"can").decode("utf-8", "replace").split("\t")
        )
        recording.channels = names[:64]
        for batch in file.iter_batches(batch_size=ROWS, columns=list(COLUMNS), use_threads=False):
            if any(batch.column(i).null_count for i in range(len(COLUMNS))):
                whole = reduce(pc.and_, (batch.column(i).is_valid() for i in range(len(COLUMNS))))
                recording.skips.add(1, "a row with an empty cell", len(batch) - (whole.true_count or 0))
                batch = batch.filter(whole)
            columns = [batch.column(i).cast(kind) for i, kind in enumerate(KINDS.values())]
            chunk = Frames(*(c.to_numpy(zero_copy_only=False) for c in columns))
            if not len(chunk):
                continue
            if (
                chunk.id.max() <= 0x1FFFFFFF
                and chunk.length.max() <= 8
                and chunk.channel.min() >= 0
                and chunk.channel.max() < len(names)
                and chunk.line.min() >= 1
                and chunk.time.min() > -MOST_US
                and chunk.time.max() < MOST_US
            ):
                yield chunk
                continue
            wrong = (chunk.id > 0x1FFFFFFF) | (chunk.length > 8) | (chunk.channel < 0) | (chunk.channel >= len(names))
            wrong |= (chunk.line < 1) | (chunk.time <= -MOST_US) | (chunk.time >= MOST_US)
            recording.skips.add(max(1, int(chunk.line[wrong][0])), "a row that is no frame", int(wrong.sum()))
            chunk = chunk.pick(~wrong)
            yield chunk
    except (pa.ArrowException, OSError, ValueError) as error:
        recording.skips.add(1, f"the file breaks off here: {type(error).__name__}")


def keep(recording: Recording, path: Any) -> None:
    """Write a recording as Parquet, so that it is parsed once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in KINDS.items()])
    batches = []
    writer: Any = None
    try:
        for chunk in recording.chunks():
            batches = [pa.array(getattr(chunk, c)) for c in COLUMNS]
            if writer is None:
                names = "\t".join(recording.channels).encode()
                # Lines and times grow evenly: as differences they read seven times faster than packed (1 ns, not 7).
                writer = pq.ParquetWriter(
                    path,
                    schema.with_metadata({b"carnet.channels": names}),
                    compression={c: "none" if c in EVEN else "lz4" for c in COLUMNS},
                    use_dictionary=False,
                    column_encoding=dict.fromkeys(EVEN, "DELTA_BINARY_PACKED"),
                )
            writer.write_table(pa.Table.from_batches([pa.record_batch(batches, schema=schema)]), row_group_size=ROWS)
    finally:
        if writer is not None:
            writer.close()
