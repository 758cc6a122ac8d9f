"""A project's folder as it comes over the wire: a zip, or the files of a form, taken only when it is harmless.

Refused before anything is unpacked: too many members, too much when unpacked, ratios of a bomb, links and devices,
paths that leave the folder or meet each other, archives within, encryption, a file that only ends like a zip.
Contents are never executed, rendered or unpacked further.
Reading order: Folder, from_zip(), from_files().
"""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO

from .problems import Refusal

MOST_MEMBERS, MOST_BYTES, MOST_RATIO = 10_000, 256 * 1024 * 1024, 100
MOST_PATH, MOST_DEPTH = 240, 12
SMALL = 64 * 1024  # a member this small is no bomb, however well it packs
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar", ".cab", ".iso")
SKIPPED = ("__MACOSX", ".git", ".carnet", ".DS_Store", "Thumbs.db")


@dataclass(frozen=True)
class Folder:
    """The files of a project's folder, and which of them is the project file."""

    content: Mapping[str, bytes]
    file: str


def _refuse(says: str) -> Refusal:
    return Refusal("bad-input", says)


def from_zip(source: IO[bytes], file: str = "") -> Folder:
    """Unpack an upload in memory; raises Refusal before a bomb can go off."""
    source.seek(0)
    if source.read(4) != b"PK\x03\x04":
        raise _refuse("the upload is not a zip archive; pack the folder of the project as .zip")
    packed_bytes = source.seek(0, io.SEEK_END)
    try:
        with zipfile.ZipFile(source) as packed:
            members = packed.infolist()
            _look(members, packed_bytes)
            content: dict[str, bytes] = {}
            for member in members:
                if not member.is_dir() and not _skipped(member.filename):
                    content[_path(member.filename)] = _unpack(packed, member)
            return _folder(content, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise _refuse(f"the zip archive cannot be read: {error}") from None


def _look(members: list[zipfile.ZipInfo], packed_bytes: int) -> None:
    """What the directory of the archive says, judged before anything is unpacked."""
    if len(members) > MOST_MEMBERS:
        raise _refuse(f"the archive has {len(members):,} members; at most {MOST_MEMBERS:,} are taken")
    whole = sum(m.file_size for m in members)
    if whole > MOST_BYTES:
        raise _refuse(f"the archive unpacks to {whole:,} bytes; at most {MOST_BYTES:,} are taken")
    if sum(m.compress_size for m in members) > packed_bytes:
        raise _refuse("the members of the archive overlap; pack it again")
    for member in members:
        if member.flag_bits & 1:
            raise _refuse(f"{member.filename[:80]!r} is encrypted; pack it without a password")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refuse(f"{member.filename[:80]!r} is a link or a device; only files and folders are taken")
        if member.file_size > SMALL and member.file_size > MOST_RATIO * max(1, member.compress_size):
            raise _refuse(f"{member.filename[:80]!r} unpacks to more than {MOST_RATIO} times its size; that is a bomb")
        if not member.is_dir():
            _path(member.filename)


def _unpack(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with packed.open(member) as part:
        raw = part.read(member.file_size + 1)
    if len(raw) != member.file_size:
        raise _refuse(f"{member.filename[:80]!r} does not have the size the archive says")
    return raw


def _skipped(name: str) -> bool:
    return any(part in SKIPPED for part in name.split("/"))


def _path(name: str) -> str:
    """A path inside the folder, in one form; raises Refusal for everything else."""
    shown = repr(name[:80])
    path = unicodedata.normalize("NFC", name)
    parts = path.split("/")
    if not path or len(path.encode("utf-8", "replace")) > MOST_PATH or len(parts) > MOST_DEPTH:
        raise _refuse(f"the path {shown} is empty, longer than {MOST_PATH} bytes or deeper than {MOST_DEPTH} folders")
    if "\\" in path or ":" in path or any(ord(c) < 32 or ord(c) == 127 for c in path):
        raise _refuse(f"the path {shown} holds a backslash, a colon or a control character")
    if path.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise _refuse(f"the path {shown} leaves the folder of the project")
    if any("\ud800" <= c <= "\udfff" for c in path):
        raise _refuse(f"the path {shown} is no text")
    if path.lower().endswith(ARCHIVES):
        raise _refuse(f"{shown} is an archive within the archive; put its files into the folder")
    return path


def from_files(files: Iterable[tuple[str, bytes]], file: str = "") -> Folder:
    """The files of a form that sends a folder, each with its path."""
    content: dict[str, bytes] = {}
    for name, raw in files:
        if len(content) >= MOST_MEMBERS:
            raise _refuse(f"the folder has more than {MOST_MEMBERS:,} files")
        if not _skipped(name):
            path = _path(name)
            if path in content:
                raise _refuse(f"the file {path!r} comes twice")
            content[path] = raw
    return _folder(content, file)


def _folder(content: dict[str, bytes], file: str) -> Folder:
    """Leave out a single folder around everything, and find the project file."""
    tops = {path.split("/")[0] for path in content}
    if len(tops) == 1 and all("/" in path for path in content):
        content = {path.partition("/")[2]: raw for path, raw in content.items()}
    if len({path.casefold() for path in content}) != len(content):
        raise _refuse("two files differ only in upper and lower case; rename one of them")
    folders = {"/".join(path.split("/")[:n]) for path in content for n in range(1, path.count("/") + 1)}
    both = sorted(folders & content.keys())
    if both:
        raise _refuse(f"{both[0]!r} is a file and a folder at once")
    if file and file not in content:
        raise _refuse(f"there is no file {file!r} in the folder")
    named = [p for p in sorted(content) if "/" not in p and p.endswith((".yaml", ".yml"))]
    projects = [p for p in named if b"carnet: project/" in content[p][:65536]]
    if not file and "project.yaml" in projects:
        file = "project.yaml"
    if not file and len(projects) != 1:
        raise _refuse(
            "there is no project file at the top of the folder; carnet init writes one"
            if not projects
            else f"the folder holds several project files ({', '.join(projects[:5])}); say which with project_file"
        )
    return Folder(content, file or projects[0])
