"""The index as git lists it, and the tree that a commit of it would have; nothing is locked or written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from gk_hooks.errors import GkError
from gk_hooks.model.regex import regex
from gk_hooks.source.git.plumbing import object_hash, printable
from gk_hooks.source.git.repository import Repository

SYMLINK, GITLINK = "120000", "160000"

_INTENT_TO_ADD = 1 << 29
_ENTRY = regex(
    rb"(?s)([A-Za-z?]) (\d{6}) ([0-9a-f]{40,64}) ([0-3])\t([^\0]+)\0"
    rb"  ctime: (\d+):(\d+)\n  mtime: (\d+):(\d+)\n  dev: \d+\tino: (\d+)\n"
    rb"  uid: \d+\tgid: \d+\n  size: (\d+)\tflags: ([0-9a-f]+)\n"
)


MAX_PATH = 4096
"""No file of a longer path can be checked out; only an index or a tree made by hand holds one."""


class Stat(NamedTuple):
    """What git remembers of a file in the work tree; times in nanoseconds."""

    ctime: int
    mtime: int
    inode: int
    size: int


class IndexEntry(NamedTuple):
    """An entry; a tuple, since there may be 100,000 of them.

    hidden: git was told not to look at the file in the work tree (assume-unchanged, skip-worktree).
    """

    path: bytes
    mode: str
    blob: str
    stage: int
    hidden: bool
    absent_by_choice: bool  # skip-worktree: a sparse checkout
    intent_to_add: bool
    stat: Stat


def read_index(repository: Repository) -> list[IndexEntry]:
    """All entries in git's order, the unmerged and the intended ones among them."""
    listing = repository.run("ls-files", "--stage", "-v", "-z", "--debug")
    entries: list[IndexEntry] = []
    end = 0
    for match in _ENTRY.finditer(listing):
        if match.start() != end:
            break
        end = match.end()
        tracked_path(match[5])
        entries.append(_entry(match))
    if end != len(listing):
        raise GkError(f"this git lists the index of {printable(repository.root)} in a form that gk does not know")
    return entries


_LINK_MODE = int(SYMLINK, 8).to_bytes(4, "big")


def may_hold_links(repository: Repository) -> bool:
    """False only when no entry of the index can be a symbolic link, which its bytes tell sooner than git's list of it.

    gitformat-index(5): each entry has its mode in four bytes. A split index has an extension called link, a sparse one
    sdir; what they stand for is not in the file.
    """
    try:
        with open(repository.index_file, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    # from the end, where Python looks for the first byte of a sign, of which there are few
    at = len(data)
    while (at := data.rfind(_LINK_MODE[2:], 0, at)) >= 0:
        if data[at - 2 : at] == _LINK_MODE[:2]:
            return True
    return any(data.rfind(extension) >= 0 for extension in (b"link\0", b"sdir\0"))


def tracked_path(name: bytes) -> str:
    """The path of a tracked file as an Entry has it; GkError for one that nobody could check out."""
    if len(name) > MAX_PATH:
        raise GkError(f"git holds a path of {len(name)} bytes, which no checkout could have: remove it first")
    return name.decode("utf-8", "surrogateescape")


def _entry(match: re.Match[bytes]) -> IndexEntry:
    tag, mode, blob, stage, path, *numbers, flags = match.groups()
    ctime, ctime_ns, mtime, mtime_ns, inode, size = map(int, numbers)
    return IndexEntry(
        path=path,
        mode=mode.decode(),
        blob=blob.decode(),
        stage=int(stage),
        hidden=tag.islower() or tag == b"S",
        absent_by_choice=tag in b"Ss",
        intent_to_add=bool(int(flags, 16) & _INTENT_TO_ADD),
        stat=Stat(ctime * 10**9 + ctime_ns, mtime * 10**9 + mtime_ns, inode, size),
    )


def index_tree(entries: Iterable[IndexEntry], id_length: int) -> str | None:
    """The id of the tree that a commit of the index would have, or None while entries are unmerged."""
    committed = [entry for entry in entries if not entry.intent_to_add]
    if any(entry.stage for entry in committed):
        return None
    folders: dict[bytes, dict[bytes, tuple[str, str]]] = {b"": {}}
    for entry in committed:
        folder, _, name = entry.path.rpartition(b"/")
        folders.setdefault(folder, {})[name] = (entry.mode.lstrip("0"), entry.blob)
        while folder and folder.rpartition(b"/")[0] not in folders:
            folder = folder.rpartition(b"/")[0]
            folders[folder] = {}
    for folder in sorted(folders, key=lambda path: path.count(b"/") if path else -1, reverse=True):
        tree = _tree(folders[folder], id_length)
        if folder:
            parent, _, name = folder.rpartition(b"/")
            folders[parent][name] = ("40000", tree)
    return tree


def _tree(members: dict[bytes, tuple[str, str]], id_length: int) -> str:
    def order(member: tuple[bytes, tuple[str, str]]) -> bytes:
        name, (mode, _) = member
        return name + b"/" if mode == "40000" else name

    lines = (b"%s %s\0%s" % (m.encode(), n, bytes.fromhex(o)) for n, (m, o) in sorted(members.items(), key=order))
    return object_hash("tree", b"".join(lines), id_length)
