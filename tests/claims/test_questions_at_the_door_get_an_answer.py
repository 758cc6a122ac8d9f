"""What somebody types at the door and does not mean: the sentence says what is wrong and what to type instead."""

import pytest

from tests.builders import SHOWN, carnet, lay, pack, rule, step, truck, write_project


@pytest.fixture
def ask(tmp_path):
    """`carnet WORDS` over a small library; {project} stands for a project file in market xa."""
    library = lay(tmp_path, rule(demands=SHOWN, evidence=["test_report"]))
    project = write_project(tmp_path, truck(), pack())

    def run(words):
        return carnet(library, *(str(project) if w == "{project}" else w for w in words.split()))

    return run


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("why xa.pack.safety --market xb", 3, "'xa.pack.safety' is known, but not in"),
        ("why xa.pack.safety --market zz", 3, "no economy of the code 'zz' is known"),
        (
            "why xa.pack.safety@pack",
            3,
            "'xa.pack.safety@pack' is a finding, and no project is given. "
            "Name its file: carnet why xa.pack.safety@pack project.yaml",
        ),
        (
            "review {project} {project} --format sarif",
            2,
            "--format sarif does not go with several alternatives; use human or json",
        ),
        ("words xyzzy", 3, "no fact or family is called 'xyzzy'. All: carnet words"),
        ("review --product xyzzy --market xa", 2, "no product is called 'xyzzy'. Known: "),
        ("catalog list xyzzy", 2, "there is no list of 'xyzzy'. Lists: requirements,"),
    ],
)
def test_the_answer_names_what_to_type(ask, words, code, sentence):
    ran = ask(words)

    assert ran.err.startswith(sentence)
    assert (ran.code, ran.out) == (code, "")


def test_a_file_name_that_is_no_utf8_is_printed_with_escapes(tmp_path):
    library = lay(tmp_path, rule(demands=SHOWN, evidence=["test_report"]))
    project = write_project(tmp_path, truck(), pack()).rename(tmp_path / "p\udce9.yaml")
    page = tmp_path / "page.html"

    ran = carnet(library, "review", project, "--html", page, "--format", "json", "--fail-on", "never")

    assert ran.code == 0, ran.err
    assert ran.json["file"] == r"p\udce9.yaml"
    assert r"p\udce9.yaml" in page.read_text(encoding="utf-8")


def test_an_answer_of_many_texts_counts_them_in_english(tmp_path):
    rows = [rule(f"xa.draft{n}", demands="battery.passport", status=[step("2020-01-01", "draft")]) for n in range(60)]
    library = lay(tmp_path, *rows)

    ran = carnet(library, "review", write_project(tmp_path, truck(), pack()), "--format", "md", "--fail-on", "never")

    assert "more texts" in ran.out
    assert "mores" not in ran.out
