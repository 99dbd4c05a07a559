"""Whether the files in the work tree are those of the index, found without running a single filter."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from gk_hooks.errors import GkError
from gk_hooks.source.git.index import GITLINK, HIDDEN, SYMLINK, UNFINISHED, IndexEntry, read_index
from gk_hooks.source.git.plumbing import object_hash, stream_hash
from gk_hooks.source.git.repository import Repository

ATTRIBUTES = ("filter", "ident", "working-tree-encoding", "text", "crlf", "eol")
BATCH = 500
CHUNK = 1024 * 1024
MAX_CONVERTED = 64 * 1024 * 1024
"""Line ends of a larger file are not converted to compare it: it counts as unknown."""

_POSIX = sys.platform != "win32"
_SUBMODULE = int(GITLINK, 8)
_LOW = 0xFFFFFFFF
"""What the index keeps of a number."""


class Comparison(NamedTuple):
    """differs: None when it cannot be told, and then *note* says why. hidden: whether git was told not to look at some
    of the files."""

    differs: bool | None
    hidden: bool | None = None
    note: str = ""


def compare_worktree(repository: Repository) -> Comparison:
    """How the work tree compares with the index."""
    if not repository.worktree:
        return Comparison(None, False, "there is no work tree")
    try:
        entries = read_index(repository)
        differs, note = _differs(repository, entries)
    except (GkError, OSError, ValueError) as error:
        return Comparison(None, None, str(error))
    return Comparison(differs, any(entry.flags & HIDDEN for entry in entries), note)


def _differs(repository: Repository, entries: Iterable[IndexEntry]) -> tuple[bool | None, str]:
    """Whether a file differs, submodules left out; None, and why, when that cannot be told."""
    written = os.stat(repository.index_file).st_mtime_ns if os.path.exists(repository.index_file) else 0
    settings = _Settings(repository)
    top = os.path.join(os.fsencode(repository.worktree), b"")
    unequal: list[IndexEntry] = []
    for entry in entries:
        if entry.flags & UNFINISHED:
            return True, ""
        if entry.mode_bits == _SUBMODULE:
            continue
        try:
            found = os.lstat(top + entry.path)
        except OSError:
            if entry.absent_by_choice:
                continue
            return True, ""
        # git's memory of the file's times still holds; a file as young as the index may have changed since
        same = entry.mtime_ns == found.st_mtime_ns < written and entry.size == found.st_size & _LOW
        if same and not entry.flags & HIDDEN and (not _POSIX or _same_inode(entry, found)):
            continue
        if _POSIX and _other_type(entry, found) and settings.file_mode:
            return True, ""
        if not stat.S_ISDIR(found.st_mode) and _hash(repository, entry, found) == entry.blob:
            continue
        unequal.append(entry)
    return _converted(repository, settings, unequal)


def _same_inode(entry: IndexEntry, found: os.stat_result) -> bool:
    return entry.ctime_ns == found.st_ctime_ns and entry.inode == found.st_ino & _LOW


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


class _Settings:
    """What the configuration says, asked when it matters."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @cached_property
    def file_mode(self) -> bool:
        """Whether the work tree tells which files are executable, and which are links."""
        words = ("config", "--type=bool", "--default=true", "--get", "core.fileMode")
        return self._repository.run(*words) == b"true\n"

    @cached_property
    def converts(self) -> bool:
        """Whether line ends are converted where no attribute says so."""
        automatic = self._repository.run("config", "--get", "core.autocrlf", ok=(0, 1)).strip().lower()
        return automatic in (b"true", b"input", b"1", b"yes", b"on")


def _converted(repository: Repository, settings: _Settings, unequal: list[IndexEntry]) -> tuple[bool | None, str]:
    """Judge files with other bytes than the index: git may have converted their line ends when it checked them out."""
    unknown = ""
    for start in range(0, len(unequal), BATCH):
        batch = unequal[start : start + BATCH]
        for entry, attributes in zip(batch, _attributes(repository, batch), strict=True):
            driver = next((name for name in ATTRIBUTES[:3] if attributes[name] not in _OFF), "")
            if driver:
                unknown = unknown or f"some files pass through the git attribute {driver!r}, which gk does not run"
                continue
            same = _same_but_line_ends(repository, entry) if entry.mode != SYMLINK else False
            if same is False or not _converts(attributes, settings):
                return True, ""
            if same is None:
                unknown = unknown or "some files are too large to compare"
    return (None if unknown else False), unknown


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


def _converts(attributes: dict[str, bytes], settings: _Settings) -> bool:
    """Whether git converts the line ends of a file with these attributes (gitattributes(5))."""
    text = attributes["text"] if attributes["text"] != b"unspecified" else attributes["crlf"]
    if text == b"unspecified":
        return attributes["eol"] not in _OFF or settings.converts
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
