"""The hunks between many pairs of blobs: those that the cache knows, and the others from several gits at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from contextlib import suppress

from gk_hooks.model.kinds import Kind
from gk_hooks.pipeline.analysis import open_store
from gk_hooks.source.git.lines import SHAPE, Hunk, start_hunks
from gk_hooks.source.git.plumbing import git_version
from gk_hooks.source.git.repository import Repository

AT_A_TIME = 8
"""Processes that run side by side."""

Pair = tuple[str, str]
"""The blobs before and after."""


def all_hunks(repository: Repository, pairs: Collection[Pair], cache: bool) -> dict[Pair, list[Hunk]]:
    """How the first blob of each pair became the second. cache: whether hunks may come from the cache."""
    keys = {_key(pair): pair for pair in sorted(pairs)}
    store = open_store(repository.root) if cache and keys else None
    found: dict[Pair, list[Hunk]] = {}
    for key, (_, value) in (store.by_hash(Kind.PYTHON, list(keys)) if store else {}).items():
        with suppress(ValueError, TypeError):  # of another form than ours
            found[keys[key]] = [Hunk(*numbers) for numbers in value]
    missing = [(key, pair) for key, pair in keys.items() if pair not in found]
    for start in range(0, len(missing), AT_A_TIME):
        some = missing[start : start + AT_A_TIME]
        running = [start_hunks(repository, *pair) for _, pair in some]
        found.update({pair: finish() for (_, pair), finish in zip(some, running, strict=True)})
    if store and missing:
        store.add([(Kind.PYTHON, key, "", tuple(map(_numbers, found[pair]))) for key, pair in missing])
    return found


def _numbers(hunk: Hunk) -> tuple[int, int, int, int]:
    return hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count


def _key(pair: Pair) -> str:
    return hashlib.sha256(repr(("hunks", git_version(), SHAPE, pair)).encode()).hexdigest()
