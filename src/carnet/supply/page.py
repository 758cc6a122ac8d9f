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
table{border-collapse:collapse;width:100%;table-layout:fixed}th,td{text-align:left;padding:.3rem .5rem;
border-bottom:1px solid #ccc;vertical-align:top;overflow-wrap:anywhere}th:first-child{width:34%}th:last-child{width:28%}
tbody th{font-weight:500}caption{text-align:left;font-weight:600;font-size:1.1rem;padding:1rem 0 .3rem}
caption::first-letter{text-transform:uppercase}.empty{color:#595959}h1{margin:0 0 .3rem;font-size:1.6rem}
header{display:flex;gap:1.5rem;align-items:center;flex-wrap:wrap}header p{margin:.2rem 0;overflow-wrap:anywhere}
svg{width:9rem;height:9rem;background:#fff}
@media(max-width:36rem){thead{display:none}tr,th,td{display:block;width:auto}th:first-child,th:last-child{width:auto}
tbody tr{border-bottom:1px solid #ccc;padding:.3rem 0}tbody th,td{border:0;padding:.1rem 0}td:last-child{color:#595959}}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}th,td,tbody tr{border-color:#444}
.empty,td:last-child{color:#b0b0b0}}
@media print{svg{width:4cm;height:4cm}tr{break-inside:avoid}}
"""


_READERS = {"public": "everybody", "legitimate_interest": "who has a legitimate interest", "authority": "authorities"}


def qr_svg(text: str) -> str:
    """A QR code as an inline picture with its text as name; medium error correction."""
    import segno

    buffer = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(buffer, kind="svg", xmldecl=False, svgns=True, title=text, border=4, omitsize=True)
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
        f"<p>What {escape(_READERS.get(role, role))} may see, as of {escape(on)}.</p></div></header>"
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
