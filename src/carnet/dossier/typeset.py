"""Plain values and a Typst template -> the bytes of a PDF, the same bytes every time.

The values travel as a JSON file that the template reads, never as markup, so no text in them can be a command. Latin
letters are set in the face that comes with the engine; a system font is named only for a script that occurs, so that
a machine's other fonts change nothing. The day of creation is the day of the law. Nothing is fetched: the templates
use no packages. Reading order: typeset(), faces().
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from .wording import GRAVEST, MARKS, REPORTED, clean

TEMPLATES = Path(__file__).parent / "templates"
BODY, SHAPES = "Libertinus Serif", "DejaVu Sans Mono"  # both come with Typst
_CJK = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Serif CJK SC", "Noto Sans SC", "Noto Sans JP")
_HANGUL = ("Noto Sans CJK KR", "Noto Sans CJK SC", "Noto Serif CJK KR", "Noto Sans KR")
# Script as Unicode names it -> the word a reader knows, and families that can show it, best first.
SCRIPTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "CJK": ("Chinese characters", _CJK),
    "HIRAGANA": ("Japanese kana", _CJK),
    "KATAKANA": ("Japanese kana", _CJK),
    "BOPOMOFO": ("Bopomofo", _CJK),
    "FULLWIDTH": ("wide letters", _CJK),
    "HALFWIDTH": ("narrow kana", _CJK),
    "HANGUL": ("Korean", _HANGUL),
    "ARABIC": ("Arabic", ("Noto Sans Arabic", "Noto Naskh Arabic", "Noto Kufi Arabic")),
    "THAI": ("Thai", ("Noto Sans Thai", "Noto Serif Thai", "Noto Looped Thai")),
}
COVERED = {
    "LATIN",
    "GREEK",
    "CYRILLIC",
    "HEBREW",
    "MODIFIER",
    "COMBINING",
    "DOUBLE-STRUCK",
    "SCRIPT",
    "MICRO",
    "OHM",
    "FEMININE",
    "MASCULINE",
}


def typeset(template: str, values: dict[str, Any], on: str, drawings: Mapping[str, str] | None = None) -> bytes:
    """Compile one template with its values; `on` is the day the file carries, `drawings` are SVG by file name."""
    import typst

    cleaned = _cleaned(values)
    fonts, lost = faces(cleaned)
    common = {
        "on": on,
        "fonts": fonts,
        "lost": lost,
        "reported": REPORTED,
        "words": {verdict: MARKS[verdict].word for verdict in GRAVEST},
        "shapes": {verdict: MARKS[verdict].shape for verdict in GRAVEST},
    }
    sources = {name: (TEMPLATES / name).read_bytes() for name in ("house.typ",)}
    sources["main.typ"] = (TEMPLATES / template).read_bytes()
    sources["data.json"] = json.dumps({**cleaned, **common}, ensure_ascii=False).encode("utf-8")
    family = f'font-family="{", ".join(fonts)}"'
    for name, svg in (drawings or {}).items():
        sources[name] = _FAMILY.sub(family, svg, count=1).encode("utf-8")
    stamp = datetime.fromisoformat(on).replace(tzinfo=UTC)
    compile_: Any = typst.compile  # its stub does not know that several files may be given by name
    found: bytes = compile_(sources, format="pdf", timestamp=stamp)
    return found


@cache
def families() -> frozenset[str]:
    """The font families that Typst can see on this machine."""
    import typst

    return frozenset(typst.Fonts().families())


def faces(values: Any) -> tuple[list[str], list[str]]:
    """The families to set these texts with, and the names of scripts for which there is none."""
    wanted = sorted({script for text in _texts(values) if not text.isascii() for script in _scripts(text)})
    chosen, lost = [BODY], []
    for script in wanted:
        word, candidates = SCRIPTS.get(
            script, (script.capitalize(), (f"Noto Sans {script.title()}", f"Noto Serif {script.title()}"))
        )
        found = next((family for family in candidates if family in families()), None)
        if found:
            chosen.append(found)
        else:
            lost.append(word)
    return list(dict.fromkeys([*chosen, SHAPES])), list(dict.fromkeys(lost))


def _scripts(text: str) -> Iterable[str]:
    letters = {c for c in text if ord(c) > 0x2FF and unicodedata.category(c)[0] == "L"}
    return {unicodedata.name(c, "unnamed").split()[0] for c in letters} - COVERED


def _breakable(word: re.Match[str]) -> str:
    """A word too long for a column, with places where it may break."""
    text = word.group()
    return "\N{ZERO WIDTH SPACE}".join(text[i : i + 16] for i in range(0, len(text), 16))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _texts(value)


# A drawing is set in the faces of the page, not in those of the machine.
_FAMILY = re.compile(r'font-family="[^"]*"')
_LONG = re.compile(r"(?!sha256:)\S{40,}")


def _cleaned(node: Any) -> Any:
    if isinstance(node, str):
        return _LONG.sub(_breakable, clean(node))
    if isinstance(node, dict):
        return {key: _cleaned(value) for key, value in node.items()}
    return [_cleaned(value) for value in node] if isinstance(node, list | tuple) else node
