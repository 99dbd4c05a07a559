"""The snapshot of a directory, as it is on disk."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from typing import Any

from gk_hooks.errors import GkError
from gk_hooks.model.kinds import HEAD, KIND_BY_SUFFIX, Kind, kind_of, needs_head
from gk_hooks.model.records import dataclass, field, fields
from gk_hooks.model.snapshot import DEFAULT_MAX_FILE_SIZE, SCANNED_ITSELF, Entry, Read
from gk_hooks.source.links import OUT_OF_TREE, LeadsOut, resolve_inside
from gk_hooks.source.scope import Scope, is_artifact, left_out_lines

NOT_REGULAR = "not a regular file (a pipe, socket or device)"


@dataclass(frozen=True)
class DirectorySnapshot:
    """Implements model.snapshot.Snapshot. targets: paths relative to the root, "" for the root itself.

    The walk follows no link and is made once, so that all lists speak of the same moment. It opens only files whose
    name does not tell their kind, for their first bytes.
    """

    root: str
    targets: tuple[str, ...] = ("",)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_size: int = DEFAULT_MAX_FILE_SIZE
    output_dir: str = ""

    def entries(self) -> list[Entry]:
        """The files in scope, sorted by path; a folder that cannot be read is an entry to skip, ``folder/``."""
        return sorted(self._walk.entries.values(), key=lambda entry: entry.path)

    def importable(self) -> list[Entry]:
        """All entries."""
        return self.entries()

    def artifacts(self) -> list[str]:
        """Wheels, archives and native binaries that no exclude covers, sorted."""
        return sorted(self._walk.artifacts)

    def left_out(self) -> list[str]:
        """The folders (``build/``) and linked folders that were not looked into, each with why, sorted."""
        return left_out_lines(self._walk.left_out)

    def reader(self) -> Read:
        """A function that reads entries, never more than max_file_size + 1 bytes."""
        return partial(_read, self.root, self.max_file_size)

    def identity(self) -> str:
        """None: it has to be walked."""
        return ""

    def require(self, blobs: Iterable[str]) -> None:
        """It has no blobs."""

    @cached_property
    def _walk(self) -> _Walk:
        walk = _Walk(self.root, Scope.of(self.include, self.exclude), self.max_file_size, _below(self))
        for target in self.targets:
            walk.target(target)
        walk.settle_links()
        return walk

    def __getstate__(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


def snapshot_of(
    paths: Sequence[str],
    *,
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    max_file_size: int = DEFAULT_MAX_FILE_SIZE,
    output_dir: str = "",
) -> DirectorySnapshot:
    """The snapshot of what the user named: folders, or single files. Raises GkError where that cannot be read."""
    Scope.of(include, exclude)
    root = root_of(paths)
    targets = {os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/") for path in paths}
    named = tuple(sorted("" if target == "." else target for target in targets))
    return DirectorySnapshot(root, named, include, exclude, max_file_size, output_dir)


def root_of(paths: Sequence[str]) -> str:
    """The root of a scan of *paths*: the folder itself, a file's folder, and of several what they have in common."""
    folders = [_folder_of(path) for path in paths]
    try:
        return os.path.commonpath(folders)
    except ValueError:
        raise GkError("the paths have no common folder: scan them one by one") from None


def _folder_of(path: str) -> str:
    """The absolute folder that the target *path* is, or lies in; GkError where it cannot be scanned."""
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
        if is_folder:
            os.scandir(path).close()
    except (OSError, ValueError) as error:
        raise GkError(f"{path or repr(path)}: cannot be scanned: {_reason(error)}") from None
    if is_folder:
        return os.path.abspath(path)
    try:
        known = _kind_on_disk(os.path.realpath(path), os.path.basename(path))
    except OSError as error:
        raise GkError(f"{path}: cannot be scanned: {_reason(error)}") from None
    if known is None:
        suffixes = ", ".join(KIND_BY_SUFFIX)
        raise GkError(f"{path}: not a kind of file that gk analyzes ({suffixes}, a script with #!)")
    return os.path.dirname(os.path.abspath(path))


@dataclass
class _Walk:
    """One walk over the tree; *output* is our own output folder below the root, "" for none."""

    root: str
    scope: Scope
    max_file_size: int
    output: str
    entries: dict[str, Entry] = field(default_factory=dict)
    artifacts: set[str] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)
    links: list[tuple[Entry, str]] = field(default_factory=list)

    def target(self, path: str) -> None:
        """Takes in what the user named. That its own path holds a ``build`` leaves nothing out."""
        full = os.path.join(self.root, path)
        try:
            if os.path.isdir(full):
                os.scandir(full).close()
                self._folders(path)
                self.left_out.pop(path + "/", None)
            else:
                self._file(path, partial(os.lstat, full))
        except OSError as error:
            raise GkError(f"{full}: cannot be scanned: {_reason(error)}") from None

    def settle_links(self) -> None:
        """A link to a file that is scanned itself is left to that file; any other is read as what it is called."""
        for entry, target in self.links:
            scanned = self.entries.get(target)
            itself = scanned is not None and scanned.kind is entry.kind
            self.entries[entry.path] = (
                Entry(entry.path, entry.kind, entry.size, skip=SCANNED_ITSELF) if itself else entry
            )

    def _folders(self, start: str) -> None:
        pending = [start]
        while pending:
            path = pending.pop()
            try:
                with os.scandir(os.path.join(self.root, path)) as found:
                    items = list(found)
            except OSError as error:
                self._skip(path + "/", None, f"a folder that cannot be read: {_reason(error)}")
                continue
            for item in items:
                below = f"{path}/{item.name}" if path else item.name
                if _is_folder(item):
                    why = "our own output" if below == self.output else self.scope.folder_out(below)
                    if why:
                        self.left_out[below + "/"] = why
                    else:
                        pending.append(below)
                elif kind_of(below) or needs_head(below) or is_artifact(below) or _is_link(item):
                    self._file(below, partial(item.stat, follow_symlinks=False))

    def _file(self, path: str, status_of: Callable[[], os.stat_result]) -> None:
        if self.scope.leaves_out(path):
            return
        wanted = self.scope.wants(path)
        kind = kind_of(path) if wanted else None
        try:
            status = status_of()
        except OSError as error:  # it went away, or its folder may be listed and not entered
            if kind:
                self._skip(path, kind, f"cannot be read: {_reason(error)}")
            return
        if stat.S_ISLNK(status.st_mode) or _is_junction(status):
            self._link(path, kind, wanted)
            return
        if wanted and needs_head(path) and stat.S_ISREG(status.st_mode):
            kind = self._kind_of_content(path, path, status)
        if kind and stat.S_ISREG(status.st_mode):
            self.entries[path] = self._entry(path, kind, status)
        elif kind:
            self._skip(path, kind, NOT_REGULAR)
        elif is_artifact(path) and stat.S_ISREG(status.st_mode):
            self.artifacts.add(path)

    def _kind_of_content(self, path: str, target: str, status: os.stat_result) -> Kind | None:
        """The kind of the file at *path* by what is in it, or in the *target* that it links to."""
        if status.st_size > self.max_file_size:
            return kind_of(path)
        try:
            return _kind_on_disk(os.path.join(self.root, target), path)
        except OSError as error:
            self.left_out[path] = f"cannot be read: {_reason(error)}"
            return kind_of(path)

    def _link(self, path: str, kind: Kind | None, wanted: bool) -> None:
        try:
            target = resolve_inside(self.root, path)
            status = os.lstat(os.path.join(self.root, target))
            if wanted and needs_head(path) and stat.S_ISREG(status.st_mode):
                kind = self._kind_of_content(path, target, status)
        except LeadsOut:
            if kind:
                self._skip(path, kind, OUT_OF_TREE)
            else:
                self.left_out[path] = OUT_OF_TREE
        except OSError as error:
            if kind:
                missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
                self._skip(path, kind, "a symbolic link to nothing" if missing else _reason(error))
        else:
            if kind and stat.S_ISREG(status.st_mode):
                self.links.append((self._entry(path, kind, status), target))
            elif kind and not stat.S_ISDIR(status.st_mode):
                self._skip(path, kind, NOT_REGULAR)

    def _entry(self, path: str, kind: Kind, status: os.stat_result) -> Entry:
        too_large = status.st_size > self.max_file_size
        return Entry(path, kind, status.st_size, skip=larger_than(self.max_file_size) if too_large else "")

    def _skip(self, path: str, kind: Kind | None, why: str) -> None:
        self.entries[path] = Entry(path, kind, skip=why)


def larger_than(limit: int) -> str:
    """The reason to skip a file for its size, in the same words for every snapshot."""
    return f"larger than the limit of {limit} bytes"


# what became a pipe or a link since it was listed must neither block us nor lead us elsewhere
_CAREFULLY = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def _kind_on_disk(full: str, path: str) -> Kind | None:
    """The kind of what is called *path* and whose content is the file at *full*."""
    if not needs_head(path):
        return kind_of(path)
    descriptor = os.open(full, _CAREFULLY)
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return kind_of(path, os.read(descriptor, HEAD) if regular else b"")
    finally:
        os.close(descriptor)


def _read(root: str, max_file_size: int, entry: Entry) -> bytes:
    path = os.path.join(root, entry.path)
    if os.path.islink(path):
        path = os.path.join(root, resolve_inside(root, entry.path))
    with open(os.open(path, _CAREFULLY), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, NOT_REGULAR)
        data = file.read(min(status.st_size, max_file_size) + 1)
    if len(data) > max_file_size:
        raise OSError(errno.EFBIG, larger_than(max_file_size))
    if len(data) != status.st_size:
        raise OSError(errno.EBUSY, "changed while it was read")
    return data


def _below(snapshot: DirectorySnapshot) -> str:
    """Our output folder as a path below the root, "" when it lies elsewhere or is the root itself."""
    if not snapshot.output_dir:
        return ""
    for resolve in (os.path.abspath, os.path.realpath):
        root, output = os.path.join(resolve(snapshot.root), ""), resolve(snapshot.output_dir)
        if os.path.normcase(output).startswith(os.path.normcase(root)):
            return output[len(root) :].replace(os.sep, "/")
    return ""


def _is_folder(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir(follow_symlinks=False) and not _is_link(item)
    except OSError:
        return False


def _is_link(item: os.DirEntry[str]) -> bool:
    if item.is_symlink():
        return True
    return os.name == "nt" and _is_junction(item.stat(follow_symlinks=False))


def _is_junction(status: os.stat_result) -> bool:
    """A Windows junction: a link between folders that is no symbolic link and that ``is_dir`` calls a folder."""
    return getattr(status, "st_reparse_tag", 0) == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)


def _reason(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
