"""A database of the user's own is read where it lies, whatever its format, and a hostile one is refused."""

import contextlib
import io
import json
import random
import zipfile

import numpy as np
import pytest

from carnet.carbon.adapters.markup import tree
from carnet.errors import BadInput
from tests.carbon.inventories import HEAD, PRODUCT, read, under

# One small world in every format: 1 kg of steel takes 2 kWh of power and emits 1.5 kg of CO2; 1 kWh of power takes
# 0.1 kg of steel, emits 0.5 kg of CO2 and 0.001 kg of fossil methane, and leaves 0.2 kg of ash, whose treatment emits
# 0.05 kg of CO2 per kg.
#   CO2: power p = 0.5 + 0.2 x 0.05 + 0.1 s, steel s = 1.5 + 2 p  ->  p = (0.51 + 0.15) / (1 - 0.2) = 0.825, s = 3.15 kg
#   methane: p = 0.001 + 0.1 s, s = 2 p  ->  p = 0.00125, s = 0.0025 kg
STEEL = 3.15 + 0.0025 * 29.8  # kgCO2e per kg under the sixth report

PLUG = """\
sources: {lab: {number: our own database, class: maker, read: verbatim, seen: "2026-11-01"}}
background:
  - {id: lab, file: FILE, license: our own, source: lab, items: {steel: {of: STEEL}}}
processes:
  - {id: thing-made, stage: manufacturing, makes: 1 piece, inputs: [{item: lab.steel, amount: 10 kg}]}
"""


def plugged(tmp_path, name, of, unit="", flows=""):
    item = f"{{of: {of}{f', unit: {unit}' if unit else ''}}}"
    text = PLUG.replace("FILE", name).replace("{of: STEEL}", item)
    text = text.replace("license: our own,", f"license: our own, {f'flows: {{{flows}}}, ' if flows else ''}")
    return read(tmp_path, HEAD + PRODUCT + text)


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, (bytes, str)) else json.dumps(content))


def npy(values):
    held = io.BytesIO()
    np.save(held, values)
    return held.getvalue()


def vector(matrix, group, entries):
    """The resources and files of one group: entries are (row, column, amount), inputs flipped."""
    rows = np.array([(r, c) for r, c, _ in entries], dtype=[("row", np.int64), ("col", np.int64)])
    arrays = {
        "indices": rows,
        "data": np.array([abs(v) for *_, v in entries]),
        "flip": np.array([v < 0 for *_, v in entries]),
    }
    resources = [
        {"path": f"{group}.{kind}.npy", "kind": kind, "matrix": matrix, "group": group, "category": "vector"}
        for kind in arrays
    ]
    return resources, {f"{group}.{kind}.npy": npy(values) for kind, values in arrays.items()}


TECHNOSPHERE = [(1, 1, 1), (2, 2, 1), (3, 3, -1), (2, 1, -2), (1, 2, -0.1), (3, 2, 0.2)]
BIOSPHERE = [(101, 1, 1.5), (101, 2, 0.5), (102, 2, 0.001), (101, 3, 0.05), (103, 1, 7)]


def datapackage(technosphere=TECHNOSPHERE, biosphere=BIOSPHERE):
    first, files = vector(
        "technosphere_matrix", "made", [(r, c, -v if r == c and v < 0 else v) for r, c, v in technosphere]
    )
    # the waste stands with a negative amount on the diagonal, as it does in that software
    files["made.data.npy"] = npy(np.array([v if r == c else abs(v) for r, c, v in technosphere], dtype=float))
    files["made.flip.npy"] = npy(np.array([r != c and v < 0 for r, c, v in technosphere]))
    second, more = vector("biosphere_matrix", "emitted", biosphere)
    return {"datapackage.json": {"name": "lab", "resources": first + second}, **files, **more}


FLOWS = {"unit": "kg", "flows": '"101": co2_fossil, "102": ch4_fossil'}


def test_a_brightway_datapackage_agrees_with_the_sum_made_by_hand(tmp_path):
    zipped(tmp_path / "lab.zip", datapackage())

    made = plugged(tmp_path, "lab.zip", 1, **FLOWS)

    assert round(under(made, "pact-3.0").value, 9) == round(10 * STEEL, 9)
    assert any("1 items out of 3 processes (brightway), solved whole" in n for n in made.notes)
    assert any("1 flows count as nothing: 103" in n for n in made.notes)
    assert "lab.zip" in dict(made.files)


def test_a_folder_reads_like_its_zip_and_gases_follow_the_set(tmp_path):
    (tmp_path / "lab").mkdir()
    for name, content in datapackage().items():
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        (tmp_path / "lab" / name).write_bytes(raw)

    made = plugged(tmp_path, "lab", 1, **FLOWS)

    assert round(under(made, "pact-3.0").value, 9) == round(10 * STEEL, 9)
    fossil = made.factors[("lab.steel", "")]
    assert {flow: round(v, 9) for flow, v in fossil.flows} == {"ch4_fossil": 0.0025, "co2_fossil": 3.15}


def openlca():
    def flow(name, kind, unit):
        return {"@type": "Flow", "@id": name, "name": name, "flowType": kind, "refUnit": unit}

    steel, power = flow("steel", "PRODUCT_FLOW", "kg"), flow("power", "PRODUCT_FLOW", "kWh")
    ash, co2 = flow("ash", "WASTE_FLOW", "kg"), flow("Carbon dioxide, fossil", "ELEMENTARY_FLOW", "kg")
    methane = flow("Methane, fossil", "ELEMENTARY_FLOW", "kg")
    unit = {kind: {"@id": f"unit-{kind}", "name": kind} for kind in ("kg", "g", "kWh", "MJ")}

    def exchange(flow, amount, unit, into=False, reference=False):
        return {"flow": flow, "amount": amount, "unit": unit, "isInput": into, "isQuantitativeReference": reference}

    def process(name, exchanges):
        return {"@type": "Process", "@id": f"p-{name}", "name": f"{name} making", "exchanges": exchanges}

    return {
        "openlca.json": {"schemaVersion": 2},
        "unit_groups/mass.json": {
            "units": [{"@id": "unit-kg", "conversionFactor": 1.0}, {"@id": "unit-g", "conversionFactor": 0.001}]
        },
        "unit_groups/energy.json": {
            "units": [{"@id": "unit-kWh", "conversionFactor": 1.0}, {"@id": "unit-MJ", "conversionFactor": 1 / 3.6}]
        },
        "processes/steel.json": process(
            "steel",
            [
                exchange(steel, 1, unit["kg"], reference=True),
                exchange(power, 7.2, unit["MJ"], True),
                exchange(co2, 1.5, unit["kg"]),
            ],
        ),
        "processes/power.json": process(
            "power",
            [
                exchange(power, 1, unit["kWh"], reference=True),
                exchange(steel, 100, unit["g"], True),
                exchange(co2, 500, unit["g"]),
                exchange(methane, 1, unit["g"]),
                exchange(ash, 0.2, unit["kg"]),
            ],
        ),
        "processes/ash.json": process(
            "ash", [exchange(ash, 1, unit["kg"], True, True), exchange(co2, 0.05, unit["kg"])]
        ),
    }


def test_an_openlca_export_agrees_with_the_sum_made_by_hand(tmp_path):
    zipped(tmp_path / "lab.zip", openlca())

    assert round(under(plugged(tmp_path, "lab.zip", "steel making"), "pact-3.0").value, 9) == round(10 * STEEL, 9)


ONE = '<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold01">%s</ecoSpold>'


def dataset(number, name, unit, exchanges):
    rows = "".join(
        f'<exchange number="{n}" name="{what}" unit="{u}" location="" category="air" meanValue="{v}">'
        f"<{group}>{g}</{group}></exchange>"
        for n, what, u, v, group, g in exchanges
    )
    head = f'<referenceFunction name="{name}" unit="{unit}" amount="1"/><geography location=""/>'
    return (
        f'<dataset number="{number}"><metaInformation><processInformation>{head}</processInformation></metaInformation>'
        f"<flowData>{rows}</flowData></dataset>"
    )


def ecospold_1():
    gas = ("Carbon dioxide, fossil", "kg")
    return ONE % (
        dataset(
            1,
            "steel",
            "kg",
            [
                (1, "steel", "kg", 1, "outputGroup", 0),
                (2, "power", "kWh", 2, "inputGroup", 5),
                (9, *gas, 1.5, "outputGroup", 4),
            ],
        )
        + dataset(
            2,
            "power",
            "kWh",
            [
                (2, "power", "kWh", 1, "outputGroup", 0),
                (1, "steel", "kg", 0.1, "inputGroup", 1),
                (9, *gas, 0.5, "outputGroup", 4),
                (10, "Methane, fossil", "kg", 0.001, "outputGroup", 4),
                (3, "ash treated", "kg", 0.2, "inputGroup", 5),
            ],
        )
        + dataset(
            3, "ash treated", "kg", [(3, "ash treated", "kg", 1, "outputGroup", 0), (9, *gas, 0.05, "outputGroup", 4)]
        )
    )


def ecospold_2():
    def spold(number, name, unit, made, inputs, emissions):
        def product(key, amount, link, group):
            linked = f' activityLinkId="{link}"' if link else ""
            return (
                f'<intermediateExchange intermediateExchangeId="{key}" amount="{amount}"{linked}><name>{key}</name>'
                f"<unitName>{unit}</unitName>{group}</intermediateExchange>"
            )

        rows = product(name, made, "", "<outputGroup>0</outputGroup>")
        rows += "".join(product(key, amount, link, "<inputGroup>5</inputGroup>") for link, key, amount in inputs)
        rows += "".join(
            f'<elementaryExchange elementaryExchangeId="{gas}" amount="{amount}"><name>{gas}</name>'
            "<unitName>kg</unitName><compartment><compartment>air</compartment></compartment><outputGroup>4</outputGroup></elementaryExchange>"
            for gas, amount in emissions
        )
        head = f'<activity id="{number}"><activityName>{name} making</activityName></activity>'
        return (
            '<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold02"><activityDataset><activityDescription>'
            f"{head}<geography><shortname>GLO</shortname></geography></activityDescription>"
            f"<flowData>{rows}</flowData></activityDataset></ecoSpold>"
        )

    co2, methane = "Carbon dioxide, fossil", "Methane, fossil"
    return {
        "datasets/a.spold": spold("a", "steel", "kg", 1, [("b", "power", 2)], [(co2, 1.5)]),
        "datasets/b.spold": spold(
            "b", "power", "kWh", 1, [("a", "steel", 0.1), ("c", "ash", -0.2)], [(co2, 0.5), (methane, 0.001)]
        ),
        "datasets/c.spold": spold("c", "ash", "kg", -1, [], [(co2, 0.05)]),  # a treatment makes less than nothing
    }


def test_ecospold_1_agrees_with_the_sum_made_by_hand(tmp_path):
    (tmp_path / "lab.xml").write_text(ecospold_1(), encoding="utf-8")

    assert round(under(plugged(tmp_path, "lab.xml", "steel"), "pact-3.0").value, 9) == round(10 * STEEL, 9)


def test_ecospold_2_agrees_with_the_sum_made_by_hand(tmp_path):
    zipped(tmp_path / "lab.zip", ecospold_2())

    assert round(under(plugged(tmp_path, "lab.zip", "steel making"), "pact-3.0").value, 9) == round(10 * STEEL, 9)


BOMB = b'<!DOCTYPE a [<!ENTITY x "aaaa"><!ENTITY y "&x;&x;">]><ecoSpold><dataset>&y;</dataset></ecoSpold>'


@pytest.mark.parametrize(
    ("name", "files", "says"),
    [
        ("out.zip", {"../evil.spold": ecospold_1()}, "leads out of the archive"),
        ("root.zip", {"/etc/evil.spold": ecospold_1()}, "leads out of the archive"),
        ("bomb.zip", {"a.spold": b"<ecoSpold>" + b" " * (64 << 20) + b"</ecoSpold>"}, "unpacks to more than 200 times"),
        ("entities.zip", {"a.spold": BOMB}, "declares a document type or entities"),
        ("deep.zip", {"a.spold": "<a>" * 60 + "</a>" * 60}, "nests deeper than 40 levels"),
        ("torn.zip", {"a.spold": "<ecoSpold><dataset>"}, "is not well-formed XML"),
        ("else.zip", {"read.me": "hello"}, "is no database in a known format"),
        ("empty.zip", {"datapackage.json": {"resources": []}}, "holds no technosphere_matrix"),
        ("pickle.zip", {**datapackage(), "made.data.npy": npy(np.array([{"a": 1}], dtype=object))}, "made.data.npy: "),
        (
            "short.zip",
            {**datapackage(), "made.data.npy": npy(np.array([1.0]))},
            "6 indices and (1,) numbers do not fit",
        ),
        (
            "away.zip",
            {
                "datapackage.json": {
                    "resources": [
                        {"path": "../../x.npy", "kind": k, "matrix": "technosphere_matrix"} for k in ("indices", "data")
                    ]
                }
            },
            "which is not in it",
        ),
    ],
)
def test_a_hostile_or_broken_database_is_refused_with_its_place(tmp_path, name, files, says):
    zipped(tmp_path / name, files)

    with pytest.raises(BadInput) as told:
        plugged(tmp_path, name, 1)

    assert says in str(told.value)
    assert f"background 'lab': {name}: " in str(told.value)
    assert str(told.value).startswith("inventory.yaml:")


def test_an_array_that_promises_more_than_it_holds_takes_no_memory(tmp_path):
    head = npy(np.zeros(3)).replace(b"(3,)", b"(3000000000000,)".ljust(4))
    zipped(tmp_path / "lab.zip", {**datapackage(), "made.data.npy": head})

    with pytest.raises(BadInput, match=r"made\.data\.npy: "):
        plugged(tmp_path, "lab.zip", 1)


def bent(raw, die):
    """Bytes with some of them changed, cut or put in."""
    held = bytearray(raw)
    for _ in range(die.randint(1, 6)):
        at, kind = die.randrange(len(held) or 1), die.random()
        if kind < 0.4 and held:
            held[at] = die.randrange(256)
        elif kind < 0.6:
            del held[at : at + die.randint(1, 8)]
        elif kind < 0.8:
            held[at:at] = die.choice([b"null", b"[]", b"{}", b"-1", b"1e999", b'"x"', b"<a>", b"&lt;"])
        else:
            held = held[:at]
    return bytes(held)


@pytest.mark.parametrize("seed", range(120))
def test_whatever_is_bent_it_is_read_or_refused_with_a_sentence(tmp_path, seed):
    die = random.Random(seed)
    made, asked = die.choice(
        [
            (datapackage(), {"of": 1, **FLOWS}),
            (openlca(), {"of": "steel making"}),
            ({"a.xml": ecospold_1()}, {"of": "steel"}),
            (ecospold_2(), {"of": "steel making"}),
        ]
    )
    files = {
        k: v if isinstance(v, bytes) else (v if isinstance(v, str) else json.dumps(v)).encode() for k, v in made.items()
    }
    name = die.choice(sorted(files))
    files[name] = bent(files[name], die)
    zipped(tmp_path / "lab.zip", files)
    if die.random() < 0.2:
        (tmp_path / "lab.zip").write_bytes(bent((tmp_path / "lab.zip").read_bytes(), die))

    with contextlib.suppress(BadInput):
        plugged(tmp_path, "lab.zip", **asked)


def test_a_link_that_leaves_the_folder_is_refused(tmp_path):
    (tmp_path / "secret.spold").write_text("secret", encoding="utf-8")
    (tmp_path / "p" / "lab").mkdir(parents=True)
    (tmp_path / "p" / "lab" / "a.spold").symlink_to(tmp_path / "secret.spold")

    with pytest.raises(BadInput, match=r"is a link that leads out of lab"):
        plugged(tmp_path / "p", "lab", 1)


@pytest.mark.parametrize(
    ("of", "more", "says"),
    [
        ("steal making", {}, "it has no product 'steal making'; did you mean 'steel making'"),
        ("steel making", {"unit": "kWh"}, "is written per kWh, but the database has it per kg"),
        ("steel making", {"flows": '"Methane, fosil": ch4_fossil'}, "it has no flow 'Methane, fosil'; did you mean"),
        ("steel making", {"flows": '"Methane, fossil": ch4'}, "no flow of ours is called 'ch4'"),
    ],
)
def test_what_is_not_in_it_is_named_with_the_nearest(tmp_path, of, more, says):
    zipped(tmp_path / "lab.zip", openlca())

    with pytest.raises(BadInput) as told:
        plugged(tmp_path, "lab.zip", of, **more)

    assert says in str(told.value)


def test_a_singular_database_names_its_process(tmp_path):
    zipped(tmp_path / "lab.zip", datapackage([(1, 1, 1), (2, 2, 1), (2, 1, -2), (1, 2, -0.5)], BIOSPHERE[:2]))

    with pytest.raises(BadInput, match=r"process '[12]': it needs all it makes"):
        plugged(tmp_path, "lab.zip", 1, "kg", '"101": co2_fossil')


def test_a_database_needs_a_source_and_a_license(tmp_path):
    zipped(tmp_path / "lab.zip", openlca())
    text = HEAD + PRODUCT + PLUG.replace("FILE", "lab.zip").replace("STEEL", "steel making")

    with pytest.raises(BadInput, match="names source 'lob', which this file does not have; did you mean 'lab'"):
        read(tmp_path, text.replace("source: lab,", "source: lob,"))
    with pytest.raises(BadInput, match="background 'lab' has no license"):
        read(tmp_path, text.replace("license: our own", 'license: " "'))


@pytest.mark.parametrize("broken", [b"", b"\x00\xff", b"<a", b"<?xml version='1.0' encoding='nonsense'?><a/>"])
def test_broken_markup_is_a_sentence(broken):
    with pytest.raises(ValueError, match=r"is not well-formed XML|holds no element"):
        tree(broken)
