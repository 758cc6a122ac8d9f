"""Names of things in trade: EPC URNs and GS1 Digital Links in every spelling, brought to one.

Each kind of key is a row: which parts its URN has, which of them take a check digit, and the number by which a Digital
Link calls it. The one spelling is a Digital Link on id.gs1.org without query, as event hashes want it.
Reading order: KINDS, check_digit(), canonical().
Source: GS1 EPC Tag Data Standard and GS1 Digital Link URI syntax (cited, not quoted); GS1 CBV 2.0, 8.9.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, unquote

ROOT = "https://id.gs1.org"
# What a Digital Link may call a key in words, and its number.
WORDS = {
    "gtin": "01", "itip": "8006", "cpi": "8010", "gln": "414", "party": "417", "payto": "415", "gsrnp": "8017",
    "gsrn": "8018", "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003",
    "giai": "8004", "ser": "21", "lot": "10", "cpv": "22", "tpx": "235", "glnx": "254", "cpsn": "8011",
}  # fmt: skip
PRIMARY = frozenset(WORDS[w] for w in WORDS if w not in ("ser", "lot", "cpv", "tpx", "glnx", "cpsn"))
_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.+)")
_LINK = re.compile(r"https?://[^/?#]+(/[^?#]*)?(?:[?#].*)?")
MOST_CHARACTERS = 2048


def check_digit(digits: str) -> str:
    """The last digit of a GS1 key, modulo 10 with weights 3 and 1 from the right."""
    total = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return str(-total % 10)


@lru_cache(maxsize=1 << 16)
def _checked(digits: str) -> str:
    return digits + check_digit(digits)


def _trade(company: str, item: str) -> str:
    """A 14-digit trade item: the indicator stands first."""
    return _checked(item[:1] + company + item[1:])


def _text(part: str) -> str:
    if part.isascii() and part.isalnum():
        return part  # as most are
    return quote(unquote(part), safe="-._~'")


# Kind of URN -> how its parts make the path of a Digital Link.
KINDS: dict[str, Callable[..., str]] = {
    "sgtin": lambda c, i, s: f"01/{_trade(c, i)}/21/{_text(s)}",
    "lgtin": lambda c, i, s: f"01/{_trade(c, i)}/10/{_text(s)}",
    "upui": lambda c, i, s: f"01/{_trade(c, i)}/235/{_text(s)}",
    "itip": lambda c, i, p, t, s: f"8006/{_trade(c, i)}{p}{t}/21/{_text(s)}",
    "sscc": lambda c, s: f"00/{_checked(s[:1] + c + s[1:])}",
    "sgln": lambda c, r, e: f"414/{_checked(c + r)}" + ("" if e == "0" else f"/254/{_text(e)}"),
    "pgln": lambda c, r: f"417/{_checked(c + r)}",
    "grai": lambda c, t, s: f"8003/0{_checked(c + t)}{_text(s)}",
    "giai": lambda c, r: f"8004/{c}{_text(r)}",
    "gsrn": lambda c, r: f"8018/{_checked(c + r)}",
    "gsrnp": lambda c, r: f"8017/{_checked(c + r)}",
    "gdti": lambda c, t, s: f"253/{_checked(c + t)}{_text(s)}",
    "sgcn": lambda c, t, s: f"255/{_checked(c + t)}{_text(s)}",
    "cpi": lambda c, p, s: f"8010/{c}{_text(p)}/8011/{_text(s)}",
    "ginc": lambda c, r: f"401/{c}{_text(r)}",
    "gsin": lambda c, r: f"402/{_checked(c + r)}",
}  # fmt: skip
# A pattern with a star stands for the class without its serial.
_CLASS: dict[str, Callable[..., str]] = {
    "sgtin": lambda c, i: f"01/{_trade(c, i)}",
    "itip": lambda c, i, p, t: f"8006/{_trade(c, i)}{p}{t}",
    "grai": lambda c, t: f"8003/0{_checked(c + t)}",
    "gdti": lambda c, t: f"253/{_checked(c + t)}",
    "sgcn": lambda c, t: f"255/{_checked(c + t)}",
    "cpi": lambda c, p: f"8010/{c}{_text(p)}",
    "upui": lambda c, i: f"01/{_trade(c, i)}",
}


@lru_cache(maxsize=1 << 16)
def canonical(name: str) -> str:
    """The one spelling of a key; what is no GS1 key stays as it is."""
    if len(name) > MOST_CHARACTERS:
        return name
    if name.startswith("urn:epc:"):
        return _from_urn(name)
    if name.startswith(("http://", "https://")):
        return _from_link(name)
    return name


def _from_urn(name: str) -> str:
    match = _URN.fullmatch(name)
    if not match:
        return name
    what, kind, rest = match.groups()
    parts = rest.split(".", 4 if kind == "itip" else 2)
    if kind in ("sscc", "pgln", "giai", "gsrn", "gsrnp", "ginc", "gsin"):
        parts = rest.split(".", 1)
    try:
        if what == "idpat" and parts[-1] == "*":
            make = _CLASS.get(kind)
            return f"{ROOT}/{make(*parts[:-1])}" if make else name
        return f"{ROOT}/{KINDS[kind](*parts)}" if what in ("id", "class") and kind in KINDS else name
    except (ValueError, TypeError, IndexError):
        return name  # not the parts that this kind has


def _from_link(name: str) -> str:
    match = _LINK.fullmatch(name)
    parts = (match[1] or "").split("/")[1:] if match else []
    for n, part in enumerate(parts[:-1]):
        key = WORDS.get(part, part)
        if key in PRIMARY and parts[n + 1][:1].isalnum():
            rest = [WORDS.get(p, p) if i % 2 == 0 else _text(p) for i, p in enumerate(parts[n:]) if p]
            if key == "01" and parts[n + 1].isdigit() and len(parts[n + 1]) in (8, 12, 13):
                rest[1] = rest[1].zfill(14)
            if rest[-2:] == ["254", "0"]:
                rest = rest[:-2]
            return f"{ROOT}/{'/'.join(rest)}"
    return name
