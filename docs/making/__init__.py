"""The parts of the generated docs; see ../generate.py."""

MADE = "<!-- Made by docs/generate.py; change the source it names, then run it again. -->\n\n"


def cell(text: object) -> str:
    """Text that stays inside one cell of a table."""
    return str(text).replace("|", "\\|").replace("\n", " ").strip()


def table(heads: list[str], rows: list[list[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell(c) for c in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
