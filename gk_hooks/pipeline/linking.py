"""The link step: what a file does with the constants of other files.

Every file is analyzed alone first, which can be cached by its content, and says which names of other files it could
use. Where those turn out to be constants it is analyzed again with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from gk_hooks.analyzers.python.values import Value
from gk_hooks.model.snapshot import Entry, Read, Snapshot
from gk_hooks.pipeline.modules import Modules
from gk_hooks.pipeline.processes import Work, run_all
from gk_hooks.pipeline.workers import FileResult, analyze_entry, lost

Constants = dict[str, Value]
Undetermined = tuple[tuple[str, str], ...]
"""Who imports what of which file cannot be told, sorted: the importer, and a clause."""

WEIGHT = 3
"""How often a file that is linked is read: itself, and the files that it imports."""


class _Task(NamedTuple):
    """place: of the file among all."""

    place: int
    entry: Entry
    wanted: tuple[str, ...]


class _Linked(NamedTuple):
    """file: None for one that takes no constant. undetermined: as Modules has it."""

    place: int
    file: FileResult | None
    undetermined: Mapping[tuple[str, str], tuple[str, ...]]


def link(
    snapshot: Snapshot, entries: Iterable[Entry], importable: Sequence[Entry], files: Sequence[FileResult]
) -> tuple[list[FileResult], Undetermined]:
    """*files* with those analyzed again that use constants of the *importable* ones, and what cannot be determined.

    entries: those of *files*, in any order.
    """
    by_key = {(entry.path, entry.blob_id): entry for entry in entries}
    tasks = [
        _Task(place, by_key[file.record.path, file.record.blob_id], file.wanted)
        for place, file in enumerate(files)
        if file.wanted
    ]
    linked, told = list(files), dict[tuple[str, str], tuple[str, ...]]()
    for done in run_all(snapshot, tasks, Work(partial(_linker, importable), _lost, _size)):
        for place, file, undetermined in done:
            linked[place] = file or linked[place]
            told.update(undetermined)
    return linked, clauses(told)


def _linker(importable: Sequence[Entry], read: Read) -> Callable[[_Task], _Linked]:
    return partial(_link, Modules(importable, read), read)


def _link(modules: Modules, read: Read, task: _Task) -> _Linked:
    constants = constants_of(task.entry.path, task.wanted, modules)
    told, modules.undetermined = modules.undetermined, {}
    return _Linked(task.place, analyze_entry(task.entry, read, constants) if constants else None, told)


def _lost(task: _Task) -> _Linked:
    return _Linked(task.place, lost(task.entry), {})


def _size(task: _Task) -> int:
    return WEIGHT * max(task.entry.size, 0)


def constants_of(path: str, wanted: Iterable[str], modules: Modules) -> Constants:
    """What is known of the names that the file at *path* wants of other files."""
    found = {name: modules.known(path, name) for name in wanted}
    return {name: value for name, value in found.items() if value is not None}


def clauses(undetermined: Mapping[tuple[str, str], tuple[str, ...]]) -> Undetermined:
    """What Modules found undetermined, for people."""
    return tuple(
        (importer, f"{name} may come from {' or '.join(files)}")
        for (importer, name), files in sorted(undetermined.items())
    )
