"""Where a symbolic link of the index or a commit leads, within that snapshot, as a checkout of it would have it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from gk_hooks.source.git.index import GITLINK, SYMLINK
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.links import MAX_HOPS, OUT_OF_TREE

SUBMODULE = "a submodule: its files are in another repository"

MAX_TARGET = 4096


class File(NamedTuple):
    """A tracked file, link or submodule; a tuple, since there may be 100,000 of them."""

    path: str
    mode: str
    blob: str


def resolve_links(repository: Repository, files: list[File], links: list[File]) -> dict[File, File | str | None]:
    """For every link the file that it stands for, or why there is none; None for a link to a folder."""
    if not links:
        return {}
    tracked = {file.path: file for file in files}
    folders = _folders(files)
    with repository.objects() as objects:

        @cache
        def text_of(blob: str) -> str:
            return objects.read(blob).decode("utf-8", "surrogateescape")

        return {link: _resolve(link, tracked, folders, text_of) for link in links}


def _folders(files: list[File]) -> set[str]:
    folders: set[str] = {""}
    for file in files:
        folder = file.path.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders


def _resolve(
    link: File, tracked: dict[str, File], folders: set[str], text_of: Callable[[str], str]
) -> File | str | None:
    pending, done, hops = link.path.split("/")[::-1], "", 0
    while pending:
        name = pending.pop()
        if name in ("", "."):
            continue
        if name == "..":
            if not done:
                return OUT_OF_TREE
            done = posixpath.dirname(done)
            continue
        step = f"{done}/{name}" if done else name
        member = tracked.get(step)
        if member is not None and member.mode == GITLINK:
            return SUBMODULE
        if member is None or member.mode != SYMLINK:
            done = step
            continue
        hops += 1
        target = text_of(member.blob)
        if hops > MAX_HOPS:
            return "a symbolic link that leads to itself"
        if target.startswith(("/", "\\")) or target[1:2] == ":":
            return OUT_OF_TREE
        if len(target) > MAX_TARGET:
            break
        pending.extend(target.replace("\\", "/").split("/")[::-1])
    else:
        if done in folders:
            return None
        return tracked.get(done, "a symbolic link to nothing")
    return "a symbolic link to nothing"
