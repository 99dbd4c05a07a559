"""Tree objects: what is in one, and the id that one has after changes, which nobody has to write for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gk_hooks.source.git.plumbing import object_hash
from gk_hooks.source.git.repository import Repository

FOLDER = b"40000"

Member = tuple[bytes, str]
"""A mode without leading zeros, and an id."""


def members(tree: bytes, width: int) -> Iterator[tuple[bytes, Member]]:
    """Name, mode and id of everything in the bytes of a tree object. width: that of an id in bytes."""
    at = 0
    while at < len(tree):
        name = tree.index(b" ", at) + 1
        end = tree.index(b"\0", name) + 1
        yield tree[name : end - 1], (tree[at : name - 1], tree[end : end + width].hex())
        at = end + width


def changed_tree(repository: Repository, tree: str, changed: Mapping[bytes, Member | None]) -> str:
    """The id of *tree* with the *changed* files at their paths, None for one that is gone."""
    folders = {b"": _read(repository, tree)}
    for path in changed:
        _open(repository, folders, path)
    for path, member in changed.items():
        folder, _, name = path.rpartition(b"/")
        if member is None:
            folders[folder].pop(name, None)
        else:
            folders[folder][name] = member
    for folder in sorted(folders, key=_depth, reverse=True):
        made = _id(folders[folder], repository.id_length)
        if folder:
            parent, _, name = folder.rpartition(b"/")
            if folders[folder]:
                folders[parent][name] = FOLDER, made
            elif folders[parent].get(name, (b"", ""))[0] == FOLDER:  # and no file in its place
                del folders[parent][name]
    return made


def _read(repository: Repository, tree: str) -> dict[bytes, Member]:
    found = members(repository.objects().read(tree, "tree"), repository.id_length // 2)
    return {name: (_canonical(mode), each) for name, (mode, each) in found}


def _open(repository: Repository, folders: dict[bytes, dict[bytes, Member]], path: bytes) -> None:
    """Adds all folders that *path* lies in to *folders*, as they are before the change."""
    end = path.find(b"/")
    while end >= 0:
        folder = path[:end]
        if folder not in folders:
            parent, _, name = folder.rpartition(b"/")
            mode, tree = folders[parent].get(name, (b"", ""))
            folders[folder] = _read(repository, tree) if mode == FOLDER else {}
        end = path.find(b"/", end + 1)


def _depth(folder: bytes) -> int:
    return folder.count(b"/") if folder else -1


def _canonical(mode: bytes) -> bytes:
    """A mode as the index has it; old trees hold others."""
    bits = int(mode, 8)
    if bits >> 12 == 0o10:
        return b"100755" if bits & 0o100 else b"100644"
    return b"%o" % (bits & 0o170000)


def _id(found: Mapping[bytes, Member], id_length: int) -> str:
    def order(member: tuple[bytes, Member]) -> bytes:
        name, (mode, _) = member
        return name + b"/" if mode == FOLDER else name

    lines = (
        b"%s %s\0%s" % (mode, name, bytes.fromhex(each)) for name, (mode, each) in sorted(found.items(), key=order)
    )
    return object_hash("tree", b"".join(lines), id_length)
