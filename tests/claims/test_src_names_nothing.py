"""`src/` names no market, law, regulated standard or charging edition: those are rows in `data/`.

Comments and docstrings are prose and may name what they like. Everything else (string literals, identifiers, module
names, the text of templates) is held against names taken from `data/` itself and a few patterns of printed standards.
Reading order: what is allowed, Names, offences(), the claims.
"""

import ast
import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "carnet"
DATA = ROOT / "data"

# Formats in which answers are exchanged; no market regulates with them by that name.
EXCHANGE_FORMATS = (
    "ISO 8601", "ISO 3166", "ISO 4217", "ISO 639", "RFC", "W3C", "JSON Schema", "SARIF", "JUnit", "GeoJSON", "SKOS",
    "OSCAL", "PACT", "EPCIS", "UNTP", "STAC", "OpenAPI", "OpenDRIVE", "OpenSCENARIO", "OpenLABEL", "MCAP", "DBC",
)  # fmt: skip

# Literals that are an economy's code and also a plain word of code; each says which.
HARMLESS = {
    "am": "verb", "an": "article", "as": "keyword", "at": "preposition", "be": "verb", "by": "preposition",
    "do": "keyword", "id": "identity", "in": "operator", "is": "operator", "it": "pronoun", "me": "pronoun",
    "my": "pronoun", "no": "answer", "so": "conjunction", "to": "preposition", "us": "pronoun",
    "ge": "greater or equal", "gt": "greater", "lt": "less", "ne": "not equal",
    "hr": "HTML rule", "li": "HTML list item", "td": "HTML table cell", "tr": "HTML table row",
    "cm": "unit", "gb": "unit", "kg": "unit", "km": "unit", "mg": "unit", "ml": "unit", "mm": "unit", "ms": "unit",
    "co": "cobalt", "ni": "nickel", "pk": "primary key", "fk": "foreign key", "ck": "check constraint",
    "vc": "verifiable credential", "pf": "product footprint",
    "mv": "unit", "md": "file extension", "py": "file extension",
    "GE": "greater or equal", "LT": "less than",
    "AND": "operator", "NOR": "operator", "PER": "preposition", "CAN": "controller area network",
}  # fmt: skip

# Printed standards, laws and charging protocols, whether or not a row names them yet.
PRINTED = re.compile(
    r"""
    \bGB(?:/[TZ])?[ _-]?\d | \b(?:QC|NB|JT|TB)/T\b | \bT/[A-Z]{3,} | \bUN[ _-]?(?:ECE[ _-]?)?R\d | \bUNECE\b
    | \bGTR[ _-]?\d | \bIEC[ _/-]?(?:TS[ ]|PAS[ ])?\d | \bISO(?:/[A-Z]+)?[ _-]?(?:TS[ ]|PAS[ ])?\d{3} | \bIEEE[ ]\d
    | \bCISPR\b | \bDIN[ ](?:SPEC[ ])?\d | \bJIS[ ][A-Z]\b | \bSAE[ _-]?J\d | \bUL[ ]\d{3} | \bNFPA[ ]\d | \bADR[ ]\d
    | \b(?:QCVN|TCVN|FMVSS|CMVSS|KMVSS|CHAdeMO|ChaoJi|OCPP|OCPI|NACS|CCS[12]|MCS)\b | \bGSO[ ]\d
    | \bEU[ ]\d{4}/ | \(E[CU]\)[ ]?\d
    """,
    re.VERBOSE,
)
FAMILIES = {
    "gbt", "unece", "qcvn", "tcvn", "fmvss", "cmvss", "kmvss", "cispr", "chademo", "chaoji", "ocpp", "ocpi", "nacs",
}  # fmt: skip
# What is prose in a template, style sheet or script.
PROSE = re.compile(r"\{#.*?#\}|<!--.*?-->|/\*.*?\*/|^\s*//[^\n]*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Names:
    """What `data/` calls things: lower-case codes, upper-case alpha-3 codes, names of economies, printed standards."""

    codes: frozenset[str]
    alpha3: frozenset[str]
    unions: frozenset[str]
    economies: frozenset[str]
    standards: frozenset[str]

    def code(self, text: str) -> bool:
        """A literal that is nothing but codes, such as "vn", "CN", "VNM" or "th,vn,ae"."""
        words = re.split(r"[,;| ]+", text.strip())
        codes = self.codes | self.unions
        known = codes | {code.upper() for code in codes} | self.alpha3
        return all(word in known for word in words) and not all(word in HARMLESS for word in words)

    def in_text(self, text: str) -> list[str]:
        """Economies, unions and standards that a text names, without the exchange formats."""
        for allowed in EXCHANGE_FORMATS:
            text = re.sub(rf"\b{re.escape(allowed)}[\w.-]*", "", text)
        return [match.group() for pattern in self.patterns for match in pattern.finditer(text)]

    def in_identifier(self, identifier: str) -> list[str]:
        """`viet_nam_rules`, `isChina`, `decode_27930`, `r100_limit`: an economy, a family or a number inside a name."""
        words = [word.lower() for word in re.findall(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]*|\d+", identifier)]
        numbered = set(re.findall(r"(?<![a-z])r\d+", identifier.lower()))
        phrase = f"_{'_'.join(words)}_"
        economies = {re.sub(r"\W+", "_", economy.lower()).strip("_") for economy in self.economies}
        tokens = set(words) | numbered | set(identifier.lower().split("_"))
        return sorted((tokens & (FAMILIES | self.numbers)) | {name for name in economies if f"_{name}_" in phrase})

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """Every name as whole words; a printed standard also without its edition where a number is left."""
        bare = {re.sub(r"(?:[-:]|\.(?=\d\d$)).*$", "", short) for short in self.standards}
        printed = self.standards | {short for short in bare if re.search(r"\D ?\d{3,}", short)}
        printed = {short for short in printed if not short.startswith(EXCHANGE_FORMATS)}
        unions = {union.upper() for union in self.unions}
        return (PRINTED, *(whole_words(names) for names in (self.economies | unions, printed) if names))

    @cached_property
    def numbers(self) -> set[str]:
        """Numbers by which people know a standard, as they would stand inside an identifier; years are not."""
        printed = "\n".join(self.standards)
        found = set(re.findall(r"(?<![\d:.-])\d{4,6}(?!\d)", printed))
        return {n for n in found if not re.fullmatch(r"(19|20)\d\d", n)} | {
            "r" + n for n in re.findall(r"\bUN R(\d{2,3})\b", printed)
        }


def whole_words(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


@cache
def library() -> Names:
    """Everything the library names today."""
    cards = [read(path) for path in (DATA / "economies").glob("*.yaml")]
    cards = [card for card in cards if "economy" in card]
    crosswalk = DATA / "economies" / "crosswalk.csv"
    rows = list(csv.DictReader(crosswalk.read_text(encoding="utf-8").splitlines())) if crosswalk.exists() else []
    shorts = [row["short"] for path in (DATA / "standards").rglob("*.yaml") for row in read(path).get("standards", [])]
    markets = {path.name for path in (DATA / "markets").glob("[a-z][a-z]")}
    return Names(
        codes=frozenset(markets | {card["economy"] for card in cards} | {row["alpha2"].lower() for row in rows}),
        alpha3=frozenset({card["alpha3"] for card in cards if "alpha3" in card} | {row["alpha3"] for row in rows}),
        unions=frozenset({path.name for path in (DATA / "markets" / "_unions").glob("*")} | {"eu"}),
        economies=frozenset({card["name"] for card in cards} | {row["name"] for row in rows}),
        standards=frozenset(shorts),
    )


def read(path: Path) -> dict:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}


def offences(source: str, known: Names) -> list[str]:
    """Every name that a Python text uses outside its prose, with its line."""
    module = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    found: set[tuple[int, str]] = set()
    for node in ast.walk(module):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in prose:
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            named = known.in_text(text) + ([text] if known.code(text) else [])
            found |= {(line, repr(name)) for name in named}
        for identifier in identifiers(node):
            found |= {(line, f"{name!r} in {identifier}") for name in known.in_identifier(identifier)}
    return [f"{line}: {name}" for line, name in sorted(found)]


def identifiers(node: ast.AST) -> list[str]:
    """The names a node gives or uses."""
    fields = (getattr(node, field, None) for field in ("id", "attr", "name", "arg", "asname", "module"))
    return [value for value in fields if isinstance(value, str)]


def test_no_python_file_names_a_market_or_a_standard():
    found = [
        f"{path.relative_to(ROOT)}:{offence}"
        for path in sorted(SRC.rglob("*.py"))
        for offence in offences(path.read_text(encoding="utf-8"), library())
    ]

    assert found == [], "this belongs in data/, as a row"


def test_no_template_names_a_market_or_a_standard():
    found = []
    for path in sorted(p for p in SRC.rglob("*") if p.is_file() and p.suffix != ".py" and "__pycache__" not in p.parts):
        text = PROSE.sub("", path.read_text(encoding="utf-8"))
        quoted = [literal for literal in re.findall(r"""["']([A-Za-z, ]{2,40})["']""", text) if library().code(literal)]
        found += [f"{path.relative_to(ROOT)}: {name}" for name in library().in_text(text) + quoted]

    assert found == [], "this belongs in data/, as a row"


def test_no_module_is_called_after_a_market_or_a_standard():
    stems = {part for path in SRC.rglob("*") for part in (*path.relative_to(SRC).parts[:-1], path.stem)}

    assert [stem for stem in sorted(stems) if library().in_identifier(stem) or library().code(stem)] == []


def test_the_library_gives_names_to_look_for():
    assert len(library().codes) >= 21  # the APEC economies alone
    assert len(library().economies) >= 21
    assert len(library().standards) >= 200


SOME = Names(
    codes=frozenset({"cn", "vn", "th", "id"}),
    alpha3=frozenset({"VNM"}),
    unions=frozenset({"gcc"}),
    economies=frozenset({"Viet Nam", "China"}),
    standards=frozenset({"GB/T 27930-2015", "UN R100.03"}),
)


@pytest.mark.parametrize(
    "line",
    [
        'if market == "vn": pass',
        'if market == "CN": pass',
        'markets = "th,vn"',
        'markets = "id th"',
        'code = "VNM"',
        'union = "gcc"',
        'title = f"rules of {who} in Viet Nam"',
        'need = "GB/T 27930-2015"',
        'need = "the 27930 of GB/T 27930"',
        'need = "UN R100.04"',
        'law = "EU 2023/1542"',
        'frame = b"CHAdeMO"',
        "def decode_gbt(): pass",
        "def decode_27930(): pass",
        "class R100Limit: pass",
        "viet_nam_rules = {}",
        "isChina = True",
        "from .qcvn import rules",
    ],
)
def test_a_name_in_code_is_noticed(line):
    assert len(offences(line, SOME)) >= 1


@pytest.mark.parametrize(
    "line",
    [
        '"""GB/T 27930-2015 asks for this in China."""',
        "x = 1  # Viet Nam, UN R100.03",
        'key = "id"',
        'day = "an ISO 8601 date"',
        'schema = "carnet/dossier/1"',
        "machinations = chinaware",
        'verb = "then"',
    ],
)
def test_prose_and_plain_words_are_left_alone(line):
    assert offences(line, SOME) == []
