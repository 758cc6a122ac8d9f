"""A route's chapter for the terminal, as Markdown and as one page that needs nothing else.

Reading order: terminal(), markdown(), page().
"""

from __future__ import annotations

import textwrap
from html import escape

from ..chapter import Chapter, Figure, Listing, Part, Table

WIDTH = 100
NUMBER = ' class="n"'
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem}}
.wide{{overflow-x:auto}}table{{border-collapse:collapse;margin:.5rem 0 1rem;font-size:.9rem}}
caption{{text-align:left;font-weight:600;font-size:1.15rem;padding:.8rem 0 .3rem}}
td,th{{border-bottom:1px solid #8886;padding:.3rem .7rem .3rem 0;text-align:left;vertical-align:top}}
td.n{{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}}
figure{{margin:1rem 0;overflow-x:auto}}svg{{max-width:100%}}figcaption,.note{{opacity:.75;font-size:.85rem}}
.lead{{font-size:1.15rem}}@media print{{body{{font-size:11px}}}}
</style></head><body><main><h1>{title}</h1>
<p class="lead">{lead}</p>
{body}
</main></body></html>
"""


def page(chapter: Chapter, title: str) -> str:
    """One HTML file; it asks nothing of anybody."""
    body = "\n".join(_html(part) for part in chapter.parts)
    return PAGE.format(title=escape(f"{chapter.title}: {title}"), lead=escape(chapter.lead), body=body)


def _html(part: Part) -> str:
    if isinstance(part, Table):
        numbers = set(part.numeric)
        heads = "".join(f'<th scope="col">{escape(c)}</th>' for c in part.columns)
        rows = "\n".join(
            "<tr>"
            + "".join(f"<td{NUMBER if i in numbers else ''}>{escape(c)}</td>" for i, c in enumerate(row))
            + "</tr>"
            for row in part.rows
        )
        note = f'<p class="note">{escape(part.note)}</p>' if part.note else ""
        return (
            f'<div class="wide"><table><caption>{escape(part.title)}</caption><thead><tr>{heads}</tr></thead>'
            f"<tbody>\n{rows}\n</tbody></table></div>{note}"
        )
    if isinstance(part, Figure):
        note = f"<figcaption>{escape(part.note)}</figcaption>" if part.note else ""
        head = f"<h2>{escape(part.title)}</h2>"
        return f'<figure role="group" aria-label="{escape(part.alt)}">{head}{part.svg}{note}</figure>'
    if isinstance(part, Listing):
        return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in part.items) + "</ul>"
    return f"<p>{escape(part.text)}</p>"


def markdown(chapter: Chapter, title: str) -> str:
    """The same as Markdown; drawings become their words."""
    lines = [f"# {chapter.title}: {title}", "", chapter.lead, ""]
    for part in chapter.parts:
        if isinstance(part, Table):
            lines += [f"## {part.title}", "", "| " + " | ".join(_cell(c) for c in part.columns) + " |"]
            lines.append("|" + "|".join("---:" if i in part.numeric else "---" for i in range(len(part.columns))) + "|")
            lines += ["| " + " | ".join(_cell(c) for c in row) + " |" for row in part.rows]
            lines += ["", part.note, ""] if part.note else [""]
        elif isinstance(part, Figure):
            lines += [f"## {part.title}", "", part.alt, ""]
        elif isinstance(part, Listing):
            lines += [*(f"- {item}" for item in part.items), ""]
        else:
            lines += [part.text, ""]
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ") or " "


def terminal(chapter: Chapter, title: str) -> str:
    """The same for 100 columns: wide tables become blocks, one per row."""
    lines = [f"{title}", "", *_wrapped(chapter.lead), ""]
    for part in chapter.parts:
        if isinstance(part, Figure):
            continue
        if isinstance(part, Table):
            lines += [part.title, "-" * len(part.title), *_rows(part)]
            lines += [*_wrapped(part.note, "  "), ""] if part.note else [""]
        elif isinstance(part, Listing):
            lines += [line for item in part.items for line in _wrapped(item, "  ", "- ")] + [""]
        else:
            lines += [*_wrapped(part.text), ""]
    return "\n".join(lines).rstrip() + "\n"


def _rows(part: Table) -> list[str]:
    widths = [max(len(r[i]) for r in (part.columns, *part.rows)) for i in range(len(part.columns))]
    if sum(widths) + 2 * len(widths) <= WIDTH:
        rows = [part.columns, tuple("-" * w for w in widths), *part.rows]
        return [
            "  ".join(
                c.rjust(w) if i in part.numeric else c.ljust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True))
            ).rstrip()
            for r in rows
        ]
    lines: list[str] = []
    for row in part.rows:
        lines += _wrapped(row[0])
        for head, cell in list(zip(part.columns, row, strict=True))[1:]:
            lines += _wrapped(f"{head}: {cell}", "    ") if cell and cell != "-" else []
    return lines


def _wrapped(text: str, indent: str = "", bullet: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent + bullet,
        subsequent_indent=indent + " " * len(bullet),
        break_long_words=False,
    ) or [""]
