"""docs/reference/problems.md: each class of error with its exit code, and every sentence the sources can say with it.

The sentences are read from the source text, so a new one appears here by itself; {...} stands for what is filled in.
"""

import ast
import inspect
from pathlib import Path

from . import MADE

HEAD = """# Problems

A problem is a sentence with a place and a next step: what happened, where, and the nearest right thing.
All problems of a file are listed, not the first.
A missing fact is no problem: it makes a finding `unproven`.

    x.yaml:12:7: no fact is called 'vehicle.gros_mass'; did you mean 'vehicle.gross_mass'?
        All names: carnet words vehicle

"""
# Who says it, by the folder it is written in, when a sentence is only collected (Problem, say, ValueError).
ROOMS = {"project": "BadProject", "catalog": "BadData"}
SAID_AT = {"Problem": 1, "say": 1, "_say": 1, "ValueError": 0}


def pages(root: Path) -> dict[str, str]:
    """The page of problems."""
    from carnet import errors

    said = sentences(root / "src" / "carnet")
    text = MADE + HEAD
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.CarnetError):
            text += f"## {name}\n\n{kind.__doc__}\n\nExit code {kind.exit_code}.\n\n"
            text += "".join(f"- {sentence}\n" for sentence in sorted(said.get(name, set())))
            text += "\n" if name in said else ""
    return {"docs/reference/problems.md": text}


def sentences(folder: Path) -> dict[str, set[str]]:
    """Class of error -> the sentences it can carry."""
    from carnet import errors

    known = {n for n, k in vars(errors).items() if inspect.isclass(k) and issubclass(k, errors.CarnetError)}
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        room = ROOMS.get(path.relative_to(folder).parts[0], "BadInput")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            at = 0 if name in known else SAID_AT.get(name)
            if at is None or len(node.args) <= at:
                continue
            text = " ".join(_text(node.args[at]).split())
            if len(text) > 12 and " " in text:
                found.setdefault(name if name in known else room, set()).add(text)
    return found


def _text(node: ast.expr) -> str:
    """A string expression as text, with {...} for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{...}" for v in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    return "{...}" if isinstance(node, (ast.IfExp, ast.Call, ast.Name, ast.Attribute)) else ""
