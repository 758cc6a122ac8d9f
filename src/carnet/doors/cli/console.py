"""What every command shares: how results and complaints leave the program, and with which exit code.

stdout carries the result, stderr the progress and the complaints. Files appear whole or not at all.
Exit codes: 0 nothing at or above the fail level, 1 findings, 2 bad usage or input, 3 no rule or market known,
4 our own mistake, 5 integrity failure.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import BadInput, CarnetError

ROOMS = "pip install 'carnet[charging,carbon,supply,roads,routes,portfolio,server]'"
ISSUES = "Please report it with the command you typed; the full trace shows with CARNET_TRACE=1."


def out(text: str) -> None:
    """Write a result to stdout, ending with one newline."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def terminal() -> dict[str, Any]:
    """How wide stdout is, and whether it shows color and more than ASCII."""
    shown = sys.stdout.isatty()
    return {
        "width": shutil.get_terminal_size().columns if shown else 80,
        "color": shown and not os.environ.get("NO_COLOR"),
        "unicode": (sys.stdout.encoding or "").lower().startswith("utf"),
    }


def err(text: str) -> None:
    """Write a complaint or progress to stderr."""
    sys.stderr.write(text if text.endswith("\n") else text + "\n")


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; raises BadInput when the place cannot be written."""
    raw = content.encode("utf-8") if isinstance(content, str) else content
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent if str(path.parent) else ".", prefix=f".{path.name}-")
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be written: {error.strerror}. Give a folder that exists and may be written."
        ) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise BadInput(f"{path}: cannot be written: {error.strerror}.") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_all(files: list[tuple[Path, Callable[[], str | bytes]]]) -> None:
    """Render every file first, then write them: a failure leaves nothing half-written."""
    rendered = [(path, make()) for path, make in files]
    for path, content in rendered:
        write_file(path, content)
        err(f"wrote {path}")


def guarded(run: Callable[[], Any]) -> int:
    """Run a command; turn our errors into sentences on stderr and an exit code."""
    try:
        code = run()
        return code if isinstance(code, int) else 0
    except CarnetError as error:
        err(str(error))
        return error.exit_code
    except BrokenPipeError:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - the reader went away; nothing more can be said
        return 0
    except KeyboardInterrupt:
        err("stopped")
        return 130
    except Exception as error:  # noqa: BLE001 - the last door: whatever escapes gets a sentence and exit code 4
        return _usage(error) or _mistake(error)


def _usage(error: Exception) -> int:
    """Usage problems of the option parser carry their own sentence and exit code 2 (or 130 for a stop)."""
    if type(error).__name__ == "Abort":
        err("stopped")
        return 130
    show, code = getattr(error, "show", None), getattr(error, "exit_code", 0)
    if callable(show) and isinstance(code, int):
        show()
        return code
    return 0


def _mistake(error: Exception) -> int:
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("carnet"):
        err(f"this command needs the Python package {error.name!r}, which is not here. Install it with {ROOMS}")
        return 2
    if os.environ.get("CARNET_TRACE"):
        raise error
    err(f"carnet made a mistake: {type(error).__name__}: {error}\n{ISSUES}")
    return 4
