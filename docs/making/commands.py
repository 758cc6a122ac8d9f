"""docs/reference/commands.md: every command, argument and option, from the tree of commands itself."""

from typing import Any

import click
import typer

from . import MADE, table


def pages() -> dict[str, str]:
    """The page of commands."""
    from carnet.doors.cli.tree import app

    text = MADE + "# Commands\n\nstdout carries the result, stderr the progress and the complaints.\n\n" + EXITS
    for path, command in walk(typer.main.get_command(app), ()):
        text += _section(path, command)
    return {"docs/reference/commands.md": text}


EXITS = (
    table(
        ["exit", "means"],
        [
            [0, "nothing at or above the fail level"],
            [1, "findings at or above the fail level (`--fail-on`, unmet when left out)"],
            [2, "bad usage or input file; every problem is listed with file, line and column"],
            [3, "no rule, finding or market of that name is known"],
            [4, "our own mistake; please report it"],
            [5, "an integrity check failed"],
        ],
    )
    + "\n"
)


def walk(command: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    """Every command that can be typed, in the order of the help."""
    if isinstance(command, click.Group) or hasattr(command, "commands"):
        found = [(path, command)] if not path else []
        return found + [row for name, sub in command.commands.items() for row in walk(sub, (*path, name))]
    return [(path, command)]


def _section(path: tuple[str, ...], command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    name = " ".join(("carnet", *path))
    typed = [name, *(_argument(a) for a in arguments)]
    usage = " ".join(typed) + " [OPTIONS]" * bool(options)
    text = f"## {name}\n\n{' '.join((command.help or '').split())}\n\n    {usage}\n\n"
    rows: list[list[object]] = [[f"`{_argument(a)}`", getattr(a, "help", "") or ""] for a in arguments]
    rows += [[_option(o), getattr(o, "help", "") or ""] for o in options]
    return text + (table(["given", "means"], rows) + "\n" if rows else "")


def _argument(parameter: Any) -> str:
    name = str(parameter.metavar or parameter.name.upper())
    return name if parameter.required or name.startswith("[") else f"[{name}]"


def _option(parameter: Any) -> str:
    metavar = "" if parameter.is_flag else f" {parameter.metavar or 'TEXT'}"
    return ", ".join(f"`{o}{metavar}`" for o in parameter.opts)
