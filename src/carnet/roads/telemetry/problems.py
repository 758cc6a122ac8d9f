"""Why bytes were refused, as sentences. A problem never shows the bytes of a name, a number plate or a position."""

from __future__ import annotations

from . import kernel as k
from .form import Edition, Item

# Problems that leave every byte of the packet read: the value is left out, the packet stays usable.
REMARKS = frozenset({k.OUT_OF_RANGE, k.NO_MEANING, k.TWICE, k.UNKNOWN_ANSWER})


def says(code: int, a: int, b: int, table: Edition | None, item: Item | None = None) -> str:
    """The sentence of one problem.

    a, b   what the kernel noted: a code or length, and a number of bytes
    table  the edition, None when no start bytes were found
    """
    if code == k.NO_START:
        return f"{b} bytes begin no frame and are skipped"
    if code == k.CUT_HEAD:
        return f"cut short: {b} bytes are left where a frame needs at least {k.HEAD + 1}"
    if code == k.CUT_BODY:
        return f"cut short: the frame announces {a + 25} bytes, {b} are left"
    if code == k.LENGTH_LIE:
        return f"the announced length of {a} bytes runs into the next frame; {b} bytes are skipped"
    if code == k.LOST:
        return f"the announced length of {a} bytes ends at no frame and the check is wrong; {b} bytes are skipped"
    if code == k.WRONG_CHECK:
        return f"the check byte {a:#04x} is not the XOR of the frame"
    if code == k.ODD_HEX:
        return "an odd number of hexadecimal digits; the last one is left out"
    if code == k.NOT_TEXT:
        return "the line holds no packet"
    assert table is not None
    if code == k.UNKNOWN_COMMAND:
        return f"command {a:#04x} is not in {table.edition}; its {b} bytes are not read"
    if code == k.ENCRYPTED:
        name = table.encryption.get(a)
        how = f"encrypted ({name})" if name and a < 0xFE else f"of the encryption flag {a:#04x} ({name or 'unknown'})"
        return f"the data unit is {how}; its {b} bytes are not read"
    if code == k.UNKNOWN_BLOCK:
        return f"block {a:#04x} is not in {table.edition}; {b} bytes are not read"
    if code == k.BLOCK_SHORT:
        block = table.block(a)
        return f"block {a:#04x} ({block.name if block else ''}) needs {b} bytes more than are left"
    if code == k.BODY_SHORT:
        return f"the body needs {b} bytes more than are left"
    if code == k.TWICE:
        return f"block {a:#04x} stands twice; the second is left out"
    if code == k.TRAILING:
        return f"{a} bytes follow the end of the body"
    if code == k.AFTER_LAST:
        return f"{a} bytes follow block {b:#04x}, which must be the last"
    if code == k.UNKNOWN_ANSWER:
        return f"answer flag {a:#04x} is not in {table.edition}"
    if code == k.BAD_TIME:
        return "the six bytes of the time are no day and time"
    assert item is not None
    if code == k.NO_MEANING:
        return f"{item.name}: {a} has no meaning in {table.edition}"
    low, high = item.range or (0, 0)
    return f"{item.name}: raw {a} is outside {low} to {high}"
