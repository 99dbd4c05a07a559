"""The version of gk that a result belongs to: a hash over all of the code that has a say in it."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache

PARTS = ("analyzers", "errors.py", "evidence", "model", "pipeline", "rules", "source")
"""What turns bytes into findings, below gk_hooks."""


HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@cache
def engine_id(home: str = HOME) -> str | None:
    """32 hexadecimal digits for the code in the folder *home* under this Python; None where it cannot be read."""
    digest = hashlib.sha256(f"{sys.implementation.cache_tag} {sys.flags.optimize}".encode())
    try:
        for path in _files(home) if os.path.isdir(home) else [_archive(home)]:
            with open(path, "rb") as file:
                digest.update(hashlib.sha256(file.read()).digest())
    except OSError:
        return None
    return digest.hexdigest()[:32]


def _files(home: str) -> Iterator[str]:
    pending = [os.path.join(home, part) for part in reversed(PARTS)]
    while pending:
        path = pending.pop()
        if path.endswith(".py"):
            yield path
            continue
        with os.scandir(path) as found:
            items = sorted(found, key=lambda item: item.name, reverse=True)
        pending += [item.path for item in items if item.name.endswith(".py") or item.is_dir(follow_symlinks=False)]


def _archive(home: str) -> str:
    """The file that gk was put into as a whole (gk.pyz)."""
    while not os.path.lexists(home):
        home = os.path.dirname(home)
    return home
