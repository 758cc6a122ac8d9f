"""The languages of the pages: English as written, others from gettext catalogs, and a pseudo-language that tests see.

A catalog is locale/<code>.po, read by Babel. What a catalog does not hold stays English. The pseudo-language `xx` wraps
every text in brackets and stretches it, so that a text nobody can translate shows at once.
Reading order: OFFERED, speaker().
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

OFFERED = {"en": "English", "zh": "中文"}
PSEUDO = "xx"
LANGUAGES = (*OFFERED, PSEUDO)
LOCALE = Path(__file__).parent / "locale"
_STRETCH = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")


@cache
def catalog(code: str) -> dict[str, str]:
    """English text -> text in that language."""
    path = LOCALE / f"{code}.po"
    if not path.is_file():
        return {}
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=code) if m.id and m.string and not m.fuzzy}


def speaker(code: str) -> Callable[..., str]:
    """gettext for one language: text with {named} places, filled after translation."""
    words = catalog(code)

    def say(text: str, **places: object) -> str:
        said = words.get(text, text)
        if code == PSEUDO:
            said = "[" + "".join(_stretched(text)) + "]"
        return said.format(**places) if places else said

    return say


def _stretched(text: str) -> list[str]:
    """Accents on everything but the named places."""
    parts, inside = [], False
    for character in text:
        inside = character == "{" or (inside and character != "}")
        parts.append(character if inside or character == "}" else character.translate(_STRETCH))
    return parts
