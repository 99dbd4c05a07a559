"""Single files of the index or of a commit by their path."""

from __future__ import annotations

import os

from gk_hooks.source.git.repository import Repository


def read_tracked(repository: Repository, revision: str, path: str) -> bytes | None:
    """The bytes of the file at *path* in the commit or tree *revision* ("" is the index); None where there is none."""
    blob = tracked_blobs(repository, revision, path).get(path)
    return read_blob(repository, blob) if blob else None


def tracked_blobs(repository: Repository, revision: str, *paths: str) -> dict[str, str]:
    """The blobs of those *paths* that are files in *revision*. A link, a folder or an unmerged entry is none."""
    if revision:
        listed = repository.run("ls-tree", "-z", "--full-tree", revision, "--", *paths)
    else:
        listed = repository.run("ls-files", "-s", "-z", "--full-name", "--", *paths)
    blobs = {}
    for line in listed.split(b"\0")[:-1]:
        head, _, name = line.partition(b"\t")
        mode, first, second = head.decode().split(" ")
        if mode.startswith("100") and (revision or second == "0"):
            blobs[os.fsdecode(name)] = second if revision else first
    return {path: blobs[path] for path in paths if path in blobs}


def read_blob(repository: Repository, blob: str) -> bytes:
    """The bytes of one blob."""
    with repository.objects() as objects:
        return objects.read(blob)
