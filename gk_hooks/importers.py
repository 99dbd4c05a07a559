"""Files that a change touches through others: an untouched call may have a new destination once a constant changes.

From the Python files that changed, the names whose value is another one than in the base; from those, the files that
import them, which are touched when what they do something with is no longer the same.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator

from gk_hooks.analyzers.python.exports import Exports, alike
from gk_hooks.linking import Constants, constants_of
from gk_hooks.model.records import dataclass, replace
from gk_hooks.model.snapshot import Entry, Read
from gk_hooks.modules import MAX_HOPS, PACKAGE, Modules
from gk_hooks.source.git.changed import python_files
from gk_hooks.source.git.changes import Change, ChangeSet
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.scope import Scope
from gk_hooks.workers import analyze_entry


def with_importers(repository: Repository, changes: ChangeSet, scope: Scope, limit: int) -> ChangeSet:
    """*changes* and the untouched files that import a constant which is another one than in a base.

    limit: files of more bytes are not read.
    """
    if not any(_python_paths(found, scope) for found in changes.changes):
        return changes
    with repository.objects() as objects:

        def read(entry: Entry) -> bytes:
            data = objects.read(entry.blob_id)
            return data if len(data) <= limit else b""

        entries = python_files(repository, changes.head, scope)
        head = Modules(entries, read)
        by_path = {entry.path: entry for entry in entries}
        more = []
        for base, found in zip(changes.bases, changes.changes, strict=True):
            sides = _Sides(Modules(python_files(repository, base, scope), read), head, by_path, read)
            more.append((*found, *(_same(by_path[path]) for path in sides.importers(_python_paths(found, scope)))))
    return replace(changes, changes=tuple(more))


def _python_paths(changes: Iterable[Change], scope: Scope) -> list[str]:
    paths = {path for change in changes for path in (change.old_path, change.new_path) if path.endswith(".py")}
    return sorted(path for path in paths if scope.covers(path))


def _same(entry: Entry) -> Change:
    return Change("M", entry.path, entry.blob_id, REGULAR, entry.path, entry.blob_id, REGULAR)


REGULAR = "100644"


@dataclass
class _Sides:
    """One base and the head: their modules, and the files of the head."""

    before: Modules
    after: Modules
    entries: dict[str, Entry]
    read: Read

    def importers(self, changed: list[str]) -> list[str]:
        """The files beside *changed* that do something with a constant which is another one now, sorted."""
        seen = set(changed)
        touched: list[str] = []
        wave = [path for path in changed if self._names(path)]
        for _ in range(MAX_HOPS):
            if not wave:
                break
            found = [path for path in self._candidates(wave) if path not in seen]
            seen.update(found)
            touched += [path for path in found if self._uses_another(path)]
            wave = [path for path in found if self._names(path)]
        return sorted(touched)

    def _names(self, path: str) -> set[str]:
        """What the module at *path* exports differently."""
        before, after = self.before.exports(path, MAX_HOPS), self.after.exports(path, MAX_HOPS)
        return {*_different(before, after), *_different(after, before)}

    def _candidates(self, modules: Collection[str]) -> Iterator[str]:
        """The files whose text says the name of one of *modules*, or imports from a package that is one."""
        names = sorted({posixpath.basename(path.removesuffix("/" + PACKAGE)).removesuffix(".py") for path in modules})
        says = rf"\b(?:{'|'.join(map(re.escape, names))})\b"
        packages = any(posixpath.basename(path) == PACKAGE for path in modules)
        mentions = re.compile(rf"{says}|\bfrom[ \t]+\.+[ \t]+import\b" if packages else says)
        for path in self.entries:
            if mentions.search(self.after.text(path)):
                yield path

    def _uses_another(self, path: str) -> bool:
        entry = self.entries[path]
        file = analyze_entry(entry, self.read)
        return not _all_alike(constants_of(file, self.before), constants_of(file, self.after))


def _different(one: Exports, other: Exports) -> Iterator[str]:
    for name, value in one.values.items():
        if not alike(value, other.values.get(name)):
            yield name
    yield from (name for name, path in one.elsewhere.items() if other.elsewhere.get(name) != path)
    yield from set(one.stars) ^ set(other.stars)


def _all_alike(before: Constants, after: Constants) -> bool:
    return before.keys() == after.keys() and all(alike(before[name], after[name]) for name in before)
