"""What changes touch beside the files that they name: links to them, and files that import something from them.

Between two commits that never becomes another answer, so it is remembered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import fields, replace
from gk_hooks.pipeline.analysis import open_store
from gk_hooks.pipeline.workers import FileResult
from gk_hooks.source.git.changed import REGULAR, with_links
from gk_hooks.source.git.changes import RAW, Change, ChangeSet, compare
from gk_hooks.source.git.heads import Named
from gk_hooks.source.git.plumbing import git_version
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.scope import Scope

if TYPE_CHECKING:
    from gk_hooks.pipeline.linking import Undetermined


class Touched(NamedTuple):
    """changes: with the links that lead elsewhere, and with the untouched files that import a constant which is another
    one than in a base. undetermined: the imports of which nobody can tell whether they do. analyzed: what was analyzed
    on the way, by path and blob. lasting: whether another run would find the same."""

    changes: ChangeSet
    undetermined: Undetermined = ()
    analyzed: Mapping[Named, FileResult] = MappingProxyType({})
    lasting: bool = True


def with_touched(repository: Repository, changes: ChangeSet, scope: Scope, limit: int, cache: bool = False) -> Touched:
    """*changes* with what they touch; between two commits git is asked for them where they are not remembered.

    limit: files of more bytes are not read. cache: whether results may come from the cache.
    """
    key = changes_key("touched", changes, scope, limit, git_version(), RAW)
    store = open_store(repository.root) if cache and changes.head else None
    if store and (known := store.by_hash(Kind.PYTHON, [key]).get(key)):
        with suppress(ValueError, TypeError):  # of another form than ours
            columns, told = known[1]
            found = tuple(tuple(Change(*row) for row in zip(*each, strict=True)) for each in columns)
            return Touched(replace(changes, changes=found), told)
    if changes.head:
        changes = compare(repository, changes.bases, changes.head)
    touched = _look(repository, with_links(repository, changes), scope, limit, cache)
    if store and touched.lasting:
        columns = tuple(_columns(found) for found in touched.changes.changes)
        store.add([(Kind.PYTHON, key, "", (columns, touched.undetermined))])
    return touched


def _look(repository: Repository, changes: ChangeSet, scope: Scope, limit: int, cache: bool) -> Touched:
    names = (name for found in changes.changes for change in found for name in (change.old_path, change.new_path))
    if not any(name.endswith(".py") for name in names):
        return Touched(changes)
    from gk_hooks.pipeline.importers import find_importers

    importers, told, analyzed, lasting = find_importers(repository, changes, scope, limit, cache)
    more = zip(changes.changes, map(_same, importers), strict=True)
    changes = replace(changes, changes=tuple((*found, *same) for found, same in more))
    return Touched(changes, told, analyzed, lasting)


def _same(files: Iterable[Named]) -> Iterator[Change]:
    """Changes of *files* that are as they were."""
    return (Change("M", path, blob, REGULAR, path, blob, REGULAR) for path, blob in files)


def _columns(changes: Iterable[Change]) -> tuple[tuple[str, ...], ...]:
    """The *changes* field by field, which takes less time to read."""
    return tuple(tuple(getattr(change, name) for change in changes) for name in _FIELDS)


_FIELDS = tuple(each.name for each in fields(Change))


def changes_key(what: str, changes: ChangeSet, scope: Scope, limit: int, *more: object) -> str:
    """A hash over all that *what* comes of *changes* between two commits depends on."""
    patterns = [[glob.pattern for glob in globs] for globs in (scope.include, scope.exclude)]
    facts = repr((what, changes, patterns, limit, more))
    return hashlib.sha256(facts.encode("utf-8", "surrogateescape")).hexdigest()
