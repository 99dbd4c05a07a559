"""Files that a change touches through others: an untouched call may have a new destination once a constant changes.

From the Python files that changed, the names whose value is another one than in the base; from those, the files that
import them, which are touched when what they do something with is no longer the same.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial

from gk_hooks.analysis import analyze_cached, open_store
from gk_hooks.analyzers.python.exports import Exports, alike
from gk_hooks.analyzers.python.outline import outline
from gk_hooks.linking import Constants, clauses, constants_of
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass, replace
from gk_hooks.model.regex import regex
from gk_hooks.model.snapshot import Entry, Read
from gk_hooks.modules import MAX_HOPS, PACKAGE, Modules, Shared
from gk_hooks.processes import quick_memory
from gk_hooks.source.decode import decode
from gk_hooks.source.git.changed import BlobSnapshot, mentioning, python_files
from gk_hooks.source.git.changes import Change, ChangeSet
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.scope import Scope
from gk_hooks.workers import FileResult


def with_importers(
    repository: Repository, changes: ChangeSet, scope: Scope, limit: int, cache: bool = False
) -> tuple[ChangeSet, tuple[tuple[str, str], ...]]:
    """*changes* and the untouched files that import a constant which is another one than in a base; and the imports
    of which nobody can tell whether they do.

    limit: files of more bytes are not read. cache: whether results may come from the cache.
    """
    if not any(_python_paths(found, scope) for found in changes.changes):
        return changes, ()
    key = _key(changes, scope, limit)
    store = open_store(repository.root) if cache and changes.head else None
    if store and (known := store.by_hash(Kind.PYTHON, [key]).get(key)):
        found, told = known[1]
    else:
        found, told = _find(repository, changes, scope, limit, cache)
        if store:
            store.add([(Kind.PYTHON, key, "", (found, told))])
    return _extended(changes, found), told


Named = tuple[str, str]
"""A path and the blob that is there."""


def _extended(changes: ChangeSet, more: Iterable[Iterable[Named]]) -> ChangeSet:
    """*changes* and, for each base, files that are the same there."""
    same = ((Change("M", path, blob, REGULAR, path, blob, REGULAR) for path, blob in files) for files in more)
    return replace(changes, changes=tuple((*found, *files) for found, files in zip(changes.changes, same, strict=True)))


def _find(
    repository: Repository, changes: ChangeSet, scope: Scope, limit: int, cache: bool
) -> tuple[tuple[tuple[Named, ...], ...], tuple[tuple[str, str], ...]]:
    """For each base the importers, and the imports of which nobody can tell."""
    with repository.objects() as objects, quick_memory():

        def read(entry: Entry) -> bytes:
            data = objects.read(entry.blob_id)
            return data if len(data) <= limit else b""

        offers = [
            [change for change in found if _is_python(change) and not _same_outline(change, read)]
            for found in changes.changes
        ]
        if not any(offers):
            return tuple(() for _ in offers), ()
        entries = python_files(repository, changes.head, scope)
        shared: Shared = {}
        head = Modules(entries, read, shared)
        by_path = {entry.path: entry for entry in entries}
        look = partial(mentioning, repository, changes.head), partial(_analyze, repository, limit, cache)
        more = []
        for base, found, offering in zip(changes.bases, changes.changes, offers, strict=True):
            sides = _Sides(Modules(python_files(repository, base, scope), read, shared), head, by_path, read, *look)
            paths = sides.importers(_python_paths(offering, scope), _python_paths(found, scope))
            more.append(tuple((path, by_path[path].blob_id) for path in paths))
    return tuple(more), clauses(head.undetermined)


def _key(changes: ChangeSet, scope: Scope, limit: int) -> str:
    """A hash over all that the importers of *changes* depend on, for two commits."""
    patterns = [[glob.pattern for glob in globs] for globs in (scope.include, scope.exclude)]
    return hashlib.sha256(repr(("importers", changes, patterns, limit)).encode("utf-8", "surrogateescape")).hexdigest()


def _analyze(repository: Repository, limit: int, cache: bool, entries: list[Entry]) -> list[FileResult]:
    snapshot = BlobSnapshot(repository, tuple((entry.path, entry.blob_id) for entry in entries), limit)
    return analyze_cached(snapshot, snapshot.entries(), lambda done: None, cache)


def _is_python(change: Change) -> bool:
    return change.old_path.endswith(".py") or change.new_path.endswith(".py")


def _same_outline(change: Change, read: Read) -> bool:
    """Whether the file offers to others what it did before, at the same place."""
    regular = change.old_mode.startswith("100"), change.new_mode.startswith("100")
    if change.old_path != change.new_path or not all(regular):
        return False
    entries = (Entry(change.old_path, Kind.PYTHON, blob_id=blob) for blob in (change.old_blob, change.new_blob))
    texts = [decode(read(entry), Kind.PYTHON).text for entry in entries]
    before, after = map(outline, texts)
    return before is not None and before == after


def _python_paths(changes: Iterable[Change], scope: Scope) -> list[str]:
    paths = {path for change in changes for path in (change.old_path, change.new_path) if path.endswith(".py")}
    return sorted(path for path in paths if scope.covers(path))


REGULAR = "100644"
EVERYTHING = "*"
NOTHING: Mapping[str, set[str]] = {}


@dataclass
class _Sides:
    """One base and the head: their modules, and the files of the head."""

    before: Modules
    after: Modules
    entries: dict[str, Entry]
    read: Read
    mentioning: Callable[[Collection[str]], set[str]]
    analyze: Callable[[list[Entry]], list[FileResult]]

    def importers(self, offering: list[str], changed: list[str]) -> list[str]:
        """The files beside *changed* that do something with a constant which is another one now, sorted; *offering*:
        those of *changed* that may export something else themselves."""
        seen = set(offering)
        touched: list[str] = []
        wave = self._different(offering)
        for _ in range(MAX_HOPS):
            if not wave:
                break
            found = [path for path in self._candidates(wave) if path not in seen]
            seen.update(found)
            others = [self.entries[path] for path in found if path not in changed]
            touched += [file.record.path for file in self.analyze(others) if self._uses_another(file)]
            wave = self._different(found, wave)
        return sorted(touched)

    def _different(self, paths: Iterable[str], wave: Mapping[str, set[str]] = NOTHING) -> dict[str, set[str]]:
        """Those of *paths* that export something else than before, with the names; *wave*: the modules of before."""
        return {path: names for path in paths if (names := self._names(path, wave))}

    def _names(self, path: str, wave: Mapping[str, set[str]]) -> set[str]:
        """What the module at *path* exports differently, itself or by importing everything of another."""
        before, after = self.before.exports(path, MAX_HOPS), self.after.exports(path, MAX_HOPS)
        sources = (one for star in after.stars for one in self.after.files(path, star))
        passed_on = (name for source in sources for name in wave.get(source, ()))
        if before is after:
            return set(passed_on)
        names = {*_different(before, after), *_different(after, before)}
        sides = ((self.before, before), (self.after, after))
        seen = {name for name in names for modules, exports in sides if _may_tell(modules, path, exports, name)}
        return {*seen, *passed_on}

    def _candidates(self, changed: Mapping[str, set[str]]) -> Iterator[str]:
        """The files that say one of the *changed* names, or import everything, and its module, or a package that is
        one."""
        stems = {posixpath.basename(path.removesuffix("/" + PACKAGE)).removesuffix(".py") for path in changed}
        says_module = re.compile(_words(stems))
        names = {name.rpartition(".")[2] for each in changed.values() for name in each}
        says_name = re.compile(rb"" if EVERYTHING in names else _words(names) + rb"|\bimport[ \t(]*\*")
        packages = any(posixpath.basename(path) == PACKAGE for path in changed)
        searched: Collection[str] = self.entries if packages else self.mentioning(stems)
        for path in sorted(self.entries.keys() & searched):
            data = self.read(self.entries[path])
            if says_name.search(data) and _imports(data, says_module, packages):
                yield path

    def _uses_another(self, file: FileResult) -> bool:
        path, wanted = file.record.path, file.wanted
        return not _all_alike(constants_of(path, wanted, self.before), constants_of(path, wanted, self.after))


_IMPORT = regex(rb"\b(?:import|from)\b(?:[\w\s.,()*\\\x80-\xff]|#[^\r\n]*)*")
"""An import statement, or prose that looks like one."""

_IMPORT_CALL = regex(rb"import_module|__import__")
_FROM_PACKAGE = regex(rb"\bfrom[ \t]+\.+[ \t]+import\b")


def _imports(data: bytes, module: re.Pattern[bytes], packages: bool) -> bool:
    """Whether the text *data* may import a *module*, or its own package where that is one of *packages*."""
    if packages and _FROM_PACKAGE.search(data):
        return True
    if _IMPORT_CALL.search(data):
        return module.search(data) is not None
    return any(module.search(statement[0]) for statement in _IMPORT.finditer(data))


def _words(names: Iterable[str]) -> bytes:
    return (
        rb"(?<!\w)(?:"
        + b"|".join(re.escape(name.encode("utf-8", "surrogateescape")) for name in sorted(names))
        + rb")(?!\w)"
    )


def _different(one: Exports, other: Exports) -> Iterator[str]:
    for name, value in one.values.items():
        if not alike(value, other.values.get(name)):
            yield name
    yield from (name for name, path in one.elsewhere.items() if other.elsewhere.get(name) != path)
    if one.stars != other.stars:
        yield EVERYTHING


def _may_tell(modules: Modules, path: str, exports: Exports, name: str) -> bool:
    """Whether *name* of the module at *path* can stand for a constant: most names that are imported cannot."""
    where = exports.elsewhere.get(name)
    return name in exports.values or name == EVERYTHING or (where is not None and modules.may_hold(path, where))


def _all_alike(before: Constants, after: Constants) -> bool:
    return before.keys() == after.keys() and all(alike(before[name], after[name]) for name in before)
