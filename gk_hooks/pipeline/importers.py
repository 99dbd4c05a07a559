"""Files that a change touches through others: an untouched call may have a new destination once a constant changes.

From the Python files that changed, the names whose value is another one than in the base; from those, the files that
import them, which are touched when what they do something with is no longer the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from gk_hooks.model.kinds import Kind
from gk_hooks.model.snapshot import Entry
from gk_hooks.pipeline.analysis import analyze_cached, open_store
from gk_hooks.pipeline.linking import Undetermined, clauses
from gk_hooks.pipeline.mentions import Mentions, module_word
from gk_hooks.pipeline.modules import Modules
from gk_hooks.pipeline.offers import Difference
from gk_hooks.pipeline.processes import quick_memory
from gk_hooks.pipeline.touched import changes_key
from gk_hooks.pipeline.versions import compare_versions
from gk_hooks.pipeline.waves import Sides
from gk_hooks.pipeline.workers import FileResult
from gk_hooks.source.git.changed import BlobSnapshot, python_files, python_files_after
from gk_hooks.source.git.changes import Change, ChangeSet
from gk_hooks.source.git.heads import Named
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.snapshots import read_entry
from gk_hooks.source.scope import Scope

Importers = tuple[tuple[tuple[Named, ...], ...], Undetermined]
"""For each base the importers, and the imports of which nobody can tell."""

Offers = list[tuple[str, Difference | None]]
"""The modules that may offer something else than in a base, and how far that is known."""


class Found(NamedTuple):
    """importers: for each base, the untouched files that import a constant which is another one there, by path and
    blob. undetermined: the imports of which nobody can tell whether they do. analyzed: what was analyzed on the way.
    lasting: whether another run would find the same."""

    importers: tuple[tuple[Named, ...], ...] = ()
    undetermined: Undetermined = ()
    analyzed: Mapping[Named, FileResult] = MappingProxyType({})
    lasting: bool = True


def find_importers(repository: Repository, changes: ChangeSet, scope: Scope, limit: int, cache: bool = False) -> Found:
    """What *changes* touch through imports.

    limit: files of more bytes are not read. cache: whether results may come from the cache.
    """
    if not any(_python_paths(found, scope) for found in changes.changes):
        return Found(tuple(() for _ in changes.changes))
    search = _Search(repository, changes, scope, limit, cache)
    with quick_memory():
        importers, told = search.run()
    return Found(importers, told, search.analyzed, search.lasting)


class _Search:
    """The search for the importers of *changes*. analyzed: what was analyzed on the way. lasting: whether another run
    would find the same."""

    def __init__(self, repository: Repository, changes: ChangeSet, scope: Scope, limit: int, cache: bool) -> None:
        self.repository, self.changes, self.scope, self.limit, self.cache = repository, changes, scope, limit, cache
        self.analyzed: dict[Named, FileResult] = {}
        self.lasting = True

    def run(self) -> Importers:
        """The importers; of what is staged from the cache where that knows them, since reading it takes less time."""
        differences = self._compare()
        offers = [list(self._offers(found, differences)) for found in self.changes.changes]
        if not any(offers):
            return tuple(() for _ in offers), ()
        store = open_store(self.repository.root) if self.cache and not self.changes.head else None
        if store is None:
            return self._search(offers)
        key = changes_key("importers", self.changes, self.scope, self.limit)
        if known := store.by_hash(Kind.PYTHON, [key]).get(key):
            with suppress(ValueError, TypeError):  # of another form than ours
                importers, told = known[1]
                return tuple(tuple((path, blob) for path, blob in found) for found in importers), told
        found = self._search(offers)
        if self.lasting:
            store.add([(Kind.PYTHON, key, "", found)])
        return found

    def _search(self, offers: Sequence[Offers]) -> Importers:
        """Looks for them, from the modules of *offers* on; what comes of two commits is remembered by whoever asks."""
        mentions = Mentions(self.repository, self.changes.head)
        mentions.expect(*_expected(pair for found in offers for pair in found))
        with self.repository.objects() as objects:
            read = partial(read_entry, objects, self.limit)
            entries = python_files_after(self.repository, self.changes, self.scope)
            head = Modules(entries, read)
            by_path = {entry.path: entry for entry in entries}
            look = mentions, self._analyze
            more = []
            for base, found, offering in zip(self.changes.bases, self.changes.changes, offers, strict=True):
                before = Modules(python_files(self.repository, base, self.scope), read)
                paths = Sides(before, head, by_path, read, *look).importers(offering, _python_paths(found, self.scope))
                more.append(tuple((path, by_path[path].blob_id) for path in paths))
                self.lasting &= all(content for _, content in before.trace.read | head.trace.read)
        return tuple(more), clauses(head.trace.undetermined)

    def _compare(self) -> dict[Change, Difference | None]:
        """Both versions of the modules that stay where they are: what they offer differently."""
        changed = dict.fromkeys(change for found in self.changes.changes for change in found if self._is_kept(change))
        blobs = tuple((change.old_path, blob) for change in changed for blob in (change.old_blob, change.new_blob))
        snapshot = BlobSnapshot(self.repository, blobs, self.limit)
        self.analyzed, differences = compare_versions(snapshot, self.cache)
        self.lasting = all(file.lasting for file in self.analyzed.values())
        return {change: differences[change.old_path, change.old_blob, change.new_blob] for change in changed}

    def _is_kept(self, change: Change) -> bool:
        regular = change.old_mode.startswith("100") and change.new_mode.startswith("100")
        return regular and change.old_path == change.new_path and bool(_python_paths([change], self.scope))

    def _offers(
        self, changes: Iterable[Change], known: Mapping[Change, Difference | None]
    ) -> Iterator[tuple[str, Difference | None]]:
        """The modules that may offer something else, and how far that is known."""
        for change in changes:
            if change not in known or known[change] is not None:
                yield from ((path, known.get(change)) for path in _python_paths([change], self.scope))

    def _analyze(self, entries: list[Entry]) -> list[FileResult]:
        snapshot = BlobSnapshot(self.repository, tuple((entry.path, entry.blob_id) for entry in entries), self.limit)
        results = analyze_cached(snapshot, snapshot.entries(), lambda done: None, self.cache)
        self.analyzed.update({(file.record.path, file.record.blob_id): file for file in results})
        self.lasting &= all(file.lasting for file in results)
        return results


def _python_paths(changes: Iterable[Change], scope: Scope) -> list[str]:
    paths = {path for change in changes for path in (change.old_path, change.new_path) if path.endswith(".py")}
    return sorted(path for path in paths if scope.covers(path))


def _expected(offers: Iterable[tuple[str, Difference | None]]) -> tuple[set[str], set[str]]:
    """The modules that came or went, as imports call them; and the names in which the others differ, where these can be
    told already, none elsewhere."""
    offers = list(offers)
    names = {name for _, difference in offers if difference for name in difference.names}
    all_told = all(name.constant for name in names)
    moved = {module_word(path) for path, difference in offers if difference is None}
    return moved, {name.name for name in names} if all_told else set()
