"""Dossiers built by hand, so that renderings are tested without a review.

Texts, days and amounts are invented. `corridor()` is a small believable dossier, `hostile()` one whose every free text
tries to be something else, `many(n)` a large one; `library()` the few rows of a catalog that renderings look up.
"""

# ruff: noqa: E501  (tables: one row, one line)
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from carnet.catalog import Catalog
from carnet.waist import (
    Dossier,
    Evidence,
    Expected,
    Exposure,
    Fact,
    Finding,
    Origin,
    Place,
    Project,
    Quantity,
    Source,
    Step,
    Subject,
)

FILE = "corridor.yaml"
NAMES = (("th", "Thailand"), ("vn", "Viet Nam"), ("ae", "United Arab Emirates"), ("un1958", "UN 1958 Agreement"), ("gcc", "GCC"))

R100 = Source("r100", "UN Regulation No. 100, 03 series", "Electric power train", "UNECE", "2021", "2026-11-21", "law_firm", "summary")
LOCAL = Source("s3", "Circular 12/2026", "Approval of chargers", "Ministry of Transport", "2026-05-02", "2026-11-21", "official_text", "verbatim")
PRESS = Source("s7", "Draft rule on swap stations", "", "Trade News", "2026-09", "2026-11-21", "trade_press", "summary")
MEMORY = Source("m1", "Practitioner's memory")
CONTRACT = Source("project", "The project file", "The project declares its pairs", "the author of the project", "", "2026-11-21", "maker", "verbatim")


def project(**changes: Any) -> Project:
    subjects = (
        Subject("tractor", "vehicle", Place(FILE, 13, 3), (("hardware", "B2"), ("software", "4.1.0"))),
        Subject("pack", "battery_pack", Place(FILE, 23, 3), (("hardware", "P7"),), fitted_to=("tractor",)),
        Subject("depot-gbt", "charger", Place(FILE, 32, 3), title="Depot charger"),
        Subject("public-ccs2", "charger", Place(FILE, 35, 3), stands_in=("th", "ae"), title="Public charger"),
        Subject("station", "swap_station", Place(FILE, 39, 3)),
        Subject("depot", "pair", Place(FILE, 43, 5), members=("tractor", "depot-gbt"), way="charge"),
        Subject("public", "pair", Place(FILE, 44, 5), members=("tractor", "public-ccs2"), way="charge"),
        Subject("swap", "pair", Place(FILE, 45, 5), members=("tractor", "pack", "station"), way="swap"),
    )
    said = Origin("project", FILE, Place(FILE, 17, 7))
    shown = Origin("evidence", "r100-pack", Place(FILE, 47, 5), ("test_report",))
    told = Origin("disclosure", "station maker", Place("station.yaml", 8, 5))
    facts = (
        Fact("tractor", "vehicle.category", "N3", said),
        Fact("tractor", "vehicle.gross_mass", Quantity(Decimal("49"), "t"), said),
        Fact("tractor", "vehicle.remote_update", True, said),
        Fact("tractor", "vehicle.inlets", ("GB/T 20234.3-2015",), said),
        Fact("pack", "battery.rated_energy", Quantity(Decimal("282"), "kWh"), said),
        Fact("pack", "battery.chemistry", "LFP", said),
        Fact("pack", "battery.tested_to", ("UN R100.03",), shown),
        Fact("depot-gbt", "charger.rated_power", Quantity(Decimal("240"), "kW"), said),
        Fact("station", "swap_station.swap_layout", "cab_back", told),
        Fact("depot", "session.outcome", "energy_transferred", Origin("surveyor", "charging")),
    )
    evidence = (
        Evidence(
            "r100-pack", ("pack",), "test_report", Place(FILE, 47, 5), "evidence/r100-pack.pdf", "sha256:3f0c1a9d7b52e884", "UN R100.03",
            issuer="Example Technical Service", accredited_to=("ISO/IEC 17025",), issued="2025-06-30", covers=(("hardware", "P7"),),
        ),
        Evidence(
            "cert-depot", ("depot-gbt",), "certificate", Place(FILE, 56, 5), "evidence/depot.pdf", "sha256:8810d2f6c1b94e77", "GB 39752-2024",
            issuer="Example Certification Body", issued="2026-05-10", expires="2027-02-09",
            problems=("it expires on 2027-02-09, before the day of the review",),
        ),
    )  # fmt: skip
    whole = Project(
        "heavy-truck-corridor", "Swap tractor for three corridors", FILE, "2027-03-01", "2026-11-21", "placed_on_market",
        ("th", "vn", "ae"), "cn", subjects, facts, evidence,
        inputs=((FILE, "sha256:" + "1a" * 32), ("evidence/depot.pdf", "sha256:" + "2b" * 32)),
    )  # fmt: skip
    return replace(whole, **changes)


def finding(rule: str = "th.reess.safety", about: tuple[str, ...] = ("pack",), verdict: Any = "unproven", **changes: Any) -> Finding:
    """A finding with honest defaults: in force, mandatory, sourced, with its because."""
    whole = Finding(
        rule=rule,
        market=rule.partition(".")[0],
        about=about,
        verdict=verdict,
        standing="in_force",
        force="mandatory",
        title="Safety of the traction battery",
        topic="reess_safety",
        because="Nobody has shown a type approval to UN R100.03 yet.",
        source=R100,
        where=Place(FILE, 23, 3),
    )
    return replace(whole, **changes)


def _market(market: str) -> tuple[Finding, ...]:
    """The findings of one market of the corridor."""
    unknown = {"standing": None, "force": None, "source": None, "missing": ()}
    return (
        finding(f"{market}.vehicle.approval", ("tractor",), "unproven", title="Approval of the vehicle type", topic="approval", source=LOCAL,
                because="No approval of the vehicle type is among the evidence.", missing=("vehicle.approvals",), where=Place(FILE, 13, 3),
                question="Which approvals does the vehicle type hold?", effort=("type-approval",), clause="Article 4"),
        finding(f"{market}.vehicle.cyber", ("tractor",), "undecided", title="Cybersecurity", topic="cybersecurity", where=Place(FILE, 13, 3),
                because="Nothing is known about a rule on cybersecurity here.", question="Which rule on cybersecurity binds this vehicle?", **unknown),
        finding(f"{market}.vehicle.side", ("tractor",), "unmet" if market == "th" else "met", title="Side of the steering wheel", topic="steering",
                because="The wheel is on the left; traffic here expects it on the right." if market == "th" else "The wheel is on the left, as traffic here expects.",
                source=MEMORY, where=Place(FILE, 18, 7)),
        finding(f"{market}.vehicle.emc", ("tractor",), "met", title="Electromagnetic compatibility", topic="emc", because="A report to UN R10.06 is shown.", evidence=("r10",)),
        finding(f"{market}.vehicle.coach", ("tractor",), "not_applicable", title="Emergency exits of coaches", topic="crash",
                because="The vehicle is of category N3; the rule speaks of M2 and M3."),
        finding(f"{market}.reess.safety", ("pack",), "residual", because="A test report to UN R100.03 is accepted through a recognition.", evidence=("r100-pack",),
                via=("un58-generic",), residual=("check: the approval names this pack version", "label in the language of the market"),
                inherited=("un1958",), clause="6.2", effort=("un-r100-p2",)),
        finding(f"{market}.transport.un383", ("pack",), "unproven", title="Lithium packs travel only with a passed transport test", topic="battery_transport",
                because="No summary of the transport test is among the evidence.", missing=("battery.tested_to",), effort=("un383",),
                question="To which standards has the pack been tested?"),
        finding(f"{market}.charger.safety", ("depot-gbt",), "unmet", title="Safety of chargers", topic="electrical_safety", where=Place(FILE, 32, 3), source=LOCAL,
                because="The certificate 'cert-depot' expires on 2027-02-09, before the day of the review.", evidence=("cert-depot",), clause="Annex II"),
        finding(f"{market}.charger.meter", ("depot-gbt",), "undecided", title="Approval of the meter", topic="metering",
                because="Nothing is known about legal metering here.", question="Must the meter of this charger be approved for billing?", **unknown),
        *(() if market == "vn" else (
            finding(f"{market}.charger.safety", ("public-ccs2",), "unproven", title="Safety of chargers", topic="electrical_safety", source=LOCAL,
                    because="No certificate is among the evidence.", missing=("charger.tested_to",), question="To which standards has the charger been tested?"),
        )),
        finding(f"{market}.swap.station", ("station",), "undecided", title="Safety of swap stations", topic="electrical_safety", source=PRESS,
                because="Press names the instrument; nobody has read it.", question="Which rule on electrical safety binds a swap station?", standing="adopted"),
        finding("any.pair.charge", ("tractor", "depot-gbt"), "met", market=market, title="Vehicle and charger complete a charging session", topic="communication", source=CONTRACT,
                force="contractual", because="The recorded session transferred energy.", where=Place(FILE, 43, 5)),
        *(() if market == "vn" else (
            finding("any.pair.charge", ("tractor", "public-ccs2"), "unproven", market=market, title="Vehicle and charger complete a charging session", topic="communication",
                    source=CONTRACT, force="contractual", because="Nobody has rehearsed or recorded a session.", missing=("session.outcome",), where=Place(FILE, 44, 5),
                    question="How did a session of these two end?"),
        )),
        finding("any.pair.swap", ("tractor", "pack", "station"), "unproven", market=market, title="Vehicle, pack and swap station exchange the pack", topic="swap_interface", source=CONTRACT,
                force="contractual", because="The swap scheme of the pack is not stated.", missing=("battery.swap_scheme",), where=Place(FILE, 45, 5),
                question="Which swap scheme does the pack follow?"),
    )  # fmt: skip


def steps() -> tuple[Step, ...]:
    return (
        Step("un-r100-p2", "Tests of the REESS to UN R100, part 2", ("battery_pack",), {"low": "80000", "mid": None, "high": "350000", "currency": "USD", "priced": "2026-11"},
             {"low": 8, "mid": None, "high": 20}, MEMORY, shared="per REESS type", valid="until series change", confidence="low"),
        Step("type-approval", "Approval of the vehicle type", ("vehicle",), {"low": "40000", "mid": "65000", "high": "90000", "currency": "USD", "priced": "2026-11"},
             {"low": 12, "mid": 16, "high": 30}, LOCAL, quoted=True, confidence="medium"),
    )  # fmt: skip


def corridor(**changes: Any) -> Dossier:
    """A truck, its pack, two chargers, a swap station and three pairs, for three markets."""
    exposure = (
        Exposure("hdv-11", "vn", "announced", "National standards for swappable heavy-truck packs", "Publication of the first of the three families",
                 ("pack", "station"), "swap_interface", ({"rule": "any.pair.swap", "about": ["station"], "verdict": "unproven", "says": "The interface would be fixed by a national standard."},),
                 PRESS, "2026-12", ("un-r100-p2",)),
        Exposure("vn.charger.2028", "vn", "draft", "Conformity of public chargers", "Signature by the minister, then twelve months", ("depot-gbt",), "approval",
                 ({"rule": "vn.charger.2028", "about": ["depot-gbt"], "verdict": "unproven", "because": "No national certificate is among the evidence.", "question": ""},), LOCAL, "2027-06"),
        Exposure("gcc.truck.telematics", "ae", "adopted", "Telematics of heavy trucks", "2028-01-01 for all new vehicles", ("tractor",), "telemetry", (), MEMORY),
    )  # fmt: skip
    documents = tuple(
        row
        for market in ("th", "vn", "ae")
        for row in (
            Expected(market, ("pack",), "type_approval/test_report: UN R100.03", "type_approval/test_report", "have", "Safety of the traction battery", "r100-pack", rules=(f"{market}.reess.safety",), source=R100),
            Expected(market, ("depot-gbt",), "certificate: GB 39752-2024", "certificate", "expires", "Safety of chargers", "cert-depot", "2027-02-09", source=LOCAL),
            Expected(market, ("tractor",), "any.doc.manual", "manual", "missing", "Owner's manual", language="th" if market == "th" else "", source=PRESS),
            Expected(market, ("tractor", "depot-gbt"), "any.doc.pair", "compatibility_record", "missing", "Compatibility record of the pair", source=PRESS),
        )
    )
    questions = (
        {"question": "Which swap scheme does the pack follow?", "facts": ["battery.swap_scheme"], "about": ["tractor", "pack", "station"], "effort": "look_up", "settles": 3, "markets": ["ae", "th", "vn"]},
        {"question": "Which rule on cybersecurity binds this vehicle?", "facts": [], "about": ["tractor"], "effort": "ask_authority", "settles": 3, "markets": ["ae", "th", "vn"]},
        {"question": "To which standards has the pack been tested?", "facts": ["battery.tested_to"], "about": ["pack"], "effort": "test", "settles": 3, "markets": ["ae", "th", "vn"]},
    )
    whole = Dossier(
        project(), "3fa2b1c09d4e", "sha256:" + "3fa2b1c09d4e" * 5 + "abcd", "carnet 0.1.0", tuple(f for m in ("th", "vn", "ae") for f in _market(m)),
        exposure, documents, steps(), questions, NAMES,
    )  # fmt: skip
    return replace(whole, **changes)


def many(number: int) -> Dossier:
    """A dossier with that many findings, spread over the corridor's cells."""
    one = corridor()
    verdicts = ("unmet", "unproven", "undecided", "residual", "met", "met", "not_applicable", "met")
    rows = tuple(
        replace(base, rule=f"{base.rule}.{i}", title=f"{base.title}, part {i}", verdict=verdicts[i * 7 % 8])
        for i in range(number)
        for base in (one.findings[i % len(one.findings)],)
    )
    return replace(one, findings=rows)


HOSTILE = (
    '<script>alert(1)</script><img src=x onerror=alert(1)> </style>{{ 7*7 }} {% raw %} #panic("x") $x$ *b* _i_ `c` [l](javascript:alert(1)) '
    "=HYPERLINK(\"http://example.invalid\") |a|b| \x1b[31mred\x00\x07 \u202etxt.exe ]]> &amp; @everyone 中文 日本語 한국어 ภาษาไทย Tiếng Việt العربية"
)


def hostile(text: str = HOSTILE) -> Dossier:
    """The corridor with every free text replaced by one that tries to be markup, a formula, a command or a template."""
    return _poison(corridor(), text)


FREE = {"title", "because", "question", "clause", "residual", "note", "notes", "number", "publisher", "issuer", "binds_when", "shared", "valid", "language", "ask"}


def _poison(node: Any, text: str, name: str = "") -> Any:
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{f.name: _poison(getattr(node, f.name), text, f.name) for f in fields(node)})
    if isinstance(node, dict):
        return {k: _poison(v, text, k) for k, v in node.items()}
    if isinstance(node, list | tuple):
        return type(node)(_poison(v, text, name) for v in node)
    return text if name in FREE and isinstance(node, str) and node else node


def library() -> Catalog:
    """The few rows that renderings look up, in the compiled form."""
    sources = {"s1": {"number": "UN Regulation No. 100", "title": "", "publisher": "UNECE", "issued": "", "seen": "2026-11-21", "class": "law_firm", "read": "summary", "note": ""}}

    def row(**values: Any) -> dict[str, Any]:
        return {"_at": ("data/words.yaml", 1, 1), "_sources": sources, "_market": "th", "source": "s1", **values}

    def word(id: str, about: list[str], **values: Any) -> dict[str, Any]:
        plain = {"type": "", "list": "", "unit": "", "values": [], "within": {}, "stated_by": "project", "effort": "look_up", "means": f"Meaning of {id}.", "ask": f"What is {id}?"}
        return row(id=id, about=about, **{**plain, **values})

    tables = {
        "units": [row(id=u, dimension=d, factor="1", offset="0", means="") for u, d in (("kW", "power"), ("kWh", "energy"), ("t", "mass"), ("V", "voltage"))],
        "kinds": [row(id=k, family=f, means="") for k, f in (("vehicle", "vehicle"), ("battery_pack", "battery"), ("charger", "charger"), ("swap_station", "swap_station"), ("pair", "pair"))],
        "facts": [
            word("vehicle.category", ["vehicle"], values=["M1", "N3"]),
            word("vehicle.gross_mass", ["vehicle"], unit="t"),
            word("vehicle.remote_update", ["vehicle"], type="yes_no"),
            word("vehicle.inlets", ["vehicle"], list="standards"),
            word("vehicle.dc_voltage_max", ["vehicle"], unit="V"),
            word("vehicle.approvals", ["vehicle"], list="text", effort="approve"),
            word("battery.rated_energy", ["battery_pack"], unit="kWh"),
            word("battery.chemistry", ["battery_pack"], values=["LFP", "NMC"]),
            word("battery.swap_scheme", ["battery_pack"], type="text"),
            word("battery.tested_to", ["battery_pack"], list="standards", effort="test"),
            word("charger.rated_power", ["charger"], unit="kW"),
            word("charger.tested_to", ["charger"], list="standards", effort="test"),
            word("swap_station.swap_layout", ["swap_station"], values=["cab_back", "underbody"]),
            word("session.outcome", ["pair"], values=["energy_transferred", "stopped"], stated_by="charging", effort="measure"),
        ],
        "recognitions": [
            row(id="un58-generic", title="Approvals to UN Regulations are accepted between parties applying them", accepted_in=["un1958"],
                accepts={"kinds": ["type_approval"], "standards": ["UN R*"], "issued_in": ["un1958"]}, gives="same", as_kinds=[], when="", conditions=[],
                residual=["label in the language of the market"], strength="binding", status=[], note=""),
        ],
        "requirements": [], "economy": [], "union": [], "topics": [], "effort": [], "evidence": [], "products": [],
    }  # fmt: skip
    return Catalog({"tables": tables, "digest": "3fa2b1c09d4e" * 5 + "abcd", "files": {}})
