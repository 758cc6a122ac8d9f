"""XML of somebody else as a small tree, by expat alone: declared document types and entities are refused outright."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

MOST_DEPTH, MOST_NODES = 40, 2_000_000


@dataclass(slots=True)
class Node:
    """An element: its name without namespace, attributes, text and children."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, name: str) -> list[Node]:
        return [c for c in self.children if c.name == name]

    def first(self, *path: str) -> Node | None:
        """The first descendant along names; None when the way ends."""
        here: Node | None = self
        for name in path:
            here = next((c for c in here.children if c.name == name), None) if here else None
        return here

    def words(self, *path: str) -> str:
        """The text at a path, empty when there is none."""
        found = self.first(*path)
        return found.text.strip() if found else ""


class Hostile(ValueError):
    """XML that asks for more than its own text."""


def tree(data: bytes) -> Node:
    """Bytes -> the root; raises ValueError with a sentence for what is broken, too deep or declares entities."""
    root = Node("", {})
    stack = [root]
    count = 0
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def refuse(*_: object) -> int:
        raise Hostile("declares a document type or entities; footprint data needs neither, so it is not read")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > MOST_DEPTH or count > MOST_NODES:
            raise Hostile(f"nests deeper than {MOST_DEPTH} levels or holds more than {MOST_NODES:,} elements")
        node = Node(name.rpartition("}")[2], {k.rpartition("}")[2]: v for k, v in attributes.items()})
        stack[-1].children.append(node)
        stack.append(node)

    def end(_: str) -> None:
        stack.pop()

    def characters(text: str) -> None:
        stack[-1].text += text

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError) as error:  # LookupError: an encoding nobody knows
        raise ValueError(f"is not well-formed XML: {error}") from None
    if not root.children:
        raise ValueError("holds no element")
    return root.children[0]
