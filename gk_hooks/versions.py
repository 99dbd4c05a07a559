"""Both versions of changed modules in one go: each is read and parsed once, for its findings and for what it offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from gk_hooks.analysis import analyze_cached
from gk_hooks.model.kinds import Kind
from gk_hooks.model.snapshot import Entry, Read
from gk_hooks.offers import ANYTHING, Difference, difference_of_texts
from gk_hooks.processes import Work, run_all
from gk_hooks.source.decode import decode
from gk_hooks.source.git.changed import BlobSnapshot
from gk_hooks.source.git.heads import Named
from gk_hooks.workers import FileResult, analyze_entry


class Pair(NamedTuple):
    """The versions of one module. unknown: those of both that are still to be analyzed."""

    before: Entry
    after: Entry
    unknown: tuple[Entry, ...] = ()


class Compared(NamedTuple):
    """files: those that were to be analyzed."""

    pair: Pair
    files: list[FileResult]
    difference: Difference | None


def compare_versions(
    snapshot: BlobSnapshot, cache: bool
) -> tuple[dict[Named, FileResult], dict[tuple[str, str, str], Difference | None]]:
    """*snapshot*: the versions before and after of one module after the other. Gives the result of each, and by path
    and both blobs how the module's offers differ, None where no other file can see that."""
    entries = snapshot.entries()
    pairs = [Pair(before, after) for before, after in zip(entries[::2], entries[1::2], strict=True)]
    differences: dict[tuple[str, str, str], Difference | None] = {}

    def analyze(_: object, unknown: Sequence[Entry], advance: Callable[[int], None]) -> list[FileResult]:
        left = set(unknown)
        tasks = []
        for pair in pairs:
            tasks.append(pair._replace(unknown=tuple(left.intersection(pair[:2]))))
            left.difference_update(pair[:2])
        files = []
        for done in run_all(snapshot, tasks, Work(_comparer, _lost, _size)):
            for pair, found, differs in done:
                files += found
                differences[pair.after.path, pair.before.blob_id, pair.after.blob_id] = differs
        return files

    results = analyze_cached(snapshot, list(dict.fromkeys(entries)), lambda done: None, cache, analyze)
    return {(file.record.path, file.record.blob_id): file for file in results}, differences


def _comparer(read: Read) -> Callable[[Pair], Compared]:
    return lambda pair: _compare(pair, lru_cache(2)(read))


def _compare(pair: Pair, read: Read) -> Compared:
    # the offers first: they keep the trees that the analyzer needs
    differs = difference_of_texts(_text(pair.before, read), _text(pair.after, read), pair.after.path)
    return Compared(pair, [analyze_entry(entry, read) for entry in pair.unknown], differs)


def _text(entry: Entry, read: Read) -> str:
    source = decode(b"" if entry.skip else read(entry), Kind.PYTHON)
    return "" if source.binary or source.problem else source.text


def _lost(pair: Pair) -> Compared:
    """Which of both brings its process down is found when each is analyzed alone."""
    return Compared(pair, [], Difference((ANYTHING,), ((), ())))


def _size(pair: Pair) -> int:
    return sum(max(entry.size, 0) for entry in pair[:2])
