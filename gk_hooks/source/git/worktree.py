"""Whether the files in the work tree are those of the index, found without running a single filter."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable

from gk_hooks.model.records import dataclass
from gk_hooks.source.git.index import GITLINK, SYMLINK, IndexEntry
from gk_hooks.source.git.plumbing import object_hash, stream_hash
from gk_hooks.source.git.repository import Repository

ATTRIBUTES = ("filter", "ident", "working-tree-encoding", "text", "crlf", "eol")
BATCH = 500
CHUNK = 1024 * 1024
MAX_CONVERTED = 64 * 1024 * 1024
"""Line ends of a larger file are not converted to compare it: it counts as unknown."""

_POSIX = sys.platform != "win32"


@dataclass(frozen=True, slots=True)
class Comparison:
    """differs: None when it cannot be told, and then *note* says why."""

    differs: bool | None
    note: str = ""


def compare(repository: Repository, entries: Iterable[IndexEntry]) -> Comparison:
    """Compare the work tree with the index. Submodules are left out."""
    written = os.stat(repository.index_file).st_mtime_ns if os.path.exists(repository.index_file) else 0
    file_mode = repository.run("config", "--type=bool", "--default=true", "--get", "core.fileMode") == b"true\n"
    unequal: list[IndexEntry] = []
    for entry in entries:
        if entry.stage or entry.intent_to_add:
            return Comparison(True)
        if entry.mode == GITLINK:
            continue
        try:
            found = os.lstat(_place(repository, entry))
        except OSError:
            if entry.absent_by_choice:
                continue
            return Comparison(True)
        if _untouched(entry, found, written):
            continue
        if _POSIX and file_mode and _other_type(entry, found):
            return Comparison(True)
        if not stat.S_ISDIR(found.st_mode) and _hash(repository, entry, found) == entry.blob:
            continue
        unequal.append(entry)
    return _converted(repository, unequal)


def _untouched(entry: IndexEntry, found: os.stat_result, index_written: int) -> bool:
    """Whether git's memory of the file's times still holds; a file as young as the index may have changed since."""
    known = entry.stat
    if entry.hidden or known.mtime >= index_written or found.st_size & 0xFFFFFFFF != known.size:
        return False
    if found.st_mtime_ns != known.mtime:
        return False
    return not _POSIX or (found.st_ctime_ns == known.ctime and found.st_ino & 0xFFFFFFFF == known.inode)


def _other_type(entry: IndexEntry, found: os.stat_result) -> bool:
    if entry.mode == SYMLINK:
        return not stat.S_ISLNK(found.st_mode)
    executable = bool(found.st_mode & stat.S_IXUSR)
    return not stat.S_ISREG(found.st_mode) or executable != (entry.mode == "100755")


def _hash(repository: Repository, entry: IndexEntry, found: os.stat_result) -> str | None:
    path = _place(repository, entry)
    try:
        if stat.S_ISLNK(found.st_mode):
            return object_hash("blob", os.fsencode(os.readlink(path)), repository.id_length)
        if not stat.S_ISREG(found.st_mode):
            return None
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            return stream_hash("blob", size, iter(lambda: file.read(CHUNK), b""), repository.id_length)
    except OSError:
        return None


def _converted(repository: Repository, unequal: list[IndexEntry]) -> Comparison:
    """Judge files with other bytes than the index: git may have converted their line ends when it checked them out."""
    if not unequal:
        return Comparison(False)
    automatic = repository.run("config", "--get", "core.autocrlf", ok=(0, 1)).strip().lower()
    by_default = automatic in (b"true", b"input", b"1", b"yes", b"on")
    unknown = ""
    for start in range(0, len(unequal), BATCH):
        batch = unequal[start : start + BATCH]
        for entry, attributes in zip(batch, _attributes(repository, batch), strict=True):
            driver = next((name for name in ATTRIBUTES[:3] if attributes[name] not in _OFF), "")
            if driver:
                unknown = unknown or f"some files pass through the git attribute {driver!r}, which gk does not run"
            elif entry.mode == SYMLINK or not _converts(attributes, by_default):
                return Comparison(True)
            elif (same := _same_but_line_ends(repository, entry)) is None:
                unknown = unknown or "some files are too large to compare"
            elif not same:
                return Comparison(True)
    return Comparison(None, unknown) if unknown else Comparison(False)


_OFF = (b"unspecified", b"unset")


def _attributes(repository: Repository, entries: list[IndexEntry]) -> list[dict[str, bytes]]:
    names = b"".join(entry.path + b"\0" for entry in entries)
    fields = repository.run("check-attr", "-z", "--stdin", *ATTRIBUTES, stdin=names).split(b"\0")[:-1]
    width = 3 * len(ATTRIBUTES)
    return [
        {
            name.decode(): value
            for name, value in zip(fields[i + 1 : i + width : 3], fields[i + 2 : i + width : 3], strict=True)
        }
        for i in range(0, len(fields), width)
    ]


def _converts(attributes: dict[str, bytes], by_default: bool) -> bool:
    """Whether git converts the line ends of a file with these attributes (gitattributes(5))."""
    text = attributes["text"] if attributes["text"] != b"unspecified" else attributes["crlf"]
    if text == b"unspecified":
        return attributes["eol"] not in _OFF or by_default
    return text != b"unset"


def _same_but_line_ends(repository: Repository, entry: IndexEntry) -> bool | None:
    path = _place(repository, entry)
    try:
        if os.path.getsize(path) > MAX_CONVERTED or not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return False
    return object_hash("blob", data.replace(b"\r\n", b"\n"), repository.id_length) == entry.blob


def _place(repository: Repository, entry: IndexEntry) -> str:
    return os.path.join(repository.worktree, os.fsdecode(entry.path))
