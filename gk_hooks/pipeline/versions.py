"""Both versions of changed modules in one go: each is read and parsed once, for its findings and for what it offers."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from gk_hooks.analyzers.python.sameness import Run, same_program
from gk_hooks.model.findings import Finding
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import replace
from gk_hooks.model.snapshot import Entry, Read, Record, Status
from gk_hooks.pipeline.analysis import analyze_cached
from gk_hooks.pipeline.offers import ANYTHING, Difference, difference_of_texts
from gk_hooks.pipeline.processes import Work, run_all
from gk_hooks.pipeline.workers import FileResult, analyze_entry
from gk_hooks.source.decode import decode
from gk_hooks.source.git.changed import BlobSnapshot
from gk_hooks.source.git.heads import Named


class Pair(NamedTuple):
    """The versions of one module. unknown: those of both that are still to be analyzed, the later one first."""

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

    def analyze(_: object, others: Sequence[Entry], advance: Callable[[int], None]) -> list[FileResult]:
        left = set(others)
        tasks = []
        for pair in pairs:
            unknown = tuple(entry for entry in (pair.after, pair.before) if entry in left)
            tasks.append(pair._replace(unknown=unknown))
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
    before, after = _text(pair.before, read), _text(pair.after, read)
    runs = None
    if before is not None and after is not None:
        runs = same_program(before, after)  # first, as it keeps the trees that the analyzer needs
    differs = difference_of_texts(before or "", after or "", pair.after.path) if runs is None else None
    files: list[FileResult] = []
    for entry in pair.unknown:
        moved = _moved(files[0], entry, read, runs) if files and runs is not None else None
        files.append(moved or analyze_entry(entry, read))
    return Compared(pair, files, differs)


def _moved(file: FileResult, entry: Entry, read: Read, runs: Sequence[Run]) -> FileResult | None:
    """The result of *entry*, which is the same program as *file*; None where it does not follow from that."""
    if file.record.status is not Status.ANALYZED or entry.skip:
        return None
    try:
        findings = tuple(_finding(finding, runs) for finding in file.findings)
        calls = tuple(replace(call, line=_line(call.line, runs)) for call in file.network)
        lines = tuple((_line(number, runs), text) for number, text in file.lines)
    except LookupError:
        return None
    data = read(entry)
    record = Record(
        *(entry.path, entry.kind, len(data), hashlib.sha256(data).hexdigest(), Status.ANALYZED),
        blob_id=entry.blob_id,
        encoding=decode(data, Kind.PYTHON).encoding,
    )
    return FileResult(record, findings, calls, lines, file.wanted)


def _finding(finding: Finding, runs: Sequence[Run]) -> Finding:
    site = finding.site
    site = replace(site, line=_line(site.line, runs, site.end_line), end_line=_line(site.end_line, runs))
    trail = tuple(replace(step, line=_line(step.line, runs)) for step in finding.trail)
    return replace(finding, site=site, trail=trail)


def _line(line: int, runs: Sequence[Run], end: int = 0) -> int:
    """Where *line* was before; LookupError unless it is spelled alike, with all up to the line *end*."""
    run = runs[bisect_right(runs, line, key=lambda run: run.first) - 1]
    if not run.first <= line <= max(line, end) <= run.last:
        raise LookupError("it is spelled in another way")
    return line + run.moved


def _text(entry: Entry, read: Read) -> str | None:
    """The text of *entry*, None where it has none."""
    if entry.skip:
        return None
    source = decode(read(entry), Kind.PYTHON)
    return None if source.binary or source.problem else source.text


def _lost(pair: Pair) -> Compared:
    """Which of both brings its process down is found when each is analyzed alone."""
    return Compared(pair, [], Difference((ANYTHING,), ((), ())))


def _size(pair: Pair) -> int:
    return sum(max(entry.size, 0) for entry in pair[:2])
