"""What came of linking a file, remembered with all that it depended on.

An entry stands for one file at its path, whatever else there is. It holds the last outcomes, each with its trace: the
names that were looked for, where the paths led them, and the contents of the modules that had a say. An outcome is
taken in every tree that gives the same answers, so that a change has only those files linked anew that it reaches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

from gk_hooks.model.kinds import Kind
from gk_hooks.model.snapshot import Entry
from gk_hooks.pipeline.analysis import found_of, result_of
from gk_hooks.pipeline.cache.store import Store
from gk_hooks.pipeline.imports import Paths
from gk_hooks.pipeline.modules import Trace, is_module
from gk_hooks.pipeline.workers import FileResult

KEPT = 4
"""Outcomes of one file: those of both ends of a comparison, and of branches that somebody goes to and fro between."""


class Task(NamedTuple):
    """place: of the file among all. wanted: the names of other files that it could use."""

    place: int
    entry: Entry
    wanted: tuple[str, ...]


class Linked(NamedTuple):
    """What came of a task. file: None where it takes no constant."""

    task: Task
    file: FileResult | None
    trace: Trace


class Outcome(NamedTuple):
    """As it is remembered. paths, led, contents: hashes that stand for all paths of modules, for where the names
    *asked* for led, and for the contents of the modules that were *read*. found: the SHA-256 of the file, and what the
    cache has of a result; empty where it takes no constant."""

    paths: str
    led: str
    contents: str
    asked: tuple[tuple[str, str], ...]
    read: tuple[str, ...]
    undetermined: tuple[tuple[str, str, str], ...]
    found: tuple[Any, ...]


class Traces:
    """What *store* knows of linking *files* in the tree of the *importable* ones."""

    def __init__(self, store: Store, importable: Sequence[Entry], files: Sequence[FileResult]) -> None:
        self._store, self._files = store, files
        hashes = {file.record.path: file.record.sha256 for file in files}
        modules = filter(is_module, importable)
        self._contents = {entry.path: entry.blob_id or hashes.get(entry.path, "") for entry in modules}
        self._paths = Paths(self._contents)
        self._known: dict[str, tuple[Outcome, ...]] = {}
        self._new: dict[str, Outcome] = {}

    def recall(self, tasks: Iterable[Task]) -> Iterator[Linked]:
        """What is known of the *tasks* and holds here."""
        keys = {key: task for task in tasks if (key := self._key(task))}
        for key, (_, values) in self._store.by_hash(Kind.PYTHON, list(keys)).items():
            with suppress(ValueError, TypeError, AttributeError):  # of another form than ours
                self._known[key] = tuple(Outcome(*value) for value in values)
                outcome = next(filter(self._holds, self._known[key]), None)
                if outcome:
                    task = keys[key]
                    file = result_of(task.entry, outcome.found) if outcome.found else None
                    if outcome.paths != self._all_paths:
                        self._known[key] = tuple(each for each in self._known[key] if each is not outcome)
                        self._new[key] = outcome._replace(paths=self._all_paths)
                    yield Linked(task, file, Trace(undetermined=set(outcome.undetermined)))

    def remember(self, linked: Iterable[Linked]) -> None:
        """Remembers what came of other tasks."""
        for task, file, trace in linked:
            key, found = self._key(task), found_of(file) if file else None
            if key and all(content for _, content in trace.read):
                if file is None:
                    self._new[key] = self._outcome(trace, ())
                elif found and found[1] == self._files[task.place].record.sha256:
                    self._new[key] = self._outcome(trace, (found[1], found[3]))
        rows = ((key, (outcome, *self._known.get(key, ()))[:KEPT]) for key, outcome in self._new.items())
        self._store.add((Kind.PYTHON, key, "", tuple(map(tuple, outcomes))) for key, outcomes in rows)

    def _outcome(self, trace: Trace, found: tuple[Any, ...]) -> Outcome:
        asked, read = tuple(sorted(trace.asked)), sorted(trace.read)
        contents = _digest(content for _, content in read)
        paths = tuple(path for path, _ in read)
        undetermined = tuple(sorted(trace.undetermined))
        return Outcome(self._all_paths, self._led(asked), contents, asked, paths, undetermined, found)

    def _holds(self, outcome: Outcome) -> bool:
        if outcome.contents != _digest(self._contents.get(path, "") for path in outcome.read):
            return False
        return outcome.paths == self._all_paths or outcome.led == self._led(outcome.asked)

    def _led(self, asked: Iterable[tuple[str, str]]) -> str:
        return _digest(repr(self._paths.places(importer, name)) for importer, name in asked)

    @cached_property
    def _all_paths(self) -> str:
        return _digest(sorted(self._contents))

    def _key(self, task: Task) -> str:
        """Stands for the file, "" where another run could find something else in it."""
        file = self._files[task.place]
        content = file.record.blob_id or file.record.sha256
        if not file.lasting or not content:
            return ""
        return _digest(("linked", task.entry.path, content, *task.wanted))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
