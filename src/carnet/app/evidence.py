"""The evidence of a project: its register, its import from a workbook, sealing a review and verifying the seal.

Reading order: register(), import_register(), seal_project(), verify_seal().
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..project import load_project
from .reviewing import library, review_project


def register(path: Path) -> list[dict[str, Any]]:
    """The evidence register of a project with each file's digest as it is now."""
    from ..ledger.register import rows
    from ..project.files import digest

    project = load_project(path, library(path), lenient=True)
    found = {}
    for evidence in project.evidence:
        if evidence.file:
            try:
                found[evidence.file] = digest(path.parent, evidence.file)
            except ValueError:
                found[evidence.file] = ""
    return rows(project, found)


def import_register(path: Path, workbook: Path) -> tuple[str, int]:
    """(the project file's text with the workbook's documents appended, how many); checked before it is used."""
    from ..ledger.register import as_yaml, from_xlsx
    from ..project.files import digest

    project = load_project(path, library(path), lenient=True)
    known = {e.id for e in project.evidence}
    rows = [r for r in from_xlsx(workbook) if r["id"] not in known]
    for row in rows:
        if row.get("file") and not row.get("digest"):
            try:
                row["digest"] = digest(path.parent, row["file"])
            except ValueError as error:
                raise BadInput(f"{workbook}: document {row['id']!r}: {error}") from None
    text = path.read_text(encoding="utf-8")
    block = as_yaml(rows)
    lines = text.splitlines(keepends=True)
    at = next((n for n, line in enumerate(lines) if line.startswith("evidence:")), None)
    if at is None:
        merged = text.rstrip("\n") + "\nevidence:\n" + block
    elif lines[at].split("#")[0].strip() != "evidence:":
        raise BadInput(
            f"{path}:{at + 1}: evidence is written on one line; write it as a list below 'evidence:' to import into it"
        )
    else:
        end = next(
            (n for n in range(at + 1, len(lines)) if lines[n].strip() and not lines[n].startswith((" ", "-", "#"))),
            len(lines),
        )
        while end > at + 1 and not lines[end - 1].strip():
            end -= 1
        merged = "".join(lines[:end]).rstrip("\n") + "\n" + block + "".join(lines[end:])
    _still_reads(path, merged)
    return merged, len(rows)


def _still_reads(path: Path, text: str) -> None:
    """Refuse a merge that would break the project file: it is read once from a copy beside it."""
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=path.parent, encoding="utf-8", prefix=".import-") as copy:
        copy.write(text)
        copy.flush()
        load_project(Path(copy.name), library(path), lenient=True)


def seal_project(path: Path, **asked: Any) -> dict[str, Any]:
    """The seal of a review; the library is read anew, so that nothing rests on a kept copy of it."""
    from ..dossier.json import contract
    from ..ledger.seal import seal

    dossier, catalog = review_project(path, **{**asked, "cache": False})
    return seal(contract(dossier, catalog), path, dict(dossier.project.inputs))


def verify_seal(path: Path, project: Path | None, overlays: Sequence[Path] = ()) -> dict[str, Any]:
    """Every claim of a seal, a kept dossier or a sealed bundle checked anew."""
    from ..dossier.json import contract
    from ..errors import CarnetError
    from ..ledger.seal import read, verify

    if path.suffix == ".zip":  # a bundle of credentials and claims, recomputed from what it carries
        from ..supply.desk import verify as verify_bundle

        return verify_bundle(path, library(None, overlays))
    sealed = read(path)
    target = project or path.parent / sealed["file"]
    again, why = None, ""
    try:
        dossier, catalog = review_project(
            target, on=sealed["on"], known=sealed["known"], event=sealed["event"], overlays=overlays, cache=False
        )
        again = contract(dossier, catalog)
    except CarnetError as error:
        why = str(error)
    return verify(sealed, target.parent, again, why)
