"""JSON from strangers as plain data: strict, bounded, every refusal a sentence.

No duplicate keys, no NaN or infinities, no number beyond 40 characters, at most 64 levels, UTF-8 or UTF-16 with a byte
order mark. Nothing is fetched and nothing is resolved: what a document points to stays text.
Reading order: text(), parse(), canonical(), digest().
Source: RFC 8259 (JSON), RFC 7493 (I-JSON), RFC 8785 (canonical form).
"""

from __future__ import annotations

import codecs
import hashlib
import json
import math
import re
from typing import Any

import rfc8785

from ..errors import BadInput, Problem
from ..waist import Place

MOST_BYTES, MOST_DEPTH, MOST_DIGITS = 256 * 1024 * 1024, 64, 40
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Refused(ValueError):
    """What a document holds that we do not read; the sentence says what and why."""


def text(raw: bytes, *, most: int = MOST_BYTES) -> str:
    """Bytes -> text, by the byte order mark or as UTF-8; raises Refused."""
    if len(raw) > most:
        raise Refused(f"it has {len(raw):,} bytes; at most {most:,} are read")
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(f"byte {error.start} is not {encoding.removesuffix('-sig').upper()}; save it as UTF-8") from None


def parse(raw: bytes | str, *, most: int = MOST_BYTES) -> Any:
    """JSON -> plain data; raises Refused with a sentence that names line and column."""
    found = raw if isinstance(raw, str) else text(raw, most=most)
    if found.startswith("\ufeff"):
        found = found[1:]
    try:
        value = _READER.decode(found)
    except json.JSONDecodeError as error:
        raise Refused(f"line {error.lineno}, column {error.colno} is not JSON: {error.msg.lower()}") from None
    except RecursionError:
        raise Refused(f"it nests deeper than {MOST_DEPTH} levels") from None
    if found.count("[") + found.count("{") > MOST_DEPTH and _deeper(value, MOST_DEPTH):
        raise Refused(f"it nests deeper than {MOST_DEPTH} levels")
    return value


def parse_file(raw: bytes, name: str) -> Any:
    """As parse(), but raises BadInput with the name of the file."""
    try:
        return parse(raw)
    except Refused as error:
        raise BadInput([Problem(Place(name), str(error))]) from None


def canonical(value: Any) -> bytes:
    """The RFC 8785 form; raises Refused for what has none (numbers beyond a double, lone surrogates)."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise Refused(f"it has no canonical form: {error}") from None


# A number with a fraction or an exponent, or one of sixteen digits and more: where writers of JSON differ.
_DELICATE = re.compile(rb"(?:^|[:\[,])-?\d+[.eE]|(?:^|[:\[,])-?\d{16}")


def is_canonical(raw: bytes, value: Any) -> bool:
    """Whether bytes that were read as this value are its RFC 8785 form.

    Of plain ASCII without delicate numbers there is one sorted, compact way to write, and the C encoder knows it.
    """
    if raw.isascii() and not _DELICATE.search(raw):
        return _WRITER.encode(value).encode() == raw
    return canonical(value) == raw


def digest(value: Any) -> str:
    """'sha256:...' of the canonical form."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(k for k, _ in pairs if k in seen or seen.add(k))  # type: ignore[func-returns-value]
        raise Refused(f"key {twice!r} stands twice in one object; readers would disagree on which counts")
    return found


def _float(literal: str) -> float:
    value = float(literal) if len(literal) <= MOST_DIGITS else math.inf
    if math.isinf(value):
        raise Refused(f"the number {literal[:16]}... is longer or larger than any real amount")
    return value


def _int(literal: str) -> int:
    if len(literal) > MOST_DIGITS:
        raise Refused(f"the number {literal[:16]}... is longer or larger than any real amount")
    return int(literal)


def _constant(literal: str) -> Any:
    raise Refused(f"{literal} is not a JSON number")


def _deeper(value: Any, most: int) -> bool:
    waiting = [(value, 1)]
    while waiting:
        here, depth = waiting.pop()
        if isinstance(here, (dict, list)):
            if depth > most:
                return True
            waiting += [(v, depth + 1) for v in (here.values() if isinstance(here, dict) else here)]
    return False


# Made once: a reader with hooks costs more to make than a log entry to read.
_READER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_float, parse_int=_int, parse_constant=_constant)
_WRITER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
