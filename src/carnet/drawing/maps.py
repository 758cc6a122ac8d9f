"""A map as a grid of tiles: one tile per economy, none bigger than another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .canvas import PALETTE, Canvas, clip

TILE = 54.0


def tiles(
    cells: Sequence[tuple[str, str, int, int, str]], title: str = "", colors: Mapping[str, str] | None = None
) -> str:
    """Tiles of (code, name, column, row, class); a class word has its color, given or the next, and a legend."""
    words = list(dict.fromkeys(word for *_, word in cells))
    shades = [(colors or {}).get(word, PALETTE[n % len(PALETTE)]) for n, word in enumerate(words)]
    across = max([column for _, _, column, _, _ in cells], default=0) + 1
    sheet = Canvas(title or "Map", max(TILE * across, 320))
    top = sheet.legend(words, 0, shades or PALETTE)
    for code, name, column, row, word in cells:
        x, y = TILE * column, top + TILE * row
        sheet.rect(x + 1, y + 1, TILE - 2, TILE - 2, shades[words.index(word)], f"{name}: {word}", 0.45)
        sheet.text(x + TILE / 2, y + 24, code.upper(), "middle", bold=True)
        sheet.text(x + TILE / 2, y + 40, clip(name, TILE - 6, 9), "middle", size=9)
    return sheet.svg()
