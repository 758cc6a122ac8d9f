"""Charts with two axes: lines, points, a heat map."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .canvas import PALETTE, Canvas, clip, drawable, measure, short, ticks

LEFT, TOP, HEIGHT = 64.0, 6.0, 240.0
MOST_POINTS = 1500


class Plane:
    """Two scales, a grid and what stands beside the axes."""

    def __init__(self, sheet: Canvas, xs: Sequence[float], ys: Sequence[float], x: str, y: str, top: float) -> None:
        known_x = [v for v in xs if drawable(v)] or [0.0, 1.0]
        known_y = [v for v in ys if drawable(v)] or [0.0, 1.0]
        self.x_marks, self.y_marks = ticks(min(known_x), max(known_x), 8), ticks(min(known_y), max(known_y), 5)
        self.left, self.right, self.top, self.bottom = LEFT, sheet.width - 16, top, top + HEIGHT
        for mark in self.x_marks:
            at = self.x(mark)
            sheet.line(at, self.top, at, self.bottom, faint=True)
            sheet.text(at, self.bottom + 15, short(mark), "middle", size=11)
        for mark in self.y_marks:
            at = self.y(mark)
            sheet.line(self.left, at, self.right, at, faint=True)
            sheet.text(self.left - 6, at + 4, short(mark), "end", size=11)
        sheet.text((self.left + self.right) / 2, self.bottom + 31, x, "middle", size=11)
        sheet.text(0, self.top - 8, y, size=11)

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * (value - self.x_marks[0]) / (
            (self.x_marks[-1] - self.x_marks[0]) or 1
        )

    def y(self, value: float) -> float:
        return self.bottom - HEIGHT * (value - self.y_marks[0]) / ((self.y_marks[-1] - self.y_marks[0]) or 1)


def lines(
    series: Sequence[tuple[str, Sequence[float], Sequence[float]]], x: str = "", y: str = "", title: str = ""
) -> str:
    """Curves over a common axis: name, xs, ys. A gap in the values is a gap in the curve."""
    sheet = Canvas(title or "Curves")
    top = (sheet.legend([name for name, _, _ in series], 0) if len(series) > 1 else 0) + (22 if y else TOP)
    plane = Plane(sheet, [v for _, xs, _ in series for v in xs], [v for _, _, ys in series for v in ys], x, y, top)
    for number, (name, xs, ys) in enumerate(series):
        step = max(1, math.ceil(len(xs) / MOST_POINTS))
        words, down = [], False
        for a, b in list(zip(xs, ys, strict=True))[::step]:
            if not (drawable(a) and drawable(b)):
                down = False
                continue
            words.append(f"{'L' if down else 'M'}{plane.x(a):.1f} {plane.y(b):.1f}")
            down = True
        if words:
            sheet.path("".join(words), plane.bottom, stroke=PALETTE[number % len(PALETTE)], width=1.8, hint=name)
    return sheet.svg()


def scatter(
    points: Sequence[tuple[str, float, float]], x: str = "", y: str = "", line: bool = False, title: str = ""
) -> str:
    """Named points; joined in the order given when `line` is set. Few points carry their name beside them."""
    sheet = Canvas(title or "Points")
    plane = Plane(sheet, [p[1] for p in points], [p[2] for p in points], x, y, 22 if y else TOP)
    seen = [(n, a, b) for n, a, b in points if drawable(a) and drawable(b)]
    if line and len(seen) > 1:
        words = "".join(f"{'L' if i else 'M'}{plane.x(a):.1f} {plane.y(b):.1f}" for i, (_, a, b) in enumerate(seen))
        sheet.path(words, plane.bottom, stroke=PALETTE[7])
    for name, a, b in seen:
        sheet.dot(plane.x(a), plane.y(b), PALETTE[0], f"{name}: {short(a)} {x}, {short(b)} {y}".strip())
        if len(seen) <= 25:
            end = plane.x(a) + measure(name, 11) + 8 > sheet.width
            sheet.text(plane.x(a) + (-6 if end else 6), plane.y(b) - 5, name, "end" if end else "start", size=11)
    return sheet.svg()


def heat(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    unit: str = "",
    title: str = "",
) -> str:
    """A table of shades: darker is more; an empty cell has a dash; numbers stand where there is room."""
    sheet = Canvas(title or "Heat map")
    left = min(200.0, max([measure(r) for r in rows], default=0) + 10)
    across = (sheet.width - left) / max(len(columns), 1)
    slanted = any(measure(c, 11) > across - 2 for c in columns)
    head = 18.0
    known = [v for row in values for v in row if v is not None and drawable(v)]
    low, high = (min(0.0, *known), max(known)) if known else (0.0, 1.0)
    for number, name in enumerate(columns):
        sheet.text(
            left + across * (number + 0.5), head - 6, clip(name, across - 2, 11) if slanted else name, "middle", size=11
        )
    for at, (name, row) in enumerate(zip(rows, values, strict=True)):
        y = head + 22 * at
        sheet.text(left - 6, y + 15, clip(name, left - 8), "end")
        for number, value in enumerate(row):
            x = left + across * number
            if value is None or not drawable(value):
                sheet.text(x + across / 2, y + 15, "–", "middle", size=11)
                continue
            share = (value - low) / ((high - low) or 1)
            hint = f"{name}, {columns[number]}: {short(value)} {unit}".strip()
            sheet.rect(x + 1, y + 1, across - 2, 20, PALETTE[0], hint, 0.08 + 0.62 * share)
            if measure(short(value), 11) <= across - 4:
                sheet.text(x + across / 2, y + 15, short(value), "middle", size=11)
    return sheet.svg()
