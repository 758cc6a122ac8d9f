"""A document counts when it is there, unchanged, in time and for this version; if not, nothing is shown, and why."""

import pytest

from carnet.catalog import open_catalog
from carnet.errors import BadProject
from carnet.project import load_project
from tests.builders import DAY, SHOWN, Row, lay, pack, report, review, review_one, rule, write_project

RULE = rule(demands=SHOWN, evidence=["test_report"])


def refused(folder, *rows: Row) -> str:
    """What is said of a project whose file points to something that cannot be used; places by the bare file name."""
    catalog = open_catalog(base=lay(folder, *rows))
    path = write_project(folder, *rows)
    with pytest.raises(BadProject) as error:
        load_project(path, catalog)
    return str(error.value).replace(f"{folder}/", "")


def test_a_document_in_time_counts():
    finding = review_one(RULE, pack(), report(issued="2026-01-15", expires="2026-11-21"), on="2026-11-21")

    assert finding.verdict == "met"


def test_an_expired_document_does_not_count():
    finding = review_one(RULE, pack(), report(expires="2026-11-20"), on="2026-11-21")

    assert finding.verdict == "unproven"
    assert "In hand: report does not count: it expired 2026-11-20, before 2026-11-21." in finding.because
    assert finding.evidence == ("report",)


@pytest.mark.parametrize(("on", "verdict"), [("2026-11-30", "met"), ("2026-12-01", "unproven")])
def test_an_expiry_known_to_the_month_lasts_to_its_last_day(on, verdict):
    assert review_one(RULE, pack(), report(expires="2026-11"), on=on).verdict == verdict


def test_a_document_issued_later_does_not_count_yet():
    finding = review_one(RULE, pack(), report(issued="2026-11-22"), on="2026-11-21")

    assert finding.verdict == "unproven"
    assert "it is issued 2026-11-22, after 2026-11-21" in finding.because


def test_a_document_for_another_version_does_not_count():
    finding = review_one(RULE, pack(versions={"hardware": "P7"}), report(covers={"hardware": "P6"}))

    assert finding.verdict == "unproven"
    assert "it covers hardware P6, but pack is hardware P7" in finding.because


def test_a_document_for_this_version_counts():
    both = {"hardware": "P7", "software": "4.1.0"}

    assert review_one(RULE, pack(versions=both), report(covers=both)).verdict == "met"


def test_a_document_about_two_things_counts_for_the_one_it_covers():
    things = (
        pack(versions={"hardware": "P7"}),
        pack("spare", versions={"hardware": "P8"}),
        report(about=["pack", "spare"], covers={"hardware": "P7"}),
    )

    findings = {f.about: f for f in review(RULE, *things).findings if f.rule == "xa.pack.safety"}

    assert findings[("pack",)].verdict == "met"
    assert findings[("spare",)].verdict == "unproven"
    assert "it covers hardware P7, but spare is hardware P8" in findings[("spare",)].because


def test_a_document_without_a_recorded_digest_does_not_count():
    finding = review_one(RULE, pack(), report(digest=None))

    assert finding.verdict == "unproven"
    assert "no digest is recorded for its file (carnet evidence register)" in finding.because


def test_a_document_without_a_file_does_not_count():
    finding = review_one(RULE, pack(), report(file=""))

    assert finding.verdict == "unproven"
    assert "it names no file" in finding.because


def test_every_reason_is_given():
    document = report(expires="2026-01-20", covers={"hardware": "P6"})

    (kept,) = review(RULE, pack(versions={"hardware": "P7"}), document).project.evidence

    assert kept.reasons == (f"it expired 2026-01-20, before {DAY}", "it covers hardware P6, but pack is hardware P7")


def test_facts_shown_by_a_document_that_does_not_count_are_not_known():
    dense = rule(demands="battery.rated_energy >= 100 kWh")
    shows = {"battery.rated_energy": "282 kWh"}

    assert review_one(dense, pack(), report(shows=shows)).verdict == "met"
    assert review_one(dense, pack(), report(shows=shows, expires="2026-01-20")).verdict == "unproven"


def test_a_document_that_does_not_count_is_not_carried_either():
    from tests.builders import approval, recognition

    wanted = rule(demands=SHOWN, evidence=["type_approval"])

    finding = review_one(wanted, recognition(), pack(), approval(granted_in="xb", expires="2026-11-20"))

    assert finding.verdict == "unproven"


# --- the file behind it ---


def test_a_file_that_changed_after_it_was_recorded_is_refused(tmp_path):
    changed = report(content=b"all passed\n", digest="sha256:" + "0" * 64)

    says = refused(tmp_path, pack(), changed)

    assert says.endswith(
        "evidence 'report': the file changed after it was recorded (digest 000000... now 356079...)\n"
        "    Record it again, or restore it."
    )
    assert says.startswith("project.yaml:27:4: ")


def test_a_missing_file_is_refused_and_the_nearest_named(tmp_path):
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "report-final.txt").write_text("here")
    gone = Row("evidence", "report", report(file="evidence/report_final.txt").body)

    assert "there is no file 'evidence/report_final.txt'; did you mean 'report-final.txt'?" in refused(
        tmp_path, pack(), gone
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"not a pdf", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"x" * 5000, b"x" * 2000 + b"%PDF-1.7\nstartxref\n0\n%%EOF\n"],
    ids=["empty", "other", "head only", "cut off", "header late"],
)
def test_an_unreadable_pdf_is_refused(tmp_path, content):
    says = refused(tmp_path, pack(), report(file="evidence/report.pdf", content=content))

    assert "'evidence/report.pdf' cannot be read as a PDF: its header or its end is missing; export it again" in says


def test_a_pdf_with_head_and_tail_is_readable():
    whole = b"%PDF-1.7\n" + b"x" * 5000 + b"\nstartxref\n0\n%%EOF\n"

    assert review_one(RULE, pack(), report(file="evidence/report.pdf", content=whole)).verdict == "met"


@pytest.mark.parametrize("name", ["/etc/hostname", "../outside.txt", "evidence/../../outside.txt"])
def test_a_path_that_leaves_the_project_is_refused(tmp_path, name):
    inside = tmp_path / "project"
    inside.mkdir()
    (tmp_path / "outside.txt").write_text("secret")

    says = refused(inside, pack(), Row("evidence", "report", {**report().body, "file": name}))

    assert f"{name!r} leaves the project's folder; keep the file beside the project and name it from there" in says


def test_a_link_that_leaves_the_project_is_refused(tmp_path):
    inside = tmp_path / "project"
    inside.mkdir()
    (tmp_path / "outside.txt").write_text("secret")
    (inside / "link.txt").symlink_to(tmp_path / "outside.txt")

    says = refused(inside, pack(), Row("evidence", "report", {**report().body, "file": "link.txt"}))

    assert "'link.txt' is a link that leaves the project's folder; copy the file beside the project" in says


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "evidence").mkdir()

    assert "there is no file 'evidence'" in refused(
        tmp_path, pack(), Row("evidence", "report", {**report().body, "file": "evidence"})
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a\x00b.txt", "is a name no file can have; write the path as it stands on disk"),
        ("x" * 300 + ".txt", "cannot be read: File name too long; check its name and permissions"),
        ("evidence/" * 500 + "x", "cannot be read: File name too long; check its name and permissions"),
    ],
    ids=["nul", "long", "deep"],
)
def test_a_name_no_file_can_have_is_refused_with_a_sentence(tmp_path, name, why):
    assert why in refused(tmp_path, pack(), Row("evidence", "report", {**report().body, "file": name}))


def test_links_that_go_round_in_a_circle_are_refused(tmp_path):
    (tmp_path / "a.txt").symlink_to("b.txt")
    (tmp_path / "b.txt").symlink_to("a.txt")

    says = refused(tmp_path, pack(), Row("evidence", "report", {**report().body, "file": "a.txt"}))

    assert "'a.txt'" in says


def test_a_file_larger_than_any_evidence_is_refused_unread(tmp_path):
    with (tmp_path / "big.bin").open("wb") as file:
        file.truncate(600 * 1024 * 1024)  # sparse: it takes no room

    says = refused(tmp_path, pack(), Row("evidence", "report", {**report().body, "file": "big.bin"}))

    assert "'big.bin' has 629,145,600 bytes; at most 536,870,912 are read as evidence" in says


def test_the_digest_of_every_input_is_kept(tmp_path):
    rows = [RULE, pack(), report()]
    catalog = open_catalog(base=lay(tmp_path, *rows))
    path = write_project(tmp_path, *rows)

    kept = load_project(path, catalog).inputs

    assert [name for name, _ in kept] == ["evidence/report.txt", "project.yaml"]
    assert all(digest.startswith("sha256:") and len(digest) == 71 for _, digest in kept)
