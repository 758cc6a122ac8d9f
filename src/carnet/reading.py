"""The one YAML reader: every value keeps its file, line and column; every surprise is refused with a sentence.

YAML 1.2 core, read from libyaml's event stream (never its object constructor): no anchors, aliases, tags or second
documents, no duplicate keys, no plain scalars that YAML 1.1 would read differently (NO, 1:20, bare dates, 012), at
most 4 MiB, 200,000 values and 40 levels. All problems of a file are reported, not the first; only a syntax error or
a limit ends the reading.
`shape` then checks a document against a pydantic model and turns its complaints into sentences with places.
Reading order: Document, read(), Document.at(), shape().
Source: YAML 1.2.2, section 10.3 (core schema; cited, not quoted).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from .errors import BadInput, Problem, nearest
from .waist import Place

if TYPE_CHECKING:
    from pydantic import BaseModel

MOST_BYTES, MOST_DEPTH, MOST_DIGITS = 4 * 1024 * 1024, 40, 40
MOST_VALUES, MOST_PROBLEMS = 200_000, 200
Path_ = tuple[str | int, ...]

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_UNPRINTABLE = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_OLD_BOOL = re.compile(r"(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)")
_OLD_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt ].*)?")
_OLD_SIXTY = re.compile(r"[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?")
_OLD_NUMBER = re.compile(r"[-+]?(?:0[0-9_]+|0[xXbBoO][0-9a-fA-F_]+|\d[\d_]*_[\d_]*|\.(?:inf|Inf|INF|nan|NaN|NAN))")


@dataclass(slots=True)
class Document:
    """A file as plain dicts, lists and scalars, with the place of every key and item."""

    name: str
    plain: Any
    places: dict[Path_, tuple[int, int]]
    digest: str
    problems: list[Problem] = field(default_factory=list)
    written: dict[Path_, str] = field(default_factory=dict)  # fractions as they stand in the file: 1.20 is not 1.2

    def at(self, path: Path_) -> Place:
        """The place of the longest known beginning of `path`."""
        while path and path not in self.places:
            path = path[:-1]
        return Place(self.name, *self.places.get(path, (1, 1)))


def read(path: Path, name: str = "") -> Document:
    """Read a YAML file; raises BadInput with every problem found. `name` is what places call the file."""
    # A name that is no UTF-8 is shown with escapes: every form of an answer must be able to print it.
    name = (name or str(path)).encode("utf-8", "backslashreplace").decode()
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise BadInput([Problem(Place(name), _too_big(size))])
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)  # a pipe or a device has no size to ask for
    except OSError as error:
        raise BadInput(
            [Problem(Place(name), f"cannot be read: {error.strerror or error}", "Check the path and its permissions.")]
        ) from None
    document = parse(raw, name)
    if document.problems:
        raise BadInput(document.problems)
    return document


def _too_big(size: int) -> str:
    return (
        f"the file has {size:,} bytes; at most {MOST_BYTES:,} are read. Put bulk numbers into CSV or Parquet beside it"
    )


def parse(raw: bytes, name: str) -> Document:
    """Bytes -> Document with its problems collected, never raising for what the file holds."""
    document = Document(name, None, {}, hashlib.sha256(raw).hexdigest())
    if len(raw) > MOST_BYTES:
        document.problems.append(Problem(Place(name), _too_big(len(raw))))
        return document
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = (
            "It looks like UTF-16; save it as UTF-8." if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "Save it as UTF-8."
        )
        document.problems.append(Problem(Place(name, line), f"byte {error.start} is not UTF-8", hint))
        return document
    builder = _Builder(document)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(name, mark.line + 1, mark.column + 1) if mark else _character(text, name)
        says = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        document.problems.append(
            Problem(place, f"is not YAML here: {says}", "Often a missing quote, a tab, or a ': ' inside plain text.")
        )
    except _Stop:
        pass
    document.plain = builder.root
    return document


def _character(text: str, name: str) -> Place:
    """The place of the first character that YAML does not admit."""
    found = _UNPRINTABLE.search(text)
    at = found.start() if found else 0
    return Place(name, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


class _Stop(Exception):
    """Nothing more can be said after this problem."""


class _Builder:
    """Events -> plain values and places, with an explicit stack (no recursion on hostile depth)."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root: Any = None
        self.stack: list[tuple[Any, Path_]] = []  # open containers and their paths
        self.keys: list[Any] = []  # the waiting key of each open container (_NONE for lists and between keys)
        self.documents = self.values = 0

    def problem(self, mark: Any, says: str, hint: str = "") -> None:
        place = Place(self.document.name, mark.line + 1, mark.column + 1)
        self.document.problems.append(Problem(place, says, hint))
        if len(self.document.problems) >= MOST_PROBLEMS:
            self.document.problems.append(
                Problem(place, f"reading stops after {MOST_PROBLEMS} problems", "Put these right first.")
            )
            raise _Stop

    def take(self, event: Any) -> None:
        kind = type(event)
        mark = event.start_mark
        if kind is yaml.AliasEvent:
            self.problem(
                mark,
                f"alias '*{event.anchor}' is refused: aliases hide where a value is written",
                "Write the value again.",
            )
            if self.stack and isinstance(self.stack[-1][0], dict) and self.keys[-1] is _NONE:
                raise _Stop
            self.value(None, mark)
            return
        if kind is yaml.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                self.problem(
                    mark, "a second document begins here; one file holds one document", "Remove the '---' line."
                )
                raise _Stop
        if getattr(event, "anchor", None):
            self.problem(
                mark, f"anchor '&{event.anchor}' is refused: aliases hide where a value is written", "Remove it."
            )
        if getattr(event, "tag", None) and kind is not yaml.AliasEvent:
            self.problem(mark, f"tag {event.tag!r} is refused: a file holds values, not types or code", "Remove it.")
        if kind is yaml.ScalarEvent:
            self.scalar(event, mark)
        elif kind is yaml.MappingStartEvent:
            self.open({}, mark)
        elif kind is yaml.SequenceStartEvent:
            self.open([], mark)
        elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            self.stack.pop()
            self.keys.pop()
            if self.keys and isinstance(self.stack[-1][0], dict):
                self.keys[-1] = _NONE

    def open(self, container: Any, mark: Any) -> None:
        if len(self.stack) >= MOST_DEPTH:
            self.problem(mark, f"nests deeper than {MOST_DEPTH} levels", "Flatten it.")
            raise _Stop
        path = self.place(container, mark)
        self.stack.append((container, path))
        self.keys.append(_NONE)

    def place(self, value: Any, mark: Any) -> Path_:
        """Put a value where it belongs and remember its place (of a mapping's value: the place of its key)."""
        self.values += 1
        if self.values > MOST_VALUES:
            self.problem(
                mark, f"holds more than {MOST_VALUES:,} values", "Put bulk numbers into CSV or Parquet beside it."
            )
            raise _Stop
        if not self.stack:
            self.root = value
            self.document.places[()] = (mark.line + 1, mark.column + 1)
            return ()
        parent, path = self.stack[-1]
        if isinstance(parent, list):
            here = (*path, len(parent))
            parent.append(value)
            self.document.places[here] = (mark.line + 1, mark.column + 1)
            return here
        key = self.keys[-1]
        if key is _NONE:
            self.problem(mark, "a key here is a list or a mapping; keys are plain words")
            raise _Stop
        here = (*path, key)
        parent[key] = value
        return here

    def scalar(self, event: Any, mark: Any) -> None:
        if self.stack and isinstance(self.stack[-1][0], dict) and self.keys[-1] is _NONE:
            self.key(event.value, mark)
            return
        value = event.value
        if event.implicit[0] and not event.style:
            value = self.plain(event.value, mark)
        here = self.value(value, mark)
        if isinstance(value, float):
            self.document.written[here] = event.value

    def value(self, value: Any, mark: Any) -> Path_:
        """Put a scalar where it belongs; the next one begins a new key."""
        here = self.place(value, mark)
        if self.stack and isinstance(self.stack[-1][0], dict):
            self.keys[-1] = _NONE
        return here

    def key(self, key: str, mark: Any) -> None:
        parent, path = self.stack[-1]
        here = (*path, key)
        if key in parent:
            line = self.document.places[here][0]
            self.problem(mark, f"key {key!r} stands twice, first in line {line}", "Keep one of them.")
        self.document.places[here] = (mark.line + 1, mark.column + 1)
        self.keys[-1] = key

    def plain(self, text: str, mark: Any) -> Any:
        if text in ("", "~", "null", "Null", "NULL"):
            return None
        if text in ("true", "True", "TRUE"):
            return True
        if text in ("false", "False", "FALSE"):
            return False
        if _OLD_BOOL.fullmatch(text):
            self.problem(
                mark,
                f"{text} means a word to some readers and true or false to others",
                f"Write '{text}' in quotes, or true / false.",
            )
        elif _OLD_DATE.fullmatch(text):
            self.problem(mark, f"the date {text} is not quoted", f'Write "{text}".')
        elif _OLD_SIXTY.fullmatch(text):
            self.problem(mark, f"{text} is a number to base 60 for some readers", f'Write "{text}".')
        elif _OLD_NUMBER.fullmatch(text):
            self.problem(
                mark,
                f"{text} is read as different numbers by different readers",
                f'Write "{text}" as text, or the plain number.',
            )
        elif _INT.fullmatch(text) or _FLOAT.fullmatch(text):
            return self.number(text, mark)
        return text

    def number(self, text: str, mark: Any) -> Any:
        if len(text) > MOST_DIGITS:
            self.problem(
                mark,
                f"the number {text[:12]}... has {len(text)} characters, at most {MOST_DIGITS}",
                "Write it as text in quotes.",
            )
            return 0
        if _INT.fullmatch(text):
            return int(text)
        value = float(text)
        if not isfinite(value):
            self.problem(mark, f"the number {text} is larger than any that can be kept", "Write it as text in quotes.")
            return 0
        return value


class _None:
    pass


_NONE = _None()
Model = TypeVar("Model", bound="BaseModel")


def shape(document: Document, model: type[Model]) -> Model:
    """Check a document against a model; raises BadInput with a sentence and place for every complaint."""
    from pydantic import ValidationError

    try:
        return model.model_validate(document.plain)
    except ValidationError as error:
        problems = [_complaint(document, model, e) for e in error.errors(include_url=False)[:MOST_PROBLEMS]]
        if error.error_count() > MOST_PROBLEMS:
            more = f"{error.error_count():,} problems of this kind; the first {MOST_PROBLEMS} are shown"
            problems.append(Problem(Place(document.name), more, "Put these right first."))
        raise BadInput(problems) from None


def _complaint(document: Document, model: type[BaseModel], error: Any) -> Problem:
    path = tuple(_real(document.plain, error["loc"]))
    place, last = document.at(path), path[-1] if path else ""
    if isinstance(last, int) and len(path) > 1:
        last = f"{path[-2]}, row {last + 1}"
    kind, context, given = error["type"], error.get("ctx") or {}, error.get("input")
    within = ".".join(str(p) for p in path[:-1])
    inside = f" in {within}" if within else ""
    if kind == "extra_forbidden":
        known = sorted(_keys(model, path[:-1]))
        near = nearest(str(last), known)
        return Problem(
            place,
            f"no key is called {last!r}{inside}" + (f"; {near}" if near else ""),
            f"Known here: {', '.join(known)}",
        )
    if kind == "missing":
        missing = error["loc"][-1]
        return Problem(
            document.at(path), f"{missing!r} is missing" + (f" in {'.'.join(str(p) for p in path)}" if path else "")
        )
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", ""))
        choices = re.findall(r"'([^']*)'", expected)
        near = nearest(str(given), choices)
        return Problem(
            place, f"{last}: {_short(given)} is not one of {', '.join(choices)}" + (f"; {near}" if near else "")
        )
    if kind == "string_type":
        hint = f'Write it in quotes: "{document.written.get(path, given)}"' if isinstance(given, (int, float)) else ""
        return Problem(place, f"{last}: {_short(given)} is not text", hint)
    if kind == "value_error":
        return Problem(place, f"{last}: {context.get('error', error['msg'])}")
    wants = {
        "list_type": "a list",
        "dict_type": "a mapping",
        "model_type": "a mapping",
        "int_type": "a whole number",
        "bool_type": "true or false",
    }
    if kind in wants and not last:
        what = "is empty" if given is None else f"holds {_short(given)}, which is not {wants[kind]}"
        return Problem(place, f"the file {what}", "It is written as keys and values, such as title: My truck")
    if kind in wants:
        return Problem(place, f"{last or 'the file'}: {_short(given)} is not {wants[kind]}")
    return Problem(place, f"{last}: {_short(given)}: {error['msg'].lower()}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _real(plain: Any, loc: tuple[Any, ...]) -> Iterator[Any]:
    """The part of pydantic's path that exists in the document (union tags and missing keys dropped)."""
    here = plain
    for step in loc:
        if (isinstance(here, dict) and step in here) or (
            isinstance(here, list) and isinstance(step, int) and step < len(here)
        ):
            here = here[step]
            yield step


def _keys(model: Any, path: Path_) -> set[str]:
    """The keys a model knows at a path."""
    import typing

    from pydantic import BaseModel

    models: list[Any] = [model]
    for step in path:
        found: list[Any] = []
        for one in models:
            if isinstance(one, type) and issubclass(one, BaseModel):
                names = {(f.alias or n): f for n, f in one.model_fields.items()}
                found += [names[step].annotation] if step in names else []
            else:
                found += [a for a in typing.get_args(one) if a is not str]
        models = [leaf for f in found for leaf in _unfold(f, typing)]
    known: set[str] = set()
    for one in models:
        if isinstance(one, type) and issubclass(one, BaseModel):
            known |= {f.alias or n for n, f in one.model_fields.items()}
    return known


def _unfold(annotation: Any, typing: Any) -> list[Any]:
    import types

    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [leaf for a in typing.get_args(annotation) for leaf in _unfold(a, typing)]
    return [annotation]
