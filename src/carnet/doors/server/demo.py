"""A house to try things in: one organization, somebody in every role, the example projects loaded.

Reading order: EXAMPLES, settle().
"""

from __future__ import annotations

import secrets
from pathlib import Path

from ...errors import BadInput
from ...store import people
from .exchange import Exchange
from .lakes import settle_demo
from .packing import from_files
from .policy import Caller
from .problems import Refusal
from .work import Asked

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"
PACKAGED = Path(__file__).resolve().parents[2] / "_examples"
BULK = (".yaml", ".csv", ".json")  # an inventory or a chain names further files beside itself
PERSONS = ("engineer", "reviewer", "auditor", "partner")


def examples() -> Path:
    """The folder of the example projects; raises BadInput when they were not installed."""
    found = PACKAGED if PACKAGED.is_dir() else EXAMPLES
    if not found.is_dir():
        raise BadInput("the example projects are not installed here; run carnet serve --demo in a checkout of Carnet")
    return found


def folder_of(project: Path) -> list[tuple[str, bytes]]:
    """The project file, the files beside it that it names, and the folders its bulk inputs lie in."""
    text = project.read_text(encoding="utf-8")
    found = {p.relative_to(project.parent): p for p in sorted(project.parent.rglob("*")) if p != project}
    there = {name: p for name, p in found.items() if not any(part.startswith(".") for part in name.parts)}
    named = {name for name in there if name.as_posix() in text}
    folders = {name for name in named if there[name].is_dir() and len(name.parts) > 1}
    folders |= {name.parent for name in named if name.suffix in BULK and len(name.parts) > 1}
    wanted = [name for name in there if name in named or folders.intersection(name.parents)]
    return [(project.name, project.read_bytes())] + [
        (name.as_posix(), there[name].read_bytes()) for name in wanted if there[name].is_file()
    ]


def settle(exchange: Exchange, password: str = "") -> tuple[list[tuple[str, str]], str]:
    """((email, role) of everybody, their common password); everything is made once, then only the passwords anew."""
    password = password or secrets.token_urlsafe(9)
    with exchange.store.look() as view:
        there = people.organizations(view)
        users = people.users(view, there[0]["id"]) if there else []
    if there and not (len(there) == 1 and there[0]["name"] == "Demo Works"):
        raise BadInput(
            "this folder holds a real exchange; start the demo in another one: carnet serve --demo --data DIR"
        )
    if not there:
        _settle(exchange, password)
    else:
        owner = next(u for u in users if u["role"] == "owner")
        boss = Caller(owner["id"], owner["organization"], "owner", owner["name"])
        for user in users:
            exchange.change_user(boss, user["id"], user["revision"], {"password": password})
    return [(f"{role}@demo.example", role) for role in ("owner", *PERSONS)], password


def _settle(exchange: Exchange, password: str) -> None:
    row = exchange.begin("Demo Works", "owner@demo.example", "Olga Owner", password)
    boss = Caller(row["id"], row["organization"], "owner", "Olga Owner")
    names = {
        "engineer": "Emil Engineer",
        "reviewer": "Rosa Reviewer",
        "auditor": "Anna Auditor",
        "partner": "Paul Partner",
    }
    settle_demo(exchange, row["organization"], examples() / "roads")
    made = {r: exchange.add_user(boss, f"{r}@demo.example", names[r], r, password) for r in PERSONS}
    engineer = Caller(made["engineer"]["id"], row["organization"], "engineer", names["engineer"])
    for path in sorted(examples().glob("*.yaml")):
        if not path.read_text(encoding="utf-8").lstrip().startswith(("#", "carnet: project/")):
            continue
        try:
            _, project, _ = exchange.add_project(engineer, from_files(folder_of(path), path.name), "", "")
        except Refusal:
            continue  # a disclosure, which is no project of its own
        exchange.keep_review(engineer, project["id"], 0, Asked(), "")
        if path.stem == "heavy-truck-corridor":
            exchange.share(boss, project["id"], made["partner"]["id"], shared=True)
