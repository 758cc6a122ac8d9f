"""MF4 measurements and MCAP logs as tables of the channels a mapping names.

An MF4 mapping names channels: {time: t, x: Longitude, y: Latitude}; all are taken at the moments of the channel of x,
by the last value before, never by a value in between. An MCAP mapping names topic and field:
{time: "@log", x: "/gnss longitude", y: "/gnss latitude"}; only messages written as JSON are read, others are counted.
Reading order: read_mf4(), read_mcap(). Both return a pyarrow table with the columns the mapping names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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
            topics = sorted({t for t, _ in wanted.values() if t != "@log"})
            for number, (_, channel, message) in enumerate(make_reader(file).iter_messages(topics=topics)):
                if number >= MOST_MESSAGES:
                    raise BadInput(f"{path}: holds more than {MOST_MESSAGES:,} messages; split it")
                if channel.message_encoding != "json":
                    raise BadInput(
                        f"{path}: topic {channel.topic!r} is written as {channel.message_encoding!r}; only json is read"
                    )
                body = json.loads(message.data)
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


def _split(path: Path, name: str, text: str) -> tuple[str, str]:
    if text == "@log" and name == "time":
        return "@log", ""
    topic, _, field = text.partition(" ")
    if not field:
        raise BadInput(f'{path}: {name}: write topic and field, such as "/gnss longitude", not {text!r}')
    return topic, field


def _dig(body: Any, field: str) -> Any:
    for step in field.split("."):
        body = body.get(step) if isinstance(body, dict) else None
    return body
