"""The files of a folder or zip that somebody else made, read within limits and never unpacked to disk.

Refused: paths that leave the archive, links, encrypted or doubled entries, too many or too large ones, and archives
that unpack to far more than they hold.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

MOST_FILES, MOST_BYTES, MOST_TOTAL, MOST_RATIO, RATIO_FROM = 60_000, 256 * 2**20, 4 * 2**30, 200, 2**20


class Files:
    """Names and bytes of a folder or zip; raises ValueError with a sentence for what must not be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip: zipfile.ZipFile | None = None
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.is_file())
            outside = [p for p in found if not p.resolve().is_relative_to(path.resolve())]
            if outside:
                raise ValueError(f"{outside[0].name} is a link that leads out of {path.name}")
            self.sizes = {p.relative_to(path).as_posix(): p.stat().st_size for p in found}
        elif path.suffix.lower() == ".zip":
            self.sizes = self._open(path)
        else:
            self.sizes = {path.name: path.stat().st_size}
        if len(self.sizes) > MOST_FILES:
            raise ValueError(f"holds {len(self.sizes):,} files; at most {MOST_FILES:,} are read")
        if sum(self.sizes.values()) > MOST_TOTAL:
            raise ValueError(f"unpacks to {sum(self.sizes.values()):,} bytes; at most {MOST_TOTAL:,} are read")

    def _open(self, path: Path) -> dict[str, int]:
        try:
            self.zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise ValueError(f"is no zip that can be read: {str(error)[:60]}") from None
        sizes: dict[str, int] = {}
        for entry in self.zip.infolist():
            name = entry.filename
            if name.endswith("/"):
                continue
            if safe(name) is None:
                raise ValueError(f"the entry {name[:80]!r} leads out of the archive")
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise ValueError(f"the entry {name[:80]!r} is a link")
            if entry.flag_bits & 1:
                raise ValueError(f"the entry {name[:80]!r} is encrypted")
            if name in sizes:
                raise ValueError(f"the entry {name[:80]!r} stands twice")
            if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
                raise ValueError(
                    f"the entry {name[:80]!r} unpacks to more than {MOST_RATIO} times its size; that is no database"
                )
            sizes[name] = entry.file_size
        return sizes

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        plain = safe(name)
        if plain is None or plain not in self.sizes:
            raise ValueError(f"names the file {name[:80]!r}, which is not in it")
        if self.sizes[plain] > MOST_BYTES:
            raise ValueError(f"{plain} has {self.sizes[plain]:,} bytes; at most {MOST_BYTES:,} are read")
        if self.zip is None:
            whole = self.path / plain if self.path.is_dir() else self.path
            return whole.read_bytes()
        try:
            with self.zip.open(plain) as handle:
                data = handle.read(MOST_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, struct.error) as error:
            raise ValueError(f"{plain} cannot be read: {str(error)[:60]}") from None
        if len(data) > MOST_BYTES or len(data) != self.sizes[plain]:
            raise ValueError(f"{plain} is not as large as the archive says")
        return data

    def named(self, *endings: str) -> Iterator[str]:
        """Names that end in one of these, in order."""
        return (name for name in sorted(self.sizes) if name.lower().endswith(endings))


def safe(name: str) -> str | None:
    """A name inside the archive, or None for one that leaves it."""
    steps = name.split("/")
    bad = "\\" in name or "\0" in name or name.startswith("/") or ".." in steps or ":" in steps[0]
    return None if bad or not name else name.removeprefix("./")
