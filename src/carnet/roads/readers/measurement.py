"""MF4 measurements and MCAP logs as tables of the channels a mapping names.

An MF4 mapping names channels: {time: t, x: Longitude, y: Latitude}; all are taken at the moments of the channel of x,
by the last value before, never by a value in between. An MCAP mapping names topic and field:
{time: "@log", x: "/gnss longitude", y: "/gnss latitude"}. Messages are read as JSON, or by the schema that travels with
them (protobuf, ros1, cdr); a topic without one is recognized, not decoded, and says so.
Reading order: read_mf4(), read_mcap(), topics(). The first two return the columns the mapping names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from ...errors import BadInput, nearest

MOST_MESSAGES = 50_000_000


def read_mf4(path: Path, columns: Mapping[str, str]) -> pa.Table:
    """The named channels; `time` becomes a moment in UTC from the start of the measurement."""
    import logging

    from asammdf import MDF

    logging.getLogger("asammdf").setLevel(logging.CRITICAL)
    with path.open("rb") as stream:
        if stream.read(68)[64:] != b"##HD":
            raise BadInput(f"{path}: is no MF4 measurement that can be read: its header block is not at byte 64")
    try:
        with path.open("rb") as stream, MDF(stream) as file:
            known = set(file.channels_db)
            for name, channel in columns.items():
                if name != "time" and channel not in known:
                    raise BadInput(f"{path}: has no channel {channel!r} for {name}; {nearest(channel, known)}")
            lead = _only(file, columns["x"], path)
            moments = np.asarray(lead.timestamps, np.float64)
            start = int(file.start_time.astimezone(UTC).timestamp() * 1_000_000)
            out: dict[str, Any] = {}
            for name, channel in columns.items():
                if name == "time":
                    micro = start + np.rint(moments * 1_000_000).astype(np.int64)
                    out[channel] = pa.array(micro, pa.timestamp("us", "UTC"))
                    continue
                signal = _only(file, channel, path)
                at = np.searchsorted(signal.timestamps, moments, side="right") - 1
                values = np.asarray(signal.samples)
                taken = values[np.maximum(at, 0)]
                if taken.dtype.kind in "SUO":
                    texts = [t.decode("utf-8", "replace") if isinstance(t, bytes) else str(t) for t in taken.tolist()]
                    out[channel] = pa.array([t if ok else None for t, ok in zip(texts, at >= 0, strict=True)])
                else:
                    out[channel] = pa.array(taken.astype(np.float64), mask=at < 0)
            return pa.table(out)
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - a library that reads strangers' files may fail in any way
        raise BadInput(f"{path}: is no MF4 measurement that can be read: {type(error).__name__}: {error}") from None


def _only(file: Any, channel: str, path: Path) -> Any:
    """A channel by its name; raises BadInput when several groups hold one."""
    places = file.channels_db[channel]
    if len(places) > 1:
        raise BadInput(f"{path}: channel {channel!r} stands in {len(places)} groups; write one group's own name")
    group, index = places[0]
    return file.get(group=group, index=index, ignore_invalidation_bits=False)


def read_mcap(path: Path, columns: Mapping[str, str]) -> pa.Table:
    """The named fields of JSON messages, one row for each message of the topic that holds x."""
    from mcap.reader import make_reader

    wanted = {name: _split(path, name, text) for name, text in columns.items()}
    topic = wanted["x"][0]
    last: dict[str, Any] = {}
    rows: dict[str, list[Any]] = {text: [] for text in columns.values()}
    try:
        with path.open("rb") as file:
            names = sorted({t for t, _ in wanted.values() if t != "@log"})
            decoders: dict[int, Callable[[bytes], Any]] = {}
            for number, (schema, channel, message) in enumerate(make_reader(file).iter_messages(topics=names)):
                if number >= MOST_MESSAGES:
                    raise BadInput(f"{path}: holds more than {MOST_MESSAGES:,} messages; split it")
                if channel.id not in decoders:
                    decoders[channel.id] = _decoder(path, schema, channel)
                body = decoders[channel.id](message.data)
                for name, (of, field) in wanted.items():
                    if of == channel.topic:
                        last[name] = _dig(body, field)
                if channel.topic == topic:
                    for name, text in columns.items():
                        rows[text].append(message.log_time // 1000 if wanted[name][0] == "@log" else last.get(name))
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        raise BadInput(f"{path}: is no MCAP log that can be read: {type(error).__name__}: {error}") from None
    out = {}
    for name, text in columns.items():
        logged = wanted[name][0] == "@log"
        out[text] = (
            pa.array(rows[text], pa.timestamp("us", "UTC"))
            if logged
            else pa.array([None if v is None else str(v) for v in rows[text]])
        )
    return pa.table(out)


def _decoder(path: Path, schema: Any, channel: Any) -> Callable[[bytes], Any]:
    """What turns a message of a topic into plain data; raises BadInput when nothing describes it."""
    from . import descriptor, robot

    form, kind = channel.message_encoding, schema.encoding if schema else ""
    if form == "json":
        return json.loads
    try:
        if form == "protobuf" and kind == "protobuf":
            return descriptor.reader(schema.data, schema.name)
        if (form, kind) in (("ros1", "ros1msg"), ("cdr", "ros2msg")):
            return robot.reader(form, schema.name, schema.data.decode("utf-8"))
    except ValueError as error:
        raise BadInput(f"{path}: topic {channel.topic!r}: its schema {schema.name!r} cannot be read: {error}") from None
    raise BadInput(
        f"{path}: topic {channel.topic!r} is recognized, not decoded: it is written as {form!r}"
        + (f" with a schema of the kind {kind!r}" if kind else " without a schema")
    )


def topics(path: Path) -> list[dict[str, Any]]:
    """Every topic of a log: how it is written, how many messages it has, and whether it is decoded here."""
    from mcap.reader import make_reader

    try:
        with path.open("rb") as file:
            summary = make_reader(file).get_summary()
            if summary is None:
                raise BadInput(f"{path}: the log has no summary; close or repair it first")
            counts = summary.statistics.channel_message_counts if summary.statistics else {}
            rows = []
            for channel in sorted(summary.channels.values(), key=lambda c: (c.topic, c.id)):
                schema, why = summary.schemas.get(channel.schema_id), None
                try:
                    _decoder(path, schema, channel)
                except BadInput as refused:
                    why = str(refused).partition(": ")[2]
                rows.append(
                    {
                        "topic": channel.topic,
                        "encoding": channel.message_encoding,
                        "schema": schema.name if schema else None,
                        "messages": counts.get(channel.id, 0),
                        "decoded": why is None,
                        "reason": why,
                    }
                )
            return rows
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        raise BadInput(f"{path}: is no MCAP log that can be read: {type(error).__name__}: {error}") from None


def _split(path: Path, name: str, text: str) -> tuple[str, str]:
    if text == "@log" and name == "time":
        return "@log", ""
    topic, _, field = text.partition(" ")
    if not field:
        raise BadInput(f'{path}: {name}: write topic and field, such as "/gnss longitude", not {text!r}')
    return topic, field


def _dig(body: Any, field: str) -> Any:
    """A field by its dotted path; a whole number takes an element of a list."""
    for step in field.split("."):
        if isinstance(body, list) and step.isdecimal() and int(step) < len(body):
            body = body[int(step)]
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body
