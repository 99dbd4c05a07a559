"""Snapshots that live in the object database: the index as the next commit will have it, and the tree of a commit.

Nothing is checked out and no name reaches a command line: contents are read by object id. Links are resolved within
the snapshot, as a checkout of it would have them.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Container, Iterable
from functools import cached_property, partial
from typing import Any

from gk_hooks.errors import GkError
from gk_hooks.model.kinds import kind_of, may_be_code
from gk_hooks.model.records import dataclass, field, fields, replace
from gk_hooks.model.snapshot import DEFAULT_MAX_FILE_SIZE, SCANNED_ITSELF, Entry, Read
from gk_hooks.source.directory import larger_than
from gk_hooks.source.git.changes import unmerged
from gk_hooks.source.git.heads import Named, blob_kinds
from gk_hooks.source.git.index import GITLINK, SYMLINK, read_index, tracked_path
from gk_hooks.source.git.objects import Info, Objects
from gk_hooks.source.git.plumbing import MISSING_ADVICE, printable
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.revisions import resolve_tree
from gk_hooks.source.git.treelinks import SUBMODULE, File, resolve_links
from gk_hooks.source.links import OUT_OF_TREE
from gk_hooks.source.scope import Scope, is_artifact, left_out_lines

FEW = 200
"""Blobs up to which asking the reader that runs anyway is cheaper than starting git for their sizes."""

LONG = 100
"""Files from which on it takes longer to look at a list than to find in the cache what came of it."""


@dataclass(frozen=True)
class TrackedSnapshot:
    """Implements model.snapshot.Snapshot. targets: folders or files, ``/``-separated from the top, "" for all.

    output_dir: our own output folder, likewise, when it lies in the repository.
    """

    repository: Repository
    targets: tuple[str, ...] = ("",)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_size: int = DEFAULT_MAX_FILE_SIZE
    output_dir: str = ""

    @property
    def root(self) -> str:
        """The top of the work tree, or the git directory of a bare repository."""
        return self.repository.root

    def files(self) -> list[File]:
        """Everything that is tracked, sorted by path."""
        raise NotImplementedError

    def neighbours(self, files: list[File]) -> list[File]:
        """Everything that links among *files*, those of this snapshot, are resolved in; sorted by path."""
        return files

    def scans(self, path: str, entries: Container[str]) -> bool:
        """Whether the file at *path* is scanned itself; *entries*: the paths of those that are listed."""
        return path in entries

    def entries(self) -> list[Entry]:
        """The files in scope, sorted by path."""
        return self._listing.entries

    def importable(self) -> list[Entry]:
        """All entries."""
        return self.entries()

    def artifacts(self) -> list[str]:
        """Wheels, archives and native binaries that no exclude covers, sorted."""
        return self._listing.artifacts

    def left_out(self) -> list[str]:
        """The folders and submodules that were not looked into, each with why, sorted."""
        return left_out_lines(self._listing.left_out)

    def reader(self) -> Read:
        """A function that reads entries by their blob id, with a ``cat-file`` process of its own."""
        return partial(read_entry, self.repository.objects(), self.max_file_size)

    def identity(self) -> str:
        """None: it has to be listed."""
        return ""

    def require(self, blobs: Iterable[str]) -> None:
        """GkError where one of the *blobs* is missing."""
        require_blobs(self.repository, blobs)

    @cached_property
    def _listing(self) -> _Listing:
        return _list(self)

    def __getstate__(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True)
class CommitSnapshot(TrackedSnapshot):
    """The full tree at *revision*: a commit, tag or tree."""

    revision: str = "HEAD"

    def files(self) -> list[File]:
        """Everything in the tree."""
        files = []
        for line in self._tree.split(b"\0")[:-1]:
            head, _, path = line.partition(b"\t")
            mode, _, blob = head.decode().split(" ")
            files.append(File(tracked_path(path), mode, blob))
        return sorted(files)

    def identity(self) -> str:
        """A hash over what git lists, and over the scope; none where there are few files."""
        if self._tree.count(b"\0") < LONG:
            return ""
        scope = repr((self.targets, self.include, self.exclude, self.max_file_size, self.output_dir))
        return hashlib.sha256(scope.encode("utf-8", "surrogateescape") + b"\0" + self._tree).hexdigest()

    @cached_property
    def _tree(self) -> bytes:
        """The tree as git lists it."""
        tree = resolve_tree(self.repository, self.revision)
        return self.repository.run("ls-tree", "-r", "-z", "--full-tree", tree)


@dataclass(frozen=True)
class IndexSnapshot(TrackedSnapshot):
    """What the next commit will hold, whatever GIT_INDEX_FILE says; without what is only intended to be added."""

    def files(self) -> list[File]:
        """Everything in the index; GkError while there are conflicts."""
        entries = read_index(self.repository)
        conflicts = sorted({tracked_path(entry.path) for entry in entries if entry.stage})
        if conflicts:
            raise unmerged(conflicts)
        files = (File(tracked_path(e.path), e.mode, e.blob) for e in entries if not e.intent_to_add)
        return sorted(files, key=lambda file: file.path)


@dataclass
class _Listing:
    entries: list[Entry] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def _list(snapshot: TrackedSnapshot) -> _Listing:
    files = snapshot.files()
    scope = Scope.of(snapshot.include, snapshot.exclude)
    listing = _Listing()
    inside = _Folders(snapshot, scope, listing.left_out)
    found, links = [], []
    for file in files:
        if not (file.path in snapshot.targets or inside.holds(file.path)) or scope.leaves_out(file.path):
            continue
        if file.mode == GITLINK:
            listing.left_out[file.path + "/"] = SUBMODULE
        elif file.mode == SYMLINK:
            links.append(file)
        elif may_be_code(file.path) and scope.wants(file.path):
            found.append(file)
        elif is_artifact(file.path):
            listing.artifacts.append(file.path)
    skipped: dict[str, Entry] = {}
    linked: list[tuple[File, File]] = []
    for link, target in resolve_links(snapshot.repository, snapshot.neighbours(files) if links else [], links).items():
        wanted = scope.wants(link.path)
        kind = kind_of(link.path) if wanted else None
        if isinstance(target, File) and wanted and may_be_code(link.path):
            linked.append((link, target))
        elif isinstance(target, str) and kind:
            skipped[link.path] = Entry(link.path, kind, blob_id=link.blob, skip=target)
        elif target == OUT_OF_TREE:
            listing.left_out[link.path] = target
    plain = [(file.path, file.blob) for file in found]
    targets = [(target.path, target.blob) for _, target in linked if may_be_code(target.path)]
    entries = _entries(snapshot, [*plain, *targets, *((link.path, target.blob) for link, target in linked)])
    by_path = {path: entries[path, blob] for path, blob in plain if (path, blob) in entries} | skipped
    for link, target in linked:
        entry, other = entries.get((link.path, target.blob)), entries.get((target.path, target.blob))
        if entry:
            itself = other is not None and other.kind is entry.kind and snapshot.scans(target.path, by_path)
            by_path[entry.path] = replace(entry, skip=SCANNED_ITSELF) if itself else entry
    listing.entries = sorted(by_path.values(), key=lambda entry: entry.path)
    return listing


class _Folders:
    """Which folders are looked into; fills *left_out* with those that are not."""

    def __init__(self, snapshot: TrackedSnapshot, scope: Scope, left_out: dict[str, str]) -> None:
        self._output = snapshot.output_dir
        self._scope = scope
        self._left_out = left_out
        self._known = {"": "" in snapshot.targets, **dict.fromkeys(snapshot.targets, True)}

    def holds(self, path: str) -> bool:
        """Whether the folder that *path* lies in is looked into."""
        unknown = []
        folder = path.rpartition("/")[0]
        while folder not in self._known:
            unknown.append(folder)
            folder = folder.rpartition("/")[0]
        inside = self._known[folder]
        for folder in reversed(unknown):
            why = "our own output" if folder == self._output else self._scope.folder_out(folder)
            if inside and why:
                self._left_out[folder + "/"] = why
            inside = self._known[folder] = inside and not why
        return inside


def _entries(snapshot: TrackedSnapshot, named: list[Named]) -> dict[Named, Entry]:
    """An entry for each path and blob that can hold code."""
    sizes = blob_sizes(snapshot.repository, (blob for _, blob in named))
    limit = snapshot.max_file_size
    kinds = blob_kinds(snapshot.repository, named, sizes, limit)
    return {
        (path, blob): Entry(path, kind, sizes[blob], blob, larger_than(limit) if sizes[blob] > limit else "")
        for (path, blob), kind in kinds.items()
        if kind is not None
    }


def blob_sizes(repository: Repository, blobs: Iterable[str]) -> dict[str, int]:
    """The size of each blob; GkError when one is missing, so that nothing is ever left out in silence."""
    wanted = sorted(set(blobs))
    if not wanted:
        return {}
    if len(wanted) <= FEW:
        return {blob: _size(blob, found) for blob, found in zip(wanted, repository.objects().find(wanted), strict=True)}
    lines = repository.run("cat-file", "--batch-check", "--buffer", stdin="".join(f"{b}\n" for b in wanted).encode())
    answers = (line.split(" ") for line in lines.decode("ascii", "replace").splitlines())
    return {
        blob: _size(blob, Info(id, kind, *map(int, size)) if size else None)
        for blob, (id, kind, *size) in zip(wanted, answers, strict=True)
    }


def read_entry(objects: Objects, limit: int, entry: Entry) -> bytes:
    """The blob of *entry*; OSError where it has more bytes than *limit*."""
    data = objects.read(entry.blob_id)
    if len(data) > limit:
        raise OSError(errno.EFBIG, larger_than(limit))
    return data


def require_blobs(repository: Repository, blobs: Iterable[str]) -> None:
    """GkError where one of the *blobs* is missing. Only their ids are asked, since an id tells what an object is."""
    wanted = "".join(f"{blob}\n" for blob in blobs)
    found = repository.run("cat-file", "--batch-check=%(objectname)", "--buffer", stdin=wanted.encode())
    if found != wanted.encode():
        blob_sizes(repository, wanted.split())  # says what is wrong


def _size(blob: str, found: Info | None) -> int:
    if found is None or found.kind != "blob":
        raise GkError(f"blob {printable(blob)} is missing: {MISSING_ADVICE}")
    return found.size
