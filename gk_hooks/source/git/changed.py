"""Snapshots of a few files: those that a change touches, and the versions that they had before."""

from __future__ import annotations

from dataclasses import dataclass, field

from gk_hooks.model.kinds import kind_of
from gk_hooks.model.snapshot import DEFAULT_MAX_FILE_SIZE, Entry, Read
from gk_hooks.source.directory import larger_than
from gk_hooks.source.git.changes import ChangeSet
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.snapshots import CommitSnapshot, IndexSnapshot, TrackedSnapshot, blob_sizes
from gk_hooks.source.git.treelinks import File


@dataclass(frozen=True)
class ChangedSnapshot(TrackedSnapshot):
    """The files that *changes* touches, as its head (the index or a commit) has them."""

    changes: ChangeSet = field(default_factory=lambda: ChangeSet((), "", ()))

    def files(self) -> list[File]:
        """The touched files, sorted by path."""
        touched = self.changes.touched()
        return [File(path, changes[0].new_mode, changes[0].new_blob) for path, changes in touched.items()]

    def neighbours(self) -> list[File]:
        """All files of the head: a touched link may lead to a file that nobody touched."""
        if self.changes.head:
            return CommitSnapshot(self.repository, revision=self.changes.head).files()
        return IndexSnapshot(self.repository).files()


@dataclass(frozen=True)
class BlobSnapshot:
    """Implements model.snapshot.Snapshot for (path, blob id) pairs, which may name one path twice."""

    repository: Repository
    blobs: tuple[tuple[str, str], ...]
    max_file_size: int = DEFAULT_MAX_FILE_SIZE

    @property
    def root(self) -> str:
        """The top of the repository."""
        return self.repository.root

    def entries(self) -> list[Entry]:
        """An entry for each pair, in order."""
        sizes = blob_sizes(self.repository, (blob for _, blob in self.blobs))
        return [self._entry(path, blob, sizes[blob]) for path, blob in self.blobs]

    def artifacts(self) -> list[str]:
        """None: this is no tree."""
        return []

    def left_out(self) -> list[str]:
        """Nothing."""
        return []

    def reader(self) -> Read:
        """A function that reads entries by their blob id."""
        objects = self.repository.objects()
        return lambda entry: objects.read(entry.blob_id)

    def _entry(self, path: str, blob: str, size: int) -> Entry:
        skip = larger_than(self.max_file_size) if size > self.max_file_size else ""
        return Entry(path, kind_of(path), size, blob, skip)
