"""XML and HTML that strangers send, as plain trees and lines: sizes bounded, nothing declared, nothing fetched.

A document type or an entity declaration is refused, so nothing can grow or reach outside; depth, elements and text are
counted while reading. HTML is read as text only: what a script or style holds is not text.
Reading order: Element, xml(), lines().
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.parsers import expat

from ...errors import BadInput

MOST_DEPTH, MOST_ELEMENTS, MOST_TEXT = 60, 200_000, 16 * 1024 * 1024
BREAKS = re.compile("p|br|div|tr|td|th|li|h[1-4]|table|section|dt|dd")


@dataclass(slots=True)
class Element:
    """One element: its local name, attributes by local name, text and children."""

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        """Every element of that local name below this one, in order of the document."""
        found, waiting = [], [self]
        while waiting:
            here = waiting.pop()
            if here.name == name:
                found.append(here)
            waiting += reversed(here.children)
        return found

    def said(self, *names: str) -> str:
        """The text of the first child of one of these names."""
        for name in names:
            for child in self.children:
                if child.name == name and (child.text.strip() or child.children):
                    return "".join(whole(child)).strip()
        return ""


def whole(element: Element) -> list[str]:
    """Every text of an element and what it holds."""
    found, waiting = [], [element]
    while waiting:
        here = waiting.pop()
        found.append(here.text)
        waiting += reversed(here.children)
    return found


def xml(raw: bytes, name: str) -> Element:
    """The root element; raises BadInput with the line for what is no plain XML."""
    parser = expat.ParserCreate(namespace_separator="}")
    root = Element("", {}, 0)
    stack, counted, text = [root], 0, 0

    def refuse(says: str) -> None:
        raise BadInput(f"{name}:{parser.CurrentLineNumber}: {says}")

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal counted
        counted += 1
        if counted > MOST_ELEMENTS or len(stack) > MOST_DEPTH:
            refuse(f"more than {MOST_ELEMENTS:,} elements or {MOST_DEPTH} levels are not read")
        plain = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        element = Element(tag.rpartition("}")[2], plain, parser.CurrentLineNumber)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_: str) -> None:
        stack.pop()

    pieces: dict[int, list[str]] = {}

    def characters(data: str) -> None:
        nonlocal text
        text += len(data)
        if text > MOST_TEXT:
            refuse(f"more than {MOST_TEXT:,} characters of text are not read")
        pieces.setdefault(id(stack[-1]), []).append(data)
        if len(pieces[id(stack[-1])]) > 1000:
            pieces[id(stack[-1])] = ["".join(pieces[id(stack[-1])])]
        stack[-1].text = ""
        held[id(stack[-1])] = stack[-1]

    held: dict[int, Element] = {}
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, characters
    parser.StartDoctypeDeclHandler = lambda *_: refuse(
        "declares a document type; entities and outside files are refused. Save it without <!DOCTYPE ...>."
    )
    parser.EntityDeclHandler = lambda *_: refuse("declares an entity; entities are refused")
    try:
        parser.Parse(raw, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise BadInput(f"{name}:{parser.CurrentLineNumber}: is not XML here: {error}") from None
    for key, element in held.items():
        element.text = "".join(pieces[key])
    return root.children[0]


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("script", "style")
        if BREAKS.fullmatch(tag):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style") and self.hidden:
            self.hidden -= 1
        if BREAKS.fullmatch(tag):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def lines(text: str) -> list[str]:
    """The lines a reader of an HTML page sees, blank ones left out."""
    reader = _Text()
    reader.feed(text)
    reader.close()
    return [line for part in "".join(reader.parts).split("\n") if (line := " ".join(part.split()))]
