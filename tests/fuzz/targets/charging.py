"""Charging: text logs, captures, binary traces, sessions made of frames, the codec.

Reading order: text(), capture(), blf(), mf4(), cache(), session(), codec(), TARGETS.
"""

from __future__ import annotations

import tempfile
import warnings
from functools import cache as once
from pathlib import Path

import numpy as np

from carnet.charging import checks, codec, frames, judgement, reference, sessions, talk, verdict, walker  # noqa: F401
from carnet.charging.ccs import packet_sessions
from carnet.charging.codec import Unencodable, decode, encode
from carnet.charging.frames import Frames
from carnet.charging.kernel import Walker as Swift
from carnet.charging.protocol import Library, library
from carnet.charging.readers import binary, open_recording, packets, recording, shapes, vendors  # noqa: F401
from carnet.charging.readers import capture as captures  # noqa: F401
from carnet.charging.readers import text as lines  # noqa: F401
from carnet.charging.reference import Walker as Slow
from carnet.charging.verdict import sessions_of


@once
def scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="carnet-fuzz-charging-"))


@once
def tables() -> Library:
    return library()


def read(raw: bytes, name: str) -> tuple[list[Frames], recording.Recording]:
    """Every chunk of a recording; what comes out is sound whatever went in."""
    path = scratch() / name
    path.write_bytes(raw)
    opened = open_recording(path)
    found, last = [], None
    for chunk in opened.chunks():
        assert int(chunk.id.max()) <= 0x1FFFFFFF
        assert int(chunk.length.max()) <= 8
        assert last is None or int(chunk.time[0]) >= last
        assert not (np.diff(chunk.time) < 0).any()
        last = int(chunk.time[-1])
        found.append(chunk)
    assert all(row["count"] >= 1 and row["line"] >= 1 for row in opened.skips.listed())
    opened.timing()
    return found, opened


def together(chunks: list[Frames]) -> list[list[int]]:
    return [np.concatenate([getattr(c, f) for c in chunks]).tolist() for f in Frames.__slots__] if chunks else []


def text(raw: bytes) -> None:
    """Any text: the compiled and the readable parser give the same frames."""
    found, opened = read(raw, "hostile.log")
    if opened.format == "candump log":
        again = open_recording(opened.path)
        assert together(list(again.chunks(swift=False))) == together(found)
        assert again.skips.rows == opened.skips.rows


def capture(raw: bytes) -> None:
    """A network capture, and the sessions heard in it."""
    heads = (b"\x0a\x0d\x0d\x0a", b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\xc3\xd4")
    _, opened = read(raw if raw[:4] in heads else heads[1] + raw[4:], "hostile.pcap")
    if opened.packets is not None:
        for one in packet_sessions(opened.packets, tables()):
            assert one.responsible in ("vehicle", "charger", "both", "unknown")
            assert one.story
            one.plain()


def blf(raw: bytes) -> None:
    """A Vector BLF, read by the library of the field."""
    read(raw if raw[:4] == b"LOGG" else b"LOGG" + raw[4:], "hostile.blf")


def mf4(raw: bytes) -> None:
    """An ASAM MF4, read by the library of the field."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read(raw if raw[:3] == b"MDF" else b"MDF     4.10    " + raw[16:], "hostile.mf4")


def cache(raw: bytes) -> None:
    """A Parquet file that claims to be our own cache."""
    read(raw if raw[:4] == b"PAR1" else b"PAR1" + raw[4:], "hostile.parquet")


def session(raw: bytes) -> None:
    """Frames of one family, five to fourteen bytes each: both walkers agree, and every record gets a verdict."""
    name = ("gbt27930", "chademo")[raw[0] & 1] if raw else "gbt27930"
    family = tables().families[name]
    known = [m.frame.id for m in family.messages.values()]
    transport = family.elder.transport
    known += [*transport.control.values(), *transport.data.values()] if transport else []
    rows, time, at = [], 0, 1
    while at + 3 <= len(raw) and len(rows) < 64:
        length = min(raw[at + 2] & 15, 8)
        time += (raw[at + 2] >> 4) ** 4 * 1000
        rows.append((len(rows) + 1, time, 0, known[raw[at] % len(known)], raw[at + 3 : at + 3 + length]))
        at += 3 + length
    chunk = frames.frames(rows)
    results = []
    for made in (Slow(family, 0), swift(name)):
        results.append([*made.feed(chunk), made.close()])
    assert results[0] == results[1]
    for record in results[0]:
        if (one := sessions_of(record, tables(), "judged", 1000, "can")) is not None:
            assert one.ended_by.rule
            one.plain()


def swift(name: str) -> Swift:
    return Swift(tables().families[name], 0)


def codec_(raw: bytes) -> None:
    """Any payload of any message decodes; what decodes to numbers of the grid encodes back or is refused by name."""
    spoken = [p for p in tables().protocols.values() if p.messages]
    protocol = spoken[raw[0] % len(spoken)] if raw else spoken[0]
    names = list(protocol.messages)
    name = names[raw[1] % len(names)] if len(raw) > 1 else names[0]
    payload = raw[2:66]
    columns = decode(protocol.messages[name], np.frombuffer(payload, np.uint8).reshape(1, -1))
    values = {n: c[0] if isinstance(c, list) else tuple(c[0]) if c[0].ndim else float(c[0]) for n, c in columns.items()}
    try:
        again = encode(protocol, name, values, length=len(payload))
    except Unencodable as refused:
        named(refused, name)
        return
    assert len(again) == len(payload)


def named(refused: Exception, name: str) -> None:
    """A refusal says which message it is about."""
    assert name in str(refused)


codec_.__name__ = "codec"
TARGETS = (text, capture, blf, mf4, cache, session, codec_)
LIMITS = {
    "text": {"rss_mb": 768},
    "capture": {"rss_mb": 768},
    "blf": {"rss_mb": 768},
    "mf4": {"rss_mb": 1024, "max_len": 8192},
    "cache": {"rss_mb": 768, "max_len": 8192},
    "session": {"rss_mb": 768, "max_len": 640},
    "codec": {"rss_mb": 768, "max_len": 80},
}
