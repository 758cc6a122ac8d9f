"""The passport as a page for people: one file, no script, a QR code that leads to the battery's own identifier.

A page shows what its reader may see, with method and evidence beside every value, and says why a field is empty.
Reading order: qr_svg(), page().
"""

from __future__ import annotations

import io
import json
from html import escape
from itertools import groupby
from typing import Any

from .passport import Field, view

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .5rem;border-bottom:1px solid #ccc;
vertical-align:top}caption{text-align:left;font-weight:600;padding:.8rem 0 .3rem}.empty{color:#595959}
header{display:flex;gap:1.5rem;align-items:center;flex-wrap:wrap}svg{width:9rem;height:9rem}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}th,td{border-color:#444}.empty{color:#b0b0b0}
svg{background:#fff;padding:.3rem}}
"""


def qr_svg(text: str) -> str:
    """A QR code as an inline picture with its text as name; medium error correction."""
    import segno

    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="svg", xmldecl=False, svgns=True, title=text, border=4)
    return buffer.getvalue().decode()


def page(lot: str, identifier: str, role: str, fields: tuple[Field, ...], on: str) -> str:
    """The page of one battery for one kind of reader; the same input gives the same bytes."""
    shown = [f for f in view(fields, role) if f.need != "none" or f.filled]
    tables = []
    for group, rows in groupby(shown, key=lambda f: f.group):
        body = "".join(_row(f) for f in rows)
        head = "<tr><th scope='col'>Field</th><th scope='col'>Value</th><th scope='col'>How it is known</th></tr>"
        title = escape(group.replace("_", " "))
        tables.append(f"<table><caption>{title}</caption><thead>{head}</thead><tbody>{body}</tbody></table>")
    picture = qr_svg(identifier) if identifier else ""
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>Battery passport {escape(lot)}</title><style>{_STYLE}</style></head><body>"
        f"<header>{picture}<div><h1>Battery passport</h1><p>{escape(identifier or lot)}</p>"
        f"<p>For {escape(role.replace('_', ' '))}, as of {escape(on)}.</p></div></header>"
        f"<main>{''.join(tables)}</main></body></html>\n"
    )


def _row(field: Field) -> str:
    if field.filled:
        value = f"{escape(_text(field.value))} {escape(field.unit)}".strip()
        known = ", ".join(x for x in (field.method.replace("_", " "), field.evidence, field.why) if x)
    else:
        value = "<span class='empty'>empty</span>"
        known = field.why
    return f"<tr><th scope='row'>{escape(field.means)}</th><td>{value}</td><td>{escape(known)}</td></tr>"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_text(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "; ".join(_text(v) for v in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
