"""Write what the docs take from the product itself: the reference, the glossary, the outputs shown, README's numbers.

    python docs/generate.py            write what changed
    python docs/generate.py --check    write nothing; exit 1 and name what is not up to date

A test holds that the committed pages equal what this makes. Each part makes {path: text}; paths are from the root.
Reading order: pages(), main(); then making/, one module per part.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "docs")]

from making import commands, outputs, problems, shapes, vocabulary  # noqa: E402


def pages(root: Path = ROOT) -> dict[str, str]:
    """Every generated or partly generated page: path -> text."""
    with outputs.copied(root):
        made = {**commands.pages(), **problems.pages(root), **vocabulary.pages(), **shapes.pages()}
        return {**made, **outputs.pages(root)}


def main() -> int:
    """Write or check."""
    stale = [(p, t) for p, t in pages().items() if not (ROOT / p).is_file() or (ROOT / p).read_text("utf-8") != t]
    for path, text in stale:
        sys.stdout.write(f"{path}\n")
        if "--check" not in sys.argv:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
