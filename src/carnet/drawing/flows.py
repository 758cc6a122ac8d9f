"""A flow drawing from left to right: what comes from where and goes where."""

from __future__ import annotations

from collections.abc import Sequence

from .canvas import PALETTE, Canvas, clip, drawable, short

NODE, GAP, HEIGHT = 12.0, 10.0, 320.0
THINNEST = 1e-100  # less is nothing


def sankey(links: Sequence[tuple[str, str, float]], unit: str = "", title: str = "") -> str:
    """Bands from source to target, as thick as their amount; links that close a circle are left out and counted."""
    sheet = Canvas(title or "Flows")
    flows = [(a, b, v) for a, b, v in links if drawable(v) and v > THINNEST and a != b]
    kept, column, dropped = _columns(flows)
    if not kept:
        sheet.text(0, 14, "no flows to show")
        return sheet.svg()
    inward, outward = dict.fromkeys(column, 0.0), dict.fromkeys(column, 0.0)
    for a, b, v in kept:
        outward[a] += v
        inward[b] += v
    size = {name: max(inward[name], outward[name]) for name in column}
    last = max(column.values())
    stacks = [[n for n in column if column[n] == c] for c in range(last + 1)]
    per = min((HEIGHT - GAP * (len(s) - 1)) / sum(size[n] for n in s) for s in stacks if s)
    per = max(per, HEIGHT / 4 / sum(size[n] for n in stacks[0]))
    across = (sheet.width - 150 - NODE) / max(last, 1)
    top: dict[str, float] = {}
    for stack in stacks:
        y = 4.0
        for name in sorted(stack, key=lambda n: (-size[n], n)):
            top[name] = y
            y += max(size[name] * per, 2) + GAP
    colors = {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(column)}
    left_at, right_at = dict(top), dict(top)
    for a, b, v in sorted(kept, key=lambda f: (column[f[0]], top[f[0]], top[f[1]])):
        thick = max(v * per, 0.7)
        x1, x2 = across * column[a] + NODE, across * column[b]
        y1, y2 = right_at[a], left_at[b]
        right_at[a] += v * per
        left_at[b] += v * per
        mid = (x1 + x2) / 2
        d = (
            f"M{x1:.1f} {y1:.1f}C{mid:.1f} {y1:.1f} {mid:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
            f"L{x2:.1f} {y2 + thick:.1f}"
            f"C{mid:.1f} {y2 + thick:.1f} {mid:.1f} {y1 + thick:.1f} {x1:.1f} {y1 + thick:.1f}Z"
        )
        sheet.path(
            d, max(y1, y2) + thick, fill=colors[a], width=0, hint=f"{a} to {b}: {short(v)} {unit}".strip(), opacity=0.4
        )
    for name, at in column.items():
        x, high = across * at, max(size[name] * per, 2)
        sheet.rect(x, top[name], NODE, high, colors[name], f"{name}: {short(size[name])} {unit}".strip())
        room = across - NODE - 8 if at < last else 146 - NODE
        sheet.text(x + NODE + 4, top[name] + max(high / 2 + 4, 10), clip(f"{name} {short(size[name])}", room), size=11)
    if unit or dropped:
        note = f"in {unit}" if unit else ""
        note += (
            f"{'; ' if note and dropped else ''}{dropped} flows back to an earlier stage are not drawn"
            if dropped
            else ""
        )
        sheet.text(0, sheet.height + 18, note, size=11)
    return sheet.svg()


def _columns(flows: Sequence[tuple[str, str, float]]) -> tuple[list[tuple[str, str, float]], dict[str, int], int]:
    """(links without circles, name -> column, how many were left out). The column is the longest way from a source."""
    merged: dict[tuple[str, str], float] = {}
    for a, b, v in flows:
        merged[a, b] = merged.get((a, b), 0.0) + v
    after: dict[str, list[str]] = {}
    kept: list[tuple[str, str, float]] = []
    for (a, b), v in merged.items():
        if not _reaches(after, b, a):
            after.setdefault(a, []).append(b)
            kept.append((a, b, v))
    column: dict[str, int] = {}
    for a, b, _ in kept:
        column.setdefault(a, 0)
        column.setdefault(b, 0)
    for _ in range(len(column)):
        moved = False
        for a, b, _v in kept:
            if column[b] < column[a] + 1:
                column[b], moved = column[a] + 1, True
        if not moved:
            break
    return kept, column, len(merged) - len(kept)


def _reaches(after: dict[str, list[str]], start: str, goal: str) -> bool:
    seen, stack = set(), [start]
    while stack:
        node = stack.pop()
        if node == goal:
            return True
        if node not in seen:
            seen.add(node)
            stack += after.get(node, [])
    return False
