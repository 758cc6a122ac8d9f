"""carnet admin: who is in an exchange, its backup, and the proof that nothing in it was changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import err, out

app = typer.Typer(
    help="Keep an exchange: people, backup, restore, verification.", no_args_is_help=True, rich_markup_mode=None
)
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The folder of the exchange; CARNET_HOME when left out.")
]


def _open(data: Path | None) -> Any:
    from ..server.server import open_exchange
    from ..server.settings import from_environment

    return open_exchange(from_environment(home=data), _no_library())


def _no_library() -> Any:
    """People and backups need no library; it is not read."""
    from ...catalog import Catalog

    return Catalog({"digest": "", "tables": {}, "files": {}})


def _refused(work: Any) -> Any:
    from ...errors import BadInput
    from ..server.problems import Refusal

    try:
        return work()
    except Refusal as refusal:
        raise BadInput(refusal.detail) from None


@app.command()
def organization(
    name: Annotated[str, typer.Argument(help="The name of the organization.")],
    owner: Annotated[str, typer.Option("--owner", metavar="EMAIL", help="Email of its first owner.")],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
    data: Data = None,
) -> None:
    """Add an organization with its first owner; the owner adds everybody else in the browser."""
    exchange = _open(data)
    row = _refused(lambda: exchange.begin(name, owner, owner.partition("@")[0], password))
    out(f"{row['organization']}: {name}; {owner} owns it")


@app.command()
def password(
    email: Annotated[str, typer.Argument(help="Whose password.")],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
    data: Data = None,
) -> None:
    """Give somebody a new password; their sessions end."""
    from ...errors import BadInput
    from ...store import people
    from ..server.settings import now

    exchange = _open(data)
    kept = _refused(lambda: exchange.accounts.password(password))
    with exchange.store.look() as view:
        row = people.user_by_email(view, email.strip().lower())
    if row is None:
        raise BadInput(f"nobody here has the email {email!r}")
    with exchange.store.change(now(), "operator", row["organization"]) as tx:
        people.change_user(tx, row, password=kept)
    out(f"{email} has a new password")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup goes.")],
    data: Data = None,
) -> None:
    """Write everything of one moment into one file, while the server runs. It holds the log's key: keep it closed."""
    from ...store import copies
    from ..server.settings import now

    exchange = _open(data)
    exchange.keeper.export(exchange.store, now())
    folder = exchange.keeper.folder
    beside = {name: (folder / name).read_bytes() for name in ("log.key", "vault.key")}
    beside |= {f"checkpoints/{p.name}": p.read_bytes() for p in sorted(exchange.keeper.checkpoints.glob("*.txt"))}
    manifest = copies.take(exchange.store, file, now(), beside)
    file.chmod(0o600)
    out(f"{file}: {sum(p['rows'] for p in manifest['parts'].values())} rows, schema {manifest['tables']}")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup made by carnet admin backup.")],
    data: Data = None,
) -> None:
    """Fill an empty database (SQLite or PostgreSQL, by CARNET_DATABASE) from a backup, and verify it."""
    import zipfile

    from ...errors import BadInput, Broken
    from ...store import copies
    from ...store.engine import open_store
    from ..server.settings import from_environment
    from ..server.witness import Keeper, verify_log, write_durably

    settings = from_environment(home=data)
    copies.check(file)
    with zipfile.ZipFile(file) as packed:
        seed = packed.read("log.key")
    key = settings.log_folder / "log.key"
    if key.exists() and key.read_bytes() != seed:
        raise BadInput(f"{settings.home}: holds another exchange already; restore into a new folder with --data")
    keeper = Keeper(settings.log_folder, seed)
    store = open_store(settings.database, keeper)
    beside = copies.restore(store, file)
    keeper.checkpoints.mkdir(exist_ok=True)
    if "vault.key" in beside:
        write_durably(settings.log_folder / "vault.key", beside["vault.key"], 0o600)
    for name, raw in beside.items():
        if name.startswith("checkpoints/"):
            (keeper.checkpoints / Path(name).name).write_bytes(raw)
    with store.look() as view:
        found = verify_log(view, keeper)
    store.close()
    if not found["valid"]:
        raise Broken("\n".join(found["problems"]))
    out(f"restored into {settings.home}: {found['entries']} log entries, all verified")


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(help="A backup to check; the exchange itself when left out.")] = None,
    data: Data = None,
    format: Annotated[str, typer.Option("--format", help="human or json")] = "human",
) -> None:
    """Read the whole log again: entries, tree, checkpoints, rows and files. Exit 5 when anything was changed."""
    from ...store import copies
    from ..server.witness import verify_log
    from .options import one_of

    one_of(format, "--format", ("human", "json"))
    if file:
        manifest = copies.check(file)
        out(f"{file}: whole, taken {manifest['at']}, schema {manifest['tables']}")
        return
    exchange = _open(data)
    with exchange.store.look() as view:
        found = verify_log(view, exchange.keeper)
    if format == "json":
        out(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for problem in found["problems"]:
            err(problem)
        state = "valid" if found["valid"] else "NOT VALID"
        out(f"{state}: {found['entries']} entries, {found['checkpoints']} checkpoints, {found['rows']} rows")
    if not found["valid"]:
        raise typer.Exit(5)
