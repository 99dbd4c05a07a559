"""The index: its entries, and whether any can be a link; nothing is locked or written."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from gk_hooks.errors import GkError
from gk_hooks.model.regex import regex
from gk_hooks.source.git.plumbing import printable
from gk_hooks.source.git.repository import Repository

SYMLINK, GITLINK = "120000", "160000"

MAX_PATH = 4096
"""No file of a longer path can be checked out; only an index or a tree made by hand holds one."""

_EXTENDED = 0x4000
_INTENT_TO_ADD, _SKIP_WORKTREE = 1 << 29, 1 << 30

UNFINISHED = 0x3000 | _INTENT_TO_ADD
"""Flags of an entry that is no part of the next commit yet: a side of a conflict, or only intended."""

HIDDEN = 0x8000 | _SKIP_WORKTREE
"""Flags that tell git not to look at the file in the work tree; the first is assume-unchanged."""


class IndexEntry(NamedTuple):
    """An entry, with what git remembers of the file in the work tree; a tuple, since there may be 100,000 of them.

    flags: as git has them in memory, those of version 3 above the others.
    """

    ctime_ns: int
    mtime_ns: int
    inode: int
    mode_bits: int
    size: int
    id: bytes
    flags: int
    path: bytes

    @property
    def mode(self) -> str:
        """As git writes it, ``100644``."""
        return f"{self.mode_bits:06o}"

    @property
    def blob(self) -> str:
        """The id in hexadecimal digits."""
        return self.id.hex()

    @property
    def stage(self) -> int:
        """0, or which side of a conflict it is."""
        return self.flags >> 12 & 3

    @property
    def absent_by_choice(self) -> bool:
        """skip-worktree: a sparse checkout."""
        return bool(self.flags & _SKIP_WORKTREE)

    @property
    def intent_to_add(self) -> bool:
        """Whether it is no part of the next commit yet."""
        return bool(self.flags & _INTENT_TO_ADD)


def read_index(repository: Repository) -> list[IndexEntry]:
    """All entries in git's order, the unmerged and the intended ones among them."""
    try:
        with open(repository.index_file, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return []
    try:
        return list(_entries(data, repository.id_length // 2))
    except (struct.error, ValueError):
        return list(_listed(repository))


def _entries(data: bytes, width: int) -> Iterator[IndexEntry]:
    """The entries in the bytes of an index, gitformat-index(5); ValueError or struct.error for one that is damaged or
    that only git can make whole: of version 4, split, or sparse."""
    sign, version, count = struct.unpack_from(">4sII", data)
    if sign != b"DIRC" or version not in (2, 3):
        raise ValueError("an index of another form")
    unpack, extended = struct.Struct(f">4I4x2I8xI{width}sH").unpack_from, struct.Struct(">H").unpack_from
    head, at = 42 + width, 12
    for _ in range(count):
        ctime, ctime_ns, mtime, mtime_ns, inode, mode, size, blob, flags = unpack(data, at)
        start = at + head
        if flags & _EXTENDED:
            flags |= extended(data, start)[0] << 16
            start += 2
        end = start + (flags & 0xFFF)
        if end - start == 0xFFF:
            end = data.index(b"\0", start)
            tracked_path(data[start:end])
        times = ctime * 10**9 + ctime_ns, mtime * 10**9 + mtime_ns
        yield IndexEntry(*times, inode, mode, size, blob, flags, data[start:end])
        at += (end - at + 8) & ~7
    while at < len(data) - width:
        sign, size = struct.unpack_from(">4sI", data, at)
        if sign[:1].islower():  # it has to be understood
            raise ValueError("an index of another form")
        at += 8 + size
    if at != len(data) - width:
        raise ValueError("an index that is damaged")


_ENTRY = regex(
    rb"(?s)(\d{6}) ([0-9a-f]{40,64}) [0-3]\t([^\0]+)\0"
    rb"  ctime: (\d+):(\d+)\n  mtime: (\d+):(\d+)\n  dev: \d+\tino: (\d+)\n"
    rb"  uid: \d+\tgid: \d+\n  size: (\d+)\tflags: ([0-9a-f]+)\n"
)


def _listed(repository: Repository) -> Iterator[IndexEntry]:
    """The entries as git lists them."""
    listing = repository.run("ls-files", "--stage", "-z", "--debug")
    end = 0
    for match in _ENTRY.finditer(listing):
        if match.start() != end:
            break
        end = match.end()
        tracked_path(match[3])
        mode, blob, path, *numbers, flags = match.groups()
        ctime, ctime_ns, mtime, mtime_ns, inode, size = map(int, numbers)
        times = ctime * 10**9 + ctime_ns, mtime * 10**9 + mtime_ns
        yield IndexEntry(*times, inode, int(mode, 8), size, bytes.fromhex(blob.decode()), int(flags, 16), path)
    if end != len(listing):
        raise GkError(f"this git lists the index of {printable(repository.root)} in a form that gk does not know")


_LINK_MODE = int(SYMLINK, 8).to_bytes(4, "big")
_EXTENSIONS = (b"link\0", b"sdir\0")

OVERLAP = 4
"""Bytes of a sign that may stand at the end of a piece, while the last one is in the next."""

PIECE = 1 << 18
"""Bytes that are looked at in one go: few enough to stay in the processor's own memory."""


def may_hold_links(repository: Repository) -> bool:
    """False only when no entry of the index can be a symbolic link, which its bytes tell sooner than git's list of it.

    gitformat-index(5): each entry has its mode in four bytes. A split index has an extension called link, a sparse one
    sdir; what they stand for is not in the file.
    """
    before = b""
    try:
        with open(repository.index_file, "rb", buffering=0) as file:
            while piece := file.read(PIECE):
                data = before + piece
                if _hints_at_links(data):
                    return True
                before = data[-OVERLAP:]
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _hints_at_links(data: bytes) -> bool:
    at = -1
    while (at := data.find(_LINK_MODE[2:3], at + 1)) >= 0:  # one byte, and a rare one, is found soonest
        if data[at - 2 : at + 2] == _LINK_MODE:
            return True
    return any(data.rfind(extension) >= 0 for extension in _EXTENSIONS)


def tracked_path(name: bytes) -> str:
    """The path of a tracked file as an Entry has it; GkError for one that nobody could check out."""
    if len(name) > MAX_PATH:
        raise GkError(f"git holds a path of {len(name)} bytes, which no checkout could have: remove it first")
    return name.decode("utf-8", "surrogateescape")
