"""The sheet that every drawing is drawn on: marks, text, scales, and how a number is written on an axis."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from html import escape

PALETTE = ("#2f74c8", "#c96a14", "#24885c", "#a84f97", "#c24545", "#17808f", "#85771f", "#6b7783")
FONT = "Noto Sans, Noto Sans SC, sans-serif"
WIDTH = 720.0
SIZE = 12.0


class Canvas:
    """Marks on a sheet `width` wide and as high as it needs; `svg()` gives the text."""

    def __init__(self, title: str, width: float = WIDTH) -> None:
        self.title = title
        self.width = width
        self.height = 0.0
        self._marks: list[str] = []

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, hint: str = "", opacity: float = 1
    ) -> None:
        """A filled box; `hint` shows when a pointer rests on it."""
        see = f' fill-opacity="{_n(opacity)}"' if opacity < 1 else ""
        box = f'x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" height="{_n(max(height, 0))}"'
        self._add(f'<rect {box} fill="{fill}"{see}', hint, y + height)

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        stroke: str = "currentColor",
        width: float = 1,
        faint: bool = False,
    ) -> None:
        """A straight line; a faint one is a grid line."""
        see = ' stroke-opacity="0.25"' if faint else ""
        ends = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
        self._add(f'<line {ends} stroke="{stroke}" stroke-width="{_n(width)}"{see}', "", max(y1, y2))

    def path(
        self,
        d: str,
        bottom: float,
        *,
        stroke: str = "none",
        fill: str = "none",
        width: float = 1.5,
        hint: str = "",
        opacity: float = 1,
    ) -> None:
        """Any outline, in SVG path words with finite numbers; `bottom` is its lowest point."""
        see = f' fill-opacity="{_n(opacity)}"' if opacity < 1 else ""
        self._add(f'<path d="{d}" fill="{fill}" stroke="{stroke}" stroke-width="{_n(width)}"{see}', hint, bottom)

    def dot(self, x: float, y: float, fill: str, hint: str = "", radius: float = 3.5) -> None:
        """A point."""
        self._add(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}"', hint, y + radius)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        anchor: str = "start",
        *,
        size: float = SIZE,
        bold: bool = False,
        fill: str = "currentColor",
    ) -> None:
        """One line of text whose baseline is `y`; anchor start, middle or end."""
        weight = ' font-weight="bold"' if bold else ""
        at = f' text-anchor="{anchor}"' if anchor != "start" else ""
        small = f' font-size="{_n(size)}"' if size != SIZE else ""
        self._marks.append(f'<text x="{_n(x)}" y="{_n(y)}"{at}{small}{weight} fill="{fill}">{_safe(text)}</text>')
        self.height = max(self.height, y + size / 3)

    def legend(self, names: Sequence[str], y: float, colors: Sequence[str] = PALETTE) -> float:
        """A row (or rows) of colored names from `y` down; gives the y below it."""
        x = 0.0
        for number, name in enumerate(names):
            need = 22 + measure(name)
            if x and x + need > self.width:
                x, y = 0.0, y + 18
            self.rect(x, y, 11, 11, colors[number % len(colors)])
            self.text(x + 16, y + 10, name)
            x += need + 10
        return y + 22

    def svg(self) -> str:
        """The drawing as one `<svg>` element."""
        box = f"0 0 {_n(self.width)} {_n(math.ceil(self.height + 4))}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{_n(self.width)}" '
            f'height="{_n(math.ceil(self.height + 4))}" role="img" font-family="{FONT}" font-size="{_n(SIZE)}">'
        )
        return f"{head}<title>{_safe(self.title)}</title>{''.join(self._marks)}</svg>"

    def _add(self, mark: str, hint: str, bottom: float) -> None:
        name = mark[1 : mark.index(" ")]
        self._marks.append(f"{mark}><title>{_safe(hint)}</title></{name}>" if hint else f"{mark}/>")
        self.height = max(self.height, bottom)


def _n(value: float) -> str:
    """A coordinate with at most two decimals; anything that is no number is drawn at zero."""
    if not math.isfinite(value):
        return "0"
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def _safe(text: str) -> str:
    """Text that any XML reader takes: markup escaped, control characters shown as a replacement sign."""
    return escape(
        "".join(
            c if c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and c not in "\ufffe\uffff" else "\ufffd" for c in text
        )
    )


def drawable(value: float) -> bool:
    """Whether a value has a place on a scale: a number, and below a quadrillion (beyond that it is a fault)."""
    return math.isfinite(value) and abs(value) < 1e15


def short(value: float) -> str:
    """A number as an axis or a label shows it: four significant digits, thousands apart."""
    if not drawable(value):
        return "unknown"
    if value and abs(value) < 0.001:
        return f"{value:.2g}"
    digits = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{min(digits, 6)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def measure(text: str, size: float = SIZE) -> float:
    """About how wide a line of text is: wide scripts count double."""
    return size * sum(1.0 if unicodedata.east_asian_width(c) in ("W", "F") else 0.56 for c in text)


def clip(text: str, width: float, size: float = SIZE) -> str:
    """Text that fits a width, shortened with an ellipsis; the whole belongs in the hint."""
    if measure(text, size) <= width:
        return text
    while text and measure(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`."""
    if not (drawable(low) and drawable(high)):
        return [0.0, 1.0]
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    step = next((power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999), power * 10)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [n * step for n in range(first, last + 1)]
