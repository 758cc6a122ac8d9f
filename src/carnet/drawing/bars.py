"""Charts of labeled rows: bars, stacked bars, waterfall, intervals, a schedule."""

from __future__ import annotations

from collections.abc import Sequence

from .canvas import PALETTE, Canvas, clip, drawable, measure, short, ticks

ROW, BAR, LABELS = 26.0, 16.0, 250.0


class Scale:
    """From a value to an x on the sheet."""

    def __init__(self, low: float, high: float, left: float, right: float) -> None:
        self.marks = ticks(low, high)
        self.low, self.high = self.marks[0], self.marks[-1]
        self.left, self.right = left, right

    def __call__(self, value: float) -> float:
        part = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.left + (self.right - self.left) * min(max(part, 0.0), 1.0)


def _frame(
    title: str, labels: Sequence[str], low: float, high: float, unit: str, top: float = 0, tail: float = 64
) -> tuple[Canvas, Scale]:
    """A sheet with one labeled row per name, a grid and an axis below them."""
    sheet = Canvas(title)
    left = min(LABELS, max([measure(name) for name in labels], default=0) + 12)
    scale = Scale(low, high, left, sheet.width - tail)
    bottom = top + ROW * len(labels)
    for mark in scale.marks:
        x = scale(mark)
        sheet.line(x, top, x, bottom, faint=mark != 0, width=1)
        sheet.text(x, bottom + 15, short(mark), "middle", size=11)
    if unit:
        sheet.text(sheet.width, bottom + 29, unit, "end", size=11)
    for number, name in enumerate(labels):
        sheet.text(left - 8, top + ROW * number + 17, clip(name, left - 10), "end")
    sheet.height = max(sheet.height, bottom + 20)
    return sheet, scale


def _known(values: Sequence[float]) -> list[float]:
    return [v for v in values if drawable(v)]


def bars(rows: Sequence[tuple[str, float]], unit: str = "", title: str = "", color: str = PALETTE[0]) -> str:
    """Horizontal bars; a value that is no number is written `unknown` and has no bar."""
    known = _known([v for _, v in rows])
    sheet, scale = _frame(title or "Bars", [n for n, _ in rows], min([0.0, *known]), max([0.0, *known]), unit)
    for number, (name, value) in enumerate(rows):
        y = ROW * number + 5
        if drawable(value):
            a, b = sorted((scale(0), scale(value)))
            sheet.rect(a, y, max(b - a, 1), BAR, color, f"{name}: {short(value)} {unit}".strip())
        sheet.text((scale(max(value, 0.0)) if drawable(value) else scale(0)) + 5, y + 12, short(value), size=11)
    return sheet.svg()


def stacked(rows: Sequence[tuple[str, Sequence[float]]], series: Sequence[str], unit: str = "", title: str = "") -> str:
    """Horizontal stacked bars; negative parts grow to the left of zero. The sum stands at the end of each row."""
    low = min([0.0, *(sum(min(v, 0.0) for v in _known(vs)) for _, vs in rows)])
    high = max([0.0, *(sum(max(v, 0.0) for v in _known(vs)) for _, vs in rows)])
    sheet = Canvas(title or "Stacked bars")
    top = sheet.legend(series, 0)
    sheet, scale = _frame(title or "Stacked bars", [n for n, _ in rows], low, high, unit, top)
    sheet.legend(series, 0)
    for number, (name, values) in enumerate(rows):
        y, plus, minus = top + ROW * number + 5, 0.0, 0.0
        for at, value in enumerate(values):
            if not drawable(value) or value == 0:
                continue
            start = plus if value > 0 else minus
            a, b = sorted((scale(start), scale(start + value)))
            sheet.rect(
                a, y, b - a, BAR, PALETTE[at % len(PALETTE)], f"{name}, {series[at]}: {short(value)} {unit}".strip()
            )
            plus, minus = (plus + value, minus) if value > 0 else (plus, minus + value)
        sheet.text(scale(plus) + 5, y + 12, short(sum(_known(values))), size=11)
    return sheet.svg()


def waterfall(
    steps: Sequence[tuple[str, float]],
    start: tuple[str, float],
    end: tuple[str, float],
    unit: str = "",
    title: str = "",
) -> str:
    """From one total to another, step by step: totals in gray, rises and falls in two colors."""
    level, levels = start[1], [0.0, start[1], end[1]]
    for _, delta in steps:
        level += delta
        levels.append(level)
    names = [start[0], *(n for n, _ in steps), end[0]]
    sheet, scale = _frame(title or "Waterfall", names, min(levels), max(levels), unit, tail=80)
    level = start[1]
    rows = [(start[0], 0.0, start[1], PALETTE[7])]
    for name, delta in steps:
        rows.append((name, level, level + delta, PALETTE[4] if delta > 0 else PALETTE[2]))
        level += delta
    rows.append((end[0], 0.0, end[1], PALETTE[7]))
    for number, (name, a, b, color) in enumerate(rows):
        y = ROW * number + 5
        left, right = sorted((scale(a), scale(b)))
        total = number in (0, len(rows) - 1)
        said = short(b) if total else f"{b - a:+,.4g}"
        sheet.rect(left, y, max(right - left, 1), BAR, color, f"{name}: {said} {unit}".strip())
        sheet.text(right + 5, y + 12, said, size=11)
        if number < len(rows) - 1:
            sheet.line(scale(b), y + BAR, scale(b), y + ROW, faint=True)
    return sheet.svg()


def interval(rows: Sequence[tuple[str, float, float | None, float]], unit: str = "", title: str = "") -> str:
    """Low to high as a band, with a mark at the middle value where there is one."""
    known = _known([v for _, a, m, b in rows for v in (a, b, *((m,) if m is not None else ()))])
    sheet, scale = _frame(
        title or "Ranges", [r[0] for r in rows], min([0.0, *known]), max([0.0, *known]), unit, tail=120
    )
    for number, (name, low, mid, high) in enumerate(rows):
        y = ROW * number + 5
        said = f"{short(low)} to {short(high)}" + (f", {short(mid)}" if mid is not None else "")
        if drawable(low) and drawable(high):
            sheet.rect(
                scale(low),
                y + 2,
                max(scale(high) - scale(low), 2),
                BAR - 4,
                PALETTE[0],
                f"{name}: {said} {unit}".strip(),
                0.55,
            )
        if mid is not None and drawable(mid):
            sheet.rect(scale(mid) - 1.5, y - 1, 3, BAR + 2, PALETTE[1], f"{name}: {short(mid)} {unit}".strip())
        sheet.text(
            scale(high if drawable(high) else 0) + 5,
            y + 12,
            said if mid is None else f"{short(low)} to {short(high)}",
            size=11,
        )
    return sheet.svg()


def gantt(rows: Sequence[tuple[str, float, float, str]], unit: str = "weeks", title: str = "") -> str:
    """A schedule: label, start, end, group; a color for each group."""
    groups = list(dict.fromkeys(group for *_, group in rows))
    top = Canvas(title).legend(groups, 0) if len(groups) > 1 else 0.0
    ends = _known([end for _, _, end, _ in rows])
    starts = _known([start for _, start, _, _ in rows])
    sheet, scale = _frame(
        title or "Schedule", [r[0] for r in rows], min([0.0, *starts]), max([0.0, *ends]), unit, top, 40
    )
    if len(groups) > 1:
        sheet.legend(groups, 0)
    for number, (name, start, end, group) in enumerate(rows):
        y = top + ROW * number + 5
        color = PALETTE[groups.index(group) % len(PALETTE)]
        sheet.rect(
            scale(start),
            y,
            max(scale(end) - scale(start), 3),
            BAR,
            color,
            f"{name}: {short(start)} to {short(end)} {unit}",
        )
    return sheet.svg()
