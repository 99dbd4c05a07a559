"""Where the cache lies: a folder of the user's own, which nobody else can write and no scan looks into."""

from __future__ import annotations

import os
import stat
import sys

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def cache_folder(scanned: str) -> str | None:
    """The folder, made if need be; None where there is no safe one, or when it would lie in the tree at *scanned*."""
    base = _base()
    if base is None or not os.path.isabs(base):
        return None
    folder = os.path.join(base, "gk")
    try:
        if _lies_in(folder, scanned):
            return None
        os.makedirs(base, mode=0o700, exist_ok=True)
        if not os.path.lexists(folder):
            os.mkdir(folder, mode=0o700)
        return folder if is_ours(folder, stat.S_IFDIR) else None
    except (OSError, ValueError):
        return None


def is_ours(path: str, kind: int) -> bool:
    """Whether *path* is of that kind, no link, belongs to this user and to nobody else's writing."""
    found = os.lstat(path)
    if stat.S_IFMT(found.st_mode) != kind:
        return False
    if sys.platform == "win32":  # the user's profile is closed to others by its access list
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_WRITE


def _base() -> str | None:
    if sys.platform == "win32":
        return os.environ.get("LOCALAPPDATA")
    named = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(named):  # the XDG base directory specification: a relative path is to be ignored
        return named
    home = os.path.expanduser("~")
    return os.path.join(home, ".cache") if os.path.isabs(home) else None


def _lies_in(folder: str, tree: str) -> bool:
    folder, tree = os.path.normcase(os.path.realpath(folder)), os.path.normcase(os.path.realpath(tree))
    return folder == tree or folder.startswith(os.path.join(tree, ""))
