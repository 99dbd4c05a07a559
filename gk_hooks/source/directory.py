"""The snapshot of a directory, as it is on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gk_hooks.model.snapshot import Entry, Read


@dataclass(frozen=True)
class DirectorySnapshot:
    """Implements model.snapshot.Snapshot. targets: paths relative to the root, "" for the root itself."""

    root: str
    targets: tuple[str, ...] = ("",)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_size: int = 5 * 1024 * 1024
    output_dir: str = ""

    def entries(self) -> list[Entry]:
        """The files in scope, sorted by path; a folder that cannot be read is an entry to skip, ``folder/``."""
        raise NotImplementedError

    def artifacts(self) -> list[str]:
        """Wheels, archives and native binaries, sorted."""
        raise NotImplementedError

    def left_out(self) -> list[str]:
        """The folders (``build/``) and linked folders that were not looked into, each with why, sorted."""
        raise NotImplementedError

    def reader(self) -> Read:
        """A function that reads entries, never more than max_file_size + 1 bytes."""
        raise NotImplementedError


def snapshot_of(
    paths: Sequence[str],
    *,
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    max_file_size: int = 5 * 1024 * 1024,
    output_dir: str = "",
) -> DirectorySnapshot:
    """The snapshot of what the user named: folders, or single files. Raises GkError where that cannot be read."""
    raise NotImplementedError
