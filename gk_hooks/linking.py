"""The link step: what a file does with the constants of other files.

Every file is analyzed alone first, which can be cached by its content, and says which names of other files it could
use. Where those turn out to be constants it is analyzed again with them.
"""

from __future__ import annotations

from collections.abc import Iterable

from gk_hooks.analyzers.python.values import Value
from gk_hooks.model.snapshot import Entry, Read
from gk_hooks.modules import Modules
from gk_hooks.workers import FileResult, analyze_entry

Constants = dict[str, Value]


def link(files: Iterable[FileResult], entries: Iterable[Entry], modules: Modules, read: Read) -> list[FileResult]:
    """*files* with those analyzed again that use constants of *modules*. entries: their entries, in any order."""
    by_key = {(entry.path, entry.blob_id): entry for entry in entries}
    linked = []
    for file in files:
        constants = constants_of(file, modules)
        entry = by_key.get((file.record.path, file.record.blob_id))
        linked.append(analyze_entry(entry, read, constants) if constants and entry else file)
    return linked


def constants_of(file: FileResult, modules: Modules) -> Constants:
    """What is known of the names that *file* wants of other files."""
    found = {name: modules.known(file.record.path, name) for name in file.wanted}
    return {name: value for name, value in found.items() if value is not None}


def undetermined(modules: Modules) -> tuple[tuple[str, str], ...]:
    """Who imports what of which file cannot be told, sorted: the importer, and a clause."""
    return tuple(
        (importer, f"{name} may come from {' or '.join(files)}")
        for (importer, name), files in sorted(modules.undetermined.items())
    )
