"""The shapes of JSON: schemas of the files people write, and what each command gives, read off real results."""

import contextlib
import io
import json
from typing import Any

from . import MADE, table

TRUCK = "examples/heavy-truck-corridor.yaml"
HEAD = """# JSON

Every JSON output names its schema and version; within a version fields are added, never taken away.
"""
# One command per schema; the fields are those of its result on the examples.
ASKED = {
    "carnet review --format json": ["review", TRUCK, "--format", "json"],
    "carnet review A B --format json": ["review", "examples/passenger-car.yaml", TRUCK, "--format", "json"],
    "carnet review --change F=V --format json": [
        "review",
        TRUCK,
        "--change",
        "pack:battery.use=ev",
        "--format",
        "json",
    ],
    "carnet why --format json": ["why", "th.reess.tis@pack", TRUCK, "--format", "json"],
    "carnet documents --format json": ["documents", TRUCK, "--format", "json"],
    "carnet words --format json": ["words", "vehicle.category", "--format", "json"],
    "carnet catalog list --format json": ["catalog", "list", "requirements", "--market", "th", "--format", "json"],
    "carnet catalog show --format json": ["catalog", "show", "UN R100.03", "--format", "json"],
    "carnet catalog search --format json": ["catalog", "search", "swap", "--format", "json"],
    "carnet catalog stale --format json": ["catalog", "stale", "--format", "json"],
    "carnet catalog quality --format json": ["catalog", "quality", "--format", "json"],
    "carnet evidence register --format json": ["evidence", "register", TRUCK, "--format", "json"],
}


def pages() -> dict[str, str]:
    """The page of JSON outputs, and the schemas that `carnet schema` prints. Runs where the examples are."""
    made = {}
    for name in ("project", "disclosure", "dossier"):
        printed = run(["schema", name])
        if printed:
            made[f"docs/reference/schema/{name}.json"] = printed
    links = ", ".join(f"[{name}](schema/{name})" for name in (path.rpartition("/")[2] for path in made))
    text = MADE + HEAD + f"Schemas for editors and checkers: {links}.\n"
    text += "The fields below are those of real results on the examples.\n"
    for title, asked in ASKED.items():
        found = json.loads(run(asked) or "{}")
        name = found.get("schema", "") if isinstance(found, dict) else ""
        typed = sorted(fields(found, "").items())
        rows: list[list[object]] = [[f"`{p}`", " or ".join(sorted(t)) or "empty in the examples"] for p, t in typed]
        text += f"\n## {title}\n\n" + (f"Schema `{name}`.\n\n" if name else "") + table(["field", "type"], rows)
    return {**made, "docs/reference/json.md": text}


def run(asked: list[str]) -> str:
    """What a command prints, or nothing when it fails."""
    from carnet.doors.cli.console import guarded
    from carnet.doors.cli.tree import app

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = guarded(lambda: app(asked, standalone_mode=False, prog_name="carnet"))
    return out.getvalue() if code in (0, 1) else ""


def fields(value: Any, path: str) -> dict[str, set[str]]:
    """Dotted path of every field -> its types, over all items of lists; at most four steps deep.

    A table keyed by ids (its name begins with by_) is shown once, as path.ID; a dossier inside another result by name.
    """
    found: dict[str, set[str]] = {}
    if isinstance(value, dict) and path.count(".") < 3 and not path.endswith(".dossier"):
        keyed = path.rpartition(".")[2].startswith("by_")
        for key, inner in value.items():
            name = "ID" if keyed else key
            _merge(found, fields(inner, f"{path}.{name}" if path else name))
    elif isinstance(value, list):
        for item in value:
            _merge(found, fields(item, f"{path}[]"))
        if not value:
            found[f"{path}[]"] = set()
    else:
        found[path] = {_kind(value)}
    return found


def _merge(into: dict[str, set[str]], more: dict[str, set[str]]) -> None:
    for key, kinds in more.items():
        into.setdefault(key, set()).update(kinds)


def _kind(value: Any) -> str:
    names = {str: "text", bool: "true or false", int: "number", float: "number", dict: "object", type(None): "null"}
    return names[type(value)]
