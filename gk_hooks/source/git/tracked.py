"""Single files of the index or of a commit by their path."""

from __future__ import annotations

import os

from gk_hooks.source.git.repository import Repository


def read_tracked(repository: Repository, revision: str, path: str) -> bytes | None:
    """The bytes of the file at *path* in the commit or tree *revision* ("" is the index); None where there is none.

    A link, a folder or an unmerged entry is none.
    """
    if revision:
        listed = repository.run("ls-tree", "-z", "--full-tree", revision, "--", path)
    else:
        listed = repository.run("ls-files", "-s", "-z", "--full-name", "--", path)
    lines = listed.split(b"\0")[:-1]
    if len(lines) != 1:
        return None
    head, _, name = lines[0].partition(b"\t")
    words = head.decode().split(" ")
    mode, blob = words[0], words[2] if revision else words[1]
    if os.fsdecode(name) != path or not mode.startswith("100"):
        return None
    with repository.objects() as objects:
        return objects.read(blob)
