"""A private library lies over the one that comes with the engine: it adds, it replaces row by row, it hides no more."""

import pytest

from carnet.catalog import open_catalog
from carnet.errors import BadData, BadInput
from tests.builders import BASE, carnet, file, lay, lay_rows, pack, recognition, rule, truck, write_project

ID = "xa.pack.safety"
WEAK, STRICT = (rule(demands=f"battery.rated_energy >= {kwh} kWh") for kwh in (100, 400))
PACK = pack(rated_energy="282 kWh")


def verdicts(folder, *over, options=(), **said) -> dict[str, str]:
    library = lay(folder, WEAK)
    words = [w for n, rows in enumerate(over) for w in ("--with", lay_rows(folder / f"over{n}", *rows))]
    ran = carnet(library, "review", write_project(folder, PACK, **said), "--format", "json", *words, *options)
    return {f["rule"]: f["verdict"] for f in ran.json["findings"]}


def test_a_private_rule_is_added(tmp_path):
    buyer = rule("buyer.chemistry", market="any", demands="battery.chemistry == LFP", force="contractual")

    assert verdicts(tmp_path, [buyer]) == {ID: "met", "buyer.chemistry": "unproven"}


def test_a_row_of_the_same_id_replaces_the_one_below(tmp_path):
    assert verdicts(tmp_path, [STRICT]) == {ID: "unmet"}


def test_the_last_of_several_lies_on_top(tmp_path):
    middle, top = rule(demands="battery.rated_energy >= 400 kWh"), rule(demands="battery.rated_energy >= 200 kWh")

    assert verdicts(tmp_path, [middle], [top]) == {ID: "met"}
    assert verdicts(tmp_path, [top], [middle]) == {ID: "unmet"}


def test_a_project_may_name_its_libraries(tmp_path):
    lay_rows(tmp_path / "buyer", STRICT)

    assert verdicts(tmp_path, libraries=["buyer"]) == {ID: "unmet"}


def test_a_private_recognition_works_with_the_rules_below(tmp_path):
    private = [recognition(), file("markets/_unions/club/union.yaml", "union: club\nname: Club\nmeans: x\n")]

    catalog = open_catalog([lay_rows(tmp_path / "over", *private)], base=BASE)

    assert [r.id for r in catalog.recognitions] == ["coast.mutual"]
    assert "club" in catalog.unions


def test_the_digest_tells_which_libraries_were_laid(tmp_path):
    over, other = lay_rows(tmp_path / "over", WEAK), lay_rows(tmp_path / "other", STRICT)

    digests = {open_catalog(rows, base=BASE).digest for rows in ([], [over], [other], [over, other], [other, over])}

    assert len(digests) == 5


def test_the_place_of_a_private_library_does_not_change_the_digest(tmp_path):
    one, two = (lay_rows(tmp_path / name, WEAK) for name in ("one", "two"))

    assert open_catalog([one], base=BASE).digest == open_catalog([two], base=BASE).digest


def test_a_folder_that_is_no_library_is_refused(tmp_path):
    ran = carnet(lay(tmp_path), "review", write_project(tmp_path, truck()), "--with", tmp_path / "gone")

    assert ran.code == 2
    assert (
        "gone:1:1: is not a folder with a library\n    Give the folder that holds markets/, standards/ ..." in ran.err
    )


def test_a_library_the_project_names_and_that_is_not_there_is_refused(tmp_path):
    ran = carnet(lay(tmp_path), "review", write_project(tmp_path, truck(), libraries=["gone"]))

    assert ran.code == 2
    assert "gone:1:1: is not a folder with a library" in ran.err


def test_what_is_wrong_in_a_private_library_is_said_with_its_file(tmp_path):
    wrong = lay_rows(tmp_path / "over", rule(demands="battery.pasport"))

    with pytest.raises(BadData) as refused:
        open_catalog([wrong], base=BASE)

    assert "markets/xa/test-requirements.yaml:3:5: xa.pack.safety: demands: no fact is called 'battery.pasport'" in str(
        refused.value
    )


def test_a_private_library_may_use_the_words_below_and_not_the_other_way_round(tmp_path):
    words = file("words/facts/own.yaml", "facts:\n  vehicle.paint: {about: [vehicle], type: text, means: x}\n")
    own = lay_rows(tmp_path / "own", words, rule("own.paint", about="vehicle", demands="known(vehicle.paint)"))
    alone = lay_rows(tmp_path / "alone", rule("own.paint", about="vehicle", demands="known(vehicle.paint)"))

    assert "vehicle.paint" in open_catalog([own], base=BASE).words
    with pytest.raises(BadInput):
        open_catalog([alone], base=BASE)


def test_hidden_files_and_links_out_of_a_library_are_not_read(tmp_path):
    over = lay_rows(tmp_path / "over", WEAK)
    secret = lay_rows(tmp_path / "secret", rule("secret.rule", demands="battery.passport"))
    (over / "markets" / "xb").symlink_to(secret / "markets" / "xa", target_is_directory=True)
    (over / "markets" / "xa" / ".draft.yaml").write_text("not: even read")

    catalog = open_catalog([over], base=BASE)

    assert [r["id"] for r in catalog.table("requirements")] == [ID]
