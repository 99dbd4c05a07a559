"""What was found in a whole snapshot, remembered: a tree that was scanned before is one question to the cache.

An entry stands for a list of files with their contents, as one scope sees them, and holds what came of them after the
link step. A file of which another run could find something else is named in it and analyzed anew each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import fields
from gk_hooks.model.snapshot import Entry, Record, Snapshot, Status
from gk_hooks.pipeline.cache.store import Store
from gk_hooks.pipeline.workers import FileResult, analyze_all

Undetermined = tuple[tuple[str, str], ...]


class Whole(NamedTuple):
    """The results of all files of a snapshot, and what else is known of it; see model.snapshot.Snapshot."""

    files: list[FileResult]
    undetermined: Undetermined
    artifacts: list[str]
    left_out: list[str]


def key_of(entries: Iterable[Entry], hashes: Mapping[int, str]) -> str:
    """The key for *entries* whose contents have these *hashes*, by their place; "" when one has none."""
    digest = hashlib.sha256(b"contents")
    for place, entry in enumerate(entries):
        content = entry.skip or hashes.get(place)
        if not content:
            return ""
        parts = entry.path, entry.kind or "", str(entry.size), "skip" if entry.skip else "sha256", content
        digest.update("\0".join(parts).encode("utf-8", "surrogateescape") + b"\n")
    return digest.hexdigest()


def recall(store: Store, key: str, snapshot: Snapshot) -> Whole | None:
    """What is remembered under *key*, which stands for *snapshot*; GkError where that lacks a blob."""
    known = store.by_hash(Kind.PYTHON, [key]).get(key)
    if known is None:
        return None
    with suppress(ValueError, TypeError, KeyError, IndexError):  # of another form than ours
        columns, found, *rest = known[1]
        records = list(_records(columns))
        again = [place for place, status in enumerate(columns[COLUMNS.index("status")]) if not status]
        files = [FileResult(record) for record in records]
        for place, findings, network, lines in found:
            files[place] = FileResult(records[place], findings, network, lines)
        undetermined, artifacts, left_out = rest
        snapshot.require(filter(None, columns[COLUMNS.index("blob_id")]))
        _analyze_again(snapshot, files, again)
        return Whole(files, undetermined, list(artifacts), list(left_out))
    return None


def remember(store: Store, key: str, whole: Whole) -> None:
    """Remembers *whole* under *key*."""
    rows, found = [], []
    for place, file in enumerate(whole.files):
        record = file.record
        if not file.lasting and file.wanted:
            return  # what comes of it depends on other files
        row = {each: getattr(record, each) for each in COLUMNS} | {"kind": record.kind.value if record.kind else ""}
        rows.append((row | {"status": "" if not file.lasting else record.status.value}).values())
        if file.lasting and (file.findings or file.network or file.lines):
            found.append((place, file.findings, file.network, file.lines))
    columns = tuple(zip(*rows, strict=True))
    rest = whole.undetermined, tuple(whole.artifacts), tuple(whole.left_out)
    store.add([(Kind.PYTHON, key, "", (columns, tuple(found), *rest))])


COLUMNS = tuple(each.name for each in fields(Record))
_KINDS: dict[str, Kind | None] = {"": None, **{kind.value: kind for kind in Kind}}
_STATES = {"": Status.UNPARSED, **{status.value: status for status in Status}}


def _records(columns: Sequence[Sequence[Any]]) -> Iterator[Record]:
    if len(columns) != len(COLUMNS) or len(set(map(len, columns))) != 1:
        raise ValueError("columns of another form")
    path, kind, size, sha, status, *rest = columns
    return map(Record, path, map(_KINDS.__getitem__, kind), size, sha, map(_STATES.__getitem__, status), *rest)


def _analyze_again(snapshot: Snapshot, files: list[FileResult], places: Sequence[int]) -> None:
    if not places:
        return
    by_path = {files[place].record.path: place for place in places}
    again = [files[place].record for place in places]
    entries = [Entry(record.path, record.kind, record.size, record.blob_id) for record in again]
    for result in analyze_all(snapshot, entries, lambda done: None):
        files[by_path[result.record.path]] = result
