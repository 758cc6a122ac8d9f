"""The exchange's own log for witnesses: its signed checkpoint and its tree as tiles of hashes.

    /log/checkpoint        origin, size, root, moment, signature
    /log/tile/0/x001/234   256 hashes; /log/tile/0/000.p/7 the seven there are so far
    /log/key               the key that signs

Everybody may read them: a tile holds hashes of entries, never entries, and whoever keeps a checkpoint can show that
the past was rewritten. Tiles of entries are not served, because entries belong to their organizations.
Reading order: Place, hashes(), the routes.
Source: C2SP tlog-tiles and tlog-checkpoint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Path, Response

from ...ledger.merkle import HASH_BYTES, Tree, node_hash
from .asking import OPEN, House, operation
from .problems import Refusal
from .settings import now

router = APIRouter(prefix="/log", tags=["log"])
HEIGHT = 8
WIDTH = 1 << HEIGHT
MOST_LEVEL = 7  # 256 to the eighth is beyond every log
_NUMBER = re.compile(r"((?:x\d{3}/){0,4})(\d{3})(?:\.p/([1-9]\d{0,2}))?")
BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
PLAIN = {"text/plain; charset=utf-8": {"schema": {"type": "string"}}}


@dataclass(frozen=True)
class Place:
    """Which tile: its level, its number, and how many hashes of it are asked for."""

    level: int
    number: int
    width: int

    @classmethod
    def read(cls, level: int, text: str) -> Place | None:
        """The place an address names; None for one that is not written in its one form."""
        found = _NUMBER.fullmatch(text)
        if not found or not 0 <= level <= MOST_LEVEL:
            return None
        groups, width = found[1].replace("x", "").replace("/", ""), int(found[3] or WIDTH)
        if (groups and int(groups[:3]) == 0) or width > WIDTH or (found[3] and width == WIDTH):
            return None
        return cls(level, int(groups + found[2]), width)


def hashes(tree: Tree, place: Place) -> bytes | None:
    """The hashes of a tile; None when the log is not that long yet."""
    first, span = place.number << HEIGHT, 1 << HEIGHT * place.level
    if (first + place.width) * span > len(tree):
        return None
    return b"".join(_top(tree, n * span, span) for n in range(first, first + place.width))


@lru_cache(maxsize=65536)
def _top(tree: Tree, start: int, width: int) -> bytes:
    """The root of a complete part of the tree, made of parts of 256 less; it never changes, so it is remembered."""
    if width == 1:
        return tree.leaf(start)
    part = width // WIDTH
    row = [_top(tree, start + n * part, part) for n in range(WIDTH)]
    while len(row) > 1:
        row = [node_hash(row[n], row[n + 1]) for n in range(0, len(row), 2)]
    return row[0]


@operation(router, "GET", "/checkpoint", None, answers=PLAIN, response_class=Response, dependencies=OPEN)
def checkpoint(exchange: House) -> Response:
    """The log as it is now, signed."""
    with exchange.store.look() as view:
        _, note = exchange.keeper.now(view, now())
    return Response(note, media_type="text/plain; charset=utf-8")


@operation(router, "GET", "/key", None, answers=PLAIN, response_class=Response, dependencies=OPEN)
def key(exchange: House) -> Response:
    """The name of the log and the key that signs its checkpoints, as text."""
    keeper = exchange.keeper
    return Response(f"{keeper.origin} {keeper.signer.public.multibase}\n", media_type="text/plain; charset=utf-8")


@operation(
    router,
    "GET",
    "/tile/{level}/{place:path}",
    None,
    ["not-found"],
    answers=BYTES,
    response_class=Response,
    dependencies=OPEN,
)
def tile(
    exchange: House, level: Annotated[int, Path(ge=0, le=63)], place: Annotated[str, Path(max_length=40)]
) -> Response:
    """Hashes of the log: 256 a tile, or as many as its address says where the tile is not full yet."""
    wanted = Place.read(level, place)
    raw = None
    if wanted is not None:
        with exchange.store.look() as view:
            raw = hashes(exchange.keeper.tree(view), wanted)
    if wanted is None or raw is None:
        raise Refusal("not-found", "the log has no such tile, or is not that long yet; ask for its checkpoint")
    assert len(raw) == wanted.width * HASH_BYTES
    full = wanted.width == WIDTH
    kept = {"Cache-Control": "public, max-age=31536000, immutable" if full else "public, max-age=3600"}
    return Response(raw, media_type="application/octet-stream", headers=kept)
