"""Fill in what the commands shown in README and docs really print, and the numbers of README.

A page shows a command so:

    <!-- output: 1-12, /^Exposure/+3 -->
    ```console
    $ carnet review examples/heavy-truck-corridor.yaml
    ```

and this puts the named lines below it: 1-12 are line numbers, /re/+3 the first line that matches and the next three;
between pieces stands `...`. Without the comment a command is shown alone. A test runs every command shown.
Reading order: Block, blocks(), pages(), shown().
"""

import contextlib
import io
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import MADE

BLOCK = re.compile(r"(?:<!-- output: (?P<wanted>[^\n]*?) -->\n)?```console\n(?P<body>.*?)```\n", re.S)
PIECE = re.compile(r"(?P<first>\d+)-(?P<last>\d+)|/(?P<mark>(?:[^/]|\\/)+)/\+(?P<more>\d+)")


@dataclass(frozen=True)
class Block:
    """One console block: its commands, and which lines of the last one's output it shows."""

    page: str
    commands: tuple[str, ...]
    wanted: str
    whole: str


def pages_with_commands(root: Path) -> list[Path]:
    """README and every page of docs that people write."""
    found = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    return [p for p in found if not p.read_text(encoding="utf-8").startswith(MADE)]


def blocks(root: Path) -> Iterator[Block]:
    """Every console block of README and docs."""
    for path in pages_with_commands(root):
        for match in BLOCK.finditer(path.read_text(encoding="utf-8")):
            typed = tuple(line[2:] for line in match["body"].splitlines() if line.startswith("$ "))
            yield Block(path.relative_to(root).as_posix(), typed, match["wanted"] or "", match[0])


@contextlib.contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A temporary copy of the examples, and the working folder while it lasts."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(root / "examples", Path(folder) / "examples", ignore=shutil.ignore_patterns(".carnet"))
        (Path(folder) / ".carnet").mkdir()  # so that the library is compiled once, not for every command
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(here)


def pages(root: Path) -> dict[str, str]:
    """Pages with the outputs of today. Runs where the examples are."""
    texts = {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in pages_with_commands(root)}
    for block in blocks(root):
        said = [run(command) for command in block.commands]  # a later block may need a file that this one makes
        if not block.wanted:
            continue
        text = shown(said[-1][1], block.wanted)
        typed = "".join(f"$ {command}\n" for command in block.commands)
        new = f"<!-- output: {block.wanted} -->\n```console\n{typed}{text}```\n"
        texts[block.page] = texts[block.page].replace(block.whole, new)
    return texts


def run(command: str) -> tuple[int, str]:
    """Run a `carnet` command as typed, in this process: (exit code, what it prints). `> FILE` is understood."""
    from carnet.doors.cli.console import guarded
    from carnet.doors.cli.tree import app

    typed, _, target = command.partition(" > ")
    words = shlex.split(typed)
    if not words or words[0] != "carnet":
        raise ValueError(f"only carnet commands are shown in console blocks, not {command!r}")
    out, complaints = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(complaints):
        code = guarded(lambda: app(words[1:], standalone_mode=False, prog_name="carnet"))
    if target:
        Path(target.strip()).write_text(out.getvalue(), encoding="utf-8")
        return code, complaints.getvalue()
    return code, out.getvalue() + complaints.getvalue()


def shown(text: str, wanted: str) -> str:
    """The wanted lines of an output, with `...` between the pieces. Raises ValueError for a mark that is not there."""
    lines = [line.rstrip() for line in text.splitlines()]
    result: list[str] = []
    end = 0
    for piece in PIECE.finditer(wanted):
        if piece["first"]:
            first, last = int(piece["first"]) - 1, int(piece["last"])
        else:
            first = next((n for n, line in enumerate(lines) if n >= end and re.search(piece["mark"], line)), -1)
            if first < 0:
                raise ValueError(f"no line matches {piece['mark']!r} in what the command prints")
            last = first + int(piece["more"]) + 1
        if result and first > end:
            result.append("...")
        result += lines[first:last]
        end = last
    if end < len(lines):
        result.append("...")
    return "\n".join(result) + "\n"
