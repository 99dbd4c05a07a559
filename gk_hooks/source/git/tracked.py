"""Single files of the index or of a commit by their path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

from gk_hooks.source.git.changes import ChangeSet
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.trees import members as tree_members


def read_tracked(repository: Repository, revision: str, path: str) -> bytes | None:
    """The bytes of the file at *path* in the commit or tree *revision* ("" is the index); None where there is none."""
    blob = tracked_blobs(repository, revision, path).get(path)
    return read_blob(repository, blob) if blob else None


def tracked_blobs(repository: Repository, revision: str, *paths: str) -> dict[str, str]:
    """The blobs of those *paths* that are files in *revision*. A link, a folder or an unmerged entry is none."""
    if revision:
        return dict(_in_tree(repository, revision, paths))
    blobs = {}
    for line in repository.run("ls-files", "-s", "-z", "--full-name", "--", *paths).split(b"\0")[:-1]:
        head, _, name = line.partition(b"\t")
        mode, blob, stage = head.decode().split(" ")
        if mode.startswith("100") and stage == "0":
            blobs[os.fsdecode(name)] = blob
    return {path: blobs[path] for path in paths if path in blobs}


def head_blobs(repository: Repository, changes: ChangeSet, *paths: str) -> dict[str, str]:
    """Those of *paths* that are files in the head of *changes*, told from the first base: without reading the index."""
    blobs = tracked_blobs(repository, changes.bases[0], *paths)
    for change in changes.changes[0]:
        if change.status in "DR":
            blobs.pop(change.old_path, None)
    new = {change.new_path: change for change in changes.changes[0] if change.new_path in paths}
    for path, change in new.items():
        blobs.pop(path, None)
        if change.new_mode.startswith("100"):
            blobs[path] = change.new_blob
    return {path: blobs[path] for path in paths if path in blobs}


def read_blob(repository: Repository, blob: str) -> bytes:
    """The bytes of one blob."""
    return repository.objects().read(blob)


def _in_tree(repository: Repository, revision: str, paths: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Path and blob of each file, found from tree to tree as git does."""
    objects = repository.objects()
    (top,) = objects.find([f"{revision}^{{tree}}"])

    @cache
    def members(tree: str) -> dict[bytes, tuple[bytes, str]]:
        return dict(tree_members(objects.read(tree, "tree"), repository.id_length // 2))

    for path in paths:
        mode, found = b"40000", top.id if top else revision
        for name in os.fsencode(path).split(b"/"):
            mode, found = members(found).get(name, (b"", "")) if mode == b"40000" else (b"", "")
        if mode.startswith(b"100"):
            yield path, found
