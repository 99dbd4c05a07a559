"""Where a symbolic link leads, found out without ever touching anything outside the tree.

Asking the system to resolve a link would open what it names: on Windows a planted link to ``\\\\host\\share`` would
make the scanner log on to that host. So links are read one at a time, and each step is checked before the next.
"""

from __future__ import annotations

import errno
import os

MAX_HOPS = 40

OUT_OF_TREE = "a symbolic link out of the tree"


class LeadsOut(OSError):
    """The link leads out of the tree."""

    def __init__(self) -> None:
        super().__init__(errno.EXDEV, OUT_OF_TREE)


def resolve_inside(root: str, path: str) -> str:
    """The ``/``-separated path below *root* that *path* (likewise) stands for, with no link in it.

    Raises LeadsOut, or another OSError for a loop. What it names may be missing.
    """
    pending = path.split("/")[::-1]
    done: list[str] = []
    hops = 0
    while pending:
        name = pending.pop()
        if name in ("", "."):
            continue
        if name == "..":
            if not done:
                raise LeadsOut
            done.pop()
            continue
        target = _target(os.path.join(root, *done, name))
        if target is None:
            done.append(name)
            continue
        hops += 1
        if hops > MAX_HOPS:
            raise OSError(errno.ELOOP, "a symbolic link that leads to itself")
        if _is_absolute(target):
            target, done = _below(root, target), []
        pending.extend(reversed(target.replace(os.sep, "/").split("/")))
    return "/".join(done)


def _target(path: str) -> str | None:
    """What the link at *path* says, or None where there is no link."""
    try:
        return os.readlink(path)
    except (OSError, ValueError):
        return None


def _is_absolute(target: str) -> bool:
    return os.path.isabs(target) or bool(os.path.splitdrive(target)[0])


def _below(root: str, target: str) -> str:
    """The absolute *target* as a path below *root*, by its text alone."""
    target = target.removeprefix("\\\\?\\")
    for base in dict.fromkeys((os.path.abspath(root), os.path.realpath(root))):
        prefix = os.path.join(os.path.normcase(base), "")
        if os.path.normcase(target).startswith(prefix):
            return target[len(prefix) :]
    raise LeadsOut
