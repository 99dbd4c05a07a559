"""The link step: what a file does with the constants of other files.

Every file is analyzed alone first, which can be cached by its content, and says which names of other files it could
use. Where those turn out to be constants it is analyzed again with them, unless that is remembered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain

from gk_hooks.analyzers.python.values import Value
from gk_hooks.model.snapshot import Entry, Read, Snapshot
from gk_hooks.pipeline.cache.store import Store
from gk_hooks.pipeline.modules import Modules, Trace
from gk_hooks.pipeline.processes import Work, run_all
from gk_hooks.pipeline.traces import Linked, Task, Traces
from gk_hooks.pipeline.workers import FileResult, analyze_entry, lost

Constants = dict[str, Value]
Undetermined = tuple[tuple[str, str], ...]
"""Who imports what of which file cannot be told, sorted: the importer, and a clause."""

WEIGHT = 3
"""How often a file that is linked is read: itself, and the files that it imports."""


def link(
    snapshot: Snapshot,
    entries: Iterable[Entry],
    importable: Sequence[Entry],
    files: Sequence[FileResult],
    store: Store | None = None,
) -> tuple[list[FileResult], Undetermined]:
    """*files* with those analyzed again that use constants of the *importable* ones, and what cannot be determined.

    entries: those of *files*, in any order. store: what is remembered of links, and where.
    """
    by_key = {(entry.path, entry.blob_id): entry for entry in entries}
    tasks = [
        Task(place, by_key[file.record.path, file.record.blob_id], file.wanted)
        for place, file in enumerate(files)
        if file.wanted
    ]
    traces = Traces(store, importable, files) if store else None
    done = list(traces.recall(tasks)) if traces else []
    known = {one.task.place for one in done}
    work = Work(partial(_linker, importable), _lost, _size)
    new = list(chain(*run_all(snapshot, [task for task in tasks if task.place not in known], work)))
    if traces:
        traces.remember(new)
    linked, undetermined = list(files), set[tuple[str, str, str]]()
    for task, file, trace in (*done, *new):
        linked[task.place] = file or files[task.place]
        undetermined |= trace.undetermined
    return linked, clauses(undetermined)


def _linker(importable: Sequence[Entry], read: Read) -> Callable[[Task], Linked]:
    return partial(_link, Modules(importable, read), read)


def _link(modules: Modules, read: Read, task: Task) -> Linked:
    modules.trace = Trace()
    constants = constants_of(task.entry.path, task.wanted, modules)
    return Linked(task, analyze_entry(task.entry, read, constants) if constants else None, modules.trace)


def _lost(task: Task) -> Linked:
    return Linked(task, lost(task.entry), Trace())


def _size(task: Task) -> int:
    return WEIGHT * max(task.entry.size, 0)


def constants_of(path: str, wanted: Iterable[str], modules: Modules) -> Constants:
    """What is known of the names that the file at *path* wants of other files."""
    found = {name: modules.known(path, name) for name in wanted}
    return {name: value for name, value in found.items() if value is not None}


def clauses(undetermined: Iterable[tuple[str, str, str]]) -> Undetermined:
    """What Modules found undetermined, for people."""
    paths: dict[tuple[str, str], list[str]] = defaultdict(list)
    for importer, name, path in sorted(undetermined):
        paths[importer, name].append(path)
    return tuple((importer, f"{name} may come from {' or '.join(found)}") for (importer, name), found in paths.items())
