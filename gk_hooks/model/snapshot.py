"""What is scanned: a snapshot of files, wherever it comes from, and the ledger of what became of each file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Protocol

from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a snapshot, not read yet.

    path: relative to the root, ``/``-separated; bytes that are no UTF-8 stand as surrogate escapes.
    kind: None only for a folder that could not be looked into; its path ends in ``/`` and skip says why.
    size: in bytes, or -1 when only reading tells. blob_id: git's object id where git knows one.
    skip: why the file is in scope but must not be read ("a symbolic link out of the tree"), else "".
    """

    path: str
    kind: Kind | None
    size: int = -1
    blob_id: str = ""
    skip: str = ""


DEFAULT_MAX_FILE_SIZE = 5 * 1024 * 1024
"""Files above this many bytes are skipped, on the record, unless ``--max-file-size`` says otherwise."""

SCANNED_ITSELF = "a symbolic link to a file that is scanned itself"
"""The one reason to skip an entry that leaves no gap in the audit."""

Read = Callable[[Entry], bytes]
"""Reads an entry's bytes. Raises OSError when they cannot be had."""


class Snapshot(Protocol):
    """A directory, the index, or a commit. Picklable: workers open their own reader."""

    @property
    def root(self) -> str:
        """The folder or repository that paths are relative to."""
        ...

    def entries(self) -> list[Entry]:
        """The files in scope, sorted by path."""
        ...

    def importable(self) -> list[Entry]:
        """The files that those in scope can import constants from: the whole of which the entries are a part."""
        ...

    def artifacts(self) -> list[str]:
        """Third-party artifacts (wheels, archives), sorted; listed in the inventory, never a finding."""
        ...

    def left_out(self) -> list[str]:
        """Folders and links that were not looked into, each with why, sorted."""
        ...

    def reader(self) -> Read:
        """A function that reads entries; made anew in every worker process."""
        ...

    def identity(self) -> str:
        """A hash that stands for all of this and for all contents, told sooner than the entries; "" for none."""
        ...

    def require(self, blobs: Iterable[str]) -> None:
        """GkError where one of the *blobs* that entries name is missing."""
        ...


class Status(StrEnum):
    """What became of a file in scope."""

    ANALYZED = "analyzed"
    SKIPPED = "skipped"
    UNPARSED = "unparsed"


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the coverage ledger: a file in scope, its identity and what became of it (*reason* if not all)."""

    path: str
    kind: Kind | None
    size: int
    sha256: str
    status: Status
    reason: str = ""
    blob_id: str = ""
    encoding: str = ""
