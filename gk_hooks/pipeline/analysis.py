"""The results of many files: those that the cache knows, and the others from the workers."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import fields, replace
from gk_hooks.model.snapshot import Entry, Record, Snapshot, Status
from gk_hooks.pipeline.cache.store import Found, Known, Store
from gk_hooks.pipeline.remembered import Whole, key_of, recall, remember
from gk_hooks.pipeline.workers import FileResult, analyze_all

WORTH_IT = 100_000
"""Bytes of source below which analyzing takes no longer than opening the cache."""

_PARTS = tuple(each.name for each in fields(FileResult) if each.name not in ("record", "lasting"))
"""What is remembered of a result beside its record."""


def open_store(scanned: str) -> Store | None:
    """The cache for a scan of the tree at *scanned*; None where there can be none."""
    from gk_hooks.pipeline.cache.engine import engine_id
    from gk_hooks.pipeline.cache.folder import cache_folder

    folder = cache_folder(scanned)
    engine = engine_id() if folder else None
    return Store(os.path.join(folder, f"{engine}.sqlite")) if folder and engine else None


NOTHING: Mapping[Any, Any] = MappingProxyType({})

Analyze = Callable[[Snapshot, Sequence[Entry], Callable[[int], None]], list[FileResult]]
"""What workers.analyze_all is."""


def analyze_snapshot(
    snapshot: Snapshot,
    start: Callable[[int], Callable[[int], None]],
    cache: bool,
    analyzed: Mapping[tuple[str, str], FileResult] = NOTHING,
) -> Whole:
    """What comes of *snapshot* and the links between its files, remembered as a whole where *cache* allows.

    *start* is given the number of files and gives what is told how many are done. analyzed: results that are at hand,
    by path and blob.
    """
    key = snapshot.identity() if cache else ""
    store = open_store(snapshot.root) if key else None
    if store and (whole := recall(store, key, snapshot)):
        start(len(whole.files))(len(whole.files))
        return whole
    entries = snapshot.entries()
    advance = start(len(entries))
    store = store or (open_store(snapshot.root) if cache and _worth_it(entries) else None)
    hashes: Mapping[int, str] = {}
    if store and not key and store.exists():
        hashes = _hashes(snapshot, entries)
        key = key_of(entries, hashes)
        if key and (whole := recall(store, key, snapshot)):
            advance(len(entries))
            return whole._replace(artifacts=snapshot.artifacts(), left_out=snapshot.left_out())
    files = analyze_others(snapshot, entries, advance, store is not None, analyzed, hashes)
    files, undetermined = link_cached(snapshot, snapshot.importable, entries, files, cache)
    whole = Whole(files, undetermined, snapshot.artifacts(), snapshot.left_out())
    if store and not key and not hashes:  # nothing was known, so nobody had to hash them before
        hashes = {place: files[place].record.sha256 for place in _without_id(entries)}
        key = key_of(entries, hashes)
    if store and key and all(files[place].record.sha256 == sha for place, sha in hashes.items()):
        remember(store, key, whole)
    return whole


def analyze_cached(
    snapshot: Snapshot,
    entries: Sequence[Entry],
    advance: Callable[[int], None],
    cache: bool = True,
    analyze: Analyze | None = None,
    hashes: Mapping[int, str] = NOTHING,
) -> list[FileResult]:
    """As workers.analyze_all, or *analyze*, with the help of the cache unless *cache* is False. hashes: the SHA-256 of
    contents without a blob id, by the place of their entry, where they are known already."""
    store = open_store(snapshot.root) if cache and _worth_it(entries) else None
    if store is None:
        return (analyze or analyze_all)(snapshot, entries, advance)
    known = {}
    if store.exists():
        known = dict(_known(store, entries, hashes or _hashes(snapshot, entries)))
    advance(len(known))
    others = [entry for place, entry in enumerate(entries) if place not in known]
    analyzed = (analyze or analyze_all)(snapshot, others, advance)
    store.add(found for result in analyzed if (found := found_of(result)))
    return sorted((*known.values(), *analyzed), key=lambda result: (result.record.path, result.record.blob_id))


def analyze_others(
    snapshot: Snapshot,
    entries: Sequence[Entry],
    advance: Callable[[int], None],
    cache: bool,
    analyzed: Mapping[tuple[str, str], FileResult],
    hashes: Mapping[int, str] = NOTHING,
) -> list[FileResult]:
    """As analyze_cached, for those of *entries* that are not among the *analyzed*, by path and blob."""
    known = [
        file
        for entry in entries
        if not entry.skip and (file := analyzed.get((entry.path, entry.blob_id))) and file.record.kind is entry.kind
    ]
    if not known:
        return analyze_cached(snapshot, entries, advance, cache, hashes=hashes)
    advance(len(known))
    named = {(file.record.path, file.record.blob_id) for file in known}
    others = [entry for entry in entries if (entry.path, entry.blob_id) not in named]
    files = (*known, *analyze_cached(snapshot, others, advance, cache))
    return sorted(files, key=lambda result: (result.record.path, result.record.blob_id))


def link_cached(
    snapshot: Snapshot,
    importable: Callable[[], Sequence[Entry]],
    entries: Sequence[Entry],
    files: list[FileResult],
    cache: bool = False,
) -> tuple[list[FileResult], tuple[tuple[str, str], ...]]:
    """*files* with the constants that they take from each other, and the imports that cannot be determined.

    importable: gives the Python files of the tree. What came of a file is remembered where *cache* allows.
    """
    if not any(file.wanted for file in files):
        return files, ()
    from gk_hooks.pipeline.linking import link

    return link(snapshot, entries, importable(), files, open_store(snapshot.root) if cache else None)


def _worth_it(entries: Iterable[Entry]) -> bool:
    return sum(max(entry.size, 0) for entry in entries) >= WORTH_IT


def _hashes(snapshot: Snapshot, entries: Iterable[Entry]) -> dict[int, str]:
    """The SHA-256 of the contents of those *entries* that git knows no id of, by place."""
    read = snapshot.reader()
    hashes = {}
    for place, entry in _without_id(entries).items():
        with suppress(OSError):
            hashes[place] = hashlib.sha256(read(entry)).hexdigest()
    return hashes


def _without_id(entries: Iterable[Entry]) -> dict[int, Entry]:
    """Those that are read and that git knows no id of, by place."""
    named = enumerate(entries)
    return {place: entry for place, entry in named if entry.kind is not None and not entry.skip and not entry.blob_id}


def _known(store: Store, entries: Sequence[Entry], hashes: Mapping[int, str]) -> Iterator[tuple[int, FileResult]]:
    """The results that are remembered, by the place of their entry."""
    places: dict[Kind, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    by_hash: dict[Kind, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, entry in enumerate(entries):
        if entry.kind is None or entry.skip:
            continue
        if entry.blob_id:
            places[entry.kind][entry.blob_id].append(place)
        elif place in hashes:
            by_hash[entry.kind][hashes[place]].append(place)
    for look_up, wanted in ((store.by_blob, places), (store.by_hash, by_hash)):
        for kind, by_id in wanted.items():
            for each, found in look_up(kind, list(by_id)).items():
                with suppress(ValueError, TypeError):  # of another form than ours
                    yield from [(place, result_of(entries[place], found)) for place in by_id[each]]


def result_of(entry: Entry, known: Known) -> FileResult:
    """What is remembered of a file, for *entry*; ValueError or TypeError for what has another form."""
    sha, (size, status, reason, encoding, findings, network, *rest) = known
    record = Record(entry.path, entry.kind, size, sha, Status(status), reason, entry.blob_id, encoding)
    findings = tuple(replace(finding, file=entry.path) for finding in findings)
    return FileResult(record, findings, tuple(replace(call, file=entry.path) for call in network), *rest)


def found_of(result: FileResult) -> Found | None:
    """What is remembered of *result*: nothing where another run could find something else."""
    record = result.record
    if not result.lasting or not record.sha256 or record.kind is None:
        return None
    findings, network, *rest = (getattr(result, name) for name in _PARTS)
    findings = tuple(replace(finding, file="") for finding in findings)
    network = tuple(replace(call, file="") for call in network)
    head = record.size, record.status.value, record.reason, record.encoding
    return record.kind, record.sha256, record.blob_id, (*head, findings, network, *rest)
